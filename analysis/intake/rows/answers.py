"""Questionnaires turned long: one row per answer, whatever way the survey tool wrote them.

A respondent who chose k answers to a question gets k rows of 1/k each, so that everybody counts once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from analysis.intake.files.coded import Coded, objects
from analysis.intake.rows.register import combined
from analysis.intake.rows.tallies import TALLIES, Questions, known_answers, tally_rows
from analysis.intake.sheets.sheet import Rows, Sheet, shown
from analysis.intake.sheets.values import clean, state_of
from analysis.intake.words import desk_messages as desk
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key, option_key, question_of, several_allowed, words
from analysis.tables import NOT_APPLICABLE, OBSERVED

_BETWEEN = (re.compile("┋"), re.compile("[;；|/\n]"), re.compile("[,，、]"))
_FREE_TEXT = re.compile("〖[^〗]*〗")
_OPTIONS = "1、0"
_NOT_PUT = "(跳过)"


def answer_rows(sheet: Sheet, questions: Questions) -> Rows:
    """One row per answer; field `answers` holds the share of the respondent (1, or 1/k of k answers)."""
    if sheet.kind.id in TALLIES:
        return tally_rows(sheet, questions)
    rows = (
        _of_respondents(sheet, questions) if sheet.kind.wide == "questions" else _of_answers(sheet, questions)
    )
    if rows.several:
        message = desk.SEVERAL_ANSWERS.problem(
            sheet.file, sheet.name, column=rows.column, n=rows.several, value=rows.first
        )
        sheet.problems.append(message)
    return rows.rows


@dataclass
class _Long:
    """Rows turned long, and how many cells held several answers without a header that allows it."""

    rows: Rows
    several: int = 0
    first: str = ""
    column: str = ""


@dataclass
class _Part:
    """The answers in one or more columns: position of the row, answer, share, header."""

    at: list[np.ndarray] = field(default_factory=list)
    answer: list[np.ndarray] = field(default_factory=list)
    share: list[np.ndarray] = field(default_factory=list)
    header: list[np.ndarray] = field(default_factory=list)
    order: list[np.ndarray] = field(default_factory=list)

    def add(self, at: np.ndarray, answer: np.ndarray, share: np.ndarray, header: str, order: int) -> None:
        self.at.append(at)
        self.answer.append(answer)
        self.share.append(share)
        self.header.append(np.full(len(at), header, dtype=object))
        self.order.append(np.full(len(at), order))


def said(cell: Any) -> Any:
    """A cell of answers, with a survey tool's numbers for not put (-3) and not answered (-2) as words."""
    plain = key(clean(cell))
    return next((word for word, numbers in words("answer_numbers").items() if plain in numbers), cell)


def split(cell: Any, known: frozenset[str]) -> tuple[str, ...]:
    """The answers in one cell: several only where every part is a known answer."""
    text = clean(said(cell))
    if not text or option_key(text) in known or state_of(text) != OBSERVED:
        return (text,)
    chosen = _FREE_TEXT.sub("", text)
    for between in _BETWEEN:
        parts = tuple(dict.fromkeys(part.strip() for part in between.split(chosen) if part.strip()))
        if len(parts) > 1 and all(option_key(part) in known for part in parts):
            return parts
    return (text,)


def _spread(parts: Coded) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Position, answer and share of every answer in a column of answers that were taken apart."""
    sizes = parts.table(len, np.int64)
    answers = objects(answer for part in parts for answer in part)
    return np.repeat(np.arange(len(parts)), sizes), answers, np.repeat(1.0 / np.maximum(sizes, 1), sizes)


def _of_respondents(sheet: Sheet, questions: Questions) -> _Long:
    """One row per respondent and answer, from a column per question or per option of a question."""
    asked: dict[str, list[tuple[int, str]]] = {}
    for position, header in sheet.wide.items():
        question, option = question_of(header, questions)
        asked.setdefault(question, []).append((position, option))
    part, found = _Part(), _Long(sheet.rows())
    for order, (question, columns) in enumerate(asked.items()):
        plain = [position for position, option in columns if not option]
        options = {position: option for position, option in columns if option}
        for position in plain:
            known = questions[question]
            at, answer, share = _spread(sheet.body[:, position].mapped(partial(split, known=known)))
            _note_several(sheet, found, position, at, share)
            part.add(at, answer, share, sheet.header[position], order)
        if options:
            header = sheet.header[next(iter(options))]
            part.add(*_chosen(sheet, options), header, order)
    found.rows = _rows(sheet, part, asked, questions)
    return found


def _note_several(sheet: Sheet, found: _Long, position: int, at: np.ndarray, share: np.ndarray) -> None:
    """Count cells with several answers; where the header allows one answer only their rows are put aside."""
    header = sheet.header[position]
    many = np.unique(at[share < 1])
    allowed = several_allowed(header)
    if allowed is False:
        for row in many:
            cell = sheet.body[row, position]
            sheet.reject(int(row), say.NOT_ALLOWED, header, cell, {"allowed": "单选题只能选一项"})
    elif allowed is None and len(many):
        found.first = found.first or shown(sheet.body[many[0], position])
        found.column = found.column or header
        found.several += len(many)


def _chosen(sheet: Sheet, options: dict[int, str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Position, answer and share of every option that was ticked; a row without any is one missing answer, or
    one that is not applicable where the question was not put."""
    marks = np.array(
        [sheet.body[:, at].table(partial(_tick, option=one), np.int64) for at, one in options.items()]
    )
    for row, column in zip(*np.nonzero(marks.T < 0), strict=True):
        position = list(options)[column]
        cell = sheet.body[row, position]
        sheet.reject(int(row), say.NOT_ALLOWED, sheet.header[position], cell, {"allowed": _OPTIONS})
    ticked = marks.T > 0
    n = ticked.sum(axis=1)
    row, column = np.nonzero(ticked)
    names = np.array([*options.values()], dtype=object)
    nobody = np.flatnonzero(n == 0)
    at = np.concatenate([row, nobody])
    skipped = np.logical_and.reduce([sheet.body[:, at].table(_not_put) for at in options])
    answer = np.concatenate([names[column], np.where(skipped[nobody], _NOT_PUT, "").astype(object)])
    return at, answer, np.concatenate([1.0 / n[row], np.ones(len(nobody))])


def _not_put(cell: Any) -> bool:
    return state_of(said(cell)) == NOT_APPLICABLE


def _tick(cell: Any, option: str) -> int:
    """1 for an option that was chosen, 0 for one that was not, -1 for a cell that says neither."""
    text = clean(said(cell))
    plain = key(text).lower()
    if plain in words("chosen") or option_key(plain) == option.lower():
        return 1
    return 0 if plain in words("not_chosen") or state_of(text) != OBSERVED else -1


def _rows(sheet: Sheet, part: _Part, asked: dict[str, Any], questions: Questions) -> Rows:
    """The answers as rows, in the order of the sheet, with every other column of the respondent."""
    at, answer, share, header, order = (
        np.concatenate(getattr(part, name)) for name in ("at", "answer", "share", "header", "order")
    )
    sorted_ = np.lexsort((order, at))
    at, header = at[sorted_], header[sorted_]
    cells = {name: sheet.body[at, position] for name, position in sheet.columns.items()}
    headers: dict[str, Any] = {name: sheet.header[position] for name, position in sheet.columns.items()}
    names = np.array([*asked], dtype=object)
    cells |= {
        "question": Coded(order[sorted_], names),
        "answer": Coded.of(answer[sorted_]),
        "answers": Coded.of(share[sorted_].astype(object)),
    }
    headers |= {"question": header, "answer": header, "answers": header}
    return Rows(sheet, at, cells, headers)


def _of_answers(sheet: Sheet, questions: Questions) -> _Long:
    """One row per answer of a sheet that has one row per respondent and question."""
    rows = sheet.rows()
    if not rows.has("answer") or not rows.has("respondent"):
        return _Long(rows)
    parts = Coded(*combined([rows.text("answer"), known_answers(rows, questions)], split))
    at, answer, share = _spread(parts)
    several = share < 1
    if not several.any():
        return _Long(rows)
    cells = {name: column[at] for name, column in rows.cells.items()}
    cells |= {"answer": Coded.of(answer), "answers": Coded.of(share.astype(object))}
    headers = {**rows.headers, "answers": rows.headers["answer"]}
    first = shown(rows.cells["answer"][at[several][0]])
    long = Rows(sheet, rows.at[at], cells, headers)
    return _Long(long, len(np.unique(at[several])), first, str(rows.headers["answer"]))
