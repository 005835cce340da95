"""A rectangle of a grid: what is looked at while the tables of a sheet are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analysis.intake.files.coded import Cells
from analysis.intake.files.grid import Faults, Grid, Merged
from analysis.intake.files.sheetxml import letters
from analysis.intake.words.kinds import key


def has_content(cell: Any) -> bool:
    """Whether a cell holds more than white space."""
    return cell != "" and bool(key(cell))


def runs(rows: Sequence[int]) -> str:
    """Numbers with neighbours joined: 3-5、9."""
    found: list[list[int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return "、".join(str(a) if a == b else f"{a}-{b}" for a, b in found[:20]) + (
        "…" if len(found) > 20 else ""
    )


@dataclass(frozen=True)
class Area:
    """Cells of a grid from (top, left) on; positions inside count from 0."""

    grid: Grid
    cells: Cells
    filled: np.ndarray
    top: int = 0
    left: int = 0

    def number(self, row: int) -> int:
        """The row as Excel counts it."""
        return self.top + row + 1

    def rows(self, first: int, last: int) -> Area:
        """The rows from `first` up to, not including, `last`."""
        return Area(self.grid, self.cells[first:last], self.filled[first:last], self.top + first, self.left)

    def columns(self, first: int, last: int) -> Area:
        """The columns from `first` up to, not including, `last`."""
        return Area(
            self.grid, self.cells[:, first:last], self.filled[:, first:last], self.top, self.left + first
        )

    @property
    def range(self) -> str:
        """As Excel writes it: A1:D20."""
        height, width = self.filled.shape
        return f"{letters(self.left)}{self.top + 1}:{letters(self.left + width - 1)}{self.top + height}"

    @cached_property
    def merged(self) -> list[Merged]:
        """Merged ranges that begin inside, by positions inside."""
        height, width = self.filled.shape
        found = []
        for (top, left), (bottom, right) in self.grid.merged:
            first, last = (top - self.top, left - self.left), (bottom - self.top, right - self.left)
            if 0 <= first[0] < height and 0 <= first[1] < width:
                found.append((first, (min(last[0], height - 1), min(last[1], width - 1))))
        return found

    @cached_property
    def faults(self) -> Faults:
        """Faulty cells inside, by positions inside."""
        height, width = self.filled.shape
        moved = {(row - self.top, at - self.left): text for (row, at), text in self.grid.faults.items()}
        return {
            place: text for place, text in moved.items() if 0 <= place[0] < height and 0 <= place[1] < width
        }


def whole(grid: Grid) -> Area:
    """The whole grid; cells of nothing but white space count as empty, faulty cells as filled."""
    filled = grid.cells.mask(lambda cell: cell != "" and not (isinstance(cell, str) and cell.isspace()))
    for place in grid.faults:
        if place[0] < filled.shape[0] and place[1] < filled.shape[1]:
            filled[place] = True
    return Area(grid, grid.cells, filled)
