"""Two rounds compared: the change of scores and ranks by what caused it, and what became of the problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import Problem, UsageError
from analysis.inference.shapley import shapley
from analysis.results.change import FACTORS, Seen, split_change
from analysis.results.change_error import change_errors
from analysis.results.problems import PROBLEM, checks
from analysis.results.ranking import rank_table, ranks
from analysis.scoring.rounding import round_score

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook, Settings
    from analysis.scoring.evaluate import Evaluation

Floats = NDArray[np.float64]
NOISE = 1.959964
"""Standard errors within which a change is called noise (95 %)."""
STATES = ("persistent", "new", "vanished", "first_look", "not_looked_again")


@dataclass(frozen=True)
class Comparison:
    """A second round held against a first one.

    `changes`: one row per unit of both: unit, group, first, second, change, change_se, noise (the change
    of the base lies within 1.96 standard errors), then FACTORS, all in points and adding up to `change`.
    `places`: unit, group, first, second, gained (places, positive is better), then FACTORS and `field`
    (units that came, left or were vetoed), adding up to `gained`; no row without a rank in both.
    `cells`: the change of the base by unit, place, component, node. `problems`: see `matched_problems`.
    `only_first`, `only_second`: units of one round. `same_rules`; `crossed`: each round could be scored
    under the rules of the other.
    """

    first: Evaluation
    second: Evaluation
    changes: pd.DataFrame
    places: pd.DataFrame
    cells: pd.DataFrame
    problems: pd.DataFrame
    only_first: list[str]
    only_second: list[str]
    same_rules: bool
    crossed: bool


def compare(first: Evaluation, second: Evaluation, crossed: tuple[Seen, Seen] | None = None) -> Comparison:
    """The second evaluation held against the first.

    `crossed`: the first round's data under the second's rules and the second's under the first's, needed
    where rules differ. Raises UsageError when the rounds have no unit in common.
    """
    one, two = (Seen(each.round, each.rulebook, each.scored) for each in (first, second))
    names = [[str(unit) for unit in each.scores["unit"]] for each in (first, second)]
    if not set(names[0]) & set(names[1]):
        raise UsageError(_nothing_common(first, second))
    same = same_rules(first.rulebook, second.rulebook)
    split = split_change(one, two, crossed, same)
    changes = _with_errors(split.parts, one, two)
    return Comparison(
        first,
        second,
        changes,
        _places(changes, first, second),
        split.cells,
        matched_problems(first, second),
        [unit for unit in names[0] if unit not in names[1]],
        [unit for unit in names[1] if unit not in names[0]],
        same,
        same or crossed is not None,
    )


def same_rules(one: Rulebook, other: Rulebook) -> bool:
    """Whether two rulebooks say the same."""
    return one is other or one == other


def _nothing_common(first: Evaluation, second: Evaluation) -> Problem:
    names = (first.round.info.id, second.round.info.id)
    return Problem(
        code="no_common_unit",
        zh=f"轮次“{names[0]}”与“{names[1]}”没有共同的被测评单位，无法比较。",
        en=f"rounds {names[0]!r} and {names[1]!r} have no unit in common.",
        fix_zh="请核对两轮的单位名称写法是否一致。",
        fix_en="Check that units are written alike in both.",
        value=names[1],
    )


def _with_errors(parts: pd.DataFrame, one: Seen, two: Seen) -> pd.DataFrame:
    errors = change_errors((one.round, one.scored), (two.round, two.scored))
    table = parts.merge(errors[["unit", "change_se"]], on="unit", how="left")
    groups = two.scores["group"].astype("str").reindex(table["unit"]).to_numpy()
    of_base = table["change"] - table["bonus"] - table["penalty"] - table["rules"]
    table["noise"] = (of_base.abs() <= NOISE * table["change_se"].fillna(-1.0)).to_numpy()
    return table.assign(group=groups)[
        ["unit", "group", "first", "second", "change", "change_se", "noise", *FACTORS]
    ]


def _places(changes: pd.DataFrame, first: Evaluation, second: Evaluation) -> pd.DataFrame:
    """Places gained by every unit that has a rank in both rounds, split among the factors."""
    printed = [_printed_ranks(each) for each in (first, second)]
    both = [
        unit
        for unit in changes["unit"]
        if all(unit in rank.index and rank[unit] == rank[unit] for rank in printed)
    ]
    table = changes.set_index("unit").loc[both]
    settings = (first.rulebook.settings, second.rulebook.settings)
    found = [_group_places(part, settings) for _, part in table.groupby("group", sort=False)]
    columns = ["unit", "group", "first", "second", "gained", *FACTORS, "field"]
    if not found:
        return pd.DataFrame(columns=columns)
    places = pd.concat(found)
    places = places.assign(
        group=table["group"],
        first=printed[0].reindex(places.index),
        second=printed[1].reindex(places.index),
    )
    places["gained"] = places["first"] - places["second"]
    places["field"] = (places["gained"] - places[list(FACTORS)].sum(axis=1)).round(6) + 0.0
    return places.rename_axis("unit").reset_index()[columns]


def _printed_ranks(evaluation: Evaluation) -> pd.Series:
    ranking = rank_table(evaluation.scores, evaluation.rulebook.settings)
    return ranking.assign(unit=ranking["unit"].astype("str")).set_index("unit")["rank"]


def _group_places(part: pd.DataFrame, settings: tuple[Settings, Settings]) -> pd.DataFrame:
    """Shapley shares of the places gained among the units of one group that both rounds ranked."""
    active = [name for name in FACTORS if (part[name].abs() > 1e-9).any()]
    start = part["first"].to_numpy()

    def placed(chosen: tuple[bool, ...]) -> Floats:
        added = [part[name].to_numpy() for name, taken in zip(active, chosen, strict=True) if taken]
        changed = dict(zip(active, chosen, strict=True))
        ruled = settings[int(changed.get("rules", all(chosen)))]
        return _ranked(start + np.sum(added, axis=0) if added else start, ruled)

    shares = np.round(-shapley(placed, len(active)), 9) + 0.0 if active else np.zeros((0, len(part)))
    found = dict.fromkeys(FACTORS, 0.0) | dict(zip(active, shares, strict=True))
    return pd.DataFrame(found, index=part.index)


def _ranked(scores: Floats, settings: Settings) -> Floats:
    """Ranks as printed; ties broken by further scores share a place here."""
    shown = scores if settings.ties.on == "unrounded" else round_score(scores, settings.rounding)
    return ranks(np.round(shown, 9), "dense" if settings.ties.method == "dense" else "min")


def matched_problems(first: Evaluation, second: Evaluation) -> pd.DataFrame:
    """Every problem at a site in either round, matched by unit, site and item, with what became of it.

    Columns: unit, component, leaf, site, item, `state`, `points_first`, `points_second` (points of the base
    composite it cost; 0 where forgiven by a threshold). `persistent`: in both; `new`: looked at before and
    sound then; `vanished`: looked at again and sound; `first_look` and `not_looked_again`: the other round
    did not check it, so that nothing is known. Samples (vehicles at a crossing) are no problems.
    """
    keys = list(PROBLEM)
    one, two = _problems(first), _problems(second)
    pairs = one.merge(two, on=keys, how="outer", suffixes=("_first", "_second"))
    was, now = (pairs[f"failed_{side}"].eq(True).to_numpy() for side in ("first", "second"))
    seen, again = (pairs[f"failed_{side}"].notna().to_numpy() for side in ("first", "second"))
    either = was | now
    state = np.select([was & now, now & seen, was & again, now], list(STATES[:-1]), STATES[-1])[either]
    amounts = {name: pairs.loc[either, name].fillna(0.0) for name in ("points_first", "points_second")}
    table = pairs.loc[either, keys].assign(state=pd.Categorical(state, categories=list(STATES)), **amounts)
    return table.reset_index(drop=True)


def _problems(evaluation: Evaluation) -> pd.DataFrame:
    """Unit, site and item that were checked, once each: whether it failed, and the points it cost."""
    rows = checks(evaluation.scored, evaluation.round)
    rows = rows[~rows["sampled"].astype(bool)]
    lost = evaluation.ledger.groupby("row_id")["points_lost"].sum()
    rows = rows.assign(points=rows["row_id"].map(lost).fillna(0.0)).astype(dict.fromkeys(PROBLEM, object))
    return rows.groupby(list(PROBLEM), as_index=False, sort=False).agg(
        failed=("failed", "any"), points=("points", "sum")
    )


def problem_counts(problems: pd.DataFrame, by: Sequence[str] = ("unit",)) -> pd.DataFrame:
    """Number and points of problems by state, one row per combination of `by`; most persistent first.

    Columns: those of `by`, one per state, `points_won` (of vanished ones, in the first round's points),
    `points_new` (of new ones, in the second's), `persistent_share` (of those looked at again).
    """
    names = list(by)
    counts = problems.groupby([*names, "state"], observed=True).size().unstack("state", fill_value=0)
    counts = counts.reindex(columns=list(STATES), fill_value=0)
    won = problems[problems["state"] == "vanished"].groupby(names)["points_first"].sum()
    lost = problems[problems["state"] == "new"].groupby(names)["points_second"].sum()
    again = counts["persistent"] + counts["vanished"]
    table = pd.DataFrame({state: counts[state] for state in STATES})
    table = table.assign(
        points_won=won.reindex(table.index).fillna(0.0),
        points_new=lost.reindex(table.index).fillna(0.0),
        persistent_share=counts["persistent"] / again.where(again > 0),
    )
    return table.sort_values("persistent", ascending=False, kind="stable").reset_index()


def waterfall_table(comparison: Comparison, unit: str | None = None, places: bool = False) -> pd.DataFrame:
    """The steps from the first score (or rank) to the second: `step`, `value`, `total`.

    `unit`: one unit; the mean of all by default (scores only). Steps that are zero for all are left out.
    Raises UsageError for a unit that is not in both rounds.
    """
    table = comparison.places if places else comparison.changes
    if unit is not None and unit not in set(table["unit"]):
        raise UsageError(_unknown_unit(unit, [str(name) for name in table["unit"]]))
    row = table[table["unit"] == unit] if unit is not None else table
    names = [*FACTORS, "field"] if places else list(FACTORS)
    steps = [name for name in names if row[name].abs().max() > 5e-10]
    values = [row["first"].mean(), *(row[name].mean() for name in steps), row["second"].mean()]
    labels = ["first", *steps, "second"]
    return pd.DataFrame({"step": labels, "value": values, "total": [True, *[False] * len(steps), True]})


def _unknown_unit(unit: str, known: list[str]) -> Problem:
    return Problem(
        code="unknown_unit",
        zh=f"两轮中没有共同的单位“{unit}”。可用：{'、'.join(known)}。",
        en=f"no unit {unit!r} in both rounds. Known: {', '.join(known)}.",
        fix_zh="请按测评表中的写法填写单位名称。",
        fix_en="Write the unit as in the workbook.",
        value=unit,
    )
