"""The one visible list of steps: load, evaluate, rank, write outputs, report.

The first functions are those of the façade and keep everything in memory; `process` and `report_round`
write files, and do nothing when nothing changed since.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import intake, scoring
from analysis.errors import DataError, Lang, Problem, UsageError
from analysis.framework import library
from analysis.framework.model import Rulebook
from analysis.intake.info import read_info
from analysis.intake.round import Round, RoundInfo
from analysis.paths import PROCESSED, RAW, REPORTS, all_rounds, find_round, project_root
from analysis.reports.desk import FOLDER, Desk, write_desk
from analysis.reports.earlier import earlier_evaluations, earlier_origins
from analysis.reports.index import CARD, UNITS_CARD, write_index
from analysis.reports.labels import Labels, word
from analysis.reports.manifest import card_unchanged, manifest, origin, unchanged
from analysis.reports.material import Material
from analysis.reports.outputs import FILES, MANIFEST, write_outputs, write_rejected
from analysis.reports.write import write_report
from analysis.results.audit import AuditReport
from analysis.results.audit import audit as audit_round
from analysis.results.causes import causes as causes_of
from analysis.results.causes import ledger_rows
from analysis.results.compare import Comparison
from analysis.results.compare import compare as compare_evaluations
from analysis.results.cross import cross as cross_of
from analysis.results.crossed import crossed
from analysis.results.explain import explain
from analysis.results.history import Series
from analysis.results.loop import Loop, loop_of
from analysis.results.ranking import rank_table
from analysis.results.reissue import Reissue
from analysis.results.reissue import reissue as reissue_of
from analysis.results.responsible import responsible_units
from analysis.results.series import in_order
from analysis.scoring.regain import regain

if TYPE_CHECKING:
    import pandas as pd

    from analysis.simulation.effects import WhatIf
    from analysis.simulation.scenario import Source
    from analysis.simulation.simulate import Simulation

__all__ = [
    "SEED",
    "audit",
    "causes",
    "check",
    "compare",
    "cross",
    "evaluate",
    "explain",
    "findings",
    "load",
    "process",
    "rank",
    "rectification",
    "reissue",
    "report",
    "responsible",
    "series",
    "simulate",
]

SEED = 2024
"""Default seed; recorded with every output, although an evaluation itself draws nothing."""

Name = str | os.PathLike[str]


def load(round_: Name | Round, framework: Name | None = None) -> Round:
    """The tables of a round: a folder, or the name of one under `data/raw`, read under its rules.

    `framework`: id or file of a composition or framework in place of the one `round.yml` names.
    Raises `UsageError` or `DataError` with every problem that stops reading.
    """
    if isinstance(round_, Round):
        return round_
    folder = find_round(round_)
    return intake.load(folder, rules_of(folder, framework))


def rules_of(folder: Path, framework: Name | None = None) -> Rulebook | None:
    """The rules of a round: those asked for, else those `round.yml` names; None when it names none."""
    info = read_info(folder)
    if framework is None and info.composition is None:
        return None
    rules = library.load(info.composition or "", folder) if framework is None else library.load(framework)
    return _in_words_of(info, rules)


def _in_words_of(info: RoundInfo, rules: Rulebook) -> Rulebook:
    """The rules with the vocabulary of causes that the round asks for, if any."""
    return library.with_causes(rules, info.causes) if info.causes else rules


def evaluate(
    round_: Name | Round,
    framework: Name | None = None,
    level: str | None = None,
    accept_rejected: bool = False,
) -> Evaluation:
    """The evaluation of a round: scores, nodes, ledger, shares and adjustments in points, not rounded.

    `level`: another level of `round.yml`, evaluated by its own observations. Raises `DataError` when rows
    were rejected (unless `accept_rejected`) or the data do not allow a score.
    """
    loaded = load(round_, framework)
    _refuse_rejected(loaded, accept_rejected)
    named = _rules_at(loaded.info, loaded.folder, level or "", rules_of(loaded.folder, framework))
    rulebook = _required(named, loaded.info.id)
    found = scoring.evaluate(scoring.at_level(loaded, level, rulebook) if level else loaded, rulebook)
    return Evaluation(**{field.name: getattr(found, field.name) for field in fields(found)})


class Evaluation(scoring.Evaluation):
    """An evaluation that can be asked `what_if` (scoring knows nothing of simulation, hence here)."""

    def what_if(self, *scenarios: Source) -> WhatIf:
        """The effect of scenarios (YAML files or mappings), stacked, on composite and rank of every unit."""
        from analysis.simulation.effects import what_if

        return what_if(self, *scenarios)


def _rules_at(info: RoundInfo, folder: Path, level: str, rulebook: Rulebook | None) -> Rulebook | None:
    """The rulebook of a level, as `round.yml` names it; a level that is not known changes nothing."""
    named = info.levels.get(level)
    return _in_words_of(info, library.load(named.framework, folder)) if named else rulebook


def _required(rulebook: Rulebook | None, round_id: str) -> Rulebook:
    if rulebook is not None:
        return rulebook
    raise UsageError(
        Problem(
            code="no_rules",
            file="round.yml",
            zh=f"轮次“{round_id}”没有指定计分办法（composition），不能计分。",
            en=f"round {round_id!r} names no composition, so it cannot be scored.",
            fix_zh="请在 round.yml 写明 composition，或加 --framework；只核对公布结果请用 wenming audit。",
            fix_en="Name one in round.yml or with --framework; `wenming audit` checks published results.",
            value=round_id,
        )
    )


def _refuse_rejected(round_: Round, accept: bool) -> None:
    """A round with rejected rows is not evaluated unless that was asked for."""
    if accept or round_.rejected.empty:
        return
    n = len(round_.rejected)
    refusal = Problem(
        code="rejected_rows",
        zh=f"有 {n} 行数据无法使用，未计分；逐行原因见 rejected.xlsx。",
        en=f"{n} rows could not be used, so nothing was scored; rejected.xlsx gives the reason of each.",
        fix_zh="请改正后重试，或加 --accept-rejected（所有结果将带标注）。",
        fix_en="Correct them, or add --accept-rejected (every output will say so).",
        value=str(n),
    )
    raise DataError([*(p for p in round_.problems if p.severity == "error"), refusal])


def rank(evaluation: scoring.Evaluation) -> pd.DataFrame:
    """Ranks inside the groups, gaps in points, ties and consequences (table RANKING), best first."""
    return rank_table(evaluation.scores, evaluation.rulebook.settings)


def simulate(
    round_: Name | Round | scoring.Evaluation,
    replicates: int = 10_000,
    seed: int = SEED,
    sources: Sequence[str] | None = None,
    target: float | None = None,
    rank: int | None = None,
    framework: Name | None = None,
    accept_rejected: bool = False,
) -> Simulation:
    """A round with its sites, respondents and assessors drawn again: distributions in points, redraw
    frequencies (0..1) of composite >= `target`, of rank <= `rank` and of every order of two units.

    `sources`: some of `sites`, `respondents`, `assessors` (None: all that the round has).
    """
    from analysis.simulation.simulate import simulate as simulated

    if not isinstance(round_, scoring.Evaluation):
        round_ = evaluate(round_, framework, accept_rejected=accept_rejected)
    return simulated(round_, replicates, seed, sources, target, rank)


def causes(
    evaluation: scoring.Evaluation,
    by: list[str],
    unit: str | None = None,
    top: int | None = None,
    lang: Lang | None = None,
) -> pd.DataFrame:
    """Points lost by every combination of the columns of `by`, largest first (`analysis.results.causes`).

    `lang`: labels in that language in place of ids.
    """
    table = causes_of(evaluation, by, unit, top)
    return table if lang is None else Labels(evaluation.rulebook, lang).worded(table)


def cross(
    evaluation: scoring.Evaluation,
    rows: str,
    columns: str,
    top: int | None = None,
    unit: str | None = None,
    lang: Lang | None = None,
) -> pd.DataFrame:
    """Points lost by two dimensions, one down and one across, largest sums first (for `plots.loss_map`).

    `lang`: labels in that language in place of ids.
    """
    table = cross_of(evaluation, rows, columns, top, unit)
    if lang is None:
        return table
    labels = Labels(evaluation.rulebook, lang)
    return table.set_axis(labels.named(rows, table.index), axis=0).set_axis(
        labels.named(columns, table.columns), axis=1
    )


def findings(evaluation: scoring.Evaluation, **filters: str | list[str]) -> pd.DataFrame:
    """The rows of the ledger behind a bar: file, sheet and row of each, points lost, and `gain`: what fixing
    it alone brings back, scored again by the rules (NaN where nothing can be fixed).

    `filters` are dimensions of `causes`: `cause="litter"`, `unit=["甲区", "乙区"]`.
    """
    rows = ledger_rows(evaluation, **filters)
    return rows.assign(gain=regain(evaluation.scored, rows))


def responsible(evaluation: scoring.Evaluation) -> pd.DataFrame:
    """Responsible units by points lost, as amount and relative to what each could have lost."""
    return responsible_units(evaluation)


Evaluated = Name | scoring.Evaluation
"""A round by name, or one that was evaluated already."""


def _evaluated_one(round_: Evaluated, framework: Name | None = None) -> scoring.Evaluation:
    return round_ if isinstance(round_, scoring.Evaluation) else evaluate(round_, framework)


def compare(
    first: Evaluated,
    second: Evaluated,
    framework: Name | None = None,
    second_framework: Name | None = None,
) -> Comparison:
    """The second round against the first: change of scores and ranks by what caused it, in points.

    `framework`: rules of both rounds in place of their own, `second_framework` of the second one only.
    """
    one = _evaluated_one(first, framework)
    two = _evaluated_one(second, second_framework or framework)
    return compare_evaluations(one, two, crossed(one, two))


def reissue(first: Evaluated, second: Evaluated, framework: Name | None = None) -> Reissue:
    """A round issued again against its first issue: cells that changed, what it did to scores and ranks."""
    return reissue_of(_evaluated_one(first, framework), _evaluated_one(second, framework))


def rectification(*rounds: Evaluated, as_of: dt.date | None = None) -> Loop:
    """The rectification loop of rounds as of a day: open, overdue, fixed, held, back again, points."""
    return loop_of([_evaluated_one(one) for one in rounds], as_of)


def series(*rounds: Evaluated) -> Series:
    """Rounds as a series by date: control charts, rebound, months, what the cycle still needs."""
    return Series(tuple(in_order([_evaluated_one(one) for one in rounds])))


def audit(round_: Name | Round, framework: Name | None = None) -> AuditReport:
    """Published totals, ranks and shares recomputed: checks done, and every number that differs."""
    loaded = load(round_, framework)
    return audit_round(loaded, rules_of(loaded.folder, framework))


def check(round_: Name, framework: Name | None = None) -> Round:
    """The round as far as it can be read: `problems`, `rejected` rows and `counts` say what is wrong."""
    folder = find_round(round_)
    return intake.check(folder, rules_of(folder, framework))


def write_check(
    found: Round, framework: Name | None = None, lang: Lang = "zh", personal: bool = False
) -> Desk:
    """What a check leaves on the desk, in `data/processed/<round>/check`: copies of faulty workbooks with the
    cells marked, and the calendar of missing evidence. `personal`: keep personal data in the copies.
    """
    folder = _home([found.folder]) / PROCESSED / found.folder.name / FOLDER
    return write_desk(found, rules_of(found.folder, framework), folder, lang, personal=personal)


def template(framework: Name, out: Name, units: Name | None = None, lang: Lang = "zh") -> list[Path]:
    """Fillable workbooks for the rules, written to `out`; `units`: a workbook or csv of units to fill in."""
    from analysis.intake.template import write_templates

    return write_templates(str(framework), Path(out), None if units is None else Path(units), lang)


def report(
    *rounds: Name,
    out: Name | None = None,
    framework: Name | None = None,
    level: str | None = None,
    lang: Lang = "zh",
    accept_rejected: bool = False,
) -> Path:
    """The path of `index.html` after writing bulletin, charts and workbook of rounds (none named: all).

    Outputs of the evaluations go to `data/processed`; what did not change is not written again.
    """
    folders = [find_round(name) for name in rounds] or all_rounds()
    choices = Choices(framework, level, lang, SEED, accept_rejected)
    for folder in folders:
        report_round(folder, choices, out)
    return write_index(reports_folder(folders, out), lang)


def reports_folder(folders: Sequence[Path], out: Name | None = None) -> Path:
    """Where the reports of rounds go: `out`, else `reports` of their project."""
    return Path(out) if out is not None else _home(folders) / REPORTS


@dataclass(frozen=True)
class Choices:
    """What a user may choose for a run. `level`: None is every level, "" the units of the round."""

    framework: Name | None = None
    level: str | None = None
    lang: Lang = "zh"
    seed: int = SEED
    accept_rejected: bool = False


@dataclass(frozen=True)
class Done:
    """What one round (and level) came to: where its files are, and whether they were there already."""

    round: str
    level: str
    folder: Path
    report: Path = Path()
    skipped: bool = False


class Run:
    """One round under one choice: its rules, and the round once it is needed."""

    def __init__(self, round_: Name, choices: Choices) -> None:
        self.folder = find_round(round_).resolve()
        self.choices = choices
        self.info = read_info(self.folder)
        self.rulebook = rules_of(self.folder, choices.framework)
        self.home = _home([self.folder])

    @cached_property
    def round(self) -> Round:
        loaded = intake.load(self.folder, self.rulebook)
        write_rejected(loaded, self.processed(""))
        return loaded

    def levels(self) -> list[str]:
        """The levels to go through: the one asked for, else the units and every level of the round."""
        return ["", *self.info.levels] if self.choices.level is None else [self.choices.level]

    def processed(self, level: str) -> Path:
        """Where the outputs of an evaluation go."""
        return self.home / PROCESSED / self.folder.name / level

    def origin(self, level: str) -> dict[str, Any]:
        """Everything the outputs of a level depend on."""
        choices = self.choices
        chosen = {"level": level, "seed": choices.seed, "accept_rejected": choices.accept_rejected}
        return origin(self.folder, _rules_at(self.info, self.folder, level, self.rulebook), **chosen)

    def evaluation(self, level: str) -> scoring.Evaluation:
        """The evaluation of a level, in memory."""
        choices = self.choices
        return evaluate(self.round, choices.framework, level or None, choices.accept_rejected)


def process(
    round_: Name,
    framework: Name | None = None,
    level: str | None = None,
    out: Name | None = None,
    seed: int = SEED,
    accept_rejected: bool = False,
) -> Done:
    """Where the outputs of an evaluation are, written unless the same input was written there before.

    Files: scores.csv, ranking.csv, adjustments.csv (rounded), nodes, ledger and shares .parquet (not
    rounded), manifest.json; rejected.xlsx when rows could not be used. All of them or none are replaced.
    """
    run = Run(round_, Choices(framework, level or "", "zh", seed, accept_rejected))
    folder = run.processed(level or "") if out is None else Path(out)
    made_from = run.origin(level or "")
    _required(run.rulebook, run.info.id)
    if unchanged(folder / MANIFEST, made_from, [folder / name for name in FILES]):
        return Done(run.folder.name, level or "", folder, skipped=True)
    evaluation = run.evaluation(level or "")
    write_evaluation(evaluation, rank(evaluation), folder, made_from)
    return Done(run.folder.name, level or "", folder)


def write_evaluation(
    evaluation: scoring.Evaluation, ranking: pd.DataFrame, folder: Path, made_from: dict[str, Any]
) -> list[Path]:
    """The files of an evaluation, stamped when rows were rejected."""
    n = len(evaluation.round.rejected)
    stamp = f"{word('accepted', 'zh', n=n)} / {word('accepted', 'en', n=n)}" if n else ""
    return write_outputs(evaluation, ranking, folder, manifest(evaluation, made_from, stamp))


def report_round(round_: Name, choices: Choices, out: Name | None = None) -> list[Done]:
    """What one round came to, level by level: outputs, bulletin, charts, workbook, written if stale."""
    run = Run(round_, choices)
    reports = reports_folder([run.folder], out)
    return [_report_level(run, level, reports / run.folder.name / level) for level in run.levels()]


def _report_level(run: Run, level: str, folder: Path) -> Done:
    before = {} if level else {"earlier": earlier_origins(run.folder, run.rulebook)}
    made_from = {**run.origin(level), "lang": run.choices.lang, **before}
    if card_unchanged(folder / CARD, made_from):
        return Done(run.folder.name, level, run.processed(level), folder, skipped=True)
    material = _audited(run) if run.rulebook is None else _evaluated(run, level)
    write_report(material, folder, made_from)
    return Done(run.folder.name, level, run.processed(level), folder)


def report_units(
    round_: Name,
    choices: Choices,
    out: Name | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Done:
    """Where the lists of responsible units of a round are: one workbook each under `units`, if stale.

    `progress` is told how many of how many are written.
    """
    run = Run(round_, choices)
    level = choices.level or ""
    rulebook = _required(run.rulebook, run.info.id)
    folder = reports_folder([run.folder], out) / run.folder.name / level / "units"
    made_from = {**run.origin(level), "lang": choices.lang}
    if card_unchanged(folder / UNITS_CARD, made_from):
        return Done(run.folder.name, level, run.processed(level), folder, skipped=True)
    from analysis.reports.unit_lists import write_unit_lists

    evaluation = run.evaluation(level)
    n = len(run.round.rejected)
    ranking = rank_table(evaluation.scores, rulebook.settings)
    material = Material(evaluation.round, choices.lang, evaluation, ranking, None, level, n)
    write_unit_lists(material, folder, made_from, progress=progress)
    return Done(run.folder.name, level, run.processed(level), folder)


def _audited(run: Run) -> Material:
    _refuse_rejected(run.round, run.choices.accept_rejected)
    return Material(
        run.round, run.choices.lang, audit=audit_round(run.round, None), n_rejected=len(run.round.rejected)
    )


def _evaluated(run: Run, level: str) -> Material:
    evaluation = run.evaluation(level)
    ranking = rank(evaluation)
    write_evaluation(evaluation, ranking, run.processed(level), run.origin(level))
    published = (
        audit_round(run.round, run.rulebook) if not level and len(run.round.table("published")) else None
    )
    n = len(run.round.rejected)
    units = set(evaluation.scores["unit"].astype("str"))
    earlier = () if level else earlier_evaluations(run.folder, evaluation.rulebook, units)
    return Material(evaluation.round, run.choices.lang, evaluation, ranking, published, level, n, earlier)


def _home(folders: Sequence[Path]) -> Path:
    """The project that holds the rounds, else the one the user stands in."""
    found = (project_root(folder) for folder in folders)
    return next((root for root in found if (root / RAW).is_dir()), project_root())
