"""What evidence is still missing and by when: every activity the rules or a list ask for, and who answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.framework.model import CountedEvidence, Framework, Item, Node, Part, Role, Rulebook
from analysis.results.evidence_words import shortcomings, to_do
from analysis.results.periods import Span, period_meant, span_of
from analysis.tables import EVIDENCE_CALENDAR, OBSERVED, empty

if TYPE_CHECKING:
    import pandas as pd

    from analysis.intake.round import Round

ORDER = ("overdue", "open", "undated", "done")
_ROLES: tuple[Role, ...] = ("line", "territory", "regulator", "lead", "support")
"""Roles in the order in which one of them answers for evidence."""


@dataclass(frozen=True)
class _Asked:
    """One piece of evidence asked for: who, what, when, and what every activity must show."""

    unit: str
    place: str
    responsible: str
    component: str
    leaf: str
    item: str
    material: str
    period: str
    span: Span
    times: float
    rule: CountedEvidence
    periods: tuple[str, ...] = ()
    year: int = 0
    submitted: bool = False


def calendar(round_: Round, rulebook: Rulebook | None) -> pd.DataFrame:
    """One row per unit, item and period of counted evidence (table EVIDENCE_CALENDAR), most urgent first.

    Asked for are the rules' periods and, with its own deadline, every entry of a list of evidence due. The
    day it is looked at is the round's date: what was due before it and is missing is overdue.
    """
    import pandas as pd

    reported = _reported(round_)
    rows = [_row(asked, reported, round_.info.date) for asked in _all_asked(round_, rulebook)]
    if not rows:
        return empty("evidence_calendar")
    frame = pd.DataFrame(rows, columns=EVIDENCE_CALENDAR.names)
    for name in ("start", "due"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    order = frame.assign(urgency=frame["state"].map(ORDER.index))
    order = order.sort_values(
        ["urgency", "due", "responsible_unit", "unit"], kind="stable", na_position="last"
    )
    frame = order.drop(columns="urgency").reset_index(drop=True)
    labels = [column.name for column in EVIDENCE_CALENDAR.columns if column.kind == "label"]
    return frame.astype(dict.fromkeys(labels, "category"))


def _all_asked(round_: Round, rulebook: Rulebook | None) -> Iterator[_Asked]:
    """What the rules ask for, with the deadlines of the lists; then what only the lists ask for."""
    listed = round_.table("evidence_due").to_dict("records")
    used: set[int] = set()
    year = _year(round_)
    groups = round_.units[["unit", "group"]].astype(str).itertuples(index=False)
    pairs = [(unit, group) for unit, group in groups]
    for unit, group in pairs if rulebook else ():
        assert rulebook is not None
        for part in rulebook.composition.parts:
            framework = rulebook.framework(part, group)
            for asked in _of_rules(round_, unit, part, framework, year):
                entries = _entries_for(asked, listed, year)
                used |= set(entries)
                yield _as_listed(asked, listed[entries[-1]]) if entries else asked
    yield from (_of_list(entry) for at, entry in enumerate(listed) if at not in used)


def _of_rules(round_: Round, unit: str, part: Part, framework: Framework, year: int) -> Iterator[_Asked]:
    places = _places(round_, unit) if part.sub_units else [""]
    for node in framework.leaves:
        if not isinstance(node.rule, CountedEvidence):
            continue
        who = _responsible(framework, node)
        for item in node.items or (None,):
            for period in node.rule.periods:
                for place in places:
                    yield _asked((unit, place, who), part, node, item, period, year)


def _asked(
    who: tuple[str, str, str], part: Part, node: Node, item: Item | None, period: str, year: int
) -> _Asked:
    assert isinstance(node.rule, CountedEvidence)
    unit, place, responsible = who
    label = item.zh if item else node.zh
    names = (part.id, node.id, item.id if item else "", label, period)
    rule = node.rule
    span = span_of(period, year)
    return _Asked(unit, place, responsible, *names, span, rule.count, rule, rule.periods, year)


def _responsible(framework: Framework, node: Node) -> str:
    duties = framework.duties_of(node)
    units = duties.units if duties else {}
    found = next((units[role] for role in _ROLES if units.get(role)), ())
    return "、".join(found)


def _places(round_: Round, unit: str) -> list[str]:
    for name in ("places", "observations"):
        frame = round_.frames.get(name)
        if frame is not None and "place" in frame.columns:
            own = frame.loc[frame["unit"].astype(str) == unit, "place"].astype(str)
            places = sorted(set(own) - {""})
            if places:
                return places
    return []


def _year(round_: Round) -> int:
    """The year the round reports on: of its period, else of its date."""
    start = (round_.info.period or "")[:4]
    return int(start) if start.isdecimal() and len(start) == 4 else round_.info.date.year


def _entries_for(asked: _Asked, listed: Sequence[dict[str, Any]], year: int) -> list[int]:
    """The entries of lists that say when this is due; the last of them decides.

    A list that names the unit comes before one for all; of several months' lists the newest counts.
    """
    found = []
    for at, entry in enumerate(listed):
        same = entry["leaf"] == asked.leaf and entry["item"] in ("", asked.item)
        same = same and entry["component"] in ("", asked.component) and entry["unit"] in ("", asked.unit)
        if same and period_meant(entry["period"], entry["due"].date(), asked.periods, year) == asked.period:
            found.append((entry["unit"] != "", entry["due"], at))
    return [at for *_, at in sorted(found)]


def _as_listed(asked: _Asked, entry: dict[str, Any]) -> _Asked:
    """What a list asks for: its deadline and unit, and more activities, pictures, persons if it says so."""
    rule = asked.rule
    pictures, participants = max(rule.pictures, _number(entry["pictures"])), _number(entry["participants"])
    more = {"pictures": pictures, "participants": max(rule.participants, participants)}
    return replace(
        asked,
        span=Span(asked.span.start, entry["due"].date(), asked.span.known),
        responsible=entry["responsible_unit"] or asked.responsible,
        times=max(asked.times, _number(entry["times"])),
        rule=rule.model_copy(update=more),
    )


def _of_list(entry: dict[str, Any]) -> _Asked:
    numbers = {name: _number(entry[name]) for name in ("times", "pictures", "participants")}
    times = numbers["times"] or 1.0
    rule = CountedEvidence(
        name="counted_evidence",
        periods=(entry["period"],),
        count=times,
        pictures=numbers["pictures"],
        participants=numbers["participants"],
    )
    names = (entry["component"], entry["leaf"], entry["item"], entry["material"], entry["period"])
    span = Span(None, entry["due"].date(), True)
    who = (entry["unit"], "", entry["responsible_unit"])
    return _Asked(*who, *names, span, times, rule, submitted=entry.get("submitted") == "submitted")


def _number(value: Any) -> float:
    return float(value) if value == value and value is not None else 0.0


def _reported(round_: Round) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """The activities that were reported, by unit, place, component, leaf, item and period."""
    frame = round_.observations
    if "period" not in frame.columns or frame.empty:
        return {}
    names = ["unit", "place", "component", "leaf", "item", "period"]
    more = [
        name for name in ("pictures", "participants", "organiser", "flags", "date") if name in frame.columns
    ]
    rows = frame.loc[(frame["period"].astype(str) != "") & (frame["status"] == OBSERVED), names + more]
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows.to_dict("records"):
        found.setdefault(tuple(str(row[name]) for name in names), []).append(row)
    return found


def _row(asked: _Asked, reported: dict[tuple[str, ...], list[dict[str, Any]]], today: dt.date) -> list[Any]:
    key = (asked.unit, asked.place, asked.component, asked.leaf, asked.item, asked.period)
    activities = reported.get(key, [])
    faults = [shortcomings(asked.rule, one) for one in activities]
    counted = asked.times if asked.submitted else float(sum(not one for one in faults))
    missing = max(asked.times - counted, 0.0)
    due = asked.span.due
    state = "done" if missing == 0 else "undated" if due is None else "overdue" if due < today else "open"
    left = None if due is None else float((due - today).days)
    late = _strays(asked, activities)
    zh, en = to_do(asked.rule, missing, faults, late, known=asked.span.known, of_rules=bool(asked.leaf))
    names = (asked.responsible, asked.unit, asked.place, asked.component, asked.leaf, asked.item)
    numbers = (asked.times, counted, missing, state, left)
    return [*names, asked.material, asked.period, asked.span.start, due, *numbers, zh, en]


def _strays(asked: _Asked, activities: list[dict[str, Any]]) -> list[str]:
    """Days of activities that were reported for a quarter or month in which they do not lie."""
    start, due, _ = span_of(asked.period, asked.year) if asked.year else Span(None, None, False)
    if start is None or due is None or not (asked.period[:1] == "Q" or asked.period.isdecimal()):
        return []
    dates = [one["date"] for one in activities if one.get("date") is not None and one["date"] == one["date"]]
    return [f"{date:%Y-%m-%d}" for date in dates if not start <= date.date() <= due]
