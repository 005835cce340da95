"""The sheet 检查结果 of a checked copy: its original, what it lacks, all problems, how cells looked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from analysis.intake.copies.package import BOOK, Package
from analysis.intake.copies.styles import Styles, main_space, own
from analysis.intake.copies.xmledit import QUOTES, Edits, scan, text
from analysis.intake.files.sheetxml import letters
from analysis.intake.sheets.marks import COPY_OF, NOT_DATA

NAME = "检查结果"
HEAD = 5
"""The row of the headers; problems follow."""
NOTED = 25
"""The first of the hidden columns that say how marked cells looked before: sheet, cell, fill."""

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_WIDTHS = (7, 18, 10, 8, 70, 50)
_VIEW = re.compile(rb"<(?:\w+:)?sheetView(?=\s)[^>]*?(\stabSelected\s*=\s*[\"'](?:1|true)[\"'])")
_BEGINNING = 20_000
"""Bytes of a sheet within which its views stand."""
_LINKS = 60_000
"""A sheet holds 65,530 links at most."""
_FONTS = {
    "quiet": '<font><i/><sz val="10"/><color rgb="FF808080"/><name val="宋体"/></font>',
    "strong": '<font><b/><sz val="11"/><name val="宋体"/></font>',
    "alarm": '<font><b/><sz val="11"/><color rgb="FFC00000"/><name val="宋体"/></font>',
    "head": '<font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="宋体"/></font>',
    "plain": '<font><sz val="11"/><name val="宋体"/></font>',
    "link": '<font><u/><sz val="11"/><color rgb="FF0563C1"/><name val="宋体"/></font>',
}
_COLUMNS = "".join(
    f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(_WIDTHS, start=1)
)
_SHEET = (
    '<worksheet xmlns="{space}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
    f'<sheetViews><sheetView tabSelected="1" workbookViewId="0"><pane ySplit="{HEAD}" '
    f'topLeftCell="A{HEAD + 1}" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    f'<sheetFormatPr defaultRowHeight="15"/><cols>{_COLUMNS}'
    f'<col min="{NOTED + 1}" max="{NOTED + 3}" width="9" hidden="1" customWidth="1"/></cols>'
    "<sheetData>{rows}</sheetData>"
    '<mergeCells count="2"><mergeCell ref="A3:F3"/><mergeCell ref="A4:F4"/></mergeCells>{links}'
    '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
    '<pageSetup orientation="landscape" fitToWidth="1" fitToHeight="0"/></worksheet>'
)
_WRAPPED = '<alignment vertical="top" wrapText="1"/>'
_DARK = '<fill><patternFill patternType="solid"><fgColor rgb="FF8C2F2B"/></patternFill></fill>'

Link = tuple[str, str]
"""A sheet and a cell of it."""
Line = tuple[Sequence[Any], Link | None]
"""A line of the sheet, and the cell it leads to."""


class Facts(NamedTuple):
    """What stands above the problems: the file it is a copy of, what was found, what the copy has of the
    original, and the look of that (plain or alarm)."""

    original: str
    found: str
    about: str
    look: str


def write_summary(
    package: Package,
    styles: Styles,
    earlier: str,
    facts: Facts,
    head: Sequence[str],
    lines: Sequence[Line],
    noted: Sequence[Sequence[str]],
) -> None:
    """Put the sheet first, or in place of the part that an earlier check left.

    `lines`: the problems, each with the cell it leads to. `noted`: what the hidden columns hold.
    """
    name = earlier or _added(package)
    package[name] = _page(styles, facts, head, lines, noted).encode()
    _only_tab(package, name)


def _added(package: Package) -> str:
    """A first sheet; names that belong to single sheets count sheets by their place and move on."""
    name = package.fresh("xl/worksheets/sheet{}.xml")
    package.add(name, b"", _TYPE)
    id_ = package.relate(BOOK, "worksheet", name)
    edits = Edits(package[BOOK])
    found = scan(edits.data, lambda tag, *_: tag in ("sheets", "sheet", "definedName"))
    taken = {one.given.get("name", "").lower() for one in found if one.tag == "sheet"}
    title = next(
        one for n in range(1, 10_000) if (one := NAME + (f" {n}" if n > 1 else "")).lower() not in taken
    )
    number = max(int(one.given.get("sheetId", 0)) for one in found if one.tag == "sheet") + 1
    given = f'xmlns:r="{package.office}" name="{title}" sheetId="{number}" r:id="{id_}"'
    sheets = next(one for one in found if one.tag == "sheets")
    edits.put(sheets.inner, sheets.inner, own(f"<sheet {given}/>".encode(), edits.data, main_space(package)))
    for named in found:
        if named.tag == "definedName" and "localSheetId" in named.given:
            edits.attribute(named, localSheetId=int(named.given["localSheetId"]) + 1)
    package[BOOK] = edits.result()
    return name


def _only_tab(package: Package, name: str) -> None:
    """Open the workbook at this sheet, and only at it: in two selected sheets one entry changes both."""
    order = list(package.sheets().values())
    edits = Edits(package[BOOK])
    for one in scan(edits.data, lambda tag, *_: tag == "workbookView"):
        edits.attribute(one, activeTab=order.index(name), firstSheet=None)
    package[BOOK] = edits.result()
    for other in {*order} - {name}:
        data = package[other]
        if at := _VIEW.search(data, 0, _BEGINNING):
            package[other] = data[: at.start(1)] + data[at.end(1) :]


def _page(
    styles: Styles, facts: Facts, head: Sequence[str], lines: Sequence[Line], noted: Sequence[Sequence[str]]
) -> str:
    look = _looks(styles)
    rows = [
        _row(1, [(NOT_DATA, look["quiet"])]),
        _row(2, [(COPY_OF, look["plain"]), (facts.original, look["plain"])]),
        _row(3, [(facts.found, look["strong"])], _height((facts.found,), (sum(_WIDTHS),))),
        _row(4, [(facts.about, look[facts.look])], _height((facts.about,), (sum(_WIDTHS),))),
        _row(HEAD, [(one, look["head"]) for one in head]),
    ]
    for at in range(max(len(lines), len(noted))):
        values, link = lines[at] if at < len(lines) else ((), None)
        cells = [(one, look[_look(column, link)]) for column, one in enumerate(values)]
        behind = [(one, look["plain"]) for one in (noted[at] if at < len(noted) else ())]
        rows.append(_row(HEAD + 1 + at, cells, _height(values, _WIDTHS), behind))
    links = "".join(
        f'<hyperlink ref="C{at}" location="{text(_target(*link), QUOTES)}"/>'
        for at, (_, link) in enumerate(lines[:_LINKS], start=HEAD + 1)
        if link
    )
    return _SHEET.format(
        space=styles.space, rows="".join(rows), links=f"<hyperlinks>{links}</hyperlinks>" if links else ""
    )


def _height(values: Sequence[Any], widths: Sequence[int]) -> int:
    """Lines of a row; most characters are twice as wide as a figure, by which widths are counted."""
    wide = (2 * sum(ord(letter) > 255 for letter in str(one)) for one in values)
    plain = (sum(ord(letter) <= 255 for letter in str(one)) for one in values)
    return max(
        (-(-(a + b) // (width - 1)) for a, b, width in zip(wide, plain, widths, strict=False)), default=1
    )


def _looks(styles: Styles) -> dict[str, int]:
    """The styles of the sheet by name; a text that is edited there does not become a formula."""
    found = {}
    for name, font, fill, more in (
        ("quiet", "quiet", 0, ""),
        ("plain", "plain", 0, ""),
        ("strong", "strong", 0, _WRAPPED),
        ("alarm", "alarm", 0, _WRAPPED),
        ("head", "head", styles.add("fills", _DARK), ""),
        ("top", "plain", 0, '<alignment vertical="top"/>'),
        ("wrapped", "plain", 0, _WRAPPED),
        ("link", "link", 0, '<alignment vertical="top"/>'),
    ):
        number = styles.add("fonts", _FONTS[font])
        given = f'numFmtId="0" fontId="{number}" fillId="{fill}" borderId="0" xfId="0" quotePrefix="1"'
        found[name] = styles.add(
            "cellXfs", f'<xf {given} applyFont="1" applyFill="1" applyAlignment="1">{more}</xf>'
        )
    return found


def _look(column: int, link: Link | None) -> str:
    if column == 2 and link:
        return "link"
    return "wrapped" if column > 3 else "top"


def _row(
    number: int,
    cells: Sequence[tuple[Any, int]],
    height: int = 1,
    noted: Sequence[tuple[Any, int]] = (),
) -> str:
    written = "".join(
        f'<c r="{letters(column)}{number}" s="{style}"{_content(value)}'
        for column, (value, style) in (*enumerate(cells), *enumerate(noted, NOTED))
    )
    tall = f' ht="{min(15 * height + 1, 400)}" customHeight="1"' if height > 1 else ""
    return f'<row r="{number}"{tall}>{written}</row>'


def _content(value: Any) -> str:
    if isinstance(value, int):
        return f"><v>{value}</v></c>"
    return f' t="inlineStr"><is><t xml:space="preserve">{text(value)}</t></is></c>' if value else "/>"


def _target(sheet: str, cell: str) -> str:
    return "'" + sheet.replace("'", "''") + f"'!{cell}"
