"""One number told from the composite to the cells: the steps, the places, and wrong questions."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

import analysis.results.words
from analysis.errors import UsageError
from analysis.framework.model import Band, Cycle, Settings
from analysis.results.explain import explain

STEP = re.compile(r"(-?[\d.]+) × (-?[\d.]+) = (-?[\d.]+)")


def test_every_step_of_the_whole_tree_is_told_and_right(evaluation):
    text = explain(evaluation, "甲")
    steps = [tuple(map(float, step)) for step in STEP.findall(text)]
    assert len(steps) == 7
    assert all(round(rate * points, 2) == pytest.approx(score, abs=0.005) for rate, points, score in steps)
    assert "综合得分 90.00 = 基础得分 88.00 + 加分 2.00" in text
    assert "实地考察 0.8833 × 60.00 = 53.00" in text
    assert "合成数据" in text


def test_levels_are_indented(evaluation):
    lines = explain(evaluation, "甲").splitlines()
    depth = {
        name: next(line.index(name) for line in lines if line.strip().startswith(name)) for name in NAMES
    }
    assert list(depth.values()) == [2, 4, 6, 8, 8]


NAMES = ("基础得分", "城市", "实地考察", "主次干道", "农贸市场")


def test_rows_with_losses_say_where_they_stand(evaluation):
    text = explain(evaluation, "甲", "street")
    assert "−4.0000；道路 一号路；井盖完好；井盖缺失；facilities；现场.xlsx，工作表 记录，第 2 行" in text
    assert "一号路" in text and "东市场" not in text
    english = explain(evaluation, "甲", "street", lang="en")
    assert "Road 一号路; Manhole covers; 井盖缺失; facilities; 现场.xlsx, sheet 记录, row 2" in english
    assert "rule: share of checks passed; 4 rows used, 0 missing, 0 n.a." in english


def test_a_value_is_shown_with_its_cell_and_its_rule(evaluation):
    text = explain(evaluation, "甲", "docs")
    assert "规则：达标得满分（不低于 98，否则得分率 0.875）" in text
    assert "读入 96.5；现场.xlsx，工作表 记录，第 5 行" in text


def test_of_values_by_year_the_latest_is_shown_first(evaluation):
    observations = evaluation.round.observations
    docs = observations[observations["leaf"] == "docs"]
    older = docs.assign(row_id=30, period="2023", value=95.0), docs.assign(period="2024")
    years = pd.concat(older, ignore_index=True).astype({"period": "category"})
    evaluation.round = replace(evaluation.round, frames={"observations": years})
    assert "读入 96.5；时段 2024" in explain(evaluation, "甲") and "读入 95" not in explain(evaluation, "甲")
    assert "另有 1 条" in explain(evaluation, "甲")
    assert "读入 95；时段 2023" in explain(evaluation, "甲", "docs")


def test_adjustments_and_standing_row_by_row(evaluation):
    text = explain(evaluation, "甲", depth=0)
    assert "加分：古镇保护（已认定）；申报 3.00，计入 2.00；加分.csv，第 2 行" in text
    assert "名次 1（分组 default），并列" in text
    assert "2023 85.00 × 40 % = 34.00" in text and "周期综合得分 88.00" in text


def test_consequences_vetoes_and_prerequisites_are_told(evaluation):
    bands = (Band(id="low", zh="通报批评", en="Criticised", below=95),)
    composition = evaluation.rulebook.composition.model_copy(update={"settings": Settings(bands=bands)})
    evaluation.rulebook = evaluation.rulebook.model_copy(update={"composition": composition})
    assert "结果运用 通报批评" in explain(evaluation, "甲", depth=0)
    evaluation.scores = evaluation.scores.assign(veto=["fraud", ""], eligible=[False, True])
    text = explain(evaluation, "甲", depth=0)
    assert "已被否决，不参加排名：fraud" in text and "不排名" in text and "不符合申报条件" in text


def test_depth_limits_the_levels_below_the_start(evaluation):
    assert "实地考察" not in explain(evaluation, "甲", depth=1)
    text = explain(evaluation, "甲", depth=2)
    assert "实地考察" in text and "主次干道" not in text


@pytest.mark.parametrize("name", ["market", "city.market", "农贸市场", "Markets"])
def test_a_node_goes_by_id_path_or_label(evaluation, name):
    assert "农贸市场 0.9500 × 20.00 = 19.00" in explain(evaluation, "甲", name)


def test_only_the_largest_rows_unless_the_leaf_is_asked_for(evaluation):
    ledger = evaluation.ledger
    many = ledger.loc[[0] * 8].reset_index(drop=True).assign(points_lost=[0.5] * 8)
    evaluation.ledger = many
    assert "另有 3 条，共失 1.5000" in explain(evaluation, "甲")
    assert explain(evaluation, "甲", "street").count("−0.5000") == 8


def test_imputed_redistributed_and_empty_nodes_say_so(evaluation):
    nodes = evaluation.nodes.copy()
    nodes.loc[6, ["imputed", "redistributed"]] = True
    nodes.loc[5, "score_rate"] = float("nan")
    evaluation.nodes = nodes
    text = explain(evaluation, "甲")
    assert "以同组其他单位的均值代替；权重有转移" in text
    assert "主次干道［没有可计分的数据，权重转给同级" in text


def test_unknown_unit_and_node_suggest_near_ones(evaluation):
    with pytest.raises(UsageError, match="no unit '丁'.*甲"):
        explain(evaluation, "丁")
    with pytest.raises(UsageError, match="'markt'.*market"):
        explain(evaluation, "甲", "markt")


def test_cycle_weights_come_from_the_table_not_the_settings(evaluation):
    composition = evaluation.rulebook.composition
    settings = composition.settings.model_copy(update={"cycle": Cycle(weights={"2024": 1.0})})
    composition = composition.model_copy(update={"settings": settings})
    evaluation.rulebook = evaluation.rulebook.model_copy(update={"composition": composition})
    evaluation.cycle = evaluation.cycle.assign(composite=[float("nan"), 90], contribution=[float("nan"), 54])
    text = explain(evaluation, "甲", depth=0)
    assert "周期综合得分 —" in text and "2023 — × 40 % = —" in text


def test_official_rounds_do_not_claim_to_be_synthetic(evaluation):
    round_ = evaluation.round
    evaluation.round = replace(round_, info=round_.info.model_copy(update={"synthetic": False}))
    assert "合成数据" not in explain(evaluation, "甲")


def test_every_text_has_both_languages_and_nothing_else():
    path = Path(analysis.results.words.__file__).with_name("words.yml")
    texts = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries = {
        f"{section}.{name}": entry for section, names in texts.items() for name, entry in names.items()
    }
    assert [name for name, entry in entries.items() if set(entry) != {"zh", "en"}] == []
