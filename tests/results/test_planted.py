"""What was planted in a demo round comes back with its size, inside the intervals that are stated for it."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import analysis
from analysis.demo.config import prefecture
from analysis.results.rectification import rectification_cases, rectification_summary, with_recurrence

KEY = ["unit", "site", "item"]
COUNTED = "L-"
"""Lamps, covers and vehicles are looked at one by one: a share of them is a sample, not a problem."""


@pytest.fixture(scope="module")
def demo(demo_project):
    evaluation = analysis.evaluate(demo_project / "data" / "raw" / "demo-2025-q2")
    text = (evaluation.round.folder / "truth.json").read_text(encoding="utf-8")
    return evaluation, json.loads(text)


@pytest.fixture(scope="module")
def found(demo):
    """Checks that failed, once per unit, site and item, with the cause that the ledger has."""
    rows = analysis.findings(demo[0])
    rows = rows[(rows["site"] != "") & (rows["method"] == "field")]
    return rows.astype(dict.fromkeys(KEY, "str")).drop_duplicates(KEY).set_index(KEY)


@pytest.fixture(scope="module")
def fixes(demo):
    """The ledger's cases with what became of them in truth; `cause` is the planted group."""
    evaluation, truth = demo
    cases = with_recurrence(rectification_cases(evaluation.round, evaluation.rulebook), [evaluation])
    return cases.drop(columns="cause").merge(pd.DataFrame(truth["fixes"]), on=KEY, suffixes=("", "_planted"))


def test_the_cause_of_every_finding_is_the_planted_one(demo, found):
    """Of the problems that two rounds have in common, the planted group against the group of the finding."""
    planted = pd.DataFrame(demo[1]["fixes"]).set_index(KEY)["cause"]
    both = found.join(planted.rename("planted"), how="inner")
    assert len(both) > 500
    groups = analysis.causes(demo[0], ["cause", "cause_group"]).set_index("cause")["cause_group"].astype(str)
    own = [{groups.get(name, name) for name in text.split("|")} for text in both["cause"].astype(str)]
    hits = [group in names for group, names in zip(both["planted"], own, strict=True)]
    assert np.mean(hits) > 0.99


def test_planted_frequencies_of_causes_come_back(demo, found):
    """Assessors find nine problems in ten whatever their cause: numbers found per group are binomial."""
    evaluation, truth = demo
    real = pd.DataFrame(truth["problems"], columns=KEY)
    real = real[~real["item"].str.startswith(COUNTED)]
    groups = group_of_items(evaluation)
    real["cause"] = real["item"].map(groups)
    real["found"] = pd.MultiIndex.from_frame(real[KEY]).isin(found.index)
    assert real["cause"].notna().all()
    table = real.groupby("cause")["found"].agg(["sum", "size"])
    rate = real["found"].mean()
    assert 0.88 < rate < 0.99
    low, high = binom.ppf([[0.025], [0.975]], table["size"].to_numpy(), rate)
    inside = (table["sum"] >= low) & (table["sum"] <= high)
    assert len(table) >= 8
    assert inside.mean() >= 0.8, table


def group_of_items(evaluation):
    """Group of causes of every check, by the rules."""
    from analysis.framework import library

    found = {}
    for framework in evaluation.rulebook.frameworks.values():
        groups = library.vocabulary(framework.causes).group_of
        for node in framework.nodes:
            for item in node.items:
                found[item.id] = groups[(item.cause or node.cause).split("|")[0]].id
    return found


def test_planted_shares_of_problems_fixed_lie_in_their_intervals(fixes):
    plan = prefecture()
    diligence = {unit.name: unit.diligence for unit in plan.units}
    fixed = np.array([plan.group(name).fixed for name in fixes["cause"]])
    odds = np.log(fixed / (1 - fixed))
    planted = 1 / (1 + np.exp(-(odds + fixes["unit"].map(diligence).to_numpy())))
    for by in ("cause", "unit"):
        share = pd.Series(planted).groupby(fixes[by].to_numpy()).mean()
        table = rectification_summary(fixes, [by]).set_index(by)
        assert_inside(table, "fixed", share, by)


def test_planted_shares_of_fixes_that_hold_lie_in_their_intervals(fixes):
    """A recheck passes a fix that holds, and one that does not where it fails to notice."""
    plan = prefecture()
    table = rectification_summary(fixes, ["cause"]).set_index("cause")
    held = pd.Series({name: plan.group(name).held for name in table.index})
    assert_inside(table, "held", held + (1 - held) * (1 - plan.ledger.noticed), "cause")


def test_failed_fixes_are_back_as_often_as_planted(fixes):
    """Looked at again, fixes that failed are found as often as assessors see; those that held hardly ever."""
    again = fixes[fixes["is_fixed"] & (fixes["n_checked_again"] > 0)]
    seen = again.groupby(again["truth"] == "held")["recurred"].mean()
    assert seen[False] > 0.85
    assert seen[True] < 0.06
    table = rectification_summary(fixes, ["cause"]).set_index("cause")
    held = (again["truth"] == "held").groupby(again["cause"]).mean()
    assert_inside(table, "recurred", (1 - held) * seen[False] + held * seen[True], "cause")


def assert_inside(table, name, planted, by):
    """At least 9 of 10 planted shares lie in the stated 95 % intervals (groups of 20 and more)."""
    n = {"fixed": "n", "held": "n_rechecked", "recurred": "n_checked_again"}[name]
    table = table[table[n] >= 20]
    planted = planted.reindex(table.index)
    low, high = (table[f"{name}_share_{side}"] for side in ("low", "high"))
    inside = (planted >= low) & (planted <= high)
    assert len(table) >= 7
    assert (~inside).sum() <= max(1, len(table) // 10), (by, table.index[~inside])
