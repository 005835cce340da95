"""The identity: for every unit and node, the ledger's points add up to the points the node lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.scoring.rollup import COMPOSITE

TOLERANCE = 1e-9
KEYS = ("unit", "place", "component", "node")


class IdentityError(AssertionError):
    """Roll-up and attribution disagree: a fault of the program, never of the data."""


def gaps(nodes: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """Nodes with the ledger's sum beside their own loss: their key, points_lost, in_ledger, gap (points)."""
    keys = list(KEYS)
    table = nodes[[*keys, "parent", "points_lost"]].astype(dict.fromkeys([*keys, "parent"], object))
    own = (
        ledger.groupby(["unit", "place", "component", "leaf"], observed=True, sort=False)["points_lost"]
        .sum()
        .reset_index()
        .rename(columns={"leaf": "node", "points_lost": "in_ledger"})
        .astype(dict.fromkeys(keys, object))
    )
    sums = _summed_upward(table, own)
    gap = table["points_lost"].to_numpy() - sums
    return table.drop(columns="parent").assign(in_ledger=sums, gap=gap)


def _summed_upward(table: pd.DataFrame, own: pd.DataFrame) -> np.ndarray:
    """Ledger sums of every node with all that lies below it, in the order of `table`."""
    index = {key: i for i, key in enumerate(zip(*(table[name] for name in KEYS), strict=True))}
    above = {i: _parent_of(index, *row) for i, row in enumerate(_keys_with_parent(table))}
    sums = np.zeros(len(table))
    for unit, place, component, node, points in own.itertuples(index=False):
        at = index.get((unit, place, component, node), index.get((unit, "", component, node)))
        if at is None:
            raise IdentityError(f"the ledger names {component}/{node} of {unit} {place}, which is not a node")
        while at is not None:
            sums[at] += points
            at = above[at]
    return sums


def _keys_with_parent(table: pd.DataFrame) -> zip:
    return zip(*(table[name] for name in (*KEYS, "parent")), strict=True)


def _parent_of(index: dict, unit: str, place: str, component: str, node: str, parent: str) -> int | None:
    """Position of the node above: in the same place, or the unit's component, or the composite."""
    if node == COMPOSITE:
        return None
    if node == component:
        return index[unit, "", component, component] if place else index[unit, "", "", COMPOSITE]
    return index[unit, place, component, parent]


def verify(nodes: pd.DataFrame, ledger: pd.DataFrame) -> float:
    """The largest gap, in points. Raises IdentityError above 1e-9, naming the worst node."""
    table = gaps(nodes, ledger)
    worst = float(table["gap"].abs().max()) if len(table) else 0.0
    if not worst <= TOLERANCE:
        row = table.loc[table["gap"].abs().idxmax()]
        raise IdentityError(
            f"{row['unit']} {row['place']} {row['component']}/{row['node']}: "
            f"the node lost {row['points_lost']}, the ledger holds {row['in_ledger']}"
        )
    return worst
