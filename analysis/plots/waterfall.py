"""Waterfall chart: from one total to another, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import Lang
from analysis.plots.canvas import LABEL, canvas, headings, horizontal, inches, most_lines, nothing, wrapped
from analysis.plots.theme import BLUE, GREY, INK, MUTED, ORANGE, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {"title": "得分变化的来源", "x": "综合得分（分）"},
    "en": {"title": "What changed the score", "x": "Composite (points)"},
}
_ROOM = 0.22
"""Room beside the outermost bars, as a share of what the steps span: for the numbers."""


@theme()
def waterfall_chart(
    steps: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    unit: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with one bar per step, top down: totals from the edge, steps from where the last one ended.

    `steps`: `step` (label), `value` (a total, or what the step adds), `total` (flag). Gains are blue, losses
    orange, totals grey. `unit`: label of the axis in place of points of the composite. The axis is cut off
    below the lowest end so that steps can be seen beside totals; it says so by its numbers.
    """
    words = _WORDS[lang]
    names = [wrapped(str(name)) for name in steps["step"]]
    ax = canvas(ax, 5.6, 0.34 * most_lines(names) * max(len(names), 3), inches(names))
    if steps.empty:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    value, total = steps["value"].to_numpy(dtype=float), steps["total"].to_numpy(dtype=bool)
    end = _ends(value, total)
    start = np.where(total, np.nan, end - value)
    low, high = _span(start, end, total)
    places = list(range(len(names)))
    horizontal(ax, places, names)
    _draw_bars(ax, np.where(total, low, start), end, total)
    _draw_joints(ax, end)
    _write_values(ax, np.where(total, low, start), value, end, total)
    ax.set_xlim(low, high)
    ax.set_xlabel(unit or words["x"])
    headings(ax, title or words["title"], subtitle, note)
    return ax


def _ends(value: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Where every bar ends: at its total, or beyond the bar before by its step."""
    ends = np.empty(len(value))
    at = 0.0
    for place, (amount, whole) in enumerate(zip(value, total, strict=True)):
        at = amount if whole else at + amount
        ends[place] = at
    return ends


def _span(start: np.ndarray, end: np.ndarray, total: np.ndarray) -> tuple[float, float]:
    """Limits of the axis: room on the right for numbers, on the left for a piece of the totals."""
    low, high = np.nanmin(np.append(start, end)), np.nanmax(np.append(start, end))
    room = max(high - low, 1e-6) * _ROOM
    return float(low - 2 * room * total.any()), float(high + room)


def _draw_bars(ax: Axes, start: np.ndarray, end: np.ndarray, total: np.ndarray) -> None:
    colours = [
        GREY if whole else BLUE if b >= a else ORANGE for a, b, whole in zip(start, end, total, strict=True)
    ]
    ax.barh(range(len(end)), end - start, left=start, height=0.62, color=colours, zorder=2)


def _draw_joints(ax: Axes, end: np.ndarray) -> None:
    """A line from the end of every bar to the next."""
    for place, at in enumerate(end[:-1]):
        ax.plot([at, at], [place - 0.31, place + 1.31], color=MUTED, linewidth=0.7, zorder=1)


def _write_values(ax: Axes, start: np.ndarray, value: np.ndarray, end: np.ndarray, total: np.ndarray) -> None:
    for place, (a, b, amount, whole) in enumerate(zip(start, end, value, total, strict=True)):
        text = f"{amount:.2f}" if whole else f"{amount:+.2f}".replace("-", "−")
        side: dict[str, Any] = {"ha": "left", "color": INK if whole else BLUE if amount >= 0 else ORANGE}
        ax.annotate(text, (max(a, b), place), (5, 0), **(LABEL | side))
