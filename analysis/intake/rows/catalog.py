"""What a row can report on: the items and nodes of a rulebook, found by id or label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from analysis.framework.model import AnswerScale, Framework, GivenScore, Item, Node, Part, Rulebook
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key, rule_words
from analysis.intake.words.messages import Message

PER_ITEM = ("pass_share", "deduction", "graded", "answer_scale", "counted_evidence")
"""Rules whose rows need an item when their leaf has several."""


@dataclass(frozen=True, eq=False)
class Target:
    """Something a row reports on: an item, a leaf without items, or a node that is given a score."""

    part: Part
    framework: Framework
    node: Node
    item: Item | None = None

    @property
    def leaf(self) -> str:
        """The node id of the observation; the root goes by the id of its component."""
        return self.part.id if self.node.parent is None else self.node.id

    @property
    def item_id(self) -> str:
        return self.item.id if self.item else ""

    @property
    def label(self) -> str:
        return self.item.zh if self.item else self.node.zh

    @property
    def rule(self) -> str:
        """Name of the leaf's rule; a node above the leaves is given its score."""
        return self.node.rule.name if self.node.rule else "given_score"

    @property
    def sampled(self) -> bool:
        """Whether rows are a sample (礼让率: one row per vehicle), so that equal rows are no mistake."""
        return getattr(self.node.rule, "of", "value") == "pass_share"

    @property
    def site_types(self) -> tuple[str, ...]:
        return self.node.site_types

    @property
    def answers(self) -> frozenset[str]:
        """Keys of the answers of a question; none for anything else."""
        rule = self.node.rule
        return (
            frozenset(map(key, (*rule.scale, *rule.unclear)))
            if isinstance(rule, AnswerScale)
            else frozenset()
        )

    @property
    def max_points(self) -> float:
        """Full marks of a given score: the rule's, else the node's, else 100."""
        if isinstance(self.node.rule, GivenScore):
            return self.node.rule.max_points
        return self.node.max_points if self.node.max_points is not None else 100.0


@dataclass(frozen=True)
class Query:
    """What a row says about what it reports on; of its `names` the first that is known counts."""

    group: str
    component: str
    names: tuple[str, ...]
    site_type: str


@dataclass(frozen=True)
class Miss:
    """Why a query has no answer."""

    message: Message
    words: dict[str, str] = field(default_factory=dict)


@dataclass
class Catalog:
    """Look-ups in a rulebook, by group of units."""

    rulebook: Rulebook
    _indexes: dict[tuple[str, ...], dict[str, list[Target]]] = field(default_factory=dict)
    _found: dict[tuple[Query, str, bool], Target | Miss] = field(default_factory=dict)

    @cached_property
    def parts(self) -> dict[str, Part]:
        """Component by the key of its id or label."""
        found = {}
        for part in self.rulebook.composition.parts:
            found.update({key(name): part for name in (part.zh, part.en, part.id)})
        return found

    @cached_property
    def site_types(self) -> dict[str, str]:
        """Site type id by the key of its id or label."""
        named = [one for framework in self.rulebook.frameworks.values() for one in framework.site_types]
        return {key(name): one.id for one in named for name in (one.zh, one.en, one.id)}

    @cached_property
    def site_type_labels(self) -> dict[str, str]:
        return {
            one.id: one.zh for framework in self.rulebook.frameworks.values() for one in framework.site_types
        }

    def has_framework(self, group: str) -> bool:
        return all({group, "default"} & part.frameworks.keys() for part in self.rulebook.composition.parts)

    @property
    def groups(self) -> list[str]:
        return sorted({group for part in self.rulebook.composition.parts for group in part.frameworks})

    def index(self, group: str) -> dict[str, list[Target]]:
        """Targets by the key of an id or label, for the frameworks of a group."""
        parts = self.rulebook.composition.parts
        frameworks = tuple(self.rulebook.framework(part, group).id for part in parts)
        if frameworks not in self._indexes:
            self._indexes[frameworks] = _index(self._targets(group))
        return self._indexes[frameworks]

    def _targets(self, group: str) -> Iterator[Target]:
        for part in self.rulebook.composition.parts:
            framework = self.rulebook.framework(part, group)
            for node in framework.nodes:
                yield Target(part, framework, node)
                yield from (Target(part, framework, node, item) for item in node.items)

    def names(self) -> tuple[set[str], dict[str, frozenset[str]]]:
        """Names of what can be given a score, and of questions with their answers: of every group."""
        nodes: set[str] = set()
        questions: dict[str, frozenset[str]] = {}
        for group in {*self.groups, "default"}:
            if not self.has_framework(group):
                continue
            for name, targets in self.index(group).items():
                nodes |= {name for one in targets if one.rule == "given_score"}
                answers = frozenset(answer for one in targets for answer in one.answers)
                if answers:
                    questions[name] = questions.get(name, frozenset()) | answers
        return nodes, questions

    def find(self, query: Query, method: str, *, given: bool) -> Target | Miss:
        """The one target of a query, or why there is none. `given`: scores of nodes above the leaves too."""
        known = self._found.get((query, method, given))
        if known is None:
            known = self._found[query, method, given] = self._look_up(query, method, given=given)
        return known

    def _look_up(self, query: Query, method: str, *, given: bool) -> Target | Miss:
        index = self.index(query.group)
        found: list[Target] = next((index[key(name)] for name in query.names if key(name) in index), [])
        if query.component:
            found = [one for one in found if one.part.id == query.component]
        narrowed = _narrowed(found, query, method, given=given)
        if isinstance(narrowed, Miss):
            return narrowed
        return _single(narrowed, query.names[0])


def _index(targets: Iterator[Target]) -> dict[str, list[Target]]:
    found: dict[str, list[Target]] = {}
    for target in targets:
        named = target.item or target.node
        names = {named.id, named.zh, named.en}
        if target.node.parent is None and not target.item:
            names |= {target.part.id, target.part.zh, target.part.en}
        for name in sorted(names):
            found.setdefault(key(name), []).append(target)
    return found


def _narrowed(found: list[Target], query: Query, method: str, *, given: bool) -> list[Target] | Miss:
    """The targets that a row of this method, site type and form can mean."""
    named = query.names[0]
    if not found:
        return Miss(say.UNKNOWN_ITEM, {"value": named})
    fitting = [one for one in found if given or one.node.rule is not None]
    if not fitting:
        return Miss(say.NOT_A_LEAF, {"value": named})
    if given and not any(one.rule == "given_score" for one in fitting):
        return Miss(say.NOT_GIVEN, {"value": named, **rule_words(fitting[0].rule)})
    if given:
        fitting = [one for one in fitting if one.rule == "given_score"]
    here = [
        one
        for one in fitting
        if not one.site_types or not query.site_type or query.site_type in one.site_types
    ]
    if not here:
        allowed = "、".join(dict.fromkeys(name for one in fitting for name in _type_labels(one)))
        return Miss(say.WRONG_SITE_TYPE, {"value": named, "allowed": allowed})
    of_method = [one for one in here if one.framework.method_of(one.node) == method]
    return of_method or here


def _type_labels(target: Target) -> list[str]:
    labels = {one.id: one.zh for one in target.framework.site_types}
    return [labels.get(name, name) for name in target.site_types]


def _single(found: list[Target], named: str) -> Target | Miss:
    """The target when they are one: a leaf named like its only item is that item."""
    items = [one for one in found if one.item is not None]
    nodes = {id(one.node) for one in items}
    kept = items + [one for one in found if one.item is None and id(one.node) not in nodes]
    if len(kept) > 1:
        allowed = "、".join(f"{one.part.id}/{one.leaf}/{one.item_id}".rstrip("/") for one in kept)
        return Miss(say.AMBIGUOUS_ITEM, {"value": named, "allowed": allowed})
    only = kept[0]
    if only.item is None and len(only.node.items) == 1:
        return Target(only.part, only.framework, only.node, only.node.items[0])
    if only.item is None and len(only.node.items) > 1 and only.rule in PER_ITEM:
        allowed = "、".join(item.id for item in only.node.items)
        return Miss(say.NEEDS_ITEM, {"value": named, "allowed": allowed})
    return only
