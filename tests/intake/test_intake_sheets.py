"""Every kind of sheet, as offices write it, becomes the table it should."""

import datetime as dt

import numpy as np
import pytest

from analysis import intake, tables
from analysis.errors import DataError
from analysis.validation import validate

FIELD = ["单位", "点位", "编号", "测评内容", "结果", "扣分", "等级", "处数", "情形", "存在问题", "日期"]
DAY = dt.date(2024, 5, 1)


def observed(found, **where):
    frame = found.observations
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame


def one(found, **where):
    frame = observed(found, **where)
    assert len(frame) == 1
    return frame.iloc[0]


def clean(found):
    """No row was put aside, every table keeps its contract, and the counts add up."""
    assert [p.text() for p in found.problems if p.severity != "notice"] == []
    for name, frame in found.frames.items():
        if name in tables.TABLES:
            validate(frame, name)
    assert (found.counts.rows_read == found.counts.rows_used + found.counts.rows_rejected).all()
    return found


def test_field_inspections_take_type_place_origin_and_duty_from_the_register(based):
    based.book(
        "实地考察.xlsx",
        点位记录=[
            ["2024年实地考察记录"],
            FIELD,
            ["甲区", "人民路", "F-1-1", "", "不符合", None, None, None, "", "小广告", DAY],
            ["甲区", "人民路", "F-1-2", "", "√", None, None, None, "", "", DAY],
            ["甲区", "东市场", "", "公共厕所干净整洁", None, 1.5, None, 3, "重复出现、雨天", "异味", DAY],
            ["甲区", "东市场", "", "公益广告", None, None, None, None, "", "", DAY],
            ["乙区", "解放路", "", "公益广告", "不涉及", None, None, None, "", "", DAY],
            ["乙区", "解放路", "", "总体秩序", None, None, "良", None, "", "", DAY],
            [],
            ["注：以上为合成数据。"],
        ],
    )
    found = clean(based.read())
    row = one(found, item="F-1-1")
    assert (row.unit, row.place, row.site_type, row.origin, row.territory) == (
        "甲区", "城关街道", "road", "random", "城管局",
    )  # fmt: skip
    assert (row.value, row.status, row.source_row, row.visit) == (0.0, 0, 3, "2024-05-01")
    assert one(found, item="F-1-2", unit="甲区").value == 1.0
    assert one(found, item="F-1-2", unit="乙区").status == tables.NOT_APPLICABLE
    deduction = one(found, item="F-2-1")
    assert (deduction.value, deduction["count"], deduction["flags"]) == (1.5, 3.0, "found_again|雨天")
    assert one(found, item="F-2-2").value == 0.0
    assert one(found, item="F-3-1").answer == "良"
    assert found.observations.row_id.tolist() == list(range(6))
    assert list(found.counts.rows_used) == [2, 3, 6]


def test_blank_cells_are_missing_but_a_blank_deduction_is_zero(based):
    based.book(
        "a.xlsx",
        记录=[
            ["单位", "点位", "编号", "结果", "扣分"],
            ["甲区", "人民路", "F-1-1", None, None],
            ["甲区", "人民路", "F-1-2", "无数据", None],
            ["甲区", "东市场", "F-2-1", None, None],
            ["甲区", "东市场", "F-2-2", "不符合", None],
        ],
    )
    found = clean(based.read())
    assert [one(found, item=item).status for item in ("F-1-1", "F-1-2", "F-2-1")] == [1, 1, 0]
    assert one(found, item="F-2-1").value == 0.0
    assert np.isnan(one(found, item="F-2-2").value)


def test_points_on_top_are_negative(based):
    rows = [["单位", "测评内容", "点位类型", "扣分", "加分"], ["甲区", "巡查问题", "主次干道", 3, 1]]
    based.book("a.xlsx", 巡查=rows)
    assert one(clean(based.read()), leaf="F-4").value == 2.0


def test_documents_ratings_and_evidence(based):
    based.book(
        "材料审核.xlsx",
        材料=[
            ["单位", "测评内容", "时段", "图片数", "参与人数", "主办单位", "情形"],
            ["甲区", "诚信经营活动", "第一季度", "3张", "25人", "商务局", ""],
            ["甲区", "诚信经营活动", "3・15", 1, 8, "", "画面不文明"],
        ],
        评分=[["单位", "指标名称", "得分", "评价部门"], ["甲区", "制度建设", "8.5分", "省委宣传部"]],
    )
    found = clean(based.read())
    assert observed(found, leaf="M-1").period.tolist() == ["Q1", "3·15"]
    first = observed(found, leaf="M-1").iloc[0]
    assert (first.pictures, first.participants, first.organiser) == (3, 25, "商务局")
    assert observed(found, leaf="M-1")["flags"].tolist() == ["", "uncivil"]
    rating = one(found, leaf="M-2")
    assert (rating.value, rating.assessor) == (8.5, "省委宣传部")


def test_questionnaires_in_three_forms_give_the_same_answers(based):
    based.book(
        "问卷.xlsx",
        逐题=[
            ["单位", "问卷编号", "题号", "答案", "层", "社区", "抽样权重"],
            ["甲区", "001", "Q-1-1", "满意", "入户", "一社区", 1.5],
            ["甲区", "001", "Q-1-2", "不清楚", "入户", "一社区", 1.5],
        ],
        逐人=[
            ["单位", "答卷编号", "1、您对环境卫生满意吗？", "2.您对交通秩序满意吗？"],
            ["甲区", "A1", "基本满意", "不满意"],
            ["甲区", "A2", "满意", ""],
        ],
        汇总=[["单位", "题目", "选项", "人数"], ["乙区", "您对环境卫生满意吗?", "满意", 80]],
        市民评议=[
            ["单位", "评议内容", "评价等次", "票数", "评议方式"],
            ["乙区", "Q-1-2", "满意", 12, "微信"],
        ],
    )
    found = clean(based.read())
    row = one(found, respondent="001", item="Q-1-1")
    assert (row.answer, row.stratum, row.cluster, row.design_weight) == ("满意", "入户", "一社区", 1.5)
    assert observed(found, source_sheet="逐人").answer.tolist() == ["基本满意", "不满意", "满意", ""]
    assert observed(found, source_sheet="逐人").status.tolist() == [0, 0, 0, 1]
    assert one(found, source_sheet="汇总")["count"] == 80
    assert one(found, source_sheet="市民评议").stratum == "微信"


def test_indicator_values_by_year_long_and_wide(based):
    based.book(
        "指标.xlsx",
        长=[["单位", "指标名称", "年度", "指标值"], ["甲区", "道路照明亮灯率", 2024.0, "98.06%"]],
        宽=[["单位", "指标名称", "2023年", "2024年"], ["乙区", "道路照明亮灯率", "９７．５", "无数据"]],
    )
    found = clean(based.read())
    long = one(found, source_sheet="长")
    assert (long.value, long.period) == (98.06, "2024")
    assert observed(found, source_sheet="宽").period.tolist() == ["2023", "2024"]
    assert observed(found, source_sheet="宽").status.tolist() == [0, 1]


def test_given_scores_wide_keep_total_and_rank_as_published(based):
    based.book(
        "得分.xlsx",
        得分=[
            ["单位", "材料审核（100分）", "field", "综合得分", "排名"],
            ["甲区", 90.5, "85%", 88.1, "第一名"],
            ["乙区", "/", 80, 79.9, "并列第2"],
        ],
    )
    found = clean(based.read())
    assert one(found, unit="甲区", leaf="material").value == 90.5
    assert one(found, unit="甲区", leaf="field").value == 85
    assert one(found, unit="乙区", leaf="material").status == tables.NOT_APPLICABLE
    published = found.table("published")
    assert published[published.measure == "rank"].value.tolist() == [1, 2]
    assert published[published.measure == "total"].printed.tolist() == ["88.1", "79.9"]


def test_villages_are_places(based):
    rows = [["单位", "村名", "测评内容", "点位类型", "结果"], ["甲区", "大庭村", "无垃圾", "行政村", "是"]]
    based.book(
        "村.xlsx", 下属单位名册=[["单位", "行政村"], ["甲区", "大庭村"], ["甲区", "城关街道"]], 考察=rows
    )
    row = one(clean(based.read()), component="villages")
    assert (row.place, row.leaf, row["item"]) == ("大庭村", "V-1", "V-1-1")


def test_other_tables(based):
    based.book(
        "其他.xlsx",
        加分=[
            ["单位", "加分项", "申报分值", "认定结果"],
            ["甲区", "文化事业", 1.5, "通过"],
            ["乙区", "culture", 1, ""],
        ],
        负面=[["单位", "负面清单项", "发生日期"], ["乙区", "弄虚作假", "2024年3月1日"]],
        整改=[
            ["单位", "点位", "测评内容", "存在问题", "责任单位", "整改时限", "复核结果"],
            ["甲区", "人民路", "无小广告", "墙面小广告", "城管局", 45413, "反弹"],
        ],
        抽样框=[["单位", "层", "类别", "总体数"], ["甲区", "入户", "", "1,234户"]],
        历年=[["单位", "年度", "综合得分"], ["甲区", "2023年", 88.2]],
        费用=[["失分原因", "单项费用"], ["facilities", 500]],
    )
    found = clean(based.read())
    assert found.table("bonus_claims").status.tolist() == ["approved", "pending"]
    event = found.table("negative_events").iloc[0]
    assert (event.rule, event.date) == ("fraud", dt.datetime(2024, 3, 1))
    fix = found.table("rectifications").iloc[0]
    assert (fix["item"], fix.responsible_unit, fix.due, fix.result) == (
        "F-1-1", "城管局", dt.datetime(2024, 5, 1), "failed",
    )  # fmt: skip
    assert found.table("frame").population.tolist() == [1234]
    assert found.table("cycle_scores").period.tolist() == ["2023"]
    assert found.table("costs").by.tolist() == ["cause"]
    assert found.table("attributes").attribute.tolist() == ["国家卫生城市", "双拥模范城"]


def test_published_tables_need_no_rules(bare):
    bare.csv(
        "总分.csv",
        [["组别", "位次", "区", "得分"], ["中心城区", 1, "青山区", 84.72], ["新城区", 1, "蔡甸区", 87.7]],
    )
    bare.csv(
        "原因.csv",
        [["期次", "口径", "问题类别", "问题数", "公布占比"], ["2022-08", "全部", "市政设施", 156, "16.42%"]],
    )
    found = bare.read()
    assert found.units[["unit", "group"]].values.tolist() == [["青山区", "中心城区"], ["蔡甸区", "新城区"]]
    published = found.table("published")
    share = published[published.measure == "share"].iloc[0]
    assert (share.unit, share.value, share.printed) == ("市政设施", 16.42, "16.42%")
    assert found.observations.empty


def test_headers_may_hold_line_breaks_and_full_width_forms(based):
    rows = [["单　位", "点位\n名称", "测评项\n编号", "考察情况"], ["甲区", "人民 路", "Ｆ－１－１", "Ｘ"]]
    based.book("a.xlsx", 记录=rows)
    assert one(clean(based.read()), item="F-1-1").value == 0.0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_encodings(based, encoding):
    rows = [
        ["单位", "点位", "编号", "结果"],
        ["甲区", "人民路", "F-1-1", "符合"],
        ["乙区", "解放路", "F-1-1", "不符合"],
    ]
    based.csv("记录.csv", rows, encoding)
    found = clean(based.read())
    assert found.observations.value.tolist() == [1.0, 0.0]
    assert found.observations.source_file.tolist() == ["记录.csv"] * 2


def test_codes_written_as_text_keep_their_zeros(based):
    based.book("a.xlsx", 问卷=[["单位", "问卷编号", "题号", "答案"], ["甲区", "0010", "Q-1-1", "满意"]])
    assert clean(based.read()).observations.respondent.tolist() == ["0010"]


def test_a_problems_only_sheet_says_that_the_rest_passed(based):
    rows = [["单位", "点位", "编号", "结果", "扣分"], ["甲区", "人民路", "F-1-1", "不符合", None]]
    based.book("问题.xlsx", 清单=rows)
    assert len(clean(based.read()).observations) == 1
    based.info(problems_only=["问题.xlsx/清单"])
    found = clean(based.read())
    added = found.observations[found.observations.source_row == 0]
    pairs = {(site, item): value for site, item, value in added[["site", "item", "value"]].values.tolist()}
    assert pairs["人民路", "F-1-2"] == 1.0
    assert ("人民路", "F-1-1") not in pairs
    assert pairs["东市场", "F-2-1"] == 0.0
    assert pairs["解放路", "F-1-1"] == 1.0
    assert set(added.source_sheet) == {"清单"}
    assert found.observations.row_id.tolist() == list(range(len(found.observations)))


def test_observations_from_parquet(based):
    based.book("a.xlsx", 记录=[["单位", "点位", "编号", "结果"], ["甲区", "人民路", "F-1-1", "符合"]])
    first = clean(based.read()).observations
    (based.path / "a.xlsx").unlink()
    first.to_parquet(based.path / "observations.parquet")
    found = clean(based.read())
    assert found.observations.equals(first)
    assert found.counts.file.tolist()[-1] == "observations.parquet"
    assert "observations.parquet" in found.inputs


def test_an_unknown_unit_in_parquet_stops_the_reading(based):
    based.book("a.xlsx", 记录=[["单位", "点位", "编号", "结果"], ["甲区", "人民路", "F-1-1", "符合"]])
    frame = based.read().observations.assign(unit="丁区").astype({"unit": "category"})
    frame.to_parquet(based.path / "observations.parquet")
    with pytest.raises(DataError, match=r"observations\.parquet, unit: .*丁区"):
        intake.load(based.path, based.rulebook)


def test_a_register_needs_no_origin_and_a_round_no_register(folder):
    folder.book("a.xlsx", 单位=[["单位", "分组"], ["甲区", "default"]])
    folder.book(
        "b.xlsx",
        记录=[["单位", "点位", "点位类型", "编号", "结果"], ["甲区", "新街", "主次干道", "F-1-1", "否"]],
    )
    assert one(clean(folder.read()), site="新街").site_type == "road"
    folder.book("c.xlsx", 点位=[["单位", "点位", "点位类型"], ["甲区", "新街", "主次干道"]])
    assert clean(folder.read()).table("sites").origin.tolist() == [""]


def test_reading_changes_nothing_in_the_folder(based):
    before = {path.name: path.read_bytes() for path in based.path.iterdir()}
    based.read()
    assert {path.name: path.read_bytes() for path in based.path.iterdir()} == before


def test_a_name_listed_twice_in_other_characters_is_a_duplicate(folder):
    """Neither row wins: observations would go to one of them and leave the other without any."""
    units = [["单位", "分组"], ["甲区", "default"], ["甲區", "default"], ["乙 区", "default"]]
    sites = [["单位", "点位", "点位类型"], ["乙区", "東市场", "农贸市场"], ["乙区", "东 市场", "农贸市场"]]
    folder.book("名册.xlsx", 单位=units, 点位=sites)
    found = folder.read()
    said = [(p.sheet, p.row) for p in found.problems if p.code == "duplicate"]
    assert sorted(said) == [("单位", 2), ("单位", 3), ("点位", 2), ("点位", 3)]
