"""Cost-gain frontier: how many points a budget can buy back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import Lang
from analysis.plots.canvas import canvas, headings, nothing
from analysis.plots.theme import BLUE, INK, MUTED, ORANGE, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "title": "投入与得分",
        "cost": "整改费用（元）",
        "things": "整改事项（件）",
        "y": "综合得分（分）",
        "target": "目标",
    },
    "en": {
        "title": "What fixes cost and bring",
        "cost": "Cost of the fixes (yuan)",
        "things": "Things fixed",
        "y": "Composite (points)",
        "target": "target",
    },
}


@theme()
def frontier_chart(
    frontier: pd.DataFrame,
    ax: Axes | None = None,
    *,
    target: float | None = None,
    chosen: tuple[float, float] | None = None,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with the best composite for every cost, the target as a line and the plan as a point.

    `frontier`: `cost`, `n_things`, `composite`; where cost is the number of things the axis says so.
    `chosen`: cost and composite of the plan.
    """
    words = _WORDS[lang]
    ax = canvas(ax, 6.4, 3.2, 0.6)
    if frontier.empty:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    cost, composite = frontier["cost"].to_numpy(), frontier["composite"].to_numpy()
    ax.plot(cost, composite, color=BLUE, marker="o", markersize=4, linewidth=1.6, zorder=2)
    if target is not None:
        ax.axhline(target, color=MUTED, linewidth=1, linestyle="--", zorder=1)
        ax.annotate(
            f"{words['target']} {target:g}",
            (1.0, target),
            xycoords=("axes fraction", "data"),
            xytext=(-2, 3),
            textcoords="offset points",
            ha="right",
            color=MUTED,
            fontsize=8,
        )
    if chosen is not None:
        ax.plot(*chosen, color=ORANGE, marker="D", markersize=7, linestyle="none", zorder=3)
        ax.annotate(
            f"{chosen[1]:.2f}", chosen, xytext=(8, -12), textcoords="offset points", color=INK, fontsize=9
        )
    counted = (frontier["cost"] == frontier["n_things"]).all()
    ax.set_xlabel(words["things" if counted else "cost"])
    ax.set_ylabel(words["y"])
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.set_xlim(left=0)
    headings(ax, title or words["title"], subtitle, note)
    return ax
