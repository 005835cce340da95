"""Commands over rounds as they are: check, evaluate, explain, report, audit, template, demo."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import analysis
from analysis.cli.options import Accept, AsJson, Framework, LangOption, Level, Out, RoundName, Seed, command
from analysis.errors import Lang, WenmingError
from analysis.paths import RAW, all_rounds, find_round, project_root
from analysis.reports.console import counting, working
from analysis.reports.help_pages import SEED
from analysis.reports.messages import message, usage_error
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
