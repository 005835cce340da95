"""The styles of a workbook, and further ones behind them: the same cell with another fill."""

from __future__ import annotations

import re
from xml.parsers import expat

from analysis.intake.copies.package import BOOK, Package
from analysis.intake.copies.xmledit import Edits, Element, scan, with_attributes
from analysis.intake.files.sheetxml import elements

_GROUPS = ("fonts", "fills", "cellXfs")
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_FILL = {"fill", "patternFill", "gradientFill", "stop", "fgColor", "bgColor", "color"}
_PLAIN = """<styleSheet xmlns="{space}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill>
<fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf xfId="0"/></cellXfs></styleSheet>"""


class Styles:
    """The styles of cells, by number. Raises ValueError when there are none to add to."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.space = main_space(package)
        found = [one.target for one in package.relations(BOOK) if one.kind == "styles"]
        self._part = found[0] if found else self._made()
        self._data = package[self._part]
        kept = scan(self._data, lambda tag, parent, *_: tag in _GROUPS or parent in _GROUPS)
        self._groups = {one.tag: one for one in kept if one.parent == "styleSheet"}
        if self._groups.keys() != set(_GROUPS):
            raise ValueError("styles")
        self._items = {name: [one for one in kept if one.parent == name] for name in _GROUPS}
        self._new: dict[str, dict[bytes, int]] = {name: {} for name in _GROUPS}

    def _made(self) -> str:
        name = "xl/styles.xml"
        self._package.add(name, _PLAIN.format(space=self.space).encode(), _TYPE)
        self._package.relate(BOOK, "styles", name)
        return name

    def add(self, group: str, xml: str | bytes) -> int:
        """The number of a font, fill or style of cells, which is new or was added before."""
        raw = xml if isinstance(xml, bytes) else xml.encode()
        known = self._new[group]
        return known.setdefault(raw, len(self._items[group]) + len(known))

    def filled(self, style: int, fill: bytes) -> int:
        """The style like another one, with this fill."""
        given = {"fillId": self.add("fills", fill), "applyFill": 1}
        one = self._items["cellXfs"][style]
        tag = with_attributes(self._data[one.start : one.inner], **given)
        return self.add("cellXfs", self._bare(tag + self._data[one.inner : one.end]))

    def fill(self, style: int) -> bytes:
        """The fill of a style, as XML without prefixes."""
        number = int(self._items["cellXfs"][style].given.get("fillId", "0"))
        return self._bare(self._text(self._items["fills"][number]))

    def with_fill(self, colours: set[str]) -> set[int]:
        """The styles whose fill is one of some colours (ARGB)."""
        wanted = tuple(f'"{colour}"'.encode() for colour in colours)
        fills = {
            number
            for number, one in enumerate(self._items["fills"])
            if any(colour in self._text(one).upper() for colour in wanted)
        }
        return {
            number
            for number, one in enumerate(self._items["cellXfs"])
            if int(one.given.get("fillId", "0")) in fills
        }

    def _bare(self, xml: bytes) -> bytes:
        prefix = prefix_of(self._data)
        return re.sub(rb"<(/?)%s" % prefix, rb"<\1", xml) if prefix else xml

    def _text(self, one: Element) -> bytes:
        return self._data[one.start : one.end]

    def write(self) -> None:
        """Put the new ones into the workbook."""
        edits = Edits(self._data)
        for name, group in self._groups.items():
            new = self._new[name]
            if new:
                edits.attribute(group, count=len(self._items[name]) + len(new))
                edits.put(group.close, group.close, b"".join(own(one, self._data, self.space) for one in new))
        self._package[self._part] = edits.result()


def main_space(package: Package) -> str:
    """The namespace of the parts of a workbook."""
    strict = "purl.oclc.org" in package.office
    return (
        "http://purl.oclc.org/ooxml/spreadsheetml/main"
        if strict
        else "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    )


def prefix_of(document: bytes) -> bytes:
    """What a document writes before the names of its elements, with the colon; usually nothing."""
    found = re.search(rb"<(\w+:)?\w", document)
    return found.group(1) or b"" if found else b""


def own(xml: bytes, document: bytes, space: str) -> bytes:
    """XML without prefixes, fit for a document that writes its own names with a prefix."""
    named = rb'<\1 xmlns="%s"' % space.encode()
    return re.sub(rb"^<(\w+)", named, xml) if prefix_of(document) else xml


def is_fill(text: str) -> bool:
    """Whether a text is the XML of a fill and nothing else."""
    try:
        tags = [tag for tag, _ in elements(text.encode())]
    except (ValueError, expat.ExpatError):
        return False
    return tags[:1] == ["fill"] and set(tags) <= _FILL and text.startswith("<fill")
