"""What fixing one finding alone would bring back, by the rules and not by its share of the loss.

Only the cell of the finding is scored again, with the same rule functions: the other cells do not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.framework.model import CountedEvidence, Deduction, Node, StartAdjust, Target, Threshold
from analysis.scoring import rules
from analysis.scoring.arrays import Floats, Ints, factorize, group_sum
from analysis.scoring.attribution import case_factors
from analysis.scoring.block import Block
from analysis.scoring.composite import Composite
from analysis.scoring.leaves import apply_leaf_rules, case_rate, case_sums, case_values, items_capped
from analysis.scoring.parts import ScoredBlock

if TYPE_CHECKING:
    import pandas as pd

    from analysis.scoring.evaluate import Scored

MENDED = ("missing_evidence", "not_rising", "below_target")
"""Causes of anchors that are mended as a whole: the activities are held, the value reaches its limit."""


def regain(scored: Scored, ledger: pd.DataFrame) -> Floats:
    """Points of the composite that fixing each ledger row alone would bring back, unrounded.

    NaN where no fix of the row exists: scores given by others, data that are missing, means of others.
    """
    ids = ledger["row_id"].to_numpy()
    known = np.full(int(ids.max(initial=-1)) + 2, np.nan)
    for block in scored.blocks:
        source = block.block.observations["row_id"].to_numpy()[block.block.rows]
        wanted = source < len(known) - 1
        known[source[wanted]] = row_gains(block, scored.composite)[wanted]
    gains = known[np.where(ids < 0, len(known) - 1, ids)]
    anchored = (ids < 0) & ledger["cause"].isin(MENDED).to_numpy()
    return np.where(anchored, ledger["points_lost"].to_numpy(), gains)


def row_gains(scored: ScoredBlock, composite: Composite) -> Floats:
    """Points of the composite that mending each row of a block alone would bring back, shape (rows,)."""
    block, cases = scored.block, scored.cases
    at = np.flatnonzero(cases.row_case >= 0)
    before, after, surplus = _cases_mended(scored, at)
    change = (after - before) * case_factors(cases)[cases.row_case[at]]
    cell = block.cell[at]
    rate = _leaf_change(scored, cell, change)
    worth = composite.worth(scored)[:, scored.tree.leaf_node]
    carried = worth + _imputed_from(scored, worth)
    title = scored.observed.passed.ravel()[cell]
    gains = np.full(len(block.rows), np.nan)
    gains[at] = np.where(title, 0.0, rate * carried.ravel()[cell]) + surplus * worth.ravel()[cell]
    given = np.array([node.rule is not None and node.rule.name == "given_score" for node in block.leaves])
    gains[given[block.leaf]] = np.nan
    return gains


def _cases_mended(scored: ScoredBlock, at: Ints) -> tuple[Floats, Floats, Floats]:
    """Value of the case of each row as it is and with the row mended; change of the leaf's surplus."""
    block, rows, cases = scored.block, scored.rows, scored.cases
    sums = case_sums(rows, cases)
    case = cases.row_case[at]
    reading = rows.reading
    values = case_values(block, rows, cases)
    with np.errstate(invalid="ignore", divide="ignore"):
        mended = values[case] + (_whole(block, scored, at) - reading.earned[at]) / sums.base[case]
    surplus = np.zeros(len(at))
    for i, node in enumerate(block.leaves):
        if not isinstance(node.rule, Deduction | StartAdjust | CountedEvidence):
            continue
        mine = np.flatnonzero(block.leaf[at] == i)
        total, most = _totals(scored, node, i, at[mine])
        mended[mine] = case_rate(node, total, most)
        if isinstance(node.rule, StartAdjust) and node.rule.surplus == "bonus":
            old = sums.earned[case[mine]]
            surplus[mine] = _surplus(node.rule, total) - _surplus(node.rule, old)
    return values[case], mended, surplus


def _surplus(rule: StartAdjust, deducted: Floats) -> Floats:
    return rules.start_adjust_surplus(deducted, rule.start, rule.max_points) / rule.max_points


def _whole(block: Block, scored: ScoredBlock, at: Ints) -> Floats:
    """What each row would earn without its problem: the best grade or answer there is, all its base, or its
    limit where a value is measured."""
    reading, leaf = scored.rows.reading, block.leaf[at]
    goal = reading.base[at] * np.array([best(node) for node in block.leaves])[leaf]
    for i, node in enumerate(block.leaves):
        if isinstance(node.rule, Threshold | Target) and node.rule.of == "value":
            mine = leaf == i
            base = reading.base[at[mine]]
            value = np.divide(reading.earned[at[mine]], base, out=np.zeros(len(base)), where=base > 0)
            goal[mine] = base * at_limit(node.rule, value)
    return goal


def best(node: Node) -> float:
    """The most that one row can earn of its base: below 1 where no grade or answer has full marks."""
    scale = getattr(node.rule, "grades", None) or getattr(node.rule, "scale", None)
    return max(scale.values()) if scale else 1.0


def at_limit(rule: Threshold | Target, values: Floats) -> Floats:
    """Values, those short of what the rule asks for brought to it (just past it where it must be passed)."""
    if isinstance(rule, Target):
        return np.maximum(values, rule.target)
    past = 2 * rules.SNAP if rule.strict else 0.0
    low = -np.inf if rule.at_least is None else rule.at_least + past
    high = np.inf if rule.at_most is None else rule.at_most - past
    return np.clip(values, low, high)


def _totals(scored: ScoredBlock, node: Node, leaf: int, at: Ints) -> tuple[Floats, Floats]:
    """Sum of the case of each row with the row mended (no deduction, a valid activity), and full marks."""
    block, rows, cases = scored.block, scored.rows, scored.cases
    case, own = cases.row_case[at], rows.reading.earned[at]
    earned = case_sums(rows, cases).earned
    if isinstance(node.rule, CountedEvidence):
        return earned[case] + 1.0 - own, np.zeros(len(at))
    if not (isinstance(node.rule, Deduction) and node.rule.cap_scope == "item"):
        return earned[case] - own, np.zeros(len(at))
    capped, most = items_capped(block, rows, cases, leaf)
    caps = np.array([*(item.max_points or 0.0 for item in node.items), np.inf])
    code, keys = factorize(case * len(caps) + rows.item[at] + 1)
    items = group_sum(own, code, len(keys))[code]
    cap = caps[rows.item[at]]
    return capped[case] - np.minimum(items, cap) + np.minimum(items - own, cap), most[case]


def _leaf_change(scored: ScoredBlock, cell: Ints, change: Floats) -> Floats:
    """Change of the leaf's rate for a change of the mean of its cell; a threshold is asked again."""
    block, rates = scored.block, change.copy()
    asked = np.array([isinstance(node.rule, Threshold | Target) for node in block.leaves])
    at = np.flatnonzero(asked[cell % len(block.leaves)])
    if not len(at):
        return rates
    means = scored.cases.average(case_values(block, scored.rows, scored.cases))
    old = apply_leaf_rules(block, means, scored.rows.rose)
    # Every leaf is asked for one changed cell at a time: the k-th change of each cell in one pass.
    for turn in _turns(cell[at]):
        here = at[turn]
        moved = means.copy()
        moved[cell[here]] += change[here]
        rates[here] = apply_leaf_rules(block, moved, scored.rows.rose)[cell[here]] - old[cell[here]]
    return rates


def _turns(cell: Ints) -> list[Ints]:
    """Positions in as few lots as possible, no cell twice in one lot."""
    order = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[order], cell[order])
    turn = np.arange(len(cell)) - first
    return [order[turn == k] for k in range(int(turn.max(initial=-1)) + 1)]


def _imputed_from(scored: ScoredBlock, worth: Floats) -> Floats:
    """What a point of rate in each cell adds to places of the same unit that take the mean of the others."""
    imputed = scored.filled.imputed
    extra = np.zeros(worth.shape)
    if not imputed.any():
        return extra
    entities = scored.block.entities
    unit, group = (entities[name].to_numpy(dtype=np.str_) for name in ("unit", "group"))
    observed = ~np.isnan(scored.observed.rate)
    for name in np.unique(group):
        mine = group == name
        n = observed[mine].sum(axis=0)
        for one in np.unique(unit[mine]):
            own: NDArray[np.bool_] = mine & (unit == one)
            taken = (worth[own] * imputed[own]).sum(axis=0)
            extra[own] = np.divide(taken, n, out=np.zeros(len(n)), where=n > 0)
    return extra
