"""Workbooks as this room writes them: cells no spreadsheet runs, files replaced as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.paths import written_whole

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What the XML of a workbook may not hold."""
ILLEGAL = re.compile(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")
"""What the name of a sheet may not hold."""


def sheet_title(name: str, taken: Iterable[str]) -> str:
    """A sheet name like `name` that Excel accepts and that is not taken (capitals do not count)."""
    known = {one.lower() for one in taken}
    base = ILLEGAL.sub("_", name).strip("' ")[:28] or "_"
    return next(one for one in (base, *(f"{base}_{n}" for n in range(2, 10_000))) if one.lower() not in known)


def new_book() -> Workbook:
    """A workbook without sheets."""
    from openpyxl import Workbook

    book = Workbook()
    for page in book.worksheets:
        book.remove(page)
    return book


def put(page: Worksheet, row: int, column: int, value: Any) -> Any:
    """The cell, after the value was written; text stays text, whatever it begins with."""
    cell = page.cell(row, column)
    if not isinstance(value, str):
        cell.value = value
        return cell
    text = FORBIDDEN.sub(" ", value)
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
