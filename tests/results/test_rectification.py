"""The rectification loop: states on a day, days to the fix, recurrence, escalation, bad sequences, points."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from rounds_by_hand import a_round, asked, docs, evaluated, ledger, rules, street

from analysis.errors import UsageError
from analysis.results.loop import loop_of
from analysis.results.rectification import (
    fix_curves,
    rectification_cases,
    rectification_summary,
    with_recurrence,
)
from analysis.results.rectification_lists import (
    bad_sequences,
    monday_list,
    points_of_fixes,
    sequence_problems,
    with_escalation,
)
from analysis.scoring import evaluate

REST = docs("甲") + asked("甲", "yes")
NO = None
CASES = [
    ("甲", "a", "i1", "2024-01-02", "2024-01-03", "2024-01-10", "2024-01-08", "2024-01-12", "2024-01-13")
    + ("held",),
    ("甲", "a", "i2", "2024-01-02", "2024-01-03", "2024-01-10", "2024-01-20", "2024-01-22", NO, "failed"),
    ("甲", "b", "i1", "2024-01-02", "2024-01-03", "2024-01-10", NO, NO, NO, "pending"),
    ("甲", "b", "i2", "2024-01-02", "2024-01-03", "2024-03-10", "2024-02-20", NO, NO, ""),
    ("甲", "c", "i1", "2024-01-25", NO, NO, NO, NO, NO, ""),
]  # fmt: skip


def cases(rows=CASES, day="2024-02-01"):
    round_ = a_round(street("甲", "a", 1, 1) + REST, rectifications=ledger(rows))
    return rectification_cases(round_, as_of=dt.date.fromisoformat(day))


def test_states_are_those_of_the_day():
    found = cases()
    assert found["status"].astype(str).tolist() == ["closed", "failed", "assigned", "assigned", "found"]
    assert found["overdue"].tolist() == [False, True, True, False, False]
    assert found["days_overdue"].tolist() == [0, 22, 22, 0, 0]
    assert found["late"].tolist() == [False, True, False, False, False]
    later = cases(day="2024-03-20")
    assert later["status"].astype(str).tolist() == ["closed", "failed", "assigned", "fixed", "found"]
    assert cases(day="2024-01-05")["status"].astype(str).tolist()[:2] == ["assigned", "assigned"]


def test_days_run_from_the_assignment_and_open_cases_are_censored():
    found = cases()
    assert found["days_to_fix"].tolist() == [5, 17, 29, 29, 7]
    total = rectification_summary(found).iloc[0]
    assert (total["n"], total["n_open"], total["n_overdue"], total["n_fixed"]) == (5, 4, 2, 2)
    assert total["held_share"] == 0.5
    steps = fix_curves(found)
    assert dict(zip(steps["days"], steps["open_share"].round(4), strict=True)) == pytest.approx(
        {0: 1, 5: 0.8, 7: 0.8, 17: 0.5333, 29: 0.5333}
    )
    assert np.isnan(total["median_days"])


def test_recurrence_is_a_later_failure_of_the_same_check():
    later = evaluated(street("甲", "a", 0, 0) + REST, day="2024-02-01")
    found = with_recurrence(cases(), [later])
    assert found["n_checked_again"].tolist() == [1, 1, 0, 0, 0]
    assert found["recurred"].tolist() == [True, True, False, False, False]
    assert found["bad_fixes"].tolist() == [1, 1, 0, 0, 0]
    earlier = evaluated(street("甲", "a", 0, 0) + REST, day="2024-01-05")
    assert with_recurrence(cases(), [earlier])["n_checked_again"].sum() == 0
    sound = evaluated(street("甲", "a", 1, 1) + REST, day="2024-02-01")
    total = rectification_summary(with_recurrence(cases(), [sound])).iloc[0]
    assert (total["n_checked_again"], total["n_recurred"], total["recurred_share"]) == (2, 0, 0)


def test_twice_badly_fixed_escalates_by_the_rules_of_the_framework():
    again = [
        ("甲", "a", "i2", "2024-02-02", "2024-02-03", "2024-02-10", "2024-02-08", "2024-02-12", NO, "failed")
    ]
    escalation = [
        {"id": "urged", "zh": "督办", "en": "Urged", "days_overdue": 20},
        {"id": "accountable", "zh": "追责", "en": "Accountable", "bad_fixes": 2},
    ]
    book = rules(escalation=escalation)
    first = evaluate(
        a_round(
            street("甲", "z", 1, 1) + REST, round_id="r1", day="2024-02-01", rectifications=ledger(CASES)
        ),
        book,
    )
    second = evaluate(
        a_round(
            street("甲", "z", 1, 1) + REST, round_id="r2", day="2024-02-15", rectifications=ledger(again)
        ),
        book,
    )
    loop = loop_of([second, first])
    told = loop.cases.set_index(["round", "site", "item"])["escalation"]
    assert told["r2", "a", "i2"] == "accountable"
    assert told["r1", "b", "i1"] == "urged"
    assert loop.cases.set_index(["round", "site", "item"]).loc[("r1", "a", "i2"), "latest"] == np.False_
    monday = loop.monday("甲")
    assert monday[["site", "item", "bad_fixes"]].to_numpy().tolist() == [["a", "i2", 2], ["b", "i1", 0]]
    assert loop.monday("乙").empty
    assert with_escalation(cases(), book.settings)["escalation"].tolist() == ["", "urged", "urged", "", ""]


def test_the_monday_list_holds_what_is_overdue_or_failed():
    found = monday_list(cases())
    assert set(zip(found["site"], found["item"], strict=True)) == {("a", "i2"), ("b", "i1")}
    assert {"unit", "responsible_unit", "days_overdue", "finder", "source_row"} <= set(found.columns)


def test_dates_that_cannot_be_are_reported_row_by_row():
    bad = [
        ("甲", "a", "i1", "2024-01-05", NO, NO, "2024-01-08", NO, "2024-01-02", ""),
        ("甲", "a", "i2", "2024-01-05", NO, NO, "2024-01-20", "2024-01-10", NO, "held"),
        ("甲", "b", "i1", "2024-01-05", NO, NO, NO, "2024-01-10", "2024-01-12", "failed"),
        ("甲", "b", "i2", "2024-01-05", NO, "2024-01-20", "2024-01-10", "2024-01-12", "2024-01-12", "held"),
    ]  # fmt: skip
    found = bad_sequences(cases(bad))
    told = (
        found.groupby("source_row")["en"].apply(lambda text: sorted(t.split(" (")[0] for t in text)).to_dict()
    )
    assert told == {
        2: ["closed before it was fixed", "closed before it was found"],
        3: ["rechecked before it was fixed"],
        4: [
            "closed although the recheck failed",
            "closed, but no date of the fix",
            "rechecked, but no date of the fix",
        ],
    }
    problems = sequence_problems(cases(bad))
    assert problems[0].file == "整改.xlsx"
    assert "2024-01-05 → 2024-01-02" in found["en"].str.cat()
    assert {problem.row for problem in problems} == {2, 3, 4}
    assert np.isnan(
        cases([("甲", "a", "i1", "2024-02-05", NO, NO, "2024-01-01", NO, NO, "")])["days_to_fix"][0]
    )


def test_points_are_re_evaluated_and_not_shares_of_the_loss():
    """Two sites of two checks, 50 points in all: each check is worth 12.5."""
    before = evaluated(street("甲", "a", 0, 0) + street("甲", "b", 0, 1) + REST, day="2024-01-01")
    found = points_of_fixes(cases(), before).iloc[0]
    assert (found["won_back"], found["still_open"]) == (pytest.approx(12.5), pytest.approx(25))
    assert (found["n_won"], found["n_open"], found["n_unmatched"]) == (1, 2, 2)


def test_rounds_without_a_ledger_are_refused():
    with pytest.raises(UsageError, match="r have no rectification ledger"):
        loop_of([evaluated(street("甲", "a", 1, 1) + REST)])


@pytest.fixture(scope="module")
def demo(demo_project):
    import analysis

    raw = demo_project / "data" / "raw"
    rounds = [analysis.evaluate(raw / f"demo-{name}") for name in ("2025-q1", "2025-q2")]
    planted = json.loads((raw / "demo-2025-q2" / "truth.json").read_text(encoding="utf-8"))
    return rounds, pd.DataFrame(planted["fixes"]), planted["causes"]


def test_planted_fixes_come_back(demo):
    (_, now), fixes, _ = demo
    found = with_recurrence(rectification_cases(now.round, now.rulebook), [now])
    both = found.merge(fixes, on=["unit", "site", "item"], suffixes=("", "_planted"))
    assert len(both) == len(found) == len(fixes)
    assert (both["is_fixed"] == (both["truth"] != "pending")).all()
    assert (both["is_held"] == both["truth"].isin(["held", "relapsed"])).all()
    looked = both[both["is_fixed"] & (both["n_checked_again"] > 0)]
    truly = looked["truth"].isin(["failed", "relapsed"])
    assert (looked["recurred"] == truly).mean() > 0.93
    total = rectification_summary(found).iloc[0]
    assert total["recurred_share_low"] - 0.03 < truly.mean() < total["recurred_share_high"] + 0.03


def test_planted_shares_of_fixes_that_hold_lie_in_their_intervals(demo):
    """Of the fixes looked at again, the share not back, against what was planted by cause."""
    (_, now), fixes, causes = demo
    found = with_recurrence(rectification_cases(now.round, now.rulebook), [now])
    both = found.merge(
        fixes[["unit", "site", "item", "cause"]], on=["unit", "site", "item"], suffixes=("_own", "")
    )
    table = rectification_summary(both, ["cause"]).set_index("cause")
    table = table[table["n_checked_again"] >= 40]
    held = np.array([causes[name]["held"] for name in table.index])
    inside = (1 - held >= table["recurred_share_low"] - 0.02) & (
        1 - held <= table["recurred_share_high"] + 0.02
    )
    assert len(table) >= 6
    assert inside.mean() >= 0.8


def test_demo_points_are_won_and_open(demo):
    rounds, _, _ = demo
    loop = loop_of(rounds)
    points = loop.points()
    assert (points["won_back"] > 0).all()
    assert (points["still_open"] > 0).all()
    assert loop.bad_sequences().empty
