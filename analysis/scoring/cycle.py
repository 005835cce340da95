"""The score of a cycle: composites of its years (or quarters), weighted."""

from __future__ import annotations

import re

import pandas as pd

from analysis.framework.model import Cycle, Settings
from analysis.intake.round import Round

COLUMNS = ["unit", "period", "weight", "composite", "contribution"]


def cycle_table(round_: Round, settings: Settings, composites: pd.Series) -> pd.DataFrame:
    """One row per unit and period of the cycle: weight, composite (NaN: not known), contribution, in points.

    `composites`: this round's composite by unit. Empty when the round belongs to no cycle of the composition.
    """
    periods = cycle_periods(round_, settings.cycle)
    known = {
        (str(row.unit), str(row.period)): float(row.composite)
        for row in round_.table("cycle_scores").itertuples()
    }
    known |= {(str(unit), str(round_.info.period)): float(value) for unit, value in composites.items()}
    rows = [
        (unit, period, weight, known.get((unit, period), float("nan")))
        for unit in composites.index.astype(str)
        for period, weight in periods.items()
    ]
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    return table.assign(contribution=table["weight"] * table["composite"])


def cycle_periods(round_: Round, cycle: Cycle | None) -> dict[str, float]:
    """Period to weight; years of `2015-2017` take the weights in order. Empty for a mock round."""
    if cycle is None or round_.info.period is None or round_.info.kind == "mock":
        return {}
    weights = list(cycle.weights.values())
    years = re.fullmatch(r"(\d{4})-(\d{4})", round_.info.cycle or "")
    if years and round_.info.period not in cycle.weights:
        span = [str(year) for year in range(int(years[1]), int(years[2]) + 1)]
        periods = dict(zip(span, weights, strict=False)) if len(span) == len(weights) else {}
    else:
        periods = dict(cycle.weights)
    return periods if round_.info.period in periods else {}


def cycle_composite(table: pd.DataFrame) -> pd.Series:
    """Composite of the cycle by unit, in points; NaN while a period is missing."""
    sums = table.groupby("unit", sort=False)["contribution"].agg(lambda values: values.sum(skipna=False))
    return sums.rename("cycle")
