"""What is asked of a plan: target, date and limits, checked with every problem at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.errors import Problem, UsageError
from analysis.results.ranking import rank_table
from analysis.scoring import Evaluation
from analysis.scoring.rounding import round_score
from analysis.simulation.plan_gain import gain_of
from analysis.simulation.plan_solve import Model
from analysis.simulation.plan_terms import capacities, check_terms, priced, related
from analysis.simulation.plan_things import Things
from analysis.simulation.refusals import refused, unknown

Pair = tuple[Mapping[str, str], Mapping[str, str]]
MANY = 10
"""How many things are proposed when neither a target nor a limit is given."""


@dataclass(frozen=True)
class Ask:
    """What `plan` was asked; see there."""

    unit: str
    target: float | None = None
    target_rank: int | None = None
    by: dt.date | str | None = None
    budget: float | None = None
    things: int | None = None
    costs: pd.DataFrame | None = None
    capacity: int | Mapping[str, int] | None = None
    needs: tuple[Pair, ...] = ()
    excludes: tuple[Pair, ...] = ()
    works_days: int = 0

    @property
    def finished(self) -> dt.date | None:
        return self.by if isinstance(self.by, dt.date) else None

    @property
    def priced(self) -> bool:
        return priced(self.costs)

    @property
    def aims(self) -> bool:
        return self.target is not None or self.target_rank is not None


def check(ask: Ask, evaluation: Evaluation) -> Ask:
    """The question with its date read and the round's costs. Raises UsageError with every problem."""
    costs = evaluation.round.table("costs") if ask.costs is None else ask.costs
    ask = replace(ask, costs=costs)
    problems = [*_unit(ask, evaluation), *_numbers(ask), *_terms(ask, evaluation)]
    try:
        ask = replace(ask, by=dt.date.fromisoformat(ask.by) if isinstance(ask.by, str) else ask.by)
        problems += _date(ask, evaluation)
    except ValueError:
        zh, en = f"“{ask.by}”不是日期。", f"{ask.by!r} is not a date."
        problems.append(
            refused("not_a_date", zh, en, "请写成 2025-09-01。", "Write it as 2025-09-01.", ask.by)
        )
    if problems:
        raise UsageError(problems)
    if not ask.aims and ask.budget is None and ask.things is None:
        ask = replace(ask, things=MANY)
    return ask


def _unit(ask: Ask, evaluation: Evaluation) -> Iterator[Problem]:
    scores = evaluation.scores
    names = [str(name) for name in scores["unit"]]
    if ask.unit not in names:
        yield unknown("被测评单位", "unit", ask.unit, names, "unit")
        return
    row = scores.iloc[names.index(ask.unit)]
    if str(row["veto"]) and ask.target_rank is not None:
        zh, en = f"“{ask.unit}”已被一票否决，不参加排名。", f"{ask.unit!r} is vetoed and has no rank."
        yield refused("vetoed", zh, en, value=ask.unit)
    n = int((scores["group"] == row["group"]).sum())
    if ask.target_rank is not None and not 1 <= ask.target_rank <= n:
        zh = f"名次 {ask.target_rank} 不可能：该组共 {n} 个单位。"
        yield refused(
            "impossible_rank",
            zh,
            f"rank {ask.target_rank} is impossible: the group has {n} units.",
            value=ask.target_rank,
        )
    full = evaluation.scored.composite.full_marks + (evaluation.rulebook.settings.bonus.cap or 0.0)
    if ask.target is not None and not 0 <= ask.target <= full:
        zh, en = (
            f"目标分 {ask.target:g} 不在 0–{full:g} 之间。",
            f"target {ask.target:g} is not between 0 and {full:g}.",
        )
        yield refused("impossible_target", zh, en, value=f"{ask.target:g}")


def _numbers(ask: Ask) -> Iterator[Problem]:
    capacity = ask.capacity if isinstance(ask.capacity, Mapping) else {"": ask.capacity}
    limits = {"budget": ask.budget, "things": ask.things, "works_days": ask.works_days}
    limits |= {f"capacity {name}".strip(): value for name, value in capacity.items()}
    for name, value in limits.items():
        if value is not None and not value >= 0:
            zh, en = f"{name} 不能为负：{value:g}。", f"{name} must not be negative: {value:g}."
            yield refused("negative_limit", zh, en, value=f"{value:g}")
    if ask.budget is not None and not ask.priced:
        yield refused(
            "no_costs",
            "给了预算，但本轮没有整改费用表。",
            "there is a budget, but the round has no table of costs.",
            "请填写“整改费用”表，或用 --costs 给出；没有费用时可用件数限制。",
            "Fill in a sheet of costs or give --costs; without costs limit the number of things.",
        )


def _terms(ask: Ask, evaluation: Evaluation) -> list[Problem]:
    return check_terms(ask.costs, evaluation) if ask.costs is not None and len(ask.costs.columns) else []


def _date(ask: Ask, evaluation: Evaluation) -> Iterator[Problem]:
    date = evaluation.round.info.date
    if ask.finished is not None and ask.finished < date:
        zh, en = (
            f"日期 {ask.finished} 早于本轮测评 {date}。",
            f"{ask.finished} is before the round of {date}.",
        )
        yield refused("past_date", zh, en, value=ask.finished)


def model_of(ask: Ask, evaluation: Evaluation, things: Things) -> Model:
    """The program of a question. Raises UsageError for relations and capacities that name nothing."""
    problems: list[Problem] = []
    table = things.table
    cost = table["cost"].to_numpy(dtype=np.float64) if ask.priced else np.ones(len(table))
    before = float(evaluation.scores.loc[evaluation.scores["unit"] == ask.unit, "composite"].iloc[0])
    rivals = rivals_of(ask, evaluation)
    gain = gain_of(evaluation, ask.unit, things.thing_of, len(things.rows), [name for name, _, _ in rivals])
    still = (gain.rival_points == 0).all(axis=1) & (gain.rival_worth == 0).all(axis=1)

    def _tied(pairs: tuple[Pair, ...], name: str) -> tuple[tuple[int, int], ...]:
        found = [*_pairs(pairs, table, problems), *related(ask.costs, name, table, evaluation)]
        return tuple(dict.fromkeys(pair for pair in found if pair[0] != pair[1]))

    model = Model(
        gain,
        cost,
        needed=None if ask.target is None else needed_score(ask.target, evaluation) - before,
        # A rival that is lifted along has no printed score to aim at: be no worse before rounding.
        rivals=tuple(
            (least if fixed else exact) - before
            for (_, least, exact), fixed in zip(rivals, still, strict=True)
        ),
        above=(ask.target_rank or 1) - 1,
        budget=ask.budget,
        things=ask.things,
        groups=tuple(_groups(ask, table, problems)),
        needs=_tied(ask.needs, "needs"),
        excludes=_tied(ask.excludes, "excludes"),
    )
    if problems:
        raise UsageError(problems)
    return model


def needed_score(printed: float, evaluation: Evaluation) -> float:
    """The lowest composite that is printed as a score or more."""
    rounding = evaluation.rulebook.settings.rounding
    step = 10.0**-rounding.decimals
    least = float(np.ceil(round(printed / step, 6))) * step
    return least - (step / 2 if rounding.mode == "half_up" else 0.0)


def rivals_of(ask: Ask, evaluation: Evaluation) -> list[tuple[str, float, float]]:
    """Rivals of the group where a rank is asked for: name, the least composite that is no worse as scores are
    compared, and as they are computed. Each score once where ties are dense."""
    if ask.target_rank is None:
        return []
    settings, scores = evaluation.rulebook.settings, evaluation.scores
    ties = settings.ties
    ranking = rank_table(scores, settings)
    group = ranking.loc[ranking["unit"] == ask.unit, "group"].iloc[0]
    ranked = ranking[(ranking["group"] == group) & ranking["rank"].notna() & (ranking["unit"] != ask.unit)]
    if ties.method == "dense":
        ranked = ranked.drop_duplicates("rank")
    exact = scores.set_index("unit")["composite"].reindex(ranked["unit"].astype(str)).to_numpy()
    # Ties by further columns could go either way, so the unit must then be ahead by the smallest step.
    ahead = 10.0**-settings.rounding.decimals if ties.method == "ordered" else 0.0
    printed = ranked["composite"].to_numpy()
    least = [
        value + ahead if ties.on == "unrounded" else needed_score(shown + ahead, evaluation)
        for value, shown in zip(exact, printed, strict=True)
    ]
    return list(zip(ranked["unit"].astype(str), map(float, least), exact + ahead, strict=True))


def _groups(
    ask: Ask, table: pd.DataFrame, problems: list[Problem]
) -> Iterator[tuple[str, tuple[int, ...], int]]:
    units = table["responsible_unit"].astype(str)
    own = {name: most for name, most in capacities(ask.costs).items() if name in set(units)}
    if isinstance(ask.capacity, Mapping):
        stated = {**ask.capacity, **own}
    else:
        stated = own if ask.capacity is None else {**dict.fromkeys(units.unique(), ask.capacity), **own}
    for name, most in stated.items():
        members = tuple(np.flatnonzero(units == name).tolist())
        if members:
            yield name, members, int(most)
        else:
            problems.append(
                unknown("有问题可整改的责任单位", "responsible unit with findings", name, units.unique())
            )


def _pairs(
    pairs: tuple[Pair, ...], table: pd.DataFrame, problems: list[Problem]
) -> Iterator[tuple[int, int]]:
    for pair in pairs:
        first, second = (_things(one, table, problems) for one in pair)
        yield from ((a, b) for a in first for b in second)


def _things(filters: Mapping[str, str], table: pd.DataFrame, problems: list[Problem]) -> list[int]:
    unheard = [name for name in filters if name not in table.columns]
    problems += [unknown("列", "column", name, table.columns) for name in unheard]
    if unheard:
        return []
    hit = np.ones(len(table), dtype=bool)
    for name, value in filters.items():
        hit &= (table[name].astype(str) == str(value)).to_numpy()
    if not hit.any():
        zh, en = f"没有符合 {dict(filters)} 的整改事项。", f"no thing matches {dict(filters)}."
        problems.append(refused("no_such_thing", zh, en, value=dict(filters)))
    return [int(i) for i in np.flatnonzero(hit)]


def printed(value: float, evaluation: Evaluation) -> float:
    """A composite as it is printed."""
    return float(round_score(value, evaluation.rulebook.settings.rounding))
