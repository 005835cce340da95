"""Rows of any sheet that reports on items or nodes, to observations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.intake import row_messages as say
from analysis.intake.case import Case, Reading
from analysis.intake.catalog import Catalog, Miss, Query, Target
from analysis.intake.kinds import key, node_keys, question_keys, spellings
from analysis.intake.register import (
    NOWHERE,
    Register,
    Site,
    column,
    combined,
    near,
    resolve_places,
    resolve_sites,
    resolve_units,
)
from analysis.intake.scored import read_values
from analysis.intake.sheet import Rows, Sheet
from analysis.intake.values import coded, year
from analysis.tables import ROLES

if TYPE_CHECKING:
    import pandas as pd

GIVEN = ("given_scores", "given_scores_wide")
CODES = ("item_code", "question_code")
LABELS = ("item", "question")


@dataclass(frozen=True)
class Context:
    """What rows are resolved against."""

    register: Register
    catalog: Catalog


@dataclass(frozen=True)
class Where:
    """Unit, place, component and site of every row."""

    unit: np.ndarray
    place: np.ndarray
    component: np.ndarray
    site_codes: np.ndarray
    sites: list[Site]
    site_type: np.ndarray

    def of_site(self, name: str) -> np.ndarray:
        return column(self.site_codes, [getattr(site, name) for site in self.sites])


def observations(sheet: Sheet, context: Context) -> pd.DataFrame:
    """The observations of a sheet; rows that cannot be used are put aside in the sheet.

    Columns of the table OBSERVATIONS except `row_id`, and `at`, the position of the row in the sheet.
    """
    rows = _rows(sheet)
    where = _where(rows, context)
    codes, targets = _targets(rows, where, context)
    _need_places(rows, where, codes, targets)
    case = Case(rows, codes, targets)
    return _frame(case, where, read_values(case))


def _rows(sheet: Sheet) -> Rows:
    """One row per thing reported: sheets with a column per question, node or year are turned long."""
    if sheet.kind.wide == "questions":
        return sheet.melted("question", "answer")
    if sheet.kind.wide == "nodes":
        return sheet.melted("item", "score")
    if sheet.kind.wide == "years":
        rows = sheet.melted("year", "value")
        rows.cells["year"] = rows.mapped("year", year)
        return rows
    rows = sheet.rows()
    if rows.has("year"):
        years = rows.mapped("year", year)
        rows.reject(rows.ok & (years == ""), "year", say.NOT_A_YEAR)
        rows.cells["year"] = years
    return rows


def _where(rows: Rows, context: Context) -> Where:
    register, catalog = context.register, context.catalog
    unit = resolve_units(rows, register)
    codes, sites = resolve_sites(rows, register, unit)
    if rows.has("respondent"):
        rows.required("respondent")
    site_type = _site_types(rows, catalog, codes, sites)
    place = resolve_places(rows, register, unit)
    of_site = column(codes, [site.place for site in sites]) if sites else place
    return Where(
        unit, np.where(place == "", of_site, place), _components(rows, catalog), codes, sites, site_type
    )


def _site_types(rows: Rows, catalog: Catalog, codes: np.ndarray, sites: list[Site]) -> np.ndarray:
    """Site type id of every row: of the register, else as written; the two must not contradict."""
    printed = rows.text("site_type")
    registered = column(codes, [site.site_type for site in sites]) if sites else printed
    if rows.has("site_type"):
        found = rows.mapped("site_type", lambda cell: catalog.site_types.get(key(cell), ""))
        unknown = rows.ok & (found == "") & (printed != "")
        labels = "、".join(catalog.site_type_labels.values())
        rows.reject(
            unknown,
            "site_type",
            say.UNKNOWN_SITE_TYPE,
            near_zh=f"允许：{labels}。",
            near_en=f" Allowed: {labels}.",
        )
        differs = rows.ok & (registered != "") & (found != "") & (found != registered)
        allowed = np.array([catalog.site_type_labels.get(one, one) for one in registered], dtype=object)
        rows.reject(differs, "site_type", say.SITE_TYPE_DIFFERS, allowed=allowed)
        registered = np.where(registered == "", found, registered)
    if rows.has("site"):
        nowhere = rows.ok & (rows.text("site") == "") & (registered == "")
        rows.reject(nowhere, "site", say.BLANK)
    return registered


def _components(rows: Rows, catalog: Catalog) -> np.ndarray:
    """Component id of every row, '' where the row does not say."""
    printed = rows.text("component")
    if not rows.has("component"):
        return printed
    found = rows.mapped(
        "component", lambda cell: catalog.parts[key(cell)].id if key(cell) in catalog.parts else ""
    )
    allowed = "、".join(part.zh for part in catalog.rulebook.composition.parts)
    rows.reject(
        rows.ok & (found == "") & (printed != ""), "component", say.UNKNOWN_COMPONENT, allowed=allowed
    )
    return found


def _targets(rows: Rows, where: Where, context: Context) -> tuple[np.ndarray, list[Target]]:
    """What every row reports on, as codes into a list (-1: none); rows without a target are put aside."""
    catalog, kind = context.catalog, rows.sheet.kind
    code_field = next((name for name in CODES if rows.has(name)), "")
    label_field = next((name for name in LABELS if rows.has(name)), "")
    named = code_field or label_field
    code, label = (rows.text(name) if name else rows.text("item") for name in (code_field, label_field))
    blank = rows.ok & (code == "") & (label == "")
    rows.reject(blank, named, say.BLANK)
    if not len(rows):
        return np.zeros(0, dtype=np.int64), []

    variants = {"nodes": node_keys, "questions": question_keys}.get(kind.wide, lambda label: (label,))

    def find(unit: str, component: str, code: str, label: str, site_type: str) -> Target | Miss | None:
        names = tuple(name for name in (code, *variants(label)) if name)
        if not unit or not names:
            return None
        query = Query(context.register.group(unit), component, names, site_type)
        return catalog.find(query, kind.method, given=kind.id in GIVEN)

    codes, found = combined([where.unit, where.component, code, label, where.site_type], find)
    _report_misses(rows, named, codes, found, where, context)
    targets = [one for one in found if isinstance(one, Target)]
    position = {id(target): at for at, target in enumerate(targets)}
    table = np.array([position.get(id(one), -1) for one in found], dtype=np.int64)
    return table[codes], targets


def _report_misses(
    rows: Rows, named: str, codes: np.ndarray, found: list, where: Where, context: Context
) -> None:
    ok = rows.ok
    for at, miss in enumerate(found):
        if not isinstance(miss, Miss):
            continue
        mask = ok & (codes == at)
        filled = dict(miss.words)
        if miss.message is say.UNKNOWN_ITEM and mask.any():
            group = context.register.group(where.unit[np.flatnonzero(mask)[0]])
            filled |= near(filled["value"], context.catalog.index(group))
        labels = context.catalog.site_type_labels
        site_type = np.array([labels.get(one, one) for one in where.site_type], dtype=object)
        rows.reject(mask, named, miss.message, **filled, site_type=site_type)


def _need_places(rows: Rows, where: Where, codes: np.ndarray, targets: list[Target]) -> None:
    for at, target in enumerate(targets):
        if target.part.sub_units:
            mask = rows.ok & (codes == at) & (where.place == "")
            rows.reject(mask, "place", say.PLACE_NEEDED, component=target.part.zh)


def _frame(case: Case, where: Where, reading: Reading) -> pd.DataFrame:
    import pandas as pd

    rows, everywhere = case.rows, np.arange(len(case.rows))
    dates = rows.dates("date")
    columns = {
        "unit": where.unit,
        "place": where.place,
        "component": _of_target(case, everywhere, lambda target: target.part.id),
        "leaf": _of_target(case, everywhere, lambda target: target.leaf),
        "item": _of_target(case, everywhere, lambda target: target.item_id),
        "site_type": where.site_type,
        "site": where.of_site("name") if where.sites else rows.text("site"),
        "value": reading.value,
        "answer": reading.answer,
        "status": reading.status,
        "count": reading.count,
        "share": _shares(case),
        "visit": _visits(rows, dates.value),
        "flags": reading.flags,
        "period": reading.period,
        "assessor": rows.text("rater" if rows.has("rater") else "assessor"),
        "respondent": rows.text("respondent"),
        "stratum": rows.text("channel" if rows.has("channel") else "stratum"),
        "cluster": rows.text("cluster"),
        "design_weight": _plain(case, "design_weight", 1.0),
        "origin": _origins(rows, where),
        "date": dates.value,
        "pictures": _plain(case, "pictures", np.nan),
        "participants": _plain(case, "participants", np.nan),
        **{name: rows.text(name) for name in ("organiser", "cause", "note", "picture")},
        **_duties(rows, where),
        "source_row": rows.sheet.numbers[rows.at] if len(rows) else np.zeros(0, dtype=np.int64),
        "at": rows.at,
        "sampled": _of_target(case, everywhere, lambda target: target.sampled),
        "findings": _of_target(case, everywhere, lambda target: target.rule in FINDINGS),
    }
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()})


FINDINGS = ("deduction", "start_adjust", "counted_evidence")
"""Rules under which several rows may report on one item at one place: they differ in what they describe."""


def _of_target(case: Case, at: np.ndarray, read: object) -> np.ndarray:
    table = [*(read(target) for target in case.targets), ""]  # type: ignore[operator]
    return column(case.codes, table)


def _shares(case: Case) -> np.ndarray:
    if "share" not in case.numbers:
        return np.ones(len(case.rows))
    numbers = case.numbers["share"]
    value = np.where(numbers.percent, numbers.value / 100, numbers.value)
    outside = case.rows.ok & numbers.given & ((value < 0) | (value > 1))
    case.rows.reject(outside, "share", say.OUT_OF_RANGE, low="0", high="1", what="分担比例")
    return np.where(numbers.given, value, 1.0)


def _visits(rows: Rows, dates: np.ndarray) -> np.ndarray:
    """What tells visits of a site apart: the column, else the date."""
    visit = rows.text("visit")
    if rows.has("visit") or not rows.has("date") or rows.sheet.kind.id != "field":
        return visit
    days = np.datetime_as_string(dates, unit="D").astype(object)
    return np.where(np.isnat(dates), "", days)


def _plain(case: Case, name: str, default: float) -> np.ndarray:
    """A column of numbers of 0 and above; `default` where none is given."""
    if not case.rows.has(name):
        return np.full(len(case.rows), default)
    numbers = case.numbers.get(name) or case.rows.numbers(name)
    negative = case.rows.ok & numbers.given & (numbers.value < 0)
    case.rows.reject(negative, name, say.OUT_OF_RANGE, low="0", high="…", what=name)
    return np.where(numbers.given, numbers.value, default)


def _origins(rows: Rows, where: Where) -> np.ndarray:
    registered = where.of_site("origin") if where.sites else rows.text("origin")
    if not rows.has("origin"):
        return registered
    found = origin_codes(rows)
    return np.where(found == "", registered, found)


def origin_codes(rows: Rows) -> np.ndarray:
    """The column of origins as codes; unknown words are put aside."""
    found = rows.mapped("origin", lambda cell: coded(cell, "origin"))
    unknown = rows.ok & np.array([one is None for one in found], dtype=bool)
    allowed = "、".join(spellings("origin"))
    rows.reject(unknown, "origin", say.NOT_ALLOWED, allowed=allowed)
    return np.where(unknown, "", found)


def _duties(rows: Rows, where: Where) -> dict[str, np.ndarray]:
    """Responsible units by role: of the row, else of the site register."""
    duties = {}
    for position, role in enumerate(ROLES):
        registered = column(where.site_codes, [(site or NOWHERE).duties[position] for site in where.sites])
        own = rows.text(role)
        duties[role] = np.where(own == "", registered, own) if len(rows) else own
    return duties
