"""The parts of a workbook: read one by one, changed where needed, all others handed on as they are."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections import deque
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from analysis.intake.copies.xmledit import Edits, scan, utf8
from analysis.intake.files.container import part, pieces
from analysis.intake.files.sheetxml import elements

BOOK = "xl/workbook.xml"
_TYPES = "[Content_Types].xml"
_TYPED_BY = {"Default": "Extension", "Override": "PartName"}
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"


class Relation(NamedTuple):
    """A relation of a part: kind (the end of its type), target as a part or an address."""

    id: str
    kind: str
    target: str
    type: str


class Package:
    """A workbook by its parts."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._changed: dict[str, bytes] = {}
        self._gone: set[str] = set()
        kinds = (one.type for one in self.relations(BOOK) if one.kind == "worksheet")
        self.office = next(kinds).rpartition("/")[0]
        """What the types of relations begin with, which strict workbooks write in another way."""

    @property
    def names(self) -> list[str]:
        """The parts it has."""
        known = dict.fromkeys(one for one in self._archive.namelist() if not one.endswith("/"))
        return [name for name in (known | self._changed) if name not in self._gone]

    def __contains__(self, name: str) -> bool:
        return name in self._changed or (name in self._archive.NameToInfo and name not in self._gone)

    def __getitem__(self, name: str) -> bytes:
        """A part (XML in UTF-8). Raises KeyError."""
        if name not in self:
            raise KeyError(name)
        found = self._changed.get(name)
        return utf8(part(self._archive, name)) if found is None else found

    def __setitem__(self, name: str, data: bytes) -> None:
        self._changed[name] = data

    def raw(self, name: str) -> bytes:
        """A part that may be anything."""
        return part(self._archive, name) if name not in self._changed else self._changed[name]

    def check(self) -> None:
        """Raise what keeps a part from being unpacked, or XML from being XML."""
        for name in self.names:
            if name.lower().endswith((".xml", ".rels")):
                scan(self[name], lambda *_: False)
            else:
                deque(pieces(self._archive, name), maxlen=0)
        for tag, given in elements(self[_TYPES]):
            if tag != "Types" and not {"ContentType", _TYPED_BY.get(tag, "")} <= given.keys():
                raise ValueError(f"{_TYPES}: {tag}")

    def save(self, path: Path) -> None:
        """Write it; the same workbook gives the same bytes."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name in self.names:
                given = zipfile.ZipInfo(name)
                given.compress_type = zipfile.ZIP_DEFLATED
                with target.open(given, "w", force_zip64=True) as stream:
                    whole = name in self._changed
                    for piece in (self._changed[name],) if whole else pieces(self._archive, name):
                        stream.write(piece)

    def relations(self, owner: str) -> list[Relation]:
        """What a part ('': the workbook as a whole) refers to inside the file."""
        name = rels_of(owner)
        folder = posixpath.dirname(owner)
        return [
            Relation(given["Id"], given["Type"].rpartition("/")[2], _absolute(folder, given["Target"]),
                     given["Type"])
            for tag, given in (elements(self[name]) if name in self else ())
            if tag == "Relationship" and given.get("TargetMode") != "External"
        ]  # fmt: skip

    def relate(self, owner: str, kind: str, target: str) -> str:
        """The id of a new relation of a part."""
        name = rels_of(owner)
        if name not in self:
            self[name] = f'<Relationships xmlns="{_RELATIONSHIPS}"></Relationships>'.encode()
        taken = {given.get("Id", "") for _, given in elements(self[name])}
        new = next(one for n in range(1, len(taken) + 2) if (one := f"rIdCheck{n}") not in taken)
        given = f"Id={quoteattr(new)} Type={quoteattr(f'{self.office}/{kind}')}"
        line = f'<Relationship xmlns="{_RELATIONSHIPS}" {given} Target={quoteattr("/" + target)}/>'
        self._append(name, "Relationships", line)
        return new

    def add(self, name: str, data: bytes, kind: str) -> None:
        """A further part with its content type."""
        self[name] = data
        space = "http://schemas.openxmlformats.org/package/2006/content-types"
        entry = f'<Override xmlns="{space}" PartName={quoteattr("/" + name)} ContentType={quoteattr(kind)}/>'
        self._append(_TYPES, "Types", entry)

    def _append(self, name: str, root: str, line: str) -> None:
        edits = Edits(self[name])
        edits.append(scan(edits.data, lambda tag, parent, *_: not parent and tag == root)[0], line)
        self[name] = edits.result()

    def fresh(self, form: str) -> str:
        """A name no part has yet; `form` with a number in it."""
        taken = {name.lower() for name in self.names}
        return next(one for n in range(1, len(taken) + 2) if (one := form.format(n)).lower() not in taken)

    def drop(self, owner: str, kind: str) -> bool:
        """Whether there were relations of a kind: they go, with all parts in the folder of their target."""
        gone = [one for one in self.relations(owner) if one.kind == kind]
        ids = {one.id for one in gone}
        folders = tuple({posixpath.dirname(one.target) + "/" for one in gone} - {"xl/", "/"})
        parts = {one.target for one in gone} | {
            name for name in self.names if folders and name.startswith(folders)
        }
        if gone:
            self._gone |= parts
            self._remove(rels_of(owner), "Relationship", "Id", ids)
            self._remove(_TYPES, "Override", "PartName", {f"/{name}" for name in parts})
        return bool(gone)

    def _remove(self, name: str, tag: str, attribute: str, values: set[str]) -> None:
        edits = Edits(self[name])
        for one in scan(
            edits.data, lambda kind, _, given, __: kind == tag and given.get(attribute) in values
        ):
            edits.put(one.start, one.end, b"")
        self[name] = edits.result()

    def sheets(self) -> dict[str, str]:
        """Name of a sheet to its part."""
        target = {one.id: one.target for one in self.relations(BOOK)}
        found = (given for tag, given in elements(self[BOOK]) if tag == "sheet")
        return {
            given.get("name", ""): target[value]
            for given in found
            for name, value in given.items()
            if name.rpartition(":")[2] == "id" and ":" in name and value in target
        }


def rels_of(name: str) -> str:
    """The part with the relations of a part."""
    folder, _, last = name.rpartition("/")
    return f"{folder}/_rels/{last}.rels".lstrip("/")


def _absolute(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
