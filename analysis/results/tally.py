"""Sums over millions of rows by label columns: codes are combined into one key and counted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_DENSE = 4_000_000
"""Combinations that are counted in place; more of them are numbered by appearance first."""


def tally(
    columns: Mapping[str, pd.Categorical], amount: NDArray[np.float64], finding: NDArray[np.int64]
) -> pd.DataFrame:
    """Sum of `amount` (`points_lost`) and number of distinct findings (`n_findings`) per combination.

    Rows of one finding stand together. Combinations come in the order of their categories.
    """
    key, size = _key(list(columns.values()), len(amount))
    sums = np.bincount(key, weights=amount, minlength=size)
    counts = np.bincount(key[_first(key, finding) == np.arange(len(key))], minlength=size)
    found = np.flatnonzero(counts)
    at = _a_row_of_each(key, size)[found]
    labels = {name: column.take(at) for name, column in columns.items()}
    return pd.DataFrame({**labels, "points_lost": sums[found], "n_findings": counts[found]})


def once(
    columns: Mapping[str, pd.Categorical], weight: NDArray[np.float64], finding: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Every finding once per combination: the position of its first row, and the sum of its weights."""
    key, _ = _key(list(columns.values()), len(weight))
    first = _first(key, finding)
    sums = np.asarray(np.bincount(first, weights=weight, minlength=len(first)), dtype=np.float64)
    kept = np.flatnonzero(first == np.arange(len(first))).astype(np.int64)
    return kept, sums[kept]


def _key(columns: list[pd.Categorical], n: int) -> tuple[NDArray[np.int64], int]:
    """One number per combination, and how many numbers there are."""
    key, size = np.zeros(n, dtype=np.int64), 1
    for column in columns:
        width = len(column.categories) + 1
        key *= width
        key += column.codes
        key += 1
        size *= width
        if size > _DENSE:
            key, distinct = pd.factorize(key)
            size = max(len(distinct), 1)
    return key, size


def _a_row_of_each(key: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    at = np.zeros(size, dtype=np.int64)
    at[key] = np.arange(len(key))
    return at


def _first(key: NDArray[np.int64], finding: NDArray[np.int64]) -> NDArray[np.int64]:
    """For every row the position of the first row of its finding that has the same combination."""
    first = np.arange(len(key))
    at = np.flatnonzero(finding[1:] == finding[:-1]) + 1
    lag = 1
    while len(at):
        same = at[key[at] == key[at - lag]]
        first[same] = same - lag
        lag += 1
        at = at[at >= lag]
        at = at[finding[at] == finding[at - lag]]
    return first
