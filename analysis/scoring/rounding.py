"""Rounding at the edge: snap to 1e-9, then half up (away from zero) or truncate, in whole numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.framework.model import Rounding

SNAP_DECIMALS = 9


def snap(values: ArrayLike) -> NDArray[np.float64]:
    """Values to the nearest 1e-9, so that 0.29 x 100 is 29 and not 28.999999999999996."""
    return np.asarray(np.round(np.asarray(values, dtype=np.float64), SNAP_DECIMALS), dtype=np.float64)


def round_score(values: ArrayLike, rounding: Rounding) -> NDArray[np.float64]:
    """Scores (any shape, points) as they are printed; NaN stays NaN."""
    scores = np.asarray(values, dtype=np.float64)
    known = np.isfinite(scores)
    units = np.rint(np.where(known, np.abs(scores), 0.0) * 10**SNAP_DECIMALS).astype(np.int64)
    step = 10 ** (SNAP_DECIMALS - rounding.decimals)
    carried = units + step // 2 if rounding.mode == "half_up" else units
    return np.where(known, np.sign(scores) * (carried // step) / 10**rounding.decimals, scores)


def format_score(value: float, rounding: Rounding) -> str:
    """One score as text with all its decimals; empty for NaN."""
    return "" if np.isnan(value) else f"{float(round_score(value, rounding)):.{rounding.decimals}f}"
