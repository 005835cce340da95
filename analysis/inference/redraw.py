"""Redraws of stratified samples: the rescaled bootstrap of Rao and Wu, in blocks of replicates.

Strata of an inspection hold two to four sites; there the plain bootstrap shows (n - 1) / n of the variance
and ignores that much of a small population was seen. Here n - 1 of n are drawn with replacement and the
weight of a unit drawn m times is 1 - q + q * m * n / (n - 1), with q^2 = 1 - n / N: never negative, and
adding up to n in every stratum and replicate.

Source: J. N. K. Rao, C. F. J. Wu, "Resampling inference with complex survey data", JASA 83 (1988) 231-241,
doi:10.1080/01621459.1988.10478591; weights as in Rao, Wu, Yue, Survey Methodology 18 (1992) 209-217.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[Any]

FEW = 24
"""Up to this many units a stratum is counted by comparing, above it by binning: whichever is quicker."""


class Rescaling(NamedTuple):
    """Weight of a unit that was drawn m times: `kept + per_draw * m`, one pair per stratum."""

    kept: Floats
    per_draw: Floats


def rescaling(n: ArrayLike, population: ArrayLike, effort: ArrayLike = 1.0) -> Rescaling:
    """Weights of Rao and Wu for strata of `n` units out of `population` (NaN: unknown, taken as very many).

    `effort`: as if that many times as many units had been visited (at most all of them). A stratum of one
    unit, or one that was visited completely, does not vary.
    """
    n = np.asarray(n, dtype=np.float64)
    more = n * effort
    seen = np.nan_to_num(np.minimum(more / np.asarray(population, dtype=np.float64), 1.0), nan=0.0)
    spread = np.sqrt(np.where(n > 1, 1.0 - seen, 0.0) / effort)
    return Rescaling(1.0 - spread, spread * n / np.maximum(n - 1.0, 1.0))


def plain(n: ArrayLike) -> Rescaling:
    """Weights of the plain bootstrap (n of n drawn), for comparison: a unit weighs as often as it came."""
    n = np.asarray(n, dtype=np.float64)
    return Rescaling(np.zeros(n.shape), np.ones(n.shape))


def draw_counts(
    rng: np.random.Generator, size: int, strata: int, replicates: int, draws: int | None = None
) -> Counts:
    """How often each of `size` units of each stratum is drawn, shape (strata, size, replicates).

    `draws` with replacement in every stratum and replicate, by default `size` - 1.
    """
    draws = size - 1 if draws is None else draws
    kind = np.uint8 if size <= 256 else np.uint16 if size <= 65536 else np.uint32
    few = size <= FEW
    shape = (draws, strata, replicates) if few else (strata, replicates, draws)
    chosen: Counts = rng.integers(0, size, size=shape, dtype=kind)
    return _by_comparing(chosen, size) if few else _by_binning(chosen, size)


def _by_comparing(chosen: Counts, size: int) -> Counts:
    counts = np.empty((chosen.shape[1], size, chosen.shape[2]), dtype=np.uint8)
    for unit in range(size):
        counts[:, unit] = (chosen == unit).sum(axis=0, dtype=np.uint8)
    return counts


def _by_binning(chosen: Counts, size: int) -> Counts:
    from scipy.sparse import csr_array

    strata, replicates, draws = chosen.shape
    kind = np.uint16 if draws < 65536 else np.uint32
    counts = np.empty((strata, size, replicates), dtype=kind)
    once, start = np.ones(replicates * draws, dtype=kind), np.arange(replicates + 1, dtype=np.int32) * draws
    for stratum in range(strata):
        # A sparse matrix adds up what stands at the same place when it is written out.
        drawn = csr_array((once, chosen[stratum].ravel().astype(np.int32), start), (replicates, size))
        counts[stratum] = drawn.toarray().T
    return counts


def left_out_variance(values: ArrayLike, population: float, effort: float = 1.0) -> float:
    """Variance of a statistic from one stratum, by its values with one unit left out at a time (jackknife).

    (1 - f) (n - 1) / n times their sum of squares about their mean; `effort`: as if that many times as many
    units had been visited. NaN for a single unit that stands for more than itself: nothing can be said.
    """
    left_out = np.asarray(values, dtype=np.float64)
    n = len(left_out)
    seen = 0.0 if np.isnan(population) else min(n * effort / population, 1.0)
    if seen >= 1.0:
        return 0.0
    return float((1.0 - seen) * (n - 1) ** 2 / n * left_out.var(ddof=1) / effort) if n > 1 else float("nan")
