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
    based = "loss_rate" in table.columns and table["loss_rate"].notna().any()
    shown = table if based else table.drop(columns="loss_rate", errors="ignore")
    shown = shown.drop(columns="cumulated_share") if "cause_group" not in shown.columns else shown
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
    """Lost points by kind of cause and by single causes; None without causes."""
    evaluation = material.evaluation
    assert evaluation is not None
    kinds = cause_groups(material)
    if len(kinds) < 2:
        return None
    tables = [_losses(material, kinds, "causes_caption", _MANY)]
    tables.append(_losses(material, causes(evaluation, ["cause"]), "fine_causes_caption", _MANY))
    return Section("causes", material.say("causes_title"), _leading(material, kinds), tables, ["pareto"])


def cause_groups(material: Material) -> pd.DataFrame:
    """Points lost by group of the vocabulary of causes, largest first: cause_group, points_lost, shares."""
    assert material.evaluation is not None
    fine = causes(material.evaluation, ["cause"])
    fine["cause_group"] = [material.labels.cause_group(cause) for cause in fine["cause"]]
    grouped = fine.groupby("cause_group", as_index=False, sort=False)["points_lost"].sum()
    table = grouped.sort_values("points_lost", ascending=False, ignore_index=True, kind="stable")
    table["share"] = table["points_lost"] / table["points_lost"].sum()
    table["cumulated_share"] = table["share"].cumsum()
    return table


def _leading(material: Material, kinds: pd.DataFrame) -> list[str]:
    if len(kinds) <= _NAMED:
        return []
    leading = kinds.head(_NAMED)
    share = f"{leading['share'].sum():.1%}"
    return [
        material.say("causes_sentence", n=_NAMED, names=material.join(leading["cause_group"]), share=share)
    ]


def problems_section(material: Material) -> Section | None:
    """Checks that cost most, each with its largest finding; None where only totals are known."""
    evaluation = material.evaluation
    assert evaluation is not None
    found = ledger_rows(evaluation)
    found = found[(found["row_id"] >= 0) & ((found["item"] != "") | (found["site"] != ""))]
    if found.empty:
        return None
    grouped = found.groupby(["component", "leaf", "item"], observed=True, sort=False, as_index=False)
    table = grouped.agg(points_lost=("points_lost", "sum"), n_findings=("row_id", "size"))
    examples = found.drop_duplicates(["component", "leaf", "item"])
    table["example"] = [_example(material, row) for _, row in examples.iterrows()]
    table = table.sort_values("points_lost", ascending=False, ignore_index=True, kind="stable")
    sentence = material.say("problems_sentence", n=f"{len(found):,}")
    shown = view(table, material.labels, 2, material.say("problems_caption"), top=_MANY)
    return Section("problems", material.say("problems_title"), [sentence], [shown], [])


def _example(material: Material, row: pd.Series) -> str:
    """One finding in words: where, what, in which row of which file."""
    place = dict.fromkeys(str(row[name]) for name in ("unit", "place", "site") if str(row[name]))
    what = str(row.get("note", ""))
    values = {"where": " ".join(place), "file": row["source_file"], "row": row["source_row"]}
    return material.say("example", what=what, **values) if what else material.say("example_plain", **values)
