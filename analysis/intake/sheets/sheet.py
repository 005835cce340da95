"""A recognised sheet while it is read: its columns by field, and what was found wrong row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis.errors import Problem
from analysis.intake.files.coded import Cells, Coded
from analysis.intake.sheets.subtotals import Subtotal
from analysis.intake.sheets.values import Dates, Numbers, dates, is_target, numbers, text
from analysis.intake.words.kinds import Kind
from analysis.intake.words.messages import Message
from analysis.intake.words.row_messages import BLANK, NOT_A_DATE, NOT_A_NUMBER, TARGET_NOT_VALUE


@dataclass
class Sheet:
    """One table of one sheet. Row arrays are aligned with `numbers`, the rows as Excel counts them.

    `left` is where the table begins in the sheet (0: column A). `subtotals` are rows that summarise others;
    `personal` the columns that tell who somebody is.
    """

    file: str
    name: str
    kind: Kind
    header: list[str]
    body: Cells
    numbers: np.ndarray
    columns: dict[str, int]
    wide: dict[int, str]
    problems: list[Problem] = field(default_factory=list)
    reasons: dict[int, list[Problem]] = field(default_factory=dict)
    left: int = 0
    subtotals: list[Subtotal] = field(default_factory=list)
    personal: set[int] = field(default_factory=set)
    bad: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.bad = np.zeros(len(self.numbers), dtype=bool)

    def reject(self, at: int, message: Message, column: str, value: Any, words: dict[str, Any]) -> None:
        """Put one row aside, with the reason; the same reason for several columns of a row is said once."""
        problem = message.problem(
            self.file, self.name, int(self.numbers[at]), column, **{**words, "value": shown(value)}
        )
        self.bad[at] = True
        if problem in self.reasons.get(at, ()):
            return
        self.problems.append(problem)
        self.reasons.setdefault(at, []).append(problem)

    def refuse(self, problem: Problem) -> None:
        """Put all rows aside, for one reason."""
        self.reasons.clear()
        self.put_aside(range(len(self.numbers)), problem)

    def put_aside(self, rows: Iterable[int], problem: Problem) -> None:
        """Put several rows aside, for one reason that is said once."""
        self.problems.append(problem)
        for at in rows:
            self.bad[at] = True
            self.reasons.setdefault(int(at), []).append(problem)

    def rows(self) -> Rows:
        """Its rows, one for one."""
        cells = {name: self.body[:, position] for name, position in self.columns.items()}
        headers = {name: self.header[position] for name, position in self.columns.items()}
        return Rows(self, np.arange(len(self.numbers)), cells, headers)

    def melted(self, into: str, value: str, columns: list[int] | None = None) -> Rows:
        """One row per row and wide column (all, or those given): header under `into`, cell under `value`."""
        positions = list(self.wide) if columns is None else columns
        n, m = len(self.numbers), len(positions)
        spread = np.repeat(np.arange(n), m)
        cells = {name: self.body[spread, position] for name, position in self.columns.items()}
        headers: dict[str, Any] = {name: self.header[position] for name, position in self.columns.items()}
        printed = np.array([self.header[position] for position in positions], dtype=object)
        cells[into] = Coded(np.tile(np.arange(m), n), printed)
        by_column = Coded.joined(self.body[:, position] for position in positions)
        cells[value] = by_column[np.arange(n * m).reshape(m, n).T.reshape(-1)]
        headers[into] = headers[value] = np.tile(printed, n)
        return Rows(self, spread, cells, headers)


@dataclass
class Rows:
    """Rows to be read: `cells` by field, `at` their position in the sheet (repeated for wide sheets)."""

    sheet: Sheet
    at: np.ndarray
    cells: dict[str, Coded]
    headers: dict[str, Any]

    def __len__(self) -> int:
        return len(self.at)

    @property
    def ok(self) -> np.ndarray:
        """Rows that were not put aside so far."""
        return ~self.sheet.bad[self.at]

    def has(self, name: str) -> bool:
        return name in self.cells

    def reject(self, mask: np.ndarray, name: str, message: Message, **words: Any) -> None:
        """Put the rows of `mask` aside; `words` are scalars or arrays aligned with the rows."""
        header = self.headers.get(name, self._zh(name))
        for position in np.flatnonzero(mask):
            column = header if isinstance(header, str) else header[position]
            filled = {
                word: v[position] if isinstance(v, Coded | np.ndarray) else v for word, v in words.items()
            }
            value = filled.pop("value", self.cells[name][position] if name in self.cells else "")
            self.sheet.reject(int(self.at[position]), message, column, value, filled)

    def _zh(self, name: str) -> str:
        found = self.sheet.kind.fields.get(name)
        return found.zh if found else name

    def text(self, name: str) -> Coded:
        """The column as clean text; '' where it is blank or not there."""
        return text(self.cells[name]) if name in self.cells else Coded.all("", len(self))

    def required(self, name: str) -> Coded:
        """As `text`; rows where it is blank are put aside."""
        found = self.text(name)
        self.reject(self.ok & (found == ""), name, BLANK)
        return found

    def mapped(self, name: str, convert: Callable[[Any], Any]) -> Coded:
        """`convert` applied to every distinct cell of the column."""
        return self.cells[name].mapped(convert)

    def numbers(self, name: str) -> Numbers:
        """The column as numbers with states; all blank when it is not there. Bad cells are put aside."""
        found = numbers(self.cells[name] if name in self.cells else Coded.all("", len(self)))
        bad = self.ok & found.bad
        if bad.any():
            target = self.cells[name].table(is_target)
            self.reject(bad & target, name, TARGET_NOT_VALUE)
            self.reject(bad & ~target, name, NOT_A_NUMBER)
        return found

    def dates(self, name: str) -> Dates:
        """The column as dates (NaT where blank). Bad cells are put aside."""
        found = dates(self.cells[name] if name in self.cells else Coded.all("", len(self)))
        self.reject(self.ok & found.bad, name, NOT_A_DATE)
        return found


def shown(value: Any) -> str:
    """A cell as it is quoted in a message."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
