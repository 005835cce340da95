"""What a leaf must mean: its rule has its parameters, its items and site types fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from analysis.framework.document import Finding, Path_
from analysis.framework.messages import finding, number_text, parts_text
from analysis.framework.model import (
    AnswerScale,
    CountedEvidence,
    Deduction,
    Framework,
    GivenScore,
    Graded,
    Node,
    StartAdjust,
    Target,
    Threshold,
)

_TITLE = re.compile(r"[^\s;；,，、|/=:：\"'“”（）()][^;；,，、|/=:：\"'“”]*(?<!\s)")


def check_leaf(rules: Framework, node: Node) -> Iterator[Finding]:
    """What is wrong with a node's rule, items, site types and automatic pass."""
    at = ("nodes", node.id)
    yield from _auto_pass(node)
    if node.rule is None:
        yield from _not_for_inner_nodes(node)
        return
    for item in node.items:
        yield from _no_negatives((*at, "items", item.id), item, ("points", "max_points"))
    yield from _site_types(rules, node)
    checked = _CHECKS.get(type(node.rule))
    if checked is not None:
        yield from checked(node, node.rule, (*at, "rule"))


def _auto_pass(node: Node) -> Iterator[Finding]:
    given: list[tuple[Path_, str]] = [(("nodes", node.id), node.auto_pass)]
    given += [(("nodes", node.id, "items", item.id), item.auto_pass) for item in node.items]
    for path, title in given:
        if title and not _TITLE.fullmatch(title):
            yield finding((*path, "auto_pass"), "auto_pass_form", title)


def _not_for_inner_nodes(node: Node) -> Iterator[Finding]:
    given = {"items": node.items, "site_type_weights": node.site_type_weights, "site_types": node.site_types}
    for key in (key for key, value in given.items() if value):
        yield finding(("nodes", node.id, key), "for_leaves_only", node.id, key=key)
    if node.average != "sites":
        yield finding(("nodes", node.id, "average"), "for_leaves_only", node.id, key="average")


def _site_types(rules: Framework, node: Node) -> Iterator[Finding]:
    at, weights = ("nodes", node.id), node.site_type_weights
    known = [kind.id for kind in rules.site_types]
    for kind in node.site_types:
        if kind not in known:
            yield finding((*at, "site_types"), "unknown_site_type", kind, known)
    if node.average == "site_types" and not weights and not node.site_types:
        yield finding((*at, "average"), "average_without_site_types", node.id)
    if not weights:
        return
    path = (*at, "site_type_weights")
    if node.average != "site_types":
        yield finding(path, "site_type_weights_unused", node.id)
    yield from _unknown_weights(path, weights, known, node.site_types)
    if abs(sum(weights.values()) - 1) > 1e-9:
        said = {"total": number_text(sum(weights.values())), "parts": parts_text(weights)}
        yield finding(path, "site_type_weights_do_not_add_up", node.id, **said)


def _unknown_weights(
    path: Path_, weights: Mapping[str, float], known: list[str], listed: tuple[str, ...]
) -> Iterator[Finding]:
    for kind, weight in weights.items():
        if kind not in known:
            yield finding((*path, kind), "unknown_site_type", kind, known)
        if weight < 0:
            yield finding((*path, kind), "negative_number", number_text(weight), key=kind)
    for kind in sorted(set(listed) ^ set(weights)) if listed else []:
        yield finding(path, "site_types_differ", kind)


def _no_negatives(path: Path_, block: Any, keys: tuple[str, ...]) -> Iterator[Finding]:
    for key in keys:
        value = getattr(block, key)
        if value is not None and value < 0:
            yield finding((*path, key), "negative_number", number_text(value), key=key)


def _positive(path: Path_, key: str, value: float) -> Iterator[Finding]:
    if value <= 0:
        yield finding((*path, key), "not_positive", number_text(value), key=key)


def _within(path: Path_, key: str, value: float) -> Iterator[Finding]:
    if not 0 <= value <= 1:
        yield finding((*path, key), "outside_0_1", number_text(value), key=key)


def _coefficients(path: Path_, rule: str, key: str, values: Mapping[str, float]) -> Iterator[Finding]:
    if not values:
        yield finding((*path, key), "empty_parameter", key, rule=rule)
    for name, value in values.items():
        yield from _within((*path, key), name, value)


def _multipliers(path: Path_, values: Mapping[str, float]) -> Iterator[Finding]:
    for name, value in values.items():
        if value < 0:
            yield finding((*path, "multipliers", name), "negative_number", number_text(value), key=name)


def _floor(path: Path_, floor: float, full: float) -> Iterator[Finding]:
    if floor < 0:
        yield finding((*path, "floor"), "negative_number", number_text(floor), key="floor")
    if floor >= full > 0:
        yield finding((*path, "floor"), "floor_above_full", number_text(floor), wanted=number_text(full))


def _graded(_node: Node, rule: Graded, path: Path_) -> Iterator[Finding]:
    yield from _coefficients(path, "graded", "grades", rule.grades)


def _deduction(node: Node, rule: Deduction, path: Path_) -> Iterator[Finding]:
    yield from _multipliers(path, rule.multipliers)
    if rule.cap_scope == "item":
        yield from _deduction_by_item(node, rule, path)
    elif rule.max_points is None:
        why = {"why_zh": f"（cap_scope 为 {rule.cap_scope}）", "why_en": f" (cap_scope is {rule.cap_scope})"}
        yield finding(path, "missing_parameter", "max_points", rule="deduction", **why)
    else:
        yield from _positive(path, "max_points", rule.max_points)
        yield from _floor(path, rule.floor, rule.max_points)


def _deduction_by_item(node: Node, rule: Deduction, path: Path_) -> Iterator[Finding]:
    why = {"why_zh": "（cap_scope 为 item）", "why_en": " (cap_scope is item)", "rule": "deduction"}
    if rule.max_points is not None:
        said = {"key": "max_points", **why}
        yield finding((*path, "max_points"), "needless_parameter", number_text(rule.max_points), **said)
    if not node.items:
        yield finding(path[:2], "missing_parameter", "items", **why)
    for item in node.items:
        at = (*path[:2], "items", item.id)
        if item.max_points is None:
            yield finding(at, "missing_parameter", f"max_points ({item.id})", **why)
        else:
            yield from _positive(at, "max_points", item.max_points)
            yield from _floor(path, rule.floor, item.max_points)


def _start_adjust(_node: Node, rule: StartAdjust, path: Path_) -> Iterator[Finding]:
    yield from _positive(path, "max_points", rule.max_points)
    yield from _floor(path, rule.floor, rule.max_points)
    yield from _multipliers(path, rule.multipliers)
    if not rule.floor <= rule.start <= rule.max_points:
        low, high = number_text(rule.floor), number_text(rule.max_points)
        yield finding((*path, "start"), "start_outside", number_text(rule.start), low=low, high=high)


def _counted_evidence(_node: Node, rule: CountedEvidence, path: Path_) -> Iterator[Finding]:
    if not rule.periods:
        yield finding((*path, "periods"), "empty_parameter", "periods", rule="counted_evidence")
    for period in sorted({one for one in rule.periods if rule.periods.count(one) > 1}):
        yield finding((*path, "periods"), "listed_twice", period, key="periods")
    yield from _positive(path, "count", rule.count)
    yield from _no_negatives(path, rule, ("pictures", "participants"))
    yield from _within(path, "partial", rule.partial)


def _threshold(_node: Node, rule: Threshold, path: Path_) -> Iterator[Finding]:
    limits = {"at_least": rule.at_least, "at_most": rule.at_most}
    given = {key: value for key, value in limits.items() if value is not None}
    if len(given) != 1:
        yield finding(path, "one_limit", parts_text(given) or "-")
    yield from _within(path, "otherwise", rule.otherwise)
    for key, value in given.items() if rule.of == "pass_share" else ():
        yield from _within(path, key, value)
    if rule.or_rising:
        yield from _rising(rule, path)


def _rising(rule: Threshold, path: Path_) -> Iterator[Finding]:
    yield from _positive(path, "rising_years", rule.rising_years)
    refused = {
        "at_most": ("（逐年提升只与 at_least 合用）", " (rising goes with at_least only)"),
        "pass_share": ("（逐年提升须用各年数值）", " (rising needs the values of earlier years)"),
    }
    given = [key for key, is_given in _refused(rule).items() if is_given]
    for key in given:
        why = {"why_zh": refused[key][0], "why_en": refused[key][1]}
        said = {"key": "or_rising", "rule": "threshold", **why}
        yield finding((*path, "or_rising"), "needless_parameter", key, **said)


def _refused(rule: Threshold) -> dict[str, bool]:
    return {"at_most": rule.at_most is not None, "pass_share": rule.of == "pass_share"}


def _target(_node: Node, rule: Target, path: Path_) -> Iterator[Finding]:
    yield from _positive(path, "target", rule.target)
    yield from _no_negatives(path, rule, ("floor",))
    if rule.floor > rule.target > 0:
        said = {"wanted": number_text(rule.target)}
        yield finding((*path, "floor"), "floor_above_target", number_text(rule.floor), **said)
    if rule.of == "pass_share" and rule.target > 1:
        yield from _within(path, "target", rule.target)


def _answer_scale(_node: Node, rule: AnswerScale, path: Path_) -> Iterator[Finding]:
    yield from _coefficients(path, "answer_scale", "scale", rule.scale)
    for answer in rule.unclear:
        if answer in rule.scale:
            yield finding((*path, "unclear"), "unclear_in_scale", answer)


def _given_score(_node: Node, rule: GivenScore, path: Path_) -> Iterator[Finding]:
    yield from _positive(path, "max_points", rule.max_points)


_CHECKS: dict[type, Callable[[Node, Any, Path_], Iterator[Finding]]] = {
    Graded: _graded,
    Deduction: _deduction,
    StartAdjust: _start_adjust,
    CountedEvidence: _counted_evidence,
    Threshold: _threshold,
    Target: _target,
    AnswerScale: _answer_scale,
    GivenScore: _given_score,
}
