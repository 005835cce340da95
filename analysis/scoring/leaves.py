"""Cases to leaf rates: the rule of each leaf, applied to the case (caps) or to the mean (thresholds)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.framework.model import CountedEvidence, Deduction, Node, StartAdjust, Target, Threshold
from analysis.scoring import rules
from analysis.scoring.arrays import Floats, Ints, factorize, group_sum
from analysis.scoring.block import Block
from analysis.scoring.cases import Cases, visit_order, whole
from analysis.scoring.rows import Rows
from analysis.tables import NOT_APPLICABLE


@dataclass(frozen=True)
class LeafRates:
    """`rate` (entities, leaves), NaN where nothing was observed; `surplus`: points of the leaf above its
    full marks, as a share of them; `passed`: full marks by a title of the unit."""

    rate: Floats
    surplus: Floats
    passed: NDArray[np.bool_]


def leaf_rates(block: Block, rows: Rows, cases: Cases) -> LeafRates:
    """The score rate of every leaf of every entity, from observed rows only."""
    shape = (block.n_entities, len(block.leaves))
    means = cases.average(case_values(block, rows, cases))
    rate = apply_leaf_rules(block, means, rows.rose).reshape(shape)
    passed = np.column_stack([block.titles_of(node.auto_pass) for node in block.leaves]).reshape(shape)
    return LeafRates(np.where(passed, 1.0, rate), _surplus(block, rows, cases).reshape(shape), passed)


def case_values(block: Block, rows: Rows, cases: Cases) -> Floats:
    """Value of each case: its score rate, or the mean value for a leaf with a threshold or target."""
    leaf = cases.cell % len(block.leaves)
    earned, base = case_sums(rows, cases)
    values = rules.mean_rate(earned, base)
    for i, node in enumerate(block.leaves):
        rule, mine = node.rule, None
        if isinstance(rule, Deduction | StartAdjust | CountedEvidence):
            mine = np.flatnonzero(leaf == i)
        if mine is None or not len(mine):
            continue
        most: ArrayLike = 0.0
        total = earned
        if isinstance(rule, Deduction) and rule.cap_scope == "item":
            total, marks = items_capped(block, rows, cases, i)
            most = marks[mine]
        values[mine] = case_rate(node, total[mine], most)
    return values


def case_rate(node: Node, earned: ArrayLike, most: ArrayLike = 0.0) -> Floats:
    """Score rate of cases by what their rows add up to; `most`: full marks of the items (scope item)."""
    rule = node.rule
    if isinstance(rule, CountedEvidence):
        return rules.counted_evidence(earned, rule.count)
    if isinstance(rule, StartAdjust):
        return rules.start_adjust(earned, rule.start, rule.max_points, rule.floor)
    assert isinstance(rule, Deduction)
    return rules.deduction(earned, most if rule.cap_scope == "item" else rule.max_points or 0.0, rule.floor)


class CaseSums(NamedTuple):
    """Sums over the rows of each case, shape (cases,)."""

    earned: Floats
    base: Floats


def case_sums(rows: Rows, cases: Cases) -> CaseSums:
    """What the rows of each case earned, and their base, shape (cases,)."""
    at = cases.row_case >= 0
    rest = slice(None) if at.all() else at
    earned, base = (
        group_sum(column[rest], cases.row_case[rest], cases.n)
        for column in (rows.reading.earned, rows.reading.base)
    )
    return CaseSums(earned, base)


def items_capped(block: Block, rows: Rows, cases: Cases, leaf: int) -> tuple[Floats, Floats]:
    """Deductions of each case after the cap of every item, and its full marks (items that apply).

    An item that was only found not applicable leaves the full marks; one without a finding does not.
    """
    caps = np.array([item.max_points or 0.0 for item in block.leaves[leaf].items])
    at = np.flatnonzero((block.leaf == leaf) & (cases.row_case >= 0))
    items, index = rows.item[at].astype(np.int64), cases.row_case[at]
    named = items >= 0
    code, keys = factorize(index[named] * len(caps) + items[named])
    sums = group_sum(rows.reading.earned[at][named], code, len(keys))
    capped = group_sum(np.clip(sums, None, caps[keys % len(caps)]), keys // len(caps), cases.n)
    capped += group_sum(rows.reading.earned[at][~named], index[~named], cases.n)
    gone = np.setdiff1d(_not_applicable(block, rows, cases, leaf), keys)
    return capped, caps.sum() - group_sum(caps[gone % len(caps)], gone // len(caps), cases.n)


def _not_applicable(block: Block, rows: Rows, cases: Cases, leaf: int) -> Ints:
    """Case x item, as one number, of the rows that say an item does not apply at a visit that was scored."""
    node = block.leaves[leaf]
    status = block.take(block.observations["status"].to_numpy())
    at = np.flatnonzero((block.leaf == leaf) & (status == NOT_APPLICABLE) & (rows.item >= 0))
    mine = np.flatnonzero(cases.cell % len(block.leaves) == leaf)
    case_of = dict(
        zip(zip(cases.cell[mine], cases.site[mine], cases.visit[mine], strict=True), mine, strict=True)
    )
    site = np.full(len(at), -1) if whole(node) else block.codes("site")[at]
    visit = np.full(len(at), -1) if whole(node) else visit_order(block)[block.codes("visit")[at]]
    where = zip(block.cell[at], site, visit, strict=True)
    found = np.array([case_of.get(key, -1) for key in where], dtype=np.int64)
    return (found * len(node.items) + rows.item[at])[found >= 0]


def apply_leaf_rules(block: Block, means: Floats, rose: NDArray[np.bool_]) -> Floats:
    """Means of cells (..., cells) to score rates: thresholds and targets; other rules are done already."""
    rates = means.copy(order="K")
    for i, node in enumerate(block.leaves):
        cells = slice(i, None, len(block.leaves))
        rule = node.rule
        if isinstance(rule, Threshold):
            limits = (
                -np.inf if rule.at_least is None else rule.at_least,
                np.inf if rule.at_most is None else rule.at_most,
            )
            rates[..., cells] = rules.threshold(
                means[..., cells], rose[cells], *limits, rule.strict, rule.otherwise
            )
        elif isinstance(rule, Target):
            rates[..., cells] = rules.target(means[..., cells], rule.target, rule.floor)
    return rates


def _surplus(block: Block, rows: Rows, cases: Cases) -> Floats:
    surplus = np.zeros(block.n_cells)
    for i, node in enumerate(block.leaves):
        rule = node.rule
        if isinstance(rule, StartAdjust) and rule.surplus == "bonus":
            mine = cases.cell % len(block.leaves) == i
            earned = case_sums(rows, cases).earned[mine]
            above = rules.start_adjust_surplus(earned, rule.start, rule.max_points)
            surplus[cases.cell[mine]] = above / rule.max_points
    return surplus
