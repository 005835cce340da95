"""Pooled rates of checks and questions, read by the same rules that score them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.scoring.asked import MEAN_RULES
from analysis.scoring.block import Block, blocks
from analysis.scoring.rows import read_rows

if TYPE_CHECKING:
    from analysis.scoring import Evaluation


def pooled_rates(evaluation: Evaluation, by: list[str], method: str) -> pd.DataFrame:
    """Share earned of what was possible (0..1) over all units, pooled by columns of the observations.

    Rows of mean rules (pass shares, grades, answers, given scores) of one method. Columns: `by`,
    `score_rate`, `n` (rows used), lowest rate first; rows without a value in `by` are left out.
    """
    periods = evaluation.round.info.periods_due
    found = [_read(block, by, method, periods) for block in blocks(evaluation.round, evaluation.rulebook)]
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*by, "earned", "base"])
    rows = rows[(rows[by].astype("str") != "").all(axis=1)]
    grouped = rows.groupby(by, observed=True, as_index=False)
    table = grouped.agg(earned=("earned", "sum"), base=("base", "sum"), n=("base", "size"))
    table["score_rate"] = table["earned"] / table["base"]
    return table[[*by, "score_rate", "n"]].sort_values(["score_rate", *by], ignore_index=True)


def _read(block: Block, by: list[str], method: str, periods: tuple[str, ...] | None) -> pd.DataFrame:
    rows = read_rows(block, periods)
    wanted = [
        node.rule is not None and node.rule.name in MEAN_RULES and block.framework.method_of(node) == method
        for node in block.leaves
    ]
    keep = np.flatnonzero(np.array(wanted, dtype=bool)[block.leaf] & rows.used & (rows.reading.base > 0))
    columns = {name: block.observations[name].iloc[block.rows[keep]].astype("str").to_numpy() for name in by}
    return pd.DataFrame({**columns, "earned": rows.reading.earned[keep], "base": rows.reading.base[keep]})
