"""Tables of a redraw: distributions, redraw frequencies, ranks, and where the variance comes from.

A redraw frequency says how often something happens when the same round is drawn again. It is not the
probability that it happens at the next test; for that see `forecast.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.errors import UsageError, raise_errors
from analysis.inference.ranksets import rank_sets
from analysis.results.ranking import rank_table
from analysis.scoring import Evaluation
from analysis.scoring.arrays import Floats
from analysis.scoring.rounding import round_score
from analysis.simulation.messages import aims
from analysis.simulation.redraw import Redraw, Setting, run
from analysis.simulation.unit import QUANTILES, quantiles

SUMMARY = ("mean", "sd", *QUANTILES)


def described(values: Floats) -> dict[str, Floats]:
    """Mean, sd and quantiles over the replicates (replicates, columns)."""
    columns = {"mean": values.mean(axis=0), "sd": values.std(axis=0, ddof=1 if len(values) > 1 else 0)}
    found = quantiles(np.ascontiguousarray(values.T))
    return columns | {name: found[:, i] for i, name in enumerate(QUANTILES)}


def unit_table(redraw: Redraw, target: float | None = None, top: int | None = None) -> pd.DataFrame:
    """One row per unit: composite (points), its distribution, `shift` (mean of the replicates minus the
    evaluation's), rank with the 2.5 and 97.5 % quantiles of its ranks in the redraws, its 95 % confidence
    sets (`rank_marginal_*`: each unit on its own; `rank_simultaneous_*`: all units together),
    `single_site_share` (part of the full marks that no spread can be shown for), and redraw frequencies
    (0..1).

    `target`: composite as printed at least so many points; `top`: rank at most so much, with `may_be_top`
    (95 % confidence that every unit of the first so many has it). Raises UsageError for a target or rank
    that nothing can reach.
    """
    raise_errors(aims(redraw.evaluation, target, top), UsageError)
    scores, settings = redraw.evaluation.scores, redraw.evaluation.rulebook.settings
    found = described(redraw.composite)
    ranking = rank_table(scores, settings)
    rank = ranking.set_index(ranking["unit"].astype(str))["rank"].reindex(redraw.units)
    table = pd.DataFrame(
        {"unit": redraw.units, "group": scores["group"].astype(str), "composite": redraw.point}
    )
    table = table.assign(**found, shift=found["mean"] - redraw.point, rank=rank.to_numpy(dtype=float))
    low, high = _rank_range(redraw.rank)
    table = table.assign(rank_mean=redraw.rank.mean(axis=0), rank_low=low, rank_high=high)
    table = table.assign(**_confidence_sets(redraw), single_site_share=redraw.single_site_share)
    if target is not None:
        printed = round_score(redraw.composite, settings.rounding)
        table["at_target_rate"] = (printed >= target - 1e-9).mean(axis=0)
    if top is not None:
        table["in_top_rate"] = (redraw.rank <= top).mean(axis=0)
        table["may_be_top"] = table["rank_simultaneous_low"] <= top
    return table


def _confidence_sets(redraw: Redraw) -> dict[str, Floats]:
    """Ends of the confidence sets of the ranks inside the groups; NaN for a unit without a rank.

    They are about composites before rounding: a redraw's tie says nothing of which is the better one.
    """
    names = ("rank_marginal_low", "rank_marginal_high", "rank_simultaneous_low", "rank_simultaneous_high")
    ends = np.full((len(redraw.units), 4), np.nan)
    groups = redraw.evaluation.scores["group"].astype(str).to_numpy()
    for group in dict.fromkeys(groups):
        mine = np.flatnonzero((groups == group) & ~np.isnan(redraw.rank[0]))
        if len(mine):
            ends[mine] = np.hstack(rank_sets(redraw.point[mine], redraw.composite[:, mine]))
    return dict(zip(names, ends.T, strict=True))


def _rank_range(rank: Floats) -> tuple[Floats, Floats]:
    """Ranks that hold the middle 95 % of the replicates of each unit; NaN for a unit without ranks."""
    known = ~np.isnan(rank[0])
    low, high = np.full(rank.shape[1], np.nan), np.full(rank.shape[1], np.nan)
    ordered = np.sort(rank[:, known], axis=0)
    last = len(rank) - 1
    low[known], high[known] = ordered[int(np.floor(0.025 * last))], ordered[int(np.ceil(0.975 * last))]
    return low, high


def rank_frequencies(redraw: Redraw) -> pd.DataFrame:
    """Redraw frequency of every rank of every ranked unit: group, unit, rank, frequency_rate (0..1)."""
    return held_ranks(redraw.evaluation, redraw.rank, "frequency_rate")


def held_ranks(evaluation: Evaluation, rank: Floats, name: str) -> pd.DataFrame:
    """How often every ranked unit holds a rank of `rank` (draws, units): group, unit, rank, `name` (0..1)."""
    rows = []
    for i, (unit, group) in enumerate(evaluation.scores[["unit", "group"]].astype(str).to_numpy()):
        values, counts = np.unique(rank[~np.isnan(rank[:, i]), i], return_counts=True)
        for value, count in zip(values, counts, strict=True):
            rows.append((group, unit, int(value), count / len(rank)))
    return pd.DataFrame(rows, columns=["group", "unit", "rank", name])


def pair_frequencies(redraw: Redraw) -> pd.DataFrame:
    """How often a unit stands above another of its group, and how often they are tied: group, unit, other,
    above_rate, tied_rate (0..1)."""
    return standings(redraw.evaluation, redraw.rank, ("above_rate", "tied_rate"))


def standings(evaluation: Evaluation, rank: Floats, names: tuple[str, str]) -> pd.DataFrame:
    """How often a unit stands above another of its group, and level with it, by `rank` (draws, units): group,
    unit, other, and the two `names` (0..1)."""
    units, groups = (evaluation.scores[name].astype(str).to_numpy() for name in ("unit", "group"))
    rows = []
    for group in dict.fromkeys(groups):
        mine = [i for i in np.flatnonzero(groups == group) if not np.isnan(rank[0, i])]
        for i in mine:
            above = (rank[:, [i]] < rank[:, mine]).mean(axis=0)
            tied = (rank[:, [i]] == rank[:, mine]).mean(axis=0)
            rows += [(group, units[i], units[j], above[k], tied[k]) for k, j in enumerate(mine) if j != i]
    return pd.DataFrame(rows, columns=["group", "unit", "other", *names])


def part_table(redraw: Redraw) -> pd.DataFrame:
    """Distribution of every component and method: unit, part (`city`, `city.field`), points of the
    evaluation, mean, sd and quantiles over the replicates."""
    frames = []
    for name, values in {**redraw.parts, **redraw.methods}.items():
        known = ~np.isnan(values).any(axis=0)
        columns = {"unit": np.array(redraw.units, dtype=object)[known], "part": name}
        points = redraw.evaluation.scores[name].to_numpy()[known]
        frames.append(pd.DataFrame({**columns, "points": points, **described(values[:, known])}))
    return pd.concat(frames, ignore_index=True)


def source_table(setting: Setting, redraw: Redraw, threads: int = 2) -> pd.DataFrame:
    """Variance of the composite by source: unit, source, sd (that source alone, points), variance_share.

    Shares are of the sum of the sources; what they do together beyond that stands under `together` as a share
    of the same sum (0 where effects simply add up).
    """
    alone = {}
    for source in redraw.sources:
        one = run(setting, redraw.replicates, redraw.seed, (source,), redraw.effort, threads, nodes=False)
        alone[source] = one.composite.var(axis=0, ddof=1)
    total = redraw.composite.var(axis=0, ddof=1)
    summed = np.sum(list(alone.values()), axis=0)
    parts = {**alone, "together": total - summed}
    rows = [
        (unit, source, np.sqrt(max(variance[i], 0.0)), _share(variance[i], summed[i]))
        for i, unit in enumerate(redraw.units)
        for source, variance in parts.items()
    ]
    return pd.DataFrame(rows, columns=["unit", "source", "sd", "variance_share"])


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0


def effort_table(
    setting: Setting, redraw: Redraw, efforts: Mapping[str, float] | None = None, threads: int = 2
) -> pd.DataFrame:
    """What more sites or respondents would change: unit, source, times, sd now and then (points), and how far
    the 2.5 and 97.5 % quantiles of the composite would lie apart.

    Sites never become more than the register holds.
    """
    asked = efforts or {source: 2.0 for source in redraw.sources if source != "assessors"}
    now = described(redraw.composite)
    frames = []
    for source, times in asked.items():
        effort = {**redraw.effort, source: times}
        more = run(setting, redraw.replicates, redraw.seed, redraw.sources, effort, threads, nodes=False)
        then = described(more.composite)
        frames.append(
            pd.DataFrame(
                {
                    "unit": redraw.units,
                    "source": source,
                    "times": times,
                    "sd": now["sd"],
                    "sd_then": then["sd"],
                    "width": now["q975"] - now["q025"],
                    "width_then": then["q975"] - then["q025"],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
