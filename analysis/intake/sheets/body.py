"""The rows of a table: data, and what stands among them (notes, headings, subtotals, headers again)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.errors import Problem
from analysis.intake.files.coded import Cells, Coded
from analysis.intake.files.grid import Merged
from analysis.intake.files.sheetxml import letters
from analysis.intake.sheets.area import Area, has_content
from analysis.intake.sheets.header import LONGEST, Header
from analysis.intake.sheets.sheet import Sheet, shown
from analysis.intake.sheets.subtotals import AMOUNTS, Subtotal, find_subtotals
from analysis.intake.sheets.ticks import joined
from analysis.intake.sheets.values import number
from analysis.intake.words import messages as say
from analysis.intake.words import row_messages
from analysis.intake.words.kinds import Kind, key
from analysis.tables import OBSERVED

_NOTE = re.compile(r"^(注|说明|备注|填表|填报|审核人|制表|数据来源|资料来源|第\d+页)")
_SIGNED = re.compile(
    r"^((注|说明|备注)(:|$)|(填表|填报|制表|审核|复核|统计|报送|经办|(单位)?负责|分管|主要领导|联系|(测评)?组长|测评员|签[字名]|盖章|日期)"
    r"[^:]{0,10}:)"
)
"""How a line under the table begins that takes several cells: 填表人：… 审核人：…"""
_CHAPTER = re.compile(r"^\(?[一二三四五六七八九十]+[)、.]")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_SENTENCE = re.compile(r"[。；;：:]")


def read_body(
    area: Area,
    header: Header,
    kind: Kind,
    columns: dict[str, int],
    wide: dict[int, str],
    problems: list[Problem],
    *,
    refused: bool,
) -> Sheet:
    """The sheet of a table; rows that are no data are left out and listed, faulty rows put aside."""
    below = np.flatnonzero(area.filled.any(axis=1))
    below = below[below > header.last]
    notes = _notes(area, below)
    rows = below[: len(below) - len(notes)]
    again = _headers_again(area, header, rows)
    sections = _sections(area, rows, again)
    numbering = [int(row) for row in rows[:1] if not refused and _numbers_columns(area, row)]
    left_out = [*again, *sections, *numbering]
    rows = rows[~np.isin(rows, left_out)] if left_out else rows
    body = _body(area, rows)
    down, under = _fill_down(area, header, rows, body)
    if header.ticks:
        body[:, next(iter(header.ticks))] = joined(body, tuple(header.ticks), list(header.ticks.values()))
    sums = [] if refused else find_subtotals(body, columns)
    kept = np.ones(len(rows), dtype=bool)
    kept[sums] = False
    sheet = Sheet(
        area.grid.file, area.grid.sheet, kind, header.names, body[kept] if sums else body,
        area.top + 1 + rows[kept], columns, wide, left=area.left,
    )  # fmt: skip
    sheet.subtotals = [Subtotal(area.number(int(rows[at])), body[at]) for at in sums]
    listed = (
        (say.NOTES, notes),
        (row_messages.SECTION_ROW, sections),
        (row_messages.REPEATED_HEADER_ROW, again),
        (row_messages.COLUMN_NUMBERS, numbering),
    )
    problems += [_left_out(area, row, message) for message, places in listed for row in places]
    if not refused:
        _check_cells(area, rows[kept], sheet)
        sheet.problems += [_merged_number(area, sheet, one) for one in down if _is_amount(area, sheet, one)]
        sheet.problems += [_under_merged(area, sheet, one) for one in under if one[0][1] in _used(sheet)]
    return sheet


def _left_out(area: Area, row: int, message: say.Message) -> Problem:
    text = " ".join(shown(cell) for cell in area.cells[row] if has_content(cell))
    return message.problem(area.grid.file, area.grid.sheet, area.number(row), value=text)


def _numbers_columns(area: Area, row: int) -> bool:
    """Whether a row numbers the columns, all of them: (1) (2) (3), or 甲 乙 1 2 3."""
    cells = [key(shown(cell)).strip("()栏") for cell in area.cells[row][area.filled[row]]]
    named = sum(one in _STEMS for one in cells)
    wanted = [*_STEMS[:named], *map(str, range(1, len(cells) - named + 1))]
    return len(cells) > 2 and cells == wanted


def _body(area: Area, rows: np.ndarray) -> Cells:
    """The cells of the rows."""
    whole = len(rows) and rows[-1] - rows[0] + 1 == len(rows)
    return area.cells[rows[0] : rows[-1] + 1] if whole else area.cells[rows]


def _notes(area: Area, below: np.ndarray) -> list[int]:
    """The rows at the end of the table that are notes: one cell, after a blank row or opening like a note; or
    a line to sign."""
    notes: list[int] = []
    for row in below[::-1]:
        if area.filled[row].sum() != 1 and not _SIGNED.match(_first_text(area, row)):
            break
        notes.insert(0, int(row))
    while notes and not _opens_notes(area, notes[0]):
        notes.pop(0)
    return notes


def _first_text(area: Area, row: int) -> str:
    return next((key(cell) for cell in area.cells[row] if has_content(cell)), "")


def _opens_notes(area: Area, row: int) -> bool:
    cell = _first_text(area, row)
    after_gap = not area.filled[row - 1].any() and bool(_SENTENCE.search(cell))
    return bool(_NOTE.match(cell) or _SIGNED.match(cell)) or after_gap


def _headers_again(area: Area, header: Header, rows: np.ndarray) -> list[int]:
    """Rows that repeat the header (on every printed page), in all its rows, and single titles right above."""
    own = [[key(cell) for cell in area.cells[row]] for row in range(header.first, header.last + 1)]
    fullest = max(range(len(own)), key=lambda at: sum(map(bool, own[at])))
    found: set[int] = set()
    inside = set(rows.tolist())
    for row in _rows_like(area, rows, own[fullest]):
        first = row - fullest
        for at in set(range(first, first + len(own))) & inside:
            if [key(cell) for cell in area.cells[at]] == own[at - first]:
                found.add(at)
        above = min(found & set(range(first, row + 1))) - 1
        while above in inside and area.filled[above].sum() == 1:
            found.add(above)
            above -= 1
    return sorted(found)


def _rows_like(area: Area, rows: np.ndarray, line: list[str]) -> list[int]:
    """The rows with the texts of a row of the header; two columns are compared first, they rule out most."""
    named = [at for at, name in enumerate(line) if name]
    for at in named[:2]:
        rows = rows[area.cells[:, at][rows].table(_equals(line[at]))]
    return [row for row in rows.tolist() if [key(cell) for cell in area.cells[row]] == line]


def _equals(name: str) -> Callable[[Any], bool]:
    return lambda cell: isinstance(cell, str) and len(cell) <= LONGEST and key(cell) == name


def _sections(area: Area, rows: np.ndarray, again: list[int]) -> list[int]:
    """Rows that hold one text, merged across columns or numbered like a chapter: headings inside."""
    inside = set(rows.tolist()) - set(again)
    alone = [row for row in rows[area.filled[rows].sum(axis=1) == 1].tolist() if row in inside]
    chapters = {row for row in alone if _CHAPTER.match(_first_text(area, row))}
    merged = {
        first[0]
        for first, last in area.merged
        if first[0] == last[0] and last[1] > first[1] and first[0] in inside
        and area.filled[first[0]].sum() == 1 and isinstance(area.cells[first], str)
    }  # fmt: skip
    return sorted(chapters | merged)


def _fill_down(
    area: Area, header: Header, rows: np.ndarray, body: Cells
) -> tuple[list[Merged], list[Merged]]:
    """Write a merged value into all its rows, in the column where it stands; the ranges that were filled, and
    those that hide another value."""
    filled = [
        (first, last)
        for first, last in area.merged
        if first[0] > header.last and last[0] > first[0] and first[1] < body.shape[1]
    ]
    under = []
    for position in sorted({first[1] for first, _ in filled}):
        whole = area.cells[:, position]
        codes = whole.codes[rows]
        for first, last in (one for one in filled if one[0][1] == position):
            below = slice(first[0] + 1, last[0] + 1)
            if (area.filled[below, position] & (whole[below] != whole[first[0]])).any():
                under.append((first, last))
            codes[_within(rows, first[0], last[0])] = whole.codes[first[0]]
        body[:, position] = Coded(codes, whole.values)
    return filled, under


def _within(rows: np.ndarray, first: int, last: int) -> slice:
    """The positions of the rows from `first` to `last`."""
    return slice(*np.searchsorted(rows, (first, last + 1)))


def _used(sheet: Sheet) -> set[int]:
    return {*sheet.columns.values(), *sheet.wide}


def _is_amount(area: Area, sheet: Sheet, one: Merged) -> bool:
    """Whether a merged range holds a number in a column of amounts."""
    names = {position: name for name, position in sheet.columns.items()}
    position = one[0][1]
    amounts = names.get(position) in AMOUNTS or position in sheet.wide
    return amounts and number(area.cells[one[0]])[1] == OBSERVED


def _under_merged(area: Area, sheet: Sheet, one: Merged) -> Problem:
    (top, at), (bottom, _) = one
    hidden = [cell for cell in area.cells[:, at][top + 1 : bottom + 1] if has_content(cell)]
    return row_messages.UNDER_MERGED.problem(
        sheet.file, sheet.name, area.number(top), sheet.header[at], value=shown(area.cells[one[0]]),
        cell=range_name(area, one), hidden="、".join(dict.fromkeys(map(shown, hidden))),
    )  # fmt: skip


def _merged_number(area: Area, sheet: Sheet, one: Merged) -> Problem:
    value = area.cells[one[0]]
    return row_messages.MERGED_NUMBER.problem(
        sheet.file, sheet.name, area.number(one[0][0]), sheet.header[one[0][1]],
        value=shown(value), cell=range_name(area, one), n=one[1][0] - one[0][0] + 1,
    )  # fmt: skip


def _check_cells(area: Area, rows: np.ndarray, sheet: Sheet) -> None:
    """Put aside rows that are not plain data: merged across columns, faulty, beside the table."""
    used = _used(sheet)
    for first, last in area.merged:
        if len(used & set(range(first[1], last[1] + 1))) > 1:
            for at in range(len(rows))[_within(rows, first[0], last[0])]:
                sheet.reject(at, row_messages.MERGED_BODY, "", range_name(area, (first, last)), {})
    for (row, position), fault in area.faults.items():
        for at in range(len(rows))[_within(rows, row, row)] if position in used else ():
            message = row_messages.ERROR_CELL if fault else row_messages.NO_STORED_VALUE
            cell = f"{letters(area.left + position)}{area.number(row)}"
            sheet.reject(at, message, sheet.header[position], fault, {"cell": cell})
    for position, name in enumerate(sheet.header):
        if not name:
            column = letters(area.left + position)
            for at in np.flatnonzero(area.filled[rows, position]).tolist():
                sheet.reject(at, row_messages.NO_HEADER_CELL, column, sheet.body[at, position], {})
    _check_names(sheet)


def _check_names(sheet: Sheet) -> None:
    """A header repeated in part shows in the columns that name something."""
    rows = sheet.rows()
    for name in ("unit", "place", "site", "category", "group"):
        if rows.has(name):
            repeated = rows.mapped(name, key) == key(sheet.header[sheet.columns[name]])
            rows.reject(rows.ok & repeated, name, row_messages.REPEATED_HEADER)


def range_name(area: Area, corners: Merged) -> str:
    """A merged range as Excel writes it: A1:B2."""
    (top, left), (bottom, right) = corners
    return f"{letters(area.left + left)}{area.number(top)}:{letters(area.left + right)}{area.number(bottom)}"
