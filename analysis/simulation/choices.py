"""The choices an analyst can dispute, as alternatives of rule steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.errors import UsageError
from analysis.framework import library
from analysis.framework.model import AnswerScale, Framework, Rulebook
from analysis.scoring import Evaluation
from analysis.simulation.refusals import refused
from analysis.simulation.scenario import read_scenario
from analysis.simulation.state import Change, State
from analysis.simulation.steps import resolve
from analysis.simulation.steps_rules import UNCLEAR

Steps = list[dict[str, Any]]
Choices = Mapping[str, Mapping[str, Steps]]

AS_WRITTEN = "as_written"
"""The alternative that changes nothing."""

RULE_KINDS = ("composition", "framework", "weights", "missing", "average", "answers", "ties")


def usual_choices(evaluation: Evaluation) -> dict[str, dict[str, Steps]]:
    """Method shares, composition, missing data, averaging, answer base and ties, each as written and in the
    alternatives that fit the round. No number is invented: shares become equal, compositions are the
    shipped ones that can read the rows."""
    rulebook = evaluation.rulebook
    others: dict[str, dict[str, Steps]] = {
        "shares": {"equal": _equal_methods(rulebook)},
        "composition": _compositions(evaluation),
        "missing": _kinds("missing", "zero", "redistribute"),
        "average": _kinds("average", "pooled", "site_types"),
        "answers": _kinds("answers", *_other_bases(rulebook)),
        "ties": _kinds("ties", "dense" if rulebook.settings.ties.method == "min" else "min"),
    }
    return {name: {AS_WRITTEN: [], **alternatives} for name, alternatives in others.items() if alternatives}


def _kinds(kind: str, *rules: str) -> dict[str, Steps]:
    return {rule: [{kind: {"rule": rule}}] for rule in rules}


def _other_bases(rulebook: Rulebook) -> list[str]:
    """Answer bases under which some answer scale would count otherwise."""
    leaves = (node.rule for rules in rulebook.frameworks.values() for node in rules.leaves)
    used = {rule.unclear_in_base for rule in leaves if isinstance(rule, AnswerScale)}
    return [name for name, inside in UNCLEAR.items() if (not inside) in used]


def _equal_methods(rulebook: Rulebook) -> Steps:
    return [
        {"weights": {"component": part.id, "weights": shares}}
        for part in rulebook.composition.parts
        if (shares := _equal(rulebook.framework(part, "default")))
    ]


def _equal(rules: Framework) -> dict[str, float]:
    below = rules.children[rules.root.id]
    return {node.id: 1.0 / len(below) for node in below} if len(below) > 1 else {}


def _compositions(evaluation: Evaluation) -> dict[str, Steps]:
    """Shipped compositions of components that the round has (some may be left out) that read its rows."""
    found: dict[str, Steps] = {}
    mine = evaluation.rulebook.composition
    held = set(evaluation.round.observations["component"].astype("str").unique())
    for name in library.shipped():
        parts = [part.id for part in library.load(name).composition.parts]
        if name == mine.id or len(parts) < 2 or not held.issuperset(parts):
            continue
        scenario = read_scenario({"steps": [{"composition": name}]})
        if not resolve(scenario.steps[0], evaluation).problems:
            found[name] = [{"composition": name}]
    return found


def changes_of(evaluation: Evaluation, choices: Choices) -> dict[str, dict[str, Change]]:
    """Every alternative as a change of the rules. Raises UsageError with every problem."""
    problems = []
    changes: dict[str, dict[str, Change]] = {}
    for name, alternatives in choices.items():
        changes[name] = {}
        for alternative, steps in alternatives.items():
            made = []
            for step in read_scenario({"steps": steps}).steps if steps else ():
                found = resolve(step, evaluation)
                problems += found.problems
                if step.kind not in RULE_KINDS:
                    zh, en = f"“{step.kind}”不是规则选择。", f"{step.kind!r} is not a choice of rules."
                    problems.append(refused("not_a_rule", zh, en, value=step.kind))
                made += [found.change] if found.change else []
            changes[name][alternative] = _all_of(made)
    if problems:
        raise UsageError(problems)
    return changes


def _all_of(changes: list[Change]) -> Change:
    def change(state: State) -> State:
        for one in changes:
            state = one(state)
        return state

    return change
