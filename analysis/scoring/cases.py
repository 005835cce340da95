"""Rows grouped into cases (one visit to a site, or a whole cell), cases into sites, strata and cells.

A cell is an entity x leaf. Levels above the row: case -> site (visits of one site) -> stratum (site
type or sub-unit, where the leaf averages over them) -> cell. Only who belongs to whom is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.framework.model import CountedEvidence, Deduction, Node, StartAdjust
from analysis.scoring.arrays import Floats, Ints, factorize, group_sum, pieces
from analysis.scoring.block import Block
from analysis.scoring.rows import Rows

STRATA = {"site_types": "site_type", "sub_units": "place"}


@dataclass(frozen=True)
class Cases:
    """`row_case` (rows,): case of each row, -1 when unused; `cell`, `stratum`, `site`, `visit` (cases,):
    where a case stands, as codes (-1: none). An evidence case is a slot (item x due period), its code in
    `site`."""

    row_case: Ints
    cell: Ints
    stratum: Ints
    site: Ints
    visit: Ints
    visit_weight: Floats
    site_of: Ints
    site_cell: Ints
    site_stratum: Ints
    stratum_cell: Ints
    stratum_weight: Floats
    n_cells: int
    site_weight: Floats | None = None

    @property
    def n(self) -> int:
        return len(self.cell)

    @property
    def weights(self) -> Floats:
        """Weight of each site in its stratum: 1, or what a draw gave it."""
        return np.ones(len(self.site_cell)) if self.site_weight is None else self.site_weight

    @cached_property
    def weight_in_stratum(self) -> Floats:
        """Sum of the weights of the sites of each stratum."""
        return group_sum(self.weights, self.site_stratum, len(self.stratum_cell))

    def average(self, values: Floats) -> Floats:
        """Values of cases (cases,) to values of cells (cells,), NaN where a cell has no case.

        Visits of a site first, then sites, then strata.
        """
        sites = group_sum(values * self.visit_weight, self.site_of, len(self.site_cell))
        weights = np.where(np.isnan(sites), 0.0, self.weights)
        n_strata = len(self.stratum_cell)
        total = group_sum(weights, self.site_stratum, n_strata)
        summed = group_sum(np.nan_to_num(sites) * weights, self.site_stratum, n_strata)
        return mean_of_strata(summed, total, self.stratum_weight, self.stratum_cell, self.n_cells)


def mean_of_strata(weighted: Floats, total: Floats, weight: Floats, cell: Ints, n_cells: int) -> Floats:
    """Means of cells (..., cells) from sums over the sites of their strata and the sites' weights
    (..., strata); NaN without any weight, and a stratum without weight leaves its own to the others."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = weighted / total
    if len(np.unique(cell)) == len(cell):
        alone = np.full((n_cells, *means.shape[:-1]), np.nan).T
        alone[..., cell] = np.where((total > 0) & (weight > 0), means, np.nan)
        return alone
    held = np.where(total > 0, weight, 0.0)
    mass = group_sum(held, cell, n_cells)
    summed = group_sum(np.where(held > 0, means, 0.0) * held, cell, n_cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(mass > 0, summed / mass, np.nan)


def whole(node: Node) -> bool:
    """Whether all rows of a cell are one case (pooled, or added up over the whole leaf)."""
    rule = node.rule
    return (
        node.average == "pooled"
        or isinstance(rule, StartAdjust)
        or (isinstance(rule, Deduction) and rule.cap_scope == "leaf")
    )


def build_cases(block: Block, rows: Rows) -> Cases:
    """The cases of a block, evidence slots without a row included."""
    number, runs = _numbered(block, rows)
    present = np.zeros(block.n_cells + 1, dtype=bool)
    for at in pieces(len(number)):
        present[np.minimum(number[at], block.n_cells)] = True
    cells = np.flatnonzero(present[:-1])
    slots = _slots(block, rows, runs[:, 0])
    code, first = _group(np.concatenate([runs, slots]).T)
    nothing = np.full(len(cells), -1, dtype=np.int64)
    keys = np.concatenate(
        [np.column_stack([cells, nothing, nothing, nothing]), np.concatenate([runs, slots])[first]]
    )
    of_cell = np.full(block.n_cells, -1, dtype=np.int64)
    of_cell[cells] = np.arange(len(cells))
    case = np.concatenate([of_cell, len(cells) + code[: len(runs)], [-1]])
    for at in pieces(len(number)):
        number[at] = case[number[at]]
    return _levels(block, number, keys)


def _numbered(block: Block, rows: Rows) -> tuple[Ints, Ints]:
    """What each row belongs to: a cell that is one case, or (numbers behind the cells) a run, -1 if not used.

    A run is rows after one another that stand in the same place, as the checks of one site do. Second: cell,
    stratum, site and visit of the runs, shape (runs, 4).
    """
    order = visit_order(block)
    evidence = np.array([isinstance(node.rule, CountedEvidence) for node in block.leaves])
    pooled = np.array([whole(node) for node in block.leaves]) & ~evidence
    number = np.empty(len(block.rows), dtype=np.int64)
    runs, n_runs = [np.empty((0, 4), dtype=np.int64)], block.n_cells
    for at in pieces(len(block.rows)):
        piece, used = block.piece(at), rows.used[at]
        number[at] = np.where(used, piece.cell, -1)
        apart = used & ~pooled[piece.leaf]
        if apart.any():
            counted = evidence[piece.leaf]
            site = np.where(counted, rows.slot[at], piece.codes("site"))
            visit = np.where(counted, -1, order[piece.codes("visit")])
            columns = [column[apart] for column in (piece.cell, _stratum(piece), site, visit)]
            changes = np.append(True, np.zeros(len(columns[0]) - 1, dtype=bool))
            for column in columns:
                changes[1:] |= column[1:] != column[:-1]
            number[at][apart] = n_runs - 1 + np.cumsum(changes)
            runs.append(np.column_stack([column[changes] for column in columns]))
            n_runs += len(runs[-1])
    return number, np.concatenate(runs)


def _stratum(block: Block) -> Ints:
    """Stratum of every row that is averaged over strata, as a code of its site type or place; else -1."""
    stratum = np.full(len(block.rows), -1, dtype=np.int64)
    for average, column in STRATA.items():
        chosen = np.array([node.average == average and not whole(node) for node in block.leaves])
        if chosen.any():
            stratum = np.where(chosen[block.leaf], block.codes(column), stratum)
    return stratum


def _group(columns: Ints) -> tuple[Ints, Ints]:
    """Codes of the distinct combinations (codes from -1 up), and the position where each appears first."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        width = int(column.max(initial=-1)) + 2
        if width == 1:
            continue
        if int(key.max(initial=0)) >= np.iinfo(np.int64).max // width - width:
            key = factorize(key)[0]
        key = key * width + column + 1
    codes, distinct = factorize(key)
    first = np.zeros(len(distinct), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, first


def visit_order(block: Block) -> Ints:
    """Rank of each visit label (dates and numbers in their order); the last entry is for rows without one."""
    if "visit" not in block.observations.columns:
        return np.array([-1])
    labels = [str(name).rjust(24, "0") for name in block.observations["visit"].cat.categories.tolist()]
    return np.append(np.argsort(np.argsort(labels, kind="stable"), kind="stable"), -1)


def _slots(block: Block, rows: Rows, cells: Ints) -> Ints:
    """Keys of all items and due periods of every entity, in leaves of evidence that have any row at all."""
    slots = np.zeros(len(block.leaves), dtype=np.int64)
    present = np.unique(cells % len(block.leaves))
    slots[present] = rows.slots[present]
    per_cell = np.tile(slots, block.n_entities)
    start = np.cumsum(per_cell) - per_cell
    cell = np.repeat(np.arange(block.n_cells), per_cell)
    nothing = np.full(len(cell), -1, dtype=np.int64)
    return np.column_stack([cell, nothing, np.arange(len(cell)) - start[cell], nothing])


def _levels(block: Block, row_case: Ints, keys: Ints) -> Cases:
    cell, stratum, site, visit = keys.T
    leaf = cell % len(block.leaves)
    own_site = np.array([node.visits == "all" for node in block.leaves])[leaf]
    visit_as_site = np.where(own_site, visit, -1)
    site_of, site_first = _group(np.array([cell, stratum, site, visit_as_site]))
    stratum_of, stratum_first = _group(np.array([cell[site_first], stratum[site_first]]))
    return Cases(
        row_case=row_case,
        cell=cell,
        stratum=stratum,
        site=site,
        visit=visit,
        visit_weight=_visit_weights(block, leaf, visit, site_of),
        site_of=site_of,
        site_cell=cell[site_first],
        site_stratum=stratum_of,
        stratum_cell=cell[site_first][stratum_first],
        stratum_weight=_stratum_weights(
            block, cell[site_first][stratum_first], stratum[site_first][stratum_first]
        ),
        n_cells=block.n_cells,
    )


def _visit_weights(block: Block, leaf: Ints, visit: Ints, site_of: Ints) -> Floats:
    """Weight of each case in its site: equal shares, or all on the last visit."""
    n_sites = int(site_of.max(initial=-1)) + 1
    last = np.full(n_sites, -1, dtype=np.int64)
    np.maximum.at(last, site_of, visit)
    only_last = np.array([node.visits == "last" for node in block.leaves])[leaf]
    weight = np.where(only_last, visit == last[site_of], True).astype(np.float64)
    return weight / group_sum(weight, site_of, n_sites)[site_of]


def _stratum_weights(block: Block, cell: Ints, stratum: Ints) -> Floats:
    """Weight of each stratum in its cell: the framework's site type weights, or equal."""
    weights = np.ones(len(cell))
    types = block.observations["site_type"].cat.categories
    for i, node in enumerate(block.leaves):
        if node.average == "site_types" and node.site_type_weights:
            table = np.array([*(node.site_type_weights.get(str(name), 0.0) for name in types), 0.0])
            mine = cell % len(block.leaves) == i
            weights[mine] = table[stratum[mine]]
    return weights
