"""Ledger rows without an observation of their own: anchors, given scores of inner nodes, empty components."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from analysis.scoring.arrays import Floats
from analysis.scoring.attribution import Attribution
from analysis.scoring.composite import Composite
from analysis.scoring.parts import ScoredBlock

Entry = dict[str, Any]
SOURCE = ("source_file", "source_sheet", "source_row")
FROM_ROW = ("row_id", "unit", "place", "site_type", "site", "item", *SOURCE)


def anchor_rows(block: ScoredBlock, found: Attribution) -> Iterator[Entry]:
    """One entry per anchor; the source is that of the row that shows where to look, if any."""
    inner = block.block
    units, places = (inner.entities[name].astype(str).to_list() for name in ("unit", "place"))
    entities, leaves = np.divmod(found.anchor_cell, len(inner.leaves))
    for entity, leaf, cause, points, shown in zip(
        entities, leaves, found.anchor_cause, found.anchor_points, found.anchor_row, strict=True
    ):
        node = inner.leaves[leaf]
        yield {
            "row_id": -1,
            "unit": units[entity],
            "place": places[entity],
            "component": inner.part.id,
            "method": inner.framework.method_of(node),
            "leaf": inner.part.id if node.parent is None else node.id,
            "cause": cause,
            "points_lost": points,
            **({} if shown < 0 else _source(block, int(inner.rows[shown]), SOURCE)),
        }


def given_rows(block: ScoredBlock, worth: Floats) -> Iterator[Entry]:
    """Given scores of inner nodes: what they lost stands in the row that gave them."""
    inner, tree = block.block, block.tree
    for row in inner.given.itertuples():
        node = tree.ids.index(str(row.node))
        rate = block.given[row.entity, node]
        yield {
            **_source(block, int(row.position), FROM_ROW),
            "component": inner.part.id,
            "method": inner.framework.method_of(inner.framework.by_id[str(row.node)]),
            "leaf": inner.part.id if node == 0 else str(row.node),
            "points_lost": worth[row.entity, node] * (1.0 - np.nan_to_num(rate, nan=1.0)),
            "points_possible": worth[row.entity, node],
        }


def component_rows(composite: Composite) -> Iterator[Entry]:
    """Components without data that count zero or take the mean of the others."""
    filled = composite.filled.imputed | composite.filled.zero
    for unit, part in zip(*np.nonzero(filled), strict=True):
        rate, weight = composite.filled.rate[unit, part], composite.rolled.weight[unit, part + 1]
        yield {
            "row_id": -1,
            "unit": str(composite.units["unit"].iloc[unit]),
            "component": composite.tree.ids[part + 1],
            "leaf": composite.tree.ids[part + 1],
            "cause": "imputed" if composite.filled.imputed[unit, part] else "missing",
            "points_lost": weight * composite.full_marks * (1.0 - rate),
        }


def _source(block: ScoredBlock, position: int, names: tuple[str, ...]) -> Entry:
    row = block.block.observations.iloc[position]
    return {name: row[name] for name in names}
