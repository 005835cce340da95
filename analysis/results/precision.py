"""How far a composite could lie elsewhere had others been drawn: linearised, in points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.framework.model import CountedEvidence, Deduction, Node, StartAdjust, Target, Threshold
from analysis.scoring.arrays import group_sum
from analysis.scoring.cases import whole
from analysis.scoring.leaves import case_sums, case_values

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Scored

Floats = NDArray[np.float64]
STRATUM = ["unit", "component", "kind", "stratum"]
MEMBER = [*STRATUM, "member"]


def influences(scored: Scored) -> pd.DataFrame:
    """What every site and respondent (or cluster) moves its unit's base composite by, in points.

    Columns: `unit`, `component`, `kind` (site, survey), `stratum` (site type, or the survey's stratum),
    `member`, `points` (deviation from the mean of its stratum x what it is worth), `points_apart`
    (deviation from the mean of all units). Documents, indicator values and given scores are no sample.
    At a threshold the influence is what gives the variance of passing or not: sqrt(P (1 - P)) per standard
    error of the share, P the chance to pass (normal).
    """
    found = [part for block in scored.blocks for part in _of_block(scored, block)]
    columns = [*MEMBER, "points", "points_apart"]
    if not found:
        return pd.DataFrame(columns=columns)
    table = pd.concat(found, ignore_index=True)
    return table.groupby(MEMBER, as_index=False, sort=False)[["points", "points_apart"]].sum()


def _of_block(scored: Scored, block: Any) -> list[pd.DataFrame]:
    worth = scored.composite.worth(block)[:, block.tree.leaf_node].ravel() * slopes(block).ravel()
    return [_by_site(block, worth), _by_row(block, worth)]


def slopes(block: Any) -> Floats:
    """How much the rate of a leaf moves with the mean of its cases, shape (entities, leaves)."""
    rate = block.observed.rate
    slopes = np.where(np.isnan(rate) | block.observed.passed, 0.0, 1.0)
    for position, node in enumerate(block.block.leaves):
        rule = node.rule
        if isinstance(rule, Target):
            inside = (rate[:, position] > 0) & (rate[:, position] < 1)
            slopes[:, position] *= np.where(inside, 1.0 / rule.target, 0.0)
        elif isinstance(rule, Threshold):
            slopes[:, position] *= _jump(block, position, rule)
        elif isinstance(rule, CountedEvidence):
            slopes[:, position] = 0.0
    return slopes


def _jump(scored: Any, leaf: int, rule: Threshold) -> Floats:
    """The slope at a threshold of a pooled share, by entity; 0 for a measured value, which is no sample."""
    from scipy.special import ndtr

    block, cases = scored.block, scored.cases
    if rule.of != "pass_share" or not whole(block.leaves[leaf]):
        return np.zeros(block.n_entities)
    at = np.flatnonzero((block.leaf == leaf) & (cases.row_case >= 0))
    sums, reading, case = case_sums(scored.rows, cases), scored.rows.reading, cases.row_case[at]
    share = np.full(block.n_entities, np.nan)
    share[block.entity[at]] = sums.earned[case] / sums.base[case]
    residual = (reading.earned[at] - share[block.entity[at]] * reading.base[at]) / sums.base[case]
    key = block.entity[at].astype(np.int64) * (len(block.observations) + 1) + block.codes("site")[at] + 1
    site, distinct = pd.factorize(key)
    each = np.bincount(site, residual, len(distinct))
    entity = (distinct // (len(block.observations) + 1)).astype(np.int64)
    error = np.sqrt(np.bincount(entity, each**2, block.n_entities))
    over = share - (rule.at_least if rule.at_least is not None else -np.inf)
    under = (rule.at_most if rule.at_most is not None else np.inf) - share
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = ndtr(np.minimum(over, under) / error)
        slope = (1.0 - rule.otherwise) * np.sqrt(chance * (1.0 - chance)) / error
    return np.where(error > 0, np.nan_to_num(slope), 0.0)


def _added_up(node: Node) -> bool:
    """Whether findings of all sites of a unit are added up rather than averaged."""
    rule = node.rule
    return isinstance(rule, StartAdjust) or (isinstance(rule, Deduction) and rule.cap_scope == "leaf")


def _by_site(scored: Any, worth: Floats) -> pd.DataFrame:
    """Sites that are averaged: deviation of their value from the mean of their stratum."""
    block, cases = scored.block, scored.cases
    site_case = np.zeros(len(cases.site_cell), dtype=np.int64)
    site_case[cases.site_of[::-1]] = np.arange(cases.n)[::-1]
    leaf = cases.site_cell % len(block.leaves)
    averaged = np.array([not whole(node) and not _evidence(node) for node in block.leaves])[leaf]
    row = _first_rows(cases)[site_case]
    named = _named(block, "site")[row] & (row >= 0)
    keep = np.flatnonzero(averaged & named & (worth[cases.site_cell] > 0))
    value = group_sum(case_values(block, scored.rows, cases) * cases.visit_weight, cases.site_of, len(leaf))
    n = np.bincount(cases.site_stratum, minlength=len(cases.stratum_cell))
    coefficient = worth[cases.site_cell] * share_of_cell(cases) / n[cases.site_stratum]
    entity = cases.site_cell // len(block.leaves)
    unit = pd.factorize(block.entities["unit"])[0][entity]
    own = pd.factorize((unit * len(block.leaves) + leaf) * (cases.stratum_cell.size + 1) + _kind(cases))[0]
    members = _members(block, row[keep], "site", entity[keep])
    return members.assign(
        points=(_deviation(value, own) * coefficient)[keep],
        points_apart=(_deviation(value, leaf) * coefficient)[keep],
    )


def _kind(cases: Any) -> NDArray[np.int64]:
    """Site type or sub-unit a site is averaged within, shape (sites,); 0 where its leaf has none."""
    first = np.zeros(len(cases.site_cell), dtype=np.int64)
    first[cases.site_of] = cases.stratum + 1
    return first


def _deviation(value: Floats, group: NDArray[np.int64]) -> Floats:
    """How far each value lies from the mean of its group."""
    n = np.maximum(np.bincount(group), 1)
    return value - (np.bincount(group, value) / n)[group] if len(value) else value


def _evidence(node: Node) -> bool:
    return isinstance(node.rule, CountedEvidence)


def share_of_cell(cases: Any) -> Floats:
    """What the stratum of every site is of its cell, shape (sites,)."""
    mass = group_sum(cases.stratum_weight, cases.stratum_cell, cases.n_cells)
    stratum = cases.site_stratum
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(cases.stratum_weight[stratum] / mass[cases.site_cell])


def _first_rows(cases: Any) -> NDArray[np.int64]:
    """One row of every case, -1 where a case has none."""
    first = np.full(cases.n, -1, dtype=np.int64)
    used = np.flatnonzero(cases.row_case >= 0)
    first[cases.row_case[used[::-1]]] = used[::-1]
    return first


def _by_row(scored: Any, worth: Floats) -> pd.DataFrame:
    """Rows that are pooled, asked or added up: what each moves the mean of its cell by."""
    block, cases = scored.block, scored.cases
    names = {name: _named(block, name) for name in ("site", "respondent")}
    pooled = np.array([whole(node) for node in block.leaves])[block.leaf]
    evidence = np.array([_evidence(node) for node in block.leaves])[block.leaf]
    drawn = names["respondent"] | (pooled & names["site"])
    at = np.flatnonzero((cases.row_case >= 0) & drawn & ~evidence & (worth[block.cell] > 0))
    sums, reading = case_sums(scored.rows, cases), scored.rows.reading
    case = cases.row_case[at]
    added = np.array([_added_up(node) for node in block.leaves])[block.leaf[at]]
    most = np.array([getattr(node.rule, "max_points", None) or 1.0 for node in block.leaves])[block.leaf[at]]
    with np.errstate(invalid="ignore", divide="ignore"):
        rate, share = sums.earned[case] / sums.base[case], 1.0 / sums.base[case]
        of_mean = (reading.earned[at] - rate * reading.base[at]) * share
        residual = np.where(added, -reading.earned[at] / most, of_mean)
    points = np.nan_to_num(residual) * worth[block.cell[at]]
    survey = names["respondent"][at]
    members = _members(block, at, "site", block.entity[at])
    asked = _members(block, at, "survey", block.entity[at])
    members = members.where(pd.Series(~survey), asked)
    return members.assign(points=points, points_apart=points)


def _named(block: Any, name: str) -> NDArray[np.bool_]:
    """Rows with something in a label column."""
    table = block.observations
    if name not in table.columns:
        return np.zeros(len(block.rows), dtype=bool)
    return (table[name] != "").to_numpy()[block.rows]


def texts_of(block: Any, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
    """A label column of some rows as text; empty where the column is absent."""
    table = block.observations
    if name not in table.columns:
        return np.full(len(rows), "", dtype=object)
    return table[name].iloc[block.rows[rows]].astype("str").to_numpy(dtype=object)


def _members(block: Any, rows: NDArray[np.int64], kind: str, entity: NDArray[np.int64]) -> pd.DataFrame:
    """Unit, component, stratum and name of the sites (or clusters, else respondents) of some rows."""
    if kind == "site":
        stratum, member = texts_of(block, "site_type", rows), texts_of(block, "site", rows)
    else:
        cluster, person = texts_of(block, "cluster", rows), texts_of(block, "respondent", rows)
        stratum = texts_of(block, "stratum", rows)
        member = np.where(_several(cluster, entity, stratum), cluster, person)
    return pd.DataFrame(
        {
            "unit": block.entities["unit"].to_numpy(dtype=object)[entity],
            "component": block.part.id,
            "kind": kind,
            "stratum": stratum,
            "member": member,
        }
    )


def _several(cluster: NDArray[Any], entity: NDArray[np.int64], stratum: NDArray[Any]) -> NDArray[np.bool_]:
    """Rows whose clusters are several: a single one (a village asked on its own) has no spread to show."""
    frame = pd.DataFrame({"cluster": cluster, "entity": entity, "stratum": stratum})
    n = frame.groupby(["entity", "stratum"])["cluster"].transform("nunique")
    return ((n > 1) & (frame["cluster"] != "")).to_numpy()
