"""Every number of a rule file with its source and status.

A number is written plain (it inherits `source` and `status` from its entry, from the nodes above, then from
the top of the file) or as `{value: 98, source: C, status: required}`. A fraction may be written `1/25`.
"""

from __future__ import annotations

import math
import re
import types
from collections import Counter
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple, Union, get_args, get_origin

from analysis.errors import Problem
from analysis.framework import model
from analysis.framework.document import Document, Finding, Path_, entry_name
from analysis.framework.messages import finding

_FRACTION = re.compile(r"\s*\d+(\.\d+)?\s*/\s*\d+(\.\d+)?\s*")
_DECIMAL = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_WRAPPED = {"value", "source", "status"}
_STATUSES = get_args(model.Status)
_STAND_IN = 1.0  # for a value that is no number, so that the other checks can go on


class Number(NamedTuple):
    """A number with its provenance, while files are laid over one another."""

    value: float
    source: str
    status: str


class Origin(NamedTuple):
    """The source and status that hold at some place of a file; empty when nobody named them."""

    source: str = ""
    status: str = ""

    def within(self, block: Any) -> Origin:
        """What holds inside a block: its own, else this."""
        if not isinstance(block, dict):
            return self
        return Origin(str(block.get("source") or self.source), str(block.get("status") or self.status))


def _members(annotation: Any) -> tuple[Any, ...]:
    union = get_origin(annotation) in (Union, types.UnionType)
    return get_args(annotation) if union else (annotation,)


def _fields(test: Any) -> frozenset[str]:
    models = [m for m in vars(model).values() if isinstance(m, type) and issubclass(m, model.Model)]
    return frozenset(
        name
        for kind in models
        if kind is not model.Provenance
        for name, field in kind.model_fields.items()
        if any(test(member) for member in _members(field.annotation))
    )


@cache
def number_fields() -> frozenset[str]:
    """Names of the fields that hold a number."""
    return _fields(lambda kind: kind in (int, float))


@cache
def number_maps() -> frozenset[str]:
    """Names of the fields that map names to numbers."""
    return _fields(lambda kind: get_origin(kind) is dict and get_args(kind)[1] is float)


@cache
def map_fields() -> frozenset[str]:
    """Names of the fields that map names to anything."""
    return _fields(lambda kind: get_origin(kind) is dict)


def stamp(document: Document) -> tuple[dict[str, Any], list[Finding]]:
    """The document with every number as a `Number`, and what is wrong with its numbers."""
    walk = _Stamp(document.raw)
    return walk.block(document.raw, (), Origin()), walk.findings


class Inheritance:
    """Who hands down source and status to whom in a file with nodes."""

    def __init__(self, raw: dict[str, Any]) -> None:
        nodes = raw.get("nodes")
        self.nodes = {
            str(node["id"]): node
            for node in (nodes if isinstance(nodes, list) else [])
            if isinstance(node, dict) and node.get("id") is not None
        }

    def above(self, node: dict[str, Any], origin: Origin) -> Origin:
        """What the nodes above hand down to a node, the nearest first, else the top of the file."""
        source = status = ""
        seen: set[str] = set()
        parent = str(node.get("parent"))
        while parent in self.nodes and parent not in seen:
            seen.add(parent)
            own = Origin().within(self.nodes[parent])
            source, status = source or own.source, status or own.status
            parent = str(self.nodes[parent].get("parent"))
        return Origin(source or origin.source, status or origin.status)


class _Stamp(Inheritance):
    """Puts a `Number` in place of every number."""

    def __init__(self, raw: dict[str, Any]) -> None:
        super().__init__(raw)
        self.findings: list[Finding] = []

    def block(self, block: dict[str, Any], path: Path_, above: Origin) -> dict[str, Any]:
        origin = above.within(block)
        return {key: self.value(value, (*path, key), origin) for key, value in block.items()}

    def value(self, value: Any, path: Path_, origin: Origin) -> Any:
        key = path[-1]
        if key in number_fields():
            return self.number(value, path, origin)
        if isinstance(value, dict) and key in number_maps():
            return {name: self.number(part, (*path, name), origin) for name, part in value.items()}
        if isinstance(value, dict):
            return self.block(value, path, origin)
        if isinstance(value, list):
            return [self.entry(part, (*path, entry_name(part, i)), origin) for i, part in enumerate(value)]
        return value

    def entry(self, entry: Any, path: Path_, origin: Origin) -> Any:
        if not isinstance(entry, dict):
            return entry
        return self.block(entry, path, self.above(entry, origin) if path[0] == "nodes" else origin)

    def number(self, value: Any, path: Path_, origin: Origin) -> Any:
        wrapped = isinstance(value, dict) and set(value) <= _WRAPPED and "value" in value
        plain = value["value"] if wrapped else value
        if plain is None and not wrapped:
            return None
        number = _as_number(plain)
        if number is None:
            self.findings.append(_not_a_number(path, plain))
            return Number(_STAND_IN, "", "")
        origin = origin.within(value) if wrapped else origin
        if wrapped and origin.status and origin.status not in _STATUSES:
            self.findings.append(finding((*path, "status"), "unknown_status", origin.status, _STATUSES))
        lacking = [name for name, given in zip(("source", "status"), origin, strict=True) if not given]
        if lacking:
            self.findings.append(_without_source(path, plain, lacking))
        return Number(number, origin.source, origin.status)


def _as_number(value: Any) -> float | None:
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        over, under = (Fraction(part.strip()) for part in value.split("/"))
        return float(over / under) if under else None
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def settle(raw: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The stamped values as plain ones, and the provenance of each number, by path."""
    numbers: dict[str, Number] = {}
    plain = _plain(raw, (), numbers)
    return plain, [{"where": where, **number._asdict()} for where, number in sorted(numbers.items())]


def _plain(value: Any, path: Path_, numbers: dict[str, Number]) -> Any:
    if isinstance(value, Number):
        numbers[".".join(path)] = value
        return value.value
    if isinstance(value, dict):
        return {key: _plain(part, (*path, key), numbers) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, (*path, entry_name(part, i)), numbers) for i, part in enumerate(value)]
    return value


def unknown_sources(raw: dict[str, Any]) -> list[Finding]:
    """Sources that are named but not described in `sources`, each once, where it is first named."""
    named: dict[str, Path_] = {}
    _named_sources(raw, (), named)
    known = list(raw["sources"]) if isinstance(raw.get("sources"), dict) else []
    return [
        finding((*path, "source"), "unknown_source", source, known)
        for source, path in named.items()
        if source not in known
    ]


def _named_sources(value: Any, path: Path_, named: dict[str, Path_]) -> None:
    if isinstance(value, Number) and value.source:
        named.setdefault(value.source, path)
    elif isinstance(value, dict):
        if path[-1:] != ("sources",) and isinstance(value.get("source"), str) and value["source"]:
            named.setdefault(value["source"], path)
        for key, part in value.items():
            _named_sources(part, (*path, key), named)
    elif isinstance(value, list):
        for i, part in enumerate(value):
            _named_sources(part, (*path, entry_name(part, i)), named)


def duplicate_ids(value: Any, path: Path_ = ()) -> list[Finding]:
    """Ids that occur twice in one list, at any depth."""
    if isinstance(value, dict):
        return [one for key, part in value.items() for one in duplicate_ids(part, (*path, key))]
    if not isinstance(value, list):
        return []
    names = [entry_name(part, i) for i, part in enumerate(value)]
    twice = [name for name, times in Counter(names).items() if times > 1]
    found = [finding((*path, name, "id"), "duplicate_id", name) for name in twice]
    for name, part in zip(names, value, strict=True):
        found += duplicate_ids(part, (*path, name))
    return found


def _not_a_number(path: Path_, value: Any) -> Finding:
    problem = Problem(
        code="not_a_number",
        zh=f"“{value}”不是数。",
        en=f"{value!r} is not a number.",
        fix_zh="请写成 0.4、1/25 或 {value: 0.4, source: 来源, status: 状态}，不要带单位或百分号。",
        fix_en="Write 0.4, 1/25 or {value: 0.4, source: KEY, status: STATUS}, without unit or percent sign.",
        value=str(value),
    )
    return Finding(path, problem)


def _without_source(path: Path_, value: Any, lacking: list[str]) -> Finding:
    words = {"source": "来源（source）", "status": "状态（status）"}
    problem = Problem(
        code="number_without_source",
        zh=f"数 {value} 没有{'和'.join(words[name] for name in lacking)}。",
        en=f"number without source: {value} has no {' and no '.join(lacking)}.",
        fix_zh="请写在该数、所在条目、上级节点或文件开头；status 取 required、local、old 或 illustrative。",
        fix_en="Name it at the number, its entry, a node above or the top of the file; "
        "status is required, local, old or illustrative.",
        value=str(value),
    )
    return Finding(path, problem)
