"""Duty logs, lists of evidence due, the quarterly form of member units."""

import pytest

from analysis import tables

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
    log = tables.validate(found.table("duty_log"), "duty_log")
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
    due = tables.validate(found.table("evidence_due"), "evidence_due")
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
