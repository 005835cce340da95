"""A round folder to a `Round`: the steps, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import Problem
from analysis.framework.model import Rulebook
from analysis.intake import assemble, cache, plain
from analysis.intake import messages as say
from analysis.intake.aliases import FILE as ALIASES
from analysis.intake.aliases import apply_aliases
from analysis.intake.assemble import Found
from analysis.intake.catalog import Catalog
from analysis.intake.causes import assign_causes
from analysis.intake.cells import READ, Grid, read_file
from analysis.intake.corrections import FILE as CORRECTIONS
from analysis.intake.corrections import Correction, correct
from analysis.intake.forms import unit_test
from analysis.intake.info import read_info
from analysis.intake.kinds import kinds, wide_tests
from analysis.intake.layout import Tests, recognise
from analysis.intake.ledgers import LEDGERS
from analysis.intake.marks import without_own
from analysis.intake.observe import Context, observations
from analysis.intake.parquet import FILE, read_observations
from analysis.intake.passed import add_passed
from analysis.intake.personal import hide_personal
from analysis.intake.published import as_scores, learn_units, published
from analysis.intake.register import Register
from analysis.intake.round import Round, RoundInfo
from analysis.intake.sheet import Sheet
from analysis.intake.subtotals import check_subtotals

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str], None]

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


def read_round(
    folder: Path, rulebook: Rulebook | str | None = None, progress: Progress | None = None
) -> Round:
    """The round of a folder, with everything that is wrong in `problems`.

    Raises UsageError for a `round.yml`, FrameworkError for rules that cannot be used.
    """
    info = read_info(folder)
    rules = _rules(info, folder, rulebook)
    place = cache.place_of(folder)
    if place is None:
        return _read_round(folder, info, rules, progress)
    key = cache.key_of(folder, rules)
    found = cache.kept(place, key, folder, info)
    if found is None:
        found = _read_round(folder, info, rules, progress)
        if cache.key_of(folder, rules) == key:
            cache.keep(place, key, found)
    return found


def _read_round(folder: Path, info: RoundInfo, rules: Rulebook | None, progress: Progress | None) -> Round:
    """The round, from its files."""
    work = Work(info, Register(), Catalog(rules) if rules else None)
    say_so = progress or (lambda text: None)
    files = _files(folder, work.problems)
    grids = [grid for path in files for grid in _read(path, work.problems, say_so)]
    _recognise_all(work, without_own(grids, work.problems))
    hide_personal(work.sheets)
    work.corrections = correct(folder, work.sheets, work.problems)
    apply_aliases(folder, work.sheets, work.problems)
    work.problems += [problem for sheet in work.sheets for problem in check_subtotals(sheet)]
    _read_sheets(work, say_so)
    return _round(work, folder, files)


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


def _read(path: Path, problems: list[Problem], progress: Progress) -> list[Grid]:
    progress(path.name)
    return read_file(path, problems)


def _recognise_all(work: Work, grids: list[Grid]) -> None:
    forced = _forced(work, grids)
    tests: Tests = wide_tests(*(work.catalog.names() if work.catalog else ((), {})))
    found = [_recognised(grid, tests, forced) for grid in grids]
    units = unit_test(sheet for sheets, _ in found for sheet in sheets)
    for at, (sheets, _) in enumerate(found):
        if units is not None and not all(sheet.kind.id for sheet in sheets):
            found[at] = _recognised(grids[at], {**tests, "units": units}, forced)
    for sheets, problems in found:
        work.sheets += sheets
        work.problems += problems


def _recognised(grid: Grid, tests: Tests, forced: dict[str, str]) -> tuple[list[Sheet], list[Problem]]:
    """The tables of a grid and what is wrong with it as a whole."""
    kind = forced.get(grid.name) or forced.get(grid.file)
    if kind == "skip":
        return [], [say.SKIPPED.problem(grid.file, grid.sheet)]
    problems: list[Problem] = []
    return recognise(grid, tests, kinds()[kind] if kind else None, problems), problems


def _forced(work: Work, grids: list[Grid]) -> dict[str, str]:
    """The kinds that round.yml names, where sheet and kind exist."""
    names = {grid.name for grid in grids} | {grid.file for grid in grids}
    allowed = "、".join(sorted(grid.name for grid in grids))
    for name in (*work.info.kinds, *work.info.problems_only):
        if name not in names:
            work.problems.append(say.NO_SUCH_SHEET.problem("round.yml", value=name, allowed=allowed))
    forced = {}
    for name, kind in work.info.kinds.items():
        if kind in kinds() or kind == "skip":
            forced[name] = kind
        else:
            known = "、".join([*kinds(), "skip"])
            work.problems.append(
                say.NO_SUCH_KIND.problem("round.yml", column=name, value=kind, allowed=known)
            )
    return forced


def _read_sheets(work: Work, progress: Progress) -> None:
    usable = [sheet for sheet in work.sheets if sheet.kind.id and not (len(sheet.bad) and sheet.bad.all())]
    work.register.open = not any(sheet.kind.id == "units" for sheet in usable)
    for sheet in sorted(
        usable, key=lambda one: ORDER.index(one.kind.id) if one.kind.id in ORDER else len(ORDER)
    ):
        progress(f"{sheet.file} {sheet.name} {sheet.kind.zh}")
        if work.catalog is None and sheet.kind.id in RULE_KINDS:
            _refuse_without_rules(sheet)
            continue
        for table, frame in _read_sheet(work, sheet).items():
            work.found.append(Found(table, sheet, frame))
    assemble.reject_duplicates(work.found)


def _refuse_without_rules(sheet: Sheet) -> None:
    problem = say.NO_RULES.problem(sheet.file, sheet.name, kind=sheet.kind.zh)
    sheet.problems.append(problem)
    sheet.bad[:] = True
    sheet.reasons.update({at: [problem] for at in range(len(sheet.numbers))})


def _read_sheet(work: Work, sheet: Sheet) -> dict[str, pd.DataFrame]:
    """The rows of one sheet by table."""
    register, catalog, kind = work.register, work.catalog, sheet.kind.id
    if kind == "units":
        return plain.units(sheet, register, catalog)
    if kind == "published":
        return _published(work, sheet)
    if kind in LEDGERS:
        return {kind: LEDGERS[kind](sheet, register, catalog)}
    if kind in ("attributes", "places", "sites", "rectifications", "cycle_scores", "frame", "costs"):
        return {kind: _plain_reader(kind, sheet, register, catalog)}
    assert catalog is not None
    if kind in ("bonus_claims", "negative_events"):
        return {kind: getattr(plain, kind)(sheet, register, catalog)}
    found = {"observations": observations(sheet, Context(register, catalog))}
    if kind == "given_scores_wide" and {"total", "rank"} & sheet.columns.keys():
        found["published"] = published(sheet)
    return found


def _plain_reader(kind: str, sheet: Sheet, register: Register, catalog: Catalog | None) -> pd.DataFrame:
    if kind in ("sites", "rectifications"):
        return getattr(plain, kind)(sheet, register, catalog)
    if kind == "costs":
        return plain.costs(sheet, catalog)
    reader = plain.frame_rows if kind == "frame" else getattr(plain, kind)
    return reader(sheet, register)


def _published(work: Work, sheet: Sheet) -> dict[str, pd.DataFrame]:
    learn_units(sheet, work.register)
    found = {"published": published(sheet)}
    twin = as_scores(sheet, work.catalog) if work.catalog else None
    if twin is not None and work.catalog is not None:
        found["observations"] = observations(twin, Context(work.register, work.catalog))
    return found


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
