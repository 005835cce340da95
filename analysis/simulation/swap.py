"""The smallest change of one weight that makes two units swap places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import UsageError
from analysis.scoring import Evaluation
from analysis.scoring.parts import ScoredBlock
from analysis.simulation.refusals import refused
from analysis.simulation.state import unknown_units

COLUMNS = ["component", "node", "weight", "change", "change_pct", "weight_after", "possible"]


def smallest_swap(evaluation: Evaluation, first: str, second: str) -> pd.DataFrame:
    """The change of each weight alone at which two units draw level, smallest change first.

    Columns `component` (empty: weight of a component), `node`, `weight` (share in the parent), `change`
    before the weights are made to add up again, `change_pct` of the weight, `weight_after` when they were
    made to add up, `possible`: the weight stays between 0 and 1. Weights whose siblings took over weight
    of missing nodes are left out. Raises UsageError for unknown units and units of different groups.
    Triantaphyllou & Sanchez, Decision Sciences 28 (1997), doi:10.1111/j.1540-5915.1997.tb01306.x.
    """
    _check(evaluation, first, second)
    rows = [*_parts(evaluation, first, second)]
    for scored in evaluation.scored.blocks:
        if {first, second} <= set(scored.block.entities["unit"]):
            rows += _nodes(evaluation, scored, first, second)
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = table.assign(far=~table["possible"], size=table["change"].abs()).sort_values(["far", "size"])
    return table.loc[order.index].reset_index(drop=True)


def _check(evaluation: Evaluation, first: str, second: str) -> None:
    problems = unknown_units(evaluation, (first, second))
    groups = evaluation.scores.set_index("unit")["group"].astype("str")
    if not problems and (first == second or groups[first] != groups[second]):
        zh, en = (
            f"“{first}”与“{second}”不在同一排名中。",
            f"{first!r} and {second!r} are not ranked together.",
        )
        problems.append(refused("not_ranked_together", zh, en, value=f"{first}, {second}"))
    if problems:
        raise UsageError(problems)


def _gap(evaluation: Evaluation, first: str, second: str) -> float:
    composite = evaluation.scores.set_index("unit")["composite"]
    return float(composite[second] - composite[first])


def _parts(evaluation: Evaluation, first: str, second: str) -> list[tuple]:
    """Weights of the components."""
    composite = evaluation.scored.composite
    rows = [list(composite.units["unit"].astype(str)).index(unit) for unit in (first, second)]
    if composite.rolled.moved[rows].any():
        return []
    marks = composite.full_marks / float(composite.tree.nominal[0])
    rates = composite.rolled.rate[rows] * marks
    fixed = _fixed_points(evaluation, first, second)
    added = evaluation.rulebook.composition.rule == "added"
    found = []
    for node, name in enumerate(composite.tree.ids[1:], start=1):
        weight, slope = float(composite.tree.share[node]), float(rates[0, node] - rates[1, node])
        # With weights that add up again bonus and penalty keep their size while the rest is scaled.
        level = slope if added else slope + fixed
        found.append(_row("", name, weight, _gap(evaluation, first, second), slope, level, added))
    return found


def _fixed_points(evaluation: Evaluation, first: str, second: str) -> float:
    """Difference of bonus and penalties, in points."""
    table = evaluation.scores.set_index("unit")
    fixed = table["composite"] - table["base"]
    return float(fixed[first] - fixed[second])


def _nodes(evaluation: Evaluation, scored: ScoredBlock, first: str, second: str) -> list[tuple]:
    """Weights of the nodes of one component, in their parent."""
    units = scored.block.entities["unit"].to_numpy(dtype=object)
    mine = [np.flatnonzero(units == unit) for unit in (first, second)]
    worth = evaluation.scored.composite.worth(scored)
    rate, tree = np.nan_to_num(scored.rolled.rate), scored.tree
    gap = _gap(evaluation, first, second)
    found = []
    for node in range(1, len(tree.ids)):
        parent = int(tree.parent[node])
        siblings = np.flatnonzero(tree.parent == parent)
        if scored.rolled.moved[np.concatenate(mine)][:, siblings].any() or not worth[mine[0], parent].any():
            continue
        points = [float((worth[rows, parent] * rate[rows, node]).sum()) for rows in mine]
        inside = [float((worth[rows, parent] * rate[rows, parent]).sum()) for rows in mine]
        slope = points[0] - points[1]
        outside = -gap - (inside[0] - inside[1])
        name = (scored.block.part.id, tree.ids[node])
        found.append(_row(*name, float(tree.share[node]), gap, slope, slope + outside, False))
    return found


def _row(
    component: str, node: str, weight: float, gap: float, slope: float, level: float, added: bool
) -> tuple:
    """`slope`: points the first gains on the second per unit of weight; `level`: the same when the other
    weights are scaled down so that all add up again."""
    change = gap / slope if slope else np.inf * np.sign(gap or 1.0)
    scaled = gap / level if level else np.inf
    after = weight + scaled if added else _together(weight, scaled)
    possible = bool(np.isfinite(scaled) and weight + scaled >= 0 and (added or 1.0 + scaled > 0))
    share = change / weight * 100 if weight else np.nan
    return component, node, weight, change, share, after, possible


def _together(weight: float, change: float) -> float:
    """A weight after a change, once all weights add up to 1 again."""
    return (weight + change) / (1.0 + change) if np.isfinite(change) and change != -1.0 else np.nan
