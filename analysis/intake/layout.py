"""Where the table of a sheet stands and what kind it is: grid to sheet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.errors import Problem
from analysis.intake import messages as say
from analysis.intake import row_messages
from analysis.intake.cells import Grid
from analysis.intake.kinds import Kind, Match, headers_of, key, kinds, match, words
from analysis.intake.sheet import Sheet

UNRECOGNISED = Kind("", "未识别", "unrecognised", {}, (), ())
HEADER_WITHIN = 30
_NOTE = re.compile(r"^(注|说明|备注|填表|审核人|制表|数据来源|资料来源)")
_SENTENCE = re.compile(r"[。；;：:]")

Tests = dict[str, Callable[[str], bool]]


@dataclass(frozen=True)
class Table:
    """A header row with what it can mean, and the rows that have content."""

    header: int
    matches: list[Match]
    filled: np.ndarray


def recognise(grid: Grid, tests: Tests, kind: Kind | None, problems: list[Problem]) -> Sheet | None:
    """The sheet of a grid, with everything that stops it from being read as problems and rejected rows.

    `kind` is the one round.yml names, if any. None when the grid holds no table at all.
    """
    if grid.hidden:
        problems.append(say.HIDDEN_SHEET.problem(grid.file, grid.sheet))
    table = _locate(grid, tests, [kind] if kind else list(kinds().values()))
    if table is None:
        if grid.cells.size and _filled(grid.cells).any():
            problems.append(say.TEXT_ONLY.problem(grid.file, grid.sheet))
        return None
    best = _choose(grid, table.matches)
    sheet = _sheet(grid, table, best, problems)
    refusal = _refusal(grid, table, best, forced=kind is not None)
    if refusal is not None:
        _refuse(sheet, refusal)
        return sheet
    _check_rows(grid, table, sheet)
    sheet.problems.extend(_column_notices(sheet))
    return sheet


def _filled(cells: np.ndarray) -> np.ndarray:
    """Which cells hold something; cells of spaces in nearly empty rows count as empty."""
    filled = np.asarray(cells != "", dtype=bool)
    for row in np.flatnonzero((filled.sum(axis=1) > 0) & (filled.sum(axis=1) <= 3)):
        filled[row] = [bool(key(cell)) for cell in cells[row]]
    return filled


def _locate(grid: Grid, tests: Tests, allowed: list[Kind]) -> Table | None:
    """The first row that fits a kind; if none does, the row with most known headers."""
    if not grid.cells.size:
        return None
    filled = _filled(grid.cells)
    candidates = np.flatnonzero(filled.sum(axis=1) >= 2)[:HEADER_WITHIN]
    best: Table | None = None
    most = -1
    for row in candidates:
        headers = [key(cell) for cell in grid.cells[row]]
        found = [match(headers, kind, tests) for kind in allowed]
        fits = [one for one in found if one.fits]
        if fits:
            return Table(int(row), fits, filled)
        if max(one.n_used for one in found) > most:
            most = max(one.n_used for one in found)
            best = Table(int(row), found, filled)
    return best


def _choose(grid: Grid, matches: list[Match]) -> Match | None:
    """The match that uses most columns; of equals the one the sheet or file is named after; else None."""
    fits = [one for one in matches if one.fits]
    if not fits:
        return None
    most = max(one.n_used for one in fits)
    best = [one for one in fits if one.n_used == most]
    named = [one for one in best if one.kind.zh in grid.name or one.kind.id in grid.name]
    return best[0] if len(best) == 1 else named[0] if len(named) == 1 else None


def _sheet(grid: Grid, table: Table, best: Match | None, problems: list[Problem]) -> Sheet:
    header = [" ".join(str(cell).split()) for cell in grid.cells[table.header]]
    below = np.flatnonzero(table.filled.any(axis=1))
    below = below[below > table.header]
    notes = _notes(grid, table.filled, below)
    for row in notes:
        cell = next(str(cell) for cell in grid.cells[row] if key(cell))
        problems.append(say.NOTES.problem(grid.file, grid.sheet, int(row) + 1, value=cell))
    rows = below[: len(below) - len(notes)]
    body = grid.cells[rows]
    for position, name in enumerate(header):
        if key(name) in headers_of("personal"):
            body[:, position] = ""
    kind, columns, wide = (best.kind, best.columns, best.wide) if best else (UNRECOGNISED, {}, {})
    return Sheet(grid.file, grid.sheet, kind, header, body, rows + 1, columns, wide)


def _notes(grid: Grid, filled: np.ndarray, below: np.ndarray) -> list[int]:
    """The rows at the end of the table that are notes: one cell, after a blank row or opening like a note."""
    notes: list[int] = []
    for row in below[::-1]:
        if filled[row].sum() != 1:
            break
        notes.insert(0, int(row))
    while notes and not _opens_notes(grid, filled, notes[0]):
        notes.pop(0)
    return notes


def _opens_notes(grid: Grid, filled: np.ndarray, row: int) -> bool:
    cell = next(key(cell) for cell in grid.cells[row] if key(cell))
    after_gap = not filled[row - 1].any() and bool(_SENTENCE.search(cell))
    return bool(_NOTE.match(cell)) or after_gap


def _refusal(grid: Grid, table: Table, best: Match | None, *, forced: bool) -> Problem | None:
    """Why the whole sheet cannot be read, if so."""
    place: dict[str, Any] = {"file": grid.file, "sheet": grid.sheet, "row": table.header + 1}
    found = "、".join(" ".join(str(cell).split()) for cell in grid.cells[table.header] if key(cell))
    if best is None:
        return _unrecognised(table.matches, place, found, forced=forced)
    for name, positions in best.double.items():
        headers = "、".join(key(grid.cells[table.header, position]) for position in positions)
        return say.DOUBLE_FIELD.problem(**place, field=best.kind.fields[name].zh, value=headers)
    ranges = [corners for corners in grid.merged if corners[0][0] <= table.header <= corners[1][0]]
    if ranges:
        return say.MERGED_HEADER.problem(**place, value="、".join(map(_range_name, ranges)))
    above = np.flatnonzero(table.filled[: table.header].sum(axis=1) > 1)
    if above.size:
        row = int(above[-1])
        cells = "、".join(key(cell) for cell in grid.cells[row] if key(cell))
        return say.TWO_HEADER_ROWS.problem(grid.file, grid.sheet, row + 1, value=cells)
    return None


def _unrecognised(matches: list[Match], place: dict[str, Any], found: str, *, forced: bool) -> Problem:
    if forced:
        only = matches[0]
        return say.KIND_LACKS.problem(
            **place, kind=only.kind.zh, missing="、".join(only.missing), found=found
        )
    fits = [one for one in matches if one.fits]
    if fits:
        names = "、".join(f"{one.kind.zh}（{one.kind.id}）" for one in fits)
        return say.AMBIGUOUS_KIND.problem(**place, kinds=names, found=found)
    near = sorted(matches, key=lambda one: (one.n_used, -len(one.missing)), reverse=True)[:3]
    zh = "；".join(f"{one.kind.zh}（{one.kind.id}）缺 {'、'.join(one.missing)}" for one in near)
    en = "; ".join(f"{one.kind.en} ({one.kind.id}) lacks {', '.join(one.missing)}" for one in near)
    return say.UNKNOWN_KIND.problem(**place, found=found, nearest_zh=zh, nearest_en=en)


def _refuse(sheet: Sheet, problem: Problem) -> None:
    sheet.problems.append(problem)
    sheet.bad[:] = True
    sheet.reasons.update({at: [problem] for at in range(len(sheet.numbers))})


def _check_rows(grid: Grid, table: Table, sheet: Sheet) -> None:
    """Put aside rows that are not plain data: merged, beside the table, subtotals, a repeated header."""
    for corners in grid.merged:
        (first, _), (last, _) = corners
        for at in np.flatnonzero((sheet.numbers > first) & (sheet.numbers <= last + 1)):
            sheet.reject(int(at), row_messages.MERGED_BODY, "", _range_name(corners), {})
    used = {*sheet.columns.values(), *sheet.wide}
    for (row, position), fault in grid.faults.items():
        for at in np.flatnonzero(sheet.numbers == row + 1) if position in used else ():
            message = row_messages.ERROR_CELL if fault else row_messages.NO_STORED_VALUE
            cell = f"{column_letter(position)}{row + 1}"
            sheet.reject(int(at), message, sheet.header[position], fault, {"cell": cell})
    for position, name in enumerate(sheet.header):
        if not name:
            for at in np.flatnonzero(table.filled[sheet.numbers - 1, position]):
                cell = sheet.body[at, position]
                sheet.reject(int(at), row_messages.NO_HEADER_CELL, column_letter(position), cell, {})
    _check_names(sheet)


def _check_names(sheet: Sheet) -> None:
    """Subtotals and repeated headers show in the columns that name something."""
    rows = sheet.rows()
    for name in ("unit", "place", "site", "category", "group"):
        if not rows.has(name):
            continue
        keys = rows.mapped(name, key)
        rows.reject(
            rows.ok & (keys == key(sheet.header[sheet.columns[name]])), name, row_messages.REPEATED_HEADER
        )
        rows.reject(rows.ok & np.isin(keys, list(words("subtotals"))), name, row_messages.SUBTOTAL)


def _column_notices(sheet: Sheet) -> list[Problem]:
    used = {*sheet.columns.values(), *sheet.wide}
    notices = []
    for position, name in enumerate(sheet.header):
        plain = key(name)
        if position in used or not plain or plain in headers_of("ignored"):
            continue
        message = say.PERSONAL if plain in headers_of("personal") else say.UNUSED_COLUMN
        notices.append(message.problem(sheet.file, sheet.name, column=name))
    return notices


def column_letter(position: int) -> str:
    """The letter Excel gives the column at a position (0 is A)."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _range_name(corners: tuple[tuple[int, int], tuple[int, int]]) -> str:
    (top, left), (bottom, right) = corners
    return f"{column_letter(left)}{top + 1}:{column_letter(right)}{bottom + 1}"
