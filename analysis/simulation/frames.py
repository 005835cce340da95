"""Rounds with other rows: labels set, rows removed, rows added. Nothing that is given is modified."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake.round import Round

Ints = NDArray[np.int64]


def with_labels(column: pd.Series, at: Ints, labels: Any) -> pd.Series:
    """A label column with other labels (one, or one per position) at some positions."""
    wanted = np.broadcast_to(np.asarray(labels, dtype=object), len(at))
    fresh = [name for name in dict.fromkeys(map(str, wanted)) if name not in column.cat.categories]
    wider = column.cat.add_categories(fresh) if fresh else column
    codes = wider.cat.codes.to_numpy().copy()
    codes[at] = wider.cat.categories.get_indexer(pd.Index([str(name) for name in wanted]))
    return pd.Series(pd.Categorical.from_codes(codes, dtype=wider.dtype), index=column.index)


def with_values(column: pd.Series, at: Ints, values: Any) -> pd.Series:
    """A number column with other numbers at some positions."""
    numbers = column.to_numpy(copy=True)
    numbers[at] = values
    return pd.Series(numbers, index=column.index)


def changed(frame: pd.DataFrame, at: Ints, columns: dict[str, Any]) -> pd.DataFrame:
    """A frame with other labels and numbers at some positions; a column it lacks is added empty."""
    found = {}
    for name, values in columns.items():
        number = not isinstance(np.asarray(values).flat[0], str)
        column = frame[name] if name in frame.columns else _empty(len(frame), number)
        found[name] = with_values(column, at, values) if number else with_labels(column, at, values)
    return frame.assign(**{name: column.set_axis(frame.index) for name, column in found.items()})


def _empty(n: int, number: bool) -> pd.Series:
    return pd.Series(np.full(n, np.nan)) if number else pd.Series([""] * n, dtype="category")


def copied(frame: pd.DataFrame, positions: Ints) -> tuple[pd.DataFrame, Ints]:
    """A frame with the rows at some positions once more at its end, and where they stand now."""
    everything = np.concatenate([np.arange(len(frame)), positions])
    longer = frame.take(everything).reset_index(drop=True)
    new = np.arange(len(frame), len(longer))
    if "row_id" in frame.columns and len(positions):
        fresh = int(frame["row_id"].max()) + 1 + np.arange(len(new))
        longer["row_id"] = with_values(longer["row_id"], new, fresh)
    return longer, new


def with_table(round_: Round, name: str, table: pd.DataFrame) -> Round:
    """The round with another table of that name."""
    return replace(round_, frames={**round_.frames, name: table})


def with_entry(round_: Round, name: str, entry: dict[str, Any]) -> Round:
    """The round with one row more in a small table, from no workbook."""
    table = round_.table(name)
    row = {"source_file": "", "source_sheet": "", "source_row": 0, **entry}
    both = pd.concat([table.astype(object), pd.DataFrame([row], dtype=object)], ignore_index=True)
    kinds = {column: table.dtypes[column] for column in table.columns}
    labels = {c: "category" for c, kind in kinds.items() if isinstance(kind, pd.CategoricalDtype)}
    filled = both.fillna({c: "" for c, kind in kinds.items() if kind == "str" or c in labels})
    return with_table(round_, name, filled.astype({**kinds, **labels}))
