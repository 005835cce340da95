"""Series of rounds: control charts, rebound after an inspection, months, what a cycle needs."""

import json
from pathlib import Path

import pandas as pd
import pytest
from rounds_by_hand import a_round, asked, docs, evaluated, labelled, rules, street

import analysis
from analysis.errors import UsageError
from analysis.results.cycle_target import cycle_needed
from analysis.results.series import (
    months,
    problem_chart,
    published_chart,
    rebounds,
    score_chart,
    score_series,
)
from analysis.scoring import evaluate

RAW = Path(__file__).parents[2] / "data" / "raw"
MONTHS = ("2021-09", "2022-08", "2022-12", "2023-06")


def town(n_bad, n=12, unit="甲"):
    """A unit with n sites of two checks; the first n_bad fail one of them."""
    rows = [row for at in range(n) for row in street(unit, f"s{at}", at >= n_bad, 1)]
    return rows + docs(unit) + asked(unit, "yes")


@pytest.fixture(scope="module")
def xianning():
    return [analysis.evaluate(RAW / f"xianning-{month}") for month in MONTHS]


def test_four_months_of_xianning_are_a_series(xianning):
    series = score_series(xianning[::-1])
    assert list(dict.fromkeys(series["round"])) == [f"xianning-{month}" for month in MONTHS]
    one = series[series["unit"] == "嘉鱼县"]
    assert one["composite"].tolist() == [94.68, 89.71, 91.02, 90.17]
    chart = score_chart(series)
    mine = chart[chart["series"] == "嘉鱼县"]
    steps = (4.97 + 1.31 + 0.85) / 3 / 1.128
    assert (mine["high"] - mine["center"]).to_numpy() == pytest.approx(3 * steps)
    assert (chart["signal"] == "").all()
    assert months(series)["effect"].isna().all()


def test_published_counts_of_xianning_mark_the_one_real_shift(xianning):
    """立面空间: 169 of 987 problems, then 100 of 1045."""
    chart = published_chart([one.round for one in xianning], "城市管理")
    shifted = chart[chart["signal"] != ""]
    assert set(shifted["series"]) == {"立面空间"}
    one = chart[chart["series"] == "立面空间"]
    assert one["n"].tolist() == [987, 1045]
    assert one["center"].iloc[0] == pytest.approx(269 / 2032)


def test_a_planted_shift_is_marked_and_noise_is_not():
    bad = [2, 3, 2, 3, 2, 3, 12, 12]
    rounds = [
        evaluated(town(n, 60), day=f"2024-0{m}-01", round_id=f"r{m}") for m, n in enumerate(bad, start=1)
    ]
    chart = problem_chart(rounds, baseline=6)
    assert chart["value"].tolist() == [n / 120 for n in bad]
    assert (chart["signal"] != "").tolist() == [False] * 6 + [True] * 2
    assert (problem_chart(rounds[:6])["signal"] == "").all()


def test_sites_that_fail_as_a_whole_widen_the_limits():
    spread = (
        [row for at in range(40) for row in street("甲", f"s{at}", at >= 8, 1)]
        + docs("甲")
        + asked("甲", "yes")
    )
    lumped = (
        [row for at in range(40) for row in street("甲", f"s{at}", at >= 4, at >= 4)]
        + docs("甲")
        + asked("甲", "yes")
    )
    wide, narrow = (problem_chart([evaluated(rows)])["high"].iloc[0] for rows in (lumped, spread))
    assert wide > narrow > 0.1


def test_a_rebound_rises_into_the_inspection_and_falls_after_it():
    kinds = ["local", "official", "local"]
    rounds = [
        evaluated(town(bad, 30), day=f"2024-0{m}-01", round_id=f"r{m}", kind=kind)
        for m, (bad, kind) in enumerate(zip([20, 0, 20], kinds, strict=True), start=1)
    ]
    found = rebounds(rounds)
    assert found[["round", "unit", "n_sound", "n_back"]].to_numpy().tolist() == [["r2", "甲", 60, 20]]
    assert found["rise"].iloc[0] == pytest.approx(50 / 3)
    assert found["rebound"].iloc[0]
    assert not rebounds(rounds[:2])["rebound"].iloc[0]
    assert rebounds([rounds[0], rounds[2]]).empty


def test_months_are_told_from_two_years_on():
    rows = [
        ("甲", f"{year}-{month}-01", score)
        for year, scores in ((2022, (80, 84)), (2023, (85, 91)))
        for month, score in zip(("03", "07"), scores, strict=True)
    ]
    series = pd.DataFrame(rows, columns=["unit", "date", "composite"]).assign(
        date=lambda f: pd.to_datetime(f["date"])
    )
    found = months(series).set_index("month")
    assert found.loc[7, "effect"] == pytest.approx((2 + 3) / 2)
    assert found.loc[3, "effect"] == pytest.approx(-2.5)
    assert months(series[series["date"].dt.year == 2022])["effect"].isna().all()


CYCLE = {"weights": {"2024": 0.15, "2025": 0.25, "2026": 0.6}}


def in_cycle(rows, period, kind, **frames):
    round_ = a_round(rows, kind=kind, **frames)
    info = round_.info.model_copy(update={"cycle": "2024-2026", "period": period})
    return evaluate(type(round_)(**{**vars(round_), "info": info}), rules(cycle=CYCLE))


def test_what_this_year_must_bring_at_15_25_60():
    """90 in 2024 is known: 85 over the cycle needs (85 - 13.5) / 0.85 in the years left."""
    earlier = pd.DataFrame(
        {
            "unit": ["甲"],
            "period": ["2024"],
            "composite": [90.0],
            "source_file": "a.xlsx",
            "source_sheet": "",
            "source_row": 2,
        }
    )
    known = labelled(earlier, "cycle_scores")
    now = in_cycle(town(0), "2025", "mock", cycle_scores=known)
    one = cycle_needed(now, 85).iloc[0]
    assert one["needed"] == pytest.approx((85 - 13.5) / 0.85)
    assert one["forecast"] == pytest.approx(13.5 + 0.85 * 100)
    fixed = cycle_needed(now, 85, {"2026": 80}).iloc[0]
    assert fixed["needed"] == pytest.approx((85 - 13.5 - 48) / 0.25)
    assert not cycle_needed(now, 99.5).iloc[0]["reachable"]
    official = in_cycle(town(0), "2025", "official", cycle_scores=known)
    assert cycle_needed(official, 85).iloc[0]["needed"] == pytest.approx((85 - 13.5 - 25) / 0.6)
    with pytest.raises(UsageError, match="2030"):
        cycle_needed(now, 85, {"2030": 80})
    with pytest.raises(UsageError, match="belongs to no cycle"):
        cycle_needed(evaluated(town(0)), 85)


def test_the_demo_rounds_show_the_planted_trend(demo_project):
    """Fewer problems from round to round, as planted."""
    raw = demo_project / "data" / "raw"
    names = ("demo-2024", "demo-2025-q1", "demo-2025-q2")
    line = analysis.series(*(raw / name for name in names))
    chart = line.problem_chart("")
    planted = [
        sum(json.loads((raw / name / "truth.json").read_text(encoding="utf-8"))["problems_by_cause"].values())
        for name in names
    ]
    assert chart["value"].is_monotonic_decreasing == (planted == sorted(planted, reverse=True))
    needed = line.needed(92)
    year = line.rounds[0].scores["composite"].to_numpy()
    assert needed["needed"].to_numpy() == pytest.approx((92 - 0.15 * year) / 0.85)
