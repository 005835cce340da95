"""What the cells of a row say under the rule of its target: value, answer, status, count, flags, period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.framework.model import (
    AnswerScale,
    CountedEvidence,
    Deduction,
    Graded,
    StartAdjust,
    Threshold,
)
from analysis.framework.model import (
    Target as TargetRule,
)
from analysis.intake import row_messages as say
from analysis.intake.case import Case
from analysis.intake.catalog import Target
from analysis.intake.kinds import key, spellings
from analysis.intake.values import BAD, BLANK, Numbers, clean, coded, results, state_of, tokens
from analysis.tables import MISSING, NOT_APPLICABLE, OBSERVED

_RESULTS = "符合、不符合、不涉及、无数据"
_COUNTED = ("deduction", "start_adjust", "answer_scale")


@dataclass
class Reading:
    """The columns of the observations that depend on the rule, aligned with the rows."""

    value: np.ndarray
    answer: np.ndarray
    status: np.ndarray
    count: np.ndarray
    period: np.ndarray
    flags: np.ndarray


def _settled(state: np.ndarray) -> np.ndarray:
    """Status of the observations: a blank cell is missing."""
    return np.where(state == BLANK, MISSING, np.where(state == BAD, OBSERVED, state))


def read_values(case: Case) -> Reading:
    """What every usable row says; rows whose cells do not suit the rule of their target are put aside."""
    n = len(case.rows)
    blank = np.full(n, "", dtype=object)
    found = Reading(
        np.full(n, np.nan),
        blank.copy(),
        np.zeros(n, dtype=np.int64),
        _counts(case),
        _periods(case),
        _flags(case),
    )
    for rule, read in _READERS.items():
        at = case.of(rule)
        if len(at):
            read(case, at, found)
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


def _flags(case: Case) -> np.ndarray:
    """Codes of the circumstances of a row, joined by `|`."""
    if not case.rows.has("flags"):
        return np.full(len(case.rows), "", dtype=object)
    own = {name for target in case.targets for name in getattr(target.node.rule, "multipliers", {})}

    def read(cell: Any) -> str | None:
        found = [token if token in own else coded(token, "flags") for token in tokens(cell)]
        return None if None in found else "|".join(dict.fromkeys(code for code in found if code))

    flags = case.rows.mapped("flags", lambda cell: read(cell) if state_of(cell) == OBSERVED else "")
    unknown = case.rows.ok & np.array([one is None for one in flags], dtype=bool)
    allowed = "、".join(dict.fromkeys([*spellings("flags"), *sorted(own)]))
    case.rows.reject(unknown, "flags", say.NOT_ALLOWED, allowed=allowed)
    flags[unknown] = ""
    return flags


def _periods(case: Case) -> np.ndarray:
    """Year, quarter, month or node of a row, as text."""
    if case.rows.has("year"):
        return case.rows.text("year")
    if not case.rows.has("period"):
        return np.full(len(case.rows), "", dtype=object)
    return case.rows.mapped("period", lambda cell: coded(cell, "periods") or clean(cell))


def _pass_share(case: Case, at: np.ndarray, found: Reading) -> None:
    name = case.first(at, "result", "value")
    if name:
        read = results(case.rows.cells[name][at])
        case.reject(at[read.bad], name, say.NOT_ALLOWED, allowed=_RESULTS)
        found.value[at], found.status[at] = read.value, _settled(read.state)


def _texts(
    case: Case, at: np.ndarray, found: Reading, names: tuple[str, ...], allowed: Callable[[Target], list[str]]
) -> None:
    """Answers or grades, each of which the rule must know."""
    name = case.first(at, *names)
    if not name:
        return
    cells = case.rows.cells[name]
    text = case.rows.mapped(name, lambda cell: key(clean(cell)))[at]
    state = case.rows.mapped(name, state_of)[at].astype(np.int64)
    spelled = [{key(word): word for word in allowed(target)} for target in case.targets]
    answer = np.array(
        [spelled[code].get(word) for code, word in zip(case.codes[at], text, strict=True)], dtype=object
    )
    known = np.array([word is not None for word in answer], dtype=bool)
    bad = (state == OBSERVED) & ~known
    if bad.any():
        lists = case.each(lambda target: "、".join(allowed(target)), at[bad])
        case.reject(
            at[bad],
            name,
            say.NOT_ALLOWED,
            allowed=lists,
            value=np.array([clean(c) for c in cells[at[bad]]], dtype=object),
        )
    found.answer[at] = np.where(known, answer, "")
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
        case.reject(at[(result.value == 1) & (value > 0)], "deduction", say.CONTRADICTION)
        state = np.where(points.state == BLANK, result.state, points.state)
        status = np.where(np.isin(state, (MISSING, NOT_APPLICABLE)), state, OBSERVED)
    found.value[at], found.status[at] = np.where(status == OBSERVED, value, np.nan), status


def _checked(case: Case, at: np.ndarray) -> Numbers:
    """The results of rows that may have one: all blank when the sheet has no such column."""
    if not case.rows.has("result"):
        return results(np.full(len(at), "", dtype=object))
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

    spelled = [{key(period): period for period in due(target)} for target in case.targets]
    given = [
        spelled[code].get(key(period)) for code, period in zip(case.codes[at], found.period[at], strict=True)
    ]
    period = np.array(given, dtype=object)
    unknown = np.array([one is None for one in given], dtype=bool)
    allowed = case.each(lambda target: "、".join(due(target)), at[unknown])
    case.reject(at[unknown], "period", say.NOT_ALLOWED, allowed=allowed)
    found.period[at] = np.where(unknown, "", period)
    found.value[at] = 1.0
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
    case.within(plain, name, np.zeros(len(plain)), most[~numbers.percent[at]], labels)
    found.value[at] = np.where(numbers.percent[at], numbers.value[at] / 100 * most, numbers.value[at])
    found.status[at] = _settled(numbers.state[at])


_READERS: dict[str, Callable[[Case, np.ndarray, Reading], None]] = {
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
