"""The rejected rows as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from analysis.intake.copies.book import sheet_title
from analysis.paths import written_whole

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from analysis.intake.round import Round

FIRST = ("文件 File", "工作表 Sheet", "行 Row", "原因 Reason", "Reason (en)")


def write(round_: Round, path: Path) -> Path:
    """Write one sheet per source sheet; a round without rejected rows gives a sheet that says so."""
    book = Workbook(write_only=True)
    for (file, sheet), rows in round_.rejected.groupby(["file", "sheet"], sort=False):
        page = book.create_sheet(sheet_title(f"{sheet or file}", book.sheetnames))
        _fill(page, rows)
    if not book.sheetnames:
        book.create_sheet("无").append(["没有被退回的行 / no row was rejected"])
    with written_whole(path) as part:
        book.save(part)
    return path


def _fill(page: WriteOnlyWorksheet, rows: pd.DataFrame) -> None:
    headers = list(dict.fromkeys(name for cells in rows["cells"] for name in cells))
    page.append([as_text(page, cell) for cell in (*FIRST, *headers)])
    for row in rows.itertuples():
        values = (row.file, row.sheet, row.row, row.reason_zh, row.reason_en)
        page.append([as_text(page, cell) for cell in (*values, *(row.cells.get(name) for name in headers))])


def as_text(page: WriteOnlyWorksheet, value: Any) -> Any:
    """A cell that no spreadsheet runs: text that begins like a formula stays text."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@")):
        return value
    cell = WriteOnlyCell(page, value=value)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
