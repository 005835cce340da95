"""Would another rule have changed the ranking? Every combination as tables, a page, and lines on a screen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang, UsageError
from analysis.framework import library
from analysis.reports.console import aligned
from analysis.reports.files import write_csv, write_text, write_together
from analysis.reports.labels import Labels
from analysis.reports.messages import message
from analysis.reports.planned_files import banner, folder_of
from analysis.reports.rule_words import say
from analysis.reports.screen import print_json, records, shown

if TYPE_CHECKING:
    import pandas as pd

    from analysis.scoring import Evaluation
    from analysis.simulation.sensitivity import Sensitivity

SHOWN = 6


def tables_of(found: Sensitivity, swap: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
    """The tables of a sensitivity by their name; `swap` where two units were asked for."""
    tables = {
        "shares": found.shares(),
        "ranges": found.ranges,
        "winners": found.winners,
        "combinations": found.combinations,
    }
    return tables if swap is None else {**tables, "swap": swap}


def print_sensitivity(
    evaluation: Evaluation,
    found: Sensitivity,
    swap: tuple[str, str, pd.DataFrame] | None,
    out: Path | None,
    as_json: bool,
    lang: Lang,
) -> int:
    """Exit code of a sensitivity, after its tables and its page were written and the page was said."""
    folder = out or folder_of(evaluation, "sensitivity")
    page = winner_page(evaluation, found, lang)
    if swap is not None:
        page = "\n".join([page, "", *swap_lines(evaluation, *swap, lang)])
    tables = tables_of(found, None if swap is None else swap[2])
    writers = {f"{name}.csv": partial(write_csv, table.round(9)) for name, table in tables.items()}
    write_together(folder, {**writers, "winner.txt": partial(write_text, f"{page}\n")})
    if as_json:
        print_json({"folder": str(folder), **{name: records(table) for name, table in tables.items()}})
    else:
        print(page)
        print(message("sensitivity_at", lang, folder=shown(folder)))
    return 0


def winner_page(evaluation: Evaluation, found: Sensitivity, lang: Lang) -> str:
    """One page: would another rule have changed the winner, how far do ranks move, by which choice."""
    lines = [*banner(evaluation, lang), say("title", lang, n=len(found.combinations))]
    for name, alternatives in found.choices.items():
        others = " / ".join(_alternative(name, one, lang) for one in alternatives)
        lines.append(f"  {say(name, lang, 'choices')}: {others}")
    lines.append(_answer(found, lang))
    several = len(set(found.groups)) > 1
    for group, part in found.winners.groupby("group", sort=False):
        lines += [say("group", lang, group=_group(evaluation, str(group), lang))] if several else []
        lines += [line for row in part.itertuples() for line in _winner(row, lang)]
    lines += [say("moves", lang, shift=float(found.shift.mean())), _share_lines(found, lang)]
    return "\n".join([*lines, say("ranges", lang), _range_lines(found, lang)])


def _answer(found: Sensitivity, lang: Lang) -> str:
    changed = found.winners.loc[~found.winners["baseline"], "group"].nunique()
    return say("no_change" if not changed else "change", lang)


def _winner(row: Any, lang: Lang) -> list[str]:
    said = say("written" if row.baseline else "other", lang, unit=row.unit, share=row.share)
    if not row.by_choice:
        return [said]
    pairs = [choice.split("=") for choice in row.by_choice.split(", ")]
    named = [f"{say(name, lang, 'choices')} → {_alternative(name, one, lang)}" for name, one in pairs]
    return [said, say("by", lang, choices=("、" if lang == "zh" else ", ").join(named))]


def _share_lines(found: Sensitivity, lang: Lang) -> str:
    rows = []
    for row in found.shares().head(SHOWN).itertuples():
        if row.share > 0:
            pair = [say(name, lang, "choices") for name in (row.choice, row.with_choice) if name]
            rows.append([" × ".join(pair), f"{row.share:.1%}"])
    return aligned(rows, right=[1], indent="  ") if rows else say("nothing_moves", lang)


def _range_lines(found: Sensitivity, lang: Lang) -> str:
    heads = [say(name, lang) for name in ("unit", "rank", "best", "worst", "shift")]
    rows = [
        [row.unit, *(_whole(value) for value in (row.rank, row.best, row.worst)), _digits(row.mean_shift)]
        for row in found.ranges.itertuples()
    ]
    return aligned([heads, *rows], right=[1, 2, 3, 4], indent="  ")


def swap_lines(evaluation: Evaluation, first: str, second: str, swap: pd.DataFrame, lang: Lang) -> list[str]:
    """The smallest changes of one weight at which two units draw level."""
    possible = swap[swap["possible"]].head(SHOWN)
    if possible.empty:
        return [say("swap_none", lang, first=first, second=second)]
    labels = Labels(evaluation.rulebook, lang)
    heads = [say(name, lang) for name in ("node", "weight", "after")]
    rows = [
        [_weight_of(labels, row), f"{row.weight:.4f}", f"{row.weight_after:.4f}"]
        for row in possible.itertuples()
    ]
    return [
        say("swap", lang, first=first, second=second),
        aligned([heads, *rows], right=[1, 2], indent="  "),
    ]


def _weight_of(labels: Labels, row: Any) -> str:
    """The node whose weight it is, below its component; a component by itself."""
    if not row.component:
        return labels("component", row.node)
    return f"{labels('component', row.component)} · {labels('node', row.node, row.component)}"


def _alternative(choice: str, name: str, lang: Lang) -> str:
    """An alternative in words; compositions by their titles."""
    if choice == "composition" and name != "as_written":
        try:
            return str(library.load(name).composition.title[lang])
        except UsageError:
            return name
    return say(name, lang, "alternatives")


def _group(evaluation: Evaluation, group: str, lang: Lang) -> str:
    return Labels(evaluation.rulebook, lang, several_groups=True)("group", group)


def _whole(value: float) -> str:
    return "–" if value != value else f"{value:.0f}"


def _digits(value: float) -> str:
    return "–" if value != value else f"{value:.2f}"
