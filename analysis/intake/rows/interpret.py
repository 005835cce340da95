"""The rows of a recognised sheet to tables, by its kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.errors import Problem
from analysis.intake.files.coded import Columns
from analysis.intake.rows import plain
from analysis.intake.rows.catalog import Catalog
from analysis.intake.rows.causes import Desk
from analysis.intake.rows.ledgers import LEDGERS
from analysis.intake.rows.observe import Context, observations
from analysis.intake.rows.published import as_scores, learn_units, published
from analysis.intake.rows.register import Register
from analysis.intake.sheets.sheet import Sheet


@dataclass
class Read:
    """What a sheet came to: its tables, and the state of its rows afterwards."""

    tables: dict[str, Columns]
    bad: np.ndarray
    problems: list[Problem]
    reasons: dict[int, list[Problem]]

    def settle(self, sheet: Sheet) -> dict[str, Columns]:
        """The tables, after the sheet was brought into that state."""
        sheet.bad[:] = self.bad
        sheet.problems[:] = self.problems
        sheet.reasons.clear()
        sheet.reasons.update(self.reasons)
        return self.tables


@dataclass
class Interpreter:
    """Reads the rows of sheets against what is known of the round."""

    register: Register
    catalog: Catalog | None
    desk: Desk | None

    def __call__(self, sheet: Sheet) -> Read:
        tables = tables_of(sheet, self.register, self.catalog)
        if self.desk is not None and "observations" in tables:
            table = tables["observations"]
            tables["observations"] = self.desk.with_causes(table, ~sheet.bad[table["at"]])
        return Read(tables, sheet.bad, list(sheet.problems), dict(sheet.reasons))


def tables_of(sheet: Sheet, register: Register, catalog: Catalog | None) -> dict[str, Columns]:
    """The rows of one sheet by table; rows that cannot be used are put aside in the sheet."""
    kind = sheet.kind.id
    if kind == "units":
        return plain.units(sheet, register, catalog)
    if kind == "published":
        return _published(sheet, register, catalog)
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


def _plain_reader(kind: str, sheet: Sheet, register: Register, catalog: Catalog | None) -> Columns:
    if kind in ("sites", "rectifications"):
        return getattr(plain, kind)(sheet, register, catalog)
    if kind == "costs":
        return plain.costs(sheet, catalog)
    reader = plain.frame_rows if kind == "frame" else getattr(plain, kind)
    return reader(sheet, register)


def _published(sheet: Sheet, register: Register, catalog: Catalog | None) -> dict[str, Columns]:
    learn_units(sheet, register)
    found = {"published": published(sheet)}
    twin = as_scores(sheet, catalog) if catalog else None
    if twin is not None and catalog is not None:
        found["observations"] = observations(twin, Context(register, catalog))
    return found
