"""Rank heat map: one row per unit, one column per rank, how often the unit held it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import Lang
from analysis.plots.canvas import canvas, headings, inches, most_lines, nothing, wrapped
from analysis.plots.fonts import families
from analysis.plots.theme import INK, PAPER, theme

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "title_forecast": "正式测评名次的预测",
        "note_forecast": "单元格：下次正式测评得到该名次的概率（%）",
        "title": "名次的重抽频率",
        "x": "名次",
        "note": "单元格：重抽中得到该名次的百分比，不是下次测评的概率",
    },
    "en": {
        "title_forecast": "Forecast of ranks at the official test",
        "note_forecast": "Cells: probability of that rank at the next official test, in percent",
        "title": "Redraw frequency of ranks",
        "x": "Rank",
        "note": "Cells: percent of redraws with that rank, not a probability of the next test",
    },
}
LIGHT_TO_DARK = ("#f3f5f6", "#b9cfdf", "#5f93b8", "#2f6690", "#1d4363")


@theme()
def rank_heatmap(
    ranks: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    forecast: bool = False,
    lang: Lang = "zh",
) -> Axes:
    """Axes with a cell per unit and rank, darker where the rank was held more often, percent written in it.

    `ranks` has unit, rank and frequency_rate (0..1) of one group (with `forecast`: probability); units
    are shown by their mean rank. What never happened is empty, what rounds to nothing is `<1`.
    """
    words, kind = _WORDS[lang], "_forecast" if forecast else ""
    heading, share = words[f"title{kind}"], "probability" if forecast else "frequency_rate"
    table = ranks.pivot_table(index="unit", columns="rank", values=share, observed=True).fillna(0.0)
    table = table.reindex(columns=range(1, int(max(table.columns, default=0)) + 1), fill_value=0.0)
    table = table.loc[(table * table.columns).sum(axis=1).sort_values(kind="stable").index]
    names = [wrapped(str(name)) for name in table.index]
    size = (0.46 * max(table.shape[1], 4) + 0.4, 0.3 * most_lines(names) * max(len(names), 3))
    ax = canvas(ax, *size, inches(names))
    if table.empty:
        return nothing(ax, title or heading, subtitle, note, lang)
    _draw(ax, table.to_numpy(dtype=float))
    ax.set_yticks([place + 0.5 for place in range(len(names))], labels=names)
    ax.set_xticks(
        [place + 0.5 for place in range(table.shape[1])], labels=[str(rank) for rank in table.columns]
    )
    ax.tick_params(axis="x", length=0, labelcolor=INK, labelfontfamily=list(families()))
    ax.invert_yaxis()
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel(words["x"])
    notes = " · ".join(part for part in (words[f"note{kind}"], note) if part)
    headings(ax, title or heading, subtitle, notes)
    return ax


def _draw(ax: Axes, shares: np.ndarray) -> None:
    """Cells and the percent in them: white on dark ones."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("light_to_dark", LIGHT_TO_DARK)
    ax.pcolormesh(
        np.ma.masked_equal(shares, 0.0), cmap=colours, vmin=0, vmax=1, edgecolors=PAPER, linewidth=1
    )
    for row, column in np.argwhere(shares > 0):
        share = shares[row, column]
        text = f"{100 * share:.0f}" if share >= 0.005 else "<1"
        colour = PAPER if share > 0.45 else INK
        ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=7.5, color=colour)
