"""The calendar of evidence: what is missing, by when, who answers; and the dates of the nodes."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis import tables
from analysis.facade import evaluate, load, rules_of
from analysis.framework import library
from analysis.framework.model import CountedEvidence
from analysis.results.evidence import calendar
from analysis.results.evidence_words import shortcomings
from analysis.results.periods import period_meant, sources, span_of
from analysis.validation import validate

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
        ("全国食品安全宣传周", 2022, "2022-08-29", "2022-09-04"),
        ("三一五", 2026, "2026-03-15", "2026-03-15"),
        ("十一", 2026, "2026-10-01", "2026-10-01"),
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
    table = validate(calendar(round_, rules), "evidence_calendar")
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


QUARTERS, NODES = ("Q1", "Q2", "Q3", "Q4"), ("3·15", "全国食品安全宣传周", "全国质量月")


@pytest.mark.parametrize(
    ("written", "due", "periods", "meant"),
    [
        ("", "2024-05-25", QUARTERS, "Q2"),
        ("Q1", "2024-05-25", QUARTERS, "Q1"),
        ("05", "2024-05-31", QUARTERS, "Q2"),
        ("05", "2024-05-31", ("04", "05"), "05"),
        ("", "2024-03-20", NODES, "3·15"),
        ("", "2024-09-12", NODES, "全国质量月"),
        ("", "2024-03-01", NODES, ""),
        ("", "2024-03-15", (*QUARTERS, "3·15"), "3·15"),
        ("端午", "2024-06-12", ("端午节",), "端午节"),
        ("端午", "2024-06-12", QUARTERS, ""),
    ],
)
def test_the_period_a_deadline_belongs_to(written, due, periods, meant):
    assert period_meant(written, dt.date.fromisoformat(due), periods, 2024) == meant


@pytest.fixture
def calendar_of(demo):
    """The calendar of the demo round with another list of evidence due (and other documents)."""
    round_, rules, _ = demo

    def made(*entries, observations=None):
        frames = {**round_.frames, "evidence_due": pd.DataFrame(list(entries))}
        given = SimpleNamespace(
            info=round_.info,
            units=round_.units,
            observations=round_.observations if observations is None else observations,
            frames=frames,
            table=lambda name: frames.get(name, tables.empty(name)),
        )
        return validate(calendar(given, rules), "evidence_calendar")

    return made


def test_a_list_without_periods_moves_the_deadline_of_one_period_only(demo, calendar_of):
    """The list of May says nothing of the first quarter, whose evidence stays overdue since its last day."""
    plain = calendar(demo[0], demo[1])
    table = calendar_of(entry(leaf="E-01", due=pd.Timestamp("2025-05-25"), material="诚信经营"))
    own = table[(table.leaf == "E-01") & (table.period == "Q2")]
    assert set(own.due) == {pd.Timestamp("2025-05-25")}
    assert set(own.responsible_unit) == {"宣传部"}
    others = table[(table.leaf == "E-01") & (table.period != "Q2")]
    before = plain[(plain.leaf == "E-01") & (plain.period != "Q2")]
    assert sorted(others.due) == sorted(before.due)


def test_the_newest_list_and_the_one_about_a_unit_count(demo, calendar_of):
    first, second = demo[0].units.unit.astype(str)[:2]
    table = calendar_of(
        entry(leaf="E-01", period="Q2", due=pd.Timestamp("2025-06-20")),
        entry(leaf="E-01", due=pd.Timestamp("2025-05-20")),
        entry(leaf="E-01", unit=second, period="05", due=pd.Timestamp("2025-04-20")),
    )
    own = table[(table.leaf == "E-01") & (table.period == "Q2")].set_index("unit").due
    assert own[first] == pd.Timestamp("2025-06-20")
    assert own[second] == pd.Timestamp("2025-04-20")
    assert (table.material != "总结").all()


def test_a_list_that_asks_for_more_is_heard(calendar_of):
    table = calendar_of(entry(leaf="E-01", period="Q3", times=2.0, pictures=5.0))
    own = table[(table.leaf == "E-01") & (table.period == "Q3")]
    assert set(own.missing) == {2}
    assert own.zh.str.startswith("还缺2次活动（每次图片5张以上、参加10人以上、写明主办单位）").all()


def test_other_material_is_done_when_the_list_says_so(calendar_of):
    table = calendar_of(entry(material="总结"), entry(material="简报", submitted="submitted"))
    said = table[table.leaf == ""].set_index("material")
    assert said.state.to_dict() == {"总结": "open", "简报": "done"}
    assert said.zh.to_dict() == {"总结": "还缺1份材料", "简报": "已齐"}


def test_an_activity_dated_outside_its_quarter_is_named(demo, calendar_of):
    rows = demo[0].observations
    at = rows.index[(rows.leaf == "E-01") & (rows.period == "Q1")][0]
    moved = rows.assign(date=rows.date.where(rows.index != at, pd.Timestamp("2025-05-02")))
    table = calendar_of(entry(), observations=moved)
    named = table[table.zh.str.contains("活动日期不在该时段内，请核对：2025-05-02")]
    assert list(named.unit.astype(str)) == [str(rows.loc[at, "unit"])]
    assert named.en.str.contains("dated outside the period").all()
