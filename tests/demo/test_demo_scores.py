"""The demo rounds go the whole way, and the evaluation finds what was planted in them."""

import json

import pandas as pd
import pytest

from analysis import intake
from analysis.framework import library
from analysis.scoring.evaluate import evaluate


@pytest.fixture(scope="module")
def rulebook():
    return library.load("national-70-20-10")


@pytest.fixture(scope="module")
def round_(demo_folder):
    return intake.load(demo_folder / "demo-2024")


@pytest.fixture(scope="module")
def evaluation(round_, rulebook):
    return evaluate(round_, rulebook)


@pytest.fixture(scope="module")
def planted(round_):
    return json.loads((round_.folder / "truth.json").read_text(encoding="utf-8"))


def test_every_row_of_every_sheet_is_used_without_a_remark(round_):
    assert round_.problems == ()
    assert round_.counts["rows_rejected"].sum() == 0
    assert round_.info.synthetic
    assert set(round_.info.levels) == {"villages", "streets"}


def test_ledger_and_nodes_agree(evaluation):
    assert evaluation.identity_gap < 1e-9


def test_composites_follow_the_planted_quality(evaluation, planted):
    scores = evaluation.scores.set_index("unit")["composite"]
    quality = pd.Series({unit: row["quality"] for unit, row in planted["units"].items()})
    assert quality.corr(scores, method="spearman") > 0.7


def test_leaders_stand_close_and_the_others_further_apart(evaluation):
    for _, group in evaluation.scores.groupby("group", observed=True):
        ordered = group["composite"].sort_values(ascending=False).to_numpy()
        assert 0 < ordered[0] - ordered[1] < 0.1
        assert ordered[0] - ordered[-1] > 3


def test_planted_weaknesses_are_the_worst_of_the_group(evaluation, planted, rulebook):
    nodes = evaluation.nodes[evaluation.nodes["component"] == "city"]
    rates = nodes.pivot_table(index="unit", columns="node", values="score_rate", observed=True)
    leaves = {kind: leaf.id for f in rulebook.frameworks.values() for leaf in f.leaves
              for kind in leaf.site_types if leaf.id.startswith("F-")}  # fmt: skip
    for unit, kind in (
        ("澄溪区", "market"),
        ("云汀区", "back_lane"),
        ("白鹭县", "toilet"),
        ("梅隐县", "campus"),
    ):
        assert kind in planted["units"][unit]["weak"]
        behind = rates.loc[unit, leaves[kind]] - rates[leaves[kind]].median()
        usual = rates.loc[unit, "field_sites"] - rates["field_sites"].median()
        assert behind < usual - 0.02, (unit, kind)


def test_a_site_type_that_a_unit_lacks_moves_its_weight_on(evaluation):
    nodes = evaluation.nodes
    night_market = nodes[(nodes["node"] == "F-27") & (nodes["component"] == "city")].set_index("unit")
    assert night_market["redistributed"][["白鹭县", "茶岭县", "梅隐县"]].all()
    assert not night_market["redistributed"]["青樾区"]
