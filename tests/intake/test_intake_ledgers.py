"""Duty logs, lists of evidence due, the quarterly form of member units."""

import pytest

from analysis import tables
from analysis.validation import validate

FORM = ["成员单位", "考核方式", "考核内容", "标准分", "扣分", "得分", "扣分原因"]


def errors(found):
    return [(p.code, p.row, p.value) for p in found.problems if p.severity == "error"]


def test_a_duty_log_is_read_without_names(based):
    rows = [
        ["甲区", "人民路", "2024-05-01", "上午", "张三", "到岗", "", ""],
        ["甲区", "人民路", "2024-05-01", "下午", "李四", "缺岗", "乱停车", "已劝离"],
        ["甲区", "北京路", "2024-05-01", "上午", "王五", "到岗", "", ""],
        ["甲区", "东市场", "", "上午", "王五", "在吗", "", ""],
    ]
    header = ["单位", "点位", "值守日期", "值守时段", "值守人员", "到岗情况", "存在问题", "处置情况"]
    based.book("值守.xlsx", 值守记录表=[header, *rows])
    found = based.read()
    assert [code for code, *_ in errors(found)] == ["unknown_site", "blank"]
    log = validate(found.table("duty_log"), "duty_log")
    assert list(log.on_duty) == ["present", "absent"]
    assert list(log.handled) == ["", "已劝离"]
    assert list(log.site) == ["人民路", "人民路"]
    assert not log.astype(str).apply(lambda column: column.str.contains("张三|李四")).to_numpy().any()
    assert [p.column for p in found.problems if p.code == "personal_data"] == ["值守人员"]


def test_a_list_of_evidence_due(based):
    header = ["责任单位", "申报材料", "时段", "报送时限", "图片数", "要求"]
    rows = [
        ["商务局", "诚信经营活动", "第二季度", "2024-06-20", 2, "标明主办单位"],
        ["宣传部", "先进模范宣传总结", "", "2024-06-25", "", ""],
        ["宣传部", "总结", "", "月底", "", ""],
    ]
    based.book("提示.xlsx", 材料申报提示=[header, *rows])
    found = based.read()
    assert errors(found)[0] == ("not_a_date", 4, "月底")
    due = validate(found.table("evidence_due"), "evidence_due")
    assert list(due.leaf) == ["M-1", ""]
    assert list(due.item) == ["M-1-1", ""]
    assert list(due.period) == ["Q2", ""]
    assert list(due.responsible_unit) == ["商务局", "宣传部"]
    assert list(due.unit) == ["", ""]


def test_the_quarterly_form(based):
    rows = [
        ["甲区", "现场查看", "巡查问题", 100, "", 97.5, "乱停车"],
        ["甲区", "现场查看", "公共厕所干净整洁", 3, 1, 2, ""],
        ["乙区", "现场查看", "巡查问题", 100, 4, 96, ""],
        ["乙区", "现场查看", "公共厕所干净整洁", 3, 1, 3, ""],
    ]
    based.book("考核.xlsx", 第一季度=[FORM, *rows])
    found = based.read()
    assert errors(found) == [("form_sum", 5, "3")]
    assert list(found.counts.kind)[-1] == "quarterly_form"
    assert list(found.observations.value) == [2.5, 1, 4]


WIDE = ["序号", "考核方式", "考核内容", "标准分", "甲区", "乙区", "合计"]


def wide(folder, *rows, header=WIDE, shape=None):
    folder.book("考核.xlsx", shape, 第一季度=[header, *rows])
    found = folder.read()
    assert list(found.counts.kind)[-1] == "quarterly_form_wide"
    frame = found.observations
    return found, list(zip(frame.unit, frame.item, frame.value, frame.status, frame.source_row, strict=True))


def test_the_quarterly_form_with_a_column_per_unit(based):
    found, rows = wide(
        based,
        [1, "现场查看", "巡查问题", 100, 97.5, 100, ""],
        [2, "现场查看", "公共厕所干净整洁", 3, 2, "", ""],
        [3, "翻阅资料", "制度建设", 10, "9分", "无数据", ""],
    )
    assert errors(found) == []
    assert rows == [
        ("甲区", "F-4-1", 2.5, 0, 2),
        ("乙区", "F-4-1", 0.0, 0, 2),
        ("甲区", "F-2-1", 1.0, 0, 3),
        ("乙区", "F-2-1", pytest.approx(float("nan"), nan_ok=True), tables.MISSING, 3),
        ("甲区", "", 9.0, 0, 4),
        ("乙区", "", pytest.approx(float("nan"), nan_ok=True), tables.MISSING, 4),
    ]
    assert list(found.counts.rows_read)[-1] == 3


def test_units_over_points_off_and_score(based):
    top = ["考核内容", "标准分", "甲区", None, "乙区", None]
    below = [None, None, "扣分", "得分", "扣分", "得分"]

    def shape(book):
        for area in ("A1:A2", "B1:B2", "C1:D1", "E1:F1"):
            book["第一季度"].merge_cells(area)

    found, rows = wide(based, below, ["巡查问题", 100, 4, 96, 1, 98], header=top, shape=shape)
    assert [(p.code, p.row, p.column) for p in found.problems if p.severity == "error"] == [
        ("form_sum", 3, "乙区/得分")
    ]
    based.book("考核.xlsx", shape, 第一季度=[top, below, ["巡查问题", 100, 4, 96, 1, 99]])
    assert list(based.read().observations.value) == [4, 1]


def test_points_off_over_units(based):
    def shape(book):
        for area in ("A1:A2", "B1:B2", "C1:D1"):
            book["第一季度"].merge_cells(area)

    header = ["考核内容", "标准分", "扣分", None]
    _, rows = wide(
        based, [None, None, "甲区", "乙区"], ["公共厕所干净整洁", 3, 0.5, ""], header=header, shape=shape
    )
    assert [(unit, value) for unit, _, value, *_ in rows] == [("甲区", 0.5), ("乙区", 0)]


def test_a_column_called_nearly_like_a_unit_is_an_error(based):
    header = ["考核方式", "考核内容", "标准分", "甲区", "乙区局"]
    found, rows = wide(based, ["现场查看", "巡查问题", 100, 97.5, 90], header=header)
    assert [(p.column, p.severity) for p in found.problems if p.code == "unknown_unit"] == [
        ("乙区局", "error")
    ]
    assert "是否指：乙区" in next(p.zh for p in found.problems if p.code == "unknown_unit")
    assert [unit for unit, *_ in rows] == ["甲区"]


def test_a_blank_score_of_the_form_is_missing_not_full_marks(based):
    header = ["成员单位", "考核方式", "考核内容", "标准分", "得分"]
    rows = [["甲区", "现场查看", "巡查问题", 100, ""], ["乙区", "现场查看", "巡查问题", 100, "/"]]
    based.book("考核.xlsx", 第一季度=[header, *rows])
    found = based.read()
    assert list(found.observations.status) == [tables.MISSING, tables.NOT_APPLICABLE]
    assert found.observations.value.isna().all()


@pytest.mark.parametrize("kind", ["field", "documents", "ratings"])
def test_full_marks_beside_other_kinds_do_not_make_them_forms(based, kind):
    extra = {"field": ["点位", "人民路"], "documents": ["时段", "Q1"], "ratings": ["评价部门", "省文明办"]}[
        kind
    ]
    item = {"field": "F-1-1", "documents": "M-1-1", "ratings": "M-2"}[kind]
    value = {"field": ["结果", "符合"], "documents": ["图片数", 2], "ratings": ["得分", 9]}[kind]
    header = ["单位", extra[0], "编号", "标准分", "评分标准", value[0]]
    based.book("a.xlsx", 表=[header, ["甲区", extra[1], item, 10, "标准", value[1]]])
    assert based.read().counts.set_index("file").loc["a.xlsx", "kind"] == kind


DUE = ["申报材料", "时段", "报送单位", "报送时限", "报送情况"]


def test_periods_by_their_other_names_and_what_was_handed_in(based):
    rows = [
        ["诚信经营活动", "三一五", "市监局", "2024-03-20", "已报"],
        ["活动总结", "5月", "商务局", "2024-05-31", ""],
    ]
    based.book("提示.xlsx", 提示=[DUE, *rows, ["简报", "", "商务局", "2024-05-31", "不知道"]])
    found = based.read()
    frame = found.frames["evidence_due"]
    assert list(frame.period) == ["3·15", "05"]
    assert list(frame.submitted) == ["submitted", ""]
    assert [(p.code, p.row) for p in found.problems if p.severity == "error"] == [("not_allowed", 4)]


def test_material_called_nearly_like_evidence_of_the_rules_is_said(based):
    based.book("提示.xlsx", 提示=[DUE, ["诚信经营活动材料", "", "商务局", "2024-05-31", ""]])
    (said,) = [p for p in based.read().problems if p.code == "other_material"]
    assert "诚信经营活动？" in said.zh


@pytest.mark.parametrize("written", ["3.15", "315", "三一五", "3月15日", "3•15", "国际消费者权益日"])
def test_a_node_by_its_other_names(based, written):
    head = ["单位", "测评内容", "时段", "图片数", "活动名称"]
    based.book("资料.xlsx", 资料=[head, ["甲区", "诚信经营活动", written, 2, "a"]])
    assert list(based.read().observations.period) == ["3·15"]


def test_a_cost_in_another_unit_is_refused(based):
    """0.05万元 is 500 yuan, not 0.05."""
    based.book("费用.xlsx", 费用=[["失分原因", "费用"], ["市容环境", "0.05万元"], ["交通秩序", "500元"]])
    found = based.read()
    assert [(p.code, p.row) for p in found.problems if p.severity == "error"] == [("not_a_number", 2)]
    assert list(found.frames["costs"].cost) == [500]


def test_columns_of_numbers_that_count_nowhere_are_a_warning(based):
    head = ["城市", "材料审核", "实地考查", "增减"]
    based.book("给定.xlsx", 给定=[head, ["甲区", 90, 88, "+1"]])
    said = [(p.code, p.column, p.severity) for p in based.read().problems if p.column]
    assert said == [("unused_numbers", "实地考查", "warning"), ("unused_column", "增减", "notice")]
    head = ["单位", "指标名称", "2023年完成值", "2024年1-6月"]
    based.book("给定.xlsx", 指标=[head, ["甲区", "道路照明亮灯率", "97.5%", "98%"]])
    found = based.read()
    assert [(p.code, p.column) for p in found.problems if p.column] == [("unused_numbers", "2024年1-6月")]
    assert list(found.observations.period) == ["2023"]
