"""XML changed in a few places, everything else byte for byte: elements with their positions, and edits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from analysis.intake.copies.book import FORBIDDEN
from analysis.intake.files.sheetxml import refuse_doctype

_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"']")
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FIRST = rb"^<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))?"
"""The name of a tag, and its first attribute."""
QUOTES = {'"': "&quot;"}
_LONGEST = 32_000
"""Characters of one cell; Excel takes 32,767."""


@dataclass(slots=True)
class Element:
    """An element: its name without prefix, its parent's, its attributes, and where it stands: from `start`
    to `end`, its content from `inner` to `close`."""

    tag: str
    parent: str
    given: dict[str, str]
    start: int
    inner: int
    close: int = 0
    end: int = 0

    @property
    def empty(self) -> bool:
        """Whether it is written `<a/>`."""
        return self.inner == self.close == self.end


Keep = Callable[[str, str, dict[str, str], int], bool]


def scan(data: bytes, keep: Keep) -> list[Element]:
    """The elements for which `keep(tag, parent, attributes, start)` holds, as they begin.

    Raises ExpatError, and ForbiddenError for a document type.
    """
    found: list[Element] = []
    open_: list[tuple[str, Element | None]] = [("", None)]
    parser = expat.ParserCreate()

    def opened(name: str, given: dict[str, str]) -> None:
        tag, parent, one = name.rpartition(":")[2], open_[-1][0], None
        start = parser.CurrentByteIndex
        if keep(tag, parent, given, start):
            one = Element(tag, parent, given, start, _tag_end(data, start))
            found.append(one)
        open_.append((tag, one))

    def closed(_: str) -> None:
        one = open_.pop()[1]
        if one is not None:
            one.close = one.end = one.inner
            if not data.endswith(b"/>", one.start, one.inner):
                one.close = parser.CurrentByteIndex
                one.end = data.index(b">", one.close) + 1

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.Parse(data, True)
    return found


def _tag_end(data: bytes, start: int) -> int:
    found = _TAG.match(data, start)
    if found is None:
        raise ValueError(f"tag at {start}")
    return found.end()


def utf8(data: bytes) -> bytes:
    """The same XML in UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16")
    else:
        found = _ENCODING.match(data)
        name = found.group(1).decode() if found else "utf-8"
        if name.lower() == "utf-8":
            return data
        text = data.decode(name)
    return re.sub(r"^\s*<\?xml.*?\?>", "", text).encode()


@dataclass
class Edits:
    """Changes to some XML by position."""

    data: bytes
    _changes: list[tuple[int, int, int, bytes]] = field(default_factory=list)

    def put(self, start: int, end: int, new: bytes | str) -> None:
        """`new` in place of what stands from `start` to `end`; in the order given where places are equal."""
        raw = new if isinstance(new, bytes) else new.encode()
        self._changes.append((start, end, len(self._changes), raw))

    def append(self, parent: Element, new: bytes | str) -> None:
        """`new` as the last thing inside an element."""
        raw = new if isinstance(new, bytes) else new.encode()
        if not parent.empty:
            self.put(parent.close, parent.close, raw)
            return
        tag = self.data[parent.start : parent.inner]
        name = tag[1:].split(None, 1)[0].rstrip(b"/>")
        self.put(parent.start, parent.end, tag[:-2].rstrip() + b">" + raw + b"</" + name + b">")

    def attribute(self, one: Element, **values: Any) -> None:
        """Other values of attributes of an element (None: none)."""
        self.put(one.start, one.inner, with_attributes(self.data[one.start : one.inner], **values))

    def result(self) -> bytes:
        """The XML after all changes."""
        parts, at = [], 0
        for start, end, _, new in sorted(self._changes):
            parts += [self.data[at:start], new]
            at = end
        return b"".join([*parts, self.data[at:]])


def with_attributes(tag: bytes, **values: Any) -> bytes:
    """A start tag with other values of its attributes (None: without it).

    New ones stand behind the first, where the style of a cell is looked for.
    """
    for name, value in values.items():
        new = b"" if value is None else f' {name}="{text(value, QUOTES)}"'.encode()
        before, found, behind = _parted(tag, rb"\s%s\s*=\s*(?:\"[^\"]*\"|'[^']*')" % name.encode())
        if not found:
            before, found, behind = _parted(tag, _FIRST)
            before += found
        tag = before + new + behind
    return tag


def _parted(tag: bytes, pattern: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before, in and behind the first match; nothing but `before` where there is none."""
    found = re.search(pattern, tag)
    return (tag[: found.start()], found.group(0), tag[found.end() :]) if found else (tag, b"", b"")


def text(value: Any, also: dict[str, str] | None = None) -> str:
    """A text as it stands in the XML of a workbook, without what no workbook may hold."""
    plain = FORBIDDEN.sub(" ", str(value)[:_LONGEST])
    return escape(_ESCAPED.sub("_x005F_", plain), also or {})
