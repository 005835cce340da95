"""Tables as worksheets: styled header, frozen panes, widths, number formats, filters, no text that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from analysis.reports.console import width

_TITLE = Font(bold=True, size=14)
_NOTE = Font(italic=True, color="666666")
_LINK = Font(color="0563C1", underline="single")
_HEADER = Font(bold=True, color="FFFFFF")
_FILL = PatternFill("solid", fgColor="7A1F1F")
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_RISKY = ("=", "+", "-", "@")
_A4 = 9
_MOST_LINKS = 65_000
"""A spreadsheet program takes 65,530 links on a sheet."""
_NARROWEST, _WIDEST, _LOOKED_AT = 8, 48, 200


def new_book() -> Workbook:
    """A workbook that is written as a stream, without sheets yet."""
    return Workbook(write_only=True)


def add_table(
    book: Workbook,
    name: str,
    frame: pd.DataFrame,
    title: str = "",
    note: str = "",
    formats: Mapping[str, str] | None = None,
    links: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Add `frame` as sheet `name`: title and note above, then header and rows; `formats` by column name.

    `links`: targets of a column's cells, row by row ("": plain text); whoever names them vouches for them.
    """
    sheet = book.create_sheet(name)
    above = [line for line in (title, note) if line]
    header_row = len(above) + 1
    sheet.freeze_panes = f"B{header_row + 1}"
    sheet.row_dimensions[header_row].height = 30
    for position, column in enumerate(frame.columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = _width(str(column), frame[column])
    _fit_to_paper(sheet, header_row)
    for line in above:
        sheet.append([_styled(sheet, line, _TITLE if line == title else _NOTE)])
    sheet.append([_header(sheet, str(column)) for column in frame.columns])
    last = get_column_letter(max(len(frame.columns), 1))
    sheet.auto_filter.ref = f"A{header_row}:{last}{header_row + max(len(frame), 1)}"
    styles = [_style(sheet, (formats or {}).get(str(column), "")) for column in frame.columns]
    targets = _targets(frame, links or {})
    for number, row in enumerate(frame.itertuples(index=False, name=None)):
        cells = [_cell(sheet, value, style) for value, style in zip(row, styles, strict=True)]
        for position, target in targets.get(number, {}).items():
            cells[position] = _linked(sheet, str(row[position]), target)
        sheet.append(cells)


def _targets(frame: pd.DataFrame, links: Mapping[str, Sequence[str]]) -> dict[int, dict[int, str]]:
    """Row to position of the column to target, as many as a sheet may have."""
    found: dict[int, dict[int, str]] = {}
    places = ((name, row, target) for name in links for row, target in enumerate(links[name]) if target)
    for name, row, target in islice(places, _MOST_LINKS):
        found.setdefault(row, {})[frame.columns.get_loc(name)] = target
    return found


def _linked(sheet: Any, text: str, target: str) -> Any:
    cell = _styled(sheet, ILLEGAL_CHARACTERS_RE.sub("", text), _LINK)
    cell.hyperlink = target
    return cell


def _fit_to_paper(sheet: Any, header_row: int) -> None:
    """Printed on landscape pages as wide as the table, the header on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{header_row}:{header_row}"


def _width(header: str, column: pd.Series) -> float:
    longest = max((width(_shown(value)) for value in islice(column, _LOOKED_AT)), default=0)
    return float(min(max(longest, width(header)) + 4, _WIDEST) if longest or header else _NARROWEST)


def _shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _style(sheet: Any, code: str) -> Any:
    """The style of a column's numbers, made once: cell by cell it takes half the time of a workbook."""
    if not code:
        return None
    cell: Any = WriteOnlyCell(sheet, 0)
    cell.number_format = code
    return cell._style


def _cell(sheet: Any, value: Any, style: Any) -> Any:
    if value is None or value is pd.NaT or value != value:
        return None
    if isinstance(value, str):
        return _text(sheet, value)
    if style is not None:
        cell: Any = WriteOnlyCell(sheet, value)
        cell._style = style
        return cell
    return value


def _text(sheet: Any, value: str) -> Any:
    """Text as text: what begins like a formula is marked, so that it is not run when the cell is edited."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", value)
    if not clean.startswith(_RISKY):
        return clean
    cell = WriteOnlyCell(sheet, clean)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _styled(sheet: Any, value: str, font: Font) -> Any:
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    cell.font = font
    return cell


def _header(sheet: Any, value: str) -> Any:
    cell = _styled(sheet, value, _HEADER)
    cell.fill = _FILL
    cell.alignment = _CENTRE
    return cell
