"""Improvement plans: the cheapest set of fixes that reaches a score or rank, or the best within limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import UsageError
from analysis.results.ranking import rank_table
from analysis.scoring import Evaluation, Scored, evaluate, score_again
from analysis.simulation.fixes import Findings, fixed
from analysis.simulation.forecast import Shift, forecast, learned_shifts
from analysis.simulation.messages import available
from analysis.simulation.plan_ask import Ask, check, model_of, needed_score, rivals_of
from analysis.simulation.plan_gain import Gain
from analysis.simulation.plan_refusal import why_not
from analysis.simulation.plan_solve import Model, Solution, exact, next_best, solve
from analysis.simulation.plan_things import TOGETHER, Things, things_of
from analysis.simulation.redraw import redraw
from analysis.simulation.state import State


@dataclass(frozen=True)
class Plan:
    """The plan of a unit. `chosen` (things,) marks what to do among `things.table`.

    `proven`: no better plan exists under the limits; `others`: the next-best sets.
    """

    evaluation: Evaluation
    ask: Ask
    things: Things
    gain: Gain
    model: Model
    chosen: NDArray[np.bool_]
    proven: bool
    others: tuple[Solution, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per thing, the chosen ones first by what they bring: columns of `things.table`, `chosen`,
        `points_alone` (gain of this thing by itself), `points_margin` (what the plan loses without it, or
        would gain with it), all in points of the composite, re-evaluated."""
        table = self.things.table.assign(chosen=self.chosen, **_worth(self.gain, self.chosen))
        return table.sort_values(["chosen", "points_margin", "points_alone"], ascending=False, kind="stable")

    @cached_property
    def replayed(self) -> tuple[State, Scored]:
        """The round with the plan carried out, and its scores by the whole evaluation."""
        return _replay(self.evaluation, self.things, self.chosen)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Now, the plan and the next-best plans: `plan` (0 = now, 1 = the plan), `n_things`, `n_findings`,
        `cost`, `composite` and `rank` of the unit, both by the whole evaluation, and `gain` in points."""
        sets = [np.zeros(len(self.chosen), dtype=bool), self.chosen, *(other.chosen for other in self.others)]
        return pd.DataFrame([self._line(i, chosen) for i, chosen in enumerate(sets)])

    def _line(self, number: int, chosen: NDArray[np.bool_]) -> dict[str, Any]:
        _, scored = self.replayed if number == 1 else _replay(self.evaluation, self.things, chosen)
        composite, rank = _standing(scored, self.evaluation, self.ask.unit)
        before, _ = _standing(self.evaluation.scored, self.evaluation, self.ask.unit)
        return {
            "plan": number,
            "n_things": int(chosen.sum()),
            "n_findings": int(self.things.table["n_findings"].to_numpy()[chosen].sum()),
            "cost": float(self.things.table["cost"].to_numpy()[chosen].sum()),
            "composite": composite,
            "rank": rank,
            "gain": composite - before,
        }

    @cached_property
    def rivals(self) -> pd.DataFrame:
        """Where a rank is asked for, one row per rival: `unit`, `composite` (now), `needed` (points of gain
        to be no worse), `lifted` (points by which the plan lifts it, through means of the group),
        `overtaken`: the unit is no worse, as it may be already."""
        rivals, lifted = rivals_of(self.ask, self.evaluation), self.gain.lifts(self.chosen)
        composite = self.evaluation.scores.set_index("unit")["composite"]
        table = pd.DataFrame({"unit": [name for name, _, _ in rivals]})
        table["composite"] = [float(composite[name]) for name in table["unit"]]
        overtaken = self.model.behind(self.chosen)
        return table.assign(needed=list(self.model.rivals), lifted=lifted, overtaken=overtaken)

    @property
    def promised(self) -> float:
        """Points the program promises; the replay delivers them."""
        return float(self.gain.of(self.chosen))

    def chances(
        self,
        replicates: int = 2000,
        seed: int = 1,
        pairs: Sequence[tuple[Evaluation, Evaluation]] = (),
        assumed: Mapping[str, Shift] | None = None,
    ) -> pd.DataFrame:
        """How likely the unit is where it was asked to be, now and with the plan (0..1).

        One row per aim (`target`, `rank`): redraw frequencies of this round (`redraw_now`, `redraw`) and
        probabilities at the next official test (`forecast_now`, `forecast`) with the shift and spread that
        mock and official rounds (`pairs`) teach or that are `assumed` by method; `n_pairs`: pairs of
        scores they were learned from (0: assumed, or none where nothing is stated). No row where the round
        names nothing that chance drew.
        """
        columns = ["redraw_now", "redraw", "forecast_now", "forecast"]
        if not available(self.evaluation):
            return pd.DataFrame(columns=["aim", *columns, "n_pairs"])
        state, _ = self.replayed
        learned = learned_shifts(pairs)
        found: dict[str, dict[str, float]] = {}
        for end, evaluation in (("_now", self.evaluation), ("", evaluate(*state))):
            drawn = redraw(evaluation, replicates, seed, nodes=False)
            known = {name: one for name, one in learned.items() if name in drawn.methods}
            ahead = forecast(drawn, assumed={**(assumed or {}), **known}, draws=replicates, seed=seed)
            unit = list(drawn.units).index(self.ask.unit)
            for name, one in (("redraw", drawn), ("forecast", ahead)):
                for aim, rate in self._reached(one.composite[:, unit], one.rank[:, unit]):
                    found.setdefault(aim, {})[f"{name}{end}"] = rate
        table = pd.DataFrame.from_dict(found, orient="index", columns=columns).rename_axis("aim")
        return table.reset_index().assign(n_pairs=sum(one.n for one in learned.values()))

    def _reached(
        self, composite: NDArray[np.float64], rank: NDArray[np.float64]
    ) -> Iterator[tuple[str, float]]:
        if self.ask.target is not None:
            needed = needed_score(self.ask.target, self.evaluation) - 1e-9
            yield "target", float((composite >= needed).mean())
        if self.ask.target_rank is not None:
            yield "rank", float((rank <= self.ask.target_rank).mean())

    def frontier(self, points: int = 10) -> pd.DataFrame:
        """Cost against gain: the most points for budgets from nothing to all, that of the plan among them;
        columns `cost` (number of things where no costs are known), `n_things`, `gain`, `composite`."""
        model = self.model.without_aim()
        rows = []
        # Gains flatten out, so the budgets lie closer where they are small.
        budgets = (np.arange(points + 1) / points) ** 2 * model.cost.sum()
        for budget in np.sort(np.append(budgets, model.cost @ self.chosen)):
            found = solve(_within(model, float(budget)))
            if found is not None:
                gain = float(model.gain.of(found.chosen))
                rows.append((float(model.cost @ found.chosen), int(found.chosen.sum()), gain))
        before, _ = _standing(self.evaluation.scored, self.evaluation, self.ask.unit)
        table = pd.DataFrame(rows, columns=["cost", "n_things", "gain"])
        return table.drop_duplicates().assign(composite=before + table["gain"]).reset_index(drop=True)


def _within(model: Model, budget: float) -> Model:
    return replace(model, budget=budget, things=None)


def plan(
    evaluation: Evaluation,
    unit: str,
    *,
    target: float | None = None,
    target_rank: int | None = None,
    by: dt.date | str | None = None,
    budget: float | None = None,
    things: int | None = None,
    costs: pd.DataFrame | None = None,
    capacity: int | Mapping[str, int] | None = None,
    needs: Sequence[tuple[Mapping[str, str], Mapping[str, str]]] = (),
    excludes: Sequence[tuple[Mapping[str, str], Mapping[str, str]]] = (),
    works_days: int = 60,
    together: Sequence[str] = TOGETHER,
    alternatives: int = 3,
) -> Plan:
    """The cheapest fixes that bring a unit to a score (`target`) or rank (`target_rank`) by a date.

    Without a target: the fixes that bring most within `budget` or number of `things` (ten when neither is
    given). `costs` (columns of `plan_terms.TERMS`; default: the round's table) say what a finding costs,
    how long it takes, what it needs and excludes at its site, and what a responsible unit can do; where no
    cost is stated every thing costs one. `capacity`: things one responsible unit can do (all, or by name).
    `needs` and `excludes`: pairs of filters on the things. Works take `works_days` from the round's date.
    Raises UsageError with every problem of what was asked, or with the limit that makes it infeasible.
    """
    ask = Ask(
        unit,
        target,
        target_rank,
        by,
        budget,
        things,
        costs,
        capacity,
        tuple(needs),
        tuple(excludes),
        works_days,
    )
    ask = check(ask, evaluation)
    found = things_of(evaluation, unit, together, ask.costs, ask.finished, works_days)
    model = model_of(ask, evaluation, found)
    best = exact(model)
    if best is None:
        raise UsageError(why_not(ask, evaluation, model, found, together))
    others = next_best(model, best, alternatives)
    return Plan(evaluation, ask, found, model.gain, model, best.chosen, best.proven, tuple(others))


def _worth(gain: Gain, chosen: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    """What each thing brings alone, and what it is worth to the plan."""
    alone = gain.of(np.eye(len(chosen), dtype=bool))
    flipped = np.tile(chosen, (len(chosen), 1)) ^ np.eye(len(chosen), dtype=bool)
    return {"points_alone": alone, "points_margin": np.abs(gain.of(flipped) - gain.of(chosen))}


def _replay(evaluation: Evaluation, things: Things, chosen: NDArray[np.bool_]) -> tuple[State, Scored]:
    rows = [row for i in np.flatnonzero(chosen) for row in things.rows[i]]
    findings = Findings(np.array(rows, dtype=np.int64), ())
    state = State(fixed(evaluation.round, evaluation.rulebook, findings), evaluation.rulebook)
    return state, score_again(evaluation, *state)


def _standing(scored: Scored, evaluation: Evaluation, unit: str) -> tuple[float, float]:
    """Composite (not rounded) and rank of a unit."""
    ranking = rank_table(scored.scores, evaluation.rulebook.settings)
    rank = float(ranking.loc[ranking["unit"] == unit, "rank"].iloc[0])
    return float(scored.scores.loc[scored.scores["unit"] == unit, "composite"].iloc[0]), rank
