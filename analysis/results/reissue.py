"""A round issued again, after an appeal: which cells changed, and what that did to scores and ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.results.ranking import rank_table
from analysis.scoring.evaluate import score

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook
    from analysis.intake.round import Round
    from analysis.scoring.evaluate import Evaluation

SHEETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "observations": (
        ("unit", "place", "component", "leaf", "site", "item", "visit", "period", "respondent"),
        ("value", "answer", "status", "count", "share", "flags", "pictures", "participants", "organiser"),
    ),
    "bonus_claims": (("unit", "rule", "note"), ("points", "status")),
    "negative_events": (("unit", "rule", "note"), ("points",)),
}
"""What makes a row the same one in both issues, and the cells that count."""

_SHOWN_OF_A_ROW = 2
"""Of a row that came or went, the first columns stand for the whole."""

MOST_REPLAYS = 200
"""Units and leaves whose changes are replayed one by one; more would take longer than they tell."""

CHANGES = [
    "sheet", "unit", "component", "leaf", "site", "item", "column", "kind", "before", "after",
    "source_file", "source_sheet", "source_row",
]  # fmt: skip


@dataclass(frozen=True)
class Reissue:
    """A second issue of a round held against the first.

    `cells`: one row per cell that changed (CHANGES; `kind`: changed, added, removed; the source is that of
    the issue the row is in, the second's where it is in both). `effects`: per unit and leaf with changes
    what these alone do to the unit's composite, in points, re-evaluated (`alone`); they need not add up.
    `scores`: unit, group, first, second, change (points as printed), first_rank, second_rank, gained.
    `rulebook`: the rules of the second.
    """

    cells: pd.DataFrame
    effects: pd.DataFrame
    scores: pd.DataFrame
    rulebook: Rulebook


def reissue(first: Evaluation, second: Evaluation) -> Reissue:
    """The second issue of a round, cell by cell against the first."""
    cells = pd.concat([_changed(first.round, second.round, name) for name in SHEETS], ignore_index=True)
    return Reissue(cells, _effects(first, second, cells), _scores(first, second), second.rulebook)


def _changed(first: Round, second: Round, sheet: str) -> pd.DataFrame:
    keys, columns = SHEETS[sheet]
    tables = [_numbered(each.table(sheet), keys, columns) for each in (first, second)]
    one, two = (_texted(*each, keys, columns) for each in _differing(*tables))
    pairs = one.merge(two, on=[*keys, "nth"], how="outer", suffixes=("_1", "_2"), indicator=True)
    kind = pairs["_merge"].map({"both": "changed", "left_only": "removed", "right_only": "added"})
    found = []
    for position, column in enumerate(columns):
        before, after = pairs[f"{column}_1"].fillna(""), pairs[f"{column}_2"].fillna("")
        whole = (kind != "changed") & ((before + after) != "") & (position < _SHOWN_OF_A_ROW)
        told = ((kind == "changed") & (before != after)) | whole
        found.append(_cells(pairs[told], sheet, column, kind[told]))
    return pd.concat(found, ignore_index=True)


Numbered = tuple[pd.DataFrame, pd.DataFrame]
"""A table, and for each of its rows the hash of its key (`key`), its number among those (`nth`), and the hash
of its cells (`cells`)."""


def _numbered(table: pd.DataFrame, keys: tuple[str, ...], columns: tuple[str, ...]) -> Numbered:
    hashed = pd.DataFrame(
        {
            name: pd.util.hash_pandas_object(table[[one for one in names if one in table]], index=False)
            for name, names in (("key", keys), ("cells", columns))
        },
        index=table.index,
    )
    return table, hashed.assign(nth=hashed.groupby("key").cumcount())


def _differing(one: Numbered, two: Numbered) -> list[tuple[pd.DataFrame, pd.Series]]:
    """The rows of either table that the other does not have alike, with their numbers."""
    marks = [pd.MultiIndex.from_frame(hashed[["key", "nth", "cells"]]) for _, hashed in (one, two)]
    kept = [~own.isin(other) for own, other in (marks, marks[::-1])]
    return [
        (table[rows], hashed.loc[rows, "nth"]) for (table, hashed), rows in zip((one, two), kept, strict=True)
    ]


def _texted(
    table: pd.DataFrame, nth: pd.Series, keys: tuple[str, ...], columns: tuple[str, ...]
) -> pd.DataFrame:
    """Keys, cells and source of some rows as text."""
    texts = {name: _texts(table, name) for name in (*keys, *columns, "source_file", "source_sheet")}
    frame = pd.DataFrame(texts, index=table.index).astype(object)
    return frame.assign(source_row=table["source_row"], nth=nth)


def _texts(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table.columns:
        return pd.Series("", table.index, dtype=object)
    column = table[name]
    if column.dtype.kind in "fiu":
        return column.map(lambda value: "" if pd.isna(value) else f"{value:.10g}").astype(object)
    return column.astype("str").replace("nan", "").astype(object)


def _cells(pairs: pd.DataFrame, sheet: str, column: str, kind: pd.Series) -> pd.DataFrame:
    side = np.where(kind == "removed", "1", "2")
    source = {
        name: np.where(side == "1", pairs[f"{name}_1"], pairs[f"{name}_2"])
        for name in ("source_file", "source_sheet", "source_row")
    }
    blank = pd.Series("", pairs.index, dtype=object)
    leaf = pairs["leaf"] if "leaf" in pairs else pairs["rule"]
    known = {name: pairs.get(name, blank) for name in ("component", "site", "item")}
    return pd.DataFrame(
        {
            "sheet": sheet,
            "unit": pairs["unit"],
            **known,
            "leaf": leaf,
            "column": column,
            "kind": kind.astype("str"),
            "before": pairs[f"{column}_1"].fillna(""),
            "after": pairs[f"{column}_2"].fillna(""),
            **source,
        }
    )[CHANGES]


def _effects(first: Evaluation, second: Evaluation, cells: pd.DataFrame) -> pd.DataFrame:
    """What the changed rows of one unit and leaf alone do to the composite of that unit."""
    keys = ["sheet", "unit", "component", "leaf"]
    groups = cells.groupby(keys, sort=False).size().rename("n_cells").reset_index()
    before = first.scores.assign(unit=first.scores["unit"].astype("str")).set_index("unit")["composite"]
    alone = []
    for position, row in enumerate(groups.itertuples()):
        if position >= MOST_REPLAYS or row.unit not in before.index:
            alone.append(np.nan)
            continue
        scores = score(_with_changes(first.round, second.round, row), first.rulebook).scores
        after = scores.loc[(scores["unit"] == row.unit).to_numpy(), "composite"]
        alone.append(float(after.iloc[0]) - float(before[row.unit]))
    return groups.assign(alone=np.array(alone, dtype=np.float64))


def _with_changes(first: Round, second: Round, which: Any) -> Round:
    """The first issue with one unit's rows of one leaf (or rule) taken from the second."""
    from dataclasses import replace

    name = "leaf" if which.sheet == "observations" else "rule"
    tables = [each.table(which.sheet) for each in (first, second)]
    mine = [
        ((table["unit"] == which.unit) & (table[name] == which.leaf)).to_numpy()
        & (True if name == "rule" else (table["component"] == which.component).to_numpy())
        for table in tables
    ]
    parts = [tables[0][~mine[0]], tables[1][mine[1]]]
    kinds = {
        name: pd.CategoricalDtype(column.cat.categories.union(parts[1][name].cat.categories))
        for name, column in parts[0].items()
        if column.dtype.name == "category" and name in parts[1]
    }
    joined = pd.concat([part.astype(kinds) for part in parts], ignore_index=True)
    if "row_id" in joined:
        joined = joined.assign(row_id=np.arange(len(joined)))
    return replace(first, frames={**first.frames, which.sheet: joined})


def _scores(first: Evaluation, second: Evaluation) -> pd.DataFrame:
    tables = []
    for each in (first, second):
        ranking = rank_table(each.scores, each.rulebook.settings)
        tables.append(
            ranking.assign(unit=ranking["unit"].astype("str"), group=ranking["group"].astype("str"))
        )
    columns = ["unit", "group", "composite", "rank"]
    table = tables[0][columns].merge(tables[1][columns], on="unit", how="outer", suffixes=("_1", "_2"))
    decimals = second.rulebook.settings.rounding.decimals
    return pd.DataFrame(
        {
            "unit": table["unit"],
            "group": table["group_2"].fillna(table["group_1"]),
            "first": table["composite_1"],
            "second": table["composite_2"],
            "change": (table["composite_2"] - table["composite_1"]).round(decimals),
            "first_rank": table["rank_1"],
            "second_rank": table["rank_2"],
            "gained": table["rank_1"] - table["rank_2"],
        }
    ).sort_values("change", key=lambda column: -column.abs(), ignore_index=True, kind="stable")
