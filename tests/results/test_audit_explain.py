"""What lies behind contradictions that were planted, one by one, and behind the real one."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

import analysis
from analysis import tables
from analysis.framework.model import Composition, Framework, GivenScore, Label, Node, Part, Rulebook
from analysis.intake.round import Round, RoundInfo
from analysis.results.audit import audit

RAW = Path(__file__).parents[2] / "data" / "raw"
LABEL = Label(zh="测试", en="Test")


def a_round(*rows):
    """(measure, unit, name, printed, row), all in one file."""
    frame = pd.DataFrame(list(rows), columns=["measure", "unit", "name", "printed", "source_row"])
    frame = frame.assign(group="", source_file="a.csv", source_sheet="")
    frame["value"] = [float(text.strip("%")) / (100 if "%" in text else 1) for text in frame["printed"]]
    labels = ["measure", "unit", "group", "name", "source_file", "source_sheet"]
    frame = frame.astype(dict.fromkeys(labels, "category"))[tables.TABLES["published"].names]
    info = RoundInfo(id="test", title=LABEL, date=dt.date(2024, 1, 1), kind="local")
    return Round(info, Path(), {"published": frame}, pd.DataFrame(), pd.DataFrame())


def rulebook(**weights):
    root = Node(id="root", zh="根", en="Root", rule=GivenScore(name="given_score"))
    parts = tuple(
        Part(id=f"p{i}", zh=zh, en=zh, weight=weight, frameworks={"default": "f"})
        for i, (zh, weight) in enumerate(weights.items())
    )
    framework = Framework(id="f", title=LABEL, nodes=(root,))
    return Rulebook(composition=Composition(id="c", title=LABEL, parts=parts), frameworks={"f": framework})


def kinds(report):
    return report.explanations.groupby("difference")["explanation"].apply(list).to_dict()


def parts(unit, city, minors, total, row):
    return [
        ("part", unit, "城市", city, row),
        ("part", unit, "未成年人", minors, row),
        ("total", unit, "总分", total, row),
    ]


@pytest.mark.parametrize(
    ("total", "kind", "evidence"),
    [
        ("90.07", "truncated", "90.078"),
        ("90.80", "typed_wrong", "another order"),
        ("91.08", "typed_wrong", "one digit"),
        ("87.13", "unknown", "nothing found"),
    ],
)
def test_a_wrong_total_is_explained(total, kind, evidence):
    """0.8 x 90.11 + 0.2 x 89.95 = 90.078."""
    rows = parts("甲", "90.11", "89.95", total, 2) + parts("乙", "80.00", "80.00", "80.00", 3)
    report = audit(a_round(*rows), rulebook(城市=0.8, 未成年人=0.2))
    (found,) = kinds(report).values()
    assert found[0] == kind
    assert evidence in report.explanations["en"].iloc[0]
    assert evidence in report.text("en")


def test_parts_added_after_rounding_are_recognised():
    """0.8 x 90.13 = 72.104, 0.2 x 89.97 = 17.994: 90.098; rounded first 72.10 + 17.99 = 90.09."""
    rows = parts("甲", "90.13", "89.97", "90.09", 2) + parts("乙", "80.00", "80.00", "80.00", 3)
    report = audit(a_round(*rows), rulebook(城市=0.8, 未成年人=0.2))
    assert "parts_rounded" in kinds(report)[0]


def test_exchanged_shares_and_another_base_are_recognised():
    rows = [
        ("count", "甲", "问题数", "30", 2), ("share", "甲", "占比", "50.00%", 2),
        ("count", "乙", "问题数", "50", 3), ("share", "乙", "占比", "30.00%", 3),
        ("count", "丙", "问题数", "20", 4), ("share", "丙", "占比", "20.00%", 4),
    ]  # fmt: skip
    report = audit(a_round(*rows))
    assert [found[0] for found in kinds(report).values()] == ["swapped", "swapped"]
    assert "乙" in report.explanations["zh"].iloc[0]


def test_a_mean_that_leaves_a_row_out_is_recognised():
    rows = [
        ("total", unit, "总分", score, row)
        for unit, score, row in (("甲", "90.00", 2), ("乙", "80.00", 3), ("丙", "61.00", 4))
    ]
    report = audit(a_round(*rows, ("mean", "", "平均分", "85.00", 9)), rulebook(全部=1.0))
    assert kinds(report)[0][0] == "row_left_out"
    assert "丙" in report.explanations["zh"].iloc[0]


def test_a_rank_against_its_score_is_explained():
    scores = (("甲", "90.00", "1"), ("乙", "89.00", "3"), ("丙", "88.00", "2"), ("丁", "80.00", "4"))
    rows = [
        row
        for at, (unit, score, rank) in enumerate(scores, start=2)
        for row in (("total", unit, "总分", score, at), ("rank", unit, "名次", rank, at))
    ]
    report = audit(a_round(*rows))
    assert {found[0] for found in kinds(report).values()} == {"swapped"}


def test_the_real_error_has_its_digits_in_another_order():
    report = analysis.audit(RAW / "xianning-2022-08")
    assert report.explanations["explanation"].iloc[0] == "typed_wrong"
    assert "21.46" in report.text()
    assert "次序颠倒" in report.text()


def test_shares_that_miss_100_by_rounding_say_so():
    report = analysis.audit(RAW / "hangzhou-2017")
    assert set(report.explanations["explanation"]) == {"rounding"}
