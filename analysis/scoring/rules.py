"""Every scoring rule as one array function from weighted statistics of rows to a score rate (0..1).

Arguments broadcast: a scalar, one value per case, or (replicates, cases) go through the same lines.
Which rows enter a statistic, and at which level a rule is applied, is said in `cases.py` and `leaves.py`.
The worked examples of `docs/framework.md` are tests of these functions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SNAP = 1e-9
"""Comparisons with a threshold forgive this much, so that 0.29 x 100 reaches 29."""


def mean_rate(earned: ArrayLike, base: ArrayLike) -> Array:
    """Pass share, grades, answers, given scores: what was earned of what was possible."""
    earned, base = np.asarray(earned, dtype=np.float64), np.asarray(base, dtype=np.float64)
    return np.divide(earned, base, out=np.full(np.broadcast(earned, base).shape, np.nan), where=base > 0)


def deduction(deducted: ArrayLike, max_points: ArrayLike, floor: ArrayLike = 0.0) -> Array:
    """Points off (扣完为止): at most down to `floor`; additions offset deductions down to zero.

    Nothing is lost where nothing could be won (every item not applicable).
    """
    most = np.asarray(max_points, dtype=np.float64)
    lost = np.clip(deducted, 0.0, np.maximum(most - np.asarray(floor), 0.0))
    return np.asarray(1.0 - lost / np.where(most > 0, most, 1.0))


def start_adjust(
    deducted: ArrayLike, start: ArrayLike, max_points: ArrayLike, floor: ArrayLike = 0.0
) -> Array:
    """Start at `start`, take off or add (negative deductions), between `floor` and full marks."""
    left = np.asarray(start, dtype=np.float64) - np.asarray(deducted, dtype=np.float64)
    return np.asarray(np.clip(left, floor, max_points) / np.asarray(max_points))


def start_adjust_surplus(deducted: ArrayLike, start: ArrayLike, max_points: ArrayLike) -> Array:
    """Points above full marks, which are bonus or are dropped, as the framework says."""
    return np.maximum(np.asarray(start) - np.asarray(deducted) - np.asarray(max_points), 0.0)


def counted_evidence(valid: ArrayLike, count: ArrayLike) -> Array:
    """Activities of one period: valid ones of those asked for, at most 1."""
    return np.asarray(np.minimum(np.asarray(valid) / np.asarray(count), 1.0))


def threshold(
    value: ArrayLike,
    rose: ArrayLike = False,
    at_least: ArrayLike = -np.inf,
    at_most: ArrayLike = np.inf,
    strict: ArrayLike = False,
    otherwise: ArrayLike = 0.0,
) -> Array:
    """Full marks when the value keeps its limits (`strict`: does not merely reach them) or rose."""
    value = np.asarray(value, dtype=np.float64)
    slack = np.where(strict, -SNAP, SNAP)
    keeps = (value - at_least >= -slack) & (at_most - value >= -slack)
    return np.where(np.isnan(value), np.nan, np.where(keeps | np.asarray(rose), 1.0, otherwise))


def target(value: ArrayLike, goal: ArrayLike, floor: ArrayLike = 0.0) -> Array:
    """Value over target, at most 1; nothing below `floor`."""
    value = np.asarray(value, dtype=np.float64)
    rate = np.clip(value / np.asarray(goal), 0.0, 1.0)
    return np.where(value - np.asarray(floor) < -SNAP, 0.0, rate)
