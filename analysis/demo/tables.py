"""A round's draws as the tables that stand in its workbooks, in the words that offices use."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.demo import rules
from analysis.demo.documents import documents, grade_at
from analysis.demo.draws import stream
from analysis.demo.field import Inspection
from analysis.demo.ledger import Followed
from analysis.demo.survey import Asked
from analysis.demo.world import World

_ORIGINS = {"declared": "申报", "random": "随机", "certain": "必查"}
_RESULTS = {"held": "合格", "failed": "不合格", "pending": "待复核"}
_DECISIONS = {"approved": "通过", "rejected": "不通过", "pending": "待定"}
_NOT_APPLICABLE, _MISSING = "不涉及", "无数据"


@dataclass(frozen=True)
class Filled:
    """The rows of one sheet; `extra` are the columns that its layout cannot know (years, questions)."""

    frame: pd.DataFrame
    extra: tuple[str, ...] = field(default=())


def fill(
    world: World, number: int, seen: Inspection, asked: Asked, followed: Followed | None
) -> dict[str, Filled]:
    """Every table of a round by name; the layouts in `workbooks.yml` refer to these names."""
    tables = _register(world) | _field(world, seen) | _documents(world, number) | _asked(world, asked)
    tables |= _adjustments(world, number) | {"costs": _costs(world), "cycle_scores": _earlier(world)}
    if followed is not None:
        tables["rectifications"] = _rectifications(world, followed)
    return {name: table if isinstance(table, Filled) else Filled(table) for name, table in tables.items()}


# Who and where


def _register(world: World) -> dict[str, pd.DataFrame]:
    plans = {unit.name: unit for unit in world.plan.units}
    units = world.units()
    level = np.where(units["unit"].str.endswith("区"), "市辖区", "县")
    titles = ["、".join(plans[unit].titles) or None for unit in units["unit"]]
    places = world.places.assign(level=world.places["place"].str.extract("(街道|镇|村)$")[0])
    return {
        "units": units.assign(parent=world.plan.name.zh, level=level, attribute=titles),
        "places": places,
        "sites": _named(world, world.sites.assign(origin=world.sites["origin"].map(_ORIGINS))),
    }


def _named(world: World, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the site type's label and the office on the spot."""
    office = np.where(rows["kind"] == "village", "村民委员会", "办事处")
    territory = rows["unit"] + rows["place"].str.replace("村$", "", regex=True).where(
        rows["kind"] == "village", rows["place"]
    )
    labels = rules.site_type_labels(world.rulebook)
    return rows.assign(type_label=rows["site_type"].map(labels), territory=territory + office)


# What was seen


def _field(world: World, seen: Inspection) -> dict[str, pd.DataFrame]:
    rows = seen.checks
    rows = rows.assign(
        visit=_visits(rows),
        type_label=rows["site_type"].map(rules.site_type_labels(world.rulebook)),
        component_label=rows["component"].map(_components(world)),
        note=_notes(world, rows),
        cause_label=rows["cause_label"].where(rows["failed"], None),
    )
    deducted, graded = rows["rule"] == "deduction", rows["rule"] == "graded"
    return {
        "field_pass": rows[~deducted & ~graded].assign(result=_results),
        "field_deduction": rows[deducted].assign(deduction=_deductions, flags=_flags, finds=_finds),
        "field_grade": rows[graded].assign(grade=_grades),
    }


def _visits(rows: pd.DataFrame) -> list[str]:
    """`第1次`; where several things are looked at in one visit, with a running number: `第1次-03`."""
    several = zip(rows["visit"], rows["copy"], rows["copies"] > 1, strict=True)
    return [f"第{visit}次-{copy:02d}" if many else f"第{visit}次" for visit, copy, many in several]


def _components(world: World) -> dict[str, str]:
    return {part.id: part.zh for part in world.rulebook.composition.parts}


def _notes(world: World, rows: pd.DataFrame) -> list[str | None]:
    """Typical wording of the cause for a failed check, the same whenever the same check fails."""
    words = world.plan.wording
    causes = zip(rows["failed"], rows["cause"], rows["word"], strict=True)
    options = ((words.get(cause, words["other"]), word) if failed else None for failed, cause, word in causes)
    return [chosen[0][chosen[1] % len(chosen[0])] if chosen else None for chosen in options]


def _results(rows: pd.DataFrame) -> list[str]:
    plain = np.where(rows["failed"], "不符合", "符合")
    plain = np.where(rows["unreadable"], _MISSING, plain)
    return list(np.where(rows["not_applicable"], _NOT_APPLICABLE, plain))


def _deductions(rows: pd.DataFrame) -> list[float | str]:
    points = (rows["finds"] * rows["points"]).round(2)
    return [
        _NOT_APPLICABLE if skip else value for skip, value in zip(rows["not_applicable"], points, strict=True)
    ]


def _finds(rows: pd.DataFrame) -> pd.Series:
    return rows["finds"].where(rows["failed"], None)


def _flags(rows: pd.DataFrame) -> list[str | None]:
    """Only what the rule of the leaf multiplies: found again, fixed on the spot."""
    words = {"found_again": "重复出现", "fixed_on_spot": "当场整改"}
    marks = zip(rows["node"], rows["again"], rows["on_spot"], strict=True)
    found = [
        [
            key
            for key, on in (("found_again", again), ("fixed_on_spot", spot))
            if on and key in node.rule.multipliers
        ]
        for node, again, spot in marks
    ]
    return ["、".join(words[key] for key in keys) or None for keys in found]


def _grades(rows: pd.DataFrame) -> list[str]:
    chances = np.where(rows["failed"], 0.4, 0.98)
    return [
        _NOT_APPLICABLE if skip else grade_at(node.rule.grades, chance, depth)
        for skip, node, chance, depth in zip(
            rows["not_applicable"], rows["node"], chances, rows["depth"], strict=True
        )
    ]


# Documents and answers


def _documents(world: World, number: int) -> dict[str, Filled]:
    year = world.plan.rounds[number].year
    years = tuple(str(year - back) for back in reversed(range(world.plan.documents.years)))
    return {
        name: Filled(_document_rows(world, table), years if name == "indicators" else ())
        for name, table in documents(world, number).items()
    }


def _document_rows(world: World, table: pd.DataFrame) -> pd.DataFrame:
    village = table["place"].str.replace("村$", "村民委员会", regex=True)
    return table.assign(
        component_label=table["component"].map(_components(world)),
        rater=world.plan.documents.rater,
        territory=(table["unit"] + village).where(table["place"] != "", None),
        place=table["place"].where(table["place"] != "", None),
        result=np.where(table["failed"], "不符合", "符合") if "failed" in table else None,
    )


def _asked(world: World, asked: Asked) -> dict[str, Filled]:
    labels = _components(world)
    fixed = {
        "unit",
        "place",
        "cluster",
        "component",
        "stratum",
        "respondent",
        "population",
        "stratum_share",
        "design_weight",
    }
    tables = {
        f"answers {labels[name]}": Filled(
            rows.assign(component_label=labels[name]), tuple(column for column in rows if column not in fixed)
        )
        for name, rows in asked.sheets.items()
    }
    return tables | {"frame": Filled(asked.frame)}


# What is added, taken off, followed up


def _adjustments(world: World, number: int) -> dict[str, pd.DataFrame]:
    plan, settings = world.plan, world.rulebook.settings
    name = plan.rounds[number].id
    fields = settings.bonus.rules
    claims = [
        (claim.unit, fields[claim.rule].zh, fields[claim.rule].points, _DECISIONS[claim.decision], claim.note)
        for claim in plan.claims.get(name, ())
        if claim.rule < len(fields)
    ]
    entries = {kind: [e for e in settings.negative_list if e.kind == kind] for kind in ("penalty", "veto")}
    events = [
        (event.unit, entries[event.kind][event.entry].zh, entries[event.kind][event.entry].points,
         plan.rounds[number].first_day, event.note)
        for event in plan.events.get(name, ())
        if event.entry < len(entries[event.kind])
    ]  # fmt: skip
    return {
        "bonus_claims": pd.DataFrame(claims, columns=["unit", "rule", "points", "decision", "note"]),
        "negative_events": pd.DataFrame(events, columns=["unit", "rule", "points", "date", "note"]),
    }


def _rectifications(world: World, followed: Followed) -> pd.DataFrame:
    table = _named(world, followed.table)
    return table.assign(
        note=_notes(world, table),
        recheck=table["result"].map(_RESULTS),
        finder=world.plan.ledger.finder,
    )


def _costs(world: World) -> pd.DataFrame:
    labels = rules.groups_of_causes(world.rulebook)
    rows = [(labels[group], cost) for group, cost in world.plan.costs.items() if group in labels]
    return pd.DataFrame(rows, columns=["cause_label", "cost"])


def _earlier(world: World) -> pd.DataFrame:
    """Official scores of the years before the first round, the same in every round."""
    rng = stream(world.seed, "units", 1)
    rows = [
        (unit.name, year, round(mean + slope * unit.quality + rng.normal(0.0, noise), 2))
        for year, (mean, slope, noise) in world.plan.earlier.items()
        for unit in world.plan.units
    ]
    return pd.DataFrame(rows, columns=["unit", "year", "total"])
