"""What lost points can be grouped by: columns of the ledger, of its shares, and of the tree of nodes."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import Problem, UsageError
from analysis.framework.model import Framework, Node, Part
from analysis.framework.vocabulary import Vocabulary
from analysis.results.words import vocabulary_of

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation

LEDGER_DIMENSIONS = ("unit", "place", "component", "method", "leaf", "site_type", "site", "item")
SHARE_DIMENSIONS = ("responsible_unit", "role", "cause")
CAUSE_DIMENSIONS = ("cause_group", "subjective", "fix", "cause_lead")
"""What the vocabulary says of a cause: group, subjective or objective, on the spot or works, department."""

TREE_DIMENSIONS = ("group", "area", "hardware")
DEPTH = "depth_"
"""`depth_2` is the node two steps below the composite: the methods, when depth 1 are the components."""


def check_dimensions(by: list[str]) -> None:
    """Raise `UsageError` for every name that nothing can be grouped by."""
    known = (*LEDGER_DIMENSIONS, *SHARE_DIMENSIONS, *CAUSE_DIMENSIONS, *TREE_DIMENSIONS)
    unknown = [name for name in by if name not in known and not _is_depth(name)]
    if unknown or not by:
        raise UsageError([_unknown_dimension(name, known) for name in unknown or [""]])


def _is_depth(name: str) -> bool:
    return name.startswith(DEPTH) and name.removeprefix(DEPTH).isdigit()


def _unknown_dimension(name: str, known: tuple[str, ...]) -> Problem:
    near = get_close_matches(name, known, n=3) or [*known, f"{DEPTH}1"]
    return Problem(
        code="unknown_dimension",
        zh=f"不能按“{name}”归集失分。可用：{'、'.join(near)}。",
        en=f"lost points cannot be grouped by {name!r}. Known: {', '.join(near)}.",
        fix_zh="请改用其中之一。",
        fix_en="Use one of these.",
        column="by",
        value=name,
    )


def check_unit(evaluation: Evaluation, unit: str) -> None:
    """Raise `UsageError`, with the nearest names, for a unit that was not evaluated."""
    names = [str(name) for name in evaluation.scores["unit"]]
    if unit not in names:
        near = get_close_matches(unit, names, n=3, cutoff=0.3) or names
        raise UsageError(
            Problem(
                code="unknown_unit",
                zh=f"没有被测评单位“{unit}”。是否指：{'、'.join(near)}？",
                en=f"no unit {unit!r}. Did you mean: {', '.join(near)}?",
                fix_zh="请按测评表中的写法填写单位名称。",
                fix_en="Write the unit as in the workbook.",
                column="unit",
                value=unit,
            )
        )


def dimension(evaluation: Evaluation, rows: pd.DataFrame, name: str) -> pd.Categorical:
    """One label per row of `rows` (columns unit, component, leaf; item, cause) for a dimension.

    `area`: the area of the leaf; `hardware`: `hardware`, `software` or empty, as the check, its leaf or
    the cause says; `depth_N`: the node N steps below the composite (the leaf where the tree ends before).
    """
    if name in rows.columns and not _is_depth(name):
        return pd.Categorical(rows[name])
    group = _groups(evaluation, rows["unit"])
    if name == "group":
        return group
    keys = [pd.Categorical(rows["component"]), group, pd.Categorical(rows["leaf"])]
    if name == "hardware":
        keys += [pd.Categorical(rows["item"]), pd.Categorical(rows["cause"])]
    return _looked_up(evaluation, keys, name)


def _groups(evaluation: Evaluation, unit: pd.Series) -> pd.Categorical:
    group = dict(
        zip(evaluation.scores["unit"].astype(str), evaluation.scores["group"].astype(str), strict=True)
    )
    units = pd.Categorical(unit)
    return _relabelled([group.get(str(name), "") for name in units.categories], units.codes)


def _relabelled(labels: list[str], codes: np.ndarray) -> pd.Categorical:
    """A categorical from one label per code; labels may repeat."""
    position, names = pd.factorize(np.array(labels, dtype=object))
    placed = position.astype(np.int64)[codes] if len(position) else np.empty(0, dtype=np.int64)
    return pd.Categorical.from_codes(placed, dtype=pd.CategoricalDtype([str(name) for name in names]))


def _looked_up(evaluation: Evaluation, keys: list[pd.Categorical], name: str) -> pd.Categorical:
    """Look every distinct combination of keys up in the frameworks once."""
    shape = tuple(max(len(key.categories), 1) for key in keys)
    combined = np.ravel_multi_index(tuple(key.codes.astype(np.int64) for key in keys), shape)
    code, found = pd.factorize(combined)
    places = zip(*np.unravel_index(found, shape), strict=True)
    texts = [[str(key.categories[i]) for key, i in zip(keys, place, strict=True)] for place in places]
    return _relabelled([_of_leaf(evaluation, name, *text) for text in texts], code)


def _of_leaf(evaluation: Evaluation, name: str, component: str, group: str, leaf: str, *check: str) -> str:
    found = framework_of(evaluation, component, group)
    if found is None:
        return ""
    part, framework = found
    node = node_of(framework, part, leaf)
    if name == "area":
        return next((step.area for step in framework.above(node) if step.area), "")
    if name == "hardware":
        return _hardware(framework, node, *check)
    path = [part.id, *[step.id for step in framework.above(node) if step.parent is not None][::-1]]
    return "composite" if name == f"{DEPTH}0" else path[: int(name.removeprefix(DEPTH))][-1]


def cause_dimension(evaluation: Evaluation, causes: pd.Series, name: str) -> pd.Categorical:
    """One label per cause: id of its `cause_group` (the cause itself where no vocabulary has it), its
    `fix`, `subjective` or `objective`, its `cause_lead`; empty where a group's causes differ."""
    names = dict.fromkeys(framework.causes for framework in evaluation.rulebook.frameworks.values())
    known = [one for one in map(vocabulary_of, names) if one is not None]
    column = pd.Categorical(causes)
    return _relabelled([_of_cause(known, str(cause), name) for cause in column.categories], column.codes)


def _of_cause(known: list[Vocabulary], cause: str, name: str) -> str:
    vocabulary = next((one for one in known if one.own(cause)), None)
    if vocabulary is None:
        return cause if name == "cause_group" else ""
    own = vocabulary.own(cause)
    if name == "cause_group":
        return vocabulary.group_of[own].id
    if name == "cause_lead":
        return vocabulary.lead_of(own)
    group = vocabulary.group_of[own].causes
    marks = {getattr(one, name) for one in ((vocabulary.causes[own],) if own in vocabulary.causes else group)}
    mark = marks.pop() if len(marks) == 1 else ""
    if isinstance(mark, bool):
        return "subjective" if mark else "objective"
    return str(mark)


def framework_of(evaluation: Evaluation, component: str, group: str) -> tuple[Part, Framework] | None:
    """The part and the framework of a component for a group of units; None for the composite."""
    parts = evaluation.rulebook.composition.parts
    part = next((part for part in parts if part.id == component), None)
    return (part, evaluation.rulebook.framework(part, group)) if part else None


def node_of(framework: Framework, part: Part, name: str) -> Node:
    """The node of that id; the part's id means the root."""
    return framework.root if name == part.id else framework.by_id[name]


def _hardware(framework: Framework, node: Node, item: str, cause: str) -> str:
    """As the check says, else its node, else the cause of the loss."""
    marks = [check.hardware for check in node.items if check.id == item]
    marks += [step.hardware for step in framework.above(node)]
    known = vocabulary_of(framework.causes)
    own = (
        {known.causes[name].hardware for name in cause.split("|") if name in known.causes} if known else set()
    )
    marks += list(own) if len(own) == 1 else []
    mark = next((mark for mark in marks if mark is not None), None)
    return "" if mark is None else "hardware" if mark else "software"
