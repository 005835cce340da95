"""Sections on who answers: causes of texts with what was not understood, responsible units, awards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from analysis import plots
from analysis.reports.material import Material
from analysis.reports.views import Section, View, view
from analysis.results.assignments import assignment_shares, unassigned_phrases, unassigned_share
from analysis.results.awards import awards, year_table
from analysis.results.cross import cross
from analysis.results.responsible import responsible_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY, _PHRASES, _ACROSS = 20, 10, 15


def duties_section(material: Material) -> Section | None:
    """How causes were found, units that answer for most, awards; None where nothing of it is known."""
    evaluation = material.evaluation
    assert evaluation is not None
    tables, sentences = [], []
    if len(material.round.table("cause_assignments")):
        sentences.append(_sentence(material))
        tables += _assignment_tables(material)
    units = responsible_units(evaluation)
    named = units[units["responsible_unit"] != ""]
    if len(named):
        tables.append(_units_table(material, units))
    tables += list(_award_tables(material))
    if not tables:
        return None
    return Section("duties", material.say("duties_title"), sentences, tables, ["losses"])


def _sentence(material: Material) -> str:
    table = material.round.table("cause_assignments")
    several = int(assignment_shares(material.round)["n_several"].sum())
    share = f"{unassigned_share(material.round):.1%}"
    return material.say("assigned_sentence", n=f"{len(table):,}", share=share, several=f"{several:,}")


def _assignment_tables(material: Material) -> list[View]:
    labels = material.labels
    bases = view(assignment_shares(material.round), labels, 0, material.say("assigned_caption"))
    phrases = unassigned_phrases(material.round)
    if phrases.empty:
        return [bases]
    return [bases, view(phrases, labels, 0, material.say("phrases_caption"), top=_PHRASES)]


def _units_table(material: Material, units: pd.DataFrame) -> View:
    """Responsible units by amount; what nobody answers for is said in the note."""
    named = units[units["responsible_unit"] != ""]
    nobody = units.loc[units["responsible_unit"] == "", "share"].sum()
    columns = ["rank", "responsible_unit", "points_lost", "share", "n_findings", "loss_rate", "rank_rate"]
    note = material.say("units_note", share=f"{nobody:.1%}", n=len(named))
    shown = named[columns].astype({"rank": "int64"})
    shown["rank_rate"] = named["rank_rate"].fillna(0).astype("int64")
    headers = {"rank": material.say_column("rank_lost")}
    caption = material.say("responsible_all_caption")
    return view(shown, material.labels, 2, caption, note, _MANY, headers)


def _award_tables(material: Material) -> Iterator[View]:
    evaluation = material.evaluation
    assert evaluation is not None
    found = awards(evaluation)
    held = found[found["unit"] != ""]
    if len(held):
        idle = [material.labels("adjustment", name) for name in found.loc[found["n_ranked"] == 0, "award"]]
        note = material.say("awards_idle", names=material.join(idle)) if idle else ""
        columns = ["award", "level", "unit", "score", "rank", "n_ranked", "held_before"]
        yield view(held[columns], material.labels, material.decimals, material.say("awards_caption"), note)
    year = year_table(evaluation)
    if len(year):
        yield view(year, material.labels, material.decimals, material.say("year_caption"), top=_MANY)


def duties_axes(material: Material, note: str) -> Iterator[tuple[str, Axes]]:
    """The map of lost points: units down, kinds of causes across."""
    evaluation = material.evaluation
    assert evaluation is not None
    table = cross(evaluation, "unit", "cause_group", _ACROSS)
    if table.shape[1] < 2:
        return
    shown = table.rename(columns=lambda cause: material.labels("cause", cause))
    yield "losses", plots.loss_map(shown, subtitle=material.title, note=note, lang=material.lang)
