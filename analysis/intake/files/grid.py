"""One sheet as it stands in its file."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.intake.files.coded import Cells

MAX_CELLS = 40_000_000
"""The most cells a sheet may span, from A1 to its last cell with content."""

Merged = tuple[tuple[int, int], tuple[int, int]]
Faults = dict[tuple[int, int], str]


class TooWideError(ValueError):
    """A sheet whose cells with content span more than can be read; `cell` is the farthest."""

    def __init__(self, sheet: str, rows: int, columns: int, cell: str) -> None:
        super().__init__(f"{sheet}: {rows} x {columns}")
        self.sheet, self.rows, self.columns, self.cell = sheet, rows, columns, cell


@dataclass(frozen=True)
class Grid:
    """One sheet: `cells` ('' where empty) from A1 on; `merged` ranges as (first, last) corners;
    `faults`: cells that arrive blank but hold an error, or a formula ('') without stored value;
    positions of hidden rows and columns. All positions count from 0."""

    file: str
    sheet: str
    cells: Cells
    hidden: bool = False
    merged: tuple[Merged, ...] = ()
    faults: Faults = field(default_factory=dict)
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What round.yml calls it: `file.xlsx/sheet`, for csv the file name."""
        return f"{self.file}/{self.sheet}" if self.sheet else self.file
