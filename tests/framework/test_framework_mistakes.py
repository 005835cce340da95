"""Every kind of mistake in a framework or composition is refused, naming the entry and the value."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.errors import FrameworkError
from analysis.framework.library import check_file, load


def at(raw: Any, path: str) -> Any:
    """The value at `nodes.F-01.rule.floor`-like paths; list entries are found by id."""
    for step in path.split("/"):
        raw = next(entry for entry in raw if entry["id"] == step) if isinstance(raw, list) else raw[step]
    return raw


def put(path: str, value: Any) -> Any:
    """A change that writes a value at a path."""
    *above, last = path.split("/")

    def change(raw: dict[str, Any]) -> None:
        at(raw, "/".join(above))[last] = value if above else value

    def change_top(raw: dict[str, Any]) -> None:
        raw[last] = value

    return change if above else change_top


def cut(path: str) -> Any:
    """A change that removes a key."""
    *above, last = path.split("/")

    def change(raw: dict[str, Any]) -> None:
        block = at(raw, "/".join(above)) if above else raw
        del block[last]

    return change


def add(path: str, **entry: Any) -> Any:
    """A change that appends an entry to a list."""

    def change(raw: dict[str, Any]) -> None:
        at(raw, path).append(entry)

    return change


LEAF = {"zh": "新", "en": "New"}
RULE = "nodes/F-02/rule"

MISTAKES: dict[str, tuple[Any, str, str]] = {
    "weights of siblings": (
        put("nodes/field/weight", 0.7),
        "weights_do_not_add_up",
        r"nodes town.*under 'town' add up to 1\.1.*field 0\.7, survey 0\.4",
    ),
    "points of siblings under a parent with points": (
        lambda raw: (
            put("nodes/field/max_points", 60)(raw),
            put("nodes/survey/max_points", 40)(raw),
            cut("nodes/field/weight")(raw),
            cut("nodes/survey/weight")(raw),
        ),
        "points_do_not_add_up",
        r"under 'field' add up to 50, not to 60.*F-01 20, F-02 30",
    ),
    "weight beside max_points": (
        lambda raw: (cut("nodes/F-02/max_points")(raw), put("nodes/F-02/weight", 0.5)(raw)),
        "mixed_weights",
        r"children of 'field'.*F-01 max_points, F-02 weight",
    ),
    "negative weight": (put("nodes/field/weight", -0.6), "negative_number", "nodes field.*-0.6"),
    "weight of the root": (put("nodes/town/weight", 1), "root_weight", "town.*1"),
    "unknown parent": (put("nodes/F-02/parent", "feild"), "unknown_parent", "'feild'.*Did you mean 'field'"),
    "loop": (
        lambda raw: (put("nodes/field/parent", "F-01")(raw), cut("nodes/F-01/rule")(raw)),
        "loop",
        "field > F-01 > field",
    ),
    "no root": (put("nodes/town/parent", "field"), "no_root", "no root"),
    "two roots": (
        add("nodes", id="again", rule={"name": "pass_share"}, **LEAF),
        "several_roots",
        "town, again",
    ),
    "two nodes of one id": (
        add("nodes", id="F-02", parent="field", max_points=1, rule={"name": "pass_share"}, **LEAF),
        "duplicate_id",
        "nodes F-02.*'F-02'",
    ),
    "two items of one id": (add("nodes/F-01/items", id="1.10", **LEAF), "duplicate_id", r"F-01.*'1\.10'"),
    "two areas of one id": (add("areas", id="order", **LEAF), "duplicate_id", "areas order.*'order'"),
    "neither rule nor children": (cut(RULE), "neither_rule_nor_children", "'F-02'"),
    "rule above children": (
        put("nodes/field/rule", {"name": "pass_share"}),
        "rule_and_children",
        "nodes field, rule.*'field'",
    ),
    "leaf without method": (cut("nodes/field/method"), "leaf_without_method", "leaf 'F-01'"),
    "unknown area": (put("nodes/F-01/area", "ordr"), "unknown_area", "'ordr'.*'order'"),
    "unknown site type": (put("nodes/F-01/site_types", ["markt"]), "unknown_site_type", "'markt'.*'market'"),
    "unknown cause": (
        put("nodes/F-02/cause", "apearance"),
        "unknown_cause",
        "'apearance'.*services.*'appear",
    ),
    "cause without vocabulary": (put("causes", ""), "cause_without_vocabulary", "'appearance'"),
    "unknown vocabulary": (put("causes", "servces"), "unknown_rules", "causes.*'servces'.*'services'"),
    "unknown source": (put("source", "plna"), "unknown_source", "'plna'.*'plan'"),
    "number without source": (
        lambda raw: (cut("source")(raw), cut("status")(raw)),
        "number_without_source",
        r"nodes field, weight: number without source: 0\.6 has no source and no status",
    ),
    "number without status": (cut("status"), "number_without_source", r"0\.6 has no status"),
    "no number": (put("nodes/field/weight", "60%"), "not_a_number", "nodes field, weight: '60%'"),
    "fraction over zero": (put("nodes/field/weight", "1/0"), "not_a_number", "'1/0'"),
    "unknown key": (put("nodes/F-01/rule/cap", 5), "unknown_key", "rule.cap: unknown key 'cap'.*cap_scope"),
    "misspelt key": (put("nodes/F-01/aera", "order"), "unknown_key", "'aera'. Did you mean 'area'"),
    "missing key": (cut("nodes/F-01/en"), "missing_key", "nodes F-01, en.*'en'"),
    "unknown rule": (put(f"{RULE}/name", "pas_share"), "not_allowed", "'pas_share'.*'pass_share'.*graded"),
    "unknown method": (put("nodes/field/method", "feld"), "not_allowed", "'feld'.*'field'"),
    "unknown status": (put("status", "requird"), "not_allowed", "'requird'.*'required'"),
    "unknown status of a number": (
        put("nodes/field/weight", {"value": 0.6, "status": "offical"}),
        "unknown_status",
        "nodes field, weight.*'offical'",
    ),
    "wrong type": (put("nodes/F-01/items", "none"), "wrong_type", "'none'.*a list"),
    "half a decimal": (put("settings/rounding", {"decimals": 1.5}), "wrong_type", "1.5.*whole number"),
    "ten decimals": (put("settings/rounding", {"decimals": 10}), "wrong_type", "10.*<= 9|10.*≤ 9"),
    "deduction without full marks": (
        cut("nodes/F-01/rule/max_points"),
        "missing_parameter",
        "nodes F-01, rule.*max_points.*site",
    ),
    "deduction by item without their points": (
        put("nodes/F-01/rule", {"name": "deduction", "cap_scope": "item"}),
        "missing_parameter",
        r"items\.1\.10.*max_points \(1\.10\)",
    ),
    "deduction by item without items": (
        put(RULE, {"name": "deduction", "cap_scope": "item"}),
        "missing_parameter",
        "nodes F-02.*items",
    ),
    "floor above full marks": (put("nodes/F-01/rule/floor", 12), "floor_above_full", "12.*10"),
    "start above full marks": (put(RULE, {"name": "start_adjust", "start": 110}), "start_outside", "110"),
    "threshold without a limit": (put(RULE, {"name": "threshold"}), "one_limit", "F-02.*given: -"),
    "threshold with two limits": (
        put(RULE, {"name": "threshold", "at_least": 95, "at_most": 98}),
        "one_limit",
        "at_least 95, at_most 98",
    ),
    "rising below a limit": (
        put(RULE, {"name": "threshold", "at_most": 3, "or_rising": True}),
        "needless_parameter",
        "or_rising.*at_most",
    ),
    "target of zero": (put(RULE, {"name": "target", "target": 0}), "not_positive", "target.*0"),
    "empty scale": (put(RULE, {"name": "answer_scale", "scale": {}}), "empty_parameter", "F-02.*scale"),
    "empty grades": (put(RULE, {"name": "graded", "grades": {}}), "empty_parameter", "F-02.*grades"),
    "no periods": (put(RULE, {"name": "counted_evidence", "periods": []}), "empty_parameter", "periods"),
    "period twice": (
        put(RULE, {"name": "counted_evidence", "periods": ["Q1", "Q1"]}),
        "listed_twice",
        "'Q1'.*periods",
    ),
    "coefficient above 1": (put(RULE, {"name": "graded", "grades": {"A": 60}}), "outside_0_1", "A.*60"),
    "answer in scale and unclear": (
        put("nodes/survey/rule/unclear", ["满意"]),
        "unclear_in_scale",
        "survey.*'满意'",
    ),
    "site type weights": (
        lambda raw: (
            put("nodes/F-02/average", "site_types")(raw),
            put("nodes/F-02/site_type_weights", {"market": 0.5, "main_road": 0.4})(raw),
        ),
        "site_type_weights_do_not_add_up",
        r"'F-02' add up to 0\.9.*market 0\.5, main_road 0\.4",
    ),
    "weight of an unknown site type": (
        lambda raw: (
            put("nodes/F-02/average", "site_types")(raw),
            put("nodes/F-02/site_type_weights", {"markets": 1})(raw),
        ),
        "unknown_site_type",
        "'markets'.*'market'",
    ),
    "site type weights that nobody uses": (
        put("nodes/F-02/site_type_weights", {"market": 1}),
        "site_type_weights_unused",
        "'F-02'",
    ),
    "average over no site types": (
        put("nodes/F-02/average", "site_types"),
        "average_without_site_types",
        "F-02",
    ),
    "items above the leaves": (
        put("nodes/field/items", [{"id": "x", **LEAF}]),
        "for_leaves_only",
        "items.*'field'",
    ),
    "duties": (put("nodes/F-01/duties/split/line", 0.3), "split_does_not_add_up", r"1\.1.*line 0\.3"),
    "duties split and joint": (put("nodes/F-01/duties/joint", True), "split_and_joint", "F-01.*line 0.2"),
    "form of automatic pass": (put("nodes/F-02/auto_pass", "a; b"), "auto_pass_form", "F-02.*'a; b'"),
    "bands overlap": (put("settings/bands/low/below", 75), "bands_overlap", "'warn' and 'low'"),
    "empty band": (put("settings/bands/warn/below", 60), "band_empty", "'warn'.*70 to 60"),
    "band of two kinds": (put("settings/bands/low/first", 10), "band_form", "'low'"),
    "cycle": (put("settings/cycle/weights/2026", 0.5), "cycle_does_not_add_up", r"0\.9.*2026 0\.5"),
    "prerequisite": (
        put("settings/prerequisites", [{"id": "p", "component": "towm", "at_least": 85, **LEAF}]),
        "unknown_component",
        "'towm'.*'town'",
    ),
    "ordered ties without columns": (put("settings/ties", {"method": "ordered"}), "ties_without_by", "by"),
    "ties by an unknown column": (
        put("settings/ties", {"method": "ordered", "by": ["town.feld"]}),
        "unknown_column",
        r"'town\.feld'.*'town\.field'",
    ),
    "veto with points": (
        put("settings/negative_list", [{"id": "v", "kind": "veto", "points": 5, **LEAF}]),
        "veto_with_points",
        r"negative_list\.v.*5",
    ),
    "negative bonus": (put("settings/bonus", {"cap": -3}), "negative_number", r"settings\.bonus\.cap.*-3"),
    "no full marks": (put("settings/full_marks", 0), "not_positive", "full_marks.*0"),
    "neither framework nor composition": (cut("nodes"), "unknown_kind_of_file", "nodes"),
}


def test_the_small_framework_is_sound(small, write):
    assert check_file(write(small)) == []


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_entry_and_value(name, small, write):
    change, code, said = MISTAKES[name]
    change(small)
    with pytest.raises(FrameworkError, match=said) as refused:
        load(write(small))
    assert code in {problem.code for problem in refused.value.problems}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_says_its_place_and_what_to_do_in_both_languages(name, small, write):
    change, code, _ = MISTAKES[name]
    change(small)
    problem = next(one for one in check_file(write(small)) if one.code == code)
    assert problem.file.endswith("small.yml")
    assert all((problem.zh, problem.en, problem.fix_zh, problem.fix_en))


def test_all_problems_are_listed_at_once(small, write):
    for name in (
        "weights of siblings",
        "unknown area",
        "unknown key",
        "empty band",
        "unknown method",
        "cycle",
    ):
        MISTAKES[name][0](small)
    codes = {problem.code for problem in check_file(write(small))}
    assert codes >= {"unknown_area", "unknown_key", "band_empty", "not_allowed", "cycle_does_not_add_up"}


def test_one_mistake_is_one_problem(small, write):
    put("nodes/field/weight", "sixty")(small)
    assert [problem.code for problem in check_file(write(small))] == ["not_a_number"]


def test_the_line_of_the_value_is_named(write):
    path = write(
        "id: x\ntitle: {zh: 一, en: One}\nnodes:\n  - id: r\n    zh: 一\n    en: One\n    wieght: 1\n"
    )
    problem = next(one for one in check_file(path) if one.code == "unknown_key")
    assert (problem.row, problem.value) == (7, "wieght")


def test_a_key_given_twice_is_refused(write):
    with pytest.raises(FrameworkError, match=r"row 3.*'edition' is given twice"):
        load(write("id: x\nedition: a\nedition: b\nnodes: []\n"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("id: [x\n", "not_yaml"),
        ("!!python/object/apply:os.system [ls]\n", "unknown_tag"),
        ("a: &a [*a]\nnodes: []\n", "file_too_large"),
        ("", "unknown_kind_of_file"),
        ("- 1\n", "unknown_kind_of_file"),
    ],
)
def test_a_file_that_is_no_rule_file_is_a_problem_not_a_traceback(text, code, write):
    codes = [problem.code for problem in check_file(write(text))]
    assert codes == [code.replace("unknown_tag", "unknown_tag")]


def test_text_that_is_not_utf8_is_a_problem(tmp_path):
    path = tmp_path / "gbk.yml"
    path.write_bytes("id: 测评".encode("gbk"))
    with pytest.raises(FrameworkError, match=r"gbk\.yml: is not UTF-8"):
        load(path)


def test_an_unknown_id_suggests_a_shipped_one():
    with pytest.raises(FrameworkError, match="no 'national-city-2032'. Did you mean 'national-city-2023'"):
        load("national-city-2032")


COMPOSED: dict[str, tuple[Any, str]] = {
    "weights": (put("parts/minors/weight", 0.3), r"parts.*add up to 1\.1.*town 0\.8, minors 0\.3"),
    "no default": (put("parts/minors/frameworks", {"cities": "small"}), "part 'minors'.*`default`"),
    "unknown framework": (put("parts/minors/frameworks/default", "smal"), "parts minors.*'smal'"),
    "prerequisite": (
        put("settings", {"prerequisites": [{"id": "p", "component": "minor", "at_least": 85, **LEAF}]}),
        "'minor'.*'minors'",
    ),
    "ties": (put("settings", {"ties": {"method": "ordered", "by": ["minors.sruvey"]}}), r"'minors\.sruvey'"),
    "ties nobody uses": (put("settings", {"ties": {"by": ["town"]}}), "`by` .town. is given"),
    "no parts": (put("parts", []), "parts is empty"),
    "part twice": (
        add("parts", id="town", weight=0, frameworks={"default": "small"}, **LEAF),
        "parts town.*'town'",
    ),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_a_mistake_in_a_composition_is_refused(name, small, composition, write):
    change, said = COMPOSED[name]
    write(small)
    change(composition)
    with pytest.raises(FrameworkError, match=said):
        load(write(composition, "both.yml"))


def test_a_composition_shows_the_problems_of_its_frameworks(small, composition, write):
    put("nodes/F-01/area", "nowhere")(small)
    write(small)
    with pytest.raises(FrameworkError, match=r"small\.yml.*unknown area 'nowhere'"):
        load(write(composition, "both.yml"))


def test_parts_added_on_top_need_not_add_up(small, composition, write):
    write(small)
    composition["rule"] = "added"
    composition["parts"][0]["weight"] = 1
    assert load(write(composition, "both.yml")).composition.rule == "added"
