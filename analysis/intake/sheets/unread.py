"""Columns of a table that are not read: each is said, louder where it holds answers or counts of answers."""

from __future__ import annotations

import re
from typing import Any

from analysis.errors import Problem
from analysis.intake.sheets.header import Tests, full_marks_beside, header_key
from analysis.intake.sheets.sheet import Sheet
from analysis.intake.sheets.subtotals import is_label
from analysis.intake.sheets.values import clean, numbers, state_of
from analysis.intake.words import desk_messages as desk
from analysis.intake.words import messages as say
from analysis.intake.words.kinds import halves, headers_of, is_portion, key, measure_of
from analysis.tables import OBSERVED

_YEAR = re.compile(r"(?:19|20)\d\d(?=年|$)")


def column_notices(sheet: Sheet, tests: Tests) -> list[Problem]:
    """What is said of every column of a table that no field took and that is not known to be left out.

    Nothing of a form with a column per unit: what its others are is known when the units are.
    """
    used = {*sheet.columns.values(), *sheet.wide}
    notices = []
    for position, name in enumerate(sheet.header):
        plain = header_key(name)
        personal = plain in headers_of("personal") or any(one in plain for one in headers_of("personal_like"))
        known = position in used or not plain or plain in headers_of("ignored") or personal
        beside = sheet.kind.wide == "nodes" and full_marks_beside([name], name) is not None
        if known or beside or sheet.kind.wide == "units":
            continue
        notices.append(_notice(sheet, position, tests))
    return notices


def _notice(sheet: Sheet, position: int, tests: Tests) -> Problem:
    name = sheet.header[position]
    close = _lost_number(sheet, position, tests)
    if close is None:
        return _message(sheet, position, tests).problem(sheet.file, sheet.name, column=name)
    zh, en = (f"是否指：{close}？", f" Close to: {close}.") if close else ("", "")
    return desk.UNUSED_NUMBERS.problem(sheet.file, sheet.name, column=name, near_zh=zh, near_en=en)


def _lost_number(sheet: Sheet, position: int, tests: Tests) -> str | None:
    """The node that a column of numbers is called nearly like ('': part of a year); None for others."""
    name = sheet.header[position]
    if sheet.kind.wide not in ("nodes", "years") or measure_of(name) in ("rank", "share", "count", "mean"):
        return None
    if not numbers(sheet.body[:, position].used()).given.any():
        return None
    if sheet.kind.wide == "nodes":
        return tests["nearly"](name) or None
    return "" if _YEAR.search(key(name)) else None


def _message(sheet: Sheet, position: int, tests: Tests) -> say.Message:
    if sheet.kind.wide == "options":
        name = sheet.header[position]
        derived = is_label(name) or is_portion(name) or key(name).endswith("率")
        return say.UNUSED_COLUMN if derived else say.UNUSED_OPTION
    answers = sheet.kind.wide == "questions" and _holds_answers(sheet, position, tests)
    return say.UNUSED_ANSWERS if answers else say.UNUSED_COLUMN


def _holds_answers(sheet: Sheet, position: int, tests: Tests) -> bool:
    """Whether a header ends in an option of the framework, or its cells hold nothing but such options."""
    is_option = tests["options"]
    if any(is_option(after) for _, after in halves(key(sheet.header[position]))):
        return True
    cells: list[Any] = [cell for cell in sheet.body[:, position].used().values if state_of(cell) == OBSERVED]
    return bool(cells) and all(is_option(clean(cell)) for cell in cells)
