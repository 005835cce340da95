"""An Office Open XML workbook to grids: limits first, then only cells that hold something."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from xml.parsers import expat

import numpy as np

from analysis.intake.files import sheetxml as xml
from analysis.intake.files.coded import Cells, Coded, numbered, objects
from analysis.intake.files.container import UnsafeError, check, part, pieces
from analysis.intake.files.formats import PLAIN, Form, classify, shown
from analysis.intake.files.grid import MAX_CELLS, Faults, Grid, Merged, TooWideError
from analysis.intake.parallel import in_order
from analysis.intake.progress import Meter

_PLAIN = re.compile(r"<si><t(?: xml:space=\"preserve\")?>([^<]*)</t></si>")
_SI = re.compile(rb"<si>(.*?)</si>|<si/>", re.DOTALL)
_MERGED = re.compile(rb'<mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_COLUMN = re.compile(rb"<col\s([^>]*)>")
_SHEET = "worksheet"
MAX_SHEETS = 1_000
"""The most sheets of a workbook, which may all be one part."""


@dataclass
class Book:
    """What the sheets of a workbook share: texts, what each style makes of a number, the base of dates;
    and how much of them was read."""

    texts: xml.Texts
    formats: list[Form]
    base_1904: bool
    meter: Meter


@dataclass
class Page:
    """A sheet while it is read."""

    cells: list[xml.Cells] = field(default_factory=list)
    outside: list[bytes] = field(default_factory=list)


def read_workbook(path: Path) -> Iterator[Grid]:
    """The grids of a workbook, sheets without cells (charts, dialogs) left out.

    Raises UnsafeError, ForbiddenError, MalformedError, TooWideError or BadZipFile.
    """
    with zipfile.ZipFile(path) as archive:
        check(archive)
        folder = "xl/"
        targets = _targets(archive, folder)
        book_xml = xml.elements(part(archive, f"{folder}workbook.xml"))
        shared = part(archive, targets.get("sharedStrings", f"{folder}sharedStrings.xml"))
        styles = part(archive, targets.get("styles", f"{folder}styles.xml"))
        dated = any(tag == "workbookPr" and given.get("date1904") in ("1", "true") for tag, given in book_xml)
        sheets = [(targets.get(_relation(given), ""), given) for tag, given in book_xml if tag == "sheet"]
        sheets = [
            (name, given)
            for name, given in sheets
            if name in archive.NameToInfo and _SHEET in targets.get(f"type {name}", "")
        ]
        if len(sheets) > MAX_SHEETS:
            raise UnsafeError("too_large", f"{len(sheets)}")
        meter = Meter(sum(archive.NameToInfo[name].file_size for name, _ in sheets))
        book = Book(_texts(shared), _formats(styles), dated, meter)
        for name, given in sheets:
            yield _grid(archive, name, given, book, path.name)


def _relation(given: dict[str, str]) -> str:
    return next((value for key, value in given.items() if key.rpartition(":")[2] == "id" and ":" in key), "")


def _targets(archive: zipfile.ZipFile, folder: str) -> dict[str, str]:
    """Relation id to part, kind of part to part, and `type <part>` to the kind of a sheet's part."""
    found: dict[str, str] = {}
    for tag, given in xml.elements(part(archive, f"{folder}_rels/workbook.xml.rels") or b"<none/>"):
        if tag != "Relationship" or given.get("TargetMode") == "External":
            continue
        target = given.get("Target", "")
        name = target.lstrip("/") if target.startswith("/") else f"{folder}{target}"
        kind = given.get("Type", "").rpartition("/")[2]
        found |= {given.get("Id", ""): name, kind: name, f"type {name}": kind}
    return found


def _texts(data: bytes) -> xml.Texts:
    """The shared texts, in order."""
    found = xml.Texts()
    if not data:
        return found
    n = data.count(b"<si>") + data.count(b"<si/>")
    plain = _PLAIN.findall(data.decode("utf-8", "replace"))
    if len(plain) == n and b"&" not in data and b"_x" not in data and b"\r" not in data:
        found.values = plain
        return found
    raw = _SI.findall(data)
    if b"<!" in data or len(raw) != n or data.count(b":si>"):
        found.values = _texts_slowly(data)
    else:
        found.values = [xml.plain_text(xml.rich_text(one)) for one in raw]
    return found


def _texts_slowly(data: bytes) -> list[str]:
    """Shared texts that are written with prefixes, comments or character data sections."""
    texts: list[str] = []
    inside: list[str] = []

    def opened(name: str, _: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        inside.append(tag)
        if tag == "si":
            texts.append("")

    def text(content: str) -> None:
        if inside[-1:] == ["t"] and "rPh" not in inside and texts:
            texts[-1] += content

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler = opened, text
    parser.EndElementHandler = lambda name: inside.pop()
    parser.StartDoctypeDeclHandler = xml.refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise xml.MalformedError(str(error)) from error
    return texts


def _formats(data: bytes) -> list[Form]:
    """What each cell style makes of a number."""
    codes: dict[int, str] = {}
    found: list[Form] = []
    inside = ""
    for tag, given in xml.elements(data) if data else []:
        if tag == "numFmt" and given.get("numFmtId", "").isdecimal():
            codes.setdefault(int(given["numFmtId"]), given.get("formatCode", ""))
        elif tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            inside = tag
        elif tag == "xf" and inside == "cellXfs":
            number = int(given.get("numFmtId", "0")) if given.get("numFmtId", "0").isdecimal() else 0
            found.append(classify(codes.get(number, ""), number))
    return found


def _grid(archive: zipfile.ZipFile, name: str, given: dict[str, str], book: Book, file: str) -> Grid:
    try:
        page = _page(book.meter.watch(pieces(archive, name)), book.texts)
    except xml.MalformedError:
        page = _page(_rewritten(archive, name), book.texts)
    sheet = given.get("name", "")
    grid = _dense(page, book, file, sheet)
    return replace(grid, hidden=given.get("state", "visible") != "visible")


def _rewritten(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    try:
        yield from xml.canonical(pieces(archive, name))
    except expat.ExpatError as error:
        raise xml.MalformedError(str(error)) from error


def _page(document: Iterable[bytes], texts: xml.Texts) -> Page:
    """The cells of a sheet, and what stands before and after them."""
    page = Page()
    for block in in_order(xml.read_block, _blocks(document, page)):
        block.share(texts)
        page.cells.append(block)
    return page


def _blocks(document: Iterable[bytes], page: Page) -> Iterator[bytes]:
    """The rows of a sheet, many at a time; what stands around them goes to the page."""
    rest, inside, seen = b"", False, False
    for piece in chain(document, (b"",)):
        rest += piece
        if not inside and not seen and (found := re.search(rb"<sheetData\s*(/?)>", rest)):
            page.outside.append(rest[: found.start()])
            rest, inside, seen = rest[found.end() :], not found.group(1), True
        if inside:
            end = rest.find(b"</sheetData>")
            cut = end if end >= 0 else rest.rfind(b"</row>") + len(b"</row>")
            if cut > len(b"</row>") - 1:
                yield rest[:cut]
                rest = rest[cut:]
            inside = end < 0
        if len(rest) > 300_000_000:
            raise xml.MalformedError("row")
    if inside or not seen:
        raise xml.MalformedError("sheetData")
    page.outside.append(rest)


def _dense(page: Page, book: Book, file: str, sheet: str) -> Grid:
    """The cells in their places."""
    row, column, what, style, value = (
        np.concatenate([getattr(block, name) for block in page.cells]) if page.cells else np.zeros(0, dtype)
        for name, dtype in (("row", int), ("column", int), ("what", int), ("style", int), ("value", float))
    )
    height, width = (int(axis.max()) + 1 if len(axis) else 0 for axis in (row, column))
    if height * width > MAX_CELLS:
        far = int(np.argmax(row.astype(np.int64) + column))
        cell = f"{xml.letters(int(column[far]))}{int(row[far]) + 1}"
        raise TooWideError(sheet, height, width, cell)
    order = np.argsort(column.astype(np.int16), kind="stable")
    ends = np.cumsum(np.bincount(column, minlength=width))
    parts = [order[first:last] for first, last in zip([0, *ends], ends, strict=False)]
    texts = objects(book.texts.values)
    columns = [_column(row[at], what[at], style[at], value[at], height, texts, book) for at in parts]
    outside = b"".join(page.outside)
    return Grid(
        file,
        sheet,
        Cells(columns, height),
        merged=_merged(outside, height, width),
        faults=_faults(row, column, what, value, book.texts),
        hidden_rows=tuple(sorted({number for block in page.cells for number in block.hidden})),
        hidden_columns=_hidden_columns(outside, width),
    )


def _column(
    row: np.ndarray,
    what: np.ndarray,
    style: np.ndarray,
    value: np.ndarray,
    height: int,
    texts: np.ndarray,
    book: Book,
) -> Coded:
    """Texts, numbers as their formats mean them, and truth values; other cells are blank."""
    found = Coded.all("", height)
    text, truth, number = (what == one for one in (xml.TEXT, xml.TRUTH, xml.NUMBER))
    if text.any():
        found = found.put(row[text], _texts_of(value[text], texts))
    if truth.any():
        found = found.put(row[truth], _truths(value[truth]))
    for position in np.unique(style[number]):
        mask = number & (style == position)
        form = book.formats[position] if position < len(book.formats) else PLAIN
        found = found.put(row[mask], _numbers(value[mask], form, base_1904=book.base_1904))
    return found


def _texts_of(value: np.ndarray, texts: np.ndarray) -> Coded:
    position = value.astype(np.int64)
    if position.max() >= len(texts):
        raise xml.MalformedError("shared string")
    return Coded(position, texts).used()


def _truths(value: np.ndarray) -> Coded:
    return Coded((value != 0).astype(np.int64), objects(["FALSE", "TRUE"]))


def _numbers(value: np.ndarray, form: Form, *, base_1904: bool) -> Coded:
    """Every distinct number converted once."""
    codes, distinct = numbered(value)
    plain = distinct.tolist()
    if form == PLAIN:
        return Coded(codes, objects(plain))
    return Coded(codes, objects(shown(one, form, base_1904=base_1904) for one in plain))


def _faults(
    row: np.ndarray, column: np.ndarray, what: np.ndarray, value: np.ndarray, texts: xml.Texts
) -> Faults:
    found: Faults = {}
    for at in np.flatnonzero((what == xml.ERROR) | (what == xml.NO_VALUE)):
        known = what[at] == xml.ERROR
        text = (texts.values[int(value[at])] if value[at] >= 0 else "#ERROR") if known else ""
        found[int(row[at]), int(column[at])] = text
    return found


def _merged(outside: bytes, height: int, width: int) -> tuple[Merged, ...]:
    """Merged ranges that reach a cell with content, as (first, last) corners."""
    found = []
    for left, top, right, bottom in _MERGED.findall(outside):
        first = int(top) - 1, xml.position(left.decode())
        last = min(int(bottom), height) - 1, min(xml.position(right.decode()) + 1, width) - 1
        if first[0] <= last[0] and first[1] <= last[1] and first != last:
            found.append((first, last))
    return tuple(found)


def _hidden_columns(outside: bytes, width: int) -> tuple[int, ...]:
    found: set[int] = set()
    for text in _COLUMN.findall(outside):
        given: dict[bytes, bytes] = dict(re.findall(rb'(\w+)="([^"]*)"', text))
        if given.get(b"hidden") in (b"1", b"true"):
            first, last = int(given.get(b"min", 1)), int(given.get(b"max", 1))
            found.update(range(first - 1, min(last, width)))
    return tuple(sorted(found))
