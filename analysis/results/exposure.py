"""What the severity of one assessor moves: points of a unit's base per score rate, site by site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.framework.model import Deduction
from analysis.results.assessors import assessors_of
from analysis.results.precision import share_of_cell, slopes, texts_of
from analysis.scoring.arrays import group_count
from analysis.scoring.cases import whole
from analysis.scoring.draw import shiftable
from analysis.scoring.leaves import case_sums

if TYPE_CHECKING:
    from analysis.intake.round import Round
    from analysis.scoring.evaluate import Scored

Floats = NDArray[np.float64]
KEYS = ["unit", "component", "stratum", "member", "assessor"]
"""`stratum` and `member` are those of a site in `precision.influences`."""


def exposures(round_: Round, scored: Scored) -> pd.DataFrame:
    """By KEYS: `points` by which the unit's base would rise if this assessor's checks at this site scored one
    full rate higher. Empty where no assessor is known."""
    names, of_row = assessors_of(round_.observations)
    found = [_of_block(scored, block, names, of_row) for block in scored.blocks] if names else []
    if not found:
        return pd.DataFrame(columns=[*KEYS, "points"])
    table = pd.concat(found, ignore_index=True)
    return table.groupby(KEYS, as_index=False, sort=False)["points"].sum()


def _of_block(scored: Scored, block: Any, names: list[str], of_row: NDArray[np.int64]) -> pd.DataFrame:
    rows, cases = block.block, block.cases
    worth = scored.composite.worth(block)[:, block.tree.leaf_node].ravel() * slopes(block).ravel()
    who = of_row[rows.rows]
    moved = np.array([shiftable(node) for node in rows.leaves])[rows.leaf]
    at = np.flatnonzero((cases.row_case >= 0) & (who >= 0) & moved & (worth[rows.cell] > 0))
    points = worth[rows.cell[at]] * _share_of_case(block, at) * _share_of_leaf(block, at)
    return pd.DataFrame(
        {
            "unit": rows.entities["unit"].to_numpy(dtype=object)[rows.entity[at]],
            "component": rows.part.id,
            "stratum": texts_of(rows, "site_type", at),
            "member": texts_of(rows, "site", at),
            "assessor": np.array(names, dtype=object)[who[at]],
            "points": np.nan_to_num(points),
        }
    )


def _share_of_case(block: Any, at: NDArray[np.int64]) -> Floats:
    """What a row is of its case: by its base, or one of so many rows where points are deducted."""
    case = block.cases.row_case[at]
    deducted = np.array([isinstance(node.rule, Deduction) for node in block.block.leaves])
    n = group_count(block.cases.row_case[block.cases.row_case >= 0], block.cases.n)[case]
    with np.errstate(divide="ignore", invalid="ignore"):
        by_base = block.rows.reading.base[at] / case_sums(block.rows, block.cases).base[case]
    return np.where(deducted[block.block.leaf[at]], 1.0 / n, by_base)


def _share_of_leaf(block: Any, at: NDArray[np.int64]) -> Floats:
    """What a row's case is of its leaf: 1 where all rows are one case, else its visit, site and site type."""
    cases = block.cases
    case = cases.row_case[at]
    site = cases.site_of[case]
    n = np.bincount(cases.site_stratum, minlength=len(cases.stratum_cell))
    share = cases.visit_weight[case] * share_of_cell(cases)[site] / n[cases.site_stratum[site]]
    pooled = np.array([whole(node) for node in block.block.leaves])[block.block.leaf[at]]
    return np.where(pooled, 1.0, share)
