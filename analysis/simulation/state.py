"""What steps change: a round and the rules it is evaluated under."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from analysis.errors import Problem
from analysis.framework.model import Node, Part, Rulebook
from analysis.intake.round import Round
from analysis.scoring import Evaluation
from analysis.scoring.block import Block
from analysis.simulation.refusals import unknown


class State(NamedTuple):
    """A round and its rules."""

    round: Round
    rulebook: Rulebook


Change = Callable[[State], State]


class Resolved(NamedTuple):
    """A step held against the baseline: the change, how many rows it touches, what is wrong with it.

    `n_beyond`: losses that the filter also matches but that no fix can bring back.
    """

    change: Change | None
    problems: list[Problem]
    n_rows: int = 0
    n_beyond: int = 0


def unknown_units(evaluation: Evaluation, units: Iterable[str]) -> list[Problem]:
    """A problem for every unit that was not evaluated."""
    known = [str(name) for name in evaluation.scores["unit"]]
    return [unknown("被测评单位", "unit", unit, known, "unit") for unit in units if unit not in known]


def part_of(rulebook: Rulebook, component: str) -> tuple[Part | None, list[Problem]]:
    """The part of a composition with that id, or the problem."""
    parts = {part.id: part for part in rulebook.composition.parts}
    problems = [] if component in parts else [unknown("组成部分", "component", component, parts, "component")]
    return parts.get(component), problems


def blocks_of(evaluation: Evaluation, component: str, unit: str) -> list[Block]:
    """The blocks (one, or none) in which a unit's component is scored."""
    found = (scored.block for scored in evaluation.scored.blocks if scored.block.part.id == component)
    return [block for block in found if unit in set(block.entities["unit"])]


def nodes_below(block: Block, node: Node) -> set[str]:
    """Ids of a node and of everything below it."""
    above = {one.id: {step.id for step in block.framework.above(one)} for one in block.framework.nodes}
    return {name for name, path in above.items() if node.id in path}
