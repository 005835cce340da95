"""What the program believes a set of fixes brings is what the whole evaluation says it brings."""

import numpy as np
import pytest

from analysis.scoring import score
from analysis.simulation.fixes import Findings, fixed
from analysis.simulation.plan_gain import gain_of
from analysis.simulation.plan_things import things_of


def delivered(evaluation, unit, things, chosen):
    rows = np.array([row for i in np.flatnonzero(chosen) for row in things.rows[i]], dtype=np.int64)
    later = fixed(evaluation.round, evaluation.rulebook, Findings(rows, ()))
    scored = (score(later, evaluation.rulebook), evaluation)
    after, before = (one.scores.set_index("unit")["composite"][unit] for one in scored)
    return float(after - before)


def promised_and_delivered(evaluation, unit, n, together=("leaf", "site", "item"), seed=0):
    things = things_of(evaluation, unit, together)
    gain = gain_of(evaluation, unit, things.thing_of, len(things.rows))
    rng = np.random.default_rng(seed)
    chosen = rng.random((n, len(things.rows))) < rng.random((n, 1))
    return gain, gain.of(chosen), [delivered(evaluation, unit, things, one) for one in chosen]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("unit", ["甲", "丁"])
def test_points_promised_are_points_delivered_under_every_rule(world, seed, unit):
    gain, promised, found = promised_and_delivered(world(seed), unit, 12, seed=seed)
    assert len(gain.pieces) > 0
    assert promised == pytest.approx(found, abs=2e-9)


def test_things_that_span_leaves_deliver_as_well(world):
    _, promised, found = promised_and_delivered(world(1), "乙", 10, together=("cause",))
    assert promised == pytest.approx(found, abs=2e-9)


def test_a_strict_limit_and_a_floor_are_the_rules_own(world, rules_of_world):
    rules = {
        "limit": {"name": "threshold", "at_least": 5 / 6, "strict": True, "of": "pass_share"},
        "aim": {"name": "target", "target": 0.9, "floor": 0.8, "of": "pass_share"},
        "capped": {"name": "deduction", "cap_scope": "leaf", "max_points": 9, "floor": 2},
        "adjusted": {"name": "start_adjust", "start": 16, "max_points": 20, "floor": 6, "surplus": "bonus"},
    }
    evaluation = world(3, rulebook=_with_rules(rules_of_world(), rules))
    for unit in ("甲", "乙", "丙", "丁"):
        _, promised, found = promised_and_delivered(evaluation, unit, 8)
        assert promised == pytest.approx(found, abs=2e-9), unit


def _with_rules(rulebook, rules):
    framework = rulebook.frameworks["test"]
    said = framework.model_dump()
    for node in said["nodes"]:
        node["rule"] = rules.get(node["id"], node["rule"])
    changed = type(framework).model_validate(said)
    return rulebook.model_copy(update={"frameworks": {"test": changed}})


def test_shares_of_the_loss_promise_what_does_not_come(world):
    """The reason for the program: by the ledger a fix under a cap looks better than it is."""
    evaluation = world(0)
    things = things_of(evaluation, "甲", ("leaf", "site", "item"))
    gain = gain_of(evaluation, "甲", things.thing_of, len(things.rows))
    alone = gain.of(np.eye(len(things.rows), dtype=bool))
    lost = things.table["points_lost"].to_numpy()
    assert (alone < lost - 0.1).any()
    assert gain.of(np.ones(len(lost), dtype=bool)) == pytest.approx(lost.sum(), abs=1e-9)


def test_answers_ratings_and_given_scores_are_not_things_to_fix(world):
    leaves = set(things_of(world(0), "甲").table["leaf"])
    assert leaves <= {"evidence", "passed", "graded", "capped", "by_item", "adjusted", "limit", "aim"}
    assert "asked" in set(world(0).ledger["leaf"])


def _with_gaps(rows):
    """丙 has no thresholds and 丁 no pass shares, and both take the mean of the others."""
    gaps = {"丙": {"limit"}, "丁": {"passed", "capped"}}
    return [row for row in rows if row["leaf"] not in gaps.get(row["unit"], set())]


@pytest.mark.parametrize("seed", range(3))
def test_rivals_that_take_the_mean_of_the_group_are_lifted_along(world, rules_of_world, seed, rows_of_world):
    rulebook = rules_of_world(missing="group_mean")
    evaluation = world(rows=_with_gaps(rows_of_world(seed)), rulebook=rulebook)
    things = things_of(evaluation, "甲", ("leaf", "site", "item"))
    gain = gain_of(evaluation, "甲", things.thing_of, len(things.rows), ["乙", "丙", "丁"])
    rng = np.random.default_rng(seed)
    for chosen in rng.random((6, len(things.rows))) < rng.random((6, 1)):
        rows = np.array([row for i in np.flatnonzero(chosen) for row in things.rows[i]], dtype=np.int64)
        later = score(fixed(evaluation.round, rulebook, Findings(rows, ())), rulebook)
        after, before = (one.scores.set_index("unit")["composite"] for one in (later, evaluation))
        moved = after - before
        assert gain.of(chosen) == pytest.approx(moved["甲"], abs=2e-9)
        assert gain.lifts(chosen) == pytest.approx([moved[name] for name in ("乙", "丙", "丁")], abs=2e-9)
    assert gain.lifts(np.ones(len(things.rows), dtype=bool))[1:].min() > 0
