"""Confidence sets for ranks, from estimates and how they scatter together over redraws.

Of every ordered pair it is asked whether one is above the other beyond chance. As many pairs are asked at
once, the limit is the quantile of the largest of their scattered differences; established pairs leave the
family and the rest is asked again (stepdown) until nothing new is found.

Source: M. Mogstad, J. P. Romano, A. M. Shaikh, D. Wilhelm, "Inference for Ranks with Applications to Mobility
across Neighbourhoods and Academic Achievement across Countries", Review of Economic Studies 91 (2024)
476-518, doi:10.1093/restud/rdad006. In place of normal draws stand the deviations of the redraws themselves,
which hold the covariance of units that share assessors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

DRAWS = 2000
"""Redraws that are looked at; more would not move a 95 % quantile by anything that is shown."""
CHUNK = 2_000_000
"""Differences held in memory at a time."""


class RankSets(NamedTuple):
    """Lowest and highest rank (1 is best) of every unit: each set holds with the level on its own
    (`marginal`), or all of them together do (`simultaneous`); arrays (units, 2)."""

    marginal: Ints
    simultaneous: Ints


def rank_sets(estimates: Floats, replicates: Floats, level: float = 0.95) -> RankSets:
    """Confidence sets for the ranks of estimates (units,) by their replicates (replicates, units); every rank
    where there is a single replicate."""
    if len(replicates) < 2 or len(estimates) < 2:
        nothing = np.tile(np.array([1, len(estimates)]), (len(estimates), 1))
        return RankSets(nothing, nothing)
    drawn = replicates[:DRAWS] - replicates[:DRAWS].mean(axis=0)
    spread = _spread(drawn)
    gaps = estimates[:, None] - estimates[None, :]
    marginal = [_of_one(j, gaps, drawn, spread, level) for j in range(len(estimates))]
    above = _stepdown(gaps, spread, lambda family: _largest(drawn, spread, family), level)
    together = _bounds(above.sum(axis=0), above.sum(axis=1), len(estimates))
    return RankSets(np.array(marginal, dtype=np.int64), together)


def _spread(drawn: Floats) -> Floats:
    """Standard deviation of the difference of every pair (units, units); 0 where it never varies."""
    covariance = np.cov(drawn, rowvar=False)
    variance = np.diag(covariance)
    squared = variance[:, None] + variance[None, :] - 2 * covariance
    rounding = 1e-12 * (variance[:, None] + variance[None, :])
    return np.sqrt(np.where(squared > rounding, squared, 0.0))


def _of_one(j: int, gaps: Floats, drawn: Floats, spread: Floats, level: float) -> Ints:
    """The set of one unit, by the pairs it is part of: rows of the family are "above j" and "below j"."""
    ratio = _ratio(drawn[:, [j]] - drawn, spread[j])
    both = np.stack([-ratio, ratio], axis=1)
    family = np.ones((2, len(gaps)), dtype=bool)
    family[:, j] = False
    found = _stepdown(
        np.stack([-gaps[j], gaps[j]]),
        np.stack([spread[j], spread[j]]),
        lambda family: np.where(family, both, -np.inf).max(axis=(1, 2)),
        level,
        family,
    )
    return _bounds(found[0].sum(), found[1].sum(), len(gaps))


def _bounds(above: Ints, below: Ints, units: int) -> Ints:
    return np.stack([1 + above, units - below], axis=-1)


def _stepdown(
    gaps: Floats,
    spread: Floats,
    largest: Callable[[Flags], Floats],
    level: float,
    family: Flags | None = None,
) -> Flags:
    """Pairs whose first is established to lie above the second."""
    left = ~np.eye(len(gaps), dtype=bool) if family is None else family
    established = np.zeros(gaps.shape, dtype=bool)
    while left.any():
        limit = _upper(largest(left), level)
        fresh = left & (gaps > limit * spread) & (gaps > 0)
        if not fresh.any():
            break
        established |= fresh
        left = left & ~fresh
    return established


def _upper(values: Floats, level: float) -> float:
    """Order statistic that a share `level` of further draws stays below."""
    place = min(int(np.ceil((len(values) + 1) * level)), len(values)) - 1
    return float(np.partition(values, place)[place])


def _ratio(differences: Floats, spread: Floats) -> Floats:
    return np.divide(differences, spread, out=np.zeros(differences.shape), where=spread > 0)


def _largest(drawn: Floats, spread: Floats, family: Flags) -> Floats:
    """Largest scattered difference of the pairs of a family in every redraw."""
    first, second = np.nonzero(family)
    scale = spread[first, second]
    result = np.empty(len(drawn))
    step = max(CHUNK // max(len(first), 1), 1)
    for start in range(0, len(drawn), step):
        some = drawn[start : start + step]
        result[start : start + step] = _ratio(some[:, first] - some[:, second], scale).max(axis=1)
    return result
