"""Sections on what changed since the round before, and on whether the fixes held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import plots
from analysis.reports.compared import changes_shown, places_shown, say, sentences, title_of, worded
from analysis.reports.material import Material
from analysis.reports.views import Section, View, view
from analysis.results.compare import problem_counts, waterfall_table
from analysis.results.history import Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY, _FEW = 20, 10
_SHARES = ("fixed_share", "held_share", "recurred_share", "persistent_share")
_WHOLE = ("days_overdue", "bad_fixes", "median_days", "gained")
_BY_UNIT = [
    "unit", "n", "n_fixed", "fixed_share", "n_held", "held_share", "n_recurred", "recurred_share",
    "n_overdue", "median_days",
]  # fmt: skip
_MONDAY = ["unit", "responsible_unit", "site", "item", "due", "days_overdue", "bad_fixes", "escalation"]


def comparison_section(material: Material) -> Section | None:
    """The change since the round before by what caused it; None for a first round."""
    held = material.comparison
    if held is None:
        return None
    lang = material.lang
    told = [title_of(held, lang), *sentences(held, lang)]
    tables = [_view(material, changes_shown(held), say("head", lang), say("remainder", lang))]
    if len(held.places):
        places = places_shown(held).astype({"first": "int64", "second": "int64"})
        tables.append(_view(material, places, say("places", lang)))
    if len(held.problems):
        tables.append(_view(material, problem_counts(held.problems), say("problems", lang)))
    return Section("compared", say("compare_title", lang), told, tables, ["waterfall", "bump"])


def _view(material: Material, table: pd.DataFrame, caption: str, note: str = "", top: int = _MANY) -> View:
    """A table with its words; shares in percent, whole numbers without decimals."""
    shown = {name: table[name].map(_percent) for name in _SHARES if name in table}
    shown |= {
        name: table[name].astype("int64") for name in _WHOLE if name in table and _is_whole(table[name])
    }
    if "escalation" in table:
        shown["escalation"] = table["escalation"].map(lambda ids: _named(material, ids))
    words = worded(table.assign(**shown), material.lang, material.labels)
    return view(words, material.labels, material.decimals, caption, note, top)


def _is_whole(column: pd.Series) -> bool:
    return bool(column.notna().all() and (column == column.round()).all())


def _named(material: Material, ids: str) -> str:
    return material.join(material.labels("adjustment", name) for name in ids.split("|") if name)


def _percent(value: float) -> str:
    return "–" if value != value else f"{value:.1%}"


def rectification_section(material: Material) -> Section | None:
    """What became of the problems in the round's ledger; None without one."""
    loop = material.loop
    if loop is None:
        return None
    lang = material.lang
    mine = loop.of_round(material.round.info.id)
    total = mine.summary().iloc[0]
    tables = [_view(material, mine.summary(["unit"])[_BY_UNIT], say("by_unit", lang))]
    causes = mine.summary(["cause"]).sort_values("n_recurred", ascending=False)
    columns = ["cause", "n", "n_fixed", "held_share", "n_checked_again", "n_recurred", "recurred_share"]
    tables.append(_view(material, causes[columns], say("by_cause", lang), top=_FEW))
    points = mine.points()
    if len(points):
        shown = points[["unit", "won_back", "still_open", "n_won", "n_open"]]
        tables.append(_view(material, shown, say("points_caption", lang)))
    monday = mine.monday().sort_values(["bad_fixes", "days_overdue"], ascending=False, kind="stable")
    tables.append(
        _view(
            material, monday.assign(due=monday["due"].dt.strftime("%Y-%m-%d"))[_MONDAY], say("monday", lang)
        )
    )
    sequences = mine.bad_sequences()
    if len(sequences):
        columns = ["unit", "site", "item", lang, "source_file", "source_row"]
        tables.append(_view(material, sequences[columns], say("sequences", lang)))
    told = _told(material, total, points, len(sequences))
    return Section("rectified", say("rectify_title", lang), told, tables, ["survival", "control"])


def _told(material: Material, total: pd.Series, points: pd.DataFrame, n_bad: int) -> list[str]:
    lang, loop = material.lang, material.loop
    assert loop is not None
    counts: dict[str, Any] = {
        name: int(total[f"n_{name}"]) for name in ("fixed", "rechecked", "held", "open", "overdue")
    }
    shares: dict[str, Any] = {name: _percent(float(total[name])) for name in ("fixed_share", "held_share")}
    told = [say("rectify_head", lang, day=loop.as_of, n=int(total["n"]), **counts, **shares)]
    if total["n_checked_again"]:
        back, share = int(total["n_recurred"]), _percent(float(total["recurred_share"]))
        told.append(say("rectify_back", lang, again=int(total["n_checked_again"]), back=back, share=share))
    if total["median_days"] == total["median_days"]:
        told.append(say("rectify_days", lang, days=f"{total['median_days']:.0f}"))
    if len(points):
        won, left = points["won_back"].sum(), points["still_open"].sum()
        told.append(say("rectify_points", lang, won=f"{won:.2f}", open=f"{left:.2f}"))
    return told + ([say("rectify_sequences", lang, n=n_bad)] if n_bad else [])


def compared_axes(material: Material, note: str) -> Iterator[tuple[str, Axes]]:
    """The charts of both sections by name, as far as there is something to draw."""
    lang = material.lang
    about: dict[str, Any] = {"subtitle": material.title, "note": note, "lang": lang}
    held, loop = material.comparison, material.loop
    if held is not None:
        steps = waterfall_table(held)
        steps = steps.assign(step=[say(name, lang, "steps") for name in steps["step"]])
        yield "waterfall", plots.waterfall_chart(steps, title=say("chart_waterfall", lang), **about)
        assert material.evaluation is not None
        line = Series((*material.earlier, material.evaluation))
        groups = line.scores["group"].value_counts()
        yield "bump", plots.bump_chart(line.scores[line.scores["group"] == groups.index[0]], **about)
        if loop is not None:
            yield (
                "control",
                plots.control_chart(line.problem_chart(""), title=say("chart_control", lang), **about),
            )
    if loop is not None:
        yield "survival", plots.survival_chart(loop.of_round(material.round.info.id).curves(), **about)
