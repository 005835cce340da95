"""What survey tools export, and counts of answers in all their forms, against numbers worked out by hand."""

import pytest

from analysis.intake.rows.answers import split
from analysis.intake.words.kinds import key, option_key, question_of

CLEAN, TRAFFIC = "您对环境卫生满意吗?", "您对交通秩序满意吗?"
KNOWN = frozenset(map(key, ("满意", "基本满意", "不满意", "不清楚")))
SCORES = frozenset(map(key, ("9—10分", "6分以下")))
META = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "1、您所在的区县"]


def respondent(number, unit="甲区"):
    return [number, f"2024/5/{number} 10:00:00", "60秒", "微信", "N/A", "10.0.0.1", unit]


def answers(found, item="Q-1-1"):
    rows = found.observations[found.observations["item"].astype(str) == item]
    return [(r.respondent, r.answer, r["count"], r.status) for _, r in rows.iterrows()]


def said(found, *severities):
    return [(p.code, p.row, p.column) for p in found.problems if p.severity in (severities or ("error",))]


@pytest.mark.parametrize(
    "header",
    [
        f"3.{CLEAN}|满意",
        f"Q3.{CLEAN}[多选题]:满意",
        f"3、{CLEAN}（可多选）【满意】",
        f"3. {CLEAN}—满意",
        f"一、{CLEAN}（满意）",
    ],
)
def test_more_headers_of_one_option(header):
    assert question_of(header, {key(CLEAN): KNOWN}) == (key(CLEAN), "满意")


def test_an_option_that_holds_a_dash_has_a_column_of_its_own():
    assert question_of("7、您打几分（9—10分）", {key("您打几分"): SCORES}) == ("您打几分", key("9—10分"))


@pytest.mark.parametrize(
    "header",
    [f"3、请评价以下方面—{CLEAN}", f"3({CLEAN})", f"3、评价[矩阵单选题]:{CLEAN}", "3您对环境卫生满意吗"],
)
def test_a_line_of_a_matrix_is_its_question(header):
    assert question_of(header, {key(CLEAN): KNOWN})[0] in (key(CLEAN), key(CLEAN).rstrip("?"))


@pytest.mark.parametrize("header", ["3(满意)", "Q3_满意", "12345热线", "您的建议-其他"])
def test_headers_that_name_no_question(header):
    assert question_of(header, {key(CLEAN): KNOWN}) == ("", "")


def test_free_text_beside_an_option_is_left_out():
    assert option_key("其他〖停车太乱，没人管〗") == "其他"


def test_free_text_may_hold_what_parts_the_answers():
    assert split("满意;其他〖太吵;太乱〗", KNOWN | {"其他"}) == ("满意", "其他")


def test_not_put_and_not_answered_are_told_apart(based):
    head = [*META, f"3、{CLEAN}", *(f"4、{TRAFFIC}({one})" for one in ("满意", "不满意"))]
    rows = [
        [*respondent(1), "(跳过)", 1, 0],
        [*respondent(2), "-3", "-3", "-3"],
        [*respondent(3), "(空)", "(跳过)", "(跳过)"],
        [*respondent(4), -2, "未选中", "选中"],
        [*respondent(5), "满意", "", ""],
    ]
    based.book("a.xlsx", 答卷=[head, *rows])
    found = based.read()
    assert said(found) == []
    assert [(who, status) for who, _, _, status in answers(found)] == [
        ("1", 2),
        ("2", 2),
        ("3", 1),
        ("4", 1),
        ("5", 0),
    ]
    assert answers(found, "Q-1-2") == [
        ("1", "满意", 1, 0), ("2", "", 1, 2), ("3", "", 1, 2),
        ("4", "不满意", 1, 0), ("5", "", 1, 1),
    ]  # fmt: skip
    assert set(found.observations.date.dt.strftime("%m-%d")) == {f"05-0{day}" for day in range(1, 6)}


def test_answers_that_count_nowhere_are_a_warning(based):
    head = [*META, f"3、{CLEAN}", "4(满意)", "4(不满意)", "5、您的住房", "6、您对绿化满意吗"]
    based.book("a.xlsx", 答卷=[head, [*respondent(1), "满意", 1, 0, "自有", "满意"]])
    found = based.read()
    assert said(found, "warning") == [
        ("unused_answers", None, name) for name in ("4(满意)", "4(不满意)", "6、您对绿化满意吗")
    ]
    assert said(found, "notice")[0] == ("unused_column", None, "5、您的住房")


def test_numbers_of_options_are_refused_with_what_to_do(based):
    based.book(
        "a.xlsx", 答卷=[["单位", "问卷编号", CLEAN], ["甲区", 1, 2], ["甲区", 2, "B"], ["甲区", 3, "很好"]]
    )
    found = based.read()
    assert said(found) == [
        ("numbered_answer", 2, CLEAN),
        ("numbered_answer", 3, CLEAN),
        ("not_allowed", 4, CLEAN),
    ]


def test_the_rate_of_answers_by_hand(based):
    """满意; 满意 and 基本满意 by halves; 不满意; 不清楚 in the base: (1 + 0.9 + 0 + 0) / 4."""
    head = ["单位", "问卷编号", f"{CLEAN}[多选题]"]
    rows = [["满意"], ["满意┋基本满意〖还行〗"], ["不满意"], ["不清楚"], ["(跳过)"], ["(空)"]]
    based.book(
        "a.xlsx", 答卷=[head, *(["甲区", at, *row] for at, row in enumerate(rows)), ["乙区", 9, "满意"]]
    )
    found = based.read()
    assert said(found) == []
    rate = 1.9 / 4
    rows = found.observations[(found.observations.unit == "甲区") & (found.observations.status == 0)]
    points = {"满意": 1.0, "基本满意": 0.8, "不满意": 0.0, "不清楚": 0.0}
    assert (rows.answer.map(points).astype(float) * rows["count"]).sum() / rows[
        "count"
    ].sum() == pytest.approx(rate)


COUNTS = {"满意": 60.0, "基本满意": 20.0, "不满意": 15.0, "不清楚": 5.0}


def counted(found):
    rows = found.observations
    return dict(zip(rows.answer.astype(str), rows["count"], strict=True))


@pytest.mark.parametrize(
    "rows",
    [
        [
            ["单位", "题目", "有效样本", "满意占比", "基本满意占比", "不满意占比", "不清楚占比"],
            ["甲区", CLEAN, 100, "60%", "20%", "15%", "5%"],
        ],
        [
            ["单位", "题目", "样本量", "满意(%)", "基本满意(%)", "不满意(%)", "不清楚(%)"],
            ["甲区", CLEAN, 100, 60, 20, 15, 5],
        ],
        [
            ["单位", "题目", "有效份数", "满意", "基本满意", "不满意", "不清楚", "合计", "满意率"],
            ["甲区", CLEAN, 100, 60, 20, 15, 5, 100, "80%"],
        ],
        [
            ["单位", "题目", "合计", "满意人数", "满意占比", "基本满意", "不满意", "不清楚"],
            ["甲区", CLEAN, 100, 60, "60%", 20, 15, 5],
        ],
        [
            ["单位", "题目", "有效样本", "选项", "占比"],
            *(["甲区", CLEAN, 100, one, n / 100] for one, n in COUNTS.items()),
        ],
        [
            ["单位", "题目", "选项", "份数", "占比"],
            *(["甲区", CLEAN, one, n, f"{n:g}%"] for one, n in COUNTS.items()),
        ],
        [
            ["单位", "题目", "选项", "有效份数"],
            *(["甲区", CLEAN, one, n] for one, n in COUNTS.items()),
            ["甲区", CLEAN, "合计", 100],
        ],
    ],
)
def test_counts_and_portions_of_a_sample_are_the_same_people(based, rows):
    based.book("a.xlsx", 汇总=rows)
    found = based.read()
    assert said(found, "error", "warning") == []
    assert counted(found) == pytest.approx(COUNTS)


def test_portions_without_a_sample_and_parts_of_people_are_refused(based):
    head = ["单位", "题目", "满意", "不满意"]
    based.book("a.xlsx", 汇总=[head, ["甲区", CLEAN, "60%", "40%"], ["乙区", CLEAN, 0.6, 0.4]])
    assert {code for code, *_ in said(based.read())} == {"portion_alone", "not_whole"}
    based.book("a.xlsx", 汇总=[["单位", "题目", "选项", "占比"], ["甲区", CLEAN, "满意", "60%"]])
    assert said(based.read()) == [("portion_alone", 2, "占比")]


def test_counts_that_do_not_add_up_are_told(based):
    head = ["单位", "题目", "有效样本", "选项", "人数", "占比"]
    rows = [["甲区", CLEAN, 100, "满意", 60, "60%"], ["甲区", CLEAN, 100, "不满意", 38, "48%"]]
    more = [
        ["乙区", f"{CLEAN}（多选）", 50, "满意", 40, "80%"],
        ["乙区", f"{CLEAN}（多选）", 50, "不满意", 30, "60%"],
    ]
    based.book("a.xlsx", 汇总=[head, *rows, *more])
    found = based.read()
    assert said(found) == []
    assert said(found, "warning") == [("counts_differ", 2, "有效样本"), ("portion_differs", 3, "占比")]
    assert "98" in next(p.zh for p in found.problems if p.code == "counts_differ")


def test_counts_per_stratum_and_channel_stay_apart(based):
    head = ["单位", "层", "题目", "答案", "人数"]
    rows = [
        ["甲区", one, CLEAN, said_, n]
        for one, said_, n in (("街头", "满意", 60), ("入户", "满意", 10), ("入户", "不满意", 40))
    ]
    based.book("a.xlsx", 汇总=[head, *rows])
    found = based.read()
    frame = found.observations
    assert list(zip(frame.stratum, frame["count"], strict=True)) == [("街头", 60), ("入户", 10), ("入户", 40)]
    head = ["单位", "评议项目", "评议方式", "评价结果", "票数"]
    votes = [
        ["甲区", CLEAN, "微信", "满意", 300],
        ["甲区", CLEAN, "电话", "不满意", 10],
        ["甲区", CLEAN, "合计", "", 310],
    ]
    based.book("a.xlsx", 评议=[head, *votes])
    found = based.read()
    assert said(found, "error", "warning") == []
    assert len(found.observations) == 2


def test_a_question_over_its_options_reads_as_one_column_would(based):
    merge = lambda book: [book["答卷"].merge_cells(one) for one in ("A1:A2", "B1:B2", "C1:E1")] and None  # noqa: E731
    rows = [["单位", "问卷编号", f"3、{CLEAN}", None, None], [None, None, "满意", "基本满意", "不满意"]]
    based.book("a.xlsx", merge, 答卷=[*rows, ["甲区", 1, 1, 0, 0], ["甲区", 2, 1, 1, 0]])
    found = based.read()
    assert said(found) == []
    assert answers(found) == [("1", "满意", 1, 0), ("2", "满意", 0.5, 0), ("2", "基本满意", 0.5, 0)]


def test_the_columns_that_other_survey_tools_put_around_the_answers(based):
    head = [
        "编号",
        "开始答题时间",
        "结束答题时间",
        "答题时长",
        "语言",
        "用户类型",
        "用户标识",
        "昵称",
        "IP",
        "UA",
    ]
    row = [
        7,
        "2024-05-01 23:58:00",
        "2024-05-02 00:01:00",
        "3分",
        "中文",
        "匿名",
        "u1",
        "小王",
        "10.0.0.1",
        "x",
    ]
    asked = ["1.您所在的区县", f"Q2_{CLEAN}", f"3.{TRAFFIC}(多选):满意", f"3.{TRAFFIC}(多选):不满意"]
    based.book("a.xlsx", 答卷=[[*head, *asked], [*row, "甲区", "满意", 1, 0]])
    found = based.read()
    assert said(found, "error", "warning") == []
    assert [column for code, _, column in said(found, "notice")] == ["用户标识", "昵称", "IP"]
    assert answers(found) == [("7", "满意", 1, 0)]
    assert set(found.observations.date.astype(str)) == {"2024-05-02"}
