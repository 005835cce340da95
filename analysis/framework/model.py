"""What a framework and a composition are: rules as data, immutable once read.

A framework is one component's tree: root -> methods -> nodes -> leaves. A composition puts the
components together. Both carry `Settings`; the composition's count when there is one.
Shapes and types are checked here, meaning (sums, parents, loops, sources) in `check.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from analysis.errors import Lang

Status = Literal["required", "local", "old", "illustrative"]
MissingRule = Literal["error", "zero", "redistribute", "group_mean"]
Average = Literal["sites", "pooled", "site_types", "sub_units"]
Visits = Literal["mean", "last", "all"]
Method = Literal["material", "field", "questionnaire", "rating"]
Role = Literal["territory", "regulator", "line", "lead", "support"]


class Model(BaseModel):
    """Frozen, and refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Model):
    """A text in both languages."""

    zh: str
    en: str

    def __getitem__(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


class Named(Model):
    """Something with an id and a label in both languages."""

    id: str
    zh: str
    en: str

    @property
    def label(self) -> Label:
        return Label(zh=self.zh, en=self.en)


class Provenance(Model):
    """Where one number of a framework comes from (`where` is its path, e.g. `nodes.F-03.weight`)."""

    where: str
    value: float | str
    source: str
    status: Status


# --- scoring rules -----------------------------------------------------------------------------


class PassShare(Model):
    """Share of applicable checks that passed (符合 / 不符合), items weighted by their `points`."""

    name: Literal["pass_share"]


class Graded(Model):
    """Mean coefficient of the grades; `grades` maps a grade to its coefficient in 0..1."""

    name: Literal["graded"]
    grades: dict[str, float]


class Deduction(Model):
    """Points off per finding: rate = 1 - clip(sum of deductions) / full marks.

    `max_points`: full marks at the `cap_scope` (site or leaf; at scope item every item brings its own
    `max_points`). `floor`: the least score, as points, that stays (0). Multipliers by flag.
    At scope `leaf` all findings of the unit are added up; otherwise sites are averaged.
    """

    name: Literal["deduction"]
    cap_scope: Literal["item", "site", "leaf"]
    max_points: float | None = None
    floor: float = 0.0
    multipliers: dict[str, float] = Field(default_factory=dict)


class StartAdjust(Model):
    """Start at `start` of `max_points`, deduct (positive values) or add (negative values), over all findings.

    `surplus`: what lies above `max_points` is dropped or becomes bonus.
    """

    name: Literal["start_adjust"]
    start: float = 100.0
    max_points: float = 100.0
    floor: float = 0.0
    surplus: Literal["drop", "bonus"] = "drop"
    multipliers: dict[str, float] = Field(default_factory=dict)


class CountedEvidence(Model):
    """Activities counted per period: rate = mean over periods of min(valid / count, 1).

    An activity is valid when it keeps every condition; one that does not counts `partial`.
    `periods` are the quarters (`Q1`..`Q4`), months (`01`..`12`) or nodes (`清明`, `3·15`) at which it is due.
    """

    name: Literal["counted_evidence"]
    periods: tuple[str, ...]
    count: float = 1.0
    pictures: float = 0.0
    participants: float = 0.0
    organiser: bool = False
    partial: float = 0.0


class Threshold(Model):
    """Full when the value reaches `at_least` (`strict`: exceeds it) or stays `at_most`; else `otherwise`.

    `or_rising`: also full when the value rose in each of the last `rising_years` years.
    `of`: the value itself, or the share of checks that passed (0..1).
    """

    name: Literal["threshold"]
    at_least: float | None = None
    at_most: float | None = None
    strict: bool = False
    otherwise: float = 0.0
    or_rising: bool = False
    rising_years: int = 2
    of: Literal["value", "pass_share"] = "value"


class Target(Model):
    """Rate against a target: min(value / target, 1); zero below `floor`."""

    name: Literal["target"]
    target: float
    floor: float = 0.0
    of: Literal["value", "pass_share"] = "value"


class AnswerScale(Model):
    """Mean points of the answers; `scale` maps an answer to 0..1.

    `unclear` answers count 0, or leave the base.
    """

    name: Literal["answer_scale"]
    scale: dict[str, float]
    unclear: tuple[str, ...] = ()
    unclear_in_base: bool = True


class GivenScore(Model):
    """A score that was given by others, out of `max_points`; several are averaged."""

    name: Literal["given_score"]
    max_points: float = 100.0


Rule = Annotated[
    PassShare
    | Graded
    | Deduction
    | StartAdjust
    | CountedEvidence
    | Threshold
    | Target
    | AnswerScale
    | GivenScore,
    Field(discriminator="name"),
]

# --- nodes -------------------------------------------------------------------------------------


class Duties(Model):
    """Who answers: `units` by role, and how a loss is split among the roles (shares add up to 1) or joint.

    A role without a unit here is looked up in the workbook row, then in the site register.
    """

    units: dict[Role, tuple[str, ...]] = Field(default_factory=dict)
    split: dict[Role, float] = Field(default_factory=dict)
    joint: bool = False


class Item(Named):
    """One check, requirement or question of a leaf. `points`: its weight, or the deduction per finding."""

    points: float = 1.0
    max_points: float | None = None
    standard: str = ""
    cause: str = ""
    hardware: bool | None = None
    auto_pass: str = ""
    source: str = ""
    status: Status | None = None


class Node(Named):
    """One node; a leaf has a `rule`. Siblings all have `weight` (they add up to 1) or all `max_points`
    (they add up to the parent's)."""

    parent: str | None = None
    weight: float | None = None
    max_points: float | None = None
    method: Method | None = None
    area: str = ""
    rule: Rule | None = None
    average: Average = "sites"
    site_type_weights: dict[str, float] = Field(default_factory=dict)
    visits: Visits = "mean"
    missing: MissingRule | None = None
    not_applicable: MissingRule | None = None
    site_types: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    cause: str = ""
    hardware: bool | None = None
    auto_pass: str = ""
    duties: Duties | None = None
    source: str = ""
    status: Status | None = None


# --- settings ----------------------------------------------------------------------------------


class Rounding(Model):
    """Snap to 1e-9, then round `half_up` or `truncate` to `decimals`."""

    decimals: int = Field(default=2, ge=0, le=9)
    mode: Literal["half_up", "truncate"] = "half_up"


class Ties(Model):
    """`min` 1-1-3, `dense` 1-1-2, `ordered` by more columns of the scores (higher first), then as `min`."""

    method: Literal["min", "dense", "ordered"] = "min"
    by: tuple[str, ...] = ()
    on: Literal["rounded", "unrounded"] = "rounded"


class BonusRule(Named):
    """One reason for bonus: `points` of each claim (None: the claim says how many), at most `cap` in all."""

    points: float | None = None
    cap: float | None = None
    source: str = ""
    status: Status | None = None


class Bonus(Model):
    """Claims that were approved add points, up to `cap` in all (None: no cap)."""

    cap: float | None = None
    rules: tuple[BonusRule, ...] = ()


class NegativeEntry(Named):
    """`penalty` takes `points` off each time (None: the event says how many).

    `veto` takes the unit out of the ranking.
    """

    kind: Literal["penalty", "veto"]
    points: float | None = None
    source: str = ""
    status: Status | None = None


class Prerequisite(Named):
    """A unit whose score of `component` (0..100) is below `at_least` is not eligible."""

    component: str
    at_least: float
    source: str = ""
    status: Status | None = None


class Band(Named):
    """A consequence of a score (`from_score` <= score < `below`) or a rank (`first`, `last` N of a group)."""

    from_score: float | None = None
    below: float | None = None
    first: int | None = None
    last: int | None = None
    source: str = ""
    status: Status | None = None


class Award(Named):
    """A distinction or warning for units of one kind: first or last places, cards, moving flag, lists.

    `level`: the kind of unit as the sheets of units and places say it (empty: every unit). `of`: the units
    that are evaluated, by their composite, or the units that answer for losses, by the share of their
    possible points that they kept (0..100). `per`: the round, or its cycle (year). Given by a range of
    scores (`from_score` <= score < `below`) or by the `first` or `last` N of the kind.
    """

    kind: Literal["first", "last", "red_card", "yellow_card", "flag", "red_list", "black_list"]
    level: str = ""
    of: Literal["units", "responsible_units"] = "units"
    per: Literal["round", "cycle"] = "round"
    from_score: float | None = None
    below: float | None = None
    first: int | None = None
    last: int | None = None
    source: str = ""
    status: Status | None = None


class Escalation(Named):
    """A consequence of a problem that was not put right: fixed badly at least `bad_fixes` times, or at least
    `days_overdue` days past its deadline."""

    bad_fixes: int | None = None
    days_overdue: int | None = None
    source: str = ""
    status: Status | None = None


class Cycle(Model):
    """Periods (years or quarters) and their weights, which add up to 1."""

    weights: dict[str, float]
    source: str = ""
    status: Status | None = None


class Settings(Model):
    """What holds for a whole framework or composition: rounding, ties, adjustments, consequences, cycle."""

    full_marks: float = 100.0
    rounding: Rounding = Rounding()
    ties: Ties = Ties()
    missing: MissingRule = "error"
    not_applicable: MissingRule = "redistribute"
    bonus: Bonus = Bonus()
    negative_list: tuple[NegativeEntry, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    bands: tuple[Band, ...] = ()
    awards: tuple[Award, ...] = ()
    escalation: tuple[Escalation, ...] = ()
    cycle: Cycle | None = None


class Framework(Model):
    """One component's rules. `nodes` in the order of the file; the one without parent is the root."""

    id: str
    title: Label
    edition: str = ""
    valid: str = ""
    sources: dict[str, str] = Field(default_factory=dict)
    source: str = ""
    status: Status | None = None
    areas: tuple[Named, ...] = ()
    site_types: tuple[Named, ...] = ()
    causes: str = "services"
    nodes: tuple[Node, ...]
    settings: Settings = Settings()
    numbers: tuple[Provenance, ...] = ()
    digest: str = ""

    @cached_property
    def by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def root(self) -> Node:
        return next(node for node in self.nodes if node.parent is None)

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.rule is not None)

    @cached_property
    def children(self) -> dict[str, tuple[Node, ...]]:
        """Node id to its children, in file order."""
        found: dict[str, list[Node]] = {node.id: [] for node in self.nodes}
        for node in self.nodes:
            if node.parent is not None:
                found[node.parent].append(node)
        return {key: tuple(value) for key, value in found.items()}

    def share(self, node: Node) -> float:
        """Weight of a node in its parent (0..1); 1 for the root."""
        if node.parent is None:
            return 1.0
        if node.weight is not None:
            return node.weight
        siblings = sum(child.max_points or 0.0 for child in self.children[node.parent])
        return (node.max_points or 0.0) / siblings

    def above(self, node: Node) -> Iterator[Node]:
        """The node, its parent, and so on up to the root."""
        current: Node | None = node
        while current is not None:
            yield current
            current = self.by_id[current.parent] if current.parent else None

    def method_of(self, node: Node) -> str:
        """The method of a node: its own or the nearest ancestor's; empty above the methods."""
        return next((step.method for step in self.above(node) if step.method), "")

    def missing_of(self, node: Node) -> MissingRule:
        return next((step.missing for step in self.above(node) if step.missing), self.settings.missing)

    def not_applicable_of(self, node: Node) -> MissingRule:
        rule = next((step.not_applicable for step in self.above(node) if step.not_applicable), None)
        return rule or self.settings.not_applicable

    def duties_of(self, node: Node) -> Duties | None:
        return next((step.duties for step in self.above(node) if step.duties), None)

    @property
    def illustrative(self) -> bool:
        """Whether any number is illustrative: every output that used it says so."""
        return any(number.status == "illustrative" for number in self.numbers)


class Part(Named):
    """A component in a composition: its weight and one framework per group (`default` for the others).

    `sub_units`: the component is evaluated for every place of the unit and averaged (villages).
    """

    weight: float
    frameworks: dict[str, str]
    sub_units: bool = False
    missing: MissingRule | None = None
    source: str = ""
    status: Status | None = None


class Composition(Model):
    """How components make the composite. `weighted`: weights add up to 1; `added`: they come on top."""

    id: str
    title: Label
    rule: Literal["weighted", "added"] = "weighted"
    parts: tuple[Part, ...]
    sources: dict[str, str] = Field(default_factory=dict)
    source: str = ""
    status: Status | None = None
    settings: Settings = Settings()
    numbers: tuple[Provenance, ...] = ()
    digest: str = ""


class Rulebook(Model):
    """A composition with every framework it names: all that scoring needs to know about the rules."""

    composition: Composition
    frameworks: dict[str, Framework]

    def framework(self, part: Part, group: str) -> Framework:
        """The framework of a component for a group of units."""
        return self.frameworks[part.frameworks.get(group, part.frameworks.get("default", ""))]

    @property
    def settings(self) -> Settings:
        return self.composition.settings

    @property
    def illustrative(self) -> bool:
        numbers = self.composition.numbers + tuple(n for f in self.frameworks.values() for n in f.numbers)
        return any(number.status == "illustrative" for number in numbers)
