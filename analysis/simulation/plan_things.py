"""What could be fixed: the open findings of a unit, put together into things that are done as one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.framework.model import (
    CountedEvidence,
    Deduction,
    Graded,
    PassShare,
    StartAdjust,
    Target,
    Threshold,
)
from analysis.scoring import Evaluation
from analysis.simulation.plan_terms import Called, priced, stated
from analysis.simulation.select import CauseNames

FIXED_BY_WORK = (PassShare, Graded, Deduction, StartAdjust, CountedEvidence)
METHODS = ("material", "field")
TOGETHER = ("component", "place", "leaf", "site", "item")
"""Findings that agree in these columns are one thing."""


@dataclass(frozen=True)
class Things:
    """`table`: one row per thing: the columns it was put together by, `responsible_unit`, `cause`, `works`,
    `n_findings`, `cost` (NaN: not known), `points_lost` (share of the loss in the ledger, which is not the
    gain). `rows`: row ids of each thing. `left_out`: findings that cannot be planned, with `reason`.
    """

    table: pd.DataFrame
    rows: tuple[tuple[int, ...], ...]
    left_out: pd.DataFrame

    @property
    def thing_of(self) -> dict[int, int]:
        """Row id to thing."""
        return {row: i for i, rows in enumerate(self.rows) for row in rows}


def things_of(
    evaluation: Evaluation,
    unit: str,
    together: Sequence[str] = TOGETHER,
    costs: pd.DataFrame | None = None,
    finished: dt.date | None = None,
    works_days: int = 0,
) -> Things:
    """The things a unit could fix, `finished` by a date: a fix takes the days of its terms (`costs`) from the
    round's date; where none are stated works take `works_days` and everything else none.

    Findings are losses of documents and sites; answers, ratings, indicator values and given scores are
    not. Left out: works that cannot finish, findings closed since the round, findings without a cost.
    """
    rows = _findings(evaluation, unit)
    names = CauseNames(evaluation.rulebook)
    causes = rows["cause"].astype("str")
    rows = rows.assign(cause=causes, responsible_unit=_responsible(evaluation, rows))
    rows = rows.assign(works=causes.map({cause: names.needs_works(cause) for cause in causes.unique()}))
    terms = pd.DataFrame(columns=["by", "name"]) if costs is None else costs
    keys = Called(evaluation).of(rows)
    usual = np.where(rows["works"].to_numpy(dtype=bool), float(works_days), 0.0)
    days = np.array(stated(terms, "days", keys), dtype=np.float64)
    rows = rows.assign(cost=stated(terms, "cost", keys), days=np.where(np.isnan(days), usual, days))
    reason = _reasons(evaluation, rows, finished, priced(costs))
    open_, out = rows[reason == ""], rows[reason != ""].assign(reason=reason[reason != ""])
    return Things(*_grouped(open_, list(together)), out.reset_index(drop=True))


def _findings(evaluation: Evaluation, unit: str) -> pd.DataFrame:
    ledger = evaluation.ledger
    chosen = (ledger["unit"] == unit) & (ledger["row_id"] >= 0) & ledger["method"].isin(METHODS)
    chosen &= ledger["cause"] != "missing"
    rows = ledger[chosen]
    return rows[_is_work(evaluation, unit, rows)]


def _is_work(evaluation: Evaluation, unit: str, rows: pd.DataFrame) -> np.ndarray:
    """Rows whose leaf has findings that can be worked off."""
    group = str(evaluation.round.units.set_index("unit")["group"][unit])
    known = {}
    for part in evaluation.rulebook.composition.parts:
        for node in evaluation.rulebook.framework(part, group).leaves:
            rule = node.rule
            checks = isinstance(rule, Threshold | Target) and rule.of == "pass_share"
            limited = not isinstance(rule, Threshold) or rule.at_least is not None
            known[part.id, node.id] = isinstance(rule, FIXED_BY_WORK) or (checks and limited)
    keys = zip(rows["component"].astype(str), rows["leaf"].astype(str), strict=True)
    return np.array([known.get(key, False) for key in keys], dtype=bool)


def _responsible(evaluation: Evaluation, rows: pd.DataFrame) -> list[str]:
    """Who does the work: the responsible unit with the largest share of each ledger row."""
    shares = evaluation.shares
    mine = shares[shares["ledger_row"].isin(rows.index)]
    first = mine.sort_values("share", ascending=False, kind="stable").drop_duplicates("ledger_row")
    named = first.set_index("ledger_row")["responsible_unit"].astype("str")
    return named.reindex(rows.index).fillna("").to_list()


def _reasons(
    evaluation: Evaluation, rows: pd.DataFrame, finished: dt.date | None, with_costs: bool
) -> np.ndarray:
    """Why a finding cannot be planned: `works_too_long`, `closed`, `no_cost`; empty: it can."""
    reason = np.full(len(rows), "", dtype=object)
    if with_costs:
        reason[rows["cost"].isna().to_numpy()] = "no_cost"
    if finished is not None:
        reason[rows["days"].to_numpy() > (finished - evaluation.round.info.date).days] = "works_too_long"
    reason[_closed(evaluation, rows)] = "closed"
    return reason


def _closed(evaluation: Evaluation, rows: pd.DataFrame) -> np.ndarray:
    """Findings that the rectification ledger closed after the round, and whose recheck did not fail."""
    ledger = evaluation.round.table("rectifications")
    if ledger.empty or "closed" not in ledger.columns:
        return np.zeros(len(rows), dtype=bool)
    since = pd.to_datetime(ledger["closed"]) > pd.Timestamp(evaluation.round.info.date)
    failed = ledger["result"] == "failed" if "result" in ledger.columns else np.zeros(len(ledger), dtype=bool)
    keys = ["unit", "site", "item"]
    done = set(ledger.loc[since & ~failed, keys].astype(str).itertuples(index=False, name=None))
    return np.array(
        [key in done for key in rows[keys].astype(str).itertuples(index=False, name=None)], dtype=bool
    )


def _grouped(rows: pd.DataFrame, together: list[str]) -> tuple[pd.DataFrame, tuple[tuple[int, ...], ...]]:
    """Findings put together, largest loss first; a thing takes cause and unit of its largest finding."""
    rows = rows.astype(dict.fromkeys([*together, "cause", "responsible_unit", "site_type"], "str"))
    rows = rows.sort_values("points_lost", ascending=False, kind="stable")
    grouped = rows.groupby(together, sort=False)
    told = ("component", "place", "leaf", "site_type", "site", "item", "cause", "responsible_unit")
    firsts = [name for name in told if name not in together]
    table = grouped.agg(
        **{name: (name, "first") for name in firsts},
        works=("works", "max"),
        n_findings=("row_id", "size"),
        cost=("cost", lambda values: values.sum(skipna=False)),
        points_lost=("points_lost", "sum"),
    ).reset_index()
    ids = {key: tuple(int(row) for row in part) for key, part in grouped["row_id"]}
    keys = table[together].itertuples(index=False, name=None)
    order = table["points_lost"].sort_values(ascending=False, kind="stable").index
    rows_of = [ids[key] for key in keys]
    return table.loc[order].reset_index(drop=True), tuple(rows_of[i] for i in order)
