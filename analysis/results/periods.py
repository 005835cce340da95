"""Quarters, months and nodes (3·15, 清明) as days of a year; the dates are data."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

from analysis.intake.sheets.values import period


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


def span_of(name: str, year: int) -> Span:
    """The days of a quarter (Q1), a month (03) or a node in a year; unknown for anything else."""
    if name[:1] == "Q" and name[1:] in ("1", "2", "3", "4"):
        last = int(name[1:]) * 3
        return _months(year, last - 2, last)
    if name.isdecimal() and len(name) == 2 and 1 <= int(name) <= 12:
        return _months(year, int(name), int(name))
    return _node(name, year)


def _months(year: int, first: int, last: int) -> Span:
    end = calendar.monthrange(year, last)[1]
    return Span(dt.date(year, first, 1), dt.date(year, last, end), True)


def _node(name: str, year: int) -> Span:
    node = _data()["nodes"].get(period(name), {})
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


def period_meant(written: str, due: dt.date, periods: Sequence[str], year: int) -> str:
    """Which of a rule's periods a deadline belongs to; '' for none of them.

    The one that is written (a month also means its quarter). Where nothing is written: the shortest that the
    deadline falls into, else the last that was over by then.
    """
    named = {period(one): one for one in periods}
    if written:
        month = int(written) if written.isdecimal() and len(written) == 2 else 0
        return named.get(period(written)) or named.get(f"Q{(month + 2) // 3}", "")
    spans = [(span_of(one, year), one) for one in periods]
    dated = [(start, last, one) for (start, last, _), one in spans if start and last]
    inside = [(last - start, one) for start, last, one in dated if start <= due <= last]
    over = [(last, one) for _, last, one in dated if last < due]
    return min(inside)[1] if inside else max(over)[1] if over else ""
