"""The header of a table: one row or several, with merged cells, to one name per column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from analysis.intake.files.coded import Cells
from analysis.intake.files.grid import Merged
from analysis.intake.sheets.area import Area, has_content
from analysis.intake.sheets.ticks import RESULT, ticked_columns
from analysis.intake.words.kinds import headers_of, key, kinds

Tests = dict[str, Callable[[str], Any]]
DEEPEST = 4
LONGEST = 40
"""Characters of a cell that may be a header."""


@dataclass(frozen=True)
class Header:
    """The rows of a header (`first` to `last`) and the name of every column, '' where it has none; `ticks`:
    columns of results that are ticked, by position, with the result each stands for."""

    first: int
    last: int
    names: list[str]
    ticks: dict[int, str] = field(default_factory=dict)


@cache
def known_headers() -> frozenset[str]:
    """Every header that means something in some kind."""
    fields = (field for kind in kinds().values() for field in kind.fields.values())
    own = frozenset(name for field in fields for name in (*field.strong, *field.weak))
    return own | headers_of("ignored") | headers_of("personal")


_AROUND = re.compile(r"^[*★☆#]+|[*★☆:;]+$")
_HINT = re.compile(
    r"\((?:分|人|个|处|次|张|户|元|份|票|条|件|名|\d+分|满分\d*分?|必填项?|选填|必选|可选|单选|年|季度|年/?月/?日|"
    r"符合/不符合|是/否|有/无|√/?×?|√或×|(?:请?填|请|如|例|按|格式|不得|限).*)\)$"
)
"""A final bracket that says the unit of the numbers, or how to fill in the column."""


@cache
def header_key(text: str) -> str:
    """A header as it is compared: without marks and hints around it, where only that makes it a known one."""
    plain = key(text)
    for bare in (_AROUND.sub("", plain), _AROUND.sub("", _HINT.sub("", _AROUND.sub("", plain)))):
        if plain not in known_headers() and bare in known_headers():
            return bare
    return plain


def is_header(cells: Cells) -> np.ndarray:
    """Rows that look like a header: of their first four cells two are known headers."""
    known = known_headers()

    def knows(cell: Any) -> bool:
        return isinstance(cell, str) and len(cell) <= LONGEST and header_key(cell) in known

    return cells[:, :4].mask(knows).sum(axis=1) >= 2


def header_rows(area: Area, row: int, tests: Tests) -> Iterator[Header]:
    """The headers that may begin in a row, likeliest first: as deep as its merged cells say, one row, two."""
    merged = [one for one in area.merged if one[0][0] == row]
    depth = max((last[0] - first[0] + 1 for first, last in merged), default=1)
    below = _texts_below(area, row)
    named = bool(below) and all(header_key(text) in known_headers() for text in below)
    two = 2 if _below_parents(area, row, merged) or (not merged and (named or _goes_on(area, row))) else 1
    depths = [depth, 1] if depth > 1 else [two, 1] if merged or named else [1, two]
    for deep in dict.fromkeys(min(one, DEEPEST) for one in depths):
        found = read_header(area, row, deep, tests)
        if found is not None:
            yield found


def _below_parents(area: Area, row: int, merged: list[Merged]) -> bool:
    """Whether cells are merged across, and the next row names nothing below any other cell of this one."""
    across = np.zeros(area.filled.shape[1], dtype=bool)
    for first, last in merged:
        across[first[1] : last[1] + 1] |= last[1] > first[1]
    if not across.any() or row + 1 >= len(area.filled):
        return False
    return not (area.filled[row + 1] & area.filled[row] & ~across).any()


def _goes_on(area: Area, row: int) -> bool:
    """Whether the next row holds nothing but texts, some of them below blanks of this row."""
    return bool(_texts_below(area, row)) and bool((area.filled[row + 1] & ~area.filled[row]).any())


def _texts_below(area: Area, row: int) -> list[str]:
    """The next row where it holds nothing but texts, and none below the first name of this row."""
    here = np.flatnonzero(area.filled[row])
    if row + 1 >= len(area.filled) or not len(here) or area.filled[row + 1, here[0]]:
        return []
    below = area.cells[row + 1][area.filled[row + 1]]
    return list(below) if all(isinstance(cell, str) for cell in below) else []


def read_header(area: Area, row: int, depth: int, tests: Tests) -> Header | None:
    """The header of `depth` rows from `row` on; None when the sheet ends before."""
    if row + depth > len(area.filled):
        return None
    labels = _labels(area, row, depth)
    stacks = [list(dict.fromkeys(label for label in column if label)) for column in labels.T]
    children = [header_key(stack[-1]) for stack in stacks if stack]
    names = [_name(stack, children, tests) for stack in stacks]
    ticks = ticked_columns(area, row + depth, [stack[-1] if stack else "" for stack in stacks])
    if ticks:
        names[ticks[0]] = RESULT
    return Header(row, row + depth - 1, names, {at: stacks[at][-1] for at in ticks})


def _labels(area: Area, row: int, depth: int) -> np.ndarray:
    """The texts of the header rows; a merged one stands in all its cells with a text of their own below."""
    block = area.cells[row : row + depth]
    own = np.array([[" ".join(str(cell).split()) for cell in line] for line in block], dtype=object)
    labels = own.copy()
    for first, last in area.merged:
        if row <= first[0] < row + depth:
            here = first[0] - row
            below = (own[here + 1 :] != "").any(axis=0) if here + 1 < depth else np.zeros(own.shape[1], bool)
            for column in range(first[1], last[1] + 1):
                if column == first[1] or below[column]:
                    labels[here, column] = own[here, first[1]]
    if depth == 2 and not any(one[0][0] == row for one in area.merged):
        _carry(labels)
    return labels


def _carry(labels: np.ndarray) -> None:
    """A group's name that was not merged stands over the columns up to the next name."""
    for column in range(1, labels.shape[1]):
        if not labels[0, column] and labels[1, column] and labels[1, column - 1]:
            labels[0, column] = labels[0, column - 1]


def _name(stack: list[str], children: list[str], tests: Tests) -> str:
    """The one name of a column: parent and child joined as far as it takes to know what it means."""
    if len(stack) <= 1:
        return stack[0] if stack else ""
    child, last = stack[-1], len(stack) - 1
    for first in range(last):
        if header_key("".join(stack[first:])) in known_headers():
            return "".join(stack[first:])
    unit = tests.get("units")
    if unit is not None and unit(key("/".join(stack))):
        return "/".join(stack)
    asked = tests.get("questions")
    if asked is not None and asked(key("/".join(stack))) and not asked(key(child)):
        return "/".join(stack)
    node = tests.get("nodes")
    parents = ["".join(stack[first:last]) for first in range(last)]
    parent = next((one for one in parents if node is not None and node(key(one))), "")
    if parent and node is not None and not node(key(child)):
        return f"{parent}/{child}"
    if children.count(header_key(child)) == 1 and has_content(child):
        return child
    return "/".join(stack)


def full_marks_beside(headers: list[str], header: str) -> int | None:
    """The position of the column 满分 that stands beside a column 得分 below the same name."""
    parent = header.rpartition("/")[0]
    known = kinds()["quarterly_form"].fields["full_marks"].strong
    return next(
        (
            at
            for at, other in enumerate(headers)
            if parent and other.rpartition("/")[0] == parent and header_key(other.rpartition("/")[2]) in known
        ),
        None,
    )
