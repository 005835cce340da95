"""Bad input: each fault is named with file, row and value, and no row is lost."""

import zipfile
from dataclasses import replace
from itertools import pairwise

import openpyxl
import pytest

from analysis import intake
from analysis.errors import DataError, UsageError
from analysis.intake import write_rejected

CHECK = ["单位", "点位", "编号", "结果", "扣分", "等级", "情形"]


def check_row(**cells):
    filled = {"单位": "甲区", "点位": "人民路", "编号": "F-1-1", "结果": "符合", **cells}
    return [filled.get(name) for name in CHECK]


def field(**cells):
    return [["记录表"], CHECK, check_row(编号="F-1-2"), check_row(**cells)]


def market(**cells):
    return field(**{"点位": "东市场", "编号": "F-2-1", "结果": None, **cells})


def errors(found):
    return [problem for problem in found.problems if problem.severity == "error"]


def only_error(found):
    """The one error of a round; counts add up and rejected rows are listed."""
    found_errors = errors(found)
    assert len(found_errors) == 1, [problem.text() for problem in found_errors]
    counts = found.counts
    assert (counts.rows_read == counts.rows_used + counts.rows_rejected).all()
    assert counts.rows_rejected.sum() == len(found.rejected)
    return found_errors[0]


CELLS = {
    "unknown unit": (field(单位="甲曲"), "甲曲", "甲区"),
    "blank unit": (field(单位=None), "", "不能为空"),
    "repeated header": ([*field()[:3], ["单位", "人民路", "F-1-1", "符合"]], "单位", "重复了表头"),
    "unknown site": (field(点位="人民路口"), "人民路口", "人民路"),
    "blank site": (field(点位=None), "", "不能为空"),
    "unknown item": (field(编号="F-9-9"), "F-9-9", "测评体系没有"),
    "blank item": (field(编号=None), "", "不能为空"),
    "item of another site type": (field(编号="F-2-1"), "F-2-1", "农贸市场"),
    "inner node": (field(编号="field"), "field", "最低一级"),
    "leaf with several items": (field(编号="F-1"), "F-1", "F-1-1、F-1-2"),
    "result": (field(结果="基本符合"), "基本符合", "符合、不符合"),
    "deduction is text": (market(扣分="少许"), "少许", "不是数字"),
    "deduction is a bound": (market(扣分="≥2"), "≥2", "不是数字"),
    "deduction above the item": (market(扣分=3.5), "3.5", "0 到 3"),
    "negative deduction": (market(扣分=-1), "-1", "0 到 3"),
    "deduction in percent": (market(扣分="5%"), "5%", "不是数字"),
    "passed yet deducted": (market(结果="符合", 扣分=1), "1", "结果为“符合”"),
    "grade": (field(编号="F-3-1", 结果=None, 等级="优秀"), "优秀", "优、良、差"),
    "flag": (market(扣分=1, 情形="下雪"), "下雪", "重复出现"),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_bad_cell_of_an_inspection(based, name):
    rows, value, part = CELLS[name]
    based.book("记录.xlsx", 点位记录=rows)
    found = based.read()
    problem = only_error(found)
    assert (problem.file, problem.sheet, problem.row, problem.value) == ("记录.xlsx", "点位记录", 4, value)
    assert part in problem.text("zh")
    assert problem.en
    assert found.counts.set_index("file").loc["记录.xlsx", "rows_used"] == 1
    assert found.rejected.iloc[0][["file", "sheet", "row"]].tolist() == ["记录.xlsx", "点位记录", 4]


ANSWER = ["单位", "问卷编号", "题号", "答案"]
SHEETS = {
    "answer not in the scale": (
        [ANSWER, ["甲区", "1", "Q-1-1", "很满意"]],
        2,
        "很满意",
        "满意、基本满意、不满意、不清楚",
    ),
    "question unknown": ([ANSWER, ["甲区", "1", "Q-9", "满意"]], 2, "Q-9", "测评体系没有"),
    "respondent blank": ([ANSWER, ["甲区", "", "Q-1-1", "满意"]], 2, "", "问卷编号"),
    "score above full marks": ([["单位", "编号", "得分"], ["甲区", "M-2", 10.5]], 2, "10.5", "0 到 10"),
    "score for a leaf with rows": ([["单位", "编号", "得分"], ["甲区", "F-3", 80]], 2, "F-3", "按等级计分"),
    "wide score is text": ([["单位", "实地考察", "材料审核"], ["甲区", 80, "良好"]], 2, "良好", "材料审核"),
    "year": (
        [["单位", "指标名称", "年度", "数值"], ["甲区", "道路照明亮灯率", "去年", 98]],
        2,
        "去年",
        "2024",
    ),
    "share or percentage": (
        [["单位", "指标名称", "年度", "数值"], ["甲区", "道路照明亮灯率", 2024, 0.9806]],
        2,
        "0.9806",
        "98.06%",
    ),
    "period of evidence": (
        [["单位", "测评内容", "时段", "图片数"], ["甲区", "诚信经营活动", "第四季度", 2]],
        2,
        "第四季度",
        "Q1、Q2、3·15",
    ),
    "negative pictures": (
        [["单位", "测评内容", "时段", "图片数"], ["甲区", "诚信经营活动", "Q1", -2]],
        2,
        "-2",
        "图片",
    ),
    "number of answers": (
        [["单位", "题号", "选项", "人数"], ["甲区", "Q-1-1", "满意", "若干"]],
        2,
        "若干",
        "人数",
    ),
    "bonus rule": ([["单位", "加分项", "申报分值"], ["甲区", "航天事业", 1]], 2, "航天事业", "文化事业"),
    "bonus above its cap": ([["单位", "加分项", "申报分值"], ["甲区", "文化事业", 3]], 2, "3", "0 到 2"),
    "decision": ([["单位", "加分项", "认定结果"], ["甲区", "文化事业", "也许"]], 2, "也许", "认定"),
    "negative entry": ([["单位", "负面清单项", "罚分"], ["甲区", "迟到", 1]], 2, "迟到", "弄虚作假"),
    "date": ([["单位", "存在问题", "整改时限"], ["甲区", "小广告", "下周"]], 2, "下周", "2024-05-01"),
    "cost": ([["失分原因", "单项费用"], ["facilities", -5]], 2, "-5", "0"),
    "earlier score": ([["单位", "年度", "综合得分"], ["甲区", "2023", "未公布"]], 2, "未公布", "不是数字"),
    "rank": ([["单位", "综合得分", "名次"], ["甲区", 90, "优秀"]], 2, "优秀", "第一名"),
    "village without place": (
        [["单位", "点位类型", "编号", "结果"], ["甲区", "行政村", "V-1-1", "符合"]],
        2,
        "",
        "下属单位",
    ),
    "component": (
        [["单位", "点位类型", "编号", "结果", "组成部分"], ["甲区", "主次干道", "F-1-1", "符合", "未成年人"]],
        2,
        "未成年人",
        "文明村镇",
    ),
    "site type": (
        [["单位", "点位类型", "编号", "结果"], ["甲区", "高速公路", "F-1-1", "符合"]],
        2,
        "高速公路",
        "主次干道",
    ),
    "site type against the register": (
        [["单位", "点位", "点位类型", "编号", "结果"], ["甲区", "人民路", "农贸市场", "F-1-1", "符合"]],
        2,
        "农贸市场",
        "点位名册",
    ),
    "label of several items": (
        [["单位", "点位类型", "测评内容", "结果"], ["甲区", "", "公益广告", "符合"]],
        2,
        "公益广告",
        "F-1-2",
    ),
    "column for the rule": (
        [["单位", "点位", "编号", "结果"], ["甲区", "人民路", "F-3-1", "符合"]],
        2,
        "符合",
        "优",
    ),
    "cell beside the table": ([ANSWER, ["甲区", "1", "Q-1-1", "满意", "合计", 5]], 2, "", "没有表头"),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_bad_cell_of_other_sheets(based, name):
    rows, row, value, part = SHEETS[name]
    based.book("其他.xlsx", 表=rows)
    found = based.read()
    problem = errors(found)[0] if name == "cell beside the table" else only_error(found)
    assert (problem.file, problem.sheet, problem.row) == ("其他.xlsx", "表", row)
    assert value in problem.value
    assert part in problem.text("zh")
    assert found.counts.set_index("file").loc["其他.xlsx", "rows_rejected"] == 1


def test_a_place_that_the_unit_does_not_have(based):
    rows = [["单位", "村名", "点位类型", "编号", "结果"], ["甲区", "大挺村", "行政村", "V-1-1", "符合"]]
    based.book("村.xlsx", 下属单位名册=[["单位", "行政村"], ["甲区", "大庭村"]], 考察=rows)
    problem = only_error(based.read())
    assert (problem.row, problem.value) == (2, "大挺村")
    assert "大庭村" in problem.zh


def test_the_same_key_in_two_files_names_both_places(based):
    based.book("甲.xlsx", 记录=field())
    based.book("乙.xlsx", 记录=field()[1:])
    found = based.read()
    places = {(p.file, p.row): p.zh for p in errors(found)}
    assert set(places) == {("甲.xlsx", 3), ("甲.xlsx", 4), ("乙.xlsx", 2), ("乙.xlsx", 3)}
    assert "乙.xlsx 记录 第 3 行" in places["甲.xlsx", 4]
    assert found.observations.empty
    assert len(found.rejected) == 4


def test_several_findings_of_one_item_differ_in_what_they_describe(based):
    header = ["单位", "点位", "编号", "扣分", "存在问题"]
    rows = [["甲区", "东市场", "F-2-1", 1, "异味"], ["甲区", "东市场", "F-2-1", 1, "积水"]]
    based.book("a.xlsx", 记录=[header, *rows])
    assert len(based.read().observations) == 2
    based.book("a.xlsx", 记录=[header, *rows, ["甲区", "东市场", "F-2-1", 0.5, "积水"]])
    assert [(p.row, p.code) for p in errors(based.read())] == [(3, "duplicate"), (4, "duplicate")]


def test_a_sample_may_repeat_itself_but_not_in_two_files(based):
    rows = [["单位", "点位", "编号", "结果"], *[["甲区", "人民路", "F-5-1", "符合"]] * 3]
    based.book("a.xlsx", 记录=rows)
    assert based.read().observations.value.tolist() == [1.0] * 3
    based.book("b.xlsx", 记录=rows)
    assert [p.file for p in errors(based.read())] == ["a.xlsx"] * 3 + ["b.xlsx"] * 3


def test_the_same_respondent_twice(based):
    based.book("a.xlsx", 问卷=[ANSWER, ["甲区", "1", "Q-1-1", "满意"], ["甲区", "1", "Q-1-1", "不满意"]])
    assert [p.row for p in errors(based.read())] == [2, 3]


def test_the_same_site_twice(folder):
    site = ["甲区", "人民路", "主次干道"]
    folder.book(
        "a.xlsx",
        单位=[["单位", "分组"], ["甲区", "default"]],
        点位=[["单位", "点位", "点位类型"], site, site],
    )
    assert [(p.row, p.code) for p in errors(folder.read())] == [(2, "duplicate"), (3, "duplicate")]


def test_an_unknown_sheet_says_what_was_found_and_what_is_missing(based):
    based.book("a.xlsx", 杂表=[["单位", "电费", "水费"], ["甲区", 1, 2], ["乙区", 3, 4]])
    found = based.read()
    problem = only_error(found)
    assert (problem.file, problem.sheet, problem.row) == ("a.xlsx", "杂表", 1)
    assert "单位、电费、水费" in problem.zh
    assert "缺 " in problem.zh
    assert found.counts.set_index("sheet").loc["杂表"].tolist()[2:] == [2, 0, 2]
    with pytest.raises(DataError, match=r"a\.xlsx, sheet 杂表, row 1.*电费"):
        intake.load(based.path, based.rulebook)


def test_a_sheet_that_fits_two_kinds_is_settled_by_its_name_or_round_yml(based):
    header = ["单位", "点位", "编号", "存在问题", "责任单位", "结果", "整改时限"]
    rows = [header, ["甲区", "人民路", "F-1-1", "小广告", "城管局", "不符合", "2024-05-01"]]
    based.book("a.xlsx", 表一=rows)
    assert only_error(based.read()).code == "ambiguous_kind"
    based.info(kinds={"a.xlsx/表一": "rectifications"})
    assert len(based.read().table("rectifications")) == 1
    based.info()
    based.book("a.xlsx", 整改台账=rows)
    assert len(based.read().table("rectifications")) == 1


def test_a_named_kind_that_does_not_fit(based):
    based.book("a.xlsx", 表一=[["单位", "得分"], ["甲区", 1]])
    based.info(kinds={"a.xlsx/表一": "field"})
    assert "测评项编号/测评内容" in only_error(based.read()).zh


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({"kinds": {"没有.xlsx": "field"}}, "没有.xlsx"),
        ({"problems_only": ["名册.xlsx/无"]}, "名册.xlsx/无"),
        ({"kinds": {"名册.xlsx/单位名册": "单位"}}, "单位"),
    ],
)
def test_round_yml_names_sheets_and_kinds_that_exist(based, changes, value):
    based.info(**changes)
    with pytest.raises(DataError, match=value):
        intake.load(based.path, based.rulebook)


def test_two_columns_that_mean_the_same(based):
    based.book("a.xlsx", 记录=[["单位", "点位", "编号", "扣分", "失分"], ["甲区", "东市场", "F-2-1", 1, 2]])
    problem = only_error(based.read())
    assert (problem.row, problem.value) == (1, "扣分、失分")


def test_headers_in_two_rows_and_merged_headers_are_refused(based):
    rows = [["", "", "考察", ""], ["单位", "点位", "编号", "结果"], ["甲区", "人民路", "F-1-1", "符合"]]
    based.book("a.xlsx", 记录=[["甲", "乙", "", ""], *rows[1:]])
    assert only_error(based.read()).code == "two_header_rows"
    based.book("a.xlsx", lambda book: book["记录"].merge_cells("A1:A2"), 记录=rows[1:])
    problem = only_error(based.read())
    assert (problem.code, problem.value) == ("merged_header", "A1:A2")


def test_merged_cells_in_the_body_belong_to_all_their_rows(based):
    rows = [CHECK, check_row(), check_row(编号="F-1-2"), check_row(单位="乙区", 点位="解放路")]
    based.book("a.xlsx", lambda book: book["记录"].merge_cells("A2:A3"), 记录=rows)
    found = based.read()
    assert errors(found) == []
    assert found.observations.unit.tolist() == ["甲区", "甲区", "乙区"]


def test_cells_merged_across_columns_put_their_rows_aside(based):
    rows = [CHECK, check_row(), check_row(编号="F-1-2")]
    based.book("a.xlsx", lambda book: book["记录"].merge_cells("A2:B2"), 记录=rows)
    found = based.read()
    assert {(p.row, p.value) for p in errors(found) if p.code == "merged_cells"} == {(2, "A2:B2")}
    assert found.observations.source_row.tolist() == [3]


def test_subtotals_are_listed_and_not_read(based):
    based.book("记录.xlsx", 点位记录=field(单位="全区平均分"))
    found = based.read()
    assert errors(found) == []
    assert [(p.row, p.value) for p in found.problems if p.code == "subtotal_row"] == [(4, "全区平均分")]
    assert found.observations.source_row.tolist() == [3]


def test_formulas_without_value_and_error_cells_are_not_blanks(based):
    def spoil(book):
        book["记录"]["E3"] = "=1+1"
        book["记录"]["E4"] = "#REF!"
        book["记录"]["E4"].data_type = "e"

    rows = [
        *market(扣分=1)[1:3],
        check_row(点位="东市场", 编号="F-2-1", 结果=None),
        check_row(点位="东市场", 编号="F-2-2", 结果=None),
    ]
    based.book("a.xlsx", spoil, 记录=rows)
    found = based.read()
    assert [(p.code, p.row) for p in errors(found)] == [("formula_without_value", 3), ("error_cell", 4)]
    assert "#REF!" in errors(found)[1].text()


def test_unknown_columns_personal_data_and_hidden_sheets_are_reported(based):
    rows = [
        [*ANSWER, "姓名", "联系电话", "天气"],
        ["甲区", "1", "Q-1-1", "满意", "张三", "13800000000", "晴"],
    ]

    def hide(book):
        book["问卷"].sheet_state = "hidden"

    based.book("a.xlsx", hide, 问卷=rows, 说明=[["填表说明"], ["请如实填写"]])
    found = based.read()
    notices = {(p.code, p.column) for p in found.problems if p.severity == "notice"}
    assert {("personal_data", "姓名"), ("personal_data", "联系电话"), ("unused_column", "天气")} <= notices
    assert ("hidden_sheet", "") in notices
    assert ("text_sheet", "") in notices
    everything = "".join(frame.to_csv() for frame in found.frames.values())
    assert "张三" not in everything
    assert "13800000000" not in everything


def test_personal_data_are_not_in_rejected_rows_either(based):
    based.book("a.xlsx", 问卷=[[*ANSWER, "姓名"], ["甲区", "1", "Q-1-1", "棒", "张三"]])
    assert "张三" not in str(based.read().rejected.cells.iloc[0])


def test_notes_under_the_table_are_reported(based):
    based.book("a.xlsx", 记录=[*field(), [], ["注：本表为合成数据"], ["审核人：王"]])
    found = based.read()
    assert [p.row for p in found.problems if p.code == "note_rows"] == [6, 7]
    assert errors(found) == []


def test_without_rules_only_tables_that_need_none_are_read(bare):
    bare.book("a.xlsx", 记录=field())
    assert "composition" in only_error(bare.read()).zh


def test_without_a_sheet_of_units_the_names_are_listed(folder):
    folder.book("a.xlsx", 得分=[["单位", "实地考察", "材料审核"], ["丙区", 80, 90]])
    found = folder.read()
    assert [p.value for p in found.problems if p.code == "no_units_sheet"] == ["丙区"]
    assert found.units.unit.tolist() == ["丙区"]


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("坏.xlsx", b"", "an empty file"),
        ("坏.xlsx", b"PK\x03\x04junk", "坏.xlsx"),
        ("坏.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1junk", "damaged or cut short"),
        ("坏.xlsx", "单位,得分".encode(), "not a workbook"),
        ("旧.xls", b"x", "旧.xls"),
        ("坏.csv", b"\xff\xfe\x55\x53\x00", "neither UTF-8 nor GB18030"),
        ("坏.csv", '单位,得分\n"甲区,1\n'.encode(), "坏.csv"),
    ],
)
def test_files_that_cannot_be_read(based, name, content, part):
    (based.path / name).write_bytes(content)
    with pytest.raises(DataError, match=part):
        intake.load(based.path, based.rulebook)


def test_a_truncated_workbook(based):
    based.book("a.xlsx", 记录=field())
    data = (based.path / "a.xlsx").read_bytes()
    (based.path / "a.xlsx").write_bytes(data[: len(data) // 2])
    assert [p.file for p in errors(based.read())] == ["a.xlsx"]


def test_a_workbook_that_unpacks_to_gigabytes(based, monkeypatch):
    based.book("a.xlsx", 记录=field())
    with zipfile.ZipFile(based.path / "a.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * 1_000_000)
    monkeypatch.setattr("analysis.intake.files.container.MAX_BYTES", 500_000)
    assert only_error(based.read()).code == "too_large_unpacked"


def test_what_lies_beside_the_tables_is_said(based):
    (based.path / "报送").mkdir()
    based.book("报送/a.xlsx", 记录=field())
    (based.path / "照片.jpg").write_bytes(b"x")
    (based.path / "说明.md").write_text("x", encoding="utf-8")
    (based.path / "~$名册.xlsx").write_bytes(b"x")
    (based.path / "断链.xlsx").symlink_to(based.path / "没有.xlsx")
    (based.path / "旧.zip").write_bytes(b"x")
    found = based.read()
    said = {(p.code, p.severity): p.value for p in found.problems if p.code != "hidden_sheet"}
    assert said == {
        ("subfolder", "warning"): "报送",
        ("other_files", "notice"): "照片.jpg",
        ("locked_file", "error"): "不是文件 / not a file",
        ("wrong_ending", "error"): "",
    }


def test_a_file_that_another_program_holds_is_a_problem_like_others(based, monkeypatch):
    from pathlib import Path

    based.book("a.xlsx", 记录=field())
    plainly = Path.open

    def held(path, *given, **more):
        if path.name == "a.xlsx":
            raise PermissionError(13, "Permission denied")
        return plainly(path, *given, **more)

    monkeypatch.setattr(Path, "open", held)
    problem = only_error(based.read())
    assert (problem.code, problem.file) == ("locked_file", "a.xlsx")
    assert "WPS" in problem.fix_zh


def test_an_empty_folder(folder):
    assert only_error(folder.read()).code == "no_files"


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdefghij")
)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("id: [", "YAML"),
        ("- a\n- b\n", "list"),
        ("id: r1\n", "title"),
        ("id: r1\ntitle: {zh: a, en: b}\ndate: 2024-05-01\nkind: final\n", "final"),
        ("id: r1\ntitle: {zh: a, en: b}\ndate: soon\nkind: mock\n", "soon"),
        ("id: r1\ndate: 2024-13-45\n", "line 2: '2024-13-45' is no date or number"),
        ("id: 0x" + "f" * 5000, "line 1: '0xfff"),
        (LAUGHS, r"line \d+: its references \(\*\) mean too much"),
        ("id: &a [*a]\n", "line 1: its references"),
        ("[" * 3000 + "]" * 3000, "nested too deeply"),
        ("id: r1\nid: r2\n", "'id' stands twice"),
        ("id: !!python/object/apply:os.system ['x']", "line 1: not YAML"),
        ("a: " + "x" * 1_000_001, "larger than 1 MB"),
        ("id: r1\ntitle: {zh: a, en: b}\ndate: 2024-05-01\nkind: mock\ncompositon: x\n", "composition"),
        ("id: r1\ntitle: {zh: a, en: b}\ndate: 2024-05-01\nkind: mock\nperiod: 2025\n", "2025"),
    ],
)
def test_round_yml_is_checked(folder, text, part):
    (folder.path / "round.yml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=part):
        folder.read()


def test_every_fault_of_round_yml_at_once(folder):
    (folder.path / "round.yml").write_text("id: r1\nkind: final\nextra: 1\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        folder.read()
    assert {p.column for p in caught.value.problems} == {"title", "date", "kind", "extra"}


def test_a_folder_without_round_yml(tmp_path):
    with pytest.raises(UsageError, match=r"round\.yml"):
        intake.load(tmp_path)


def test_rejected_rows_are_written_so_that_no_spreadsheet_runs_them(based, tmp_path):
    evil = "=cmd|' /C calc'!A0"
    based.book("a.xlsx", lambda book: setattr(book["记录"]["A4"], "data_type", "s"), 记录=field(单位=evil))
    found = based.read()
    path = write_rejected(found, tmp_path / "out" / "rejected.xlsx")
    page = openpyxl.load_workbook(path).active
    rows = list(page.iter_rows(min_row=2))
    assert [cell.value for cell in rows[0][:3]] == ["a.xlsx", "记录", 4]
    cell = next(cell for cell in rows[0] if cell.value == evil)
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_a_round_without_rejected_rows_gives_a_workbook_that_says_so(based, tmp_path):
    path = write_rejected(based.read(), tmp_path / "rejected.xlsx")
    assert "没有" in openpyxl.load_workbook(path).active["A1"].value


def test_a_group_without_framework(folder, rulebook):
    part = rulebook.composition.parts[0].model_copy(update={"frameworks": {"地级市": "mini-city"}})
    composition = rulebook.composition.model_copy(update={"parts": (part,)})
    folder.rulebook = rulebook.model_copy(update={"composition": composition})
    folder.book("a.xlsx", 单位=[["单位", "分组"], ["甲区", "地级市"], ["乙区", "县级市"]])
    problem = only_error(folder.read())
    assert (problem.row, problem.value) == (3, "县级市")
    assert "地级市" in problem.zh


def test_messages_have_both_languages():
    from analysis.intake.words import file_messages, messages, row_messages

    everything = [one for room in (messages, file_messages, row_messages) for one in vars(room).values()]
    made = [one for one in everything if isinstance(one, messages.Message)]
    assert len({one.code for one in made}) == len(made)
    for one in made:
        assert one.zh != one.en
        assert replace(one, severity="notice") == one.as_notice()
