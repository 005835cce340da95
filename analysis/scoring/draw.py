"""A round drawn again: other weights of sites and respondents, other severity of assessors, same rules.

Weights and shifts are applied to what the rows say, before any rule: the rules, the roll-up and the
attribution of losses do not know that they work on a draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.framework.model import Deduction, Node, Target, Threshold
from analysis.scoring.arrays import Floats, group_count, group_sum
from analysis.scoring.block import Block
from analysis.scoring.cases import Cases, whole
from analysis.scoring.leaves import case_sums, case_values
from analysis.scoring.rows import Reading, Rows


@dataclass(frozen=True)
class Draw:
    """One replicate, per observation of the round: `weight` (1: as it was) and `shift` of the score rate."""

    weight: Floats
    shift: Floats


def weighed_inside(block: Block, cases: Cases) -> NDArray[np.bool_]:
    """Rows whose weight acts inside their case: answers, and rows that are pooled or belong to no site.

    The other rows' weight is that of their site in the mean over sites.
    """
    pooled = np.array([whole(node) for node in block.leaves])[block.leaf]
    asked, visited = (named(block.observations, column)[block.rows] for column in ("respondent", "site"))
    return (cases.row_case >= 0) & (pooled | asked | ~visited)


def named(observations: pd.DataFrame, column: str) -> NDArray[np.bool_]:
    """Rows that name something in a label column; none where there is no such column."""
    if column not in observations.columns:
        return np.zeros(len(observations), dtype=bool)
    names = np.append(np.asarray(observations[column].cat.categories != "", dtype=bool), False)
    return names[observations[column].cat.codes.to_numpy()]


def shiftable(node: Node) -> bool:
    """Whether a shift of the score rate means something for the cases of a leaf."""
    rule = node.rule
    if isinstance(rule, Threshold | Target):
        return rule.of == "pass_share"
    if isinstance(rule, Deduction):
        return rule.cap_scope == "site" and not whole(node)
    return rule is not None and rule.name in ("pass_share", "graded", "given_score")


def drawn(block: Block, rows: Rows, cases: Cases, draw: Draw) -> tuple[Rows, Cases]:
    """Rows and cases of a block under a draw."""
    weight = draw.weight[block.rows]
    inside = weighed_inside(block, cases)
    factor = np.where(inside, weight, 1.0)
    rows = replace(rows, reading=Reading(*(column * factor for column in rows.reading)))
    site_weight = np.ones(len(cases.site_cell))
    at = (cases.row_case >= 0) & ~inside
    site_weight[cases.site_of[cases.row_case[at]]] = weight[at]
    cases = replace(cases, site_weight=site_weight)
    shift = draw.shift[block.rows]
    return (_shifted(block, rows, cases, factor, shift) if shift.any() else rows), cases


def _shifted(block: Block, rows: Rows, cases: Cases, factor: Floats, shift: Floats) -> Rows:
    """Rows whose cases score that much more or less: losses (and gains) are scaled to the shifted rate."""
    at = np.flatnonzero((cases.row_case >= 0) & np.array([shiftable(n) for n in block.leaves])[block.leaf])
    index = cases.row_case[at]
    mass = group_sum(factor[at], index, cases.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        change = group_sum(factor[at] * shift[at], index, cases.n) / mass
    value = case_values(block, rows, cases)
    wanted = np.where(change != 0, np.clip(value + change, 0.0, 1.0), value)
    earned, base, loss = (column.copy() for column in rows.reading)
    sums = case_sums(rows, cases)
    n_rows = group_count(index, cases.n)
    for i, node in enumerate(block.leaves):
        mine = block.leaf[at] == i
        row, case = at[mine], index[mine]
        changed = (wanted != value)[case] & ~np.isnan(wanted[case])
        row, case = row[changed], case[changed]
        if isinstance(node.rule, Deduction):
            off = (1.0 - wanted[case]) * (node.rule.max_points or 0.0)
            loss[row] = earned[row] = _scaled(earned[row], sums.earned[case], off, 1.0 / n_rows[case])
        else:
            total, short_of = sums.base[case], sums.base[case] - sums.earned[case]
            missing = (1.0 - wanted[case]) * total
            short = _scaled(base[row] - earned[row], short_of, missing, base[row] / total)
            earned[row] = base[row] - short
            loss[row] = short if node.rule and node.rule.name not in ("threshold", "target") else loss[row]
    return replace(rows, reading=Reading(earned, base, loss))


def _scaled(values: Floats, total: Floats, wanted: Floats, share: Floats) -> Floats:
    """Values in the same proportion that add up to `wanted`; by `share` where there is nothing to scale."""
    scaled = np.divide(values * wanted, total, out=np.zeros(len(values)), where=total > 0)
    return np.where(total > 0, scaled, share * wanted)
