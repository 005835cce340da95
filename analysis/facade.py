"""What the façade offers, in memory: rounds, evaluations, and what can be asked of them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import intake, scoring
from analysis.errors import DataError, Lang, Problem, UsageError
from analysis.framework import library
from analysis.framework.model import Rulebook
from analysis.intake.info import read_info
from analysis.intake.round import Round, RoundInfo
from analysis.paths import find_round
from analysis.reports.labels import Labels
from analysis.reports.messages import usage_error
from analysis.results.assessors import assessors as assessors_of
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
    from analysis.simulation.forecast import Forecast
    from analysis.simulation.scenario import Source
    from analysis.simulation.simulate import Simulation

__all__ = [
    "assessors",
    "SEED",
    "audit",
    "calendar",
    "causes",
    "check",
    "compare",
    "cross",
    "evaluate",
    "explain",
    "findings",
    "forecast",
    "load",
    "rank",
    "rectification",
    "reissue",
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
    refuse_rejected(loaded, accept_rejected)
    named = rules_at(loaded.info, loaded.folder, level or "", rules_of(loaded.folder, framework))
    rulebook = required(named, loaded.info.id)
    found = scoring.evaluate(scoring.at_level(loaded, level, rulebook) if level else loaded, rulebook)
    return Evaluation(**{field.name: getattr(found, field.name) for field in fields(found)})


class Evaluation(scoring.Evaluation):
    """An evaluation that can be asked `what_if` (scoring knows nothing of simulation, hence here)."""

    def what_if(self, *scenarios: Source) -> WhatIf:
        """The effect of scenarios (YAML files or mappings), stacked, on composite and rank of every unit."""
        from analysis.simulation.effects import what_if

        return what_if(self, *scenarios)


def rules_at(info: RoundInfo, folder: Path, level: str, rulebook: Rulebook | None) -> Rulebook | None:
    """The rulebook of a level, as `round.yml` names it; a level that is not known changes nothing."""
    named = info.levels.get(level)
    return _in_words_of(info, library.load(named.framework, folder)) if named else rulebook


def required(rulebook: Rulebook | None, round_id: str) -> Rulebook:
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


def refuse_rejected(round_: Round, accept: bool) -> None:
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


def forecast(
    round_: Name | Round | scoring.Evaluation,
    replicates: int = 10_000,
    seed: int = SEED,
    pairs: Sequence[tuple[Evaluated, Evaluated]] = (),
    months: Sequence[Evaluated] = (),
    framework: Name | None = None,
    accept_rejected: bool = False,
) -> Forecast:
    """The next official test of the units of a mock round: composites in points, probabilities (0..1).

    `pairs`: mock and official rounds their difference is learned from (none: no difference, an assumption).
    `months`: rounds of one kind whose dates show how months differ (none: the date does not matter). Raises
    UsageError for a pair that is none, and for pairs where the round itself is official.
    """
    from analysis.simulation.forecast import forecast as ahead
    from analysis.simulation.forecast import month_levels

    drawn = simulate(round_, replicates, seed, None, None, None, framework, accept_rejected).redraw
    if pairs and drawn.evaluation.round.info.kind == "official":
        raise usage_error("pairs_of_official", value=drawn.evaluation.round.info.id)
    learned = [official_pair(*pair) for pair in pairs]
    levels = month_levels(_dated(months)) if months else None
    return ahead(drawn, learned, months=levels, draws=replicates, seed=seed)


def official_pair(mock: Evaluated, official: Evaluated) -> tuple[scoring.Evaluation, scoring.Evaluation]:
    """A round and an official one, evaluated. Raises UsageError when the second is not official."""
    first, second = _evaluated_one(mock), _evaluated_one(official)
    if second.round.info.kind != "official":
        raise usage_error("pair_not_official", value=second.round.info.id)
    return first, second


def _dated(rounds: Sequence[Evaluated]) -> pd.DataFrame:
    """Date and mean composite of every round."""
    import pandas as pd

    found = [_evaluated_one(one) for one in rounds]
    rows = [(one.round.info.date, one.scores["composite"].mean()) for one in found]
    return pd.DataFrame(rows, columns=["date", "composite"])


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


def assessors(evaluation: scoring.Evaluation) -> pd.DataFrame:
    """How strict every assessor is, as a difference in score rate with its interval, the strictest first; who
    is `strict` or `lenient` after looking at all of them (`analysis.results.assessors`)."""
    return assessors_of(evaluation)


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


def calendar(round_: Name | Round, framework: Name | None = None) -> pd.DataFrame:
    """Evidence due, one row per unit, item and period, most urgent first (table EVIDENCE_CALENDAR): what is
    asked for, counted and missing in activities, by when and who answers; `days_left` from the round's date.

    A round with problems is looked at as far as it can be read. `framework`: rules in place of its own.
    """
    from analysis.results.evidence import calendar as calendar_of

    found = round_ if isinstance(round_, Round) else check(round_, framework)
    return calendar_of(found, rules_of(found.folder, framework))


def check(round_: Name, framework: Name | None = None) -> Round:
    """The round as far as it can be read: `problems`, `rejected` rows and `counts` say what is wrong."""
    folder = find_round(round_)
    return intake.check(folder, rules_of(folder, framework))
