"""The columns of the observations, from rows that were resolved and read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.intake.files.coded import Coded, Columns
from analysis.intake.rows.case import Case, Reading
from analysis.intake.rows.catalog import Target
from analysis.intake.rows.register import NOWHERE, Site, column
from analysis.intake.sheets.sheet import Rows
from analysis.intake.sheets.values import coded, date
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import spellings
from analysis.tables import ROLES

FINDINGS = ("deduction", "start_adjust", "counted_evidence")
"""Rules under which several rows may report on one item at one place: they differ in what they describe."""


@dataclass(frozen=True)
class Where:
    """Unit, place, component and site of every row."""

    unit: Coded
    place: Coded
    component: Coded
    site_codes: np.ndarray
    sites: list[Site]
    site_type: Coded

    def of_site(self, name: str) -> Coded:
        return column(self.site_codes, [getattr(site, name) for site in self.sites])


def observation_columns(case: Case, where: Where, reading: Reading) -> Columns:
    """The rows as observations, without `row_id`; `at` is their position in the sheet."""
    return {
        **_identity(case, where),
        **_sample(case),
        "value": reading.value,
        "answer": reading.answer,
        "status": reading.status,
        "count": reading.count,
        "flags": reading.flags,
        "period": reading.period,
        "share": _shares(case),
        "origin": _origins(case.rows, where),
        **_evidence(case),
        **_duties(case.rows, where),
        "source_row": case.rows.sheet.numbers[case.rows.at],
        "at": case.rows.at,
    }


def _identity(case: Case, where: Where) -> dict[str, Any]:
    """Who, where, on what, and how equal rows are to be taken."""
    return {
        "unit": where.unit,
        "place": where.place,
        "component": _of_target(case, lambda target: target.part.id),
        "leaf": _of_target(case, lambda target: target.leaf),
        "item": _of_target(case, lambda target: target.item_id),
        "site_type": where.site_type,
        "site": where.of_site("name") if where.sites else case.rows.text("site"),
        "sampled": _of_target(case, lambda target: target.sampled) == True,  # noqa: E712 - elementwise
        "findings": _of_target(case, lambda target: target.rule in FINDINGS) == True,  # noqa: E712
    }


def _sample(case: Case) -> dict[str, Any]:
    """Assessor, or respondent with stratum, cluster and weight."""
    rows = case.rows
    return {
        "assessor": rows.text("rater" if rows.has("rater") else "assessor"),
        "respondent": rows.text("respondent"),
        "stratum": rows.text("channel" if rows.has("channel") else "stratum"),
        "cluster": rows.text("cluster"),
        "design_weight": _plain(case, "design_weight", 1.0),
    }


def _evidence(case: Case) -> dict[str, Any]:
    """When, and what was found or shown."""
    rows = case.rows
    return {
        "visit": _visits(rows),
        "date": rows.dates("date").value,
        "pictures": _plain(case, "pictures", np.nan),
        "participants": _plain(case, "participants", np.nan),
        **{name: rows.text(name) for name in ("organiser", "cause", "note", "picture")},
    }


def _of_target(case: Case, read: Callable[[Target], Any]) -> Coded:
    return column(case.codes, [*(read(target) for target in case.targets), ""]).distinct()


def _shares(case: Case) -> np.ndarray:
    if "share" not in case.numbers:
        return np.ones(len(case.rows))
    numbers = case.numbers["share"]
    value = np.where(numbers.percent, numbers.value / 100, numbers.value)
    outside = case.rows.ok & numbers.given & ((value < 0) | (value > 1))
    case.rows.reject(outside, "share", say.OUT_OF_RANGE, low="0", high="1", what="分担比例")
    return np.where(numbers.given, value, 1.0)


def _visits(rows: Rows) -> Coded:
    """What tells visits of a site apart: the column, else the date."""
    visit = rows.text("visit")
    if rows.has("visit") or not rows.has("date") or rows.sheet.kind.id != "field":
        return visit
    return rows.mapped("date", _day)


def _day(cell: Any) -> str:
    found = date(cell)
    return found.isoformat() if isinstance(found, dt.date) else ""


def _plain(case: Case, name: str, default: float) -> np.ndarray:
    """A column of numbers of 0 and above; `default` where none is given."""
    if not case.rows.has(name):
        return np.full(len(case.rows), default)
    numbers = case.numbers.get(name) or case.rows.numbers(name)
    negative = case.rows.ok & numbers.given & (numbers.value < 0)
    case.rows.reject(negative, name, say.OUT_OF_RANGE, low="0", high="…", what=case.rows.headers[name])
    return np.where(numbers.given, numbers.value, default)


def _origins(rows: Rows, where: Where) -> Coded:
    registered = where.of_site("origin") if where.sites else rows.text("origin")
    if not rows.has("origin"):
        return registered
    found = origin_codes(rows)
    return registered.where(found == "", found)


def origin_codes(rows: Rows) -> Coded:
    """The column of origins as codes; unknown words are put aside."""
    found = rows.mapped("origin", lambda cell: coded(cell, "origin"))
    allowed = "、".join(spellings("origin"))
    rows.reject(rows.ok & (found == None), "origin", say.NOT_ALLOWED, allowed=allowed)  # noqa: E711
    return found.mapped(lambda one: one or "")


def _duties(rows: Rows, where: Where) -> dict[str, Coded]:
    """Responsible units by role: of the row, else of the site register."""
    duties = {}
    for position, role in enumerate(ROLES):
        registered = column(where.site_codes, [(site or NOWHERE).duties[position] for site in where.sites])
        own = rows.text(role)
        duties[role] = registered.where(own == "", own) if len(rows) else own
    return duties
