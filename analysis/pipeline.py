"""The one visible list of steps that end in files: read, evaluate, rank, write outputs, report.

Nothing is written again when nothing changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import intake, scoring
from analysis.errors import Lang
from analysis.facade import SEED, Name, evaluate, rank, refuse_rejected, required, rules_at, rules_of
from analysis.intake.info import read_info
from analysis.intake.round import Round
from analysis.paths import PROCESSED, RAW, REPORTS, all_rounds, find_round, project_root
from analysis.reports.desk import FOLDER, Desk, write_desk
from analysis.reports.earlier import earlier_evaluations, earlier_origins
from analysis.reports.index import CARD, UNITS_CARD, write_index
from analysis.reports.labels import word
from analysis.reports.manifest import card_unchanged, manifest, origin, unchanged
from analysis.reports.material import Material
from analysis.reports.outputs import FILES, MANIFEST, write_outputs, write_rejected
from analysis.reports.write import write_report
from analysis.results.audit import audit as audit_round
from analysis.results.ranking import rank_table

if TYPE_CHECKING:
    import pandas as pd


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
    from analysis.intake.templates.template import write_templates

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
        return origin(self.folder, rules_at(self.info, self.folder, level, self.rulebook), **chosen)

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
    required(run.rulebook, run.info.id)
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
    rulebook = required(run.rulebook, run.info.id)
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
    refuse_rejected(run.round, run.choices.accept_rejected)
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
    lang, seed = run.choices.lang, run.choices.seed
    return Material(evaluation.round, lang, evaluation, ranking, published, level, n, earlier, seed)


def _home(folders: Sequence[Path]) -> Path:
    """The project that holds the rounds, else the one the user stands in."""
    found = (project_root(folder) for folder in folders)
    return next((root for root in found if (root / RAW).is_dir()), project_root())
