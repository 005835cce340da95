"""What an output was made of: hashes of inputs, rules and code, versions, counts; whether that changed."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang
from analysis.reports.files import sha256
from analysis.reports.labels import word

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook
    from analysis.scoring import Evaluation

PACKAGES = ("numpy", "pandas", "pyarrow")


def input_hashes(folder: Path) -> dict[str, str]:
    """File name to sha256 of every file of a round's folder, without hidden and lock files."""
    found = (path for path in sorted(folder.iterdir()) if path.is_file())
    return {path.name: sha256(path) for path in found if not path.name.startswith((".", "~$"))}


@cache
def code_hash() -> str:
    """Digest of the package's own files: a change of the program makes its outputs stale."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".yml", ".j2", ".css", ".csv"}:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def origin(folder: Path, rulebook: Rulebook | None, **choices: Any) -> dict[str, Any]:
    """Everything an output of the round depends on; equal origins give equal outputs."""
    return {
        "inputs": input_hashes(folder),
        "composition": _composition(rulebook),
        "frameworks": {f.id: f.digest for f in rulebook.frameworks.values()} if rulebook else {},
        "code": code_hash(),
        "versions": _versions(),
        **choices,
    }


def _composition(rulebook: Rulebook | None) -> dict[str, Any] | None:
    if rulebook is None:
        return None
    composition = rulebook.composition
    return {"id": composition.id, "digest": composition.digest, "title": composition.title.model_dump()}


def _versions() -> dict[str, str]:
    found = {name: _version(name) for name in ("wenming", *PACKAGES)}
    return {**found, "python": platform.python_version()}


def _version(name: str) -> str:
    """The installed version; a checkout that was not installed has none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def manifest(evaluation: Evaluation, made_from: dict[str, Any], stamp: str) -> dict[str, Any]:
    """The manifest of an evaluation: its origin, what it is about, corrections, counts."""
    info = evaluation.round.info
    return {
        **made_from,
        "round": info.id,
        "title": {"zh": info.title.zh, "en": info.title.en},
        "date": info.date.isoformat(),
        "kind": info.kind,
        "synthetic": info.synthetic,
        "illustrative": evaluation.rulebook.illustrative,
        "stamp": stamp,
        "banners": {lang: banners(evaluation, lang) for lang in ("zh", "en")},
        "corrections": _corrections(evaluation),
        "counts": counts(evaluation),
    }


def banners(evaluation: Evaluation, lang: Lang) -> list[str]:
    """What a reader must know before any number."""
    found = ["synthetic"] if evaluation.round.info.synthetic else []
    found += ["illustrative"] if evaluation.rulebook.illustrative else []
    n = len(evaluation.round.rejected)
    return [word(key, lang) for key in found] + ([word("accepted", lang, n=n)] if n else [])


def counts(evaluation: Evaluation) -> dict[str, int]:
    """Rows read, used and rejected, and the sizes of what came out."""
    sheets = evaluation.round.counts
    rows = {name: int(sheets[name].sum()) for name in ("rows_read", "rows_used", "rows_rejected")}
    sizes = {name: len(getattr(evaluation, name)) for name in ("nodes", "ledger", "shares", "adjustments")}
    return {
        **rows,
        "observations": len(evaluation.round.observations),
        "units": len(evaluation.scores),
        **sizes,
    }


def _corrections(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [one.as_dict() for one in evaluation.round.corrections]


def unchanged(path: Path, made_from: dict[str, Any], files: list[Path]) -> bool:
    """Whether the manifest at `path` tells of the same origin and every one of `files` is still there."""
    old = _read(path)
    return all(old.get(key) == value for key, value in made_from.items()) and all(
        file.is_file() for file in files
    )


def card_unchanged(path: Path, made_from: dict[str, Any]) -> bool:
    """Whether the report whose card is at `path` was made from the same and all its files are still there."""
    card = _read(path)
    same = card.get("made_from") == made_from
    return same and all((path.parent / name).is_file() for name in card["files"])


def _read(path: Path) -> dict[str, Any]:
    """The JSON object at `path`; empty when there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
