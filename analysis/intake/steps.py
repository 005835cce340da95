"""The steps from the files of a round to a `Round`, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import Problem
from analysis.framework.model import Rulebook
from analysis.intake import assemble
from analysis.intake.aliases import FILE as ALIASES
from analysis.intake.aliases import Names, apply_aliases, read_aliases
from analysis.intake.assemble import Found
from analysis.intake.cache import digest
from analysis.intake.corrections import FILE as CORRECTIONS
from analysis.intake.corrections import Correction, correct
from analysis.intake.files.coded import under
from analysis.intake.folder import files_of
from analysis.intake.parallel import Alone, CrashedError
from analysis.intake.parquet import FILE, read_observations
from analysis.intake.passed import add_passed
from analysis.intake.progress import finished, through
from analysis.intake.round import Round, RoundInfo
from analysis.intake.rows.catalog import Catalog
from analysis.intake.rows.causes import Desk, assignments, in_frame
from analysis.intake.rows.forms import unit_test
from analysis.intake.rows.interpret import Interpreter, Read, tables_of
from analysis.intake.rows.register import Register
from analysis.intake.sheets.marks import without_own
from analysis.intake.sheets.opened import Opened, Opener, Page
from analysis.intake.sheets.sheet import Sheet
from analysis.intake.sheets.subtotals import check_subtotals
from analysis.intake.words import messages as say
from analysis.intake.words.kinds import kinds

if TYPE_CHECKING:
    import pandas as pd

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

    folder: Path
    info: RoundInfo
    register: Register
    catalog: Catalog | None
    desk: Desk | None
    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    corrections: tuple[Correction, ...] = ()


def understood(folder: Path, info: RoundInfo, rules: Rulebook | None, team: Alone) -> Work:
    """What every sheet of the round comes to, by itself and beside the others."""
    register = Register()
    desk = Desk.of(rules, register.group) if rules else None
    work = Work(folder, info, register, Catalog(rules) if rules else None, desk)
    work.files = files_of(folder, work.problems)
    names = read_aliases(folder, work.problems)
    _open(work, names, team)
    work.corrections = correct(folder, work.sheets, work.problems)
    apply_aliases(names, work.sheets, work.problems)
    work.problems += [problem for sheet in work.sheets for problem in check_subtotals(sheet)]
    _interpret(work, team)
    return work


def _open(work: Work, names: Names, team: Alone) -> None:
    """The tables of all files, as they stand there; `names` are the aliases."""
    opener = Opener(work.catalog.names() if work.catalog else (set(), {}), _forced(work.info))
    labels, sizes = [path.name for path in work.files], [path.stat().st_size for path in work.files]
    found = through(team.each(opener, work.files, then=tables_of), labels, sizes, (0.0, 0.6), in_bytes=True)
    opened = [
        one if isinstance(one, Opened) else Opened([], [say.CRASHED.problem(path.name)])
        for path, one in zip(work.files, found, strict=True)
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
    read = Interpreter(work.register, work.catalog, work.desk)
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


def put_together(work: Work) -> Round:
    """The round."""
    frames, large = _tables(work)
    if work.register.open and work.register.units:
        frames["units"] = _open_units(work)
    frames = add_passed(frames, work.info, work.sheets, work.register, work.catalog)
    problems = [*work.problems, *(problem for sheet in work.sheets for problem in sheet.problems)]
    found = Round(
        info=work.info,
        folder=work.folder,
        frames=frames,
        rejected=assemble.rejected_rows(work.sheets),
        counts=assemble.counts(work.sheets, large),
        problems=tuple(problems),
        corrections=work.corrections,
        inputs={path.name: digest(path) for path in _inputs(work)},
    )
    finished()
    return found


def _open_units(work: Work) -> pd.DataFrame:
    """The units found in the data, with a warning that lists them."""
    import pandas as pd

    names = list(work.register.units.values())
    only_published = all(sheet.kind.id == "published" for sheet in work.sheets)
    message = say.NO_UNITS.as_notice() if only_published else say.NO_UNITS
    work.problems.append(message.problem(value="、".join(names), n=len(names)))
    groups = [work.register.group(name) for name in names]
    return assemble.contract(pd.DataFrame({"unit": names, "group": groups}), "units")


def _tables(work: Work) -> tuple[dict[str, pd.DataFrame], int | None]:
    """The tables of all sheets, the observations of a parquet file behind those of the workbooks (and how
    many these are, None without such a file), and why rows have the causes they have."""
    read = assemble.put_together(work.found)
    frames = {name: assemble.contract(table, name) for name, table in read.items()}
    spoken = [read["observations"]] if "observations" in read else []
    path = work.folder / FILE
    large = read_observations(path, work.register, work.problems) if path.is_file() else None
    if large is not None:
        first = frames.get("observations")
        if work.desk is not None:
            large, told = in_frame(large, work.desk)
            shift = 0 if first is None else len(first)
            spoken += [{**told, "row_id": told["row_id"] + shift}] if told else []
        frames["observations"] = assemble.stacked(first, large)
    why = [table for table in (assignments(one, work.problems) for one in spoken) if table]
    if why:
        frames["cause_assignments"] = assemble.contract(under(why), "cause_assignments")
    return frames, None if large is None else len(large)


def _inputs(work: Work) -> list[Path]:
    beside = (work.folder / name for name in (FILE, CORRECTIONS, ALIASES))
    return [work.folder / "round.yml", *work.files, *(path for path in beside if path.is_file())]
