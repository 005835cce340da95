"""The change of a composite between two rounds, split without remainder and whatever the order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.results.leaf_cells import CELL, common_rates, common_rows, leaf_cells

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook
    from analysis.intake.round import Round
    from analysis.scoring.evaluate import Scored

Floats = NDArray[np.float64]

FACTORS = ("data", "draw", "coverage", "rules", "bonus", "penalty", "not_separable")
"""What both rounds observed, other sites drawn, weights moved by what only one round observed, weights and
rules, bonus, penalties, and what nothing common can tell apart."""
OF_DATA = ("data", "draw", "coverage", "not_separable")


@dataclass(frozen=True)
class Seen:
    """One round under one set of rules, scored."""

    round: Round
    rulebook: Rulebook
    scored: Scored

    @property
    def scores(self) -> pd.DataFrame:
        """Scores by unit, base, bonus, penalty and composite in points."""
        return self.scored.scores.assign(unit=self.scored.scores["unit"].astype("str")).set_index("unit")


def cell_changes(first: Seen, second: Seen) -> pd.DataFrame:
    """The change of the base between two rounds under the same rules, cell by cell, in points.

    One row per CELL of either round with `data`, `draw`, `coverage` and `not_separable`; all of them add up
    to the change of every unit's base. `draw` = (first on common sites - first on all) + (second on all -
    second on common). On what is common a change is mean points x change of rate (data) + mean rate x
    change of points (coverage); a cell without anything common (answers of other people, other villages) is
    not separable.
    """
    kept = common_rows(first.round, second.round)
    one, two = (_with_common(seen, rows) for seen, rows in zip((first, second), kept, strict=True))
    pairs = one.merge(two, on=CELL, how="outer", suffixes=("_1", "_2"))
    pairs = _only_common_places(pairs)
    return pairs[CELL].assign(**_effects(pairs))


def _with_common(seen: Seen, rows: NDArray[np.bool_]) -> pd.DataFrame:
    cells = leaf_cells(seen.scored)
    return cells.merge(common_rates(seen.round, seen.rulebook, rows), on=CELL, how="left")


def _only_common_places(pairs: pd.DataFrame) -> pd.DataFrame:
    """The points every cell would have in a mean over the places that both rounds tested.

    Adds `shared_1`, `shared_2` and `apart`: the unit has no place of the component in common.
    """
    averaged = (pairs["averaged_1"].eq(True) | pairs["averaged_2"].eq(True)).to_numpy()
    keys = ["unit", "component"]
    place = pairs.groupby([*keys, "place"], sort=False)[["points_1", "points_2"]].sum()
    held = (place > 0).assign(both=(place > 0).all(axis=1)).groupby(level=keys).sum()
    counts = held.loc[pd.MultiIndex.from_frame(pairs[keys])].reset_index(drop=True)
    both = (place > 0).all(axis=1).loc[pd.MultiIndex.from_frame(pairs[[*keys, "place"]])].to_numpy()
    found = pairs.assign(apart=averaged & (counts["both"] == 0).to_numpy())
    for side in ("1", "2"):
        points = pairs[f"points_{side}"].fillna(0.0).to_numpy()
        n = counts[f"points_{side}"].to_numpy(dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            shared = np.where(both, points * n / counts["both"].to_numpy(dtype=np.float64), 0.0)
        found[f"shared_{side}"] = np.where(averaged & ~found["apart"], shared, points)
    return found


def _effects(pairs: pd.DataFrame) -> dict[str, Floats]:
    points = [pairs[f"points_{side}"].fillna(0.0).to_numpy() for side in ("1", "2")]
    shared = [pairs[f"shared_{side}"].to_numpy() for side in ("1", "2")]
    rate = [pairs[f"rate_{side}"].to_numpy() for side in ("1", "2")]
    common = [pairs[f"common_{side}"].to_numpy() for side in ("1", "2")]
    given = [np.isnan(one) for one in common]
    same = [np.where(none, full, one) for none, full, one in zip(given, rate, common, strict=True)]
    held = [np.where(np.isnan(one), other, one) for one, other in (same, same[::-1])]
    whole = [np.nan_to_num(p * r) for p, r in zip(points, rate, strict=True)]
    part = [np.nan_to_num(p * r) for p, r in zip(shared, held, strict=True)]
    change = (shared[0] + shared[1]) / 2 * np.nan_to_num(held[1] - held[0])
    weights = np.nan_to_num(held[0] + held[1]) / 2 * (shared[1] - shared[0])
    apart = pairs["apart"].to_numpy(dtype=bool)
    nothing = (given[0] | given[1]) & ~_scored_whole(pairs)
    return {
        "data": np.where(nothing | apart, 0.0, change),
        "draw": (part[0] - whole[0]) + (whole[1] - part[1]),
        "coverage": np.where(apart, 0.0, weights),
        "not_separable": np.where(apart, weights, 0.0) + np.where(nothing | apart, change, 0.0),
    }


def _scored_whole(pairs: pd.DataFrame) -> NDArray[np.bool_]:
    """Cells that have a score without any observation of their own below: given ones."""
    return pairs["given_1"].eq(True).to_numpy() & pairs["given_2"].eq(True).to_numpy()


@dataclass(frozen=True)
class Split:
    """`parts`: one row per unit of both rounds: unit, first, second, change, and the FACTORS, in points.

    `cells`: the change of the base by CELL (the mean over both sets of rules where they differ).
    """

    parts: pd.DataFrame
    cells: pd.DataFrame


def split_change(
    first: Seen, second: Seen, crossed: tuple[Seen, Seen] | None = None, same_rules: bool = True
) -> Split:
    """The change of the composite split into FACTORS that add up to it exactly, by unit, in points.

    `crossed`: the first round under the second's rules and the second round under the first's; with it the
    split between data and rules is that of Shapley. Without it, where rules differ, the change of the base
    is not separable.
    """
    units = [unit for unit in first.scores.index if unit in second.scores.index]
    one, two = first.scores.loc[units], second.scores.loc[units]
    parts = pd.DataFrame({"first": one["composite"], "second": two["composite"]})
    parts = parts.assign(change=two["composite"] - one["composite"], **dict.fromkeys(FACTORS, 0.0))
    if same_rules:
        cells = cell_changes(first, second)
        _add_steps(parts, [(first, second, cells)])
    elif crossed is None:
        cells = pd.DataFrame(columns=[*CELL, *OF_DATA])
        parts["not_separable"] = two["base"] - one["base"]
        parts["bonus"], parts["penalty"] = two["bonus"] - one["bonus"], one["penalty"] - two["penalty"]
    else:
        steps = [(first, crossed[1]), (crossed[0], second)]
        each = [cell_changes(*step) for step in steps]
        _add_steps(parts, [(*step, cells) for step, cells in zip(steps, each, strict=True)])
        cells = _mean_cells(each)
        parts["rules"] = parts["change"] - parts[[name for name in FACTORS if name != "rules"]].sum(axis=1)
    return Split(parts.rename_axis("unit").reset_index(), cells)


def _add_steps(parts: pd.DataFrame, steps: list[tuple[Seen, Seen, pd.DataFrame]]) -> None:
    """Add the mean over the sets of rules of what the data changed."""
    for before, after, cells in steps:
        sums = cells.groupby("unit")[list(OF_DATA)].sum().reindex(parts.index, fill_value=0.0)
        one, two = before.scores.loc[parts.index], after.scores.loc[parts.index]
        for name in OF_DATA:
            parts[name] += sums[name] / len(steps)
        parts["bonus"] += (two["bonus"] - one["bonus"]) / len(steps)
        parts["penalty"] += (one["penalty"] - two["penalty"]) / len(steps)


def _mean_cells(each: list[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(each, ignore_index=True)
    sums = table.groupby(CELL, sort=False)[list(OF_DATA)].sum() / len(each)
    return sums.reset_index()
