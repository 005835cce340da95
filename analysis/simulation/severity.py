"""How strict each assessor is, from checks that several of them wrote down at the same visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results.assessors import assessors_of
from analysis.scoring import Evaluation
from analysis.scoring.arrays import Floats, Ints, factorize, group_sum
from analysis.scoring.draw import shiftable
from analysis.scoring.parts import ScoredBlock
from analysis.simulation.draws import BLOCK, stream


@dataclass(frozen=True)
class Severity:
    """`table`: assessor, n (cases shared with others), severity (score rate by which an assessor's scores lie
    above the others', shrunken), severity_se. `of_row`: assessor of each observation, -1: none."""

    table: pd.DataFrame
    of_row: Ints

    @property
    def known(self) -> bool:
        return bool((self.table["severity"] != 0).any())

    def shifts(self, seed: int, block: int) -> Floats:
        """Change of the score rate where each assessor worked, shape (assessors, BLOCK): somebody drawn from
        all of them stands in his place, for the whole replicate."""
        severity = self.table["severity"].to_numpy()
        chosen = stream(seed, "assessors", "", block).integers(0, len(severity), (len(severity), BLOCK))
        return severity[chosen] - severity[:, None]


def severity(evaluation: Evaluation) -> Severity:
    """Severity of the assessors of a round, by least squares on the cases that several of them scored.

    y = case + assessor, weighted by checks, then shrunken towards 0 by the part of the spread between
    assessors that is not noise; the mean over all rows is 0.
    """
    names, of_row = assessors_of(evaluation.round.observations)
    if not names:
        return Severity(pd.DataFrame(columns=["assessor", "n", "severity", "severity_se"]), of_row)
    order = np.argsort(names)
    names, of_row = [names[i] for i in order], np.where(of_row >= 0, np.argsort(order)[of_row], -1)
    pairs = [_pairs(block, of_row, len(names)) for block in evaluation.scored.blocks]
    effect, se, n = _effects(pairs, len(names))
    weight = np.bincount(of_row[of_row >= 0], minlength=len(names))
    effect = effect - (effect * weight).sum() / max(weight.sum(), 1)
    spread = max(float(effect.var() - np.mean(se**2)), 0.0) if len(effect) > 1 else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = np.nan_to_num(spread / (spread + se**2)) * (n > 0)
    table = {"assessor": names, "n": n, "severity": effect * kept, "severity_se": se}
    return Severity(pd.DataFrame(table), of_row)


def _pairs(scored: ScoredBlock, of_row: Ints, n: int) -> tuple[Ints, Ints, Floats, Floats]:
    """Case, assessor, score rate and weight of every case x assessor; only rules that are means of checks."""
    block, rows, cases = scored.block, scored.rows, scored.cases
    linear = np.array([shiftable(node) and node.rule.name != "deduction" for node in block.leaves])  # type: ignore[union-attr]
    assessor = of_row[block.rows]
    at = np.flatnonzero((cases.row_case >= 0) & (assessor >= 0) & linear[block.leaf])
    code, keys = factorize(cases.row_case[at] * max(n, 1) + assessor[at])
    base = group_sum(rows.reading.base[at], code, len(keys))
    earned = group_sum(rows.reading.earned[at], code, len(keys))
    case, who = np.divmod(keys, max(n, 1))
    return case, who, np.divide(earned, base, out=np.zeros(len(base)), where=base > 0), base


def _effects(pairs: list[tuple[Ints, Ints, Floats, Floats]], n: int) -> tuple[Floats, Floats, Ints]:
    """Effects of the assessors (mean 0), their standard errors, and the cases each shares with others."""
    normal, right, shared = np.zeros((n, n)), np.zeros(n), np.zeros(n, dtype=np.int64)
    squares, freedom = 0.0, 0.0
    contrasts = []
    for case, who, rate, weight in pairs:
        n_cases = int(case.max(initial=-1)) + 1
        several = (np.bincount(case, minlength=n_cases) > 1)[case]
        case, who, rate, weight = case[several], who[several], rate[several], weight[several]
        total = group_sum(weight, case, n_cases)
        centre = group_sum(weight * rate, case, n_cases) / np.where(total > 0, total, 1.0)
        x = np.zeros((len(case), n))
        x[np.arange(len(case)), who] = 1.0
        means = np.zeros((n_cases, n))
        np.add.at(means, case, x * weight[:, None])
        x -= (means / np.where(total > 0, total, 1.0)[:, None])[case]
        y = rate - centre[case]
        normal += x.T @ (x * weight[:, None])
        right += x.T @ (weight * y)
        shared += np.bincount(who, minlength=n)
        freedom += len(case) - len(np.unique(case))
        contrasts.append((x, y, weight))
    inverse = np.linalg.pinv(normal, hermitian=True)
    effect = inverse @ right
    squares = sum(float((weight * (y - x @ effect) ** 2).sum()) for x, y, weight in contrasts)
    noise = squares / max(freedom - n + 1, 1)
    return effect, np.sqrt(np.maximum(np.diag(inverse), 0.0) * noise), shared
