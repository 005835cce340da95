"""Workbooks to tables: `load` and `check` read a round, `write_rejected` writes what could not be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import DataError, Lang, Problem

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook
    from analysis.intake.round import Round

__all__ = ["check", "load", "write_copies", "write_rejected"]


def check(
    folder: str | os.PathLike[str],
    rulebook: Rulebook | str | None = None,
    workers: int = 2,
) -> Round:
    """The round of a folder, with everything that is wrong in its workbooks listed in `problems`.

    `rulebook` (or the id of one) replaces the composition that round.yml names. `workers`: 1 keeps to
    one process. Raises UsageError for a round.yml, FrameworkError for rules that cannot be used.
    """
    from analysis.intake.read import read_round

    return read_round(Path(folder), rulebook, workers)


def load(
    folder: str | os.PathLike[str],
    rulebook: Rulebook | str | None = None,
    workers: int = 2,
) -> Round:
    """The round of a folder. Rows that cannot be used are in `rejected`, and each is an error in `problems`.

    As `check`, but raises DataError with all problems when a file, a sheet or round.yml cannot be used.
    """
    from analysis.intake.words.desk_messages import SHEET_LEVEL

    found = check(folder, rulebook, workers)
    if any(problem.severity == "error" and problem.code in SHEET_LEVEL for problem in found.problems):
        raise DataError(_errors_first(found.problems))
    return found


def _errors_first(problems: tuple[Problem, ...]) -> list[Problem]:
    return sorted(problems, key=lambda problem: ("error", "warning", "notice").index(problem.severity))


def write_rejected(round_: Round, path: Path) -> Path:
    """`path`, a workbook with the rejected rows: one sheet per source sheet, reason beside the cells."""
    from analysis.intake.copies.rejected import write

    return write(round_, path)


def write_copies(
    round_: Round, folder: Path, lang: Lang = "zh", *, personal: bool = False
) -> tuple[list[Path], list[Problem]]:
    """Copies of the workbooks with problems, bad cells coloured and commented (`annotate.write_copies`)."""
    from analysis.intake.copies import annotate

    return annotate.write_copies(round_, folder, lang, personal=personal)
