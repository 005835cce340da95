"""The text forms of a framework workbook's cells.

A number: `0.4`, `1/25`, or with its own provenance `98 [C, required]`. A map: `满意=1; 基本满意=0.6`.
A list: `main_road; market`. Units by role: `line=城管局、商务局; lead=文明办`. Text that holds a separator
stands in double quotes.
"""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import Any

from analysis.framework.provenance import Number, Origin

_OWN = re.compile(r"(?P<value>.*?)\s*[\[［](?P<source>.*)[,，]\s*(?P<status>[^,，]*)[\]］]\s*", re.DOTALL)
_ENTRIES, _WORDS, _PAIR = ";；\n", "、,，", "=＝"
_LARGEST_DENOMINATOR = 1000
_FLAGS = {"是": "true", "否": "false"}


def read_cell(value: Any, form: str) -> Any:
    """The raw value of a cell that is not empty."""
    if form == "number":
        return _read_number(value)
    text = as_text(value)
    if form == "numbers":
        return {key: _read_number(part) for key, part in _pairs(text)}
    if form == "lists":
        return {key: [_bare(word) for word in _split(part, _WORDS)] for key, part in _pairs(text)}
    if form == "list":
        return [_bare(part) for part in _split(text, _ENTRIES)]
    return _FLAGS.get(text, text) if form == "flag" else text


def as_text(value: Any) -> str:
    """A cell as text: whole numbers without `.0`, dates as 2024-03-15."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value).strip()


def with_origin(raw: Any, source: str, status: str) -> Any:
    """A number or map of numbers whose source and status stand in cells of their own."""
    given = {key: text for key, text in (("source", source), ("status", status)) if text}
    if isinstance(raw, dict) and "value" not in raw:
        return {key: with_origin(part, source, status) for key, part in raw.items()}
    return {**given, **raw} if isinstance(raw, dict) else {"value": raw, **given}


def write_cell(value: Any, form: str, origin: Origin) -> Any:
    """The cell of a raw value, given the source and status that hold without saying."""
    if isinstance(value, Number):
        return _write_number(value, origin, alone=True)
    if form == "numbers":
        return _joined({key: str(_write_number(part, origin)) for key, part in value.items()})
    if form == "lists":
        return _joined({key: "、".join(_quoted(word) for word in part) for key, part in value.items()})
    if form == "list":
        return "; ".join(_quoted(part) for part in value)
    return ("是" if value else "否") if form == "flag" else value


def _joined(parts: dict[str, str]) -> str:
    return "; ".join(f"{_quoted(key)}={text}" for key, text in parts.items())


def _read_number(value: Any) -> Any:
    own = _OWN.fullmatch(value) if isinstance(value, str) else None
    if own is None:
        return value
    named = {key: own[key].strip() for key in ("source", "status") if own[key].strip()}
    return {"value": own["value"].strip(), **named}


def _write_number(number: Number, origin: Origin, alone: bool = False) -> Any:
    text = number_as_text(number.value)
    if (number.source, number.status) == origin:
        return number.value if alone and float(f"{number.value:.15g}") == number.value else text
    return f"{text} [{number.source}, {number.status}]"


def number_as_text(value: float) -> str:
    """The shortest text that reads back as the same number: `98`, `0.4`, `1/6`."""
    if value.is_integer():
        return str(int(value))
    fraction = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
    short = float(f"{value:.15g}") == value
    return repr(value) if short or float(fraction) != value else str(fraction)


def _quoted(text: str) -> str:
    special = set(_ENTRIES + _WORDS + _PAIR + "[［")
    return f'"{text}"' if set(text) & special or text != text.strip() else text


def _bare(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _split(text: str, separators: str) -> list[str]:
    """The parts between separators that are neither in quotes nor in brackets."""
    parts = re.findall(rf'(?:"[^"]*"|[\[［][^\]］]*[\]］]|[^{re.escape(separators)}])+', text)
    return [part.strip() for part in parts if part.strip()]


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for part in _split(text, _ENTRIES):
        key = re.match(rf'"[^"]*"|[^{_PAIR}]*', part)
        name = key[0] if key else part
        found.append((_bare(name), part[len(name) :].strip().lstrip(_PAIR).strip()))
    return found
