"""What was planted in a round, to be found again: written beside the workbooks as `truth.json`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.demo.field import Inspection
from analysis.demo.ledger import Followed
from analysis.demo.survey import Asked
from analysis.demo.world import World

WHAT = (
    "Synthetic data: what the generator planted in this round. Log-odds unless said otherwise; shares are "
    "0..1. The reader of rounds ignores this file."
)


def truth(
    world: World,
    number: int,
    seen: Inspection,
    before: Inspection | None,
    asked: Asked,
    followed: Followed | None,
) -> dict[str, Any]:
    """Everything that was planted in a round, as plain values."""
    plan = world.plan
    return {
        "what": WHAT,
        "synthetic": True,
        "seed": world.seed,
        "round": plan.rounds[number].id,
        "units": {unit.name: _unit(unit.model_dump(), number) for unit in plan.units},
        "site_types": {name: site.hard for name, site in plan.site_types.items()},
        "assessors": dict(
            zip(world.assessors["assessor"], world.assessors["severity"].tolist(), strict=True)
        ),
        "causes": {name: group.model_dump() for name, group in plan.groups.items()},
        **_problems(world, seen),
        "sites": _sites(seen, before),
        "fixes": _fixes(followed),
        "survey": asked.design.to_dict("records"),
    }


def _unit(unit: dict[str, Any], number: int) -> dict[str, Any]:
    keep = ("group", "weak", "absent", "titles", "diligence")
    return {"quality": round(unit["quality"] + unit["trend"][number], 4)} | {key: unit[key] for key in keep}


def _problems(world: World, seen: Inspection) -> dict[str, Any]:
    """Share of checks with a problem at the sites drawn, by unit, by site type and by both; problems by
    cause; and every problem there, found or not."""
    slots = world.slots.assign(wrong=seen.wrong)
    drawn = pd.MultiIndex.from_frame(seen.drawn[["unit", "site"]])
    here = slots[pd.MultiIndex.from_frame(slots[["unit", "site"]]).isin(drawn) & ~slots["not_applicable"]]
    wrong = here[here["wrong"]]
    both = here.groupby(["unit", "site_type"])["wrong"].mean().round(4)
    by_unit: dict[str, dict[str, float]] = {}
    for (unit, kind), value in both.items():
        by_unit.setdefault(str(unit), {})[str(kind)] = float(value)
    return {
        "problem_share_by_unit": here.groupby("unit")["wrong"].mean().round(4).to_dict(),
        "problem_share_by_site_type": here.groupby("site_type")["wrong"].mean().round(4).to_dict(),
        "problem_share_by_unit_and_site_type": by_unit,
        "problems_by_cause": {str(k): int(v) for k, v in wrong.groupby("cause_group").size().items()},
        "problems": wrong[["unit", "site", "code"]].to_numpy().tolist(),
    }


def _sites(seen: Inspection, before: Inspection | None) -> dict[str, Any]:
    """Sites drawn, and which of them are new or gone since the round before."""
    now = _names(seen)
    if before is None:
        return {"drawn": len(now), "kept": None, "new": [], "gone": []}
    then = _names(before)
    return {
        "drawn": len(now),
        "kept": len(set(now) & set(then)),
        "new": [list(name) for name in now if name not in set(then)],
        "gone": [list(name) for name in then if name not in set(now)],
    }


def _names(seen: Inspection) -> list[tuple[str, str]]:
    return list(zip(seen.drawn["unit"], seen.drawn["site"], strict=True))


def _fixes(followed: Followed | None) -> list[dict[str, Any]]:
    """What became of every problem of the round before: in truth, and by the ledger."""
    if followed is None:
        return []
    columns = ["unit", "site", "code", "cause_group", "truth", "result"]
    rows = followed.table[columns].rename(columns={"code": "item", "cause_group": "cause"})
    return rows.replace({np.nan: None}).to_dict("records")
