"""What an explanation of one unit looks things up in: its nodes, rows, labels and places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.errors import Lang, Problem
from analysis.framework.model import Framework, Node, Part
from analysis.results.dimensions import framework_of, node_of
from analysis.results.ranking import rank_table
from analysis.results.words import rule_in_words, word
from analysis.scoring.rounding import format_score

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation

COMPOSITE = "composite"


def percent(share: float) -> str:
    """A share as text with up to two decimals of a percent."""
    return f"{round(share * 100, 2):g} %"


@dataclass(frozen=True)
class Story:
    """One unit of an evaluation, in one language."""

    evaluation: Evaluation
    unit: str
    lang: Lang
    nodes: pd.DataFrame
    ledger: pd.DataFrame
    observations: pd.DataFrame
    adjustments: pd.DataFrame

    @classmethod
    def of(cls, evaluation: Evaluation, unit: str, lang: Lang) -> Story:
        """The tables of the evaluation, cut down to one unit."""
        tables = (evaluation.nodes, evaluation.ledger, evaluation.round.observations, evaluation.adjustments)
        mine = [table[(table["unit"] == unit).to_numpy()].reset_index(drop=True) for table in tables]
        return cls(evaluation, unit, lang, *mine)

    @cached_property
    def _rows(self) -> list[Any]:
        return list(self.nodes.itertuples())

    @property
    def positions(self) -> range:
        return range(len(self._rows))

    def node(self, at: int) -> Any:
        """The row of the nodes table."""
        return self._rows[at]

    @cached_property
    def _below(self) -> dict[tuple[str, str, str], list[int]]:
        """(place, component, parent) to positions, in the order of the table."""
        found: dict[tuple[str, str, str], list[int]] = {}
        for i, row in enumerate(self._rows):
            found.setdefault((row.place, row.component, row.parent), []).append(i)
        return found

    def _roots(self, component: str = "") -> list[int]:
        """Roots of the components; of one component, the roots of its places."""
        tops = [i for i, row in enumerate(self._rows) if row.parent == COMPOSITE]
        if component:
            return [i for i in tops if self._rows[i].component == component and self._rows[i].place]
        return [i for i in tops if not self._rows[i].place]

    def children(self, at: int) -> list[int]:
        """Positions of the nodes below: components, the places of a mean of places, or nodes."""
        row = self._rows[at]
        if row.node == COMPOSITE:
            order = [part.id for part in self.evaluation.rulebook.composition.parts]
            return sorted(self._roots(), key=lambda i: order.index(self._rows[i].component))
        if row.rule == "mean_of_places":
            return self._roots(row.component)
        return self._below.get((row.place, row.component, row.node), [])

    def score(self, column: str) -> Any:
        """One cell of the unit's row of `scores`."""
        return self._scores[column]

    @cached_property
    def _scores(self) -> dict[str, Any]:
        scores = self.evaluation.scores
        found: dict[str, Any] = scores[(scores["unit"] == self.unit).to_numpy()].iloc[0].to_dict()
        return found

    def framework(self, component: str) -> tuple[Part, Framework] | None:
        """The part and the framework that hold for this unit; None for the composite."""
        return framework_of(self.evaluation, component, str(self.score("group")))

    def rules_of(self, component: str, node: str) -> Node | None:
        """The node of the framework."""
        found = self.framework(component)
        return node_of(found[1], found[0], node) if found else None

    def ids(self, row: Any) -> set[str]:
        """The ids under which rows of the workbook may stand for a node: a root goes by two."""
        rules = self.rules_of(row.component, row.node)
        return {row.node} | ({rules.id} if rules else set())

    def label(self, row: Any) -> str:
        """The node in words; a place stands for itself."""
        found = self.framework(row.component)
        if found is None:
            return word("texts", "base", self.lang)
        part, framework = found
        if row.node == part.id:
            return str(row.place or part.label[self.lang])
        return node_of(framework, part, row.node).label[self.lang]

    def names(self, at: int) -> set[str]:
        """Everything a user may call the node."""
        row = self._rows[at]
        if row.node == COMPOSITE:
            return {COMPOSITE, word("texts", "composite", "zh"), word("texts", "composite", "en")}
        found = self.framework(row.component)
        rules = self.rules_of(row.component, row.node)
        names = {row.node, f"{row.component}.{row.node}"}
        if row.place:
            names = {row.place, f"{row.place}.{row.node}"} if row.node == row.component else names
        if found and row.node == row.component and not row.place:
            return names | {found[0].zh, found[0].en}
        return names | ({rules.zh, rules.en} if rules and row.node != row.component else set())

    def share_in_parent(self, row: Any) -> float | None:
        """Nominal weight in the parent; None for the composite and for places, which are averaged."""
        found = self.framework(row.component)
        if found is None or row.place and row.node == row.component:
            return None
        part, framework = found
        return part.weight if row.node == part.id else framework.share(framework.by_id[row.node])

    def is_added(self, row: Any) -> bool:
        """Whether a component comes on top of the others."""
        return self.evaluation.rulebook.composition.rule == "added" and row.parent == COMPOSITE

    def rule_text(self, row: Any) -> str:
        """The scoring rule of a leaf in words; of inner nodes only what is not a weighted mean."""
        rules = self.rules_of(row.component, row.node)
        if rules is not None and rules.rule is not None:
            return rule_in_words(rules.rule, self.lang)
        return "" if row.rule == "weighted_mean" else word("rules", row.rule, self.lang)

    def points(self, value: float) -> str:
        """Points as printed."""
        return format_score(value, self.evaluation.rulebook.settings.rounding)

    def joined(self, parts: list[str]) -> str:
        """Parts of a line in the punctuation of the language."""
        return ("；" if self.lang == "zh" else "; ").join(parts)

    def bracket(self, notes: list[str]) -> str:
        """Notes in brackets."""
        if not notes:
            return ""
        return f"［{self.joined(notes)}］" if self.lang == "zh" else f" [{self.joined(notes)}]"

    def place_of(self, row: Any) -> str:
        """File, sheet and row a line comes from; empty when it has none."""
        if not row.source_file:
            return ""
        number = int(row.source_row) or None
        return Problem("", "", "", file=row.source_file, sheet=row.source_sheet, row=number).place(self.lang)

    def standing(self) -> str:
        """Rank in the group and the consequences of score and rank, in words."""
        settings = self.evaluation.rulebook.settings
        ranking = rank_table(self.evaluation.scores, settings)
        row = ranking[(ranking["unit"] == self.unit).to_numpy()].iloc[0]
        if pd.isna(row["rank"]):
            return word("texts", "unranked", self.lang)
        tied = word("texts", "tied", self.lang) if row["tied"] else ""
        place = word("texts", "rank", self.lang, rank=f"{row['rank']:.0f}", group=row["group"]) + tied
        bands = [band.label[self.lang] for band in settings.bands if band.id in row["bands"].split("|")]
        return self.joined([place, *(f"{word('kinds', 'band', self.lang)} {band}" for band in bands)])

    def cycle_lines(self) -> list[str]:
        """The composite over the periods of the cycle: weight x composite of each, then their sum."""
        cycle = self.evaluation.cycle
        mine = cycle[(cycle["unit"] == self.unit).to_numpy()]
        if mine.empty:
            return []
        total = self.points(mine["contribution"].sum(skipna=False)) or "—"
        lines = [f"{word('texts', 'cycle', self.lang)} {total}"]
        for row in mine.itertuples():
            score, part = (self.points(value) or "—" for value in (row.composite, row.contribution))
            lines.append(f"  {row.period} {score} × {percent(row.weight)} = {part}")
        return lines
