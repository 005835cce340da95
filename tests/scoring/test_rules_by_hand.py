"""Every scoring rule against arithmetic done by hand; the arithmetic stands in the comment."""

import numpy as np
import pandas as pd
import pytest

ITEMS = {"items": [{"id": "a", "points": 2.0}, {"id": "b", "points": 1.0}, {"id": "c", "points": 1.0}]}


def close(value: float) -> object:
    return pytest.approx(value, abs=1e-9)


def test_pass_share_leaves_not_applicable_out_and_weights_items(leaf_rate):
    rows = [
        {"site": "s1", "item": "a", "value": 1},
        {"site": "s1", "item": "b", "value": 0},
        {"site": "s1", "item": "c", "status": 2},
        {"site": "s2", "item": "a", "value": 0},
        {"site": "s2", "item": "b", "value": 1},
        {"site": "s2", "item": "c", "value": 1},
    ]
    # site 1: 2 of 3; site 2: 2 of 4; mean (2/3 + 1/2) / 2 = 7/12
    assert leaf_rate({"name": "pass_share"}, rows, ITEMS) == close(7 / 12)
    # pooled: 4 of 7
    assert leaf_rate({"name": "pass_share"}, rows, {**ITEMS, "average": "pooled"}) == close(4 / 7)


def test_site_types_and_sub_units_are_averaged_after_their_sites(leaf_rate):
    rows = [
        {"site": "s1", "site_type": "market", "place": "p", "value": 1},
        {"site": "s2", "site_type": "market", "place": "p", "value": 0},
        {"site": "s3", "site_type": "market", "place": "q", "value": 0},
        {"site": "s4", "site_type": "road", "place": "q", "value": 1},
    ]
    # markets 1/3, roads 1: 0.25 x 1/3 + 0.75 x 1 = 5/6
    weights = {"average": "site_types", "site_type_weights": {"market": 0.25, "road": 0.75}}
    assert leaf_rate({"name": "pass_share"}, rows, weights) == close(5 / 6)
    # equal weights without any given: (1/3 + 1) / 2
    assert leaf_rate({"name": "pass_share"}, rows, {"average": "site_types"}) == close(2 / 3)
    # p: 1/2, q: 1/2
    assert leaf_rate({"name": "pass_share"}, rows, {"average": "sub_units"}) == close(1 / 2)


@pytest.mark.parametrize(("visits", "expected"), [("mean", 0.625), ("last", 0.75), ("all", 0.5)])
def test_repeated_visits(leaf_rate, visits, expected):
    rows = [
        {"site": "s1", "visit": "2024-09-30", "value": 0},
        {"site": "s1", "visit": "2024-10-02", "value": 0.5},
        {"site": "s2", "visit": "2024-10-02", "value": 1},
    ]
    # mean: (0.25 + 1) / 2 = 0.625; last: (0.5 + 1) / 2 = 0.75; all: (0 + 0.5 + 1) / 3 = 0.5
    assert leaf_rate({"name": "pass_share"}, rows, {"visits": visits}) == close(expected)


def test_the_tenth_visit_comes_after_the_second(leaf_rate):
    rows = [{"site": "s", "visit": "10", "value": 1}, {"site": "s", "visit": "2", "value": 0}]
    assert leaf_rate({"name": "pass_share"}, rows, {"visits": "last"}) == close(1.0)


def test_graded(leaf_rate):
    rule = {"name": "graded", "grades": {"A": 1.0, "B": 0.85, "C": 0.6, "D": 0.0}}
    # (2 x 0.85 + 1 x 0.6 + 1 x 0) / 4 = 0.575
    rows = [{"item": "a", "answer": "B"}, {"item": "b", "answer": "C"}, {"item": "c", "answer": "D"}]
    assert leaf_rate(rule, rows, ITEMS) == close(0.575)


def test_deduction_capped_at_the_site(leaf_rate):
    rule = {"name": "deduction", "cap_scope": "site", "max_points": 5.0}
    rows = [{"site": "s1", "value": 4.0}, {"site": "s1", "value": 3.5}, {"site": "s2", "value": 1.0}]
    # site 1: min(7.5, 5) of 5 -> 0; site 2: 4 of 5 -> 0.8; mean 0.4
    assert leaf_rate(rule, rows) == close(0.4)
    # a floor of 1 point stays: site 1 keeps 1 of 5 = 0.2; mean 0.5
    assert leaf_rate({**rule, "floor": 1.0}, rows) == close(0.5)


def test_deduction_capped_per_item_and_item_not_applicable(leaf_rate):
    node = {
        "items": [
            {"id": "a", "points": 0.5, "max_points": 2.0},
            {"id": "b", "points": 1.0, "max_points": 3.0},
        ]
    }
    rule = {"name": "deduction", "cap_scope": "item"}
    rows = [
        {"site": "s1", "item": "a", "count": 7},
        {"site": "s1", "item": "b", "value": 1.0},
        {"site": "s2", "item": "a", "value": 1.0},
        {"site": "s2", "item": "b", "status": 2},
    ]
    # site 1: a 7 x 0.5 = 3.5 -> cap 2; b 1: lost 3 of 5; site 2: 1 of 2; mean (0.4 + 0.5) / 2
    assert leaf_rate(rule, rows, node) == close(0.45)
    # said twice, or of an item with a finding at the same visit, it changes nothing
    again = [*rows, rows[3], {"site": "s1", "item": "b", "status": 2}]
    assert leaf_rate(rule, again, node) == close(0.45)
    # not applicable on another visit: that visit counts alone, (1 of 2 + 4 of 5) / 2 at site 2
    other = [{**row, "visit": "1"} for row in rows] + [
        {"site": "s2", "item": "b", "value": 1.0, "visit": "2"}
    ]
    assert leaf_rate(rule, other, node) == close((0.4 + (0.5 + 0.8) / 2) / 2)


def test_deduction_over_the_whole_leaf_adds_sites_up(leaf_rate):
    rule = {"name": "deduction", "cap_scope": "leaf", "max_points": 10.0}
    rows = [{"site": "s1", "value": 4.0}, {"site": "s2", "value": 3.0}]
    assert leaf_rate(rule, rows) == close(0.3)
    assert leaf_rate(rule, [*rows, {"site": "s3", "value": 9.0}]) == close(0.0)


def test_multipliers_and_whole_item(leaf_rate):
    node = {"items": [{"id": "a", "points": 1.0, "max_points": 4.0}]}
    rule = {
        "name": "deduction",
        "cap_scope": "site",
        "max_points": 10.0,
        "multipliers": {"found_again": 2.0, "fixed_on_spot": 0.5},
    }
    # 1 x 2 + 1 x 0.5 + 1 x 2 x 0.5 = 3.5
    rows = [{"item": "a", "flags": f} for f in ("found_again", "fixed_on_spot", "found_again|fixed_on_spot")]
    assert leaf_rate(rule, rows, node) == close(0.65)
    # the whole item is lost: 4 of 10
    assert leaf_rate(rule, [{"item": "a", "flags": "whole_item"}], node) == close(0.6)


def test_a_shared_deduction_counts_by_its_share(leaf_rate):
    rule = {"name": "deduction", "cap_scope": "leaf", "max_points": 10.0}
    assert leaf_rate(rule, [{"value": 5.0, "share": 0.2}]) == close(0.9)


def test_start_at_100_deduct_and_add(leaf_rate):
    rule = {"name": "start_adjust", "start": 100.0, "max_points": 100.0}
    assert leaf_rate(rule, [{"value": 9.32}]) == close(0.9068)
    assert leaf_rate(rule, [{"value": 6.0}, {"value": -2.0}]) == close(0.96)
    assert leaf_rate(rule, [{"value": 1.0}, {"value": -3.0}]) == close(1.0)
    # start at 90 of 100, take 5, add 2: 87
    assert leaf_rate({**rule, "start": 90.0}, [{"value": 5.0}, {"value": -2.0}]) == close(0.87)
    assert leaf_rate({**rule, "floor": 60.0}, [{"value": 70.0}]) == close(0.6)


def test_surplus_is_dropped_or_becomes_bonus(round_of, rulebook_of, framework_of):
    from analysis.scoring import evaluate

    rows = [{"unit": "甲", "leaf": "root", "value": -3.0}]
    for surplus, bonus in (("drop", 0.0), ("bonus", 3.0)):
        rule = {"name": "start_adjust", "surplus": surplus}
        rulebook = rulebook_of(framework_of([{"id": "root", "method": "field", "rule": rule}]))
        scores = evaluate(round_of(rows), rulebook).scores.iloc[0]
        assert (scores["base"], scores["bonus"], scores["composite"]) == (100.0, bonus, 100.0 + bonus)


def test_counted_evidence_needs_every_condition_and_every_period(leaf_rate):
    rule = {
        "name": "counted_evidence",
        "periods": ["Q1", "Q2", "Q3", "Q4"],
        "count": 2,
        "pictures": 2,
        "participants": 10,
        "organiser": True,
    }
    good = {"pictures": 2, "participants": 10, "organiser": "工会"}
    rows = [
        {"period": "Q1", **good},
        {"period": "Q1", **good},
        {"period": "Q1", **good},
        {"period": "Q2", **good},
        {"period": "Q2", **good, "pictures": 1},
        {"period": "Q3", **good, "participants": 9},
        {"period": "Q3", **good, "organiser": ""},
        {"period": "Q3", **good, "flags": "uncivil"},
    ]
    # Q1: 3 of 2 -> 1; Q2: 1 of 2; Q3: 0; Q4: nothing
    assert leaf_rate(rule, rows) == close(1.5 / 4)
    # half the credit for activities with a fault: Q2 1.5 of 2, Q3 1.5 of 2
    assert leaf_rate({**rule, "partial": 0.5}, rows) == close((1 + 0.75 + 0.75) / 4)
    # only the first two quarters are due
    assert leaf_rate(rule, rows, periods_due=("Q1", "Q2")) == close(1.5 / 2)


@pytest.mark.parametrize(
    ("value", "limits", "expected"),
    [
        (98.0, {"at_least": 98}, 1.0),
        (97.99, {"at_least": 98}, 0.0),
        (0.29 * 100, {"at_least": 29}, 1.0),
        (95.0, {"at_least": 95, "strict": True}, 0.0),
        (95.1, {"at_least": 95, "strict": True}, 1.0),
        (4.0, {"at_most": 3}, 0.0),
        (3.0, {"at_most": 3}, 1.0),
        (97.0, {"at_least": 98, "otherwise": 0.4}, 0.4),
    ],
)
def test_threshold(leaf_rate, value, limits, expected):
    assert leaf_rate({"name": "threshold", **limits}, [{"value": value}]) == close(expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([30, 31, 32], 1.0), ([30, 33, 32], 0.0), ([30, 30, 31], 0.0), ([31, 32], 0.0), ([20, 19, 20, 21], 1.0)],
)
def test_threshold_or_rising_every_year(leaf_rate, values, expected):
    rule = {"name": "threshold", "at_least": 36, "or_rising": True, "rising_years": 2}
    rows = [{"value": v, "period": str(2020 + year)} for year, v in enumerate(values)]
    assert leaf_rate(rule, list(reversed(rows))) == close(expected)


def test_only_the_latest_year_counts_against_a_threshold(leaf_rate):
    rows = [{"value": 99.0, "period": "2023"}, {"value": 90.0, "period": "2024"}]
    assert leaf_rate({"name": "threshold", "at_least": 98}, rows) == close(0.0)


def test_threshold_of_the_share_of_checks(leaf_rate):
    rule = {"name": "threshold", "at_least": 0.95, "of": "pass_share"}
    rows = [{"site": f"s{i}", "value": float(i > 0)} for i in range(20)]
    assert leaf_rate(rule, rows) == close(1.0)
    assert leaf_rate(rule, rows[:19]) == close(0.0)


def test_target(leaf_rate):
    assert leaf_rate({"name": "target", "target": 90}, [{"value": 72.0}]) == close(0.8)
    assert leaf_rate({"name": "target", "target": 90}, [{"value": 95.0}]) == close(1.0)
    assert leaf_rate({"name": "target", "target": 90, "floor": 60}, [{"value": 59.9}]) == close(0.0)


@pytest.mark.parametrize(("in_base", "expected"), [(True, (6 + 0.6 * 2) / 10), (False, (6 + 0.6 * 2) / 9)])
def test_answer_scale_with_and_without_unclear_answers(leaf_rate, in_base, expected):
    rule = {
        "name": "answer_scale",
        "scale": {"满意": 1.0, "基本满意": 0.6, "不满意": 0.0},
        "unclear": ["不清楚"],
        "unclear_in_base": in_base,
    }
    rows = [
        {"answer": a, "count": n} for a, n in (("满意", 6), ("基本满意", 2), ("不满意", 1), ("不清楚", 1))
    ]
    assert leaf_rate(rule, rows) == close(expected)


def test_design_weights_enter_the_mean(leaf_rate):
    rule = {"name": "answer_scale", "scale": {"是": 1.0, "否": 0.0}}
    rows = [{"answer": "是", "design_weight": 3.0}, {"answer": "否", "design_weight": 1.0}]
    assert leaf_rate(rule, rows) == close(0.75)


def test_given_score(leaf_rate):
    assert leaf_rate({"name": "given_score", "max_points": 106.0}, [{"value": 95.4}]) == close(0.9)
    rows = [{"value": 80.0}, {"value": 90.0}]
    assert leaf_rate({"name": "given_score"}, rows) == close(0.85)


def test_a_title_passes_its_item_or_leaf_without_inspection(leaf_rate):
    held = {"attributes": pd.DataFrame({"unit": ["甲"], "attribute": ["国家卫生城市"]}).astype("category")}
    node = {"items": [{"id": "a", "auto_pass": "国家卫生城市"}, {"id": "b"}]}
    rows = [{"item": "a", "value": 0}, {"item": "b", "value": 0}]
    assert leaf_rate({"name": "pass_share"}, rows, node) == close(0.0)
    assert leaf_rate({"name": "pass_share"}, rows, node, frames=held) == close(0.5)
    missing = [{"item": "a", "status": 1}, {"item": "b", "value": 0}]
    assert leaf_rate({"name": "pass_share"}, missing, node, frames=held) == close(0.5)
    whole = {"auto_pass": "国家卫生城市"}
    assert leaf_rate({"name": "pass_share"}, rows[1:], whole, frames=held) == close(1.0)


def test_one_function_for_one_case_and_for_many_replicates():
    from analysis.scoring import rules

    many = np.array([[0.0, 3.0], [7.0, 12.0]])
    assert rules.deduction(many, 10.0).tolist() == [[1.0, 0.7], [pytest.approx(0.3), 0.0]]
    assert rules.threshold(many, at_least=5.0).tolist() == [[0.0, 0.0], [1.0, 1.0]]
    assert float(rules.target(45.0, 90.0)) == 0.5
