"""The workbook of a round: scores, ranking, nodes, causes, ledger, adjustments, data quality, rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.reports.material import Material
from analysis.reports.outputs import scores_table
from analysis.reports.sections_data import problems_frame, rules_frame, sheets_frame
from analysis.reports.sheets import add_table, new_book
from analysis.results.causes import causes, ledger_rows
from analysis.scoring.rounding import round_score

if TYPE_CHECKING:
    from openpyxl import Workbook

    from analysis.framework.model import Rounding

MOST_LEDGER_ROWS = 5000
"""Rows of the ledger in a workbook; more make it slow to open, and the whole ledger is in parquet."""

_SHARES = ("share", "cumulated_share", "loss_rate", "score_rate", "weight")
_COUNTS = ("rank", "n")


def workbook(material: Material) -> Workbook:
    """The sheets of a round; a round that is only audited has checks, differences and data quality."""
    book = new_book()
    if material.evaluation is not None:
        _add_results(book, material)
    if material.audit is not None and len(material.audit.checks):
        _add(book, material, "checks", material.audit.checks.drop(columns=_other(material)))
        _add(book, material, "differences", material.audit.differences.drop(columns=_other(material)))
    _add(book, material, "quality", sheets_frame(material))
    if material.round.problems:
        _add(book, material, "problems", problems_frame(material))
    if material.rulebook is not None:
        _add(book, material, "rules", rules_frame(material.rulebook), material.say("note_rules"))
    return book


def _other(material: Material) -> list[str]:
    return ["en" if material.lang == "zh" else "zh"]


def _add_results(book: Workbook, material: Material) -> None:
    evaluation, ranking = material.evaluation, material.ranking
    assert evaluation is not None and ranking is not None
    rounding, points = evaluation.rulebook.settings.rounding, material.say("note_points")
    _add(book, material, "scores", _rounded(scores_table(evaluation, ranking), rounding), points)
    _add(book, material, "ranking", ranking, points)
    _add(book, material, "nodes", evaluation.nodes, points)
    _add(book, material, "causes", _all_causes(material), material.say("method_points"))
    found = ledger_rows(evaluation)
    ledger = found.head(MOST_LEDGER_ROWS).drop(columns=["round", "row_id"])
    note = material.say("note_ledger", total=f"{len(found):,}", shown=f"{len(ledger):,}")
    _add(book, material, "ledger", ledger, note)
    _add(book, material, "adjustments", evaluation.adjustments.drop(columns=_other(material)), points)


def _rounded(scores: pd.DataFrame, rounding: Rounding) -> pd.DataFrame:
    """Scores as they are printed: a workbook must not show digits the framework takes away."""
    numbers = [name for name in scores.columns if scores[name].dtype.kind == "f" and name != "rank"]
    return scores.assign(**{name: round_score(scores[name], rounding) for name in numbers})


def _all_causes(material: Material) -> pd.DataFrame:
    assert material.evaluation is not None
    by = ["component", "leaf", "cause", "responsible_unit"]
    return causes(material.evaluation, by).drop(columns="loss_rate")


def _add(book: Workbook, material: Material, name: str, frame: pd.DataFrame, note: str = "") -> None:
    """One sheet: ids as words, number formats by column; banners stand in the note."""
    plain = frame.reset_index(drop=True)
    worded = material.labels.apply(plain)
    flags = [column for column in worded.columns if worded[column].dtype.kind == "b"]
    worded = worded.assign(**{column: worded[column].map({True: "√", False: ""}) for column in flags})
    pairs = zip(plain.columns, worded.columns, strict=True)
    formats = {new: _format(material, str(old)) for old, new in pairs if plain[old].dtype.kind == "f"}
    title = f"{material.title} · {material.say(f'sheet_{name}')}"
    text = " ".join(part for part in (note, *material.banners) if part)
    add_table(book, material.say(f"sheet_{name}"), worded, title, text, formats)


def _format(material: Material, column: str) -> str:
    if column in _SHARES:
        return "0.00%"
    if column in _COUNTS:
        return "0"
    if column in ("points_lost", "points_possible"):
        return "0.0000"
    return "0." + "0" * material.decimals if material.decimals else "0"
