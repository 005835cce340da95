"""What is wrong with what was asked of a simulation: every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from analysis.errors import Problem, UsageError, raise_errors
from analysis.scoring import Evaluation
from analysis.simulation.counted import counted_rows
from analysis.simulation.draws import SOURCES
from analysis.simulation.strata import empty_strata


def check_asked(
    evaluation: Evaluation,
    replicates: int,
    sources: Sequence[str] | None,
    effort: dict[str, float],
    target: float | None = None,
    rank: int | None = None,
) -> tuple[str, ...]:
    """The sources to draw from, in their order. Raises UsageError with everything that cannot be used."""
    held = available(evaluation)
    asked = held if sources is None else tuple(sources)
    problems = [
        *(() if replicates >= 1 else (_too_few(replicates),)),
        *(_unknown_source(name) for name in asked if name not in SOURCES),
        *(_nothing_to_draw(name, held) for name in asked if name in SOURCES and name not in held),
        *(_wrong_effort(name, times) for name, times in effort.items() if not _usable(name, times)),
    ]
    problems += aims(evaluation, target, rank)
    if "respondents" in asked and "respondents" in held:
        problems += empty_strata(evaluation)
    if not asked:
        problems.append(_nothing_to_draw("", held))
    raise_errors(problems, UsageError)
    return tuple(name for name in SOURCES if name in asked)


def available(evaluation: Evaluation) -> tuple[str, ...]:
    """The sources a round has: sites that were not visited with certainty, respondents or counts of answers,
    several assessors."""
    columns = {"sites": "site", "respondents": "respondent", "assessors": "assessor"}
    observations = evaluation.round.observations
    found = []
    for source, column in columns.items():
        if column in observations.columns:
            codes = observations[column].cat.codes.to_numpy()
            held = np.bincount(codes + 1, minlength=1)[1:] > 0
            names = observations[column].cat.categories[: len(held)][held]
            if sum(bool(name) for name in names) > 1:
                found.append(source)
    if "respondents" not in found and len(counted_rows(evaluation)) > 1:
        found.append("respondents")
    return tuple(source for source in SOURCES if source in found)


def unknown_units(names: Iterable[str], known: Sequence[str]) -> list[Problem]:
    """A problem for every name that is not a unit of the round."""
    return [
        Problem(
            code="unknown_unit",
            zh=f"没有单位“{name}”。可用：{'、'.join(known)}。",
            en=f"there is no unit {name!r}. Known: {', '.join(known)}.",
            value=name,
        )
        for name in names
        if name not in known
    ]


def aims(evaluation: Evaluation, target: float | None, rank: int | None) -> list[Problem]:
    """Problems of a composite or a rank that nothing can reach."""
    most = evaluation.scored.composite.full_marks + float(evaluation.scores["bonus"].max())
    problems = [] if target is None else impossible("target", target, 0.0, most)
    n = float(len(evaluation.scores))
    return problems if rank is None else [*problems, *impossible("rank", float(rank), 1.0, n)]


def impossible(name: str, value: float, low: float, high: float) -> list[Problem]:
    """A problem where a number lies outside what can happen."""
    if low <= value <= high:
        return []
    return [
        Problem(
            code="impossible",
            zh=f"{value:g} 不可能，应在 {low:g} 与 {high:g} 之间。",
            en=f"{value:g} is impossible; it should lie between {low:g} and {high:g}.",
            column=name,
            value=f"{value:g}",
        )
    ]


def _too_few(replicates: int) -> Problem:
    return Problem(
        code="replicates",
        zh=f"重抽次数为 {replicates}，至少应为 1。",
        en=f"{replicates} replicates; at least 1 is needed.",
        column="replicates",
        value=str(replicates),
    )


def _unknown_source(name: str) -> Problem:
    return Problem(
        code="unknown_source",
        zh=f"没有随机来源“{name}”。可用：{'、'.join(SOURCES)}。",
        en=f"there is no source {name!r}. Known: {', '.join(SOURCES)}.",
        column="sources",
        value=name,
    )


def _nothing_to_draw(name: str, held: Sequence[str]) -> Problem:
    return Problem(
        code="nothing_to_draw",
        zh=f"本轮次没有可供重抽的{f'“{name}”' if name else '来源'}。可用：{'、'.join(held) or '无'}。",
        en=f"the round has no {name or 'source'} to draw again. Known: {', '.join(held) or 'none'}.",
        fix_zh="重抽点位需要点位名称，重抽受访者需要受访者编号，重抽测评员需要测评员姓名或编号。",
        fix_en="Sites need their names, respondents their numbers, assessors their names, in the rows.",
        column="sources",
        value=name,
    )


def _usable(name: str, times: float) -> bool:
    return name in ("sites", "respondents") and times > 0


def _wrong_effort(name: str, times: float) -> Problem:
    return Problem(
        code="effort",
        zh=f"工作量“{name}={times:g}”无效：只能是 sites 或 respondents，且大于 0。",
        en=f"effort {name}={times:g}: only sites or respondents, and more than 0.",
        column="effort",
        value=f"{name}={times:g}",
    )
