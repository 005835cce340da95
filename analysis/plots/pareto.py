"""Pareto chart of lost points: bars for every cause, a line for their cumulated share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.errors import Lang
from analysis.plots.canvas import canvas, headings, horizontal, inches, most_lines, nothing, wrapped
from analysis.plots.fonts import families
from analysis.plots.theme import BLUE, INK, MUTED, ORANGE, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {"title": "失分原因", "x": "失分（分）", "twin": "累计占比", "blank": "（未注明）"},
    "en": {
        "title": "Causes of lost points",
        "x": "Points lost",
        "twin": "Cumulated share",
        "blank": "(blank)",
    },
}
_HEAD: dict[Lang, tuple[str, str, str]] = {"zh": ("失分", "占比", "累计"), "en": ("Lost", "Share", "Cumul.")}
_COLUMNS = (46, 92, 138)
"""Right edges of the three columns of numbers, in points from the axes."""


@theme()
def pareto_chart(
    causes: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with one bar of points lost per row, and the line of cumulated shares on a second axis.

    `causes` has label columns, then `points_lost`, `share`, `cumulated_share` (0-1), worst first. A bar
    and the line share one scale: the whole width of 100 % is all the points that were lost.
    """
    words = _WORDS[lang]
    names = row_labels(causes, words["blank"])
    ax = canvas(ax, 5.2, 0.27 * most_lines(names) * max(len(causes), 3), inches(names))
    if causes.empty:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    places = list(range(len(causes)))
    horizontal(ax, places, names)
    ax.barh(places, causes["points_lost"], height=0.62, color=BLUE)
    _draw_cumulated(ax, causes, places, words["twin"])
    _write_numbers(ax, causes, places, _HEAD[lang])
    ax.set_xlabel(words["x"])
    headings(ax, title or words["title"], subtitle, note, above=34)
    return ax


def row_labels(causes: pd.DataFrame, blank: str) -> list[str]:
    """The label columns of every row in one text; an empty label says that nothing was stated."""
    columns = list(causes.columns[: causes.columns.get_loc("points_lost")])
    rows = causes[columns].astype(str).itertuples(index=False)
    return [wrapped(" · ".join(value or blank for value in row)) for row in rows]


def _draw_cumulated(ax: Axes, causes: pd.DataFrame, places: list[int], label: str) -> None:
    """Both scales start at zero and end together, so a bar's length is also its share."""
    shares = causes["cumulated_share"].to_numpy(dtype=float)
    end = float(shares.max() or 1) * 1.03
    total = float(causes["points_lost"].sum()) / float(causes["share"].sum() or 1)
    twin = ax.twiny()
    twin.plot(shares, places, color=ORANGE, marker="o", markersize=3.5, linewidth=1.2)
    twin.set_xlim(0, end)
    ax.set_xlim(0, (total or 1) * end)
    twin.set_xlabel(label, color=ORANGE)
    twin.tick_params(axis="x", length=0, colors=ORANGE, labelfontfamily=list(families()))
    twin.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _write_numbers(ax: Axes, causes: pd.DataFrame, places: list[int], head: tuple[str, str, str]) -> None:
    """Three columns right of the axes, so that no number meets a bar or the line."""
    style: dict[str, Any] = {"ha": "right", "fontsize": 8.5, "annotation_clip": False}
    style["textcoords"] = "offset points"
    cells = [causes["points_lost"].map("{:.3f}".format)]
    cells += [causes[name].map("{:.1%}".format) for name in ("share", "cumulated_share")]
    for right, header, column in zip(_COLUMNS, head, cells, strict=True):
        ax.annotate(header, (1, 1), (right, 5), xycoords="axes fraction", color=MUTED, **style)
        for place, text in zip(places, column, strict=True):
            where = (ax.transAxes, ax.transData)
            ax.annotate(text, (1, place), (right, 0), xycoords=where, color=INK, va="center", **style)
