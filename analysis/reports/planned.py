"""Scenarios, plans and sensitivity as lines on a screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import Lang
from analysis.reports.console import aligned
from analysis.reports.messages import message
from analysis.reports.plan_terms import read_terms
from analysis.reports.planned_files import banner, folder_of, plan_table, write_plan, write_scenario
from analysis.reports.planned_words import WORDS, say
from analysis.reports.screen import print_json, records, shown
from analysis.simulation.messages import available

if TYPE_CHECKING:
    from analysis.scoring import Evaluation
    from analysis.simulation.effects import WhatIf
    from analysis.simulation.plan import Plan

ASKED = ("target", "target_rank", "by", "budget", "things", "capacity", "works_days")


def asked_of(options: dict[str, Any]) -> dict[str, Any]:
    """The keywords of a plan from the options of the command, its table of costs read."""
    costs = options["costs"]
    table = None if costs is None else read_terms(Path(costs))
    return {**{name: options[name] for name in ASKED}, "costs": table}


def print_scenario(
    result: WhatIf, replicates: int, seed: int, out: Path | None, as_json: bool, lang: Lang
) -> int:
    """Exit code of a scenario, after what it changes was written and said."""
    intervals = result.intervals(replicates, seed) if available(result.baseline) else None
    folder = out or folder_of(result.baseline, "scenario")
    write_scenario(result, folder, lang, intervals)
    tables = {"effects": result.effects, "scores": result.scores}
    tables |= {} if intervals is None else {"intervals": intervals}
    return _said(scenario_text(result, lang, intervals), tables, folder, seed, as_json, lang)


def print_plan(
    plan: Plan,
    seed: int,
    out: Path | None,
    as_json: bool,
    lang: Lang,
    pairs: Sequence[tuple[Evaluation, Evaluation]] = (),
) -> int:
    """Exit code of a plan, after its files were written and its things said; `pairs`: mock and official
    rounds its chances learn from."""
    chances = plan.chances(seed=seed, pairs=pairs)
    folder = out or folder_of(plan.evaluation, "plan") / plan.ask.unit
    write_plan(plan, folder, lang)
    tables = {"summary": plan.summary, "chances": chances, "rivals": plan.rivals, "things": plan.table}
    return _said(plan_text(plan, lang, chances), tables, folder, seed, as_json, lang)


def _said(
    text: str, tables: dict[str, pd.DataFrame], folder: Path, seed: int, as_json: bool, lang: Lang
) -> int:
    if as_json:
        found = {name: records(table) for name, table in tables.items()}
        print_json({"folder": str(folder), "seed": seed, **found})
    else:
        print(text)
        print(message("written", lang, folder=shown(folder), seed=seed))
    return 0


def scenario_text(result: WhatIf, lang: Lang, intervals: pd.DataFrame | None = None) -> str:
    """A scenario as lines: what each step did to the units it moved, and where they ended."""
    parts: list[tuple[str, list[list[str]]]] = []
    for step, part in result.effects.groupby("step", sort=False):
        label, n, beyond = part[["label", "n_rows", "n_beyond"]].iloc[0]
        more = say("beyond", lang, n=beyond) if beyond else ""
        parts.append((say("step", lang, step=step, label=label, n=n, more=more), _moves(part)))
    parts.append((say("total", lang), _moves(result.scores)))
    lines = [*banner(result.baseline, lang), say("scenario", lang, title=result.title)]
    lines += _under_labels(parts, [say(name, lang) for name in ("unit", "before", "after", "change", "rank")])
    if intervals is not None:
        lines += _interval_lines(intervals, lang)
    elif not available(result.baseline):
        lines.append(say("nothing_drawn", lang))
    return "\n".join(lines)


def _under_labels(parts: list[tuple[str, list[list[str]]]], head: list[str]) -> list[str]:
    """Rows of all parts in the same columns, each part under its label."""
    table = aligned([head, *(row for _, rows in parts for row in rows)], right=[1, 2, 3], indent="    ")
    first, *rest = table.splitlines()
    lines = [first]
    for label, rows in parts:
        lines += [f"  {label}", *rest[: len(rows)]]
        rest = rest[len(rows) :]
    return lines


def _moves(table: pd.DataFrame) -> list[list[str]]:
    """A row for every unit whose composite or rank is another one."""
    return [_moved(row) for row in table.itertuples() if _is_moved(row)]


def _is_moved(row: Any) -> bool:
    """Whether the composite or the rank of a unit is another one."""
    return abs(row.change) >= 5e-10 or _rank(row.rank_before) != _rank(row.rank_after)


def _moved(row: Any) -> list[str]:
    composites = [f"{value:.2f}" for value in (row.composite_before, row.composite_after)]
    rank = f"{_rank(row.rank_before)} → {_rank(row.rank_after)}"
    return [row.unit, *composites, f"{row.change:+.4f}", rank]


def _rank(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.0f}"


def _interval_lines(intervals: pd.DataFrame, lang: Lang) -> list[str]:
    moved = intervals[intervals["change"].abs() >= 5e-10]
    rows = [
        [row.unit, f"{row.change:+.4f}", f"{row.low:+.4f} … {row.high:+.4f}", f"{row.better_rate:.2f}"]
        for row in moved.itertuples()
    ]
    head = [say(name, lang) for name in ("unit", "change", "range", "better")]
    return [say("intervals", lang), aligned([head, *rows], right=[1, 3], indent="  ")] if rows else []


def plan_text(plan: Plan, lang: Lang, chances: pd.DataFrame | None = None) -> str:
    """A plan as lines: what to fix, where it brings the unit, and the next-best plans."""
    now, then = plan.summary.iloc[0], plan.summary.iloc[1]
    facts: dict[str, Any] = {"unit": plan.ask.unit, "n": int(then["n_things"]), "m": int(then["n_findings"])}
    ranks = {"r": _rank(now["rank"]), "s": _rank(then["rank"])}
    lines = [*banner(plan.evaluation, lang), say("plan", lang, **facts)]
    lines.append(say("brings", lang, a=now["composite"], b=then["composite"], **ranks))
    lines += [say("costs", lang, cost=then["cost"])] if plan.ask.priced else []
    lines += (
        [] if chances is None else [say(f"chance_{row.aim}", lang, row=row) for row in chances.itertuples()]
    )
    if chances is not None and len(chances):
        n = int(chances["n_pairs"].iloc[0])
        lines.append(say("chance_learned" if n else "chance_plain", lang, n=n))
    elif plan.ask.aims and not available(plan.evaluation):
        lines.append(say("nothing_drawn", lang))
    lines += _rival_lines(plan, lang)
    lines.append(_thing_lines(plan, lang))
    lines += [] if plan.proven else [say("unproven", lang)]
    for row in plan.summary.iloc[2:].itertuples():
        cost = row.cost if plan.ask.priced else row.n_things
        lines.append(say("other", lang, n=row.plan - 1, things=row.n_things, score=row.composite, cost=cost))
    out = plan.things.left_out["reason"].astype("str").value_counts()
    return "\n".join([*lines, *(say(f"out_{reason}", lang, n=n) for reason, n in out.items())])


def _rival_lines(plan: Plan, lang: Lang) -> list[str]:
    """Who is overtaken, who stays ahead, and who rises along because gaps take the mean of the group."""
    rivals = plan.rivals
    if rivals.empty:
        return []
    apart = "、" if lang == "zh" else ", "
    caught = rivals["overtaken"] & (rivals["needed"] > 0)
    parts = {
        "overtaken": rivals[caught],
        "ahead": rivals[~rivals["overtaken"]],
        "lifted": rivals[rivals["lifted"] > 0],
    }
    return [
        say(f"rivals_{name}", lang, names=apart.join(part["unit"]))
        for name, part in parts.items()
        if len(part)
    ]


def _thing_lines(plan: Plan, lang: Lang) -> str:
    table = plan_table(plan, lang).drop(columns=[WORDS["columns"]["points_alone"][lang]])
    numeric = [i for i, name in enumerate(table.columns) if table[name].dtype.kind in "if"]
    texts = [
        [f"{value:.3f}" if isinstance(value, float) else str(value) for value in row]
        for row in table.itertuples(index=False)
    ]
    return aligned([list(table.columns), *texts], right=numeric, indent="  ")
