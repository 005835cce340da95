"""The demo round of member units: every award of its form is given, to the kind of unit it is for."""

import json

import pandas as pd
import pytest

from analysis import facade
from analysis.demo import members, write_demo
from analysis.reports.material import Material
from analysis.reports.sections_duties import duties_section
from analysis.results.awards import awards, year_table


@pytest.fixture(scope="module")
def evaluation(demo_folder):
    return facade.evaluate(demo_folder / members.plan()["id"])


def test_every_row_is_used_and_every_award_is_given(evaluation):
    assert evaluation.round.problems == ()
    assert evaluation.identity_gap < 1e-9
    found = awards(evaluation)
    assert (found["unit"] != "").all()
    assert set(found["award"]) == {award.id for award in evaluation.rulebook.settings.awards}
    won = found.groupby("award")["unit"].agg(list)
    assert (len(won["first_20"]), len(won["last_10"]), len(won["year_first_20"])) == (20, 10, 20)
    assert won["red_card_village"] == ["瑞塘村"]
    assert won["yellow_card_village"] == ["鹤洲村"]
    assert won["red_card_person"] == ["瑞塘村包联责任人"]
    assert won["red_flag_estate"] == ["桂苑小区"]
    assert won["black_list"] == ["瑞塘修理铺"]
    flags = found[found["kind"] == "flag"]
    assert (flags["held_before"] != "").all()


def test_scores_follow_the_planted_quality_and_the_year_adds_up(evaluation):
    truth = json.loads((evaluation.round.folder / "truth.json").read_text(encoding="utf-8"))
    scores = evaluation.scores.assign(unit=evaluation.scores["unit"].astype(str)).set_index("unit")
    planted = 100 * pd.Series(truth["quality"])
    assert scores["base"].sub(planted).abs().mean() < 4
    assert scores.loc["锦湖水果店", "veto"] == "fraud"
    assert scores.loc["市气象局", "penalty"] == 2
    weights = evaluation.rulebook.settings.cycle.weights
    year = year_table(evaluation).set_index("unit")
    by_hand = sum(weight * year[period] for period, weight in weights.items())
    assert year["year"].sub(by_hand).abs().max() < 1e-9
    assert year["year"].notna().all()


def test_the_same_seed_gives_the_same_bytes(demo_folder, tmp_path):
    (again,) = write_demo(tmp_path, rounds=[members.plan()["id"]])
    for path in again.iterdir():
        assert path.read_bytes() == (demo_folder / again.name / path.name).read_bytes()


@pytest.mark.parametrize(("lang", "said"), [("zh", "前20名，登报公布"), ("en", "First 20: published")])
def test_the_bulletin_names_the_awards_and_shows_the_year(evaluation, lang, said):
    section = duties_section(Material(evaluation.round, lang, evaluation, facade.rank(evaluation)))
    cells = {cell for table in section.tables for row in table.rows for cell in row}
    assert said in cells
    assert "first_20" not in cells
    headers = {header for table in section.tables for header in table.headers}
    assert "score" not in headers
    assert {"2024-Q1", "2024-Q4"} <= headers
