"""Sheets that are tables of their own: units, places, sites, claims, events, ledgers, scores, costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from analysis.framework.model import BonusRule, NegativeEntry
from analysis.intake.files.coded import Coded, Columns, objects
from analysis.intake.rows.catalog import Catalog
from analysis.intake.rows.columns import origin_codes
from analysis.intake.rows.observe import CODES, LABELS
from analysis.intake.rows.register import Register, Site, resolve_units
from analysis.intake.sheets.sheet import Rows, Sheet
from analysis.intake.sheets.values import BLANK, Numbers, clean, coded, tokens
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key, spellings
from analysis.intake.words.messages import Message
from analysis.tables import ROLES


def frame(rows: Rows, columns: Columns) -> Columns:
    """The columns, with the place in the workbook and the position in the sheet."""
    return {**columns, "source_row": rows.sheet.numbers[rows.at], "at": rows.at}


def units(sheet: Sheet, register: Register, catalog: Catalog | None) -> dict[str, Columns]:
    """Units with group, and one row per title held; the units become known to `register`."""
    rows = sheet.rows()
    name = rows.required("unit")
    group = rows.text("group").mapped(lambda one: one or "default")
    if catalog is not None:
        lacking = ~group.table(catalog.has_framework)
        rows.reject(rows.ok & lacking, "group", say.UNKNOWN_GROUP, allowed="、".join(catalog.groups))
    population = not_negative(rows, "population")
    register.units.update({key(one): one for one in name[rows.ok]})
    register.groups.update(dict(zip(name[rows.ok], group[rows.ok], strict=True)))
    columns = {"unit": name, "group": group, "parent": rows.text("parent"), "level": rows.text("level")}
    found = {"units": frame(rows, {**columns, "population": population.value})}
    if rows.has("attribute"):
        found["attributes"] = _titles(rows, name)
    return found


def _titles(rows: Rows, unit: Coded) -> Columns:
    """One row per unit and title."""
    held = rows.mapped("attribute", tokens)
    spread = np.repeat(np.arange(len(rows)), held.table(len, np.int64))
    titles = objects(title for several in held for title in several)
    table = frame(rows, {"unit": unit})
    return {**{name: one[spread] for name, one in table.items()}, "attribute": Coded.of(titles)}


def attributes(sheet: Sheet, register: Register) -> Columns:
    """One row per unit and title held."""
    rows = sheet.rows()
    unit = resolve_units(rows, register)
    rows.required("attribute")
    return _titles(rows, unit)


def places(sheet: Sheet, register: Register) -> Columns:
    """Places of units (streets, villages); they become known to `register`."""
    rows = sheet.rows()
    unit, place = resolve_units(rows, register), rows.required("place")
    for owner, name in zip(unit[rows.ok], place[rows.ok], strict=True):
        register.add_place(owner, name)
    columns = {"unit": unit, "place": place, "level": rows.text("level")}
    return frame(rows, {**columns, "population": not_negative(rows, "population").value})


def sites(sheet: Sheet, register: Register, catalog: Catalog | None) -> Columns:
    """The site register; sites and their places become known to `register`."""
    rows = sheet.rows()
    unit, name = resolve_units(rows, register), rows.required("site")
    kind = _site_types(rows, catalog)
    place = rows.text("place")
    origin = origin_codes(rows) if rows.has("origin") else rows.text("origin")
    duties = {role: rows.text(role) for role in ROLES}
    for at in np.flatnonzero(rows.ok):
        owed = tuple(str(duties[role][at]) for role in ROLES)
        entry = Site(name[at], kind[at], place[at], origin[at], owed)
        register.sites.setdefault((unit[at], key(name[at])), entry)
        register.add_place(unit[at], place[at])
    return frame(
        rows, {"unit": unit, "site": name, "site_type": kind, "place": place, "origin": origin, **duties}
    )


def _site_types(rows: Rows, catalog: Catalog | None) -> Coded:
    printed = rows.required("site_type")
    if catalog is None:
        return printed
    found = rows.mapped("site_type", lambda cell: catalog.site_types.get(key(cell), ""))
    unknown = rows.ok & (found == "")
    labels = "、".join(catalog.site_type_labels.values())
    close = {"near_zh": f"允许：{labels}。", "near_en": f" Allowed: {labels}."}
    rows.reject(unknown, "site_type", say.UNKNOWN_SITE_TYPE, **close)
    return found


def not_negative(rows: Rows, name: str, *, needed: bool = False) -> Numbers:
    """A column of numbers of 0 and above; blank cells are put aside where a number is `needed`."""
    found = rows.numbers(name)
    rows.reject(
        rows.ok & (found.value < 0),
        name,
        say.OUT_OF_RANGE,
        low="0",
        high="…",
        what=rows.headers.get(name, ""),
    )
    if needed:
        rows.reject(rows.ok & ~found.given, name, say.BLANK)
    return found


def frame_rows(sheet: Sheet, register: Register) -> Columns:
    """Survey frame: size of every stratum and category."""
    rows = sheet.rows()
    unit, stratum = resolve_units(rows, register), rows.required("stratum")
    size = not_negative(rows, "total_population", needed=True)
    return frame(
        rows, {"unit": unit, "stratum": stratum, "category": rows.text("category"), "population": size.value}
    )


def bonus_claims(sheet: Sheet, register: Register, catalog: Catalog) -> Columns:
    """Bonus claims with the id of their rule; a claim without decision is pending."""
    rows = sheet.rows()
    unit = resolve_units(rows, register)
    rules = catalog.rulebook.settings.bonus.rules
    rule = _rules(rows, rules)
    points = not_negative(rows, "points")
    _cap(rows, points, rule, rules)
    decision = codes(rows, "decision")
    status = decision.mapped(lambda one: one or "pending")
    return frame(
        rows,
        {"unit": unit, "rule": rule, "points": points.value, "status": status, "note": rows.text("note")},
    )


def _cap(rows: Rows, points: Numbers, rule: Coded, rules: Sequence[BonusRule]) -> None:
    caps, labels = {one.id: one.cap for one in rules}, {one.id: one.zh for one in rules}
    most = rule.table(lambda one: caps.get(one) or np.inf, float)
    over = rows.ok & (points.value > most + 1e-9)
    high = np.array([f"{one:g}" for one in most], dtype=object)
    what = rule.mapped(lambda one: labels.get(one, one))
    rows.reject(over, "points", say.OUT_OF_RANGE, low="0", high=high, what=what)


def negative_events(sheet: Sheet, register: Register, catalog: Catalog) -> Columns:
    """Negative events with the id of their entry of the negative list."""
    rows = sheet.rows()
    unit = resolve_units(rows, register)
    rule = _rules(rows, catalog.rulebook.settings.negative_list)
    columns = {"unit": unit, "rule": rule, "points": not_negative(rows, "points").value}
    return frame(rows, {**columns, "date": rows.dates("date").value, "note": rows.text("note")})


def _rules(rows: Rows, rules: Iterable[BonusRule | NegativeEntry]) -> Coded:
    """The id of the rule each row names by id or label."""
    known = {key(name): one.id for one in rules for name in (one.zh, one.en, one.id)}
    printed = rows.required("rule")
    found = rows.mapped("rule", lambda cell: known.get(key(clean(cell)), ""))
    allowed = "、".join(one.zh for one in rules) or "（无）"
    rows.reject(rows.ok & (found == "") & (printed != ""), "rule", say.NOT_ALLOWED, allowed=allowed)
    return found


def codes(rows: Rows, name: str, vocabulary: str = "") -> Coded:
    """A column of words as their codes ('' where blank); unknown words are put aside."""
    if not rows.has(name):
        return rows.text(name)
    group = vocabulary or name
    found = rows.mapped(name, lambda cell: coded(cell, group))
    allowed = "、".join(spellings(group))
    rows.reject(rows.ok & (found == None), name, say.NOT_ALLOWED, allowed=allowed)  # noqa: E711
    return found.mapped(lambda one: one or "")


def rectifications(sheet: Sheet, register: Register, catalog: Catalog | None) -> Columns:
    """The rectification ledger; item ids where the framework knows the item, else the words of the sheet."""
    rows = sheet.rows()
    unit = resolve_units(rows, register)
    known = _known_sites(register)
    site = rows.text("site")
    printed = np.array(
        [known.get((owner, key(one)), one) for owner, one in zip(unit, site, strict=True)], dtype=object
    )
    dates = {
        name: rows.dates(name).value for name in ("found", "assigned", "due", "fixed", "rechecked", "closed")
    }
    return frame(
        rows,
        {
            "unit": unit,
            "site": printed if len(printed) else site,
            "item": _items(rows, catalog),
            "note": rows.required("note"),
            "responsible_unit": rows.text("territory"),
            **dates,
            "result": codes(rows, "recheck"),
            "finder": rows.text("finder"),
        },
    )


def _known_sites(register: Register) -> dict[tuple[str, str], str]:
    return {place: site.name for place, site in register.sites.items()}


def _items(rows: Rows, catalog: Catalog | None) -> Coded:
    name = next((one for one in (*CODES, *LABELS) if rows.has(one)), "item")
    if catalog is None or not rows.has(name):
        return rows.text(name)
    index = catalog.index("default" if catalog.has_framework("default") else catalog.groups[0])

    def convert(cell: Any) -> str:
        ids = {one.item_id or one.leaf for one in index.get(key(clean(cell)), [])}
        return ids.pop() if len(ids) == 1 else clean(cell)

    return rows.mapped(name, convert)


def cycle_scores(sheet: Sheet, register: Register) -> Columns:
    """Composite of every unit in earlier years or periods, in points."""
    rows = sheet.rows()
    unit, period = resolve_units(rows, register), rows.required("year")
    trimmed = period.mapped(lambda one: one.removesuffix("年度").removesuffix("年"))
    return frame(
        rows, {"unit": unit, "period": trimmed, "composite": not_negative(rows, "total", needed=True).value}
    )


def costs(sheet: Sheet, catalog: Catalog | None) -> Columns:
    """Cost of one fix per cause, site type or responsible unit (the first of these columns that is there)."""
    rows = sheet.rows()
    cost = not_negative(rows, "cost", needed=True).value
    if rows.has("cost_by"):
        rows.required("cost_by")
        by, name = codes(rows, "cost_by"), rows.required("cost_name")
        return frame(rows, {"by": by, "name": name, "cost": cost})
    field = next(one for one in ("cause", "site_type", "territory") if rows.has(one))
    name = _site_types(rows, catalog) if field == "site_type" else rows.required(field)
    by = Coded.all("responsible_unit" if field == "territory" else field, len(rows))
    return frame(rows, {"by": by, "name": name, "cost": cost})


def reject_states(
    rows: Rows, name: str, read: Callable[[Any], tuple[float, int]], message: Message
) -> np.ndarray:
    """A column read cell by cell as numbers; what cannot be read is put aside, blanks are NaN."""
    pairs = rows.mapped(name, read)
    value, state = pairs.table(itemgetter(0), float), pairs.table(itemgetter(1), np.int64)
    rows.reject(rows.ok & (state > BLANK), name, message)
    return value
