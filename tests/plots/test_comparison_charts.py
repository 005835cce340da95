"""Waterfall, bump, survival and control charts: the artists show the numbers of the tables."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.plots import bump_chart, control_chart, save, survival_chart, waterfall_chart
from analysis.plots.bump import tie_places

NAN = float("nan")


@pytest.fixture(autouse=True)
def no_open_figures():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def steps():
    rows = [("上一轮", 90.0, True), ("同一内容", 2.5, False), ("点位不同", -1.0, False), ("本轮", 91.5, True)]
    return pd.DataFrame(rows, columns=["step", "value", "total"])


def test_a_waterfall_runs_from_total_to_total():
    ax = waterfall_chart(steps(), note="合成数据")
    bars = ax.patches
    ends = [bar.get_x() + bar.get_width() for bar in bars]
    assert ends == pytest.approx([90.0, 92.5, 91.5, 91.5])
    assert bars[1].get_x() == pytest.approx(90.0)
    assert bars[2].get_x() == pytest.approx(92.5)
    assert {"90.00", "+2.50", "−1.00", "91.50"} <= set(texts(ax))
    assert len({bar.get_facecolor() for bar in bars}) == 3


def test_a_waterfall_without_steps_says_so():
    assert "没有可画的数据" in texts(waterfall_chart(steps().iloc[:0]))


def series():
    ranks = {"䶮山县": (1, 1), "甲区": (2, 2), "乙区": (2, 1), "丙区": (4, NAN), "丁区": (NAN, 4)}
    rows = [(f"r{at}", unit, rank) for at in (0, 1) for unit, rank in ((u, r[at]) for u, r in ranks.items())]
    return pd.DataFrame(rows, columns=["round", "unit", "rank"])


def test_tied_units_never_share_a_place():
    ax = bump_chart(series(), highlight=("乙区",))
    drawn = [dots for dots in ax.collections if hasattr(dots, "get_sizes")]
    offsets = np.concatenate([np.asarray(dots.get_offsets(), dtype=float) for dots in drawn])
    dots = [tuple(dot) for dot in offsets if np.isfinite(dot).all()]
    assert len(dots) == len(set(dots)) == 8
    assert texts(ax).count("2") == 3
    assert texts(ax).count("丙区") == 1
    assert texts(ax).count("甲区") == 2


def test_ties_keep_the_order_they_had_before():
    ranks = np.array([[1.0, 2.0, 1.0], [2.0, 1.0, 1.0], [3.0, 2.0, NAN]])
    places = tie_places(ranks)
    assert places[:, 1].tolist() == [2, 1, 3]
    assert places[:2, 2].tolist() == [2, 1]
    assert np.isnan(places[2, 2])


def curves():
    one = {
        "days": [0, 5, 17],
        "open_share": [1, 0.8, 0.4],
        "low": [1, 0.6, 0.2],
        "high": [1, 0.9, 0.6],
        "median_days": 17.0,
    }
    other = {"days": [0, 9], "open_share": [1, 0.7], "low": [1, 0.5], "high": [1, 0.9], "median_days": NAN}
    return pd.concat([pd.DataFrame(one).assign(curve="甲区"), pd.DataFrame(other).assign(curve="乙区")])


def test_survival_curves_are_steps_with_their_medians():
    ax = survival_chart(curves())
    assert ax.lines[0].get_drawstyle() == "steps-post"
    assert ax.lines[0].get_ydata().tolist() == [1, 0.8, 0.4]
    assert {"甲区 中位 17 天", "乙区 过半未整改"} <= set(texts(ax))
    only = survival_chart(curves().query("curve == '甲区'"))
    assert len(only.collections) == 1


def points(**signal):
    frame = pd.DataFrame(
        {"round": ["r1", "r2"], "value": [0.1, 0.2], "center": 0.15, "low": [0.1, 0.05], "high": [0.2, 0.19]}
    )
    return frame.assign(signal=["", signal.get("second", "")])


def test_a_control_chart_names_the_rule_that_a_point_breaks():
    ax = control_chart(points(second="beyond_3|two_of_three"))
    assert "20.0%\n超出三倍标准差\n三点中两点偏离" in texts(ax)
    colours = {tuple(colour) for colour in ax.collections[0].get_facecolors()}
    assert len(colours) == 2
    quiet = control_chart(points(), percent=False, lang="en")
    assert "0.10" in texts(quiet)
    assert len({tuple(c) for c in quiet.collections[0].get_facecolors()}) == 1


def test_charts_can_be_saved_and_drawn_into_given_axes(tmp_path):
    _, ax = plt.subplots()
    assert bump_chart(series(), ax) is ax
    for name, chart in (
        ("w", waterfall_chart(steps())),
        ("s", survival_chart(curves())),
        ("c", control_chart(points())),
    ):
        assert all(path.stat().st_size > 2000 for path in save(chart, tmp_path / name))
