"""Leaf rates of one unit to its nodes, for many replicates: the roll-up as a matrix where nothing is missing
that was there before, the roll-up itself where a draw left a leaf without any weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.scoring.arrays import Floats, Ints
from analysis.scoring.parts import ScoredBlock
from analysis.scoring.rollup import RolledUp, roll_up


class Operators:
    """The roll-up of entities as affine maps, found by rolling up one leaf at a time; shared by entities with
    the same leaves and given scores."""

    def __init__(self, scored: ScoredBlock) -> None:
        self.scored = scored
        self.inner = np.setdiff1d(np.arange(len(scored.tree.ids)), scored.tree.leaf_node)
        self.known: dict[bytes, tuple[Floats, Floats]] = {}

    def of(self, entity: int) -> tuple[Floats, Floats]:
        """Inner nodes from leaf rates: matrix (inner nodes, leaves), and what given scores bring."""
        there, given = ~np.isnan(self.scored.filled.rate[entity]), self.scored.given[entity]
        key = there.tobytes() + given.tobytes()
        if key not in self.known:
            self.known[key] = self._probe(there, given)
        return self.known[key]

    def _probe(self, there: Any, given: Floats) -> tuple[Floats, Floats]:
        n = len(there)
        leaves = np.where(there, np.concatenate([np.zeros((1, n)), np.eye(n)]), np.nan)
        rates = roll_up(self.scored.tree, leaves[:, None, :], given[None, :]).rate[:, 0, self.inner]
        return (rates[1:] - rates[0]).T, rates[0]


class UnitTree:
    """The nodes of the entities first..last of a block."""

    def __init__(self, operators: Operators, first: int, last: int) -> None:
        from scipy.sparse import block_diag, csr_array

        self.scored, self.first, self.last = operators.scored, first, last
        self.inner = operators.inner
        found = [operators.of(entity) for entity in range(first, last)]
        matrices = [np.nan_to_num(matrix) for matrix, _ in found]
        self.matrix = csr_array(block_diag(matrices, format="csr"))
        self.constant = np.concatenate([constant for _, constant in found])
        filled = self.scored.filled.rate[first:last].ravel()
        self.there = ~np.isnan(filled)
        self.fixed = filled
        self.observed = ~np.isnan(self.scored.observed.rate[first:last].ravel()) & self.there
        self.absent = self.scored.absent[first:last].ravel()
        self.imputed = self.scored.filled.imputed[first:last].ravel()

    def fill(self, rates: Floats, means: Floats | None) -> Floats:
        """Leaf rates (cells, replicates) after the rules for missing data.

        `means` (cells, replicates): of the other units, where a rule asks for them.
        """
        rates[~self.observed] = self.fixed[~self.observed, None]
        empty = np.flatnonzero(np.isnan(rates).any(axis=1) & self.there)
        for cell in np.union1d(empty, np.flatnonzero(self.imputed)):
            gone = np.isnan(rates[cell]) | self.imputed[cell]
            if self.absent[cell] == "zero":
                rates[cell, gone] = 0.0
            elif self.absent[cell] == "group_mean" and means is not None:
                rates[cell, gone] = means[cell, gone]
        return rates

    def nodes(self, rates: Floats) -> Floats:
        """Rates of all nodes (entities, nodes, replicates) from filled leaf rates (cells, replicates)."""
        tree, n = self.scored.tree, self.last - self.first
        result = np.empty((n, len(tree.ids), rates.shape[1]))
        leaves = rates.reshape(n, -1, rates.shape[1])
        result[:, tree.leaf_node] = leaves
        inner = self.matrix @ np.where(self.there[:, None], rates, 0.0) + self.constant[:, None]
        result[:, self.inner] = inner.reshape(n, -1, rates.shape[1])
        odd, again = self._odd(rates)
        if again is not None:
            result[:, :, odd] = again.rate.transpose(1, 2, 0)
        return result

    def _odd(self, rates: Floats) -> tuple[Ints, RolledUp | None]:
        """Replicates in which a leaf lost what it had, rolled up one by one; None without any."""
        odd = np.flatnonzero(np.isnan(rates[self.there]).any(axis=0))
        if not len(odd):
            return odd, None
        leaves = rates[:, odd].reshape(self.last - self.first, -1, len(odd)).transpose(2, 0, 1)
        return odd, roll_up(self.scored.tree, leaves, self.scored.given[self.first : self.last])

    def surplus(self, above: Floats, rates: Floats, roots: Floats) -> Floats:
        """Surplus as a share of the component's full marks (replicates,), from that of the leaves `above`
        (cells, replicates), filled leaf rates, and the roots' rates (entities, replicates).

        A leaf weighs what it weighs in that replicate, so does an entity among those that have a rate.
        """
        tree, n = self.scored.tree, self.last - self.first
        usual = self.scored.rolled.weight[self.first : self.last][:, tree.leaf_node]
        weight = np.repeat(usual[:, :, None], rates.shape[1], axis=2)
        odd, again = self._odd(rates)
        if again is not None:
            weight[:, :, odd] = again.weight[..., tree.leaf_node].transpose(1, 2, 0)
        held = ~np.isnan(roots)
        summed = np.where(held, (weight * above.reshape(n, -1, rates.shape[1])).sum(axis=1), 0.0)
        return np.asarray(summed.sum(axis=0) / np.maximum(held.sum(axis=0), 1))
