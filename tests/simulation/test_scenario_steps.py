"""Every kind of step: what it changes, recomputed by hand, and that nothing else moves."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import DataError
from analysis.framework.model import Framework
from analysis.scoring import evaluate
from analysis.simulation.effects import what_if
from analysis.simulation.scenario import read_scenario


def run(evaluation, *steps):
    return what_if(evaluation, {"steps": list(steps)})


def change_of(result, unit="甲"):
    return float(result.scores.set_index("unit").loc[unit, "change"])


def site(leaf, name, **items):
    row = {"unit": "甲", "leaf": leaf, "site": name}
    return [{**row, "item": item, "value": value} for item, value in items.items()]


def test_a_fix_under_a_cap_brings_less_than_its_share_of_the_loss(world, rules_of_world):
    """4 + 4 off a site of 5 points: fixing one leaves 4 off, so only 1 of the 5 lost points comes back."""
    evaluation = _only(world, rules_of_world, "capped", site("capped", "一路", a=4.0, b=4.0))
    lost = evaluation.ledger["points_lost"].tolist()
    assert lost == pytest.approx([50.0, 50.0])
    assert change_of(run(evaluation, {"fix": {"item": "a"}})) == pytest.approx(20.0)
    assert change_of(run(evaluation, {"fix": {"leaf": "capped"}})) == pytest.approx(100.0)


def test_a_fix_below_a_threshold_brings_nothing_until_it_is_reached(world, rules_of_world):
    rows = [row for n in range(5) for row in site("limit", f"{n}路", a=float(n > 1), b=1.0)]
    evaluation = _only(world, rules_of_world, "limit", rows)
    assert evaluation.scores["composite"].iloc[0] == pytest.approx(20.0)
    one = {"fix": {"row_id": [0]}}
    assert change_of(run(evaluation, one)) == 0.0
    both = run(evaluation, one, {"fix": {"row_id": [2]}})
    assert change_of(both) == pytest.approx(80.0)
    assert both.split["points"].tolist() == pytest.approx([40.0, 40.0])


def _only(world, rules_of_world, leaf, rows):
    """One unit whose whole score is one leaf."""
    framework = rules_of_world().frameworks["test"]
    node = framework.by_id[leaf].model_copy(update={"parent": "root", "weight": 1.0, "method": "field"})
    nodes = (framework.root, node)
    alone = Framework(id="test", title=framework.title, causes="services", nodes=nodes)
    return world(rows=rows, rulebook=rules_of_world().model_copy(update={"frameworks": {"test": alone}}))


@pytest.mark.parametrize("seed", range(4))
def test_with_everything_fixed_only_given_scores_and_lower_starts_still_lose(world, seed):
    result = run(world(seed), {"fix": {"component": "city"}})
    left = result.evaluation.ledger
    assert set(left["leaf"].astype(str)) <= {"rated", "adjusted"}
    assert set(left.loc[left["leaf"] == "adjusted", "cause"]) <= {"not_earned"}
    assert (result.scores["change"] > 0).all()
    assert result.effects["n_beyond"].iloc[0] == (world(seed).ledger["leaf"].isin(["rated"])).sum() + 4


def test_a_missing_activity_is_held_after_all(world):
    baseline = world()
    result = run(baseline, {"fix": {"unit": "丁", "cause": "missing_evidence"}})
    assert change_of(result, "丁") == pytest.approx(100 * 0.4 * 0.5 / 2)
    added = result.states[-1].round.observations.iloc[len(baseline.round.observations) :]
    assert added[["unit", "leaf", "period"]].astype(str).to_numpy().tolist() == [["丁", "evidence", "Q2"]]
    assert added["row_id"].is_unique
    assert not added["row_id"].isin(baseline.round.observations["row_id"]).any()


def test_fixing_by_cause_takes_ids_labels_and_groups(world):
    causes = ("litter", "烟蒂纸屑、污物", "市容环境")
    by = [run(world(), {"fix": {"unit": "乙", "cause": cause}}) for cause in causes]
    assert len({round(change_of(result, "乙"), 9) for result in by}) == 1
    assert change_of(by[0], "乙") > 0


def test_fixing_by_responsible_unit_fixes_its_rows_only(world):
    baseline = world()
    result = run(baseline, {"fix": {"responsible_unit": "乙a局"}})
    before, after = baseline.round.observations, result.states[-1].round.observations
    touched = (before["value"].to_numpy() != after["value"].to_numpy()) & ~np.isnan(after["value"].to_numpy())
    touched |= (before["answer"].astype(str) != after["answer"].astype(str)).to_numpy()
    assert touched.any()
    assert set(before.loc[touched, "line"]) == {"乙a局"}


def test_observations_are_set_to_values_and_answers(world):
    result = run(world(), {"set": {"unit": "甲", "leaf": "passed", "value": 1}})
    assert change_of(result) == pytest.approx(_lost(world(), "甲", "passed"))
    result = run(world(), {"set": {"unit": "甲", "leaf": "asked", "answer": "满意"}})
    assert change_of(result) == pytest.approx(_lost(world(), "甲", "asked"))


def _lost(evaluation, unit, node):
    nodes = evaluation.nodes[(evaluation.nodes["unit"] == unit) & (evaluation.nodes["node"] == node)]
    return float(nodes["points_lost"].iloc[0])


def test_a_score_given_to_a_method_stands_in_place_of_its_rows(world):
    result = run(world(), {"set_score": {"unit": "甲", "component": "city", "node": "field", "score": 90}})
    field = result.evaluation.nodes.query("unit == '甲' and node == 'field'")
    assert field["score_rate"].iloc[0] == pytest.approx(0.9)
    assert change_of(result) == pytest.approx(_lost(world(), "甲", "field") - 0.4 * 10)
    result = run(world(), {"set_score": {"unit": "甲", "component": "city", "node": "rated", "score": 50}})
    assert change_of(result) == pytest.approx(_lost(world(), "甲", "rated"))


def test_dropping_and_adding_sites_moves_the_mean(world, rules_of_world):
    rows = site("passed", "好路", a=1.0, b=1.0) + site("passed", "差路", a=0.0, b=1.0)
    evaluation = _only(world, rules_of_world, "passed", rows)
    assert evaluation.scores["composite"].iloc[0] == pytest.approx(100 * (1 + 1 / 3) / 2)
    dropped = run(evaluation, {"drop_sites": {"unit": "甲", "site": "差路"}})
    assert dropped.scores["composite_after"].iloc[0] == pytest.approx(100.0)
    added = run(evaluation, {"add_sites": {"unit": "甲", "like": "差路", "names": ["新一路", "新二路"]}})
    assert added.scores["composite_after"].iloc[0] == pytest.approx(100 * (1 + 3 / 3) / 4)


def test_dropping_the_last_sites_of_a_leaf_is_refused_by_the_rule_for_missing_data(world):
    with pytest.raises(DataError, match="'passed' .*has no data"):
        run(world(), {"drop_sites": {"unit": "甲", "component": "city"}})


def test_events_and_bonus_follow_the_composition(world):
    result = run(
        world(),
        {"negative_event": {"unit": "甲", "rule": "event"}},
        {"bonus": {"unit": "甲", "rule": "prize"}},
        {"bonus": {"unit": "甲", "rule": "prize", "points": 5}},
    )
    own = result.effects[result.effects["unit"] == "甲"]
    assert own["change"].tolist() == pytest.approx([-3.0, 1.5, 0.5])
    assert own["label"].tolist()[0] == "negative_event unit: 甲, rule: event"
    vetoed = run(world(), {"negative_event": {"unit": ["甲", "乙"], "rule": "fake"}}).scores
    assert vetoed["rank_after"].isna().tolist() == [True, True, False, False]


def test_other_weights_are_the_same_scores_weighted_otherwise(world):
    baseline = world()
    shares = {"material": 0.1, "field": 0.6, "questionnaire": 0.3}
    result = run(baseline, {"weights": {"component": "city", "weights": shares}})
    methods = baseline.nodes[baseline.nodes["node"].isin(list(shares))]
    rates = methods.pivot(index="unit", columns="node", values="score_rate")
    expected = 100 * rates.mul(pd.Series(shares)).sum(axis=1)
    after = result.scores.set_index("unit")["composite_after"]
    assert after.to_dict() == pytest.approx(expected.to_dict())


def test_another_average_is_that_of_a_framework_that_says_so(world, rules_of_world):
    rulebook = rules_of_world()
    framework = rulebook.frameworks["test"]
    said = framework.model_dump()
    next(node for node in said["nodes"] if node["id"] == "passed")["average"] = "pooled"
    written = Framework.model_validate(said)
    expected = evaluate(world().round, rulebook.model_copy(update={"frameworks": {"test": written}}))
    result = run(world(), {"average": {"component": "city", "leaf": "passed", "rule": "pooled"}})
    assert result.scores["composite_after"].tolist() == pytest.approx(expected.scores["composite"].tolist())


def test_the_lines_of_the_steps_and_the_split_both_add_up(world):
    result = run(
        world(),
        {"fix": {"unit": "甲", "leaf": ["capped", "limit"]}},
        {"fix": {"unit": "甲", "cause": "litter"}},
        {"weights": {"component": "city", "weights": {"material": 0.3, "field": 0.5, "questionnaire": 0.2}}},
    )
    total = result.scores.set_index("unit")["change"]
    for table, column in ((result.effects, "change"), (result.split, "points")):
        summed = table.groupby("unit")[column].sum()
        assert summed.to_dict() == pytest.approx(total.to_dict(), abs=1e-9)


def test_the_split_does_not_depend_on_the_order_of_the_steps(world):
    steps = [
        {"fix": {"unit": "甲", "leaf": ["capped", "limit"]}},
        {"fix": {"unit": "甲", "cause": "litter"}},
        {"bonus": {"unit": "甲", "rule": "prize"}},
    ]
    one = run(world(), *steps).split.set_index(["label", "unit"])["points"]
    other = run(world(), *steps[::-1]).split.set_index(["label", "unit"])["points"]
    assert other.reindex(one.index).tolist() == pytest.approx(one.tolist(), abs=1e-9)


def test_a_scenario_leaves_its_baseline_alone(world):
    baseline = world()
    before = baseline.round.observations.copy()
    added = {"add_sites": {"unit": "甲", "like": "一路", "names": "九路"}}
    run(baseline, {"fix": {"component": "city"}}, added)
    pd.testing.assert_frame_equal(baseline.round.observations, before)
    assert baseline.scores.equals(world().scores)


def test_scenarios_from_files_stack_in_their_order(world, tmp_path):
    first, second = tmp_path / "一.yml", tmp_path / "二.yml"
    first.write_text("title: 先\nsteps:\n  - fix: {unit: 甲}\n    label: 整改\n", encoding="utf-8")
    second.write_text("steps:\n  - bonus: {unit: 甲, rule: prize}\n", encoding="utf-8")
    result = what_if(world(), first, second)
    assert result.title == "先 + 二"
    assert [step.label for step in result.steps] == ["整改", "bonus unit: 甲, rule: prize"]
    assert read_scenario(first).steps[0].keys == {"unit": ("甲",)}


def test_differences_carry_the_interval_of_shared_draws(world):
    """A bonus is no matter of chance, so its interval has no width; a fix at a drawn site has one."""
    sure = run(world(), {"bonus": {"unit": "甲", "rule": "prize"}}).intervals(200).set_index("unit")
    assert sure.loc["甲", ["low", "high"]].tolist() == pytest.approx([1.5, 1.5], abs=1e-8)
    chance = (
        run(world(), {"fix": {"unit": "甲", "leaf": "passed", "item": "a"}}).intervals(400).set_index("unit")
    )
    low, change, high = chance.loc["甲", ["low", "change", "high"]]
    assert low < change < high
    assert chance.loc["乙", ["low", "high"]].tolist() == pytest.approx([0.0, 0.0], abs=1e-8)
