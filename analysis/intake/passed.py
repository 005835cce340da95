"""Sheets that list nothing but problems: what they do not list has passed, and gets rows that say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis.intake.assemble import contract, stacked
from analysis.intake.round import RoundInfo
from analysis.intake.rows.catalog import Catalog, Target
from analysis.intake.rows.register import Register, Site
from analysis.intake.sheets.sheet import Sheet
from analysis.tables import ROLES

if TYPE_CHECKING:
    import pandas as pd

PASSED = {"pass_share": 1.0, "deduction": 0.0, "start_adjust": 0.0}
"""The value of a check without a problem, by rule."""


def add_passed(
    frames: dict[str, pd.DataFrame],
    info: RoundInfo,
    sheets: list[Sheet],
    register: Register,
    catalog: Catalog | None,
) -> dict[str, pd.DataFrame]:
    """The frames with a row for each check of a registered site that such a sheet omits.

    Such rows stand for no row of the sheet: their `source_row` is 0. A site visited several times there
    gets them for each visit.
    """
    import pandas as pd

    declared = [one for one in sheets if {one.file, f"{one.file}/{one.name}"} & set(info.problems_only)]
    if catalog is None or not declared:
        return frames
    listed = frames.get("observations", pd.DataFrame())
    rows = [row for sheet in declared for row in _rows(sheet, listed, register, catalog)]
    if not rows:
        return frames
    added = contract(pd.DataFrame(rows), "observations")
    return {**frames, "observations": stacked(listed if len(listed) else None, added)}


def _rows(
    sheet: Sheet, listed: pd.DataFrame, register: Register, catalog: Catalog
) -> Iterator[dict[str, Any]]:
    seen: set[tuple[str, ...]] = set()
    visits: dict[tuple[str, str], list[str]] = {}
    if len(listed):
        names = ["component", "unit", "site", "leaf", "item", "visit"]
        seen = set(zip(*(listed[name].astype(object) for name in names), strict=True))
        own = listed[(listed["source_file"] == sheet.file) & (listed["source_sheet"] == sheet.name)]
        for unit, site, visit in own[["unit", "site", "visit"]].drop_duplicates().itertuples(index=False):
            visits.setdefault((unit, site), []).append(visit)
    for (unit, _), site in register.sites.items():
        for target in _checks(catalog, register.group(unit), site):
            for visit in visits.get((unit, site.name), [""]):
                key = (target.part.id, unit, site.name, target.leaf, target.item_id, visit)
                if key not in seen:
                    yield _row(sheet, unit, site, target, visit)


def _checks(catalog: Catalog, group: str, site: Site) -> Iterator[Target]:
    """Everything a site of this type is inspected for."""
    for part in catalog.rulebook.composition.parts:
        framework = catalog.rulebook.framework(part, group)
        for node in framework.leaves:
            target = Target(part, framework, node)
            here = not node.site_types or site.site_type in node.site_types
            if not here or framework.method_of(node) != "field" or _value(target) is None:
                continue
            if part.sub_units and not site.place:
                continue
            yield from (Target(part, framework, node, item) for item in node.items or (None,))


def _value(target: Target) -> float | None:
    checks = getattr(target.node.rule, "of", "") == "pass_share"
    return 1.0 if checks else PASSED.get(target.rule)


def _row(sheet: Sheet, unit: str, site: Site, target: Target, visit: str) -> dict[str, Any]:
    return {
        "unit": unit,
        "place": site.place,
        "component": target.part.id,
        "leaf": target.leaf,
        "item": target.item_id,
        "site_type": site.site_type,
        "site": site.name,
        "value": _value(target),
        "answer": "",
        "status": 0,
        "count": 1.0,
        "share": 1.0,
        "visit": visit,
        "origin": site.origin,
        **dict(zip(ROLES, site.duties, strict=True)),
        "source_file": sheet.file,
        "source_sheet": sheet.name,
        "source_row": 0,
    }
