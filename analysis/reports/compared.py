"""Comparisons in words, on the screen and as a workbook with charts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from analysis.errors import Lang
from analysis.reports.console import aligned
from analysis.reports.files import save_workbook, write_together
from analysis.reports.labels import Labels
from analysis.reports.sheets import add_table, new_book
from analysis.results.change import FACTORS
from analysis.results.compare import STATES, problem_counts, waterfall_table

if TYPE_CHECKING:
    from openpyxl import Workbook

    from analysis.results.compare import Comparison
    from analysis.results.reissue import Reissue

_NUMBERS = "0.00"
MOST_LINES = 30
"""Rows of a table on the screen; the workbook and `--json` have all."""
SOURCE = ("source_file", "source_sheet")
Told = tuple[str, dict[str, pd.DataFrame]]
"""A text for the screen, and the tables behind it."""


@cache
def _words() -> dict[str, dict[str, dict[Lang, str]]]:
    text = files("analysis.reports").joinpath("compared.yml").read_text(encoding="utf-8")
    found: dict[str, dict[str, dict[Lang, str]]] = yaml.safe_load(text)
    return found


def say(name: str, lang: Lang, section: str = "texts", **values: object) -> str:
    """One wording of `compared.yml`; the name itself where there is none."""
    texts = _words()[section].get(name)
    return texts[lang].format(**values) if texts else name


def header(name: str, lang: Lang) -> str:
    """The header of a column: a step of a change, a state, or a column of its own."""
    for section in ("columns", "steps", "states"):
        if name in _words()[section]:
            return say(name, lang, section)
    return name


def worded(table: pd.DataFrame, lang: Lang, labels: Labels | None = None) -> pd.DataFrame:
    """A table with headers, states and ids as words."""
    shown = table if labels is None else labels.worded(table)
    for column, section in (
        ("state", "states"),
        ("status", "statuses"),
        ("kind", "kinds"),
        ("step", "steps"),
    ):
        if column in shown:
            texts = shown[column].astype("str")
            shown = shown.assign(**{column: [say(text, lang, section) for text in texts]})
    flags = {name: shown[name].map({True: "√", False: ""}) for name in shown if shown[name].dtype == bool}
    return shown.assign(**flags).rename(columns={name: header(str(name), lang) for name in shown})


def changes_shown(comparison: Comparison) -> pd.DataFrame:
    """The changes without steps that are zero for all, and without groups where there is one."""
    table = comparison.changes
    idle = [name for name in FACTORS if (table[name].abs() < 5e-10).all()]
    idle += ["group"] if table["group"].nunique() < 2 else []
    return table.drop(columns=idle + (["change_se", "noise"] if table["change_se"].isna().all() else []))


def places_shown(comparison: Comparison) -> pd.DataFrame:
    """The places gained without steps that are zero for all; ranks as whole numbers."""
    table = comparison.places.astype(dict.fromkeys(("first", "second", "gained"), "int64"))
    idle = [name for name in (*FACTORS, "field") if (table[name].abs() < 5e-10).all()]
    return table.drop(columns=idle + (["group"] if table["group"].nunique() < 2 else []))


def sentences(comparison: Comparison, lang: Lang) -> list[str]:
    """What a reader must know: who really moved, what became of the problems, what cannot be told."""
    table, sep = comparison.changes, "、" if lang == "zh" else ", "
    found = [] if comparison.crossed else [say("not_crossed", lang)]
    if table["change_se"].isna().all():
        found.append(say("no_error", lang))
    else:
        moved = table[table["change_se"].notna() & ~table["noise"].astype(bool)]["unit"].astype("str")
        told = say("moved", lang, n=len(moved), units=sep.join(moved)) if len(moved) else say("quiet", lang)
        found.append(told)
    if len(comparison.problems):
        n = comparison.problems["state"].value_counts()
        numbers: dict[str, Any] = {name: int(n.get(name, 0)) for name in STATES}
        found.append(say("counts", lang, **numbers, unseen=numbers["not_looked_again"]))
    for name in ("only_first", "only_second"):
        units = getattr(comparison, name)
        found += [say(name, lang, units=sep.join(units))] if units else []
    return found


def title_of(comparison: Comparison, lang: Lang) -> str:
    """The title of a comparison: both rounds by their titles."""
    first, second = (one.round.info.title[lang] for one in (comparison.first, comparison.second))
    return say("title", lang, first=first, second=second)


def comparison_text(comparison: Comparison, lang: Lang) -> str:
    """A comparison as lines for the screen."""
    labels = Labels(comparison.second.rulebook, lang)
    parts = [title_of(comparison, lang), *sentences(comparison, lang)]
    parts += [
        say("head", lang),
        lines(worded(changes_shown(comparison), lang, labels)),
        say("remainder", lang),
    ]
    if len(comparison.places):
        parts += [say("places", lang), lines(worded(places_shown(comparison), lang, labels))]
    if len(comparison.problems):
        counts = worded(problem_counts(comparison.problems), lang)
        parts += [say("problems", lang), lines(counts)]
    return "\n".join(parts)


def lines(table: pd.DataFrame) -> str:
    """A table in words as aligned lines; numbers with two decimals."""
    cells = [tuple(_cell(value) for value in row) for row in table.itertuples(index=False, name=None)]
    right = [place for place, name in enumerate(table.columns) if table[name].dtype.kind in "iuf"]
    return aligned([tuple(map(str, table.columns)), *cells], right=right, indent="  ")


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def reissue_tables(found: Reissue, lang: Lang) -> dict[str, pd.DataFrame]:
    """Scores and ranks that changed, what the changes do by themselves, every cell: in words, by title."""
    labels = Labels(found.rulebook, lang, several_groups=found.scores["group"].nunique() > 1)
    moved = found.scores[(found.scores["change"] != 0) | (found.scores["gained"].fillna(0) != 0)]
    ranks = ["first_rank", "second_rank", "gained"]
    whole = {name: ["–" if value != value else f"{value:.0f}" for value in moved[name]] for name in ranks}
    tables = {
        "reissued_scores": moved.assign(**whole),
        "reissued_effects": found.effects.assign(alone=found.effects["alone"].round(4)),
        "reissued_cells": found.cells,
    }
    return {say(name, lang): worded(table, lang, labels) for name, table in tables.items()}


def reissue_text(found: Reissue, lang: Lang) -> str:
    """A re-issued round as lines for the screen: scores and ranks that changed, effects, the first cells."""
    if found.cells.empty:
        return say("same_issue", lang)
    parts = [say("reissued", lang, n=len(found.cells))]
    for title, table in reissue_tables(found, lang).items():
        shown = table.drop(columns=[header(name, lang) for name in SOURCE], errors="ignore")
        parts += [title, lines(shown.head(MOST_LINES))] if len(table) else []
        parts += [say("more_rows", lang, n=len(table) - MOST_LINES)] if len(table) > MOST_LINES else []
    return "\n".join(parts)


def comparison_told(comparison: Comparison, folder: Path | None, lang: Lang) -> Told:
    """A comparison for the command: the text, and the tables; written to `folder` where one is named."""
    text = comparison_text(comparison, lang)
    if folder is not None:
        write_comparison(comparison, folder, lang)
        text = f"{text}\n{say('written', lang, folder=folder)}"
    return text, {name: getattr(comparison, name) for name in ("changes", "places", "problems")}


def reissue_told(found: Reissue, folder: Path | None, lang: Lang) -> Told:
    """A re-issued round for the command: the text, and the tables; written to `folder` where one is named."""
    text = reissue_text(found, lang)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        book = new_book()
        for title, table in reissue_tables(found, lang).items():
            numbers = {str(c): _NUMBERS for c in table if table[c].dtype.kind == "f"}
            add_table(book, title, table, say("reissued", lang, n=len(found.cells)), "", numbers)
        write_together(folder, {"reissue.xlsx": lambda path: save_workbook(book, path)})
        text = f"{text}\n{say('written', lang, folder=folder)}"
    return text, {name: getattr(found, name) for name in ("cells", "effects", "scores")}


def write_comparison(comparison: Comparison, folder: Path, lang: Lang) -> list[Path]:
    """`comparison.xlsx` and the waterfall of the mean as PNG and SVG in `folder`, all or none."""
    from analysis import plots

    steps = worded(waterfall_table(comparison), lang).set_axis(["step", "value", "total"], axis=1)
    steps["total"] = steps["total"] == "√"
    subtitle = title_of(comparison, lang)
    axes = plots.waterfall_chart(steps, title=say("chart_waterfall", lang), subtitle=subtitle, lang=lang)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = plots.save(axes, folder / "waterfall")
    book = write_together(
        folder, {"comparison.xlsx": lambda path: save_workbook(_book(comparison, lang), path)}
    )
    return [*book, *pictures]


def _book(comparison: Comparison, lang: Lang) -> Workbook:
    labels = Labels(comparison.second.rulebook, lang)
    book, title = new_book(), title_of(comparison, lang)
    tables: Sequence[tuple[str, str, pd.DataFrame]] = (
        ("change", say("remainder", lang), comparison.changes),
        ("gained", say("places", lang), comparison.places),
        ("component", say("head", lang), comparison.cells.rename(columns={"node": "leaf"})),
        ("state", say("problems", lang), comparison.problems),
    )
    for name, note, table in tables:
        if len(table):
            shown = worded(table, lang, labels)
            numbers = {str(c): _NUMBERS for c in shown if shown[c].dtype.kind == "f"}
            add_table(book, header(name, lang), shown, title, note, numbers)
    return book
