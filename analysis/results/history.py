"""Several rounds as one series, with everything that is asked about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.results.cycle_target import cycle_needed, cycle_weights
from analysis.results.series import (
    months,
    problem_chart,
    published_chart,
    published_groups,
    rebounds,
    score_chart,
    score_series,
)

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation


@dataclass(frozen=True)
class Series:
    """Rounds in the order of their dates."""

    rounds: tuple[Evaluation, ...]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Composite and rank of every unit in every round (`score_series`)."""
        return score_series(self.rounds)

    def score_chart(self, baseline: int | None = None) -> pd.DataFrame:
        """Control chart of the composites, limits from the moving range (`score_chart`)."""
        return score_chart(self.scores, baseline)

    def problem_chart(self, by: str = "unit", baseline: int | None = None) -> pd.DataFrame:
        """p-chart of the share of failed checks (`problem_chart`)."""
        return problem_chart(self.rounds, by, baseline)

    def published_chart(self, group: str, baseline: int | None = None) -> pd.DataFrame:
        """p-charts of published counts of a group (`published_chart`)."""
        return published_chart([one.round for one in self.rounds], group, baseline)

    @property
    def published_groups(self) -> list[str]:
        """Groups whose counts more than one round has published."""
        return published_groups([one.round for one in self.rounds])

    @property
    def cycle_weights(self) -> dict[str, float]:
        """Weights of the periods of the last round's cycle (`cycle_weights`)."""
        return cycle_weights(self.rounds[-1])

    def rebounds(self) -> pd.DataFrame:
        """Rise into every official inspection and fall after it (`rebounds`)."""
        return rebounds(self.rounds)

    def months(self) -> pd.DataFrame:
        """How calendar months differ from their year (`months`)."""
        return months(self.scores)

    def needed(self, target: float, assumed: Mapping[str, float] | None = None) -> pd.DataFrame:
        """What the open periods of the last round's cycle must average to reach a target (`cycle_needed`)."""
        return cycle_needed(self.rounds[-1], target, assumed, self.rounds[:-1])
