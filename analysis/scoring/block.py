"""Blocks: the entities of one component under one framework, with the rows that belong to them.

An entity is a unit, or a place of a unit where a component is evaluated per sub-unit (villages).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import DataError, Problem
from analysis.framework.model import Framework, Node, Part, Rulebook
from analysis.intake.round import Round
from analysis.scoring.arrays import Ints, codes_in, factorize, floats


@dataclass(frozen=True)
class Block:
    """`entities`: unit, place, group; `rows`: positions in the observations, with entity and leaf codes.

    `given` holds the rows that score an inner node: position, entity, node id.
    """

    part: Part
    framework: Framework
    entities: pd.DataFrame
    observations: pd.DataFrame
    rows: Ints
    entity: NDArray[np.signedinteger]
    leaf: NDArray[np.int32]
    given: pd.DataFrame
    held: NDArray[np.bool_]
    titles: tuple[str, ...]

    @property
    def leaves(self) -> tuple[Node, ...]:
        return self.framework.leaves

    @property
    def n_entities(self) -> int:
        return len(self.entities)

    @property
    def n_cells(self) -> int:
        """Entity x leaf, entity-major: cell = entity * n_leaves + leaf."""
        return self.n_entities * len(self.leaves)

    @cached_property
    def cell(self) -> Ints:
        """Cell of every row, shape (rows,)."""
        cell = self.entity * np.int64(len(self.leaves))
        cell += self.leaf
        return cell

    def piece(self, at: slice) -> Block:
        """The block with some of its rows only; its entities stay."""
        return replace(self, rows=self.rows[at], entity=self.entity[at], leaf=self.leaf[at])

    @cached_property
    def _span(self) -> slice | Ints:
        """The rows as a slice where they follow one another, so that taking them copies nothing."""
        rows = self.rows
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
            return slice(int(rows[0]), int(rows[-1]) + 1)
        return rows

    def take(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of all observations to those of the block's rows."""
        return values[self._span]

    def codes(self, name: str) -> NDArray[np.signedinteger]:
        """Category codes of a label column of the rows; -1 where the column is absent."""
        if name not in self.observations.columns:
            return np.full(len(self.rows), -1, dtype=np.int8)
        return self.take(self.observations[name].array.codes)

    def numbers(self, name: str, default: float) -> NDArray[np.float64]:
        """A number column of the rows, gaps filled with `default`."""
        if name not in self.observations.columns:
            return np.full(len(self.rows), default)
        values = self.take(floats(self.observations[name]))
        return np.where(np.isnan(values), default, values)

    def titles_of(self, title: str) -> NDArray[np.bool_]:
        """Which entities' units hold a title (an attribute of the unit), shape (n_entities,)."""
        if title not in self.titles:
            return np.zeros(self.n_entities, dtype=bool)
        return self.held[:, self.titles.index(title)]

    def only(self, chosen: NDArray[np.bool_]) -> Block:
        """The block of some of its entities, with their rows."""
        code = np.cumsum(chosen) - 1
        mine = chosen[self.entity]
        given = self.given[chosen[self.given["entity"].to_numpy()]]
        return replace(
            self,
            entities=self.entities[chosen].reset_index(drop=True),
            rows=self.rows[mine],
            entity=code[self.entity[mine]],
            leaf=self.leaf[mine],
            given=given.assign(entity=code[given["entity"].to_numpy()]),
            held=self.held[chosen],
        )


def blocks(round_: Round, rulebook: Rulebook) -> list[Block]:
    """One block per component and framework in use.

    Raises `DataError` naming every row whose component, unit or node the rulebook does not know.
    """
    found, known = [], np.zeros(len(round_.observations), dtype=bool)
    for part in rulebook.composition.parts:
        groups = round_.units["group"].astype(str)
        chosen = groups.map(lambda group, part=part: rulebook.framework(part, group).id)
        for framework_id in chosen.unique():
            units = round_.units[(chosen == framework_id).to_numpy()]
            block = _block(round_, part, rulebook.frameworks[framework_id], units)
            known[block.rows] = True
            known[block.given["position"].to_numpy()] = True
            found.append(block)
    _refuse_unknown(round_.observations, known)
    return found


def _block(round_: Round, part: Part, framework: Framework, units: pd.DataFrame) -> Block:
    observations = round_.observations
    inside = codes_in(observations["component"], [part.id]) == 0
    unit = codes_in(observations["unit"], [str(name) for name in units["unit"]])
    leaf = codes_in(observations["leaf"], [node.id for node in framework.leaves])
    rows = np.flatnonzero(inside & (unit >= 0) & (leaf >= 0))
    inner = [node.id for node in framework.nodes if node.rule is None]
    inner_code = codes_in(observations["leaf"], inner) if (leaf < 0).any() else np.full(len(leaf), -1)
    if framework.root.rule is None and (leaf < 0).any():
        inner_code = np.where(
            codes_in(observations["leaf"], [part.id]) == 0, inner.index(framework.root.id), inner_code
        )
    scored = np.flatnonzero(inside & (unit >= 0) & (inner_code >= 0) & (leaf < 0))
    entities, code = _entities(observations, part, units, unit, np.concatenate([rows, scored]))
    attributes = round_.table("attributes")
    titles = tuple(str(name) for name in attributes["attribute"].astype(str).unique())
    holders = set(zip(attributes["unit"].astype(str), attributes["attribute"].astype(str), strict=True))
    held = np.array([[(unit, title) in holders for title in titles] for unit in entities["unit"]], dtype=bool)
    given = pd.DataFrame(
        {
            "position": scored,
            "entity": code[len(rows) :],
            "node": [inner[i] for i in inner_code[scored]],
        }
    )
    return Block(
        part=part,
        framework=framework,
        entities=entities,
        observations=observations,
        rows=rows,
        entity=code[: len(rows)],
        leaf=leaf[rows],
        given=given,
        held=held.reshape(len(entities), len(titles)),
        titles=titles,
    )


def _entities(
    observations: pd.DataFrame, part: Part, units: pd.DataFrame, unit_of_all: NDArray[np.int32], rows: Ints
) -> tuple[pd.DataFrame, NDArray[np.signedinteger]]:
    """The entities of a block and the entity of each row."""
    names = [str(name) for name in units["unit"]]
    groups = dict(zip(names, units["group"].astype(str), strict=True))
    unit = unit_of_all[rows]
    if not part.sub_units:
        frame = pd.DataFrame({"unit": names, "place": "", "group": [groups[name] for name in names]})
        return frame, unit
    places = observations["place"].cat.categories
    place = observations["place"].array.codes[rows].astype(np.int64)
    code, keys = factorize(unit * np.int64(len(places)) + place)
    order = np.argsort(keys, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    keys = keys[order]
    unit_of = [names[i] for i in keys // max(len(places), 1)]
    frame = pd.DataFrame(
        {
            "unit": unit_of,
            "place": [str(places[i]) for i in keys % max(len(places), 1)],
            "group": [groups[name] for name in unit_of],
        }
    )
    return frame, rank[code] if len(keys) else code


def _refuse_unknown(observations: pd.DataFrame, known: NDArray[np.bool_]) -> None:
    if known.all():
        return
    problems = [
        Problem(
            code="unknown_row",
            file=str(row.source_file),
            sheet=str(row.source_sheet),
            row=int(row.source_row),
            zh=f"单位“{row.unit}”、组成部分“{row.component}”、指标“{row.leaf}”不在所用的测评体系中。",
            en=f"unit {row.unit!r}, component {row.component!r}, node {row.leaf!r}: not in the rules in use.",
            fix_zh="请核对单位名册与指标编号。",
            fix_en="Check the list of units and the indicator codes.",
            value=str(row.leaf),
        )
        for row in observations[~known].itertuples()
    ]
    raise DataError(problems)
