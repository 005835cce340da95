"""Styled workbooks whose bytes depend on nothing but their content."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

_STAMP = (2024, 1, 1, 0, 0, 0)
_CORE = "docProps/core.xml"
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
    book = Workbook(write_only=True)
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(_undated(buffer))


def _fill(page: WriteOnlyWorksheet, sheet: Sheet) -> None:
    last = get_column_letter(len(sheet.columns))
    page.freeze_panes = "A3"
    page.row_dimensions[1].height = 30
    page.row_dimensions[2].height = 32
    for number, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(number)].width = column.width
    page.merged_cells.ranges.add(CellRange(f"A1:{last}1"))
    page.auto_filter.ref = f"A2:{last}{len(sheet.table) + 2}"
    page.append([_styled(page, sheet.title, _TITLE)])
    page.append([_styled(page, column.header, _HEADER) for column in sheet.columns])
    for row in _rows(sheet):
        page.append(_formatted(page, row, sheet.columns))


def _styled(page: WriteOnlyWorksheet, value: Any, style: dict[str, Any]) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, value)
    for name, part in style.items():
        setattr(cell, name, part)
    return cell


def _rows(sheet: Sheet) -> list[list[Any]]:
    shown = sheet.table[[column.field for column in sheet.columns]].astype(object)
    return shown.where(shown.notna(), None).to_numpy().tolist()


def _formatted(page: WriteOnlyWorksheet, row: list[Any], columns: tuple[Column, ...]) -> list[Any]:
    """The row, with a number format only where a column asks for one: a styled cell takes ten times as long."""
    return [
        _styled(page, value, {"number_format": column.format})
        if column.format and value is not None
        else value
        for value, column in zip(row, columns, strict=True)
    ]


def _undated(buffer: io.BytesIO) -> bytes:
    """The archive with one fixed date everywhere, so that the clock leaves no trace in the bytes."""
    stamp = dt.datetime(*_STAMP).strftime("%Y-%m-%dT%H:%M:%SZ")
    target = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == _CORE:
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp.encode(), data)
            new.writestr(zipfile.ZipInfo(name, date_time=_STAMP), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()
