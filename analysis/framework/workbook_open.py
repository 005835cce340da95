"""The cells of a workbook that may be broken, encrypted or far too large."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from analysis.errors import FrameworkError, Problem

_MOST_ROWS, _MOST_COLUMNS, _MOST_BYTES = 20_000, 200, 50_000_000
_CELL = re.compile(rb'<c [^>]*?r="([A-Z]+)(\d+)"')


def tables(path: Path) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Every sheet's cells; a formula without a stored value is kept as its text."""
    import openpyxl

    try:
        _refuse_oversized(path)
        values = openpyxl.load_workbook(path, data_only=True)
        formulas = openpyxl.load_workbook(path)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, ParseError, TypeError) as error:
        raise FrameworkError(_not_a_workbook(path, error)) from error
    return [(page.title, list(_filled(page, formulas[page.title]))) for page in values.worksheets]


def _filled(values: Any, formulas: Any) -> Iterator[tuple[Any, ...]]:
    for shown, written in zip(values.iter_rows(), formulas.iter_rows(), strict=True):
        pairs = zip(shown, written, strict=True)
        yield tuple(w.value if s.value is None else s.value for s, w in pairs)


def _refuse_oversized(path: Path) -> None:
    """A tiny file may claim a cell in the last row and column, and reading it would eat all memory."""
    with zipfile.ZipFile(path) as archive:
        sheets = [info for info in archive.infolist() if info.filename.startswith("xl/")]
        if sum(info.file_size for info in sheets) > _MOST_BYTES:
            raise ValueError("too large")
        for info in (one for one in sheets if one.filename.startswith("xl/worksheets/")):
            for letters, row in _CELL.findall(archive.read(info)):
                if int(row) > _MOST_ROWS or _column_number(letters) > _MOST_COLUMNS:
                    raise ValueError("too large")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _not_a_workbook(path: Path, error: Exception) -> Problem:
    large = "too large" in str(error)
    missing = isinstance(error, FileNotFoundError)
    zh = "工作簿过大，不像测评体系" if large else "文件不存在" if missing else "不是能读取的 .xlsx 工作簿"
    en = (
        "is too large for a framework"
        if large
        else "does not exist"
        if missing
        else "is no readable .xlsx file"
    )
    return Problem(
        code="unreadable_workbook",
        file=str(path),
        zh=f"{zh}。",
        en=f"{en}.",
        fix_zh="请删去远处的空白行列，或另存为未加密的 .xlsx。",
        fix_en="Delete empty rows and columns far away, or save it again as .xlsx without a password.",
        value=path.name,
    )
