"""Survival curve: the share of problems that are still open after so many days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.errors import Lang
from analysis.plots.canvas import canvas, cells, headings, nothing
from analysis.plots.theme import BLUE, FAINT, GREY, INK, MUTED, ORANGE, theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "title": "整改用时",
        "x": "交办后天数",
        "y": "尚未整改的比例",
        "median": "中位 {:.0f} 天",
        "none": "过半未整改",
    },
    "en": {
        "title": "Days to the fix",
        "x": "days since it was assigned",
        "y": "share still open",
        "median": "median {:.0f} days",
        "none": "less than half fixed",
    },
}
_COLOURS = (BLUE, ORANGE, "#4b8b6f", "#7a5c99", GREY)
MOST = len(_COLOURS)
"""Curves that can be told apart in one picture."""


@theme()
def survival_chart(
    curves: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "",
    subtitle: str = "",
    note: str = "",
    lang: Lang = "zh",
) -> Axes:
    """Axes with a step curve per group and its 95 % band, each named at its end with its median.

    `curves`: `curve`, `days`, `open_share`, `low`, `high`, `median_days`; the first `MOST` groups are
    drawn. Open cases are censored, so a curve that does not reach one half has no median.
    """
    words = _WORDS[lang]
    ax = canvas(ax, 5.6, 3.2, 0.5)
    if curves.empty:
        return nothing(ax, title or words["title"], subtitle, note, lang)
    names = list(dict.fromkeys(curves["curve"].astype(str)))[:MOST]
    ends = []
    for colour, name in zip(_COLOURS, names, strict=False):
        part = curves[curves["curve"].astype(str) == name]
        _draw_curve(ax, part, colour, len(names) == 1)
        ends.append((float(part["open_share"].iloc[-1]), _label(name, part, words), colour))
    ax.set_ylim(0, 1.02)
    ax.set_xlim(0, float(curves["days"].max()) * 1.02 or 1)
    _write_ends(ax, ends)
    _draw_frame(ax, words)
    headings(ax, title or words["title"], subtitle, note)
    return ax


def _draw_curve(ax: Axes, part: pd.DataFrame, colour: str, band: bool) -> None:
    days = part["days"].to_numpy(dtype=float)
    ax.step(days, part["open_share"], where="post", color=colour, linewidth=1.6, zorder=3)
    if band:
        ax.fill_between(days, part["low"], part["high"], step="post", color=colour, alpha=0.15, linewidth=0)


def _label(name: str, part: pd.DataFrame, words: dict[str, str]) -> str:
    median = float(part["median_days"].iloc[0])
    text = words["median"].format(median) if median == median else words["none"]
    return f"{name} {text}".strip()


def _write_ends(ax: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Names right of the axes, moved apart where curves end close to each other."""
    style: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    last = 1.2
    for share, text, colour in sorted(ends, reverse=True):
        at = min(share, last - 0.065)
        last = at
        ax.annotate(
            text, (1, at), (6, 0), va="center", fontsize=8.5, color=colour, annotation_clip=False, **style
        )


def _draw_frame(ax: Axes, words: dict[str, str]) -> None:
    ax.axhline(0.5, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.grid(axis="y", color=FAINT)
    ax.tick_params(axis="x", length=0)
    ax.set_xlabel(words["x"])
    ax.set_ylabel(words["y"], color=INK if cells(words["y"]) < 4 else MUTED)
