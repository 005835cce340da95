"""The quarterly form of member units: full marks, points off and score of every item in one row.

In its wide form a row is an item; a unit has a column (its score) or several (扣分, 得分 below its name).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from analysis.intake.files.coded import Coded
from analysis.intake.rows.case import Case
from analysis.intake.rows.register import Register, near
from analysis.intake.sheets.header import header_key
from analysis.intake.sheets.sheet import Rows, Sheet
from analysis.intake.sheets.values import BLANK, Numbers, numbers
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import headers_of, key, kinds
from analysis.intake.words.messages import DOUBLE_FIELD, UNUSED_COLUMN, UNUSED_UNIT
from analysis.tables import MISSING, OBSERVED

FORMS = ("quarterly_form", "quarterly_form_wide")
_FIELDS = {
    header: name
    for name in ("score", "deduction", "addition", "result", "grade")
    for header in (name, *kinds()["quarterly_form"].fields[name].strong)
}
"""What a column of a unit may hold, by header, and by itself."""
_DEDUCTED = ("deduction", "start_adjust")


def complete(case: Case) -> None:
    """Points off from full marks and score, where a row of the form gives only these two.

    A row whose score is not its full marks less the points off is put aside.
    """
    rows = case.rows
    if rows.sheet.kind.id not in FORMS or not (rows.has("full_marks") and rows.has("score")):
        return
    full, score = rows.numbers("full_marks"), case.numbers["score"]
    off, added = (case.numbers.get(name) or rows.numbers(name) for name in ("deduction", "addition"))
    left = full.value - np.nan_to_num(off.value) + np.nan_to_num(added.value)
    both = rows.ok & full.given & score.given & off.given
    wrong = both & (np.abs(left - score.value) > 0.005)
    rows.reject(wrong, "score", say.FORM_SUM, allowed=np.array([f"{one:g}" for one in left], dtype=object))
    at = np.concatenate([case.of(rule) for rule in _DEDUCTED])
    at = at[(full.given & score.given & ~off.given)[at]]
    value, state = off.value.copy(), off.state.copy()
    value[at] = (full.value - score.value)[at] + np.nan_to_num(added.value)[at]
    state[at] = OBSERVED
    if not rows.has("deduction"):
        unread = ~score.given & ~off.given
        state[unread] = np.where(score.state == BLANK, MISSING, score.state)[unread]
    case.numbers["deduction"] = Numbers(value, state, np.zeros(len(rows), dtype=bool))
    printed = np.where(np.isnan(value), rows.cells.get("deduction", ""), value)
    rows.cells["deduction"] = Coded.of(printed.astype(object))


def unit_test(sheets: Iterable[Sheet], aliases: dict[str, str]) -> Callable[[str], bool] | None:
    """Whether a header (as compared) names a unit of the register or an alias of one, with a field or
    without."""
    lists = [sheet for sheet in sheets if sheet.kind.id == "units"]
    listed = {key(cell) for sheet in lists for cell in sheet.body[:, sheet.columns["unit"]].values} - {""}
    units = listed | {key(aliases.get(name, name)) for name in listed}
    units |= {alias for alias, name in aliases.items() if key(name) in units}
    return (lambda header: key(unit_and_field(header)[0]) in units) if units else None


def unit_and_field(header: str) -> tuple[str, str]:
    """The unit of a column (甲区/扣分, 甲区得分) and the field of its cells: the score, if none is named."""
    parts = header.split("/")
    fields = [_FIELDS[key(part)] for part in parts if key(part) in _FIELDS]
    units = [part for part in parts if key(part) not in _FIELDS]
    if not units or len(fields) > 1:
        return "", ""
    if fields:
        return units[-1], fields[0]
    unit = key(units[-1])
    end = max((one for one in _FIELDS if unit.endswith(one)), key=len, default="")
    return (unit.removesuffix(end), _FIELDS[end]) if end else (units[-1], "score")


def unit_rows(sheet: Sheet, register: Register) -> Rows:
    """One row per item and unit of a wide form, with the cells of all columns of the unit."""
    _report_others(sheet, register)
    places = _places(sheet)
    names, n = list(places), len(sheet.numbers)
    spread = np.repeat(np.arange(n), len(names))
    cells = {name: sheet.body[spread, position] for name, position in sheet.columns.items()}
    headers: dict[str, Any] = {name: sheet.header[position] for name, position in sheet.columns.items()}
    turned = np.arange(n * len(names)).reshape(len(names), n).T.reshape(-1)
    for field in dict.fromkeys(field for own in places.values() for field in own):
        columns = [places[unit].get(field) for unit in names]
        blank = Coded.all("", n)
        cells[field] = Coded.joined(blank if at is None else sheet.body[:, at] for at in columns)[turned]
        printed = ["" if at is None else sheet.header[at] for at in columns]
        headers[field] = np.tile(np.array(printed, dtype=object), n)
    cells["unit"] = Coded(np.tile(np.arange(len(names)), n), np.array(names, dtype=object))
    headers["unit"] = np.tile(np.array(names, dtype=object), n)
    return Rows(sheet, spread, cells, headers)


def _places(sheet: Sheet) -> dict[str, dict[str, int]]:
    """Unit to field to its column; two columns of one unit and field put the whole sheet aside."""
    found: dict[str, dict[str, int]] = {}
    names: dict[str, str] = {}
    for at, header in sheet.wide.items():
        unit, field = unit_and_field(header)
        own = found.setdefault(names.setdefault(key(unit), unit), {})
        if field in own:
            both = f"{sheet.header[own[field]]}、{sheet.header[at]}"
            sheet.refuse(DOUBLE_FIELD.problem(sheet.file, sheet.name, field=names[key(unit)], value=both))
        own[field] = at
    return found


def _report_others(sheet: Sheet, register: Register) -> None:
    """Columns that are not read: called nearly like a unit is an error, any other that holds numbers may be
    a unit that no sheet lists."""
    used = {*sheet.columns.values(), *sheet.wide}
    for at, name in enumerate(sheet.header):
        if not name or at in used or at in sheet.personal or header_key(name) in headers_of("ignored"):
            continue
        unit = unit_and_field(name)[0]
        close = near(unit, register.units.values()) if unit else {}
        holds_numbers = bool(numbers(sheet.body[:, at]).given.any())
        message = (
            say.UNKNOWN_UNIT if close.get("near_zh") else UNUSED_UNIT if holds_numbers else UNUSED_COLUMN
        )
        words: dict[str, Any] = {"value": unit, **close}
        sheet.problems.append(message.problem(sheet.file, sheet.name, column=name, **words))
