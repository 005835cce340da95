"""What a scenario does: a line for every step, the order-free split, the evaluation at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import Problem, UsageError
from analysis.results.ranking import unit_ranks
from analysis.scoring import Evaluation, Scored, evaluate, score_again
from analysis.simulation.redraw import redraw
from analysis.simulation.refusals import refused
from analysis.simulation.scenario import Scenario, Source, Step, parsed
from analysis.simulation.state import Resolved, State
from analysis.simulation.steps import resolve

MOST_STEPS = 8
"""An order-free split of n steps takes 2^n evaluations."""


@dataclass(frozen=True)
class WhatIf:
    """A scenario held against its baseline: steps in their order, the state after each, and its scores.

    `states` and `scored` start with the baseline, so they have one entry more than `steps`.
    """

    baseline: Evaluation
    title: str
    steps: tuple[Step, ...]
    resolved: tuple[Resolved, ...]
    states: tuple[State, ...]
    scored: tuple[Scored, ...]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per unit: `composite` and `rank` of the baseline and of the scenario, and their changes.

        Points as computed (not rounded); ranks by the rules in force; NaN for a unit out of the ranking.
        """
        return _compared(self._standings[0], self._standings[-1])

    @cached_property
    def effects(self) -> pd.DataFrame:
        """One row per step and unit, in the order of the stack.

        Columns `step` (from 1), `label`, `n_rows` (observations or entries changed), `n_beyond` (losses
        matched that no fix can bring back), and those of `scores` before and after the step.
        """
        frames = []
        for i, (step, found) in enumerate(zip(self.steps, self.resolved, strict=True)):
            table = _compared(self._standings[i], self._standings[i + 1])
            facts = {"step": i + 1, "label": step.label, "n_rows": found.n_rows, "n_beyond": found.n_beyond}
            frames.append(table.assign(**facts)[[*facts, *table.columns]])
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def _standings(self) -> list[pd.DataFrame]:
        return [_ranked(state, scored) for state, scored in zip(self.states, self.scored, strict=True)]

    @cached_property
    def split(self) -> pd.DataFrame:
        """Points of every step for every unit that do not depend on the order: Shapley values.

        Columns `step`, `label`, `unit`, `points`; they add up to the change of the composite. Raises
        UsageError above eight steps. Shapley, "A value for n-person games" (1953).
        """
        n = len(self.steps)
        if n > MOST_STEPS:
            raise UsageError(_too_many(n))
        values = self._composites()
        points = np.array([_shapley(step, n, values) for step in range(n)])
        units = [str(name) for name in self.scored[0].scores["unit"]]
        index = [(i + 1, self.steps[i].label, unit) for i in range(n) for unit in units]
        return pd.DataFrame(index, columns=["step", "label", "unit"]).assign(points=points.ravel())

    @cached_property
    def evaluation(self) -> Evaluation:
        """The whole evaluation of the scenario: nodes, ledger, shares."""
        return evaluate(*self.states[-1])

    def intervals(self, replicates: int = 2000, seed: int = 1) -> pd.DataFrame:
        """The change of every unit with the interval that chance leaves it: both rounds drawn again with the
        same draws. Columns `unit`, `change` and the middle 95 % of its redraws (`low`, `high`) in points,
        `better_rate`, `worse_rate`: redraw frequency of a better and a worse rank (0..1).
        """
        before = redraw(self.baseline, replicates, seed, nodes=False)
        after = redraw(self.evaluation, replicates, seed, nodes=False)
        low, high = np.quantile(after.composite - before.composite, [0.025, 0.975], axis=0)
        table = self.scores[["unit", "group", "change"]].assign(low=low, high=high)
        moved = after.rank - before.rank
        return table.assign(better_rate=(moved < 0).mean(axis=0), worse_rate=(moved > 0).mean(axis=0))

    def _composites(self) -> dict[frozenset[int], np.ndarray]:
        """Composite of every unit under every subset of the steps, applied in their order."""
        n = len(self.steps)
        found = {frozenset(range(i)): _composite(scored) for i, scored in enumerate(self.scored)}
        states = {frozenset(range(i)): state for i, state in enumerate(self.states)}
        for size in range(1, n + 1):
            for steps in map(frozenset, combinations(range(n), size)):
                if steps not in found:
                    change = self.resolved[max(steps)].change
                    assert change is not None
                    states[steps] = change(states[steps - {max(steps)}])
                    found[steps] = _composite(score_again(self.baseline, *states[steps]))
        return found


def what_if(evaluation: Evaluation, *scenarios: Source) -> WhatIf:
    """The effect of one or more scenarios, stacked in the order given, on an evaluation.

    A scenario is a YAML file or a mapping of the same shape (`docs/scenarios.md`). Raises UsageError with
    every problem of every step: unknown keys and names, steps that match nothing, impossible values; and
    DataError where the changed round cannot be scored.
    """
    read = [parsed(source) for source in scenarios]
    steps, resolved = _resolved(evaluation, read)
    states, scored = [State(evaluation.round, evaluation.rulebook)], [evaluation.scored]
    for found in resolved:
        assert found.change is not None
        states.append(found.change(states[-1]))
        scored.append(score_again(evaluation, *states[-1]))
    title = " + ".join(scenario.title for scenario, _ in read)
    return WhatIf(evaluation, title, tuple(steps), tuple(resolved), tuple(states), tuple(scored))


def _resolved(
    evaluation: Evaluation, scenarios: list[tuple[Scenario, list[Problem]]]
) -> tuple[list[Step], list[Resolved]]:
    """Every step held against the baseline. Raises UsageError with what is wrong in files and in steps."""
    steps, resolved, problems = [], [], []
    for scenario, wrong in scenarios:
        problems += wrong
        for step in scenario.steps:
            found = resolve(step, evaluation)
            problems += scenario.located(step, found.problems)
            steps.append(step)
            resolved.append(found)
    if problems:
        raise UsageError(problems)
    if not steps:
        raise UsageError(refused("no_scenario", "没有给出情景。", "no scenario was given."))
    return steps, resolved


def _composite(scored: Scored) -> np.ndarray:
    return scored.scores["composite"].to_numpy()


def _compared(first: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """Composite and rank of every unit before and after."""
    return pd.DataFrame(
        {
            "unit": first["unit"],
            "group": first["group"],
            "composite_before": first["composite"],
            "composite_after": last["composite"],
            "change": last["composite"] - first["composite"],
            "rank_before": first["rank"],
            "rank_after": last["rank"],
            "rank_change": last["rank"] - first["rank"],
        }
    )


def _ranked(state: State, scored: Scored) -> pd.DataFrame:
    """Unit, group, composite (not rounded) and rank, in the order of the units."""
    scores = scored.scores[["unit", "group", "composite"]].astype({"unit": "str", "group": "str"})
    return scores.assign(rank=unit_ranks(scored.scores, state.rulebook.settings))


def _shapley(step: int, n: int, values: Mapping[frozenset[int], np.ndarray]) -> np.ndarray:
    """Mean gain of a step over all orders in which the others may come before it."""
    others = [i for i in range(n) if i != step]
    total: Any = 0.0
    for size in range(n):
        weight = factorial(size) * factorial(n - size - 1) / factorial(n)
        for before in map(frozenset, combinations(others, size)):
            total = total + weight * (values[before | {step}] - values[before])
    return np.asarray(total)


def _too_many(n: int) -> Problem:
    return refused(
        "too_many_steps",
        f"共 {n} 个步骤，与顺序无关的分解最多 {MOST_STEPS} 个（需要 2 的 n 次方次计分）。",
        f"{n} steps; the order-free split takes at most {MOST_STEPS} (it needs 2^n evaluations).",
        "请合并步骤，或只看逐步影响。",
        "Merge steps, or read the line of each step.",
        n,
    )
