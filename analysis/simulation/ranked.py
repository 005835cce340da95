"""Ranks of every replicate, by the rounding and tie rules of the composition."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.results.ranking import ranks
from analysis.scoring import Evaluation
from analysis.scoring.arrays import Floats
from analysis.scoring.rounding import round_score, snap


def rank_replicates(evaluation: Evaluation, composite: Floats, columns: Mapping[str, Floats]) -> Floats:
    """Ranks inside the groups, shape (replicates, units); NaN for a vetoed unit.

    `columns`: what ties may be broken by, shape (replicates, units) each.
    """
    settings, scores = evaluation.rulebook.settings, evaluation.scores
    vetoed = (scores["veto"].astype("str") != "").to_numpy()
    groups = scores["group"].to_numpy(dtype=object)
    result = np.full(composite.shape, np.nan)
    by = settings.ties.by if settings.ties.method == "ordered" else ()
    for group in dict.fromkeys(groups):
        mine = np.flatnonzero((groups == group) & ~vetoed)
        shape = (len(composite), len(mine))
        then = [_counted(np.broadcast_to(columns[name][:, mine], shape), evaluation) for name in by]
        result[:, mine] = ranks(_counted(composite[:, mine], evaluation), settings.ties.method, then)
    return result


def _counted(values: Floats, evaluation: Evaluation) -> Floats:
    """Scores as they are compared: as printed, or unrounded."""
    settings = evaluation.rulebook.settings
    return snap(values) if settings.ties.on == "unrounded" else round_score(values, settings.rounding)
