"""The cells a composite is the sum of (points x rate), and the same on what both rounds saw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.scoring.block import blocks
from analysis.scoring.cases import build_cases
from analysis.scoring.leaves import leaf_rates
from analysis.scoring.rows import read_rows

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook
    from analysis.intake.round import Round
    from analysis.scoring.evaluate import Scored

CELL = ["unit", "place", "component", "node"]
_SITE = ["unit", "place", "component", "leaf", "site"]


def leaf_cells(scored: Scored) -> pd.DataFrame:
    """The lowest nodes that carry points, one row each: CELL, `points` possible, `rate`, `averaged`, `given`.

    Leaves, given scores and components filled in as a whole; points x rate adds up to the base of every
    unit. `averaged`: the component is a mean over places; `given`: a score stated above the leaves.
    """
    found = [_block_cells(scored, block) for block in scored.blocks]
    return pd.concat([*found, _filled_components(scored)], ignore_index=True)


def _block_cells(scored: Scored, block: Any) -> pd.DataFrame:
    tree, worth = block.tree, scored.composite.worth(block)
    is_leaf = np.zeros(len(tree.ids), dtype=bool)
    is_leaf[tree.leaf_node] = True
    given = ~np.isnan(block.given) & ~is_leaf
    entity, node = np.nonzero((is_leaf | given) & (worth > 0) & ~np.isnan(block.rolled.rate))
    part = block.block.part
    names = np.array([part.id, *tree.ids[1:]], dtype=object)
    return pd.DataFrame(
        {
            "unit": block.block.entities["unit"].to_numpy(dtype=object)[entity],
            "place": block.block.entities["place"].to_numpy(dtype=object)[entity],
            "component": part.id,
            "node": names[node],
            "points": worth[entity, node],
            "rate": block.rolled.rate[entity, node],
            "averaged": part.sub_units,
            "given": given[entity, node],
        }
    )


def _filled_components(scored: Scored) -> pd.DataFrame:
    """Components of units that a rule for missing data filled in."""
    top = scored.composite
    units, parts = np.nonzero(top.filled.imputed | top.filled.zero)
    names = np.array(top.tree.ids[1:], dtype=object)[parts]
    return pd.DataFrame(
        {
            "unit": top.units["unit"].astype("str").to_numpy(dtype=object)[units],
            "place": "",
            "component": names,
            "node": names,
            "points": top.rolled.weight[units, parts + 1] * top.full_marks,
            "rate": top.filled.rate[units, parts],
            "averaged": False,
            "given": False,
        }
    )


def common_rows(first: Round, second: Round) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Observations of either round that both saw: no sample at all, or a site that both visited for a leaf.

    Respondents are drawn anew each time: a number in a list of answers is not a person.
    """
    keys = [pd.MultiIndex.from_frame(one.observations[_SITE].astype("str")) for one in (first, second)]
    kept = []
    for one, own, other in zip((first, second), keys, reversed(keys), strict=True):
        rows = one.observations
        asked = (rows["respondent"] != "").to_numpy() if "respondent" in rows.columns else False
        at_site = (rows["site"] != "").to_numpy()
        kept.append(~np.asarray(asked) & (~at_site | own.isin(other)))
    return kept[0], kept[1]


def common_rates(round_: Round, rulebook: Rulebook, rows: NDArray[np.bool_]) -> pd.DataFrame:
    """Rates of the leaves by these observations alone: CELL and `common` (NaN rows are left out)."""
    observations = round_.observations[rows].reset_index(drop=True)
    part = replace(round_, frames={**round_.frames, "observations": observations})
    found = []
    for block in blocks(part, rulebook):
        read = read_rows(block, round_.info.periods_due)
        rate = leaf_rates(block, read, build_cases(block, read)).rate
        entity, leaf = np.nonzero(~np.isnan(rate))
        root = block.framework.root.id
        names = np.array([block.part.id if n.id == root else n.id for n in block.leaves], dtype=object)
        found.append(
            pd.DataFrame(
                {
                    "unit": block.entities["unit"].to_numpy(dtype=object)[entity],
                    "place": block.entities["place"].to_numpy(dtype=object)[entity],
                    "component": block.part.id,
                    "node": names[leaf],
                    "common": rate[entity, leaf],
                }
            )
        )
    return pd.concat(found, ignore_index=True)
