"""Sections on lost points: areas, site types, questions, causes, responsible units, typical problems."""

from __future__ import annotations

import pandas as pd

from analysis.reports.material import Material
from analysis.reports.rates import pooled_rates
from analysis.reports.views import Section, View, view
from analysis.results.causes import causes, ledger_rows

_MANY, _FEW, _NAMED = 15, 8, 3


def where_section(material: Material) -> Section:
    """Where points were lost: areas, leaves, best and worst site types, lowest questions."""
    evaluation = material.evaluation
    assert evaluation is not None
    areas = causes(evaluation, ["area"])
    tables = (
        [_losses(material, areas, "areas_caption", _MANY)]
        if (areas["area"].astype("str") != "").any()
        else []
    )
    tables.append(_losses(material, causes(evaluation, ["component", "leaf"]), "leaves_caption", _MANY))
    sites = pooled_rates(evaluation, ["site_type"], "field")
    questions = pooled_rates(evaluation, ["leaf", "item"], "questionnaire")
    sentences = []
    if len(sites) > 1:
        sentences.append(_best_and_worst(material, sites))
        tables += _site_tables(material, sites)
    if len(questions) > 1:
        sentences.append(_lowest_question(material, questions.iloc[0]))
        note = material.say("rates_note")
        tables.append(view(questions, material.labels, 2, material.say("questions_caption"), note, _FEW))
    return Section("where", material.say("where_title"), sentences, tables, [])


def _losses(material: Material, table: pd.DataFrame, caption: str, top: int) -> View:
    shown = table if table["loss_rate"].notna().any() else table.drop(columns="loss_rate")
    shown = shown.drop(columns="cumulated_share") if "cause" not in shown.columns else shown
    return view(shown, material.labels, 2, material.say(caption), top=top)


def _site_tables(material: Material, sites: pd.DataFrame) -> list[View]:
    """Best and worst site types, which do not overlap."""
    half = min(_FEW, len(sites) // 2)
    best = sites.iloc[::-1].head(half)
    note = material.say("rates_note")
    return [
        view(best, material.labels, 2, material.say("site_types_best"), note),
        view(sites.head(half), material.labels, 2, material.say("site_types_worst"), note),
    ]


def _best_and_worst(material: Material, sites: pd.DataFrame) -> str:
    worst, best = sites.iloc[0], sites.iloc[-1]
    return material.say(
        "where_sites",
        best=material.labels("site_type", best["site_type"]),
        best_rate=f"{best['score_rate']:.2%}",
        worst=material.labels("site_type", worst["site_type"]),
        worst_rate=f"{worst['score_rate']:.2%}",
    )


def _lowest_question(material: Material, worst: pd.Series) -> str:
    question = material.labels("item", worst["item"], worst["leaf"])
    return material.say("where_questions", question=question, rate=f"{worst['score_rate']:.2%}")


def causes_section(material: Material) -> Section | None:
    """Lost points by cause, and the responsible units that answer for most; None when no cause is named."""
    evaluation = material.evaluation
    assert evaluation is not None
    by_cause = causes(evaluation, ["cause"])
    if len(by_cause) < 2:
        return None
    tables = [_losses(material, by_cause, "causes_caption", _MANY)]
    units = causes(evaluation, ["responsible_unit"])
    units = units[units["responsible_unit"].astype("str") != ""]
    if len(units):
        tables.append(_losses(material, units, "responsible_caption", _MANY))
    return Section("causes", material.say("causes_title"), _leading(material, by_cause), tables, ["pareto"])


def _leading(material: Material, by_cause: pd.DataFrame) -> list[str]:
    named = by_cause[by_cause["cause"].astype("str") != ""]
    if len(named) <= _NAMED:
        return []
    leading = named.head(_NAMED)
    names = material.join(material.labels("cause", name) for name in leading["cause"])
    return [material.say("causes_sentence", n=_NAMED, names=names, share=f"{leading['share'].sum():.1%}")]


def problems_section(material: Material) -> Section | None:
    """The single findings that cost most, with place, problem and row; None where only totals are known."""
    evaluation = material.evaluation
    assert evaluation is not None
    found = ledger_rows(evaluation)
    found = found[(found["row_id"] >= 0) & ((found["item"] != "") | (found["site"] != ""))]
    if found.empty:
        return None
    columns = ["unit", "place", "component", "leaf", "site", "item", "cause", "note", "points_lost"]
    kept = [name for name in columns if name in found.columns and (found[name].astype("str") != "").any()]
    shown = found[[*kept, "source_file", "source_row"]].head(_MANY)
    sentence = material.say("problems_sentence", n=f"{len(found):,}", shown=len(shown))
    table = view(shown, material.labels, 4, material.say("problems_caption"))
    return Section("problems", material.say("problems_title"), [sentence], [table], [])
