"""Problems a round found, what was looked at again later, and what a round would be without some of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.framework.model import AnswerScale, Deduction, Graded, Node, PassShare, StartAdjust
from analysis.intake.round import Round

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation, Scored

PROBLEM = ("unit", "component", "leaf", "site", "item")
"""What makes a problem the same one in another round."""


def checks(scored: Scored, round_: Round) -> pd.DataFrame:
    """Every check at a site that was used: the columns of PROBLEM, `row_id`, `date`, `failed` and `sampled`.

    `date` is the day of the check, else that of the round; `failed`: the row has a loss of its own, even
    where a threshold forgave it; `sampled`: the rows of the leaf are a sample (vehicles at a crossing), so
    that one of them is no problem to be matched. One row per row of the observations.
    """
    found = [_block_checks(block, round_) for block in scored.blocks]
    empty = pd.DataFrame(columns=[*PROBLEM, "row_id", "date", "failed", "sampled"])
    return pd.concat(found, ignore_index=True) if found else empty


def _block_checks(scored: Any, round_: Round) -> pd.DataFrame:
    block, rows = scored.block, scored.rows
    table = block.observations.iloc[block.rows].reset_index(drop=True)
    keep = np.flatnonzero(rows.used & (table["site"] != "").to_numpy())
    found = table.iloc[keep].reset_index(drop=True)
    labels = found[list(PROBLEM)].astype("str")
    date = pd.Series(pd.Timestamp(round_.info.date), index=found.index)
    if "date" in found.columns:
        date = pd.to_datetime(found["date"]).fillna(date)
    sampled = np.array([getattr(node.rule, "of", "") == "pass_share" for node in block.leaves], dtype=bool)
    return labels.assign(
        row_id=found["row_id"],
        date=date,
        failed=rows.reading.loss[keep] > 0,
        sampled=sampled[block.leaf[keep]],
    )


def mended(round_: Round, evaluation: Evaluation, row_ids: Iterable[int]) -> Round:
    """The round as it would be had the checks of these rows been without fault.

    Passes, no deduction, or the best grade; a measured value, a document or a given score stays what it is.
    """
    rows = round_.observations
    chosen = rows["row_id"].isin(list(row_ids)).to_numpy()
    value = rows["value"].to_numpy(dtype=np.float64, na_value=np.nan).copy()
    answer = rows["answer"].astype("str").to_numpy(dtype=object)
    for block in evaluation.scored.blocks:
        leaf_at = np.full(len(rows), -1)
        leaf_at[block.block.rows] = block.block.leaf
        for position, node in enumerate(block.block.leaves):
            mine = chosen & (leaf_at == position)
            if mine.any():
                _mend(node, mine, value, answer)
    fixed = rows.assign(value=value, answer=pd.Categorical(answer))
    return replace(round_, frames={**round_.frames, "observations": fixed})


def _mend(node: Node, mine: NDArray[np.bool_], value: NDArray[np.float64], answer: NDArray[Any]) -> None:
    rule = node.rule
    if isinstance(rule, PassShare) or getattr(rule, "of", "") == "pass_share":
        value[mine] = 1.0
    elif isinstance(rule, Deduction):
        value[mine] = 0.0
    elif isinstance(rule, StartAdjust):
        value[mine] = np.fmin(np.nan_to_num(value[mine]), 0.0)
    elif isinstance(rule, Graded | AnswerScale):
        scale = rule.grades if isinstance(rule, Graded) else rule.scale
        answer[mine] = max(scale, key=lambda name: scale[name])
