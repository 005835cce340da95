"""The command `wenming`: every command in a few lines over the façade and the pipeline."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

import analysis
from analysis.errors import Lang, WenmingError
from analysis.paths import RAW, all_rounds, find_round, project_root
from analysis.reports.console import counting, use_utf8, working
from analysis.reports.help_pages import SEED, Command, Group
from analysis.reports.messages import command_line_error, file_error, language, message, usage_error
from analysis.reports.screen import (
    print_check,
    print_desk,
    print_json,
    print_ranking,
    read_csv,
    records,
    rule_facts,
    shown,
)

app = typer.Typer(cls=Group, add_completion=False)
command = partial(app.command, cls=Command)

RoundName = Annotated[str, typer.Argument(metavar="ROUND")]
Framework = Annotated[str | None, typer.Option("--framework", metavar="FILE-OR-ID")]
Level = Annotated[str | None, typer.Option("--level", metavar="NAME")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0)]
Accept = Annotated[bool, typer.Option("--accept-rejected")]
AsJson = Annotated[bool, typer.Option("--json")]
LangOption = Annotated[str | None, typer.Option("--lang", metavar="zh|en")]


@app.callback()
def _everything(lang: LangOption = None) -> None:
    """Accepts `--lang` before the command as well; it was read before."""


@command()
def check(
    ctx: typer.Context,
    round: Annotated[str | None, typer.Argument(metavar="[ROUND]")] = None,
    framework: Framework = None,
    personal_data: Annotated[bool, typer.Option("--personal-data")] = False,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """Problems of a round, or of a framework alone; exit code 1 when there are errors."""
    from analysis import pipeline

    if round is None:
        return _check_rules(framework, as_json, ctx.obj)
    with working(message("checking", ctx.obj, name=round)):
        found = analysis.check(round, framework)
        desk = pipeline.write_check(found, framework, ctx.obj, personal_data)
    problems, ok = (*found.problems, *desk.problems), found.rejected.empty
    ok = ok and not any(problem.severity == "error" for problem in problems)
    if as_json:
        told = {"round": found.info.id, "ok": ok, "counts": records(found.counts), "problems": problems}
        print_json(
            {**told, "copies": [str(path) for path in desk.copies], "calendar": records(desk.calendar)}
        )
    else:
        print_check(found, ctx.obj)
        print_desk(desk, ctx.obj)
    return 0 if ok else 1


def _check_rules(framework: str | None, as_json: bool, lang: Lang) -> int:
    from analysis.framework import library

    if framework is None:
        raise usage_error("what_to_check")
    rulebook = library.load(framework)
    facts = rule_facts(rulebook, lang)
    said = message("framework_sound", lang, **facts)
    print_json({"ok": True, **facts, "problems": []}) if as_json else print(said)
    return 0


@command()
def evaluate(
    ctx: typer.Context,
    round: RoundName,
    framework: Framework = None,
    level: Level = None,
    out: Out = None,
    seed: Seed = SEED,
    accept_rejected: Accept = False,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """Outputs of one evaluation, and the ranking on the screen."""
    from analysis import pipeline

    with working(message("scoring", ctx.obj, name=round)):
        done = pipeline.process(round, framework, level, out, seed, accept_rejected)
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    ranking = read_csv(done.folder / "ranking.csv")
    if as_json:
        print_json({"folder": str(done.folder), "unchanged": done.skipped, "ranking": ranking, **manifest})
        return 0
    print(manifest["title"][ctx.obj])
    print(
        message(
            "rules",
            ctx.obj,
            title=manifest["composition"]["title"][ctx.obj],
            id=manifest["composition"]["id"],
        )
    )
    print("\n".join(manifest["banners"][ctx.obj]), end="\n" if manifest["banners"][ctx.obj] else "")
    print(message("rows", ctx.obj, **manifest["counts"]))
    print_ranking(ranking, ctx.obj)
    print(message("unchanged" if done.skipped else "written", ctx.obj, folder=shown(done.folder), seed=seed))
    return 0


@command()
def explain(
    ctx: typer.Context,
    round: RoundName,
    unit: Annotated[str, typer.Argument(metavar="UNIT")],
    node: Annotated[str | None, typer.Argument(metavar="[NODE]")] = None,
    framework: Framework = None,
    level: Level = None,
    accept_rejected: Accept = False,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """How one number arose, as an indented tree."""
    with working(message("scoring", ctx.obj, name=round)):
        evaluation = analysis.evaluate(round, framework, level, accept_rejected)
    text = analysis.explain(evaluation, unit, node, ctx.obj)
    if as_json:
        nodes = evaluation.nodes[evaluation.nodes["unit"] == unit]
        ledger = evaluation.ledger[evaluation.ledger["unit"] == unit]
        tables = {"nodes": records(nodes), "ledger": records(ledger)}
        print_json({"unit": unit, "node": node, "lines": text.splitlines(), **tables})
    else:
        print(text)
    return 0


@command()
def report(
    ctx: typer.Context,
    rounds: Annotated[list[str] | None, typer.Argument(metavar="[ROUND...]")] = None,
    all: Annotated[bool, typer.Option("--all")] = False,
    units: Annotated[bool, typer.Option("--units")] = False,
    framework: Framework = None,
    level: Level = None,
    out: Out = None,
    seed: Seed = SEED,
    accept_rejected: Accept = False,
    lang: LangOption = None,
) -> int:
    """Reports of rounds, one after the other; a round that cannot be reported does not stop the others."""
    from analysis import pipeline

    folders = _chosen(rounds or [], all)
    choices = pipeline.Choices(framework, level, ctx.obj, seed, accept_rejected)
    failures = [code for folder in folders if (code := _report_one(folder, choices, out, units)) != 0]
    index = pipeline.write_index(pipeline.reports_folder(folders, out), ctx.obj)
    print(message("report_at", ctx.obj, path=shown(index)))
    return max(failures, default=0)


def _chosen(names: list[str], all: bool) -> list[Path]:
    known = all_rounds()
    if all and names:
        raise usage_error("both")
    if not all and not names:
        raise usage_error("name_rounds", known="、".join(path.name for path in known) or "–")
    if all and not known:
        raise usage_error("no_rounds")
    return known if all else [find_round(name) for name in names]


def _report_one(folder: Path, choices: Any, out: Path | None, units: bool) -> int:
    """Exit code of one round's report, after saying what came of it."""
    from analysis import pipeline

    lang: Lang = choices.lang
    try:
        with working(message("reporting", lang, name=folder.name)):
            finished = pipeline.report_round(folder, choices, out)
        if units:
            with counting(message("listing_units", lang, name=folder.name)) as progress:
                finished.append(pipeline.report_units(folder, choices, out, progress))
    except WenmingError as error:
        print(message("report_failed", lang, name=folder.name))
        print(error.text(lang), file=sys.stderr)
        return error.exit_code
    for done in finished:
        name = f"{done.round} · {done.level}" if done.level else done.round
        print(
            message(
                "report_unchanged" if done.skipped else "reported",
                lang,
                name=name,
                folder=shown(done.report),
            )
        )
    return 0


@command()
def audit(
    ctx: typer.Context,
    round: RoundName,
    framework: Framework = None,
    as_json: AsJson = False,
    lang: LangOption = None,
) -> int:
    """Published results recomputed; exit code 1 when something contradicts beyond rounding."""
    with working(message("checking", ctx.obj, name=round)):
        found = analysis.audit(round, framework)
    if as_json:
        tables = {"checks": records(found.checks), "differences": records(found.differences)}
        print_json({"round": found.round, "ok": found.contradictions.empty, **tables})
    else:
        print(found.text(ctx.obj))
    return 0 if found.contradictions.empty else 1


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
    from analysis.reports.simulated import simulation_folder, simulation_text, write_simulation

    chosen = None if sources is None else [name.strip() for name in sources.split(",")]
    with working(message("drawing", ctx.obj, name=round)):
        found = analysis.simulate(round, replicates, seed, chosen, target, rank, framework, accept_rejected)
        folder = out or simulation_folder(found)
        write_simulation(found, folder)
    if as_json:
        print_json({"folder": str(folder), "seed": seed, "units": records(found.units)})
    else:
        print(simulation_text(found, ctx.obj))
        print(message("written", ctx.obj, folder=shown(folder), seed=seed))
    return 0


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
        found = analysis.plan(evaluation, unit, **asked_of(ctx.params))
    return print_plan(found, seed, out, as_json, ctx.obj)


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
            text, tables = compared.reissue_told(analysis.reissue(first, second, framework), ctx.obj)
        else:
            held = analysis.compare(first, second, framework, second_framework)
            text, tables = compared.comparison_told(held, out, ctx.obj)
    print(text) if not as_json else print_json({name: records(table) for name, table in tables.items()})
    return 0


@command()
def template(
    ctx: typer.Context,
    framework: Annotated[str, typer.Option("--framework", metavar="FILE-OR-ID")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR")],
    units: Annotated[Path | None, typer.Option("--units", metavar="FILE")] = None,
    lang: LangOption = None,
) -> int:
    """Fillable workbooks for a framework."""
    from analysis import pipeline

    paths = pipeline.template(framework, out, units, ctx.obj)
    print(message("template_done", ctx.obj, n=len(paths), folder=shown(out)))
    print("\n".join(f"  {path.name}" for path in paths))
    return 0


@command()
def demo(
    ctx: typer.Context,
    out: Out = None,
    seed: Seed = SEED,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
    lang: LangOption = None,
) -> int:
    """The synthetic rounds, written as new folders."""
    from analysis.demo import write_demo

    with working(message("writing_demo", ctx.obj)):
        folders = write_demo(out or project_root() / RAW, seed=seed, overwrite=overwrite)
    print(message("demo_done", ctx.obj, seed=seed, names=", ".join(map(shown, folders))))
    return 0


def run(arguments: Sequence[str]) -> int:
    """Exit code of a command line, after everything was printed; no traceback for a user's mistake."""
    lang: Lang = "zh"
    try:
        lang = language(arguments)
        code = typer.main.get_command(app).main(
            args=list(arguments or ["--help"]), prog_name="wenming", standalone_mode=False, obj=lang
        )
        return int(code or 0) if arguments else 2
    except WenmingError as error:
        return _refuse(error, arguments, lang)
    except OSError as error:
        return _refuse(file_error(error), arguments, lang)
    except KeyboardInterrupt:
        print(message("stopped", lang), file=sys.stderr)
        return 130
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return _refuse(command_line_error(error, arguments), arguments, lang)


def _refuse(error: WenmingError, arguments: Sequence[str], lang: Lang) -> int:
    if "--json" in arguments:
        print_json({"ok": False, "exit_code": error.exit_code, "problems": error.problems})
    else:
        print(error.text(lang), file=sys.stderr)
    return error.exit_code


def main() -> None:
    """The command line of this process."""
    use_utf8()
    sys.exit(run(sys.argv[1:]))
