"""The identity: for every unit and node, the ledger's points add up to the points the node lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.scoring.arrays import Floats, Ints, codes_in, group_sum
from analysis.scoring.rollup import COMPOSITE

TOLERANCE = 1e-9
KEYS = ("unit", "place", "component", "node")


class IdentityError(AssertionError):
    """Roll-up and attribution disagree: a fault of the program, never of the data."""


def gaps(nodes: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """Nodes with the ledger's sum beside their own loss: their key, points_lost, in_ledger, gap (points)."""
    table = nodes[[*KEYS, "points_lost"]].reset_index(drop=True)
    sums = _summed_upward(nodes, ledger)
    return table.assign(in_ledger=sums, gap=table["points_lost"].to_numpy() - sums)


def _summed_upward(nodes: pd.DataFrame, ledger: pd.DataFrame) -> Floats:
    """Ledger sums of every node with all that lies below it, in the order of `nodes`."""
    find = _Finder(nodes)
    at = find(ledger["unit"], ledger["place"], ledger["component"], ledger["leaf"])
    if (at < 0).any():
        # A component that is not averaged over places has its nodes at the unit, whatever place a row names.
        at = np.where(at < 0, find(ledger["unit"], "", ledger["component"], ledger["leaf"]), at)
    if (at < 0).any():
        row = ledger.iloc[int(np.argmax(at < 0))]
        raise IdentityError(f"the ledger names {row['component']}/{row['leaf']} of {row['unit']}, not a node")
    sums = group_sum(ledger["points_lost"].to_numpy(), at, len(nodes))
    above = _above(nodes, find)
    depth = nodes["depth"].to_numpy() + 2 * (nodes["place"] != "").to_numpy()
    for level in np.unique(depth)[::-1]:
        here = np.flatnonzero((depth == level) & (above >= 0))
        np.add.at(sums, above[here], sums[here])
    return sums


class _Finder:
    """Position of a node by unit, place, component and id; -1 where there is none."""

    def __init__(self, nodes: pd.DataFrame) -> None:
        self.labels = [{str(name): i for i, name in enumerate(nodes[key].unique())} for key in KEYS]
        keys = self._numbers([nodes[key] for key in KEYS])
        self.order = np.argsort(keys, kind="stable")
        self.sorted = keys[self.order]

    def __call__(self, *columns: pd.Series | str) -> Ints:
        keys = self._numbers(columns)
        spot = np.minimum(np.searchsorted(self.sorted, keys), len(self.sorted) - 1)
        return np.where((keys >= 0) & (self.sorted[spot] == keys), self.order[spot], -1)

    def _numbers(self, columns: Sequence[pd.Series | str]) -> Ints:
        """One number per key; negative where a label is unknown."""
        number = np.zeros(len(columns[0]), dtype=np.int64)
        known = np.ones(len(columns[0]), dtype=bool)
        for column, labels in zip(columns, self.labels, strict=True):
            same = isinstance(column, str)
            code = np.asarray(labels.get(column, -1) if same else codes_in(column, labels), dtype=np.int64)
            number, known = number * len(labels) + code, known & (code >= 0)
        return np.where(known, number, -1)


def _above(nodes: pd.DataFrame, find: _Finder) -> Ints:
    """Position of the node above: in the same place, or the unit's component, or the composite (-1)."""
    unit, component = nodes["unit"], nodes["component"]
    inside = find(unit, nodes["place"], component, nodes["parent"])
    of_unit = find(unit, "", component, component)
    top = find(unit, "", "", COMPOSITE)
    name = nodes["node"].astype(str).to_numpy()
    is_root = name == component.astype(str).to_numpy()
    above = np.where(is_root, np.where(nodes["place"] != "", of_unit, top), inside)
    return np.where(name == COMPOSITE, -1, above)


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
