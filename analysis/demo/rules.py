"""The framework as the generator needs it: one table with a row per leaf and item."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pandas as pd

from analysis.framework import library
from analysis.framework.model import Framework, Item, Node, Part, Rulebook

_COLUMNS = (
    "component", "group", "sub_units", "leaf", "item", "code", "label", "standard", "rule", "method",
    "area", "site_type", "points", "cause", "cause_group", "cause_label", "hardware", "gaps", "node",
)  # fmt: skip

MEASURED = ("threshold", "target")
"""Rules that compare a measured value, or a share of things counted at sites, with a line."""


def requirements(rulebook: Rulebook, groups: list[str]) -> pd.DataFrame:
    """One row per component, group of units, leaf, item and site type ("" when it is not tied to sites).

    `code` is the item's id, or the leaf's when it has no items; `gaps`: whether a value may be missing;
    `node` is the leaf itself.
    """
    rows = [
        row
        for part in rulebook.composition.parts
        for group in groups
        for row in _leaf_rows(part, group, rulebook.framework(part, group))
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def groups_of_causes(rulebook: Rulebook) -> dict[str, str]:
    """Group id to its Chinese label, over the vocabularies of all frameworks."""
    names = dict.fromkeys(framework.causes for framework in rulebook.frameworks.values())
    return {group.id: group.zh for name in names if name for group in library.vocabulary(name).groups}


def _leaf_rows(part: Part, group: str, framework: Framework) -> Iterator[tuple[Any, ...]]:
    for leaf in framework.leaves:
        for item in leaf.items or (None,):
            for site_type in leaf.site_types or ("",):
                yield _row(part, group, framework, leaf, item, site_type)


def _row(
    part: Part, group: str, framework: Framework, leaf: Node, item: Item | None, site_type: str
) -> tuple[Any, ...]:
    named = item or leaf
    assert leaf.rule is not None
    area = next((step.area for step in framework.above(leaf) if step.area), "")
    hardware = leaf.hardware if item is None or item.hardware is None else item.hardware
    cause = (item.cause if item else "") or next(
        (step.cause for step in framework.above(leaf) if step.cause), ""
    )
    return (
        part.id, group, part.sub_units, leaf.id, item.id if item else "", named.id, named.zh,
        item.standard if item else "", leaf.rule.name, framework.method_of(leaf), area, site_type,
        item.points if item else 1.0, cause, *_group_and_label(framework.causes, cause), bool(hardware),
        framework.missing_of(leaf) != "error", leaf,
    )  # fmt: skip


@cache
def _group_and_label(vocabulary: str, cause: str) -> tuple[str, str]:
    """Group id of a cause and its Chinese label; a cause that no vocabulary knows belongs to `other`."""
    known = library.vocabulary(vocabulary) if vocabulary else None
    if known is None or not known.known(cause):
        return "other", ""
    group = known.group_of[cause]
    return group.id, known.causes[cause].zh if cause in known.causes else group.zh


def site_type_labels(rulebook: Rulebook) -> dict[str, str]:
    """Site type id to its Chinese label, over all frameworks."""
    return {kind.id: kind.zh for framework in rulebook.frameworks.values() for kind in framework.site_types}
