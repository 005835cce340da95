"""What all charts share: a canvas of the right size, headings, labels that fit, and saving."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from analysis.errors import Lang
from analysis.paths import written_whole
from analysis.plots.fonts import families
from analysis.plots.theme import FAINT, MUTED, PAPER, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

LABEL_CELLS = 60
"""Longest line of a label; a Chinese character takes two cells."""

_NEVER_FIRST = "\n，。；：、！？）》”’％·"
"""These hang over the end of a line instead of starting the next."""

LABEL: dict[str, Any] = {
    "textcoords": "offset points",
    "va": "center",
    "fontsize": 8.5,
    "annotation_clip": False,
    "bbox": {"boxstyle": "square,pad=0.1", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.85},
    "zorder": 4,
}
"""A number beside its mark, readable over grid lines."""

_NOTHING = {"zh": "没有可画的数据", "en": "Nothing to draw"}
_METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


def canvas(ax: Axes | None, width: float, height: float, left: float) -> Axes:
    """`ax`, cleared, or new axes of that width and height with `left` inches for labels beside them.

    Axes made outside the theme hold labels in a font without Chinese, hence the clearing. The margins
    of new ones are wide rather than exact: `save` and notebooks crop to what was drawn.
    """
    if ax is not None:
        ax.clear()
        ax.spines[["left", "right", "top"]].set_visible(False)
        ax.spines["bottom"].set_color(FAINT)
        ax.set_axisbelow(True)
        return ax
    import matplotlib.pyplot as plt

    left, right, top, bottom = left + 0.2, 0.6, 1.1, 0.9
    whole = (left + width + right, bottom + height + top)
    figure = plt.figure(figsize=whole)
    return figure.add_axes((left / whole[0], bottom / whole[1], width / whole[0], height / whole[1]))


def cells(text: str) -> int:
    """Width of a text: 1 per narrow character, 2 per Chinese or full-width one."""
    return sum(2 if east_asian_width(character) in "WFA" else 1 for character in text)


def wrapped(text: str, width: int = LABEL_CELLS) -> str:
    """`text` in lines of at most `width` cells, broken at a space where there is one."""
    lines, line = [], ""
    for character in text:
        if cells(line + character) > width and character not in _NEVER_FIRST:
            cut = line.rfind(" ")
            keep, line = (line[:cut], line[cut + 1 :]) if cut > 0 else (line, "")
            lines.append(keep)
        line += character
    return "\n".join([*lines, line])


def inches(labels: Iterable[str], size: float = 9) -> float:
    """Width that the longest line of the labels takes at a font size in points."""
    lines = (line for label in labels for line in label.split("\n"))
    return max(map(cells, lines), default=0) * size * 0.54 / 72


def most_lines(labels: Iterable[str]) -> int:
    """Lines of the label that has most of them; 1 when there is none."""
    return max((label.count("\n") + 1 for label in labels), default=1)


def headings(
    ax: Axes, title: str, subtitle: str = "", note: str = "", *, above: float = 0, below: float = 36
) -> None:
    """Title, a quieter line under it, and a note below the axes.

    `above` and `below` are the points that labels take over and under the axes.
    """
    title, subtitle, note = (_fitted(ax, *text) for text in ((title, 13), (subtitle, 9), (note, 8)))
    quiet: dict[str, Any] = {"textcoords": "offset points", "color": MUTED, "annotation_clip": False}
    quiet["xycoords"] = "axes fraction"
    under_title = 13 * (subtitle.count("\n") + 1) if subtitle else 0
    ax.set_title(title, loc="left", y=1, pad=10 + above + under_title)
    if subtitle:
        ax.annotate(subtitle, (0, 1), (0, 8 + above), va="bottom", fontsize=9, **quiet)
    if note:
        ax.annotate(note, (0, 0), (0, -below), va="top", fontsize=8, **quiet)


def _fitted(ax: Axes, text: str, size: float) -> str:
    """`text` in lines that fit the width of the axes at a font size in points."""
    room = ax.get_window_extent().width / ax.figure.dpi * 72
    return wrapped(text, max(30, int(room / (0.52 * size))))


def horizontal(ax: Axes, positions: Iterable[float], labels: Iterable[str]) -> None:
    """Rows from the top down with their labels at the left, and light vertical grid lines."""
    places = list(positions)
    ax.set_yticks(places, labels=list(labels))
    ax.set_ylim(max(places) + 0.7, min(places) - 0.7)
    ax.grid(axis="x")
    ax.tick_params(axis="x", length=0, labelfontfamily=list(families()))


def nothing(ax: Axes, title: str, subtitle: str, note: str, lang: Lang) -> Axes:
    """The axes of an empty table: headings and a sentence instead of an empty frame."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, _NOTHING[lang], transform=ax.transAxes, ha="center", va="center", color=MUTED)
    headings(ax, title, subtitle, note)
    return ax


@theme()
def save(chart: Axes | Figure | SubFigure, stem: str | os.PathLike[str]) -> list[Path]:
    """Write `stem`.png and `stem`.svg, each old or complete; the two paths.

    Closes the figure: a report draws hundreds. Raises `UsageError` when another program holds a file open.
    """
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    figure = chart.figure if isinstance(chart, Axes) else chart
    root = figure.figure
    targets = {kind: Path(f"{os.fspath(stem)}.{kind}") for kind in _METADATA}
    for kind, target in targets.items():
        with written_whole(target) as part:
            root.savefig(part, format=kind, metadata=_METADATA[kind], bbox_inches="tight", pad_inches=0.12)
    plt.close(root)
    return list(targets.values())
