"""The cells of one worksheet, from its XML, block by block: positions, kinds and texts as arrays.

Nothing is allocated by what a file declares: only cells that hold something count, wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import numpy as np

TEXT, NUMBER, TRUTH, ERROR, NO_VALUE = range(5)
"""What a cell holds; NO_VALUE is a formula whose result was not stored."""

_ENTITIES = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"', b"apos": "'"}
_ENTITY = re.compile(rb"&(#x[0-9a-fA-F]+|#\d+|\w+);")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TEXTS = re.compile(rb"<t(?:\s[^>]*)?>([^<]*)</t>")
_PHONETIC = re.compile(rb"<rPh\b.*?</rPh>", re.DOTALL)
_HIDDEN = re.compile(rb'<row r="(\d+)"[^>]*?\shidden="(?:1|true)"')


class MalformedError(ValueError):
    """XML that does not say what a worksheet says."""


class ForbiddenError(ValueError):
    """XML that no workbook holds: a document type, with which a few bytes become gigabytes."""


@dataclass
class Texts:
    """Every text of a workbook once; cells hold positions in it."""

    values: list[str] = field(default_factory=list)
    known: dict[bytes, int] = field(default_factory=dict)

    def add(self, raw: bytes) -> int:
        """The position of a text given as it stands in the XML."""
        found = self.known.get(raw)
        if found is None:
            found = self.known[raw] = len(self.values)
            self.values.append(plain_text(raw))
        return found


@dataclass
class Cells:
    """Cells with content: `row`, `column` from 0, what they hold, style, and number or text position."""

    row: np.ndarray
    column: np.ndarray
    what: np.ndarray
    style: np.ndarray
    value: np.ndarray
    hidden: list[int]


class Head(NamedTuple):
    """Where cells stand, their styles and types."""

    row: np.ndarray
    column: np.ndarray
    style: np.ndarray
    kind: np.ndarray


class Block(NamedTuple):
    """A piece of XML as bytes and as an array, and where its tags begin."""

    raw: bytes
    data: np.ndarray
    tags: np.ndarray

    def letter(self, tag: np.ndarray) -> np.ndarray:
        """The first letter of tags (a slash for closing ones)."""
        return self.data[self.tags[np.minimum(tag, len(self.tags) - 1)] + 1]

    def between(self, tag: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the text between tags of one letter and the next ones begins and ends."""
        last = len(self.tags) - 1
        begin = self.tags[np.minimum(tag, last)] + 3
        plain = self.data[begin - 1] == ord(">")
        empty = (self.data[begin - 1] == ord("/")) | (self.data[begin] == ord("/"))
        if not (plain | empty | (self.letter(tag) != ord("v"))).all():
            raise MalformedError("value")
        stop = self.tags[np.minimum(tag + 1, last)]
        return begin, np.where(plain, stop, begin)


def plain_text(raw: bytes) -> str:
    """Text as it stands between two tags, with its entities and escapes resolved."""
    if b"&" in raw:
        raw = _ENTITY.sub(_entity, raw)
    text = raw.decode("utf-8", "replace")
    if "_x" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
    return text.replace("\r\n", "\n")


def _entity(found: re.Match[bytes]) -> bytes:
    name = found.group(1)
    if name.startswith(b"#"):
        number = int(name[2:], 16) if name[1:2] in b"xX" else int(name[1:])
        return chr(number).encode("utf-8", "replace") if number < 0x110000 else b"?"
    if name not in _ENTITIES:
        raise MalformedError(f"entity {name.decode('ascii', 'replace')}")
    return _ENTITIES[name].encode()


def rich_text(raw: bytes) -> bytes:
    """The text of `<si>` or `<is>`: its runs joined, without reading aids."""
    inner = _PHONETIC.sub(b"", raw) if b"<rPh" in raw else raw
    return b"".join(_TEXTS.findall(inner))


def read_block(block: bytes, texts: Texts) -> Cells:
    """The cells of a block of whole rows in canonical form.

    Raises MalformedError when the block is written in another way: `canonical` rewrites it.
    """
    if b"<!" in block:
        raise MalformedError("comment")
    block += b" " * 32
    data = np.frombuffer(block, dtype=np.uint8)
    tags = np.flatnonzero(data == ord("<"))
    at = np.flatnonzero((data[tags + 1] == ord("c")) & (data[tags + 2] == ord(" ")))
    row, column, after = _references(data, tags[at])
    style, kind, after = _attributes(data, after)
    open_ = data[after] == ord(">")
    head = Head(row[open_], column[open_], style[open_], kind[open_])
    what, value = _contents(Block(block, data, tags), at[open_] + 1, head.kind, texts)
    kept = what >= 0
    hidden = [int(number) - 1 for number in _HIDDEN.findall(block)] if b' hidden="' in block else []
    return Cells(head.row[kept], head.column[kept], what[kept], head.style[kept], value[kept], hidden)


def _references(data: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row and column of every `<c r="A1"`, and where the quote after it stands."""
    head = np.frombuffer(b'<c r="', dtype=np.uint8)
    for offset, byte in enumerate(head):
        if not (data[start + offset] == byte).all():
            raise MalformedError("cell")
    place: Any = start + len(head)
    column = np.zeros(len(start), dtype=np.int64)
    row = np.zeros(len(start), dtype=np.int64)
    for _ in range(3):
        byte = data[place]
        letter = (byte >= 65) & (byte <= 90)
        column = np.where(letter, column * 26 + byte - 64, column)
        place = np.add(place, letter)
    for _ in range(7):
        byte = data[place]
        digit = (byte >= 48) & (byte <= 57)
        row = np.where(digit, row * 10 + byte - 48, row)
        place = np.add(place, digit)
    if not ((data[place] == ord('"')) & (row > 0) & (column > 0)).all():
        raise MalformedError("reference")
    return row - 1, column - 1, place + 1


def _attributes(data: np.ndarray, place: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Style and type (first letter, and for inline strings 'i'; 0: number) of every cell."""
    style = np.zeros(len(place), dtype=np.int64)
    kind = np.zeros(len(place), dtype=np.uint8)
    styled = (data[place] == ord(" ")) & (data[place + 1] == ord("s")) & (data[place + 2] == ord("="))
    place = place + 4 * styled
    for _ in range(6):
        byte = data[place]
        digit = styled & (byte >= 48) & (byte <= 57)
        style = np.where(digit, style * 10 + byte - 48, style)
        place = place + digit
    place = place + styled
    typed = (data[place] == ord(" ")) & (data[place + 1] == ord("t")) & (data[place + 2] == ord("="))
    kind = np.where(typed, data[np.minimum(place + 4, len(data) - 1)], kind)
    string = typed & (kind == ord("s")) & (data[place + 5] == ord("t"))
    kind = np.where(string, ord("S"), kind)
    lengths = np.select(
        [kind == ord("i"), string, typed & np.isin(kind, np.frombuffer(b"sbden", dtype=np.uint8))],
        [14, 8, 6],
        0,
    )
    place = place + lengths
    place = place + (data[place] == ord(" ")) * (data[place + 1] == ord("/"))
    closed = (data[place] == ord("/")) & (data[place + 1] == ord(">"))
    if not ((data[place] == ord(">")) | closed).all():
        raise MalformedError("attributes")
    return style, kind, place


def _contents(
    block: Block, inner: np.ndarray, kind: np.ndarray, texts: Texts
) -> tuple[np.ndarray, np.ndarray]:
    """What every cell holds (-1: nothing) and its value; `inner` is the first tag inside each."""
    formula = block.letter(inner) == ord("f")
    if not np.isin(block.letter(inner), np.frombuffer(b"vfi/", dtype=np.uint8)).all():
        raise MalformedError("content")
    valued = _after_formulas(block, inner, formula)
    begin, stop = block.between(valued)
    present = (block.letter(valued) == ord("v")) & (stop > begin)
    what = np.full(len(inner), -1, dtype=np.int8)
    value = np.full(len(inner), -1.0)
    for letters_, meaning in (("\0n", NUMBER), ("b", TRUTH), ("s", TEXT)):
        at = np.flatnonzero(present & np.isin(kind, [ord(letter) for letter in letters_]))
        value[at], what[at] = _numbers(block, begin[at], stop[at]), meaning
    for one in np.flatnonzero(present & np.isin(kind, [ord(letter) for letter in "Sde"])):
        value[one], what[one] = texts.add(block.raw[begin[one] : stop[one]]), TEXT
    what[kind == ord("e")] = ERROR
    what[formula & ~present & ~np.isin(kind, [ord("S"), ord("e")])] = NO_VALUE
    for one in np.flatnonzero((kind == ord("i")) & (block.letter(inner) == ord("i"))):
        value[one], what[one] = texts.add(_inline(block.raw, int(block.tags[inner[one]]))), TEXT
    return what, value


def _after_formulas(block: Block, inner: np.ndarray, formula: np.ndarray) -> np.ndarray:
    """The tag that may be `<v>`: the first inside the cell, or the one behind the formula."""
    after = inner.copy()
    for at in np.flatnonzero(formula):
        end = block.raw.find(b">", int(block.tags[inner[at]]))
        after[at] += 1 if block.raw[end - 1 : end] == b"/" else 2
    return after


def _numbers(block: Block, begin: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Numbers between two tags. Short whole numbers digit by digit, the others as Python reads them."""
    if not len(begin):
        return np.zeros(0)
    size = stop - begin
    total = np.zeros(len(begin), dtype=np.int64)
    whole = size <= 15
    for offset in range(min(15, int(size.max()))):
        inside = offset < size
        byte = block.data[np.minimum(begin + offset, len(block.data) - 1)]
        whole &= ~inside | ((byte >= 48) & (byte <= 57))
        total = np.where(inside & whole, total * 10 + byte - 48, total)
    value = total.astype(float)
    try:
        rest = zip(begin[~whole].tolist(), stop[~whole].tolist(), strict=True)
        value[~whole] = [float(block.raw[first:last]) for first, last in rest]
    except ValueError as error:
        raise MalformedError(str(error)) from error
    return value


def _inline(raw: bytes, begin: int) -> bytes:
    """The text of a cell that holds its text itself."""
    inside = raw[begin : raw.find(b"</is>", begin)]
    simple = inside.startswith(b"<is><t>") and inside.count(b"<") == 3
    return inside[7:-4] if simple else rich_text(inside)


def canonical(document: Iterator[bytes]) -> Iterator[bytes]:
    """The rows of a worksheet written in the one way `read_block` knows, whatever way they came in."""
    parser = expat.ParserCreate(namespace_separator=None)
    out: list[bytes] = []
    state: dict[str, Any] = {"row": 0, "column": 0, "open": ""}

    def opened(name: str, given: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            state["row"] = int(given.get("r", state["row"] + 1))
            state["column"] = 0
            hidden = ' hidden="1"' if given.get("hidden") in ("1", "true") else ""
            out.append(f'<row r="{state["row"]}"{hidden}>'.encode())
        elif tag == "c":
            out.append(_opened_cell(given, state))
        elif tag in ("sheetData", "col", "mergeCell"):
            wanted = (name for name in ("min", "max", "hidden", "ref") if name in given)
            text_ = "".join(f" {name}={quoteattr(given[name])}" for name in wanted)
            out.append(f"<{tag}{text_}>".encode())
        elif tag in ("v", "f", "is", "t"):
            out.append(f"<{tag}>".encode())
            state["open"] = tag if tag != "is" else ""

    def closed(name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag in ("sheetData", "row", "c", "v", "f", "is", "t"):
            out.append(f"</{tag}>".encode())
        state["open"] = ""

    def text(content: str) -> None:
        if state["open"]:
            out.append(content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode())

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse_doctype
    for piece in document:
        parser.Parse(piece, False)
        yield b"".join(out)
        out.clear()
    parser.Parse(b"", True)
    yield b"".join(out)


def refuse_doctype(*_: object) -> None:
    """No workbook declares a document type; entity bombs do."""
    raise ForbiddenError("DOCTYPE")


def elements(data: bytes) -> list[tuple[str, dict[str, str]]]:
    """Every element of a small part in order: name without prefix, attributes with their prefixes.

    Raises MalformedError; ForbiddenError when it declares entities.
    """
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, given: found.append((name.rpartition(":")[2], given))
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise MalformedError(str(error)) from error
    return found


def _opened_cell(given: dict[str, str], state: dict) -> bytes:
    reference = given.get("r", "")
    found = re.fullmatch(r"([A-Z]{1,3})([1-9]\d{0,6})", reference)
    if found:
        state["column"] = position(found.group(1))
    elif reference:
        raise MalformedError(f"reference {reference}")
    name = reference or f"{letters(state['column'])}{state['row']}"
    state["column"] += 1
    style = f' s="{given["s"]}"' if given.get("s", "").isdecimal() else ""
    kind = given.get("t", "n")
    if kind not in ("n", "s", "b", "e", "d", "str", "inlineStr"):
        raise MalformedError(f"type {kind}")
    return f'<c r="{name}"{style} t="{kind}">'.encode()


def position(name: str) -> int:
    """The position of a column by its letters (A is 0)."""
    total = 0
    for letter in name:
        total = total * 26 + ord(letter) - 64
    return total - 1


def letters(position: int) -> str:
    """The letters Excel gives the column at a position (0 is A)."""
    found = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        found = chr(65 + rest) + found
    return found
