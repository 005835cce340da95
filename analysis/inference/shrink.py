"""Estimates drawn toward the mean of their group by their reliability, and fresh draws around them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Shrunken(NamedTuple):
    """Per unit: `centre` of the truth given the estimate, its `reliability` (0..1); `between`: standard
    deviation of the truth over the units of the group."""

    centre: Floats
    reliability: Floats
    between: Floats


def shrink(estimates: Floats, variances: Floats, groups: NDArray[np.str_]) -> Shrunken:
    """Estimates (units,) with known sampling variances, drawn toward their group's mean.

    Reliability is t / (t + v), t the variance between units beyond sampling, by moments (at least 0): the
    estimator of Fay and Herriot (1979, doi:10.1080/01621459.1979.10482505) with group means alone. A unit
    alone in its group stays as it is.
    """
    centre, reliability = estimates.copy(), np.ones(len(estimates))
    between = np.full(len(estimates), np.nan)
    for group in np.unique(groups):
        mine = np.flatnonzero((groups == group) & ~np.isnan(estimates))
        if len(mine) < 2:
            continue
        y, v = estimates[mine], variances[mine]
        true_variance = max(float(y.var(ddof=1) - v.mean()), 0.0)
        total = true_variance + v
        part = np.divide(true_variance, total, out=np.ones(len(mine)), where=total > 0)
        weight = 1.0 / np.where(total > 0, total, 1.0)
        mean = float((weight * y).sum() / weight.sum()) if (total > 0).all() else float(y.mean())
        centre[mine], reliability[mine] = mean + part * (y - mean), part
        between[mine] = np.sqrt(true_variance)
    return Shrunken(centre, reliability, between)


def fresh(shrunken: Shrunken, deviations: Floats, rows: tuple[Ints, Ints]) -> Floats:
    """What a fresh draw would show (draws, units): the truth as it may be, plus sampling error.

    `deviations` (replicates, units) of the estimates in redraws. `rows` are two replicates per draw, taken
    whole, so that units (and methods that are given the same rows) that share assessors stay together: one
    for what is unknown of the truth, the other for the fresh draw.
    """
    truth = deviations[rows[0]] * np.sqrt(shrunken.reliability)
    return np.asarray(shrunken.centre + truth + deviations[rows[1]])
