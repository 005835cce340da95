"""Plans against exhaustive search: no set of things is cheaper, or brings more."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.results.ranking import rank_table
from analysis.simulation.plan import plan

COSTS = pd.DataFrame(
    [("cause", "litter", 300.0), ("cause", "road_surface", 1000.0), ("cause", "城市牛皮癣", 1.0)],
    columns=["by", "name", "cost"],
)
FEW = ("leaf", "item")


def every_set(model):
    sets = np.array(list(product([False, True], repeat=len(model.cost))))
    assert len(sets) <= 2**16
    return sets, model.gain.of(sets)


def allowed(model, sets):
    keep = np.ones(len(sets), dtype=bool)
    if model.budget is not None:
        keep &= sets @ model.cost <= model.budget + 1e-9
    if model.things is not None:
        keep &= sets.sum(axis=1) <= model.things
    for _, members, most in model.groups:
        keep &= sets[:, list(members)].sum(axis=1) <= most
    for a, b in model.needs:
        keep &= ~sets[:, a] | sets[:, b]
    for a, b in model.excludes:
        keep &= ~(sets[:, a] & sets[:, b])
    return keep


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("unit", ["甲", "乙"])
def test_no_set_within_the_limits_brings_more(world, seed, unit):
    for asked in ({"things": 3}, {"budget": 2500.0, "costs": COSTS}, {"things": 9, "capacity": 2}):
        found = plan(world(seed), unit, together=FEW, alternatives=0, **asked)
        sets, gains = every_set(found.model)
        best = gains[allowed(found.model, sets)].max()
        assert found.proven
        assert found.promised == pytest.approx(best, abs=2e-5)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("unit", ["甲", "乙", "丁"])
def test_no_cheaper_set_reaches_the_score(world, seed, unit):
    evaluation = world(seed)
    score = float(evaluation.scores.set_index("unit")["composite"][unit])
    for asked in ({}, {"costs": COSTS}):
        target = round(score + 6.0, 2)
        found = plan(evaluation, unit, target=target, together=FEW, alternatives=0, **asked)
        sets, gains = every_set(found.model)
        reach = gains >= found.model.needed - 1e-9
        cheapest = (sets[reach] @ found.model.cost).min()
        assert found.model.cost @ found.chosen == pytest.approx(cheapest)
        assert found.summary["composite"].iloc[1] >= target - 0.005 - 1e-9


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_no_smaller_set_reaches_the_rank(world, rank):
    evaluation = world(0)
    unit = str(rank_table(evaluation.scores, evaluation.rulebook.settings)["unit"].iloc[-1])
    found = plan(evaluation, unit, target_rank=rank, together=FEW, alternatives=0)
    assert found.summary["rank"].iloc[1] <= rank
    sets, gains = every_set(found.model)
    ahead = (np.array(found.model.rivals)[None, :] > gains[:, None] + 1e-9).sum(axis=1)
    assert found.chosen.sum() == sets[ahead <= rank - 1].sum(axis=1).min()
    assert (~found.rivals["overtaken"]).sum() <= rank - 1
    assert found.rivals["lifted"].tolist() == [0.0, 0.0, 0.0]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 5),
    unit=st.sampled_from("甲乙丙丁"),
    rank=st.integers(1, 4),
    method=st.sampled_from(["min", "dense"]),
    gaps=st.booleans(),
)
def test_ranks_by_rivals_overtaken_against_every_set(
    world, rules_of_world, rows_of_world, seed, unit, rank, method, gaps
):
    """Rivals with gaps take the mean of the group, so they are lifted along; every set is scored in full."""
    settings_of = {"missing": "group_mean"} if gaps else {}
    rulebook = rules_of_world(ties={"method": method}, **settings_of)
    rows = [
        row for row in rows_of_world(seed) if not gaps or row["leaf"] != "capped" or row["unit"] in "甲乙"
    ]
    evaluation = world(rows=rows, rulebook=rulebook)
    few = ("leaf",)
    try:
        found = plan(evaluation, unit, target_rank=rank, together=few, alternatives=0)
    except UsageError as error:
        assert {problem.code for problem in error.problems} == {"out_of_reach"}
        return
    assert found.summary["rank"].iloc[1] <= rank
    sets, _ = every_set(found.model)
    reached = np.array([found.model.reaches(one) for one in sets])
    assert found.chosen.sum() == sets[reached].sum(axis=1).min()


def test_relations_between_things_are_kept(world):
    evaluation = world(0)
    free = plan(evaluation, "甲", things=2, together=FEW, alternatives=0)
    first, second = free.things.table[free.chosen].to_dict("records")
    names = [{"leaf": one["leaf"], "item": one["item"]} for one in (first, second)]
    apart = plan(evaluation, "甲", things=2, together=FEW, excludes=[tuple(names)], alternatives=0)
    assert not (apart.chosen & free.chosen).all()
    assert apart.chosen[free.chosen].sum() <= 1
    third = free.things.table[~free.chosen].iloc[-1]
    other = {"leaf": third["leaf"], "item": third["item"]}
    bound = plan(evaluation, "甲", things=2, together=FEW, needs=[(names[0], other)], alternatives=0)
    sets, gains = every_set(bound.model)
    assert bound.promised == pytest.approx(gains[allowed(bound.model, sets)].max(), abs=2e-5)


def test_next_best_plans_are_other_plans_in_their_order(world):
    found = plan(world(0), "甲", things=3, together=FEW, alternatives=4)
    sets, gains = every_set(found.model)
    best = np.sort(gains[sets.sum(axis=1) <= 3])[::-1]
    promised = [found.promised, *(float(found.gain.of(other.chosen)) for other in found.others)]
    assert promised == pytest.approx(sorted(promised, reverse=True), abs=2e-5)
    assert len({tuple(other.chosen) for other in found.others} | {tuple(found.chosen)}) == 5
    assert promised[1] <= best[1] + 2e-5
    assert found.summary["plan"].tolist() == [0, 1, 2, 3, 4, 5]


def test_the_plan_is_replayed_and_worth_is_re_evaluated(world):
    found = plan(world(2), "丙", things=4, together=FEW)
    now, planned = found.summary.iloc[0], found.summary.iloc[1]
    assert planned["gain"] == pytest.approx(found.promised, abs=2e-9)
    assert planned["composite"] == pytest.approx(now["composite"] + found.promised, abs=2e-9)
    table = found.table
    assert table["chosen"].tolist() == [True] * 4 + [False] * (len(table) - 4)
    for position in table.index[:2]:
        without = found.chosen.copy()
        without[position] = False
        lost = found.promised - float(found.gain.of(without))
        assert table.loc[position, "points_margin"] == pytest.approx(lost)


def test_more_money_never_buys_less(world):
    frontier = plan(world(0), "甲", costs=COSTS, budget=1.0, together=FEW).frontier(6)
    assert (frontier["gain"].diff().dropna() >= -1e-5).all()
    assert frontier["cost"].iloc[0] == 0.0
    assert frontier["gain"].iloc[-1] > 0


def test_a_plan_is_drawn_again_beside_the_round_without_it(world):
    evaluation = world(0)
    score = float(evaluation.scores.set_index("unit")["composite"]["甲"])
    found = plan(evaluation, "甲", target=round(score + 4, 2), target_rank=3, together=FEW, alternatives=0)
    chances = found.chances(200).set_index("aim")
    assert list(chances.index) == ["target", "rank"]
    for kind in ("redraw", "forecast"):
        assert (chances[kind] >= chances[f"{kind}_now"]).all()
        assert chances[kind].between(0, 1).all()
    assert chances.loc["target", "redraw"] > chances.loc["target", "redraw_now"]
