"""Leaf rates to nodes: missing data, weights that apply, and the mean of children up to the root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.framework.model import Framework, MissingRule, Part
from analysis.scoring.arrays import Floats, Ints, group_sum

Flags = NDArray[np.bool_]

COMPOSITE = "composite"


@dataclass(frozen=True)
class Filled:
    """Leaf rates after the missing-data rules, shape (entities, leaves): NaN where the weight moves on.

    `imputed`: mean of the others; `zero`: nothing there and counted zero; `refused`: the rule says error.
    """

    rate: Floats
    imputed: Flags
    zero: Flags
    refused: Flags


def fill_missing(rate: Floats, absent: NDArray[np.str_], groups: NDArray[np.str_]) -> Filled:
    """Apply the rule named in `absent` (entities, leaves) to the cells of `rate` (..., entities, leaves) that
    are NaN."""
    empty = np.isnan(rate)
    zero = empty & (absent == "zero")
    mean = group_means(rate, groups)
    imputed = empty & (absent == "group_mean") & ~np.isnan(mean)
    refused = empty & ((absent == "error") | ((absent == "group_mean") & np.isnan(mean)))
    filled: Floats = np.where(zero, 0.0, np.where(imputed, mean, rate))
    return Filled(filled, imputed, zero, refused)


def group_means(rate: Floats, groups: NDArray[np.str_]) -> Floats:
    """Mean over the entities of the same group that were observed, per leaf; NaN where nobody was.

    `rate` (..., entities, leaves): leading axes (replicates) are averaged apart from each other.
    """
    means = np.full(rate.shape, np.nan)
    for group in np.unique(groups):
        mine = groups == group
        observed = ~np.isnan(rate[..., mine, :])
        count = observed.sum(axis=-2, keepdims=True)
        total = np.where(observed, rate[..., mine, :], 0.0).sum(axis=-2, keepdims=True)
        means[..., mine, :] = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return means


@dataclass(frozen=True)
class Tree:
    """A framework's tree as arrays; nodes in an order in which parents come before children."""

    ids: tuple[str, ...]
    parent: Ints
    share: Floats
    depth: Ints
    leaf_node: Ints

    @property
    def nominal(self) -> Floats:
        """Sum of the children's shares of every node: 1, or more where components come on top."""
        return group_sum(self.share[1:], self.parent[1:], len(self.ids))

    @classmethod
    def of_parts(cls, parts: Sequence[Part]) -> Tree:
        """The composite and its components, which are its leaves."""
        n = len(parts)
        return cls(
            (COMPOSITE, *(part.id for part in parts)),
            np.array([-1] + [0] * n),
            np.array([1.0, *(part.weight for part in parts)]),
            np.array([0] + [1] * n),
            np.arange(1, n + 1),
        )

    @classmethod
    def of(cls, framework: Framework) -> Tree:
        """The tree of a framework; `leaf_node` is the position of each leaf among the nodes."""
        order = _parents_first(framework)
        position = {name: i for i, name in enumerate(order)}
        nodes = [framework.by_id[name] for name in order]
        parent = [-1 if node.parent is None else position[node.parent] for node in nodes]
        depth = [sum(1 for _ in framework.above(node)) for node in nodes]
        return cls(
            tuple(order),
            np.array(parent),
            np.array([framework.share(node) for node in nodes]),
            np.array(depth),
            np.array([position[node.id] for node in framework.leaves]),
        )


def _parents_first(framework: Framework) -> list[str]:
    order, waiting = [], [framework.root.id]
    while waiting:
        name = waiting.pop(0)
        order.append(name)
        waiting = [child.id for child in framework.children[name]] + waiting
    return order


@dataclass(frozen=True)
class RolledUp:
    """Per entity and node, shape (..., entities, nodes): `rate`, NaN where nothing is there; `weight`, the
    node's share of the root's full marks; `moved`: that share differs from the framework's."""

    rate: Floats
    weight: Floats
    moved: Flags


def roll_up(tree: Tree, leaf_rates: Floats, given: Floats | None = None) -> RolledUp:
    """Leaf rates (..., entities, leaves) to all nodes; `given` (entities, nodes) overrides inner nodes.

    Children without a rate leave their weight to their siblings, in proportion; a node whose children
    are all without a rate has none itself.
    """
    n = len(tree.ids)
    rate = np.full((*leaf_rates.shape[:-1], n), np.nan)
    rate[..., tree.leaf_node] = leaf_rates
    mass, total = np.zeros(rate.shape), np.zeros(rate.shape)
    inner = np.setdiff1d(np.arange(n), tree.leaf_node)
    for node in range(n - 1, -1, -1):
        if node in inner:
            with np.errstate(invalid="ignore", divide="ignore"):
                rate[..., node] = total[..., node] / mass[..., node]
        if given is not None:
            rate[..., node] = np.where(np.isnan(given[:, node]), rate[..., node], given[:, node])
        if node:
            held = ~np.isnan(rate[..., node])
            mass[..., tree.parent[node]] += np.where(held, tree.share[node], 0.0)
            total[..., tree.parent[node]] += np.where(held, rate[..., node], 0.0) * tree.share[node]
    weight, moved = _weights(tree, rate, mass, given)
    return RolledUp(rate, weight, moved)


def _weights(tree: Tree, rate: Floats, mass: Floats, given: Floats | None) -> tuple[Floats, Flags]:
    weight, moved = np.zeros(rate.shape), np.zeros(rate.shape, dtype=bool)
    weight[..., 0] = np.where(np.isnan(rate[..., 0]), 0.0, 1.0)
    below_given = np.zeros(rate.shape, dtype=bool)
    for node in range(1, len(tree.ids)):
        parent = tree.parent[node]
        held = ~np.isnan(rate[..., node])
        if given is not None:
            below_given[..., node] = below_given[..., parent] | ~np.isnan(given[:, parent])
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(held & ~below_given[..., node], tree.share[node] / mass[..., parent], 0.0)
        weight[..., node] = weight[..., parent] * share
        moved[..., node] = moved[..., parent] | (np.abs(mass[..., parent] - tree.nominal[parent]) > 1e-9)
    return weight, moved


def absent_rules(framework: Framework) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """The rules for missing and for not applicable, of every leaf."""

    def names(rules: list[MissingRule]) -> NDArray[np.str_]:
        return np.array(rules, dtype=np.str_)

    return (
        names([framework.missing_of(node) for node in framework.leaves]),
        names([framework.not_applicable_of(node) for node in framework.leaves]),
    )
