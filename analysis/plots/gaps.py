"""Gap chart: how far to the unit above, and how far ahead of the unit below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang
from analysis.plots.canvas import LABEL, canvas, headings, horizontal, inches, most_lines, nothing
from analysis.plots.ranking import draw_groups, positions, unit_labels
from analysis.plots.theme import BLUE, MUTED, ORANGE, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "title": "与前后名次的分差",
        "below": "领先下一名（分）",
        "above": "落后上一名（分）",
    },
    "en": {
        "title": "Gaps to the units above and below",
        "below": "ahead of the one below (points)",
        "above": "behind the one above (points)",
    },
}


@theme()
def gap_chart(
    ranking: pd.DataFrame,
    ax: Axes | None = None,
    *,
    groups: Mapping[str, str] | None = None,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with two bars per unit in points: to the left its lead, to the right what it lacks.

    `ranking` is table RANKING; a gap that does not exist (first, last, unranked) has no bar.
    """
    words = _WORDS[lang]
    names = unit_labels(ranking, lang)
    places, starts = positions(ranking["group"].astype(str).tolist())
    ax = canvas(ax, 5.6, 0.25 * most_lines(names) * (max(places, default=3) + 1), inches(names))
    if ranking.empty:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    horizontal(ax, places, names)
    _draw_bars(ax, places, ranking["gap_below"], -1, BLUE)
    _draw_bars(ax, places, ranking["gap_above"], 1, ORANGE)
    _draw_sides(ax, words)
    draw_groups(ax, starts, groups or {})
    headings(ax, title or words["title"], subtitle, note, above=13, below=22)
    return ax


def _draw_bars(ax: Axes, places: list[float], gaps: pd.Series, side: int, colour: str) -> None:
    widths = side * gaps.to_numpy(dtype=float)
    ax.barh(places, widths, height=0.6, color=colour)
    for place, width in zip(places, widths, strict=True):
        if width == width:
            ax.annotate(f"{abs(width):.2f}", (width, place), (4 * side, 0), ha=_toward(side), **LABEL)


def _toward(side: int) -> str:
    return "left" if side > 0 else "right"


def _draw_sides(ax: Axes, words: Mapping[str, str]) -> None:
    """The same scale on both sides of zero, each side named over the axes."""
    reach = 1.18 * max(map(abs, ax.get_xlim()))
    ax.set_xlim(-reach, reach)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    where: dict[str, Any] = {
        "xycoords": ("data", "axes fraction"),
        "textcoords": "offset points",
        "fontsize": 9,
    }
    ax.annotate("← " + words["below"], (0, 1), (-6, 4), ha="right", color=BLUE, **where)
    ax.annotate(words["above"] + " →", (0, 1), (6, 4), ha="left", color=ORANGE, **where)
