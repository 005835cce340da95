"""A simulated evaluation: the redraw of a round and everything that is asked of it, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.scoring import Evaluation
from analysis.simulation import design, outcome
from analysis.simulation.forecast import Forecast, Shift, forecast
from analysis.simulation.messages import check_asked
from analysis.simulation.redraw import Redraw, Setting, prepare, replicate, run


@dataclass(frozen=True)
class Simulation:
    """Replicates of a round as tables; frequencies are redraw frequencies (0..1), not probabilities.

    `units`, `parts`, `nodes`: distributions; `ranks`, `pairs`: how often a rank is held and who stands above
    whom; `sources`: variance by what was drawn; `effort`: with twice as many sites or respondents; `design`:
    where one more visit pays; `notes`: strata merged or kept; `severity`: of the assessors.
    """

    setting: Setting
    redraw: Redraw
    target: float | None = None
    top: int | None = None

    @cached_property
    def units(self) -> pd.DataFrame:
        return outcome.unit_table(self.redraw, self.target, self.top)

    @cached_property
    def ranks(self) -> pd.DataFrame:
        return outcome.rank_frequencies(self.redraw)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        return outcome.pair_frequencies(self.redraw)

    @cached_property
    def parts(self) -> pd.DataFrame:
        return outcome.part_table(self.redraw)

    @property
    def nodes(self) -> pd.DataFrame:
        return self.redraw.nodes

    @cached_property
    def sources(self) -> pd.DataFrame:
        return outcome.source_table(self.setting, self.redraw)

    @cached_property
    def effort(self) -> pd.DataFrame:
        return outcome.effort_table(self.setting, self.redraw)

    @cached_property
    def design(self) -> pd.DataFrame:
        return design.design_table(self.setting, self.redraw.sources)

    @property
    def notes(self) -> pd.DataFrame:
        return self.redraw.notes

    @property
    def severity(self) -> pd.DataFrame:
        return self.redraw.severity

    def replicate(self, number: int) -> Evaluation:
        """Replicate `number` (0..) as an evaluation of its own, with its ledger."""
        return replicate(self.redraw.evaluation, self.redraw.seed, number, self.redraw.sources)

    def forecast(
        self,
        pairs: Sequence[tuple[Evaluation, Evaluation]] = (),
        assumed: Mapping[str, Shift] | None = None,
        months: pd.DataFrame | None = None,
    ) -> Forecast:
        """The next official test, as probabilities (see `forecast.forecast`)."""
        return forecast(self.redraw, pairs, assumed, months, seed=self.redraw.seed)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by its name; those that need further redraws are made now."""
        names = (
            "units", "parts", "nodes", "ranks", "pairs", "sources", "effort", "design", "notes", "severity",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


def simulate(
    evaluation: Evaluation,
    replicates: int = 10_000,
    seed: int = 1,
    sources: Sequence[str] | None = None,
    target: float | None = None,
    rank: int | None = None,
) -> Simulation:
    """The redraw of an evaluation with all its tables (points; frequencies 0..1).

    `sources`: some of `sites`, `respondents`, `assessors` (None: all that the round has). Raises UsageError
    listing every argument that cannot be used.
    """
    chosen = check_asked(evaluation, replicates, sources, {}, target, rank)
    setting = prepare(evaluation, chosen)
    return Simulation(setting, run(setting, replicates, seed, chosen, {}), target, rank)
