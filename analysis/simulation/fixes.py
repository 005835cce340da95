"""Fixing findings: the observation as it would be without the problem, by the rule of its leaf."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.framework.model import (
    AnswerScale,
    CountedEvidence,
    Deduction,
    Graded,
    Node,
    PassShare,
    Rulebook,
    StartAdjust,
    Target,
    Threshold,
)
from analysis.intake.round import Round
from analysis.simulation.frames import changed, copied, with_table
from analysis.tables import OBSERVED

Ints = NDArray[np.int64]

HELD = "missing_evidence"
"""Cause of an anchor that can be mended: the activity is held after all."""

RAISED = ("not_rising", "below_target")
"""Causes of anchors that are mended by bringing the latest value to its limit."""


class Cell(NamedTuple):
    """Where an anchor of the ledger stands."""

    unit: str
    place: str
    component: str
    leaf: str
    cause: str


class Findings(NamedTuple):
    """What is to be fixed: rows of observations by id, and anchors that can be mended."""

    row_ids: Ints
    cells: tuple[Cell, ...]


def findings_of(ledger: pd.DataFrame) -> tuple[Findings, int]:
    """The findings among some ledger rows, and how many of them nobody can fix (imputed, given scores)."""
    rows = ledger[ledger["row_id"] >= 0]
    anchors = ledger[ledger["row_id"] < 0]
    held = anchors[anchors["cause"].isin((HELD, *RAISED))]
    cells = tuple(Cell(*map(str, row)) for row in held[list(Cell._fields)].itertuples(index=False))
    return Findings(rows["row_id"].to_numpy(), cells), len(anchors) - len(held)


def fixed(round_: Round, rulebook: Rulebook, findings: Findings) -> Round:
    """The round without these findings; rows that are gone, or that no rule reads, stay as they are."""
    rows = round_.observations
    positions = np.flatnonzero(rows["row_id"].isin(findings.row_ids).to_numpy())
    raised = [cell for cell in findings.cells if cell.cause in RAISED]
    positions = np.union1d(positions, np.concatenate([[], *(_at(rows, cell) for cell in raised)])).astype(int)
    later = with_table(round_, "observations", mended(rows, list(_by_leaf(round_, rulebook, positions))))
    for cell in findings.cells:
        if cell.cause == HELD:
            later = _held(later, rulebook, cell)
    return later


def _at(rows: pd.DataFrame, cell: Cell) -> Ints:
    """Rows of a cell with its latest value."""
    where = rows["component"] == cell.component
    where &= (rows["unit"] == cell.unit) & (rows["place"] == cell.place) & (rows["leaf"] == cell.leaf)
    at = np.flatnonzero((where & (rows["status"] == OBSERVED)).to_numpy())
    if "period" not in rows.columns or not len(at):
        return at
    period = rows["period"].iloc[at].astype("str").str.rjust(12, "0").to_numpy()
    return at[period == period.max()]


def _by_leaf(round_: Round, rulebook: Rulebook, positions: Ints) -> Iterator[tuple[Node, Ints]]:
    """Some rows with the leaf they belong to under these rules."""
    rows = round_.observations
    groups = dict(zip(round_.units["unit"].astype(str), round_.units["group"].astype(str), strict=True))
    parts = {part.id: part for part in rulebook.composition.parts}
    keys = rows[["component", "unit", "leaf"]].iloc[positions].astype("str")
    keys = keys.assign(group=keys["unit"].map(groups).to_numpy()).drop(columns="unit").reset_index(drop=True)
    for (component, leaf, group), index in keys.groupby(
        ["component", "leaf", "group"], sort=False
    ).indices.items():
        part = parts.get(str(component))
        node = rulebook.framework(part, str(group)).by_id.get(str(leaf)) if part else None
        if node is not None and node.rule is not None:
            yield node, positions[index]


def mended(rows: pd.DataFrame, leaves: Sequence[tuple[Node, Ints]]) -> pd.DataFrame:
    """The observations with some rows of some leaves as they would be without a problem."""
    found: dict[str, list[tuple[Ints, Any]]] = defaultdict(list)
    touched = [np.arange(0)]
    for node, at in leaves:
        columns = _without_problem(rows, at, node)
        touched += [at] if columns else []
        for name, values in columns.items():
            found[name].append((at, np.broadcast_to(np.asarray(values, dtype=object), len(at))))
    for name, parts in found.items():
        at, values = (np.concatenate(column) for column in zip(*parts, strict=True))
        rows = changed(rows, at, {name: values}) if len(at) else rows
    status = rows["status"].to_numpy(copy=True)
    status[np.concatenate(touched)] = OBSERVED
    return rows.assign(status=status)


def _without_problem(rows: pd.DataFrame, at: Ints, node: Node) -> dict[str, Any]:
    rule = node.rule
    if isinstance(rule, PassShare):
        return {"value": 1.0}
    if isinstance(rule, Graded | AnswerScale):
        scale = rule.grades if isinstance(rule, Graded) else rule.scale
        return {"answer": max(scale, key=lambda answer: scale[answer])}
    if isinstance(rule, Deduction | StartAdjust):
        return {"value": 0.0, "flags": ""}
    if isinstance(rule, CountedEvidence):
        return _valid_evidence(rows, at, rule)
    if isinstance(rule, Threshold | Target):
        return {"value": 1.0 if rule.of == "pass_share" else _at_limit(rows, at, rule)}
    return {}


def _valid_evidence(rows: pd.DataFrame, at: Ints, rule: CountedEvidence) -> dict[str, Any]:
    columns: dict[str, Any] = {"flags": "", "value": 1.0}
    for name in ("pictures", "participants"):
        stated = rows[name].to_numpy()[at] if name in rows.columns else np.full(len(at), np.nan)
        columns[name] = np.fmax(stated, getattr(rule, name))
    if rule.organiser:
        named = (
            rows["organiser"].astype("str").to_numpy()[at] if "organiser" in rows.columns else [""] * len(at)
        )
        columns["organiser"] = np.array([str(name) or "补齐" for name in named], dtype=object)
    return columns


def _at_limit(rows: pd.DataFrame, at: Ints, rule: Threshold | Target) -> NDArray[np.float64]:
    """The values, those beyond their limit brought to it (just past it where reaching is not enough)."""
    values = rows["value"].to_numpy()[at]
    if isinstance(rule, Target):
        return np.fmax(values, rule.target)
    past = 2e-9 if rule.strict else 0.0
    if rule.at_least is not None:
        values = np.fmax(values, rule.at_least + past)
    return values if rule.at_most is None else np.fmin(values, rule.at_most - past)


def _held(round_: Round, rulebook: Rulebook, cell: Cell) -> Round:
    """The round with the activities a cell lacks, each as its leaf asks for it."""
    rows = round_.observations
    like = rows[(rows["component"] == cell.component) & (rows["leaf"] == cell.leaf)]
    groups = round_.units.set_index("unit")["group"]
    part = next((part for part in rulebook.composition.parts if part.id == cell.component), None)
    node = rulebook.framework(part, str(groups[cell.unit])).by_id.get(cell.leaf) if part else None
    if node is None or not isinstance(node.rule, CountedEvidence) or like.empty:
        return round_
    own = like[(like["unit"] == cell.unit) & (like["place"] == cell.place)]
    wanted = list(_lacking(own, node, node.rule, round_.info.periods_due))
    longer, new = copied(
        rows, np.repeat(np.flatnonzero(rows["row_id"] == like["row_id"].iloc[0]), len(wanted))
    )
    labels: dict[str, Any] = {"unit": cell.unit, "place": cell.place}
    labels |= {
        name: np.array([row[i] for row in wanted], dtype=object) for i, name in enumerate(("item", "period"))
    }
    labels |= {
        name: "" for name in ("source_file", "source_sheet", "cause", "organiser") if name in rows.columns
    }
    return (
        with_table(round_, "observations", mended(changed(longer, new, labels), [(node, new)]))
        if wanted
        else round_
    )


def _lacking(
    own: pd.DataFrame, node: Node, rule: CountedEvidence, due: tuple[str, ...] | None
) -> Iterator[tuple[str, str]]:
    """Item and period of every activity that was due and is not there."""
    for item in [item.id for item in node.items] or [""]:
        for period in rule.periods:
            there = int(((own["item"] == item) & (own["period"] == period)).sum())
            if due is None or period in due:
                yield from [(item, period)] * max(int(np.ceil(rule.count)) - there, 0)
