"""`write_demo`: rounds of an invented prefecture and its member units, as an office would have them."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from analysis.demo import layout, members, tables, truth
from analysis.demo.config import prefecture
from analysis.demo.field import Inspection, inspect
from analysis.demo.ledger import Followed, follow
from analysis.demo.survey import ask
from analysis.demo.workbook import write_workbook
from analysis.demo.world import World, build
from analysis.errors import Problem, UsageError
from analysis.framework import library

_MARKER = "demo"


@dataclass(frozen=True)
class _History:
    """What happened in the field up to a round: the inspection, and the ledger of the round before."""

    number: int
    seen: Inspection
    before: Inspection | None
    followed: Followed | None


def write_demo(
    folder: str | os.PathLike[str],
    seed: int = 2024,
    rounds: Iterable[str] | None = None,
    progress: Callable[[str], None] | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """The folders of the demo rounds written below `folder` (normally `data/raw`); all data are synthetic.

    Parameters: `seed` (0 is a seed; the same seed gives the same bytes), `rounds` (ids; all by
    default), `progress` (told the id of each round that is finished), `overwrite` (replace demo folders).

    Raises UsageError for an unknown round, and for a folder that exists: one that is not marked as a
    demo by its `round.yml` is never touched.
    """
    wanted = _wanted(rounds)
    base = Path(folder)
    _refuse(_taken(base, wanted, overwrite))
    written = []
    for name, write in _writers(wanted, seed):
        written.append(_write_round(base / name, write))
        if progress is not None:
            progress(name)
    return written


def _wanted(rounds: Iterable[str] | None) -> list[str]:
    known = [*(entry.id for entry in prefecture().rounds), members.plan()["id"]]
    names = known if rounds is None else list(rounds)
    _refuse([_unknown(name, known) for name in names if name not in known])
    return names


def _writers(wanted: list[str], seed: int) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Every round that is wanted, with what writes its files into a folder."""
    plan = prefecture()
    numbers = [number for number, entry in enumerate(plan.rounds) if entry.id in wanted]
    if numbers:
        world = build(plan, library.load(plan.composition), seed)
        for history in _histories(world, max(numbers)):
            if history.number in numbers:
                yield plan.rounds[history.number].id, partial(_write_files, world=world, history=history)
    if members.plan()["id"] in wanted:
        yield members.plan()["id"], partial(members.write_members, seed=seed)


def _histories(world: World, last: int) -> Iterable[_History]:
    """Round after round up to `last`: problems found in one are followed up in the next."""
    before: Inspection | None = None
    nothing = np.array([], dtype=int)
    for number in range(last + 1):
        followed = follow(world, number, before) if before else None
        still, gone = (followed.open_slots, followed.closed_slots) if followed else (nothing, nothing)
        seen = inspect(world, number, before, still, gone)
        yield _History(number, seen, before, followed)
        before = seen


# Refusals


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise UsageError(problems)


def _unknown(name: str, known: list[str]) -> Problem:
    return Problem(
        code="unknown_demo_round",
        zh=f"没有名为“{name}”的演示轮次。",
        en=f"there is no demo round {name!r}.",
        fix_zh=f"可选：{'、'.join(known)}。",
        fix_en=f"Choose among: {', '.join(known)}.",
        value=name,
    )


def _taken(base: Path, wanted: list[str], overwrite: bool) -> list[Problem]:
    """The folders that are in the way, with what may be done about each."""
    there = [base / name for name in wanted if (base / name).exists()]
    foreign = [_foreign(path) for path in there if not is_demo(path)]
    return foreign + [_existing(path) for path in there if is_demo(path) and not overwrite]


def is_demo(folder: Path) -> bool:
    """Whether `folder` was written by `write_demo`: its `round.yml` is marked."""
    try:
        info = yaml.safe_load((folder / "round.yml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return (
        isinstance(info, dict)
        and info.get("synthetic") is True
        and str(info.get("source", "")).startswith(_MARKER)
    )


def _foreign(path: Path) -> Problem:
    return Problem(
        code="not_a_demo_folder",
        file=str(path),
        zh="文件夹已存在，且不是演示数据（round.yml 没有演示标记），不会写入。",
        en="exists and is not a demo folder (its round.yml does not say so); nothing was written.",
        fix_zh="请换一个目标文件夹，或自行移走该文件夹。",
        fix_en="Choose another target, or move the folder away yourself.",
        value=path.name,
    )


def _existing(path: Path) -> Problem:
    return Problem(
        code="demo_exists",
        file=str(path),
        zh="演示数据已存在。",
        en="the demo round exists already.",
        fix_zh="如需重新生成，请选择覆盖（overwrite）。",
        fix_en="Ask for `overwrite` to write it anew.",
        value=path.name,
    )


# Writing


def _write_round(target: Path, write: Callable[[Path], None]) -> Path:
    """The folder of one round, complete or not at all: it is written beside its place and renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        write(part)
        part.chmod(0o755)
        if target.exists():
            _put_in_place(part, target)
        else:
            part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def _put_in_place(part: Path, target: Path) -> None:
    """Swap the new folder for the old one, which is deleted last."""
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    target.rename(old / target.name)
    part.rename(target)
    shutil.rmtree(old)


def _write_files(folder: Path, world: World, history: _History) -> None:
    plan, number = world.plan, history.number
    asked = ask(world, number)
    filled = tables.fill(world, number, history.seen, asked, history.followed)
    for name, sheets in layout.workbooks(filled, plan.rounds[number].title.zh, plan.mark):
        write_workbook(folder / name, sheets)
    planted = truth.truth(world, number, history.seen, history.before, asked, history.followed)
    text = json.dumps(planted, ensure_ascii=False, indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    info = yaml.safe_dump(_info(world, number), allow_unicode=True, sort_keys=False)
    (folder / "round.yml").write_text(info, encoding="utf-8", newline="\n")


def _info(world: World, number: int) -> dict[str, Any]:
    """What `round.yml` says."""
    plan, entry = world.plan, world.plan.rounds[number]
    info: dict[str, Any] = {
        "id": entry.id,
        "title": entry.title.model_dump(),
        "date": entry.date,
        "kind": entry.kind,
        "composition": plan.composition,
        "cycle": plan.cycle,
        "period": entry.period,
        "synthetic": True,
        "source": f"{_MARKER}, seed {world.seed}: {plan.mark}",
    }
    if entry.periods_due is not None:
        info["periods_due"] = list(entry.periods_due)
    return info | {"levels": _levels(world)}


def _levels(world: World) -> dict[str, dict[str, str]]:
    """Components that are averaged over parts of a unit, for those parts; and the levels of the plan."""
    averaged = {
        part.id: {"zh": part.zh, "en": part.en, "component": part.id, "framework": part.frameworks["default"]}
        for part in world.rulebook.composition.parts
        if part.sub_units
    }
    return averaged | world.plan.levels
