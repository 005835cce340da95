"""What evidence is still missing and by when: every activity the rules or a list ask for, and who answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.framework.model import CountedEvidence, Framework, Item, Node, Part, Role, Rulebook
from analysis.results.periods import Span, span_of
from analysis.tables import EVIDENCE_CALENDAR, OBSERVED, empty

if TYPE_CHECKING:
    import pandas as pd

    from analysis.intake.round import Round

ORDER = ("overdue", "open", "undated", "done")
_LACKING = (
    ("pictures", "图片缺{:g}张", "{:g} pictures"),
    ("participants", "人数缺{:g}人", "{:g} persons"),
)
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
                at = _entry_for(asked, listed)
                used |= {at} if at is not None else set()
                yield asked if at is None else _dated(asked, listed[at])
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
                    yield _asked((unit, place, who), part, node, item, period, span_of(period, year))


def _asked(
    who: tuple[str, str, str], part: Part, node: Node, item: Item | None, period: str, span: Span
) -> _Asked:
    assert isinstance(node.rule, CountedEvidence)
    unit, place, responsible = who
    label = item.zh if item else node.zh
    names = (part.id, node.id, item.id if item else "", label, period)
    return _Asked(unit, place, responsible, *names, span, node.rule.count, node.rule)


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


def _entry_for(asked: _Asked, listed: Sequence[dict[str, Any]]) -> int | None:
    """The entry of a list that says when this is due."""
    for at, entry in enumerate(listed):
        same = entry["leaf"] == asked.leaf and entry["item"] in ("", asked.item)
        same = same and entry["component"] in ("", asked.component) and entry["unit"] in ("", asked.unit)
        if same and (entry["period"] in ("", asked.period)):
            return at
    return None


def _dated(asked: _Asked, entry: dict[str, Any]) -> _Asked:
    span = Span(asked.span.start, entry["due"].date(), asked.span.known)
    responsible = entry["responsible_unit"] or asked.responsible
    return _Asked(**{**vars(asked), "span": span, "responsible": responsible})


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
    return _Asked(entry["unit"], "", entry["responsible_unit"], *names, span, times, rule)


def _number(value: Any) -> float:
    return float(value) if value == value and value is not None else 0.0


def _reported(round_: Round) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """The activities that were reported, by unit, place, component, leaf, item and period."""
    frame = round_.observations
    if "period" not in frame.columns or frame.empty:
        return {}
    names = ["unit", "place", "component", "leaf", "item", "period"]
    more = [name for name in ("pictures", "participants", "organiser", "flags") if name in frame.columns]
    rows = frame.loc[(frame["period"].astype(str) != "") & (frame["status"] == OBSERVED), names + more]
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows.to_dict("records"):
        found.setdefault(tuple(str(row[name]) for name in names), []).append(row)
    return found


def shortcomings(rule: CountedEvidence, activity: dict[str, Any]) -> list[tuple[str, str]]:
    """What an activity lacks under its rule, in both languages; empty when it is valid."""
    found = []
    for name, zh, en in _LACKING:
        short = getattr(rule, name) - _number(activity.get(name))
        if short > 0:
            found.append((zh.format(short), f"lacks {en.format(short)}"))
    if rule.organiser and not str(activity.get("organiser") or ""):
        found.append(("未写主办单位", "names no organiser"))
    if "uncivil" in str(activity.get("flags") or "").split("|"):
        found.append(("画面不文明", "shows uncivil behaviour"))
    return found


def _row(asked: _Asked, reported: dict[tuple[str, ...], list[dict[str, Any]]], today: dt.date) -> list[Any]:
    key = (asked.unit, asked.place, asked.component, asked.leaf, asked.item, asked.period)
    activities = reported.get(key, [])
    faults = [shortcomings(asked.rule, one) for one in activities]
    counted = float(sum(not one for one in faults))
    missing = max(asked.times - counted, 0.0)
    due = asked.span.due
    state = "done" if missing == 0 else "undated" if due is None else "overdue" if due < today else "open"
    left = None if due is None else float((due - today).days)
    zh, en = _words(missing, [one for one in faults if one], asked.span.known)
    names = (asked.responsible, asked.unit, asked.place, asked.component, asked.leaf, asked.item)
    numbers = (asked.times, counted, missing, state, left)
    return [*names, asked.material, asked.period, asked.span.start, due, *numbers, zh, en]


def _words(missing: float, faults: list[list[tuple[str, str]]], known: bool) -> tuple[str, str]:
    """What is to be done, in both languages."""
    zh = [f"还缺{missing:g}次活动"] if missing else ["已齐"]
    en = [f"{missing:g} more to come"] if missing else ["complete"]
    for number, lacking in enumerate(faults if missing else [], start=1):
        zh.append(f"已报第{number}次不合格：{'、'.join(one for one, _ in lacking)}")
        en.append(f"one reported {', '.join(one for _, one in lacking)}")
    if missing and not known:
        zh.append("节点日期由主办部门另行公布，请在材料申报提示中写明报送时限")
        en.append("the day is announced every year: give the deadline in a list of evidence due")
    return "；".join(zh), "; ".join(en)
