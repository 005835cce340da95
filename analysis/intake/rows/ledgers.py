"""Ledgers of the work before a test: who was on duty at a site, what evidence is to be handed in when."""

from __future__ import annotations

import numpy as np

from analysis.intake.files.coded import Coded, Columns
from analysis.intake.rows.catalog import Catalog, Target
from analysis.intake.rows.plain import codes, frame, not_negative
from analysis.intake.rows.register import Register, near, resolve_sites, resolve_units
from analysis.intake.sheets.sheet import Rows, Sheet
from analysis.intake.sheets.values import period
from analysis.intake.words import desk_messages as desk
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key

_PARTS = ("component", "leaf", "item")
_EVIDENCE = "counted_evidence"
_CLOSE = 0.7


def duty_log(sheet: Sheet, register: Register, catalog: Catalog | None) -> Columns:
    """One row per site, day and shift (table DUTY_LOG); who was on duty is not read."""
    rows = sheet.rows()
    unit = resolve_units(rows, register)
    rows.required("site")
    at, sites = resolve_sites(rows, register, unit)
    names = np.array([site.name for site in sites], dtype=object)
    date = rows.dates("duty_date").value
    rows.reject(rows.ok & np.isnat(date), "duty_date", say.BLANK)
    columns = {
        "unit": unit,
        "site": names[at] if len(rows) else rows.text("site"),
        "date": date,
        "shift": rows.text("shift"),
        "on_duty": codes(rows, "on_duty"),
        "note": rows.text("note"),
        "handled": rows.text("handled"),
        "place": rows.text("place"),
        "responsible_unit": rows.text("territory"),
    }
    return frame(rows, columns)


def evidence_due(sheet: Sheet, register: Register, catalog: Catalog | None) -> Columns:
    """One row per piece of evidence asked for (table EVIDENCE_DUE), with the leaf if the rules have it."""
    rows = sheet.rows()
    unit = _units(rows, register)
    name = "item_code" if rows.has("item_code") else "item"
    printed = rows.required(name)
    material = rows.text("item")
    due = rows.dates("deadline").value
    rows.reject(rows.ok & np.isnat(due), "deadline", say.BLANK)
    known = _known(rows, name, catalog)
    columns = {
        "unit": unit,
        "responsible_unit": rows.text("submitter"),
        **{part: np.array([one[at] for one in known], dtype=object) for at, part in enumerate(_PARTS)},
        "material": printed.where(material == "", material),
        "period": _periods(rows),
        "due": due,
        **{part: not_negative(rows, part).value for part in ("times", "pictures", "participants")},
        "submitted": codes(rows, "submitted"),
        "note": rows.text("note"),
    }
    return frame(rows, columns)


def _units(rows: Rows, register: Register) -> Coded:
    """The unit of every row; a list without units, or a blank cell, asks all of them."""
    printed = rows.text("unit")
    if not rows.has("unit") or not len(rows):
        return printed
    given = np.flatnonzero(printed != "")
    part = Rows(
        rows.sheet, rows.at[given], {"unit": rows.cells["unit"][given]}, {"unit": rows.headers["unit"]}
    )
    return printed.put(given, resolve_units(part, register))


def _periods(rows: Rows) -> Coded:
    if not rows.has("period"):
        return rows.text("period")
    return rows.mapped("period", period)


def _known(rows: Rows, name: str, catalog: Catalog | None) -> list[tuple[str, ...]]:
    """Component, leaf and item of every row; blanks where the rules do not know it, or several."""
    nothing: tuple[str, ...] = ("", "", "")
    if catalog is None:
        return [nothing] * len(rows)
    groups = [group for group in ("default", *catalog.groups) if catalog.has_framework(group)]
    indexes = [catalog.index(group) for group in groups]

    def find(text: str, part: str) -> tuple[str, ...]:
        hits = [one for index in indexes for one in index.get(key(text), []) if one.node.rule is not None]
        hits = [one for one in hits if part in ("", one.part.id, one.part.zh, one.part.en)]
        leaves = {(one.part.id, one.leaf) for one in hits}
        items = {one.item_id for one in hits if one.item_id}
        if len(leaves) != 1:
            return nothing
        return (*leaves.pop(), items.pop() if len(items) == 1 else "")

    found = [find(text, part) for text, part in zip(rows.text(name), rows.text("component"), strict=True)]
    _note_near(rows, name, [not leaf for _, leaf, _ in found], indexes)
    return found


def _note_near(rows: Rows, name: str, unknown: list[bool], indexes: list[dict[str, list[Target]]]) -> None:
    """A notice for materials that the rules lack but that are called nearly like evidence they have."""
    asked = {
        one.label for index in indexes for hits in index.values() for one in hits if one.rule == _EVIDENCE
    }
    for at, text in enumerate(rows.text(name)):
        close = near(text, asked, _CLOSE) if unknown[at] and rows.ok[at] else {}
        if close.get("near_zh"):
            sheet, row = rows.sheet, int(rows.sheet.numbers[rows.at[at]])
            column = str(rows.headers[name])
            sheet.problems.append(
                desk.OTHER_MATERIAL.problem(sheet.file, sheet.name, row, column, value=text, **close)
            )


LEDGERS = {"duty_log": duty_log, "evidence_due": evidence_due}
"""Reader by kind of sheet."""
