"""The replicates of one unit: leaf rates, nodes, components, methods, and what to keep of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.scoring.arrays import Floats
from analysis.scoring.rollup import group_means
from analysis.simulation.draws import BLOCK
from analysis.simulation.kernel import Members, Part
from analysis.simulation.tree import Operators, UnitTree

if TYPE_CHECKING:
    from analysis.simulation.redraw import Setting

AT_ONCE = 16
"""Nodes described at the same time: their replicates fit into the cache of a core."""
QUANTILES = {"q025": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q975": 0.975}


class Found(NamedTuple):
    """Of one unit: component rates (replicates, parts), methods in points, surplus (share of each component's
    full marks, likewise), node statistics (block, first entity, array (entities, nodes, statistics))."""

    parts: Floats
    methods: dict[str, Floats]
    surplus: Floats
    nodes: list[tuple[int, int, Floats]]


@dataclass
class UnitRun:
    """Runs the replicates of units; `means`: leaf rates of the others, where a rule asks for them."""

    setting: Setting
    replicates: int
    seed: int
    sources: tuple[str, ...]
    effort: dict[str, float]
    means: GroupMeans | None = None
    operators: list[Operators] = field(default_factory=list)
    shifts: dict[int, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scaling = self.setting.sample.scaling(self.effort)
        self.operators = [Operators(parts.scored) for parts in self.setting.parts]
        table = self.setting.sample.members
        keys = ["unit", "source", "place", "stratum"]
        self.stratum = table.groupby(keys, sort=False).ngroup().to_numpy(dtype=np.int64)
        self.size = table["n"].to_numpy(dtype=np.int64)
        if "assessors" in self.sources and self.setting.severity.known:
            blocks = range(-(-self.replicates // BLOCK))
            self.shifts = {block: self.setting.severity.shifts(self.seed, block) for block in blocks}

    def members(self, unit: str) -> Members:
        first, last = self.setting.sample.bounds.get(unit, (0, 0))
        stratum = self.stratum[first:last]
        worth = self.setting.worth[first:last] if self.setting.worth is not None else np.ones(last - first)
        return Members(first, stratum - stratum.min(initial=0), self.size[first:last], worth)

    def pieces(self, unit: str) -> list[tuple[int, Part, UnitTree]]:
        """The blocks in which a unit has entities, with its kernel and tree."""
        members = self.members(unit)
        return [
            (i, Part(parts, unit, members), UnitTree(self.operators[i], *parts.spans[unit]))
            for i, parts in enumerate(self.setting.parts)
            if unit in parts.spans
        ]

    def blocks(self, unit: str) -> Any:
        """Slice of the replicates, weights and shifts, block after block."""
        for block in range(-(-self.replicates // BLOCK)):
            n = min(BLOCK, self.replicates - block * BLOCK)
            weights = self.setting.sample.weights(unit, self.seed, block, self.sources, self.scaling)
            shifts = self.shifts.get(block)
            at = slice(block * BLOCK, block * BLOCK + n)
            yield at, weights[:, :n], None if shifts is None else shifts[:, :n]

    def observed(self, unit: str) -> dict[int, Floats]:
        """Leaf rates before missing data of the leaves that others may need: block -> (replicates, entities,
        needed leaves)."""
        needs = group_needs(self)
        pieces = [piece for piece in self.pieces(unit) if piece[0] in needs]
        found: dict[int, list[Floats]] = {i: [] for i, _, _ in pieces}
        for _, weights, shifts in self.blocks(unit):
            for i, part, tree in pieces:
                rates = part.rates(weights, shifts)
                rates[~tree.observed] = np.nan
                shaped = rates.reshape(tree.last - tree.first, -1, rates.shape[1])[:, needs[i]]
                found[i].append(shaped.transpose(2, 0, 1))
        return {i: np.concatenate(arrays) for i, arrays in found.items()}

    def run(self, unit: str, nodes: bool) -> Found:
        """All replicates of one unit."""
        pieces = self.pieces(unit)
        stores = [
            np.empty((tree.last - tree.first, len(tree.scored.tree.ids), self.replicates))
            for _, _, tree in pieces
        ]
        composition = self.setting.evaluation.rulebook.composition
        surplus = np.zeros((self.replicates, len(composition.parts)))
        for at, weights, shifts in self.blocks(unit):
            for (i, part, tree), store in zip(pieces, stores, strict=True):
                means = None if self.means is None else self.means.of_cells(i, tree, at)
                rates = tree.fill(part.rates(weights, shifts), means)
                store[:, :, at] = tree.nodes(rates)
                above = part.surplus(weights)
                if above is not None:
                    of = composition.parts.index(tree.scored.block.part)
                    surplus[at, of] = tree.surplus(above, rates, store[:, 0, at])
        return self._found(pieces, stores, surplus, nodes)

    def rates_at(self, unit: str, weights: Floats) -> Floats:
        """Component rates (columns, parts) of a unit under given weights (members, columns)."""
        parts = self.setting.evaluation.rulebook.composition.parts
        rates = np.zeros((weights.shape[1], len(parts)))
        for _, part, tree in self.pieces(unit):
            nodes = tree.nodes(tree.fill(part.rates(weights, None), None))
            rates[:, parts.index(tree.scored.block.part)] = _mean(nodes[:, 0])
        return rates

    def _found(self, pieces: list, stores: list[Floats], surplus: Floats, nodes: bool) -> Found:
        composition = self.setting.evaluation.rulebook.composition
        parts = np.full((self.replicates, len(composition.parts)), np.nan)
        methods: dict[str, Floats] = {}
        for (_, _, tree), store in zip(pieces, stores, strict=True):
            part = tree.scored.block.part
            parts[:, composition.parts.index(part)] = _mean(store[:, 0])
            marks = tree.scored.block.framework.settings.full_marks
            for node in np.flatnonzero(tree.scored.tree.parent == 0):
                score = _mean(store[:, node]) * (tree.scored.tree.share[node] * marks)
                methods[f"{part.id}.{tree.scored.tree.ids[node]}"] = score
        stats = [
            (i, tree.first, NodeStats.of(store)) for (i, _, tree), store in zip(pieces, stores, strict=True)
        ]
        return Found(parts, methods, surplus, stats if nodes else [])


def _mean(rates: Floats) -> Floats:
    """Mean over the entities that have a rate (entities, replicates)."""
    if len(rates) == 1:
        return rates[0]
    held = ~np.isnan(rates)
    count = held.sum(axis=0)
    total = np.where(held, rates, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)


class NodeStats:
    """Mean, sd and quantiles over the replicates of every node."""

    COLUMNS = ("mean", "sd", *QUANTILES)

    @classmethod
    def of(cls, rates: Floats) -> Floats:
        """Statistics (entities, nodes, statistics) of rates (entities, nodes, replicates); NaN: never there.

        Works in place: the order of the replicates is lost.
        """
        flat = rates.reshape(-1, rates.shape[-1])
        result = np.empty((len(flat), len(cls.COLUMNS)))
        gaps = np.isnan(flat.sum(axis=1))
        for row in np.flatnonzero(gaps):
            known = flat[row][~np.isnan(flat[row])]
            result[row] = _statistics(known[None, :]) if len(known) else np.nan
        whole = np.flatnonzero(~gaps)
        for start in range(0, len(whole), AT_ONCE):
            rows = whole[start : start + AT_ONCE]
            result[rows] = _statistics(flat[rows])
        return result.reshape(*rates.shape[:-1], -1)

    @classmethod
    def table(cls, setting: Setting, found: list[Found]) -> pd.DataFrame:
        """One row per entity and node that has a rate."""
        stats: dict[int, list[tuple[int, Floats]]] = {}
        for unit in found:
            for i, first, values in unit.nodes:
                stats.setdefault(i, []).append((first, values))
        frames = []
        for i, of in sorted(stats.items()):
            in_order = [values for _, values in sorted(of, key=lambda entry: entry[0])]
            frames.append(_node_rows(setting.parts[i].scored, np.concatenate(in_order)))
        table = pd.concat(frames, ignore_index=True)
        labels = dict.fromkeys(("unit", "place", "component", "node"), "category")
        return table[table["score_rate"].notna()].reset_index(drop=True).astype(labels)


def _statistics(values: Floats) -> Floats:
    """Mean, sd and quantiles of each row (rows, replicates); the rows are reordered."""
    mean = values.mean(axis=1)
    spread = values.std(axis=1, ddof=min(values.shape[1] - 1, 1))
    found = np.column_stack([mean, spread, quantiles(values)])
    still = values[:, 0] == values[:, -1]
    found[still, 0], found[still, 1] = values[still, 0], 0.0
    return found


def quantiles(values: Floats) -> Floats:
    """The quantiles of `QUANTILES` along the last axis, by linear interpolation; reorders the values."""
    n = values.shape[-1]
    places = np.array(list(QUANTILES.values())) * (n - 1)
    below = np.floor(places).astype(np.int64)
    above = np.minimum(below + 1, n - 1)
    values.sort(axis=-1)
    low, high = values[..., below], values[..., above]
    return np.asarray(low + (high - low) * (places - below))


def _node_rows(scored: Any, values: Floats) -> pd.DataFrame:
    n, n_nodes, _ = values.shape
    entities = scored.block.entities
    part = scored.block.part.id
    names = [part, *scored.tree.ids[1:]]
    columns = {
        "unit": np.repeat(entities["unit"].to_numpy(dtype=object), n_nodes),
        "place": np.repeat(entities["place"].to_numpy(dtype=object), n_nodes),
        "component": part,
        "node": names * n,
        "score_rate": scored.rolled.rate.ravel(),
    }
    flat = values.reshape(-1, values.shape[-1])
    return pd.DataFrame(columns).assign(**{name: flat[:, i] for i, name in enumerate(NodeStats.COLUMNS)})


# Leaves that take the mean of the other units


def group_needs(runner: UnitRun) -> dict[int, list[int]]:
    """Block -> leaves whose mean over the units of a group some unit takes, or may take in a replicate."""
    needs = {}
    for i, parts in enumerate(runner.setting.parts):
        scored = parts.scored
        asked = (scored.absent == "group_mean").any(axis=0)
        leaves = np.flatnonzero(asked & (scored.filled.imputed.any(axis=0) | _drawn_leaves(parts)))
        if len(leaves):
            needs[i] = leaves.tolist()
    return needs


def _drawn_leaves(parts: Any) -> Any:
    """Leaves with rows that may be drawn."""
    rows = parts.scored.block.leaf[(parts.member >= 0) & parts.used]
    return np.bincount(rows, minlength=parts.n_leaves) > 0


@dataclass(frozen=True)
class GroupMeans:
    """Block -> means over the group (replicates, entities, needed leaves)."""

    needs: dict[int, list[int]]
    means: dict[int, Floats]

    @classmethod
    def of(cls, runner: UnitRun, observed: list[dict[int, Floats]], units: Any) -> GroupMeans:
        needs, means = group_needs(runner), {}
        for i in needs:
            parts = runner.setting.parts[i]
            found = {unit: rates[i] for unit, rates in zip(units, observed, strict=True) if i in rates}
            rates = np.concatenate([found[unit] for unit in parts.units], axis=1)
            groups = parts.scored.block.entities["group"].to_numpy(dtype=np.str_)
            means[i] = group_means(rates, groups)
        return cls(needs, means)

    def of_cells(self, i: int, tree: UnitTree, at: slice) -> Floats | None:
        """Means for the cells of a unit (cells, replicates); NaN for leaves that need none."""
        if i not in self.needs:
            return None
        mine = self.means[i][at, tree.first : tree.last].transpose(1, 2, 0)
        cells = np.full((tree.last - tree.first, len(tree.scored.block.leaves), mine.shape[-1]), np.nan)
        cells[:, self.needs[i]] = mine
        return cells.reshape(-1, mine.shape[-1])
