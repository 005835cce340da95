"""Lost points from the leaf down to the rows: raw row loss x one factor per level.

Computed apart from the roll-up and compared with it afterwards (`identity.py`). Where a rule is not
linear the loss of its scope is shared in proportion to raw row loss; a loss that no row explains gets an
anchor row with a cause of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.framework.model import CountedEvidence, Deduction, Node, StartAdjust, Threshold
from analysis.scoring.arrays import Floats, Ints, factorize, group_sum
from analysis.scoring.asked import MEAN_RULES, VALUE_RULES
from analysis.scoring.block import Block
from analysis.scoring.cases import Cases
from analysis.scoring.leaves import LeafRates, items_capped
from analysis.scoring.rollup import Filled
from analysis.scoring.rows import Rows


@dataclass(frozen=True)
class Attribution:
    """Rows that lost: position in the block, points lost and possible (NaN: no base).

    Anchors: cell, cause, points, and the position of a row that shows where to look (-1: none).
    """

    row: Ints
    points: Floats
    possible: Floats
    anchor_cell: Ints
    anchor_cause: list[str]
    anchor_points: Floats
    anchor_row: Ints


def attribute(
    block: Block, rows: Rows, cases: Cases, worth: Floats, observed: LeafRates, filled: Filled
) -> Attribution:
    """Who lost what in one block; `worth` (entities, leaves) is what each leaf could bring, in points."""
    worth = np.where(observed.passed, 0.0, worth)
    factor = case_factors(cases) * worth.ravel()[cases.cell]
    found, anchors = [_mean_rows(block, rows, cases, factor)], _Anchors()
    for i, node in enumerate(block.leaves):
        if isinstance(node.rule, Deduction | StartAdjust):
            found.append(_point_rows(block, rows, cases, i, factor, anchors))
        elif isinstance(node.rule, CountedEvidence):
            found.append(_evidence_rows(block, rows, cases, i, factor, anchors))
        elif node.rule is not None and node.rule.name in VALUE_RULES:
            lost = worth[:, i] * (1.0 - observed.rate[:, i])
            found.append(_value_rows(block, rows, cases, i, lost, anchors))
    _unobserved(block, worth, filled, anchors)
    row, points, possible = _in_order(found)
    cell, cause, amount, shown = anchors.columns()
    return Attribution(row, points, possible, cell, cause, amount, shown)


Lost = tuple[Ints, Floats, Floats]
"""Rows of a block, the points they lost, and the points they could have brought (NaN: no base)."""


def _in_order(found: list[Lost]) -> Lost:
    """Rows that lost something, in their order; no row is under two rules."""
    row, points, possible = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(row, kind="stable") if len(found) > 1 else np.arange(len(row))
    order = order[points[order] > 0]
    return row[order], points[order], possible[order]


def _without_base(row: Ints, points: Floats) -> Lost:
    return row, points, np.full(len(row), np.nan)


class _Anchors:
    def __init__(self) -> None:
        self.cell: list[int] = []
        self.cause: list[str] = []
        self.points: list[float] = []
        self.row: list[int] = []

    def add(self, cells: Ints, cause: str, points: Floats, rows: Ints | None = None) -> None:
        keep = points > 0
        self.cell += cells[keep].tolist()
        self.points += points[keep].tolist()
        self.cause += [cause] * int(keep.sum())
        self.row += [-1] * int(keep.sum()) if rows is None else rows[keep].tolist()

    def columns(self) -> tuple[Ints, list[str], Floats, Ints]:
        cell, row = np.array(self.cell, dtype=np.int64), np.array(self.row, dtype=np.int64)
        return cell, self.cause, np.array(self.points, dtype=np.float64), row


def case_factors(cases: Cases) -> Floats:
    """What one whole case is of its cell: visits x sites x strata, shape (cases,)."""
    site = cases.site_of
    stratum = cases.site_stratum[site]
    held = np.where(cases.weight_in_stratum > 0, cases.stratum_weight, 0.0)
    mass = group_sum(held, cases.stratum_cell, cases.n_cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = held[stratum] / mass[cases.cell]
        of_site = cases.weights[site] / cases.weight_in_stratum[stratum]
    return cases.visit_weight * np.nan_to_num(of_site) * np.nan_to_num(share)


def _mean_rows(block: Block, rows: Rows, cases: Cases, factor: Floats) -> Lost:
    """Rules that are means: row loss / base of its case x what the case is worth."""
    used = cases.row_case >= 0
    rest = slice(None) if used.all() else used
    base = group_sum(rows.reading.base[rest], cases.row_case[rest], cases.n)
    lost = np.flatnonzero((rows.reading.loss > 0) & used)
    lost = lost[np.array([_is_mean(node) for node in block.leaves])[block.leaf[lost]]]
    index = cases.row_case[lost]
    with np.errstate(invalid="ignore", divide="ignore"):
        per_base = (factor / base)[index]
    return lost, rows.reading.loss[lost] * per_base, rows.reading.base[lost] * per_base


def _is_mean(node: Node) -> bool:
    return node.rule is not None and node.rule.name in MEAN_RULES


def _of_leaf(block: Block, cases: Cases, leaf: int) -> Ints:
    return np.flatnonzero((block.leaf == leaf) & (cases.row_case >= 0))


def _shared_down(loss: Floats, net: Floats, index: Ints, n: int) -> Floats:
    """Factor on each positive loss so that a group's losses add up to its net loss, shape (groups,)."""
    gross = group_sum(np.maximum(loss, 0.0), index, n)
    return np.divide(np.maximum(net, 0.0), gross, out=np.zeros(n), where=gross > 0)


def _point_rows(block: Block, rows: Rows, cases: Cases, leaf: int, factor: Floats, anchors: _Anchors) -> Lost:
    rule = block.leaves[leaf].rule
    at = _of_leaf(block, cases, leaf)
    index, loss = cases.row_case[at], np.maximum(rows.reading.loss[at], 0.0)
    mine = np.flatnonzero(cases.cell % len(block.leaves) == leaf)
    if isinstance(rule, StartAdjust):
        start_gap = np.zeros(cases.n)
        start_gap[mine] = rule.max_points - rule.start
        most, floor = np.full(cases.n, rule.max_points), rule.floor
        total = group_sum(rows.reading.loss[at], index, cases.n) + start_gap
        shares = loss
    elif isinstance(rule, Deduction):
        start_gap, floor = np.zeros(cases.n), rule.floor
        shares, total, most = _items_down(block, rows, cases, leaf, at)
    net = np.clip(total, 0.0, np.maximum(most - floor, 0.0))
    gross = group_sum(shares, index, cases.n) + start_gap
    scale = (
        np.divide(net, gross, out=np.zeros(cases.n), where=gross > 0) * factor / np.where(most > 0, most, 1.0)
    )
    anchors.add(cases.cell[mine], "not_earned", (start_gap * scale)[mine])
    return _without_base(at, shares * scale[index])


def _items_down(block: Block, rows: Rows, cases: Cases, leaf: int, at: Ints) -> tuple[Floats, Floats, Floats]:
    """Positive row losses after the caps of their items, the net loss of each case, and its full marks."""
    rule = block.leaves[leaf].rule
    assert isinstance(rule, Deduction)
    index, raw = cases.row_case[at], rows.reading.loss[at]
    loss = np.maximum(raw, 0.0)
    if rule.cap_scope != "item":
        return loss, group_sum(raw, index, cases.n), np.full(cases.n, rule.max_points or 0.0)
    caps = np.array([*(item.max_points or 0.0 for item in block.leaves[leaf].items), np.inf])
    item = rows.item[at]
    code, keys = factorize(index * len(caps) + item + 1)
    net = np.minimum(group_sum(raw, code, len(keys)), caps[(keys % len(caps)) - 1])
    loss = loss * _shared_down(loss, net, code, len(keys))[code]
    _, most = items_capped(block, rows, cases, leaf)
    return loss, group_sum(net, keys // len(caps), cases.n), most


def _evidence_rows(
    block: Block, rows: Rows, cases: Cases, leaf: int, factor: Floats, anchors: _Anchors
) -> Lost:
    rule = block.leaves[leaf].rule
    assert isinstance(rule, CountedEvidence)
    at = _of_leaf(block, cases, leaf)
    index, loss = cases.row_case[at], rows.reading.loss[at]
    valid = group_sum(rows.reading.earned[at], index, cases.n)
    net = np.maximum(1.0 - valid / rule.count, 0.0)
    gross = group_sum(loss, index, cases.n)
    scale = np.divide(np.minimum(net, gross), gross, out=np.zeros(cases.n), where=gross > 0)
    mine = np.flatnonzero(cases.cell % len(block.leaves) == leaf)
    nothing = np.maximum(net - gross, 0.0) * factor
    anchors.add(cases.cell[mine], "missing_evidence", nothing[mine])
    return _without_base(at, loss * (scale * factor)[index])


def _value_rows(block: Block, rows: Rows, cases: Cases, leaf: int, lost: Floats, anchors: _Anchors) -> Lost:
    rule = block.leaves[leaf].rule
    at = _of_leaf(block, cases, leaf)
    entity = block.entity[at]
    share = rows.reading.loss[at] * case_factors(cases)[cases.row_case[at]]
    if isinstance(rule, Threshold) and rule.or_rising:
        share = np.zeros(len(at))
    points = share * _shared_down(share, np.nan_to_num(lost), entity, block.n_entities)[entity]
    bare = group_sum(share, entity, block.n_entities) <= 0
    cause = "not_rising" if isinstance(rule, Threshold) and rule.or_rising else "below_target"
    shown = np.full(block.n_entities, -1, dtype=np.int64)
    shown[entity] = at
    cells = np.arange(block.n_entities) * len(block.leaves) + leaf
    anchors.add(cells, cause, np.where(bare, np.nan_to_num(lost), 0.0), shown)
    return _without_base(at, points)


def _unobserved(block: Block, worth: Floats, filled: Filled, anchors: _Anchors) -> None:
    """Cells where nothing was observed but a rule put a number: zero, or the mean of the others."""
    lost = worth * (1.0 - np.nan_to_num(filled.rate))
    cells = np.arange(lost.size)
    evidence: NDArray[np.bool_] = np.array([isinstance(node.rule, CountedEvidence) for node in block.leaves])
    for cause, mask in (
        ("missing_evidence", filled.zero & evidence),
        ("missing", filled.zero & ~evidence),
        ("imputed", filled.imputed),
    ):
        anchors.add(cells, cause, np.where(mask, lost, 0.0).ravel())
