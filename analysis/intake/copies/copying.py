"""A file as a workbook that can be marked: its own parts, or a new workbook with the same cells."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.intake.copies.book import new_book, put, sheet_title
from analysis.intake.copies.package import Package
from analysis.intake.copies.paint import Place, name_of, place_of
from analysis.intake.copies.summary import HEAD, NOTED
from analysis.intake.files.cells import read_file
from analysis.intake.files.grid import Grid
from analysis.intake.files.sheetxml import letters
from analysis.intake.sheets.marks import original_of

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_ROWS, _COLUMNS, _TEXT = 1_048_576, 16_384, 32_767
"""What a sheet and a cell of it can hold."""
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
_UNKNOWN = "#N/A"
"""What a formula without stored value becomes where formulas are not copied: an error, as it was before."""


class DoesNotFitError(ValueError):
    """A table that is larger than a sheet of a workbook."""


@dataclass
class Copy:
    """A workbook to be marked: its parts, its sheets (by the names that problems give them) as they were
    read, the part of each, and its title; `whole`: all parts of the original are there."""

    package: Package
    grids: dict[str, Grid]
    parts: dict[str, str]
    titles: dict[str, str]
    whole: bool
    marked: bool = False

    @property
    def summary(self) -> str:
        """The sheet that an earlier check left; '' where there is none."""
        return next((name for name, grid in self.grids.items() if original_of(grid)), "")

    def noted(self) -> dict[str, dict[Place, str]]:
        """By sheet, how cells looked before an earlier check marked them."""
        cells = self.grids[self.summary].cells
        found: dict[str, dict[Place, str]] = {}
        for row in range(HEAD, len(cells) if cells.shape[1] > NOTED + 2 else 0):
            sheet, cell, fill = (str(cells[row, NOTED + at]) for at in range(3))
            if cell and sheet in self.parts:
                column, line = place_of(cell)
                found.setdefault(sheet, {})[line, column] = fill
        return found


def copied(path: Path) -> Copy:
    """A workbook with all its parts. Raises what is wrong with them."""
    package = Package(path.read_bytes())
    package.check()
    grids = {grid.sheet: grid for grid in read_file(path, [])}
    parts = package.sheets()
    return Copy(
        package, grids, {name: parts[name] for name in grids}, {name: name for name in grids}, whole=True
    )


def rebuilt(path: Path) -> Copy:
    """A workbook with the same cells, merged ranges, hidden rows, columns and sheets, and nothing else."""
    grids = [grid for grid in read_file(path, []) if not original_of(grid)]
    if not all(_fits(grid) for grid in grids):
        raise DoesNotFitError(path.name)
    book = new_book()
    titles = []
    for grid in grids:
        titles.append(sheet_title(grid.sheet or path.stem, (one.title for one in book.worksheets)))
        _fill(book.create_sheet(titles[-1]), grid)
    stream = io.BytesIO()
    book.save(stream)
    package = Package(stream.getvalue())
    by_name = {grid.sheet: grid for grid in grids}
    known = dict(zip(by_name, titles, strict=True))
    parts = package.sheets()
    return Copy(package, by_name, {name: parts[title] for name, title in known.items()}, known, whole=False)


def _fits(grid: Grid) -> bool:
    """Whether the cells of a table have room in a sheet, and their texts in its cells."""
    height, width = grid.cells.shape
    texts = (value for column in grid.cells.columns for value in column.values if isinstance(value, str))
    return height <= _ROWS and width <= _COLUMNS and all(len(one) <= _TEXT for one in texts)


def _fill(page: Worksheet, grid: Grid) -> None:
    for column, cells in enumerate(grid.cells.columns, start=1):
        for row, value in enumerate(cells, start=1):
            if value != "":
                put(page, row, column, value)
    for (row, column), fault in grid.faults.items():
        page.cell(row + 1, column + 1, fault if fault in _ERRORS else _UNKNOWN)
    for (top, left), (bottom, right) in grid.merged:
        page.merged_cells.add(
            f"{name_of((top, left))}:{name_of((bottom, right))}"
        )  # what lies under it stays
    for row in grid.hidden_rows:
        page.row_dimensions[row + 1].hidden = True
    for column in grid.hidden_columns:
        page.column_dimensions[letters(column)].hidden = True
    page.sheet_state = "hidden" if grid.hidden else "visible"
