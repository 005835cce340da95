"""Sheets this program puts into workbooks (explanations, choices, what a check found): never data."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from analysis.intake.words import desk_messages as say
from analysis.intake.words.kinds import key

if TYPE_CHECKING:
    from analysis.errors import Problem
    from analysis.intake.files.cells import Grid
    from analysis.intake.sheets.opened import Page

NOT_DATA = "本表不作为数据读取 / this sheet is not read as data"
"""What stands in cell A1 of such a sheet."""

COPY_OF = "检查副本，原文件： / checked copy of:"
"""What stands in cell A2 of the summary in a checked copy; B2 names the original."""


def is_own(first: Any) -> bool:
    """Whether a sheet whose cell A1 holds `first` was put there by this program."""
    return key(first) == key(NOT_DATA)


def original_of(grid: Grid) -> str:
    """The file a grid's workbook is a checked copy of, as the summary says; '' for any other grid."""
    cells = grid.cells
    if cells.shape[0] < 2 or cells.shape[1] < 2 or not is_own(cells[0, 0]):
        return ""
    return str(cells[1, 1]) if key(cells[1, 0]) == key(COPY_OF) else ""


def without_own(pages: list[Page], problems: list[Problem]) -> list[Page]:
    """The pages that hold data. A checked copy beside its original, or another copy of it, is refused."""
    copies = {page.file: page.original for page in pages if page.original}
    files = {page.file for page in pages}
    counted = Counter(copies.values())
    refused = [
        file
        for file, original in copies.items()
        if file != original and (original in files or counted[original] > 1)
    ]
    problems += [say.COPY_BESIDE.problem(file, value=copies[file]) for file in refused]
    return [page for page in pages if page.file not in refused and not page.own]
