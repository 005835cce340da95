"""Functional ANOVA against functions whose shares are known."""

import numpy as np
import pytest

from analysis.inference.anova import anova


def test_an_additive_function_has_its_variances_and_no_pairs():
    a, b, c = np.array([0.0, 1.0]), np.array([0.0, 2.0, 7.0]), np.array([1.0, 1.0])
    values = a[:, None, None] + b[None, :, None] + c[None, None, :]
    found = anova(values)
    total = np.var(a) + np.var(b)
    assert found[(0,)] == pytest.approx(np.var(a) / total)
    assert found[(1,)] == pytest.approx(np.var(b) / total)
    assert found[(0, 1)] == pytest.approx(0.0, abs=1e-12)


def test_a_pure_interplay_belongs_to_its_pair_alone():
    signs = np.array([-1.0, 1.0])
    values = np.multiply.outer(np.multiply.outer(signs, signs), np.ones(3))
    found = anova(values)
    assert found[(0, 1)] == pytest.approx(1.0)
    assert sum(found.values()) == pytest.approx(1.0)


def test_shares_of_all_orders_add_up():
    values = np.random.default_rng(3).normal(size=(2, 3, 4))
    assert sum(anova(values, order=3).values()) == pytest.approx(1.0)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_identical_alternatives_get_exactly_nothing(n):
    rng = np.random.default_rng(n)
    values = np.repeat(rng.normal(size=(3, 1, 4)) * 1e3 + 0.1, n, axis=1)
    found = anova(values)
    assert found[(1,)] == 0.0
    assert found[(0, 1)] == found[(1, 2)] == 0.0


def test_nothing_varies():
    assert set(anova(np.full((2, 2), 0.1)).values()) == {0.0}
