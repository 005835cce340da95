"""The evaluation of a round: the steps, in their order, and everything that comes out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.errors import Problem, UsageError, raise_errors
from analysis.framework.model import Rulebook
from analysis.intake.round import Round
from analysis.scoring.adjustments import build_adjustments
from analysis.scoring.block import blocks
from analysis.scoring.composite import Composite, compose, node_table
from analysis.scoring.cycle import cycle_composite, cycle_table
from analysis.scoring.draw import Draw
from analysis.scoring.identity import verify
from analysis.scoring.ledger import build_ledger
from analysis.scoring.parts import ScoredBlock, score_block
from analysis.scoring.rounding import snap
from analysis.scoring.shares import build_shares


@dataclass(frozen=True)
class Scored:
    """Rows to scores, without tables of nodes and losses: what redraws and scenarios need.

    `scores`: one row per unit: unit, group, every component (points of its own full marks) and
    `component.method`, base, bonus, penalty, composite, veto, eligible. Not rounded.
    """

    blocks: tuple[ScoredBlock, ...]
    composite: Composite
    adjustments: pd.DataFrame
    scores: pd.DataFrame


@dataclass(frozen=True)
class Evaluation:
    """What a round came to. Tables as in `analysis.tables`; nothing is rounded.

    `scores` as in `Scored`, and `cycle` where the round belongs to one.
    `identity_gap`: largest difference between a node's loss and its rows of the ledger, in points.
    """

    round: Round
    rulebook: Rulebook
    scored: Scored
    scores: pd.DataFrame
    nodes: pd.DataFrame
    ledger: pd.DataFrame
    cycle: pd.DataFrame
    identity_gap: float

    @property
    def adjustments(self) -> pd.DataFrame:
        """Bonus, penalties, vetoes and prerequisites, row by row."""
        return self.scored.adjustments

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Ledger row x responsible unit x role x cause, with shares that add up to 1 per ledger row."""
        return build_shares(self.ledger, self.round, self.rulebook)


def score(round_: Round, rulebook: Rulebook, draw: Draw | None = None) -> Scored:
    """The scores of a round under a rulebook; `draw`: of one replicate of it, which raises nothing: a leaf
    that lost all its weight leaves it to its siblings where its rule for missing data would stop.

    Raises DataError with every row, node and component that stops it.
    """
    check_round(round_)
    scored = tuple(
        score_block(block, round_, block.part.missing or rulebook.settings.missing, draw)
        for block in blocks(round_, rulebook)
    )
    return scored_of(scored, round_, rulebook, draw is None)


def scored_of(
    scored: tuple[ScoredBlock, ...], round_: Round, rulebook: Rulebook, strict: bool = True
) -> Scored:
    """The composite and its adjustments over scored blocks. Raises DataError with all their problems where
    `strict`."""
    composite = compose(scored, round_.units, rulebook)
    if strict:
        raise_errors(_unique([*(p for block in scored for p in block.problems), *composite.problems]))
    adjustments = build_adjustments(round_, rulebook, composite, scored)
    return Scored(scored, composite, adjustments, _scores(composite, scored, rulebook, adjustments))


def evaluate(round_: Round, rulebook: Rulebook, draw: Draw | None = None) -> Evaluation:
    """The evaluation of a round under a rulebook: scores, nodes, and the ledger held against them.

    `draw`: the evaluation of one replicate of the round (see `score`).

    Raises DataError with every row, node and component that stops it.
    """
    scored = score(round_, rulebook, draw)
    nodes = node_table(scored.composite, scored.blocks)
    ledger = build_ledger(round_, scored.composite, scored.blocks)
    gap = verify(nodes, ledger)
    cycle = cycle_table(round_, rulebook.settings, scored.scores.set_index("unit")["composite"])
    scores = scored.scores
    if len(cycle):
        scores = scores.assign(
            cycle=snap(cycle_composite(cycle).reindex(scores["unit"].astype(str)).to_numpy())
        )
    return Evaluation(round_, rulebook, scored, scores, nodes, ledger, cycle, gap)


def _unique(problems: Sequence[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))


def check_round(round_: Round) -> None:
    """Units are named once, and there is something to evaluate."""
    units = round_.units["unit"].astype(str)
    problems = [
        Problem(
            code="unit_twice",
            zh=f"单位“{name}”在名册中出现多次。",
            en=f"unit {name!r} stands in the list of units more than once.",
            value=name,
        )
        for name in units[units.duplicated()].unique()
    ]
    if round_.observations.empty:
        problems.append(
            Problem(
                code="nothing_to_evaluate",
                zh=f"轮次“{round_.info.id}”没有可计分的数据。",
                en=f"round {round_.info.id!r} has nothing to score.",
                fix_zh="若只有公布结果，请用 wenming audit。",
                fix_en="Where there are only published results, use `wenming audit`.",
                value=round_.info.id,
            )
        )
    raise_errors(problems)


def _scores(
    composite: Composite, scored: Sequence[ScoredBlock], rulebook: Rulebook, adjustments: pd.DataFrame
) -> pd.DataFrame:
    units = composite.units["unit"].astype(str).to_numpy(dtype=object)
    columns: dict[str, np.ndarray] = {"unit": units, "group": composite.units["group"].to_numpy(dtype=object)}
    for i, part in enumerate(rulebook.composition.parts):
        rate = composite.rolled.rate[:, i + 1]
        groups = composite.units["group"].astype(str)
        marks = np.array([rulebook.framework(part, group).settings.full_marks for group in groups])
        columns[part.id] = snap(rate * marks)
        columns |= _method_scores(composite, scored, part.id)
    base = composite.rolled.rate[:, 0] * composite.full_marks
    points = {kind: _by_unit(adjustments, kind, units) for kind in ("bonus", "surplus", "penalty")}
    bonus = points["bonus"] + points["surplus"]
    vetoes = adjustments[adjustments["kind"] == "veto"].drop_duplicates("unit").set_index("unit")["rule"]
    barred = set(adjustments.loc[adjustments["kind"] == "prerequisite", "unit"].astype(str))
    columns |= {
        "base": snap(base),
        "bonus": snap(bonus),
        "penalty": snap(points["penalty"]),
        "composite": snap(base + bonus - points["penalty"]),
        "veto": np.array([str(vetoes.get(unit, "")) for unit in units], dtype=object),
        "eligible": np.array([unit not in barred for unit in units]),
    }
    return pd.DataFrame(columns).astype(dict.fromkeys(("unit", "group", "veto"), "category"))


def _by_unit(adjustments: pd.DataFrame, kind: str, units: np.ndarray) -> np.ndarray:
    rows = adjustments[adjustments["kind"] == kind]
    if rows.empty:
        return np.zeros(len(units))
    sums = rows.groupby(rows["unit"].astype(str))["points"].sum()
    return np.array([float(sums.get(unit, 0.0)) for unit in units])


def _method_scores(composite: Composite, scored: Sequence[ScoredBlock], part: str) -> dict[str, np.ndarray]:
    """Scores of the nodes right below a component's root, in points of the component, by unit."""
    found: dict[str, np.ndarray] = {}
    for block in scored:
        if block.block.part.id != part:
            continue
        marks = block.block.framework.settings.full_marks
        index = pd.Index(composite.units["unit"].astype(str)).get_indexer(block.block.entities["unit"])
        for node in np.flatnonzero(block.tree.parent == 0):
            name = f"{part}.{block.tree.ids[node]}"
            score = block.rolled.rate[:, node] * block.tree.share[node] * marks
            means = pd.Series(score).groupby(index).mean()
            column = found.setdefault(name, np.full(len(composite.units), np.nan))
            column[means.index.to_numpy()] = means.to_numpy()
    return {name: snap(values) for name, values in found.items()}


def at_level(round_: Round, level: str, rulebook: Rulebook) -> Round:
    """The round with every place of a level's component as a unit of its own, its former unit as parent.

    `rulebook` is that of the level; rows whose leaf it does not have are left out. Raises UsageError for
    an unknown level.
    """
    if level not in round_.info.levels:
        raise UsageError(_unknown_level(round_, level))
    wanted = round_.info.levels[level]
    rows = round_.observations
    leaves = {node.id for framework in rulebook.frameworks.values() for node in framework.nodes}
    mine = rows[(rows["component"] == wanted.component) & (rows["place"] != "") & rows["leaf"].isin(leaves)]
    units = mine[["unit", "place"]].drop_duplicates()
    renamed = pd.DataFrame(
        {"unit": units["place"].astype(str), "group": "default", "parent": units["unit"].astype(str)}
    )
    labels = dict.fromkeys(renamed.columns, "category")
    observations = mine.assign(
        unit=mine["place"].astype("str").astype("category"),
        place=pd.Categorical([""] * len(mine), categories=[""]),
    )
    frames = {
        "units": renamed.reset_index(drop=True).astype(labels),
        "observations": observations.reset_index(drop=True),
    }
    sites = round_.table("sites")
    if "place" in sites.columns:
        frames["sites"] = sites[sites["place"] != ""].assign(unit=lambda frame: frame["place"])
    return replace(round_, frames=frames)


def _unknown_level(round_: Round, level: str) -> Problem:
    known = list(round_.info.levels)
    return Problem(
        code="unknown_level",
        zh=f"轮次“{round_.info.id}”没有层级“{level}”。可用：{'、'.join(known) or '无'}。",
        en=f"round {round_.info.id!r} has no level {level!r}. Known: {', '.join(known) or 'none'}.",
        fix_zh="请在 round.yml 的 levels 中定义。",
        fix_en="Define it under `levels` in round.yml.",
        value=level,
    )
