"""Sections on the data behind the results: quality, audit of published results, method."""

from __future__ import annotations

import pandas as pd

from analysis.errors import Lang
from analysis.framework.model import Composition, Rulebook
from analysis.intake.words.kinds import kinds
from analysis.reports.labels import words
from analysis.reports.material import Material
from analysis.reports.views import Section, View, view

_MANY = 40


def quality_section(material: Material) -> Section:
    """Rows read, used and rejected by sheet; missing, imputed and redistributed; what the checks found."""
    counts = material.round.counts
    read, used, rejected = (int(counts[name].sum()) for name in ("rows_read", "rows_used", "rows_rejected"))
    sentences = [material.say("quality_rows", read=f"{read:,}", used=f"{used:,}", rejected=f"{rejected:,}")]
    if material.evaluation is not None and material.evaluation.nodes["leaf"].any():
        sentences.append(_nodes_sentence(material, material.evaluation.nodes))
    tables = [_sheets(material)]
    if material.round.problems:
        tables.append(_problems(material))
    return Section("quality", material.say("quality_title"), sentences, tables, [])


def _nodes_sentence(material: Material, nodes: pd.DataFrame) -> str:
    leaves = nodes[nodes["leaf"]]
    return material.say(
        "quality_nodes",
        cells=f"{len(leaves):,}",
        missing=f"{int(leaves['n_missing'].sum()):,}",
        na=f"{int(leaves['n_na'].sum()):,}",
        imputed=f"{int(leaves['imputed'].sum()):,}",
        redistributed=f"{int(leaves['redistributed'].sum()):,}",
    )


def _sheets(material: Material) -> View:
    shown = sheets_frame(material)
    shown = shown.drop(columns="sheet") if (shown["sheet"] == "").all() else shown
    return view(shown, material.labels, 0, material.say("quality_sheets"))


def sheets_frame(material: Material) -> pd.DataFrame:
    """Rows read, used and rejected of every sheet, its kind in words."""
    counts = material.round.counts
    numbers = ["rows_read", "rows_used", "rows_rejected"]
    frame = counts[["file", "sheet", *numbers]].astype(
        {"file": "str", "sheet": "str"} | dict.fromkeys(numbers, "int64")
    )
    frame.insert(2, "file_kind", [kind_name(str(kind), material.lang) for kind in counts["kind"]])
    return frame


def kind_name(kind: str, lang: Lang) -> str:
    """A kind of sheet in words."""
    known = kinds().get(kind)
    return kind if known is None else known.zh if lang == "zh" else known.en


def problems_frame(material: Material) -> pd.DataFrame:
    """One row per problem the checks found: severity and message."""
    rows = [
        (words()["labels"]["severity"][problem.severity][material.lang], problem.text(material.lang))
        for problem in material.round.problems
    ]
    return pd.DataFrame(rows, columns=["severity", "message"])


def _problems(material: Material) -> View:
    return view(problems_frame(material), material.labels, 0, material.say("quality_problems"), top=_MANY)


def audit_section(material: Material) -> Section | None:
    """What a recomputation of the published results gives; None when nothing was published."""
    audit = material.audit
    if audit is None or audit.checks.empty:
        return None
    bad = audit.contradictions
    rounded = audit.differences[audit.differences["rounding_explains"]]
    n = int(audit.checks["n_checked"].sum())
    sentence = material.say("audit_found" if len(bad) else "audit_clean", n=n, bad=len(bad))
    tables = [_words_view(material, audit.checks, "audit_checks")]
    tables += [_words_view(material, bad, "audit_contradictions")] if len(bad) else []
    tables += [_words_view(material, rounded, "audit_rounding")] if len(rounded) else []
    return Section("audit", material.say("audit_title"), [sentence], tables, [])


def _words_view(material: Material, frame: pd.DataFrame, caption: str) -> View:
    where = ["source_file", "source_row"] if "source_row" in frame.columns else []
    shown = frame[[*where, material.lang]]
    if where:
        shown = shown.astype({"source_row": "int64"})
    return view(shown, material.labels, 2, material.say(caption), top=_MANY)


def method_section(material: Material) -> Section:
    """How the scores arose: composition, frameworks, order of operations, missing data, provenance."""
    rulebook, info = material.rulebook, material.round.info
    sentences = [] if rulebook is None else _rules_sentences(material, rulebook)
    if rulebook is None:
        sentences.append(material.say("audit_only"))
    if info.source:
        sentences.append(material.say("method_source", source=info.source))
    tables = [] if rulebook is None else _numbers_views(material, rulebook)
    return Section("method", material.say("method_title"), sentences, tables, [])


def _rules_sentences(material: Material, rulebook: Rulebook) -> list[str]:
    composition, settings = rulebook.composition, rulebook.settings
    frameworks = [f"{f.title[material.lang]}（{f.id}）" for f in rulebook.frameworks.values()]
    return [
        material.say(
            "method_composition",
            rule=material.say_label("rule", composition.rule),
            parts=parts_text(material, composition),
            full=f"{settings.full_marks:g}",
        ),
        material.say("method_frameworks", names=material.join(frameworks)),
        material.say("method_order"),
        material.say(
            "method_missing",
            missing=material.say_label("missing", settings.missing),
            na=material.say_label("missing", settings.not_applicable),
        ),
        material.say("method_points"),
    ]


def parts_text(material: Material, composition: Composition) -> str:
    """The components with their weights, in words."""
    added = composition.rule == "added"
    weights = [f"× {part.weight:.4g}" if added else f"{100 * part.weight:.4g}%" for part in composition.parts]
    names = [part.label[material.lang] for part in composition.parts]
    return material.join(f"{name} {weight}" for name, weight in zip(names, weights, strict=True))


def rules_frame(rulebook: Rulebook) -> pd.DataFrame:
    """Every number of the rules: framework, where, number, source, status."""
    sets = [(rulebook.composition.id, rulebook.composition.numbers)]
    sets += [(f.id, f.numbers) for f in rulebook.frameworks.values() if f.id != rulebook.composition.id]
    rows = [
        (name, number.where, number.value, number.source, number.status)
        for name, numbers in sets
        for number in numbers
    ]
    return pd.DataFrame(rows, columns=["framework", "where", "number", "source", "status"])


def _numbers_views(material: Material, rulebook: Rulebook) -> list[View]:
    """How many numbers of each framework are required, local, old or illustrative; no table without any."""
    numbers = rules_frame(rulebook)
    if numbers.empty:
        return []
    table = numbers.groupby(["framework", "status"], sort=False).size().rename("n").reset_index()
    table["status"] = [material.say_label("status", name) for name in table["status"]]
    named = {"n": material.say_column("number_count")}
    return [view(table, material.labels, 0, material.say("method_numbers"), headers=named)]
