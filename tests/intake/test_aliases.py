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
