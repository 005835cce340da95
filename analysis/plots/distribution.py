"""Distributions by unit: the middle half and the middle 95 % of the replicates, and the score itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang
from analysis.plots.canvas import canvas, headings, horizontal, inches, most_lines, nothing, wrapped
from analysis.plots.ranking import draw_groups, positions
from analysis.plots.theme import BLUE, INK, MUTED, ORANGE, PAPER, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "title": "换一次抽样，得分会是多少",
        "x": "综合得分（分）",
        "legend": "空心圆：本轮得分；竖线：重抽中位数；粗线：中间一半；细线：中间 95%",
        "target": "目标 {:g}",
    },
    "en": {
        "title": "What another draw would have given",
        "x": "Composite (points)",
        "legend": "Circle: this round; tick: median of the redraws; thick: middle half; thin: middle 95 %",
        "target": "target {:g}",
    },
}


@theme()
def distribution_chart(
    units: pd.DataFrame,
    ax: Axes | None = None,
    *,
    target: float | None = None,
    groups: Mapping[str, str] | None = None,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with one row per unit: its composite in points and the spread of the replicates around it.

    `units` has unit, group, composite, q025, q25, q50, q75, q975 in the order of the rows; `groups` maps the
    id of a group to its name (shown when there are several).
    """
    words = _WORDS[lang]
    names = [wrapped(str(name)) for name in units["unit"]]
    places, starts = positions(units["group"].astype(str).tolist())
    ax = canvas(ax, 5.6, 0.27 * most_lines(names) * (max(places, default=3) + 1), inches(names))
    if units.empty:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    horizontal(ax, places, names)
    ax.hlines(places, units["q025"], units["q975"], color=BLUE, linewidth=1.2, label="q025-q975")
    ax.hlines(places, units["q25"], units["q75"], color=BLUE, linewidth=5, alpha=0.75, label="q25-q75")
    ax.plot(units["q50"], places, "|", color=INK, markersize=10, label="q50")
    circle: dict[str, Any] = {"markerfacecolor": PAPER, "markeredgecolor": ORANGE, "markeredgewidth": 1.4}
    ax.plot(units["composite"], places, "o", markersize=5, label="composite", **circle)
    if target is not None:
        ax.axvline(target, color=MUTED, linewidth=0.9, linestyle="--", label="target")
        where = (target, 1.0)
        ax.annotate(words["target"].format(target), where, (0, 3), xycoords=("data", "axes fraction"),
                    textcoords="offset points", ha="center", color=MUTED, fontsize=8)  # fmt: skip
    draw_groups(ax, starts, groups or {})
    ax.set_xlabel(words["x"])
    notes = " · ".join(part for part in (words["legend"], note) if part)
    headings(ax, title or words["title"], subtitle, notes, above=12 if target is not None else 0)
    return ax
