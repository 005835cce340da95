"""Missing data, components, sub-units, adjustments and cycle, each against arithmetic by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import DataError, UsageError
from analysis.scoring import at_level, evaluate

SHARE = {"name": "pass_share"}
SOURCE = {"source_file": "表.xlsx", "source_sheet": "s", "source_row": 3}


def tree(**leaf_settings: dict) -> list[dict]:
    """root -> f (0.6: a 0.5, b 0.5), q (0.4: c)."""
    nodes = [
        {"id": "root"},
        {"id": "f", "parent": "root", "weight": 0.6, "method": "field"},
        {"id": "q", "parent": "root", "weight": 0.4, "method": "questionnaire"},
        {"id": "a", "parent": "f", "weight": 0.5, "rule": SHARE},
        {"id": "b", "parent": "f", "weight": 0.5, "rule": SHARE},
        {"id": "c", "parent": "q", "weight": 1.0, "rule": SHARE},
    ]
    return [{**node, **leaf_settings.get(node["id"], {})} for node in nodes]


def rows(unit: str, **rates: float | None) -> list[dict]:
    """One observation per leaf with that value; None is a missing row, a leaf left out has no row."""
    return [
        {
            "unit": unit,
            "leaf": leaf,
            "value": value if value is not None else np.nan,
            "status": int(value is None),
        }
        for leaf, value in rates.items()
    ]


def base_of(result) -> dict[str, float]:
    return dict(zip(result.scores["unit"].astype(str), result.scores["base"], strict=True))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # a = 0.8, b missing, c = 0.5
        ("zero", 100 * (0.6 * (0.8 + 0) / 2 + 0.4 * 0.5)),
        ("redistribute", 100 * (0.6 * 0.8 + 0.4 * 0.5)),
        # 乙 and 丙 observed 0.6 and 0.4 there, 丁 of another group 0.0: mean 0.5
        ("group_mean", 100 * (0.6 * (0.8 + 0.5) / 2 + 0.4 * 0.5)),
    ],
)
@pytest.mark.parametrize("absent", [{}, {"b": None}])
def test_missing_leaf(rule, expected, absent, framework_of, rulebook_of, round_of):
    data = [
        *rows("甲", a=0.8, c=0.5, **absent),
        *rows("乙", a=1, b=0.6, c=1),
        *rows("丙", a=1, b=0.4, c=1),
        *rows("丁", a=1, b=0.0, c=1),
    ]
    groups = {"甲": "g", "乙": "g", "丙": "g", "丁": "h"}
    book = rulebook_of(framework_of(tree(b={"missing": rule})))
    result = evaluate(round_of(data, groups, None), book)
    assert base_of(result)["甲"] == pytest.approx(expected)
    node = result.nodes[(result.nodes["unit"] == "甲") & (result.nodes["node"] == "b")].iloc[0]
    assert bool(node["imputed"]) == (rule == "group_mean")
    causes = result.ledger[(result.ledger["unit"] == "甲") & (result.ledger["leaf"] == "b")]["cause"]
    assert causes.tolist() == {"zero": ["missing"], "redistribute": [], "group_mean": ["imputed"]}[rule]


def test_redistribution_goes_upward_when_no_sibling_is_left(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of(tree(f={"missing": "redistribute"})))
    result = evaluate(round_of(rows("甲", c=0.5)), book)
    assert base_of(result) == {"甲": pytest.approx(50.0)}
    weights = result.nodes.set_index("node")["weight"]
    assert weights[["f", "a", "b", "q", "c"]].tolist() == pytest.approx([0, 0, 0, 1, 1])
    assert result.nodes.set_index("node").loc["q", "redistributed"]


def test_missing_where_none_is_allowed_names_row_and_unit(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of(tree()))
    with pytest.raises(DataError, match=r"试\.xlsx, sheet 表, row 3: 甲, b: no value") as caught:
        evaluate(round_of([*rows("甲", a=1, b=None, c=1), *rows("乙", a=1, b=1)]), book)
    assert [p.value for p in caught.value.problems if p.code == "nothing_observed"] == ["c"]
    assert "乙" in caught.value.text("zh")


def test_not_applicable_follows_its_own_rule(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of(tree(b={"missing": "error", "not_applicable": "redistribute"})))
    data = [*rows("甲", a=0.8, c=0.5), {"unit": "甲", "leaf": "b", "status": 2}]
    assert base_of(evaluate(round_of(data), book)) == {"甲": pytest.approx(100 * (0.6 * 0.8 + 0.4 * 0.5))}


def test_a_site_type_that_the_register_does_not_have_is_not_applicable(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of(tree(b={"site_types": ["park"]})))
    sites = pd.DataFrame({"unit": ["甲"], "site": ["路"], "site_type": ["road"]}).astype("category")
    data = rows("甲", a=0.8, c=0.5)
    assert base_of(evaluate(round_of(data, frames={"sites": sites}), book))["甲"] == pytest.approx(68.0)
    parks = pd.DataFrame({"unit": ["甲"], "site": ["园"], "site_type": ["park"]}).astype("category")
    with pytest.raises(DataError, match="node 'b'"):
        evaluate(round_of(data, frames={"sites": parks}), book)


def test_zero_missing_and_not_applicable_are_three_things(leaf_rate):
    observed = [{"value": 1, "item": "", "site": "s"}]
    cases = {0: 0.5, 1: 0.5, 2: 1.0}
    for status, expected in cases.items():
        value = 0.0 if status == 0 else np.nan
        extra = [{"value": value, "status": status, "site": "s"}]
        assert leaf_rate(SHARE, observed + extra, {"missing": "zero"}) == pytest.approx(expected)


def test_given_score_of_an_inner_node_replaces_what_lies_below(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of(tree()))
    data = [{"unit": "甲", "leaf": "f", "value": 90.0}, *rows("甲", c=0.5)]
    result = evaluate(round_of(data), book)
    assert base_of(result) == {"甲": pytest.approx(0.6 * 90 + 0.4 * 50)}
    assert sorted(result.nodes["node"].astype(str)) == ["c", "composite", "f", "q", "root"]
    assert result.ledger.set_index("leaf")["points_lost"].to_dict() == pytest.approx({"f": 6.0, "c": 20.0})
    with pytest.raises(DataError, match="'a' has rows, yet a score is given above it"):
        evaluate(round_of([*data, *rows("甲", a=1)]), book)


def single(name: str, **more: object) -> dict:
    return {"id": name, "method": "field", "rule": {"name": "given_score"}, **more}


def three(framework_of, rulebook_of, weights: dict[str, float], **more: object):
    books = [framework_of([single(name)], id=name) for name in ("city", "minors", "villages")]
    return rulebook_of(*books, weights=weights, villages={"sub_units": True}, **more)


DATA = [
    {"unit": "甲", "component": "city", "leaf": "city", "value": 90.0},
    {"unit": "甲", "component": "minors", "leaf": "minors", "value": 84.0},
    {"unit": "甲", "component": "villages", "leaf": "villages", "place": "东村", "value": 70.0},
    {"unit": "甲", "component": "villages", "leaf": "villages", "place": "西村", "value": 80.0},
    {"unit": "甲", "component": "villages", "leaf": "villages", "place": "西村", "value": 60.0},
]


def test_components_are_weighted_and_villages_finish_their_own_score_first(
    framework_of, rulebook_of, round_of
):
    result = evaluate(
        round_of(DATA), three(framework_of, rulebook_of, {"city": 0.7, "minors": 0.2, "villages": 0.1})
    )
    # villages: 东村 70, 西村 (80 + 60) / 2 = 70: mean 70; 0.7 x 90 + 0.2 x 84 + 0.1 x 70 = 86.8
    assert base_of(result) == {"甲": pytest.approx(86.8)}
    places = result.nodes[result.nodes["place"] != ""].set_index("place")
    assert places["points_possible"].to_dict() == pytest.approx({"东村": 5.0, "西村": 5.0})
    assert result.ledger.groupby("place", observed=True)["points_lost"].sum().to_dict() == pytest.approx(
        {"": 0.7 * 10 + 0.2 * 16, "东村": 1.5, "西村": 1.5}
    )


def test_components_that_come_on_top(framework_of, rulebook_of, round_of):
    book = three(framework_of, rulebook_of, {"city": 1.0, "minors": 0.2, "villages": 0.1}, rule="added")
    result = evaluate(round_of(DATA), book)
    assert base_of(result) == {"甲": pytest.approx(90 + 0.2 * 84 + 0.1 * 70)}
    assert result.nodes.loc[result.nodes["node"] == "composite", "points_possible"].tolist() == [130.0]


def test_full_marks_other_than_100(framework_of, rulebook_of, round_of):
    nodes = [
        {"id": "root"},
        *(single(name, parent="root", max_points=points) for name, points in (("a", 39.7), ("b", 66.3))),
    ]
    book = rulebook_of(framework_of(nodes, settings={"full_marks": 106}))
    result = evaluate(round_of([{"unit": "甲", "leaf": n, "value": 90.0} for n in "ab"]), book)
    assert base_of(result) == {"甲": pytest.approx(95.4)}
    assert result.scores[["root", "root.a"]].iloc[0].tolist() == pytest.approx([95.4, 35.73])


def test_component_without_data_follows_the_rule_of_its_part(framework_of, rulebook_of, round_of):
    weights = {"city": 0.7, "minors": 0.2, "villages": 0.1}
    for rule, expected in (("redistribute", (0.7 * 90 + 0.2 * 84) / 0.9), ("zero", 0.7 * 90 + 0.2 * 84)):
        book = three(framework_of, rulebook_of, weights)
        parts = [p.model_copy(update={"missing": rule}) for p in book.composition.parts]
        book = book.model_copy(
            update={"composition": book.composition.model_copy(update={"parts": tuple(parts)})}
        )
        assert base_of(evaluate(round_of(DATA[:2]), book)) == {"甲": pytest.approx(expected)}
    with pytest.raises(DataError, match="甲: no data for the component 'villages'"):
        evaluate(round_of(DATA[:2]), three(framework_of, rulebook_of, weights))


ADJUST = {
    "bonus": {
        "cap": 3.0,
        "rules": [
            {"id": "b1", "zh": "甲类", "en": "one", "points": 2.0},
            {"id": "b2", "zh": "乙类", "en": "two", "cap": 1.5},
        ],
    },
    "negative_list": [
        {"id": "n1", "zh": "弄虚作假", "en": "fraud", "kind": "penalty", "points": 5.0},
        {"id": "n2", "zh": "重大事件", "en": "grave", "kind": "veto"},
    ],
}  # fmt: skip


def table(rows: list[dict]) -> pd.DataFrame:
    frame = pd.DataFrame([{**SOURCE, **row} for row in rows])
    return frame.astype(dict.fromkeys(("unit", "rule"), "category"))


def test_bonus_is_capped_by_rule_and_in_all_and_penalties_come_off(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of([single("root")], settings=ADJUST))
    data = [{"unit": u, "leaf": "root", "value": 94.65} for u in ("甲", "乙")]
    claims = table(
        [
            {"unit": "甲", "rule": "b1", "points": np.nan, "status": "approved"},
            {"unit": "甲", "rule": "b2", "points": 4.0, "status": "approved"},
            {"unit": "甲", "rule": "b2", "points": 4.0, "status": "pending"},
        ]
    )
    events = table(
        [{"unit": "乙", "rule": "n1", "points": np.nan}, {"unit": "乙", "rule": "n2", "points": np.nan}]
    )
    result = evaluate(round_of(data, frames={"bonus_claims": claims, "negative_events": events}), book)
    # 2 of b1, then 4 claimed of b2: its cap 1.5, but only 1 is left of 3 in all
    assert result.adjustments["points"].tolist() == [2.0, 1.0, 0.0, 5.0, 0.0]
    scores = result.scores.set_index("unit")
    assert scores["composite"].to_dict() == pytest.approx({"甲": 97.65, "乙": 89.65})
    assert scores["veto"].to_dict() == {"甲": "", "乙": "n2"}


def test_unknown_rules_and_events_without_points_are_all_listed(framework_of, rulebook_of, round_of):
    entries = [{"id": "n3", "zh": "形式主义", "en": "formalism", "kind": "penalty"}]
    book = rulebook_of(framework_of([single("root")], settings={"negative_list": entries}))
    events = table(
        [{"unit": "甲", "rule": "n9", "points": 1.0}, {"unit": "甲", "rule": "n3", "points": np.nan}]
    )
    with pytest.raises(DataError, match=r"表\.xlsx, sheet s, row 3: negative-list entry 'n9'") as caught:
        evaluate(
            round_of([{"unit": "甲", "leaf": "root", "value": 90.0}], frames={"negative_events": events}),
            book,
        )
    assert [problem.code for problem in caught.value.problems] == ["unknown_adjustment", "no_points"]


@pytest.mark.parametrize(("minors", "eligible"), [(84.99, False), (85.0, True)])
def test_prerequisite(minors, eligible, framework_of, rulebook_of, round_of):
    need = {
        "id": "m85",
        "zh": "未成年人不低于85",
        "en": "minors at least 85",
        "component": "minors",
        "at_least": 85,
    }
    book = three(
        framework_of,
        rulebook_of,
        {"city": 0.7, "minors": 0.2, "villages": 0.1},
        settings={"prerequisites": [need]},
    )
    data = [*DATA[:1], {**DATA[1], "value": minors}, *DATA[2:]]
    result = evaluate(round_of(data), book)
    assert result.scores["eligible"].tolist() == [eligible]
    assert result.adjustments["kind"].tolist() == ([] if eligible else ["prerequisite"])


def test_cycle_of_15_25_60(framework_of, rulebook_of, round_of):
    cycle = {"weights": {"y1": 0.15, "y2": 0.25, "y3": 0.6}}
    book = rulebook_of(framework_of([single("root")], settings={"cycle": cycle}))
    earlier = pd.DataFrame(
        [{"unit": "甲", "period": p, "composite": c, **SOURCE} for p, c in (("2015", 80.0), ("2016", 90.0))]
    )
    said = {"frames": {"cycle_scores": earlier}, "cycle": "2015-2017", "period": "2017"}
    result = evaluate(round_of([{"unit": "甲", "leaf": "root", "value": 95.0}], **said), book)
    assert result.scores["cycle"].tolist() == pytest.approx([0.15 * 80 + 0.25 * 90 + 0.6 * 95])
    assert result.cycle["contribution"].tolist() == pytest.approx([12.0, 22.5, 57.0])
    alone = evaluate(
        round_of([{"unit": "甲", "leaf": "root", "value": 95.0}], cycle="2015-2017", period="2017"), book
    )
    assert alone.scores["cycle"].isna().all()


def test_places_evaluated_as_units_of_their_own(framework_of, rulebook_of, round_of):
    level = {"zh": "村", "en": "villages", "component": "villages", "framework": "villages"}
    round_ = round_of(DATA, levels={"villages": level})
    book = rulebook_of(framework_of([single("villages")]))
    result = evaluate(at_level(round_, "villages", book), book)
    assert base_of(result) == {"东村": 70.0, "西村": 70.0}
    with pytest.raises(UsageError, match="no level 'streets'"):
        at_level(round_, "streets", book)


def test_renaming_units_renames_scores(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of(tree()))
    data = [*rows("甲", a=0.8, b=0.3, c=0.5), *rows("乙", a=0.1, b=0.6, c=1)]
    renamed = [{**row, "unit": {"甲": "乙", "乙": "甲"}[row["unit"]]} for row in data]
    first, second = base_of(evaluate(round_of(data), book)), base_of(evaluate(round_of(renamed), book))
    assert first == {"甲": second["乙"], "乙": second["甲"]}


def test_rows_the_rulebook_does_not_know_are_refused(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of(tree()))
    with pytest.raises(DataError, match="row 5.*node 'zz'"):
        evaluate(round_of([*rows("甲", a=1, b=1, c=1), {"unit": "甲", "leaf": "zz", "value": 1}]), book)


def test_a_unit_listed_twice_and_an_empty_round_are_refused(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of(tree()))
    round_ = round_of(rows("甲", a=1, b=1, c=1))
    round_.frames["units"] = pd.concat([round_.units, round_.units], ignore_index=True)
    with pytest.raises(DataError, match="unit '甲' stands in the list of units more than once"):
        evaluate(round_, book)
    empty = round_of(rows("甲", a=1, b=1, c=1))
    empty.frames["observations"] = empty.observations.iloc[:0]
    with pytest.raises(DataError, match="has nothing to score"):
        evaluate(empty, book)


@pytest.mark.parametrize(
    ("duties", "row", "expected"),
    [
        ({"split": {"territory": 0.8, "lead": 0.2}, "units": {"lead": ["城管"]}}, {"territory": "一街"},
         {("一街", "territory"): 0.8, ("城管", "lead"): 0.2}),
        ({"split": {"territory": 0.8, "lead": 0.2}}, {}, {("登记街", "territory"): 0.8, ("", "lead"): 0.2}),
        ({"joint": True, "units": {"lead": ["城管", "公安"]}}, {"territory": "一街"},
         {("一街", "territory"): 0.5, ("城管", "lead"): 0.25, ("公安", "lead"): 0.25}),
        (None, {"territory": "一街、二街"}, {("一街", "territory"): 0.5, ("二街", "territory"): 0.5}),
    ],
)  # fmt: skip
def test_shares_by_role(duties, row, expected, framework_of, rulebook_of, round_of):
    node = {"duties": duties} if duties else {}
    book = rulebook_of(framework_of([{"id": "root", "method": "field", "rule": SHARE, **node}]))
    sites = pd.DataFrame({"unit": ["甲"], "site": ["s"], "site_type": ["t"], "territory": ["登记街"]})
    data = [{"unit": "甲", "leaf": "root", "site": "s", "value": 0, **row}]
    result = evaluate(round_of(data, frames={"sites": sites.astype("category")}), book)
    shares = result.shares
    found = zip(shares["responsible_unit"].astype(str), shares["role"].astype(str), strict=True)
    assert dict(zip(found, shares["share"], strict=True)) == pytest.approx(expected)
    assert shares["joint"].all() == bool(duties and duties.get("joint"))


def test_several_causes_of_one_check_share_it(framework_of, rulebook_of, round_of):
    book = rulebook_of(framework_of([{"id": "root", "method": "field", "rule": SHARE}]))
    data = [{"unit": "甲", "leaf": "root", "value": 0, "cause": "fire、traffic"}]
    shares = evaluate(round_of(data), book).shares
    assert dict(zip(shares["cause"].astype(str), shares["share"], strict=True)) == {
        "fire": 0.5,
        "traffic": 0.5,
    }


def test_more_causes_than_a_small_code_can_hold(framework_of, rulebook_of, round_of):
    items = [{"id": f"i{i}", "cause": f"item{i}"} for i in range(100)]
    book = rulebook_of(framework_of([{"id": "root", "method": "field", "rule": SHARE, "items": items}]))
    data = [
        {"unit": "甲", "leaf": "root", "item": f"i{i}", "value": 0, "cause": f"own{i}"} for i in range(100)
    ]
    data += [{"unit": "甲", "leaf": "root", "item": "i7", "value": 0}]
    causes = evaluate(round_of(data), book).ledger["cause"].astype(str).tolist()
    assert causes == [*(f"own{i}" for i in range(100)), "item7"]


@pytest.mark.parametrize(
    ("rule", "row", "named"),
    [
        ({"name": "pass_share"}, {"value": 5.0}, "5.0"),
        ({"name": "given_score", "max_points": 10}, {"value": 10.5}, "10.5"),
        ({"name": "graded", "grades": {"A": 1.0}}, {"answer": "E"}, "E"),
        ({"name": "pass_share"}, {"value": 1.0, "item": "x"}, "x 1.0"),
    ],
)
def test_values_that_a_rule_does_not_know_are_refused(rule, row, named, leaf_rate):
    items = {"items": [{"id": "a"}]}
    with pytest.raises(DataError, match=rf"row 2: 甲, root: .*{named}.* is not in its rule"):
        leaf_rate(rule, [{"item": "a", **row}], items)
