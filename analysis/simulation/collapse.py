"""Strata that are too small to be drawn from, merged with a neighbour and listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.scoring.arrays import Ints

COLUMNS = ["source", "unit", "place", "stratum", "n", "population", "action", "into"]


@dataclass
class Stratum:
    """Members (rows of the table), how many they stand for, and the leaves that were looked at in them."""

    kind: str
    n: int
    population: float
    leaves: frozenset[int]
    rows: Ints

    @property
    def too_small(self) -> bool:
        return self.n < 2 and not self.population <= 1

    def take_in(self, other: Stratum) -> None:
        self.n += other.n
        self.population += other.population
        self.leaves |= other.leaves
        self.rows = np.concatenate([self.rows, other.rows])


Strata = dict[str, Stratum]
Neighbour = Callable[[Strata, str], str | None]


def collapsed(members: pd.DataFrame, source: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Members in strata of at least two (or visited completely), and a list of what was done to get there.

    A stratum of one is merged with another one of its kind (site type), else with the one of the same unit
    that shares most leaves with it; without any it is kept as it is and does not vary.
    """
    members, notes = members.copy(), []
    for (unit, place), strata in _by_unit(members).items():
        found: list[dict[str, Any]] = []
        for neighbour in (_of_the_kind, _shares_leaves):
            _merge(strata, neighbour, found)
        found += [_note(name, stratum, "kept", "") for name, stratum in strata.items() if stratum.too_small]
        notes += [{"source": source, "unit": unit, "place": place, **note} for note in found]
        if found:
            _write(members, strata)
    return members, pd.DataFrame(notes, columns=COLUMNS)


def _by_unit(members: pd.DataFrame) -> dict[tuple[str, str], Strata]:
    units: dict[tuple[str, str], Strata] = {}
    groups = members.groupby(["unit", "place", "stratum"], sort=True).indices
    kind, leaves = members["kind"].to_numpy(dtype=object), members["leaves"].to_numpy(dtype=object)
    population = members["population"].to_numpy(dtype=float)
    for (unit, place, name), rows in sorted(groups.items()):
        seen: frozenset[int] = frozenset().union(*leaves[rows])
        stratum = Stratum(str(kind[rows[0]]), len(rows), float(population[rows[0]]), seen, rows)
        units.setdefault((unit, place), {})[name] = stratum
    return units


def _merge(strata: Strata, neighbour: Neighbour, found: list[dict[str, Any]]) -> None:
    for name in list(strata):
        if not strata[name].too_small:
            continue
        other = neighbour(strata, name)
        if other is not None:
            found.append(_note(name, strata[name], "merged", other))
            strata[other].take_in(strata.pop(name))


def _of_the_kind(strata: Strata, name: str) -> str | None:
    others = [key for key in strata if key != name and strata[key].kind == strata[name].kind]
    return min(others, key=lambda key: (strata[key].n, key), default=None)


def _shares_leaves(strata: Strata, name: str) -> str | None:
    shared = {key: len(strata[key].leaves & strata[name].leaves) for key in strata if key != name}
    best = max(shared, key=lambda key: (shared[key], key), default=None)
    return best if best is not None and shared[best] else None


def _note(name: str, stratum: Stratum, action: str, into: str) -> dict[str, Any]:
    sizes = {"n": stratum.n, "population": stratum.population}
    return {"stratum": name, **sizes, "action": action, "into": into}


def _write(members: pd.DataFrame, strata: Strata) -> None:
    columns = {name: members.columns.get_loc(name) for name in ("stratum", "n", "population")}
    for name, stratum in strata.items():
        members.iloc[stratum.rows, columns["stratum"]] = name
        members.iloc[stratum.rows, columns["n"]] = stratum.n
        members.iloc[stratum.rows, columns["population"]] = stratum.population
