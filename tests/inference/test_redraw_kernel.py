"""Rescaled weights against closed forms: mean, variance, populations that were seen completely."""

import numpy as np
import pytest

from analysis.inference.redraw import FEW, draw_counts, left_out_variance, rescaling


def weights(n: int, population: float, replicates: int, effort: float = 1.0) -> np.ndarray:
    counts = draw_counts(np.random.default_rng(3), n, 1, replicates)[0]
    kept, per_draw = rescaling(n, population, effort)
    return kept + per_draw * counts


@pytest.mark.parametrize("n", [2, 3, FEW, FEW + 1, 300])
def test_counts_are_n_minus_one_draws_of_n(n):
    counts = draw_counts(np.random.default_rng(1), n, 4, 500)
    assert counts.shape == (4, n, 500)
    assert (counts.sum(axis=1, dtype=np.int64) == n - 1).all()
    assert counts.mean() == pytest.approx((n - 1) / n)


def test_comparing_and_binning_count_the_same():
    from analysis.inference import redraw

    chosen = np.random.default_rng(2).integers(0, 7, size=(6, 3, 50), dtype=np.uint8)
    by_hand = [[[int((chosen[:, s, r] == u).sum()) for r in range(50)] for u in range(7)] for s in range(3)]
    assert redraw._by_comparing(chosen, 7).tolist() == by_hand
    assert redraw._by_binning(chosen.transpose(1, 2, 0), 7).tolist() == by_hand


@pytest.mark.parametrize(("n", "population"), [(2, 5.0), (4, 6.0), (10, np.nan)])
def test_the_mean_has_the_variance_of_sampling_theory(n, population):
    values = np.random.default_rng(5).normal(size=n)
    drawn = weights(n, population, 200_000)
    assert (drawn >= 0).all()
    np.testing.assert_allclose(drawn.sum(axis=0), n)
    seen = 0.0 if np.isnan(population) else n / population
    theory = (1 - seen) * values.var(ddof=1) / n
    assert (values @ drawn / n).var() == pytest.approx(theory, rel=0.02)


def test_twice_the_effort_halves_the_variance_and_respects_the_population():
    values = np.array([1.0, 4.0, 2.0])
    twice = (values @ weights(3, np.nan, 100_000, 2.0) / 3).var()
    assert twice == pytest.approx(values.var(ddof=1) / 6, rel=0.03)
    assert (weights(3, 5.0, 10, 2.0) == 1.0).all()


def test_a_stratum_seen_completely_or_of_one_does_not_vary():
    assert (weights(4, 4.0, 50) == 1.0).all()
    assert rescaling(1, 9.0).kept == 1.0
    assert rescaling(1, 9.0).per_draw == 0.0


def test_leaving_one_out_gives_the_variance_of_a_mean():
    values = np.array([3.0, 5.0, 10.0, 6.0])
    left_out = [(values.sum() - value) / 3 for value in values]
    assert left_out_variance(left_out, 10.0) == pytest.approx(0.6 * values.var(ddof=1) / 4)
    assert left_out_variance(left_out, 4.0) == 0.0
    assert np.isnan(left_out_variance([1.0], 3.0))
