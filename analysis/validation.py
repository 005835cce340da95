"""Frames checked against the contracts of `analysis.tables`; pandera is imported only when one is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from analysis.errors import DataError, Problem
from analysis.tables import TABLES, Column

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


@cache
def schema(name: str) -> pa.DataFrameSchema:
    """The pandera schema of a table; columns beyond the contract are allowed."""
    import pandera.pandas as pa

    table = TABLES[name]
    return pa.DataFrameSchema(
        {column.name: _pandera_column(column) for column in table.columns},
        unique=list(table.key) or None,
        strict=False,
    )


def _pandera_column(column: Column) -> pa.Column:
    import pandera.pandas as pa

    checks = []
    if column.low is not None:
        checks.append(pa.Check.ge(column.low))
    if column.high is not None:
        checks.append(pa.Check.le(column.high))
    if column.values:
        checks.append(pa.Check.isin(column.values))
    return pa.Column(checks=checks, nullable=column.nullable, required=column.required, coerce=False)


def validate(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """`frame`, unchanged, when it keeps the contract of table `name`.

    Raises `DataError` with one problem per failed check (column, check, first offending value).
    """
    from pandera.errors import SchemaErrors

    try:
        schema(name).validate(frame if TABLES[name].key else _witnesses(frame, name), lazy=True, inplace=True)
    except SchemaErrors as error:
        raise DataError(_contract_problems(error.failure_cases, name)) from error
    return frame


def _witnesses(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Few rows that break the contract if any row does: extreme numbers, gaps, one of each label."""
    import numpy as np

    rows: set[int] = set()
    for column in TABLES[name].columns:
        if column.name not in frame.columns or frame.empty:
            continue
        values = frame[column.name]
        if values.dtype == "category":
            codes = values.cat.codes.to_numpy()
            rows.add(int(codes.argmin()))
            rows.update(np.unique(codes, return_index=True)[1].tolist() if column.values else ())
        elif values.dtype.kind in "iufb":
            numbers = values.to_numpy()
            for extreme in (np.fmin.reduce(numbers), np.fmax.reduce(numbers)):
                rows.add(int((numbers == extreme).argmax()))
            if numbers.dtype.kind == "f":
                rows.add(int(np.isnan(numbers).argmax()))
        else:
            rows.update(np.flatnonzero(values.isna().to_numpy())[:1].tolist())
            rows.update(values.drop_duplicates().index[:1000].tolist() if column.values else ())
    return frame.iloc[sorted(rows)]


def _contract_problems(failures: pd.DataFrame, name: str) -> list[Problem]:
    first = failures.drop_duplicates(["column", "check"])
    return [
        Problem(
            code="contract",
            zh=f"表 {name} 的列“{case.column}”不符合约定 {case.check}，首个问题值：{case.failure_case}。",
            en=f"table {name}: column {case.column!r} breaks {case.check}; "
            f"first offending value: {case.failure_case}.",
            column=str(case.column),
            value=str(case.failure_case),
        )
        for case in first.itertuples()
    ]
