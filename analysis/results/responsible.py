"""Who answers for lost points: amounts, and how much of what each unit could have lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.results.causes import causes, joint_view
from analysis.scoring.asked import MEAN_RULES
from analysis.scoring.attribution import case_factors
from analysis.scoring.shares import build_shares
from analysis.tables import ROLES

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation
    from analysis.scoring.parts import ScoredBlock

COLUMNS = [
    "responsible_unit",
    "level",
    "points_lost",
    "share",
    "points_answered",
    "n_findings",
    "points_possible",
    "loss_rate",
    "rank",
    "rank_rate",
]


def responsible_units(evaluation: Evaluation) -> pd.DataFrame:
    """One row per responsible unit, most points lost first; losses that nobody answers for stand last.

    Columns: responsible_unit, `level` (kind of unit, as the sheets of units and places say), `points_lost`
    (split by shares: adds up to all lost points), `share` of them, `points_answered` (joint duties in full:
    no total), `n_findings`, `points_possible` (what the unit could have lost at everything it answers for),
    `loss_rate` (their quotient, 0..1), `rank` and `rank_rate` (1 = lost most, by amount and by rate).
    Points of the base composite, summed over units, unrounded.
    """
    lost = causes(evaluation, ["responsible_unit"])[
        ["responsible_unit", "points_lost", "n_findings", "share"]
    ]
    answered = joint_view(evaluation)[["responsible_unit", "points_answered"]]
    table = possible(evaluation).merge(_plain(lost), how="outer", on="responsible_unit")
    table = table.merge(_plain(answered), how="left", on="responsible_unit").fillna(0.0)
    table["loss_rate"] = np.where(
        table["points_possible"] > 0, table["points_lost"] / table["points_possible"], np.nan
    )
    kinds = levels(evaluation)
    table["level"] = [kinds.get(str(name), "") for name in table["responsible_unit"]]
    nobody = table["responsible_unit"] == ""
    for name, by in (("rank", "points_lost"), ("rank_rate", "loss_rate")):
        table[name] = table[by].round(9).mask(nobody).rank(method="min", ascending=False)
    order = table.assign(nobody=nobody).sort_values(
        ["nobody", "points_lost", "responsible_unit"], ascending=[True, False, True], ignore_index=True
    )
    return order.astype({"n_findings": "int64"})[COLUMNS]


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({"responsible_unit": "str"})


def levels(evaluation: Evaluation) -> dict[str, str]:
    """Name of a unit or place to its kind, as the sheets of units and places say it."""
    found: dict[str, str] = {}
    for table, name in (("places", "place"), ("units", "unit")):
        frame = evaluation.round.frames.get(table)
        if frame is not None and "level" in frame.columns:
            found |= dict(zip(frame[name].astype(str), frame["level"].astype(str), strict=True))
    return found


def possible(evaluation: Evaluation) -> pd.DataFrame:
    """Points that every responsible unit could have lost: `responsible_unit`, `points_possible`.

    A check that counts in a mean could lose its own weight. Where findings take points from one account
    (deductions, activities, measured values) any of them could have emptied it: a unit could lose its
    largest share of each account it takes part in, so that no unit can lose more than that.
    """
    duties = pd.concat([*_of_rows(evaluation), _of_given(evaluation)], ignore_index=True)
    labels = ["unit", "component", "leaf", "cause", "site", *ROLES]
    rows = duties.astype(dict.fromkeys(labels, "category"))
    shares = build_shares(rows, evaluation.round, evaluation.rulebook)
    at = shares["ledger_row"].to_numpy()
    joined = pd.DataFrame(
        {
            "responsible_unit": shares["responsible_unit"].array,
            "account": rows["account"].to_numpy()[at],
            "row": at,
            "share": shares["share"].to_numpy(),
            "worth": rows["worth"].to_numpy()[at],
        }
    )
    # A unit in several roles of one row answers for the sum of its shares there.
    each = joined.groupby(["responsible_unit", "account", "row"], observed=True, sort=False, as_index=False)
    of_rows = each.agg(share=("share", "sum"), worth=("worth", "first"))
    of_accounts = of_rows.groupby(["responsible_unit", "account"], observed=True, sort=False, as_index=False)
    most = of_accounts.agg(share=("share", "max"), worth=("worth", "first"))
    most["points_possible"] = most["share"] * most["worth"]
    sums = most.groupby("responsible_unit", observed=True, as_index=False, sort=False)[
        "points_possible"
    ].sum()
    return _plain(sums)


def _of_rows(evaluation: Evaluation) -> Iterator[pd.DataFrame]:
    """Every row that counts, with what its account is worth; a mean's row is an account of its own."""
    start = 0
    for block in evaluation.scored.blocks:
        worth = evaluation.scored.composite.worth(block)[:, block.tree.leaf_node]
        frame = pd.concat([_counted(block, worth), _empty(block, worth)], ignore_index=True)
        yield frame.assign(account=frame["account"] + start)
        start += block.cases.n + len(block.block.rows) + len(frame)


def _counted(scored: ScoredBlock, worth: np.ndarray) -> pd.DataFrame:
    block, cases, base = scored.block, scored.cases, scored.rows.reading.base
    at = np.flatnonzero((cases.row_case >= 0) & ~scored.observed.passed.ravel()[block.cell])
    case = cases.row_case[at]
    of_case = (case_factors(cases) * worth.ravel()[cases.cell])[case]
    mean = np.array([node.rule is not None and node.rule.name in MEAN_RULES for node in block.leaves])
    total = np.bincount(case, weights=base[at], minlength=cases.n)[case]
    part = np.divide(base[at], total, out=np.zeros(len(at)), where=total > 0)
    own = mean[block.leaf[at]]
    position = block.rows[at]
    columns: dict[str, Any] = {
        name: block.observations[name].iloc[position].astype("str").to_numpy()
        if name in block.observations.columns
        else ""
        for name in ("unit", "site", *ROLES)
    }
    root = block.framework.root.id
    names = np.array([block.part.id if node.id == root else node.id for node in block.leaves], dtype=object)
    return pd.DataFrame(
        {
            **columns,
            "component": block.part.id,
            "leaf": names[block.leaf[at]],
            "cause": "",
            "account": np.where(own, cases.n + np.arange(len(at)), case),
            "worth": np.where(own, of_case * part, of_case),
        }
    )


def _empty(scored: ScoredBlock, worth: np.ndarray) -> pd.DataFrame:
    """Cells in which nothing was observed and that count zero: their duties are the framework's."""
    block = scored.block
    entity, leaf = np.nonzero(scored.filled.zero & (worth > 0))
    frame = pd.DataFrame(
        {
            "unit": block.entities["unit"].to_numpy(dtype=object)[entity],
            "component": block.part.id,
            "leaf": [block.leaves[one].id for one in leaf],
            "worth": worth[entity, leaf],
        }
    )
    account = scored.cases.n + len(block.rows) + np.arange(len(frame))
    return frame.assign(account=account, cause="", site="", **dict.fromkeys(ROLES, ""))


def _of_given(evaluation: Evaluation) -> pd.DataFrame:
    """Given scores of inner nodes, and components that count zero as a whole."""
    nodes, top = evaluation.nodes, evaluation.scored.composite
    given = nodes[(nodes["rule"] == "given_score") & ~nodes["leaf"] & ~nodes["imputed"]]
    unit, part = np.nonzero(top.filled.zero)
    names = np.array(top.tree.ids[1:], dtype=object)[part]
    worth = top.rolled.weight[unit, part + 1] * top.full_marks
    units = top.units["unit"].astype(str).to_numpy(dtype=object)[unit]
    columns = {
        "unit": [*given["unit"].astype(str), *units],
        "component": [*given["component"].astype(str), *names],
        "leaf": [*given["node"].astype(str), *names],
        "worth": [*given["points_possible"], *worth],
    }
    frame = pd.DataFrame(columns)
    return frame.assign(account=-1 - np.arange(len(frame)), cause="", site="", **dict.fromkeys(ROLES, ""))
