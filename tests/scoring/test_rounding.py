import decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.framework.model import Rounding
from analysis.scoring.rounding import format_score, round_score, snap

HALF_UP, CUT = Rounding(), Rounding(mode="truncate")


@pytest.mark.parametrize(
    ("value", "rounding", "expected"),
    [
        (0.125, HALF_UP, 0.13),
        (2.675, HALF_UP, 2.68),
        (1.005, HALF_UP, 1.01),
        (0.29 * 100, Rounding(decimals=0, mode="truncate"), 29.0),
        (86.999, CUT, 86.99),
        (86.9999999999, CUT, 87.0),
        (-0.125, HALF_UP, -0.13),
        (90.5, Rounding(decimals=0), 91.0),
    ],
)
def test_round_score(value, rounding, expected):
    assert float(round_score(value, rounding)) == expected


@given(st.decimals(0, 120, places=6), st.integers(0, 4))
def test_half_up_as_the_decimal_module_does_it(value, decimals):
    step = decimal.Decimal(1).scaleb(-decimals)
    expected = value.quantize(step, rounding=decimal.ROUND_HALF_UP)
    assert float(round_score(float(value), Rounding(decimals=decimals))) == float(expected)


@given(st.decimals(0, 120, places=6), st.integers(0, 4))
def test_truncation_as_the_decimal_module_does_it(value, decimals):
    step = decimal.Decimal(1).scaleb(-decimals)
    expected = value.quantize(step, rounding=decimal.ROUND_DOWN)
    found = round_score(float(value), Rounding(decimals=decimals, mode="truncate"))
    assert float(found) == float(expected)


def test_shape_and_gaps_stay():
    found = round_score([[1.005, np.nan], [2.0, 3.456]], HALF_UP)
    assert found.shape == (2, 2)
    assert np.isnan(found[0, 1])
    assert snap(0.1 + 0.2) == 0.3
    assert (format_score(87.1, HALF_UP), format_score(float("nan"), HALF_UP)) == ("87.10", "")
