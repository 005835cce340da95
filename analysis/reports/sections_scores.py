"""Sections on results: size of the evaluation, ranks and gaps by group, parts of scores, adjustments."""

from __future__ import annotations

import pandas as pd

from analysis.reports.material import Material
from analysis.reports.outputs import scores_table
from analysis.reports.views import Section, View, view
from analysis.results.causes import causes
from analysis.results.ranking import lines
from analysis.tables import NOT_APPLICABLE

_RANKED = ["rank", "unit", "composite", "gap_above", "gap_below", "tied", "bands"]


def key_figures(material: Material) -> list[tuple[str, str]]:
    """How much was evaluated: (number, what) for units, places, sites, checks, respondents, documents."""
    round_ = material.round
    observations = round_.observations
    field = observations[
        (observations["site"].astype("str") != "") & (observations["status"] != NOT_APPLICABLE)
    ]
    material_rows = _rows_of(material, "material")
    found = {
        "fact_units": len(material.evaluation.scores) if material.evaluation else 0,
        "fact_places": _distinct(observations, ["unit", "place"]),
        "fact_sites": _distinct(field, ["unit", "site"]),
        "fact_checks": len(field),
        "fact_respondents": respondents(material),
        "fact_documents": len(material_rows),
        "fact_published": len(round_.table("published")),
    }
    return [(f"{number:,}", material.say(key)) for key, number in found.items() if number]


def respondents(material: Material) -> int:
    """Distinct respondents; with counts per answer only, the largest total of one question, by unit."""
    rows = _rows_of(material, "questionnaire")
    if rows.empty:
        return 0
    if "respondent" in rows.columns and (rows["respondent"].astype("str") != "").any():
        return _distinct(rows, ["unit", "respondent"])
    if "count" not in rows.columns:
        return 0
    totals = rows.groupby(["unit", "item"], observed=True)["count"].sum()
    return int(totals.groupby(level="unit", observed=True).max().sum())


def _rows_of(material: Material, method: str) -> pd.DataFrame:
    """Observations of one method, by the leaves of the rulebook."""
    observations, rulebook = material.round.observations, material.rulebook
    if rulebook is None:
        return observations.iloc[:0]
    leaves = {
        node.id for f in rulebook.frameworks.values() for node in f.leaves if f.method_of(node) == method
    }
    return observations[observations["leaf"].isin(leaves)]


def _distinct(rows: pd.DataFrame, columns: list[str]) -> int:
    named = rows[rows[columns[-1]].astype("str") != ""]
    return len(named[columns].drop_duplicates())


def ranks_section(material: Material) -> Section:
    """Overall score and rank by group, with gaps, consequences and distances to the lines."""
    ranking, evaluation = material.ranking, material.evaluation
    assert ranking is not None and evaluation is not None
    settings = evaluation.rulebook.settings
    groups = [(str(name), part) for name, part in ranking.groupby("group", observed=True, sort=False)]
    tables = [_group_view(material, name, part) for name, part in groups]
    distances = lines(ranking, settings)
    if len(distances):
        tables.append(_lines_view(material, distances))
    sentences = [text for name, part in groups for text in _group_sentences(material, name, part)]
    return Section("ranks", material.say("ranks_title"), sentences, tables, ["ranking", "gaps"])


def _group_view(material: Material, name: str, part: pd.DataFrame) -> View:
    assert material.evaluation is not None
    settings = material.evaluation.rulebook.settings
    note = material.say(
        "ranks_note",
        rounding=material.say_label("rounding", settings.rounding.mode),
        decimals=settings.rounding.decimals,
        ties=material.say_label("ties", settings.ties.method),
    )
    idle = {"bands"} if (part["bands"] == "").all() else set()
    idle |= set() if part["tied"].any() else {"tied"}
    columns = [column for column in _RANKED if column not in idle]
    if (part["veto"].astype("str") != "").any():
        columns.append("veto")
    shown = part.assign(tied=part["tied"].map({True: "=", False: ""}))[columns]
    caption = material.labels("group", name)
    return view(shown, material.labels, settings.rounding.decimals, caption, note)


def _lines_view(material: Material, distances: pd.DataFrame) -> View:
    wide = distances.pivot_table(
        "distance", ["group", "unit"], "line", observed=True, sort=False
    ).reset_index()
    named = {str(line): material.line_name(str(line)) for line in wide.columns[2:]}
    wide = wide.drop(columns="group") if wide["group"].nunique() == 1 else wide
    return view(wide, material.labels, material.decimals, material.say("lines_caption"), headers=named)


def _group_sentences(material: Material, name: str, part: pd.DataFrame) -> list[str]:
    ranked = part[part["rank"].notna()]
    form = f".{material.decimals}f"
    found = []
    if len(ranked) > 1:
        first, last = ranked.iloc[0], ranked.iloc[-1]
        found.append(
            material.say(
                "ranks_first",
                group=material.labels("group", name),
                first=first["unit"],
                score=format(first["composite"], form),
                last=last["unit"],
                low=format(last["composite"], form),
                spread=format(first["composite"] - last["composite"], form),
            )
        )
        found += _closest(material, ranked.reset_index(drop=True), form)
    vetoed = part[part["veto"].astype("str") != ""]["unit"].astype("str")
    return found + ([material.say("ranks_veto", units=material.join(vetoed))] if len(vetoed) else [])


def _closest(material: Material, ranked: pd.DataFrame, form: str) -> list[str]:
    gaps = ranked["gap_above"]
    if gaps.notna().sum() == 0:
        return []
    below = int(gaps.idxmin())
    above = ranked[ranked["composite"] > ranked["composite"][below]].iloc[-1]
    gap = format(gaps[below], form)
    return [material.say("ranks_closest", above=above["unit"], below=ranked["unit"][below], gap=gap)]


def parts_section(material: Material) -> Section | None:
    """Composite with its components, every component with its methods; None where there is only a total."""
    evaluation, ranking = material.evaluation, material.ranking
    assert evaluation is not None and ranking is not None
    scores = scores_table(evaluation, ranking)
    lost = causes(evaluation, ["depth_1"])
    sentences = []
    if len(lost) > 1:
        worst = lost.iloc[0]
        part = material.labels("component", worst["depth_1"])
        sentences = [material.say("parts_sentence", part=part, share=f"{worst['share']:.1%}")]
    parts = [part.id for part in evaluation.rulebook.composition.parts]
    tables = [_composite_view(material, scores), *(_methods_view(material, scores, part) for part in parts)]
    found = [table for table in tables if table is not None]
    if len(found) == 1 and len(found[0].headers) == 2:
        return None
    return Section("parts", material.say("parts_title"), sentences, found, ["heatmap"])


def _composite_view(material: Material, scores: pd.DataFrame) -> View:
    """Components, base, adjustments and composite; columns that say nothing are left out."""
    assert material.evaluation is not None
    idle = [name for name in ("bonus", "penalty") if (scores[name] == 0).all()]
    idle += ["base"] if len(idle) == 2 else []
    idle += ["group"] if scores["group"].nunique() < 2 else []
    idle += ["cycle"] if "cycle" in scores.columns and scores["cycle"].isna().all() else []
    parts = material.evaluation.rulebook.composition.parts
    idle += [part.id for part in parts] if len(parts) == 1 else []
    methods = [name for name in scores.columns if "." in name]
    shown = scores.drop(columns=[*idle, *methods, "veto", "rank", "eligible"])
    return view(shown, material.labels, material.decimals, material.say("parts_caption"))


def _methods_view(material: Material, scores: pd.DataFrame, part: str) -> View | None:
    """The methods of one component; None when it has at most one."""
    methods = [name for name in scores.columns if name.startswith(f"{part}.") and scores[name].notna().any()]
    if len(methods) < 2:
        return None
    label = material.labels("component", part)
    named = {name: material.labels("node", name.partition(".")[2], part) for name in methods}
    shown = scores[["unit", part, *methods]]
    caption = material.say("methods_caption", part=label)
    return view(shown, material.labels, material.decimals, caption, headers=named)


def adjustments_section(material: Material) -> Section:
    """Bonus, penalties, vetoes, prerequisites and consequences, row by row."""
    assert material.evaluation is not None
    frame = material.evaluation.adjustments
    title = material.say("adjustments_title")
    if frame.empty:
        return Section("adjustments", title, [material.say("adjustments_none")], [], [])
    columns = ["unit", "kind", "rule", "claimed", "points", material.lang, "source_file", "source_row"]
    shown = frame[[column for column in columns if column in frame.columns]]
    shown = shown.assign(source_row=shown["source_row"].where(shown["source_row"] > 0))
    return Section("adjustments", title, [], [view(shown, material.labels)], [])
