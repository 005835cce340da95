"""What `wenming simulate` puts on the screen: rank sets, what is not shown, and where the next visit pays."""

from dataclasses import replace

import pytest

from analysis.reports.simulated import simulation_text
from analysis.scoring import evaluate
from analysis.simulation.simulate import simulate


@pytest.fixture
def found(world):
    return simulate(world(), 60, seed=1, rank=1)


def test_both_languages_say_the_same_things(found):
    zh, en = (simulation_text(found, lang) for lang in ("zh", "en"))
    assert len(zh.splitlines()) == len(en.splitlines())
    for text, words in (
        (zh, ("重抽名次", "名次置信集（单个）", "名次置信集（全体）", "增加工作量", "多考察一次收益最大")),
        (
            en,
            (
                "ranks drawn",
                "rank set (one)",
                "rank set (all)",
                "With more effort",
                "one more visit pays most",
            ),
        ),
    ):
        assert [word for word in words if word not in text] == []


def test_the_strata_named_are_those_where_a_visit_takes_off_most(found):
    best = found.design.iloc[0]
    line = simulation_text(found, "en").splitlines()[-1]
    assert f"{best['unit']} {best['source']}" in line
    assert f"(n {best['n']}) −{best['gain']:.3f}" in line
    assert found.design["gain"].dropna().is_monotonic_decreasing


def test_counts_of_answers_are_named(world):
    evaluation = world()
    frames = {
        **evaluation.round.frames,
        "observations": evaluation.round.observations.drop(columns="respondent"),
    }
    counted = evaluate(replace(evaluation.round, frames=frames), evaluation.rulebook)
    assert "strata hold counts of answers" in simulation_text(simulate(counted, 20, seed=1), "en")
    assert "各选项计数" in simulation_text(simulate(counted, 20, seed=1), "zh")
