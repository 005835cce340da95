"""Leaf rates of one unit for a block of replicates at once.

What chance cannot change is summed up beforehand: values of cases and who belongs to whom. A replicate
brings weights of members (sites, clusters of respondents) and shifts of assessors; means over sites, caps of
pooled cases, thresholds and targets follow through the functions that evaluate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.framework.model import Deduction, StartAdjust
from analysis.scoring import rules
from analysis.scoring.arrays import Floats, Ints, factorize, group_count, group_sum
from analysis.scoring.cases import mean_of_strata
from analysis.scoring.draw import shiftable, weighed_inside
from analysis.scoring.leaves import apply_leaf_rules, case_rate, case_values, items_capped
from analysis.scoring.parts import ScoredBlock
from analysis.simulation.linear import Entries, Linear, linear

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Members:
    """The members of one unit: global number of the first; of each its stratum (code), the size of that, and
    what it stands for (1: itself)."""

    first: int
    stratum: Ints
    size: Ints
    worth: Floats

    @property
    def n(self) -> int:
        return len(self.stratum)

    def sums(self, entries: Entries, rows: int) -> Linear:
        """The weighted sums of entries whose rows are numbered 0.. and whose members are global numbers."""
        member = np.where(entries.member >= 0, entries.member - self.first, -1)
        amount = entries.amount * np.append(self.worth, 1.0)[member]
        return linear(entries.row, member, amount, (rows, self.n), self.stratum, self.size)


class BlockParts:
    """A block of entities with its rows and cases sorted out by unit, shared by the parts of all units."""

    def __init__(self, scored: ScoredBlock, of_row: Ints, assessor: Ints | None) -> None:
        block, rows, cases = scored.block, scored.rows, scored.cases
        self.scored = scored
        self.n_leaves = len(block.leaves)
        self.member = of_row[block.rows]
        self.assessor = None if assessor is None else assessor[block.rows]
        self.n_assessors = 0 if assessor is None else int(assessor.max(initial=-1)) + 1
        self.used = cases.row_case >= 0
        self.values = case_values(block, rows, cases)
        self.leaf = cases.cell % max(self.n_leaves, 1)
        self.shiftable = np.array([shiftable(node) for node in block.leaves], dtype=bool)
        inside = weighed_inside(block, cases)
        varies = inside & ((self.member >= 0) | self._shifted())
        self.case_inside = np.zeros(cases.n, dtype=bool)
        self.case_inside[cases.row_case[varies]] = True
        self.inside = inside & self.case_inside[cases.row_case]
        self.case_member = np.full(cases.n, -1, dtype=np.int64)
        outside = self.used & ~inside
        self.case_member[cases.row_case[outside]] = self.member[outside]

    def _shifted(self) -> Flags:
        if self.assessor is None:
            return np.zeros(len(self.member), dtype=bool)
        return self.shiftable[self.scored.block.leaf] & (self.assessor >= 0)

    @cached_property
    def units(self) -> list[str]:
        """Units in the order of the entities."""
        return list(dict.fromkeys(self.scored.block.entities["unit"].astype(str)))

    @cached_property
    def spans(self) -> dict[str, tuple[int, int]]:
        """First and last entity (exclusive) of each unit."""
        names = self.scored.block.entities["unit"].to_numpy(dtype=object)
        edges = np.flatnonzero(np.append(True, names[1:] != names[:-1])) if len(names) else np.zeros(0, int)
        stops = np.append(edges[1:], len(names))
        return {str(names[a]): (int(a), int(b)) for a, b in zip(edges, stops, strict=True)}

    def _by_entity(self, cell: Ints) -> tuple[Ints, Ints]:
        """Order that sorts by entity, and where each entity begins."""
        entity = cell // max(self.n_leaves, 1)
        order = np.argsort(entity, kind="stable")
        start = np.searchsorted(entity[order], np.arange(self.scored.block.n_entities + 1))
        return order, start

    @cached_property
    def _cases(self) -> tuple[Ints, Ints]:
        return self._by_entity(self.scored.cases.cell)

    @cached_property
    def _strata(self) -> tuple[Ints, Ints]:
        return self._by_entity(self.scored.cases.stratum_cell)

    @cached_property
    def _rows(self) -> tuple[Ints, Ints]:
        inside = np.flatnonzero(self.inside)
        order, start = self._by_entity(self.scored.cases.cell[self.scored.cases.row_case[inside]])
        return inside[order], start

    def of(self, unit: str, kind: str) -> Ints:
        """The cases, strata or rows (weighed inside their case) of a unit, in their order."""
        order, start = {"cases": self._cases, "strata": self._strata, "rows": self._rows}[kind]
        first, last = self.spans[unit]
        return np.sort(order[start[first] : start[last]])


class Part:
    """One unit in one block: leaf rates (cells, replicates) from weights and shifts."""

    def __init__(self, parts: BlockParts, unit: str, members: Members) -> None:
        self.parts, self.scored = parts, parts.scored
        self.first, self.last = parts.spans[unit]
        self.n_cells = (self.last - self.first) * parts.n_leaves
        self.offset = self.first * parts.n_leaves
        cases = self.scored.cases
        self.strata = parts.of(unit, "strata")
        self.stratum_cell = cases.stratum_cell[self.strata] - self.offset
        self.stratum_weight = cases.stratum_weight[self.strata]
        own = parts.of(unit, "cases")
        inside = parts.case_inside[own]
        self._at_sites(own[~inside], members)
        self._in_cases(own[inside], parts.of(unit, "rows"), members)

    def _local_strata(self, cases_at: Ints) -> Ints:
        cases = self.scored.cases
        return np.searchsorted(self.strata, cases.site_stratum[cases.site_of[cases_at]])

    # Cases whose site is drawn as a whole

    def _at_sites(self, at: Ints, members: Members) -> None:
        cases, parts = self.scored.cases, self.parts
        stratum, member, weight = self._local_strata(at), parts.case_member[at], cases.visit_weight[at]
        shifts = parts.assessor is not None and parts.shiftable[parts.leaf[at]].any()
        moving = parts.shiftable[parts.leaf[at]] if shifts else np.zeros(len(at), dtype=bool)
        still = ~moving
        self.weighted = members.sums(
            Entries(stratum[still], member[still], (weight * parts.values[at])[still]), len(self.strata)
        )
        self.total = members.sums(Entries(stratum, member, weight), len(self.strata))
        self.moving = self._moving(at[moving], stratum[moving], members) if moving.any() else None

    def _moving(self, at: Ints, stratum: Ints, members: Members) -> _Moving:
        from scipy.sparse import csr_array

        parts, cases = self.parts, self.scored.cases
        exposure = self._exposure(at)
        node = [self.scored.block.leaves[leaf].rule for leaf in parts.leaf[at]]
        low = [r.floor / r.max_points if isinstance(r, Deduction) and r.max_points else 0.0 for r in node]
        member = np.where(parts.case_member[at] >= 0, parts.case_member[at] - members.first, members.n)
        weight = cases.visit_weight[at] * np.append(members.worth, 1.0)[member]
        into = csr_array((weight, (stratum, np.arange(len(at)))), shape=(len(self.strata), len(at)))
        return _Moving(parts.values[at], np.array(low), member, exposure, into)

    def _exposure(self, at: Ints) -> Any:
        """Share of each assessor in the rows of each case, shape (cases, assessors)."""
        from scipy.sparse import csr_array

        parts, cases = self.parts, self.scored.cases
        assert parts.assessor is not None
        local = np.full(cases.n, -1, dtype=np.int64)
        local[at] = np.arange(len(at))
        rows = np.flatnonzero(parts.used)
        rows = rows[local[cases.row_case[rows]] >= 0]
        case, who = local[cases.row_case[rows]], parts.assessor[rows]
        share = 1.0 / group_count(case, len(at))[case]
        known = who >= 0
        shape = (len(at), parts.n_assessors)
        return csr_array((share[known], (case[known], who[known])), shape=shape)

    # Cases whose rows are drawn one by one: answers, pooled rows

    def _in_cases(self, at: Ints, rows: Ints, members: Members) -> None:
        self.pooled = _Pooled(self, at, rows, members) if len(at) else None

    def rates(self, weights: Floats, shifts: Floats | None) -> Floats:
        """Score rates of the cells (cells, replicates) before missing data; NaN where nothing is left."""
        weighted, total = self.weighted(weights), self.total(weights)
        if shifts is None and self.parts.assessor is not None:
            shifts = np.zeros((self.parts.n_assessors, weights.shape[1]))
        if self.moving is not None and shifts is not None:
            weighted = weighted + self.moving.sums(weights, shifts)
        if self.pooled is not None:
            values = self.pooled.values(weights, shifts)
            there = ~np.isnan(values)
            weighted = weighted + self.pooled.into @ np.nan_to_num(values)
            total = total + self.pooled.into @ there.astype(np.float64)
        means = mean_of_strata(weighted.T, total.T, self.stratum_weight, self.stratum_cell, self.n_cells)
        scored, cells = self.scored, slice(self.offset, self.offset + self.n_cells)
        rates = apply_leaf_rules(scored.block, means, scored.rows.rose[cells]).T
        rates[scored.observed.passed.ravel()[cells]] = 1.0
        return rates

    def surplus(self, weights: Floats) -> Floats | None:
        """Points above full marks as a share of them (cells, replicates); None where none count."""
        usual = self.scored.observed.surplus.ravel()[self.offset : self.offset + self.n_cells]
        drawn = {} if self.pooled is None else self.pooled.surplus(weights)
        if not drawn and not usual.any():
            return None
        found = np.repeat(usual[:, None], weights.shape[1], axis=1)
        for cell, above in drawn.items():
            found[cell] = above
        return found


@dataclass(frozen=True)
class _Moving:
    """Site cases that assessors shift: value, lowest value, member (last: always there), and their strata."""

    value: Floats
    low: Floats
    member: Ints
    exposure: Any
    into: Any

    def sums(self, weights: Floats, shifts: Floats) -> Floats:
        values = self.exposure @ shifts
        values += self.value[:, None]
        np.clip(values, self.low[:, None], 1.0, out=values)
        values *= np.concatenate([weights, np.ones((1, weights.shape[1]))])[self.member]
        summed: Floats = self.into @ values
        return summed


class _Pooled:
    """Cases in which rows have weights of their own."""

    def __init__(self, part: Part, at: Ints, rows: Ints, members: Members) -> None:
        from scipy.sparse import csr_array

        parts, scored = part.parts, part.scored
        self.part, self.at = part, at
        self.leaf = parts.leaf[at]
        local = np.searchsorted(at, scored.cases.row_case[rows])
        member, reading = parts.member[rows], scored.rows.reading
        self.earned = members.sums(Entries(local, member, reading.earned[rows]), len(at))
        self.base = members.sums(Entries(local, member, reading.base[rows]), len(at))
        site = scored.cases.site_of[at]
        code, keys = factorize(site)
        self.visits = csr_array(
            (scored.cases.visit_weight[at], (code, np.arange(len(at)))), shape=(len(keys), len(at))
        )
        stratum = np.searchsorted(part.strata, scored.cases.site_stratum[keys])
        self.into = csr_array(
            (np.ones(len(keys)), (stratum, np.arange(len(keys)))), shape=(len(part.strata), len(keys))
        )
        self.items = [
            _Items(part, at, rows, members, leaf) for leaf in np.unique(self.leaf) if self._by_item(leaf)
        ]
        self.shift = _Shift(part, at, local, rows, members) if self._moves() else None

    def _by_item(self, leaf: int) -> bool:
        rule = self.part.scored.block.leaves[leaf].rule
        return isinstance(rule, Deduction) and rule.cap_scope == "item"

    def _moves(self) -> bool:
        return self.part.parts.assessor is not None and bool(self.part.parts.shiftable[self.leaf].any())

    def values(self, weights: Floats, shifts: Floats | None) -> Floats:
        """Values of the sites that these cases are (sites, replicates)."""
        earned = self.earned(weights)
        values = rules.mean_rate(earned, self.base(weights))
        for leaf in np.unique(self.leaf):
            node = self.part.scored.block.leaves[leaf]
            mine = np.flatnonzero(self.leaf == leaf)
            if isinstance(node.rule, Deduction | StartAdjust) and not self._by_item(leaf):
                values[mine] = case_rate(node, earned[mine])
        for items in self.items:
            values[items.cases] = items.values(weights)
        if self.shift is not None and shifts is not None:
            values = self.shift.apply(values, weights, shifts)
        found: Floats = self.visits @ values
        return found

    def surplus(self, weights: Floats) -> dict[int, Floats]:
        """Cell (of the unit) to its surplus, for the cases drawn here whose rule makes it bonus."""
        leaves = self.part.scored.block.leaves
        of_case = enumerate(leaves[leaf].rule for leaf in self.leaf)
        bonus = [
            (i, rule) for i, rule in of_case if isinstance(rule, StartAdjust) and rule.surplus == "bonus"
        ]
        earned = self.earned(weights) if bonus else np.zeros(0)
        cell = self.part.scored.cases.cell[self.at] - self.part.offset
        return {
            int(cell[case]): rules.start_adjust_surplus(earned[case], rule.start, rule.max_points)
            / rule.max_points
            for case, rule in bonus
        }


class _Items:
    """A pooled leaf whose items are capped one by one."""

    def __init__(self, part: Part, at: Ints, rows: Ints, members: Members, leaf: int) -> None:
        scored, parts = part.scored, part.parts
        self.node = scored.block.leaves[leaf]
        self.cases = np.flatnonzero(parts.leaf[at] == leaf)
        mine = rows[scored.block.leaf[rows] == leaf]
        caps = np.array([*(item.max_points or 0.0 for item in self.node.items), np.inf])
        item = np.where(scored.rows.item[mine] >= 0, scored.rows.item[mine], len(caps) - 1)
        local = np.searchsorted(at[self.cases], scored.cases.row_case[mine])
        code, keys = factorize(local * len(caps) + item)
        entries = Entries(code, parts.member[mine], scored.rows.reading.earned[mine])
        self.sums = members.sums(entries, len(keys))
        self.case, self.cap = keys // len(caps), caps[keys % len(caps)]
        self.most = items_capped(scored.block, scored.rows, scored.cases, leaf)[1][at[self.cases]]

    def values(self, weights: Floats) -> Floats:
        capped = np.minimum(self.sums(weights), self.cap[:, None])
        return case_rate(self.node, group_sum(capped.T, self.case, len(self.cases)).T, self.most[:, None])


class _Shift:
    """Mean shift of pooled cases: rows x weight x shift of their assessor."""

    def __init__(self, part: Part, at: Ints, local: Ints, rows: Ints, members: Members) -> None:
        from scipy.sparse import csr_array

        parts = part.parts
        assert parts.assessor is not None
        moves = parts.shiftable[parts.leaf[at]][local]
        local, rows = local[moves], rows[moves]
        member = np.where(parts.member[rows] >= 0, parts.member[rows] - members.first, members.n)
        who, width = parts.assessor[rows], parts.n_assessors + 1
        code, keys = factorize((local * (members.n + 1) + member) * width + who + 1)
        pair, self.who = np.divmod(keys, width)
        case, self.member = np.divmod(pair, members.n + 1)
        count = group_count(code, len(keys)) * np.append(members.worth, 1.0)[self.member]
        self.into = csr_array((count, (case, np.arange(len(keys)))), shape=(len(at), len(keys)))

    def apply(self, values: Floats, weights: Floats, shifts: Floats) -> Floats:
        always = np.ones((1, weights.shape[1]))
        weight = np.concatenate([weights, always])[self.member]
        nobody = np.concatenate([np.zeros((1, shifts.shape[1])), shifts])
        mass = self.into @ weight
        with np.errstate(invalid="ignore", divide="ignore"):
            change = (self.into @ (weight * nobody[self.who])) / mass
        return np.where(mass > 0, np.clip(values + change, 0.0, 1.0), values)
