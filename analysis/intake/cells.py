"""Files to grids of cells, as they stand in the sheet."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import BadZipFile

import numpy as np

from analysis.errors import Problem
from analysis.intake import messages as say
from analysis.intake.scan import MAX_BYTES, Faults, expanded_size, faults

MAX_CELLS = 60_000_000
Merged = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Grid:
    """One sheet: `cells` (objects, '' where empty) from A1 on; `merged` ranges as (first, last) corners;
    `faults`: cells that arrive blank but hold an error, or a formula ('') without stored value."""

    file: str
    sheet: str
    cells: np.ndarray
    hidden: bool = False
    merged: tuple[Merged, ...] = ()
    faults: Faults = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What round.yml calls it: `file.xlsx/sheet`, for csv the file name."""
        return f"{self.file}/{self.sheet}" if self.sheet else self.file


def read_file(path: Path, problems: list[Problem]) -> list[Grid]:
    """The grids of one `.xlsx` or `.csv`; what could not be read is added to `problems`."""
    return _read_csv(path, problems) if path.suffix.lower() == ".csv" else _read_xlsx(path, problems)


def _read_xlsx(path: Path, problems: list[Problem]) -> list[Grid]:
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        if path.read_bytes()[:2] == b"PK" and expanded_size(path) > MAX_BYTES:
            problems.append(say.EXPANDS.problem(path.name))
            return []
        book = load_workbook(str(path))
        return list(_sheets(path, book, problems))
    except PasswordError:
        zh, en = "有密码", "it is protected by a password"
    except (CalamineError, BadZipFile, zlib.error, ElementTree.ParseError, OSError, ValueError) as error:
        zh, en = (f"{nature}{error}" for nature in _nature(path))
    problems.append(say.UNREADABLE.problem(path.name, detail_zh=zh, detail_en=en))
    return []


def _nature(path: Path) -> tuple[str, str]:
    """What a file that is not a workbook looks like from its first bytes, in both languages."""
    start = path.read_bytes()[:8]
    if not start:
        return "空文件：", "an empty file: "
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "是旧版 .xls 或加密文件：", "an old .xls or an encrypted file: "
    return ("", "") if start.startswith(b"PK") else ("不是 .xlsx 文件：", "not an .xlsx file: ")


def _sheets(path: Path, book: Any, problems: list[Problem]) -> Iterator[Grid]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    faulty = faults(path)
    for position, meta in enumerate(book.sheets_metadata):
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(position)
        if sheet.total_height * sheet.total_width > MAX_CELLS:
            size = {"rows": sheet.total_height, "columns": sheet.total_width}
            problems.append(say.TOO_LARGE.problem(path.name, meta.name, **size))
            continue
        cells = _block(sheet.to_python(skip_empty_area=False))
        merged = tuple(sheet.merged_cell_ranges or ())
        hidden = meta.visible != SheetVisibleEnum.Visible
        yield Grid(path.name, meta.name, cells, hidden, merged, faulty.get(meta.name, {}))


def _read_csv(path: Path, problems: list[Problem]) -> list[Grid]:
    text = _decoded(path.read_bytes())
    if text is None:
        problems.append(say.ENCODING.problem(path.name))
        return []
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        problems.append(say.UNREADABLE.problem(path.name, detail_zh=str(error), detail_en=str(error)))
        return []
    width = max((len(row) for row in rows), default=0)
    return [Grid(path.name, "", _block([row + [""] * (width - len(row)) for row in rows]))]


def _decoded(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None


def _block(rows: list[list[Any]]) -> np.ndarray:
    block = np.empty((len(rows), len(rows[0]) if rows else 0), dtype=object)
    if block.size:
        block[:] = rows
    return block
