"""Workbooks as this room writes them: cells no spreadsheet runs, files replaced as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.paths import written_whole

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


def new_book() -> Workbook:
    """A workbook without sheets."""
    from openpyxl import Workbook

    book = Workbook()
    for page in book.worksheets:
        book.remove(page)
    return book


def put(page: Worksheet, row: int, column: int, value: Any) -> Any:
    """The cell, after the value was written; text stays text, whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = page.cell(row, column)
    if not isinstance(value, str):
        cell.value = value
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub(" ", value)
    if text.startswith(("=", "+", "-", "@")):
        cell.value = text
        cell.data_type, cell.quotePrefix = "s", True
    else:
        cell.value = text
    return cell


def printable(page: Worksheet) -> None:
    """Let a sheet print on landscape pages, as wide as the paper."""
    from openpyxl.worksheet.properties import PageSetupProperties

    page.page_setup.orientation = "landscape"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def saved(book: Workbook, target: Path) -> Path:
    """`target`, replaced by the workbook when it is complete."""
    with written_whole(target) as part:
        book.save(part)
    return target
