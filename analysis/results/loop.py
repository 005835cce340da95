"""The rectification loop of one or more rounds, with everything that is asked about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from analysis.errors import Problem, UsageError
from analysis.results.rectification import fix_curves, rectification_loop, rectification_summary
from analysis.results.rectification_lists import bad_sequences, monday_list, points_of_fixes, with_escalation
from analysis.results.series import in_order

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation


@dataclass(frozen=True)
class Loop:
    """What became of the problems in the ledgers of some rounds, as of a day.

    `cases`: one row per entry of a ledger (`rectification_cases`), with what later checks found
    (`with_recurrence`), `escalation` and `round`.
    """

    rounds: tuple[Evaluation, ...]
    cases: pd.DataFrame
    as_of: dt.date

    def of_round(self, name: str) -> Loop:
        """The same with the ledger of one round only; what all rounds found again stays known."""
        return replace(self, cases=self.cases[self.cases["round"] == name].reset_index(drop=True))

    def summary(self, by: Sequence[str] = ()) -> pd.DataFrame:
        """Counts and shares per combination of `by` (`rectification_summary`); shares 0-1 with intervals."""
        return rectification_summary(self.cases, by)

    def curves(self, by: str = "") -> pd.DataFrame:
        """Share still open after so many days, per value of `by` (`fix_curves`)."""
        return fix_curves(self.cases, by)

    def monday(self, unit: str | None = None) -> pd.DataFrame:
        """What must be chased this week: overdue, badly fixed and recurring cases, by unit."""
        return monday_list(self.cases, unit)

    def bad_sequences(self) -> pd.DataFrame:
        """Dates of the ledgers that cannot be, row by row."""
        return bad_sequences(self.cases)

    def points(self) -> pd.DataFrame:
        """Points won back and still open by unit and round that found the problems, re-evaluated.

        The problems of a ledger are those of the round before it; a ledger without such a round has no
        points. Columns of `points_of_fixes` and `round` (the ledger's).
        """
        found = []
        for before, now in zip(self.rounds, self.rounds[1:], strict=False):
            name = now.round.info.id
            mine = self.cases[self.cases["round"] == name]
            if len(mine):
                found.append(points_of_fixes(mine, before).assign(round=name))
        columns = ["round", "unit", "won_back", "still_open", "n_won", "n_open", "n_unmatched"]
        return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def loop_of(rounds: Sequence[Evaluation], as_of: dt.date | None = None) -> Loop:
    """The loop of some rounds (in any order), as of a day (default: the date of the last).

    Escalation follows the rules of the last round. Raises UsageError when no round has a ledger.
    """
    ordered = in_order(rounds)
    last = ordered[-1]
    cases = rectification_loop(ordered, as_of)
    if cases.empty:
        raise UsageError(_no_ledger([one.round.info.id for one in ordered]))
    cases = with_escalation(cases, last.rulebook.settings)
    return Loop(tuple(ordered), cases, as_of or last.round.info.date)


def _no_ledger(names: list[str]) -> Problem:
    return Problem(
        code="no_ledger",
        zh=f"轮次 {'、'.join(names)} 没有整改台账。",
        en=f"rounds {', '.join(names)} have no rectification ledger.",
        fix_zh="请在轮次文件夹中放入整改台账（见 docs/workbooks.md）。",
        fix_en="Put a rectification ledger into the round's folder (see docs/workbooks.md).",
        value=names[-1],
    )
