"""How far raters lie from each other where they judged alike: least squares within groups, robust errors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Offsets(NamedTuple):
    """Per rater: `offset` from the weighted mean of the raters it can be compared with, its `error` (NaN
    where nothing can be told), `clusters` it worked in."""

    offset: Floats
    error: Floats
    clusters: Ints


def rater_offsets(
    value: Floats, weight: Floats, rater: Ints, group: Ints, cluster: Ints, n_raters: int
) -> Offsets:
    """What each rater adds to `value` (rows,) against other raters of the same `group` (a visit, a kind of
    site), by weighted least squares with one mean per group.

    Errors are robust against rows of one `cluster` (a site) that resemble each other (Liang and Zeger 1986,
    doi:10.1093/biomet/73.1.13); residuals of a group of m clusters are widened by sqrt(m / (m - 1)), since
    its mean was fitted to them, and all of n clusters by sqrt(n / (n - raters)). Raters that never meet, not
    even through others, are not compared.
    """
    n_groups = int(group.max(initial=-1)) + 1
    total = np.bincount(group, weight, n_groups)
    centred = value - (np.bincount(group, weight * value, n_groups) / total)[group]
    shares = _sparse(weight / total[group], group, rater, (n_groups, n_raters))
    mass = np.bincount(rater, weight, n_raters).astype(np.float64)
    normal = np.diag(mass) - (shares.T @ (shares * total[:, None])).toarray()
    inverse = np.linalg.pinv(normal, hermitian=True)
    effect = inverse @ np.bincount(rater, weight * centred, n_raters)
    residual = centred - effect[rater] + (shares @ effect)[group]
    influence = _influence(residual * _widened(group, cluster), weight, rater, group, cluster, shares)
    contrast = _contrasts(normal, mass)
    spread = contrast @ inverse @ influence.T
    alone = np.isclose(np.diag(normal), 0.0, atol=1e-9 * mass.max(initial=1.0))
    error = np.where(alone, np.nan, np.sqrt((spread**2).sum(axis=1)))
    pairs = np.unique(np.column_stack([rater, cluster]), axis=0)
    found = np.bincount(pairs[:, 0], minlength=n_raters)
    return Offsets(np.where(alone, np.nan, contrast @ effect), error, found)


def _sparse(values: Floats, rows: Ints, columns: Ints, shape: tuple[int, int]) -> Any:
    from scipy.sparse import csr_array

    return csr_array((values, (rows, columns)), shape=shape)


def _widened(group: Ints, cluster: Ints) -> Floats:
    """sqrt(m / (m - 1)) for the m clusters of each row's group; 1 where there is one cluster."""
    pairs = np.unique(np.column_stack([group, cluster]), axis=0)
    m = np.bincount(pairs[:, 0])[group]
    return np.sqrt(np.where(m > 1, m / np.maximum(m - 1, 1), 1.0))


def _influence(
    residual: Floats, weight: Floats, rater: Ints, group: Ints, cluster: Ints, shares: Any
) -> Floats:
    """What every cluster adds to the normal equations, shape (clusters, raters)."""
    n_clusters, (n_groups, n_raters) = int(cluster.max(initial=-1)) + 1, shares.shape
    own = _sparse(weight * residual, cluster, rater, (n_clusters, n_raters))
    common = _sparse(weight * residual, cluster, group, (n_clusters, n_groups)) @ shares
    scale = np.sqrt(n_clusters / max(n_clusters - n_raters, 1))
    return np.asarray((own - common).toarray() * scale)


def _contrasts(normal: Floats, mass: Floats) -> Floats:
    """Each rater against the weighted mean of all it is connected with, shape (raters, raters)."""
    from scipy.sparse.csgraph import connected_components

    tiny = 1e-9 * max(float(mass.max(initial=0.0)), 1.0)
    _, team = connected_components(np.abs(normal) > tiny, directed=False)
    together = (team[:, None] == team[None, :]) * mass[None, :]
    total = together.sum(axis=1, keepdims=True)
    return np.asarray(np.eye(len(mass)) - together / np.where(total > 0, total, 1.0))


def spread_of(offset: Floats, error: Floats) -> float:
    """Variance of the raters themselves: of their offsets, less what is noise (at least 0)."""
    known = ~np.isnan(offset) & ~np.isnan(error)
    if known.sum() < 2:
        return 0.0
    return max(float(offset[known].var(ddof=1) - np.mean(error[known] ** 2)), 0.0)


def holm(p: Floats) -> Floats:
    """p-values that allow for having looked at all of them (Holm 1979); NaN stay and do not count."""
    found = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found
