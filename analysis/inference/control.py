"""Control charts: limits that say how far a point may lie by chance alone, and runs that it may not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOVING_RANGE = 1.128
"""Expected range of two normal values in standard deviations (d2)."""


@dataclass(frozen=True)
class Chart:
    """Points in their order: `value`, `center`, `sigma`, the limits `low` and `high` (three sigma).

    `signals`: name of a rule to the points that complete it.
    """

    value: Floats
    center: Floats
    sigma: Floats
    low: Floats
    high: Floats
    signals: dict[str, Flags]

    @property
    def shifted(self) -> Flags:
        """Points at which any rule says that the process has moved."""
        return np.logical_or.reduce(list(self.signals.values()))


def p_chart(
    events: ArrayLike, n: ArrayLike, baseline: int | None = None, design_effect: ArrayLike = 1.0
) -> Chart:
    """The chart of shares `events` / `n` with limits that follow the size of every sample.

    `baseline`: how many first points make the centre (all of them by default). `design_effect`: variance
    of a share over that of independent checks; checks of one site resemble each other, and limits that
    ignore it raise false alarms (Laney 2002, doi:10.1081/QEN-120006703). Montgomery, Introduction to
    Statistical Quality Control, section 7.3.
    """
    counts, sizes = np.asarray(events, dtype=np.float64), np.asarray(n, dtype=np.float64)
    first = slice(0, baseline)
    center = np.full(len(sizes), counts[first].sum() / sizes[first].sum())
    sigma = np.sqrt(np.asarray(design_effect) * center * (1.0 - center) / sizes)
    return _chart(counts / sizes, center, sigma, (0.0, 1.0))


def individuals_chart(values: ArrayLike, baseline: int | None = None) -> Chart:
    """The chart of single values, its sigma taken from the moving range of neighbours.

    With one point there is no moving range: sigma is NaN and nothing can be signalled.
    """
    points = np.asarray(values, dtype=np.float64)
    steps = np.abs(np.diff(points[:baseline]))
    sigma = steps.mean() / MOVING_RANGE if len(steps) else np.nan
    center = np.full(len(points), points[:baseline].mean())
    return _chart(points, center, np.full(len(points), sigma), (-np.inf, np.inf))


def _chart(value: Floats, center: Floats, sigma: Floats, bounds: tuple[float, float]) -> Chart:
    low, high = np.maximum(center - 3 * sigma, bounds[0]), np.minimum(center + 3 * sigma, bounds[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(sigma > 0, (value - center) / sigma, np.nan)
    return Chart(value, center, sigma, low, high, runs_rules(distance))


def runs_rules(distance: Floats) -> dict[str, Flags]:
    """Which points complete a run that chance hardly makes; `distance` from the centre in sigma.

    `beyond_3`: one point beyond 3; `two_of_three`: two of three beyond 2 on one side; `four_of_five`:
    four of five beyond 1 on one side; `eight_on_one_side`. Western Electric, Statistical Quality Control
    Handbook (1956).
    """
    return {
        "beyond_3": _run(distance, 3.0, 1, 1),
        "two_of_three": _run(distance, 2.0, 2, 3),
        "four_of_five": _run(distance, 1.0, 4, 5),
        "eight_on_one_side": _run(distance, 0.0, 8, 8),
    }


def _run(distance: Floats, beyond: float, hits: int, among: int) -> Flags:
    """Points beyond the line that complete `hits` such points of one side among the last `among`."""
    found = np.zeros(len(distance), dtype=bool)
    for side in (1.0, -1.0):
        outside = side * distance > beyond
        recent = np.convolve(outside, np.ones(among))[: len(outside)]
        found |= outside & (recent >= hits - 1e-9)
    return found
