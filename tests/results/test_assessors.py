"""Strict assessors are found with their planted size, and their spread is in the error of a change."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from rounds_by_hand import LABEL, a_round, street

import analysis
from analysis.demo.config import prefecture
from analysis.framework.model import Composition, Framework, Part, Rulebook
from analysis.results.assessors import COLUMNS, assessors, severity_variance
from analysis.results.change_error import change_errors
from analysis.results.exposure import exposures
from analysis.scoring import evaluate


def rulebook(rule):
    items = [{"id": name, "zh": name, "en": name} for name in ("i1", "i2")]
    nodes = [
        {"id": "root", "zh": "城市", "en": "City"},
        {"id": "street", "parent": "root", "weight": 1, "method": "field", "zh": "街", "en": "Street"}
        | {"rule": rule, "items": items},
    ]
    road = [{"id": "road", "zh": "路", "en": "Road"}]
    framework = Framework(id="f", title=LABEL, nodes=nodes, causes="", site_types=road)
    part = Part(id="city", zh="城市", en="City", weight=1, frameworks={"default": "f"})
    return Rulebook(composition=Composition(id="c", title=LABEL, parts=(part,)), frameworks={"f": framework})


SCORES, CHECKS = rulebook({"name": "given_score"}), rulebook({"name": "pass_share"})


def seen(rows, who, book, register=None):
    """An evaluated round whose rows were written down by `who`."""
    round_ = a_round(rows, register=register)
    table = round_.observations.assign(assessor=pd.Categorical(who))
    return evaluate(dataclasses.replace(round_, frames={**round_.frames, "observations": table}), book)


def test_what_an_assessor_moves_is_the_share_of_what_he_checked():
    """Two sites of 50 points each; at b two assessors wrote down one check each."""
    found = seen(street("甲", "a", 1, 1) + street("甲", "b", 1, 0), ["A", "A", "A", "B"], CHECKS)
    table = exposures(found.round, found.scored).set_index(["member", "assessor"])["points"]
    assert table.to_dict() == {("a", "A"): 50.0, ("b", "A"): 25.0, ("b", "B"): 25.0}


def test_without_assessors_nothing_is_compared_and_nothing_added():
    plain = evaluate(a_round(street("甲", "a", 1, 1) + street("甲", "b", 1, 0)), CHECKS)
    assert assessors(plain).empty
    assert list(assessors(plain).columns) == COLUMNS
    pair = (plain.round, plain.scored)
    assert change_errors(pair, pair)["assessor_se"].tolist() == [0.0]


def town(rng, levels, severity, drawn):
    """Scores of the drawn sites of every unit, each visit written down by two assessors."""
    rows, who = [], []
    for unit, sites in levels.items():
        for site in rng.choice(len(sites), drawn, replace=False):
            for name in rng.choice(len(severity), 2, replace=False):
                score = 100 * (sites[site] + severity[name])
                rows.append((unit, "street", "", f"s{site}", "", score, ""))
                who.append(f"A{name}")
    register = {unit: [f"s{site}" for site in range(len(sites))] for unit, sites in levels.items()}
    return seen(rows, who, SCORES, register)


@pytest.mark.parametrize("sites", [12, 40], ids=["all sites", "a draw of sites"])
def test_the_error_of_a_change_covers_who_happened_to_check(sites):
    """Nothing changed between the rounds; who checked which site (and which sites) did."""
    rng = np.random.default_rng(sites)
    ratios, without = [], []
    for _ in range(20):
        severity = rng.normal(0, 0.05, 10)
        levels = {unit: rng.normal(0.6, 0.04, sites) for unit in "甲乙丙丁"}
        one, two = (town(rng, levels, severity, 12) for _ in "ab")
        errors = change_errors((one.round, one.scored), (two.round, two.scored)).set_index("unit")
        change = two.scores.set_index("unit")["base"] - one.scores.set_index("unit")["base"]
        change = change.rename(index=str).reindex(errors.index)
        ratios += (change / errors["change_se"]).tolist()
        sampling = np.sqrt(errors["change_se"] ** 2 - errors["assessor_se"] ** 2)
        without += (np.abs(change) > 1.96 * sampling).tolist()
    assert 0.9 < np.mean(np.abs(ratios) < 1.96) <= 1.0
    assert np.std(ratios) == pytest.approx(1.0, abs=0.2)
    assert np.mean(without) > 0.09


@pytest.fixture(scope="module")
def demo(demo_project):
    evaluation = analysis.evaluate(demo_project / "data" / "raw" / "demo-2024")
    truth = json.loads((evaluation.round.folder / "truth.json").read_text(encoding="utf-8"))
    return evaluation, truth


def planted_offsets(truth, table):
    """What a planted severity does to the share of checks without a finding, against the mean of all.

    A check with a problem is written down at log-odds `seen` + severity, one without at `false_alarm` +
    severity; problems are as frequent as planted.
    """
    odds, plan = pd.Series(truth["assessors"]), prefecture().checks
    share = np.mean(list(truth["problem_share_by_unit"].values()))
    found = sum(
        part / (1 + np.exp(-(level + odds)))
        for part, level in ((share, plan.seen), (1 - share, plan.false_alarm))
    )
    weight = table.set_index("assessor")["n_checks"].reindex(found.index)
    return (found * weight).sum() / weight.sum() - found


def test_planted_strict_and_lenient_assessors_are_named_with_their_size(demo):
    evaluation, truth = demo
    table = assessors(evaluation)
    told = table[table["finding"] != ""].set_index("assessor")["finding"].to_dict()
    assert told == {"测评员07": "strict", "测评员19": "strict", "测评员26": "lenient"}
    planted = planted_offsets(truth, table)
    found = table.set_index("assessor")
    inside = (planted >= found["low"].reindex(planted.index)) & (
        planted <= found["high"].reindex(planted.index)
    )
    assert inside[list(told)].all()
    assert inside.mean() >= 0.9
    assert np.sqrt(severity_variance(table)) == pytest.approx(planted.std(), rel=0.35)
