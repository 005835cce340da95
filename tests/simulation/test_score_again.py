"""What a scenario scores again, unit by unit, is what the whole evaluation of the changed round says."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from analysis.errors import UsageError
from analysis.scoring import again, score
from analysis.simulation.effects import what_if

UNITS = ("甲", "乙", "丙", "丁")
unit = st.sampled_from(UNITS)
field = st.sampled_from(("passed", "capped", "by_item", "adjusted", "limit", "aim"))
STEPS = st.one_of(
    st.builds(lambda u, leaf: {"fix": {"unit": u, "leaf": leaf}}, unit, field),
    st.builds(lambda u: {"fix": {"unit": u, "cause": "litter"}}, unit),
    st.builds(lambda u, v: {"set": {"unit": u, "leaf": "capped", "value": v}}, unit, st.floats(0, 9)),
    st.builds(lambda u: {"set": {"unit": u, "leaf": "asked", "answer": "一般"}}, unit),
    st.builds(
        lambda u, p: {"set_score": {"unit": u, "component": "city", "node": "field", "score": p}},
        unit,
        st.floats(0, 100),
    ),
    st.builds(lambda u: {"drop_sites": {"unit": u, "site": "一路"}}, unit),
    st.builds(lambda u: {"add_sites": {"unit": u, "like": "二路", "names": ["新一", "新二"]}}, unit),
    st.builds(lambda u: {"negative_event": {"unit": u, "rule": "event"}}, unit),
    st.just({"missing": {"rule": "zero"}}),
    st.just({"average": {"rule": "pooled"}}),
    st.builds(
        lambda w: {"weights": {"component": "city", "weights": {"material": 0.8 - w, "field": w}}},
        st.floats(0.1, 0.7),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2), steps=st.lists(STEPS, min_size=1, max_size=4))
def test_random_scenarios_are_scored_as_the_whole_round_is(world, seed, steps):
    try:
        result = what_if(world(seed), {"steps": steps})
    except UsageError:
        # A unit that lost nothing there has nothing to fix.
        reject()
    for state, scored in zip(result.states[1:], result.scored[1:], strict=True):
        whole = score(*state)
        pd.testing.assert_frame_equal(scored.scores, whole.scores, rtol=0, atol=1e-9)


def test_only_the_unit_that_changed_is_read_again(world, monkeypatch):
    evaluation, read = world(0), []
    whole = again.read_block

    def watched(block, due):
        read.append(block.entities["unit"].tolist())
        return whole(block, due)

    monkeypatch.setattr(again, "read_block", watched)
    step = {"fix": {"unit": "乙", "leaf": "capped"}}
    result = what_if(evaluation, {"steps": [step]})
    assert read == [["乙"]]
    moved = result.scores.set_index("unit")["change"]
    assert moved["乙"] > 0
    assert moved.drop("乙").tolist() == pytest.approx([0.0, 0.0, 0.0])


def test_other_weights_read_nothing_again(world, monkeypatch):
    evaluation = world(0)
    monkeypatch.setattr(again, "read_block", lambda *_: pytest.fail("rows were read again"))
    monkeypatch.setattr(again, "score_block", lambda *_: pytest.fail("the whole block was scored again"))
    weights = {"material": 0.5, "field": 0.3, "questionnaire": 0.2}
    result = what_if(evaluation, {"steps": [{"weights": {"component": "city", "weights": weights}}]})
    assert result.scores["change"].abs().max() > 0
