"""Steps that change the rules: composition, edition, weights, missing data, averages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args

from analysis.errors import FrameworkError, Problem
from analysis.framework import library
from analysis.framework.check import check_composition, check_framework
from analysis.framework.document import Finding
from analysis.framework.model import AnswerScale, Average, Framework, MissingRule, Node, Rulebook, Ties
from analysis.scoring import Evaluation
from analysis.simulation.frames import with_table
from analysis.simulation.refusals import refused, unknown
from analysis.simulation.state import Resolved, State, part_of

Keys = dict[str, Any]
Rewrite = Callable[[Node], Node]


def composition(evaluation: Evaluation, keys: Keys) -> Resolved:
    """Another composition, by id or file; rows of components it does not have are left out."""
    try:
        rulebook = library.load(keys["rules"], evaluation.round.folder)
    except FrameworkError as error:
        return Resolved(None, error.problems)
    parts = [part.id for part in rulebook.composition.parts]
    left_out = ~evaluation.round.observations["component"].isin(parts).to_numpy()
    problems = unread_rows(evaluation, rulebook, skip=bool((~left_out).any()))
    if problems:
        return Resolved(None, problems)

    def change(state: State) -> State:
        rows = state.round.observations
        kept = rows[rows["component"].isin(parts)].reset_index(drop=True)
        return State(with_table(state.round, "observations", kept), rulebook)

    return Resolved(change, [], int(left_out.sum()))


def framework(evaluation: Evaluation, keys: Keys) -> Resolved:
    """Another edition of a component's framework, for one group of units or all."""
    part, problems = part_of(evaluation.rulebook, keys["component"])
    try:
        edition = library.framework(keys["rules"], evaluation.round.folder)
    except FrameworkError as error:
        return Resolved(None, problems + error.problems)
    if part is not None and keys.get("group", "default") not in {*part.frameworks, *_groups(evaluation)}:
        problems.append(unknown("分组", "group", keys["group"], _groups(evaluation), "group"))
    if problems:
        return Resolved(None, problems)

    def change(state: State) -> State:
        return state._replace(rulebook=with_edition(state.rulebook, keys, edition))

    problems = unread_rows(evaluation, with_edition(evaluation.rulebook, keys, edition))
    return Resolved(None if problems else change, problems)


def _groups(evaluation: Evaluation) -> set[str]:
    return set(evaluation.round.units["group"].astype(str))


def with_edition(rulebook: Rulebook, keys: Keys, edition: Framework) -> Rulebook:
    """The rulebook with an edition for a component, in one group or (no `group`) for all units."""
    parts = []
    for part in rulebook.composition.parts:
        named = {keys["group"]: edition.id} if "group" in keys else dict.fromkeys(part.frameworks, edition.id)
        mine = part.id == keys["component"]
        parts.append(part.model_copy(update={"frameworks": {**part.frameworks, **named}}) if mine else part)
    composed = rulebook.composition.model_copy(update={"parts": tuple(parts)})
    return Rulebook(composition=composed, frameworks={**rulebook.frameworks, edition.id: edition})


def unread_rows(evaluation: Evaluation, rulebook: Rulebook, skip: bool = False) -> list[Problem]:
    """Leaves of the round that other rules do not know, one problem per component and group.

    `skip`: whole components that they do not have are no problem.
    """
    round_ = evaluation.round
    groups = dict(zip(round_.units["unit"].astype(str), round_.units["group"].astype(str), strict=True))
    rows = round_.observations[["component", "unit", "leaf"]].drop_duplicates().astype("str")
    parts = {part.id: part for part in rulebook.composition.parts}
    found: dict[tuple[str, str], set[str]] = {}
    for component, unit, leaf in rows.itertuples(index=False):
        part = parts.get(component)
        if part is None and skip:
            continue
        known = rulebook.framework(part, groups[unit]).by_id if part else {}
        if leaf not in known and leaf != component:
            found.setdefault((component, groups[unit]), set()).add(leaf)
    return [_unread(component, group, leaves) for (component, group), leaves in found.items()]


def _unread(component: str, group: str, leaves: set[str]) -> Problem:
    shown = sorted(leaves)[:8]
    more = " …" if len(leaves) > len(shown) else ""
    return refused(
        "unread_leaves",
        f"新规则不认识“{component}”（分组 {group}）已有数据的指标：{'、'.join(shown)}{more}。",
        f"the other rules do not know leaves of {component!r} (group {group}): {', '.join(shown)}{more}.",
        "请选用指标编号一致的体系，或用 extends 写一个小的修改文件。",
        "Use rules with the same ids, or a small file that `extends` the ones in use.",
        component,
    )


def weights(evaluation: Evaluation, keys: Keys) -> Resolved:
    """Other shares of the components, or of sibling nodes of one component; siblings add up to 1."""
    component, shares = keys.get("component"), keys["weights"]
    if component is None:
        problems = _wrong_parts(evaluation.rulebook, shares)
        return Resolved(None if problems else lambda state: with_part_weights(state, shares), problems)
    part, problems = part_of(evaluation.rulebook, component)
    if part is not None:
        problems += _wrong_nodes(evaluation.rulebook, component, shares)
    if problems:
        return Resolved(None, problems)

    def reweighted(node: Node) -> Node:
        return node.model_copy(update={"weight": shares[node.id]}) if node.id in shares else node

    return Resolved(lambda state: rewritten(state, component, reweighted), [])


def with_part_weights(state: State, shares: dict[str, float]) -> State:
    """The state with other weights of components."""
    composed = state.rulebook.composition
    parts = tuple(
        part.model_copy(update={"weight": shares.get(part.id, part.weight)}) for part in composed.parts
    )
    composed = composed.model_copy(update={"parts": parts})
    return state._replace(rulebook=state.rulebook.model_copy(update={"composition": composed}))


def _wrong_parts(rulebook: Rulebook, shares: dict[str, float]) -> list[Problem]:
    known = [part.id for part in rulebook.composition.parts]
    wrong = [unknown("组成部分", "component", name, known, "weights") for name in shares if name not in known]
    if wrong:
        return wrong
    later = with_part_weights(State(None, rulebook), shares).rulebook.composition  # type: ignore[arg-type]
    return _meant(check_composition(later))


def _wrong_nodes(rulebook: Rulebook, component: str, shares: dict[str, float]) -> list[Problem]:
    """Unknown nodes, and whatever the framework's own checks say about the new weights."""
    problems: list[Problem] = []
    for used in _used(rulebook, component):
        nodes = rulebook.frameworks[used].by_id
        unheard = [name for name in shares if name not in nodes]
        problems += [unknown("节点", "node", name, nodes, "weights") for name in unheard]
        if not unheard:
            changed = [
                node.model_copy(update={"weight": shares[node.id]}) if node.id in shares else node
                for node in rulebook.frameworks[used].nodes
            ]
            problems += _meant(check_framework(_with_nodes(rulebook.frameworks[used], changed)))
    return list(dict.fromkeys(problems))


def _meant(findings: Sequence[Finding]) -> list[Problem]:
    return [finding.problem for finding in findings]


def missing(evaluation: Evaluation, keys: Keys) -> Resolved:
    """Another rule for missing data, for a component's leaves (all or some), or for everything."""
    return _ruled(evaluation, keys, "missing", get_args(MissingRule))


def average(evaluation: Evaluation, keys: Keys) -> Resolved:
    """Another way of averaging sites, for a component's leaves that have sites (all or some)."""
    return _ruled(evaluation, keys, "average", get_args(Average))


def _ruled(evaluation: Evaluation, keys: Keys, field: str, allowed: Sequence[str]) -> Resolved:
    rulebook = evaluation.rulebook
    components = [keys["component"]] if "component" in keys else _components(rulebook)
    problems = [problem for name in components for problem in part_of(rulebook, name)[1]]
    if keys["rule"] not in allowed:
        problems.append(unknown("规则", "rule", keys["rule"], allowed, "rule"))
    known = {node.id for name in components for node in _leaves(rulebook, name)} if not problems else set()
    problems += [
        unknown("指标", "leaf", leaf, known, "leaf")
        for leaf in keys.get("leaf", ())
        if known and leaf not in known
    ]
    if problems:
        return Resolved(None, problems)

    def ruled(node: Node) -> Node:
        wanted = node.id in keys["leaf"] if "leaf" in keys else field == "missing" or node.site_types
        return node.model_copy(update={field: keys["rule"]}) if wanted and node.rule else node

    return Resolved(lambda state: _rewritten_all(state, components, ruled), [])


def _leaves(rulebook: Rulebook, component: str) -> Iterable[Node]:
    return (node for used in _used(rulebook, component) for node in rulebook.frameworks[used].leaves)


def _used(rulebook: Rulebook, component: str) -> list[str]:
    """Ids of the frameworks of a component."""
    part = next(part for part in rulebook.composition.parts if part.id == component)
    return list(dict.fromkeys(part.frameworks.values()))


def rewritten(state: State, component: str, rewrite: Rewrite) -> State:
    """The state with every node of a component's frameworks rewritten; a component may be gone."""
    rulebook = state.rulebook
    if component not in [part.id for part in rulebook.composition.parts]:
        return state
    frameworks = dict(rulebook.frameworks)
    for used in _used(rulebook, component):
        frameworks[used] = _with_nodes(frameworks[used], [rewrite(node) for node in frameworks[used].nodes])
    return state._replace(rulebook=Rulebook(composition=rulebook.composition, frameworks=frameworks))


def _with_nodes(rules: Framework, nodes: Sequence[Node]) -> Framework:
    """A framework with other nodes (what it remembers about its nodes is not carried over)."""
    fields = {name: getattr(rules, name) for name in Framework.model_fields}
    return Framework.model_construct(**{**fields, "nodes": tuple(nodes)})


UNCLEAR = {"unclear_in_base": True, "unclear_out": False}
"""Whether unclear answers stay in the base of a questionnaire."""


def answers(evaluation: Evaluation, keys: Keys) -> Resolved:
    """Another base for answer scales: unclear answers (不清楚) count nothing, or leave the base."""
    found = _ruled(evaluation, keys, "answers", tuple(UNCLEAR))
    if found.problems:
        return found

    def based(node: Node) -> Node:
        if not isinstance(node.rule, AnswerScale) or node.id not in keys.get("leaf", (node.id,)):
            return node
        rule = node.rule.model_copy(update={"unclear_in_base": UNCLEAR[keys["rule"]]})
        return node.model_copy(update={"rule": rule})

    components = [keys["component"]] if "component" in keys else _components(evaluation.rulebook)
    return Resolved(lambda state: _rewritten_all(state, components, based), [])


def ties(evaluation: Evaluation, keys: Keys) -> Resolved:
    """Another rule for ties, and whether printed or unrounded scores tie."""
    problems = []
    for key, field in (("rule", "method"), ("on", "on")):
        allowed = get_args(Ties.model_fields[field].annotation)
        if key in keys and keys[key] not in allowed:
            problems.append(unknown("并列规则", "rule for ties", keys[key], allowed, key))
    if problems:
        return Resolved(None, problems)
    update = {"method": keys["rule"], **({"on": keys["on"]} if "on" in keys else {})}

    def change(state: State) -> State:
        composed = state.rulebook.composition
        settings = composed.settings
        settings = settings.model_copy(update={"ties": settings.ties.model_copy(update=update)})
        composed = composed.model_copy(update={"settings": settings})
        return state._replace(rulebook=state.rulebook.model_copy(update={"composition": composed}))

    return Resolved(change, [])


def _components(rulebook: Rulebook) -> list[str]:
    return [part.id for part in rulebook.composition.parts]


def _rewritten_all(state: State, components: Iterable[str], rewrite: Rewrite) -> State:
    for name in components:
        state = rewritten(state, name, rewrite)
    return state


RULE_STEPS: dict[str, Callable[[Evaluation, Keys], Resolved]] = {
    "composition": composition,
    "framework": framework,
    "weights": weights,
    "missing": missing,
    "average": average,
    "answers": answers,
    "ties": ties,
}
