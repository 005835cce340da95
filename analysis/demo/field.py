"""Site inspections: which sites are drawn, what is wrong there, who looks, and what they write down."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.demo.draws import Array, happens, share, stream
from analysis.demo.world import World, quality

_SITE = ["unit", "site"]


@dataclass(frozen=True)
class Inspection:
    """One round in the field. `drawn`: the sites visited (rows of the register). `wrong`: per slot, whether
    there is a problem. `forms`: one row per assessor's form. `checks`: one row per check written down, with
    `slot` (position in the slots), `failed`, `wrong`, `again` (found in the round before)."""

    drawn: pd.DataFrame
    wrong: Array
    forms: pd.DataFrame
    checks: pd.DataFrame

    def problems(self) -> pd.DataFrame:
        """Every slot with a problem written down, once, with the day it was first found."""
        failed = self.checks[self.checks["failed"]].sort_values(["slot", "date"], kind="stable")
        return failed.drop_duplicates("slot").reset_index(drop=True)


def inspect(
    world: World, number: int, before: Inspection | None, open_slots: Array, closed_slots: Array
) -> Inspection:
    """What a round's teams find. `open_slots` are known problems that nobody fixed for good, `closed_slots`
    those that were fixed and stayed so."""
    drawn = _draw(world, number, before)
    wrong = _states(world, number, before, open_slots, closed_slots)
    forms = _forms(world, number, drawn)
    found = before.problems()["slot"].to_numpy() if before else np.array([], dtype=int)
    return Inspection(drawn, wrong, forms, _checks(world, number, forms, wrong, found))


def _draw(world: World, number: int, before: Inspection | None) -> pd.DataFrame:
    """The sites of this round: those visited with certainty, those kept, and others of the same type."""
    rng, sites = stream(world.seed, "visits", number), world.sites
    first = sites["origin"] == "certain"
    stays = happens(rng, world.plan.checks.kept, len(sites)) & _was_drawn(sites, before)
    order = np.where(first, -2.0, np.where(stays, -1.0, 0.0)) + rng.random(len(sites)) / 2
    place = pd.Series(order).groupby([sites["unit"], sites["kind"], sites["site_type"]]).rank(method="first")
    size = sites["site_type"].map(lambda kind: world.plan.site_type(kind).drawn)
    return sites[first | (place <= size)]


def _was_drawn(sites: pd.DataFrame, before: Inspection | None) -> Array:
    if before is None:
        return np.zeros(len(sites), dtype=bool)
    return np.isin(np.arange(len(sites)), before.drawn.index)


def _states(
    world: World, number: int, before: Inspection | None, open_slots: Array, closed_slots: Array
) -> Array:
    """Whether there is a problem at each slot: mostly what was there before, else drawn afresh."""
    rng, slots = stream(world.seed, "states", number), world.slots
    fresh = happens(rng, share(slots["odds"].to_numpy() - quality(world, number, slots)), len(slots))
    if before is None:
        return fresh
    wrong = np.where(happens(rng, world.plan.checks.stay, len(slots)), before.wrong, fresh)
    wrong[open_slots] = True
    wrong[closed_slots] = False
    return wrong


# Who looks


def _forms(world: World, number: int, drawn: pd.DataFrame) -> pd.DataFrame:
    """One row per form: site, visit, assessor, date; as many as bring the checks to their number."""
    rng = stream(world.seed, "visits", 100 + number)
    sizes = world.slots.groupby(_SITE, sort=False)["copies"].sum().rename("size").reset_index()
    sites = drawn[_SITE].merge(sizes, on=_SITE, how="left")
    visited = sites.assign(visit=1, second=False)
    again = sites[happens(rng, world.plan.checks.revisited, len(sites))].assign(visit=2, second=False)
    pairs = pd.concat([visited, again]).assign(second=True)
    pairs = pairs.iloc[rng.permutation(len(pairs))]
    room = world.plan.checks.total - visited["size"].sum() - again["size"].sum()
    forms = pd.concat([visited, again, pairs[pairs["size"].cumsum() <= room]]).sort_index(kind="stable")
    forms = forms.reset_index(drop=True)
    return _manned(world, number, forms, rng).sort_values("date", kind="stable").reset_index(drop=True)


def _manned(world: World, number: int, forms: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Forms with a day and an assessor: the two of a visit go together, and are never the same person."""
    plan, people = world.plan.rounds[number], world.assessors["assessor"].to_numpy()
    key = forms.groupby([*_SITE, "visit"], sort=False).ngroup().to_numpy()
    half = plan.days // 2
    day = rng.integers(0, half, key.max() + 1)[key] + np.where(forms["visit"] == 2, half, 0)
    lead = rng.integers(0, len(people), key.max() + 1)[key]
    step = rng.integers(1, len(people), key.max() + 1)[key]
    who = np.where(forms["second"], (lead + step) % len(people), lead)
    dates = [plan.first_day + dt.timedelta(days=int(number)) for number in day]
    return forms.assign(date=dates, assessor=people[who])


# What they write down


def _checks(world: World, number: int, forms: pd.DataFrame, wrong: Array, found: Array) -> pd.DataFrame:
    rng = stream(world.seed, "records", number)
    slots = world.slots.assign(slot=np.arange(len(world.slots)), wrong=wrong)
    checks = forms.drop(columns=["size", "second"]).merge(slots, on=_SITE, how="left")
    checks = checks.loc[checks.index.repeat(checks["copies"])]
    copy = checks.groupby(level=0).cumcount() + 1
    checks = checks.assign(copy=copy).reset_index(drop=True)
    severity = checks["assessor"].map(world.assessors.set_index("assessor")["severity"]).to_numpy()
    plan = world.plan.checks
    seen = np.where(checks["copies"] > 1, plan.counted_seen, plan.seen)
    odds = np.where(checks["wrong"], seen, plan.false_alarm) + severity
    unreadable = happens(rng, plan.unreadable, len(checks)) & checks["gaps"] & ~checks["not_applicable"]
    failed = happens(rng, share(odds), len(checks)) & ~checks["not_applicable"] & ~unreadable
    again = failed & np.isin(checks["slot"], found)
    return checks.assign(
        failed=failed,
        unreadable=unreadable,
        again=again,
        on_spot=failed & ~checks["hardware"] & happens(rng, plan.fixed_on_spot, len(checks)),
        finds=np.where(failed, 1 + rng.poisson(plan.finds, len(checks)), 0),
        depth=rng.random(len(checks)),
    )
