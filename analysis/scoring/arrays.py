"""Small array tools of this room: grouped sums and codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PIECE = 1 << 17
"""Rows worked on at once: few enough that what is computed from them stays in the processor's cache."""


def pieces(n: int) -> Iterator[slice]:
    """Rows 0 to n in slices of `PIECE`, in order."""
    return (slice(start, min(start + PIECE, n)) for start in range(0, n, PIECE))


def group_sum(values: Floats, index: Ints, n: int) -> Floats:
    """Sums of `values` (..., rows) over groups `index` (rows,), shape (..., n)."""
    if values.ndim == 1:
        return np.asarray(np.bincount(index, weights=values, minlength=n), dtype=np.float64)
    flat = values.reshape(-1, values.shape[-1])
    return np.asarray((_membership(index, n) @ flat.T).T).reshape(*values.shape[:-1], n)


def _membership(index: Ints, n: int) -> Any:
    """Sparse matrix (groups, rows) that adds up the rows of each group, in their order."""
    from scipy.sparse import csr_array

    order = np.argsort(index, kind="stable")
    start = np.concatenate([[0], np.cumsum(group_count(index, n))])
    return csr_array((np.ones(len(index)), order, start), shape=(n, len(index)))


def group_count(index: Ints, n: int) -> Ints:
    """How many rows each group has, shape (n,)."""
    return np.bincount(index, minlength=n)


def factorize(key: Ints) -> tuple[Ints, Ints]:
    """Codes 0.. in order of appearance, and the distinct keys."""
    codes, distinct = pd.factorize(key)
    return codes.astype(np.int64), np.asarray(distinct)


def codes_in(column: pd.Series, wanted: Sequence[str] | Mapping[str, int]) -> NDArray[np.int32]:
    """Position of each row's label in `wanted`, -1 where it is not among them."""
    positions = wanted if isinstance(wanted, Mapping) else {name: i for i, name in enumerate(wanted)}
    cats = column.cat.categories.tolist()
    lookup = np.array([*(positions.get(name, -1) for name in cats), -1], dtype=np.int32)
    return looked_up(lookup, column.array.codes)


def looked_up(table: NDArray[Any], codes: NDArray[np.signedinteger]) -> NDArray[Any]:
    """`table[codes]` (-1: its last entry), piece by piece: no index of the whole length in between."""
    found = np.empty(len(codes), dtype=table.dtype)
    for rows in pieces(len(codes)):
        np.take(table, codes[rows], out=found[rows], mode="wrap")
    return found


def floats(column: pd.Series) -> Floats:
    """A number column as floats, NaN where there is none; not a copy where it is that already."""
    if column.dtype == np.float64:
        return column.to_numpy()
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
