"""How far raters lie from each other: by hand, on planted worlds, and after many looks."""

import numpy as np
import pytest
from scipy.stats import t

from analysis.inference.raters import holm, rater_offsets, spread_of


def offsets(rows, n):
    """`rows`: value, rater, group, cluster, each of weight 1."""
    value, rater, group, cluster = (np.array(column) for column in zip(*rows, strict=True))
    return rater_offsets(value.astype(float), np.ones(len(rows)), rater, group, cluster, n)


def test_raters_are_compared_through_others_and_those_who_meet_nobody_are_not():
    """A is 0.5 above B, B 0.25 above C, weighted mean 0: A + 2B + C = 0."""
    found = offsets([(1.0, 0, 0, 0), (0.5, 1, 0, 0), (0.5, 1, 1, 1), (0.25, 2, 1, 1), (0.9, 3, 2, 2)], 4)
    assert found.offset[:3] == pytest.approx([0.4375, -0.0625, -0.3125])
    assert np.isnan(found.offset[3])
    assert np.isnan(found.error[3])
    assert found.clusters.tolist() == [1, 2, 1, 1]


def test_two_teams_that_never_meet_are_each_held_against_themselves():
    found = offsets([(1.0, 0, 0, 0), (0.0, 1, 0, 0), (0.2, 2, 1, 1), (0.0, 3, 1, 1)], 4)
    assert found.offset == pytest.approx([0.5, -0.5, 0.1, -0.1])


def test_holm_by_hand():
    assert holm(np.array([0.01, 0.04, np.nan, 0.03])) == pytest.approx(
        [0.03, 0.06, np.nan, 0.06], nan_ok=True
    )
    assert holm(np.array([0.6, 0.7])).tolist() == [1.0, 1.0]


def world(rng, planted, n_kinds=40, sites=3, checks=8):
    """Kinds of sites with three sites each that resemble themselves, checked by one or two raters."""
    rows = []
    for kind in range(n_kinds):
        for number in range(sites):
            site = kind * sites + number
            level = rng.normal(0.8, 0.05)
            who = rng.choice(len(planted), 1 + rng.integers(2), replace=False)
            for rater in who:
                mean = np.mean(rng.random(checks) < level + planted[rater])
                group = kind if len(who) == 1 else n_kinds + site
                rows.append((mean, rater, group, site))
    value, rater, group, site = (np.array(column) for column in zip(*rows, strict=True))
    group = np.unique(group, return_inverse=True)[1]
    return rater_offsets(value, np.full(len(rows), float(checks)), rater, group, site, len(planted)), rater


def test_planted_offsets_lie_in_their_intervals_and_their_spread_comes_back():
    rng = np.random.default_rng(11)
    inside, spreads = [], []
    for _ in range(60):
        planted = rng.normal(0, 0.05, 10)
        found, rater = world(rng, planted)
        weight = np.bincount(rater, minlength=10)
        truth = planted - (planted * weight).sum() / weight.sum()
        width = t.ppf(0.975, found.clusters - 1) * found.error
        inside += (np.abs(found.offset - truth) < width).tolist()
        spreads.append(spread_of(found.offset, found.error))
    assert 0.91 < np.mean(inside) < 0.98
    assert np.sqrt(np.mean(spreads)) == pytest.approx(0.05, abs=0.01)


def test_nobody_stands_out_where_all_are_alike():
    rng = np.random.default_rng(12)
    hits = 0
    for _ in range(60):
        found, _ = world(rng, np.zeros(10))
        p = 2 * (
            1 - 0.5 * (1 + np.vectorize(__import__("math").erf)(np.abs(found.offset / found.error) / 2**0.5))
        )
        hits += (holm(p) < 0.05).any()
    assert hits <= 8
    assert spread_of(np.array([0.1]), np.array([0.1])) == 0.0
