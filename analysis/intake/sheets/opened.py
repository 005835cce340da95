"""One file to its tables as they stand in it, before anything of other files is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.errors import Problem
from analysis.intake.files.cells import Grid, read_file
from analysis.intake.sheets.header import Tests
from analysis.intake.sheets.layout import Finder, recognise
from analysis.intake.sheets.marks import is_own, original_of
from analysis.intake.sheets.personal import hide_personal
from analysis.intake.sheets.sheet import Sheet
from analysis.intake.words import messages as say
from analysis.intake.words.kinds import kinds, wide_tests


@dataclass
class Page:
    """One sheet of a file: its tables and what was found on the way. `own`: put there by this program;
    `original`: the file that its workbook is a checked copy of; `unknown`: its cells, where a table was not
    recognised."""

    file: str
    sheet: str
    name: str
    own: bool
    original: str
    unknown: Grid | None = None
    tables: list[Sheet] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Opened:
    """The pages of a file, and what kept it from being read."""

    pages: list[Page]
    problems: list[Problem]


@dataclass
class Opener:
    """Reads files; `names` are those of nodes and questions (`Catalog.names`), `forced` the kinds that
    round.yml gives to sheets and files."""

    names: tuple[set[str], dict[str, frozenset[str]]]
    forced: dict[str, str]

    def __call__(self, path: Path) -> Opened:
        problems: list[Problem] = []
        return Opened([self._page(grid) for grid in read_file(path, problems)], problems)

    def __getstate__(self) -> dict[str, Any]:
        return {"names": self.names, "forced": self.forced}

    @cached_property
    def _tests(self) -> Tests:
        return wide_tests(*self.names)

    @cached_property
    def _finders(self) -> dict[str, Finder]:
        """By the kind that is forced, and for all kinds."""
        every = Finder(self._tests, list(kinds().values()))
        return {"": every} | {name: Finder(self._tests, [kind]) for name, kind in kinds().items()}

    def _page(self, grid: Grid) -> Page:
        own = bool(grid.cells.size) and is_own(grid.cells[0, 0])
        page = Page(grid.file, grid.sheet, grid.name, own, original_of(grid))
        if self._kind(page) == "skip":
            page.problems.append(say.SKIPPED.problem(grid.file, grid.sheet))
        elif not own:
            _recognise(page, grid, self._finders[self._kind(page)])
        return page

    def _kind(self, page: Page) -> str:
        return self.forced.get(page.name) or self.forced.get(page.file) or ""

    def look_again(self, page: Page, units: Callable[[str], bool] | None) -> None:
        """Look again at a page with a table that was not recognised, with the units of the round in mind."""
        if page.unknown is not None and units is not None:
            allowed = self._finders[self._kind(page)].allowed
            _recognise(page, page.unknown, Finder({**self._tests, "units": units}, allowed))


def _recognise(page: Page, grid: Grid, finder: Finder) -> None:
    page.problems = []
    page.tables = recognise(grid, finder, page.problems)
    page.unknown = None if all(sheet.kind.id for sheet in page.tables) else grid
    hide_personal(page.tables)
