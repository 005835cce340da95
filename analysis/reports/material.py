"""Everything the report of one round is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from analysis.errors import Lang, UsageError
from analysis.framework.model import Rulebook
from analysis.reports.labels import Labels, word, words
from analysis.results.compare import Comparison, compare
from analysis.results.history import Series
from analysis.results.loop import Loop, loop_of

if TYPE_CHECKING:
    import pandas as pd

    from analysis.intake.round import Round
    from analysis.results.audit import AuditReport
    from analysis.scoring import Evaluation
    from analysis.simulation.redraw import Redraw

REPLICATES = 2000
"""Redraws of a round for its bulletin."""


@dataclass(frozen=True)
class Material:
    """A round with what came out of it; `evaluation` and `ranking` are None for a round that is only audited.

    `level` is the id of another level of the round ("" for its units); `n_rejected` the rows left out.
    `earlier`: rounds before this one under the same rules, by date. `seed`: of what is drawn again.
    """

    round: Round
    lang: Lang
    evaluation: Evaluation | None = None
    ranking: pd.DataFrame | None = None
    audit: AuditReport | None = None
    level: str = ""
    n_rejected: int = 0
    earlier: tuple[Evaluation, ...] = ()
    seed: int = 1

    @cached_property
    def drawn(self) -> Redraw | UsageError | None:
        """The round drawn again by `seed`, or why it cannot be; None for another level, and where nothing was
        drawn by chance."""
        from analysis.simulation.messages import available
        from analysis.simulation.redraw import redraw

        if self.evaluation is None or self.level or not available(self.evaluation):
            return None
        try:
            return redraw(self.evaluation, REPLICATES, self.seed, nodes=False)
        except UsageError as error:
            return error

    @cached_property
    def comparison(self) -> Comparison | None:
        """The round against the last of the earlier ones; None for a first round."""
        if self.evaluation is None or not self.earlier:
            return None
        return compare(self.earlier[-1], self.evaluation)

    @cached_property
    def line(self) -> Series | None:
        """The round and those before as a series; None for a first round."""
        if self.evaluation is None or not self.earlier:
            return None
        return Series((*self.earlier, self.evaluation))

    @cached_property
    def loop(self) -> Loop | None:
        """The rectification loop of the round and those before; None without a ledger in the round."""
        if self.evaluation is None or self.level or self.round.table("rectifications").empty:
            return None
        return loop_of([*self.earlier, self.evaluation])

    @property
    def rulebook(self) -> Rulebook | None:
        return self.evaluation.rulebook if self.evaluation else None

    @cached_property
    def labels(self) -> Labels:
        several = self.ranking is not None and self.ranking["group"].nunique() > 1
        return Labels(self.rulebook, self.lang, several)

    @property
    def decimals(self) -> int:
        """Decimals of scores, as the rules say."""
        return self.rulebook.settings.rounding.decimals if self.rulebook else 2

    @property
    def title(self) -> str:
        """Title of the round, with its level."""
        title = self.round.info.title[self.lang]
        if not self.level:
            return title
        level = self.round.info.levels[self.level]
        return f"{title} · {level.zh if self.lang == 'zh' else level.en}"

    @cached_property
    def banners(self) -> list[str]:
        """What a reader must know before any number."""
        rulebook = self.rulebook
        found = [word("synthetic", self.lang)] if self.round.info.synthetic else []
        found += [word("illustrative", self.lang)] if rulebook and rulebook.illustrative else []
        return found + ([word("accepted", self.lang, n=self.n_rejected)] if self.n_rejected else [])

    @property
    def marks(self) -> list[str]:
        """The banners in a word each, for charts and lists."""
        rulebook = self.rulebook
        found = ["mark_synthetic"] if self.round.info.synthetic else []
        found += ["mark_illustrative"] if rulebook and rulebook.illustrative else []
        found += ["mark_accepted"] if self.n_rejected else []
        return [self.say(key) for key in found]

    def say(self, key: str, **values: object) -> str:
        """A wording in the language of the report."""
        return word(key, self.lang, **values)

    def say_label(self, kind: str, key: str) -> str:
        """The label of a fixed id (`rounding`, `ties`, `missing`, ...)."""
        return str(words()["labels"][kind][key][self.lang])

    def say_column(self, name: str) -> str:
        """The header of a column."""
        return str(words()["columns"][name][self.lang])

    def join(self, texts: Iterable[str]) -> str:
        """Several names as one text."""
        return ("、" if self.lang == "zh" else ", ").join(texts)

    def line_name(self, line: str) -> str:
        """The name of a line of `results.ranking.lines`: a score, or the last place inside."""
        kind, _, number = line.partition("_")
        return self.say(f"line_{kind}", n=number) if kind in ("first", "last") else line
