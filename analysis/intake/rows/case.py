"""The rows of a sheet beside what each of them reports on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from analysis.intake.files.coded import Coded, objects
from analysis.intake.rows.catalog import Target
from analysis.intake.sheets.sheet import Rows, shown
from analysis.intake.sheets.values import Numbers
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import rule_words
from analysis.intake.words.messages import Message

_NUMBERS = (
    "deduction",
    "addition",
    "score",
    "value",
    "count",
    "answers",
    "votes",
    "share",
    "pictures",
    "participants",
)


@dataclass
class Reading:
    """The columns of the observations that depend on the rule, aligned with the rows."""

    value: np.ndarray
    answer: Coded
    status: np.ndarray
    count: np.ndarray
    period: Coded
    flags: Coded


@dataclass
class Case:
    """The rows of a sheet with what each reports on (`codes` into `targets`, -1 for none)."""

    rows: Rows
    codes: np.ndarray
    targets: list[Target]
    numbers: dict[str, Numbers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.numbers = {name: self.rows.numbers(name) for name in _NUMBERS if self.rows.has(name)}

    def of(self, rule: str) -> np.ndarray:
        """Positions of the usable rows whose target has this rule."""
        return np.flatnonzero(self.rows.ok & (self._rules == rule)[self.codes])

    @cached_property
    def _rules(self) -> np.ndarray:
        """The rule of every target, and that of none."""
        return objects([*(target.rule for target in self.targets), ""])

    def each(self, read: Callable[[Target], Any], at: np.ndarray, dtype: Any = object) -> np.ndarray:
        """`read(target)` for the rows `at`."""
        table = np.empty(len(self.targets), dtype=dtype)
        for position, target in enumerate(self.targets):
            table[position] = read(target)
        return table[self.codes[at]]

    def reject(self, at: np.ndarray, name: str, message: Message, **more: Any) -> None:
        """Put the rows `at` aside; words that are arrays are aligned with `at`."""
        n = len(self.rows)
        mask = np.zeros(n, dtype=bool)
        mask[at] = True
        spread = {}
        for word, values in more.items():
            if isinstance(values, Coded | np.ndarray):
                spread[word] = np.empty(n, dtype=object)
                spread[word][at] = values
            else:
                spread[word] = values
        self.rows.reject(mask, name, message, **spread)

    def first(self, at: np.ndarray, *names: str) -> str:
        """The first of the fields the sheet has; without any the rows are put aside and '' comes back."""
        found = next((name for name in names if self.rows.has(name)), "")
        if not found and len(at):
            self._lacks(at, names)
        return found

    def _lacks(self, at: np.ndarray, names: tuple[str, ...]) -> None:
        """Put rows aside for want of a column: one problem for all of them."""
        sheet = self.rows.sheet
        columns = "、".join(sheet.kind.fields[name].zh for name in names if name in sheet.kind.fields)
        one = self.targets[self.codes[at[0]]]
        words = {**rule_words(one.rule), "columns": columns or names[0], "value": one.label}
        problem = say.NEEDS_COLUMN.problem(sheet.file, sheet.name, n=len(at), **words)
        sheet.put_aside(np.unique(self.rows.at[at]), problem)

    def within(self, at: np.ndarray, name: str, low: np.ndarray, high: np.ndarray, what: np.ndarray) -> None:
        """Put rows aside whose number lies outside low..high (NaN: no limit)."""
        value = self.numbers[name].value[at]
        outside = self.numbers[name].given[at] & ((value < low - 1e-9) | (value > high + 1e-9))
        if outside.any():
            low, high = (
                np.array([_limit(one) for one in side[outside]], dtype=object) for side in (low, high)
            )
            cells = np.array([shown(cell) for cell in self.rows.cells[name][at[outside]]], dtype=object)
            self.reject(
                at[outside], name, say.OUT_OF_RANGE, low=low, high=high, what=what[outside], value=cells
            )


def _limit(value: float) -> str:
    return "…" if not np.isfinite(value) else f"{value:g}"
