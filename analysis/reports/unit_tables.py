"""The lines of the lists of responsible units: one per lost point, with what fixing it alone would gain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.framework.model import Node
from analysis.results.dimensions import framework_of, node_of
from analysis.results.ranking import ranks_with
from analysis.scoring.regain import regain

if TYPE_CHECKING:
    from analysis.reports.material import Material
    from analysis.scoring.evaluate import Evaluation

LEDGER = (
    "row_id", "unit", "place", "component", "leaf", "site_type", "site", "item", "cause", "note", "picture",
    "points_lost", "source_file", "source_sheet", "source_row",
)  # fmt: skip
_ANSWERS = ["responsible_unit", "roles", "unit", "place", "component", "leaf", "item", "cause"]


def lines(material: Material) -> pd.DataFrame:
    """One row per responsible unit and loss, largest first; answers to one question in one place are one row.

    Columns: those of the ledger, responsible_unit, roles, `share` (of the loss; 1 for joint duties), `own`
    (points x share), `joint`, `n` (ledger rows), `gain` (points of the composite that fixing it alone brings,
    by the rules; NaN where nothing can be fixed), `rank_now`, `rank_then` (with that gain, the others as
    they are), `label`, `standard`, `found` (date).
    """
    evaluation = material.evaluation
    assert evaluation is not None
    ledger = evaluation.ledger
    rows = pd.DataFrame({name: ledger[name].array for name in LEDGER if name in ledger.columns})
    rows["asked"] = (ledger["method"] == "questionnaire").to_numpy() & (rows["row_id"] >= 0).to_numpy()
    rows["gain"] = regain(evaluation.scored, ledger)
    table = _per_unit(evaluation, rows)
    table = pd.concat(
        [table[~table["asked"]].assign(n=1), _answers(table[table["asked"]])], ignore_index=True
    )
    table = _with_checks(material, table.assign(found=_found(evaluation, table["row_id"])))
    table = table.assign(**_ranks(evaluation, table))
    return table.sort_values(
        ["responsible_unit", "own", "unit", "row_id"], ascending=[True, False, True, True], ignore_index=True
    )


def _per_unit(evaluation: Evaluation, rows: pd.DataFrame) -> pd.DataFrame:
    """Ledger rows once for every unit that answers for them."""
    shares = evaluation.shares
    named = shares[(shares["responsible_unit"] != "").to_numpy()]
    keys = ["ledger_row", "responsible_unit"]
    split = named.groupby(keys, observed=True, sort=False, as_index=False)
    table = split.agg(share=("share", "sum"), joint=("joint", "any"))
    roles = named.assign(role=named["role"].astype("str")).drop_duplicates([*keys, "role"])
    joined = roles.groupby(keys, observed=True, sort=False)["role"].agg("|".join)
    table["roles"] = joined.to_numpy()
    table["share"] = np.where(table["joint"], 1.0, table["share"].round(12))
    at = table["ledger_row"].to_numpy()
    found = pd.concat([table.drop(columns="ledger_row"), rows.iloc[at].reset_index(drop=True)], axis=1)
    texts = [name for name in found.columns if found[name].dtype.kind not in "iufbM"]
    return found.astype(dict.fromkeys(texts, "str")).assign(own=found["share"] * found["points_lost"])


def _answers(rows: pd.DataFrame) -> pd.DataFrame:
    """Answers to one question in one place as one row; a mean of answers gains what its answers gain."""
    sums = {name: (name, "sum") for name in ("points_lost", "own", "gain")}
    first = {
        name: (name, "first")
        for name in ("row_id", "share", "joint", "source_file", "source_sheet", "source_row", "asked")
    }
    grouped = rows.groupby(_ANSWERS, sort=False, as_index=False).agg(**sums, **first, n=("own", "size"))
    return grouped.assign(**dict.fromkeys(("site_type", "site", "note", "picture"), ""))


def _found(evaluation: Evaluation, row_id: pd.Series) -> pd.Series:
    """Date on which the row was observed, NaT where it has none."""
    observations = evaluation.round.observations
    if "date" not in observations.columns:
        return pd.Series(pd.NaT, index=row_id.index, dtype="datetime64[us]")
    dates = observations.drop_duplicates("row_id").set_index("row_id")["date"]
    return row_id.map(dates)


def _with_checks(material: Material, table: pd.DataFrame) -> pd.DataFrame:
    """Label and standard of the check, and the finding in words where the workbook has none."""
    groups = dict(
        zip(material.round.units["unit"].astype(str), material.round.units["group"].astype(str), strict=True)
    )
    keys = list(zip(table["component"], table["unit"].map(groups), table["leaf"], table["item"], strict=True))
    known = {key: _check(material, *key) for key in set(keys)}
    labels, standards = zip(*(known[key] for key in keys), strict=True) if keys else ((), ())
    return table.assign(label=list(labels), standard=list(standards))


def _check(material: Material, component: str, group: str, leaf: str, item: str) -> tuple[str, str]:
    assert material.evaluation is not None
    found = framework_of(material.evaluation, component, group)
    if found is None:
        return material.labels("component", component), ""
    node: Node = node_of(found[1], found[0], leaf)
    check = next((one for one in node.items if one.id == item), None)
    if check is None:
        return node.label[material.lang], ""
    return check.label[material.lang], check.standard or node.label[material.lang]


def _ranks(evaluation: Evaluation, table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Rank of the unit now, and with the gain of the row."""
    scores, settings = evaluation.scores, evaluation.rulebook.settings
    composite = dict(zip(scores["unit"].astype(str), scores["composite"], strict=True))
    now, then = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for unit, at in table.groupby("unit", sort=False).indices.items():
        gains = np.nan_to_num(table["gain"].to_numpy()[at])
        values = composite[str(unit)] + np.append(gains, 0.0)
        found = ranks_with(scores, settings, str(unit), values)
        now[at], then[at] = found[-1], found[:-1]
    return {"rank_now": now, "rank_then": np.where(table["gain"].isna(), np.nan, then)}
