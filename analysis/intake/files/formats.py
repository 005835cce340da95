"""Number formats as part of the value: a cell shown as 98.06% is the text `98.06%`, a date is a date."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

_LITERAL = r'"[^"]*"|\\.'
_QUOTED = re.compile(rf"{_LITERAL}|_.|\*.|\[[^\]]*\]")
_SECTION = re.compile(rf"(?:^|;)((?:{_LITERAL}|[^;])*)")
_LITERAL_PERCENT = re.compile(r'"[^"]*%[^"]*"|\\%')
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")
_CODE = re.compile(rf"((?:{_LITERAL}|[A-Za-z-])*)(0+)((?:{_LITERAL})*)")
_PREFIX = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_COUNTED = re.compile(r"[0#?@%ymdhs]|general|通用格式", re.IGNORECASE)
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_BUILT_IN = {9: "0%", 10: "0.00%"}
_HOLDS = {
    "<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__, "=": float.__eq__,
    "<>": float.__ne__,
}  # fmt: skip


class Format(Enum):
    """What a number format makes of a number."""

    PLAIN = 0
    PERCENT = 1
    PERCENT_SIGN = 2
    DATE = 3
    CODE = 4


@dataclass(frozen=True)
class Form:
    """A number format: its kind; for a code such as `"F-"000` the width and what stands around it; all its
    sections where one of them shows words in place of the number."""

    kind: Format
    width: int = 0
    before: str = ""
    after: str = ""
    sections: tuple[str, ...] = ()


PLAIN = Form(Format.PLAIN)


def classify(code: str, number: int = -1) -> Form:
    """What a format is, by its built-in number or its code."""
    if number in _BUILT_IN_DATES:
        return Form(Format.DATE)
    sections = tuple(_SECTION.findall(code or _BUILT_IN.get(number, "")))[:3]
    form = _of_section(sections[0]) if sections else PLAIN
    if any(_words(one) for one in sections):
        return Form(form.kind, form.width, form.before, form.after, sections)
    return form


def _of_section(text: str) -> Form:
    bare = _QUOTED.sub("", text)
    if "%" in bare:
        return Form(Format.PERCENT)
    if _LITERAL_PERCENT.search(text):
        return Form(Format.PERCENT_SIGN)
    code = _CODE.fullmatch(text)
    if code is not None:
        before, width, after = _literal(code.group(1)), len(code.group(2)), _literal(code.group(3))
        if _PREFIX.fullmatch(before) or (width > 1 and not before):
            return Form(Format.CODE, width, before, after)
    dated = re.search(r"[ymdhs]", bare, re.IGNORECASE) and not re.search(r"general", bare, re.IGNORECASE)
    return Form(Format.DATE) if dated else PLAIN


def _literal(text: str) -> str:
    """The characters that a part of a format shows as they are."""
    return re.sub(r'"([^"]*)"|\\(.)', lambda found: found.group(1) or found.group(2) or "", text)


def _words(section: str) -> str:
    """What a section shows in place of a number: words, or a /; '' for a number, a blank or a dash."""
    if _COUNTED.search(_QUOTED.sub("", section)):
        return ""
    shown_ = _literal(re.sub(r"_.|\*.|\[[^\]]*\]", "", section)).strip()
    return shown_ if shown_ in ("/", "√", "×") or any(map(str.isalpha, shown_)) else ""


def _section_of(value: float, sections: tuple[str, ...]) -> str:
    """The section that shows a number."""
    conditions = [_CONDITION.search(one) for one in sections]
    if any(conditions):
        for section, found in zip(sections, conditions, strict=True):
            if found is None or _HOLDS[found.group(1)](value, float(found.group(2))):
                return section
        return ""
    if value == 0 and len(sections) > 2:
        return sections[2]
    return sections[1] if value < 0 and len(sections) > 1 else sections[0]


def shown(value: float, form: Form, *, base_1904: bool = False) -> Any:
    """A number as its format means it: words, text with the sign, a code with its zeros, a date or a time."""
    words = _words(_section_of(value, form.sections)) if form.sections else ""
    if words:
        return words
    if form.kind is Format.PERCENT:
        return f"{float(f'{value * 100:.12g}'):.15g}%"
    if form.kind is Format.PERCENT_SIGN:
        return f"{value:.15g}%"
    if form.kind is Format.CODE and value.is_integer() and value >= 0:
        return f"{form.before}{int(value):0{form.width}d}{form.after}"
    return moment(value, base_1904=base_1904) if form.kind is Format.DATE else value


def moment(value: float, *, base_1904: bool = False) -> dt.date | dt.datetime | dt.time | float:
    """The date of a serial number (with its time if it has one; a bare time below 1)."""
    days = value + (1462 if base_1904 and value >= 1 else 0)
    if not 0 <= days < 2_958_466:
        return value
    found = dt.datetime(1899, 12, 30) + dt.timedelta(seconds=round(days * 86_400))
    if days < 1:
        return found.time()
    return found.date() if float(days).is_integer() else found
