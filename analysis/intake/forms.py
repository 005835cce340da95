"""The quarterly form of member units: full marks, points off and score of every item in one row."""

from __future__ import annotations

import numpy as np

from analysis.intake import row_messages as say
from analysis.intake.case import Case
from analysis.intake.coded import Coded
from analysis.intake.values import Numbers
from analysis.tables import OBSERVED

FORM = "quarterly_form"
_DEDUCTED = ("deduction", "start_adjust")


def complete(case: Case) -> None:
    """Points off from full marks and score, where a row of the form gives only these two.

    A row whose score is not its full marks less the points off is put aside.
    """
    rows = case.rows
    if rows.sheet.kind.id != FORM or not (rows.has("full_marks") and rows.has("score")):
        return
    full, score = rows.numbers("full_marks"), case.numbers["score"]
    off, added = (case.numbers.get(name) or rows.numbers(name) for name in ("deduction", "addition"))
    left = full.value - np.nan_to_num(off.value) + np.nan_to_num(added.value)
    both = rows.ok & full.given & score.given & off.given
    wrong = both & (np.abs(left - score.value) > 0.005)
    rows.reject(wrong, "score", say.FORM_SUM, allowed=np.array([f"{one:g}" for one in left], dtype=object))
    at = np.concatenate([case.of(rule) for rule in _DEDUCTED])
    at = at[(full.given & score.given & ~off.given)[at]]
    value, state = off.value.copy(), off.state.copy()
    value[at] = (full.value - score.value)[at] + np.nan_to_num(added.value)[at]
    state[at] = OBSERVED
    case.numbers["deduction"] = Numbers(value, state, np.zeros(len(rows), dtype=bool))
    printed = np.where(np.isnan(value), rows.cells.get("deduction", ""), value)
    rows.cells["deduction"] = Coded.of(printed.astype(object))
