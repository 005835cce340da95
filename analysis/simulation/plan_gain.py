"""The gain of a set of fixes as linear terms and pieces: caps, thresholds and targets are piecewise linear.

A piece takes a weighted sum `s` of fixes (or of other pieces) and yields nothing below `need`, then
`offset + slope * s`, at most `room`. Gains of leaves without cap or threshold are plain sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analysis.framework.model import CountedEvidence, Deduction, StartAdjust, Target, Threshold
from analysis.scoring import Evaluation
from analysis.scoring.asked import MEAN_RULES, POINT_RULES
from analysis.scoring.attribution import case_factors
from analysis.scoring.composite import Composite
from analysis.scoring.leaves import case_sums, items_capped
from analysis.scoring.parts import ScoredBlock
from analysis.scoring.rules import SNAP

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Terms = dict[int, float]
Term = tuple[str, int, float]


@dataclass(frozen=True)
class Piece:
    """One non-linear step: inputs are fixes (`things`) and earlier pieces (`pieces`), by position."""

    things: Terms
    pieces: Terms
    need: float
    offset: float
    slope: float
    room: float


@dataclass(frozen=True)
class Gain:
    """Points of the composite that fixes bring back: `points` of each thing, `worth` of each piece's yield.

    A piece comes after the pieces it takes. `rival_points` (rivals, things), `rival_worth` (rivals, pieces):
    what the same fixes add to rivals whose missing data take the mean of the group.
    """

    points: Floats
    pieces: tuple[Piece, ...]
    worth: Floats
    rival_points: Floats
    rival_worth: Floats

    def of(self, chosen: NDArray[np.bool_]) -> Floats:
        """Gain in points of sets of things (..., things), exactly as the rules have it."""
        return np.asarray(chosen @ self.points + self._yields(chosen) @ self.worth)

    def lifts(self, chosen: NDArray[np.bool_]) -> Floats:
        """Points that sets of things (..., things) add to every rival, shape (..., rivals)."""
        return np.asarray(chosen @ self.rival_points.T + self._yields(chosen) @ self.rival_worth.T)

    def _yields(self, chosen: NDArray[np.bool_]) -> Floats:
        """What every piece yields, shape (..., pieces)."""
        x = np.asarray(chosen, dtype=np.float64)
        yields = np.zeros((*x.shape[:-1], len(self.pieces)))
        for i, piece in enumerate(self.pieces):
            s = _weighted(x, piece.things) + _weighted(yields, piece.pieces)
            reached = s >= piece.need - SNAP
            yields[..., i] = np.where(reached, np.clip(piece.offset + piece.slope * s, 0.0, piece.room), 0.0)
        return yields


def _weighted(values: Floats, terms: Terms) -> Floats:
    return values[..., list(terms)] @ np.array(list(terms.values()), dtype=np.float64)


def gain_of(
    evaluation: Evaluation, unit: str, thing_of: dict[int, int], n_things: int, rivals: Sequence[str] = ()
) -> Gain:
    """The gain of a unit's things; `thing_of` maps the row id of every finding to its thing."""
    pieces = _Pieces(n_things, 1 + len(rivals))
    for block in evaluation.scored.blocks:
        row_id = block.block.observations["row_id"].to_numpy()[block.block.rows]
        thing = np.array([thing_of.get(row, -1) for row in row_id.tolist()], dtype=np.int64)
        if (thing >= 0).any():
            worth = evaluation.scored.composite.worth(block)[:, block.tree.leaf_node]
            lifted = [
                carried(evaluation.scored.composite, block, worth, unit, one) for one in (unit, *rivals)
            ]
            lifted[0] = lifted[0] + worth
            _add_block(pieces, _Reliefs(block, thing), np.array(lifted))
    worths = np.array(pieces.worth).reshape(-1, 1 + len(rivals)).T
    return Gain(pieces.points[0], tuple(pieces.pieces), worths[0], pieces.points[1:], worths[1:])


def carried(composite: Composite, scored: ScoredBlock, worth: Floats, unit: str, other: str) -> Floats:
    """Points that a point of rate in each cell of a unit adds to a unit (another, or places of its own) whose
    missing cells or component take the mean of the group, shape (entities, leaves)."""
    entities, extra = scored.block.entities, np.zeros(worth.shape)
    observed = ~np.isnan(scored.observed.rate)
    for group in entities["group"].unique():
        mine = (entities["group"] == group).to_numpy()
        theirs = mine & (entities["unit"] == other).to_numpy()
        taken = (worth[theirs] * scored.filled.imputed[theirs]).sum(axis=0)
        n = observed[mine].sum(axis=0)
        extra[mine] = np.divide(taken, n, out=np.zeros(len(n)), where=n > 0)
    if other == unit:
        return extra
    names, groups = (composite.units[name].astype(str).to_numpy() for name in ("unit", "group"))
    first, second = (int(np.flatnonzero(names == name)[0]) for name in (unit, other))
    part = composite.tree.ids.index(scored.block.part.id)
    if composite.filled.imputed[second, part - 1] and groups[first] == groups[second]:
        n_held = int((~composite.filled.imputed[groups == groups[first], part - 1]).sum())
        share = composite.rolled.weight[second, part] / composite.rolled.weight[first, part] / n_held
        extra = extra + worth * share
    return extra


class _Pieces:
    """The pieces so far, and what things and pieces are worth in points of the unit and of its rivals."""

    def __init__(self, n_things: int, n_units: int) -> None:
        self.points = np.zeros((n_units, n_things))
        self.pieces: list[Piece] = []
        self.worth: list[Floats] = []

    def add(self, terms: list[Term], need: float, offset: float, slope: float, room: float) -> list[Term]:
        """A new piece over some terms, as a term."""
        inputs: dict[str, Terms] = {"thing": defaultdict(float), "piece": defaultdict(float)}
        for kind, i, value in terms:
            inputs[kind][i] += value
        things, pieces = dict(inputs["thing"]), dict(inputs["piece"])
        self.pieces.append(Piece(things, pieces, max(need, 0.0), offset, slope, room))
        self.worth.append(np.zeros(len(self.points)))
        return [("piece", len(self.pieces) - 1, 1.0)]

    def capped(self, terms: list[Term], excess: float, room: float) -> list[Term]:
        """The terms themselves where nothing caps them, else the piece that does."""
        total = sum(value for _, _, value in terms)
        if excess <= SNAP and total <= room + SNAP:
            return terms
        return self.add(terms, excess, -excess, 1.0, min(room, total))

    def pay(self, terms: list[Term], worth: Floats) -> None:
        """Let terms count in the composites, `worth` (units,) points each."""
        for kind, i, value in terms:
            if kind == "thing":
                self.points[:, i] += value * worth
            else:
                self.worth[i] = self.worth[i] + value * worth


class _Reliefs:
    """A block with the thing of each row (-1: none) and what fixing the row takes off its case's loss."""

    def __init__(self, scored: ScoredBlock, thing: Ints) -> None:
        self.scored, self.thing = scored, thing
        self.block, self.rows, self.cases = scored.block, scored.rows, scored.cases
        self.sums = case_sums(scored.rows, scored.cases)
        self.factor = case_factors(scored.cases)
        self.relief = _relief(scored)
        self.item_sums = cache(lambda leaf: items_capped(self.block, self.rows, self.cases, leaf))

    def terms(self, rows: Ints) -> list[Term]:
        return [("thing", int(self.thing[row]), float(self.relief[row])) for row in rows]

    def mean(self, cell: int) -> float:
        """Mean of a cell before its threshold or target."""
        mine = np.flatnonzero(self.cases.cell == cell)
        base = self.sums.base[mine]
        values = np.divide(self.sums.earned[mine], base, out=np.zeros(len(mine)), where=base > 0)
        return float(values @ self.factor[mine])


def _add_block(pieces: _Pieces, reliefs: _Reliefs, worth: Floats) -> None:
    inner, row_case = reliefs.block, reliefs.cases.row_case
    hit = np.flatnonzero((reliefs.thing >= 0) & (row_case >= 0) & (reliefs.relief > 0))
    for cell in np.unique(inner.cell[hit]).tolist():
        at = hit[inner.cell[hit] == cell]
        entity, leaf = divmod(cell, len(inner.leaves))
        terms: list[Term] = []
        for case in np.unique(row_case[at]).tolist():
            factor = float(reliefs.factor[case])
            found = _case_terms(pieces, reliefs, leaf, case, at[row_case[at] == case])
            terms += [(kind, i, value * factor) for kind, i, value in found if factor > 0]
        rule = inner.leaves[leaf].rule
        if terms and isinstance(rule, Threshold | Target):
            terms = _limited(pieces, rule, terms, reliefs.mean(cell))
        pieces.pay(terms, worth[:, entity, leaf])


def _case_terms(pieces: _Pieces, reliefs: _Reliefs, leaf: int, case: int, mine: Ints) -> list[Term]:
    """Gain of one case (a share of it): its rows, or the piece that caps them."""
    rule = reliefs.block.leaves[leaf].rule
    terms = reliefs.terms(mine)
    if isinstance(rule, Deduction | StartAdjust):
        if isinstance(rule, Deduction) and rule.cap_scope == "item":
            terms = _by_item(pieces, reliefs, leaf, case, mine)
        most, deducted, lowest, room = _points_of(reliefs, rule, leaf, case)
        terms = pieces.capped(terms, max(deducted - lowest, 0.0), room)
        return [(kind, i, value / most) for kind, i, value in terms]
    if isinstance(rule, CountedEvidence):
        return pieces.capped(terms, 0.0, max(1.0 - float(reliefs.sums.earned[case]) / rule.count, 0.0))
    return [(kind, i, value / float(reliefs.sums.base[case])) for kind, i, value in terms]


def _by_item(pieces: _Pieces, reliefs: _Reliefs, leaf: int, case: int, mine: Ints) -> list[Term]:
    """Terms of a case whose items have caps of their own."""
    caps = [item.max_points or 0.0 for item in reliefs.block.leaves[leaf].items]
    everything = np.flatnonzero(reliefs.cases.row_case == case)
    item_of, deducted = reliefs.rows.item, reliefs.rows.reading.earned
    terms: list[Term] = []
    for item in np.unique(item_of[mine]).tolist():
        total = float(deducted[everything[item_of[everything] == item]].sum())
        over = max(total - caps[item], 0.0) if item >= 0 else 0.0
        terms += pieces.capped(reliefs.terms(mine[item_of[mine] == item]), over, np.inf)
    return terms


def _limited(pieces: _Pieces, rule: Threshold | Target, terms: list[Term], mean: float) -> list[Term]:
    """The piece of a leaf with a threshold or target over its mean."""
    if isinstance(rule, Threshold):
        need = (rule.at_least or 0.0) - mean + (2 * SNAP if rule.strict else 0.0)
        rise = 1.0 - rule.otherwise
        return pieces.add(terms, need, rise, 0.0, rise)
    if mean < rule.floor - SNAP:
        return pieces.add(terms, rule.floor - mean, mean / rule.target, 1 / rule.target, 1.0)
    return pieces.add(terms, 0.0, 0.0, 1 / rule.target, max(1.0 - mean / rule.target, 0.0))


def _relief(scored: ScoredBlock) -> Floats:
    """What fixing each row adds to what its case earned (or takes off what was deducted)."""
    reading, inner = scored.rows.reading, scored.block
    names = np.array([node.rule.name if node.rule else "" for node in inner.leaves])[inner.leaf]
    as_lost = np.isin(names, (*MEAN_RULES, *POINT_RULES, "counted_evidence"))
    return np.where(as_lost, np.maximum(reading.loss, 0.0), reading.base - reading.earned)


def _points_of(
    reliefs: _Reliefs, rule: Deduction | StartAdjust, leaf: int, case: int
) -> tuple[float, float, float, float]:
    """Of a case with deductions: full marks, total deducted, where the floor stops it, what can come back."""
    deducted = float(reliefs.sums.earned[case])
    if isinstance(rule, StartAdjust):
        left = float(np.clip(rule.start - deducted, rule.floor, rule.max_points))
        room = np.inf if rule.surplus == "bonus" else rule.max_points - left
        return rule.max_points, deducted, rule.start - rule.floor, room
    most = rule.max_points or 0.0
    if rule.cap_scope == "item":
        capped, full = reliefs.item_sums(leaf)
        deducted, most = float(capped[case]), float(full[case])
    return most, deducted, most - rule.floor, float(np.clip(deducted, 0.0, most - rule.floor))
