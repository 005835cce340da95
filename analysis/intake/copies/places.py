"""Problems to the cells they are about, found again in the sheet by row and header."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

from analysis.errors import Problem
from analysis.intake.copies.paint import Place
from analysis.intake.files.grid import Grid
from analysis.intake.files.sheetxml import position
from analysis.intake.sheets.sheet import shown
from analysis.intake.words.kinds import key

_FIRST = 40
"""Rows from the top in which a header without a row is looked for, and the last part of a joined one."""
_LONGEST = 200
"""Characters of a header."""


class Places:
    """Where problems of one sheet stand. `headers` are those that problems will name."""

    def __init__(self, grid: Grid, headers: Iterable[str]) -> None:
        self._grid = grid
        self._wanted = {key(header) for header in headers} - {""}
        self._exact: dict[str, list[Place]] = defaultdict(list)
        self._partly: dict[str, list[Place]] = defaultdict(list)
        for column in range(grid.cells.shape[1]):
            self._look(column)
        for places in (*self._exact.values(), *self._partly.values()):
            places.sort()
        self._same: Counter[Problem] = Counter()

    def _look(self, column: int) -> None:
        """Note the cells of a column that hold a header, or the last part of one."""
        cells = self._grid.cells[:, column]
        texts = [
            key(one) if isinstance(one, str) and 0 < len(one) <= _LONGEST else "" for one in cells.values
        ]
        for code, text in enumerate(texts):
            joined = [one for one in self._wanted if len(text) > 1 and one != text and one.endswith(text)]
            if text in self._wanted or joined:
                rows = np.flatnonzero(cells.codes == code).tolist()
                self._exact[text] += [(row, column) for row in rows if text in self._wanted]
                for one in joined:
                    self._partly[one] += [(row, column) for row in rows if row < _FIRST]

    def headers(self, header: str) -> list[Place]:
        """Every cell that holds a header; where none does, those that hold its last part, or the top of the
        column that goes by this letter."""
        wanted = key(header)
        found = self._exact.get(wanted) or self._partly.get(wanted)
        letter = header.isascii() and header.isalpha() and header.isupper() and len(header) <= 3
        return found or ([(0, position(header))] if letter else [])

    def of(self, problem: Problem) -> list[Place]:
        """The cells of a problem: its cell, or all filled cells of its row where no column is named."""
        if problem.row is None:
            return [place for place in self.headers(problem.column)[:1] if place[0] < _FIRST]
        row = problem.row - 1
        if row >= len(self._grid.cells):
            return []
        found = self._below(problem, row)
        cells = [found] if found is not None else [(row, at) for at in self._filled(row)]
        return list(dict.fromkeys(self._top_left(place) for place in cells))

    def _below(self, problem: Problem, row: int) -> Place | None:
        """The cell of a row below the nearest header of that name.

        Tables side by side have several: the cell that holds what the problem quotes, each in its turn.
        """
        known = self.headers(problem.column)
        above = known[: bisect_left(known, (row, -1))]
        nearest = [column for at, column in above if at == above[-1][0]]
        earlier = [column for at, column in above if at != above[-1][0]]
        columns = list(dict.fromkeys([*nearest, *earlier]))
        same = [column for column in columns if self._said(row, column) == problem.value]
        turn = self._same[problem]
        self._same[problem] += 1
        choice = same or columns[:1]
        return (row, choice[turn % len(choice)]) if choice else None

    def _said(self, row: int, column: int) -> str:
        top, left = self._top_left((row, column))
        fault = self._grid.faults.get((top, left))
        return fault if fault is not None else shown(self._grid.cells[top, left])

    def _filled(self, row: int) -> list[int]:
        cells = self._grid.cells[row]
        return [at for at, cell in enumerate(cells) if cell != "" or (row, at) in self._grid.faults]

    def _top_left(self, place: Place) -> Place:
        """The cell that holds the value of the merged range a cell lies in; else the cell itself."""
        row, column = place
        for (top, left), (bottom, right) in self._grid.merged:
            if top <= row <= bottom and left <= column <= right:
                return top, left
        return place
