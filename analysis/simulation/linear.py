"""Sums over the members of a unit that follow their weights: a sparse matrix and what never changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.scoring.arrays import Floats, Ints, factorize, group_sum


@dataclass(frozen=True)
class Entries:
    """Amounts by row of the result and member (-1: always counted), of all units together."""

    row: Ints
    member: Ints
    amount: Floats

    def taken(self, chosen: Ints) -> Entries:
        """Some of the entries."""
        return Entries(self.row[chosen], self.member[chosen], self.amount[chosen])


NOTHING = 1e-9
"""Sums below this are what rounding left of 0: a row without any weight must be told from one with little."""


@dataclass(frozen=True)
class Linear:
    """`constant + matrix @ weights`: rows x replicates from members x replicates; `exact`: no 0 can come out
    as a difference."""

    constant: Floats
    matrix: Any
    exact: bool

    def __call__(self, weights: Floats) -> Floats:
        if not self.matrix.nnz:
            return np.repeat(self.constant[:, None], weights.shape[1], axis=1)
        result: Floats = self.matrix @ weights
        result += self.constant[:, None]
        if not self.exact:
            result[np.abs(result) < NOTHING] = 0.0
        return result


def linear(
    row: Ints, member: Ints, amount: Floats, shape: tuple[int, int], stratum: Ints, size: Ints
) -> Linear:
    """The sums of `amount` x weight by row, shape (rows, members).

    `stratum` and `size` of every member: the weights of a stratum add up to its size, whatever is drawn. So
    of a row that holds all members of a stratum only what differs from their usual amount is added up.
    """
    from scipy.sparse import csr_array

    rows, members = shape
    always = member < 0
    constant = group_sum(amount[always], row[always], rows)
    row, member, amount = row[~always], member[~always], amount[~always]
    code, keys = factorize(row * (members + 1) + member)
    amount = group_sum(amount, code, len(keys))
    row, member = np.divmod(keys, members + 1)
    usual = _usual(row, stratum[member], amount, size[member])
    constant = constant + group_sum(usual, row, rows)
    differs = amount != usual
    matrix = csr_array(((amount - usual)[differs], (row[differs], member[differs])), shape=shape)
    return Linear(constant, matrix, not (usual[differs] != 0).any())


def _usual(row: Ints, stratum: Ints, amount: Floats, size: Ints) -> Floats:
    """Of each entry the most frequent amount of its row and stratum, if that holds every member; else 0."""
    pair, keys = factorize(row * (int(stratum.max(initial=0)) + 1) + stratum)
    order = np.lexsort((amount, pair))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(pair[order]) != 0) | (np.diff(amount[order]) != 0)
    first = np.flatnonzero(fresh)
    times = np.diff(np.append(first, len(order)))
    rising = np.argsort(times, kind="stable")
    most_frequent = np.zeros(len(keys))
    at = order[first[rising]]
    most_frequent[pair[at]] = amount[at]
    whole = np.bincount(pair, minlength=len(keys))[pair] == size
    return np.where(whole, most_frequent[pair], 0.0)
