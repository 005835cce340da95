"""A round folder to a `Round`: from what was kept, or from its files."""

from __future__ import annotations

import os
from pathlib import Path

from analysis.framework.model import Rulebook
from analysis.intake import cache
from analysis.intake.files.container import READ
from analysis.intake.info import read_info
from analysis.intake.parallel import Alone, Helper
from analysis.intake.round import Round, RoundInfo

_WORTH = 3_000_000
"""Bytes of all files but the largest from which a second process is worth its start."""


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
    with Helper("analysis.intake.sheets.opened") if workers > 1 and _pays(folder) else Alone() as team:
        from analysis.intake import steps  # while the second process starts

        work = steps.understood(folder, info, rules, team)
    return steps.put_together(work)


def _pays(folder: Path) -> bool:
    """Whether a second process would save more time than it takes to start."""
    files = (path for path in folder.iterdir() if path.suffix.lower() in READ and path.is_file())
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
