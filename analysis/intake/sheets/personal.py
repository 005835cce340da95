"""Personal data: found by header or by content, and not carried any further."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from analysis.intake.files.coded import Coded
from analysis.intake.sheets.sheet import Sheet
from analysis.intake.sheets.values import clean
from analysis.intake.words import desk_messages, messages
from analysis.intake.words.kinds import headers_of, key

_PATTERNS = {
    ("手机号", "mobile phone numbers"): re.compile(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"),
    ("身份证号", "ID numbers"): re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{9}[\dXx](?!\d)"),
    ("邮箱", "e-mail addresses"): re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}"),
}
_LIKELY = re.compile(r"[1-9]\d\d[- ]?\d{4}[- ]?\d{4}")
"""What every one but an address holds; the patterns themselves are slow on long texts."""
_LONG = 10_000_000_000
"""Numbers below are too short for a telephone."""


def hide_personal(sheets: Iterable[Sheet]) -> None:
    """Empty the columns that tell who somebody is, each with a notice; such numbers in other columns are
    covered, and respondents known by one are numbered as they come."""
    for sheet in sheets:
        used = {position: name for name, position in sheet.columns.items()}
        for position, name in enumerate(sheet.header):
            if name and position not in sheet.wide:
                _hide(sheet, position, used.get(position, ""))


def _hide(sheet: Sheet, position: int, field: str) -> None:
    body, name = sheet.body, sheet.header[position]
    column = body[:, position]
    plain = key(name)
    if plain in headers_of("personal"):
        body[:, position] = Coded.all("", len(column))
        sheet.personal.add(position)
        sheet.problems.append(messages.PERSONAL.problem(sheet.file, sheet.name, column=name))
        return
    like = not field and any(word in plain for word in headers_of("personal_like"))
    what = ("按表头", "by its header") if like else _kind_of(column)
    if what is None:
        return
    message = desk_messages.PERSONAL_VALUES
    if field == "respondent":
        body[:, position], message = _numbered(column), desk_messages.RESPONDENT_NAMED
    else:
        body[:, position] = column.mapped(covered) if field else Coded.all("", len(column))
        sheet.personal.add(position)
    words: dict[str, Any] = {"what_zh": what[0], "what_en": what[1]}
    sheet.problems.append(message.problem(sheet.file, sheet.name, column=name, **words))


def _kind_of(column: Coded) -> tuple[str, str] | None:
    """What people are known by in any of the cells: one number in a column of remarks is enough."""
    some = [
        cell if isinstance(cell, str) else clean(cell) for cell in column.used().values if _may_tell(cell)
    ]
    text = "\n".join(some)
    if "@" not in text and not _LIKELY.search(text):
        return None
    found = (what for what, pattern in _PATTERNS.items() if pattern.search(text))
    return next(found, None)


def _may_tell(cell: object) -> bool:
    return isinstance(cell, str) or (isinstance(cell, float) and cell >= _LONG)


def covered(cell: object) -> object:
    """A cell with its digits and addresses covered; a cell without any as it was."""
    text = clean(cell)
    for pattern in _PATTERNS.values():
        text = pattern.sub(lambda found: found.group(0)[0] + "*" * (len(found.group(0)) - 1), text)
    return cell if text == clean(cell) else text


def _numbered(column: Coded) -> Coded:
    column = column.used()
    order = {text: n for n, text in enumerate(dict.fromkeys(clean(cell) for cell in column if cell != ""), 1)}
    return column.mapped(lambda cell: f"受访者{order[clean(cell)]}" if cell != "" else "")
