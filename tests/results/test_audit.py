"""The published tables recomputed: one known error of a publisher, and no false alarm."""

import csv
import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from analysis import tables
from analysis.framework.model import (
    Composition,
    Framework,
    GivenScore,
    Label,
    Node,
    Part,
    Rulebook,
)
from analysis.intake.round import Round, RoundInfo
from analysis.results.audit import audit
from analysis.validation import validate

RAW = Path(__file__).parents[2] / "data" / "raw"
LABEL = Label(zh="测试", en="Test")


def published(*rows):
    """(measure, unit, group, name, printed, file, row) as a table PUBLISHED."""
    columns = ["measure", "unit", "group", "name", "printed", "source_file", "source_row"]
    frame = pd.DataFrame(list(rows), columns=columns).assign(source_sheet="")
    frame["value"] = [float(text.strip("%")) / (100 if "%" in text else 1) for text in frame["printed"]]
    labels = ["measure", "unit", "group", "name", "source_file", "source_sheet"]
    frame = frame.astype(dict.fromkeys(labels, "category"))[tables.TABLES["published"].names]
    return validate(frame, "published")


def read(round_id, file, measures, unit="", group=""):
    """A raw file as rows for `published`: `measures` maps a header to its measure."""
    with (RAW / round_id / file).open(encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle))
    return [
        (measure, row.get(unit, ""), row.get(group, ""), header, row[header], file, number)
        for number, row in enumerate(table, start=2)
        for header, measure in measures.items()
        if row[header]
    ]


def a_round(frame, round_id="test"):
    info = RoundInfo(id=round_id, title=LABEL, date=dt.date(2024, 1, 1), kind="local")
    return Round(info, Path(), {"published": frame}, pd.DataFrame(), pd.DataFrame())


def rulebook(full_marks=100.0, **weights):
    root = Node(id="root", zh="根", en="Root", rule=GivenScore(name="given_score"))
    framework = Framework(id="f", title=LABEL, nodes=(root,))
    parts = tuple(
        Part(id=f"p{i}", zh=zh, en=zh, weight=weight, frameworks={"default": "f"})
        for i, (zh, weight) in enumerate((weights or {"全部": 1.0}).items())
    )
    composition = Composition(id="c", title=LABEL, parts=parts, settings={"full_marks": full_marks})
    return Rulebook(composition=composition, frameworks={"f": framework})


CAUSES = {"口径问题总数": "count", "名次": "rank", "问题数": "count", "公布占比": "share"}
MONTHLY = {"名次": "rank", "综合得分": "total"}
MEANS = {
    "城市管理综合平均分(占90%)": "mean",
    "红色物业综合平均分(占10%)": "mean",
    "城市管理问题数": "count",
    "红色物业问题数": "count",
    "问题总数": "count",
}
XIANNING = rulebook(城市管理=0.9, 红色物业=0.1)


def xianning(month):
    round_id = f"xianning-{month}"
    rows = read(round_id, "scores.csv", MONTHLY, "评价区域")
    if (RAW / round_id / "problem_causes.csv").exists():
        rows += read(round_id, "problem_causes.csv", CAUSES, "问题类别", "口径")
    if (RAW / round_id / "component_means.csv").exists():
        rows += read(round_id, "component_means.csv", MEANS)
    return audit(a_round(published(*rows)), XIANNING)


def checked(report, check):
    return int(report.checks.loc[report.checks["check"] == check, "n_checked"].sum())


def test_the_publishers_error_is_found_and_nothing_else():
    found = xianning("2022-08").contradictions
    assert len(found) == 1
    error = found.iloc[0]
    assert (error["unit"], error["group"], error["measure"]) == ("自管型小区", "红色物业", "share")
    assert error["published"] == pytest.approx(0.1642)
    assert round(error["recomputed"], 4) == 0.2146
    assert (error["source_file"], error["source_row"]) == ("problem_causes.csv", 9)
    assert "16.42" in error["zh"] and "21.458" in error["en"]


def test_twenty_of_twenty_one_shares_and_all_ranks_of_xianning():
    reports = [xianning(month) for month in ("2021-09", "2022-08", "2022-12", "2023-06")]
    assert sum(checked(report, "shares") for report in reports) == 21
    assert sum(len(report.contradictions) for report in reports) == 1
    ranked = [report.checks[report.checks["source_file"] == "scores.csv"] for report in reports]
    assert sum(frame["n_checked"].sum() for frame in ranked) == 31


def test_component_means_agree_in_both_months():
    for month in ("2022-08", "2022-12"):
        report = xianning(month)
        assert checked(report, "means") == 1 and checked(report, "counts") == 1
        assert "means" not in set(report.differences["check"])


def test_a_component_mean_that_cannot_be_right_is_reported():
    rows = read("xianning-2022-08", "scores.csv", MONTHLY, "评价区域")
    means = read("xianning-2022-08", "component_means.csv", MEANS)
    wrong = [(*row[:4], "89.21", *row[5:]) if row[4] == "89.11" else row for row in means]
    found = audit(a_round(published(*rows, *wrong)), XIANNING).contradictions
    assert found["check"].tolist() == ["means"]
    assert found["difference"].iloc[0] == pytest.approx(0.093)


def test_other_tables_raise_no_alarm():
    parts = {"文明城市年度测评得分": "part", "文明城市全国名次": "rank"}
    minors = {"未成年人思想道德建设得分": "part", "未成年人全国名次": "rank"}
    reports = {
        "national": read("national-2018", "scores.csv", {"排名": "rank", "得分": "total"}, "城市"),
        "anhui": read("anhui-2016", "scores.csv", parts | minors, "城市"),
        "matou": read("matou-2019-05", "scores.csv", {"名次": "rank", "考评成绩": "total"}, "村(居)"),
        "wuhan": read("wuhan-2018-11", "scores.csv", {"位次": "rank", "得分": "total"}, "区", "组别"),
    }
    reports = {name: audit(a_round(published(*rows))) for name, rows in reports.items()}
    assert all(report.differences.empty for report in reports.values())
    assert {name: checked(report, "ranks") for name, report in reports.items()} == {
        "national": 28,
        "anhui": 12,
        "matou": 24,
        "wuhan": 16,
    }
    rules = {name: set(report.checks["rule"]) for name, report in reports.items()}
    assert rules["matou"] == {"min"}
    assert rules["anhui"] == {"part_of_a_longer_list"}


HENGYANG = {"督查考核总扣分": "part", "月度成绩": "total"}


def test_hengyang_scores_are_full_marks_less_deductions():
    rows = read("hengyang-2019-02", "scores.csv", HENGYANG, "单位", "类别")
    report = audit(a_round(published(*rows)), rulebook())
    assert checked(report, "totals") == 21 and report.differences.empty
    off = audit(a_round(published(*rows)), rulebook(full_marks=120)).contradictions
    assert len(off) == 21 and off["difference"].round(9).eq(-20).all()


def test_without_rules_totals_are_not_checked():
    rows = read("hengyang-2019-02", "scores.csv", HENGYANG, "单位", "类别")
    assert audit(a_round(published(*rows))).checks.empty


def test_meizhou_adds_to_a_hundred_and_hangzhou_reproduces():
    meizhou = read("meizhou-2021-05", "loss_causes.csv", {"失分占比": "share"}, "失分方面")
    report = audit(a_round(published(*meizhou)))
    assert checked(report, "share_sum") == 6 and report.differences.empty
    sample = {"有效问卷份数": "count", "公布占比": "share"}
    report = audit(a_round(published(*read("hangzhou-2017", "sample.csv", sample, "类别", "变量"))))
    assert checked(report, "shares") == 18 and report.contradictions.empty
    assert report.differences["check"].unique().tolist() == ["share_sum"]
    assert report.differences["difference"].abs().round(9).eq(0.0001).all()


def test_planted_errors_are_found_one_by_one():
    rows = read("national-2018", "scores.csv", {"排名": "rank", "得分": "total"}, "城市")
    swapped = [
        (*row[:4], {"1": "2", "2": "1"}.get(row[4], row[4]), *row[5:]) if row[0] == "rank" else row
        for row in rows
    ]
    found = audit(a_round(published(*swapped))).contradictions
    assert found[["unit", "published", "recomputed"]].to_numpy().tolist() == [["济南", 2, 1], ["杭州", 1, 2]]


def test_an_order_broken_inside_a_longer_list_is_found():
    rows = read(
        "anhui-2016", "scores.csv", {"文明城市年度测评得分": "part", "文明城市全国名次": "rank"}, "城市"
    )
    wrong = [(*row[:4], "13", *row[5:]) if row[4] == "11" else row for row in rows]
    found = audit(a_round(published(*wrong))).contradictions
    assert found["unit"].tolist() == ["宣城市", "淮北市"]


@pytest.mark.parametrize(("ranking", "rule"), [("1224", "min"), ("1223", "dense"), ("1324", "ordered")])
def test_the_tie_rule_that_fits_is_named(ranking, rule):
    scores = ["9.0", "8.0", "8.0", "7.0"]
    rows = [("total", f"u{i}", "", "得分", score, "f", i) for i, score in enumerate(scores)]
    rows += [("rank", f"u{i}", "", "名次", place, "f", i) for i, place in enumerate(ranking)]
    report = audit(a_round(published(*rows)))
    assert report.checks["rule"].tolist() == [rule] and report.differences.empty


def test_weighted_parts_allow_for_their_rounding_and_no_more():
    """0.9 x 80.05 + 0.1 x 70.05 = 79.05; parts may each be 0.005 off, so 79.06 is possible, 79.07 not."""
    names = ["城市管理得分", "红色物业得分", "综合得分"]

    def totals(total):
        kinds, prints = ["part", "part", "total"], ["80.05", "70.05", total]
        rows = [(k, "u", "", n, p, "f", 2) for k, n, p in zip(kinds, names, prints, strict=True)]
        return audit(a_round(published(*rows)), XIANNING)

    assert totals("79.05").differences.empty
    assert totals("79.06").differences["rounding_explains"].tolist() == [True]
    assert totals("79.07").contradictions["difference"].round(9).tolist() == [0.02]


def test_shares_without_a_base_are_left_alone():
    rows = [("count", "a", "", "发现数", "4", "f", 2), ("count", "b", "", "发现数", "8", "f", 3)]
    rows += [("count", "a", "", "整改数", "3", "f", 2), ("count", "b", "", "整改数", "4", "f", 3)]
    rows += [("share", "a", "", "整改率占比", "75%", "f", 2), ("share", "b", "", "整改率占比", "50%", "f", 3)]
    assert audit(a_round(published(*rows))).checks.empty


def test_counts_that_do_not_add_up():
    rows = [("count", "", "", name, n, "f", 2) for name, n in [("甲数", "3"), ("乙数", "4"), ("总数", "8")]]
    found = audit(a_round(published(*rows))).contradictions
    assert found[["published", "recomputed"]].to_numpy().tolist() == [[8, 7]]


def test_the_report_reads_in_both_languages():
    report = xianning("2022-08")
    assert "舍入不能解释的矛盾：1 处" in report.text()
    assert "规则“并列占位（1-1-3）或并列不占位（1-1-2）”" in report.text()
    assert "Contradictions that rounding cannot explain: 1" in report.text("en")
    assert "problem_causes.csv, row 9: 红色物业 自管型小区" in report.text("en")


def test_nothing_published_gives_an_empty_report():
    report = audit(a_round(tables.empty("published")))
    assert report.checks.empty and report.contradictions.empty
