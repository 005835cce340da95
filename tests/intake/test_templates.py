"""Fillable workbooks: what was filled in loads without a word, and can be scored."""

import openpyxl
import pytest

from analysis import intake, scoring
from analysis.errors import DataError, FrameworkError, UsageError
from analysis.framework import library
from analysis.intake.rows.catalog import Catalog, Query, Target
from analysis.intake.templates.template import Names, pages, sheet_of, write_templates

FRAMEWORKS = (
    "national-70-20-10",
    "member-units-2024-q1",
    "hengyang-2019",
    "village-2023",
    "wuhan-2018-11",
)
UNITS = ("东区", "西区")
VILLAGES = ("甲村", "乙村")


def book_of(folder, number):
    (path,) = folder.glob(f"{number}_*.xlsx")
    return path


def fill(folder, number, rows):
    """Write rows (header -> value) into the sheet to fill in; only headers that are there."""
    path = book_of(folder, number)
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    header = {cell.value: cell.column for cell in page[1]}
    for at, row in enumerate(rows, start=2):
        for name, value in row.items():
            if name in header:
                page.cell(at, header[name]).value = value
    book.save(path)


def targets_of(rulebook):
    for part in rulebook.composition.parts:
        framework = rulebook.framework(part, "default")
        for node in framework.leaves:
            yield from (Target(part, framework, node, item) for item in node.items or (None,))


def label(catalog, target):
    return target.item_id or target.leaf


def values(target):
    """The columns of a row that does as well as can be under the rule, written out rule by rule."""
    rule = target.node.rule
    if getattr(rule, "of", "") == "pass_share" or target.rule == "pass_share":
        return [{"结果": "符合"}]
    if target.rule == "graded":
        return [{"等级": max(rule.grades, key=rule.grades.get)}]
    if target.rule in ("deduction", "start_adjust"):
        return [{"扣分": 0}]
    if target.rule == "answer_scale":
        return [{"答案": max(rule.scale, key=rule.scale.get)}]
    if target.rule == "given_score":
        return [{"得分": rule.max_points}]
    if target.rule == "counted_evidence":
        n = int(rule.count)
        shown = {"图片数": rule.pictures, "参与人数": rule.participants, "主办单位": "文明办"}
        return [{"时段": one, "存在问题": f"第{k}次", **shown} for one in rule.periods for k in range(n)]
    best = (
        rule.target
        if target.rule == "target"
        else rule.at_least
        if rule.at_least is not None
        else rule.at_most
    )
    return [{"数值": best + (1 if getattr(rule, "strict", False) else 0), "年度": 2024}]


NUMBERS = {
    "field": "04",
    "documents": "05",
    "ratings": "06",
    "indicators": "07",
    "given": "08",
    "questionnaire": "09",
}


def fill_everything(folder, rulebook):
    fill(folder, "01", [{"被测评单位": unit, "分组": "default"} for unit in UNITS])
    catalog = Catalog(rulebook)
    rows = {number: [] for number in NUMBERS.values()}
    sites = {}
    if any(part.sub_units for part in rulebook.composition.parts):
        fill(folder, "02", [{"被测评单位": unit, "下属单位": place} for unit in UNITS for place in VILLAGES])
    for target in targets_of(rulebook):
        labels = {one.id: one.zh for one in target.framework.site_types}
        for unit in UNITS:
            for place in VILLAGES if target.part.sub_units else ("",):
                row = {"被测评单位": unit, "下属单位": place or None, "测评内容": label(catalog, target)}
                row |= {"题目": row["测评内容"], "问卷编号": f"R{place}1", "评价部门": "省级部门"}
                if len(rulebook.composition.parts) > 1:
                    row["组成部分"] = target.part.zh
                where = sheet_of(target)
                if where == "field":
                    kind = (
                        labels[target.site_types[0]]
                        if target.site_types
                        else next(iter(labels.values()), "点位")
                    )
                    site = f"{place}{kind}一"
                    row |= {"点位名称": site, "点位类型": kind}
                    if labels:
                        sites[unit, site] = {**row, "测评内容": None}
                rows[NUMBERS[where]] += [{**row, **one} for one in values(target)]
    if sites:
        fill(folder, "03", sites.values())
    for number, filled in rows.items():
        if filled:
            fill(folder, number, filled)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_what_was_filled_in_loads_without_a_warning_and_is_scored(name, tmp_path):
    rulebook = library.load(name)
    write_templates(name, tmp_path / "round")
    fill_everything(tmp_path / "round", rulebook)
    found = intake.load(tmp_path / "round")
    assert [problem.text("en") for problem in found.problems] == []
    assert found.rejected.empty
    evaluation = scoring.evaluate(found, rulebook)
    assert list(evaluation.scores.unit) == list(UNITS)
    leaves = evaluation.nodes[evaluation.nodes.leaf]
    rates = dict(zip(leaves.node.astype(str), leaves.score_rate, strict=True))
    for target in targets_of(rulebook):
        best = max(target.node.rule.scale.values()) if target.rule == "answer_scale" else 1
        assert rates[target.leaf] == pytest.approx(best, abs=1e-9), target.leaf
    assert (leaves.n > 0).all()


@pytest.mark.parametrize("name", ["national-70-20-10", "member-units-2024-q1"])
def test_the_example_of_every_sheet_loads_when_it_is_copied(name, tmp_path):
    write_templates(name, tmp_path / "round")
    for path in sorted((tmp_path / "round").glob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        page, example = book.worksheets[0], book["填写示例"]
        for at, row in enumerate(example.iter_rows(min_row=5, values_only=True), start=2):
            for column, value in enumerate(row, start=1):
                page.cell(at, column).value = value
        book.save(path)
    found = intake.check(tmp_path / "round")
    assert [problem.text("en") for problem in found.problems] == []
    assert (found.counts.rows_read > 0).all()


def test_drop_downs_limits_and_frozen_panes(tmp_path):
    write_templates("national-70-20-10", tmp_path)
    book = openpyxl.load_workbook(book_of(tmp_path, "04"))
    page = book.worksheets[0]
    assert page.freeze_panes == "B2"
    assert book.sheetnames[1:] == ["填写说明", "填写示例", "选项"]
    header = {cell.value: cell.column_letter for cell in page[1]}
    rules = {str(one.sqref).split(":")[0][:-1]: one for one in page.data_validations.dataValidation}
    offered = rules[header["结果"]].formula1
    sheet, area = offered.replace("'", "").replace("$", "").split("!")
    assert [cell.value for (cell,) in book[sheet][area]] == ["符合", "不符合", "不涉及", "无数据"]
    kinds = [
        cell.value
        for (cell,) in book["选项"][rules[header["点位类型"]].formula1.split("!")[1].replace("$", "")]
    ]
    assert "农贸市场" in kinds
    dates = rules[header["日期"]]
    assert (dates.type, dates.operator) == ("date", "greaterThan")
    assert rules[header["处数"]].type == "decimal"
    assert header["失分原因"] in rules


def test_units_are_filled_in_and_offered(tmp_path):
    names = openpyxl.Workbook()
    names.active.title = "单位"
    for row in (["单位", "分组"], ["东区", "default"], ["西区", "default"]):
        names.active.append(row)
    page = names.create_sheet("点位")
    for row in (["单位", "点位", "点位类型"], ["东区", "东市场", "农贸市场"]):
        page.append(row)
    names.save(tmp_path / "names.xlsx")
    write_templates("national-city-2023", tmp_path / "out", tmp_path / "names.xlsx")
    units = openpyxl.load_workbook(book_of(tmp_path / "out", "01")).worksheets[0]
    assert [units.cell(row, 1).value for row in (2, 3)] == ["东区", "西区"]
    sites = openpyxl.load_workbook(book_of(tmp_path / "out", "03")).worksheets[0]
    assert [cell.value for cell in sites[2]][:3] == ["东区", "东市场", "农贸市场"]
    found = intake.load(tmp_path / "out")
    assert [problem.text("en") for problem in found.problems] == []
    choices = openpyxl.load_workbook(book_of(tmp_path / "out", "04"))["选项"]
    assert [choices["A3"].value, choices["A4"].value] == ["东区", "西区"]


def test_files_that_are_there_stay(tmp_path):
    write_templates("hengyang-2019", tmp_path)
    with pytest.raises(UsageError, match=r"01_单位名册\.xlsx.* is there already"):
        write_templates("hengyang-2019", tmp_path)


def test_mistakes_are_told(tmp_path):
    with pytest.raises(FrameworkError, match="no-such"):
        write_templates("no-such", tmp_path)
    with pytest.raises(UsageError, match=r"names\.xlsx"):
        write_templates("hengyang-2019", tmp_path, tmp_path / "names.xlsx")
    (tmp_path / "bad.csv").write_text("单位,分组\n东区,default\n东区,default\n", encoding="utf-8")
    with pytest.raises(DataError, match="东区"):
        write_templates("national-70-20-10", tmp_path / "out", tmp_path / "bad.csv")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", library.shipped())
def test_an_office_chooses_checks_by_name(name):
    """What a drop-down offers leads to the check, with the site type where names are equal."""
    rulebook = library.load(name)
    catalog = Catalog(rulebook)
    for page in pages(rulebook, Names()):
        for target, entry in zip(page.targets, page.entries, strict=True):
            group = next(one for one, id_ in target.part.frameworks.items() if id_ == target.framework.id)
            for site_type in (target.site_types if page.kind.id == "field" else ()) or ("",):
                query = Query(group, target.part.id, (entry,), site_type)
                found = catalog.find(query, page.kind.method, given=page.kind.id == "given_scores")
                assert (found.leaf, found.item_id) == (target.leaf, target.item_id)
            assert entry == target.label or not target.site_types


def test_the_choices_name_every_check_with_its_site_types(tmp_path):
    write_templates("member-units-2024-q1", tmp_path)
    page = openpyxl.load_workbook(book_of(tmp_path, "04"))["选项"]
    head = {cell.value: cell.column for cell in page[2] if cell.value}
    rows = {page.cell(row, head["填写为"]).value: row for row in range(3, page.max_row + 1)}
    assert page.cell(rows["adopted_sites-06"], head["名称"]).value == "点位无问题（加分）"
    assert page.auto_filter.ref.endswith(str(max(row for name, row in rows.items() if name)))


FILLED = [
    ["东区", "人民路", "主次干道", "路灯完好", "符合", None, None],
    ["西区", "解放路", "主次干道", "路灯完好", "不符合", None, None],
]


def wrongly_filled(folder, change):
    """The field sheet of a template with two rows in it, changed as an office might."""
    write_templates("national-city-2023", folder)
    fill(folder, "01", [{"被测评单位": unit, "分组": "default"} for unit in UNITS])
    names = ("被测评单位", "点位名称", "点位类型", "测评内容", "结果", "扣分", "等级")
    sites = [dict(zip(names[:3], row, strict=False)) for row in FILLED]
    fill(folder, "03", sites)
    fill(folder, "04", [dict(zip(names, row, strict=True)) for row in FILLED])
    path = book_of(folder, "04")
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    change(page, {cell.value: cell.column for cell in page[1]})
    book.save(path)
    return intake.check(folder)


def titled(page, _):
    page.insert_rows(1, 2)
    page.cell(1, 1).value = "2024年实地考察记录表"


def turned(page, _):
    for cells in page.iter_rows():
        for cell, value in zip(cells, [cell.value for cell in cells][::-1], strict=True):
            cell.value = value


@pytest.mark.parametrize("change", [titled, turned, lambda page, at: page.delete_cols(at["点位类型"])])
def test_titles_moved_columns_and_what_the_register_knows_do_not_matter(tmp_path, change):
    found = wrongly_filled(tmp_path / "round", change)
    assert [problem.text("en") for problem in found.problems] == []
    assert list(found.observations.value) == [1, 0]


@pytest.mark.parametrize(
    ("change", "codes", "words"),
    [
        (
            lambda page, at: page.delete_cols(at["结果"]),
            ["needs_column"],
            "2 行的测评项（如“路灯完好”）按符合与否计分",
        ),
        (
            lambda page, at: page.delete_cols(at["测评内容"]),
            ["unknown_kind"],
            "实地考察（field）缺 测评项编号/测评内容",
        ),
        (
            lambda page, at: page.delete_cols(at["被测评单位"]),
            ["unknown_kind"],
            "实地考察（field）缺 被测评单位",
        ),
        (lambda page, at: page.cell(2, at["扣分"], 0.5), ["contradiction"], "却扣了 0.5 分"),
        (
            lambda page, at: page.cell(2, at["等级"], "优"),
            ["not_counted"],
            "按符合与否计分，该列填写的内容（如 优）没有计入",
        ),
        (lambda page, at: page.cell(3, at["结果"], "基本符合"), ["not_allowed"], "允许的值之内"),
        (lambda page, at: page.cell(3, at["测评内容"], "路灯完号"), ["unknown_item"], "是否指：路灯完好"),
    ],
)
def test_wrong_fills_are_told_once_and_in_words(tmp_path, change, codes, words):
    found = wrongly_filled(tmp_path / "round", change)
    assert [problem.code for problem in found.problems] == codes
    assert words in found.problems[0].zh
    assert (found.counts.rows_read == found.counts.rows_used + found.counts.rows_rejected).all()


def test_points_off_without_a_result_are_no_missing_check(tmp_path):
    def change(page, at):
        page.cell(2, at["结果"]).value = None
        page.cell(2, at["扣分"]).value = 1

    found = wrongly_filled(tmp_path / "round", change)
    assert [(problem.code, problem.row) for problem in found.problems] == [("without_result", 2)]


def test_evidence_without_a_column_it_is_judged_by_is_said(tmp_path):
    write_templates("national-city-2023", tmp_path)
    fill(tmp_path, "01", [{"被测评单位": unit, "分组": "default"} for unit in UNITS])
    row = {
        "被测评单位": "东区",
        "测评内容": "思想宣讲活动",
        "时段": "Q1",
        "参与人数": 20,
        "主办单位": "宣传部",
    }
    fill(tmp_path, "05", [row])
    fill(
        tmp_path,
        "07",
        [{"被测评单位": "东区", "测评内容": "用户龙头水合格率（%）", "年度": 2024, "数值": 980}],
    )
    path = book_of(tmp_path, "05")
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    page.delete_cols({cell.value: cell.column for cell in page[1]}["图片数"])
    book.save(path)
    found = intake.check(tmp_path)
    assert [(one.code, one.severity) for one in found.problems] == [
        ("not_shown", "warning"),
        ("beyond_whole", "warning"),
    ]
    assert "按“图片数”认定" in found.problems[0].zh
