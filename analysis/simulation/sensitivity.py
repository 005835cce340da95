"""Sensitivity of ranks to every disputable choice: all combinations, split exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import UsageError
from analysis.inference.anova import anova
from analysis.results.ranking import unit_ranks
from analysis.scoring import Evaluation, Scored, score_again
from analysis.simulation.choices import Choices, changes_of, usual_choices
from analysis.simulation.refusals import refused, unknown
from analysis.simulation.state import Change, State

Floats = NDArray[np.float64]
MOST = 2000
"""Combinations that are evaluated at most."""

LAST = ("ties",)
"""Choices that only order the scores: they need no scoring of their own."""


@dataclass(frozen=True)
class Sensitivity:
    """Every combination of the choices. `composites` and `ranks`: one axis per choice, then the units."""

    choices: dict[str, tuple[str, ...]]
    units: tuple[str, ...]
    groups: tuple[str, ...]
    baseline: Floats
    composites: Floats
    ranks: Floats

    @cached_property
    def shift(self) -> Floats:
        """Mean absolute change of the ranks against the baseline, in places, for every combination."""
        moved = np.abs(self.ranks - self.baseline)
        return np.asarray(np.nanmean(moved, axis=-1))

    @cached_property
    def combinations(self) -> pd.DataFrame:
        """One row per combination: a column per choice, `rank_shift` in places, the first of each group."""
        table = pd.DataFrame(product(*self.choices.values()), columns=list(self.choices))
        table["rank_shift"] = self.shift.ravel()
        flat = self.ranks.reshape(-1, len(self.units))
        for group in dict.fromkeys(self.groups):
            table[f"first_{group}"] = [self._first(ranks, group) for ranks in flat]
        return table

    def shares(self, unit: str | None = None) -> pd.DataFrame:
        """Share of the variance over all combinations due to each choice and each pair: of the mean rank
        shift, or of one unit's composite. Columns `choice`, `with_choice` (empty: alone), `share`.

        Raises UsageError for an unknown unit.
        """
        names = list(self.choices)
        found = anova(self.shift if unit is None else self.composites[..., self._position(unit)])
        rows = [(names[axes[0]], names[axes[1]] if axes[1:] else "", share) for axes, share in found.items()]
        table = pd.DataFrame(rows, columns=["choice", "with_choice", "share"])
        return table.sort_values("share", ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def ranges(self) -> pd.DataFrame:
        """One row per unit: `rank` of the baseline, `best` and `worst` rank, `mean_shift` in places,
        `composite_low` and `composite_high`, over all combinations."""
        axes = tuple(range(len(self.choices)))
        low, high = np.nan_to_num(self.ranks, nan=np.inf), np.nan_to_num(self.ranks, nan=-np.inf)
        ranked = np.isfinite(self.baseline)
        table = pd.DataFrame(
            {
                "group": self.groups,
                "unit": self.units,
                "rank": self.baseline,
                "best": np.where(ranked, low.min(axis=axes), np.nan),
                "worst": np.where(ranked, high.max(axis=axes), np.nan),
                "mean_shift": _mean(np.abs(self.ranks - self.baseline), axes),
                "composite_low": self.composites.min(axis=axes),
                "composite_high": self.composites.max(axis=axes),
            }
        )
        return table.sort_values(["group", "rank"], kind="stable", ignore_index=True)

    @cached_property
    def winners(self) -> pd.DataFrame:
        """Who is first in each group: `unit`, `share` of the combinations in which it is (ties count for
        both), `baseline` whether it is first as written, `by_choice`: single choices that make it first."""
        axes = tuple(range(len(self.choices)))
        first = np.mean(self.ranks == 1, axis=axes)
        rows = [
            (group, unit, float(first[i]), bool(self.baseline[i] == 1), ", ".join(self._alone(i)))
            for i, (group, unit) in enumerate(zip(self.groups, self.units, strict=True))
            if first[i] > 0
        ]
        table = pd.DataFrame(rows, columns=["group", "unit", "share", "baseline", "by_choice"])
        return table.sort_values(
            ["group", "share"], ascending=[True, False], kind="stable", ignore_index=True
        )

    def _alone(self, unit: int) -> list[str]:
        """Single choices, all others as in the baseline, that make a unit first which was not."""
        found = []
        for axis, (name, alternatives) in enumerate(self.choices.items()):
            for k, alternative in enumerate(alternatives):
                at = tuple(k if i == axis else 0 for i in range(len(self.choices)))
                if self.ranks[at][unit] == 1 and self.baseline[unit] != 1:
                    found.append(f"{name}={alternative}")
        return found

    def _first(self, ranks: Floats, group: str) -> str:
        pairs = zip(ranks, self.units, self.groups, strict=True)
        return "、".join(unit for rank, unit, own in pairs if rank == 1 and own == group)

    def _position(self, unit: str) -> int:
        if unit not in self.units:
            raise UsageError(unknown("被测评单位", "unit", unit, self.units, "unit"))
        return self.units.index(unit)


def _mean(values: Floats, axes: tuple[int, ...]) -> Floats:
    held = ~np.isnan(values)
    count = held.sum(axis=axes)
    total = np.where(held, values, 0.0).sum(axis=axes)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def sensitivity(evaluation: Evaluation, choices: Choices | None = None) -> Sensitivity:
    """Ranks and composites under every combination of disputable choices.

    `choices`: name to alternatives, each a list of rule steps as in a scenario; the first alternative of a
    choice belongs to the baseline. Default: method shares, composition, missing data, averaging, answer
    base, ties. Raises UsageError for steps that cannot be and for too many combinations, DataError where a
    combination cannot be scored.
    """
    asked = usual_choices(evaluation) if choices is None else choices
    _check(asked)
    changes = changes_of(evaluation, asked)
    names = tuple(changes)
    scored: dict[tuple[str, ...], tuple[State, Scored]] = {}
    composites, ranks = [], []
    for combination in product(*(changes[name] for name in names)):
        state, found = _scored(evaluation, changes, names, combination, scored)
        composites.append(found.scores["composite"].to_numpy())
        ranks.append(unit_ranks(found.scores, state.rulebook.settings))
    shape = (*(len(changes[name]) for name in names), len(evaluation.scores))
    table = evaluation.scores.astype({"unit": "str", "group": "str"})
    return Sensitivity(
        {name: tuple(changes[name]) for name in names},
        tuple(table["unit"]),
        tuple(table["group"]),
        unit_ranks(evaluation.scored.scores, evaluation.rulebook.settings),
        np.array(composites).reshape(shape),
        np.array(ranks).reshape(shape),
    )


def _scored(
    evaluation: Evaluation,
    changes: Mapping[str, Mapping[str, Change]],
    names: tuple[str, ...],
    combination: tuple[str, ...],
    known: dict[tuple[str, ...], tuple[State, Scored]],
) -> tuple[State, Scored]:
    """The state of a combination and its scores; choices that only order are applied afterwards."""
    ordering = [(n, c) for n, c in zip(names, combination, strict=True) if n in LAST]
    scoring = [(n, c) for n, c in zip(names, combination, strict=True) if n not in LAST]
    key = tuple(c for _, c in scoring)
    if key not in known:
        state = State(evaluation.round, evaluation.rulebook)
        # A composition replaces the rules as a whole, so it comes first.
        for name, alternative in sorted(scoring, key=lambda pair: pair[0] != "composition"):
            state = changes[name][alternative](state)
        known[key] = state, score_again(evaluation, *state)
    state, found = known[key]
    for name, alternative in ordering:
        state = changes[name][alternative](state)
    return state, found


def _check(choices: Choices) -> None:
    n = int(np.prod([len(alternatives) for alternatives in choices.values()])) if choices else 0
    if 0 < n <= MOST:
        return
    zh, en = f"共 {n} 种组合，应在 1 到 {MOST} 之间。", f"{n} combinations; there must be 1 to {MOST}."
    fix = ("请减少选择或备选项。", "Take fewer choices or alternatives.")
    raise UsageError(refused("combinations", zh, en, *fix, n))
