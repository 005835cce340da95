"""Design of the next round: which strata the variance comes from, and what one more visit takes off it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.inference.redraw import left_out_variance
from analysis.scoring.arrays import Floats, Ints
from analysis.simulation.draws import SOURCES
from analysis.simulation.redraw import Setting
from analysis.simulation.unit import UnitRun

COLUMNS = ["unit", "source", "place", "stratum", "n", "population", "variance", "gain"]


def design_table(setting: Setting, sources: tuple[str, ...] = ("sites", "respondents")) -> pd.DataFrame:
    """Variance of the composite by stratum and what one more visit there would take off, most first: unit,
    source, place, stratum, n, population, variance and gain (points squared), variance_share (of the unit).

    By leaving one member out at a time and evaluating again. Exact where the rules are linear; where a score
    lies close to a threshold it is a rough guide. NaN: one member alone says nothing of the others.
    """
    chosen = tuple(source for source in SOURCES if source in sources)
    runner = UnitRun(setting, 1, 0, chosen, {})
    frames = [_unit_design(setting, runner, unit) for unit in setting.sample.bounds]
    table = pd.concat([pd.DataFrame(columns=COLUMNS), *frames], ignore_index=True)
    table = table[table["source"].isin(chosen)].reset_index(drop=True)
    total = table.groupby("unit")["variance"].transform("sum").to_numpy(dtype=float)
    variance = table["variance"].to_numpy(dtype=float)
    share = np.divide(variance, total, out=np.zeros(len(table)), where=total > 0)
    return table.assign(variance_share=share).sort_values(
        "gain", ascending=False, kind="stable", ignore_index=True
    )


def _unit_design(setting: Setting, runner: UnitRun, unit: str) -> pd.DataFrame:
    first, last = setting.sample.bounds[unit]
    members = setting.sample.members.iloc[first:last]
    keys = ["source", "place", "stratum"]
    stratum = members.groupby(keys, sort=False).ngroup().to_numpy(dtype=np.int64)
    answers = members["answers"].to_numpy(dtype=float)
    members = members.assign(left_out=without_one(setting, runner, unit, stratum, answers))
    rows = []
    for key, group in members.groupby(keys, sort=False):
        left_out = np.repeat(group["left_out"].to_numpy(), group["answers"].to_numpy(dtype=np.int64))
        n, population = len(left_out), float(group["population"].iloc[0])
        now = left_out_variance(left_out, population)
        more = left_out_variance(left_out, population, (n + 1) / n)
        rows.append((unit, *key, n, population, now, now - more))
    return pd.DataFrame(rows, columns=COLUMNS)


def without_one(setting: Setting, runner: UnitRun, unit: str, stratum: Ints, answers: Floats) -> Floats:
    """Composite of a unit (points, before adjustments) without each of its members in turn, or without one of
    the `answers` a counted option stands for; the others of its stratum stand for it."""
    size = np.bincount(stratum, weights=answers)[stratum]
    same = stratum[:, None] == stratum[None, :]
    more = size / np.maximum(size - 1.0, 1.0)
    weights = np.where(same, more[:, None], 1.0)
    np.fill_diagonal(weights, np.where(size > 1, more * (answers - 1.0) / answers, 1.0))
    composite = setting.evaluation.scored.composite
    at = [str(name) for name in composite.units["unit"]].index(unit)
    worth = composite.rolled.weight[at, 1:] * composite.full_marks
    rates = runner.rates_at(unit, weights)
    return np.asarray(np.where(worth > 0, rates, 0.0) @ worth)
