"""Several rounds in a row: scores, control charts, rebound after an inspection, months of the year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.inference.control import Chart, individuals_chart, p_chart
from analysis.results.change_error import change_errors
from analysis.results.printed import printed_numbers
from analysis.results.problems import checks
from analysis.results.ranking import rank_table

if TYPE_CHECKING:
    from analysis.intake.round import Round
    from analysis.scoring.evaluate import Evaluation

CHART = ["series", "round", "date", "value", "n", "center", "low", "high", "signal"]


def in_order(rounds: Sequence[Evaluation]) -> list[Evaluation]:
    """The rounds by date."""
    return sorted(rounds, key=lambda one: (one.round.info.date, one.round.info.id))


def score_series(rounds: Sequence[Evaluation]) -> pd.DataFrame:
    """Composite (points as printed) and rank of every unit in every round, in the order of their dates.

    Columns: `round`, `date`, `kind`, `group`, `unit`, `composite`, `rank`, `tied`.
    """
    found = []
    for one in in_order(rounds):
        ranking = rank_table(one.scores, one.rulebook.settings)
        info = one.round.info
        labels = ranking[["group", "unit"]].astype("str")
        found.append(
            labels.assign(
                round=info.id,
                date=pd.Timestamp(info.date),
                kind=info.kind,
                **{name: ranking[name] for name in ("composite", "rank", "tied")},
            )
        )
    table = pd.concat(found, ignore_index=True)
    return table[["round", "date", "kind", "group", "unit", "composite", "rank", "tied"]]


def score_chart(series: pd.DataFrame, baseline: int | None = None) -> pd.DataFrame:
    """Control chart of every unit's composite (columns CHART, points), limits from the moving range.

    `series` as of `score_series`. `baseline`: rounds that make the centre (all by default). With few rounds
    the limits are wide, and they say nothing about the sample that was drawn.
    """
    parts = []
    for unit, part in series[series["composite"].notna()].groupby("unit", sort=False):
        chart = individuals_chart(part["composite"].to_numpy(), baseline)
        parts.append(_charted(str(unit), part["round"], part["date"], chart, np.full(len(part), np.nan)))
    return _joined(parts)


def problem_chart(
    rounds: Sequence[Evaluation], by: str = "unit", baseline: int | None = None
) -> pd.DataFrame:
    """p-chart of the share of checks at sites that failed, per value of `by` (columns CHART, shares 0-1).

    `by`: a column of the checks (unit, leaf, component), or "" for one chart of all. Limits follow the
    number of checks of each round; checks of one site resemble each other, which widens the limits by the
    design effect of the sites.
    """
    found = []
    for one in in_order(rounds):
        rows = checks(one.scored, one.round)
        rows = rows[~rows["sampled"].astype(bool)]
        key = rows[by] if by else pd.Series("", rows.index)
        sites = rows.assign(series=key).groupby(["series", "unit", "site"], sort=False)["failed"]
        table = sites.agg(events="sum", n="size").reset_index()
        found.append(table.assign(round=one.round.info.id, date=pd.Timestamp(one.round.info.date)))
    return _joined(
        [_p_charted(str(name), part, baseline) for name, part in pd.concat(found).groupby("series")]
    )


def _p_charted(name: str, sites: pd.DataFrame, baseline: int | None) -> pd.DataFrame:
    sums = sites.groupby(["date", "round"])[["events", "n"]].sum().reset_index()
    effect = np.array([_design_effect(part) for _, part in sites.groupby(["date", "round"])])
    chart = p_chart(sums["events"], sums["n"], baseline, effect)
    return _charted(name, sums["round"], sums["date"], chart, sums["n"].to_numpy())


def _design_effect(sites: pd.DataFrame) -> float:
    """Variance of the share over sites (ratio estimator) over that of independent checks; at least 1."""
    events, n = sites["events"].to_numpy(dtype=np.float64), sites["n"].to_numpy(dtype=np.float64)
    share = events.sum() / n.sum()
    plain = share * (1.0 - share) / n.sum()
    if len(sites) < 2 or plain == 0:
        return 1.0
    clustered = len(sites) / (len(sites) - 1) * ((events - share * n) ** 2).sum() / n.sum() ** 2
    return max(float(clustered / plain), 1.0)


def published_chart(rounds: Sequence[Round], group: str, baseline: int | None = None) -> pd.DataFrame:
    """p-charts of published counts: the share of every category among all problems of a group.

    `group` as printed (城市管理). The total is the count that all rows of the group repeat. Columns CHART.
    """
    found = [_counts(one, group) for one in sorted(rounds, key=lambda one: one.info.date)]
    table = pd.concat(found, ignore_index=True)
    parts = []
    for name, part in table.groupby("unit", sort=False):
        chart = p_chart(part["events"], part["n"], baseline)
        parts.append(_charted(str(name), part["round"], part["date"], chart, part["n"].to_numpy()))
    return _joined(parts)


def published_groups(rounds: Sequence[Round]) -> list[str]:
    """Groups whose counts can be charted over at least two of the rounds, by name."""
    groups = {str(name) for one in rounds for name in one.table("published")["group"].astype("str")}
    return [name for name in sorted(groups) if sum(len(_counts(one, name)) > 0 for one in rounds) > 1]


def _counts(round_: Round, group: str) -> pd.DataFrame:
    """Categories with their counts, and the total that stands beside each of them."""
    printed = printed_numbers(round_.table("published"))
    rows = printed[(printed["measure"] == "count") & (printed["group"] == group)]
    wide = rows.pivot_table(index="unit", columns="name", values="value", sort=False)
    repeated = [name for name in wide.columns if wide[name].nunique() == 1]
    if len(wide) < 2 or len(repeated) != 1 or len(wide.columns) != 2:
        return pd.DataFrame(columns=["unit", "events", "n", "round", "date"])
    events = next(name for name in wide.columns if name not in repeated)
    counts = pd.DataFrame({"events": wide[events], "n": wide[repeated[0]]}).reset_index()
    return counts.assign(round=round_.info.id, date=pd.Timestamp(round_.info.date))


def _charted(
    name: str, rounds: pd.Series, dates: pd.Series, chart: Chart, n: NDArray[np.float64]
) -> pd.DataFrame:
    rules = list(chart.signals)
    told = ["|".join(rule for rule in rules if chart.signals[rule][at]) for at in range(len(chart.value))]
    columns = {"value": chart.value, "center": chart.center, "low": chart.low, "high": chart.high}
    frame = pd.DataFrame({"series": name, "round": rounds.to_numpy(), "date": dates.to_numpy(), **columns})
    return frame.assign(n=n, signal=pd.Series(told, dtype="str"))[CHART]


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=CHART)


def rebounds(rounds: Sequence[Evaluation]) -> pd.DataFrame:
    """What every official inspection brought and what was left of it in the round after (突击, 反弹).

    One row per inspection and unit: `rise` into it and `fall` after it (points of the base; NaN where there
    is no round before or after), their standard errors, `n_sound` (checks sound at the inspection and
    looked at again), `n_back` (failed then), `rebound`: it rose and fell by more than 1.96 standard errors.
    """
    ordered = in_order(rounds)
    found = [
        _rebound(ordered, position)
        for position, one in enumerate(ordered)
        if one.round.info.kind == "official" and len(ordered) > 1
    ]
    columns = ["round", "unit", "rise", "rise_se", "fall", "fall_se", "n_sound", "n_back", "rebound"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _rebound(ordered: list[Evaluation], position: int) -> pd.DataFrame:
    now = ordered[position]
    before = ordered[position - 1] if position else None
    after = ordered[position + 1] if position + 1 < len(ordered) else None
    units = now.scores["unit"].astype("str").to_list()
    rise, rise_se = _step(before, now, units)
    fall, fall_se = _step(now, after, units)
    n_sound, n_back = _back(now, after, units)
    certain = (rise > 1.959964 * rise_se) & (fall < -1.959964 * fall_se)
    return pd.DataFrame(
        {
            "round": now.round.info.id,
            "unit": units,
            "rise": rise,
            "rise_se": rise_se,
            "fall": fall,
            "fall_se": fall_se,
            "n_sound": n_sound,
            "n_back": n_back,
            "rebound": certain,
        }
    )


def _step(one: Evaluation | None, two: Evaluation | None, units: list[str]) -> tuple[NDArray, NDArray]:
    """Change of the base between two rounds and its standard error, by unit."""
    if one is None or two is None:
        return np.full(len(units), np.nan), np.full(len(units), np.nan)
    base = [
        each.scores.assign(unit=each.scores["unit"].astype("str")).set_index("unit")["base"]
        for each in (one, two)
    ]
    errors = change_errors((one.round, one.scored), (two.round, two.scored)).set_index("unit")["change_se"]
    change = (base[1] - base[0]).reindex(units)
    return change.to_numpy(dtype=np.float64), errors.reindex(units).to_numpy(dtype=np.float64)


def _back(now: Evaluation, after: Evaluation | None, units: list[str]) -> tuple[NDArray, NDArray]:
    """Checks that were sound and were looked at again, and those of them that failed then, by unit."""
    if after is None:
        return np.zeros(len(units), dtype=np.int64), np.zeros(len(units), dtype=np.int64)
    keys = ["unit", "site", "item"]
    both = []
    for one in (now, after):
        rows = checks(one.scored, one.round)
        rows = rows[~rows["sampled"].astype(bool)].astype(dict.fromkeys(keys, object))
        both.append(rows.groupby(keys, sort=False)["failed"].any().reset_index())
    pairs = both[0].merge(both[1], on=keys, suffixes=("", "_after"))
    sound = pairs[~pairs["failed"].astype(bool)]
    counts = sound.groupby("unit")["failed_after"].agg(["size", "sum"]).reindex(units, fill_value=0)
    return counts["size"].to_numpy(dtype=np.int64), counts["sum"].to_numpy(dtype=np.int64)


def months(series: pd.DataFrame) -> pd.DataFrame:
    """How months differ from their year, in points: one row per calendar month with data.

    `series` as of `score_series`. Columns: `month`, `n_years`, `n`, `effect` (mean over units of the
    composite less the unit's mean of that year), `effect_se` (over years). A month seen in one year only
    cannot be told from that year's trend: its effect is NaN.
    """
    rows = series[series["composite"].notna()]
    rows = rows.assign(year=rows["date"].dt.year, month=rows["date"].dt.month)
    rows = rows.assign(
        off=rows["composite"] - rows.groupby(["unit", "year"])["composite"].transform("mean"),
        alone=rows.groupby(["unit", "year"])["month"].transform("nunique") < 2,
    )
    each = rows[~rows["alone"]].groupby(["month", "year"])["off"].mean().reset_index()
    effect = each.groupby("month")["off"].agg(["size", "mean", "std"])
    table = rows.groupby("month").agg(n_years=("year", "nunique"), n=("unit", "size"))
    told = effect["size"] >= 2
    table["effect"] = effect["mean"].where(told)
    table["effect_se"] = (effect["std"] / np.sqrt(effect["size"])).where(told)
    return table.reset_index()
