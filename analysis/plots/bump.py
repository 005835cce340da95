"""Bump chart: ranks over several rounds, tied units side by side instead of on top of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import Lang
from analysis.plots.canvas import LABEL, canvas, cells, headings, inches, nothing
from analysis.plots.theme import BLUE, FAINT, GREY, INK, MUTED, ORANGE, PAPER, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {"title": "名次变化", "tied": "并列 {:.0f}", "none": "不排名"},
    "en": {"title": "Ranks over the rounds", "tied": "={:.0f}", "none": "unranked"},
}


@theme()
def bump_chart(
    series: pd.DataFrame,
    ax: Axes | None = None,
    *,
    highlight: tuple[str, ...] = (),
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with one line per unit through its places in the rounds; the rank is written in every dot.

    `series`: `round`, `unit`, `rank` (NaN: not ranked, or not there), in the order of the rounds. Tied
    units take neighbouring places, the better composite of the round before first, and show the same rank,
    so no dot covers another. `highlight`: units drawn in orange.
    """
    words = _WORDS[lang]
    rounds = list(dict.fromkeys(series["round"].astype(str)))
    wide = series.assign(round=series["round"].astype(str), unit=series["unit"].astype(str))
    ranks = wide.pivot(index="unit", columns="round", values="rank").reindex(columns=rounds)
    names = [str(unit) for unit in ranks.index]
    ax = canvas(ax, max(1.7 * len(rounds), 3.4), 0.34 * max(len(names), 3), inches(names) + 0.3)
    if series.empty or ranks.notna().to_numpy().sum() == 0:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    places = tie_places(ranks.to_numpy(dtype=float))
    for row, name in enumerate(names):
        colour = ORANGE if name in highlight else BLUE
        _draw_line(ax, places[row], ranks.to_numpy(dtype=float)[row], colour)
        _write_names(ax, name, places[row], INK if np.isfinite(places[row]).any() else GREY)
    _draw_frame(ax, rounds, float(np.nanmax(places)), max(map(cells, names)))
    headings(ax, title or words["title"], subtitle, note, above=14, below=10)
    return ax


def tie_places(ranks: np.ndarray) -> np.ndarray:
    """A place of its own for every ranked unit in every round, shape (units, rounds); NaN without rank.

    Units of the same rank stand one below the other in the order they had before.
    """
    places = np.full(ranks.shape, np.nan)
    before = np.arange(len(ranks), dtype=float)
    for column in range(ranks.shape[1]):
        known = np.flatnonzero(~np.isnan(ranks[:, column]))
        order = known[np.lexsort((before[known], ranks[known, column]))]
        places[order, column] = np.arange(1, len(order) + 1)
        before[order] = places[order, column]
    return places


def _draw_line(ax: Axes, places: np.ndarray, ranks: np.ndarray, colour: str) -> None:
    steps = np.arange(len(places))
    ax.plot(steps, places, color=colour, linewidth=1.6, alpha=0.75, zorder=2)
    ax.scatter(steps, places, s=150, color=PAPER, edgecolors=colour, linewidths=1.4, zorder=3)
    where: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5, "zorder": 4}
    for step, (place, rank) in enumerate(zip(places, ranks, strict=True)):
        if place == place:
            ax.text(step, place, f"{rank:.0f}", color=colour, **where)


def _write_names(ax: Axes, name: str, places: np.ndarray, colour: str) -> None:
    """The name beside the first dot, and beside the last where that is another one."""
    known = np.flatnonzero(np.isfinite(places))
    style: dict[str, Any] = {**LABEL, "fontsize": 9}
    if len(known):
        ax.annotate(name, (known[0], places[known[0]]), (-11, 0), ha="right", color=colour, **style)
    if len(known) > 1:
        ax.annotate(name, (known[-1], places[known[-1]]), (11, 0), ha="left", color=colour, **style)


def _draw_frame(ax: Axes, rounds: list[str], last: float, widest: int) -> None:
    side = 0.35 + 0.02 * widest
    ax.set_xlim(-0.25, len(rounds) - 0.75 + side * 0.4)
    ax.set_ylim(last + 0.7, 0.3)
    ax.set_xticks(range(len(rounds)), labels=rounds)
    ax.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, labelcolor=MUTED)
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    ax.vlines(range(len(rounds)), 0.5, last + 0.5, colors=FAINT, linewidth=0.8, zorder=0)
