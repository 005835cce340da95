"""An old `.xls` workbook to grids."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from analysis.intake.files.coded import Cells
from analysis.intake.files.formats import Form, Format, classify, shown
from analysis.intake.files.grid import Faults, Grid
from analysis.intake.files.sheetxml import MalformedError

_TEXT, _NUMBER, _DATE, _TRUTH, _ERROR = 1, 2, 3, 4, 5


class EncryptedError(ValueError):
    """A workbook with a password."""


def read_xls(path: Path) -> Iterator[Grid]:
    """The grids of an `.xls`. Raises EncryptedError or MalformedError."""
    book = _opened(path)
    for page in book.sheets():
        yield _grid(path.name, book, page)


def _opened(path: Path) -> Any:
    import xlrd

    try:
        return xlrd.open_workbook(str(path), formatting_info=True, ragged_rows=True, logfile=io.StringIO())
    except Exception as error:  # a damaged record can raise anything inside the parser
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            raise EncryptedError(str(error)) from error
        raise MalformedError(f"{type(error).__name__} {error}".strip()) from error


def _grid(file: str, book: Any, page: Any) -> Grid:
    cells = np.full((page.nrows, page.ncols), "", dtype=object)
    faults: Faults = {}
    for row in range(page.nrows):
        for column, cell in enumerate(page.row(row)):
            if cell.ctype == _ERROR:
                faults[row, column] = _error(cell.value)
            elif cell.ctype in (_TEXT, _NUMBER, _DATE, _TRUTH):
                cells[row, column] = _value(book, cell)
    merged = tuple(((top, left), (bottom - 1, right - 1)) for top, bottom, left, right in page.merged_cells)
    rows = tuple(sorted(row for row, info in page.rowinfo_map.items() if info.hidden and row < page.nrows))
    columns = tuple(sorted(at for at, info in page.colinfo_map.items() if info.hidden and at < page.ncols))
    return Grid(file, page.name, Cells.of(cells), page.visibility != 0, merged, faults, rows, columns)


def _error(code: int) -> str:
    import xlrd

    return str(xlrd.error_text_from_code.get(code, "#ERROR"))


def _value(book: Any, cell: Any) -> Any:
    if cell.ctype == _TEXT:
        return cell.value
    if cell.ctype == _TRUTH:
        return bool(cell.value)
    number = book.xf_list[cell.xf_index].format_key if cell.xf_index is not None else 0
    code = book.format_map[number].format_str if number in book.format_map else ""
    form = Form(Format.DATE) if cell.ctype == _DATE else classify(code or "", number)
    return shown(float(cell.value), form, base_1904=book.datemode == 1)
