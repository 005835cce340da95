"""How the causes of problems were found: counts by basis, and the phrases that no rule knew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from analysis.intake.round import Round

BASES = ("stated", "text", "check", "none")
"""As the workbook states, by the words of the text, by the cause of the check, without any cause."""

OPEN = ("check", "none")
"""Bases on which the text of a problem itself was not understood."""


def assignment_shares(round_: Round) -> pd.DataFrame:
    """Problems by how their cause was found: `basis`, `n`, `share` (0..1 of all), `n_several` (causes)."""
    table = round_.table("cause_assignments")
    basis = table["basis"].astype("str")
    n = basis.value_counts().reindex(list(BASES), fill_value=0)
    several = basis[table["cause"].astype("str").str.contains("|", regex=False)].value_counts()
    frame = pd.DataFrame({"basis": list(BASES), "n": n.to_numpy()})
    frame["share"] = frame["n"] / max(len(table), 1)
    return frame.assign(n_several=several.reindex(list(BASES), fill_value=0).to_numpy())


def unassigned_share(round_: Round) -> float:
    """Share (0..1) of the problems described in words whose text no rule understood and no cause states."""
    table = round_.table("cause_assignments")
    told = table[(table["note"].astype("str") != "").to_numpy()]
    return float(told["basis"].isin(OPEN).mean()) if len(told) else 0.0


def unassigned_phrases(round_: Round, top: int | None = None) -> pd.DataFrame:
    """The texts that no rule understood, most frequent first: note, n, the cause that counts instead, and
    where it stands first (source_file, source_sheet, source_row)."""
    table = round_.table("cause_assignments")
    rows = table[table["basis"].isin(OPEN).to_numpy() & (table["note"].astype("str") != "").to_numpy()]
    groups = rows.groupby(rows["note"].astype("str"), sort=False)
    places = ["cause", "source_file", "source_sheet", "source_row"]
    found = groups[places].first().assign(n=groups.size()).rename_axis("note").reset_index()
    ordered = found.sort_values(["n", "note"], ascending=[False, True], ignore_index=True)
    return ordered[["note", "n", *places]].head(top if top is not None else len(ordered))
