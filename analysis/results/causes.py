"""Where the points went: lost points by any combination of ledger, share and tree columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.results.dimensions import (
    CAUSE_DIMENSIONS,
    DEPTH,
    LEDGER_DIMENSIONS,
    SHARE_DIMENSIONS,
    TREE_DIMENSIONS,
    cause_dimension,
    check_dimensions,
    check_unit,
    dimension,
)
from analysis.results.tally import once, tally

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation

OF_SHARES = (*SHARE_DIMENSIONS, *CAUSE_DIMENSIONS)
"""Dimensions by which the loss of one row may be split."""

WITH_BASE = ("group", "unit", "place", "component", "method", "leaf", "area")
"""Dimensions for which the nodes say how many points were possible (besides every depth)."""


def causes(
    evaluation: Evaluation, by: list[str], unit: str | None = None, top: int | None = None
) -> pd.DataFrame:
    """Points lost by every combination of the columns of `by`, largest first.

    `by`: unit, place, component, method, leaf, site_type, site, item; responsible_unit, role, cause and
    what its vocabulary says of it, cause_group, subjective, fix, cause_lead (amounts are split by shares,
    so nothing counts twice); group, area, hardware, depth_1, depth_2 ...
    Columns: those of `by`, `points_lost` (points of the base composite, summed over units), `n_findings`
    (ledger rows; a row that several share counts for each of them), `share` and `cumulated_share` of the
    whole selection, `loss_rate` (share of the points possible; NaN where no base exists).
    `unit` keeps one unit, `top` the first rows. Raises `UsageError` for an unknown column or unit.
    """
    check_dimensions(by)
    table = _sums(evaluation, by, _chosen(evaluation, unit)).sort_values(
        ["points_lost", *by], ascending=[False, *[True] * len(by)], ignore_index=True
    )
    total = table["points_lost"].sum()
    table["share"] = table["points_lost"] / total if total else 0.0
    table["cumulated_share"] = table["share"].cumsum()
    table["loss_rate"] = table["points_lost"] / _base(evaluation, by, unit, table)
    return table if top is None else table.head(top)


def joint_view(evaluation: Evaluation, by: list[str] | None = None, unit: str | None = None) -> pd.DataFrame:
    """Points each responsible unit answers for, where joint duties repeat the whole amount: no total exists.

    Columns: those of `by` (default `responsible_unit`), `points_answered` and `n_findings`. Amounts of
    duties that are split stay split.
    """
    names = by or ["responsible_unit"]
    check_dimensions(names)
    rows = _shared_rows(evaluation, _chosen(evaluation, unit), joint_in_full=True)
    position = rows["ledger_row"].to_numpy()
    columns = _columns(evaluation, names, rows)
    first, weight = once(columns, rows["weight"].to_numpy(), position)
    points = evaluation.ledger["points_lost"].to_numpy()[position[first]]
    kept = {name: column.take(first) for name, column in columns.items()}
    table = tally(kept, points * np.minimum(weight, 1.0), position[first])
    return table.rename(columns={"points_lost": "points_answered"}).sort_values(
        ["points_answered", *names], ascending=[False, *[True] * len(names)], ignore_index=True
    )


def ledger_rows(evaluation: Evaluation, **filters: str | Iterable[str]) -> pd.DataFrame:
    """Ledger rows that match every filter (`cause="facilities"`, `unit=[...]`), largest loss first.

    Filters are the dimensions of `causes`; a row matches a share dimension when any of its shares does.
    `source_file`, `source_sheet` and `source_row` say where each stands in the workbooks of the round.
    The problem found is added as `note` where the observations have one.
    """
    names = list(filters)
    keep = np.ones(len(evaluation.ledger), dtype=bool)
    if names:
        check_dimensions(names)
        rows = _with_dimensions(evaluation, names, keep)
        hit = np.ones(len(rows), dtype=bool)
        for name, wanted in filters.items():
            hit &= rows[name].isin([wanted] if isinstance(wanted, str) else list(wanted)).to_numpy()
        keep = np.isin(np.arange(len(keep)), rows["ledger_row"].to_numpy()[hit])
    found = evaluation.ledger[keep].sort_values("points_lost", ascending=False, kind="stable")
    return _with_notes(evaluation, found)


def _with_notes(evaluation: Evaluation, rows: pd.DataFrame) -> pd.DataFrame:
    observations = evaluation.round.observations
    if "note" in rows.columns or "note" not in observations.columns:
        return rows
    notes = observations.set_index("row_id")["note"]
    return rows.assign(note=rows["row_id"].map(notes).fillna("").to_numpy())


def _chosen(evaluation: Evaluation, unit: str | None) -> NDArray[np.bool_]:
    if unit is None:
        return np.ones(len(evaluation.ledger), dtype=bool)
    check_unit(evaluation, unit)
    return (evaluation.ledger["unit"] == unit).to_numpy()


def _with_dimensions(
    evaluation: Evaluation, by: list[str], chosen: NDArray[np.bool_], joint_in_full: bool = False
) -> pd.DataFrame:
    """The chosen ledger rows (one per share where shares are asked) with the columns of `by`,
    `ledger_row`, `amount` (points of the ledger row) and `weight` (the part of it that counts)."""
    shared = [name for name in by if name in OF_SHARES]
    rows = _shared_rows(evaluation, chosen, joint_in_full) if shared else _plain_rows(chosen)
    columns = _columns(evaluation, by, rows)
    ledger = evaluation.ledger["points_lost"].to_numpy()
    return rows.assign(**columns, amount=ledger[rows["ledger_row"].to_numpy()])


def _columns(evaluation: Evaluation, by: list[str], rows: pd.DataFrame) -> dict[str, pd.Categorical]:
    """A label column per dimension for some rows of the ledger or of its shares."""
    position, found = rows["ledger_row"].to_numpy(), {}
    for name in by:
        if name in SHARE_DIMENSIONS:
            found[name] = pd.Categorical(rows[name])
        elif name in CAUSE_DIMENSIONS:
            found[name] = cause_dimension(evaluation, rows["cause"], name)
        else:
            found[name] = dimension(evaluation, evaluation.ledger, name).take(position)
    return found


def _plain_rows(chosen: NDArray[np.bool_]) -> pd.DataFrame:
    return pd.DataFrame({"ledger_row": np.flatnonzero(chosen), "weight": 1.0})


def _shared_rows(evaluation: Evaluation, chosen: NDArray[np.bool_], joint_in_full: bool) -> pd.DataFrame:
    shares = evaluation.shares
    kept = shares if chosen.all() else shares[chosen[shares["ledger_row"].to_numpy()]]
    weight = kept["share"].to_numpy()
    if joint_in_full:
        weight = np.where(kept["joint"].to_numpy(), 1.0, weight)
    return kept[["ledger_row", *SHARE_DIMENSIONS]].assign(weight=weight).reset_index(drop=True)


def _sums(evaluation: Evaluation, by: list[str], chosen: NDArray[np.bool_]) -> pd.DataFrame:
    """Points lost and number of findings per combination."""
    points = evaluation.ledger["points_lost"].to_numpy()
    if not any(name in OF_SHARES for name in by):
        rows = _plain_rows(chosen)
        position = rows["ledger_row"].to_numpy()
        return tally(_columns(evaluation, by, rows), points[position], position)
    shares = evaluation.shares
    rows = shares if chosen.all() else shares[chosen[shares["ledger_row"].to_numpy()]]
    position = rows["ledger_row"].to_numpy()
    return tally(_columns(evaluation, by, rows), points[position] * rows["share"].to_numpy(), position)


def _base(
    evaluation: Evaluation, by: list[str], unit: str | None, table: pd.DataFrame
) -> NDArray[np.float64]:
    """Points possible per row of `table`; NaN where the nodes do not know the dimension."""
    if not all(name in WITH_BASE or name.startswith(DEPTH) for name in by):
        return np.full(len(table), np.nan)
    nodes = evaluation.nodes
    ends = nodes["leaf"] | nodes["imputed"] | (nodes["rule"] == "given_score")
    leaves = nodes[ends].drop(columns="leaf").rename(columns={"node": "leaf"})
    if unit is not None:
        leaves = leaves[leaves["unit"] == unit]
    keys = pd.DataFrame({name: dimension(evaluation, leaves, name) for name in by})
    keys["possible"] = leaves["points_possible"].to_numpy()
    base = keys.groupby(by, observed=True)["possible"].sum().reset_index().astype(dict.fromkeys(by, "str"))
    found = table[by].astype("str").merge(base, on=by, how="left")["possible"].to_numpy(dtype=np.float64)
    return np.where(found > 0, found, np.nan)


DIMENSIONS = (*LEDGER_DIMENSIONS, *OF_SHARES, *TREE_DIMENSIONS)
"""Everything `causes` groups by, besides `depth_1`, `depth_2` ..."""
