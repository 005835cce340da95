"""Every kind of step as a change of the round or of its rules: `resolve` checks it, the change applies it.

A change is settled against the baseline and does not depend on the steps before it, so steps can be
applied in any order and left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.errors import Problem
from analysis.framework.model import (
    AnswerScale,
    BonusRule,
    Deduction,
    GivenScore,
    Graded,
    NegativeEntry,
    Node,
    PassShare,
)
from analysis.intake.round import Round
from analysis.scoring import Evaluation
from analysis.scoring.block import Block
from analysis.scoring.parts import node_full_marks
from analysis.simulation.fixes import findings_of, fixed
from analysis.simulation.frames import changed, copied, with_entry, with_table
from analysis.simulation.refusals import matches_nothing, refused, unknown
from analysis.simulation.scenario import Step
from analysis.simulation.select import find_losses, find_rows
from analysis.simulation.state import Resolved, State, blocks_of, nodes_below, part_of, unknown_units
from analysis.simulation.steps_rules import RULE_STEPS
from analysis.tables import OBSERVED

Keys = dict[str, Any]


def resolve(step: Step, evaluation: Evaluation) -> Resolved:
    """The change a step makes, or what is wrong with it."""
    return _STEPS[step.kind](evaluation, dict(step.keys))


def _fix(evaluation: Evaluation, keys: Keys) -> Resolved:
    mask, problems = find_losses(evaluation, keys)
    if problems:
        return Resolved(None, problems)
    findings, beyond = findings_of(evaluation.ledger[mask])
    findings = findings._replace(row_ids=_without_given(evaluation.round, evaluation, findings.row_ids))
    beyond = int(mask.sum()) - len(findings.row_ids) - len(findings.cells)
    if beyond == int(mask.sum()):
        return Resolved(None, [_not_fixable(beyond)])

    def change(state: State) -> State:
        return state._replace(round=fixed(state.round, state.rulebook, findings))

    return Resolved(change, [], int(mask.sum()) - beyond, beyond)


def _without_given(round_: Round, evaluation: Evaluation, row_ids: np.ndarray) -> np.ndarray:
    """Row ids without those that give a score: a given score is not a finding."""
    rows = round_.observations
    scored = [
        rows["row_id"].to_numpy()[b.block.given["position"].to_numpy()] for b in evaluation.scored.blocks
    ]
    for block in (scored.block for scored in evaluation.scored.blocks):
        given = np.array([isinstance(node.rule, GivenScore) for node in block.leaves])[block.leaf]
        scored.append(rows["row_id"].to_numpy()[block.rows[given]])
    return row_ids[~np.isin(row_ids, np.concatenate(scored))]


def _not_fixable(n: int) -> Problem:
    return refused(
        "nothing_to_fix",
        f"匹配到的 {n} 条失分都不是可以整改的问题（缺失、以均值代替或直接给出的得分）。",
        f"none of the {n} losses that match is a finding (missing, imputed or given scores).",
        "给定的得分请用 set_score 改写。",
        "Change given scores with set_score.",
        n,
    )


def _set(evaluation: Evaluation, keys: Keys) -> Resolved:
    columns: Keys = {name: keys.pop(name) for name in ("value", "answer") if name in keys}
    mask, problems = find_rows(evaluation, keys)
    problems = problems or _wrong_values(evaluation, mask, columns)
    if problems:
        return Resolved(None, problems)
    row_ids = evaluation.round.observations["row_id"].to_numpy()[mask]

    def change(state: State) -> State:
        rows = state.round.observations
        at = np.flatnonzero(rows["row_id"].isin(row_ids).to_numpy())
        status = rows["status"].to_numpy(copy=True)
        status[at] = OBSERVED
        return state._replace(
            round=with_table(state.round, "observations", changed(rows, at, columns).assign(status=status))
        )

    return Resolved(change, [], len(row_ids))


def _wrong_values(evaluation: Evaluation, mask: np.ndarray, columns: Keys) -> list[Problem]:
    """Values and answers that the rules of the leaves concerned do not know."""
    problems: list[Problem] = []
    at = np.flatnonzero(mask)
    for block in (scored.block for scored in evaluation.scored.blocks):
        for leaf in np.unique(block.leaf[np.isin(block.rows, at)]):
            problem = _wrong_value(block.leaves[leaf], columns)
            problems += [] if problem is None else [problem]
    return list(dict.fromkeys(problems))


def _wrong_value(node: Node, columns: Keys) -> Problem | None:
    rule = node.rule
    scale = rule.grades if isinstance(rule, Graded) else rule.scale if isinstance(rule, AnswerScale) else None
    if (scale is not None) != ("answer" in columns):
        name = "answer" if scale is not None else "value"
        zh, en = f"指标“{node.id}”要用 {name} 来设定。", f"node {node.id!r} is set by `{name}`."
        return refused("wrong_column", zh, en, value=node.id)
    if scale is not None:
        answer = columns["answer"]
        return (
            None
            if answer in scale
            else unknown(f"{node.id} 的等级或答案", f"grade of {node.id}", answer, scale)
        )
    low, high = _range(rule)
    value = columns["value"]
    if low <= value <= high:
        return None
    zh = f"{value:g} 超出指标“{node.id}”允许的范围 {low:g}–{high:g}。"
    en = f"{value:g} is outside {low:g} to {high:g}, the range of node {node.id!r}."
    return refused("out_of_range", zh, en, value=f"{value:g}")


def _range(rule: Any) -> tuple[float, float]:
    if isinstance(rule, PassShare) or getattr(rule, "of", "") == "pass_share":
        return 0.0, 1.0
    if isinstance(rule, GivenScore):
        return 0.0, rule.max_points
    return (0.0, float("inf")) if isinstance(rule, Deduction) else (-float("inf"), float("inf"))


def _set_score(evaluation: Evaluation, keys: Keys) -> Resolved:
    """A node's score in points: what was observed below it no longer counts."""
    part, problems = part_of(evaluation.rulebook, keys["component"])
    problems += unknown_units(evaluation, keys["unit"])
    if problems or part is None:
        return Resolved(None, problems)
    changes: list[tuple[Block, str, Node]] = []
    for unit in keys["unit"]:
        for block in blocks_of(evaluation, part.id, unit):
            found = _scored_node(block, keys["node"], keys["score"])
            if isinstance(found, list):
                problems += found
            else:
                changes.append((block, unit, found))
    if problems or not changes:
        return Resolved(None, list(dict.fromkeys(problems)) or [_no_data(keys)])

    def change(state: State) -> State:
        round_ = state.round
        for block, unit, node in changes:
            round_ = _with_score(round_, block, unit, node, keys["score"])
        return state._replace(round=round_)

    return Resolved(change, [], len(changes))


def _scored_node(block: Block, name: str, score: float) -> Node | list[Problem]:
    nodes = {**block.framework.by_id, block.part.id: block.framework.root}
    node = nodes.get(name)
    if node is None:
        return [unknown("节点", "node", name, nodes, "node")]
    if node.rule is not None and not isinstance(node.rule, GivenScore):
        return [_leaf_with_rows(node)]
    most = node.rule.max_points if node.rule else node_full_marks(block, node.id)
    if 0 <= score <= most:
        return node
    zh = f"{score:g} 超出节点“{name}”的满分 {most:g}。"
    en = f"{score:g} is not between 0 and the {most:g} points of node {name!r}."
    return [refused("impossible_score", zh, en, value=f"{score:g}")]


def _leaf_with_rows(node: Node) -> Problem:
    return refused(
        "leaf_with_rows",
        f"“{node.id}”按观测计分，不能直接给分。",
        f"{node.id!r} is scored from observations; its score cannot be given.",
        "请用 set 改变观测，或给其上级节点打分。",
        "Change its observations with `set`, or give a score to a node above it.",
        node.id,
    )


def _no_data(keys: Keys) -> Problem:
    return matches_nothing(
        "单位的组成部分", "unit with that component", f"{keys['unit']}, {keys['component']}"
    )


def _with_score(round_: Round, block: Block, unit: str, node: Node, score: float) -> Round:
    """The round where a node's score stands in place of all rows below it."""
    rows = round_.observations
    name = block.part.id if node.parent is None and node.rule is None else node.id
    below = nodes_below(block, node) | {name}
    mine = (rows["component"] == block.part.id) & (rows["unit"] == unit) & rows["leaf"].isin(below)
    places = rows.loc[mine, "place"].astype("str").unique() if block.part.sub_units else [""]
    like = int(np.flatnonzero(mine)[0]) if mine.any() else 0
    longer, new = copied(rows, np.full(len(places), like))
    blank = {
        name: ""
        for name in ("item", "site", "site_type", "flags", "period", "answer")
        if name in rows.columns
    }
    columns = {
        **blank,
        "unit": unit,
        "component": block.part.id,
        "leaf": name,
        "place": np.array(places, dtype=object),
    }
    longer = changed(longer, new, {**columns, "value": float(score)})
    longer["status"] = np.where(np.arange(len(longer)) >= len(rows), OBSERVED, longer["status"])
    gone = np.append(mine.to_numpy(), np.zeros(len(new), dtype=bool))
    return with_table(round_, "observations", longer[~gone].reset_index(drop=True))


def _drop_sites(evaluation: Evaluation, keys: Keys) -> Resolved:
    mask, problems = find_rows(evaluation, keys)
    rows = evaluation.round.observations
    mask &= (rows["site"] != "").to_numpy()
    if not mask.any() and not problems:
        problems = [matches_nothing("点位", "site", str(keys))]
    if problems:
        return Resolved(None, problems)
    row_ids = rows["row_id"].to_numpy()[mask]

    def change(state: State) -> State:
        left = state.round.observations
        left = left[~left["row_id"].isin(row_ids)].reset_index(drop=True)
        return state._replace(round=with_table(state.round, "observations", left))

    return Resolved(change, [], len(row_ids))


def _add_sites(evaluation: Evaluation, keys: Keys) -> Resolved:
    """New sites of a unit that were found as one of its sites was."""
    rows = evaluation.round.observations
    filters = {"unit": (keys["unit"],), "site": (keys["like"],)}
    mask, problems = find_rows(evaluation, filters)
    taken = set(rows.loc[rows["unit"] == keys["unit"], "site"].astype("str"))
    problems += [_taken(name) for name in keys["names"] if name in taken]
    if problems:
        return Resolved(None, problems)
    row_ids = rows["row_id"].to_numpy()[mask]

    def change(state: State) -> State:
        now = state.round.observations
        at = np.flatnonzero(now["row_id"].isin(row_ids).to_numpy())
        longer, new = copied(now, np.tile(at, len(keys["names"])))
        names = np.repeat(np.array(keys["names"], dtype=object), len(at))
        later = with_table(state.round, "observations", changed(longer, new, {"site": names}))
        return state._replace(round=_registered(later, keys))

    return Resolved(change, [], len(row_ids) * len(keys["names"]))


def _registered(round_: Round, keys: Keys) -> Round:
    sites = round_.table("sites")
    at = np.flatnonzero(((sites["unit"] == keys["unit"]) & (sites["site"] == keys["like"])).to_numpy())[:1]
    longer, new = copied(sites, np.repeat(at, len(keys["names"])))
    if not len(new):
        return round_
    return with_table(round_, "sites", changed(longer, new, {"site": np.array(keys["names"], dtype=object)}))


def _taken(name: str) -> Problem:
    return refused("site_exists", f"点位“{name}”已存在。", f"there is a site {name!r} already.", value=name)


def _negative_event(evaluation: Evaluation, keys: Keys) -> Resolved:
    rules = evaluation.rulebook.settings.negative_list
    return _event(evaluation, keys, "negative_events", ("负面清单项", "negative-list entry"), rules, {})


def _bonus(evaluation: Evaluation, keys: Keys) -> Resolved:
    rules = evaluation.rulebook.settings.bonus.rules
    return _event(evaluation, keys, "bonus_claims", ("加分项", "bonus rule"), rules, {"status": "approved"})


def _event(
    evaluation: Evaluation,
    keys: Keys,
    table: str,
    words: tuple[str, str],
    rules: tuple[BonusRule, ...] | tuple[NegativeEntry, ...],
    more: Keys,
) -> Resolved:
    """One entry more for every unit in the claims or events."""
    known = {rule.id: rule for rule in rules}
    rule = known.get(keys["rule"])
    problems = unknown_units(evaluation, keys["unit"])
    problems += [] if rule else [unknown(*words, keys["rule"], known, "rule")]
    vetoes = isinstance(rule, NegativeEntry) and rule.kind == "veto"
    if rule and "points" not in keys and rule.points is None and not vetoes:
        zh, en = f"“{rule.id}”没有规定分值，请写 points。", f"{rule.id!r} states no points; give `points`."
        problems.append(refused("no_points", zh, en, value=rule.id))
    if problems:
        return Resolved(None, problems)

    def change(state: State) -> State:
        round_ = state.round
        for unit in keys["unit"]:
            entry = {"unit": unit, "rule": keys["rule"], "points": keys.get("points", np.nan), **more}
            round_ = with_entry(round_, table, entry)
        return state._replace(round=round_)

    return Resolved(change, [], len(keys["unit"]))


_STEPS: dict[str, Callable[[Evaluation, Keys], Resolved]] = {
    "fix": _fix,
    "set": _set,
    "set_score": _set_score,
    "drop_sites": _drop_sites,
    "add_sites": _add_sites,
    "negative_event": _negative_event,
    "bonus": _bonus,
    **RULE_STEPS,
}
