"""Rows that add up or average other rows: recognised, left out, and compared with what they summarise."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analysis.errors import Problem
from analysis.intake.files.coded import Cells
from analysis.intake.sheets.area import runs
from analysis.intake.sheets.values import number, numbers
from analysis.intake.words import messages as say
from analysis.intake.words.kinds import key, words
from analysis.tables import OBSERVED

NAMING = ("unit", "place", "site", "site_type", "category", "group", "stratum", "channel")
CHECKS = ("item", "item_code", "question", "question_code", "answer")
AMOUNTS = frozenset(
    (
        "deduction", "addition", "score", "value", "count", "answers", "votes", "pictures", "participants",
        "population", "total_population", "points", "total", "cost", "full_marks",
    )
)  # fmt: skip
"""Fields that can be added up."""

_ENDING = re.compile(
    r"^[^\d:]{0,12}((小计|合计|总计|共计)|(平均|均值)(分|值|得分|扣分|成绩|得分率|符合率)?)(\([^()]*\))?:?$"
    r"|^(全[市区县])?最[高低大小](分|值|得分|扣分)?:?$"
)
_WAYS: tuple[tuple[str, Callable[[np.ndarray], float]], ...] = (
    ("均", np.nanmean), ("最高|最大", np.nanmax), ("最低|最小", np.nanmin), ("", np.nansum),
)  # fmt: skip
_GRAND = re.compile(r"^[全总共]|总计|共计|总平均")


@dataclass(frozen=True)
class Subtotal:
    """A row that summarises others: its number as Excel counts, and its cells."""

    row: int
    cells: np.ndarray

    @cached_property
    def label(self) -> str:
        return next(str(cell) for cell in self.cells if is_label(cell))

    @cached_property
    def way(self) -> Callable[[np.ndarray], float]:
        """How it summarises numbers."""
        return next(way for words_, way in _WAYS if re.search(words_, key(self.label)))

    @cached_property
    def level(self) -> int:
        """1 for a part (小计, 平均), 2 for 合计, 3 for the whole (总计, 全区平均)."""
        plain = key(self.label)
        return 3 if _GRAND.search(plain) else 2 if "合计" in plain else 1


def is_label(cell: Any) -> bool:
    """Whether a cell names a subtotal or an average."""
    if not isinstance(cell, str):
        return False
    plain = key(cell)
    return plain in words("subtotals") or bool(_ENDING.match(plain))


def _is_word(cell: Any) -> bool:
    """Whether a cell is the plain word for one: what is checked may itself be an average (年平均值)."""
    return isinstance(cell, str) and key(cell).removesuffix(":") in words("subtotals")


def find_subtotals(body: Cells, columns: dict[str, int]) -> list[int]:
    """Positions of the rows that a column of names, or the first column, calls a subtotal or an average."""
    if not body.size:
        return []
    checks = {columns[name] for name in CHECKS if name in columns}
    names = {0, *(columns[name] for name in NAMING if name in columns)} - checks
    found = np.zeros(len(body), dtype=bool)
    for position in names | checks:
        found |= body[:, position].table(_is_word if position in checks else is_label)
    return [int(at) for at in np.flatnonzero(found)]


def check_subtotals(sheet: Any) -> list[Problem]:
    """One notice per subtotal of a sheet, and a warning per number that its rows do not give."""
    if not sheet.subtotals:
        return []
    found: list[Problem] = []
    positions = {sheet.columns[name] for name in AMOUNTS if name in sheet.columns} | set(sheet.wide)
    values = {position: numbers(sheet.body[:, position]).value for position in sorted(positions)}
    for subtotal in sheet.subtotals:
        scopes = _scopes(sheet, subtotal)
        checked, wrong = 0, []
        for position, column in values.items():
            printed, state, percent = number(subtotal.cells[position])
            if state != OBSERVED or (percent and subtotal.way is np.nansum):
                continue
            checked += 1
            fault = _fault(sheet, subtotal, position, [(one, column[one]) for one in scopes], printed)
            wrong += [fault] if fault else []
        words_ = {"checked_zh": f"（已核对 {checked} 个数）", "checked_en": f" ({checked} numbers checked)"}
        notice = say.SUBTOTAL.problem(sheet.file, sheet.name, subtotal.row, value=subtotal.label, **words_)
        found += [notice, *wrong]
    return found


def _fault(
    sheet: Any, subtotal: Subtotal, position: int, scopes: list[tuple[np.ndarray, np.ndarray]], printed: float
) -> Problem | None:
    """The warning, when no range of rows that the subtotal can mean gives its number."""
    adds = subtotal.way is np.nansum
    possible = [(rows, values) for rows, values in scopes if adds or np.isfinite(values).any()]
    tolerance = _tolerance(sheet, subtotal, position)
    if not possible or any(abs(subtotal.way(values) - printed) <= tolerance for _, values in possible):
        return None
    rows, values = possible[0]
    numbers_ = runs(sheet.numbers[rows].tolist())
    return say.WRONG_SUBTOTAL.problem(
        sheet.file, sheet.name, subtotal.row, sheet.header[position],
        label=subtotal.label, value=f"{printed:g}", expected=f"{subtotal.way(values):.6g}",
        rows_zh=f"第 {numbers_} 行" if numbers_ else "一行也没有", rows_en=numbers_ or "none",
    )  # fmt: skip


def _tolerance(sheet: Any, subtotal: Subtotal, position: int) -> float:
    """Half a unit of the last printed place: of means as many as any of them shows, else at least two."""
    if subtotal.way is not np.nanmean:
        return 0.5 * 10.0 ** -max(_decimals(subtotal.cells[position]), 2)
    means = [one for one in sheet.subtotals if one.way is np.nanmean]
    return 0.5 * 10.0 ** -max(_decimals(one.cells[position]) for one in means) + 1e-9


def _decimals(cell: Any) -> int:
    text = str(cell)
    return len(text.rstrip("分%0").partition(".")[2]) if "." in text else 0


def _scopes(sheet: Any, subtotal: Subtotal) -> list[np.ndarray]:
    """The ranges of rows a subtotal can stand for, the likeliest first."""
    rows, row = sheet.numbers, subtotal.row
    alike = [one for one in sheet.subtotals if one.way is subtotal.way and one.row != row]
    edges = [one.row for one in alike if one.level >= subtotal.level]
    above = (rows > max((one for one in edges if one < row), default=0)) & (rows < row)
    below = (rows > row) & (rows < min((one for one in edges if one > row), default=2**31))
    every = np.ones(len(rows), dtype=bool)
    if subtotal.level == 3:
        return [every, rows < row, rows > row]
    own = _own_rows(sheet, subtotal)
    if own is not None:
        return [own, own & above, own & below]
    parts = [one.row for one in (*alike, subtotal) if one.level < 3]
    at_top = not (rows < min(parts)).any()
    near = below if at_top else above
    if not near.any():  # right beside another one: it adds up some of those before (or after) it
        return [(rows > one) & (rows < row) for one in (0, *edges)] if not at_top else [rows > row]
    alone = not edges and (subtotal.level == 2 or subtotal.way is not np.nansum)
    return [near, every] if alone else [near]


def _own_rows(sheet: Any, subtotal: Subtotal) -> np.ndarray | None:
    """The rows of the unit, site … that a subtotal names in its label or beside it; None if it names none."""
    found: np.ndarray | None = None
    for name in NAMING:
        if name not in sheet.columns:
            continue
        column = sheet.body[:, sheet.columns[name]].mapped(key)
        cell = key(subtotal.cells[sheet.columns[name]])
        fits = str.startswith if is_label(cell) else str.__eq__
        names = [one for one in column.used().values if one and fits(cell, one)]
        if names:
            own = column == max(names, key=len)
            found = own if found is None else found & own
    return found
