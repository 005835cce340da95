"""Observation rows to numbers: what each row earned, its base and its raw loss, by the rule of its leaf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.framework.model import AnswerScale, CountedEvidence, Deduction, Graded, Node, StartAdjust
from analysis.scoring.arrays import Floats, Ints, group_count
from analysis.scoring.block import Block
from analysis.tables import MISSING, NOT_APPLICABLE, OBSERVED

MEAN_RULES = ("pass_share", "graded", "answer_scale", "given_score")
VALUE_RULES = ("threshold", "target")
POINT_RULES = ("deduction", "start_adjust")


class Reading(NamedTuple):
    """What some rows say, shape (rows,): `earned` is what the rule sums (earned weight, deducted points,
    value, valid activities), `base` the weight in a mean, `loss` the raw loss in the rule's own unit
    (negative for plus points)."""

    earned: Floats
    base: Floats
    loss: Floats


@dataclass(frozen=True)
class Rows:
    """All rows of a block as numbers; a row that is not `used` has base, earned and loss 0.

    `item` is the position among the leaf's items (-1: none). Per cell (entity x leaf): rows used (`n`),
    missing and not applicable, and whether the value `rose` every year. Counted evidence: `slot` (item x
    due period) of a row among the `slots` of its leaf. `wrong`: rows whose value, answer or item the leaf's
    rule does not know.
    """

    reading: Reading
    item: NDArray[np.int16]
    used: NDArray[np.bool_]
    n: Ints
    n_missing: Ints
    n_na: Ints
    rose: NDArray[np.bool_]
    slot: Ints
    slots: Ints
    wrong: Ints


class Context:
    """A block's rows with what several rules need: items, weights, status."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.status: NDArray[np.int64] = block.take(block.observations["status"].to_numpy())
        self.rule = np.array([node.rule.name if node.rule else "" for node in block.leaves])
        self.item = _item_positions(block)

    @cached_property
    def weight(self) -> Floats:
        """Weight of a row in its leaf's mean: points of the item x count x design weight."""
        weight = _item_table(self.block, "points", 1.0)[self.block.leaf, self.item]
        for name in ("count", "design_weight"):
            if name in self.block.observations.columns:
                weight = weight * self.block.numbers(name, 1.0)
        return weight

    def value(self, at: Ints) -> Floats:
        """The value of some rows, NaN where there is none."""
        block = self.block
        return block.take(block.observations["value"].to_numpy(dtype=np.float64, na_value=np.nan))[at]


def read_rows(block: Block, periods_due: tuple[str, ...] | None = None) -> Rows:
    """What every row of a block says under the rule of its leaf; evidence of other periods is not used."""
    context = Context(block)
    reading = Reading(*(np.zeros(len(block.rows)) for _ in range(3)))
    used = context.status == OBSERVED
    rose = np.zeros(block.n_cells, dtype=bool)
    for name in np.unique(context.rule):
        at = np.flatnonzero((context.rule == name)[block.leaf])
        if name in VALUE_RULES:
            used[at], rising = _latest_years(block, at, used[at])
            rose |= rising
        for column, values in zip(reading, _READERS[str(name)](context, at), strict=True):
            column[at] = values
    slot, slots = _evidence_slots(context, periods_due)
    if slots.any():
        used &= (slot >= 0) | (context.rule != "counted_evidence")[block.leaf]
    excused = _excused(context) & (context.status != NOT_APPLICABLE)
    _fill_missing(context, reading, used, excused)
    reading.loss[excused] = 0.0
    used &= (reading.base > 0) | np.isin(context.rule, POINT_RULES)[block.leaf]
    if not used.all():
        for column in reading:
            column[~used] = 0.0
    return Rows(
        reading,
        context.item,
        used,
        _per_cell(block, used),
        _per_cell(block, (context.status == MISSING) & ~excused),
        _per_cell(block, context.status == NOT_APPLICABLE),
        rose,
        slot,
        slots,
        _wrong(context, reading, used),
    )


def _per_cell(block: Block, mask: NDArray[np.bool_]) -> Ints:
    """How many rows of a mask each cell has."""
    if not mask.any():
        return np.zeros(block.n_cells, dtype=np.int64)
    return group_count(block.cell if mask.all() else block.cell[mask], block.n_cells)


def _wrong(context: Context, reading: Reading, used: NDArray[np.bool_]) -> Ints:
    """Rows of a mean outside 0..1, without points for their answer, or with an item that is not listed."""
    block, earned = context.block, reading.earned
    odd = np.flatnonzero(~((earned >= -1e-9) & (earned <= reading.base + 1e-9)))
    means = np.isin(context.rule, MEAN_RULES)[block.leaf[odd]]
    odd = odd[means | np.isnan(earned[odd])]
    bare = np.flatnonzero(context.item < 0)
    listed = np.array([bool(node.items) for node in block.leaves])
    named = np.array([*(bool(name) for name in _categories(block, "item")), False])
    bare = bare[listed[block.leaf[bare]] & named[block.codes("item")[bare]]]
    wrong = np.union1d(odd, bare)
    return wrong[used[wrong]]


def _mean(earned_share: Floats, weight: Floats) -> Reading:
    earned = earned_share * weight
    return Reading(earned, weight, weight - earned)


def _pass_share(context: Context, at: Ints) -> Reading:
    return _mean(context.value(at), context.weight[at])


def _given_score(context: Context, at: Ints) -> Reading:
    most = _rule_numbers(context.block, "max_points")[context.block.leaf[at]]
    return _mean(context.value(at) / most, context.weight[at])


def _graded(context: Context, at: Ints) -> Reading:
    return _mean(_answer_points(context, at, Graded), context.weight[at])


def _answer_scale(context: Context, at: Ints) -> Reading:
    points = _answer_points(context, at, AnswerScale)
    return _mean(np.nan_to_num(points), np.where(np.isnan(points), 0.0, context.weight[at]))


def _answer_points(context: Context, at: Ints, rule: type[Graded | AnswerScale]) -> Floats:
    """Points of each row's answer; NaN for an unclear answer that leaves the base."""
    block = context.block
    answers = block.observations["answer"].cat.categories
    scales = [_scale(node) if isinstance(node.rule, rule) else {} for node in block.leaves]
    table = np.array([[scale.get(answer, np.nan) for answer in answers] for scale in scales])
    return table.reshape(len(scales), len(answers))[block.leaf[at], block.codes("answer")[at]]


def _scale(node: Node) -> dict[str, float]:
    rule = node.rule
    if isinstance(rule, AnswerScale):
        unclear = 0.0 if rule.unclear_in_base else np.nan
        return {**rule.scale, **dict.fromkeys(rule.unclear, unclear)}
    return rule.grades if isinstance(rule, Graded) else {}


def _points_off(context: Context, at: Ints) -> Reading:
    """Deductions: the row's value, or points of the item x count; x multipliers x the unit's share."""
    block = context.block
    value = context.value(at)
    per_find = (
        _item_table(block, "points", 1.0)[block.leaf[at], context.item[at]] * block.numbers("count", 1.0)[at]
    )
    points = np.where(np.isnan(value), per_find, value)
    flag = block.codes("flags")[at]
    if (flag >= 0).any():
        points = points * _multipliers(block)[block.leaf[at], flag]
        whole = _whole_item(block)[flag]
        most = _item_table(block, "max_points", np.nan)[block.leaf[at], context.item[at]]
        points = np.where(whole, np.fmax(points, most), points)
    points = points * block.numbers("share", 1.0)[at]
    return Reading(points, np.zeros(len(at)), points)


def _counted_evidence(context: Context, at: Ints) -> Reading:
    """Valid activities; an activity that breaks a condition counts `partial`."""
    block = context.block
    leaf = block.leaf[at]

    def asked(name: str) -> Floats:
        return _rule_numbers(block, name)[leaf]

    flags = [str(flag).split("|") for flag in _categories(block, "flags")] or [[""]]
    uncivil = np.array([*("uncivil" in tokens for tokens in flags), False])[block.codes("flags")[at]]
    nameless = np.array([*(not str(name) for name in _categories(block, "organiser")), True])
    keeps = (
        (block.numbers("pictures", 0.0)[at] >= asked("pictures"))
        & (block.numbers("participants", 0.0)[at] >= asked("participants"))
        & ~(nameless[block.codes("organiser")[at]] & (asked("organiser") > 0))
        & ~uncivil
    )
    valid = np.where(keeps, 1.0, asked("partial"))
    return Reading(valid, np.ones(len(at)), (1.0 - valid) / asked("count"))


def _value(context: Context, at: Ints) -> Reading:
    """Value x weight; raw loss is how far the row falls short of what its leaf asks for."""
    leaf = context.block.leaf[at]
    value, weight = context.value(at), context.weight[at]
    known = ~np.isnan(value)
    low = _rule_numbers(context.block, "at_least", -np.inf)[leaf]
    low = np.fmax(low, _rule_numbers(context.block, "target", -np.inf)[leaf])
    high = _rule_numbers(context.block, "at_most", np.inf)[leaf]
    short = np.maximum(np.maximum(low - value, value - high), 0.0)
    base = np.where(known, weight, 0.0)
    return Reading(np.nan_to_num(value) * base, base, np.nan_to_num(short) * base)


_READERS: dict[str, Callable[[Context, Ints], Reading]] = {
    "pass_share": _pass_share,
    "graded": _graded,
    "answer_scale": _answer_scale,
    "given_score": _given_score,
    "deduction": _points_off,
    "start_adjust": _points_off,
    "counted_evidence": _counted_evidence,
    "threshold": _value,
    "target": _value,
}


def _rule_numbers(block: Block, name: str, default: float = 0.0) -> Floats:
    """One parameter of the rules for every leaf, shape (leaves,); `default` where a rule lacks it."""
    values = [getattr(node.rule, name, None) for node in block.leaves]
    return np.array([default if value is None else value for value in values], dtype=np.float64)


def _item_positions(block: Block) -> NDArray[np.int16]:
    """Position of each row's item among its leaf's items, -1 for none."""
    categories = [str(name) for name in block.observations["item"].cat.categories]
    column = {name: i for i, name in enumerate(categories)}
    table = np.full((len(block.leaves), len(categories) + 1), -1, dtype=np.int16)
    for i, node in enumerate(block.leaves):
        for position, item in enumerate(node.items):
            if item.id in column:
                table[i, column[item.id]] = position
    return table[block.leaf, block.codes("item")]


def _item_table(block: Block, name: str, default: float) -> Floats:
    """One number of every item, shape (leaves, items + 1); the last column is for rows without an item."""
    width = max((len(node.items) for node in block.leaves), default=0)
    table = np.full((len(block.leaves), width + 1), default)
    for i, node in enumerate(block.leaves):
        for position, item in enumerate(node.items):
            value = getattr(item, name)
            table[i, position] = default if value is None else value
    return table


def _categories(block: Block, name: str) -> list[str]:
    frame = block.observations
    return [str(value) for value in frame[name].cat.categories] if name in frame.columns else []


def _multipliers(block: Block) -> Floats:
    """Product of the multipliers of each combination of flags, shape (leaves, combinations + 1)."""
    tokens = [flags.split("|") for flags in _categories(block, "flags")]
    table = np.ones((len(block.leaves), len(tokens) + 1))
    for i, node in enumerate(block.leaves):
        if isinstance(node.rule, Deduction | StartAdjust):
            known = node.rule.multipliers
            table[i, : len(tokens)] = [np.prod([known.get(token, 1.0) for token in row]) for row in tokens]
    return table


def _whole_item(block: Block) -> NDArray[np.bool_]:
    return np.array([*("whole_item" in flags.split("|") for flags in _categories(block, "flags")), False])


def _latest_years(
    block: Block, at: Ints, used: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows `at` hold the latest period of their cell, and in which cells the value rose every year."""
    period = block.codes("period")[at]
    periods = _categories(block, "period")
    rank = np.argsort(np.argsort([_period_key(name) for name in periods], kind="stable"), kind="stable")
    when = np.append(rank, -1)[period] if len(periods) else np.zeros(len(at), dtype=np.int64)
    cell = block.cell[at]
    last = np.full(block.n_cells, -1, dtype=np.int64)
    np.maximum.at(last, cell[used], when[used])
    latest = used & (when == last[cell])
    return latest, _rising(block, at, when, used)


def _period_key(name: str) -> str:
    return name.rjust(12, "0")


def _rising(block: Block, at: Ints, when: Ints, used: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells whose value rose in each of the last `rising_years` years (or-rising leaves only)."""
    rose = np.zeros(block.n_cells, dtype=bool)
    years = _rule_numbers(block, "rising_years").astype(np.int64)
    allowed = _rule_numbers(block, "or_rising") > 0
    values = block.observations["value"].to_numpy(dtype=np.float64, na_value=np.nan)[block.rows[at]]
    cell = block.cell[at]
    order = np.lexsort((when, cell))
    order = order[used[order] & allowed[block.leaf[at][order]]]
    for group in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
        if len(group):
            needed = years[block.leaf[at][group[0]]]
            steps = np.diff(values[group])[-needed:]
            rose[cell[group[0]]] = len(steps) == needed and bool((steps > 0).all())
    return rose


def _evidence_slots(context: Context, due: tuple[str, ...] | None) -> tuple[Ints, Ints]:
    """Slot of every row (-1: no evidence, or not due), and how many slots each leaf has."""
    block = context.block
    column = {name: i for i, name in enumerate(_categories(block, "period"))}
    position = np.full((len(block.leaves), len(column) + 1), -1, dtype=np.int64)
    slots, n_due = np.zeros(len(block.leaves), dtype=np.int64), np.zeros(len(block.leaves), dtype=np.int64)
    for i, node in enumerate(block.leaves):
        if isinstance(node.rule, CountedEvidence):
            wanted = [name for name in node.rule.periods if due is None or name in due]
            n_due[i], slots[i] = len(wanted), len(wanted) * max(len(node.items), 1)
            for k, name in enumerate(wanted):
                position[i, column.get(name, -1)] = k if name in column else -1
    if not slots.any():
        return np.broadcast_to(np.int64(-1), block.leaf.shape), slots
    at = position[block.leaf, block.codes("period")]
    return np.where(at >= 0, np.maximum(context.item, 0) * n_due[block.leaf] + at, -1), slots


def _fill_missing(
    context: Context, reading: Reading, used: NDArray[np.bool_], excused: NDArray[np.bool_]
) -> None:
    """Give rows their full base where a missing value counts zero or a title passes the item."""
    block = context.block
    if not excused.any() and not (context.status == MISSING).any():
        return
    zero = np.array([block.framework.missing_of(node) == "zero" for node in block.leaves])
    means = np.isin(context.rule, MEAN_RULES)[block.leaf]
    points = np.isin(context.rule, POINT_RULES)[block.leaf]
    counts_zero = (context.status == MISSING) & zero[block.leaf] & means & ~excused
    passed = excused & means
    reading.earned[counts_zero | (excused & points)] = 0.0
    for filled in (counts_zero, passed):
        reading.base[filled] = context.weight[filled]
    reading.loss[counts_zero] = reading.base[counts_zero]
    reading.earned[passed] = reading.base[passed]
    used |= counts_zero | passed


def _excused(context: Context) -> NDArray[np.bool_]:
    """Rows whose item, or leaf, the unit passes by a title it holds."""
    block = context.block
    excused = np.zeros(len(block.rows), dtype=bool)
    width = max((len(node.items) for node in block.leaves), default=0)
    titles = {item.auto_pass for node in block.leaves for item in node.items} | {
        n.auto_pass for n in block.leaves
    }
    for title in titles - {""}:
        leaf = np.array([node.auto_pass == title for node in block.leaves])
        item = np.zeros((len(block.leaves), width + 1), dtype=bool)
        for i, node in enumerate(block.leaves):
            item[i, : len(node.items)] = [entry.auto_pass == title for entry in node.items]
        passes = leaf[block.leaf] | item[block.leaf, context.item]
        excused |= passes & block.titles_of(title)[block.entity]
    return excused
