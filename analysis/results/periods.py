"""Quarters, months and nodes (3·15, 清明) as days of a year; the dates are data."""

from __future__ import annotations

import calendar
import datetime as dt
import unicodedata
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

_DOTS = str.maketrans(dict.fromkeys("・•‧∙⋅", "·"))


class Span(NamedTuple):
    """When evidence is made and due; None where no date is known (`known` False)."""

    start: dt.date | None
    due: dt.date | None
    known: bool


@cache
def _data() -> dict[str, Any]:
    text = resources.files("analysis.results").joinpath("nodes_of_year.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def span_of(period: str, year: int) -> Span:
    """The days of a quarter (Q1), a month (03) or a node in a year; unknown for anything else."""
    if period[:1] == "Q" and period[1:] in ("1", "2", "3", "4"):
        last = int(period[1:]) * 3
        return _months(year, last - 2, last)
    if period.isdecimal() and len(period) == 2 and 1 <= int(period) <= 12:
        return _months(year, int(period), int(period))
    return _node(period, year)


def _months(year: int, first: int, last: int) -> Span:
    end = calendar.monthrange(year, last)[1]
    return Span(dt.date(year, first, 1), dt.date(year, last, end), True)


def _node(name: str, year: int) -> Span:
    plain = "".join(unicodedata.normalize("NFKC", name).translate(_DOTS).split())
    node = _data()["nodes"].get(_data()["same"].get(plain, plain), {})
    if "every" in node:
        start, due = (dt.date.fromisoformat(f"{year}-{node['every'][end]}") for end in ("start", "due"))
        return Span(start, due, True)
    day = next((one for one in node.get("days", ()) if one.year == year), None)
    if day is None:
        return Span(None, None, False)
    return Span(day, day + dt.timedelta(days=node.get("lasts", 1) - 1), True)


def sources() -> dict[str, str]:
    """Where the date of every node is from, by the name of the node."""
    return {name: _data()["sources"][node["source"]] for name, node in _data()["nodes"].items()}
