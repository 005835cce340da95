"""Full marks that a sheet prints beside its scores, held against those of the framework."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from analysis.intake.sheets.header import full_marks_beside
from analysis.intake.sheets.values import numbers
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key

if TYPE_CHECKING:
    from analysis.intake.rows.case import Case

_IN_BRACKETS = re.compile(r"\((?:满分|分值|标准分):?(\d+(?:\.\d+)?)分?\)|\((\d+(?:\.\d+)?)分\)")


def refuse_other_full_marks(case: Case, at: np.ndarray, name: str, most: np.ndarray) -> None:
    """Put the rows `at` aside whose scores are out of other full marks than `most`: by their column of full
    marks, or by what the header of the score says (材料审核(40分), or 满分 beside 得分 below one name)."""
    printed = _printed(case, name)[at]
    differs = np.isfinite(printed) & (np.abs(printed - most) > 1e-9)
    if differs.any():
        texts = {
            word: np.array([f"{one:g}" for one in values[differs]], dtype=object)
            for word, values in (("printed", printed), ("allowed", most))
        }
        case.reject(at[differs], name, say.FULL_MARKS_DIFFER, **texts)


def _printed(case: Case, name: str) -> np.ndarray:
    """The full marks that are printed for every row, NaN where none are."""
    rows = case.rows
    if rows.has("full_marks"):
        return rows.numbers("full_marks").value
    found = np.full(len(rows), np.nan)
    headers = np.broadcast_to(np.asarray(rows.headers.get(name, ""), dtype=object), len(rows))
    for header in dict.fromkeys(headers.tolist()):
        of_header = headers == header
        bracket = _IN_BRACKETS.search(key(header))
        beside = full_marks_beside(rows.sheet.header, header)
        if bracket:
            found[of_header] = float(bracket.group(1) or bracket.group(2))
        elif beside is not None:
            found[of_header] = numbers(rows.sheet.body[:, beside]).value[rows.at[of_header]]
    return found
