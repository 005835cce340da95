"""The ledger: one row per observation (or anchor) that lost points, in points of the base composite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.framework.model import Node
from analysis.intake.round import Round
from analysis.scoring.anchors import anchor_rows, component_rows, given_rows
from analysis.scoring.arrays import Ints
from analysis.scoring.attribution import Attribution, attribute
from analysis.scoring.composite import Composite
from analysis.scoring.parts import ScoredBlock
from analysis.tables import LEDGER, MISSING

FROM_ROW = ("unit", "place", "site_type", "site", "item", "source_file", "source_sheet")
CARRIED = ("territory", "regulator", "line", "lead", "support", "note", "picture", "period", "assessor")


def build_ledger(round_: Round, composite: Composite, scored: Sequence[ScoredBlock]) -> pd.DataFrame:
    """The ledger of a round, in the order of the observations, anchors last."""
    observed, others = [], list(component_rows(composite))
    for block in scored:
        worth = composite.worth(block)
        found = attribute(
            block.block, block.rows, block.cases, worth[:, block.tree.leaf_node], block.observed, block.filled
        )
        observed.append(_observed(block, found))
        others += [*anchor_rows(block, found), *given_rows(block, worth)]
    others = sorted((row for row in others if row["points_lost"] > 0), key=lambda row: row["row_id"] < 0)
    in_order = observed if len(observed) < 2 else [_stacked(observed).sort_values("row_id")]
    frames = [*in_order, _from_entries(others)] if others or not in_order else in_order
    return _stacked(frames).assign(round=_constant(round_.info.id, sum(map(len, frames))))[COLUMNS]


COLUMNS = [*LEDGER.names, *CARRIED]


def _constant(label: str, n: int) -> pd.Categorical:
    return pd.Categorical.from_codes(np.zeros(n, dtype=np.int8), categories=pd.Index([label], dtype="str"))


NUMBERS = {"row_id": -1, "source_row": 0, "points_lost": 0.0, "points_possible": float("nan")}


def _from_entries(entries: list[dict[str, Any]]) -> pd.DataFrame:
    """Few rows as a frame with every column of the ledger."""
    empty = {**dict.fromkeys(COLUMNS, ""), **NUMBERS}
    frame = pd.DataFrame([{**empty, **entry} for entry in entries], columns=COLUMNS)
    types = {name: np.dtype(type(NUMBERS[name])) if name in NUMBERS else "str" for name in COLUMNS}
    labels = dict.fromkeys((name for name in COLUMNS if name not in NUMBERS), "category")
    return frame.astype(types).astype(labels)


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames one under the other; a label column that one of them lacks is empty there."""
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        pieces = [frame[name] if name in frame else pd.Series(_constant("", len(frame))) for frame in frames]
        if isinstance(pieces[0].dtype, pd.CategoricalDtype):
            columns[name] = pd.api.types.union_categoricals(pieces)
        else:
            columns[name] = np.concatenate([piece.to_numpy() for piece in pieces])
    return pd.DataFrame(columns)


def _coded(codes: Ints, labels: Sequence[str]) -> pd.Categorical:
    """A label column from codes; labels may repeat."""
    distinct = list(dict.fromkeys(labels))
    position = np.array([distinct.index(label) for label in labels], dtype=np.int64)
    return pd.Categorical.from_codes(position[codes], categories=pd.Index(distinct, dtype="str"))


def _leaf_columns(block: ScoredBlock, leaf: Ints) -> dict[str, pd.Categorical]:
    framework = block.block.framework
    leaves = block.block.leaves
    return {
        "component": _coded(np.zeros(len(leaf), dtype=np.int64), [block.block.part.id]),
        "method": _coded(leaf, [framework.method_of(node) for node in leaves]),
        "leaf": _coded(leaf, [_leaf_id(block, node) for node in leaves]),
    }


def _leaf_id(block: ScoredBlock, node: Node) -> str:
    return block.block.part.id if node.parent is None else node.id


def _observed(block: ScoredBlock, found: Attribution) -> pd.DataFrame:
    inner = block.block
    position = inner.rows[found.row]
    source = inner.observations
    columns: dict[str, Any] = {
        name: source[name].iloc[position].array for name in (*FROM_ROW, *CARRIED) if name in source.columns
    }
    columns |= _leaf_columns(block, inner.leaf[found.row].astype(np.int64))
    return pd.DataFrame(
        {
            "row_id": source["row_id"].to_numpy()[position],
            **columns,
            "cause": _causes(block, found.row),
            "points_lost": found.points,
            "points_possible": found.possible,
            "source_row": source["source_row"].to_numpy()[position],
        }
    )


def _causes(block: ScoredBlock, row: Ints) -> pd.Categorical:
    """Cause of each row: `missing` for a missing value, else the row's own, its item's, its leaf's."""
    inner = block.block
    width = max((len(node.items) for node in inner.leaves), default=0)
    labels = ["", "missing"]
    table = np.zeros((len(inner.leaves), width + 1), dtype=np.int64)
    for i, node in enumerate(inner.leaves):
        inherited = next((step.cause for step in inner.framework.above(node) if step.cause), "")
        for k in range(width + 1):
            cause = node.items[k].cause if k < len(node.items) else ""
            labels.append(cause or inherited)
            table[i, k] = len(labels) - 1
    code = table[inner.leaf[row], block.rows.item[row]]
    status = inner.observations["status"].to_numpy()[inner.rows[row]]
    code = np.where(status == MISSING, 1, code)
    if "cause" in inner.observations.columns:
        own = inner.codes("cause")[row].astype(np.int64)
        names = [str(name) for name in inner.observations["cause"].cat.categories]
        stated = np.array([*(bool(name) for name in names), False])[own] & (status != MISSING)
        code = np.where(stated, own + len(labels), code)
        labels += names
    return _coded(code, labels)
