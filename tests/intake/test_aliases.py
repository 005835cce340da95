"""aliases.yml on whole rounds: what it names is replaced and reported; nothing else is ever matched."""

import pytest

from analysis import intake
from analysis.errors import DataError

FIELD = ["单位", "点位", "编号", "结果", "扣分"]
ROWS = [
    ["甲区", "人民路", "F-1-1", "符合", ""],
    ["甲城区", "人民大道", "F-1-2", "不符合", ""],
    ["甲城區", "东农贸", "F-2-1", "", 1.5],
]


@pytest.fixture
def named(based):
    """Inspections that write one unit in three ways, and two sites by other names."""
    based.book("考察.xlsx", 记录=[FIELD, *ROWS])
    return based


def aliases(folder, text):
    (folder.path / "aliases.yml").write_text(text, encoding="utf-8")


def errors(found):
    return [(p.code, p.row, p.value) for p in found.problems if p.severity == "error"]


def test_an_alias_stands_for_its_name_everywhere_and_is_reported(named):
    aliases(named, "units: {甲区: [甲城区]}\nsites: {人民路: [人民大道], 东市场: [东农贸]}\n")
    found = named.read()
    assert errors(found) == []
    assert list(found.observations.unit) == ["甲区"] * 3
    assert list(found.observations.site) == ["人民路", "人民路", "东市场"]
    assert list(found.observations.site_type) == ["road", "road", "market"]
    said = [(p.column, p.value, p.severity) for p in found.problems if p.code == "alias"]
    assert said == [
        ("单位", "甲城区", "notice"),
        ("单位", "甲城區", "notice"),
        ("点位", "人民大道", "notice"),
        ("点位", "东农贸", "notice"),
    ]
    assert "aliases.yml" in found.inputs


def test_a_near_miss_is_suggested_and_never_applied(named):
    found = named.read()
    assert errors(found) == [("unknown_unit", 3, "甲城区"), ("unknown_unit", 4, "甲城區")]
    assert all("是否指：甲区" in p.zh for p in found.problems if p.code == "unknown_unit")
    assert len(found.observations) == 1
    aliases(named, "units: {甲区: [甲城]}\n")
    assert [row for _, row, _ in errors(named.read())] == [3, 4]


def test_an_alias_may_be_how_the_register_writes_the_name(named):
    """The register and the rows are replaced alike, so that either may hold the alias."""
    named.book("名册.xlsx", 单位名册=[["单位", "分组"], ["甲城区", "default"], ["乙区", "default"]])
    aliases(named, "units: {甲区: [甲城区]}\n")
    found = named.read()
    assert list(found.units.unit) == ["甲区", "乙区"]
    assert errors(found) == []


def test_site_types_and_places_have_aliases_too(folder):
    sites = [["单位", "点位", "点位类型", "所属街道"], ["甲区", "人民路", "大马路", "城关"]]
    folder.book("名册.xlsx", 单位名册=[["单位", "分组"], ["甲区", "default"]], 点位名册=sites)
    aliases(folder, "site_types: {主次干道: [大马路]}\nplaces: {城关街道: [城关]}\n")
    found = folder.read()
    assert errors(found) == []
    assert list(found.table("sites").site_type) == ["road"]
    assert list(found.table("sites").place) == ["城关街道"]


@pytest.mark.parametrize(
    ("text", "value", "zh", "en"),
    [
        ("units: {丙区: [甲城区]}", "丙区", "不在名册中", "is in no register of the round"),
        ("units: {甲 城 区: [城]}", "甲 城 区", "是否指：甲区", "Close to: 甲区"),
        ("sites: {人民北路: [人民大道]}", "人民北路", "是否指：人民路", "Close to: 人民路"),
        (
            "units: {甲区: [城区], 乙区: [城区]}",
            "城区",
            "“甲区”和“乙区”的别名",
            "stands for '甲区' and '乙区'",
        ),
        ("units: {甲区: [甲城区], 乙区: [甲区]}", "甲区", "既是正名又是别名", "is a name and an alias"),
        ("units: {甲区: 甲城区}", "甲区", "应为别名的列表", "needs a list of aliases"),
        ("unit: {甲区: [甲城区]}", "unit", "没有“unit”这一节", "no such section"),
        ("units: [甲区", "", "不是 YAML", "not YAML"),
        ("[甲区]", "", "应按“节", "should hold"),
    ],
)
def test_a_wrong_entry_stops_all_of_them(named, text, value, zh, en):
    aliases(named, text + "\n")
    found = named.read()
    problem = next(p for p in found.problems if p.code == "aliases")
    assert (problem.file, problem.value, problem.severity) == ("aliases.yml", value, "error")
    assert zh in problem.zh
    assert en in problem.en
    assert "alias" not in {p.code for p in found.problems}
    assert [row for code, row, _ in errors(found) if code == "unknown_unit"] == [3, 4]
    with pytest.raises(DataError, match=r"aliases\.yml"):
        intake.load(named.path, named.rulebook)


def test_without_a_register_no_name_is_unknown(folder):
    folder.book(
        "考察.xlsx",
        记录=[["单位", "点位", "点位类型", "编号", "结果"], ["甲城区", "路", "主次干道", "F-1-1", "符合"]],
    )
    aliases(folder, "units: {甲区: [甲城区]}\n")
    found = folder.read()
    assert list(found.observations.unit) == ["甲区"]
    assert errors(found) == []


WIDE = ["测评内容", "评分标准"]


def scores(found):
    return {(row.unit, row.leaf): row.value for row in found.observations.itertuples()}


def test_an_alias_stands_for_its_unit_in_headers_too(based):
    two = [[*WIDE, "甲城區", "甲城區", "乙區"], ["", "", "扣分", "得分", "得分"], ["制度建设", "", "", 8, 9]]
    based.book("季度.xlsx", 表=[[*WIDE, "甲城区", "乙区得分"], ["制度建设", "按实", 8, 9]])
    aliases(based, "units: {甲区: [甲城区]}\n")
    found = based.read()
    assert errors(found) == []
    assert scores(found) == {("甲区", "M-2"): 8.0, ("乙区", "M-2"): 9.0}
    said = [(p.code, p.column, p.value) for p in found.problems if p.code == "alias"]
    assert said == [("alias", "甲城区", "甲城区")]
    based.book("季度.xlsx", 表=two)
    found = based.read()
    assert errors(found) == []
    assert scores(found) == {("甲区", "M-2"): 8.0, ("乙区", "M-2"): 9.0}
    assert {(p.code, p.value) for p in found.problems} >= {("alias", "甲城區"), ("variant_name", "乙區")}


def test_an_alias_in_a_header_needs_no_unit_under_its_own_name(based):
    based.book("季度.xlsx", 表=[[*WIDE, "甲城区", "乙城区"], ["制度建设", "按实", 8, 9]])
    assert [code for code, _, _ in errors(based.read())] == ["unknown_kind"]
    aliases(based, "units: {甲区: [甲城区], 乙区: [乙城区]}\n")
    assert scores(based.read()) == {("甲区", "M-2"): 8.0, ("乙区", "M-2"): 9.0}


@pytest.mark.parametrize("names", [["甲区", "甲城区"], ["甲区", "甲区得分"]])
def test_two_columns_of_one_unit_are_refused(based, names):
    based.book("季度.xlsx", 表=[[*WIDE, *names], ["制度建设", "按实", 8, 9]])
    aliases(based, "units: {甲区: [甲城区]}\n")
    found = based.read()
    problem = next(p for p in found.problems if p.code == "double_field")
    assert "、".join(names) in problem.zh
    assert len(found.observations) == 0
    assert list(found.counts.rows_rejected)[-1] == 1


@pytest.mark.parametrize(("name", "code"), [("甲城区", "unknown_unit"), ("开发园", "unused_unit")])
def test_a_column_that_is_no_unit_is_said_once(based, name, code):
    based.book("季度.xlsx", 表=[[*WIDE, "乙区", name], ["制度建设", "按实", 9, 8]])
    said = [p.code for p in based.read().problems if p.column == name]
    assert said == [code]


@pytest.mark.parametrize(
    ("text", "value", "zh", "en"),
    [
        ("units: {乙区: [甲区]}", "甲区", "各有一行", "both have a row"),
        ("sites: {人民路: [东市场]}", "东市场", "各有一行", "both have a row"),
        ("units: {甲区: [甲城区]}\nunits: {乙区: [乙城区]}", "units", "写了两次", "stands twice"),
        ("sites: {人民路: [101]}", "101", "请加引号", "put it into quotes"),
        ("units: 甲区", "units", "下应按", "should hold"),
    ],
)
def test_what_would_be_lost_or_merged_is_refused(based, text, value, zh, en):
    aliases(based, text + "\n")
    problem = next(p for p in based.read().problems if p.code == "aliases")
    assert problem.value == value
    assert zh in problem.zh
    assert en in problem.en


def test_the_same_name_may_be_another_site_elsewhere(based):
    """解放路 is a site of 乙区 alone, so in 甲区 it may be another name of 人民路."""
    based.book("考察.xlsx", 记录=[FIELD, ["甲区", "解放路", "F-1-1", "符合", ""]])
    aliases(based, "sites: {人民路: [中山路]}\nunits:\n")
    assert errors(based.read()) == [("site_of_other_unit", 2, "解放路")]
