"""What a framework, a composition and a vocabulary must mean; shapes and types are checked before.

Each check yields what it finds and stops at nothing, so that all problems are listed at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from analysis.framework.check_leaf import check_leaf
from analysis.framework.check_settings import check_settings, check_ties
from analysis.framework.document import Finding, Path_
from analysis.framework.messages import finding, number_text, parts_text
from analysis.framework.model import Composition, Framework, Node
from analysis.framework.vocabulary import Vocabulary

TOLERANCE = 1e-9
"""How far a sum of weights may be from 1."""

Children = dict[str, list[Node]]


def check_framework(rules: Framework) -> list[Finding]:
    """Everything that is wrong with the meaning of a framework, its causes excepted."""
    children: Children = defaultdict(list)
    for node in rules.nodes:
        children[node.parent or ""].append(node)
    roots = [node.id for node in children[""]]
    found = [*_tree(rules, roots), *_weights(rules, children)]
    for node in rules.nodes:
        found += [*_node(rules, node, children), *check_leaf(rules, node)]
    return [*found, *check_settings(rules.settings, roots), *check_ties(rules.settings, _columns(rules))]


def check_composition(rules: Composition) -> list[Finding]:
    """Everything that is wrong with a composition by itself (without the frameworks it names)."""
    weights = {part.id: part.weight for part in rules.parts}
    found = [] if rules.parts else [finding(("parts",), "no_entries", "parts")]
    if rules.parts and rules.rule == "weighted" and abs(sum(weights.values()) - 1) > TOLERANCE:
        total = number_text(sum(weights.values()))
        found.append(finding(("parts",), "part_weights_do_not_add_up", total, parts=parts_text(weights)))
    for part in rules.parts:
        at = ("parts", part.id)
        if part.weight < 0:
            found.append(finding((*at, "weight"), "negative_number", number_text(part.weight), key="weight"))
        if "default" not in part.frameworks:
            found.append(finding((*at, "frameworks"), "part_without_default", part.id))
    return [*found, *check_settings(rules.settings, list(weights))]


def check_rulebook(rules: Composition, frameworks: dict[str, Framework]) -> list[Finding]:
    """What a composition gets wrong about the frameworks it names: the columns that break ties."""
    columns = ["base", "bonus", "penalty"]
    for part in rules.parts:
        columns.append(part.id)
        for name in part.frameworks.values():
            columns += [f"{part.id}.{node.id}" for node in frameworks[name].nodes if node.method]
    return check_ties(rules.settings, columns)


def check_same_ids(found: dict[tuple[str, str], Framework]) -> list[Finding]:
    """Different frameworks of one composition that carry the same id; keys are part and group."""
    first: dict[str, str] = {}
    return [
        finding(("parts", part, "frameworks", group), "duplicate_id", one.id)
        for (part, group), one in found.items()
        if first.setdefault(one.id, one.digest) != one.digest
    ]


def check_vocabulary(rules: Vocabulary) -> list[Finding]:
    """Ids of causes and groups that are used twice, empty keywords, causes covered twice or from nowhere."""
    ids: list[tuple[Path_, str]] = [(("groups", group.id), group.id) for group in rules.groups]
    for group in rules.groups:
        ids += [(("groups", group.id, "causes", cause.id), cause.id) for cause in group.causes]
    times = Counter(name for _, name in ids)
    seen: set[str] = set()
    found = []
    for path, name in ids:
        if times[name] > 1 and name in seen:
            found.append(finding(path, "duplicate_id", name))
        seen.add(name)
    return [*found, *_words(rules), *_covers(rules)]


def _words(rules: Vocabulary) -> Iterator[Finding]:
    for group in rules.groups:
        for cause in group.causes:
            for key in ("keywords", "exclude"):
                if any(not word.strip() for word in getattr(cause, key)):
                    path = ("groups", group.id, "causes", cause.id, key)
                    yield finding(path, "empty_word", cause.id, key=key)


def _covers(rules: Vocabulary) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for group in rules.groups:
        for cause in group.causes:
            path = ("groups", group.id, "causes", cause.id, "covers")
            if cause.covers and not rules.covers:
                yield finding(path, "covers_nothing", cause.id)
            for name in cause.covers:
                if taken.setdefault(name, cause.id) != cause.id:
                    yield finding(path, "covered_twice", name, other=taken[name])


def check_covered(rules: Vocabulary, other: Vocabulary) -> list[Finding]:
    """Causes and groups that a vocabulary takes in although the other one does not have them."""
    named = [
        (("groups", group.id, "causes", cause.id, "covers"), name)
        for group in rules.groups
        for cause in group.causes
        for name in cause.covers
    ]
    known = list(other.group_of)
    return [
        finding(path, "unknown_cause", name, known, vocabulary=other.id)
        for path, name in named
        if name not in other.group_of
    ]


def check_causes(rules: Framework, vocabulary: Vocabulary | None) -> list[Finding]:
    """Causes of nodes and items that the framework's vocabulary does not have."""
    named: list[tuple[Path_, str]] = []
    for node in rules.nodes:
        named += [(("nodes", node.id, "cause"), node.cause)] if node.cause else []
        named += [(("nodes", node.id, "items", i.id, "cause"), i.cause) for i in node.items if i.cause]
    if vocabulary is None:
        return [finding(path, "cause_without_vocabulary", cause) for path, cause in named]
    known = list(vocabulary.group_of)
    return [
        finding(path, "unknown_cause", cause, known, vocabulary=vocabulary.id)
        for path, cause in named
        if not vocabulary.own(cause)
    ]


def _columns(rules: Framework) -> list[str]:
    """The columns of the scores of a framework that stands alone."""
    roots = [node.id for node in rules.nodes if node.parent is None]
    methods = [node.id for node in rules.nodes if node.method]
    return ["base", "bonus", "penalty", *roots, *(f"{root}.{node}" for root in roots for node in methods)]


def _tree(rules: Framework, roots: list[str]) -> Iterator[Finding]:
    ids = [node.id for node in rules.nodes]
    if not roots:
        yield finding(("nodes",), "no_root", "")
    if len(roots) > 1:
        yield finding(("nodes", roots[1], "parent"), "several_roots", ", ".join(roots))
    for node in rules.nodes:
        if node.parent is not None and node.parent not in rules.by_id:
            yield finding(("nodes", node.id, "parent"), "unknown_parent", node.parent, ids)
    yield from _loops(rules)


def _loops(rules: Framework) -> Iterator[Finding]:
    reported: set[str] = set()
    for node in rules.nodes:
        chain = [step.id for step in above(rules, node)]
        last = rules.by_id[chain[-1]].parent
        loop = chain[chain.index(last) :] if last in chain else []
        if loop and not reported & set(loop):
            reported |= set(loop)
            yield finding(("nodes", loop[0], "parent"), "loop", " > ".join([*loop, loop[0]]))


def above(rules: Framework, node: Node) -> Iterator[Node]:
    """The node and those above it; ends at an unknown parent and before a loop closes."""
    seen: set[str] = set()
    current: Node | None = node
    while current is not None and current.id not in seen:
        seen.add(current.id)
        yield current
        current = rules.by_id.get(current.parent) if current.parent else None


def _weights(rules: Framework, children: Children) -> Iterator[Finding]:
    for node in rules.nodes:
        group = children[node.id]
        weighted = {child.id: child.weight for child in group if child.weight is not None}
        pointed = {child.id: child.max_points for child in group if child.max_points is not None}
        if len(weighted) == len(group) and not pointed:
            yield from _weight_sum(node, weighted)
        elif len(pointed) == len(group) and not weighted:
            yield from _point_sum(rules, node, pointed)
        else:
            both = {child.id for child in group} - (set(weighted) ^ set(pointed))
            parts = [f"{child.id} {'?' if child.id in both else ''}{_written(child)}" for child in group]
            yield finding(("nodes", node.id), "mixed_weights", node.id, parts=", ".join(parts))


def _written(node: Node) -> str:
    names = [name for name in ("weight", "max_points") if getattr(node, name) is not None]
    return "+".join(names) or "-"


def _weight_sum(node: Node, weights: dict[str, float]) -> Iterator[Finding]:
    total = sum(weights.values())
    if weights and abs(total - 1) > TOLERANCE:
        said = {"total": number_text(total), "parts": parts_text(weights)}
        yield finding(("nodes", node.id), "weights_do_not_add_up", node.id, **said)


def _point_sum(rules: Framework, node: Node, points: dict[str, float]) -> Iterator[Finding]:
    """A parent with a weight only says nothing about its points; its children's are relative then."""
    wanted = rules.settings.full_marks if node.parent is None else node.max_points
    total = sum(points.values())
    if wanted is not None and abs(total - wanted) > TOLERANCE * max(1.0, wanted):
        said = {"total": number_text(total), "wanted": number_text(wanted), "parts": parts_text(points)}
        yield finding(("nodes", node.id), "points_do_not_add_up", node.id, **said)
    elif total <= 0:
        yield finding(("nodes", node.id), "not_positive", number_text(total), key="max_points")


def _node(rules: Framework, node: Node, children: Children) -> Iterator[Finding]:
    at = ("nodes", node.id)
    for key in ("weight", "max_points"):
        value = getattr(node, key)
        if value is not None and value < 0:
            yield finding((*at, key), "negative_number", number_text(value), key=key)
    if node.parent is None:
        yield from _root(rules, node)
    if node.rule is None and not children[node.id]:
        yield finding(at, "neither_rule_nor_children", node.id)
    if node.rule is not None and children[node.id]:
        yield finding((*at, "rule"), "rule_and_children", node.id)
    if node.rule is not None and not any(step.method for step in above(rules, node)):
        yield finding(at, "leaf_without_method", node.id)
    if node.area and node.area not in {area.id for area in rules.areas}:
        yield finding((*at, "area"), "unknown_area", node.area, [area.id for area in rules.areas])
    yield from _duties(node)


def _root(rules: Framework, node: Node) -> Iterator[Finding]:
    full = rules.settings.full_marks
    if node.weight is not None:
        yield finding(("nodes", node.id, "weight"), "root_weight", number_text(node.weight))
    if node.max_points is not None and abs(node.max_points - full) > TOLERANCE * full:
        said = {"wanted": number_text(full)}
        path = ("nodes", node.id, "max_points")
        yield finding(path, "full_marks_differ", number_text(node.max_points), **said)


def _duties(node: Node) -> Iterator[Finding]:
    duties, at = node.duties, ("nodes", node.id, "duties")
    if duties is None or not duties.split:
        return
    split = {str(role): share for role, share in duties.split.items()}
    if duties.joint:
        yield finding(at, "split_and_joint", parts_text(split))
    for role, share in split.items():
        if not 0 <= share <= 1:
            yield finding((*at, "split", role), "outside_0_1", number_text(share), key=role)
    if abs(sum(split.values()) - 1) > TOLERANCE:
        total = number_text(sum(split.values()))
        yield finding((*at, "split"), "split_does_not_add_up", total, parts=parts_text(split))
