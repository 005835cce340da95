"""What rows hold and their rule does not read, what it asks for and they lack, what can hardly be."""

from __future__ import annotations

import re
from functools import partial

import numpy as np

from analysis.intake.rows.case import Case
from analysis.intake.rows.catalog import Target
from analysis.intake.sheets.sheet import shown
from analysis.intake.sheets.values import results, state_of
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key, rule_words
from analysis.tables import OBSERVED

_READ: dict[str, tuple[tuple[str, ...], ...]] = {
    "pass_share": (("result", "value"), ("deduction",)),
    "graded": (("grade", "result", "answer"),),
    "answer_scale": (("answer", "grade", "result"),),
    "deduction": (("deduction",), ("result",), ("count",), ("score",)),
    "start_adjust": (("deduction",), ("addition",), ("score",)),
    "counted_evidence": (("result",),),
    "threshold": (("value", "score"), ("result",)),
    "target": (("value", "score"), ("result",)),
    "given_score": (("score", "value"),),
}
"""Fields a rule reads; of those in one bracket the first that the sheet has."""
_RATE = re.compile(r"(?<!增长)(?<!完成)率(?:\(%\))?$")
_LOOKED_AT = ("result", "grade", "deduction", "addition", "score", "value")


def note_uncounted(case: Case, rule: str) -> None:
    """A warning per column in which usable rows of a rule hold something that the rule does not read."""
    groups = _READ[rule]
    read = {next((name for name in group if case.rows.has(name)), "") for group in groups}
    at = case.of(rule)
    for name in _LOOKED_AT:
        if name in read or not case.rows.has(name):
            continue
        lost = at[_holds(case, name, at)]
        if len(lost):
            sheet, first = case.rows.sheet, lost[0]
            words = {**rule_words(rule), "item": case.targets[case.codes[first]].label}
            words["value"] = shown(case.rows.cells[name][int(first)])
            column = sheet.header[sheet.columns[name]] if name in sheet.columns else ""
            row = int(sheet.numbers[case.rows.at[first]])
            problem = say.NOT_COUNTED.problem(sheet.file, sheet.name, row, column, n=len(lost), **words)
            sheet.problems.append(problem)


def _holds(case: Case, name: str, at: np.ndarray) -> np.ndarray:
    """Rows whose cell says something: a number that is not 0, a check that failed, any grade."""
    cells = case.rows.cells[name][at]
    if name == "result":
        return results(cells).value == 0
    if name == "grade":
        return cells.table(state_of, np.int64) == OBSERVED
    numbers = case.numbers[name]
    return numbers.given[at] & (numbers.value[at] != 0)


def note_not_shown(case: Case, at: np.ndarray) -> None:
    """A warning per column that evidence is judged by and the sheet lacks: all of it falls short."""
    sheet = case.rows.sheet
    for name in ("pictures", "participants", "organiser"):
        asks = partial(_asks, name=name)
        asked = at[case.each(asks, at, bool) & (not case.rows.has(name))]
        if len(asked):
            label, column = case.targets[case.codes[asked[0]]].label, sheet.kind.fields[name].zh
            problem = say.NOT_SHOWN.problem(sheet.file, sheet.name, item=label, n=len(asked), columns=column)
            sheet.problems.append(problem)


def _asks(target: Target, name: str) -> bool:
    return bool(getattr(target.node.rule, name, 0))


def note_beyond_whole(case: Case, at: np.ndarray, name: str) -> None:
    """A warning for every rate (…率, but no growth) above 100 where its standard is at most 100."""
    rates = case.each(lambda target: bool(_RATE.search(key(target.label))), at, bool)
    for row in at[rates & (case.numbers[name].value[at] > 100)].tolist():
        sheet, value = case.rows.sheet, shown(case.rows.cells[name][row])
        place = (sheet.file, sheet.name, int(sheet.numbers[case.rows.at[row]]))
        label = case.targets[case.codes[row]].label
        column = sheet.header[sheet.columns[name]] if name in sheet.columns else ""
        sheet.problems.append(say.BEYOND_WHOLE.problem(*place, column, value=value, item=label))
