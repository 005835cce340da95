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


@dataclass(frozen=True)
class Linear:
    """`constant + matrix @ weights`: rows x replicates from members x replicates."""

    constant: Floats
    matrix: Any

    def __call__(self, weights: Floats) -> Floats:
        if not self.matrix.nnz:
            return np.repeat(self.constant[:, None], weights.shape[1], axis=1)
        result: Floats = self.matrix @ weights
        result += self.constant[:, None]
        return result


def linear(
    row: Ints, member: Ints, amount: Floats, shape: tuple[int, int], stratum: Ints, size: Ints
) -> Linear:
    """The sums of `amount` x weight by row, shape (rows, members).

    `stratum` and `size` of every member: where all members of a stratum bring the same amount their weights
    add up to their number, whatever is drawn, and the sum is constant.
    """
    from scipy.sparse import csr_array

    rows, members = shape
    always = member < 0
    constant = group_sum(amount[always], row[always], rows)
    row, member, amount = row[~always], member[~always], amount[~always]
    code, keys = factorize(row * (members + 1) + member)
    amount = group_sum(amount, code, len(keys))
    row, member = np.divmod(keys, members + 1)
    same = _same_in_stratum(row, stratum[member], amount, size[member])
    constant = constant + group_sum(amount[same], row[same], rows)
    row, member, amount = row[~same], member[~same], amount[~same]
    return Linear(constant, csr_array((amount, (row, member)), shape=shape))


def _same_in_stratum(row: Ints, stratum: Ints, amount: Floats, size: Ints) -> Any:
    """Entries whose row holds every member of their stratum with the same amount."""
    width = int(stratum.max(initial=0)) + 1
    code, keys = factorize(row * width + stratum)
    low, high = np.full(len(keys), np.inf), np.full(len(keys), -np.inf)
    np.minimum.at(low, code, amount)
    np.maximum.at(high, code, amount)
    full = np.bincount(code, minlength=len(keys))[code] == size
    return full & (low == high)[code]
