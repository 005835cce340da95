"""Components to the composite: places averaged into their unit, parts weighted, every node listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import Problem
from analysis.framework.model import Rulebook
from analysis.scoring.arrays import Floats, Ints, group_sum
from analysis.scoring.parts import ScoredBlock, counts
from analysis.scoring.rollup import COMPOSITE, Filled, RolledUp, Tree, fill_missing, roll_up


@dataclass(frozen=True)
class Composite:
    """The top of the tree: `units` (unit, group), rates of components and composite, full marks in points."""

    units: pd.DataFrame
    tree: Tree
    filled: Filled
    rolled: RolledUp
    full_marks: float
    problems: tuple[Problem, ...]

    def worth(self, scored: ScoredBlock) -> Floats:
        """Points every node of a block could bring in the composite, shape (entities, nodes)."""
        unit, n_held = self._units_of(scored)
        part = self.tree.ids.index(scored.block.part.id)
        held = ~np.isnan(scored.root_rate)
        root = np.where(held, self.rolled.weight[unit, part] / np.maximum(n_held[unit], 1), 0.0)
        return scored.rolled.weight * root[:, None] * self.full_marks

    def _units_of(self, scored: ScoredBlock) -> tuple[Ints, Ints]:
        return _unit_index(self.units, scored), _held_entities(self.units, scored)


def compose(scored: Sequence[ScoredBlock], units: pd.DataFrame, rulebook: Rulebook) -> Composite:
    """Component rates of every unit and the composite above them, with the missing-data rule of each part."""
    composition = rulebook.composition
    tree = Tree.of_parts(composition.parts)
    rate = np.full((len(units), len(composition.parts)), np.nan)
    for block in scored:
        part = tree.ids.index(block.block.part.id) - 1
        found = _unit_means(units, block)
        rate[:, part] = np.where(np.isnan(found), rate[:, part], found)
    rules = np.array([part.missing or composition.settings.missing for part in composition.parts])
    groups = units["group"].to_numpy(dtype=np.str_)
    filled = fill_missing(rate, np.broadcast_to(rules, rate.shape), groups)
    problems = _refused_parts(units, filled, rulebook)
    full_marks = composition.settings.full_marks * float(tree.nominal[0])
    return Composite(units, tree, filled, roll_up(tree, filled.rate), full_marks, problems)


def _unit_index(units: pd.DataFrame, scored: ScoredBlock) -> Ints:
    position = {str(name): i for i, name in enumerate(units["unit"])}
    return np.array([position[name] for name in scored.block.entities["unit"]], dtype=np.int64)


def _held_entities(units: pd.DataFrame, scored: ScoredBlock) -> Ints:
    held = (~np.isnan(scored.root_rate)).astype(np.float64)
    return group_sum(held, _unit_index(units, scored), len(units)).astype(np.int64)


def _unit_means(units: pd.DataFrame, scored: ScoredBlock) -> Floats:
    """Mean over the places of a unit (or the unit's own rate), NaN without any."""
    index, held = _unit_index(units, scored), _held_entities(units, scored)
    total = group_sum(np.nan_to_num(scored.root_rate), index, len(units))
    return np.divide(total, held, out=np.full(len(units), np.nan), where=held > 0)


def _refused_parts(units: pd.DataFrame, filled: Filled, rulebook: Rulebook) -> tuple[Problem, ...]:
    """Components without any entity at all; entities without data are listed by their block."""
    parts = rulebook.composition.parts
    return tuple(
        Problem(
            code="no_component",
            zh=f"{units['unit'].iloc[unit]}：组成部分“{parts[part].zh}”没有任何数据。",
            en=f"{units['unit'].iloc[unit]}: no data for the component {parts[part].en!r}.",
            fix_zh="请补交数据，或在组合规则中为该组成部分规定 missing。",
            fix_en="Add the data, or set `missing` for the component in the composition.",
            value=parts[part].id,
        )
        for unit, part in zip(*np.nonzero(filled.refused), strict=True)
    )


def node_table(composite: Composite, scored: Sequence[ScoredBlock]) -> pd.DataFrame:
    """The nodes table: composite, components, and every node of every entity, in points of the composite."""
    frames = [_top_rows(composite, scored), *(_block_rows(composite, block) for block in scored)]
    table = pd.concat(frames, ignore_index=True)
    labels = ("unit", "place", "component", "node", "parent", "method", "rule")
    return table.astype(dict.fromkeys(labels, "category"))


def _top_rows(composite: Composite, scored: Sequence[ScoredBlock]) -> pd.DataFrame:
    """Composite, and the components that are not the root of one entity (means over places, filled ones)."""
    n = _component_counts(composite, scored)
    averaged = {block.block.part.id for block in scored if block.block.part.sub_units}
    frames = []
    for node, name in enumerate(composite.tree.ids):
        below = [i - 1 for i in range(1, len(composite.tree.ids)) if node in (0, i)]
        frame = pd.DataFrame(
            {
                "unit": composite.units["unit"].astype(str).to_numpy(dtype=object),
                "place": "",
                "component": name if node else "",
                "node": name,
                "parent": COMPOSITE if node else "",
                "method": "",
                "depth": int(node > 0),
                "leaf": False,
                "rule": "mean_of_places" if name in averaged else "weighted_mean",
                "imputed": composite.filled.imputed[:, node - 1] if node else False,
                "redistributed": composite.rolled.moved[:, node],
                **{key: table[:, below].sum(axis=1) for key, table in n.items()},
            }
        )
        rows = _with_points(
            frame, composite.rolled.rate[:, node], composite.rolled.weight[:, node], composite
        )
        frames.append(rows[_own_row(composite, scored, name)])
    return pd.concat(frames, ignore_index=True)


def _own_row(composite: Composite, scored: Sequence[ScoredBlock], name: str) -> NDArray[np.bool_]:
    """Units whose component (or composite) is not the root of one entity."""
    own = np.ones(len(composite.units), dtype=bool)
    for block in scored:
        if block.block.part.id == name and not block.block.part.sub_units:
            own[_unit_index(composite.units, block)[~np.isnan(block.root_rate)]] = False
    return own


def _with_points(frame: pd.DataFrame, rate: Floats, weight: Floats, composite: Composite) -> pd.DataFrame:
    possible = weight * composite.full_marks
    marks = composite.full_marks / composite.tree.nominal[0]
    return frame.assign(
        score_rate=rate,
        weight=possible / marks,
        points_possible=possible,
        points_lost=np.where(np.isnan(rate), 0.0, possible * (1.0 - np.nan_to_num(rate))),
    )


def _component_counts(composite: Composite, scored: Sequence[ScoredBlock]) -> dict[str, NDArray[np.int64]]:
    shape = (len(composite.units), len(composite.tree.ids) - 1)
    found = {name: np.zeros(shape, dtype=np.int64) for name in ("n", "n_missing", "n_na")}
    for block in scored:
        part = composite.tree.ids.index(block.block.part.id) - 1
        index = _unit_index(composite.units, block)
        for name, table in counts(block).items():
            np.add.at(found[name][:, part], index, table[:, 0].astype(np.int64))
    return found


def _block_rows(composite: Composite, scored: ScoredBlock) -> pd.DataFrame:
    """Every node of every entity of a block, except what lies below a given score."""
    block, tree = scored.block, scored.tree
    shape = scored.rolled.rate.shape
    entity, node = (axis.ravel() for axis in np.indices(shape))
    leaf_at = np.full(shape[1], -1)
    leaf_at[tree.leaf_node] = np.arange(len(tree.leaf_node))
    is_leaf = leaf_at[node] >= 0
    imputed = np.zeros(shape, dtype=bool)
    imputed[:, tree.leaf_node] = scored.filled.imputed
    names = np.array([block.part.id, *tree.ids[1:]], dtype=object)
    parents = np.array([COMPOSITE, *(names[parent] for parent in tree.parent[1:])], dtype=object)
    nodes = [block.framework.by_id[name] for name in tree.ids]
    rules = np.array([n.rule.name if n.rule else "weighted_mean" for n in nodes], dtype=object)
    methods = np.array([block.framework.method_of(n) for n in nodes], dtype=object)
    is_given = ~np.isnan(scored.given)
    frame = pd.DataFrame(
        {
            "unit": block.entities["unit"].to_numpy(dtype=object)[entity],
            "place": block.entities["place"].to_numpy(dtype=object)[entity],
            "component": block.part.id,
            "node": names[node],
            "parent": parents[node],
            "method": methods[node],
            "depth": tree.depth[node],
            "leaf": is_leaf,
            "rule": np.where(is_given.ravel(), "given_score", rules[node]),
            "imputed": imputed.ravel(),
            "redistributed": scored.rolled.moved.ravel(),
            **{name: table.ravel().astype(np.int64) for name, table in counts(scored).items()},
        }
    )
    weight = composite.worth(scored).ravel() / composite.full_marks
    frame = _with_points(frame, scored.rolled.rate.ravel(), weight, composite)
    return frame[~_hidden(scored).ravel()]


def _hidden(scored: ScoredBlock) -> NDArray[np.bool_]:
    """Nodes below a given score, and all nodes of an entity whose component has no rate."""
    tree, given = scored.tree, scored.given
    hidden = np.repeat(np.isnan(scored.root_rate)[:, None], len(tree.ids), axis=1)
    for node in range(1, len(tree.ids)):
        parent = tree.parent[node]
        hidden[:, node] |= hidden[:, parent] | ~np.isnan(given[:, parent])
    return hidden
