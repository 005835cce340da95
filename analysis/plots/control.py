"""Control chart: points in their order, limits, and the points that mark a real shift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import Lang
from analysis.plots.canvas import LABEL, canvas, headings, nothing
from analysis.plots.theme import BLUE, FAINT, MUTED, ORANGE, PAPER, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "title": "控制图",
        "beyond_3": "超出三倍标准差",
        "two_of_three": "三点中两点偏离",
        "four_of_five": "五点中四点偏离",
        "eight_on_one_side": "连续八点同侧",
        "center": "中心线",
        "limits": "控制限（±3σ）",
    },
    "en": {
        "title": "Control chart",
        "beyond_3": "beyond 3 sigma",
        "two_of_three": "two of three off",
        "four_of_five": "four of five off",
        "eight_on_one_side": "eight on one side",
        "center": "centre",
        "limits": "limits (±3 sigma)",
    },
}


@theme()
def control_chart(
    points: pd.DataFrame,
    ax: Axes | None = None,
    *,
    percent: bool = True,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with one series of points, its centre, its limits as steps, and named signals.

    `points`: one series with `round`, `value`, `center`, `low`, `high`, `signal` (rules joined by `|`;
    empty: none). `percent`: values are shares 0-1; else points.
    """
    words = _WORDS[lang]
    ax = canvas(ax, max(0.9 * len(points), 4.2), 2.9, 0.6)
    if points.empty:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    steps = np.arange(len(points))
    _draw_limits(ax, points, steps, words)
    value = points["value"].to_numpy(dtype=float)
    signal = (points["signal"].astype(str) != "").to_numpy()
    ax.plot(steps, value, color=BLUE, linewidth=1.2, zorder=2)
    ax.scatter(steps, value, s=38, c=[ORANGE if hit else BLUE for hit in signal], edgecolors=PAPER, zorder=3)
    ax.set_xticks(steps, labels=[str(name) for name in points["round"]])
    ax.tick_params(axis="x", length=0)
    ax.margins(x=0.12, y=0.3)
    ax.grid(axis="y", color=FAINT)
    ax.yaxis.set_major_formatter(lambda number, _: f"{number:.1%}" if percent else f"{number:.1f}")
    _write_signals(ax, points, words, percent)
    headings(ax, title or words["title"], subtitle, note)
    return ax


def _draw_limits(ax: Axes, points: pd.DataFrame, steps: np.ndarray, words: dict[str, str]) -> None:
    edges = np.append(steps - 0.5, steps[-1] + 0.5)
    style: dict[str, Any] = {"color": MUTED, "linewidth": 0.9, "baseline": None}
    for name in ("low", "high"):
        ax.stairs(points[name].to_numpy(dtype=float), edges, linestyle=(0, (4, 3)), **style)
    ax.stairs(points["center"].to_numpy(dtype=float), edges, **style)
    where: dict[str, Any] = {"textcoords": "offset points", "fontsize": 8, "color": MUTED, "va": "center"}
    end = float(edges[-1])
    for name, word in (("center", "center"), ("high", "limits")):
        at = float(points[name].iloc[-1])
        if at == at:
            ax.annotate(words[word], (end, at), (5, 0), annotation_clip=False, **where)


def _write_signals(ax: Axes, points: pd.DataFrame, words: dict[str, str], percent: bool) -> None:
    """The number at every point with the rules it completes, away from the centre line."""
    rows = zip(points["value"], points["center"], points["signal"].astype(str), strict=True)
    for step, (number, center, signal) in enumerate(rows):
        named = [words[rule] for rule in signal.split("|") if rule]
        text = "\n".join([f"{number:.1%}" if percent else f"{number:.2f}", *named])
        above = number >= center
        where: dict[str, Any] = {"ha": "center", "va": "bottom" if above else "top", "fontsize": 8}
        where["color"] = ORANGE if named else BLUE
        ax.annotate(text, (step, number), (0, 7 if above else -7), **(LABEL | where))
