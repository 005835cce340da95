"""The ledger: one row per observation (or anchor) that lost points, in points of the base composite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.framework.model import Node
from analysis.intake.round import Round
from analysis.scoring.arrays import Floats, Ints
from analysis.scoring.attribution import Attribution, attribute
from analysis.scoring.composite import Composite
from analysis.scoring.parts import ScoredBlock
from analysis.tables import LEDGER, MISSING

FROM_ROW = ("unit", "place", "site_type", "site", "item", "source_file", "source_sheet")
CARRIED = ("territory", "regulator", "line", "lead", "support", "note", "picture", "period", "assessor")


def build_ledger(round_: Round, composite: Composite, scored: Sequence[ScoredBlock]) -> pd.DataFrame:
    """The ledger of a round, in the order of the observations, anchors last."""
    frames = [_top_anchors(composite)]
    for block in scored:
        worth = composite.worth(block)
        found = attribute(
            block.block, block.rows, block.cases, worth[:, block.tree.leaf_node], block.observed, block.filled
        )
        frames += [_observed(block, found), _anchors(block, found), _given(block, worth)]
    frames = [frame for frame in frames if len(frame)]
    ledger = _stacked(frames) if frames else pd.DataFrame(columns=LEDGER.names)
    return _finished(ledger, round_)


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames one under the other; label columns keep their categories."""
    columns: dict[str, Any] = {}
    for name in dict.fromkeys(name for frame in frames for name in frame.columns):
        pieces = [frame[name] if name in frame else pd.Series([""] * len(frame)) for frame in frames]
        if any(isinstance(piece.dtype, pd.CategoricalDtype) or piece.dtype == object for piece in pieces):
            columns[name] = pd.api.types.union_categoricals(
                [piece.astype("category") for piece in pieces], sort_categories=False
            )
        else:
            columns[name] = np.concatenate([piece.to_numpy() for piece in pieces])
    return pd.DataFrame(columns)


def _finished(ledger: pd.DataFrame, round_: Round) -> pd.DataFrame:
    """Contract columns first, labels as categories, rows of the workbook before anchors."""
    ledger = ledger.assign(round=pd.Categorical([round_.info.id] * len(ledger), categories=[round_.info.id]))
    for name in (*LEDGER.names, *CARRIED):
        if name not in ledger:
            ledger[name] = pd.Categorical([""] * len(ledger), categories=[""])
    anchor = (ledger["row_id"] < 0).to_numpy()
    order = np.lexsort((ledger["row_id"].to_numpy(), anchor))
    numbers = {
        "row_id": "int64",
        "source_row": "int64",
        "points_lost": "float64",
        "points_possible": "float64",
    }
    ordered = ledger[[*LEDGER.names, *CARRIED]].iloc[order].reset_index(drop=True)
    return ordered.astype(numbers)


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
        own = inner.codes("cause")[row]
        names = [str(name) for name in inner.observations["cause"].cat.categories]
        stated = np.array([*(bool(name) for name in names), False])[own] & (status != MISSING)
        code = np.where(stated, own + len(labels), code)
        labels += names
    return _coded(code, labels)


def _anchors(block: ScoredBlock, found: Attribution) -> pd.DataFrame:
    inner = block.block
    entity, leaf = np.divmod(found.anchor_cell, len(inner.leaves))
    shown = found.anchor_row
    source = inner.observations
    position = inner.rows[shown] if len(inner.rows) else shown
    has_row = shown >= 0

    def where(name: str) -> Any:
        return np.where(has_row, source[name].astype(str).to_numpy()[position], "") if len(source) else ""

    frame = pd.DataFrame(
        {
            "row_id": np.full(len(shown), -1),
            "unit": inner.entities["unit"].to_numpy(dtype=object)[entity],
            "place": inner.entities["place"].to_numpy(dtype=object)[entity],
            **_leaf_columns(block, leaf),
            "site_type": "",
            "site": "",
            "item": "",
            "cause": np.array(found.anchor_cause, dtype=object),
            "points_lost": found.anchor_points,
            "points_possible": np.nan,
            "source_file": where("source_file"),
            "source_sheet": where("source_sheet"),
            "source_row": np.where(has_row, source["source_row"].to_numpy()[position], 0)
            if len(source)
            else 0,
        }
    )
    return frame.astype(dict.fromkeys((*FROM_ROW, "cause"), "category"))


def _given(block: ScoredBlock, worth: Floats) -> pd.DataFrame:
    """Given scores of inner nodes: what they lost stands in the row that gave them."""
    inner, tree = block.block, block.tree
    rows = []
    for row in inner.given.itertuples():
        node = tree.ids.index(str(row.node))
        rate = block.given[row.entity, node]
        lost = worth[row.entity, node] * (1.0 - rate)
        if lost > 0:
            source = inner.observations.iloc[int(row.position)]
            rows.append(
                {
                    **{name: str(source[name]) for name in FROM_ROW},
                    "row_id": int(source["row_id"]),
                    "component": inner.part.id,
                    "method": inner.framework.method_of(inner.framework.by_id[str(row.node)]),
                    "leaf": inner.part.id if node == 0 else str(row.node),
                    "cause": "",
                    "points_lost": lost,
                    "points_possible": worth[row.entity, node],
                    "source_row": int(source["source_row"]),
                }
            )
    labels = (*FROM_ROW, "component", "method", "leaf", "cause")
    return pd.DataFrame(rows).astype(dict.fromkeys(labels, "category")) if rows else pd.DataFrame()


def _top_anchors(composite: Composite) -> pd.DataFrame:
    """Components without data that count zero or take the mean of the others."""
    filled = composite.filled.imputed | composite.filled.zero
    rows = []
    for unit, part in zip(*np.nonzero(filled), strict=True):
        rate, weight = composite.filled.rate[unit, part], composite.rolled.weight[unit, part + 1]
        lost = weight * composite.full_marks * (1.0 - rate)
        if lost > 0:
            name = composite.tree.ids[part + 1]
            cause = "imputed" if composite.filled.imputed[unit, part] else "missing"
            rows.append(
                {
                    "unit": str(composite.units["unit"].iloc[unit]),
                    "component": name,
                    "leaf": name,
                    "cause": cause,
                    "points_lost": lost,
                }
            )
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(rows).assign(row_id=-1, source_row=0, points_possible=np.nan)
    labels = (*FROM_ROW, "component", "method", "leaf", "cause")
    return frame.reindex(
        columns=[*frame.columns, *(n for n in labels if n not in frame)], fill_value=""
    ).astype(dict.fromkeys(labels, "category"))
