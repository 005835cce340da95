"""Comments of cells: added behind what others wrote, and taken out again."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape

from analysis.intake.copies.package import Package
from analysis.intake.copies.paint import Place, name_of, place_of
from analysis.intake.copies.styles import main_space, own
from analysis.intake.copies.xmledit import Edits, Element, scan, text

AUTHOR = "wenming"
MARK = "―― 检查 check ――"
"""The line above our part of a comment; what stands before it was there before."""

_BEHIND = {
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
    "extLst", "AlternateContent",
}  # fmt: skip
"""What may only come after the drawing of the comments in a sheet (ECMA-376, 18.3.1.99)."""
_NOTES = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_DRAWING = """<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>
</o:shapelayout></xml>"""
_SPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_TYPE = f"""<v:shapetype {_SPACES} id="_x0000_t202" coordsize="21600,21600" o:spt="202"
 path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>
<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>"""
_SHAPE = f"""<v:shape {_SPACES} id="_x0000_s{{id}}" type="#_x0000_t202"
 style="position:absolute;margin-left:59pt;margin-top:2pt;width:360px;height:{{height}}px;visibility:hidden"
 fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow color="black" obscured="t"/>
<v:path o:connecttype="none"/>
<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>
<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill>
<x:Row>{{row}}</x:Row><x:Column>{{column}}</x:Column></x:ClientData></v:shape>"""
_A_SHAPE = re.compile(rb"<v:shape\s.*?</v:shape>", re.DOTALL)
_ROW, _COLUMN = (re.compile(rb"<x:%s>\s*(\d+)\s*</x:%s>" % (name, name)) for name in (b"Row", b"Column"))
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")


def write_notes(package: Package, part: str, notes: dict[Place, str]) -> None:
    """Add texts to the comments of cells. Cells with a conversation of several people are left alone."""
    talked = _talked_about(package, part)
    notes = {place: said for place, said in notes.items() if name_of(place) not in talked}
    if not notes:
        return
    name = _one(package, part, "comments") or _made(package, part)
    edits = Edits(package[name])
    found = scan(edits.data, lambda tag, *_: tag in ("authors", "author", "commentList", "comment", "text"))
    old = _by_cell(found)
    listed = next(one for one in found if one.tag == "commentList")
    authors = next(one for one in found if one.tag == "authors")
    space, number = main_space(package), sum(one.tag == "author" for one in found)
    fresh = {place: said for place, said in notes.items() if name_of(place) not in old}
    for place in notes.keys() - fresh.keys():
        _add_to(edits, old[name_of(place)], notes[place], space)
    lines = (
        f'<comment ref="{name_of(place)}" authorId="{number}"><text>{_run(said)}</text></comment>'
        for place, said in sorted(fresh.items())
    )
    edits.append(listed, b"".join(own(line.encode(), edits.data, space) for line in lines))
    edits.append(authors, own(f"<author>{AUTHOR}</author>".encode(), edits.data, space))
    package[name] = edits.result()
    _draw(package, part, fresh)


def _by_cell(found: list[Element]) -> dict[str, Element]:
    """The `text` of every comment by its cell."""
    texts = {}
    for one, behind in zip(found, found[1:], strict=False):
        if one.tag == "comment" and behind.tag == "text":
            texts[one.given.get("ref", "")] = behind
    return texts


def _run(said: str) -> str:
    return f'<r><t xml:space="preserve">{MARK}\n{text(said)}</t></r>'


def _add_to(edits: Edits, old: Element, said: str, space: str) -> None:
    """Put our part behind a comment; bare text becomes a run, as nothing may follow it otherwise."""
    inside = edits.data[old.inner : old.close]
    words = "".join(_texts(inside))
    kept = inside if re.search(rb"<(?:\w+:)?r[\s>]", inside) else _plain(words, edits.data, space)
    ours = own(_run(f"{said}").replace(MARK, f"\n{MARK}", 1).encode(), edits.data, space)
    phonetic = re.search(rb"<(?:\w+:)?(?:rPh|phoneticPr)\b", kept)
    at = phonetic.start() if phonetic else len(kept)
    edits.put(old.inner, old.close, kept[:at] + ours + kept[at:])


def _plain(words: str, data: bytes, space: str) -> bytes:
    return own(f'<r><t xml:space="preserve">{text(words)}</t></r>'.encode(), data, space) if words else b""


def _texts(inside: bytes) -> list[str]:
    return [unescape(one.decode()) for one in _TEXT.findall(inside)]


def _talked_about(package: Package, part: str) -> set[str]:
    """Cells whose comment is a thread: what is shown there stands in another part."""
    names = [one.target for one in package.relations(part) if one.kind == "threadedComment"]
    threads = (
        scan(package[name], lambda tag, *_: tag == "threadedComment") for name in names if name in package
    )
    return {one.given.get("ref", "") for found in threads for one in found}


def _one(package: Package, part: str, kind: str) -> str:
    """The part of that kind a sheet refers to, if there is one."""
    return next((one.target for one in package.relations(part) if one.kind == kind), "")


def _made(package: Package, part: str) -> str:
    name = package.fresh("xl/comments{}.xml")
    empty = (
        f'<comments xmlns="{main_space(package)}"><authors></authors><commentList></commentList></comments>'
    )
    package.add(name, empty.encode(), _NOTES)
    package.relate(part, "comments", name)
    return name


def _draw(package: Package, part: str, notes: dict[Place, str]) -> None:
    """The boxes of new comments. Old VML need not be XML, so it is only added to."""
    if not notes:
        return
    name = _drawing_of(package, part) or _drawing_made(package, part)
    data = package.raw(name)
    first = max((int(one) for one in re.findall(rb'"_x0000_s(\d{1,9})"', data)), default=1024) + 1
    shapes = [
        _SHAPE.format(id=n, row=row, column=column, height=40 + 20 * (1 + len(said) // 24 + said.count("\n")))
        for n, ((row, column), said) in enumerate(sorted(notes.items()), start=first)
    ]
    kind = [] if b'id="_x0000_t202"' in data else [_TYPE]
    new = "".join([*kind, *shapes])
    known = all(space.encode() in data for space in _SPACES.split())
    end = data.rindex(b"</xml>")
    package[name] = data[:end] + (new.replace(f" {_SPACES}", "") if known else new).encode() + data[end:]


def _drawing_of(package: Package, part: str) -> str:
    """The drawing that a sheet names as the one of its comments (there may be another, of its headers)."""
    found = scan(package[part], lambda tag, *_: tag == "legacyDrawing")
    ids = {value for one in found for name, value in one.given.items() if name.endswith(":id")}
    return next((one.target for one in package.relations(part) if one.id in ids), "")


def _drawing_made(package: Package, part: str) -> str:
    name = package.fresh("xl/drawings/vmlDrawing{}.vml")
    package.add(name, _DRAWING.encode(), _VML)
    given = f'xmlns:r="{package.office}" r:id="{package.relate(part, "vmlDrawing", name)}"'
    edits = Edits(package[part])
    found = scan(edits.data, lambda tag, parent, *_: parent in ("", "worksheet"))
    root, data_end = found[0], next(one.end for one in found if one.tag == "sheetData")
    behind = (one.start for one in found if one.tag in _BEHIND and one.start >= data_end)
    at = min(behind, default=root.close)
    edits.put(at, at, own(f"<legacyDrawing {given}/>".encode(), edits.data, main_space(package)))
    package[part] = edits.result()
    return name


def erase_notes(package: Package, part: str) -> None:
    """Take our parts of the comments of a sheet out again, and the comments that were nothing else."""
    name = _one(package, part, "comments")
    if name not in package:
        return
    edits = Edits(package[name])
    found = scan(edits.data, lambda tag, *_: tag in ("comment", "text", "r"))
    gone = set()
    for at, one in enumerate(found):
        if one.tag == "text" and MARK in (said := "".join(_texts(edits.data[one.inner : one.close]))):
            comment, words = found[at - 1], said.split(MARK)[0].rstrip("\n")
            if words.strip():
                inside = [run for run in found[at + 1 :] if run.start < one.close]
                _cut(edits, one, inside, words, main_space(package))
            else:
                edits.put(comment.start, comment.end, b"")
                gone.add(comment.given.get("ref", ""))
    package[name] = edits.result()
    _erase_shapes(package, part, gone)


def _cut(edits: Edits, one: Element, runs: list[Element], words: str, space: str) -> None:
    """Leave what was there before: run for run, or as plain text where another program joined the runs."""
    begin = [
        run for run in runs if MARK in "".join(_texts(edits.data[run.inner : run.close]))[: len(MARK) + 2]
    ]
    if begin:
        last = max(run.end for run in runs)
        edits.put(begin[0].start, last, b"")
    else:
        edits.put(one.inner, one.close, _plain(words, edits.data, space))


def _erase_shapes(package: Package, part: str, cells: Collection[str]) -> None:
    name = _drawing_of(package, part)
    if not name or name not in package or not cells:
        return
    places = {place_of(cell)[::-1] for cell in cells}

    def kept(found: re.Match[bytes]) -> bytes:
        shape = found.group(0)
        row, column = _ROW.search(shape), _COLUMN.search(shape)
        ours = row and column and (int(row.group(1)), int(column.group(1))) in places
        return b"" if ours and b'ObjectType="Note"' in shape else shape

    package[name] = _A_SHAPE.sub(kept, package.raw(name))
