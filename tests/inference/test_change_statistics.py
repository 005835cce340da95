"""Shapley shares, survival curves, control charts and the variance of a change, against known numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.inference.control import individuals_chart, p_chart, runs_rules
from analysis.inference.overlap import Strata, change_variance
from analysis.inference.shapley import shapley
from analysis.inference.survival import survival


def test_shapley_shares_of_a_product_of_four():
    before = (27017.63799, 0.93505, 0.51509, 0.633046)
    after = (43770.52556, 0.89105, 0.57619, 0.668674)
    shares = shapley(
        lambda chosen: np.prod(
            [b if changed else a for a, b, changed in zip(before, after, chosen, strict=True)]
        ),
        4,
    )
    assert shares == pytest.approx([5431.366203, -556.985660, 1285.200043, 629.534216], abs=1e-5)
    assert shares.sum() == pytest.approx(np.prod(after) - np.prod(before), abs=1e-8)


@given(st.lists(st.floats(-5, 5), min_size=8, max_size=8))
def test_shapley_shares_add_up_and_do_not_depend_on_names(values):
    table = np.array(values).reshape(2, 2, 2)
    shares = shapley(lambda chosen: table[tuple(map(int, chosen))], 3)
    assert shares.sum() == pytest.approx(table[1, 1, 1] - table[0, 0, 0], abs=1e-9)
    turned = shapley(lambda chosen: table[tuple(map(int, chosen[::-1]))], 3)
    assert turned[::-1] == pytest.approx(shares, abs=1e-9)


def test_shapley_works_on_arrays():
    shares = shapley(lambda chosen: np.array([sum(chosen), 2.0 * chosen[0]]), 2)
    assert shares == pytest.approx(np.array([[1.0, 2.0], [1.0, 0.0]]))


def test_survival_of_the_leukaemia_data():
    """The maintained group of Miller (1981), as every textbook prints it: 0.909, 0.818, ...; median 31."""
    days = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
    ended = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
    curve = survival(days, ended)
    at = dict(zip(curve.time, curve.open_share, strict=True))
    assert [round(at[day], 3) for day in (9, 13, 18, 23, 31, 34, 48)] == [
        0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184,
    ]  # fmt: skip
    assert (curve.median, curve.median_low, curve.n, curve.n_ended) == (31, 13, 11, 7)
    assert np.isnan(curve.median_high)


def test_survival_where_nothing_ended_has_no_median():
    curve = survival([3, 5], [False, False])
    assert np.isnan(curve.median)
    assert (curve.open_share == 1).all()
    with pytest.raises(ValueError, match="no durations"):
        survival([], [])


def test_p_chart_limits_follow_the_size_of_the_sample():
    chart = p_chart([10, 10, 30], [100, 400, 100])
    assert chart.center == pytest.approx([50 / 600] * 3)
    width = 3 * np.sqrt(50 / 600 * 550 / 600 / np.array([100, 400, 100]))
    assert chart.high == pytest.approx(50 / 600 + width)
    assert chart.low == pytest.approx(np.maximum(50 / 600 - width, 0))
    assert chart.signals["beyond_3"].tolist() == [False, True, True]
    wide = p_chart([10, 10, 30], [100, 400, 100], design_effect=9.0)
    assert not wide.shifted.any()


def test_a_baseline_keeps_the_shift_out_of_the_centre():
    chart = p_chart([10, 10, 30], [100, 100, 100], baseline=2)
    assert chart.center == pytest.approx([0.1] * 3)
    assert chart.shifted.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("distance", "rule", "at"),
    [
        ([0, 0, 3.1], "beyond_3", [2]),
        ([2.1, 0, 2.2], "two_of_three", [2]),
        ([2.1, 0, -2.2], "two_of_three", []),
        ([2.1, 2.2, 0], "two_of_three", [1]),
        ([1.1, 1.1, 0, 1.1, 1.1], "four_of_five", [4]),
        ([-0.1] * 9, "eight_on_one_side", [7, 8]),
        ([0.1] * 7, "eight_on_one_side", []),
    ],
)
def test_runs_rules(distance, rule, at):
    assert np.flatnonzero(runs_rules(np.array(distance, dtype=float))[rule]).tolist() == at


def test_individuals_take_sigma_from_the_moving_range():
    chart = individuals_chart([10, 12, 11, 13, 30], baseline=4)
    sigma = (2 + 1 + 2) / 3 / 1.128
    assert chart.sigma == pytest.approx([sigma] * 5)
    assert chart.shifted.tolist() == [False, False, False, False, True]
    assert not individuals_chart([5.0]).shifted.any()


def test_the_variance_of_a_change_is_that_of_repeated_draws():
    """5 of 8 sites stay in a second draw of 10, out of 20: formula against 20,000 draws."""
    rng = np.random.default_rng(1)
    first = rng.normal(size=20)
    second = 0.7 * first + 0.5 * rng.normal(size=20)
    changes, said = [], []
    for draw in range(20_000):
        order = rng.permutation(20)
        a, b = np.full(20, np.nan), np.full(20, np.nan)
        a[order[:8]], b[order[3:13]] = first[order[:8]] / 8, second[order[3:13]] / 10
        changes.append(np.nansum(b) - np.nansum(a))
        if draw < 2000:
            said.append(change_variance(Strata(np.zeros(20, int), a, b, np.array([20.0]))).change[0])
    assert np.mean(said) == pytest.approx(np.var(changes), rel=0.05)


def test_a_census_has_no_sampling_variance_and_a_single_site_no_known_one():
    first = np.array([0.2, 0.3, 0.5])
    found = change_variance(Strata(np.array([0, 0, 1]), first, first + 0.1, np.array([2.0, 4.0])))
    assert found.first[0] == found.change[0] == 0
    assert np.isnan(found.first[1])
