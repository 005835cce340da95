"""Lost points by two dimensions at once, as the table a heat map is drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.results.causes import causes

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation


def cross(
    evaluation: Evaluation, rows: str, columns: str, top: int | None = None, unit: str | None = None
) -> pd.DataFrame:
    """Points lost with `rows` down and `columns` across (any dimensions of `causes`), largest sums first.

    NaN where nothing was lost. `top` keeps that many rows and columns, `unit` one unit. Raises `UsageError`
    for an unknown column or unit.
    """
    table = causes(evaluation, [rows, columns], unit)
    names = table[[rows, columns]].astype("str")
    wide = table.assign(**{name: names[name] for name in names}).pivot(
        index=rows, columns=columns, values="points_lost"
    )
    down = wide.sum(axis=1).sort_values(ascending=False, kind="stable").index[:top]
    across = wide.sum(axis=0).sort_values(ascending=False, kind="stable").index[:top]
    return wide.loc[down, across]
