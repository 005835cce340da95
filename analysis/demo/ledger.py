"""The rectification ledger: what became of the problems of the round before, and what the ledger says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.demo.draws import Array, happens, share, stream
from analysis.demo.field import Inspection
from analysis.demo.world import World


@dataclass(frozen=True)
class Followed:
    """`table`: one row per problem of the round before, with its dates, `result` as written in the ledger and
    `truth`: held, failed, pending, or relapsed (rechecked as held, back at the next inspection)."""

    table: pd.DataFrame

    @property
    def open_slots(self) -> Array:
        return self.table.loc[self.table["truth"] != "held", "slot"].to_numpy(dtype=int)

    @property
    def closed_slots(self) -> Array:
        return self.table.loc[self.table["truth"] == "held", "slot"].to_numpy(dtype=int)


def follow(world: World, number: int, before: Inspection) -> Followed:
    """The ledger of a round: the problems that the round before it found."""
    rng = stream(world.seed, "ledger", number)
    problems = before.problems()
    fates = _fates(world, problems, rng)
    return Followed(_dated(world, number, problems.assign(**fates), rng))


def _fates(world: World, problems: pd.DataFrame, rng: np.random.Generator) -> dict[str, Array]:
    plans = [world.plan.group(group) for group in problems["cause_group"]]
    effort = (
        problems["unit"].map({unit.name: unit.diligence for unit in world.plan.units}).to_numpy(dtype=float)
    )
    done = happens(rng, share(_odds([plan.fixed for plan in plans]) + effort), len(problems))
    held = happens(rng, [plan.held for plan in plans], len(problems))
    noticed = happens(rng, world.plan.ledger.noticed, len(problems))
    truth = np.select([~done, held, noticed], ["pending", "held", "failed"], "relapsed")
    result = np.select([~done, held | ~noticed], ["pending", "held"], "failed")
    return {"truth": truth, "result": result}


def _odds(shares: list[float]) -> Array:
    chance = np.asarray(shares)
    return np.log(chance / (1.0 - chance))


def _dated(world: World, number: int, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Dates in their order: found, assigned, fixed, rechecked, closed; nothing later than the round."""
    limits = np.array([world.plan.group(group).days for group in table["cause_group"]])
    slow = world.plan.ledger.slow
    last = world.plan.rounds[number].first_day - dt.timedelta(days=1)
    assigned = _later(table["date"], rng.integers(1, 4, len(table)))
    due = _later(assigned, limits)
    fixed = _later(assigned, np.ceil(rng.gamma(2.0, limits * slow / 2.0)))
    rechecked = _later(fixed, rng.integers(3, 15, len(table)))
    closed = _later(rechecked, rng.integers(0, 3, len(table)))
    pending = table["result"] == "pending"
    failed = table["result"] == "failed"
    return table.assign(
        found=table["date"],
        assigned=assigned,
        due=due,
        fixed=_until(fixed, last, pending),
        rechecked=_until(rechecked, last, pending),
        closed=_until(closed, last, pending | failed),
    )


def _later(days: pd.Series, after: Array) -> pd.Series:
    return pd.Series(
        [day + dt.timedelta(days=int(n)) for day, n in zip(days, after, strict=True)], dtype=object
    )


def _until(days: pd.Series, last: dt.date, never: pd.Series) -> pd.Series:
    """The days, none later than `last`, and none at all where it never came to pass."""
    return pd.Series(
        [None if skip else min(day, last) for day, skip in zip(days, never, strict=True)], dtype=object
    )
