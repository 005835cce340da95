"""The cells of one worksheet, from its XML, block by block: positions, kinds and texts as arrays.

Nothing is allocated by what a file declares: only cells that hold something count, wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple
from xml.parsers import expat

import numpy as np

from analysis.intake.files.digits import decimals, leading, word, words_of

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
    """Cells with content: `row`, `column` from 0, what they hold, style, and number or text position.

    Texts that stand in the cells themselves are in `own`; their cells hold -1 for the first, -2, and so on.
    """

    row: np.ndarray
    column: np.ndarray
    what: np.ndarray
    style: np.ndarray
    value: np.ndarray
    hidden: list[int]
    own: list[bytes]

    def __len__(self) -> int:
        return len(self.row)

    def share(self, texts: Texts) -> None:
        """Let `texts` hold the cells' own texts."""
        if self.own:
            positions = np.array([texts.add(raw) for raw in self.own], dtype=float)
            at = np.flatnonzero(self.value < 0)
            at = at[(self.what[at] == TEXT) | (self.what[at] == ERROR)]
            self.value[at] = positions[(-self.value[at]).astype(np.int64) - 1]
            self.own = []


class Block(NamedTuple):
    """A piece of XML as bytes, as an array of bytes, and as the eight bytes from each position on."""

    raw: bytes
    data: np.ndarray
    words: np.ndarray

    def begins(self, at: Any, text: bytes) -> np.ndarray:
        """Whether a text stands at each position."""
        wanted, mask = word(text)
        return (self.words[at] & mask) == wanted


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


def read_block(raw: bytes) -> Cells:
    """The cells of a block of whole rows in canonical form.

    Raises MalformedError when the block is written in another way: `canonical` rewrites it.
    """
    raw += b" " * 32
    block = Block(raw, np.frombuffer(raw, dtype=np.uint8), words_of(raw))
    start = _starts(block.data)
    row, column, place = _references(block, start)
    style, kind, place = _attributes(block, place)
    open_ = np.flatnonzero(block.data[place] == ord(">"))
    own: list[bytes] = []
    what, value = _contents(block, place[open_] + 1, kind[open_], own)
    kept = what >= 0
    at = open_[kept]
    hidden = [int(number) - 1 for number in _HIDDEN.findall(raw)] if b' hidden="' in raw else []
    return Cells(row[at], column[at], what[kept], style[at], value[kept], hidden, own)


def _starts(data: np.ndarray) -> np.ndarray:
    """Where cells begin."""
    opened, second = data[:-2] == ord("<"), data[1:-1]
    if (opened & (second == ord("!"))).any():
        raise MalformedError("comment")
    start = np.flatnonzero(opened & (second == ord("c")))
    if not (data[start + 2] == ord(" ")).all():
        raise MalformedError("cell")
    return start


def _references(block: Block, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row and column of every `<c r="A1"`, and what stands behind it."""
    if not block.begins(start, b'<c r="').all():
        raise MalformedError("cell")
    place: Any = start + 6
    column = np.zeros(len(start), dtype=np.int32)
    for _ in range(3):
        byte = block.data[place]
        letter = (byte >= 65) & (byte <= 90)
        if not letter.any():
            break
        column = np.where(letter, column * 26 + byte - 64, column)
        place = place + letter
    row, size = leading(block.words[place])
    place = place + size
    if not ((block.data[place] == ord('"')) & (row > 0) & (size <= 7) & (column > 0)).all():
        raise MalformedError("reference")
    return row.astype(np.int32) - 1, column - 1, place + 1


def _attributes(block: Block, place: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Style and type (first letter, 'S' for a text of its own; 0: number) of every cell, and its last `>`."""
    data = block.data
    style, kind = np.zeros(len(place), dtype=np.int32), np.zeros(len(place), dtype=np.uint8)
    styled = np.flatnonzero(block.begins(place, b' s="'))
    number, size = leading(block.words[place[styled] + 4])
    style[styled] = number
    place[styled] += size + 5
    typed = np.flatnonzero(block.begins(place, b' t="'))
    letter = data[place[typed] + 4]
    string = (letter == ord("s")) & (data[place[typed] + 5] == ord("t"))
    kind[typed] = np.where(string, ord("S"), letter)
    known = np.isin(letter, np.frombuffer(b"sbden", dtype=np.uint8))
    place[typed] += np.select([letter == ord("i"), string, known], [14, 8, 6], 0)
    place += (data[place] == ord(" ")) & (data[place + 1] == ord("/"))
    closed = (data[place] == ord("/")) & (data[place + 1] == ord(">"))
    quoted = data[place - 1] == ord('"')
    if not (((data[place] == ord(">")) & quoted) | closed).all():
        raise MalformedError("attributes")
    return style, kind, place


def _contents(
    block: Block, inner: np.ndarray, kind: np.ndarray, own: list[bytes]
) -> tuple[np.ndarray, np.ndarray]:
    """What every cell holds (-1: nothing) and its value; `inner` is what stands first inside each."""
    letter = block.data[inner + 1]
    known = np.isin(letter, np.frombuffer(b"vfi/", dtype=np.uint8))
    if not (known & (block.data[inner] == ord("<"))).all():
        raise MalformedError("content")
    formula = letter == ord("f")
    begin, present = _values(block, _after_formulas(block, inner, formula))
    what = np.full(len(inner), -1, dtype=np.int8)
    value = np.full(len(inner), np.nan)
    for letters_, meaning in (("\0n", NUMBER), ("b", TRUTH), ("s", TEXT)):
        at = np.flatnonzero(present & np.isin(kind, [ord(letter) for letter in letters_]))
        value[at], what[at] = _numbers(block, begin[at]), meaning
    if (value[what == TEXT] < 0).any():
        raise MalformedError("shared string")
    for one in np.flatnonzero(present & np.isin(kind, [ord(letter) for letter in "Sde"])):
        own.append(block.raw[begin[one] : block.raw.find(b"<", begin[one])])
        value[one], what[one] = -len(own), TEXT
    what[kind == ord("e")] = ERROR
    what[formula & ~present & ~np.isin(kind, [ord("S"), ord("e")])] = NO_VALUE
    for one in np.flatnonzero((kind == ord("i")) & (letter == ord("i"))):
        own.append(_inline(block.raw, int(inner[one])))
        value[one], what[one] = -len(own), TEXT
    return what, value


def _after_formulas(block: Block, inner: np.ndarray, formula: np.ndarray) -> np.ndarray:
    """The tag that may be `<v>`: the first inside the cell, or the one behind the formula."""
    after = inner.copy()
    for at in np.flatnonzero(formula):
        end = block.raw.find(b">", int(inner[at]))
        after[at] = end + 1 if block.raw[end - 1 : end] == b"/" else block.raw.find(b"</f>", end) + 4
    if (after < inner).any() or not (block.data[after] == ord("<")).all():
        raise MalformedError("formula")
    return after


def _values(block: Block, tag: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the text of `<v>` begins, and whether there is any."""
    plain = block.begins(tag, b"<v>")
    other = (block.data[tag + 1] == ord("v")) & ~plain & ~block.begins(tag, b"<v/>")
    if other.any():
        raise MalformedError("value")
    return tag + 3, plain & (block.data[tag + 3] != ord("<"))


def _numbers(block: Block, begin: np.ndarray) -> np.ndarray:
    """Numbers from each position to the next tag; what is no plain decimal is read as Python reads it."""
    value, known = decimals(block.data, block.words, begin, ord("<"))
    try:
        for at in np.flatnonzero(~known):
            value[at] = float(block.raw[begin[at] : block.raw.find(b"<", begin[at])])
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
            text_ = "".join(f' {name}="{escape(given[name])}"' for name in wanted)
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
