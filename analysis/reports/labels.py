"""Ids as words: labels of nodes, items, site types, causes, methods and adjustments in one language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

from analysis import tables
from analysis.errors import FrameworkError, Lang
from analysis.framework import library
from analysis.framework.model import Framework, Rulebook
from analysis.framework.vocabulary import Vocabulary

_COLUMN_KINDS = {
    "leaf": "node",
    "node": "node",
    "parent": "node",
    "depth_1": "node",
    "depth_2": "node",
    "item": "item",
    "site_type": "site_type",
    "cause": "cause",
    "method": "method",
    "role": "role",
    "component": "component",
    "area": "area",
    "rule": "adjustment",
    "hardware": "hardware",
    "subjective": "subjective",
    "fix": "fix",
    "basis": "basis",
    "cause_group": "cause",
    "award": "adjustment",
    "kind": "adjustment_kind",
    "veto": "adjustment",
    "group": "group",
}

_HOME_COLUMNS = {"node": "component", "item": "leaf"}
_IN = "\x1f"


@cache
def words() -> dict[str, Any]:
    """The wording of reports: key to `zh` and `en` (`words.yml`)."""
    text = files("analysis.reports").joinpath("words.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def word(key: str, lang: Lang, **values: Any) -> str:
    """One wording with its values filled in."""
    text: str = words()[key][lang]
    return text.format(**values) if values else text


class Labels:
    """Looks ids up in a rulebook (None: no ids are known); an id without label stands for itself."""

    def __init__(self, rulebook: Rulebook | None, lang: Lang, several_groups: bool = False) -> None:
        self.lang = lang
        self._found: dict[str, dict[str, str]] = {kind: {} for kind in set(_COLUMN_KINDS.values())}
        self._cause_groups: dict[str, str] = {}
        if rulebook is not None:
            for framework in rulebook.frameworks.values():
                self._add_framework(framework)
            self._add_composition(rulebook)
        for kind in (
            "method",
            "role",
            "hardware",
            "subjective",
            "fix",
            "basis",
            "adjustment_kind",
            "group",
            "cause",
        ):
            self._found[kind] |= {key: text[lang] for key, text in words()["labels"][kind].items()}
        if several_groups:
            self._found["group"]["default"] = word("default_group", lang)

    def _add_framework(self, framework: Framework) -> None:
        self._add("node", framework.nodes)
        self._add("site_type", framework.site_types)
        self._add("area", framework.areas)
        for node in framework.nodes:
            self._add("item", node.items, within=node.id)
            self._add("item", node.items)
        self._add_causes(framework)
        self._add_settings(framework.settings)

    def _add_causes(self, framework: Framework) -> None:
        """Causes and their groups; what a workbook calls by its label belongs to a group as well."""
        vocabulary = _vocabulary(framework)
        if vocabulary is None:
            return
        self._add("cause", vocabulary.causes.values())
        self._add("cause", vocabulary.groups)
        for entry in (*vocabulary.groups, *vocabulary.causes.values()):
            group = vocabulary.group_of[entry.id].label[self.lang]
            for name in (entry.id, entry.zh, entry.en):
                self._cause_groups.setdefault(name, group)

    def cause_group(self, cause: object) -> str:
        """The group a cause belongs to, in words; the cause itself when no vocabulary has it."""
        return self._cause_groups.get(str(cause)) or self("cause", cause)

    def _add_composition(self, rulebook: Rulebook) -> None:
        composition = rulebook.composition
        self._add("component", composition.parts)
        self._add("node", composition.parts)
        for part in composition.parts:
            for name in part.frameworks.values():
                self._add("node", rulebook.frameworks[name].nodes, within=part.id)
        self._add_settings(composition.settings)
        self._found["node"]["composite"] = tables.TABLES["ranking"].labels(self.lang)["composite"]

    def _add_settings(self, settings: Any) -> None:
        for name in ("negative_list", "prerequisites", "bands", "escalation", "awards"):
            self._add("adjustment", getattr(settings, name))
        self._add("adjustment", settings.bonus.rules)

    def _add(self, kind: str, named: Any, within: str = "") -> None:
        for entry in named:
            self._found[kind].setdefault(
                f"{within}{_IN}{entry.id}" if within else entry.id, entry.label[self.lang]
            )

    def __call__(self, kind: str, key: object, within: object = "") -> str:
        """The label of one id of a kind (`node`, `item`, `cause`, ...).

        `within`: the component of a node or the leaf of an item, since their ids are unique only there.
        """
        found = self._found[kind]
        return str(found.get(f"{within}{_IN}{key}", found.get(str(key), key)))

    def column(self, name: str) -> str:
        """The header of a column; `component.method` columns of the scores are named after their nodes."""
        if name in words()["columns"]:
            return str(words()["columns"][name][self.lang])
        if name in _contract_labels(self.lang):
            return _contract_labels(self.lang)[name]
        component, _, node = name.partition(".")
        if component not in self._found["component"]:
            return name
        label = self("component", component)
        return f"{label}·{self('node', node, component)}" if node else label

    def named(self, column: str, ids: Iterable[object]) -> list[str]:
        """The labels of ids of a column, such as the entries of `cause`."""
        kind = _COLUMN_KINDS.get(column)
        return [self(kind, key) if kind else str(key) for key in ids]

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        """`frame` with ids and headers as words; headers stay distinct."""
        shown: dict[str, pd.Series] = {}
        for name in frame.columns:
            header = self.column(str(name))
            shown[f"{header} ({name})" if header in shown else header] = self._values(str(name), frame)
        return pd.DataFrame(shown, index=frame.index)

    def worded(self, frame: pd.DataFrame) -> pd.DataFrame:
        """`frame` with ids as words under the headers it has."""
        return pd.DataFrame({name: self._values(str(name), frame) for name in frame.columns}, frame.index)

    def _values(self, name: str, frame: pd.DataFrame) -> pd.Series:
        column, kind = frame[name], _COLUMN_KINDS.get(name)
        if column.dtype.kind in "iufbM":
            return column
        texts = column.astype("str")
        if name in ("bands", "cause"):
            return texts.map(lambda text: self._joined(kind or "adjustment", text))
        if kind is None:
            return texts
        home = _HOME_COLUMNS.get(kind, "")
        if home not in frame.columns:
            return texts.map(lambda key: self(kind, key))
        homes = frame[home].astype("str")
        return pd.Series(
            [self(kind, *pair) for pair in zip(texts, homes, strict=True)], frame.index, dtype="str"
        )

    def _joined(self, kind: str, text: str) -> str:
        """Several ids in one cell, in words."""
        sep = "、" if self.lang == "zh" else ", "
        return sep.join(self(kind, name) for name in text.split("|"))


@cache
def _contract_labels(lang: Lang) -> dict[str, str]:
    return {
        column.name: getattr(column, lang) for table in tables.TABLES.values() for column in table.columns
    }


def _vocabulary(framework: Framework) -> Vocabulary | None:
    """The vocabulary of a framework; None when it is a file whose folder is not known here."""
    if not framework.causes:
        return None
    try:
        return library.vocabulary(framework.causes)
    except FrameworkError:
        return None
