"""Drawing again what chance drew: sites, respondents, assessors; every rule applied in every replicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis import scoring
from analysis.scoring import Evaluation
from analysis.scoring.arrays import Floats
from analysis.scoring.draw import Draw
from analysis.scoring.rollup import fill_missing, roll_up
from analysis.scoring.rounding import snap
from analysis.simulation.alone import single_site_share
from analysis.simulation.draws import BLOCK, SOURCES, Sample, sample
from analysis.simulation.freedom import freedom
from analysis.simulation.kernel import BlockParts
from analysis.simulation.messages import check_asked
from analysis.simulation.ranked import rank_replicates
from analysis.simulation.severity import Severity, severity
from analysis.simulation.unit import NodeStats, UnitRun, group_needs

THREADS = 2
"""Units worked on at the same time; results do not depend on it."""


@dataclass(frozen=True)
class Redraw:
    """Replicates of an evaluation, units in the order of its scores.

    `composite` (replicates, units) in points, snapped, not rounded; NaN never, vetoed units included. `rank`
    likewise (NaN: vetoed). `parts` and `methods`: points of components and methods by name.
    `nodes`: one row per unit, place, component and node: score rate at the point, mean, sd and quantiles over
    the replicates. `notes`: strata that were merged or kept; `severity`: of the assessors;
    `single_site_share`: part of each unit's full marks for which no spread can be shown; `freedom`: degrees
    of freedom behind the variance of every method, by unit.
    """

    evaluation: Evaluation
    seed: int
    replicates: int
    sources: tuple[str, ...]
    effort: dict[str, float]
    composite: Floats
    rank: Floats
    parts: dict[str, Floats]
    methods: dict[str, Floats]
    nodes: pd.DataFrame
    notes: pd.DataFrame
    severity: pd.DataFrame
    single_site_share: Floats
    freedom: dict[str, Floats]

    @property
    def units(self) -> list[str]:
        return [str(name) for name in self.evaluation.scores["unit"]]

    @property
    def point(self) -> Floats:
        """Composite of the evaluation itself, in points."""
        return self.evaluation.scores["composite"].to_numpy(dtype=np.float64)


@dataclass
class Setting:
    """What every unit of a redraw needs; prepared once, used by every source that is switched on.

    `worth`: how many each member stands for (None: itself), where a design is tried out.
    """

    evaluation: Evaluation
    sample: Sample
    severity: Severity
    parts: list[BlockParts] = field(default_factory=list)
    worth: Floats | None = None


def prepare(evaluation: Evaluation, sources: Sequence[str] = SOURCES) -> Setting:
    """Sites, respondents and assessors of an evaluation, sorted out once for any number of redraws."""
    found = Setting(evaluation, sample(evaluation), severity(evaluation))
    with_assessors = "assessors" in sources and found.severity.known
    assessor = found.severity.of_row if with_assessors else None
    found.parts = [BlockParts(block, found.sample.of_row, assessor) for block in evaluation.scored.blocks]
    return found


def redraw(
    evaluation: Evaluation,
    replicates: int = 10_000,
    seed: int = 1,
    sources: Sequence[str] | None = None,
    effort: Mapping[str, float] | None = None,
    threads: int = THREADS,
    nodes: bool = True,
) -> Redraw:
    """Replicates of an evaluation with its sites, respondents and assessors drawn again.

    `sources`: some of `sites`, `respondents`, `assessors` (None: all that the round has). `effort`: times as
    many sites or respondents, by source. `nodes`: whether to describe the distribution of every node. Same
    seed, same numbers, whatever `threads`, `replicates` or the order of units. Raises UsageError listing
    every argument that cannot be used.
    """
    chosen = check_asked(evaluation, replicates, sources, dict(effort or {}))
    setting = prepare(evaluation, chosen)
    return run(setting, replicates, seed, chosen, dict(effort or {}), threads, nodes)


def run(
    setting: Setting,
    replicates: int,
    seed: int,
    sources: tuple[str, ...],
    effort: dict[str, float],
    threads: int = THREADS,
    nodes: bool = True,
) -> Redraw:
    """`redraw` on what was prepared."""
    evaluation = setting.evaluation
    runner = UnitRun(setting, replicates, seed, sources, effort)
    units = [str(name) for name in evaluation.scored.composite.units["unit"]]
    if group_needs(runner):
        runner.means = _collect_means(runner, units, threads)
    collected = _mapped(lambda unit: runner.run(unit, nodes), units, threads)
    parts = np.stack([found.parts for found in collected], axis=1)
    surplus = np.stack([found.surplus for found in collected], axis=1)
    composite, rates = _composite(evaluation, parts, surplus)
    methods = _methods([found.methods for found in collected], replicates)
    rank = rank_replicates(evaluation, composite, _columns(evaluation, rates, methods))
    table = NodeStats.table(setting, collected) if nodes else pd.DataFrame()
    return Redraw(
        evaluation, seed, replicates, sources, effort, composite, rank, rates, methods, table,
        setting.sample.notes, setting.severity.table, single_site_share(setting), freedom(setting),
    )  # fmt: skip


def _mapped(work: Callable[[str], Any], units: Sequence[str], threads: int) -> list[Any]:
    if threads == 1:
        return [work(unit) for unit in units]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, units))


def _collect_means(runner: UnitRun, units: Sequence[str], threads: int) -> Any:
    from analysis.simulation.unit import GroupMeans

    return GroupMeans.of(runner, _mapped(runner.observed, units, threads), units)


def _composite(evaluation: Evaluation, parts: Floats, surplus: Floats) -> tuple[Floats, dict[str, Floats]]:
    """Composite (replicates, units) and points of components, from component rates and surplus as shares of
    components (replicates, units, parts)."""
    composite, rulebook, scores = evaluation.scored.composite, evaluation.rulebook, evaluation.scores
    composition = rulebook.composition
    rules = np.array([part.missing or composition.settings.missing for part in composition.parts])
    groups = composite.units["group"].to_numpy(dtype=np.str_)
    absent = np.broadcast_to(rules, parts.shape[1:])
    found, above = np.empty(parts.shape[:2]), np.empty(parts.shape[:2])
    filled = np.empty(parts.shape)
    for start in range(0, len(parts), BLOCK):
        at = slice(start, start + BLOCK)
        filled[at] = fill_missing(parts[at], absent, groups).rate
        rolled = roll_up(composite.tree, filled[at])
        found[at] = rolled.rate[..., 0]
        above[at] = (rolled.weight[..., 1:] * surplus[at]).sum(axis=-1)
    entries = evaluation.adjustments
    claimed = entries[entries["kind"] == "bonus"]
    bonus = claimed.groupby(claimed["unit"].astype(str))["points"].sum()
    units = scores["unit"].astype(str)
    bonuses = units.map(bonus).fillna(0.0).to_numpy(dtype=float)
    total = (found + above) * composite.full_marks + bonuses - scores["penalty"].to_numpy()
    points = {}
    for i, part in enumerate(composition.parts):
        marks = [rulebook.framework(part, str(group)).settings.full_marks for group in scores["group"]]
        points[part.id] = filled[..., i] * np.array(marks)
    return snap(total), points


def _methods(found: list[dict[str, Floats]], replicates: int) -> dict[str, Floats]:
    names = list(dict.fromkeys(name for columns in found for name in columns))
    nothing = np.full(replicates, np.nan)
    return {name: np.stack([columns.get(name, nothing) for columns in found], axis=1) for name in names}


def _columns(
    evaluation: Evaluation, parts: dict[str, Floats], methods: dict[str, Floats]
) -> dict[str, Floats]:
    """What ties may be broken by, as arrays over replicates; columns that do not vary as they are."""
    named = {**parts, **methods}
    for name in evaluation.rulebook.settings.ties.by:
        if name not in named and name in evaluation.scores.columns:
            named[name] = evaluation.scores[name].to_numpy(dtype=np.float64)[None, :]
    return named


def replicate(
    evaluation: Evaluation, seed: int, number: int, sources: Sequence[str] | None = None
) -> Evaluation:
    """Replicate `number` (0..) of a redraw with that seed as an evaluation of its own, with its ledger."""
    return scoring.evaluate(evaluation.round, evaluation.rulebook, draw_of(evaluation, seed, number, sources))


def draw_of(evaluation: Evaluation, seed: int, number: int, sources: Sequence[str] | None = None) -> Draw:
    """Weights and shifts of the observations in one replicate. Raises UsageError for an unknown source."""
    chosen = check_asked(evaluation, number + 1, sources, {})
    setting = Setting(evaluation, sample(evaluation), severity(evaluation))
    return row_draw(setting, seed, number, chosen, {})


def row_draw(
    setting: Setting, seed: int, number: int, sources: tuple[str, ...], effort: dict[str, float]
) -> Draw:
    """`draw_of` on what was prepared."""
    block, column = divmod(number, BLOCK)
    found, scaling = setting.sample, setting.sample.scaling(effort)
    weights = [found.weights(unit, seed, block, sources, scaling)[:, column] for unit in found.bounds]
    by_member = np.concatenate([*weights, np.ones(1)])
    shift = np.zeros(len(found.of_row))
    if "assessors" in sources and setting.severity.known:
        by_assessor = np.append(setting.severity.shifts(seed, block)[:, column], 0.0)
        shift = by_assessor[setting.severity.of_row]
    worth = np.ones(len(by_member)) if setting.worth is None else np.append(setting.worth, 1.0)
    return Draw((by_member * worth)[found.of_row], shift)
