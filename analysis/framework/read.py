"""Files to frameworks, compositions and vocabularies: layers, provenance, shape, meaning, digest.

Every problem of a file is collected before anything is raised.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from analysis.errors import FrameworkError, Problem, raise_errors
from analysis.framework import shape
from analysis.framework.check import check_composition, check_framework, check_vocabulary
from analysis.framework.document import Document, Finding, Path_, locate, read_yaml
from analysis.framework.model import Composition, Framework
from analysis.framework.overlay import lay_over
from analysis.framework.provenance import duplicate_ids, settle, stamp, unknown_sources
from analysis.framework.vocabulary import Vocabulary

HOME = Path(__file__).parent
FRAMEWORKS, COMPOSITIONS, VOCABULARIES = HOME / "shipped", HOME / "compositions", HOME / "vocabularies"
SUFFIXES = (".yml", ".yaml", ".xlsx")
_KINDS = {"nodes": Framework, "parts": Composition, "groups": Vocabulary}
_FILLED = ("numbers", "digest", "covered")

Rules = Framework | Composition | Vocabulary


def find_file(name: str, folder: Path | None = None) -> Path | None:
    """The file of a framework or composition: as named from `folder`, else by id in `folder`, else shipped.

    Without a folder an id means the shipped rules, whatever lies in the current folder.
    """
    beside = folder or Path()
    if Path(name).suffix.lower() in SUFFIXES:
        return beside / name if (beside / name).is_file() else None
    folders = (*([folder] if folder else []), FRAMEWORKS, COMPOSITIONS)
    tried = (place / f"{name}{suffix}" for place in folders for suffix in SUFFIXES)
    return next((path for path in tried if path.is_file()), None)


def read(path: Path) -> Rules:
    """What a file holds. Raises FrameworkError with every problem of the file and of those it extends."""
    layers = layers_of(path)
    raw, findings = _merged(layers)
    kind = next((kind for key, kind in _KINDS.items() if key in raw), None)
    if kind is None:
        raise FrameworkError([*locate(findings, layers), _unknown_kind(path)])
    broken = [one.path for one in findings if one.problem.code == "not_a_number"]
    built, found = _built(kind, raw, broken)
    raise_errors(locate([*findings, *found], layers), FrameworkError)
    assert built is not None
    return built if isinstance(built, Vocabulary) else _with_digest(built)


def read_document(path: Path) -> Document:
    """The document in a YAML file or a workbook."""
    if path.suffix.lower() == ".xlsx":
        from analysis.framework.workbook import read_workbook_document

        document = read_workbook_document(path)
    else:
        document = read_yaml(path)
    if not isinstance(document.raw, dict):
        raise FrameworkError(_unknown_kind(path))
    return document


def layers_of(path: Path, above: tuple[Path, ...] = ()) -> list[Document]:
    """The file and what it extends, the base first."""
    document = read_document(path)
    base = document.raw.get("extends")
    if base is None:
        return [document]
    found = find_file(str(base), path.parent)
    if found is None or found.resolve() in (*above, path.resolve()):
        problem = _no_base(str(base)) if found is None else _extends_itself(str(base))
        raise FrameworkError(locate([Finding(("extends",), problem)], [document]))
    return [*layers_of(found, (*above, path.resolve())), document]


def _merged(layers: list[Document]) -> tuple[dict[str, Any], list[Finding]]:
    """The layers as one, every number stamped with the source its own file gives it."""
    raw, findings = stamp(layers[0])
    findings += [one for layer in layers for one in duplicate_ids(layer.raw)]
    for layer in layers[1:]:
        over, found = stamp(layer)
        raw, missed = lay_over(raw, over)
        unnamed = [] if "id" in over else [Finding((), _without_id())]
        findings = [*findings, *found, *missed, *unnamed]
    return raw, [*findings, *unknown_sources(raw)]


def _built(kind: type[Any], raw: dict[str, Any], broken: list[Path_]) -> tuple[Rules | None, list[Finding]]:
    """The model, or None, and what is wrong with it; `broken` are places already known to be wrong."""
    plain, numbers = settle(raw)
    written = [Finding((key,), _filled_in(key)) for key in _FILLED if key in plain]
    plain = {key: value for key, value in plain.items() if key not in _FILLED}
    built, findings, locations = shape.build(kind, _filled(kind, plain, numbers))
    findings = [finding for finding in findings if finding.path[:1] != ("numbers",)]
    known = [one.path for one in findings if one.problem.code != "unknown_key"]
    rest = built or shape.build(kind, shape.without(plain, locations))[0]
    meant = _CHECKS[kind](rest) if rest else []
    return built, [*written, *findings, *_apart(meant, [*broken, *known], rest)]


def _filled(kind: type[Any], plain: dict[str, Any], numbers: list[dict[str, Any]]) -> dict[str, Any]:
    return plain if kind is Vocabulary else {**plain, "numbers": numbers}


def _apart(meant: list[Finding], broken: list[Path_], rest: Any) -> Iterator[Finding]:
    """The findings that do not merely follow from a value that is broken anyway."""
    fields = {path[:3] for path in broken}
    entries = {path[:2] for path in broken}
    parents = {("nodes", str(n.parent)) for n in getattr(rest, "nodes", ()) if ("nodes", n.id) in entries}
    whole = {path[:1] for path in broken}
    for one in meant:
        if one.path[:3] not in fields and one.path not in entries | parents | whole:
            yield one


_CHECKS: dict[type[Any], Callable[[Any], list[Finding]]] = {
    Framework: check_framework,
    Composition: check_composition,
    Vocabulary: check_vocabulary,
}


def _with_digest(built: Framework | Composition) -> Framework | Composition:
    content = json.dumps(
        built.model_dump(mode="json", exclude={"digest"}), sort_keys=True, ensure_ascii=False
    )
    return built.model_copy(update={"digest": hashlib.sha256(content.encode()).hexdigest()})


def _unknown_kind(path: Path) -> Problem:
    return Problem(
        code="unknown_kind_of_file",
        file=str(path),
        zh="既不是测评体系（nodes），也不是合成规则（parts）或失分原因表（groups）。",
        en="is neither a framework (nodes), nor a composition (parts), nor a vocabulary of causes (groups).",
        fix_zh="请对照 docs/framework.md 中的完整示例。",
        fix_en="Compare it with the complete example in docs/framework.md.",
    )


def _no_base(name: str) -> Problem:
    return Problem(
        code="unknown_base",
        zh=f"找不到所依据的“{name}”。",
        en=f"there is no {name!r} to extend.",
        fix_zh="请给出内置的 id，或相对于本文件的文件名。",
        fix_en="Name a shipped id, or a file relative to this one.",
        value=name,
    )


def _extends_itself(name: str) -> Problem:
    return Problem(
        code="extends_itself",
        zh=f"“{name}”又依据了本文件，形成循环。",
        en=f"{name!r} extends this file in turn: a loop.",
        fix_zh="请去掉其中一处 extends。",
        fix_en="Remove one of the `extends`.",
        value=name,
    )


def _without_id() -> Problem:
    return Problem(
        code="missing_key",
        zh="缺少 id：依据别的文件而成的规则须有自己的 id。",
        en="the key 'id' is missing: rules that extend others need an id of their own.",
        fix_zh="请补上 id。",
        fix_en="Add an id.",
        value="id",
    )


def _filled_in(key: str) -> Problem:
    return Problem(
        code="unknown_key",
        zh=f"不认识的键“{key}”：该项由程序生成。",
        en=f"unknown key {key!r}: the program fills it in.",
        fix_zh="请删去。",
        fix_en="Remove it.",
        value=key,
    )
