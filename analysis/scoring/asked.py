"""What the rules of a block ask, as small arrays per leaf, item, answer and flag; made once per block."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.framework.model import AnswerScale, CountedEvidence, Deduction, Graded, Node, StartAdjust
from analysis.scoring.arrays import Floats, Ints
from analysis.scoring.block import Block

MEAN_RULES = ("pass_share", "graded", "answer_scale", "given_score")
VALUE_RULES = ("threshold", "target")
POINT_RULES = ("deduction", "start_adjust")

Flags = NDArray[np.bool_]


class Asked:
    """Tables to look rows up in by leaf (first axis) and by the codes of a label column (last axis).

    The last entry of an axis of codes is for rows without a label (-1).
    """

    def __init__(self, block: Block, periods_due: tuple[str, ...] | None = None) -> None:
        self.block, self.leaves, self.periods_due = block, block.leaves, periods_due
        self.rule = np.array([node.rule.name if node.rule else "" for node in self.leaves])
        self.is_mean = np.isin(self.rule, MEAN_RULES)
        self.is_value = np.isin(self.rule, VALUE_RULES)
        self.is_points = np.isin(self.rule, POINT_RULES)
        self.is_evidence = self.rule == "counted_evidence"
        self.width = max((len(node.items) for node in self.leaves), default=0) + 1
        self._numbers: dict[tuple[str, float], Floats] = {}
        self._items: dict[tuple[str, float], Floats] = {}

    def number(self, name: str, default: float = 0.0) -> Floats:
        """One parameter of the rules, shape (leaves,); `default` where a rule lacks it."""
        if (name, default) not in self._numbers:
            values = [getattr(node.rule, name, None) for node in self.leaves]
            known = [default if value is None else value for value in values]
            self._numbers[name, default] = np.array(known, dtype=np.float64)
        return self._numbers[name, default]

    def item(self, name: str, default: float) -> Floats:
        """One number of every item, shape (leaves, items + 1)."""
        if (name, default) not in self._items:
            table = np.full((len(self.leaves), self.width), default)
            for i, node in enumerate(self.leaves):
                values = [getattr(item, name) for item in node.items]
                table[i, : len(values)] = [default if value is None else value for value in values]
            self._items[name, default] = table
        return self._items[name, default]

    def labels(self, name: str) -> list[str]:
        """Labels of a column of the observations; none where the column is absent."""
        frame = self.block.observations
        return [str(value) for value in frame[name].cat.categories] if name in frame.columns else []

    @cached_property
    def position(self) -> NDArray[np.int16]:
        """Position of an item among those of its leaf, shape (leaves, labels + 1), -1: not one of them."""
        column = {name: i for i, name in enumerate(self.labels("item"))}
        table = np.full((len(self.leaves), len(column) + 1), -1, dtype=np.int16)
        for i, node in enumerate(self.leaves):
            for position, item in enumerate(node.items):
                if item.id in column:
                    table[i, column[item.id]] = position
        return table

    @cached_property
    def unlisted(self) -> Flags:
        """Whether an item that its leaf does not list is a fault, shape (leaves, labels + 1)."""
        listed = np.array([bool(node.items) for node in self.leaves])
        named = np.array([*(bool(name) for name in self.labels("item")), False])
        return listed[:, None] & named & (self.position < 0)

    @cached_property
    def answer_points(self) -> Floats:
        """Points of an answer or grade, shape (leaves, labels + 1); NaN: unknown, or unclear and outside."""
        answers = self.labels("answer")
        table = np.full((len(self.leaves), len(answers) + 1), np.nan)
        for i, node in enumerate(self.leaves):
            scale = _scale(node)
            table[i, :-1] = [scale.get(answer, np.nan) for answer in answers]
        return table

    @cached_property
    def multiplier(self) -> Floats:
        """Product of the multipliers of a combination of flags, shape (leaves, labels + 1)."""
        tokens = [flags.split("|") for flags in self.labels("flags")]
        table = np.ones((len(self.leaves), len(tokens) + 1))
        for i, node in enumerate(self.leaves):
            if isinstance(node.rule, Deduction | StartAdjust):
                known = node.rule.multipliers
                table[i, :-1] = [np.prod([known.get(token, 1.0) for token in row]) for row in tokens]
        return table

    def flagged(self, token: str) -> Flags:
        """Which combinations of flags hold a token, shape (labels + 1,)."""
        return np.array([*(token in flags.split("|") for flags in self.labels("flags")), False])

    @cached_property
    def nameless(self) -> Flags:
        """Which organisers are none, shape (labels + 1,)."""
        return np.array([*(not name for name in self.labels("organiser")), True])

    @cached_property
    def missing_is_zero(self) -> Flags:
        """Leaves where a missing value counts zero."""
        return np.array([self.block.framework.missing_of(node) == "zero" for node in self.leaves])

    @cached_property
    def excused_by(self) -> list[tuple[str, Flags]]:
        """Titles that pass a leaf or items of it, each with what it passes, shape (leaves, items + 1)."""
        found: dict[str, Flags] = {}
        for i, node in enumerate(self.leaves):
            for title in {node.auto_pass, *(item.auto_pass for item in node.items)} - {""}:
                passes = found.setdefault(title, np.zeros((len(self.leaves), self.width), dtype=bool))
                passes[i, : len(node.items)] = [item.auto_pass == title for item in node.items]
                passes[i] |= node.auto_pass == title
        return list(found.items())

    def _due(self, node: Node) -> list[str]:
        """Periods of the evidence of a leaf that are due."""
        periods = node.rule.periods if isinstance(node.rule, CountedEvidence) else ()
        return [name for name in periods if self.periods_due is None or name in self.periods_due]

    @cached_property
    def due(self) -> Ints:
        """How many periods are due, shape (leaves,)."""
        return np.array([len(self._due(node)) for node in self.leaves], dtype=np.int64)

    @cached_property
    def slots(self) -> Ints:
        """How many slots (item x due period) each leaf has."""
        return self.due * np.array([max(len(node.items), 1) for node in self.leaves], dtype=np.int64)

    @cached_property
    def due_position(self) -> Ints:
        """Position of a period among those due, shape (leaves, labels + 1), -1: not due."""
        column = {name: i for i, name in enumerate(self.labels("period"))}
        table = np.full((len(self.leaves), len(column) + 1), -1, dtype=np.int64)
        for i, node in enumerate(self.leaves):
            for k, name in enumerate(self._due(node)):
                if name in column:
                    table[i, column[name]] = k
        return table


def _scale(node: Node) -> dict[str, float]:
    rule = node.rule
    if isinstance(rule, AnswerScale):
        unclear = 0.0 if rule.unclear_in_base else np.nan
        return {**rule.scale, **dict.fromkeys(rule.unclear, unclear)}
    return rule.grades if isinstance(rule, Graded) else {}
