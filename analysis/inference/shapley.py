"""Splitting the value of several factors among them, exactly and whatever their order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def shapley(value: Callable[[tuple[bool, ...]], ArrayLike], n_factors: int) -> Floats:
    """What each factor adds on average over all orders, shape (n_factors, ...); adds up to all - none.

    `value` is asked once for every subset of factors, as a tuple that says which of them have changed, and
    answers in numbers or arrays of one shape. Shapley (1953), doi:10.1515/9781400881970-018.
    """
    values = {
        chosen: np.asarray(value(chosen), dtype=np.float64)
        for chosen in product((False, True), repeat=n_factors)
    }
    return np.stack([_average_step(values, factor, n_factors) for factor in range(n_factors)])


def _average_step(values: dict[tuple[bool, ...], Floats], factor: int, n_factors: int) -> Floats:
    """The mean over orders of what changes when the factor joins those before it."""
    total = np.zeros_like(values[(False,) * n_factors])
    for chosen, before in values.items():
        if not chosen[factor]:
            size = sum(chosen)
            orders = factorial(size) * factorial(n_factors - size - 1) / factorial(n_factors)
            joined = (*chosen[:factor], True, *chosen[factor + 1 :])
            total = total + orders * (values[joined] - before)
    return total
