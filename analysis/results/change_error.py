"""Standard errors of two rounds and of the change between them: sites, respondents and assessors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.inference.overlap import Strata, change_variance
from analysis.results.assessors import severity_table, severity_variance
from analysis.results.exposure import KEYS, exposures
from analysis.results.precision import MEMBER, STRATUM, influences

if TYPE_CHECKING:
    from analysis.intake.round import Round
    from analysis.scoring.evaluate import Scored

Floats = NDArray[np.float64]
_NAMES = ("first_se", "second_se", "change_se")


def change_errors(first: tuple[Round, Scored], second: tuple[Round, Scored]) -> pd.DataFrame:
    """Standard errors in points of the base composites of two rounds and of their difference, by unit.

    Columns: `unit`, `first_se`, `second_se`, `change_se`, `n_single` (strata with one site drawn of
    several, which are held against the sites of their kind in the other units), `assessor_se` (the part of
    `change_se` that comes from who checked; 0 where assessors are not known). NaN where nothing of a unit
    is a sample. Sites drawn twice count as one: what they share cancels. Populations of sites come from the
    register; clusters of a survey are taken as drawn from many. Assessors are taken as drawn from many like
    them; what they add to the spread between sites is counted once.
    """
    one, two = influences(first[1]), influences(second[1])
    if one.empty and two.empty:
        return pd.DataFrame(columns=["unit", *_NAMES, "n_single", "assessor_se"])
    pairs = one.merge(two, on=MEMBER, how="outer", suffixes=("_first", "_second"))
    strata, keys = pairs.groupby(STRATUM, sort=False).ngroup(), pairs[STRATUM].drop_duplicates()
    population = np.fmax(_populations(first[0], keys), _populations(second[0], keys))
    drawn = pairs[["points_first", "points_second"]].notna().to_numpy()
    n = np.array([np.bincount(strata[drawn[:, i]], minlength=len(keys)) for i in (0, 1)])
    population = np.maximum(np.nan_to_num(population, nan=np.inf), n.max(axis=0))
    members = (pairs["points_first"].to_numpy(), pairs["points_second"].to_numpy())
    found = change_variance(Strata(strata.to_numpy(), *members, population))
    single = _single(pairs, strata.to_numpy(), population)
    table = keys[["unit"]].reset_index(drop=True)
    for name, value, alone in zip(_NAMES, found, single, strict=True):
        table[name] = np.where(np.isnan(value), alone, value)
    table["n_single"] = np.isnan(found.first) | np.isnan(found.second)
    drawn_share = keys.assign(first=n[0] / population, second=n[1] / population)
    sums = table.groupby("unit", sort=False).sum()
    severity = _of_assessors(first, second, drawn_share).reindex(sums.index, fill_value=0.0)
    roots = np.sqrt(sums[list(_NAMES)] + severity)
    return roots.assign(
        n_single=sums["n_single"].astype(int), assessor_se=np.sqrt(severity["change_se"])
    ).reset_index()


def _of_assessors(
    first: tuple[Round, Scored], second: tuple[Round, Scored], drawn_share: pd.DataFrame
) -> pd.DataFrame:
    """What the assessors add to the variances, by unit: everything that one of them checked moves together.

    The part that sites with different assessors show in their spread already is left out: of a stratum drawn
    to a share f that is (1 - f) of the sum over its sites.
    """
    sides = {"first": first, "second": second}
    tables = [severity_table(*one) for one in sides.values()]
    known = [severity_variance(table) for table in tables if len(table)]
    if not known or max(known) == 0.0:
        return pd.DataFrame(columns=list(_NAMES), dtype=np.float64)
    each = [exposures(*one).rename(columns={"points": name}) for name, one in sides.items()]
    both = each[0].merge(each[1], on=KEYS, how="outer").fillna({"first": 0.0, "second": 0.0})
    stratum = ["unit", "component", "stratum"]
    shares = drawn_share[drawn_share["kind"] == "site"][[*stratum, *sides]]
    rest = 1.0 - both[stratum].merge(shares, on=stratum, how="left")[list(sides)].fillna(1.0)
    shown = both[list(sides)] ** 2 * rest.to_numpy()
    shown = shown.assign(change=shown.sum(axis=1)).groupby(both["unit"].to_numpy()).sum()
    moved = both.groupby(["unit", "assessor"])[list(sides)].sum()
    moved = moved.assign(change=moved["second"] - moved["first"]) ** 2
    beyond = (moved.groupby("unit").sum() - shown).clip(lower=0.0) * float(np.mean(known))
    return beyond.set_axis(list(_NAMES), axis=1)


def _single(pairs: pd.DataFrame, strata: NDArray[np.int64], population: Floats) -> list[Floats]:
    """Variances of strata by the deviation of their sites from the mean of all units."""
    rest = 1.0 - 1.0 / population
    one = pairs["points_apart_first"].fillna(0.0).to_numpy()
    two = pairs["points_apart_second"].fillna(0.0).to_numpy()
    squares = [one**2, two**2, (two - one) ** 2]
    return [np.bincount(strata, square, len(population)) * rest for square in squares]


def _populations(round_: Round, keys: pd.DataFrame) -> Floats:
    """Sites in the register of each stratum; NaN for surveys and where there is no register."""
    sites = round_.table("sites")
    counts = sites.groupby([sites["unit"].astype("str"), sites["site_type"].astype("str")]).size()
    found = [
        counts.get((key.unit, key.stratum), np.nan) if key.kind == "site" else np.nan
        for key in keys.itertuples()
    ]
    return np.array(found, dtype=np.float64)
