"""Rows of any sheet that reports on items or nodes, to observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.intake.files.coded import Coded, Columns
from analysis.intake.rows.answers import answer_rows
from analysis.intake.rows.case import Case
from analysis.intake.rows.catalog import Catalog, Miss, Query, Target
from analysis.intake.rows.columns import Where, observation_columns
from analysis.intake.rows.forms import complete, unit_rows
from analysis.intake.rows.register import (
    Register,
    Site,
    column,
    combined,
    near,
    resolve_places,
    resolve_sites,
    resolve_units,
)
from analysis.intake.rows.scored import read_values
from analysis.intake.sheets.sheet import Rows, Sheet
from analysis.intake.sheets.values import year
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key, node_keys, question_keys

GIVEN = ("given_scores", "given_scores_wide")
CODES = ("item_code", "question_code")
LABELS = ("item", "question")


@dataclass(frozen=True)
class Context:
    """What rows are resolved against."""

    register: Register
    catalog: Catalog


def observations(sheet: Sheet, context: Context) -> Columns:
    """The observations of a sheet; rows that cannot be used are put aside in the sheet.

    Columns of the table OBSERVATIONS except `row_id`, and `at`, the position of the row in the sheet.
    """
    rows = _rows(sheet, context)
    where = _where(rows, context)
    codes, targets = _targets(rows, where, context)
    _need_places(rows, where, codes, targets)
    case = Case(rows, codes, targets)
    complete(case)
    return observation_columns(case, where, read_values(case))


def _rows(sheet: Sheet, context: Context) -> Rows:
    """One row per thing reported: sheets with a column per question, node, year or unit are turned long."""
    if sheet.kind.method == "questionnaire":
        return answer_rows(sheet, context.catalog.names()[1])
    if sheet.kind.wide == "units":
        return unit_rows(sheet, context.register)
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
    return Where(unit, of_site.where(place == "", place), _components(rows, catalog), codes, sites, site_type)


def _site_types(rows: Rows, catalog: Catalog, codes: np.ndarray, sites: list[Site]) -> Coded:
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
        both = rows.ok & (registered != "") & (found != "")
        differs = both & (found != registered) if both.any() else both
        allowed = registered.mapped(lambda one: catalog.site_type_labels.get(one, one))
        rows.reject(differs, "site_type", say.SITE_TYPE_DIFFERS, allowed=allowed)
        registered = found.where(registered == "", registered)
    if rows.has("site"):
        nowhere = rows.ok & (rows.text("site") == "") & (registered == "")
        rows.reject(nowhere, "site", say.BLANK)
    return registered


def _components(rows: Rows, catalog: Catalog) -> Coded:
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

    asked = question_keys if kind.method == "questionnaire" else lambda label: (label,)
    variants = node_keys if kind.wide == "nodes" else asked

    def find(group: str, component: str, code: str, label: str, site_type: str) -> Target | Miss | None:
        names = tuple(name for name in (code, *variants(label)) if name)
        if not group or not names:
            return None
        return catalog.find(Query(group, component, names, site_type), kind.method, given=kind.id in GIVEN)

    group = where.unit.mapped(lambda unit: context.register.group(unit) if unit else "")
    codes, found = combined([group, where.component, code, label, where.site_type], find)
    _report_misses(rows, named, codes, found, where, context)
    targets = [one for one in found if isinstance(one, Target)]
    position = {id(target): at for at, target in enumerate(targets)}
    table = np.array([position.get(id(one), -1) for one in found], dtype=np.int64)
    return table[codes], targets


def _names(index: dict[str, list[Target]]) -> list[str]:
    """Ids and labels as the framework writes them."""
    named = [one.item or one.node for targets in index.values() for one in targets]
    return [name for one in named for name in (one.id, one.zh)]


def _report_misses(
    rows: Rows, named: str, codes: np.ndarray, found: np.ndarray, where: Where, context: Context
) -> None:
    ok, labels = rows.ok, context.catalog.site_type_labels
    site_type = where.site_type.mapped(lambda one: labels.get(one, one))
    for at, miss in enumerate(found):
        if not isinstance(miss, Miss):
            continue
        mask = ok & (codes == at)
        filled = dict(miss.words)
        if miss.message is say.UNKNOWN_ITEM and mask.any():
            group = context.register.group(where.unit[np.flatnonzero(mask)[0]])
            filled |= near(filled["value"], _names(context.catalog.index(group)))
        rows.reject(mask, named, miss.message, **filled, site_type=site_type)


def _need_places(rows: Rows, where: Where, codes: np.ndarray, targets: list[Target]) -> None:
    for at, target in enumerate(targets):
        if target.part.sub_units:
            mask = rows.ok & (codes == at) & (where.place == "")
            rows.reject(mask, "place", say.PLACE_NEEDED, component=target.part.zh)
