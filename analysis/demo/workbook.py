"""Styled workbooks whose bytes depend on nothing but their content.

openpyxl lays out the sheets (title, header, widths, styles); the rows below the header are written as
text into the finished archive, which is four times as fast as one cell object after the other.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

_STAMP = (2024, 1, 1, 0, 0, 0)
_FIRST_ROW = 3
_DAY_ZERO = dt.date(1899, 12, 30)
_DATE = "yyyy-mm-dd"
_THIN = Side(style="thin", color="BFBFBF")
_TITLE = {
    "font": Font(name="宋体", size=16, bold=True),
    "alignment": Alignment(horizontal="center", vertical="center"),
}
_HEADER = {
    "font": Font(name="宋体", size=11, bold=True),
    "fill": PatternFill("solid", fgColor="DDEBF7"),
    "alignment": Alignment(horizontal="center", vertical="center", wrap_text=True),
    "border": Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN),
}


@dataclass(frozen=True)
class Column:
    """One column of a sheet: the field of the table it shows, its header, width and number format."""

    field: str
    header: str
    width: float = 12
    format: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet: a title row, a header row, and the rows of `table`."""

    name: str
    title: str
    columns: tuple[Column, ...]
    table: pd.DataFrame


def write_workbook(path: Path, sheets: list[Sheet]) -> None:
    """The sheets as one xlsx file at `path`; equal sheets give equal bytes."""
    book = Workbook()
    book.remove(book["Sheet"])
    bodies = {}
    for number, sheet in enumerate(sheets, start=1):
        page = book.create_sheet(sheet.name)
        _lay_out(page, sheet)
        bodies[f"xl/worksheets/sheet{number}.xml"] = _body(page, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(_finished(buffer, bodies))


def _lay_out(page: Worksheet, sheet: Sheet) -> None:
    """Title, header, widths, frozen panes and filter."""
    last = get_column_letter(len(sheet.columns))
    page.cell(1, 1, sheet.title)
    for number, column in enumerate(sheet.columns, start=1):
        _style(page.cell(2, number, column.header), _HEADER)
        page.column_dimensions[get_column_letter(number)].width = column.width
    _style(page.cell(1, 1), _TITLE)
    page.merge_cells(f"A1:{last}1")
    page.row_dimensions[1].height = 30
    page.row_dimensions[2].height = 32
    page.freeze_panes = f"A{_FIRST_ROW}"
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = "2:2"
    page.auto_filter.ref = f"A2:{last}{len(sheet.table) + _FIRST_ROW - 1}"


def _style(cell: Any, style: dict[str, Any]) -> None:
    for name, part in style.items():
        setattr(cell, name, part)


# The rows below the header


def _body(page: Worksheet, sheet: Sheet) -> bytes:
    """The rows as the XML of a sheet."""
    columns = [
        _cells(get_column_letter(number), sheet.table[column.field].tolist(), *_styles(page, column.format))
        for number, column in enumerate(sheet.columns, start=1)
    ]
    rows = enumerate(zip(*columns, strict=True), start=_FIRST_ROW)
    return "".join(f'<row r="{number}">{"".join(cells)}</row>' for number, cells in rows).encode()


def _styles(page: Worksheet, number_format: str) -> tuple[int, int]:
    """The styles of numbers and of dates in a column."""
    return _style_id(page, number_format or "General"), _style_id(page, _DATE)


def _style_id(page: Worksheet, number_format: str) -> int:
    cell = Cell(page, 1, 1)
    cell.number_format = number_format
    return int(cell.style_id)


def _cells(letter: str, values: list[Any], number_style: int, date_style: int) -> list[str]:
    """One column's cells; what stands in a cell is made once per distinct value."""
    made = {value: _content(value, number_style, date_style) for value in dict.fromkeys(values)}
    contents = enumerate((made[value] for value in values), start=_FIRST_ROW)
    return [f'<c r="{letter}{number}"{content}' if content else "" for number, content in contents]


def _content(value: Any, number_style: int, date_style: int) -> str:
    """Type, style and value of a cell; nothing for an empty one."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f' t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if isinstance(value, dt.date):
        return f' s="{date_style}"><v>{(value - _DAY_ZERO).days}</v></c>'
    return f' s="{number_style}"><v>{value!r}</v></c>'


# The archive


def _finished(buffer: io.BytesIO, bodies: dict[str, bytes]) -> bytes:
    """The archive with its rows, and with one fixed date everywhere so that the clock leaves no trace."""
    stamp = dt.datetime(*_STAMP).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    target = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, data)
            if name in bodies:
                data = _undimensioned(data).replace(b"</sheetData>", bodies[name] + b"</sheetData>")
            new.writestr(zipfile.ZipInfo(name, date_time=_STAMP), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _undimensioned(data: bytes) -> bytes:
    """The sheet without the dimension that was true before its rows came: readers would believe it."""
    return re.sub(rb"<dimension [^>]*/>", b"", data)
