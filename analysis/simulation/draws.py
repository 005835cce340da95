"""Who is drawn again: sites within site type and origin, respondents within stratum and cluster.

Random streams belong to a source, a unit and a block of replicates, so that no draw depends on the order
of units, on the number of processes or on how many replicates are asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.inference.redraw import Rescaling, draw_counts, rescaling
from analysis.scoring import Evaluation
from analysis.scoring.arrays import Floats, Ints
from analysis.simulation.collapse import COLUMNS as LISTED
from analysis.simulation.collapse import collapsed
from analysis.simulation.strata import respondents_of, sites_of

SOURCES = ("sites", "respondents", "assessors")
BLOCK = 1000
"""Replicates drawn from one stream; part of what a seed means."""


def stream(seed: int, source: str, unit: str, block: int) -> np.random.Generator:
    """The generator of one source in one unit and block of replicates."""
    name = int.from_bytes(hashlib.sha256(unit.encode()).digest()[:8], "big")
    sequence = np.random.SeedSequence(seed, spawn_key=(SOURCES.index(source), name, block))
    return np.random.Generator(np.random.SFC64(sequence))


@dataclass(frozen=True)
class Sample:
    """What may be drawn. `members`: one row per site or cluster of respondents, ordered by unit, source, size
    and name of the stratum: unit, source, stratum (code), name, n, population.

    `of_row`: member of each observation, -1: always there. `notes`: strata that were merged or kept as they
    are (columns `LISTED`).
    """

    members: pd.DataFrame
    of_row: Ints
    notes: pd.DataFrame

    def scaling(self, effort: dict[str, float]) -> Rescaling:
        """Weights of each member by how often it is drawn."""
        times = self.members["source"].map(lambda source: effort.get(source, 1.0)).to_numpy(dtype=float)
        return rescaling(self.members["n"].to_numpy(), self.members["population"].to_numpy(), times)

    @cached_property
    def bounds(self) -> dict[str, tuple[int, int]]:
        """First and last member (exclusive) of each unit."""
        names = self.members["unit"].to_numpy(dtype=object)
        edges = np.flatnonzero(np.append(True, names[1:] != names[:-1])) if len(names) else np.array([], int)
        stops = np.append(edges[1:], len(names))
        return {str(names[a]): (int(a), int(b)) for a, b in zip(edges, stops, strict=True)}

    @cached_property
    def runs(self) -> dict[str, list[tuple[str, int, int, int]]]:
        """Of each unit: source, first member (in the unit), strata and size of strata of the same size."""
        found: dict[str, list[tuple[str, int, int, int]]] = {}
        keys = self.members.groupby(["unit", "source", "n"], sort=False)
        for (unit, source, n), at in keys.indices.items():
            start = int(at[0]) - self.bounds[unit][0]
            found.setdefault(unit, []).append((source, start, len(at) // int(n), int(n)))
        return found

    def counts(
        self, unit: str, seed: int, block: int, sources: tuple[str, ...]
    ) -> Iterator[tuple[int, NDArray]]:
        """How often the members of a unit are drawn in a block: first member, counts (members, BLOCK).

        What is not among `sources` is left out.
        """
        streams = {source: stream(seed, source, unit, block) for source in sources}
        for source, start, strata, size in self.runs.get(unit, []):
            if source in streams and size > 1:
                drawn = draw_counts(streams[source], size, strata, BLOCK)
                yield start, drawn.reshape(strata * size, BLOCK)

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
    sites, respondents = sites_of(evaluation), respondents_of(evaluation)
    found, notes = [], []
    for source, table in (("sites", sites.table), ("respondents", respondents.table)):
        merged, listed = collapsed(table, source)
        found.append(merged.assign(source=source))
        notes.append(listed)
    members = pd.concat(found, ignore_index=True)
    by = ["unit", "source", "n", "place", "stratum", "name"]
    order = members.sort_values(by, kind="stable").index.to_numpy()
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    of_row = np.full(len(evaluation.round.observations), -1, dtype=np.int64)
    for start, part in ((0, sites), (len(sites.table), respondents)):
        mine = part.of_row >= 0
        of_row[mine] = place[part.of_row[mine] + start]
    members = members.loc[order].reset_index(drop=True)
    return Sample(members, of_row, pd.concat(notes, ignore_index=True)[LISTED])
