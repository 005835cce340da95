"""What lasts from round to round: places, the register of sites, assessors, and what hides in the checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.demo import rules
from analysis.demo.config import Prefecture, SitePlan, UnitPlan
from analysis.demo.draws import Array, happens, stream
from analysis.framework.model import Rulebook


@dataclass(frozen=True)
class World:
    """The prefecture before anybody looks at it.

    `places`: unit, place, kind (street, village). `clusters`: unit, place, cluster.
    `sites`: the register, with `effect` (log-odds of passing). `assessors`: assessor, severity.
    `needs`: the framework's leaves and items. `slots`: every check of every registered site, with
    `odds` (log-odds that there is a problem in an average unit) and `copies` (rows it fills on a form: where
    a share is wanted, as of lamps that are lit, several are looked at).
    """

    plan: Prefecture
    rulebook: Rulebook
    seed: int
    needs: pd.DataFrame
    places: pd.DataFrame
    clusters: pd.DataFrame
    sites: pd.DataFrame
    assessors: pd.DataFrame
    slots: pd.DataFrame

    def units(self) -> pd.DataFrame:
        """unit, group and population of every unit."""
        rows = [(unit.name, unit.group, unit.population) for unit in self.plan.units]
        return pd.DataFrame(rows, columns=["unit", "group", "population"])


def build(plan: Prefecture, rulebook: Rulebook, seed: int) -> World:
    """The world of a seed."""
    groups = list(dict.fromkeys(unit.group for unit in plan.units))
    needs = rules.requirements(rulebook, groups)
    places, clusters = _places(plan, stream(seed, "places"))
    sites = _register(plan, rulebook, needs, places, stream(seed, "register"))
    slots = _slots(plan, needs, sites, stream(seed, "register", 1))
    return World(plan, rulebook, seed, needs, places, clusters, sites, _assessors(plan, seed), slots)


def _stems(plan: Prefecture, rng: np.random.Generator) -> list[str]:
    words = [a + b for a in plan.places.first for b in plan.places.second]
    return [words[index] for index in rng.permutation(len(words))]


def _places(plan: Prefecture, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    words = iter(_stems(plan, rng))
    sizes = plan.places
    places: list[tuple[str, str, str]] = []
    clusters: list[tuple[str, str, str]] = []
    for unit in plan.units:
        town = "街道" if unit.name.endswith("区") else "镇"
        streets = [next(words) + town for _ in range(sizes.streets)]
        places += [(unit.name, street, "street") for street in streets]
        places += [(unit.name, next(words) + "村", "village") for _ in range(sizes.villages)]
        clusters += [(unit.name, s, next(words) + "社区") for s in streets for _ in range(sizes.communities)]
    return (
        pd.DataFrame(places, columns=["unit", "place", "kind"]),
        pd.DataFrame(clusters, columns=["unit", "place", "cluster"]),
    )


def _assessors(plan: Prefecture, seed: int) -> pd.DataFrame:
    rng, people = stream(seed, "units"), plan.assessors
    severity = rng.normal(0.0, people.spread, people.count)
    for number, value in people.severity.items():
        severity[number - 1] = value
    names = [people.name.format(number) for number in range(1, people.count + 1)]
    return pd.DataFrame({"assessor": names, "severity": severity.round(4)})


# The register


def _register(
    plan: Prefecture, rulebook: Rulebook, needs: pd.DataFrame, places: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    labels = rules.site_type_labels(rulebook)
    wanted = needs[needs["site_type"] != ""].drop_duplicates(["group", "sub_units", "site_type"])
    rows: list[tuple[Any, ...]] = []
    for unit in plan.units:
        words = iter(_stems(plan, rng))
        own = wanted[wanted["group"] == unit.group]
        for need in own[~own["sub_units"]].itertuples():
            rows += _sites_of_type(plan, unit, str(need.site_type), labels, places, words, rng)
        villages = list(own.loc[own["sub_units"], "site_type"])
        rows += _village_sites(plan, unit, villages, labels, places)
    columns = ["unit", "site", "site_type", "place", "kind", "origin", "regulator", "line"]
    sites = pd.DataFrame(rows, columns=columns)
    street = places[places["kind"] == "street"]["place"]
    effect = dict(zip(street, rng.normal(0.0, plan.checks.place_spread, len(street)), strict=True))
    spread = rng.normal(0.0, plan.checks.site_spread, len(sites))
    return sites.assign(effect=(sites["place"].map(effect).fillna(0.0) + spread).round(4))


def _sites_of_type(
    plan: Prefecture,
    unit: UnitPlan,
    kind: str,
    labels: dict[str, str],
    places: pd.DataFrame,
    words: Iterator[str],
    rng: np.random.Generator,
) -> list[tuple[Any, ...]]:
    """The registered sites of one type in a unit: none where the plan says the unit has none."""
    if kind in unit.absent:
        return []
    site = plan.site_type(kind)
    streets = places.loc[(places["unit"] == unit.name) & (places["kind"] == "street"), "place"].to_list()
    number = site.registered
    at = rng.integers(0, len(streets), number)
    declared = happens(rng, plan.checks.declared, number)
    certain = site.certain or number == 1
    return [
        (
            unit.name, _site_name(site, kind, labels, next(words), index), kind, streets[at[index]], "city",
            "certain" if certain else "declared" if declared[index] else "random",
            _office(unit, site.regulator), _office(unit, site.line),
        )
        for index in range(number)
    ]  # fmt: skip


def _site_name(site: SitePlan, kind: str, labels: dict[str, str], word: str, index: int) -> str:
    patterns = site.names or (f"{{}}{labels[kind]}",)
    return patterns[index % len(patterns)].format(word)


def _village_sites(
    plan: Prefecture, unit: UnitPlan, kinds: list[str], labels: dict[str, str], places: pd.DataFrame
) -> list[tuple[Any, ...]]:
    mine = places.loc[(places["unit"] == unit.name) & (places["kind"] == "village"), "place"]
    site = plan.village_site
    return [
        (
            unit.name,
            f"{village}{labels[kind]}",
            kind,
            village,
            "village",
            "certain",
            "",
            _office(unit, site.line),
        )
        for village in mine
        for kind in kinds
    ]


def _office(unit: UnitPlan, name: str) -> str:
    return f"{unit.name}{name}" if name else ""


# The checks


def _slots(
    plan: Prefecture, needs: pd.DataFrame, sites: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Every check of every registered site with the log-odds of a problem before the unit's quality."""
    units = pd.DataFrame([(unit.name, unit.group) for unit in plan.units], columns=["unit", "group"])
    here = sites.merge(units, on="unit").assign(sub_units=lambda t: t["kind"] == "village")
    field = needs[needs["site_type"] != ""]
    slots = here.merge(field, on=["group", "sub_units", "site_type"], how="inner")
    odds = (
        plan.checks.frequency
        + slots["cause_group"].map(lambda name: plan.group(name).frequency)
        + slots["site_type"].map(lambda name: plan.site_type(name).hard)
        + _item_effect(plan, slots, rng)
        - slots["effect"]
    )
    counted = slots["rule"].isin(rules.MEASURED)
    return slots.assign(
        odds=odds.astype(float),
        not_applicable=happens(rng, plan.checks.not_applicable, len(slots)) & ~counted,
        copies=np.where(counted, plan.checks.counted, 1),
        word=rng.integers(0, 1000, len(slots)),
    ).reset_index(drop=True)


def _item_effect(plan: Prefecture, slots: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    codes = sorted(set(slots["code"]))
    effect = dict(zip(codes, rng.normal(0.0, plan.checks.item_spread, len(codes)), strict=True))
    return slots["code"].map(effect)


def quality(world: World, number: int, frame: pd.DataFrame) -> Array:
    """Log-odds of passing that each row of `frame` owes to its unit in a round.

    Each weakness of the unit for what the row names (site_type, cause_group, method, area, component) is
    taken off.
    """
    plans = {unit.name: unit for unit in world.plan.units}
    base = frame["unit"].map(lambda name: plans[name].quality + plans[name].trend[number])
    off = np.zeros(len(frame))
    for name in ("site_type", "cause_group", "method", "area", "component"):
        if name in frame:
            pairs = zip(frame["unit"], frame[name], strict=True)
            off += np.array([plans[unit].weak.get(value, 0.0) for unit, value in pairs])
    return base.to_numpy(dtype=float) - off
