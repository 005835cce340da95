"""Files of scenarios and plans: tables, charts, and a workbook for every responsible unit."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import Lang
from analysis.paths import PROCESSED, RAW, project_root
from analysis.plots import frontier_chart, save, waterfall_chart
from analysis.reports.files import save_workbook, write_csv, write_together
from analysis.reports.labels import Labels, word
from analysis.reports.planned_words import say
from analysis.reports.sheets import add_table, new_book

if TYPE_CHECKING:
    from openpyxl import Workbook

    from analysis.scoring import Evaluation
    from analysis.simulation.effects import WhatIf
    from analysis.simulation.plan import Plan

SPLIT_UP_TO = 5
"""Steps up to which the order-free split is written without being asked for."""

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')


def folder_of(evaluation: Evaluation, name: str) -> Path:
    """Where files about a round go by default: below the outputs of its evaluation."""
    folder = evaluation.round.folder.resolve()
    root = project_root(folder)
    return (root if (root / RAW).is_dir() else project_root()) / PROCESSED / folder.name / name


def banner(evaluation: Evaluation, lang: Lang) -> list[str]:
    """What has to be said of the data (made up, rows rejected) and the weights, if anything."""
    said = [
        *([say("synthetic", lang)] if evaluation.round.info.synthetic else []),
        *([say("illustrative", lang)] if evaluation.rulebook.illustrative else []),
        *([word("mark_accepted", lang)] if len(evaluation.round.rejected) else []),
    ]
    return ["，".join(said) if lang == "zh" else ", ".join(said)] if said else []


def write_scenario(
    result: WhatIf, folder: Path, lang: Lang, intervals: pd.DataFrame | None = None
) -> list[Path]:
    """The tables of a scenario as csv, and the waterfall of the unit it moves most."""
    tables = {"effects": result.effects, "scores": result.scores}
    if 1 < len(result.steps) <= SPLIT_UP_TO:
        tables["split"] = result.split
    if intervals is not None:
        tables["intervals"] = intervals
    written = write_together(folder, {f"{k}.csv": partial(write_csv, v.round(9)) for k, v in tables.items()})
    unit = str(result.scores.loc[result.scores["change"].abs().idxmax(), "unit"])
    chart = waterfall_chart(
        scenario_steps(result, unit, lang),
        title=say("waterfall", lang, unit=unit),
        subtitle=result.title,
        note="".join(banner(result.baseline, lang)),
        lang=lang,
    )
    return [*written, *save(chart, folder / "waterfall")]


def scenario_steps(result: WhatIf, unit: str, lang: Lang = "zh") -> pd.DataFrame:
    """The way of one unit's composite from the baseline through every step, for the waterfall chart:
    `step` (label), `value` (points), `total` (flag)."""
    own = result.effects[result.effects["unit"] == unit]
    labels = [say("baseline", lang), *own["label"], say("scenario_end", lang)]
    values = [own["composite_before"].iloc[0], *own["change"], own["composite_after"].iloc[-1]]
    totals = [True, *[False] * len(own), True]
    return pd.DataFrame({"step": labels, "value": values, "total": totals})


def plan_table(plan: Plan, lang: Lang) -> pd.DataFrame:
    """The chosen things in words, the most valuable first: where, what, who, and what they bring."""
    labels = Labels(plan.evaluation.rulebook, lang)
    chosen = plan.table[plan.table["chosen"]]
    names = [
        "site",
        "leaf",
        "item",
        "cause",
        "responsible_unit",
        "n_findings",
        "points_margin",
        "points_alone",
    ]
    names += ["cost"] if plan.ask.priced else []
    worded = labels.worded(chosen[["component", *names]]).drop(columns="component")
    return worded.rename(columns={name: say(name, lang, "columns") for name in names}).reset_index(drop=True)


def write_plan(plan: Plan, folder: Path, lang: Lang) -> list[Path]:
    """The plan as files: `plan.xlsx` (summary, things, what was left out), `things.csv`, the frontier, and
    under `hand-out/` one workbook for every responsible unit."""
    writers = {
        "plan.xlsx": partial(_save, _plan_book(plan, lang)),
        "things.csv": partial(write_csv, plan.table.round(9)),
        "summary.csv": partial(write_csv, plan.summary.round(9)),
    }
    written = write_together(folder, writers)
    then = plan.summary.iloc[1]
    paid = float(then["cost"]) if plan.ask.priced else float(then["n_things"])
    chart = frontier_chart(
        plan.frontier(),
        target=plan.ask.target,
        chosen=(paid, float(then["composite"])),
        subtitle=plan.ask.unit,
        note="".join(banner(plan.evaluation, lang)),
        lang=lang,
    )
    return [*written, *save(chart, folder / "frontier"), *write_hand_outs(plan, folder / "hand-out", lang)]


def _save(book: Workbook, path: Path) -> None:
    save_workbook(book, path)


def _plan_book(plan: Plan, lang: Lang) -> Workbook:
    book, note = new_book(), "".join(banner(plan.evaluation, lang))
    summary = plan.summary.rename(columns={name: say(name, lang, "columns") for name in plan.summary})
    add_table(book, say("summary_sheet", lang), summary, plan.ask.unit, note)
    add_table(book, say("things_sheet", lang), plan_table(plan, lang), plan.ask.unit, note)
    columns = ["leaf", "site", "item", "cause", "reason"]
    if len(plan.things.left_out):
        out = Labels(plan.evaluation.rulebook, lang).worded(plan.things.left_out[["component", *columns]])
        out["reason"] = [say(f"reason_{name}", lang) for name in plan.things.left_out["reason"]]
        out = out.drop(columns="component").rename(columns={n: say(n, lang, "columns") for n in columns})
        add_table(book, say("out_sheet", lang), out, plan.ask.unit, note)
    return book


def write_hand_outs(plan: Plan, folder: Path, lang: Lang) -> list[Path]:
    """One workbook per responsible unit with its findings of the plan, columns to report back included."""
    findings = hand_out_table(plan, lang)
    unit_column = say("responsible_unit", lang, "columns")
    note = "".join(banner(plan.evaluation, lang))
    writers = {}
    for unit, rows in findings.groupby(unit_column, sort=False):
        book = new_book()
        name = str(unit) or say("nobody", lang)
        title = say("hand_out", lang, unit=name, whole=plan.ask.unit)
        add_table(book, say("hand_out_sheet", lang), rows.reset_index(drop=True), title, note)
        writers[f"{file_name(name)}.xlsx"] = partial(_save, book)
    return write_together(folder, writers)


def file_name(text: str) -> str:
    """A name as part of a file's name on every system."""
    return _FORBIDDEN.sub("_", text)


def hand_out_table(plan: Plan, lang: Lang) -> pd.DataFrame:
    """Every finding of the chosen things: where it is, what was found, by when, and room for an answer."""
    thing_of = {row: i for i in np.flatnonzero(plan.chosen) for row in plan.things.rows[i]}
    ledger = plan.evaluation.ledger
    rows = ledger[ledger["row_id"].isin(list(thing_of))]
    things = plan.things.table.iloc[rows["row_id"].map(thing_of)].reset_index(drop=True)
    labels = Labels(plan.evaluation.rulebook, lang)
    names = [
        "site_type",
        "site",
        "leaf",
        "item",
        "cause",
        "note",
        "source_file",
        "source_sheet",
        "source_row",
    ]
    worded = labels.worded(rows[["component", *names]].reset_index(drop=True)).drop(columns="component")
    worded.insert(0, "responsible_unit", things["responsible_unit"].to_numpy())
    due = plan.ask.finished
    worded["due"] = "" if due is None else due.isoformat()
    kind = np.where(things["works"], say("works", lang), say("on_spot", lang))
    worded = worded.assign(works=kind, done="", checked="")
    worded = worded.rename(columns={name: say(name, lang, "columns") for name in worded})
    return worded.sort_values(list(worded.columns[:3]), kind="stable", ignore_index=True)
