"""How many degrees of freedom stand behind the variance of every method of every unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.scoring.arrays import Floats, Ints, group_sum
from analysis.simulation.kernel import BlockParts

if TYPE_CHECKING:
    from analysis.simulation.redraw import Setting


def freedom(setting: Setting) -> dict[str, Floats]:
    """Members less strata, over the strata that vary, by method (component.method) and unit; 0: none vary.

    Where strata differ much in their part of the variance, fewer stand behind it than that.
    """
    members = setting.sample.members
    keys = ["unit", "source", "place", "stratum"]
    stratum = members.groupby(keys, sort=False).ngroup().to_numpy(dtype=np.int64)
    n, population = members["n"].to_numpy(), members["population"].to_numpy(dtype=float)
    varies = (n > 1) & ~(population <= n)
    each = np.where(varies, (n - 1) / np.maximum(n, 1), 0.0) * members["answers"].to_numpy(dtype=float)
    names = [str(name) for name in setting.evaluation.scored.composite.units["unit"]]
    of_unit = members["unit"].map({name: i for i, name in enumerate(names)}).to_numpy(dtype=np.int64)
    found: dict[str, Floats] = {}
    for parts in setting.parts:
        tree = parts.scored.tree
        method = _methods(tree.parent)
        for node in np.flatnonzero(tree.parent == 0):
            leaves = np.flatnonzero(method[tree.leaf_node] == node)
            touched = np.isin(stratum, stratum[_members(parts, leaves)])
            total = group_sum(each * touched, of_unit, len(names))
            name = f"{parts.scored.block.part.id}.{tree.ids[node]}"
            found[name] = total + found[name] if name in found else total
    return found


def _methods(parent: Ints) -> Ints:
    """The node just below the root that each node stands under (its own number there)."""
    top = np.arange(len(parent))
    for node in range(1, len(parent)):
        top[node] = node if parent[node] == 0 else top[parent[node]]
    return top


def _members(parts: BlockParts, leaves: Ints) -> Ints:
    """Members with rows in any of the leaves."""
    at = parts.used & (parts.member >= 0) & np.isin(parts.scored.block.leaf, leaves)
    return np.unique(parts.member[at])
