"""A round as the other rooms see it: what `round.yml` says and one validated table per kind of sheet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from analysis import tables
from analysis.errors import Problem
from analysis.framework.model import Label

if TYPE_CHECKING:
    import pandas as pd

    from analysis.intake.corrections import Correction


class Level(BaseModel):
    """Another level to evaluate by its own observations: every place of `component` becomes a unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str
    component: str
    framework: str


class RoundInfo(BaseModel):
    """`round.yml`. `composition` is a composition's or framework's id; a round without one is only audited.

    `period` is the year (or quarter) of the cycle. `periods_due` limits counted evidence to the
    quarters, months and nodes that were due (None: all of them). `problems_only` names the sheets that
    list nothing but problems, `kinds` says the kind of a sheet that its headers leave open. `causes` reads
    the round with another vocabulary of causes than its rules name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: Label
    date: dt.date
    kind: Literal["official", "mock", "local"]
    composition: str | None = None
    causes: str | None = None
    cycle: str | None = None
    period: str | None = None
    synthetic: bool = False
    source: str = ""
    periods_due: tuple[str, ...] | None = None
    problems_only: tuple[str, ...] = ()
    kinds: dict[str, str] = {}
    levels: dict[str, Level] = {}


@dataclass(frozen=True)
class Round:
    """A round that was read. `frames` holds one table per name of `analysis.tables.TABLES`.

    `rejected`: one row per row that could not be used (file, sheet, row, reason, the cells).
    `counts`: one row per sheet (file, sheet, kind, rows_read, rows_used, rows_rejected).
    `inputs`: file name to sha256. `corrections`: cells corrected as `corrections.yml` says.
    """

    info: RoundInfo
    folder: Path
    frames: dict[str, pd.DataFrame]
    rejected: pd.DataFrame
    counts: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    inputs: dict[str, str] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """The table of that name; empty (with its columns) when the round has none."""
        frame = self.frames.get(name)
        return tables.empty(name) if frame is None else frame

    @property
    def observations(self) -> pd.DataFrame:
        return self.table("observations")

    @property
    def units(self) -> pd.DataFrame:
        return self.table("units")
