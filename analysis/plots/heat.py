"""Heat map of score rates: one row per unit, one column per node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.errors import Lang
from analysis.plots.canvas import canvas, cells, headings, inches, most_lines, nothing, wrapped
from analysis.plots.fonts import families
from analysis.plots.theme import FAINT, INK, LOW_TO_HIGH, MUTED, PAPER, theme

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {"title": "各单位得分率", "rate": "得分率（%）"},
    "en": {"title": "Score rates by unit", "rate": "Score rate (%)"},
}
_HEAD_CELLS = 24


@theme()
def heatmap(
    rates: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with a coloured cell per unit and node, the score rate written in it in percent.

    `rates` has one row per unit (index) and one column per node, values 0-1; what was not tested (NaN)
    is an empty hatched cell. Index and columns are shown as they are: pass labels, not ids.
    """
    words = _WORDS[lang]
    names = [wrapped(str(name)) for name in rates.index]
    heads = [_head(str(name)) for name in rates.columns]
    width = max(0.44, 0.19 * most_lines(heads)) * max(len(heads), 4) + 0.5
    ax = canvas(ax, width, 0.26 * most_lines(names) * max(len(names), 3), inches(names))
    if rates.empty:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    mesh = _draw_cells(ax, rates)
    _draw_labels(ax, names, heads)
    _write_rates(ax, mesh, rates.to_numpy(dtype=float))
    _draw_scale(ax, mesh, words["rate"])
    headings(ax, title or words["title"], subtitle, note, above=72 * inches(heads), below=10)
    return ax


def _head(name: str) -> str:
    """A column's label in as few lines as needed, of about the same length."""
    lines = -(-cells(name) // _HEAD_CELLS)
    return wrapped(name, cells(name) // max(lines, 1) + 2)


def _draw_cells(ax: Axes, rates: pd.DataFrame) -> QuadMesh:
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    values = np.ma.masked_invalid(rates.to_numpy(dtype=float))
    low = float(values.min()) if values.count() else 0.0
    ax.set_facecolor(PAPER)
    ax.patch.set(hatch="////", edgecolor=FAINT)
    colours = LinearSegmentedColormap.from_list("low_to_high", LOW_TO_HIGH)
    return ax.pcolormesh(values, cmap=colours, vmin=min(low, 0.95), vmax=1, edgecolors=PAPER, linewidth=1)


def _draw_labels(ax: Axes, names: list[str], heads: list[str]) -> None:
    ax.set_yticks([index + 0.5 for index in range(len(names))], labels=names)
    ax.set_xticks([index + 0.5 for index in range(len(heads))], labels=heads)
    ax.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, labelrotation=90, labelcolor=INK)
    ax.invert_yaxis()
    ax.spines["bottom"].set_visible(False)


def _write_rates(ax: Axes, mesh: QuadMesh, values: np.ndarray) -> None:
    """White on dark cells, ink on light ones; nothing in a cell that was not tested."""
    import numpy as np

    for row, column in np.argwhere(~np.isnan(values)):
        rate = values[row, column]
        red, green, blue, _ = mesh.to_rgba(rate)
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        where: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5}
        ax.text(column + 0.5, row + 0.5, f"{100 * rate:.1f}", color=PAPER if dark else INK, **where)


def _draw_scale(ax: Axes, mesh: QuadMesh, label: str) -> None:
    """The colour scale beside the first rows, of the same size whatever the size of the map."""
    inch = ax.figure.dpi
    room = ax.get_window_extent()
    width, height = 0.11 * inch / room.width, min(1.0, 2.2 * inch / room.height)
    scale = ax.figure.colorbar(mesh, cax=ax.inset_axes((1 + 1.5 * width, 1 - height, width, height)))
    scale.outline.set_visible(False)
    scale.ax.tick_params(length=0, labelsize=8, labelfontfamily=list(families()))
    scale.ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}")
    scale.set_label(label, color=MUTED, fontsize=8.5)
