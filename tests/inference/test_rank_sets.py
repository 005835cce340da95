"""Confidence sets for ranks: by hand, against planted truth, and what they must never do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.inference.ranksets import rank_sets


def scattered(seed, sd, n=2000, together=0.0):
    rng = np.random.default_rng(seed)
    return together * rng.normal(size=(n, 1)) + rng.normal(size=(n, len(sd))) * np.array(sd)


def test_far_apart_is_certain_and_equal_is_anything():
    found = rank_sets(np.array([90.0, 80.0, 70.0]), scattered(1, [1, 1, 1]))
    assert found.marginal.tolist() == found.simultaneous.tolist() == [[1, 1], [2, 2], [3, 3]]
    found = rank_sets(np.array([90.0, 90.0, 90.0]), scattered(1, [1, 1, 1]))
    assert found.marginal.tolist() == found.simultaneous.tolist() == [[1, 3]] * 3


def test_two_units_are_told_apart_at_the_quantile_of_their_difference():
    """Redraws of the difference: sd 1, so the two-sided 95 % limit is about 1.96."""
    drawn = np.column_stack([scattered(3, [1.0], 2000)[:, 0], np.zeros(2000)])
    drawn /= drawn[:, 0].std(ddof=1)
    for gap, apart in ((1.7, False), (2.25, True)):
        found = rank_sets(np.array([gap, 0.0]), drawn)
        assert (found.marginal[0] == found.simultaneous[0]).all()
        assert bool(found.marginal[0, 1] == 1) == apart


def test_what_the_units_share_does_not_blur_their_order():
    estimates = np.array([81.0, 80.0, 79.0])
    alone = rank_sets(estimates, scattered(2, [0.2, 0.2, 0.2]))
    shared = rank_sets(estimates, scattered(2, [0.2, 0.2, 0.2], together=9.0))
    assert shared.simultaneous.tolist() == alone.simultaneous.tolist() == [[1, 1], [2, 2], [3, 3]]


def test_units_that_never_vary_are_ordered_by_any_difference():
    drawn = np.zeros((50, 3))
    found = rank_sets(np.array([1.0, 1.0, 2.0]), drawn)
    assert found.simultaneous.tolist() == [[2, 3], [2, 3], [1, 1]]


def test_stepping_down_finds_what_one_step_misses():
    """The family of six ordered pairs asks 2.35 of every pair; with the far unit gone the pair left has to
    pass only what two units ask."""
    drawn = scattered(4, [1.0, 1.0, 1.0])
    drawn /= drawn.std(axis=0, ddof=1)
    needed = np.sqrt(2.0)
    found = rank_sets(np.array([2.15 * needed, 0.0, -50.0]), drawn)
    assert found.simultaneous.tolist() == [[1, 1], [2, 2], [3, 3]]


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_every_set_holds_the_estimated_rank(seed, units):
    rng = np.random.default_rng(seed)
    estimates = rng.normal(size=units)
    found = rank_sets(estimates, rng.normal(size=(200, units)) * 0.5)
    rank = (-estimates).argsort().argsort() + 1
    for sets in found:
        assert (sets[:, 0] <= rank).all()
        assert (sets[:, 1] >= rank).all()


def test_sets_cover_the_true_ranks_as_often_as_they_say():
    rng = np.random.default_rng(8)
    truth = np.array([80.0, 80.3, 81.0, 82.0, 82.1, 84.0])
    true_rank = (-truth).argsort().argsort() + 1
    sd = np.array([0.6, 0.6, 0.4, 0.9, 0.6, 0.6])
    one, every = [], []
    for _ in range(300):
        estimates = truth + sd * rng.normal(size=6)
        found = rank_sets(estimates, sd * rng.normal(size=(400, 6)))
        inside = [(s[:, 0] <= true_rank) & (true_rank <= s[:, 1]) for s in found]
        one.append(inside[0].mean())
        every.append(inside[1].all())
    assert np.mean(one) >= 0.94
    assert np.mean(every) >= 0.93


@pytest.mark.parametrize("units", [1, 2, 3])
def test_a_single_redraw_says_nothing_of_any_rank(units):
    found = rank_sets(np.arange(units, dtype=float), np.zeros((1, units)))
    assert found.marginal.tolist() == found.simultaneous.tolist() == [[1, units]] * units
