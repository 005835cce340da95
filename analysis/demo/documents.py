"""Documents, department ratings, indicator values, given scores: all that is neither seen nor asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.demo import rules
from analysis.demo.draws import Array, share, stream
from analysis.demo.world import World, quality


def documents(world: World, number: int) -> dict[str, pd.DataFrame]:
    """The tables of a round by name: evidence, graded, rated_grade, rated_score, given, passed, indicators.

    Each has unit, place, component, code, label and what its name promises; empty ones are left out.
    """
    tasks = _tasks(world, number)
    rated, rule = tasks["method"] == "rating", tasks["rule"]
    measured = rule.isin(rules.MEASURED)
    parts = {
        "evidence": _evidence(world, number, tasks[rule == "counted_evidence"]),
        "graded": _graded(tasks[(rule == "graded") & ~rated]),
        "rated_grade": _graded(tasks[(rule == "graded") & rated]),
        "rated_score": _given(world, number, tasks[(rule == "given_score") & rated]),
        "given": _given(world, number, tasks[(rule == "given_score") & ~rated]),
        "passed": _passed(tasks[rule == "pass_share"]),
        "indicators": _indicators(world, number, tasks[measured]),
    }
    return {name: table for name, table in parts.items() if len(table)}


def _tasks(world: World, number: int) -> pd.DataFrame:
    """One row per unit (or village) and requirement, with `odds`: the log-odds of meeting it.

    `habit` (how much better than the unit's quality) and `luck` last from round to round.
    """
    needs = world.needs[(world.needs["site_type"] == "") & (world.needs["method"] != "questionnaire")]
    villages = world.places[world.places["kind"] == "village"][["unit", "place"]]
    units = world.units()[["unit", "group"]]
    whole = units.assign(place="", sub_units=False)
    parts = villages.merge(units, on="unit").assign(sub_units=True)
    tasks = pd.concat([whole, parts], ignore_index=True).merge(needs, on=["group", "sub_units"])
    order = {name: position for position, name in enumerate(dict.fromkeys(needs["component"]))}
    tasks = tasks.iloc[tasks["component"].map(order).argsort(kind="stable")].reset_index(drop=True)
    rng, plan = stream(world.seed, "documents"), world.plan.documents
    habit = plan.level + rng.normal(0.0, plan.spread, len(tasks))
    luck = rng.random(len(tasks))
    return tasks.assign(habit=habit, luck=luck, odds=habit + quality(world, number, tasks))


def _graded(tasks: pd.DataFrame) -> pd.DataFrame:
    """A grade per task: the better the unit, the nearer to the best grade of the rule."""
    return tasks.assign(grade=[_grade(task) for task in tasks.itertuples()])


def _grade(task: Any) -> str:
    return grade_at(task.node.rule.grades, share(task.odds - 1.0), task.luck)


def grade_at(grades: dict[str, float], chance: float | Array, luck: float) -> str:
    """The grade reached when each step down from the best is taken with probability 1 - chance."""
    best_first = sorted(grades, key=lambda name: grades[name], reverse=True)
    steps = sum(luck < float(1.0 - chance) ** step for step in range(1, len(best_first)))
    return best_first[min(steps, len(best_first) - 1)]


def _passed(tasks: pd.DataFrame) -> pd.DataFrame:
    return tasks.assign(failed=tasks["luck"].to_numpy() > share(tasks["odds"]))


def _given(world: World, number: int, tasks: pd.DataFrame) -> pd.DataFrame:
    """Scores near the rate that the quality promises, plus what the plan grants the unit."""
    granted = {unit.name: unit.rating[number] for unit in world.plan.units}
    full = np.array([node.rule.max_points for node in tasks["node"]])
    rate = share(tasks["odds"]) + tasks["unit"].map(granted).to_numpy(dtype=float) / 100.0
    return tasks.assign(score=(np.clip(rate, 0.0, 1.0) * full).round(2))


# Activities


def _evidence(world: World, number: int, tasks: pd.DataFrame) -> pd.DataFrame:
    """One row per activity that took place; the first one of a year always does, so that nobody is without.

    Activities of a year are the same in all its rounds; a round sees those that were due.
    """
    plan = world.plan.rounds[number]
    rng = stream(world.seed, "documents", plan.year)
    wanted = [
        (index, period, position == 0)
        for index, node in zip(tasks.index, tasks["node"], strict=True)
        for position, period in enumerate(node.rule.periods)
        for _ in range(int(np.ceil(node.rule.count)))
    ]
    rows = pd.DataFrame(wanted, columns=["task", "period", "first"])
    tasks = tasks.loc[rows["task"]].reset_index(drop=True)
    rows = tasks.assign(period=rows["period"], first=rows["first"])
    odds = rows["odds"] + world.plan.documents.activity
    held = (rng.random(len(rows)) < share(odds)) | rows["first"]
    due = rows["period"].isin(plan.periods_due) if plan.periods_due is not None else True
    return _described(world, rows, rng)[held & due].reset_index(drop=True)


def _described(world: World, rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Pictures, participants, organiser and conduct of each activity; most keep each condition."""
    plan, size = world.plan.documents, len(rows)
    pictures = np.array([node.rule.pictures for node in rows["node"]])
    people = np.array([node.rule.participants for node in rows["node"]])
    kept = rng.random((4, size)) < plan.valid
    organiser = np.array(plan.organisers, dtype=object)[rng.integers(0, len(plan.organisers), size)]
    low, high = plan.people
    return rows.assign(
        pictures=np.where(kept[0], pictures + rng.integers(0, 3, size), np.maximum(pictures - 1, 0)).astype(
            int
        ),
        participants=np.where(
            kept[1], people + rng.integers(low, high, size), np.maximum(people - 3, 0)
        ).astype(int),
        organiser=np.where(kept[2], rows["unit"].to_numpy(dtype=object) + organiser, None),
        flags=np.array(["画面不文明", None], dtype=object)[kept[3].astype(int)],
    )


# Indicator values


def _indicators(world: World, number: int, tasks: pd.DataFrame) -> pd.DataFrame:
    """One row per indicator with a column per year, the last being the year of the round.

    The value of a year is the same in every round; most rise from year to year, each at its own pace.
    """
    plan, year = world.plan.documents, world.plan.rounds[number].year
    start = world.plan.rounds[0].year
    line = np.array([_line(node.rule) for node in tasks["node"]])
    sign = np.array(
        [-1.0 if getattr(node.rule, "at_most", None) is not None else 1.0 for node in tasks["node"]]
    )
    top = np.array([_ceiling(label, value) for label, value in zip(tasks["label"], line, strict=True)])
    pace = plan.rise * stream(world.seed, "documents", 2).normal(1.0, 0.7, len(tasks))
    lead = plan.value_spread * (tasks["habit"] - plan.level + quality(world, 0, tasks) + plan.value_level)
    columns: dict[str, Array] = {}
    for this in range(year - plan.years + 1, year + 1):
        noise = stream(world.seed, "documents", this + 10_000).normal(0.0, plan.value_noise, len(tasks))
        gain = sign * (lead + pace * (this - start) + noise)
        columns[str(this)] = np.clip(line * (1.0 + gain), 0.0, top).round(2)
    return tasks.assign(**columns)


def _line(rule: Any) -> float:
    """The threshold or target of a rule."""
    if rule.name == "target":
        return float(rule.target)
    return float(rule.at_least if rule.at_least is not None else rule.at_most)


def _ceiling(label: str, line: float) -> float:
    """The largest value there can be: the whole, for a share or percentage."""
    if "%" in label or "率" in label:
        return 1.0 if line <= 1.0 else 100.0
    return np.inf
