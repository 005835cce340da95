"""Rows that add up or average other rows: recognised, left out, and compared with what they summarise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.errors import Problem
from analysis.intake import messages as say
from analysis.intake.coded import Cells
from analysis.intake.kinds import key, words
from analysis.intake.values import number, numbers
from analysis.tables import OBSERVED

NAMING = (
    "unit", "place", "site", "site_type", "category", "group", "stratum", "channel",
    "item", "question", "answer",
)  # fmt: skip
AMOUNTS = frozenset(
    (
        "deduction", "addition", "score", "value", "count", "answers", "votes", "pictures", "participants",
        "population", "total_population", "points", "total", "cost", "full_marks",
    )
)  # fmt: skip
"""Fields that can be added up."""

_ENDING = re.compile(r"^[^\d:：]{0,12}(小计|合计|总计|共计|平均|平均分|平均值|平均得分|均值)[:：]?$")
_MEAN = re.compile(r"均")


@dataclass(frozen=True)
class Subtotal:
    """A row that summarises others: its number as Excel counts, and its cells."""

    row: int
    cells: np.ndarray

    @property
    def label(self) -> str:
        return next(str(cell) for cell in self.cells if is_label(cell))

    @property
    def is_mean(self) -> bool:
        return bool(_MEAN.search(self.label))


def is_label(cell: Any) -> bool:
    """Whether a cell names a subtotal or an average."""
    if not isinstance(cell, str):
        return False
    plain = key(cell)
    return plain in words("subtotals") or bool(_ENDING.match(plain))


def find_subtotals(body: Cells, columns: dict[str, int]) -> list[int]:
    """Positions of the rows that a column of names, or the first column, calls a subtotal or an average."""
    if not body.size:
        return []
    looked_at = {0, *(columns[name] for name in NAMING if name in columns)}
    found = np.zeros(len(body), dtype=bool)
    for position in looked_at:
        found |= body[:, position].table(is_label)
    return [int(at) for at in np.flatnonzero(found)]


def check_subtotals(sheet: Any) -> list[Problem]:
    """One notice per subtotal of a sheet, and a warning per number that its rows do not give."""
    found: list[Problem] = []
    positions = {sheet.columns[name] for name in AMOUNTS if name in sheet.columns} | set(sheet.wide)
    values = {position: numbers(sheet.body[:, position]) for position in sorted(positions)}
    for subtotal in sheet.subtotals:
        checked, wrong = 0, []
        for position, column in values.items():
            printed, state, percent = number(subtotal.cells[position])
            if state != OBSERVED or (percent and not subtotal.is_mean):
                continue
            checked += 1
            fault = _fault(sheet, subtotal, position, column.value, printed)
            wrong += [fault] if fault else []
        words_ = {"checked_zh": f"（已核对 {checked} 个数）", "checked_en": f" ({checked} numbers checked)"}
        notice = say.SUBTOTAL.problem(sheet.file, sheet.name, subtotal.row, value=subtotal.label, **words_)
        found += [notice, *wrong]
    return found


def _fault(
    sheet: Any, subtotal: Subtotal, position: int, values: np.ndarray, printed: float
) -> Problem | None:
    """The warning, when no range of rows that the subtotal can mean gives its number."""
    summarise = np.nanmean if subtotal.is_mean else np.nansum
    text = str(subtotal.cells[position])
    decimals = len(text.rstrip("分%0").partition(".")[2]) if "." in text else 0
    tolerance = 0.5 * 10.0**-decimals + 1e-9 if subtotal.is_mean else 0.5 * 10.0 ** -max(decimals, 2)
    scopes = [rows for rows in _scopes(sheet, subtotal) if np.isfinite(values[rows]).any()]
    if not scopes or any(abs(summarise(values[rows]) - printed) <= tolerance for rows in scopes):
        return None
    first = scopes[0]
    return say.WRONG_SUBTOTAL.problem(
        sheet.file, sheet.name, subtotal.row, sheet.header[position],
        label=subtotal.label, value=f"{printed:g}",
        first=int(sheet.numbers[first].min()), last=int(sheet.numbers[first].max()),
        expected=f"{summarise(values[first]):.6g}",
    )  # fmt: skip


def _scopes(sheet: Any, subtotal: Subtotal) -> Iterator[np.ndarray]:
    """The ranges of rows a subtotal can stand for, the likeliest first."""
    others = [one.row for one in sheet.subtotals]
    above = max((row for row in others if row < subtotal.row), default=0)
    below = min((row for row in others if row > subtotal.row), default=2**31)
    if "unit" in sheet.columns:
        units = sheet.body[:, sheet.columns["unit"]].mapped(key)
        same = [one for one in set(units) if one and key(subtotal.label).startswith(one)]
        if same:
            yield units == max(same, key=len)
    yield (sheet.numbers > above) & (sheet.numbers < subtotal.row)
    yield sheet.numbers < subtotal.row
    yield (sheet.numbers > subtotal.row) & (sheet.numbers < below)
    yield np.ones(len(sheet.numbers), dtype=bool)
