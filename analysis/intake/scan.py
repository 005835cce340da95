"""What a reader does not tell: error cells and formulas without a stored value, which arrive as blanks."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

MAX_BYTES = 2_000_000_000
Faults = dict[tuple[int, int], str]

_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_ERROR = re.compile(rb"<v>([^<]*)</v>")
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def expanded_size(path: Path) -> int:
    """Bytes a workbook unpacks to, as its directory says."""
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def faults(path: Path) -> dict[str, Faults]:
    """Sheet name to its faulty cells: (row, column) from 0; the error, or '' for a formula without value."""
    with zipfile.ZipFile(path) as archive:
        return {name: _of_sheet(archive.read(part)) for name, part in _parts(archive).items()}


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name to the file of the archive that holds its cells."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return {}
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    sheets = [element for element in book.iter() if element.tag.endswith("}sheet")]
    found = {sheet.get("name", ""): _path(targets.get(sheet.get(_REL), "")) for sheet in sheets}
    return {name: part for name, part in found.items() if part in names}


def _path(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _of_sheet(data: bytes) -> Faults:
    if b't="e"' not in data and b"<f" not in data:
        return {}
    found: Faults = {}
    for letters, row, attributes, content in _CELL.findall(data):
        fault = _fault(attributes, content)
        if fault is not None:
            found[int(row) - 1, _position(letters)] = fault
    return found


def _fault(attributes: bytes, content: bytes) -> str | None:
    value = _ERROR.search(content)
    if b't="e"' in attributes:
        return value.group(1).decode("utf-8", "replace") if value else "#ERROR"
    without = b"<f" in content and b't="str"' not in attributes and not (value and value.group(1))
    return "" if without else None


def _position(letters: bytes) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + letter - 64
    return position - 1
