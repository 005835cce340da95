"""A small file laid over a base: blocks merge by key, lists merge by id, anything else is replaced.

Numbers carry their provenance already, so a number of the base keeps its source and a new one has its own.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from analysis.errors import Problem
from analysis.framework.document import Finding, Path_, entry_name
from analysis.framework.provenance import map_fields

Block = dict[str, Any]


def lay_over(base: Block, over: Block) -> tuple[Block, list[Finding]]:
    """The base with the entries of `over`, and what cannot be applied (ids that the base does not have)."""
    findings: list[Finding] = []
    changes = {key: value for key, value in over.items() if key != "extends"}
    return _block(base, changes, (), findings), findings


def _block(base: Block, over: Block, path: Path_, findings: list[Finding]) -> Block:
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _value(base.get(key), value, (*path, key), findings)
    return merged


def _value(base: Any, over: Any, path: Path_, findings: list[Finding]) -> Any:
    if isinstance(over, list) and _has_ids(over):
        return _entries(base if isinstance(base, list) else [], over, path, findings)
    if isinstance(base, dict) and isinstance(over, dict) and not _replaced(base, over, path[-1]):
        return _block(base, over, path, findings)
    return over


def _has_ids(entries: list[Any]) -> bool:
    return bool(entries) and all(isinstance(entry, dict) and "id" in entry for entry in entries)


def _replaced(base: Block, over: Block, key: str) -> bool:
    """Maps change as a whole (a cycle's years); so does a rule that becomes another rule."""
    if key == "rule":
        return over.get("name", base.get("name")) != base.get("name")
    return key in map_fields() and key != "sources"


def _entries(base: list[Any], over: list[Any], path: Path_, findings: list[Finding]) -> list[Any]:
    merged = {entry_name(entry, i): entry for i, entry in enumerate(base)}
    for entry in over:
        name = entry_name(entry, 0)
        change = {key: value for key, value in entry.items() if key != "remove"}
        if name not in merged and (_removes(entry) or not {"zh", "en"} <= set(entry)):
            findings.append(_unknown_id((*path, name), name, list(merged)))
        elif _removes(entry):
            del merged[name]
        else:
            merged[name] = _block(merged.get(name, {}), change, (*path, name), findings)
    return list(merged.values())


def _removes(entry: Block) -> bool:
    return str(entry.get("remove", "")).lower() == "true"


def _unknown_id(path: Path_, name: str, known: list[str]) -> Finding:
    near = get_close_matches(name, known, n=1)
    problem = Problem(
        code="override_of_unknown_id",
        zh=f"所依据的文件中没有“{name}”。" + (f"是否想写“{near[0]}”？" if near else ""),
        en=f"the file it extends has no {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""),
        fix_zh="请改用已有的 id；若要新增，请写全 zh 和 en。",
        fix_en="Use an id that exists; to add a new entry, give its zh and en.",
        value=name,
    )
    return Finding(path, problem)
