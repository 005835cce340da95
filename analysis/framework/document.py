"""A rule file as plain values plus the place of every value, so that problems can say where they stand.

A path is a tuple of keys; an entry of a list is named by its `id` when it has one, else by its position:
`("nodes", "F-03", "rule", "floor")`. Scalars stay text until a field wants a number, so an id `1.10`, a
month `01`, an answer `no` and a date are what is written, not what YAML makes of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from analysis.errors import FrameworkError, Problem

Path_ = tuple[str, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING = ("", "~", "null")
_MOST_VALUES = 500_000
_DEEPEST = 40


class Place(NamedTuple):
    """Where a value stands; `row` is a line of a text file or a row of a sheet, from 1."""

    sheet: str = ""
    row: int | None = None
    column: str = ""


class Finding(NamedTuple):
    """A problem and the path of the value it is about."""

    path: Path_
    problem: Problem


@dataclass(frozen=True)
class Document:
    """One file that was read: its plain values and the place of every path."""

    file: Path
    raw: Any
    places: Mapping[Path_, Place]

    @property
    def name(self) -> str:
        return str(self.file)


def locate(findings: list[Finding], layers: list[Document]) -> list[Problem]:
    """The problems with file, sheet, row and column filled in; the last layer that has the path wins."""
    return [_located(finding, layers) for finding in findings]


def _located(finding: Finding, layers: list[Document]) -> Problem:
    for length in range(len(finding.path), -1, -1):
        for layer in reversed(layers):
            place = layer.places.get(finding.path[:length])
            if place is not None:
                column = place.column or path_text(finding.path)
                return replace(
                    finding.problem, file=layer.name, sheet=place.sheet, row=place.row, column=column
                )
    return replace(finding.problem, file=layers[-1].name, column=path_text(finding.path))


def path_text(path: Path_) -> str:
    """`nodes F-03, rule.floor` for a path."""
    if len(path) < 2 or not path[0]:
        return path[0] if path else ""
    entry = f"{path[0]}[{path[1]}]" if path[1].isdigit() else f"{path[0]} {path[1]}"
    if path[0] in ("settings", "title", "sources"):
        return ".".join(path)
    return f"{entry}, {'.'.join(path[2:])}" if path[2:] else entry


def entry_name(entry: Any, index: int) -> str:
    """How a path names an entry of a list."""
    return str(entry["id"]) if isinstance(entry, dict) and entry.get("id") is not None else str(index)


def read_yaml(path: Path) -> Document:
    """The document in a YAML file. Raises FrameworkError: unreadable, not YAML, a key that is given twice."""
    try:
        stat = path.stat()
    except OSError as error:
        raise FrameworkError(_unreadable(path, error)) from error
    return _read_yaml(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _read_yaml(path: Path, _changed: int, _size: int) -> Document:
    try:
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), _LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise FrameworkError(_unreadable(path, error)) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise FrameworkError(_not_yaml(path, error)) from error
    reader = _Reader()
    document = Document(path, reader.value(node, (), 0), reader.places)
    if reader.findings:
        raise FrameworkError(locate(reader.findings, [document]))
    return document


class _Reader:
    """Turns composed YAML nodes into plain values and notes the line of each."""

    def __init__(self) -> None:
        self.places: dict[Path_, Place] = {}
        self.findings: list[Finding] = []
        self.count = 0

    def value(self, node: yaml.Node | None, path: Path_, depth: int) -> Any:
        if node is None:
            return None
        self.places[path] = Place(row=node.start_mark.line + 1)
        self.count += 1
        if self.count > _MOST_VALUES or depth > _DEEPEST:
            self._too_large(path)
            return None
        if not node.tag.startswith("tag:yaml.org,2002:") or ":python/" in node.tag:
            self.findings.append(_unknown_tag(path, node.tag))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, name), depth + 1) for name, child in _named(node)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path_, depth: int) -> dict[str, Any]:
        pairs = list(_pairs(node))
        for key, times in Counter(key for key, _ in pairs).items():
            if times > 1:
                line = max(child.start_mark.line for name, child in pairs if name == key) + 1
                self.places[(*path, key)] = Place(row=line)
                self.findings.append(_duplicate_key((*path, key), key))
        values = {key: self.value(child, (*path, key), depth + 1) for key, child in pairs}
        return _merged(values) if "<<" in values else values

    def _too_large(self, path: Path_) -> None:
        if not any(finding.problem.code == "file_too_large" for finding in self.findings):
            self.findings.append(_too_large(path))


def _scalar(node: Any) -> str | None:
    text: str = node.value
    return None if not node.style and text.lower() in _NOTHING else text


def _merged(values: dict[str, Any]) -> dict[str, Any]:
    """The block with what `<<` brings in; its own keys win."""
    brought = values["<<"] if isinstance(values["<<"], list) else [values["<<"]]
    own = {key: value for key, value in values.items() if key != "<<"}
    if not all(isinstance(block, dict) for block in brought):
        return values
    return {key: value for block in [*reversed(brought), own] for key, value in block.items()}


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    return ((str(key.value), value) for key, value in node.value)


def _named(node: yaml.SequenceNode) -> Iterator[tuple[str, yaml.Node]]:
    for index, child in enumerate(node.value):
        pairs = _pairs(child) if isinstance(child, yaml.MappingNode) else iter(())
        ids = [value.value for key, value in pairs if key == "id" and isinstance(value, yaml.ScalarNode)]
        yield (ids[0] if ids else str(index)), child


def _unreadable(path: Path, error: Exception) -> Problem:
    text = isinstance(error, UnicodeDecodeError)
    return Problem(
        code="unreadable_file",
        file=str(path),
        zh="不是 UTF-8 编码的文本。" if text else f"无法读取文件：{error.__class__.__name__}。",
        en="is not UTF-8 text." if text else f"cannot be read: {error.__class__.__name__}.",
        fix_zh="请用记事本另存为 UTF-8。" if text else "请检查文件是否存在、是否有读取权限。",
        fix_en="Save it as UTF-8." if text else "Check that it exists and that you may read it.",
        value=str(path),
    )


def _not_yaml(path: Path, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or error.__class__.__name__
    return Problem(
        code="not_yaml",
        file=str(path),
        row=mark.line + 1 if mark else None,
        zh=f"不是有效的 YAML（{said}）。",
        en=f"is not valid YAML ({said}).",
        fix_zh="请检查该行及上一行的缩进、冒号后的空格和引号。",
        fix_en="Check the indentation, the space after each colon and the quotes, here and one line above.",
        value=str(said),
    )


def _duplicate_key(path: Path_, key: str) -> Finding:
    problem = Problem(
        code="duplicate_key",
        zh=f"键“{key}”写了两次。",
        en=f"the key {key!r} is given twice.",
        fix_zh="只保留一个。",
        fix_en="Keep one of them.",
        value=key,
    )
    return Finding(path, problem)


def _unknown_tag(path: Path_, tag: str) -> Finding:
    problem = Problem(
        code="unknown_tag",
        zh=f"不接受标签“{tag}”。",
        en=f"the tag {tag!r} is not accepted.",
        fix_zh="请写成普通的数或文本。",
        fix_en="Write a plain number or text.",
        value=tag,
    )
    return Finding(path, problem)


def _too_large(path: Path_) -> Finding:
    problem = Problem(
        code="file_too_large",
        zh=f"内容过多或嵌套过深（上限 {_MOST_VALUES} 个值、{_DEEPEST} 层）。",
        en=f"too many values or nested too deeply (at most {_MOST_VALUES} values, {_DEEPEST} levels).",
        fix_zh="请检查是否有锚点（& 和 *）引用了自身。",
        fix_en="Check for anchors (& and *) that refer to themselves.",
    )
    return Finding(path, problem)
