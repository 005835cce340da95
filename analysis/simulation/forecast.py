"""The next official test, forecast from a mock round: shrunken truth, another draw, another kind of test.

A redraw frequency takes the round as the truth. A forecast draws every unit toward its group, adds the error
of a fresh draw and how official tests differ from mock ones, and leaves open what was only estimated: the
spread between units, the mean and the spread of the shift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import Problem, UsageError, raise_errors
from analysis.inference.shrink import fresh, pooled, truth_of
from analysis.intake.round import RoundInfo
from analysis.scoring import Evaluation
from analysis.scoring.arrays import Floats
from analysis.scoring.rounding import round_score, snap
from analysis.simulation.messages import aims, unknown_units
from analysis.simulation.outcome import described, held_ranks, standings
from analysis.simulation.ranked import rank_replicates
from analysis.simulation.redraw import Redraw, redraw

PAIR_DRAWS = 1000
"""Redraws that give the sampling variance of the rounds a shift is learned from."""


@dataclass(frozen=True)
class Shift:
    """How an official test differs from a mock one in a method, in points: mean and standard deviation over
    units. `n`: pairs of scores it was learned from (0: assumed); `error`: standard error of the mean."""

    mean: float
    spread: float
    n: int = 0
    error: float = 0.0

    def drawn(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Shifts (draws, units); where it was learned, mean and spread are drawn with their own error."""
        mean, spread = np.full((shape[0], 1), self.mean), np.full((shape[0], 1), self.spread)
        if self.n > 1:
            spread *= np.sqrt((self.n - 1) / rng.chisquare(self.n - 1, size=(shape[0], 1)))
            mean += self.error * rng.standard_t(self.n - 1, size=(shape[0], 1))
        return mean + spread * rng.normal(size=shape)


@dataclass(frozen=True)
class Forecast:
    """`composite` and `rank` (draws, units). `methods`: component.method with reliability, sampling and
    between-unit sd, shift and spread, and whether they were learned or assumed (`n_pairs` 0). `mock`: the
    redraw it starts from; `pairs`: mock and official rounds it learned from; `months`: levels of the dates
    (None: none asked for)."""

    mock: Redraw
    pairs: tuple[tuple[RoundInfo, RoundInfo], ...]
    months: pd.DataFrame | None
    groups: list[str]
    composite: Floats
    rank: Floats
    methods: pd.DataFrame
    printed: Floats

    @property
    def evaluation(self) -> Evaluation:
        return self.mock.evaluation

    @property
    def units(self) -> list[str]:
        return self.mock.units

    def table(self, target: float | None = None, top: int | None = None) -> pd.DataFrame:
        """One row per unit: expected composite, sd, quantiles (points), and probabilities (0..1) of reaching
        `target` and of a rank of at most `top`. Raises UsageError for what nothing can reach."""
        raise_errors(aims(self.evaluation, target, top), UsageError)
        columns = {"unit": self.units, "group": self.groups, **described(self.composite)}
        table = pd.DataFrame(columns)
        if target is not None:
            table["p_target"] = (self.printed >= target - 1e-9).mean(axis=0)
        if top is not None:
            table["p_top"] = (self.rank <= top).mean(axis=0)
        return table

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Probability of every rank of every ranked unit: group, unit, rank, probability (0..1)."""
        return held_ranks(self.evaluation, self.rank, "probability")

    @cached_property
    def standings(self) -> pd.DataFrame:
        """Probability (0..1) that a unit beats another of its group, and that they tie: group, unit, other,
        p_above, p_tied."""
        return standings(self.evaluation, self.rank, ("p_above", "p_tied"))

    def above(self, unit: str, other: str) -> float:
        """Probability (0..1) that a unit beats another of its group. Raises UsageError for unknown units."""
        raise_errors(unknown_units([unit, other], self.units), UsageError)
        first, second = self.units.index(unit), self.units.index(other)
        return float((self.rank[:, first] < self.rank[:, second]).mean())


def forecast(
    mock: Redraw,
    pairs: Sequence[tuple[Evaluation, Evaluation]] = (),
    assumed: Mapping[str, Shift] | None = None,
    months: pd.DataFrame | None = None,
    draws: int = 10_000,
    seed: int = 1,
) -> Forecast:
    """The next official test of the units of a mock round.

    `pairs`: mock and official rounds of the same time, from which the shift and spread of every method are
    learned; `assumed`: what is taken where there are none (nothing stated: no shift, no spread). `months`:
    levels of `month_levels`, one of which is drawn for the date. Raises UsageError for an unknown method.
    """
    shifts = _shifts(mock, learned_shifts(pairs), dict(assumed or {}))
    rng = np.random.default_rng([seed, 7])
    evaluation = mock.evaluation
    groups = evaluation.scores["group"].to_numpy(dtype=np.str_)
    change, rows = np.zeros((draws, len(mock.units))), []
    columns: dict[str, Floats] = {}
    both = (rng.integers(0, mock.replicates, draws), rng.integers(0, mock.replicates, draws))
    for name, values in mock.methods.items():
        points = evaluation.scores[name].to_numpy(dtype=float)
        deviations, variances = _scatter(values, mock.freedom[name], groups)
        truth = truth_of(points, variances, groups, draws, rng)
        shift = shifts[name]
        scores = fresh(truth, deviations, both) + shift.drawn(rng, (draws, len(points)))
        columns[name] = np.clip(scores, 0.0, _full_marks(evaluation, name))
        change += np.nan_to_num(columns[name] - points) * _worth(evaluation, name)
        between = truth.between[~np.isnan(truth.between)]
        rows.append((name, truth.reliability.mean(), np.sqrt(variances.mean()),
                     between.sum() / max(len(between), 1), shift.mean, shift.spread, shift.n))  # fmt: skip
    composite = snap(mock.point + change + _dates(months, rng, draws)[:, None])
    names = ["method", "reliability", "sampling_sd", "between_sd", "shift", "spread", "n_pairs"]
    rank = rank_replicates(evaluation, composite, _tie_columns(mock, columns))
    printed = round_score(composite, evaluation.rulebook.settings.rounding)
    methods = pd.DataFrame(rows, columns=names)
    learned = tuple((first.round.info, second.round.info) for first, second in pairs)
    return Forecast(mock, learned, months, groups.tolist(), composite, rank, methods, printed)


def _scatter(values: Floats, freedom: Floats, groups: NDArray[np.str_]) -> tuple[Floats, Floats]:
    """Deviations of the replicates (replicates, units) and their variances, pooled over units as far as their
    differences are noise."""
    deviations = np.nan_to_num(values - values.mean(axis=0))
    alone = deviations.var(axis=0)
    variances = pooled(alone, freedom, groups)
    scale = np.sqrt(np.divide(variances, alone, out=np.ones(len(alone)), where=alone > 0))
    return deviations * scale, variances


def _shifts(mock: Redraw, learned: dict[str, Shift], assumed: dict[str, Shift]) -> dict[str, Shift]:
    unknown = [name for name in assumed if name not in mock.methods]
    raise_errors([_unknown_method(name, list(mock.methods)) for name in unknown], UsageError)
    return {name: learned.get(name, assumed.get(name, Shift(0.0, 0.0))) for name in mock.methods}


def learned_shifts(pairs: Sequence[tuple[Evaluation, Evaluation]]) -> dict[str, Shift]:
    """Shift and spread of every method, official minus mock, over all units of all pairs, in points.

    The spread is what is left of the differences' variance after the sampling variance of both rounds.
    """
    found: dict[str, list[tuple[Floats, Floats]]] = {}
    for first, second in pairs:
        mock, official = (redraw(one, PAIR_DRAWS, seed=0, nodes=False) for one in (first, second))
        for name in mock.methods.keys() & official.methods.keys():
            found.setdefault(name, []).append(_differences(mock, official, name))
    return {name: _shift(parts) for name, parts in found.items()}


def _differences(mock: Redraw, official: Redraw, name: str) -> tuple[Floats, Floats]:
    """Official minus mock of the units both have, and the sampling variance of the difference."""
    both = [unit for unit in mock.units if unit in official.units]
    at = [[one.units.index(unit) for unit in both] for one in (mock, official)]
    points = [
        one.evaluation.scores[name].to_numpy(dtype=float)[i]
        for one, i in zip((mock, official), at, strict=True)
    ]
    variance = [one.methods[name][:, i].var(axis=0) for one, i in zip((mock, official), at, strict=True)]
    return points[1] - points[0], variance[0] + variance[1]


def _shift(parts: list[tuple[Floats, Floats]]) -> Shift:
    change, variance = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    known = ~np.isnan(change) & ~np.isnan(variance)
    change, variance = change[known], variance[known]
    if len(change) < 2:
        return Shift(0.0, 0.0)
    total = float(change.var(ddof=1))
    spread = max(total - float(variance.mean()), 0.0)
    return Shift(float(change.mean()), float(np.sqrt(spread)), len(change), np.sqrt(total / len(change)))


def _unknown_method(name: str, known: list[str]) -> Problem:
    return Problem(
        code="unknown_method",
        zh=f"没有测评方式“{name}”。可用：{'、'.join(known)}。",
        en=f"there is no method {name!r}. Known: {', '.join(known)}.",
        value=name,
    )


def _full_marks(evaluation: Evaluation, name: str) -> Floats:
    """Most points a unit can have in a method (component.method), by its framework."""
    part = next(p for p in evaluation.rulebook.composition.parts if name.startswith(f"{p.id}."))
    marks = []
    for group in evaluation.scores["group"].astype(str):
        framework = evaluation.rulebook.framework(part, group)
        node = framework.by_id.get(name.removeprefix(f"{part.id}."))
        marks.append(framework.share(node) * framework.settings.full_marks if node else np.nan)
    return np.array(marks)


def _worth(evaluation: Evaluation, name: str) -> Floats:
    """Points of the composite that one point of a method brings each unit; weight of what is not there has
    moved to the others."""
    composite = evaluation.scored.composite
    part = next(p for p in evaluation.rulebook.composition.parts if name.startswith(f"{p.id}."))
    weight = composite.rolled.weight[:, composite.tree.ids.index(part.id)] * composite.full_marks
    total = np.zeros(len(weight))
    for other in evaluation.scores.columns:
        if str(other).startswith(f"{part.id}."):
            there = evaluation.scores[other].notna().to_numpy()
            total += np.where(there, np.nan_to_num(_full_marks(evaluation, str(other))), 0.0)
    return np.divide(weight, total, out=np.zeros(len(weight)), where=total > 0)


def _tie_columns(mock: Redraw, methods: dict[str, Floats]) -> dict[str, Floats]:
    """What ties are broken by: methods as forecast, other columns as they are."""
    scores = mock.evaluation.scores
    wanted = [name for name in mock.evaluation.rulebook.settings.ties.by if name in scores.columns]
    return {**{name: scores[name].to_numpy(dtype=float)[None, :] for name in wanted}, **methods}


# The date


def month_levels(series: pd.DataFrame) -> pd.DataFrame:
    """Level of each month (points above the mean of all): month, level, level_se, n; empty where the series
    shows no months of their own.

    `series`: one row per round: date and composite (mean over units). Months differ when an F test of months
    against the spread inside months says so at 5 %; it takes at least one month that was seen twice.
    """
    from scipy import stats

    month = pd.to_datetime(series["date"]).dt.month.to_numpy()
    values = series["composite"].to_numpy(dtype=float)
    months, code = np.unique(month, return_inverse=True)
    n = np.bincount(code)
    means = np.bincount(code, weights=values) / np.maximum(n, 1)
    inside = len(values) - len(months)
    empty = pd.DataFrame({"month": [], "level": [], "level_se": [], "n": []})
    if inside < 1 or len(months) < 2:
        return empty
    within = float(((values - means[code]) ** 2).sum() / inside)
    between = float((n * (means - values.mean()) ** 2).sum() / (len(months) - 1))
    if within > 0 and stats.f.sf(between / within, len(months) - 1, inside) > 0.05:
        return empty
    error = np.sqrt(within / n)
    return pd.DataFrame({"month": months, "level": means - values.mean(), "level_se": error, "n": n})


def _dates(months: pd.DataFrame | None, rng: np.random.Generator, draws: int) -> Floats:
    """Level of the month of each draw, every month of the table as likely as the others."""
    if months is None or months.empty:
        return np.zeros(draws)
    chosen = rng.integers(0, len(months), draws)
    level, error = (months[name].to_numpy(dtype=float) for name in ("level", "level_se"))
    return np.asarray(level[chosen] + error[chosen] * rng.normal(size=draws))
