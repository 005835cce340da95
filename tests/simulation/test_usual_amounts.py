"""Sums that follow weights: what is usual in a stratum is taken out, and 0 stays 0."""

import numpy as np
import pytest

from analysis.inference.redraw import draw_counts, rescaling
from analysis.simulation.linear import Entries, linear


def sums(entries, rows, stratum):
    stratum = np.array(stratum)
    size = np.bincount(stratum)[stratum]
    return linear(entries.row, entries.member, entries.amount, (rows, len(stratum)), stratum, size)


def weights(seed, sizes):
    rng = np.random.default_rng(seed)
    drawn = []
    for n in sizes:
        kept, per_draw = rescaling(n, np.nan)
        drawn.append(kept + per_draw * draw_counts(rng, n, 1, 400)[0])
    return np.concatenate(drawn)


@pytest.mark.parametrize("seed", range(5))
def test_the_sums_are_those_of_every_entry_with_its_weight(seed):
    rng = np.random.default_rng(seed)
    row, member = np.repeat([0, 1, 2], 9), np.tile(np.arange(9), 3)
    amount = rng.choice([0.0, 0.6, 1.0], size=27, p=[0.2, 0.2, 0.6])
    held = rng.random(27) < 0.8
    entries = Entries(row[held], member[held], amount[held])
    drawn = weights(seed, [4, 5])
    expected = np.zeros((3, 400))
    for r, m, a in zip(entries.row, entries.member, entries.amount, strict=True):
        expected[r] += a * drawn[m]
    found = sums(entries, 3, [0, 0, 0, 0, 1, 1, 1, 1, 1])(drawn)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_usual_amount_leaves_only_the_others_to_add_up():
    entries = Entries(np.zeros(4, dtype=int), np.arange(4), np.array([1.0, 1.0, 0.6, 1.0]))
    found = sums(entries, 1, [0, 0, 0, 0])
    assert found.matrix.nnz == 1
    assert found(np.array([[1.0], [0.0], [2.0], [1.0]]))[0, 0] == pytest.approx(1 + 2 * 0.6 + 1)


def test_nobody_drawn_of_those_who_answered_is_exactly_nothing():
    """A replicate without any of the six who count has a base of 0, not what rounding leaves of 2.1 - 2.1."""
    amount = np.array([0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.0])
    entries = Entries(np.zeros(7, dtype=int), np.arange(7), amount)
    nobody = np.array([[0.0]] * 6 + [[7.0]])
    assert sums(entries, 1, [0] * 7)(nobody)[0, 0] == 0.0
