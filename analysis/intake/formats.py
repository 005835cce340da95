"""Number formats as part of the value: a cell shown as 98.06% is the text `98.06%`, a date is a date."""

from __future__ import annotations

import datetime as dt
import re
from enum import Enum
from typing import Any

_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_LITERAL_PERCENT = re.compile(r'"[^"]*%[^"]*"|\\%')
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_BUILT_IN = {9: "0%", 10: "0.00%"}


class Format(Enum):
    """What a number format makes of a number."""

    PLAIN = 0
    PERCENT = 1
    PERCENT_SIGN = 2
    DATE = 3
    CODE = 4


def classify(code: str, number: int = -1) -> tuple[Format, int]:
    """What the format is (by its built-in number, or its code), and the width of a code such as `000`."""
    if number in _BUILT_IN_DATES:
        return Format.DATE, 0
    text = (code or _BUILT_IN.get(number, "")).split(";")[0]
    bare = _QUOTED.sub("", text)
    if "%" in bare:
        return Format.PERCENT, 0
    if _LITERAL_PERCENT.search(text):
        return Format.PERCENT_SIGN, 0
    if re.fullmatch(r"0{2,}", text):
        return Format.CODE, len(text)
    dated = re.search(r"[ymdhs]", bare, re.IGNORECASE) and not re.search(r"general", bare, re.IGNORECASE)
    return (Format.DATE, 0) if dated else (Format.PLAIN, 0)


def shown(value: float, kind: Format, width: int, *, base_1904: bool = False) -> Any:
    """A number as its format means it: text with the sign, a code with its zeros, a date or a time."""
    if kind is Format.PERCENT:
        return f"{float(f'{value * 100:.12g}'):.15g}%"
    if kind is Format.PERCENT_SIGN:
        return f"{value:.15g}%"
    if kind is Format.CODE and value.is_integer() and value >= 0:
        return f"{int(value):0{width}d}"
    return moment(value, base_1904=base_1904) if kind is Format.DATE else value


def moment(value: float, *, base_1904: bool = False) -> dt.date | dt.datetime | dt.time | float:
    """The date of a serial number (with its time if it has one; a bare time below 1)."""
    days = value + (1462 if base_1904 else 0)
    if not 0 <= days < 2_958_466:
        return value
    found = dt.datetime(1899, 12, 30) + dt.timedelta(seconds=round(days * 86_400))
    if days < 1:
        return found.time()
    return found.date() if float(days).is_integer() else found
