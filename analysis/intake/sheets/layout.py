"""Where the tables of a sheet stand and what kinds they are: grid to sheets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from analysis.errors import Problem
from analysis.intake.files.grid import Grid
from analysis.intake.files.sheetxml import letters
from analysis.intake.sheets.area import Area, has_content, runs, whole
from analysis.intake.sheets.body import range_name, read_body
from analysis.intake.sheets.header import Header, Tests, header_key, header_rows, is_header, read_header
from analysis.intake.sheets.sheet import Sheet, shown
from analysis.intake.sheets.unread import column_notices
from analysis.intake.words import messages as say
from analysis.intake.words.kinds import Kind, Match, key, kinds, match

UNRECOGNISED = Kind("", "未识别", "unrecognised", {}, (), ())
HEADER_WITHIN = 30
_NAMED = 10
"""Merged ranges that are named in one message."""
_TITLE = re.compile(r":|^附[件表录]?[\d一二三四五六七八九十]*$|^表号|^制定机关|^(制|填)表")
"""What stands in a line above a table, never above the columns of a header."""
MANY = 3
"""So many columns more tell that a sheet is of a kind although it lacks a column."""

__all__ = ["Finder", "recognise"]


@dataclass(frozen=True)
class Table:
    """A header with what it can mean, and the area it stands in."""

    area: Area
    header: Header
    matches: list[Match]

    @property
    def fits(self) -> list[Match]:
        return [one for one in self.matches if one.fits]

    @property
    def n_used(self) -> int:
        """Columns that mean something, in the best of what it can be."""
        return max(one.n_used for one in self.fits or self.matches)


class Finder:
    """What headers may mean: the kinds that are allowed, and the tests for columns beyond their fields."""

    def __init__(self, tests: Tests, allowed: list[Kind]) -> None:
        self.tests = tests
        self.allowed = allowed
        self.matches = cache(self._matches)

    def _matches(self, keys: tuple[str, ...]) -> list[Match]:
        """The headers read as every kind."""
        found = [match(list(keys), kind, self.tests) for kind in self.allowed]
        records = len(found) > 1 and not _record_headers().isdisjoint(keys)
        return [one for one in found if not (records and one.kind.wide == "published")]


@cache
def _record_headers() -> frozenset[str]:
    """Headers of single checks and answers: a table that has one is a record and no bulletin's, whatever else
    it holds, unless round.yml says so."""
    names = ("site", "item", "result", "question_code", "respondent", "answer")
    fields = [kind.fields[name] for kind in kinds().values() for name in names if name in kind.fields]
    return frozenset(header for one in fields for header in one.strong)


def recognise(grid: Grid, finder: Finder, problems: list[Problem]) -> list[Sheet]:
    """The tables of a grid, with everything that stops them from being read as problems and rejected rows.

    Nothing when the grid holds no table at all.
    """
    if grid.hidden:
        problems.append(say.HIDDEN_SHEET.problem(grid.file, grid.sheet))
    area = whole(grid)
    tables = [table for part in _beside(area, finder) for table in _below(part, finder)]
    if not tables and area.filled.any():
        problems.append(say.TEXT_ONLY.problem(grid.file, grid.sheet))
    if len(tables) > 1:
        places = "、".join(one.area.range for one in tables)
        problems.append(say.BLOCKS.problem(grid.file, grid.sheet, value=places, n=len(tables)))
        problems += _outside(area, tables)
    sheets = [_sheet(table, finder, problems) for table in tables]
    if sheets:
        problems += _hidden(area)
    return sheets


def _outside(area: Area, tables: list[Table]) -> list[Problem]:
    """Cells that stand in no table, below the first header (above it they are titles)."""
    left = area.filled.copy()
    left[: min(table.area.top + table.header.first for table in tables)] = False
    for table in tables:
        height, width = table.area.filled.shape
        left[table.area.top : table.area.top + height, table.area.left : table.area.left + width] = False
    return [
        say.BESIDE.problem(
            area.grid.file,
            area.grid.sheet,
            area.number(row),
            letters(at),
            cell=f"{letters(at)}{area.number(row)}",
            value=shown(area.cells[row, at]),
        )
        for row, at in np.argwhere(left).tolist()
    ]


def _hidden(area: Area) -> list[Problem]:
    """Hidden rows and columns that hold something."""
    grid = area.grid
    rows = [row + 1 for row in grid.hidden_rows if row < len(area.filled) and area.filled[row].any()]
    columns = [at for at in grid.hidden_columns if at < area.filled.shape[1] and area.filled[:, at].any()]
    found = []
    if rows:
        found.append(say.HIDDEN_ROWS.problem(grid.file, grid.sheet, value=runs(rows), n=len(rows)))
    if columns:
        names = "、".join(letters(at) for at in columns)
        found.append(say.HIDDEN_COLUMNS.problem(grid.file, grid.sheet, value=names, n=len(columns)))
    return found


def _beside(area: Area, finder: Finder) -> list[Area]:
    """The blocks that stand side by side: between empty columns, or with the same headers again."""
    if not area.filled.size:
        return []
    several = area.filled.sum(axis=1) > 1
    used = np.flatnonzero(area.filled[several].any(axis=0))
    gaps = np.flatnonzero(np.diff(used) > 1)
    parts = np.split(used, gaps + 1) if len(used) else []
    blocks = [area.columns(int(part[0]), int(part[-1]) + 1) for part in parts]
    if len(blocks) > 1 and all(_fits(block, finder) for block in blocks):
        return [again for block in blocks for again in _repeated(block, finder)]
    return _repeated(area, finder)


def _fits(area: Area, finder: Finder) -> bool:
    table = _locate(area, finder)
    return table is not None and bool(table.fits)


def _repeated(area: Area, finder: Finder) -> list[Area]:
    """Blocks without a gap between them, whose headers repeat: 名次 单位 得分 名次 单位 得分."""
    table = _locate(area, finder)
    if table is None:
        return [area]
    keys = [header_key(name) for name in table.header.names]
    last = max(at for at, name in enumerate(keys) if name) + 1
    for period in range(2, last // 2 + 1):
        first = keys[:period]
        if last % period == 0 and all(first) and keys[:last] == first * (last // period):
            if len(set(first)) < period:
                continue
            return [area.columns(at, at + period) for at in range(0, last, period)]
    return [area]


def _below(area: Area, finder: Finder) -> list[Table]:
    """The tables of an area, one under the other."""
    found: list[Table] = []
    while (table := _locate(area, finder)) is not None:
        above = _above(table, finder)
        if above is not None:
            found.append(above)
            area = area.rows(len(above.area.filled), len(area.filled))
            continue
        cut = _next_header(table, finder)
        if cut is None:
            return [*found, table]
        found.append(Table(area.rows(0, cut), table.header, table.matches))
        area = area.rows(cut, len(area.filled))
    return found


def _above(table: Table, finder: Finder) -> Table | None:
    """A table above the header that fits, whose own fits nothing; None where only titles stand there."""
    area, first = table.area, table.header.first
    several = area.filled.sum(axis=1) > 1
    for row in np.flatnonzero(is_header(area.cells[:first])).tolist() if table.fits else ():
        header = read_header(area, row, 1, finder.tests)
        if header is None or not several[row + 1 : first].any():
            continue
        end = first
        while not several[end - 1]:
            end -= 1
        return Table(area.rows(0, end), header, finder.matches(tuple(map(header_key, header.names))))
    return None


def _locate(area: Area, finder: Finder) -> Table | None:
    """The first header that fits a kind; if none does, the row with most known headers."""
    best: Table | None = None
    for row in np.flatnonzero(area.filled.sum(axis=1) >= 2)[:HEADER_WITHIN]:
        for header in header_rows(area, int(row), finder.tests):
            table = Table(area, header, finder.matches(tuple(map(header_key, header.names))))
            if best is None or (bool(table.fits), table.n_used) > (bool(best.fits), best.n_used):
                best = table
        if best is not None and best.fits and row >= best.header.last:
            break
    return best


def _next_header(table: Table, finder: Finder) -> int | None:
    """The first row of the next table of the area, its titles included; None when there is no other."""
    if not table.fits:
        return None
    own = [key(name) for name in table.header.names]
    below = table.header.last + 1
    for row in (below + np.flatnonzero(is_header(table.area.cells[below:]))).tolist():
        if [key(cell) for cell in table.area.cells[row]] == own or row <= below:
            continue
        header = read_header(table.area, row, 1, finder.tests)
        if header is None or not any(
            one.fits for one in finder.matches(tuple(map(header_key, header.names)))
        ):
            continue
        while row - 1 >= below and table.area.filled[row - 1].sum() <= 1:
            row -= 1
        return row
    return None


def _choose(grid: Grid, matches: list[Match]) -> Match | None:
    """The match that uses most columns; of equals the one the sheet or file is named after; else None.

    None also where another kind lacks one column and uses many more: somebody deleted or renamed that column.
    """
    fits = [one for one in matches if one.fits]
    if not fits or _lacking_one(matches):
        return None
    most = max(one.n_used for one in fits)
    best = [one for one in fits if one.n_used == most]
    named = [one for one in best if one.kind.zh in grid.name or one.kind.id in grid.name]
    return best[0] if len(best) == 1 else named[0] if len(named) == 1 else None


def _lacking_one(matches: list[Match]) -> bool:
    most = max(one.n_used for one in matches if one.fits)
    return any(len(one.missing) == 1 and not one.kind.wide and one.n_used >= most + MANY for one in matches)


def _sheet(table: Table, finder: Finder, problems: list[Problem]) -> Sheet:
    best = _choose(table.area.grid, table.matches)
    kind, columns = (best.kind, best.columns) if best else (UNRECOGNISED, {})
    wide = {at: table.header.names[at] for at in best.wide} if best else {}
    columns = columns | {f"tick {at}": at for at in list(table.header.ticks)[1:] if "result" in columns}
    refusal = _refusal(table, best, forced=len(finder.allowed) == 1)
    sheet = read_body(table.area, table.header, kind, columns, wide, problems, refused=refusal is not None)
    if refusal is None:
        sheet.problems += column_notices(sheet, finder.tests)
    else:
        sheet.refuse(refusal)
    return sheet


def _refusal(table: Table, best: Match | None, *, forced: bool) -> Problem | None:
    """Why the whole table cannot be read, if so."""
    area, header = table.area, table.header
    place: dict[str, Any] = {
        "file": area.grid.file, "sheet": area.grid.sheet, "row": area.number(header.last),
    }  # fmt: skip
    found = "、".join(name for name in header.names if name)
    if best is None:
        return _unrecognised(table.matches, place, found, forced=forced)
    for name, positions in best.double.items():
        headers = "、".join(key(header.names[position]) for position in positions)
        return say.DOUBLE_FIELD.problem(**place, field=best.kind.fields[name].zh, value=headers)
    across = [one for one in area.merged if one[0][0] <= header.last < one[1][0]]
    if across:
        return say.MERGED_HEADER.problem(
            **place, value="、".join(range_name(area, one) for one in across[:_NAMED])
        )
    for row in range(header.first - 1, -1, -1):
        cells = [key(cell) for cell in area.cells[row] if has_content(cell)]
        if len(cells) < 2:  # what stands above a blank or a single title is no header
            return None
        if not any(_TITLE.search(cell) for cell in cells):
            return say.TWO_HEADER_ROWS.problem(**{**place, "row": area.number(row)}, value="、".join(cells))
    return None


def _unrecognised(matches: list[Match], place: dict[str, Any], found: str, *, forced: bool) -> Problem:
    if forced:
        only = matches[0]
        return say.KIND_LACKS.problem(
            **place, kind=only.kind.zh, missing="、".join(only.missing), found=found
        )
    fits = [one for one in matches if one.fits]
    if fits and not _lacking_one(matches):
        names = "、".join(f"{one.kind.zh}（{one.kind.id}）" for one in fits)
        return say.AMBIGUOUS_KIND.problem(**place, kinds=names, found=found)
    near = sorted(matches, key=lambda one: (one.n_used, -len(one.missing)), reverse=True)[:3]
    zh = "；".join(f"{one.kind.zh}（{one.kind.id}）缺 {'、'.join(one.missing)}" for one in near)
    en = "; ".join(f"{one.kind.en} ({one.kind.id}) lacks {', '.join(one.missing)}" for one in near)
    return say.UNKNOWN_KIND.problem(**place, found=found, nearest_zh=zh, nearest_en=en)
