"""Sensitivity over all combinations: against evaluating each by hand, and against planted choices."""

from itertools import product

import numpy as np
import pytest

from analysis.errors import UsageError
from analysis.results.ranking import rank_table
from analysis.simulation.choices import AS_WRITTEN, usual_choices
from analysis.simulation.effects import what_if
from analysis.simulation.sensitivity import sensitivity
from analysis.simulation.swap import smallest_swap

FIELD = {"weights": {"component": "city", "weights": {"material": 0.1, "field": 0.8, "questionnaire": 0.1}}}
ASKED = {"weights": {"component": "city", "weights": {"material": 0.1, "field": 0.1, "questionnaire": 0.8}}}
POOLED = {"average": {"component": "city", "leaf": ["passed", "capped"], "rule": "pooled"}}
DENSE = {"ties": {"rule": "dense"}}
CHOICES = {
    "shares": {AS_WRITTEN: [], "field": [FIELD], "asked": [ASKED]},
    "average": {AS_WRITTEN: [], "pooled": [POOLED]},
    "ties": {AS_WRITTEN: [], "dense": [DENSE]},
}


def by_hand(evaluation, steps):
    if not steps:
        return evaluation.scores, evaluation.rulebook.settings
    result = what_if(evaluation, {"steps": steps})
    return result.scored[-1].scores, result.states[-1].rulebook.settings


def test_every_combination_is_what_a_scenario_of_its_steps_says(world):
    evaluation = world(2)
    found = sensitivity(evaluation, CHOICES)
    assert found.composites.shape == (3, 2, 2, 4)
    for at in product(*(range(len(alternatives)) for alternatives in CHOICES.values())):
        chosen = [list(CHOICES[name].values())[k] for name, k in zip(CHOICES, at, strict=True)]
        scores, settings = by_hand(evaluation, [step for steps in chosen for step in steps])
        assert found.composites[at] == pytest.approx(scores["composite"].to_numpy())
        ranks = rank_table(scores, settings).set_index("unit")["rank"].reindex(scores["unit"])
        assert found.ranks[at].tolist() == ranks.tolist()


def test_rank_shift_ranges_and_winners_are_counts_over_the_combinations(world):
    found = sensitivity(world(2), CHOICES)
    moved = np.abs(found.ranks - found.baseline).mean(axis=-1)
    assert found.combinations["rank_shift"].tolist() == pytest.approx(moved.ravel().tolist())
    table = found.ranges.set_index("unit")
    for i, unit in enumerate(found.units):
        assert (table.loc[unit, "best"], table.loc[unit, "worst"]) == (
            found.ranks[..., i].min(),
            found.ranks[..., i].max(),
        )
    winners = found.winners.set_index("unit")
    assert winners["share"].sum() == pytest.approx((found.ranks == 1).sum(axis=-1).mean())
    assert winners["baseline"].sum() == 1


def test_a_choice_that_would_change_the_winner_is_named(world):
    found = sensitivity(world(3), {"shares": CHOICES["shares"]})
    firsts = found.combinations.set_index("shares")["first_default"]
    other = [unit for unit in firsts if unit != firsts[AS_WRITTEN]]
    assert other, "the planted shares are meant to change the winner"
    named = found.winners.set_index("unit")["by_choice"]
    assert all(named[unit].startswith("shares=") for unit in other)


def test_a_choice_between_identical_alternatives_gets_exactly_nothing(world):
    same = {**CHOICES, "twice": {AS_WRITTEN: [], "again": [], "and_again": []}}
    for unit in (None, "甲"):
        shares = sensitivity(world(2), same).shares(unit)
        alone = shares[(shares["choice"] == "twice") | (shares["with_choice"] == "twice")]
        assert len(alone) == 4
        assert (alone["share"] == 0.0).all()


def test_usual_choices_fit_the_round_and_begin_as_written(world):
    choices = usual_choices(world())
    assert all(next(iter(alternatives)) == AS_WRITTEN for alternatives in choices.values())
    assert {"shares", "missing", "average", "ties"} <= set(choices)
    assert "composition" not in choices


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({}, "0 combinations"),
        ({f"c{i}": {"a": [], "b": []} for i in range(11)}, "2048 combinations"),
        ({"x": {"a": [], "b": [{"fix": {"unit": "甲"}}]}}, "'fix' is not a choice of rules"),
        ({"x": {"a": [{"ties": {"rule": "mni"}}]}}, "Did you mean: min"),
        ({"x": {"a": [{"answers": {"rule": "unclear"}}]}}, "unclear_in_base"),
        ({"x": {"a": [{"tie": {}}]}}, "Did you mean: ties"),
    ],
)
def test_choices_that_cannot_be_are_refused(world, choices, said):
    with pytest.raises(UsageError) as caught:
        sensitivity(world(), choices)
    assert said in caught.value.text("en")


def test_shares_of_an_unknown_unit_are_refused(world):
    with pytest.raises(UsageError, match="戊"):
        sensitivity(world(), {"ties": CHOICES["ties"]}).shares("戊")


@pytest.mark.parametrize("seed", [0, 1, 3, 7])
@pytest.mark.parametrize(("first", "second"), [("乙", "丙"), ("甲", "丁")])
def test_at_the_smallest_change_two_units_draw_level(world, seed, first, second):
    evaluation = world(seed)
    table = smallest_swap(evaluation, first, second)
    possible = table[table["possible"] & (table["component"] == "city") & (table["weight"] < 1)]
    assert len(possible) > 2
    assert possible["change"].abs().is_monotonic_increasing
    framework = evaluation.rulebook.frameworks["test"]
    for row in possible.itertuples():
        siblings = framework.children[framework.by_id[row.node].parent]
        scale = (1 - row.weight_after) / (1 - row.weight)
        weights = {node.id: framework.share(node) * scale for node in siblings} | {row.node: row.weight_after}
        result = what_if(evaluation, {"steps": [{"weights": {"component": "city", "weights": weights}}]})
        after = result.scores.set_index("unit")["composite_after"]
        assert after[first] == pytest.approx(after[second], abs=1e-7)


def test_the_change_before_weights_add_up_again_is_that_of_the_paper(world):
    """(P_B - P_A) / (a_A - a_B), the methods' rates in points per unit of weight."""
    evaluation = world(1)
    table = smallest_swap(evaluation, "乙", "丙").set_index("node")
    composite = evaluation.scores.set_index("unit")["composite"]
    rates = evaluation.nodes.query("node == 'field'").set_index("unit")["score_rate"]
    by_hand = (composite["丙"] - composite["乙"]) / (100 * (rates["乙"] - rates["丙"]))
    assert table.loc["field", "change"] == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("pair", "said"), [(("甲", "甲"), "not ranked together"), (("甲", "戊"), "no unit '戊'")]
)
def test_units_that_cannot_swap_are_refused(world, pair, said):
    with pytest.raises(UsageError, match=said):
        smallest_swap(world(), *pair)
