"""Heat maps: score rates of units by node, lost points by any two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.errors import Lang
from analysis.plots.canvas import canvas, cells, headings, inches, most_lines, nothing, wrapped
from analysis.plots.fonts import families
from analysis.plots.theme import FAINT, INK, LOW_TO_HIGH, MUTED, PAPER, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {"title": "各单位得分率", "rate": "得分率（%）", "lost": "失分分布", "points": "失分（分）"},
    "en": {
        "title": "Score rates by unit",
        "rate": "Score rate (%)",
        "lost": "Where points were lost",
        "points": "Points lost",
    },
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
    texts = (title or words["title"], subtitle, note)
    low = float(np.nanmin(rates.to_numpy(dtype=float), initial=0.95))
    return _map(ax, rates, texts, _Scale(LOW_TO_HIGH, low, 1.0, 100, ".1f", words["rate"]), lang)


@theme()
def loss_map(
    losses: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with a coloured cell per pair of labels, the points lost there written in it; dark: most.

    `losses` has one row and one column per label, values in points; NaN (nothing was lost there) is an empty
    hatched cell. Index and columns are shown as they are: pass labels, not ids.
    """
    words = _WORDS[lang]
    texts = (title or words["lost"], subtitle, note)
    high = float(np.nanmax(losses.to_numpy(dtype=float), initial=1e-9))
    return _map(ax, losses, texts, _Scale(LOW_TO_HIGH[3::-1], 0.0, high, 1, ".2f", words["points"]), lang)


class _Scale(NamedTuple):
    """Colours from `low` to `high`, and how values are written: times `factor`, in `form`."""

    colours: Sequence[str]
    low: float
    high: float
    factor: float
    form: str
    label: str


def _map(
    ax: Axes | None, values: pd.DataFrame, texts: tuple[str, str, str], scale: _Scale, lang: Lang
) -> Axes:
    names = [wrapped(str(name)) for name in values.index]
    heads = [_head(str(name)) for name in values.columns]
    width = max(0.44, 0.19 * most_lines(heads)) * max(len(heads), 4) + 0.5
    ax = canvas(ax, width, 0.26 * most_lines(names) * max(len(names), 3), inches(names))
    if values.empty:
        return nothing(ax, *texts, lang)
    mesh = _draw_cells(ax, values, scale)
    _draw_labels(ax, names, heads)
    _write_values(ax, mesh, values.to_numpy(dtype=float), scale)
    _draw_scale(ax, mesh, scale)
    headings(ax, *texts, above=72 * inches(heads), below=10)
    return ax


def _head(name: str) -> str:
    """A column's label in as few lines as needed, of about the same length."""
    lines = -(-cells(name) // _HEAD_CELLS)
    return wrapped(name, cells(name) // max(lines, 1) + 2)


def _draw_cells(ax: Axes, table: pd.DataFrame, scale: _Scale) -> QuadMesh:
    from matplotlib.colors import LinearSegmentedColormap

    values = np.ma.masked_invalid(table.to_numpy(dtype=float))
    ax.set_facecolor(PAPER)
    ax.patch.set(hatch="////", edgecolor=FAINT)
    colours = LinearSegmentedColormap.from_list("low_to_high", list(scale.colours))
    mesh = ax.pcolormesh(values, cmap=colours, edgecolors=PAPER, linewidth=1)
    mesh.set_clim(scale.low, scale.high)
    return mesh


def _draw_labels(ax: Axes, names: list[str], heads: list[str]) -> None:
    ax.set_yticks([index + 0.5 for index in range(len(names))], labels=names)
    ax.set_xticks([index + 0.5 for index in range(len(heads))], labels=heads)
    ax.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, labelrotation=90, labelcolor=INK)
    ax.invert_yaxis()
    ax.spines["bottom"].set_visible(False)


def _write_values(ax: Axes, mesh: QuadMesh, values: np.ndarray, scale: _Scale) -> None:
    """White on dark cells, ink on light ones; nothing in a cell that was not tested."""
    for row, column in np.argwhere(~np.isnan(values)):
        value = values[row, column]
        red, green, blue, _ = mesh.to_rgba(value)
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        where: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5}
        text = f"{scale.factor * value:{scale.form}}"
        ax.text(column + 0.5, row + 0.5, text, color=PAPER if dark else INK, **where)


def _draw_scale(ax: Axes, mesh: QuadMesh, colours: _Scale) -> None:
    """The colour scale beside the first rows, of the same size whatever the size of the map."""
    inch = ax.figure.dpi
    room = ax.get_window_extent()
    width, height = 0.11 * inch / room.width, min(1.0, 2.2 * inch / room.height)
    scale = ax.figure.colorbar(mesh, cax=ax.inset_axes((1 + 1.5 * width, 1 - height, width, height)))
    scale.outline.set_visible(False)
    scale.ax.tick_params(length=0, labelsize=8, labelfontfamily=list(families()))
    scale.ax.yaxis.set_major_formatter(lambda value, _: f"{colours.factor * value:.4g}")
    scale.set_label(colours.label, color=MUTED, fontsize=8.5)
