"""The look of every chart: colours that colour-blind readers can tell apart, and a quiet frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from analysis.plots.fonts import families

INK = "#22303c"
MUTED = "#5d6b78"
FAINT = "#d9dee3"
BLUE = "#2f6690"
ORANGE = "#c8641b"
GREY = "#98a2ab"
PAPER = "#ffffff"
LOW_TO_HIGH = ("#9a4a12", "#dd8a4b", "#f6d9bd", "#f3f5f6", "#b9cfdf", "#5f93b8")
"""Brown for low score rates, blue for high ones; also told apart without red and green."""

_RC: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.facecolor": PAPER,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 13,
    "axes.titleweight": "normal",
    "axes.unicode_minus": True,
    "figure.dpi": 100,
    "figure.facecolor": PAPER,
    "font.size": 9,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "savefig.dpi": 160,
    "svg.fonttype": "path",
    "svg.hashsalt": "wenming",
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.color": INK,
    "ytick.labelsize": 9,
    "ytick.major.size": 0,
}


@contextmanager
def theme() -> Iterator[None]:
    """The theme inside the block (or the decorated function); rcParams are as before afterwards."""
    import matplotlib as mpl

    settings: Any = {**_RC, "font.family": list(families())}
    with mpl.rc_context(settings):
        yield
        # A notebook's backend is loaded by the first figure and switches this on: it is not ours to restore.
        interactive = mpl.is_interactive()
    mpl.interactive(interactive)
