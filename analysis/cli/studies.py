"""Commands that ask something of rounds: simulate, forecast, plan, compare, rectification, series."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import analysis
from analysis.cli.options import Accept, AsJson, Framework, LangOption, Out, RoundName, Seed, command
from analysis.errors import Attempts, Lang
from analysis.facade import official_pair
from analysis.reports.console import working
from analysis.reports.help_pages import SEED
from analysis.reports.messages import message, usage_error
from analysis.reports.screen import print_json, records, shown

if TYPE_CHECKING:
    import pandas as pd


@command()
def simulate(
    ctx: typer.Context,
    round: RoundName,
    replicates: Annotated[int, typer.Option("--replicates", metavar="N")] = 10_000,
    sources: Annotated[str | None, typer.Option("--sources", metavar="A,B")] = None,
    target: Annotated[float | None, typer.Option("--target", metavar="POINTS")] = None,
    rank: Annotated[int | None, typer.Option("--rank", metavar="K")] = None,
    scenario: Annotated[list[str] | None, typer.Option("--scenario", metavar="FILE")] = None,
    framework: Framework = None,
    out: Out = None,
    seed: Seed = SEED,
    accept_rejected: Accept = False,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """A round drawn again, or evaluated under scenarios: tables in a folder, a summary on the screen."""
    if scenario:
        from analysis.reports.planned import print_scenario

        with working(message("scoring", ctx.obj, name=round)):
            evaluation = analysis.evaluate(round, framework, accept_rejected=accept_rejected)
            result = evaluation.what_if(*scenario)
        return print_scenario(result, replicates, seed, out, as_json, ctx.obj)
    from analysis.reports.planned_files import folder_of
    from analysis.reports.simulated import simulation_text, write_simulation

    chosen = None if sources is None else [name.strip() for name in sources.split(",")]
    with working(message("drawing", ctx.obj, name=round)):
        found = analysis.simulate(round, replicates, seed, chosen, target, rank, framework, accept_rejected)
        folder = out or folder_of(found.redraw.evaluation, "simulation")
        write_simulation(found, folder)
    if as_json:
        print_json({"folder": str(folder), "seed": seed, "units": records(found.units)})
    else:
        print(simulation_text(found, ctx.obj))
        print(message("written", ctx.obj, folder=shown(folder), seed=seed))
    return 0


@command()
def forecast(
    ctx: typer.Context,
    round: RoundName,
    target: Annotated[float | None, typer.Option("--target", metavar="POINTS")] = None,
    rank: Annotated[int | None, typer.Option("--rank", metavar="K")] = None,
    pair: Annotated[list[str] | None, typer.Option("--pair", metavar="MOCK,OFFICIAL")] = None,
    months: Annotated[str | None, typer.Option("--months", metavar="ROUND,ROUND")] = None,
    declare: Annotated[list[str] | None, typer.Option("--declare", metavar="UNIT=FILE")] = None,
    replicates: Annotated[int, typer.Option("--replicates", metavar="N", min=1)] = 10_000,
    framework: Framework = None,
    out: Out = None,
    seed: Seed = SEED,
    accept_rejected: Accept = False,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """The next official test, forecast from a mock round: tables, charts, a summary on the screen."""
    from analysis.reports.forecasted import declared_lists, print_forecast
    from analysis.simulation.messages import check_asked

    tried = Attempts()
    with working(message("forecasting", ctx.obj, name=round)):
        mock = tried(partial(analysis.evaluate, round, framework, accept_rejected=accept_rejected))
        pairs = [tried(partial(evaluated_pair, names)) for names in pair or []]
        named = [name.strip() for name in months.split(",")] if months else []
        dated = [tried(partial(analysis.evaluate, name)) for name in named]
        if mock is not None:
            tried(partial(check_asked, mock, replicates, None, {}, target, rank))
            lists = tried(partial(declared_lists, mock, declare or [], replicates, seed))
        tried.refuse()
        found = analysis.forecast(mock, replicates, seed, pairs, dated)
    return print_forecast(found, target, rank, lists, out, as_json, ctx.obj)


@command()
def plan(
    ctx: typer.Context,
    round: RoundName,
    unit: Annotated[str, typer.Option("--unit", metavar="UNIT")],
    target: Annotated[float | None, typer.Option("--target", metavar="POINTS")] = None,
    target_rank: Annotated[int | None, typer.Option("--target-rank", metavar="K")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="DATE")] = None,
    budget: Annotated[float | None, typer.Option("--budget", metavar="YUAN")] = None,
    things: Annotated[int | None, typer.Option("--things", metavar="N")] = None,
    capacity: Annotated[int | None, typer.Option("--capacity", metavar="N")] = None,
    costs: Annotated[Path | None, typer.Option("--costs", metavar="FILE")] = None,
    works_days: Annotated[int, typer.Option("--works-days", metavar="N")] = 60,
    pair: Annotated[list[str] | None, typer.Option("--pair", metavar="MOCK,OFFICIAL")] = None,
    framework: Framework = None,
    out: Out = None,
    seed: Seed = SEED,
    accept_rejected: Accept = False,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """What to fix so that a unit reaches a score or rank, with workbooks to hand out."""
    from analysis.reports.planned import asked_of, print_plan

    with working(message("planning", ctx.obj, name=unit)):
        evaluation = analysis.evaluate(round, framework, accept_rejected=accept_rejected)
        pairs = [evaluated_pair(names) for names in pair or []]
        found = analysis.plan(evaluation, unit, **asked_of(ctx.params))
    return print_plan(found, seed, out, as_json, ctx.obj, pairs)


@command()
def sensitivity(
    ctx: typer.Context,
    round: RoundName,
    swap: Annotated[str | None, typer.Option("--swap", metavar="A,B")] = None,
    framework: Framework = None,
    out: Out = None,
    accept_rejected: Accept = False,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """Ranks under every combination of disputable rules, and what makes two units swap."""
    from analysis.reports.rule_choices import print_sensitivity

    with working(message("choosing", ctx.obj, name=round)):
        evaluation = analysis.evaluate(round, framework, accept_rejected=accept_rejected)
        pair = None if swap is None else two_units(swap)
        level = None if pair is None else (*pair, analysis.smallest_swap(evaluation, *pair))
        found = analysis.sensitivity(evaluation)
    return print_sensitivity(evaluation, found, level, out, as_json, ctx.obj)


def two_units(names: str) -> tuple[str, str]:
    """The two names of `A,B`."""
    first, _, second = (part.strip() for part in names.replace("，", ",").partition(","))
    if not first or not second:
        raise usage_error("two_units", value=names)
    return first, second


def evaluated_pair(names: str) -> tuple[Any, Any]:
    """A mock and an official round from `MOCK,OFFICIAL`, evaluated."""
    pair = [name.strip() for name in names.split(",")]
    if len(pair) != 2 or not all(pair):
        raise usage_error("pair_of_rounds", value=names)
    return official_pair(*pair)


@command()
def compare(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="FIRST")],
    second: Annotated[str, typer.Argument(metavar="SECOND")],
    framework: Framework = None,
    second_framework: Annotated[str | None, typer.Option("--second-framework", metavar="FILE-OR-ID")] = None,
    reissued: Annotated[bool, typer.Option("--reissued")] = False,
    out: Out = None,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """Two rounds compared, or a round with its first issue."""
    from analysis.reports import compared

    with working(message("comparing", ctx.obj, name=f"{first} {second}")):
        if reissued:
            text, tables = compared.reissue_told(analysis.reissue(first, second, framework), out, ctx.obj)
        else:
            held = analysis.compare(first, second, framework, second_framework)
            text, tables = compared.comparison_told(held, out, ctx.obj)
    print(text) if not as_json else print_json({name: records(table) for name, table in tables.items()})
    return 0


Rounds = Annotated[list[str], typer.Argument(metavar="ROUND...")]


@command()
def rectification(
    ctx: typer.Context,
    rounds: Rounds,
    on: Annotated[datetime | None, typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"])] = None,
    out: Out = None,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """The rectification loop of rounds: tables in a folder, what is to be chased on the screen."""
    from analysis.reports.followed import loop_told

    with working(message("following", ctx.obj, name=" ".join(rounds))):
        found = analysis.rectification(*rounds, as_of=on.date() if on else None)
        told = loop_told(found, out, ctx.obj)
    return _told(*told, as_json, ctx.obj)


@command()
def series(
    ctx: typer.Context,
    rounds: Rounds,
    target: Annotated[float | None, typer.Option("--target", metavar="POINTS")] = None,
    assume: Annotated[list[str] | None, typer.Option("--assume", metavar="PERIOD=POINTS")] = None,
    out: Out = None,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """Rounds in a row: tables and charts in a folder; shifts, rebounds and the cycle on the screen."""
    from analysis.reports.lined_up import series_told

    with working(message("lining_up", ctx.obj, name=" ".join(rounds))):
        told = series_told(analysis.series(*rounds), target, assume or [], out, ctx.obj)
    return _told(*told, as_json, ctx.obj)


def _told(text: str, folder: Path, tables: Mapping[str, pd.DataFrame], as_json: bool, lang: Lang) -> int:
    if as_json:
        print_json({"folder": str(folder), **{name: records(table) for name, table in tables.items()}})
    else:
        print(f"{text}\n{message('written_to', lang, folder=shown(folder))}")
    return 0
