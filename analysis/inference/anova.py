"""Functional ANOVA of a quantity over all combinations of discrete choices: exact shares, no sampling."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TINY = 1e-12


def anova(values: Floats, order: int = 2) -> dict[tuple[int, ...], float]:
    """Share of the variance of `values` (one axis per choice, all combinations) due to each choice and to
    the interplay of up to `order` of them (axes as keys); they add up to 1 with the higher orders.

    All zero where nothing varies. Sobol', "Sensitivity estimates for nonlinear models" (1993); with all
    combinations at hand the integrals are means.
    """
    effects = dict(_effects(np.asarray(values, dtype=np.float64), order))
    total = float(np.var(values))
    scale = float(np.abs(values).max(initial=0.0))
    if total <= (TINY * scale) ** 2:
        return dict.fromkeys(effects, 0.0)
    return {axes: float(np.mean(effect**2)) / total for axes, effect in effects.items()}


def _effects(values: Floats, order: int) -> Iterator[tuple[tuple[int, ...], Floats]]:
    """Deviation of the mean given some choices from what fewer choices explain; round-off is exactly 0."""
    everything = range(values.ndim)
    found: dict[tuple[int, ...], Floats] = {(): np.mean(values, keepdims=True)}
    noise = TINY * float(np.abs(values).max(initial=0.0))
    for size in range(1, order + 1):
        for axes in combinations(everything, size):
            others = tuple(axis for axis in everything if axis not in axes)
            effect = np.mean(values, axis=others, keepdims=True)
            for fewer, known in found.items():
                if set(fewer) < set(axes):
                    effect = effect - known
            effect = np.where(np.abs(effect) <= noise, 0.0, effect)
            found[axes] = effect
            yield axes, effect
