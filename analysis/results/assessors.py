"""How strict every assessor is: his score rates against those of others who checked the same or alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.inference.raters import holm, rater_offsets, spread_of
from analysis.scoring.arrays import factorize
from analysis.scoring.draw import named, shiftable

if TYPE_CHECKING:
    from analysis.intake.round import Round
    from analysis.scoring.evaluate import Evaluation, Scored

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMNS = [
    "assessor", "n_sites", "n_checks", "n_shared", "score_rate", "offset_rate", "offset_rate_se", "low",
    "high", "p_value", "p_adjusted", "finding",
]  # fmt: skip
LEVEL = 0.05
"""Chance of naming anybody strict or lenient where nobody is."""


def assessors(evaluation: Evaluation) -> pd.DataFrame:
    """Severity of every assessor of checks at sites, the strictest first (columns COLUMNS).

    `offset_rate`: by how much the score rate of his checks lies above (lenient) or below (strict) that of
    the others: at visits that several wrote down against them, else against the same leaf, unit and site
    type. `low`, `high`: 95 % interval, robust against sites that differ. `p_adjusted` allows for looking at
    all assessors (Holm); `finding` is `strict` or `lenient` where it is below 5 %. NaN where an assessor
    shares nothing with others. `n_shared`: checks at visits that others wrote down as well.
    """
    return severity_table(evaluation.round, evaluation.scored)


def severity_table(round_: Round, scored: Scored) -> pd.DataFrame:
    """The table of `assessors`, from a scored round."""
    names, of_row = assessors_of(round_.observations)
    if not names:
        return pd.DataFrame(columns=COLUMNS)
    rows = _compared(scored, of_row)
    found = rater_offsets(rows.rate, rows.weight, rows.assessor, rows.group, rows.site, len(names))
    table = pd.DataFrame(
        {
            "assessor": names,
            "n_sites": found.clusters,
            "n_checks": np.bincount(rows.assessor, minlength=len(names)),
            "n_shared": np.bincount(rows.assessor, rows.shared, len(names)).astype(np.int64),
            "score_rate": _means(rows, len(names)),
            "offset_rate": found.offset,
            "offset_rate_se": found.error,
        }
    )
    return _judged(table).sort_values("offset_rate", ignore_index=True, kind="stable")[COLUMNS]


def severity_variance(table: pd.DataFrame) -> float:
    """Variance between the assessors of a table of `assessors`, in squared score rate, without noise."""
    columns = (table[name].to_numpy(dtype=np.float64) for name in ("offset_rate", "offset_rate_se"))
    return spread_of(*columns)


def _means(rows: _Rows, n: int) -> Floats:
    with np.errstate(invalid="ignore"):
        total = np.bincount(rows.assessor, rows.weight, n)
        return np.asarray(np.bincount(rows.assessor, rows.weight * rows.rate, n) / total)


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """Intervals, p-values and findings; Student's t with one degree less than the sites visited."""
    from scipy.stats import t

    offset, error = table["offset_rate"].to_numpy(), table["offset_rate_se"].to_numpy()
    freedom = np.maximum(table["n_sites"].to_numpy() - 1, 1)
    width = t.ppf(0.975, freedom) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * t.sf(np.abs(offset / error), freedom)
    adjusted = holm(np.where(error > 0, p, np.nan))
    told = np.where(adjusted < LEVEL, np.where(offset < 0, "strict", "lenient"), "")
    return table.assign(low=offset - width, high=offset + width, p_value=p, p_adjusted=adjusted, finding=told)


def assessors_of(observations: pd.DataFrame) -> tuple[list[str], Ints]:
    """Names, and the assessor of each row that belongs to a site and to no respondent (-1: none)."""
    nobody = np.full(len(observations), -1, dtype=np.int64)
    at_sites = named(observations, "site") & ~named(observations, "respondent")
    mine = named(observations, "assessor") & at_sites
    if not mine.any():
        return [], nobody
    column = observations["assessor"].cat
    codes = column.codes.to_numpy().astype(np.int64)[mine]
    present = np.unique(codes)
    nobody[mine] = np.searchsorted(present, codes)
    return [str(name) for name in column.categories[present]], nobody


class _Rows(NamedTuple):
    """Checks to compare: score rate, weight, assessor, what they are compared within, site, and whether
    another assessor wrote the visit down as well."""

    rate: Floats
    weight: Floats
    assessor: Ints
    group: Ints
    site: Ints
    shared: NDArray[np.bool_]


def _compared(scored: Scored, of_row: Ints) -> _Rows:
    parts = [_of_block(block, of_row) for block in scored.blocks]
    columns = [np.concatenate(column) for column in zip(*(part[:4] for part in parts), strict=True)]
    rate, weight, assessor, shared = columns
    keys = pd.concat([part[4] for part in parts], keys=range(len(parts)), names=["block"]).reset_index()
    site = keys.groupby(["unit", "site"], sort=False).ngroup().to_numpy()
    visit = keys.groupby(["block", "cell", "site", "visit"], sort=False).ngroup().to_numpy()
    kind = keys.groupby(["block", "cell", "site_type"], sort=False).ngroup().to_numpy()
    group = factorize(np.where(shared, visit, kind + visit.max(initial=0) + 1))[0]
    return _Rows(rate, weight, assessor, group, site, shared)


def _of_block(scored: Any, of_row: Ints) -> tuple[Floats, Floats, Ints, NDArray[np.bool_], pd.DataFrame]:
    """Rate, weight, assessor, shared, and the keys of the checks of a block that are means."""
    block, reading = scored.block, scored.rows.reading
    linear = np.array([shiftable(node) and node.rule.name != "deduction" for node in block.leaves])
    who = of_row[block.rows]
    at = np.flatnonzero((scored.cases.row_case >= 0) & (who >= 0) & linear[block.leaf])
    at = at[reading.base[at] > 0]
    keys = pd.DataFrame(
        {
            "cell": block.cell[at],
            "unit": np.asarray(block.entities["unit"].to_numpy(), dtype=object)[block.entity[at]],
            **{name: block.codes(name)[at] for name in ("site", "site_type", "visit")},
        }
    )
    visits = keys.assign(who=who[at]).groupby(["cell", "site", "visit"], sort=False)["who"]
    shared = (visits.transform("nunique") > 1).to_numpy() if len(keys) else np.zeros(0, dtype=bool)
    return reading.earned[at] / reading.base[at], reading.base[at], who[at], shared, keys
