"""One block scored: its rows, cases, leaf rates, what missing-data rules made of them, and its tree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.errors import Problem
from analysis.framework.model import CountedEvidence, MissingRule
from analysis.intake.round import Round
from analysis.scoring import rules
from analysis.scoring.arrays import Floats
from analysis.scoring.block import Block
from analysis.scoring.cases import Cases, build_cases
from analysis.scoring.draw import Draw, drawn
from analysis.scoring.leaves import LeafRates, leaf_rates
from analysis.scoring.rollup import Filled, RolledUp, Tree, absent_rules, fill_missing, roll_up
from analysis.scoring.rows import Rows, read_rows
from analysis.tables import MISSING


@dataclass(frozen=True)
class Cells:
    """What the rows of a block come to before gaps are filled, one line per entity.

    `observed`: rates of leaves; `given`: scores of inner nodes as rates (entities, nodes), NaN: none;
    `absent`: the rule of each leaf where it is empty; `nothing`: no row and no score at all; `listed`:
    leaves whose missing rows were looked at one by one. `problems`: of the rows.
    """

    observed: LeafRates
    given: Floats
    absent: NDArray[np.str_]
    nothing: NDArray[np.bool_]
    listed: NDArray[np.bool_]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class ScoredBlock:
    """What roll-up and attribution of one block need. `read`: its rows and cases; None: not read as a whole
    yet, because only some units changed since `cells` were observed (`due`: periods due of the round)."""

    block: Block
    tree: Tree
    cells: Cells
    filled: Filled
    rolled: RolledUp
    problems: tuple[Problem, ...]
    read: tuple[Rows, Cases] | None
    due: tuple[str, ...] | None

    @cached_property
    def _read(self) -> tuple[Rows, Cases]:
        return self.read or read_block(self.block, self.due)

    @property
    def rows(self) -> Rows:
        return self._read[0]

    @property
    def cases(self) -> Cases:
        return self._read[1]

    @property
    def observed(self) -> LeafRates:
        return self.cells.observed

    @property
    def given(self) -> Floats:
        """Rates of given scores, shape (entities, nodes); NaN: none."""
        return self.cells.given

    @property
    def absent(self) -> NDArray[np.str_]:
        """The rule of each leaf where it is empty, shape (entities, leaves)."""
        return self.cells.absent

    @property
    def root_rate(self) -> Floats:
        """Score rate of the component, per entity; NaN where it has none."""
        return self.rolled.rate[:, 0]


def score_block(
    block: Block, round_: Round, part_missing: MissingRule, draw: Draw | None = None
) -> ScoredBlock:
    """Rows to nodes for one component under one framework; problems are collected, not raised."""
    rows, cases = read_block(block, round_.info.periods_due)
    if draw is not None:
        rows, cases = drawn(block, rows, cases, draw)
    return roll_block(block, cells_of(block, round_, rows, cases), part_missing, (rows, cases))


def read_block(block: Block, due: tuple[str, ...] | None) -> tuple[Rows, Cases]:
    """The rows of a block as numbers, and the cases they make up."""
    rows = read_rows(block, due)
    return rows, build_cases(block, rows)


def cells_of(block: Block, round_: Round, rows: Rows, cases: Cases) -> Cells:
    """What the rows of a block come to, cell by cell; problems are collected."""
    tree = Tree.of(block.framework)
    observed = leaf_rates(block, rows, cases)
    given, given_problems = _given(block, tree)
    below = _below_given(tree, given)[:, tree.leaf_node]
    problems = (
        *given_problems,
        *_both_given_and_observed(block, tree, observed, below),
        *_missing_rows(block, rows),
        *_wrong_rows(block, rows),
    )
    nothing = _nothing_at_all(rows, block, given)
    listed = rows.n_missing.reshape(observed.rate.shape) > 0
    return Cells(observed, given, _absent(block, rows, round_), nothing, listed, problems)


def roll_block(
    block: Block,
    cells: Cells,
    part_missing: MissingRule,
    read: tuple[Rows, Cases] | None,
    due: tuple[str, ...] | None = None,
) -> ScoredBlock:
    """Cells to nodes: gaps filled by their rules, leaves rolled up to the component."""
    tree = Tree.of(block.framework)
    below = _below_given(tree, cells.given)[:, tree.leaf_node]
    groups = block.entities["group"].to_numpy(dtype=np.str_)
    filled = fill_missing(cells.observed.rate, cells.absent, groups)
    filled = _without(filled, below | cells.nothing[:, None])
    rolled = roll_up(tree, filled.rate, cells.given)
    problems = (
        *cells.problems,
        *_refused(block, filled, cells.listed),
        *(_empty_entities(block, cells.nothing) if part_missing == "error" else ()),
    )
    return ScoredBlock(block, tree, cells, filled, rolled, problems, read, due)


def _given(block: Block, tree: Tree) -> tuple[Floats, list[Problem]]:
    """Rates of given scores at inner nodes (of the node's full marks); a second score is a problem."""
    given = np.full((block.n_entities, len(tree.ids)), np.nan)
    problems = []
    for row in block.given.itertuples():
        node = tree.ids.index(str(row.node))
        most = node_full_marks(block, str(row.node))
        value = float(block.observations["value"].to_numpy()[row.position])
        if not np.isnan(given[row.entity, node]):
            problems.append(
                _at_row(block, int(row.position), "second_score", "同一节点给出两个得分", "second score")
            )
        elif not np.isnan(value):
            given[row.entity, node] = rules.mean_rate(value, most)
    return given, problems


def node_full_marks(block: Block, node_id: str) -> float:
    """Full marks of a node: its own points, or 100."""
    node = block.framework.by_id[node_id]
    if node.parent is None:
        return block.framework.settings.full_marks
    return node.max_points or 100.0


def _below_given(tree: Tree, given: Floats) -> NDArray[np.bool_]:
    below = np.zeros(given.shape, dtype=bool)
    for node in range(1, len(tree.ids)):
        parent = tree.parent[node]
        below[:, node] = below[:, parent] | ~np.isnan(given[:, parent])
    return below


def _nothing_at_all(rows: Rows, block: Block, given: Floats) -> NDArray[np.bool_]:
    """Entities without any row, used or missing, and without any given score."""
    rows_of = (rows.n + rows.n_missing + rows.n_na).reshape(block.n_entities, len(block.leaves)).sum(axis=1)
    return (rows_of == 0) & np.isnan(given).all(axis=1)


def _absent(block: Block, rows: Rows, round_: Round) -> NDArray[np.str_]:
    """The rule that holds for each cell when it is empty: the one for missing or for not applicable.

    Not applicable: all its rows say so, or the register of sites has none of the leaf's types for the unit.
    """
    missing, not_applicable = absent_rules(block.framework)
    shape = (block.n_entities, len(block.leaves))
    stated = ((rows.n_na > 0) & (rows.n_missing == 0)).reshape(shape)
    return np.where(stated | _no_such_site(block, round_), not_applicable, missing)


def _no_such_site(block: Block, round_: Round) -> NDArray[np.bool_]:
    sites = round_.table("sites")
    none = np.zeros((block.n_entities, len(block.leaves)), dtype=bool)
    if sites.empty:
        return none
    names = (sites[name].astype(str).to_list() for name in ("unit", "site_type"))
    held = set(zip(*names, strict=True))
    registered = {unit for unit, _ in held}
    for i, node in enumerate(block.leaves):
        if node.site_types:
            none[:, i] = [
                unit in registered and not any((unit, kind) in held for kind in node.site_types)
                for unit in block.entities["unit"]
            ]
    return none


def _without(filled: Filled, outside: NDArray[np.bool_]) -> Filled:
    """Take cells out that no rule has to fill: below a given score, or of an entity without any row."""
    return Filled(
        np.where(outside, np.nan, filled.rate),
        filled.imputed & ~outside,
        filled.zero & ~outside,
        filled.refused & ~outside,
    )


def _at_row(block: Block, position: int, code: str, zh: str, en: str, **more: str) -> Problem:
    row = block.observations.iloc[position]
    return Problem(
        code=code,
        file=str(row["source_file"]),
        sheet=str(row["source_sheet"]),
        row=int(row["source_row"]),
        zh=f"{row['unit']}，{row['leaf']}：{zh}。",
        en=f"{row['unit']}, {row['leaf']}: {en}.",
        **more,  # type: ignore[arg-type]
    )


def _wrong_rows(block: Block, rows: Rows) -> list[Problem]:
    """Rows whose value, answer or item the rule of the leaf does not know."""
    found = []
    for at in rows.wrong:
        row = block.observations.iloc[int(block.rows[at])]
        shown = f"{row['item']} {row['value']} {row['answer']}"
        zh, en = (
            f"项目、数值或答案“{shown}”不在该指标的规则之内",
            f"item, value or answer {shown!r} is not in its rule",
        )
        found.append(_at_row(block, int(block.rows[at]), "wrong_value", zh, en, value=shown))
    return found


def _missing_rows(block: Block, rows: Rows) -> list[Problem]:
    """Missing values of leaves that do not allow any."""
    missing, _ = absent_rules(block.framework)
    at = np.flatnonzero(block.take(block.observations["status"].to_numpy()) == MISSING)
    refused = at[(missing == "error")[block.leaf[at]] & ~rows.used[at]]
    return [
        _at_row(
            block,
            int(block.rows[at]),
            "missing_value",
            "没有数值，而该指标不允许缺失",
            "no value, and this node allows none to be missing",
            fix_zh="请补填，或在测评体系中为该节点规定 missing（zero、redistribute、group_mean）。",
            fix_en="Fill it in, or set `missing` (zero, redistribute, group_mean) for the node.",
        )
        for at in refused
    ]


def _refused(block: Block, filled: Filled, listed: NDArray[np.bool_]) -> list[Problem]:
    """Leaves without anything observed where the rule says error (missing rows are listed by row)."""
    problems = []
    for entity, leaf in zip(*np.nonzero(filled.refused & ~listed), strict=True):
        who, node = _name(block, int(entity)), block.leaves[leaf]
        problems.append(
            Problem(
                code="nothing_observed",
                zh=f"{who}：指标“{node.id} {node.zh}”没有任何数据，而该指标不允许缺失。",
                en=f"{who}: node {node.id!r} ({node.en}) has no data, and none may be missing.",
                fix_zh="请补交数据，或在测评体系中为该节点规定 missing / not_applicable。",
                fix_en="Add the data, or set `missing` / `not_applicable` for the node in the framework.",
                value=node.id,
            )
        )
    return problems


def _empty_entities(block: Block, nothing: NDArray[np.bool_]) -> list[Problem]:
    return [
        Problem(
            code="no_component",
            zh=f"{_name(block, int(entity))}：组成部分“{block.part.zh}”没有任何数据。",
            en=f"{_name(block, int(entity))}: no data for the component {block.part.en!r}.",
            fix_zh="请补交数据，或在组合规则中为该组成部分规定 missing。",
            fix_en="Add the data, or set `missing` for the component in the composition.",
            value=block.part.id,
        )
        for entity in np.flatnonzero(nothing)
    ]


def _both_given_and_observed(
    block: Block, tree: Tree, observed: LeafRates, below: NDArray[np.bool_]
) -> list[Problem]:
    return [
        Problem(
            code="given_and_observed",
            zh=f"{_name(block, int(e))}：“{block.leaves[leaf].id}”既有观测数据，其上级节点又给出了得分。",
            en=f"{_name(block, int(e))}: {block.leaves[leaf].id!r} has rows, yet a score is given above it.",
            fix_zh="请只保留其中之一。",
            fix_en="Keep one of them.",
            value=block.leaves[leaf].id,
        )
        for e, leaf in zip(*np.nonzero(below & ~np.isnan(observed.rate)), strict=True)
        if not isinstance(block.leaves[leaf].rule, CountedEvidence)
    ]


def _name(block: Block, entity: int) -> str:
    row = block.entities.iloc[entity]
    return f"{row['unit']} {row['place']}".strip()


def counts(scored: ScoredBlock) -> dict[str, Floats]:
    """Rows used, missing and not applicable of every node, shape (entities, nodes): leaves summed upward."""
    block, tree = scored.block, scored.tree
    found = {}
    for name, cells in (
        ("n", scored.rows.n),
        ("n_missing", scored.rows.n_missing),
        ("n_na", scored.rows.n_na),
    ):
        table = np.zeros((block.n_entities, len(tree.ids)))
        table[:, tree.leaf_node] = cells.reshape(block.n_entities, len(block.leaves))
        for row in block.given.itertuples():
            table[row.entity, tree.ids.index(str(row.node))] += name == "n"
        for node in range(len(tree.ids) - 1, 0, -1):
            table[:, tree.parent[node]] += table[:, node]
        found[name] = table
    return found
