"""A forecast as files and lines: the numbers hang together, and what is assumed or made up is said."""

import json
import re

import pandas as pd
import pytest

from analysis import facade
from analysis.errors import UsageError
from analysis.reports.forecasted import (
    declared_lists,
    forecast_tables,
    forecast_text,
    print_forecast,
    read_lists,
)

CHINESE = re.compile("[一-鿿]{4,}")


@pytest.fixture(scope="module")
def mock(demo_project):
    return facade.evaluate(demo_project / "data" / "raw" / "demo-2025-q2")


@pytest.fixture(scope="module")
def bare(mock):
    return facade.forecast(mock, 400, 3)


@pytest.fixture(scope="module")
def learned(mock, demo_project):
    raw = demo_project / "data" / "raw"
    return facade.forecast(mock, 400, 3, pairs=[(raw / "demo-2025-q1", raw / "demo-2024")])


@pytest.fixture(scope="module")
def none(mock):
    return declared_lists(mock, [], 100, 1)


def test_the_tables_hang_together(bare, none):
    tables = forecast_tables(bare, 90.0, 3, none)
    units = tables["units"].set_index("unit")
    ranks = tables["ranks"]
    ranked = units[units["mock_rank"].notna()]
    assert ranks.groupby("unit")["probability"].sum().tolist() == pytest.approx([1.0] * len(ranked))
    first = ranks[ranks["rank"] <= 3].groupby("unit")["probability"].sum()
    assert ranked["p_top"].to_dict() == pytest.approx(first.reindex(ranked.index).fillna(0.0).to_dict())
    means = (ranks["rank"] * ranks["probability"]).groupby(ranks["unit"]).sum()
    assert ranked["rank_mean"].to_dict() == pytest.approx(means.to_dict())
    pairs = tables["pairs"].set_index(["unit", "other"])
    for (unit, other), row in pairs.iterrows():
        turned = pairs.loc[(other, unit)]
        assert row["p_above"] + turned["p_above"] + row["p_tied"] == pytest.approx(1.0)
        assert units["group"][unit] == units["group"][other]
    assert (units["q025"] < units["mean"]).all()
    assert (units["mean"] < units["q975"]).all()
    assert (
        tables["units"]
        .groupby("group")["mock_rank"]
        .apply(lambda own: own.dropna().is_monotonic_increasing)
        .all()
    )


def test_without_pairs_the_assumption_is_said(bare, none):
    said = forecast_text(bare, forecast_tables(bare, 90.0, 3, none), 90.0, 3, "zh")
    assert said.startswith("合成数据，示意权重")
    assert "这是假设，不是从数据学得的" in said
    assert said.count("无，假设为 0") == len(bare.methods)
    assert "达 90 分" in said
    assert "前 3 名" in said
    assert "一票否决" in said
    row = next(line for line in said.splitlines() if "松坪县" in line)
    table = bare.table(90.0, 3).set_index("unit").loc["松坪县"]
    assert f"{table['mean']:.2f}" in row
    assert f"{table['q025']:.2f}–{table['q975']:.2f}" in row
    assert f"{100 * table['p_top']:.1f}%" in row
    assert f"{100 * bare.above('松坪县', '白鹭县'):.1f}%" in row


def test_with_pairs_it_says_from_which_rounds_and_how_many_scores(learned, none):
    said = forecast_text(learned, forecast_tables(learned, None, None, none), None, None, "en")
    assert "demo-2025-q1 (2025-04-18) and demo-2024 (2024-12-20)" in said
    assert "assumption" not in said
    field = learned.methods.set_index("method").loc["city.field"]
    assert f"{field['shift']:+.2f}" in said
    assert said.count(f"{field['n_pairs']:.0f} pairs of scores") == len(learned.methods)
    assert not CHINESE.search(said)


def test_an_official_round_has_no_difference_to_assume(demo_project, none):
    found = facade.forecast(demo_project / "data" / "raw" / "demo-2024", 100, 1)
    said = forecast_text(found, forecast_tables(found, None, None, none), None, None, "zh")
    assert "本轮就是正式测评" in said
    assert "--pair" not in said


def test_months_are_said(bare, none):
    from dataclasses import replace

    levels = pd.DataFrame({"month": [4, 7], "level": [0.5, -0.5], "level_se": [0.1, 0.1], "n": [2, 2]})
    said = {}
    for name, months in (("levels", levels), ("alike", levels.head(0))):
        found = replace(bare, months=months)
        said[name] = forecast_text(found, forecast_tables(found, None, None, none), None, None, "zh")
    assert "4月 +0.50；7月 -0.50" in said["levels"]
    assert "看不出月份之间的差异" in said["alike"]


def test_files_and_screen(learned, none, tmp_path, capsys):
    assert print_forecast(learned, 90.0, 3, none, tmp_path, False, "zh") == 0
    assert "种子 3" in capsys.readouterr().out
    names = {path.name for path in tmp_path.iterdir()}
    tables = {f"{n}.csv" for n in ("units", "ranks", "pairs", "methods", "months", "declared")}
    charts = {f"ranks-{group}.{kind}" for group in ("county", "default") for kind in ("png", "svg")}
    assert names == tables | charts | {"forecast.json"}
    facts = json.loads((tmp_path / "forecast.json").read_text(encoding="utf-8"))
    assert facts["synthetic"] is True
    assert facts["pairs"] == [["demo-2025-q1", "demo-2024"]]
    assert (facts["target"], facts["rank"], facts["seed"], facts["replicates"]) == (90.0, 3, 3, 400)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    print_forecast(learned, 90.0, 3, none, tmp_path, True, "zh")
    said = json.loads(capsys.readouterr().out)
    assert (
        said["units"][0]["p_top"]
        == learned.table(90.0, 3).set_index("unit")["p_top"][said["units"][0]["unit"]]
    )
    assert said["declared"] == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_lists_of_declared_sites_are_compared(mock, bare, tmp_path):
    file = tmp_path / "lists.csv"
    file.write_text("甲案,乙案,空\n新店路,永桥公园,\n 新店路 ,,\n", encoding="gb18030")
    assert read_lists(file) == {"甲案": ["新店路"], "乙案": ["永桥公园"]}
    table = declared_lists(mock, [f"清沅县={file}"], 200, 1)
    assert sorted(table["list"]) == ["", "乙案", "甲案"]
    own = table.set_index("list")["expected"]
    before = mock.scores.set_index("unit")["composite"]["清沅县"]
    assert own[""] == pytest.approx(before)
    said = forecast_text(bare, forecast_tables(bare, None, None, table), None, None, "en")
    assert "Lists 清沅县 might declare" in said
    assert "(as declared in this round)" in said
    assert f"{own['甲案']:.2f}" in said
    assert "no forecast" in said


def test_lists_that_cannot_be_used_are_refused_together(mock, tmp_path):
    file = tmp_path / "lists.csv"
    file.write_text("甲案\n月球\n", encoding="utf-8")
    asked = [f"清沅县={file}", f"火星={file}", f"清沅县={tmp_path / 'none.xlsx'}", "清沅县"]
    with pytest.raises(UsageError) as refused:
        declared_lists(mock, asked, 100, 1)
    codes = [problem.code for problem in refused.value.problems]
    assert codes == ["unknown_site", "unknown_unit", "table_file", "unit_and_file"]


def test_rejected_rows_are_said(mock):
    from dataclasses import replace

    from analysis.reports.planned_files import banner

    rejected = replace(mock, round=replace(mock.round, rejected=pd.DataFrame({"row": [1]})))
    assert banner(mock, "en") == ["Synthetic data, illustrative weights"]
    assert banner(rejected, "zh") == ["合成数据，示意权重，含退回数据"]
