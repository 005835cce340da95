"""Ranking chart: one dot per unit, groups one below the other, lines where consequences begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang
from analysis.plots.canvas import (
    LABEL,
    canvas,
    cells,
    headings,
    horizontal,
    inches,
    most_lines,
    nothing,
    wrapped,
)
from analysis.plots.theme import BLUE, FAINT, GREY, INK, MUTED, ORANGE, PAPER, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "title": "综合得分与排名",
        "x": "综合得分（分）",
        "tied": "并列 {:.0f}",
        "rank": "{:.0f}",
        "none": "不排名",
    },
    "en": {
        "title": "Scores and ranks",
        "x": "Composite (points)",
        "tied": "={:.0f}",
        "rank": "{:.0f}",
        "none": "unranked",
    },
}
GROUP_GAP = 1.6
"""Rows between the last unit of a group and the first of the next: room for the group's name."""


@theme()
def ranking_chart(
    ranking: pd.DataFrame,
    ax: Axes | None = None,
    *,
    lines: Mapping[str, float] | None = None,
    groups: Mapping[str, str] | None = None,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with the composite of every unit in points, labelled, in the order of the table.

    `ranking` is table RANKING. `lines` maps the label of a threshold to its score, `groups` the id of a
    group to its name (shown when there are several groups). A unit without a rank is hollow and grey.
    """
    words = _WORDS[lang]
    names = unit_labels(ranking, lang)
    places, starts = positions(ranking["group"].astype(str).tolist())
    ax = canvas(ax, 5.6, 0.25 * most_lines(names) * (max(places, default=3) + 1), inches(names))
    if ranking.empty:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    horizontal(ax, places, names)
    _draw_scores(ax, ranking, places)
    draw_groups(ax, starts, groups or {})
    levels = _draw_lines(ax, lines or {})
    ax.set_xlabel(words["x"])
    headings(ax, title or words["title"], subtitle, note, above=12 * levels)
    return ax


def unit_labels(ranking: pd.DataFrame, lang: Lang) -> list[str]:
    """Name and rank of every unit, as they stand beside the axis."""
    words = _WORDS[lang]
    rows = zip(ranking["unit"].astype(str), ranking["rank"], ranking["tied"], strict=True)
    return [wrapped(f"{unit}  {_rank(rank, tied, words)}") for unit, rank, tied in rows]


def _rank(rank: float, tied: bool, words: Mapping[str, str]) -> str:
    return words["none"] if rank != rank else words["tied" if tied else "rank"].format(rank)


def positions(groups: list[str]) -> tuple[list[float], dict[str, float]]:
    """Row of every unit, and of the first unit of every group; a gap stands between groups."""
    places: list[float] = []
    starts: dict[str, float] = {}
    for index, group in enumerate(groups):
        step = 1 if index == 0 or group == groups[index - 1] else 1 + GROUP_GAP
        places.append(places[-1] + step if places else 0)
        starts.setdefault(group, places[-1])
    return places, starts


def draw_groups(ax: Axes, starts: Mapping[str, float], names: Mapping[str, str]) -> None:
    """The name of every group over its first unit, when there are several."""
    if len(starts) < 2:
        return
    low, high = ax.get_ylim()
    ax.set_ylim(low, high - 0.8)
    for group, place in starts.items():
        name = names.get(group, group)
        where: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center"}
        ax.text(0.005, place - 0.95, name, color=MUTED, fontsize=9.5, **where)


def _draw_scores(ax: Axes, ranking: pd.DataFrame, places: list[float]) -> None:
    scores = ranking["composite"].to_numpy(dtype=float)
    ranked = ranking["rank"].notna().to_numpy()
    edges = [BLUE if known else GREY for known in ranked]
    fills = [BLUE if known else PAPER for known in ranked]
    ax.hlines(places, 0, 1, colors=FAINT, linewidth=0.6, transform=ax.get_yaxis_transform(), zorder=1)
    ax.scatter(scores, places, s=34, c=fills, edgecolors=edges, linewidths=1.2, zorder=3)
    ax.margins(x=0.09)
    for score, place, known in zip(scores, places, ranked, strict=True):
        if score == score:
            ax.annotate(f"{score:.2f}", (score, place), (7, 0), color=INK if known else GREY, **LABEL)
        else:
            left_edge = ax.get_yaxis_transform()
            ax.annotate("—", (0, place), (7, 0), xycoords=left_edge, color=GREY, **LABEL)


def _draw_lines(ax: Axes, lines: Mapping[str, float]) -> int:
    """Dashed lines with their labels over the axes; how many rows the labels take."""
    for score in lines.values():
        ax.axvline(score, color=ORANGE, linewidth=1, linestyle=(0, (4, 3)), zorder=2)
    low, high = ax.get_xlim()
    taken: list[float] = []
    for text, score in sorted(lines.items(), key=lambda entry: entry[1]):
        left = (score - low) / (high - low)
        level = next((i for i, end in enumerate(taken) if end < left), len(taken))
        taken[level : level + 1] = [left + 0.016 * cells(text)]
        where: dict[str, Any] = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points"}
        ax.annotate(text, (score, 1), (0, 3 + 12 * level), color=ORANGE, fontsize=8.5, ha="left", **where)
    return len(taken)
