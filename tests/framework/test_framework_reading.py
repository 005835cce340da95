"""Numbers, their sources, layers and digests: what reading a framework makes of the file."""

from __future__ import annotations

import pytest

from analysis.errors import FrameworkError
from analysis.framework.document import read_yaml
from analysis.framework.library import (
    FRAMEWORKS,
    check_file,
    framework,
    load,
    shipped,
    vocabularies,
    vocabulary,
)


def numbers(path):
    return {number.where: number for number in framework(path).numbers}


def origin(path, where):
    number = numbers(path)[where]
    return number.value, number.source, number.status


def test_fractions_are_exact_enough_to_add_up(small, write):
    leaves = [
        {
            "id": f"L{i}",
            "zh": "一",
            "en": "One",
            "parent": "field",
            "weight": "1/25",
            "rule": {"name": "pass_share"},
        }
        for i in range(25)
    ]
    small["nodes"] = [*small["nodes"][:3], *leaves]
    read = framework(write(small))
    assert read.by_id["L7"].weight == 0.04
    assert sum(read.share(leaf) for leaf in read.children["field"]) == pytest.approx(1, abs=1e-12)


def test_a_plain_number_inherits_from_the_top_and_a_written_source_wins(small, write):
    path = write(small)
    assert origin(path, "nodes.field.weight") == (0.6, "plan", "local")
    assert origin(path, "nodes.survey.weight") == (0.4, "C", "required")
    assert origin(path, "nodes.F-01.items.1.points") == (0.5, "plan", "local")
    assert origin(path, "nodes.F-01.items.1.10.points") == (2.0, "C", "required")
    assert origin(path, "settings.cycle.weights.2026") == (0.6, "plan", "local")


def test_a_number_inherits_from_the_nearest_node_above(small, write):
    small["nodes"][0] |= {"source": "C", "status": "old"}
    small["nodes"][1]["status"] = "illustrative"
    path = write(small)
    assert origin(path, "nodes.F-01.rule.max_points")[1:] == ("C", "illustrative")
    assert origin(path, "nodes.survey.rule.scale.满意")[1:] == ("C", "old")
    assert origin(path, "settings.bands.low.below")[1:] == ("plan", "local")


def test_every_written_number_has_a_source_and_defaults_have_none(small, write):
    wheres = set(numbers(write(small)))
    assert {
        "nodes.F-01.max_points",
        "nodes.F-01.duties.split.line",
        "settings.bands.warn.from_score",
    } <= wheres
    assert not any("floor" in where or "decimals" in where for where in wheres)


def test_illustrative_numbers_mark_the_framework(small, write):
    assert not framework(write(small)).illustrative
    small["nodes"][1]["weight"] = {"value": 0.6, "status": "illustrative"}
    assert framework(write(small, "other.yml")).illustrative


def test_ids_answers_and_months_stay_what_is_written(write):
    path = write(
        "id: '007'\ntitle: {zh: 一, en: 1.0}\nedition: 2023\nsource: s\nstatus: old\nsources: {s: text}\n"
        "causes: ''\n"
        "nodes:\n  - {id: r, zh: 一, en: One, method: questionnaire}\n"
        "  - id: 1.10\n    parent: r\n    weight: .5\n    zh: 一\n    en: One\n"
        "    rule: {name: answer_scale, scale: {yes: 1, no: 0}}\n"
        "  - id: 1.1\n    parent: r\n    weight: 5e-1\n    zh: 二\n    en: Two\n"
        "    rule: {name: counted_evidence, periods: [01, 02, 3·15, 10]}\n"
    )
    read = framework(path)
    assert (read.id, read.title.en, read.edition) == ("007", "1.0", "2023")
    assert [node.id for node in read.leaves] == ["1.10", "1.1"]
    assert set(read.by_id["1.10"].rule.scale) == {"yes", "no"}
    assert read.by_id["1.1"].rule.periods == ("01", "02", "3·15", "10")


def test_anchors_and_merge_keys_work_as_in_yaml(write):
    path = write("base: &b {zh: 一, en: One}\nlist:\n  - {<<: *b, id: x, en: Own}\n")
    assert read_yaml(path).raw["list"] == [{"zh": "一", "en": "Own", "id": "x"}]


def test_the_digest_tells_contents_apart_and_ignores_spelling(small, write):
    first = framework(write(small))
    small["nodes"][1]["weight"] = "3/5"
    reordered = dict(reversed(small.items()))
    assert framework(write(reordered, "same.yml")).digest == first.digest
    small["nodes"][4]["rule"] = {"name": "given_score"}
    assert framework(write(small, "other.yml")).digest != first.digest


# --- extends


def extending(**more):
    return {"extends": "small", "id": "q2", "sources": {"form": "Form of the quarter"}, **more}


def test_a_layer_changes_adds_and_removes_by_id(small, write):
    write(small)
    path = write(
        extending(
            source="form",
            status="local",
            nodes=[
                {
                    "id": "F-01",
                    "max_points": 35,
                    "items": [{"id": "1", "remove": True}, {"id": "1.10", "points": 3}],
                },
                {"id": "F-02", "remove": True},
                {
                    "id": "F-03",
                    "zh": "新",
                    "en": "New",
                    "parent": "field",
                    "max_points": 15,
                    "rule": {"name": "pass_share"},
                },
            ],
        ),
        "q2.yml",
    )
    read = framework(path)
    assert [node.id for node in read.children["field"]] == ["F-01", "F-03"]
    assert [(item.id, item.zh, item.points) for item in read.by_id["F-01"].items] == [("1.10", "积水", 3.0)]
    assert (read.id, read.title.zh) == ("q2", "小测评")


def test_numbers_of_the_base_keep_their_source_and_new_ones_bring_their_own(small, write):
    write(small)
    path = write(extending(source="form", status="old", nodes=[{"id": "F-01", "max_points": 22}]), "q2.yml")
    assert origin(path, "nodes.F-01.max_points") == (22.0, "form", "old")
    assert origin(path, "nodes.F-02.max_points") == (30.0, "plan", "local")


def test_a_number_of_a_layer_without_source_is_refused(small, write):
    write(small)
    path = write(extending(nodes=[{"id": "F-01", "max_points": 22}]), "q2.yml")
    with pytest.raises(FrameworkError, match=r"q2\.yml, row \d+, nodes F-01, max_points.*22 has no source"):
        load(path)


def test_a_wrong_cause_of_the_base_is_shown_in_the_base(small, write):
    small["nodes"][3]["items"][0]["cause"] = "dirrt"
    write(small)
    with pytest.raises(FrameworkError, match=r"small\.yml, row \d+, nodes F-01, items\.1\.cause.*'dirrt'"):
        load(write(extending(), "q2.yml"))


def test_maps_and_another_rule_replace_the_old_ones(small, write):
    write(small)
    change = extending(
        source="form",
        status="old",
        nodes=[
            {"id": "F-01", "rule": {"name": "pass_share"}},
            {"id": "survey", "rule": {"scale": {"好": 1}}},
        ],
        settings={"cycle": {"weights": {"2027": 1}}},
    )
    read = framework(write(change, "q2.yml"))
    assert read.by_id["F-01"].rule.name == "pass_share"
    assert read.by_id["survey"].rule.scale == {"好": 1.0}
    assert read.by_id["survey"].rule.unclear == ("不清楚",)
    assert read.settings.cycle.weights == {"2027": 1.0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (extending(nodes=[{"id": "F-1", "remove": True}]), "has no 'F-1'. Did you mean 'F-01'"),
        (extending(nodes=[{"id": "F-01", "items": [{"id": "9", "hardware": True}]}]), "has no '9'"),
        (extending(extends="smal"), "no 'smal' to extend"),
        (extending(extends="q2"), "'q2' extends this file in turn"),
        ({"extends": "small", "edition": "x"}, "key 'id' is missing"),
        (extending(nodes=[{"id": "field", "remove": True}]), r"small\.yml.*unknown parent 'field'"),
    ],
)
def test_a_layer_that_does_not_fit_is_refused(change, said, small, write):
    write(small)
    with pytest.raises(FrameworkError, match=said):
        load(write(change, "q2.yml"))


# --- library


def test_a_single_framework_is_wrapped_with_its_own_settings(small, write):
    book = load(write(small))
    (part,) = book.composition.parts
    assert (part.id, part.weight, book.framework(part, "any group").id) == ("town", 1.0, "small")
    assert book.settings is book.frameworks["small"].settings


def test_a_composition_finds_frameworks_beside_it_and_by_group(small, composition, write):
    write(small)
    other = {"extends": "small", "id": "county"}
    write(other, "county.yml")
    composition["parts"][0]["frameworks"]["counties"] = "county.yml"
    book = load(write(composition, "both.yml"))
    town = book.composition.parts[0]
    assert book.framework(town, "counties").id == "county"
    assert set(book.frameworks) == {"county", "small"} == set(town.frameworks.values())
    assert book.framework(town, "cities").id == "small"


def test_an_id_means_the_shipped_rules_whatever_lies_in_the_current_folder(small, write, monkeypatch):
    path = write(small | {"id": "village-2023"}, "village-2023.yml")
    monkeypatch.chdir(path.parent)
    assert load("village-2023").composition.title.zh != "小测评"
    assert load("village-2023", folder=path.parent).composition.title.zh == "小测评"
    assert load("village-2023.yml").composition.title.zh == "小测评"


def test_two_frameworks_of_one_id_cannot_stand_in_one_composition(small, composition, write):
    write(small)
    small["nodes"][4]["rule"] = {"name": "given_score"}
    write(small, "copy.yml")
    composition["parts"][1]["frameworks"]["default"] = "copy.yml"
    with pytest.raises(FrameworkError, match=r"parts minors, frameworks\.default: duplicate id 'small'"):
        load(write(composition, "both.yml"))


def test_a_vocabulary_beside_the_framework_is_found_again_from_anywhere(small, write, monkeypatch):
    cause = "{id: dirt, zh: 脏, en: Dirt, hardware: false, subjective: true, fix: on_spot}"
    group = "  - {id: appearance, zh: 市容, en: Looks, causes: [" + cause + "]}\n"
    write("id: own\ntitle: {zh: 一, en: One}\ngroups:\n" + group, "own.yml")
    small["causes"] = "own.yml"
    path = write(small)
    digest = framework(path).digest
    monkeypatch.chdir("/")
    read = framework(path)
    assert vocabulary(read.causes).known("dirt")
    assert read.digest == digest


@pytest.mark.parametrize("name", shipped())
def test_what_is_shipped_is_sound_and_named_by_its_id(name):
    assert check_file(name) == []
    assert load(name).composition.id == name


def test_shipped_lists_frameworks_and_compositions():
    assert {"national-city-2023", "national-70-20-10"} <= set(shipped())


@pytest.mark.parametrize("name", vocabularies())
def test_shipped_vocabularies_are_sound(name):
    words = vocabulary(name)
    assert words.id == name
    assert all(words.known(cause) and words.lead_of(cause) is not None for cause in words.causes)


def test_a_cause_used_twice_is_refused(write):
    cause = "{id: dirt, zh: 脏, en: Dirt, hardware: false, subjective: true, fix: on_spot}"
    group = "  - {id: %s, zh: 一, en: One, causes: [" + cause + "]}\n"
    text = "id: v\ntitle: {zh: 一, en: One}\ngroups:\n" + group % "a" + group % "b"
    with pytest.raises(FrameworkError, match=r"groups b, causes\.dirt.*duplicate id 'dirt'"):
        vocabulary(str(write(text, "v.yml")))


def test_every_number_of_the_shipped_frameworks_names_a_described_source():
    for path in FRAMEWORKS.glob("*.yml"):
        read = framework(path.stem)
        assert {number.source for number in read.numbers} <= set(read.sources)
