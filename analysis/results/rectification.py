"""The rectification loop 发现—交办—整改—反馈—复核—销号: open, overdue, fixed, held, back again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.framework.model import Rulebook
from analysis.inference.survival import survival
from analysis.intake.round import Round
from analysis.results.problems import checks

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation

DATES = ("found", "assigned", "due", "fixed", "rechecked", "closed")
LABELS = ("unit", "site", "item", "responsible_unit", "finder", "result")
STATUSES = ("closed", "held", "failed", "fixed", "assigned", "found")
"""销号, 复核合格待销号, 复核不合格, 整改待复核, 交办待整改, 发现待交办."""

KEY = ["unit", "site", "item"]


def rectification_loop(rounds: Sequence[Evaluation], as_of: dt.date | None = None) -> pd.DataFrame:
    """The cases of every ledger of these rounds (`round` says which), with what all the rounds found again.

    States are those of `as_of` (default: the date of the last round); columns of `rectification_cases` and
    `with_recurrence`. `latest` is false where a later ledger has the same unit, site and item again.
    """
    ordered = sorted(rounds, key=lambda one: one.round.info.date)
    day = as_of or ordered[-1].round.info.date
    found = [
        rectification_cases(one.round, one.rulebook, day).assign(round=one.round.info.id) for one in ordered
    ]
    cases = pd.concat(found, ignore_index=True)
    cases["cause"] = cases["cause"].astype("str").astype("category")
    return with_recurrence(cases, ordered).assign(latest=~cases.duplicated(KEY, keep="last"))


def rectification_cases(
    round_: Round, rulebook: Rulebook | None = None, as_of: dt.date | None = None
) -> pd.DataFrame:
    """One row per problem of the rectification ledger, with its state on a day (default: the round's date).

    Columns of RECTIFICATIONS, then `cause` (of the item, where the rules name one), `status` (STATUSES),
    `is_fixed`, `is_held` (recheck passed), `is_rechecked`, `overdue`, `days_overdue`, `late` (fixed after
    the deadline), `days_to_fix` (from the assignment, else from the finding, to the fix; so far, when
    open). What is dated later than the day has not happened yet.
    """
    table, day = _dated(round_), pd.Timestamp(as_of or round_.info.date)
    done = {name: (table[name] <= day).to_numpy() for name in DATES}
    result = table["result"].to_numpy()
    undated = table["rechecked"].isna().to_numpy()
    rechecked = np.isin(result, ["held", "failed"]) & (done["rechecked"] | undated)
    held, failed = rechecked & (result == "held"), rechecked & (result == "failed")
    choices = [done["closed"], held, failed, done["fixed"], done["assigned"]]
    status = np.select(choices, list(STATUSES[:-1]), STATUSES[-1])
    is_open = np.isin(status, ["failed", "assigned", "found"])
    past = ((day - table["due"]).dt.days).to_numpy(dtype=np.float64)
    overdue = is_open & (past > 0)
    return table.assign(
        cause=_causes(table, rulebook),
        status=pd.Categorical(status, categories=list(STATUSES)),
        is_fixed=done["fixed"] | held | failed | done["closed"],
        is_rechecked=rechecked,
        is_held=held,
        overdue=overdue,
        days_overdue=np.where(overdue, past, 0.0),
        late=(table["fixed"] > table["due"]).to_numpy() & done["fixed"],
        days_to_fix=_days(table, day, done["fixed"]),
    )


def _dated(round_: Round) -> pd.DataFrame:
    """The ledger with every column there, labels as text and dates as dates."""
    table = round_.table("rectifications").reset_index(drop=True)
    dates = {
        name: pd.to_datetime(table[name]) if name in table else pd.Series(pd.NaT, table.index)
        for name in DATES
    }
    labels = {name: table[name].astype("str") if name in table else "" for name in LABELS}
    return table.assign(**labels, **{name: one.astype("datetime64[us]") for name, one in dates.items()})


def _days(table: pd.DataFrame, day: pd.Timestamp, fixed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Days from the assignment to the fix or to the day; NaN without a beginning or an end after it."""
    begin = table["assigned"].fillna(table["found"])
    end = table["fixed"].where(fixed, day)
    days = ((end - begin).dt.days).to_numpy(dtype=np.float64)
    return np.where(days >= 0, days, np.nan)


def _causes(table: pd.DataFrame, rulebook: Rulebook | None) -> pd.Series:
    """The cause a framework names for an item, else for its leaf; empty where it names none."""
    named: dict[str, str] = {}
    for framework in rulebook.frameworks.values() if rulebook else ():
        for node in framework.nodes:
            named.setdefault(node.id, node.cause)
            for item in node.items:
                named.setdefault(item.id, item.cause or node.cause)
    found = [named.get(item, "") for item in table["item"]]
    return pd.Series(found, table.index, dtype="str").astype("category")


def with_recurrence(cases: pd.DataFrame, later: Sequence[Evaluation]) -> pd.DataFrame:
    """The cases with what later checks of the same site and item found.

    Adds `n_checked_again` (checks dated after the fix, after the finding where there is no fix),
    `n_found_again` (those that failed), `recurred` (fixed, and found again) and `bad_fixes`: failed
    rechecks and recurrences of this unit, site and item. Sites that were not drawn again tell nothing.
    """
    seen = [checks(evaluation.scored, evaluation.round)[[*KEY, "date", "failed"]] for evaluation in later]
    found = pd.concat(seen, ignore_index=True) if seen else pd.DataFrame(columns=[*KEY, "date", "failed"])
    after = cases["fixed"].fillna(cases["found"]).fillna(pd.Timestamp.min)
    base = cases[KEY].assign(case=np.arange(len(cases)), after=after.to_numpy())
    pairs = base.merge(found, on=KEY, how="inner")
    pairs = pairs[pairs["date"] > pairs["after"]]
    again = pairs.groupby("case")["failed"].agg(["size", "sum"]).reindex(range(len(cases)), fill_value=0)
    n_found = again["sum"].to_numpy(dtype=np.int64)
    recurred = cases["is_fixed"].to_numpy() & (n_found > 0)
    table = cases.assign(
        n_checked_again=again["size"].to_numpy(dtype=np.int64), n_found_again=n_found, recurred=recurred
    )
    return table.assign(bad_fixes=_bad_fixes(table))


def _bad_fixes(table: pd.DataFrame) -> NDArray[np.int64]:
    """Failed rechecks of the problem, and fixes that passed but were found again, over all its cases."""
    failed = (table["is_rechecked"] & ~table["is_held"]).to_numpy()
    relapsed = table["recurred"].to_numpy() & ~failed
    each = pd.Series((failed | relapsed).astype(np.int64), table.index)
    return each.groupby([table[name] for name in KEY]).transform("sum").to_numpy(dtype=np.int64)


def rectification_summary(cases: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Counts and shares of the loop, one row per combination of `by` (one row in all without).

    `by`: unit, responsible_unit, cause, site, item, finder, round. Columns: `n`, `n_open` and `n_overdue` (a
    case that a later ledger took up again is open there only), `n_late`, `n_fixed`, `fixed_share`,
    `n_rechecked`, `n_held`, `held_share` (of the rechecked), with recurrence also `n_checked_again` (fixed
    ones looked at again), `n_recurred`, `recurred_share`; each share with `_low` and `_high` (Wilson, 95 %);
    `median_days` to the fix (NaN: less than half are fixed). Most open first.
    """
    names = list(by)
    groups = cases.groupby(names, observed=True, sort=False) if names else [((), cases)]
    rows = [
        {**dict(zip(names, key if isinstance(key, tuple) else (key,), strict=True)), **_summary(part)}
        for key, part in groups
    ]
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    order = ["n_overdue", "n_open", "n"]
    return table.sort_values(order, ascending=False, ignore_index=True, kind="stable")


def _summary(part: pd.DataFrame) -> dict[str, float]:
    fixed, rechecked = part["is_fixed"], part["is_rechecked"]
    latest = part.get("latest", True)
    found = {
        "n": len(part),
        "n_open": int((part["status"].isin(["failed", "assigned", "found"]) & latest).sum()),
        "n_overdue": int((part["overdue"] & latest).sum()),
        "n_late": int(part["late"].sum()),
        **_share("fixed", int(fixed.sum()), len(part)),
        "n_rechecked": int(rechecked.sum()),
        **_share("held", int(part["is_held"].sum()), int(rechecked.sum())),
    }
    if "recurred" in part:
        again = int((fixed & (part["n_checked_again"] > 0)).sum())
        found |= {"n_checked_again": again, **_share("recurred", int(part["recurred"].sum()), again)}
    known = part["days_to_fix"].notna()
    curve = survival(part.loc[known, "days_to_fix"], part.loc[known, "fixed"].notna() & fixed[known])
    return found | {"median_days": curve.median} if known.any() else found | {"median_days": np.nan}


def _share(name: str, hits: int, n: int) -> dict[str, float]:
    """Number, share and its Wilson interval; NaN where there is nothing to take a share of."""
    from scipy.stats import binomtest

    columns = (f"n_{name}", f"{name}_share", f"{name}_share_low", f"{name}_share_high")
    if not n:
        return dict(zip(columns, (hits, np.nan, np.nan, np.nan), strict=True))
    interval = binomtest(hits, n).proportion_ci(method="wilson")
    return dict(zip(columns, (hits, hits / n, interval.low, interval.high), strict=True))


def fix_curves(cases: pd.DataFrame, by: str = "") -> pd.DataFrame:
    """The share of problems still open after so many days, as steps: Kaplan-Meier, open cases censored.

    Columns: `curve` (value of the column `by`; empty for all), `days`, `open_share`, `low`, `high`
    (95 %), `n`, `median_days`. Largest group first.
    """
    known = cases[cases["days_to_fix"].notna()]
    labels = known[by].astype("str") if by else pd.Series("", known.index)
    found = []
    for name in labels.value_counts().index:
        part = known[labels == name]
        curve = survival(part["days_to_fix"], part["is_fixed"] & part["fixed"].notna())
        steps = {"days": curve.time, "open_share": curve.open_share, "low": curve.low, "high": curve.high}
        found.append(pd.DataFrame(steps).assign(curve=name, n=curve.n, median_days=curve.median))
    columns = ["curve", "days", "open_share", "low", "high", "n", "median_days"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)
