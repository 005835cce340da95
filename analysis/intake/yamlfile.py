"""YAML files beside a round: read safely, with what is wrong in them in words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

_LARGEST = 1_000_000
"""Bytes of a file; thousands of corrections take less."""
_QUOTED = 60
_GREATEST = 10**18
_MOST = 200_000
"""Values of a file with all its references written out."""


class YamlError(ValueError):
    """A file that cannot be used: why, in both languages, and the word in question."""

    def __init__(self, zh: str, en: str, value: str = "") -> None:
        super().__init__(en)
        self.zh, self.en, self.value = zh, en, value


class _Loader(yaml.SafeLoader):
    """Refuses keys that stand twice in one block, and what is no value of its kind, with the line."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            found = super().construct_object(node, deep)
            if isinstance(found, int) and abs(found) > _GREATEST:
                raise OverflowError
            return found
        except (ValueError, OverflowError) as error:
            if isinstance(error, YamlError):
                raise
            line, value = node.start_mark.line + 1, str(node.value)[:_QUOTED]
            zh, en = f"第 {line} 行的“{value}”不是日期或数字", f"line {line}: {value!r} is no date or number"
            raise YamlError(zh, en, value) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found = super().construct_mapping(node, deep)
        if len(found) < len(node.value):
            name = str(Counter(name.value for name, _ in node.value).most_common(1)[0][0])[:_QUOTED]
            raise YamlError(
                f"“{name}”写了两次，请合在一处", f"{name!r} stands twice: put both together", name
            )
        return found


def load(path: Path) -> Any:
    """What a YAML file holds (None: nothing). Raises YamlError."""
    data = path.read_bytes()
    if len(data) > _LARGEST:
        raise YamlError("文件过大（超过 1 MB）", "the file is larger than 1 MB")
    try:
        loader = _Loader(data.decode("utf-8-sig"))
        node = loader.get_single_node()
        if node is None:
            return None
        _size(node, {})
        return loader.construct_document(node)
    except UnicodeDecodeError as error:
        raise YamlError("不是 UTF-8 编码，请另存为 UTF-8", "it is not UTF-8: save it as UTF-8") from error
    except RecursionError as error:
        raise YamlError("嵌套层数过多", "it is nested too deeply") from error
    except yaml.YAMLError as error:
        detail = " ".join(str(getattr(error, "problem", None) or error).split())[:200]
        mark = getattr(error, "problem_mark", None)
        zh, en = (f"第 {mark.line + 1} 行", f"line {mark.line + 1}: ") if mark else ("", "")
        raise YamlError(f"{zh}不是 YAML：{detail}", f"{en}not YAML: {detail}") from error


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Values under a node with all references (*) written out; a few lines of them can mean gigabytes.

    Raises YamlError where they are too many, or where something refers to itself.
    """
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = _MOST + 1  # what is still open refers to itself
        inside = [part for one in node.value for part in (one if isinstance(one, tuple) else (one,))]
        known[id(node)] = 1 + sum(_size(one, known) for one in inside)
    if known[id(node)] > _MOST:
        line = node.start_mark.line + 1
        raise YamlError(
            f"第 {line} 行的引用（*）展开后过大", f"line {line}: its references (*) mean too much"
        )
    return known[id(node)]
