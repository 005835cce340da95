"""One reader per scoring rule: the cells of its rows to value, answer and status."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.framework.model import AnswerScale, CountedEvidence, Deduction, Graded, StartAdjust, Threshold
from analysis.framework.model import Target as TargetRule
from analysis.intake.files.coded import Coded
from analysis.intake.rows.case import Case, Reading
from analysis.intake.rows.catalog import Target
from analysis.intake.rows.full_marks import refuse_other_full_marks
from analysis.intake.rows.register import combined
from analysis.intake.rows.uncounted import note_beyond_whole, note_not_shown
from analysis.intake.sheets.values import BAD, BLANK, Numbers, clean, period, results, state_of, ticked
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key, option_key
from analysis.tables import MISSING, NOT_APPLICABLE, OBSERVED

_RESULTS = "符合、不符合、不涉及、无数据"
_NUMBERED = re.compile(r"\d{1,2}|[A-Za-z]")
"""An answer as the number or letter of its option."""


def _settled(state: np.ndarray) -> np.ndarray:
    """Status of the observations: a blank cell is missing."""
    return np.where(state == BLANK, MISSING, np.where(state == BAD, OBSERVED, state))


def _pass_share(case: Case, at: np.ndarray, found: Reading) -> None:
    name = case.first(at, "result", "value")
    if name:
        read = results(case.rows.cells[name][at])
        case.reject(at[read.bad], name, say.NOT_ALLOWED, allowed=_RESULTS)
        if "deduction" in case.numbers:
            _refuse_contradictions(case, at, read, case.numbers["deduction"].value[at])
            lost = (read.state == BLANK) & (case.numbers["deduction"].value[at] > 1e-9)
            case.reject(at[lost], "deduction", say.WITHOUT_RESULT)
        found.value[at], found.status[at] = read.value, _settled(read.state)


def _refuse_contradictions(case: Case, at: np.ndarray, result: Numbers, points: np.ndarray) -> None:
    """Put rows aside that take points off although the check passed, was not made or does not apply."""
    kept = (result.value == 1) | np.isin(result.state, (MISSING, NOT_APPLICABLE))
    these = at[kept & (points > 1e-9)]
    if len(these):
        words = case.rows.cells["result"][these].mapped(clean) if case.rows.has("result") else ""
        case.reject(these, "deduction", say.CONTRADICTION, result=words)


def _codes(case: Case, at: np.ndarray) -> Coded:
    """Which target the rows report on, as a column."""
    return Coded(case.codes[at], np.arange(len(case.targets)))


def _texts(
    case: Case, at: np.ndarray, found: Reading, names: tuple[str, ...], allowed: Callable[[Target], list[str]]
) -> None:
    """Answers or grades, each of which the rule must know."""
    name = case.first(at, *names)
    if not name:
        return
    cells = case.rows.cells[name][at]
    state = cells.table(state_of, np.int64)
    spelled = [{key(word): word for word in allowed(target)} for target in case.targets]

    def spell(code: int, cell: Any) -> str | None:
        word = key(clean(cell))
        word = ticked(word) or word
        return spelled[code].get(word, spelled[code].get(option_key(word)))

    answer = Coded(*combined([_codes(case, at), cells], spell))
    known = answer != None  # noqa: E711 - elementwise
    bad = (state == OBSERVED) & ~known
    if bad.any():
        by_number = bad & cells.table(lambda cell: bool(_NUMBERED.fullmatch(key(clean(cell)))))
        by_number &= case.rows.sheet.kind.method == "questionnaire"
        for message, these in ((say.NUMBERED_ANSWER, by_number), (say.NOT_ALLOWED, bad & ~by_number)):
            lists = case.each(lambda target: "、".join(allowed(target)), at[these])
            case.reject(at[these], name, message, allowed=lists, value=cells[these].mapped(clean))
    found.answer = found.answer.put(at, answer.mapped(lambda one: one or ""))
    found.status[at] = np.where(known, OBSERVED, _settled(state))


def _graded(case: Case, at: np.ndarray, found: Reading) -> None:
    def allowed(target: Target) -> list[str]:
        return list(target.node.rule.grades) if isinstance(target.node.rule, Graded) else []

    _texts(case, at, found, ("grade", "result", "answer"), allowed)


def _answer_scale(case: Case, at: np.ndarray, found: Reading) -> None:
    def allowed(target: Target) -> list[str]:
        rule = target.node.rule
        return [*rule.scale, *rule.unclear] if isinstance(rule, AnswerScale) else []

    _texts(case, at, found, ("answer", "grade", "result"), allowed)


def _deduction(case: Case, at: np.ndarray, found: Reading) -> None:
    """Points off. Blank is zero, unless the row reports a failed check or findings: the item's points."""
    name = case.first(at, "deduction", "result", "count")
    if not name:
        return
    result = _checked(case, at)
    value = np.where(_reports_findings(case, at, result), np.nan, 0.0)
    status = _settled(result.state) if name == "result" else np.zeros(len(at), dtype=np.int64)
    if name == "deduction":
        points = _points_off(case, at)
        value = np.where(points.given, points.value, value)
        _refuse_contradictions(case, at, result, value)
        state = np.where(points.state == BLANK, result.state, points.state)
        status = np.where(np.isin(state, (MISSING, NOT_APPLICABLE)), state, OBSERVED)
    found.value[at], found.status[at] = np.where(status == OBSERVED, value, np.nan), status


def _checked(case: Case, at: np.ndarray) -> Numbers:
    """The results of rows that may have one: all blank when the sheet has no such column."""
    if not case.rows.has("result"):
        return results(Coded.all("", len(at)))
    result = results(case.rows.cells["result"][at])
    case.reject(at[result.bad], "result", say.NOT_ALLOWED, allowed=_RESULTS)
    return result


def _reports_findings(case: Case, at: np.ndarray, result: Numbers) -> np.ndarray:
    """Rows whose check failed, or which count findings without a result."""
    if "count" not in case.numbers:
        return result.value == 0
    counted = np.nan_to_num(case.numbers["count"].value[at]) > 0
    return (result.value == 0) | (counted & (result.state == BLANK))


def _points_off(case: Case, at: np.ndarray) -> Numbers:
    """The deductions of the rows; percentages and more than full marks are put aside."""
    points = case.numbers["deduction"]
    case.reject(at[points.percent[at]], "deduction", say.NOT_A_NUMBER)
    plain = at[~points.percent[at]]
    most = case.each(_most_off, plain, float)
    case.within(plain, "deduction", np.zeros(len(plain)), most, case.each(lambda one: one.label, plain))
    return Numbers(points.value[at], points.state[at], points.percent[at])


def _most_off(target: Target) -> float:
    """The most one row can take off: full marks of the item, else of the leaf or site."""
    rule = target.node.rule
    if target.item is not None and target.item.max_points is not None:
        return target.item.max_points
    most = rule.max_points if isinstance(rule, Deduction | StartAdjust) else None
    return np.inf if most is None else most


def _start_adjust(case: Case, at: np.ndarray, found: Reading) -> None:
    """Points off as positive, points on top as negative numbers; blank is zero."""
    if not case.first(at, "deduction", "addition"):
        return
    value = np.zeros(len(at))
    status = np.zeros(len(at), dtype=np.int64)
    for name, sign in (("deduction", 1.0), ("addition", -1.0)):
        if name not in case.numbers:
            continue
        most = case.each(_most_off, at, float)
        low = np.zeros(len(at)) if case.rows.has("addition") else -most
        case.within(at, name, low, most, case.each(lambda one: one.label, at))
        numbers = case.numbers[name]
        value = value + sign * np.nan_to_num(numbers.value[at])
        status = np.where(np.isin(numbers.state[at], (1, 2)), numbers.state[at], status)
    found.value[at], found.status[at] = np.where(status == OBSERVED, value, np.nan), status


def _counted_evidence(case: Case, at: np.ndarray, found: Reading) -> None:
    """One activity per row, at a period of the rule."""
    if not case.first(at, "period"):
        return

    def due(target: Target) -> tuple[str, ...]:
        return target.node.rule.periods if isinstance(target.node.rule, CountedEvidence) else ()

    spelled = [{key(period(one)): one for one in due(target)} for target in case.targets]
    codes = [_codes(case, at), found.period[at]]
    named = Coded(*combined(codes, lambda code, one: spelled[code].get(key(one))))
    unknown = named == None  # noqa: E711 - elementwise
    allowed = case.each(lambda target: "、".join(due(target)), at[unknown])
    case.reject(at[unknown], "period", say.NOT_ALLOWED, allowed=allowed)
    found.period = found.period.put(at, named.mapped(lambda one: one or ""))
    found.value[at] = 1.0
    note_not_shown(case, at)
    if case.rows.has("result"):
        read = results(case.rows.cells["result"][at])
        case.reject(
            at[read.value == 0],
            "result",
            say.NOT_ALLOWED,
            allowed="符合（不符合的材料请不要列入，或在情形中写明）",
        )
        found.status[at] = np.where(np.isin(read.state, (1, 2)), read.state, OBSERVED)


def _standard(target: Target) -> float:
    """The number a measured value is compared with."""
    rule = target.node.rule
    if isinstance(rule, TargetRule):
        return rule.target
    if isinstance(rule, Threshold):
        numbers = [one for one in (rule.at_least, rule.at_most) if one is not None]
        return numbers[0] if numbers else np.nan
    return np.nan


def _value(case: Case, at: np.ndarray, found: Reading) -> None:
    """Measured values; `of: pass_share` leaves hold checks instead."""
    checks = case.each(lambda target: getattr(target.node.rule, "of", "value") == "pass_share", at, bool)
    if checks.any():
        _pass_share(case, at[checks], found)
    at = at[~checks]
    name = case.first(at, "value", "score") if len(at) else ""
    if not name:
        return
    numbers, standard = case.numbers[name], case.each(_standard, at, float)
    value, percent = numbers.value[at], numbers.percent[at]
    value = np.where(percent & (standard <= 1), value / 100, value)
    unclear = ~percent & (value > 0) & (value <= 1) & (standard >= 50) & (standard <= 100)
    limits = np.array([f"{one:g}" for one in standard[unclear]], dtype=object)
    case.reject(at[unclear], name, say.SHARE_OR_PERCENT, allowed=limits)
    note_beyond_whole(case, at, name)
    found.value[at], found.status[at] = value, _settled(numbers.state[at])


def _given_score(case: Case, at: np.ndarray, found: Reading) -> None:
    """A score out of full marks; a percentage is one of the full marks."""
    name = case.first(at, "score", "value")
    if not name:
        return
    most = case.each(lambda target: target.max_points, at, float)
    numbers = case.numbers[name]
    plain = at[~numbers.percent[at]]
    labels = case.each(lambda target: target.label, plain)
    refuse_other_full_marks(case, plain, name, most[~numbers.percent[at]])
    case.within(plain, name, np.zeros(len(plain)), most[~numbers.percent[at]], labels)
    found.value[at] = np.where(numbers.percent[at], numbers.value[at] / 100 * most, numbers.value[at])
    found.status[at] = _settled(numbers.state[at])


READERS: dict[str, Callable[[Case, np.ndarray, Reading], None]] = {
    "pass_share": _pass_share,
    "graded": _graded,
    "answer_scale": _answer_scale,
    "deduction": _deduction,
    "start_adjust": _start_adjust,
    "counted_evidence": _counted_evidence,
    "threshold": _value,
    "target": _value,
    "given_score": _given_score,
}
"""Reader by rule name; it fills the columns of a `Reading` at the rows given."""
