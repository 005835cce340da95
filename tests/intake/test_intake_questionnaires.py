"""Questionnaires in the forms survey tools and offices write them."""

import pytest

from analysis.intake.rows.answers import split
from analysis.intake.words.kinds import key, question_of

CLEAN, TRAFFIC = "您对环境卫生满意吗?", "您对交通秩序满意吗?"
KNOWN = frozenset(map(key, ("满意", "基本满意", "不满意", "不清楚")))


def answers(found):
    rows = found.observations
    return [(r.respondent, r["item"], r.answer, r["count"], r.status) for _, r in rows.iterrows()]


def errors(found):
    return [(p.code, p.row, p.value) for p in found.problems if p.severity == "error"]


@pytest.mark.parametrize(
    "header",
    [
        f"1、{CLEAN}",
        "Q1.您对环境卫生满意吗？",
        "Q1 您对环境卫生满意吗",
        f"2、{CLEAN}[单选题]",
        f"（3）{CLEAN}（可多选）",
    ],
)
def test_headers_of_survey_tools_name_their_question(header):
    assert question_of(header, {key(CLEAN): KNOWN}) == (key(CLEAN), "")


@pytest.mark.parametrize(
    "header", [f"{CLEAN}:满意", f"1、{CLEAN}（满意）", f"Q1.{CLEAN}_A.满意", "您对环境卫生满意吗/满意"]
)
def test_headers_of_one_option_name_question_and_option(header):
    assert question_of(header, {key(CLEAN): KNOWN}) == (key(CLEAN), "满意")


def test_an_export_with_a_row_per_respondent(based):
    header = [
        "序号",
        "提交答卷时间",
        "所用时间",
        "来自IP",
        "1、您所在的区县",
        f"2、{CLEAN}",
        f"3、{TRAFFIC}[单选题]",
    ]
    rows = [
        [1, "2024-05-01 10:00:00", "60秒", "10.0.0.1", "甲区", "A.满意", "不满意"],
        [2, "2024-05-01 11:00:00", "61秒", "10.0.0.2", "乙区", "(跳过)", "不清楚"],
    ]
    based.book("问卷.xlsx", 答卷=[header, *rows])
    found = based.read()
    assert not errors(found)
    assert answers(found) == [
        ("1", "Q-1-1", "满意", 1, 0),
        ("1", "Q-1-2", "不满意", 1, 0),
        ("2", "Q-1-1", "", 1, 2),
        ("2", "Q-1-2", "不清楚", 1, 0),
    ]
    assert [p.column for p in found.problems if p.code == "personal_data"] == ["来自IP"]


@pytest.mark.parametrize("between", ["; ", "；", "┋", "、", "|"])
def test_several_answers_count_one_respondent(based, between):
    rows = [["甲区", "r1", f"满意{between}基本满意", "满意"], ["甲区", "r2", "不满意", "满意"]]
    based.book("问卷.xlsx", 答卷=[["单位", "问卷编号", CLEAN, TRAFFIC], *rows])
    found = based.read()
    assert not errors(found)
    first = [row for row in answers(found) if row[1] == "Q-1-1"]
    assert [(who, said, share) for who, _, said, share, _ in first] == [
        ("r1", "满意", 0.5),
        ("r1", "基本满意", 0.5),
        ("r2", "不满意", 1),
    ]
    (said,) = [p for p in found.problems if p.code == "several_answers"]
    assert said.value == f"满意{between}基本满意"


def test_a_question_with_one_answer_refuses_two(based):
    rows = [["甲区", "r1", "满意;不满意"], ["甲区", "r2", "不满意"]]
    based.book("问卷.xlsx", 答卷=[["单位", "问卷编号", f"{CLEAN}[单选题]"], *rows])
    assert errors(based.read()) == [("not_allowed", 2, "满意;不满意")]
    based.book("问卷.xlsx", 答卷=[["单位", "问卷编号", f"{CLEAN}[多选题]"], *rows])
    found = based.read()
    assert not errors(found)
    assert "several_answers" not in {p.code for p in found.problems}


def test_one_column_per_option(based):
    options = ["满意", "基本满意", "不满意"]
    header = ["单位", "问卷编号", *(f"{CLEAN}（{one}）" for one in options), TRAFFIC]
    rows = [
        ["甲区", "r1", 1, 0, 0, "满意"],
        ["甲区", "r2", 1, 1, 0, "满意"],
        ["甲区", "r3", 0, 0, 0, "满意"],
        ["甲区", "r4", "√", "", "", "满意"],
        ["甲区", "r5", 2, 0, 0, "满意"],
    ]
    based.book("问卷.xlsx", 答卷=[header, *rows])
    found = based.read()
    assert errors(found) == [("not_allowed", 6, "2")]
    assert [row for row in answers(found) if row[1] == "Q-1-1"] == [
        ("r1", "Q-1-1", "满意", 1, 0),
        ("r2", "Q-1-1", "满意", 0.5, 0),
        ("r2", "Q-1-1", "基本满意", 0.5, 0),
        ("r3", "Q-1-1", "", 1, 1),
        ("r4", "Q-1-1", "满意", 1, 0),
    ]


def test_one_row_per_answer_may_hold_several(based):
    header = ["单位", "问卷编号", "题目", "答案"]
    rows = [["甲区", "r1", f"1、{CLEAN}", "满意;基本满意"], ["甲区", "r1", TRAFFIC, "B.不满意"]]
    based.book("问卷.xlsx", 答案=[header, *rows])
    found = based.read()
    assert not errors(found)
    assert [(a, c) for _, _, a, c, _ in answers(found)] == [("满意", 0.5), ("基本满意", 0.5), ("不满意", 1)]


def test_counts_with_a_column_per_option(based):
    header = ["单位", "题目", "A.满意", "基本满意(人)", "不满意人数", "不清楚"]
    rows = [["甲区", CLEAN, 60, 20, 15, 5], ["甲区", TRAFFIC, 10, "", 0, 0], ["乙区", CLEAN, "", "", "", ""]]
    based.book("汇总.xlsx", 汇总=[header, *rows])
    found = based.read()
    assert [code for code, *_ in errors(found)] == ["blank"] * 4
    rows = found.observations
    assert list(rows["count"]) == [60, 20, 15, 5, 10, 0, 0]
    assert list(rows.answer[:4]) == ["满意", "基本满意", "不满意", "不清楚"]


def test_the_same_respondent_twice_is_refused(based):
    rows = [["甲区", "r1", "满意;基本满意"], ["甲区", "r1", "满意;基本满意"]]
    based.book("问卷.xlsx", 答卷=[["单位", "问卷编号", CLEAN], *rows])
    assert {code for code, *_ in errors(based.read())} == {"duplicate"}


def test_only_known_answers_are_taken_apart():
    assert split("满意、基本满意", KNOWN) == ("满意", "基本满意")
    assert split("满意、很好", KNOWN) == ("满意、很好",)
    assert split("满意、基本满意", KNOWN | {"满意、基本满意"}) == ("满意、基本满意",)
    assert split("", KNOWN) == ("",)


def test_an_option_nobody_knows_and_a_unit_nobody_knows_are_said_once(based):
    header = ["单位", "题目", "满意", "基本满意", "不满意", "很不好说"]
    rows = [["甲区", "您对环境卫生满意吗?", 50, 30, 5, 9], ["丙区", "您对环境卫生满意吗?", 5, 3, 5, 9]]
    based.book("汇总.xlsx", 汇总=[header, *rows])
    found = based.read()
    said = [(p.code, p.row, p.column, p.severity) for p in found.problems if p.severity != "notice"]
    assert said == [("unused_option", None, "很不好说", "warning"), ("unknown_unit", 3, "单位", "error")]
