"""Why a plan is infeasible: which limit, taken away, would let it be; or that no fix reaches that far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from analysis.errors import Problem
from analysis.scoring import Evaluation
from analysis.simulation.plan_ask import Ask, model_of, printed
from analysis.simulation.plan_solve import Model, exact, reachable
from analysis.simulation.plan_things import Things, things_of
from analysis.simulation.refusals import refused

WORDS = {
    "date": ("日期", "the date"),
    "budget": ("预算", "the budget"),
    "things": ("件数", "the number of things"),
    "capacity": ("责任单位的能力", "the capacity of responsible units"),
    "needs": ("先后关系（needs）", "the relations (needs)"),
    "excludes": ("互斥关系（excludes）", "the relations (excludes)"),
}


def why_not(
    ask: Ask, evaluation: Evaluation, model: Model, things: Things, together: Sequence[str]
) -> list[Problem]:
    """One problem per limit that alone makes the plan infeasible; else what could be reached at most."""
    before = float(evaluation.scores.loc[evaluation.scores["unit"] == ask.unit, "composite"].iloc[0])
    best = printed(before + float(np.nan_to_num(reachable(model))), evaluation)
    relaxed = dict(_relaxed(ask, evaluation, model, together))
    blamed = [name for name, other in relaxed.items() if exact(other) is not None]
    if blamed:
        return [_limit(name, best) for name in blamed]
    free = _free(ask, evaluation, model, together)
    if exact(free) is not None:
        return [_several(list(relaxed), best)]
    most = printed(before + float(reachable(free)), evaluation)
    return [_out_of_reach(ask, len(free.cost), most)]


def _relaxed(
    ask: Ask, evaluation: Evaluation, model: Model, together: Sequence[str]
) -> Iterator[tuple[str, Model]]:
    """The program without each limit that was set."""
    if ask.finished is not None:
        yield "date", _without_date(ask, evaluation, together)
    if model.budget is not None:
        yield "budget", replace(model, budget=None)
    if model.things is not None:
        yield "things", replace(model, things=None)
    for name in ("groups", "needs", "excludes"):
        if getattr(model, name):
            without: Model = replace(model, **{name: ()})  # type: ignore[arg-type]
            yield "capacity" if name == "groups" else name, without


def _without_date(ask: Ask, evaluation: Evaluation, together: Sequence[str]) -> Model:
    things = things_of(evaluation, ask.unit, together, ask.costs)
    return model_of(replace(ask, by=None), evaluation, things)


def _free(ask: Ask, evaluation: Evaluation, model: Model, together: Sequence[str]) -> Model:
    """The program without any limit."""
    open_ = model if ask.finished is None else _without_date(ask, evaluation, together)
    return replace(open_, budget=None, things=None, groups=(), needs=(), excludes=())


def _limit(name: str, best: float) -> Problem:
    zh, en = WORDS[name]
    return refused(
        "infeasible",
        f"计划不可行，原因是{zh}：在此限制下最高可到 {best:g} 分，取消它就可行。",
        f"infeasible because of {en}: {best:g} points at most under it; without it there is a plan.",
        f"请放宽{zh}，或降低目标。",
        f"Relax {en}, or ask for less.",
        name,
    )


def _several(names: list[str], best: float) -> Problem:
    zh = "、".join(WORDS[name][0] for name in names)
    en = ", ".join(WORDS[name][1] for name in names)
    return refused(
        "infeasible",
        f"计划不可行：{zh}合在一起不允许；最高可到 {best:g} 分。",
        f"infeasible because of several limits together ({en}): {best:g} points at most.",
        "请同时放宽几项限制，或降低目标。",
        "Relax several of them, or ask for less.",
        ", ".join(names),
    )


def _out_of_reach(ask: Ask, n: int, most: float) -> Problem:
    aim = f"{ask.target:g}" if ask.target is not None else f"#{ask.target_rank}"
    return refused(
        "out_of_reach",
        f"目标 {aim} 达不到：“{ask.unit}”的 {n} 件事项全部整改后为 {most:g} 分。",
        f"{aim} is out of reach: with all {n} things fixed {ask.unit!r} comes to {most:g} points.",
        "其余失分不属于可整改的问题（问卷、部门评价、指标数值）；可用情景另行测算。",
        "The rest was not lost by findings (answers, ratings, indicator values); try a scenario.",
        aim,
    )
