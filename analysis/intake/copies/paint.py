"""Sheets of a workbook with other fills and other contents in some cells, everything else as it was."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from analysis.intake.copies.package import Package
from analysis.intake.copies.styles import Styles, is_fill, main_space, own
from analysis.intake.copies.xmledit import Edits, Element, scan, text
from analysis.intake.files.sheetxml import letters, position

Place = tuple[int, int]
"""Row and column of a cell, from 0."""

COLOURS = {"error": "FFFFC7CF", "warning": "FFFFEB9D"}
"""A shade beside the usual ones, so that nobody else's colours are taken for these."""
NO_FILL = b'<fill><patternFill patternType="none"/></fill>'
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


@dataclass
class Found:
    """The cells of a sheet that were looked for, and what an added cell needs to know."""

    cells: dict[Place, Element] = field(default_factory=dict)
    rows: dict[int, Element] = field(default_factory=dict)
    columns: list[Element] = field(default_factory=list)
    starts: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """Column and position of every cell of the rows that were looked for."""

    def style(self, place: Place) -> int:
        """The style of a cell; that of its row or column where it does not stand in the file."""
        if place in self.cells:
            return int(self.cells[place].given.get("s", "0"))
        row, column = self.rows[place[0]].given, place[1] + 1
        if row.get("customFormat") in ("1", "true"):
            return int(row.get("s", "0"))
        inside = (
            one.given for one in self.columns if int(one.given["min"]) <= column <= int(one.given["max"])
        )
        return int(next(inside, {}).get("style", "0"))


def find(data: bytes, places: Collection[Place], styles: Collection[int] = ()) -> Found:
    """Some cells of a sheet, and all cells of some styles."""
    found, at = Found(starts={row: [] for row, _ in places}), [-1, -1]

    def keep(tag: str, parent: str, given: dict[str, str], start: int) -> bool:
        if tag == "c" and parent == "row":
            _count(at, given)
            if at[0] in found.starts:
                found.starts[at[0]].append((at[1], start))
            return (at[0], at[1]) in places or (bool(styles) and int(given.get("s", "0")) in styles)
        if tag == "row" and parent == "sheetData":
            at[0], at[1] = int(given.get("r", at[0] + 2)) - 1, -1
            given["r"] = str(at[0] + 1)
            return at[0] in found.starts
        return tag == "col"

    for one in scan(data, keep):
        if one.tag == "c":
            column, row = place_of(one.given["r"])
            found.cells[row, column] = one
        elif one.tag == "row":
            found.rows[int(one.given["r"]) - 1] = one
        else:
            found.columns.append(one)
    return found


def _count(at: list[int], given: dict[str, str]) -> None:
    """Row and column of the cell; those that are not numbered count on."""
    match = _REFERENCE.fullmatch(given.get("r", ""))
    at[1] = position(match.group(1)) if match else at[1] + 1
    given["r"] = name_of((at[0], at[1]))


def place_of(name: str) -> tuple[int, int]:
    """Column and row of `B3` from 0: (1, 2). Raises ValueError."""
    match = _REFERENCE.fullmatch(name)
    if match is None:
        raise ValueError(name)
    return position(match.group(1)), int(match.group(2)) - 1


def name_of(place: Place) -> str:
    """`B3` for (2, 1)."""
    return f"{letters(place[1])}{place[0] + 1}"


def paint(package: Package, part: str, styles: Styles, colours: dict[Place, str]) -> dict[Place, bytes]:
    """Fill cells with the colours (ARGB); what filled them before, for the cells that could be filled."""
    found = find(package[part], colours.keys())
    places = {place: colour for place, colour in colours.items() if place[0] in found.rows}
    before = {place: styles.fill(found.style(place)) for place in places}
    fills = {
        place: f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/>'
        f'<bgColor indexed="64"/></patternFill></fill>'.encode()
        for place, colour in places.items()
    }
    package[part] = _styled(package[part], found, styles, fills)
    return before


def unpaint(package: Package, part: str, styles: Styles, before: dict[Place, str]) -> None:
    """Take our colours out of a sheet: cells get the fills that were noted for them, else none."""
    ours = styles.with_fill(set(COLOURS.values()))
    if not ours:
        return
    found = find(package[part], (), ours)
    fills = {
        place: noted.encode() if is_fill(noted := before.get(place, "")) else NO_FILL for place in found.cells
    }
    package[part] = _styled(package[part], found, styles, fills)


def _styled(data: bytes, found: Found, styles: Styles, fills: dict[Place, bytes]) -> bytes:
    edits = Edits(data)
    for place, fill in sorted(fills.items()):
        style = styles.filled(found.style(place), fill)
        if place in found.cells:
            edits.attribute(found.cells[place], s=style)
        else:
            cell = f'<c r="{name_of(place)}" s="{style}"/>'.encode()
            _insert(edits, found, place, own(cell, data, styles.space))
    return edits.result()


def _insert(edits: Edits, found: Found, place: Place, cell: bytes) -> None:
    """A cell that did not stand in the file, behind those to its left."""
    row = found.rows[place[0]]
    if row.empty:
        edits.append(row, cell)
        return
    behind = (start for column, start in found.starts[place[0]] if column > place[1])
    at = min(behind, default=row.close)
    edits.put(at, at, cell)


def rewrite(package: Package, part: str, values: dict[Place, str]) -> bool:
    """Put texts ('': nothing) in place of what cells hold; whether there were formulas among them."""
    data = package[part]
    found = find(data, values.keys())
    edits, formulas = Edits(data), False
    for place, one in found.cells.items():
        new = values[place]
        formulas |= bool(_FORMULA.search(data[one.inner : one.close]))
        inside = own(f"<is><t>{text(new)}</t></is>".encode(), data, main_space(package)) if new else b""
        if not one.empty:
            edits.attribute(one, t="inlineStr" if new else None)
            edits.put(one.inner, one.close, inside)
    package[part] = edits.result()
    return formulas
