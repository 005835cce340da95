"""Forecasts, shifts, months and lists of declared sites, on worlds whose truth is planted."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import facade, scoring
from analysis.errors import UsageError
from analysis.inference.shrink import Truth, fresh, pooled, truth_of
from analysis.simulation.declare import _sites, _with_list, declare
from analysis.simulation.forecast import Shift, forecast, learned_shifts, month_levels
from analysis.simulation.redraw import prepare, redraw, row_draw, run


def known(y, v, groups=None, draws=20_000):
    groups = np.array(["g"] * len(y)) if groups is None else groups
    return truth_of(
        np.array(y, dtype=float), np.array(v, dtype=float), groups, draws, np.random.default_rng(5)
    )


def test_the_eight_schools():
    """Rubin (1981); medians of the schools' effects as printed in Bayesian Data Analysis, table 5.3."""
    y, error = [28, 8, -3, 7, -1, 1, 18, 12], np.array([15, 10, 16, 11, 9, 11, 10, 18])
    found = known(y, error**2)
    scatter = np.random.default_rng(6).normal(size=found.centre.shape)
    effects = found.centre + scatter * error * np.sqrt(found.reliability)
    printed = [10, 8, 7, 8, 5, 6, 10, 8]
    assert np.abs(np.median(effects, axis=0) - printed).max() < 1.2
    low, high = np.quantile(effects[:, 0], [0.025, 0.975])
    assert (low, high) == pytest.approx((-2, 31), abs=2)


def test_many_units_settle_the_spread_between_them():
    rng = np.random.default_rng(1)
    y = rng.normal(50, np.sqrt(3.0 + 2.0), size=3000)
    found = known(y, np.full(3000, 2.0), draws=200)
    assert found.reliability.mean() == pytest.approx(3.0 / 5.0, abs=0.03)
    expected = y.mean() + 0.6 * (y[:3] - y.mean())
    assert found.centre[:, :3].mean(axis=0) == pytest.approx(expected, abs=0.1)


def test_what_nothing_is_learned_of_stays_as_it_is():
    found = known([1.0, 2.0, 7.0, np.nan], [0.0, 0.0, 4.0, 1.0], np.array(["g", "g", "h", "g"]), 10)
    np.testing.assert_array_equal(found.centre, np.tile([1.0, 2.0, 7.0, np.nan], (10, 1)))
    assert (found.reliability == 1.0).all()
    assert np.isnan(found.between[:, 2]).all()


def test_variances_that_differ_only_by_chance_become_one_and_true_differences_stay():
    rng = np.random.default_rng(2)
    groups, freedom = np.array(["g"] * 400), np.full(400, 10.0)
    noisy = 4.0 * rng.chisquare(10, 400) / 10
    by_chance = pooled(noisy, freedom, groups)
    assert by_chance.std() < 0.3 * noisy.std()
    apart = np.where(np.arange(400) < 200, 1.0, 16.0) * rng.chisquare(10, 400) / 10
    kept = pooled(apart, freedom, groups)
    assert kept[200:].mean() / kept[:200].mean() > 7
    assert pooled(np.array([0.0, 3.0]), np.array([4.0, 0.0]), groups[:2]).tolist() == [0.0, 3.0]


def test_a_fresh_draw_has_the_variance_of_truth_and_sampling():
    rng = np.random.default_rng(1)
    deviations = rng.normal(0, 2.0, size=(5000, 2))
    part = np.tile([0.5, 0.8], (60_000, 1))
    truth = Truth(np.tile([0.0, 8.0], (60_000, 1)), part, part)
    rows = rng.integers(0, 5000, (2, 60_000))
    drawn = fresh(truth, deviations, (rows[0], rows[1]))
    assert drawn.var(axis=0) == pytest.approx([4.0 * 1.5, 4.0 * 1.8], rel=0.03)


def test_a_learned_shift_is_as_uncertain_as_what_it_was_learned_from():
    """Of 5 pairs: mean -2 with standard error 0.5 on 4 degrees of freedom, spread 1 likewise."""
    rng = np.random.default_rng(3)
    drawn = Shift(-2.0, 1.0, 5, 0.5).drawn(rng, (40_000, 40))
    assert drawn.mean() == pytest.approx(-2.0, abs=0.02)
    assert drawn.mean(axis=1).var() == pytest.approx(0.5**2 * 4 / 2 + 4 / 2 / 40, rel=0.1)
    assert drawn.var(axis=1).mean() == pytest.approx(4 / 2, rel=0.1)
    assert Shift(1.0, 0.0).drawn(rng, (3, 2)).tolist() == [[1.0, 1.0]] * 3


def test_degrees_of_freedom_are_members_less_strata(evaluation_of_sites):
    found = redraw(evaluation_of_sites(0), 2, seed=1).freedom
    assert found["city.field"].tolist() == pytest.approx([3.0] * 8), "five sites in strata of two and three"
    assert found["city.paper"].tolist() == [0.0] * 8


@pytest.fixture
def mock(evaluation_of_sites):
    return redraw(evaluation_of_sites(0), 1500, seed=1)


@pytest.fixture(scope="module")
def evaluation_of_sites():
    """An evaluation of eight units by 4 of 20 sites each; `higher` points are added to every score."""
    from pathlib import Path

    from analysis.framework.model import Composition, Framework, Label, Rulebook
    from analysis.intake.round import Round, RoundInfo

    title = {"zh": "试", "en": "test"}
    nodes = [
        {"id": "city", "zh": "城", "en": "city"},
        {"id": "field", "zh": "考察", "en": "field", "parent": "city", "weight": 0.8, "method": "field"},
        {"id": "paper", "zh": "材料", "en": "paper", "parent": "city", "weight": 0.2, "method": "material",
         "rule": {"name": "given_score"}},
        {"id": "site", "zh": "点位", "en": "site", "parent": "field", "weight": 1.0,
         "rule": {"name": "given_score"}},
    ]  # fmt: skip
    framework = Framework.model_validate({"id": "f", "title": title, "nodes": nodes})
    part = {"id": "city", "zh": "城", "en": "city", "weight": 1.0, "frameworks": {"default": "f"}}
    composition = Composition.model_validate({"id": "c", "title": title, "parts": [part]})
    book = Rulebook(composition=composition, frameworks={"f": framework})
    units = [f"单位{i}" for i in range(8)]

    def make(seed, higher=0.0):
        rng = np.random.default_rng(seed)
        rows = []
        for i, unit in enumerate(units):
            rows.append((unit, "paper", "", "", "", 80.0 + higher))
            rows += [
                (
                    unit,
                    "site",
                    f"{unit}点{k}",
                    "s",
                    "declared" if k < 2 else "random",
                    65 + i + higher + 5 * rng.normal(),
                )
                for k in range(5)
            ]
        table = pd.DataFrame(rows, columns=["unit", "leaf", "site", "site_type", "origin", "value"])
        for name in ("place", "item", "answer", "source_file", "source_sheet"):
            table[name] = ""
        labels = [c for c in table.columns if c != "value"]
        table = table.assign(
            component="city", status=0, row_id=range(len(table)), source_row=range(len(table))
        )
        table = table.astype(dict.fromkeys([*labels, "component"], "category"))
        listed = pd.DataFrame({"unit": units, "group": "g"}).astype("category")
        info = RoundInfo(id="r", title=Label(**title), date=dt.date(2025, 4, 1), kind="mock", synthetic=True)
        frames = {"observations": table, "units": listed}
        return scoring.evaluate(Round(info, Path("r"), frames, pd.DataFrame(), pd.DataFrame()), book)

    return make


def test_a_forecast_lies_between_the_score_and_its_group_and_is_wider_than_a_redraw(mock):
    found = forecast(mock, seed=3)
    table = found.table(target=75.0, top=2)
    mean = mock.point.mean()
    inward = (table["mean"] - mock.point) * (mean - mock.point)
    assert (inward > -0.2).all()
    assert (table["sd"] > mock.composite.std(axis=0)).mean() > 0.8
    assert table["p_top"].sum() == pytest.approx(2.0, abs=0.02)
    both = found.above("单位0", "单位7") + found.above("单位7", "单位0")
    assert both == pytest.approx(1.0, abs=0.02)
    assert found.table().equals(forecast(mock, seed=3).table())


def test_ranks_and_standings_are_counted_over_the_draws(mock):
    """Four draws of three ranked units and five vetoed ones, counted by hand."""
    rank = np.full((4, 8), np.nan)
    rank[:, :3] = [[1, 2, 3], [1, 1, 3], [2, 1, 3], [1, 3, 2]]
    found = replace(forecast(mock, draws=4), rank=rank)
    held = found.ranks.set_index(["unit", "rank"])["probability"]
    assert held["单位0"].to_dict() == {1: 0.75, 2: 0.25}
    assert held["单位1"].to_dict() == {1: 0.5, 2: 0.25, 3: 0.25}
    assert set(found.ranks["unit"]) == {"单位0", "单位1", "单位2"}
    pairs = found.standings.set_index(["unit", "other"])[["p_above", "p_tied"]]
    assert pairs.loc[("单位0", "单位1")].tolist() == [0.5, 0.25]
    assert pairs.loc[("单位1", "单位0")].tolist() == [0.25, 0.25]
    assert pairs.loc[("单位1", "单位2")].tolist() == [0.75, 0.0]
    assert len(pairs) == 6
    assert found.above("单位0", "单位1") == 0.5
    assert found.above("单位5", "单位1") == found.above("单位1", "单位5") == 0.0


def on(evaluation, date, kind):
    info = evaluation.round.info.model_copy(update={"date": date, "kind": kind})
    return replace(evaluation, round=replace(evaluation.round, info=info))


def test_the_facade_learns_from_pairs_and_months_and_refuses_what_is_not_official(evaluation_of_sites):
    mock = on(evaluation_of_sites(0), dt.date(2025, 4, 1), "mock")
    official = on(evaluation_of_sites(2, higher=6.0), dt.date(2025, 4, 20), "official")
    found = facade.forecast(mock, 500, 1, pairs=[(mock, official)])
    assert [(one.kind, two.kind) for one, two in found.pairs] == [("mock", "official")]
    assert found.methods["n_pairs"].tolist() == [8, 8]
    assert len(found.rank) == 500
    series = [
        on(evaluation_of_sites(year, higher=-6.0 * (month == 7)), dt.date(2020 + year, month, 1), "mock")
        for year in range(4)
        for month in (4, 7)
    ]
    levels = facade.forecast(mock, 100, 1, months=series).months.set_index("month")["level"]
    assert levels[7] - levels[4] == pytest.approx(-6.0)
    assert facade.forecast(mock, 100, 1, months=series[:2]).months.empty
    with pytest.raises(UsageError, match="'r' is not an official round"):
        facade.forecast(mock, 100, 1, pairs=[(official, mock)])
    with pytest.raises(UsageError, match="'r' is itself official"):
        facade.forecast(official, 100, 1, pairs=[(mock, official)])


def test_a_shift_between_mock_and_official_rounds_is_learned(evaluation_of_sites, mock):
    pairs = [(evaluation_of_sites(1), evaluation_of_sites(2, higher=6.0))]
    shifts = learned_shifts(pairs)
    assert shifts["city.paper"].mean == pytest.approx(0.2 * 6.0)
    assert shifts["city.paper"].spread == pytest.approx(0.0)
    assert shifts["city.field"].mean == pytest.approx(0.8 * 6.0, abs=1.5)
    assert shifts["city.field"].n == 8
    learned, bare = forecast(mock, pairs), forecast(mock)
    risen = learned.table()["mean"] - bare.table()["mean"]
    total = shifts["city.paper"].mean + shifts["city.field"].mean
    assert risen.mean() == pytest.approx(total, abs=0.05)
    assert bare.methods["n_pairs"].tolist() == [0, 0]


def test_what_is_assumed_is_said_and_used(mock):
    found = forecast(mock, assumed={"city.paper": Shift(-2.0, 0.0)})
    row = found.methods.set_index("method").loc["city.paper"]
    assert (row["shift"], row["n_pairs"]) == (-2.0, 0)
    assert (found.table()["mean"] - forecast(mock).table()["mean"]).tolist() == pytest.approx([-2.0] * 8)
    with pytest.raises(UsageError, match="city.weather"):
        forecast(mock, assumed={"city.weather": Shift(0.0, 1.0)})
    with pytest.raises(UsageError, match="单位9"):
        found.above("单位9", "单位1")
    with pytest.raises(UsageError, match="1000"):
        found.table(target=1000.0)


def test_months_count_only_where_the_series_shows_them(mock):
    dates = pd.to_datetime([f"{year}-{month:02d}-15" for year in range(2020, 2026) for month in (4, 7, 10)])
    noise = np.random.default_rng(1).normal(0, 0.3, len(dates))
    flat = pd.DataFrame({"date": dates, "composite": 88 + noise})
    assert month_levels(flat).empty
    summer = flat.assign(composite=flat["composite"] - 3.0 * (dates.month == 7))
    levels = month_levels(summer).set_index("month")["level"]
    assert levels[7] - levels[4] == pytest.approx(-3.0, abs=0.5)
    with_months = forecast(mock, months=month_levels(summer)).table()
    assert (with_months["sd"] > forecast(mock).table()["sd"]).all()
    assert month_levels(flat.head(1)).empty


def test_declaring_better_sites_is_worth_what_the_rules_say(evaluation_of_sites):
    evaluation = evaluation_of_sites(5)
    rows = evaluation.round.observations
    mine = rows[(rows["unit"] == "单位3") & (rows["leaf"] == "site")].set_index("site")["value"].sort_values()
    best, worst = mine.index[-1:].astype(str), mine.index[:1].astype(str)
    table = declare(evaluation, "单位3", {"best": list(best), "worst": list(worst)}, 4000, 1).set_index(
        "list"
    )
    expected = 0.8 * (2 / 5 * mine.iloc[-1] + 3 / 5 * mine.iloc[:-1].mean()) + 0.2 * 80
    assert table.loc["best", "expected"] == pytest.approx(expected)
    assert table.index.tolist() == ["best", "", "worst"]
    assert table.loc["", "expected"] == pytest.approx(evaluation.scores["composite"][3])
    assert (table["low"] < table["expected"]).all()
    with pytest.raises(UsageError, match="无此点位"):
        declare(evaluation, "单位3", {"x": ["无此点位"]}, 10)
    with pytest.raises(UsageError, match="单位99"):
        declare(evaluation, "单位99", {})


def test_what_a_site_stands_for_counts_as_in_the_whole_evaluation(evaluation_of_sites):
    evaluation = evaluation_of_sites(5)
    setting = prepare(evaluation, ("sites",))
    tried = _with_list(setting, _sites(setting.sample, "单位3"), {"单位3点4"})
    found = run(tried, 3, 1, ("sites",), {})
    scores = scoring.score(
        evaluation.round, evaluation.rulebook, row_draw(tried, 1, 2, ("sites",), {})
    ).scores
    assert found.composite[2].tolist() == pytest.approx(scores["composite"].tolist())
    assert (tried.worth != 1.0).sum() == 5
