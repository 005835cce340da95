"""Causes, explanation and ranking on evaluations as scoring makes them: villages, shares, missing parts."""

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.framework.model import Composition, Framework, Label, Part, Rulebook
from analysis.intake.round import Round, RoundInfo
from analysis.results.causes import causes, joint_view, ledger_rows
from analysis.results.explain import explain
from analysis.results.ranking import rank_table
from analysis.scoring.evaluate import evaluate
from analysis.validation import validate

LABEL = Label(zh="测试", en="Test")
STEP = re.compile(r"(-?[\d.]+) × (-?[\d.]+) = (-?[\d.]+)")


def framework(name, leaf, area, **more):
    root = {"id": f"{name}_root", "zh": f"{name}总", "en": name}
    node = {
        "id": leaf,
        "parent": root["id"],
        "weight": 1,
        "method": "field",
        "area": area,
        "zh": leaf,
        "en": leaf,
    }
    node |= {"rule": {"name": "pass_share"}, "items": [{"id": "a", "zh": "甲项", "en": "A"}], **more}
    return Framework(id=name, title=LABEL, nodes=[root, node], causes="")


@pytest.fixture(scope="module")
def rulebook():
    joint = {"units": {"lead": ("公安局",), "line": ("住建局",)}, "joint": True}
    parts = (
        Part(
            id="city", zh="城市", en="City", weight=0.8, frameworks={"default": "city"}, missing="group_mean"
        ),
        Part(
            id="villages",
            zh="村",
            en="Villages",
            weight=0.2,
            frameworks={"default": "village"},
            sub_units=True,
        ),
    )
    frameworks = {
        "city": framework("city", "street", "livability", duties=joint),
        "village": framework("village", "lane", "ecology"),
    }
    return Rulebook(composition=Composition(id="c", title=LABEL, parts=parts), frameworks=frameworks)


def observations():
    """甲 fails 1 of 4 checks, 乙 has no city rows; villages fail 1 of 2, 0 of 1, and 1 of 1."""
    checks = [("甲", "", "city", "street", f"s{i}", float(i > 0)) for i in range(4)]
    checks += [("丙", "", "city", "street", "s9", 1.0)]
    checks += [("甲", "东村", "villages", "lane", f"v{i}", float(i)) for i in range(2)]
    checks += [("甲", "西村", "villages", "lane", "v3", 1.0), ("乙", "南村", "villages", "lane", "v4", 0.0)]
    checks += [("丙", "北村", "villages", "lane", "v5", 1.0)]
    frame = pd.DataFrame(checks, columns=["unit", "place", "component", "leaf", "site", "value"])
    frame = frame.assign(item="a", site_type="", answer="", status=0, source_file="现场.csv", source_sheet="")
    frame["row_id"], frame["source_row"] = np.arange(len(frame)), np.arange(2, len(frame) + 2)
    labels = [c.name for c in tables.TABLES["observations"].columns if c.kind == "label" and c.name in frame]
    return validate(frame.astype(dict.fromkeys(labels, "category")), "observations")


@pytest.fixture(scope="module")
def evaluation(rulebook):
    info = RoundInfo(id="r", title=LABEL, date=dt.date(2024, 1, 1), kind="mock")
    units = pd.DataFrame({"unit": ["甲", "乙", "丙"], "group": "default"}).astype("category")
    frames = {"observations": observations(), "units": units}
    return evaluate(Round(info, Path(), frames, pd.DataFrame(), pd.DataFrame()), rulebook)


def test_points_lost_by_hand(evaluation):
    """甲: 80 x 1/4 = 20 in the city, 20 x (1/2 + 0)/2 = 5 in villages; 乙: the mean of 75 % and 100 %."""
    table = causes(evaluation, ["unit", "component"]).round(9)
    found = {(row.unit, row.component): (row.points_lost, row.loss_rate) for row in table.itertuples()}
    assert found == {
        ("甲", "city"): (20, 0.25),
        ("乙", "villages"): (20, 1.0),
        ("乙", "city"): (10, 0.125),
        ("甲", "villages"): (5, 0.25),
    }


def test_areas_and_places(evaluation):
    areas = causes(evaluation, ["area"], unit="甲").set_index("area")["points_lost"].round(9)
    assert areas.to_dict() == {"livability": 20, "ecology": 5}
    places = causes(evaluation, ["place"], unit="甲").set_index("place").round(9)
    assert places["points_lost"].to_dict() == {"": 20, "东村": 5}
    assert places["loss_rate"].to_dict() == {"": 0.25, "东村": 0.5}


def test_nobody_answers_for_an_imputed_component(evaluation):
    table = causes(evaluation, ["cause", "responsible_unit"], unit="乙").round(9)
    imputed = table[table["cause"] == "imputed"].iloc[0]
    assert (imputed["responsible_unit"], imputed["points_lost"]) == ("", 10)


def test_joint_duties_of_a_framework(evaluation):
    split = causes(evaluation, ["responsible_unit"], unit="甲").set_index("responsible_unit")["points_lost"]
    full = joint_view(evaluation, unit="甲").set_index("responsible_unit")["points_answered"]
    assert (split["公安局"], split["住建局"]) == (pytest.approx(10), pytest.approx(10))
    assert (full["公安局"], full["住建局"]) == (pytest.approx(20), pytest.approx(20))


def test_depth_counts_from_the_composite(evaluation):
    table = causes(evaluation, ["depth_1", "depth_2"], unit="甲").round(9)
    found = {(row.depth_1, row.depth_2): row.points_lost for row in table.itertuples()}
    assert found == {("city", "street"): 20, ("villages", "lane"): 5}


def test_every_grouping_adds_up_to_the_loss_of_the_composites(evaluation):
    nodes = evaluation.nodes
    lost = nodes.loc[nodes["node"] == "composite", "points_lost"].sum()
    for by in (["unit"], ["area", "role"], ["depth_1", "cause"], ["site", "responsible_unit"], ["hardware"]):
        assert causes(evaluation, by)["points_lost"].sum() == pytest.approx(lost)


def test_explanation_descends_into_villages_and_their_rows(evaluation):
    text = explain(evaluation, "甲")
    assert "综合得分 75.00 = 基础得分 75.00" in text
    assert "城市 0.7500 × 80.00 = 60.00" in text
    assert "村 0.7500 × 20.00 = 15.00" in text and "下属单位均值" in text
    assert text.index("城市 0.7500") < text.index("村 0.7500")
    assert "东村 0.5000 × 10.00 = 5.00" in text and "西村 1.0000 × 10.00 = 10.00" in text
    assert "−5.0000；v0；甲项；现场.csv，第 7 行" in text
    for rate, points, score in STEP.findall(text):
        assert float(rate) * float(points) == pytest.approx(float(score), abs=0.005)


def test_explanation_of_a_village_alone(evaluation):
    text = explain(evaluation, "甲", "东村")
    assert "东村 0.5000" in text and "西村" not in text and "城市" not in text


def test_explanation_of_an_imputed_component(evaluation):
    text = explain(evaluation, "乙")
    assert "城市 0.8750 × 80.00 = 70.00" in text and "以同组其他单位的均值代替" in text
    assert "−10.0000；以均值代替，无人负责；没有对应的记录" in text


def test_rows_behind_a_number(evaluation):
    assert ledger_rows(evaluation, unit="甲", component="villages")["source_row"].tolist() == [7]


def test_ranking_of_the_scores(evaluation):
    ranking = rank_table(evaluation.scores, evaluation.rulebook.settings)
    assert ranking["unit"].tolist() == ["丙", "甲", "乙"]
    assert ranking["gap_above"].fillna(0).tolist() == [0, 25, 5]
