"""Real published results, from the csv files to ranks, bands, causes and contradictions."""

import csv
from functools import cache
from pathlib import Path

import pytest

from analysis import intake
from analysis.framework import library
from analysis.intake.info import read_info
from analysis.results.audit import audit
from analysis.results.causes import causes
from analysis.results.explain import explain
from analysis.results.ranking import lines, rank_table
from analysis.scoring.evaluate import evaluate
from analysis.validation import validate

RAW = Path(__file__).parents[2] / "data" / "raw"
XIANNING = ("xianning-2021-09", "xianning-2022-08", "xianning-2022-12", "xianning-2023-06")
EVALUATED = ("anhui-2016", "hengyang-2019-02", "matou-2019-05", "national-2018", "wuhan-2018-11", *XIANNING)
AUDITED = ("hangzhou-2017", "meizhou-2021-05")


@cache
def rules(round_id):
    named = read_info(RAW / round_id).composition
    return library.load(named) if named else None


@cache
def loaded(round_id):
    return intake.load(RAW / round_id, rules(round_id))


@cache
def evaluated(round_id):
    return evaluate(loaded(round_id), rules(round_id))


@cache
def ranked(round_id):
    return rank_table(evaluated(round_id).scores, rules(round_id).settings)


@cache
def audited(round_id):
    return audit(loaded(round_id), rules(round_id))


def rows(round_id, name="scores.csv"):
    with (RAW / round_id / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def checked(round_id, *checks):
    table = audited(round_id).checks
    return int(table.loc[table["check"].isin(checks), "n_checked"].sum())


@pytest.mark.parametrize("round_id", [*EVALUATED, *AUDITED])
def test_every_row_is_used_without_a_warning(round_id):
    round_ = loaded(round_id)
    assert round_.rejected.empty
    assert (round_.counts["rows_read"] == round_.counts["rows_used"]).all()
    assert [problem for problem in round_.problems if problem.severity != "notice"] == []
    validate(round_.table("published"), "published")


@pytest.mark.parametrize(
    ("round_id", "unit", "rank", "n"),
    [
        ("national-2018", "城市", "排名", 28),
        ("xianning-2021-09", "评价区域", "名次", 8),
        ("xianning-2022-08", "评价区域", "名次", 8),
        ("xianning-2022-12", "评价区域", "名次", 8),
        ("xianning-2023-06", "评价区域", "名次", 7),
        ("matou-2019-05", "村(居)", "名次", 24),
        ("wuhan-2018-11", "区", "位次", 16),
    ],
)
def test_published_ranks_come_out_of_the_evaluation(round_id, unit, rank, n):
    found = dict(zip(ranked(round_id)["unit"], ranked(round_id)["rank"], strict=True))
    assert {row[unit]: float(row[rank]) for row in rows(round_id)} == found
    assert len(found) == n
    validate(ranked(round_id), "ranking")


def test_national_bands_and_lines():
    ranking = ranked("national-2018")
    bands = ranking.set_index("unit")["bands"]
    assert bands.value_counts().to_dict() == {"praised": 10, "": 8, "criticised": 9, "suspended": 1}
    assert (bands["乌鲁木齐"], bands["银川"]) == ("criticised", "suspended")
    distance = lines(ranking, rules("national-2018").settings).set_index(["unit", "line"])["distance"]
    assert (distance["乌鲁木齐", "80"], distance["银川", "70"]) == (-0.49, -0.31)


def test_anhui_is_combined_80_20_and_says_that_this_is_no_official_rule():
    """蚌埠 0.8 x 95.24 + 0.2 x 95.67 = 95.326; 池州 0.8 x 89.95 + 0.2 x 92.74 = 90.508."""
    composite = ranked("anhui-2016").set_index("unit")["composite"]
    assert (composite["蚌埠市"], composite["池州市"]) == (95.33, 90.51)
    assert evaluated("anhui-2016").scores["eligible"].all()
    assert rules("anhui-2016").illustrative
    text = explain(evaluated("anhui-2016"), "蚌埠市")
    assert "文明城市年度测评 0.9524 × 80.00 = 76.19" in text and "示意值" in text
    assert "读入 95.67；scores.csv，第 2 行" in text and "给定得分（满分 100）" in text


def test_hengyang_scores_of_every_unit_and_category():
    nodes = evaluated("hengyang-2019-02").nodes
    score = nodes.assign(score=nodes["score_rate"] * 100).set_index(["unit", "node"])["score"]
    leaf = {node.zh: node.id for node in next(iter(rules("hengyang-2019-02").frameworks.values())).leaves}
    table = rows("hengyang-2019-02")
    computed = [round(score[row["单位"], leaf[row["类别"]]], 2) for row in table]
    assert computed == [float(row["月度成绩"]) for row in table] and len(table) == 21


def test_hengyang_losses_are_the_deductions():
    lost = causes(evaluated("hengyang-2019-02"), ["unit"]).set_index("unit")["points_lost"]
    off = [float(row["督查考核总扣分"]) for row in rows("hengyang-2019-02") if row["单位"] == "石鼓区"]
    assert lost["石鼓区"] == pytest.approx(sum(off) / 3)
    assert "记扣 14.69 分；inspections.csv，第 5 行" in explain(evaluated("hengyang-2019-02"), "石鼓区")


@pytest.mark.parametrize("round_id", [*EVALUATED, *AUDITED])
def test_only_one_contradiction_in_all_real_tables(round_id):
    found = audited(round_id).contradictions
    expected = [("自管型小区", "红色物业")] if round_id == "xianning-2022-08" else []
    assert list(zip(found["unit"], found["group"], strict=True)) == expected


def test_the_wrong_share_is_named_with_its_place():
    error = audited("xianning-2022-08").contradictions.iloc[0]
    assert (round(error["published"], 4), round(error["recomputed"], 4)) == (0.1642, 0.2146)
    assert (error["source_file"], error["source_row"]) == ("problem_causes.csv", 9)


def test_what_was_checked_is_everything_that_can_be():
    assert sum(checked(round_id, "shares") for round_id in XIANNING) == 21
    assert [checked(round_id, "means") for round_id in XIANNING] == [0, 1, 1, 0]
    assert checked("hengyang-2019-02", "totals") == 21
    assert checked("matou-2019-05", "ranks") == 24
    assert checked("national-2018", "ranks") == 28
    assert checked("wuhan-2018-11", "ranks") == 16
    assert checked("anhui-2016", "ranks") == 12
    assert checked("meizhou-2021-05", "share_sum") == 6
    assert checked("hangzhou-2017", "shares") == 18
    scores = [audited(r).checks.query("source_file == 'scores.csv' and check == 'ranks'") for r in XIANNING]
    assert sum(frame["n_checked"].sum() for frame in scores) == 31


def test_only_one_tie_rule_fits_matou():
    assert set(audited("matou-2019-05").checks["rule"]) == {"min"}


def test_sums_of_shares_off_by_rounding_are_no_contradiction():
    found = audited("hangzhou-2017").differences
    assert found["published"].round(6).tolist() == [0.9999, 1.0001]
    assert found["rounding_explains"].all()


@pytest.mark.parametrize("round_id", XIANNING)
def test_given_scores_are_the_printed_totals(round_id):
    given = {row["单位"]: row["得分"] for row in rows(round_id, "given_scores.csv")}
    assert given == {row["评价区域"]: row["综合得分"] for row in rows(round_id)}


def test_inspections_are_the_printed_deductions():
    given = {
        (row["单位"], row["指标名称"]): row["扣分"] for row in rows("hengyang-2019-02", "inspections.csv")
    }
    printed = {(row["单位"], row["类别"]): row["督查考核总扣分"] for row in rows("hengyang-2019-02")}
    assert given == printed


@pytest.mark.parametrize("round_id", EVALUATED)
def test_units_are_those_of_the_published_table(round_id):
    names = {row["单位"] for row in rows(round_id, "units.csv")}
    assert all(names & set(row.values()) for row in rows(round_id))
    assert len(ranked(round_id)) == len(names)
