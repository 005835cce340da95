"""An OpenDocument spreadsheet to grids. Repeated cells are counted before they are written out."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from analysis.intake.files.coded import Cells
from analysis.intake.files.container import check, pieces
from analysis.intake.files.formats import Form, Format, shown
from analysis.intake.files.grid import MAX_CELLS, Faults, Grid, Merged, TooWideError
from analysis.intake.files.sheetxml import ForbiddenError, MalformedError, letters, refuse_doctype

_CODE = re.compile(r"([A-Za-z][\w.-]*?)?(\d+)", re.ASCII)
_PERCENT = re.compile(r"(-?\d+(?:\.\d+)?) ?%")
_NUMERALS = "零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"


_MOST = MAX_CELLS // 4
"""The most cells with content a sheet may come to when repeated ones are written out."""

_ROWS = 1_048_576


@dataclass
class Table:
    """A sheet while it is read."""

    name: str
    hidden: bool
    cells: dict[tuple[int, int], Any] = field(default_factory=dict)
    merged: list[Merged] = field(default_factory=list)
    faults: Faults = field(default_factory=dict)
    hidden_rows: list[range] = field(default_factory=list)
    hidden_columns: list[range] = field(default_factory=list)
    written: int = 0
    row: int = 0
    column: int = 0
    defined: int = 0
    repeat: int = 1


@dataclass
class Cell:
    """A cell while it is read: its attributes and its paragraphs."""

    given: dict[str, str]
    lines: list[str] = field(default_factory=list)


class Reader:
    """Takes the events of `content.xml`; `tables` holds what was found."""

    def __init__(self) -> None:
        self.tables: list[Table] = []
        self.hidden_styles: set[str] = set()
        self._cell: Cell | None = None
        self._style = ""
        self._note = 0
        self._row_cells: list[tuple[int, int, Cell]] = []

    def opened(self, name: str, given: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        given = {key.rpartition(":")[2]: value for key, value in given.items()}
        if name == "style:style":
            self._style = given.get("name", "")
        elif name == "style:table-properties" and given.get("display") == "false":
            self.hidden_styles.add(self._style)
        elif name == "table:table":
            hidden = given.get("style-name", "") in self.hidden_styles
            self.tables.append(Table(given.get("name", ""), hidden))
        elif name == "office:annotation":
            self._note += 1
        elif self.tables and tag in ("table-column", "table-row", "table-cell", "covered-table-cell", "p"):
            self._inside(tag, given)

    def _inside(self, tag: str, given: dict[str, str]) -> None:
        table = self.tables[-1]
        hidden = given.get("visibility") in ("collapse", "filter")
        if tag == "table-column":
            n = _count(given, "number-columns-repeated")
            if hidden:
                table.hidden_columns.append(range(table.defined, table.defined + n))
            table.defined += n
        elif tag == "table-row":
            table.column, table.repeat = 0, _count(given, "number-rows-repeated")
            self._row_cells = []
            if hidden:
                table.hidden_rows.append(range(table.row, table.row + table.repeat))
        elif tag == "p" and self._cell is not None and not self._note:
            self._cell.lines.append("")
        elif tag != "p":
            self._cell = Cell(given)

    def text(self, content: str) -> None:
        if self._cell is not None and self._cell.lines and not self._note:
            self._cell.lines[-1] += content

    def closed(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if name == "office:annotation":
            self._note -= 1
        elif not self.tables:
            return
        elif tag in ("table-cell", "covered-table-cell") and self._cell is not None:
            table, n = self.tables[-1], _count(self._cell.given, "number-columns-repeated")
            if _holds(self._cell):
                self._row_cells.append((table.column, n, self._cell))
            table.column += n
            self._cell = None
        elif name == "table:table-row":
            self._write_row(self.tables[-1])

    def _write_row(self, table: Table) -> None:
        """The cells of a row, as often as the row is repeated."""
        table.written += table.repeat * sum(n for _, n, _ in self._row_cells)
        if self._row_cells and (table.written > _MOST or table.row + table.repeat > _ROWS):
            last = max(at + n for at, n, _ in self._row_cells) - 1
            size = (table.row + table.repeat, last + 1)
            raise TooWideError(table.name, *size, f"{letters(last)}{size[0]}")
        for row in range(table.row, table.row + (table.repeat if self._row_cells else 0)):
            for at, n, cell in self._row_cells:
                for column in range(at, at + n):
                    _place(table, row, column, cell)
        table.row += table.repeat


def _count(given: dict[str, str], name: str) -> int:
    text = given.get(name, "1")
    if not text.isdecimal() or len(text) > 7:
        raise MalformedError(f"{name} {text[:20]}")
    return max(int(text), 1)


def _holds(cell: Cell) -> bool:
    given = cell.given
    return bool("".join(cell.lines).strip() or given.keys() & {"value", "date-value", "formula"}) or any(
        _count(given, name) > 1 for name in ("number-rows-spanned", "number-columns-spanned")
    )


def _place(table: Table, row: int, column: int, cell: Cell) -> None:
    """Write a cell; errors and formulas without a value are faults."""
    down, across = (_count(cell.given, f"number-{axis}-spanned") for axis in ("rows", "columns"))
    if down > 1 or across > 1:
        table.merged.append(((row, column), (row + down - 1, column + across - 1)))
    text = "\n".join(cell.lines)
    if "formula" in cell.given and text.startswith(("#", "Err:")):
        table.faults[row, column] = text
    elif "formula" in cell.given and not text and "value" not in cell.given:
        table.faults[row, column] = ""
    else:
        table.cells[row, column] = _value(cell.given, text)


def _value(given: dict[str, str], text: str) -> Any:
    kind = given.get("value-type", "")
    try:
        if kind in ("float", "currency") and "value" in given:
            return _displayed(float(given["value"]), text)
        if kind == "percentage":
            return shown(float(given["value"]), Form(Format.PERCENT))
        if kind == "date":
            found = dt.datetime.fromisoformat(given["date-value"])
            return found if found.time() != dt.time() else found.date()
        if kind == "boolean":
            return given["boolean-value"] == "true"
    except (KeyError, ValueError) as error:
        raise MalformedError(f"{kind} {text[:40]}") from error
    return text


def _displayed(number: float, text: str) -> Any:
    """A number as its cell shows it: with its sign, as a code, or as the words that stand for it."""
    plain = text.strip()
    code = _CODE.fullmatch(plain)
    if code and (code.group(1) or plain.startswith("0")) and len(plain) > 1:
        return plain if float(code.group(2)) == number else number
    percent = _PERCENT.fullmatch(plain)
    if percent:
        decimals = len(percent.group(1).partition(".")[2])
        of_share = abs(number * 100 - float(percent.group(1))) <= 0.51 * 10.0**-decimals
        return shown(number, Form(Format.PERCENT if of_share else Format.PERCENT_SIGN))
    words = plain == "/" or (any(map(str.isalpha, plain)) and not re.search(r"[\d" + _NUMERALS + "]", plain))
    return plain if words else number


def read_ods(path: Path) -> Iterator[Grid]:
    """The grids of an `.ods`. Raises what `read_workbook` raises."""
    reader = Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.opened, reader.closed
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.text, refuse_doctype
    with zipfile.ZipFile(path) as archive:
        check(archive)
        try:
            if b"encryption-data" in b"".join(pieces(archive, "META-INF/manifest.xml"))[:1_000_000]:
                raise ForbiddenError("encrypted")
            for piece in pieces(archive, "content.xml"):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise MalformedError(str(error)) from error
    for table in reader.tables:
        yield _grid(path.name, table)


def _grid(file: str, table: Table) -> Grid:
    corners = [*table.cells, *table.faults]
    height = max((row for row, _ in corners), default=-1) + 1
    width = max((column for _, column in corners), default=-1) + 1
    if height * width > MAX_CELLS:
        raise TooWideError(table.name, height, width, f"{letters(width - 1)}{height}")
    cells = np.full((height, width), "", dtype=object)
    for place, value in table.cells.items():
        cells[place] = value
    merged = tuple(
        (first, (min(last[0], height - 1), min(last[1], width - 1)))
        for first, last in table.merged
        if first[0] < height and first[1] < width
    )
    return Grid(
        file,
        table.name,
        Cells.of(cells),
        table.hidden,
        merged,
        table.faults,
        _within(table.hidden_rows, height),
        _within(table.hidden_columns, width),
    )


def _within(spans: list[range], end: int) -> tuple[int, ...]:
    """The positions of some spans before an end."""
    return tuple(at for span in spans if span.start < end for at in span[: end - span.start])
