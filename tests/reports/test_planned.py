"""Scenarios and plans as text, tables and workbooks to hand out."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from analysis.errors import UsageError
from analysis.framework.model import Composition, Framework, Label, Rulebook
from analysis.intake.round import Round, RoundInfo
from analysis.plots import frontier_chart
from analysis.reports import plan_terms, planned, planned_files, rule_choices
from analysis.scoring import evaluate
from analysis.simulation.effects import what_if
from analysis.simulation.plan import plan
from analysis.simulation.sensitivity import sensitivity

LABEL = Label(zh="试", en="test")
LABELS = ("unit", "place", "component", "leaf", "item", "site_type", "site", "answer", "cause", "line")
LABELS += ("respondent", "stratum", "cluster", "assessor", "origin", "source_file", "source_sheet")
ITEMS = [{"id": name, "zh": f"{name}项", "en": name, "cause": "litter"} for name in "ab"]


def rulebook():
    nodes = [{"id": "root", "zh": "总", "en": "root"}]
    leaf = {"id": "street", "parent": "root", "weight": 1.0, "method": "field", "zh": "道路", "en": "Streets"}
    nodes.append({**leaf, "rule": {"name": "pass_share"}, "items": ITEMS})
    framework = Framework.model_validate({"id": "f", "title": LABEL, "nodes": nodes})
    part = {"id": "city", "zh": "城市", "en": "City", "weight": 1.0, "frameworks": {"default": "f"}}
    composition = Composition.model_validate({"id": "c", "title": LABEL, "parts": [part]})
    return Rulebook(composition=composition, frameworks={"f": framework})


@pytest.fixture(scope="module")
def evaluation():
    """Two units with three streets; the worst finding's note begins like a formula."""
    failed = {("甲", "一路", "a"), ("甲", "一路", "b"), ("甲", "二路", "a"), ("乙", "一路", "a")}
    keys = [(u, s, i) for u in ("甲", "乙") for s in ("一路", "二路", "三路") for i in "ab"]
    rows = pd.DataFrame(keys, columns=["unit", "site", "item"])
    rows["value"] = [0.0 if key in failed else 1.0 for key in keys]
    rows["note"] = ["=HYPERLINK(1)" if key in failed else "" for key in keys]
    rows["line"] = ["城管:局" if key[1] == "一路" else "街道办" for key in keys]
    rows = rows.assign(component="city", leaf="street", status=0, row_id=range(len(rows)), source_row=2)
    for name in LABELS:
        rows[name] = rows.get(name, "")
    rows = rows.astype({**dict.fromkeys(LABELS, "category"), "note": "str"})
    units = pd.DataFrame({"unit": ["甲", "乙"], "group": "default"}).astype("category")
    info = RoundInfo(id="r", title=LABEL, date=dt.date(2025, 6, 1), kind="mock", synthetic=True)
    frames = {"observations": rows, "units": units}
    return evaluate(Round(info, Path("r"), frames, pd.DataFrame(), pd.DataFrame()), rulebook())


def test_a_plan_is_handed_out_per_responsible_unit_without_formulas(evaluation, tmp_path):
    found = plan(evaluation, "甲", things=3, by="2025-09-01")
    written = planned_files.write_plan(found, tmp_path, "zh")
    assert {path.name for path in written} >= {"plan.xlsx", "things.csv", "summary.csv", "frontier.png"}
    handed = sorted(path.name for path in (tmp_path / "hand-out").iterdir())
    assert handed == ["城管_局.xlsx", "街道办.xlsx"]
    sheet = load_workbook(tmp_path / "hand-out" / "城管_局.xlsx").active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    values = [cell.value for cell in cells]
    assert values.count("=HYPERLINK(1)") == 2
    assert values.count("2025-09-01") == 2
    assert "合成数据" in values[1]
    assert {"整改情况", "复核意见", "完成时限"} <= set(values)


def test_the_text_of_a_plan_says_what_is_brought_and_by_whom(evaluation):
    found = plan(evaluation, "甲", target_rank=1, alternatives=1)
    text = planned.plan_text(found, "en", found.chances(100))
    assert "Plan for 甲: 2 things, 2 findings" in text
    assert "Composite 50.00 → 83.33, rank 2 → 1" in text
    assert "Reaching the rank: forecast" in text
    assert "Next best 1: 2 things, 83.33 points" in text
    assert "城管:局" in text
    assert planned.plan_text(found, "zh").startswith("合成数据")


def test_a_scenario_as_text_and_files(evaluation, tmp_path):
    steps = [{"fix": {"unit": "甲", "site": "一路"}, "label": "整治一路"}]
    steps.append({"fix": {"unit": "甲", "site": "二路"}, "label": "整治二路"})
    result = what_if(evaluation, {"title": "两条路", "steps": steps})
    text = planned.scenario_text(result, "zh", result.intervals(100))
    assert "情景：两条路" in text
    assert "1. 整治一路（2 行）" in text
    assert "50.00   83.33  +33.3333  2 → 1" in text
    written = {path.name for path in planned_files.write_scenario(result, tmp_path, "zh")}
    assert written == {"effects.csv", "scores.csv", "split.csv", "waterfall.png", "waterfall.svg"}
    way = planned_files.scenario_steps(result, "甲")
    assert way["step"].tolist() == ["基准", "整治一路", "整治二路", "情景"]
    assert way["value"].tolist() == pytest.approx([50.0, 100 / 3, 50 / 3, 100.0])


def test_the_page_on_the_winner_says_whether_it_changes_in_words(evaluation):
    found = sensitivity(evaluation, {"ties": {"as_written": [], "dense": [{"ties": {"rule": "dense"}}]}})
    page = rule_choices.winner_page(evaluation, found, "en")
    assert "all 2 combinations" in page
    assert "ties: as written / 1-1-2" in page
    assert "No: the first of every group is first under every combination." in page
    assert "乙: first as written; first in 100% of the combinations" in page
    assert "no choice moves a rank" in page


def test_the_page_names_the_choice_that_makes_another_unit_first(evaluation):
    """Planted: under the other rule for ties the ranks are the other way round."""
    found = sensitivity(evaluation, {"ties": {"as_written": [], "dense": [{"ties": {"rule": "dense"}}]}})
    swapped = np.array(found.ranks)
    swapped[1] = swapped[1][::-1]
    page = rule_choices.winner_page(evaluation, replace(found, ranks=swapped), "zh")
    assert "会：至少有一种组合下第一名换人。" in page
    assert "甲：在 50% 的组合中第一" in page
    assert "只改这一项即成第一：并列 → 1-1-2" in page
    assert page.splitlines()[0] == "合成数据"


def test_terms_are_read_from_csv_and_xlsx_with_either_headers(tmp_path):
    table = pd.DataFrame({"口径": ["失分原因", None], "名称": ["litter", None], "单项费用": [5.0, None]})
    table["工期（天）"] = [3, None]
    table.to_csv(tmp_path / "c.csv", index=False, encoding="utf-8-sig")
    table.to_csv(tmp_path / "g.csv", index=False, encoding="gb18030")
    english = {"口径": "by", "名称": "name", "单项费用": "cost", "工期（天）": "days"}
    table.rename(columns=english).to_excel(tmp_path / "c.xlsx", index=False)
    for name in ("c.csv", "g.csv", "c.xlsx"):
        (row,) = plan_terms.read_terms(tmp_path / name).to_dict("records")
        assert row["source_file"] == name
        assert [row[key] for key in ("by", "name", "cost", "days", "source_row")] == [
            "cause", "litter", 5.0, 3, 2,
        ]  # fmt: skip
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    with pytest.raises(UsageError, match="bad.xlsx: cannot be read as a table of terms"):
        plan_terms.read_terms(tmp_path / "bad.xlsx")


def test_the_frontier_draws_its_points_the_target_and_the_plan():
    table = pd.DataFrame({"cost": [0.0, 50.0, 200.0], "n_things": [0, 2, 3], "composite": [80.0, 84.0, 85.0]})
    ax = frontier_chart(table, target=84.5, chosen=(60.0, 84.2), lang="en")
    line, target, point = ax.lines
    assert line.get_ydata().tolist() == [80.0, 84.0, 85.0]
    assert set(target.get_ydata()) == {84.5}
    assert point.get_xydata().tolist() == [[60.0, 84.2]]
    assert ax.get_xlabel() == "Cost of the fixes (yuan)"
    counted = frontier_chart(table.assign(cost=table["n_things"].astype(float)))
    assert counted.get_xlabel() == "整改事项（件）"
    assert len(frontier_chart(table.head(0)).lines) == 0
