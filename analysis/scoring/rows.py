"""Observation rows to numbers: what each row earned, its base and its raw loss, by the rule of its leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.scoring.arrays import Floats, Ints, floats, pieces
from analysis.scoring.asked import Asked
from analysis.scoring.block import Block
from analysis.tables import MISSING, NOT_APPLICABLE, OBSERVED

Flags = NDArray[np.bool_]
At = Ints | slice
"""Some rows of a piece: their positions, or all of them."""


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


class Piece:
    """Some rows of a block, few enough to stay in the cache, with what several rules need of them."""

    def __init__(self, block: Block, asked: Asked) -> None:
        self.block, self.asked, self.leaf = block, asked, block.leaf
        self.status: NDArray[np.int64] = block.take(block.observations["status"].to_numpy())
        self.item = asked.position[self.leaf, block.codes("item")]

    @cached_property
    def weight(self) -> Floats:
        """Weight of a row in its leaf's mean: points of the item x count x design weight."""
        weight = self.asked.item("points", 1.0)[self.leaf, self.item]
        for name in ("count", "design_weight"):
            if name in self.block.observations.columns:
                weight = weight * self.block.numbers(name, 1.0)
        return weight

    @cached_property
    def value(self) -> Floats:
        """The value of every row, NaN where there is none."""
        return self.block.take(floats(self.block.observations["value"]))

    @cached_property
    def excused(self) -> Flags:
        """Rows, if applicable, whose item or leaf the unit passes by a title it holds."""
        excused = np.zeros(len(self.leaf), dtype=bool)
        for title, passes in self.asked.excused_by:
            excused |= passes[self.leaf, self.item] & self.block.titles_of(title)[self.block.entity]
        return excused & (self.status != NOT_APPLICABLE)

    @cached_property
    def slot(self) -> Ints:
        """Slot (item x due period) of every row of evidence, -1: no evidence, or not due."""
        at = self.asked.due_position[self.leaf, self.block.codes("period")]
        return np.where(at >= 0, np.maximum(self.item, 0) * self.asked.due[self.leaf] + at, -1)

    def by_rule(self) -> Iterator[tuple[str, At]]:
        """Every rule with its rows; all rows at once where they have one rule."""
        leaves = np.flatnonzero(np.bincount(self.leaf, minlength=len(self.asked.rule)))
        names = np.unique(self.asked.rule[leaves])
        for name in names:
            yield str(name), slice(None) if len(names) == 1 else self._of_rule(name)

    def _of_rule(self, name: str) -> Ints:
        return np.flatnonzero((self.asked.rule == name)[self.leaf])


def read_rows(block: Block, periods_due: tuple[str, ...] | None = None) -> Rows:
    """What every row of a block says under the rule of its leaf; evidence of other periods is not used."""
    asked, n = Asked(block, periods_due), len(block.rows)
    latest, rose = _latest_years(block, asked)
    reading = Reading(*(np.empty(n) for _ in Reading._fields))
    item, used = np.empty(n, dtype=np.int16), np.empty(n, dtype=bool)
    slot = np.empty(n, dtype=np.int64) if asked.slots.any() else np.broadcast_to(np.int64(-1), n)
    counts, wrong = np.zeros((3, block.n_cells), dtype=np.int64), [np.empty(0, dtype=np.int64)]
    for at in pieces(n):
        piece = Piece(block.piece(at), asked)
        if asked.slots.any():
            slot[at] = piece.slot
        used[at] = (piece.status == OBSERVED) & (True if latest is None else latest[at])
        used[at] &= (slot[at] >= 0) | ~asked.is_evidence[piece.leaf]
        says = Reading(*(column[at] for column in reading))
        _read(piece, says, used[at])
        item[at] = piece.item
        missing = (piece.status == MISSING) & ~piece.excused
        for count, rows in zip(counts, (used[at], missing, piece.status == NOT_APPLICABLE), strict=True):
            _count(count, piece.block.cell, rows)
        wrong.append(at.start + _wrong(piece, says, used[at]))
    n_used, n_missing, n_na = counts
    return Rows(reading, item, used, n_used, n_missing, n_na, rose, slot, asked.slots, np.concatenate(wrong))


def _read(piece: Piece, says: Reading, used: Flags) -> None:
    """Fill `says` with what the rows of a piece say, and take out of `used` what has no base."""
    for name, at in piece.by_rule():
        for column, values in zip(says, _READERS[name](piece, at), strict=True):
            column[at] = values
    _fill_missing(piece, says, used)
    says.loss[piece.excused] = 0.0
    used &= (says.base > 0) | piece.asked.is_points[piece.leaf]
    if not used.all():
        for column in says:
            column[~used] = 0.0


def _count(count: Ints, cell: Ints, mask: Flags) -> None:
    """Add to every cell's `count` how many rows of a mask it has; pieces hold few cells of all."""
    if mask.any():
        cell = cell if mask.all() else cell[mask]
        low = cell.min()
        found = np.bincount(cell - low)
        count[low : low + len(found)] += found


def _wrong(piece: Piece, says: Reading, used: Flags) -> Ints:
    """Rows of a mean outside 0..1, without points for their answer, or with an item that is not listed."""
    with np.errstate(invalid="ignore"):
        inside = (says.earned >= -1e-9) & (says.earned <= says.base + 1e-9)
    wrong = ~inside & (piece.asked.is_mean[piece.leaf] | np.isnan(says.earned))
    wrong |= piece.asked.unlisted[piece.leaf, piece.block.codes("item")]
    return np.flatnonzero(wrong & used)


def _mean(earned_share: Floats, weight: Floats) -> Reading:
    earned = earned_share * weight
    return Reading(earned, weight, weight - earned)


def _pass_share(piece: Piece, at: At) -> Reading:
    return _mean(piece.value[at], piece.weight[at])


def _given_score(piece: Piece, at: At) -> Reading:
    most = piece.asked.number("max_points")[piece.leaf[at]]
    return _mean(piece.value[at] / most, piece.weight[at])


def _graded(piece: Piece, at: At) -> Reading:
    return _mean(_answer_points(piece, at), piece.weight[at])


def _answer_scale(piece: Piece, at: At) -> Reading:
    points = _answer_points(piece, at)
    unclear = np.isnan(points)
    return _mean(np.where(unclear, 0.0, points), np.where(unclear, 0.0, piece.weight[at]))


def _answer_points(piece: Piece, at: At) -> Floats:
    """Points of each row's answer; NaN for an unclear answer that leaves the base."""
    return piece.asked.answer_points[piece.leaf[at], piece.block.codes("answer")[at]]


def _points_off(piece: Piece, at: At) -> Reading:
    """Deductions: the row's value, or points of the item x count; x multipliers x the unit's share."""
    block, asked, leaf, item = piece.block, piece.asked, piece.leaf[at], piece.item[at]
    value = piece.value[at]
    per_find = asked.item("points", 1.0)[leaf, item] * block.numbers("count", 1.0)[at]
    points = np.where(np.isnan(value), per_find, value)
    flag = block.codes("flags")[at]
    if (flag >= 0).any():
        points = points * asked.multiplier[leaf, flag]
        most = asked.item("max_points", np.nan)[leaf, item]
        points = np.where(asked.flagged("whole_item")[flag], np.fmax(points, most), points)
    points = points * block.numbers("share", 1.0)[at]
    return Reading(points, np.zeros(len(points)), points)


def _counted_evidence(piece: Piece, at: At) -> Reading:
    """Valid activities; an activity that breaks a condition counts `partial`."""
    block, asked, leaf = piece.block, piece.asked, piece.leaf[at]
    nameless = asked.nameless[block.codes("organiser")[at]]
    keeps = (
        (block.numbers("pictures", 0.0)[at] >= asked.number("pictures")[leaf])
        & (block.numbers("participants", 0.0)[at] >= asked.number("participants")[leaf])
        & ~(nameless & (asked.number("organiser")[leaf] > 0))
        & ~asked.flagged("uncivil")[block.codes("flags")[at]]
    )
    valid = np.where(keeps, 1.0, asked.number("partial")[leaf])
    return Reading(valid, np.ones(len(valid)), (1.0 - valid) / asked.number("count")[leaf])


def _value(piece: Piece, at: At) -> Reading:
    """Value x weight; raw loss is how far the row falls short of what its leaf asks for."""
    asked, leaf = piece.asked, piece.leaf[at]
    value, weight = piece.value[at], piece.weight[at]
    known = ~np.isnan(value)
    low = np.fmax(asked.number("at_least", -np.inf), asked.number("target", -np.inf))[leaf]
    high = asked.number("at_most", np.inf)[leaf]
    short = np.maximum(np.maximum(low - value, value - high), 0.0)
    base = np.where(known, weight, 0.0)
    return Reading(np.nan_to_num(value) * base, base, np.nan_to_num(short) * base)


_READERS: dict[str, Callable[[Piece, At], Reading]] = {
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


def _latest_years(block: Block, asked: Asked) -> tuple[Flags | None, Flags]:
    """Which rows count under the rules of values: all but those of earlier periods of their cell (None: all
    rows do); and in which cells the value rose every year."""
    rose = np.zeros(block.n_cells, dtype=bool)
    if not asked.is_value.any():
        return None, rose
    at = np.flatnonzero(asked.is_value[block.leaf])
    used = block.take(block.observations["status"].to_numpy())[at] == OBSERVED
    period = block.codes("period")[at]
    names = [name.rjust(12, "0") for name in asked.labels("period")]
    rank = np.argsort(np.argsort(names, kind="stable"), kind="stable")
    when = np.append(rank, -1)[period] if names else np.zeros(len(at), dtype=np.int64)
    cell = block.cell[at]
    last = np.full(block.n_cells, -1, dtype=np.int64)
    np.maximum.at(last, cell[used], when[used])
    latest = np.ones(len(block.rows), dtype=bool)
    latest[at] = when == last[cell]
    return latest, _rising(block, asked, at, when, used)


def _rising(block: Block, asked: Asked, at: Ints, when: Ints, used: Flags) -> Flags:
    """Cells whose value rose in each of the last `rising_years` years (or-rising leaves only)."""
    rose = np.zeros(block.n_cells, dtype=bool)
    years = asked.number("rising_years").astype(np.int64)
    allowed = asked.number("or_rising") > 0
    values = block.take(floats(block.observations["value"]))[at]
    cell = block.cell[at]
    order = np.lexsort((when, cell))
    order = order[used[order] & allowed[block.leaf[at][order]]]
    for group in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
        if len(group):
            needed = years[block.leaf[at][group[0]]]
            steps = np.diff(values[group])[-needed:]
            rose[cell[group[0]]] = len(steps) == needed and bool((steps > 0).all())
    return rose


def _fill_missing(piece: Piece, says: Reading, used: Flags) -> None:
    """Give rows their full base where a missing value counts zero or a title passes the item."""
    asked, leaf, excused = piece.asked, piece.leaf, piece.excused
    missing = piece.status == MISSING
    if not excused.any() and not missing.any():
        return
    counts_zero = missing & (asked.missing_is_zero & asked.is_mean)[leaf] & ~excused
    passed = excused & asked.is_mean[leaf]
    says.earned[counts_zero | (excused & asked.is_points[leaf])] = 0.0
    for filled in (counts_zero, passed):
        says.base[filled] = piece.weight[filled]
    says.loss[counts_zero] = says.base[counts_zero]
    says.earned[passed] = says.base[passed]
    used |= counts_zero | passed
