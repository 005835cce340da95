"""The calendar of evidence: what is missing, by when, who answers; and the dates of the nodes."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis import tables
from analysis.facade import evaluate, load, rules_of
from analysis.framework import library
from analysis.framework.model import CountedEvidence
from analysis.results.evidence import calendar, shortcomings
from analysis.results.periods import sources, span_of

RULE = CountedEvidence(name="counted_evidence", periods=("Q1",), pictures=2, participants=10, organiser=True)


@pytest.mark.parametrize(
    ("period", "year", "start", "due"),
    [
        ("Q1", 2024, "2024-01-01", "2024-03-31"),
        ("Q4", 2025, "2025-10-01", "2025-12-31"),
        ("02", 2024, "2024-02-01", "2024-02-29"),
        ("3·15", 2026, "2026-03-15", "2026-03-15"),
        ("３•１５", 2026, "2026-03-15", "2026-03-15"),
        ("春节", 2027, "2027-02-06", "2027-02-06"),
        ("端午节", 2025, "2025-05-31", "2025-05-31"),
        ("全国质量月", 2024, "2024-09-01", "2024-09-30"),
        ("全国食品安全宣传周", 2025, "2025-09-11", "2025-09-17"),
    ],
)
def test_periods_are_days_of_a_year(period, year, start, due):
    assert span_of(period, year)[:2] == (dt.date.fromisoformat(start), dt.date.fromisoformat(due))


def test_a_node_without_a_date_has_none():
    assert span_of("全国食品安全宣传周", 2026) == (None, None, False)
    assert span_of("春节", 2031).known is False
    assert span_of("没有的节点", 2025).known is False


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_lunar_festivals_keep_their_distances(year):
    """元宵 is the fifteenth day after 春节 began; between 端午 and 中秋 lie three months and ten days."""
    days = {name: span_of(name, year).due for name in ("春节", "元宵", "端午", "七夕", "中秋", "重阳")}
    assert (days["元宵"] - days["春节"]).days == 14
    assert (days["重阳"] - days["中秋"]).days in (23, 24)
    months = [(days[b] - days[a]).days for a, b in (("春节", "端午"), ("端午", "七夕"), ("七夕", "中秋"))]
    assert months[0] % 29.53 == pytest.approx(4, abs=1.2)
    assert months[2] in (37, 38)


def test_every_node_says_where_its_date_is_from():
    assert sources()["清明"].startswith("GB/T 33661-2017")
    assert all(sources().values())


@pytest.mark.parametrize(
    ("activity", "lacking"),
    [
        ({"pictures": 2, "participants": 10, "organiser": "商务局", "flags": ""}, []),
        ({"pictures": 1, "participants": 10, "organiser": "商务局", "flags": ""}, ["图片缺1张"]),
        ({"pictures": 2, "participants": 7, "organiser": "", "flags": ""}, ["人数缺3人", "未写主办单位"]),
        ({"pictures": 2, "participants": 10, "organiser": "商务局", "flags": "uncivil"}, ["画面不文明"]),
        ({"pictures": float("nan"), "participants": 10, "organiser": "a", "flags": ""}, ["图片缺2张"]),
    ],
)
def test_what_an_activity_lacks(activity, lacking):
    assert [zh for zh, _ in shortcomings(RULE, activity)] == lacking


@pytest.fixture(scope="module")
def demo(demo_project):
    folder = demo_project / "data" / "raw" / "demo-2025-q1"
    return load(folder), rules_of(folder), folder


def test_missing_evidence_is_what_scoring_takes_points_off_for(demo):
    """Where the calendar says that everything due is there, the leaf has its full rate; else it has not."""
    round_, rules, folder = demo
    table = tables.validate(calendar(round_, rules), "evidence_calendar")
    due = set(round_.info.periods_due)
    short = table[table.period.isin(due)].groupby(["unit", "leaf"], observed=True)["missing"].sum()
    nodes = evaluate(folder).nodes.astype({"unit": str, "node": str})
    leaves = nodes[nodes.rule == "counted_evidence"].set_index(["unit", "node"])["score_rate"]
    rates = leaves.reindex(short.index)
    assert rates.notna().any()
    known = rates.dropna()
    assert ((known == 1) == (short[known.index] == 0)).all()


def test_states_and_days_left(demo):
    table = calendar(demo[0], demo[1])
    today = pd.Timestamp(demo[0].info.date)
    overdue = table[table.state == "overdue"]
    assert (overdue.due < today).all()
    assert (overdue.days_left < 0).all()
    assert (table[table.state == "open"].due >= today).all()
    assert table[table.state == "undated"].due.isna().all()
    assert (table[table.state == "done"].missing == 0).all()
    first = list(dict.fromkeys(table.state))
    assert first == [name for name in ("overdue", "open", "undated", "done") if name in first]
    assert set(table.loc[table.leaf == "E-01", "responsible_unit"]) == {"商务局"}


def entry(**more):
    blank = dict.fromkeys(("unit", "component", "leaf", "item", "period", "note"), "")
    numbers = {"times": float("nan"), "pictures": float("nan"), "participants": float("nan")}
    base = {"responsible_unit": "宣传部", "material": "总结", "due": pd.Timestamp("2025-05-20")}
    return {**blank, **numbers, **base, **more}


def test_a_list_gives_deadlines_and_asks_for_more(demo):
    round_, rules, _ = demo
    listed = pd.DataFrame([entry(leaf="E-02", period="全国食品安全宣传周", material="诚信教育"), entry()])
    frames = {**round_.frames, "evidence_due": listed}
    given = SimpleNamespace(
        info=round_.info,
        units=round_.units,
        observations=round_.observations,
        frames=frames,
        table=lambda name: frames.get(name, tables.empty(name)),
    )
    table = calendar(given, rules)
    week = table[table.period == "全国食品安全宣传周"]
    assert set(week.due) == {pd.Timestamp("2025-05-20")}
    assert set(week.state) == {"open"}
    assert set(week.responsible_unit) == {"宣传部"}
    (own,) = table[table.material == "总结"].to_dict("records")
    assert (own["unit"], own["missing"], own["days_left"]) == (
        "",
        1,
        (dt.date(2025, 5, 20) - round_.info.date).days,
    )


def test_rules_without_evidence_have_an_empty_calendar(demo):
    assert calendar(demo[0], library.load("hengyang-2019")).empty
    assert calendar(demo[0], None).empty
