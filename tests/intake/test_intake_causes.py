"""Causes of problems: stated, by the words of the text, by the check; never by a silent guess."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import intake
from analysis.errors import FrameworkError
from analysis.framework import library
from analysis.intake.rows.causes import Reader

HEAD = ["被测评单位", "点位名称", "测评项编号", "扣分", "存在问题", "失分原因"]


@pytest.fixture(scope="module")
def services():
    return Reader(library.vocabulary("services"), None)


def assigned(based, *rows, vocabulary="services"):
    """The assignments of problems (item, deduction, note, cause) at the market."""
    listed = [["甲区", "东市场", *row] for row in rows]
    based.book("实地.xlsx", 实地考察=[HEAD, *listed])
    found = intake.check(based.path, library.with_causes(based.rulebook, vocabulary))
    assert found.rejected.empty, found.rejected["reason_zh"].tolist()
    return found, found.table("cause_assignments")


def told(found):
    return dict(zip(found.observations["note"], found.observations["cause"], strict=True))


def test_a_stated_cause_wins_over_the_text(based):
    found, table = assigned(based, ["F-2-1", 0.5, "路面破损", "烟蒂纸屑、污物"])
    assert told(found) == {"路面破损": "litter"}
    assert table[["basis", "matched"]].values.tolist() == [["stated", ""]]


def test_a_stated_cause_may_be_an_id_a_label_of_either_language_or_several(based):
    rows = [
        ["F-2-1", 0.5, "一", "litter"],
        ["F-2-1", 0.5, "二", "Dogs off the leash"],
        ["F-2-1", 0.5, "三", "井盖缺失、破损；不文明养犬"],
        ["F-2-1", 0.5, "四", "争吵谩骂、随地吐痰"],
    ]
    found, _ = assigned(based, *rows)
    assert told(found) == {"一": "litter", "二": "dog_leash", "三": "manhole|dogs", "四": "quarrel|spitting"}


def test_a_stated_cause_that_is_not_known_is_a_warning_and_the_text_decides(based):
    found, table = assigned(
        based, ["F-2-1", 0.5, "井盖破损", "井盖问题"], ["F-2-1", 0.5, "再一处井盖破损", "井盖问题"]
    )
    warnings = [problem for problem in found.problems if problem.code == "unknown_cause"]
    assert [(one.severity, one.row, one.value) for one in warnings] == [("warning", 2, "井盖问题")]
    assert "2 行" in warnings[0].zh and "2 rows" in warnings[0].en
    assert table["basis"].tolist() == ["text", "text"]


def test_words_of_a_parquet_table_are_read_as_those_of_workbooks(based):
    alone, table = assigned(based, ["F-2-1", 0.5, "路面坑洼", ""], ["F-2-1", 0.5, "满地烟蒂", "井盖问题"])
    raw = alone.observations.assign(cause=["", "井盖问题"], site="西市场", row_id=[0, 1])
    raw.to_parquet(based.path / "observations.parquet")
    both, told_of_both = assigned(
        based, ["F-2-1", 0.5, "路面坑洼", ""], ["F-2-1", 0.5, "满地烟蒂", "井盖问题"]
    )
    assert both.observations["cause"].tolist() == ["road_surface", "litter"] * 2
    assert told_of_both["row_id"].tolist() == [0, 1, 2, 3]
    of_parquet = told_of_both.iloc[2:].drop(columns="row_id").reset_index(drop=True)
    assert of_parquet.astype(str).equals(table.drop(columns="row_id").astype(str))
    assert [one.code for one in both.problems].count("unknown_cause") == 2


def test_a_parquet_table_of_texts_without_stated_causes_gets_them_from_the_text(based):
    alone, _ = assigned(based, ["F-2-1", 0.5, "路面坑洼", ""], ["F-2-2", 0.5, "", ""])
    (based.path / "实地.xlsx").unlink()
    alone.observations.drop(columns="cause").to_parquet(based.path / "observations.parquet")
    found = intake.check(based.path, library.with_causes(based.rulebook, "services"))
    assert found.observations["cause"].tolist() == ["road_surface", ""]
    assert found.table("cause_assignments")["row_id"].tolist() == [0]


def test_two_causes_that_match_share_and_the_table_says_so(based):
    found, table = assigned(based, ["F-2-1", 0.5, "路面坑洼且有烟蒂", ""])
    assert told(found) == {"路面坑洼且有烟蒂": "road_surface|litter"}
    assert table["matched"].tolist() == ["路面坑洼、坑洼、烟蒂"]
    row = table.iloc[0]
    assert (row["source_file"], row["source_sheet"], row["source_row"]) == ("实地.xlsx", "实地考察", 2)


def test_what_no_rule_knows_stays_open_and_takes_the_cause_of_its_check(based):
    found, table = assigned(based, ["F-2-1", 0.5, "莫名其妙的问题", ""])
    assert told(found) == {"莫名其妙的问题": ""}
    assert table[["basis", "cause"]].values.tolist() == [["none", ""]]


def test_a_check_without_a_problem_is_not_read_for_causes(based):
    found, table = assigned(based, ["F-2-1", 0, "井盖完好", ""], ["F-2-2", 0.5, "井盖破损", ""])
    assert told(found) == {"井盖完好": "", "井盖破损": "manhole"}
    assert table["note"].tolist() == ["井盖破损"]


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        ("路 面\n破损", ("road_surface",)),
        ("农贸市场内路面破损", ()),
        ("小广告", ("stickers_posted",)),
        ("有人散发小广告", ("leaflets",)),
        ("公益广告被小广告覆盖", ("ad_covered",)),
        ("污水外溢", ("drainage",)),
        ("污水外溢，另有污水未处理", ("drainage", "market_water")),
        ("电动车闯红灯", ("jaywalking",)),
    ],
)
def test_keywords_exclusions_and_the_longer_word_at_one_place(services, text, causes):
    assert services.of_text(text).causes == causes


def test_a_label_of_two_causes_means_the_one_beside_the_check_else_both(services):
    assert services.stated("数量不足", "publicity").causes == ("ad_count",)
    assert services.stated("数量不足", "doc_late").causes == ("doc_count",)
    assert services.stated("数量不足", "").causes == ("ad_count", "doc_count")


@given(st.text(alphabet="路面破损井盖小广告污水外溢公益、，", max_size=20))
def test_every_cause_of_a_text_shows_a_keyword_that_stands_in_it(services, text):
    found = services.of_text(text)
    assert bool(found.causes) == bool(found.words)
    keywords = {word for one in found.causes for word in services.vocabulary.causes[one].keywords}
    assert set(found.words) <= keywords
    assert all(word in text for word in found.words)


def test_another_vocabulary_is_chosen_in_round_yml_and_understands_the_first(based):
    based.info(causes="bulletin-2021")
    found, table = assigned(
        based,
        ["F-2-1", 0.5, "一", "城市牛皮癣"],
        ["F-2-1", 0.5, "井盖破损", ""],
        vocabulary="bulletin-2021",
    )
    assert told(found) == {"一": "sanitation_finding", "井盖破损": "infrastructure_finding"}
    assert table["basis"].tolist() == ["stated", "text"]
    assert found.info.causes == "bulletin-2021"


def test_rules_are_read_in_the_words_of_a_vocabulary_that_covers_theirs():
    city = library.load("national-city-2023")
    changed = library.with_causes(city, "bulletin-2021").frameworks["national-city-2023"]
    known = library.vocabulary("bulletin-2021")
    causes = {item.cause for node in changed.nodes for item in node.items} - {""}
    assert causes <= set(known.causes) and "publicity_work_finding" in causes
    assert changed.by_id["F-01"].items == next(n for n in changed.nodes if n.id == "F-01").items
    assert city.frameworks["national-city-2023"].causes == "services"


def test_a_vocabulary_that_does_not_know_a_cause_of_the_rules_is_refused(tmp_path):
    own = tmp_path / "own.yml"
    cause = "{id: dirt, zh: 脏, en: Dirt, hardware: false, subjective: true, fix: on_spot}"
    own.write_text(
        "id: own\ntitle: {zh: 一, en: One}\ngroups:\n"
        f"  - {{id: look, zh: 市容, en: Looks, causes: [{cause}]}}\n",
        encoding="utf-8",
    )
    with pytest.raises(FrameworkError, match="'ad_content'"):
        library.with_causes(library.load("national-city-2023"), str(own))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("keywords: ['']", "empty_word"),
        ("covers: [litter]", "covers_nothing"),
        ("covers: [litter]}, {id: b, zh: 乙, en: B, hardware: true, subjective: true, fix: works, "
         "covers: [litter]", "covered_twice"),
        ("covers: [litterr]", "unknown_cause"),
    ],
)  # fmt: skip
def test_a_wrong_vocabulary_says_what_is_wrong(tmp_path, more, code):
    top = "" if code == "covers_nothing" else "covers: services\n"
    cause = f"{{id: a, zh: 甲, en: A, hardware: true, subjective: true, fix: works, {more}}}"
    own = tmp_path / "own.yml"
    text = f"id: own\n{top}title: {{zh: 一, en: One}}\ngroups:\n"
    own.write_text(f"{text}  - {{id: g, zh: 组, en: G, causes: [{cause}]}}\n", encoding="utf-8")
    assert code in [problem.code for problem in library.check_file(own)]


def test_planted_causes_of_the_demo_come_back_from_the_text_alone(demo_project, services):
    """Stated causes put aside, the words find the planted group of causes of 9 problems in 10."""
    folder = demo_project / "data" / "raw" / "demo-2025-q2"
    table = intake.load(folder).table("cause_assignments")
    groups = services.vocabulary.group_of
    hit = [
        {groups[one].id for one in services.of_text(note).causes}
        & {groups[one].id for one in stated.split("|")}
        for note, stated in zip(table["note"], table["cause"].astype(str), strict=True)
    ]
    assert sum(map(bool, hit)) / len(table) > 0.9
    planted = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["problems_by_cause"]
    found = table["cause"].astype(str).map(lambda one: groups[one.split("|")[0]].id).value_counts()
    assert found.sum() > 0.75 * sum(planted.values())
