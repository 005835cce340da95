"""Who is drawn again: sites within site type and origin, respondents within stratum and cluster.

Random streams belong to a source, a unit and a block of replicates, so that no draw depends on the order
of units, on the number of processes or on how many replicates are asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.inference.redraw import Rescaling, draw_counts, rescaling
from analysis.scoring import Evaluation
from analysis.scoring.arrays import Floats, Ints
from analysis.simulation.collapse import COLUMNS as LISTED
from analysis.simulation.collapse import collapsed
from analysis.simulation.strata import counted_of, respondents_of, sites_of

SOURCES = ("sites", "respondents", "assessors")
BLOCK = 1000
"""Replicates drawn from one stream; part of what a seed means."""


def stream(seed: int, source: str, unit: str, block: int) -> np.random.Generator:
    """The generator of one source in one unit and block of replicates."""
    name = int.from_bytes(hashlib.sha256(unit.encode()).digest()[:8], "big")
    sequence = np.random.SeedSequence(seed, spawn_key=(SOURCES.index(source), name, block))
    return np.random.Generator(np.random.SFC64(sequence))


class Run(NamedTuple):
    """Strata of one size drawn together: source, first member (in its unit), how many strata, their size;
    `shares`: of the options of a question, where so many answers are drawn from those."""

    source: str
    start: int
    strata: int
    size: int
    shares: Floats | None = None


@dataclass(frozen=True)
class Sample:
    """What may be drawn. `members`: one row per site, cluster of respondents or counted option, ordered by
    unit, source, size and name of the stratum: unit, source, stratum, name, n, population; `answers`: how
    many a counted option stands for of the n of its stratum (1: others), `counted`: whether it is one.

    `of_row`: member of each observation, -1: always there. `notes`: strata that were merged or kept as they
    are (columns `LISTED`).
    """

    members: pd.DataFrame
    of_row: Ints
    notes: pd.DataFrame

    def scaling(self, effort: dict[str, float]) -> Rescaling:
        """Weights of each member by how often it is drawn."""
        times = self.members["source"].map(lambda source: effort.get(source, 1.0)).to_numpy(dtype=float)
        found = rescaling(self.members["n"].to_numpy(), self.members["population"].to_numpy(), times)
        return Rescaling(found.kept, found.per_draw / self.members["answers"].to_numpy(dtype=float))

    @cached_property
    def bounds(self) -> dict[str, tuple[int, int]]:
        """First and last member (exclusive) of each unit."""
        names = self.members["unit"].to_numpy(dtype=object)
        if not len(names):
            return {}
        edges = np.flatnonzero(np.append(True, names[1:] != names[:-1]))
        stops = np.append(edges[1:], len(names))
        return {str(names[a]): (int(a), int(b)) for a, b in zip(edges, stops, strict=True)}

    @cached_property
    def runs(self) -> dict[str, list[Run]]:
        """Of each unit the strata that are drawn together: those of one size, and each counted one."""
        found: dict[str, list[Run]] = {}
        counted = self.members["counted"].to_numpy(dtype=bool)
        whole = self.members[~counted].groupby(["unit", "source", "n"], sort=False)
        position = np.flatnonzero(~counted)
        for (unit, source, n), at in whole.indices.items():
            start = int(position[at[0]]) - self.bounds[unit][0]
            found.setdefault(unit, []).append(Run(source, start, len(at) // int(n), int(n)))
        options = self.members[counted].groupby(["unit", "source", "n", "place", "stratum"], sort=False)
        answers, position = self.members["answers"].to_numpy(dtype=float), np.flatnonzero(counted)
        for (unit, source, n, *_), at in options.indices.items():
            start = int(position[at[0]]) - self.bounds[unit][0]
            found.setdefault(unit, []).append(Run(source, start, 1, int(n), answers[position[at]] / n))
        return found

    def counts(
        self, unit: str, seed: int, block: int, sources: tuple[str, ...]
    ) -> Iterator[tuple[int, NDArray]]:
        """How often the members of a unit are drawn in a block: first member, counts (members, BLOCK).

        What is not among `sources` is left out.
        """
        streams = {source: stream(seed, source, unit, block) for source in sources}
        for run in self.runs.get(unit, []):
            if run.source not in streams or run.size < 2:
                continue
            if run.shares is None:
                drawn = draw_counts(streams[run.source], run.size, run.strata, BLOCK)
                yield run.start, drawn.reshape(run.strata * run.size, BLOCK)
            else:
                yield run.start, streams[run.source].multinomial(run.size - 1, run.shares, BLOCK).T

    def weights(
        self, unit: str, seed: int, block: int, sources: tuple[str, ...], scaling: Rescaling
    ) -> Floats:
        """Weights of the members of a unit in a block of replicates, shape (members, BLOCK)."""
        first, last = self.bounds.get(unit, (0, 0))
        weights = np.empty((last - first, BLOCK))
        done = 0
        for start, drawn in self.counts(unit, seed, block, sources):
            weights[done:start] = 1.0
            done = start + len(drawn)
            at = slice(first + start, first + done)
            np.multiply(drawn, scaling.per_draw[at, None], out=weights[start:done])
            weights[start:done] += scaling.kept[at, None]
        weights[done:] = 1.0
        return weights


def sample(evaluation: Evaluation) -> Sample:
    """The sites and respondents of a round with their strata, merged where they are too small."""
    sites, respondents, counted = sites_of(evaluation), respondents_of(evaluation), counted_of(evaluation)
    found, notes = [], []
    for source, table in (("sites", sites.table), ("respondents", respondents.table)):
        merged, listed = collapsed(table, source)
        found.append(merged.assign(source=source, answers=1.0, counted=False))
        notes.append(listed)
    found.append(counted.table.assign(source="respondents", counted=True))
    notes.append(_listed(counted.table))
    members = pd.concat([table for table in found if len(table)] or found[:1], ignore_index=True)
    by = ["unit", "source", "counted", "n", "place", "stratum", "name"]
    order = members.sort_values(by, kind="stable").index.to_numpy()
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    of_row = np.full(len(evaluation.round.observations), -1, dtype=np.int64)
    start = 0
    for part in (sites, respondents, counted):
        mine = part.of_row >= 0
        of_row[mine] = place[part.of_row[mine] + start]
        start += len(part.table)
    members = members.loc[order].reset_index(drop=True)
    return Sample(members, of_row, pd.concat(notes, ignore_index=True)[LISTED])


def _listed(counted: pd.DataFrame) -> pd.DataFrame:
    """One note per stratum of a survey whose answers come as counts."""
    if counted.empty:
        return pd.DataFrame(columns=LISTED)
    keys = ["unit", "place", "kind", "part"]
    table = counted.groupby(keys, sort=True)[["n", "population"]].max().reset_index()
    stratum = table["kind"].str.cat(table["part"], sep=" · ").str.removesuffix(" · ")
    return table.assign(source="respondents", stratum=stratum, action="counted", into="")[LISTED]
