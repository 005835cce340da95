"""What the truth of each unit may be, given estimates of all of them, and fresh draws around it.

The spread of the truth between units is not known but estimated from few of them; taking one value for it
makes forecasts surer than they may be. It is therefore drawn, too: on a grid, from its posterior under a flat
prior, after it the mean of the units, after that the truth of each (Gelman and others, Bayesian Data
Analysis, 3rd edition 2013, section 5.4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = (np.arange(200) + 0.5) / 200
"""Places on the range of the spread between units, as a part of it."""
WIDEST = 4.0
"""End of that range, in standard deviations of the estimates."""


class Truth(NamedTuple):
    """Draws of what the truth of each unit may be (draws, units): its `centre`, and `reliability` (0..1), the
    part of the sampling variance that it scatters by; `between` (draws, units): standard deviation of the
    truth over the units of the group (NaN: alone in it)."""

    centre: Floats
    reliability: Floats
    between: Floats


def truth_of(
    estimates: Floats, variances: Floats, groups: NDArray[np.str_], draws: int, rng: np.random.Generator
) -> Truth:
    """What is known of the truth from estimates (units,) with their sampling variances.

    A unit alone in its group, or one without estimate, stays as it is.
    """
    shape = (draws, len(estimates))
    centre, reliability = np.broadcast_to(estimates, shape).copy(), np.ones(shape)
    between = np.full(shape, np.nan)
    for group in np.unique(groups):
        mine = np.flatnonzero((groups == group) & ~np.isnan(estimates))
        if len(mine) < 2:
            continue
        y, v = estimates[mine], variances[mine]
        if not v.any():
            between[:, mine] = y.std(ddof=1)
            continue
        spread, mean = _drawn_spread(y, v, draws, rng)
        part = spread[:, None] ** 2 / (spread[:, None] ** 2 + v)
        centre[:, mine] = mean[:, None] + part * (y - mean[:, None])
        reliability[:, mine], between[:, mine] = part, spread[:, None]
    return Truth(centre, reliability, between)


def _drawn_spread(y: Floats, v: Floats, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draws of the standard deviation between units and of their mean."""
    grid = GRID * WIDEST * np.sqrt(y.var(ddof=1) + v.mean())
    total = grid[:, None] ** 2 + v
    weight = 1.0 / total
    error = 1.0 / weight.sum(axis=1)
    mean = (weight * y).sum(axis=1) * error
    misfit = ((y - mean[:, None]) ** 2 * weight).sum(axis=1)
    log = 0.5 * (np.log(error) - np.log(total).sum(axis=1) - misfit)
    density = np.exp(log - log.max())
    chosen = rng.choice(len(grid), draws, p=density / density.sum())
    return grid[chosen], mean[chosen] + np.sqrt(error[chosen]) * rng.normal(size=draws)


def pooled(variances: Floats, freedom: Floats, groups: NDArray[np.str_]) -> Floats:
    """Sampling variances drawn toward the mean of their group by the part of their spread that is noise.

    A variance with `freedom` degrees of freedom scatters by 2 v² / freedom about its own; a unit whose few
    sites happened to be alike would otherwise look certain. Variances of 0, or without freedom, stay.
    """
    found = variances.copy()
    for group in np.unique(groups):
        mine = np.flatnonzero((groups == group) & (variances > 0) & (freedom > 0))
        if len(mine) < 2:
            continue
        mean = variances[mine].mean()
        noise = 2.0 * mean**2 / (freedom[mine] + 2.0)
        true = max(float(variances[mine].var(ddof=1) - noise.mean()), 0.0)
        found[mine] = mean + true / (true + noise) * (variances[mine] - mean)
    return found


def fresh(truth: Truth, deviations: Floats, rows: tuple[Ints, Ints]) -> Floats:
    """What a fresh draw would show (draws, units): the truth as it may be, plus sampling error.

    `deviations` (replicates, units) of the estimates in redraws. `rows` are two replicates per draw, taken
    whole, so that units (and methods that are given the same rows) that share assessors stay together: one
    for what is unknown of the truth, the other for the fresh draw.
    """
    unknown = deviations[rows[0]] * np.sqrt(truth.reliability)
    return np.asarray(truth.centre + unknown + deviations[rows[1]])
