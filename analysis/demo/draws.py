"""Random streams, one per part of the world, and the few draws that all parts share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_PARTS = (
    "places",
    "register",
    "states",
    "visits",
    "records",
    "survey",
    "documents",
    "ledger",
    "words",
    "units",
)


def stream(seed: int, part: str, number: int = 0) -> np.random.Generator:
    """The generator of one part of the world in one round; no part disturbs the draws of another."""
    key = (_PARTS.index(part), number)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def share(log_odds: Any) -> Array:
    """The probability (0..1) with these log-odds."""
    return 1.0 / (1.0 + np.exp(-np.asarray(log_odds, dtype=float)))


def happens(rng: np.random.Generator, probability: Any, size: int) -> Array:
    """`size` yes or no, each with its probability."""
    return rng.random(size) < probability


def whole(rng: np.random.Generator, expected: Array) -> Array:
    """Whole numbers whose mean is `expected`: its floor, or one more."""
    return np.floor(expected + rng.random(len(expected))).astype(int)
