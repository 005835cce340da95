"""What a copy made with openpyxl would lose, put back from its original: stored results of formulas,
pictures, charts and shapes, and extensions of sheets (drop-downs that refer to other sheets)."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import quoteattr, unescape

from analysis.intake.container import part
from analysis.intake.sheetxml import elements

_CELL = re.compile(rb'<c\s+r="([A-Z]+\d+)"([^>]*)(?<!/)>(.*?)</c>', re.DOTALL)
_RESULT = re.compile(rb"<v(?:\s[^>]*)?>(.+?)</v>", re.DOTALL)
_NO_RESULT = re.compile(rb"<v\s*/>|<v></v>")
_TYPE = re.compile(rb'\st="(\w+)"')
_DRAWING = re.compile(rb'<drawing\s[^>]*?\br:id="([^"]+)"[^>]*?/>')
_AFTER_DRAWING = re.compile(
    rb"<(?:legacyDrawing|picture|oleObjects|controls|tableParts|extLst)\b|</worksheet>"
)
_EXTENSIONS = re.compile(rb"<extLst\b.*</extLst>(?=\s*</worksheet>)", re.DOTALL)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "[Content_Types].xml"
_OLD = "old_"
"""What the names of parts begin with that come from the original."""


class Relation(NamedTuple):
    """A relation of a part: kind (the end of its type), target as a part or an address, and its XML."""

    id: str
    kind: str
    target: str
    external: bool
    type: str


@dataclass
class Package:
    """The parts of a workbook by name."""

    parts: dict[str, bytes]

    @classmethod
    def of(cls, path: Path) -> Package:
        with zipfile.ZipFile(path) as archive:
            return cls({name: part(archive, name) for name in archive.namelist() if not name.endswith("/")})

    @classmethod
    def checked(cls, path: Path) -> Package:
        """The parts of a workbook whose sheets and relations can be read; raises what is wrong with them."""
        found = cls.of(path)
        found.sheets()
        for name in found.parts:
            found.relations(name)
        return found

    def save(self, path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.parts.items():
                archive.writestr(name, data)

    def relations(self, name: str) -> list[Relation]:
        found = elements(self.parts.get(_rels_of(name), b"<none/>"))
        folder = posixpath.dirname(name)
        return [
            Relation(
                given.get("Id", ""),
                given.get("Type", "").rpartition("/")[2],
                given.get("Target", "") if external else _absolute(folder, given["Target"]),
                external,
                given.get("Type", ""),
            )
            for tag, given in found
            if tag == "Relationship"
            for external in (given.get("TargetMode") == "External",)
        ]

    def relate(self, name: str, relations: list[Relation]) -> None:
        """Write the relations of a part."""
        lines = [
            f"<Relationship Id={quoteattr(one.id)} Type={quoteattr(one.type)} "
            f"Target={quoteattr(one.target if one.external else '/' + one.target)}"
            f"{' TargetMode=' + quoteattr('External') if one.external else ''}/>"
            for one in relations
        ]
        head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        self.parts[_rels_of(name)] = f"{head}{''.join(lines)}</Relationships>".encode()

    def sheets(self) -> dict[str, str]:
        """Name of a sheet to its part."""
        target = {one.id: one.target for one in self.relations("xl/workbook.xml")}
        found = (given for tag, given in elements(self.parts["xl/workbook.xml"]) if tag == "sheet")
        return {
            given.get("name", ""): target.get(value, "")
            for given in found
            for name, value in given.items()
            if name.endswith(":id")
        }

    def type_of(self, name: str) -> str:
        """The content type of a part."""
        listed = elements(self.parts[_TYPES])
        own = (
            one["ContentType"] for tag, one in listed if tag == "Override" and one["PartName"] == f"/{name}"
        )
        ending = name.rpartition(".")[2].lower()
        usual = (
            one["ContentType"]
            for tag, one in listed
            if tag == "Default" and one["Extension"].lower() == ending
        )
        return next(own, next(usual, "application/octet-stream"))

    def add(self, name: str, data: bytes, kind: str) -> None:
        """A further part with its content type."""
        self.parts[name] = data
        entry = f"<Override PartName={quoteattr('/' + name)} ContentType={quoteattr(kind)}/></Types>"
        self.parts[_TYPES] = self.parts[_TYPES].replace(b"</Types>", entry.encode())

    def prune(self) -> None:
        """Drop the parts that nothing refers to any more."""
        held, open_ = {_TYPES}, [""]
        while open_:
            name = open_.pop()
            held |= {name, _rels_of(name)}
            open_ += [
                one.target for one in self.relations(name) if one.target not in held and not one.external
            ]
        gone = self.parts.keys() - held
        self.parts = {name: data for name, data in self.parts.items() if name in held}
        for name in gone:
            entry = re.compile(rf'<Override[^>]*?PartName="/{re.escape(name)}"[^>]*?/>'.encode())
            self.parts[_TYPES] = entry.sub(b"", self.parts[_TYPES])


def _rels_of(name: str) -> str:
    folder, _, last = name.rpartition("/")
    return posixpath.join(folder, "_rels", f"{last}.rels")


def _absolute(folder: str, target: str) -> str:
    """The part that a relation of a part in a folder means."""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def put_back(old: Package, copy: Path, hidden: Collection[str]) -> None:
    """Put back into `copy`, sheet by sheet, what only the `old` workbook has. Results of formulas that are
    among the texts in `hidden` stay away."""
    new = Package.of(copy)
    targets = new.sheets()
    for title, source in old.sheets().items():
        target = targets.get(title, "")
        if source in old.parts and target in new.parts:
            new.parts[target] = _with_results(old.parts[source], new.parts[target], hidden)
            _put_drawing(old, source, new, target)
            new.parts[target] = _with_extensions(old.parts[source], new.parts[target])
    new.prune()
    new.save(copy)


def _with_results(old: bytes, new: bytes, hidden: Collection[str]) -> bytes:
    """A sheet whose formulas have the results that the original stored."""
    stored: dict[bytes, tuple[bytes, bytes]] = {}
    for place, given, inside in _CELL.findall(old) if b"<f" in new else ():
        result, kind = b"<f" in inside and _RESULT.search(inside), _TYPE.search(given)
        if result and unescape(result.group(1).decode("utf-8", "replace")) not in hidden:
            stored[place] = kind.group(1) if kind else b"n", result.group(0)

    def filled(found: re.Match[bytes]) -> bytes:
        place, given, inside = found.groups()
        if place not in stored or b"<f" not in inside or not _NO_RESULT.search(inside):
            return found.group(0)
        kind, result = stored[place]
        inside = _NO_RESULT.sub(lambda _: result, inside)
        return b'<c r="%s"%s t="%s">%s</c>' % (place, _TYPE.sub(b"", given), kind, inside)

    return _CELL.sub(filled, new)


def _put_drawing(old: Package, source: str, new: Package, target: str) -> None:
    """The drawing of a sheet as it was, with all that it refers to."""
    found = next((one for one in old.relations(source) if one.kind == "drawing"), None)
    if found is None or found.target not in old.parts or not _DRAWING.search(old.parts[source]):
        return
    name = _moved(old, found.target, new, {})
    relations = [one for one in new.relations(target) if one.kind != "drawing"]
    relation = Relation("oldDrawing", "drawing", name, False, f"{_OFFICE}/drawing")
    new.relate(target, [*relations, relation])
    sheet = _DRAWING.sub(b"", new.parts[target])
    place = _AFTER_DRAWING.search(sheet, sheet.rfind(b"</sheetData>"))
    at = place.start() if place else sheet.rfind(b"</worksheet>")
    element = f'<drawing xmlns:r={quoteattr(_OFFICE)} r:id="oldDrawing"/>'.encode()
    new.parts[target] = sheet[:at] + element + sheet[at:]


def _moved(old: Package, name: str, new: Package, known: dict[str, str]) -> str:
    """The name under which a part of the original, and all it refers to, stand in the copy."""
    if name in known:
        return known[name]
    folder, _, last = name.rpartition("/")
    fresh = known[name] = f"{folder}/{_OLD}{last}"
    if fresh not in new.parts:
        new.add(fresh, old.parts[name], old.type_of(name))
    relations = old.relations(name)
    if relations:
        moved = [
            one if one.external or one.target not in old.parts
            else one._replace(target=_moved(old, one.target, new, known))
            for one in relations
        ]  # fmt: skip
        new.relate(fresh, moved)
    return fresh


def _with_extensions(old: bytes, new: bytes) -> bytes:
    """A sheet with the extensions of the original, where they stand on their own."""
    found = _EXTENSIONS.search(old)
    if found is None or b"r:id" in found.group(0) or b"<extLst" in new[new.rfind(b"</sheetData>") :]:
        return new
    sheet = new.replace(b"</worksheet>", found.group(0) + b"</worksheet>")
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(sheet, True)
    except expat.ExpatError:
        return new
    return sheet
