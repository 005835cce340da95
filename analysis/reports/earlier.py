"""The rounds before a round under the same rules: what a bulletin compares it with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis import intake, scoring
from analysis.errors import WenmingError
from analysis.framework.model import Rulebook
from analysis.intake.info import read_info
from analysis.reports.manifest import origin

MOST = 3
"""Rounds looked back at: the last one is compared, all of them make the chart of ranks."""


def earlier_rounds(folder: Path) -> list[Path]:
    """Folders beside this one with an earlier date and the same composition, the last `MOST` by date."""
    mine = read_info(folder)
    found = []
    for path in folder.parent.glob("*/round.yml"):
        try:
            info = read_info(path.parent)
        except WenmingError:
            continue
        if mine.composition and info.composition == mine.composition and info.date < mine.date:
            found.append((info.date, path.parent.name, path.parent))
    return [path for _, _, path in sorted(found)][-MOST:]


def earlier_origins(folder: Path, rulebook: Rulebook | None) -> dict[str, Any]:
    """What the evaluations of the earlier rounds depend on, by name."""
    return {path.name: origin(path, rulebook) for path in earlier_rounds(folder)}


def earlier_evaluations(folder: Path, rulebook: Rulebook, units: set[str]) -> tuple[scoring.Evaluation, ...]:
    """The earlier rounds that can be evaluated and have a unit in common, under the rules of this one."""
    found = []
    for path in earlier_rounds(folder):
        try:
            read = intake.load(path, rulebook)
            if read.rejected.empty and units & set(read.units["unit"].astype("str")):
                found.append(scoring.evaluate(read, rulebook))
        except WenmingError:
            continue
    return tuple(found)
