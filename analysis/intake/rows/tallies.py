"""Counts of answers, a row or a column per option: numbers of people, or portions of a sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.intake.files.coded import Coded
from analysis.intake.rows.register import combined, together
from analysis.intake.sheets.sheet import Rows, Sheet, shown
from analysis.intake.sheets.values import BLANK, state_of
from analysis.intake.words import desk_messages as desk
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import is_portion, key, option_key, question_keys, several_allowed
from analysis.intake.words.messages import Message
from analysis.tables import OBSERVED

Questions = Mapping[str, frozenset[str]]

TALLIES = ("answer_counts", "answer_counts_wide", "citizen_ratings")
_GROUP = ("unit", "place", "component", "question_code", "question", "stratum", "cluster", "channel")


def tally_rows(sheet: Sheet, questions: Questions) -> Rows:
    """One row per option; field `answers` (`votes`) holds the number of people who chose it.

    A portion is taken of the sample of its row. Counts that do not add up to the sample are a warning.
    """
    rows = _of_columns(sheet, questions) if sheet.kind.wide == "options" else sheet.rows()
    name = next((one for one in ("votes", "answers", "portion") if rows.has(one)), "")
    if not name or not len(rows):
        return rows
    size = _people(rows, name)
    _compare(rows, size)
    field = "votes" if name == "votes" else "answers"
    rows.cells[field] = Coded.of(size.astype(object)).where(np.isfinite(size), rows.cells[name])
    rows.headers.setdefault(field, rows.headers[name])
    return rows


def known_answers(rows: Rows, questions: Questions) -> Coded:
    """The known answers of the question of every row."""
    nothing: frozenset[str] = frozenset()

    def of(code: str, text: str) -> frozenset[str]:
        names = (key(code), *question_keys(text))
        return next((questions[name] for name in names if name in questions), nothing)

    return Coded(*combined([rows.text("question_code"), rows.text("question")], of))


def _people(rows: Rows, name: str) -> np.ndarray:
    """How many people chose the option of every row (NaN: no number); what can be none is put aside."""
    numbers, asked = rows.numbers(name), rows.numbers("asked")
    plain = numbers.given & ~numbers.percent
    stated = _stated_portions(rows, name)
    shares = np.nanmax(np.where(plain & stated, numbers.value, 0.0), initial=0.0) <= 1
    value = np.where(plain & stated & shares, numbers.value * 100, numbers.value)
    portion = numbers.given & (numbers.percent | stated)
    rows.reject(rows.ok & numbers.given & ~portion & (value != np.round(value)), name, say.NOT_WHOLE)
    rows.reject(rows.ok & portion & ~asked.given, name, say.PORTION_ALONE)
    return np.where(portion, value / 100 * asked.value, value)


def _stated_portions(rows: Rows, name: str) -> np.ndarray:
    """Rows whose number stands under a header that says it is a portion."""
    header = rows.headers[name]
    if isinstance(header, str):
        return np.full(len(rows), name == "portion" or is_portion(header))
    return np.array([is_portion(one) for one in header], dtype=bool)


def _compare(rows: Rows, size: np.ndarray) -> None:
    """Warnings where the counts of a question do not add up to its sample, or a portion is not its count's.

    Not where several answers are allowed, or where a row of the question was put aside.
    """
    group = together([rows.text(name) for name in _GROUP])
    several = rows.text("question").table(lambda text: several_allowed(text) is True)
    total = np.bincount(group, weights=np.nan_to_num(size))[group]
    whole = (np.bincount(group, weights=~rows.ok) == 0)[group] & ~several
    asked, portion = rows.numbers("asked"), rows.numbers("portion")
    off = whole & asked.given & (np.abs(total - asked.value) > 0.005 * np.fmax(asked.value, 1))
    for at in np.unique(group[off], return_index=True)[1]:
        _warn(rows, desk.COUNTS_DIFFER, "asked", np.flatnonzero(off)[at], total=f"{total[off][at]:g}")
    sample = np.fmax(np.where(asked.given, asked.value, total), 1e-9)
    share = np.where(portion.percent | (portion.value > 1), portion.value, portion.value * 100)
    apart = whole & portion.given & np.isfinite(size) & (np.abs(share - size / sample * 100) > 0.51)
    for at in np.flatnonzero(apart).tolist():
        counted = f"{size[at]:g}/{sample[at]:g} = {size[at] / sample[at]:.1%}"
        _warn(rows, desk.PORTION_DIFFERS, "portion", at, counted=counted)


def _warn(rows: Rows, message: Message, name: str, at: int, **told: str) -> None:
    sheet, value = rows.sheet, shown(rows.cells[name][at])
    row = int(sheet.numbers[rows.at[at]])
    problem = message.problem(sheet.file, sheet.name, row, str(rows.headers[name]), value=value, **told)
    sheet.problems.append(problem)


def _of_columns(sheet: Sheet, questions: Questions) -> Rows:
    """One row per question and option; options without a number in a row are not asked there."""
    rows = sheet.melted("answer", "answers", _columns(sheet))
    rows.cells["answer"] = rows.mapped("answer", option_key)
    state = rows.cells["answers"].table(state_of, np.int64)
    empty = np.bincount(rows.at, weights=state == OBSERVED, minlength=len(sheet.numbers)) == 0
    rows.reject(rows.ok & empty[rows.at], "answers", say.BLANK)
    zero = rows.cells["answers"].table(lambda cell: key(cell) in ("0", "0.0"))
    pairs = combined(
        [rows.cells["answer"], known_answers(rows, questions)], lambda option, known: option in known
    )
    asked = Coded(*pairs).astype(bool)
    kept = np.flatnonzero((state == OBSERVED) & (asked | ~zero) | (state == BLANK) & empty[rows.at])
    cells = {name: column[kept] for name, column in rows.cells.items()}
    headers: dict[str, Any] = {
        name: value if isinstance(value, str) else value[kept] for name, value in rows.headers.items()
    }
    return Rows(sheet, rows.at[kept], cells, headers)


def _columns(sheet: Sheet) -> list[int]:
    """The columns of options; portions beside counts of the same option are derived from them."""
    counted = {option_key(sheet.header[at]) for at in sheet.wide if not is_portion(sheet.header[at])}
    return [
        at
        for at in sheet.wide
        if not is_portion(sheet.header[at]) or option_key(sheet.header[at]) not in counted
    ]
