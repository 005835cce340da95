"""A round folder to a `Round`: the steps, one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import Problem
from analysis.framework.model import Rulebook
from analysis.intake import assemble, cache
from analysis.intake import messages as say
from analysis.intake.aliases import FILE as ALIASES
from analysis.intake.aliases import Names, apply_aliases, read_aliases
from analysis.intake.assemble import Found
from analysis.intake.catalog import Catalog
from analysis.intake.causes import assign_causes
from analysis.intake.cells import READ
from analysis.intake.corrections import FILE as CORRECTIONS
from analysis.intake.corrections import Correction, correct
from analysis.intake.forms import unit_test
from analysis.intake.info import read_info
from analysis.intake.interpret import Interpreter, Read
from analysis.intake.kinds import kinds
from analysis.intake.marks import without_own
from analysis.intake.opened import Opened, Opener, Page
from analysis.intake.parallel import Alone, CrashedError, Helper
from analysis.intake.parquet import FILE, read_observations
from analysis.intake.passed import add_passed
from analysis.intake.progress import finished, through
from analysis.intake.register import Register
from analysis.intake.round import Round, RoundInfo
from analysis.intake.sheet import Sheet
from analysis.intake.subtotals import check_subtotals

if TYPE_CHECKING:
    import pandas as pd

_WORTH = 3_000_000
"""Bytes of all files but the largest from which a second process is worth its start."""

TABLE_ENDINGS = (".xlsb", ".et", ".wps", ".numbers", ".dbf", ".zip", ".rar", ".7z")
RULE_KINDS = (
    "field",
    "documents",
    "ratings",
    "answers",
    "answers_wide",
    "answer_counts",
    "answer_counts_wide",
    "citizen_ratings",
    "quarterly_form",
    "quarterly_form_wide",
    "indicators",
    "indicators_wide",
    "given_scores",
    "given_scores_wide",
    "bonus_claims",
    "negative_events",
)
"""Kinds that mean nothing without a framework."""

ORDER = ("units", "published", "attributes", "places", "sites")
"""Kinds read before the others, which refer to them."""


@dataclass
class Work:
    """What a reading has so far."""

    info: RoundInfo
    register: Register
    catalog: Catalog | None
    problems: list[Problem] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    corrections: tuple[Correction, ...] = ()


def read_round(folder: Path, rulebook: Rulebook | str | None = None, workers: int = 2) -> Round:
    """The round of a folder, with everything that is wrong in `problems`.

    `workers`: 1 reads in this process only. Raises UsageError for a `round.yml`, FrameworkError for rules
    that cannot be used.
    """
    info = read_info(folder)
    rules = _rules(info, folder, rulebook)
    place = cache.place_of(folder)
    if place is None:
        return _read_round(folder, info, rules, workers)
    key = cache.key_of(folder, rules)
    found = cache.kept(place, key, folder, info)
    if found is None:
        found = _read_round(folder, info, rules, workers)
        if cache.key_of(folder, rules) == key:
            cache.keep(place, key, found)
    return found


def _read_round(folder: Path, info: RoundInfo, rules: Rulebook | None, workers: int) -> Round:
    """The round, from its files."""
    work = Work(info, Register(), Catalog(rules) if rules else None)
    files = _files(folder, work.problems)
    with Helper() if workers > 1 and _pays(files) else Alone() as team:
        names = read_aliases(folder, work.problems)
        _open(work, files, names, team)
        work.corrections = correct(folder, work.sheets, work.problems)
        apply_aliases(names, work.sheets, work.problems)
        work.problems += [problem for sheet in work.sheets for problem in check_subtotals(sheet)]
        _interpret(work, team)
    found = _round(work, folder, files)
    finished()
    return found


def _pays(files: list[Path]) -> bool:
    """Whether a second process would save more time than it takes to start."""
    sizes = sorted(path.stat().st_size for path in files)
    return sum(sizes[:-1]) >= _WORTH and (os.cpu_count() or 1) > 1


def _rules(info: RoundInfo, folder: Path, rulebook: Rulebook | str | None) -> Rulebook | None:
    if isinstance(rulebook, Rulebook):
        return rulebook
    name = rulebook or info.composition
    if name is None:
        return None
    from analysis.framework import library

    rules = library.load(name, folder)
    return library.with_causes(rules, info.causes) if info.causes else rules


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    """The files to read, by name; other files that look like tables are problems."""
    visible = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] not in ".~"]
    problems += [
        say.WRONG_ENDING.problem(path.name) for path in visible if path.suffix.lower() in TABLE_ENDINGS
    ]
    files = [path for path in visible if path.suffix.lower() in READ and path.name != FILE]
    if not files and not (folder / FILE).is_file():
        problems.append(say.NO_FILES.problem(folder.name))
    return files


def _open(work: Work, files: list[Path], names: Names, team: Alone) -> None:
    """The tables of all files, as they stand there; `names` are the aliases."""
    opener = Opener(work.catalog, _forced(work.info))
    labels, sizes = [path.name for path in files], [path.stat().st_size for path in files]
    found = through(team.each(opener, files), labels, sizes, (0.0, 0.6), in_bytes=True)
    opened = [
        one if isinstance(one, Opened) else Opened([], [say.CRASHED.problem(path.name)])
        for path, one in zip(files, found, strict=True)
    ]
    work.problems += [problem for one in opened for problem in one.problems]
    pages = without_own([page for one in opened for page in one.pages], work.problems)
    work.problems += _wrong_names(work.info, pages)
    units = unit_test((sheet for page in pages for sheet in page.tables), names.get("units", {}))
    for page in pages:
        opener.look_again(page, units)
    work.problems += [problem for page in pages for problem in page.problems]
    work.sheets += [sheet for page in pages for sheet in page.tables]


def _forced(info: RoundInfo) -> dict[str, str]:
    """The kinds that round.yml gives to sheets, where they exist."""
    return {name: kind for name, kind in info.kinds.items() if kind in kinds() or kind == "skip"}


def _wrong_names(info: RoundInfo, pages: list[Page]) -> Iterator[Problem]:
    """What round.yml says about sheets or kinds that do not exist."""
    names = {page.name for page in pages} | {page.file for page in pages}
    allowed = "、".join(sorted(page.name for page in pages))
    for name in (*info.kinds, *info.problems_only):
        if name not in names:
            yield say.NO_SUCH_SHEET.problem("round.yml", value=name, allowed=allowed)
    known = "、".join([*kinds(), "skip"])
    for name in info.kinds.keys() - _forced(info).keys():
        yield say.NO_SUCH_KIND.problem("round.yml", column=name, value=info.kinds[name], allowed=known)


def _interpret(work: Work, team: Alone) -> None:
    """The tables of all sheets: first those that others refer to, one after the other."""
    usable = [sheet for sheet in work.sheets if sheet.kind.id and not (len(sheet.bad) and sheet.bad.all())]
    work.register.open = not any(sheet.kind.id == "units" for sheet in usable)
    read = Interpreter(work.register, work.catalog)
    first = [sheet for name in ORDER for sheet in usable if sheet.kind.id == name]
    _settle(work, first, map(read, first), (0.6, 0.65))
    others = [sheet for sheet in usable if sheet.kind.id not in ORDER]
    for sheet in others if work.catalog is None else ():
        if sheet.kind.id in RULE_KINDS:
            sheet.refuse(say.NO_RULES.problem(sheet.file, sheet.name, kind=sheet.kind.zh))
    others = [sheet for sheet in others if work.catalog or sheet.kind.id not in RULE_KINDS]
    # Where units are learnt from the data, a sheet depends on those before it.
    found = map(read, others) if work.register.open else team.each(read, others)
    _settle(work, others, found, (0.65, 0.95))
    assemble.reject_duplicates(work.found)


def _settle(
    work: Work, sheets: list[Sheet], found: Iterable[Read | CrashedError], span: tuple[float, float]
) -> None:
    names = [f"{sheet.file} {sheet.name}" for sheet in sheets]
    results = through(found, names, [len(sheet.numbers) for sheet in sheets], span)
    for sheet, one in zip(sheets, results, strict=True):
        if not isinstance(one, Read):
            sheet.refuse(say.CRASHED.problem(sheet.file, sheet.name))
            continue
        for table, frame in one.settle(sheet).items():
            work.found.append(Found(table, sheet, frame))


def _round(work: Work, folder: Path, files: list[Path]) -> Round:
    frames = assemble.put_together(work.found)
    large = _large(work, folder, frames) if (folder / FILE).is_file() else None
    if work.register.open and work.register.units:
        frames["units"] = _open_units(work)
    frames = add_passed(frames, work.info, work.sheets, work.register, work.catalog)
    frames = assign_causes(frames, work.catalog.rulebook if work.catalog else None, work.problems)
    problems = [*work.problems, *(problem for sheet in work.sheets for problem in sheet.problems)]
    return Round(
        info=work.info,
        folder=folder,
        frames=frames,
        rejected=assemble.rejected_rows(work.sheets),
        counts=assemble.counts(work.sheets, large),
        problems=tuple(problems),
        corrections=work.corrections,
        inputs={path.name: sha256(path.read_bytes()).hexdigest() for path in _inputs(folder, files)},
    )


def _open_units(work: Work) -> pd.DataFrame:
    """The units found in the data, with a warning that lists them."""
    import pandas as pd

    names = list(work.register.units.values())
    only_published = all(sheet.kind.id == "published" for sheet in work.sheets)
    message = say.NO_UNITS.as_notice() if only_published else say.NO_UNITS
    work.problems.append(message.problem(value="、".join(names), n=len(names)))
    groups = [work.register.group(name) for name in names]
    return assemble.contract(pd.DataFrame({"unit": names, "group": groups}), "units")


def _large(work: Work, folder: Path, frames: dict[str, pd.DataFrame]) -> pd.DataFrame | None:
    """Observations of the parquet file, put behind those of the workbooks in `frames`."""
    large = read_observations(folder / FILE, work.register, work.problems)
    if large is not None:
        frames["observations"] = assemble.stacked(frames.get("observations"), large)
    return large


def _inputs(folder: Path, files: list[Path]) -> list[Path]:
    beside = (folder / name for name in (FILE, CORRECTIONS, ALIASES))
    return [folder / "round.yml", *files, *(path for path in beside if path.is_file())]
