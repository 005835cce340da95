"""What the cells of a row say under the rule of its target: value, answer, status, count, flags, period."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.intake.files.coded import Coded
from analysis.intake.rows.case import Case, Reading
from analysis.intake.rows.rules import READERS
from analysis.intake.rows.uncounted import note_uncounted
from analysis.intake.sheets.values import coded, period, state_of, tokens
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import spellings
from analysis.tables import OBSERVED

_COUNTED = ("deduction", "start_adjust", "answer_scale")
"""Rules that use the number of findings or answers of a row."""


def read_values(case: Case) -> Reading:
    """What every usable row says; rows whose cells do not suit the rule of their target are put aside."""
    n = len(case.rows)
    found = Reading(
        np.full(n, np.nan),
        Coded.all("", n),
        np.zeros(n, dtype=np.int64),
        _counts(case),
        _periods(case),
        _flags(case),
    )
    for rule, read in READERS.items():
        at = case.of(rule)
        if len(at):
            read(case, at, found)
            note_uncounted(case, rule)
    return found


def _counts(case: Case) -> np.ndarray:
    """Number of findings or answers; 1 where none is given or the rule does not count."""
    count = np.ones(len(case.rows))
    for name in ("count", "answers", "votes"):
        if name not in case.numbers:
            continue
        for rule in _COUNTED:
            at = case.of(rule)
            size = np.zeros(len(at)), np.full(len(at), np.inf), case.each(lambda target: target.label, at)
            case.within(at, name, *size)
            given = at[case.numbers[name].given[at]]
            count[given] = case.numbers[name].value[given]
            if name != "count":
                case.reject(at[~case.numbers[name].given[at] & case.rows.ok[at]], name, say.BLANK)
    return count


def _flags(case: Case) -> Coded:
    """Codes of the circumstances of a row, joined by `|`."""
    if not case.rows.has("flags"):
        return Coded.all("", len(case.rows))
    own = {name for target in case.targets for name in getattr(target.node.rule, "multipliers", {})}

    def read(cell: Any) -> str | None:
        found = [token if token in own else coded(token, "flags") for token in tokens(cell)]
        return None if None in found else "|".join(dict.fromkeys(code for code in found if code))

    flags = case.rows.mapped("flags", lambda cell: read(cell) if state_of(cell) == OBSERVED else "")
    unknown = case.rows.ok & (flags == None)  # noqa: E711 - elementwise
    allowed = "、".join(dict.fromkeys([*spellings("flags"), *sorted(own)]))
    case.rows.reject(unknown, "flags", say.NOT_ALLOWED, allowed=allowed)
    return flags.mapped(lambda one: one or "")


def _periods(case: Case) -> Coded:
    """Year, quarter, month or node of a row, as text."""
    if case.rows.has("year"):
        return case.rows.text("year")
    if not case.rows.has("period"):
        return Coded.all("", len(case.rows))
    return case.rows.mapped("period", period)
