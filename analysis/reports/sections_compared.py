"""Sections on what changed since the round before, and on whether the fixes held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import plots
from analysis.reports.compared import changes_shown, places_shown, say, sentences, title_of
from analysis.reports.followed import by_unit, loop_sentences, readable, worst_first
from analysis.reports.lined_up import bump_axes, bump_groups
from analysis.reports.material import Material
from analysis.reports.views import Section, View, view
from analysis.results.assessors import assessors
from analysis.results.compare import problem_counts, waterfall_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY, _FEW = 20, 10


def comparison_section(material: Material) -> Section | None:
    """The change since the round before by what caused it; None for a first round."""
    held = material.comparison
    if held is None:
        return None
    lang = material.lang
    told = [title_of(held, lang), *sentences(held, lang)]
    tables = [_view(material, changes_shown(held), say("head", lang), say("remainder", lang))]
    if len(held.places):
        tables.append(_view(material, places_shown(held), say("places", lang)))
    if len(held.problems):
        tables.append(_view(material, problem_counts(held.problems), say("problems", lang)))
    return Section("compared", say("compare_title", lang), told, tables, ["waterfall", *_bumps(material)])


def _bumps(material: Material) -> list[str]:
    """Names of the charts of ranks, one per group."""
    n = len(bump_groups(material.line)) if material.line else 0
    return ["bump", *(f"bump_{number}" for number in range(2, n + 1))][:n]


def _view(material: Material, table: pd.DataFrame, caption: str, note: str = "", top: int = _MANY) -> View:
    words = readable(table, material.lang, material.labels)
    return view(words, material.labels, material.decimals, caption, note, top)


def rectification_section(material: Material) -> Section | None:
    """What became of the problems in the round's ledger; None without one."""
    loop = material.loop
    if loop is None:
        return None
    lang = material.lang
    mine = loop.of_round(material.round.info.id)
    tables = [_view(material, by_unit(mine), say("by_unit", lang))]
    causes = mine.summary(["cause"]).sort_values("n_recurred", ascending=False)
    columns = ["cause", "n", "n_fixed", "held_share", "n_checked_again", "n_recurred", "recurred_share"]
    tables.append(_view(material, causes[columns], say("by_cause", lang), top=_FEW))
    points = mine.points()
    if len(points):
        shown = points[["unit", "won_back", "still_open", "n_won", "n_open"]]
        tables.append(_view(material, shown, say("points_caption", lang)))
    tables.append(_view(material, worst_first(mine), say("monday", lang)))
    sequences = mine.bad_sequences()
    if len(sequences):
        columns = ["unit", "site", "item", lang, "source_file", "source_row"]
        tables.append(_view(material, sequences[columns], say("sequences", lang)))
    told = loop_sentences(mine, points, len(sequences), lang)
    return Section("rectified", say("rectify_title", lang), told, tables, ["survival", "control"])


def assessors_section(material: Material) -> Section | None:
    """Who scores unlike the others at the same checks; None where nobody can be compared."""
    evaluation = material.evaluation
    assert evaluation is not None
    table = assessors(evaluation)
    told = table[table["offset_rate_se"] > 0]
    if told.empty:
        return None
    lang = material.lang
    named = [
        say(f"assessors_{kind}", lang, names=material.join(told.loc[told["finding"] == kind, "assessor"]))
        for kind in ("strict", "lenient")
        if (told["finding"] == kind).any()
    ]
    head = say("assessors_head", lang, n=len(told), checks=f"{int(told['n_checks'].sum()):,}")
    found = told[told["finding"] != ""]
    ends = found if len(found) else pd.concat([told.head(1), told.tail(1)]).drop_duplicates()
    limits = zip(ends["low"].map(_signed), ends["high"].map(_signed), strict=True)
    shown = ends[["assessor", "n_sites", "n_checks"]].assign(
        offset_rate=ends["offset_rate"].map(_signed),
        interval=[" – ".join(pair) for pair in limits],
        finding=[say(kind or "no_finding", lang, "findings") for kind in ends["finding"]],
    )
    sentences = [head, *(named or [say("assessors_none", lang)])]
    view_of = _view(material, shown, say("assessors_caption", lang), say("assessors_note", lang))
    return Section("assessors", say("assessors_title", lang), sentences, [view_of], [])


def _signed(rate: float) -> str:
    """A difference in score rate, in percentage points."""
    return f"{100 * rate:+.1f}"


def compared_axes(material: Material, note: str) -> Iterator[tuple[str, Axes]]:
    """The charts of both sections by name, as far as there is something to draw."""
    lang = material.lang
    about: dict[str, Any] = {"subtitle": material.title, "note": note, "lang": lang}
    held, loop = material.comparison, material.loop
    if held is not None:
        steps = waterfall_table(held)
        steps = steps.assign(step=[say(name, lang, "steps") for name in steps["step"]])
        yield "waterfall", plots.waterfall_chart(steps, title=say("chart_waterfall", lang), **about)
    if material.line is not None:
        yield from zip(
            _bumps(material), bump_axes(material.line, material.labels, material.title, note), strict=True
        )
        if loop is not None:
            checks = material.line.problem_chart("")
            yield "control", plots.control_chart(checks, title=say("chart_control", lang), **about)
    if loop is not None:
        yield "survival", plots.survival_chart(loop.of_round(material.round.info.id).curves(), **about)
