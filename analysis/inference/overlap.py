"""Sampling variance of a change between two samples that share part of their members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Strata:
    """Members of two samples in strata, as linearised values: their sum over a sample is the estimate.

    `stratum` (members,): code of each member; `first`, `second` (members,): its value in either sample,
    NaN where it was not drawn; `population` (strata,): members there are, inf where nobody knows.
    """

    stratum: NDArray[np.int64]
    first: Floats
    second: Floats
    population: Floats


class Variance(NamedTuple):
    """Variances per stratum of the first and the second estimate and of their difference.

    NaN for a stratum whose variance nothing in it can tell: one member drawn of several.
    """

    first: Floats
    second: Floats
    change: Floats


def change_variance(strata: Strata) -> Variance:
    """Variances of two estimated totals of means and of their difference, per stratum.

    Both samples are simple random ones without replacement from the same stratum, of n1 and n2 members
    with nc in common: Var = (1/n1 - 1/N) S11 + (1/n2 - 1/N) S22 - 2 (nc/(n1 n2) - 1/N) S12. S12 is taken
    from the common members. Tam (1984), doi:10.1080/00031305.1984.10483220.
    """
    n_strata = len(strata.population)
    moments = [_spread(strata, value, value, n_strata) for value in (strata.first, strata.second)]
    (n1, s11), (n2, s22) = moments
    nc, s12 = _spread(strata, strata.first, strata.second, n_strata)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = 1.0 / strata.population
        first, second = (_own(n, s, rest) for n, s in moments)
        shared = np.where(nc > 1, n1 * n2 * s12 * (nc / (n1 * n2) - rest), 0.0)
    known = np.where((n1 > 0) & (n2 > 0), shared, 0.0)
    return Variance(first, second, np.maximum(first + second - 2 * known, 0.0))


def _own(n: Floats, spread: Floats, rest: Floats) -> Floats:
    """Variance of one estimate: of n values that are each a share 1/n of the stratum's mean."""
    variance = n**2 * spread * np.maximum(1.0 / n - rest, 0.0)
    complete = np.where(n * rest >= 1.0 - 1e-12, 0.0, variance)
    return np.where(n == 0, 0.0, complete)


def _spread(strata: Strata, one: ArrayLike, other: ArrayLike, n_strata: int) -> tuple[Floats, Floats]:
    """Members with both values per stratum, and the covariance of their values (NaN below two members)."""
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    both = ~np.isnan(a) & ~np.isnan(b)
    at, a, b = strata.stratum[both], a[both], b[both]
    n = np.bincount(at, minlength=n_strata).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_a = np.bincount(at, a, n_strata) / n
        mean_b = np.bincount(at, b, n_strata) / n
        products = np.bincount(at, (a - mean_a[at]) * (b - mean_b[at]), n_strata)
        return n, products / (n - 1.0)
