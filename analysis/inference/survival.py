"""How long something stays open, when part of it is still open."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Survival:
    """A step curve: from `time` on the share `open_share` is still open (`low`, `high`: its interval).

    `median` and its interval are in the unit of time; NaN while less than half has ended.
    """

    time: Floats
    open_share: Floats
    low: Floats
    high: Floats
    median: float
    median_low: float
    median_high: float
    n: int
    n_ended: int


def survival(duration: ArrayLike, ended: ArrayLike, confidence: float = 0.95) -> Survival:
    """The Kaplan-Meier curve of durations, those that have not `ended` being censored.

    Intervals are log-log (Brookmeyer & Crowley 1982, doi:10.2307/2530286, for the median).
    Raises ValueError for an empty sample.
    """
    from scipy.stats import CensoredData, ecdf

    times, over = np.asarray(duration, dtype=np.float64), np.asarray(ended, dtype=bool)
    if not len(times):
        raise ValueError("no durations")
    found = ecdf(CensoredData(uncensored=times[over], right=times[~over])).sf
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # undefined at 0 and 1, closed below
        interval = found.confidence_interval(confidence, method="log-log")
    low, high = (_closed(band.probabilities, found.probabilities) for band in (interval.low, interval.high))
    time, share = np.append(0.0, found.quantiles), np.append(1.0, found.probabilities)
    low, high = np.append(1.0, low), np.append(1.0, high)
    medians = _first_below(time, share), _first_below(time, low), _first_below(time, high)
    return Survival(time, share, low, high, *medians, len(times), int(over.sum()))


def _closed(band: Floats, share: Floats) -> Floats:
    """A band with the curve itself where the log-log interval is not defined (at 0 and at 1)."""
    return np.where(np.isnan(band), share, band)


def _first_below(time: Floats, share: Floats) -> float:
    reached = np.flatnonzero(share <= 0.5 + 1e-12)
    return float(time[reached[0]]) if len(reached) else float("nan")
