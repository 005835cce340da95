"""`corrections.yml` beside a round: cells that were wrong, what they should hold, why, who confirmed it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.errors import Problem
from analysis.intake import yamlfile
from analysis.intake.sheets.sheet import Sheet, shown
from analysis.intake.sheets.values import clean, date, number
from analysis.intake.words import desk_messages as say
from analysis.intake.words.kinds import key
from analysis.tables import OBSERVED

FILE = "corrections.yml"
_QUOTED = 60
_FORMS = {
    "missing": ("缺少这一项", "is missing"),
    "extra_forbidden": ("没有这一项", "there is no such key"),
    "string_too_short": ("不能为空", "must not be empty"),
    "string_type": ("应为文字，请加引号", "should be text: put it in quotation marks"),
    "int_type": ("应为 Excel 的行号", "should be a row as Excel counts"),
    "int_parsing": ("应为 Excel 的行号", "should be a row as Excel counts"),
    "int_from_float": ("应为 Excel 的行号", "should be a row as Excel counts"),
    "dict_type": ("应写成“表头: 值”", "should hold `header: value` pairs"),
    "model_type": ("每一条应写成“键: 值”", "an entry should hold `key: value` pairs"),
}
"""What is wrong with the form of an entry, by the kinds of faults that are found."""
_MENDED = ("error_cell", "formula_without_value", "subtotal_row", "repeated_header")
"""What is said about a single cell before it is read, and no longer holds once the cell was corrected."""


class Entry(BaseModel):
    """One entry of the file; `row` as Excel counts, or `key`: header to value, for the one row of both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    sheet: str = ""
    row: int | None = None
    key: dict[str, Any] = Field(default_factory=dict)
    column: str
    old: Any
    new: Any
    reason: str = Field(min_length=1)
    confirmed_by: str = Field(min_length=1)


@dataclass(frozen=True)
class Correction:
    """One cell that was corrected; values as text."""

    file: str
    sheet: str
    row: int
    column: str
    old: str
    new: str
    reason: str
    confirmed_by: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Cell:
    sheet: Sheet
    at: int
    position: int

    @property
    def value(self) -> Any:
        return self.sheet.body[self.at, self.position]

    @property
    def place(self) -> dict[str, Any]:
        sheet = self.sheet
        row, column = int(sheet.numbers[self.at]), sheet.header[self.position]
        return {"file": sheet.file, "sheet": sheet.name, "row": row, "column": column}


def correct(folder: Path, sheets: list[Sheet], problems: list[Problem]) -> tuple[Correction, ...]:
    """What was corrected in the sheets, which then hold the new values; every fault of the file is a problem.

    Nothing is corrected when any entry cannot be used.
    """
    faults: list[Problem] = []
    entries = _entries(folder / FILE, faults)
    cells = {n: _cell(entry, n, sheets, faults) for n, entry in entries.items()}
    found = {n: cell for n, cell in cells.items() if cell is not None}
    _check_old(entries, found, faults)
    _check_once(found, faults)
    problems += faults
    if faults:
        return ()
    done = tuple(_write(entries[n], cell) for n, cell in found.items())
    problems += [say.CORRECTED.problem(**asdict(one), value=one.new) for one in done]
    return done


def _entries(path: Path, faults: list[Problem]) -> dict[int, Entry]:
    """The entries that have the right form, numbered from 1."""
    if not path.is_file():
        return {}
    try:
        data = yamlfile.load(path)
    except yamlfile.YamlError as error:
        words: dict[str, Any] = {"detail_zh": error.zh, "detail_en": error.en}
        faults.append(say.CORRECTIONS_FILE.problem(FILE, **words))
        return {}
    if data is not None and not isinstance(data, list):
        words = {"detail_zh": "应为一列条目（每条以 - 开头）", "detail_en": "it should be a list of entries"}
        faults.append(say.CORRECTIONS_FILE.problem(FILE, **words))
        return {}
    found = {n: _entry(one, n, faults) for n, one in enumerate(data or [], start=1)}
    return {n: entry for n, entry in found.items() if entry is not None}


def _entry(raw: Any, n: int, faults: list[Problem]) -> Entry | None:
    try:
        entry = Entry.model_validate(raw)
    except ValidationError as error:
        for one in error.errors():
            field = ".".join(str(part) for part in one["loc"]) or "-"
            value = "" if one["type"] == "missing" else str(one["input"])
            zh, en = _FORMS.get(one["type"], (f"写法不对（{one['msg']}）", one["msg"]))
            said: dict[str, Any] = {"detail_zh": zh, "detail_en": en, "value": value[:_QUOTED]}
            faults.append(say.CORRECTION_FORM.problem(FILE, entry=n, field=field, **said))
        return None
    if (entry.row is None) == (not entry.key):
        either: dict[str, Any] = {
            "detail_zh": "row 和 key 写且只写一个",
            "detail_en": "give either row or key",
        }
        faults.append(say.CORRECTION_FORM.problem(FILE, entry=n, field="row", **either))
        return None
    return entry


def _cell(entry: Entry, n: int, sheets: list[Sheet], faults: list[Problem]) -> _Cell | None:
    """The one cell an entry means; otherwise None, with the problem."""
    of_file = [one for one in sheets if one.file == entry.file]
    named = [one for one in of_file if one.name == entry.sheet or not entry.sheet]
    headers = [header for one in named for header in one.header]
    cells = [cell for sheet in named for cell in _matches(sheet, entry)]
    if len(cells) == 1:
        return cells[0]
    unknown = [name for name in (entry.column, *entry.key) if key(name) not in map(key, headers)]
    if not of_file:
        faults.append(_nowhere(n, ("文件", "file"), entry.file, [one.file for one in sheets]))
    elif not named:
        faults.append(_nowhere(n, ("工作表", "sheet"), entry.sheet, [one.name for one in of_file]))
    elif unknown:
        faults.append(_nowhere(n, ("列", "column"), unknown[0], headers))
    elif entry.row is not None and not cells:
        last = max(int(one.numbers.max(initial=0)) for one in named)
        faults.append(_nowhere(n, ("数据行", "row of data"), entry.row, [f"≤ {last}"]))
    else:
        value = f"{entry.row or entry.key} {entry.column}"
        faults.append(say.CORRECTION_KEY.problem(FILE, entry=n, value=value, n=len(cells)))
    return None


def _nowhere(n: int, what: tuple[str, str], value: Any, allowed: list[str]) -> Problem:
    known = "、".join(dict.fromkeys(one for one in allowed if one)) or "–"
    words = {"what_zh": what[0], "what_en": what[1], "value": value}
    return say.CORRECTION_PLACE.problem(FILE, entry=n, allowed=known, **words)


def _matches(sheet: Sheet, entry: Entry) -> list[_Cell]:
    """The cells of one sheet that an entry can mean."""
    positions = {key(header): at for at, header in reversed(list(enumerate(sheet.header)))}
    if not {key(entry.column), *map(key, entry.key)} <= positions.keys():
        return []
    columns = [at for at, header in enumerate(sheet.header) if key(header) == key(entry.column)]
    if entry.row is not None:
        rows = np.flatnonzero(sheet.numbers == entry.row)
    else:
        wanted = {positions[key(name)]: value for name, value in entry.key.items()}
        same = [sheet.body[:, where].table(partial(_same, written=one)) for where, one in wanted.items()]
        rows = np.flatnonzero(np.all(same, axis=0))
    return [_Cell(sheet, int(at), position) for at in rows for position in columns]


def _same(cell: Any, written: Any) -> bool:
    """Whether a cell holds what an entry says: equal as text, number or date."""
    if written is None or clean(written) == "":
        return clean(cell) == ""
    if key(clean(cell)) == key(clean(written)):
        return True
    if isinstance(written, dt.date):
        return bool(date(cell) == date(written))
    one, other = number(cell), number(written)
    return one[1] == OBSERVED == other[1] and one[0] == other[0] and one[2] == other[2]


def _check_old(entries: dict[int, Entry], cells: dict[int, _Cell], faults: list[Problem]) -> None:
    for n, cell in cells.items():
        if not _same(cell.value, entries[n].old):
            words: dict[str, Any] = {"old": _said(entries[n].old), "value": shown(cell.value)}
            faults.append(say.CORRECTION_STALE.problem(**cell.place, entry=n, **words))


def _check_once(cells: dict[int, _Cell], faults: list[Problem]) -> None:
    first: dict[tuple[int, int, int], int] = {}
    for n, cell in cells.items():
        other = first.setdefault((id(cell.sheet), cell.at, cell.position), n)
        if other != n:
            faults.append(say.CORRECTION_TWICE.problem(**cell.place, entry=n, other=other))


def _write(entry: Entry, cell: _Cell) -> Correction:
    old, place = shown(cell.value), cell.place
    cell.sheet.body[cell.at, cell.position] = _as_cell(entry.new)
    _forget(cell)
    return Correction(
        **place, old=old, new=_said(entry.new), reason=entry.reason, confirmed_by=entry.confirmed_by
    )


def _as_cell(value: Any) -> Any:
    """A value of the file as a reader of workbooks would deliver it."""
    if value is None:
        return ""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _said(value: Any) -> str:
    return "" if value is None else clean(value)


def _forget(cell: _Cell) -> None:
    """Drop what was said about the cell's old value; a row that nothing else speaks against is used."""
    sheet, at = cell.sheet, cell.at
    header = sheet.header[cell.position]
    reasons = sheet.reasons.get(at, [])
    kept = [one for one in reasons if one.code not in _MENDED or one.column != header]
    gone = [one for one in reasons if one not in kept]
    sheet.problems[:] = [one for one in sheet.problems if one not in gone]
    if kept:
        sheet.reasons[at] = kept
    else:
        sheet.reasons.pop(at, None)
        sheet.bad[at] = False
