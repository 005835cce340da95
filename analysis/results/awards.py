"""First and last places, cards, moving flags, lists: who gets what by the rules of its own kind of unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.framework.model import Award
from analysis.results.ranking import ranks
from analysis.results.responsible import levels, responsible_units
from analysis.scoring.rounding import round_score

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation

COLUMNS = ["award", "kind", "level", "period", "unit", "score", "rank", "n_ranked", "held_before"]


def awards(evaluation: Evaluation) -> pd.DataFrame:
    """One row per award and unit that gets it, in the order of the rules; an award nobody gets has unit "".

    Columns: award (id), kind, level, period (of the round, or the cycle), unit, score (points as printed),
    rank among the `n_ranked` units of that kind (n_ranked 0: the round has no such unit), `held_before`:
    the unit that led in the period before (moving flags, where the earlier scores are known).
    """
    settings = evaluation.rulebook.settings
    rows = [row for award in settings.awards for row in _given(evaluation, award)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _given(evaluation: Evaluation, award: Award) -> Iterator[tuple]:
    found = ranked(evaluation, award)
    hit = found[_inside(award, found)]
    info = evaluation.round.info
    period = (info.cycle if award.per == "cycle" else info.period) or ""
    before = _leader_before(evaluation, award) if award.kind == "flag" else ""
    facts = (award.id, award.kind, award.level, period)
    n = len(found)
    for row in hit.itertuples(index=False):
        yield (*facts, row.unit, row.score, row.rank, n, before)
    if hit.empty:
        yield (*facts, "", np.nan, np.nan, n, before)


def ranked(evaluation: Evaluation, award: Award) -> pd.DataFrame:
    """The units an award is for, best first: `unit`, `score` (as printed), `rank`, `from_last`.

    Vetoed units and units without a score are left out.
    """
    scores = _scores(evaluation, award)
    kinds = levels(evaluation)
    if award.level:
        scores = scores[[kinds.get(str(unit), "") == award.level for unit in scores["unit"]]]
    rounding = evaluation.rulebook.settings.rounding
    scores = scores.assign(score=round_score(scores["score"], rounding)).dropna(subset="score")
    values = scores["score"].to_numpy()
    table = scores.assign(rank=ranks(values), from_last=ranks(-values))
    return table.sort_values(["rank", "unit"], ignore_index=True)


def _scores(evaluation: Evaluation, award: Award) -> pd.DataFrame:
    """Units with the score the award asks for."""
    if award.of == "responsible_units":
        units = responsible_units(evaluation)
        units = units[(units["responsible_unit"] != "") & units["loss_rate"].notna()]
        kept = 100.0 * (1.0 - units["loss_rate"])
        return pd.DataFrame({"unit": units["responsible_unit"], "score": kept})
    scores = evaluation.scores[evaluation.scores["veto"].astype(str) == ""]
    values = scores["composite"]
    if award.per == "cycle":
        values = year_table(evaluation).set_index("unit")["year"].reindex(scores["unit"].astype(str))
    return pd.DataFrame({"unit": scores["unit"].astype(str).to_numpy(), "score": values.to_numpy()})


def _inside(award: Award, found: pd.DataFrame) -> np.ndarray:
    if award.first is not None:
        return (found["rank"] <= award.first).to_numpy()
    if award.last is not None:
        return (found["from_last"] <= award.last).to_numpy()
    low = -np.inf if award.from_score is None else award.from_score
    high = np.inf if award.below is None else award.below
    return ((found["score"] >= low) & (found["score"] < high)).to_numpy()


def _leader_before(evaluation: Evaluation, award: Award) -> str:
    """Who held a moving flag in the period before this one; several when they were tied; "" if not known."""
    settings, info = evaluation.rulebook.settings, evaluation.round.info
    periods = list(settings.cycle.weights) if settings.cycle else []
    at = periods.index(info.period) if info.period in periods else 0
    scores = evaluation.round.table("cycle_scores")
    if not at or award.of != "units" or scores.empty:
        return ""
    kinds = levels(evaluation)
    then = scores[(scores["period"].astype(str) == periods[at - 1])]
    then = then[[not award.level or kinds.get(str(unit), "") == award.level for unit in then["unit"]]]
    best = round_score(then["composite"], settings.rounding)
    return "、".join(then["unit"].astype(str)[best == np.nanmax(best)]) if len(then) else ""


def year_table(evaluation: Evaluation) -> pd.DataFrame:
    """Quarters (or years) rolled up: unit, one column per period of the cycle, `so_far`, `year`, `rank`.

    Points. `so_far` weighs the periods that are known among themselves, `year` is known when all are;
    `rank` goes by `year`, or by `so_far` until then. Empty when the round belongs to no cycle.
    """
    cycle = evaluation.cycle
    if cycle.empty:
        return pd.DataFrame(columns=["unit", "so_far", "year", "rank"])
    wide = cycle.pivot(index="unit", columns="period", values="composite")
    weights = cycle.drop_duplicates("period").set_index("period")["weight"]
    wide = wide[list(weights.index)]
    known = wide.notna() * weights
    so_far = (wide.fillna(0.0) * weights).sum(axis=1) / known.sum(axis=1)
    complete = wide.notna().all(axis=1)
    rounding = evaluation.rulebook.settings.rounding
    table = wide.assign(so_far=so_far, year=so_far.where(complete))
    table["rank"] = ranks(round_score(table["so_far"], rounding))
    table = table.rename_axis(None, axis=1).reset_index().astype({"unit": "str"})
    return table.sort_values(["rank", "unit"], ignore_index=True)
