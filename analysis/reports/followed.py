"""The rectification loop in words, on the screen and as files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.errors import Lang
from analysis.reports.compared import lines, say, worded
from analysis.reports.files import Writer, save_workbook, write_csv, write_together
from analysis.reports.labels import Labels
from analysis.reports.planned_files import banner, folder_of
from analysis.reports.sheets import add_table, new_book

if TYPE_CHECKING:
    from openpyxl import Workbook

    from analysis.results.loop import Loop

BY = ("round", "unit", "responsible_unit", "cause", "site", "finder")
_SHARES = ("fixed_share", "held_share", "recurred_share", "persistent_share")
_WHOLE = ("days_overdue", "bad_fixes", "median_days", "gained")
_BY_UNIT = [
    "unit", "n", "n_fixed", "fixed_share", "n_held", "held_share", "n_recurred", "recurred_share", "n_open",
    "n_overdue", "median_days",
]  # fmt: skip
MONDAY = ["unit", "responsible_unit", "site", "item", "due", "days_overdue", "bad_fixes", "escalation"]
_IN_BOOK = ("unit", "responsible_unit", "cause", "finder")
_FIRST = 20


def percent(value: float) -> str:
    """A share as text."""
    return "–" if value != value else f"{value:.1%}"


def readable(table: pd.DataFrame, lang: Lang, labels: Labels) -> pd.DataFrame:
    """A table with its words; shares in percent, whole numbers without decimals, days as dates."""
    shown: dict[str, Any] = {name: table[name].map(percent) for name in _SHARES if name in table}
    shown |= {
        name: table[name].astype("int64") for name in _WHOLE if name in table and _is_whole(table[name])
    }
    dates = [name for name in table if table[name].dtype.kind == "M"]
    shown |= {name: table[name].dt.strftime("%Y-%m-%d").fillna("") for name in dates}
    if "escalation" in table:
        shown["escalation"] = table["escalation"].map(lambda ids: _named(labels, ids))
    return worded(table.assign(**shown), lang, labels)


def _is_whole(column: pd.Series) -> bool:
    return bool(column.notna().all() and (column == column.round()).all())


def _named(labels: Labels, ids: str) -> str:
    sep = "、" if labels.lang == "zh" else ", "
    return sep.join(labels("adjustment", name) for name in ids.split("|") if name)


def by_unit(loop: Loop) -> pd.DataFrame:
    """What became of every unit's problems, as far as a page has room for it."""
    return loop.summary(["unit"])[_BY_UNIT]


def worst_first(loop: Loop) -> pd.DataFrame:
    """The Monday list across units, what was fixed badly most often first."""
    order = ["bad_fixes", "days_overdue"]
    return loop.monday().sort_values(order, ascending=False, kind="stable")[MONDAY]


def loop_sentences(loop: Loop, points: pd.DataFrame, n_bad: int, lang: Lang) -> list[str]:
    """The loop in sentences: how much is fixed, held, back again, in how many days, worth how many points."""
    total = loop.summary().iloc[0]
    counts: dict[str, Any] = {
        name: int(total[f"n_{name}"]) for name in ("fixed", "rechecked", "held", "open", "overdue")
    }
    shares: dict[str, Any] = {name: percent(float(total[name])) for name in ("fixed_share", "held_share")}
    told = [say("rectify_head", lang, day=loop.as_of, n=int(total["n"]), **counts, **shares)]
    if total["n_checked_again"]:
        back, share = int(total["n_recurred"]), percent(float(total["recurred_share"]))
        told.append(say("rectify_back", lang, again=int(total["n_checked_again"]), back=back, share=share))
    if total["median_days"] == total["median_days"]:
        told.append(say("rectify_days", lang, days=f"{total['median_days']:.0f}"))
    if len(points):
        won, left = points["won_back"].sum(), points["still_open"].sum()
        told.append(say("rectify_points", lang, won=f"{won:.2f}", open=f"{left:.2f}"))
    return told + ([say("rectify_sequences", lang, n=n_bad)] if n_bad else [])


def loop_tables(loop: Loop) -> dict[str, pd.DataFrame]:
    """Every table of the loop by the name of its file."""
    return {
        **{f"by_{name}": loop.summary([name]) for name in BY},
        "monday": loop.monday(),
        "points": loop.points(),
        "sequences": loop.bad_sequences(),
        "curve": loop.curves(),
        "cases": loop.cases,
    }


def loop_told(loop: Loop, folder: Path | None, lang: Lang) -> tuple[str, Path, Mapping[str, pd.DataFrame]]:
    """The loop for the command: the text, the folder its files were written to, and the tables."""
    tables, target = loop_tables(loop), folder or folder_of(loop.rounds[-1], "rectification")
    write_loop(loop, tables, target, lang)
    return loop_text(loop, tables, lang), target, tables


def loop_text(loop: Loop, tables: Mapping[str, pd.DataFrame], lang: Lang) -> str:
    """The loop as lines for the screen: sentences, units, the worst of the Monday list, bad sequences."""
    labels, monday = Labels(loop.rounds[-1].rulebook, lang), worst_first(loop)
    parts = [*banner(loop.rounds[-1], lang)]
    parts += loop_sentences(loop, tables["points"], len(tables["sequences"]), lang)
    parts += [] if len(tables["points"]) else [say("no_points", lang)]
    parts += [say("by_unit", lang), lines(readable(by_unit(loop), lang, labels))]
    if len(monday):
        parts.append(say("monday_first", lang, n=len(monday), shown=min(len(monday), _FIRST)))
        parts.append(lines(readable(monday.head(_FIRST), lang, labels)))
    if len(tables["sequences"]):
        columns = ["unit", "site", "item", lang, "source_file", "source_row"]
        parts.append(say("sequences", lang))
        parts.append(lines(readable(tables["sequences"][columns].head(_FIRST), lang, labels)))
    return "\n".join(parts)


def csv_writers(tables: Mapping[str, pd.DataFrame]) -> dict[str, Writer]:
    """One csv per table: numbers with nine decimals, dates as `2025-07-14`."""
    return {f"{name}.csv": partial(write_csv, _plain(table)) for name, table in tables.items()}


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    dates = {name: table[name].dt.strftime("%Y-%m-%d") for name in table if table[name].dtype.kind == "M"}
    return table.assign(**dates).round(dict.fromkeys(table.select_dtypes("float").columns, 9))


def write_loop(loop: Loop, tables: Mapping[str, pd.DataFrame], folder: Path, lang: Lang) -> list[Path]:
    """Every table as csv, `rectification.xlsx` for readers, and the curve of open cases as PNG and SVG."""
    from analysis import plots

    book = {"rectification.xlsx": lambda path: save_workbook(_book(loop, tables, lang), path)}
    written = write_together(folder, book | csv_writers(tables))
    title, note = loop.rounds[-1].round.info.title[lang], "".join(banner(loop.rounds[-1], lang))
    axes = plots.survival_chart(tables["curve"], subtitle=title, note=note, lang=lang)
    return [*written, *plots.save(axes, folder / "days_to_fix")]


def _book(loop: Loop, tables: Mapping[str, pd.DataFrame], lang: Lang) -> Workbook:
    last = loop.rounds[-1]
    book, labels = new_book(), Labels(last.rulebook, lang)
    title, note = last.round.info.title[lang], "".join(banner(last, lang))
    sequences = tables["sequences"].drop(columns=["earlier", "later", "en" if lang == "zh" else "zh"])
    named = {"monday": tables["monday"], **{f"by_{name}": tables[f"by_{name}"] for name in _IN_BOOK}}
    named |= {"points_caption": tables["points"], "sequences": sequences}
    for name, table in named.items():
        if len(table):
            shown = readable(table, lang, labels)
            numbers = {str(c): "0.00" for c in shown if shown[c].dtype.kind == "f"}
            add_table(book, say(f"{name}_sheet", lang), shown, f"{title} · {say(name, lang)}", note, numbers)
    return book
