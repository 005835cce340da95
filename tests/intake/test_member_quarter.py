"""A quarter of the member units from sheets written as offices do, long and wide, against points by hand."""

import openpyxl
import pytest
import yaml

from analysis import intake, scoring
from analysis.framework import library

RULES = "member-units-2024-q1"
KNOWN, JOINED = "您知道本单位承担的创建任务吗", "您参加过本单位的志愿服务吗"
RATED = "您对该单位的创建工作满意吗"
UNITS = [["成员单位", "分组"], ["城管局", "default"], ["公安局", "default"]]
PAPERS = [
    ["单位", "测评内容", "月份", "图片数", "参加人数", "主办单位", "活动名称"],
    *(["城管局", "每月主题活动", month, 2, 12, "局办", month] for month in ("1月", "2月", "3月")),
    *(["公安局", "每月主题活动", month, 2, 8, "局办", month] for month in ("1月", "2月", "3月")),
]
STAFF = [
    ["单位", "题目", "是", "否", "不清楚"],
    ["城管局", KNOWN, 8, 1, 1],
    ["城管局", JOINED, 6, 4, 0],
    ["公安局", KNOWN, 10, 0, 0],
    ["公安局", JOINED, 9, 1, 0],
]
CITIZENS = [
    ["单位", "评议项目", "评议方式", "评价结果", "票数"],
    ["城管局", RATED, "微信", "满意", 30],
    ["城管局", RATED, "电话", "基本满意", 10],
    ["城管局", RATED, "电话", "不清楚", 60],
    ["公安局", RATED, "微信", "满意", 50],
    ["公安局", RATED, "微信", "不满意", 50],
]
LONG = [
    ["成员单位", "考核季度", "考核方式", "考核内容", "标准分", "扣分", "得分", "等级", "存在问题"],
    ["城管局", "一季度", "现场查看", "办公区、宿舍区环境脏乱", 100, 2, 98, "", "垃圾"],
    ["城管局", "一季度", "现场查看", "车辆停放无序", 100, 1, 99, "", "乱停"],
    ["公安局", "一季度", "现场查看", "办公区、宿舍区环境脏乱", 100, 0, 100, "", ""],
    ["城管局", "一季度", "现场查看", "小广告", 100, 4, 96, "", ""],
    ["公安局", "一季度", "现场查看", "小广告", 100, None, 95, "", ""],
    ["城管局", "一季度", "听取汇报", "组织领导与工作部署", None, None, None, "优秀", ""],
    ["城管局", "一季度", "听取汇报", "问题整改情况", None, None, None, "一般", ""],
    ["公安局", "一季度", "听取汇报", "组织领导与工作部署", None, None, None, "良好", ""],
    ["公安局", "一季度", "听取汇报", "问题整改情况", None, None, None, "良好", ""],
    ["城管局", "一季度", "翻阅资料", "台账缺项", 20, 3, 17, "", ""],
    ["公安局", "一季度", "翻阅资料", "台账缺项", 20, 0, 20, "", ""],
]
WIDE = [
    ["2024年第一季度成员单位考核表"],
    ["考核方式", "考核内容", "标准分", "城管局", None, None, "公安局", None, None],
    [None, None, None, "扣分", "得分", "等级", "扣分", "得分", "等级"],
    ["现场查看", "办公区、宿舍区环境脏乱", 100, 3, 97, None, 0, 100, None],
    ["现场查看", "小广告", 100, 4, 96, None, 5, 95, None],
    ["听取汇报", "组织领导与工作部署", None, None, None, "优秀", None, None, "良好"],
    ["听取汇报", "问题整改情况", None, None, None, "一般", None, None, "良好"],
    ["翻阅资料", "台账缺项", 20, 3, 17, None, 0, 20, None],
]


@pytest.mark.parametrize("form", [LONG, WIDE], ids=["long", "wide"])
def test_a_quarter_by_hand(tmp_path, form):
    """城管局: site 0.6 x 0.97 + 0.4 x 0.96, report (1 + 0.7) / 2, papers 0.6 + 0.4 x 17/20, staff 14/20.

    Its citizens: (30 + 8) / 40, without the 60 who do not know. 公安局: eight persons are two too few, each
    of its activities counts half.
    """
    info = {"id": "q1", "title": {"zh": "合成", "en": "Synthetic"}, "date": "2024-04-05", "kind": "local"}
    info |= {"composition": RULES, "synthetic": True, "period": "2024-Q1"}
    (tmp_path / "round.yml").write_text(yaml.safe_dump(info, allow_unicode=True), encoding="utf-8")
    for name, rows in (
        ("名册", UNITS),
        ("资料", PAPERS),
        ("问卷", STAFF),
        ("评议", CITIZENS),
        ("考核表", form),
    ):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / f"{name}.xlsx")
    found = intake.load(tmp_path)
    assert [one.text("zh") for one in found.problems] == []
    scores = scoring.evaluate(found, library.load(RULES)).scores.set_index("unit").composite
    urban = 100 * (0.4 * (0.6 * 0.97 + 0.4 * 0.96) + 0.15 * 0.85 + 0.25 * 0.94 + 0.1 * 0.7 + 0.1 * 0.95)
    police = 100 * (0.4 * (0.6 * 1 + 0.4 * 0.95) + 0.15 * 0.85 + 0.25 * 0.7 + 0.1 * 0.95 + 0.1 * 0.5)
    assert scores.to_dict() == pytest.approx({"城管局": urban, "公安局": police}, abs=1e-9)
    assert (round(urban, 2), round(police, 2)) == (91.39, 83.95)
