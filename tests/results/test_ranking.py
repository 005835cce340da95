"""Ranks against scipy and by hand; tables, gaps, lines and bands."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from analysis import tables
from analysis.errors import UsageError
from analysis.framework.model import Band, Rounding, Settings, Ties
from analysis.results.ranking import lines, rank_table, ranks
from analysis.validation import validate

RAW = Path(__file__).parents[2] / "data" / "raw"

NATIONAL = Settings(
    bands=(
        Band(id="praised", zh="表扬", en="Praised", first=10),
        Band(id="criticised", zh="批评", en="Criticised", from_score=70, below=80),
        Band(id="suspended", zh="停牌", en="Suspended", below=70),
    )
)


def rows(round_id, name="scores.csv"):
    with (RAW / round_id / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def frame(composite, **columns):
    n = len(composite)
    base = {"unit": [f"u{i}" for i in range(n)], "group": "default", "composite": composite, "veto": ""}
    return pd.DataFrame({**base, **columns})


def published(round_id, unit, score, group=None):
    table = rows(round_id)
    groups = [row[group] for row in table] if group else "default"
    composite = [float(row[score]) for row in table]
    return frame(composite, unit=[row[unit] for row in table], group=groups), table


def test_ranks_are_those_of_scipy_on_random_values_with_ties():
    values = np.random.default_rng(0).integers(0, 12, (40, 25)).astype(float)
    np.testing.assert_array_equal(ranks(values, "min"), rankdata(-values, method="min", axis=-1))
    np.testing.assert_array_equal(ranks(values, "dense"), rankdata(-values, method="dense", axis=-1))


def test_ranks_keep_leading_axes_apart():
    cube = np.random.default_rng(1).normal(size=(3, 4, 7)).round(1)
    whole = ranks(cube, "min")
    for i in range(3):
        for j in range(4):
            np.testing.assert_array_equal(whole[i, j], ranks(cube[i, j], "min"))


def test_nan_is_unranked_and_takes_no_place():
    np.testing.assert_array_equal(ranks([1.0, np.nan, 3.0, np.nan, 3.0]), [3, np.nan, 1, np.nan, 1])
    assert np.isnan(ranks([np.nan, np.nan])).all()
    assert ranks(np.empty((2, 0))).shape == (2, 0)


def test_breaking_ties_never_overtakes_the_better():
    """A package turned the ranks 3, 1, 2, 2 into 2, 3, 4, 1: the best became third."""
    scores = [70.0, 90.0, 80.0, 80.0]
    np.testing.assert_array_equal(ranks(scores, "min"), [4, 1, 2, 2])
    np.testing.assert_array_equal(ranks(scores, "dense"), [3, 1, 2, 2])
    np.testing.assert_array_equal(ranks(scores, "ordered", [[9, 1, 5, 6]]), [4, 1, 3, 2])
    np.testing.assert_array_equal(ranks(scores, "ordered", [[9, 1, 5, 5]]), [4, 1, 2, 2])


def test_second_and_third_columns_break_ties_in_turn():
    scores, first, second = [5, 5, 5, 6], [1, 2, 1, 0], [7, 0, 8, 0]
    np.testing.assert_array_equal(ranks(scores, "ordered", [first, second]), [4, 2, 3, 1])
    np.testing.assert_array_equal(ranks([5, 5], "ordered", [[np.nan, 1]]), [2, 1])


@pytest.mark.parametrize(
    ("round_id", "unit", "score", "rank", "group", "n"),
    [
        ("national-2018", "城市", "得分", "排名", None, 28),
        ("xianning-2021-09", "评价区域", "综合得分", "名次", None, 8),
        ("xianning-2022-08", "评价区域", "综合得分", "名次", None, 8),
        ("xianning-2022-12", "评价区域", "综合得分", "名次", None, 8),
        ("xianning-2023-06", "评价区域", "综合得分", "名次", None, 7),
        ("matou-2019-05", "村(居)", "考评成绩", "名次", None, 24),
        ("wuhan-2018-11", "区", "得分", "位次", "组别", 16),
    ],
)
def test_every_published_rank_comes_out(round_id, unit, score, rank, group, n):
    scores, table = published(round_id, unit, score, group)
    ranking = rank_table(scores.sample(frac=1, random_state=0), Settings())
    computed = dict(zip(ranking["unit"], ranking["rank"], strict=True))
    assert [computed[row[unit]] for row in table] == [float(row[rank]) for row in table]
    assert len(computed) == n
    validate(ranking, "ranking")


def test_national_bands_exclude_each_other():
    scores, _ = published("national-2018", "城市", "得分")
    bands = rank_table(scores, NATIONAL).set_index("unit")["bands"]
    assert bands.value_counts().to_dict() == {"praised": 10, "": 8, "criticised": 9, "suspended": 1}
    assert (bands["乌鲁木齐"], bands["银川"], bands["长春"]) == ("criticised", "suspended", "")


def test_distances_to_lines():
    scores, _ = published("national-2018", "城市", "得分")
    found = lines(rank_table(scores, NATIONAL), NATIONAL).set_index(["unit", "line"])["distance"]
    assert found["乌鲁木齐", "80"] == -0.49
    assert found["银川", "70"] == -0.31
    assert (found["宁波", "first_10"], found["长沙", "first_10"]) == (-0.01, 0.0)
    assert len(found) == 28 * 3


def test_last_places_count_from_the_end():
    settings = Settings(bands=(Band(id="red", zh="红牌", en="Red card", last=2),))
    ranking = rank_table(frame([90, 80, 70, 70, 95]), settings).set_index("unit")
    assert ranking["bands"].to_dict() == {"u4": "", "u0": "", "u1": "", "u2": "red", "u3": "red"}
    distance = lines(ranking.reset_index(), settings).set_index("unit")["distance"]
    assert distance.to_dict() == {"u4": 25, "u0": 20, "u1": 10, "u2": 0, "u3": 0}


def test_gaps_skip_ties_and_use_printed_scores():
    ranking = rank_table(frame([80.004, 79.996, 81.2349, 60.0]), Settings()).set_index("unit")
    assert ranking.loc[["u0", "u1"], "composite"].tolist() == [80.0, 80.0]
    assert ranking["rank"].to_dict() == {"u2": 1, "u0": 2, "u1": 2, "u3": 4}
    assert ranking["tied"].to_dict() == {"u2": False, "u0": True, "u1": True, "u3": False}
    assert ranking["gap_above"].fillna(-1).to_dict() == {"u2": -1, "u0": 1.23, "u1": 1.23, "u3": 20}
    assert ranking["gap_below"].fillna(-1).to_dict() == {"u2": 1.23, "u0": 20, "u1": 20, "u3": -1}


def test_unrounded_ties_rank_what_prints_alike():
    settings = Settings(ties=Ties(on="unrounded"))
    ranking = rank_table(frame([80.001, 80.004, 80.0040000000001]), settings).set_index("unit")
    assert ranking["rank"].to_dict() == {"u1": 1, "u2": 1, "u0": 3}
    assert set(ranking["composite"]) == {80.0}


def test_truncation_decides_ties_when_the_framework_truncates():
    half_up = rank_table(frame([79.999, 80.0]), Settings()).set_index("unit")
    cut = rank_table(frame([79.999, 80.0]), Settings(rounding=Rounding(mode="truncate"))).set_index("unit")
    assert half_up["tied"].all() and not cut["tied"].any()
    assert cut.loc["u0", "composite"] == 79.99


def test_vetoed_units_stand_unranked_at_the_end_of_their_group():
    scores = frame([99, 80, 70, 60], veto=["fraud", "", "", ""], group=["a", "a", "a", "b"])
    ranking = rank_table(scores, NATIONAL)
    assert ranking["unit"].tolist() == ["u1", "u2", "u0", "u3"]
    assert ranking["rank"].fillna(0).tolist() == [1, 2, 0, 1]
    assert ranking.iloc[2][["composite", "veto", "bands"]].tolist() == [99, "fraud", ""]
    assert ranking.loc[0, "gap_below"] == 10 and np.isnan(ranking.loc[0, "gap_above"])


def test_ordered_ties_look_at_the_printed_column():
    settings = Settings(ties=Ties(method="ordered", by=("city.field",)))
    scores = frame([80, 80, 80], **{"city.field": [30.001, 30.004, 31.0]})
    assert rank_table(scores, settings).set_index("unit")["rank"].to_dict() == {"u2": 1, "u0": 2, "u1": 2}


def test_an_unknown_tie_column_is_named():
    settings = Settings(ties=Ties(method="ordered", by=("city.feild",)))
    with pytest.raises(UsageError, match="city.feild.*city.field"):
        rank_table(frame([1, 2], **{"city.field": [1.0, 2.0]}), settings)


def test_renaming_units_renames_ranks():
    values = [80.0, 90.0, 85.0]
    first = rank_table(frame(values), Settings()).set_index("unit")["rank"]
    second = rank_table(frame(values, unit=["x", "y", "z"]), Settings()).set_index("unit")["rank"]
    assert first.rename({"u0": "x", "u1": "y", "u2": "z"}).to_dict() == second.to_dict()


def test_no_units_give_an_empty_ranking():
    ranking = rank_table(frame([]), Settings())
    assert list(ranking.columns) == tables.TABLES["ranking"].names and ranking.empty
