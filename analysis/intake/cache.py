"""A round that was read, kept in `data/processed/<round>/cache`: read again only when anything changed.

The name of an entry is a hash of every file of the round, the rules and the code that read it, and its
own list of hashes is checked before it is used: what is stale, half written or changed is not served.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis import paths
from analysis.errors import Problem
from analysis.framework.model import Rulebook
from analysis.intake.round import Round, RoundInfo

SEAL = "seal.json"


def place_of(folder: Path) -> Path | None:
    """Where a round is kept; None for one that does not stand in `data/raw` of a project."""
    above = folder.resolve().parents
    root = above[len(paths.RAW.parts)] if len(above) > len(paths.RAW.parts) else None
    if root is None or above[0] != root / paths.RAW:
        return None
    return root / paths.PROCESSED / folder.name / "cache"


def key_of(folder: Path, rules: Rulebook | None) -> str:
    """The hash of the round's files with their names, the rules, and the code that reads them."""
    found = sha256(_code().encode())
    found.update(rules.model_dump_json().encode() if rules else b"")
    for path in sorted(folder.rglob("*")):
        found.update(f"\0{path.relative_to(folder)}\0".encode())
        found.update(digest(path).encode() if path.parent == folder and path.is_file() else b"")
    return found.hexdigest()[:32]


def digest(path: Path) -> str:
    """The sha256 of a file; '' for one that cannot be opened."""
    from hashlib import file_digest

    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


@cache
def _code() -> str:
    """The hash of everything in this package that decides how a round is read, and of what it stands on."""
    package = Path(__file__).parents[1]
    rooms = [package / "intake", package / "framework"]
    files = [*package.glob("*.py"), *(path for room in rooms for path in room.rglob("*") if path.is_file())]
    found = sha256()
    for path in sorted(one for one in files if one.suffix in (".py", ".yml")):
        found.update(path.read_bytes())
    return found.hexdigest() + "".join(version(name) for name in ("pandas", "numpy", "pyarrow", "xlrd"))


def kept(place: Path, key: str, folder: Path, info: RoundInfo) -> Round | None:
    """The round of an entry, when it is there whole."""
    import pandas as pd

    from analysis.intake.corrections import Correction

    entry = place / key
    try:
        seal = json.loads((entry / SEAL).read_text(encoding="utf-8"))
        if any(digest(entry / name) != known for name, known in seal["files"].items()):
            return None
        frames = {name: pd.read_parquet(entry / f"{name}.parquet") for name in seal["frames"]}
        rejected = pd.DataFrame(seal["rejected"], columns=seal["rejected_columns"])
        counts = pd.read_parquet(entry / "counts.table")
        problems = tuple(Problem(**one) for one in seal["problems"])
        corrections = tuple(Correction(**one) for one in seal["corrections"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Round(info, folder, frames, rejected, counts, problems, seal["inputs"], corrections)


def keep(place: Path, key: str, round_: Round) -> None:
    """Keep a round in place of the one kept before, unless it cannot be kept whole."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".", dir=place))
    except OSError:
        return
    try:
        _write(part, round_)
        for old in place.iterdir():
            if old != part and not old.name.startswith("."):
                shutil.rmtree(old, ignore_errors=True)
        part.rename(place / key)
    except (OSError, ValueError, TypeError):
        shutil.rmtree(part, ignore_errors=True)


def _write(part: Path, round_: Round) -> None:
    """The tables, and last the seal with their hashes. ValueError: a table does not come back the same."""
    import pandas as pd

    tables = {f"{name}.parquet": frame for name, frame in round_.frames.items()}
    for name, frame in {**tables, "counts.table": round_.counts}.items():
        frame.to_parquet(part / name, compression="zstd" if len(frame) > 1_000 else None)
        back = pd.read_parquet(part / name)
        if not (back.equals(frame) and list(back.dtypes) == list(frame.dtypes)):
            raise ValueError(name)
    seal: dict[str, Any] = {
        "files": {path.name: digest(path) for path in part.iterdir()},
        "frames": list(round_.frames),
        "rejected": round_.rejected.to_dict("split")["data"],
        "rejected_columns": list(round_.rejected.columns),
        "problems": [problem.as_dict() for problem in round_.problems],
        "corrections": [one.as_dict() for one in round_.corrections],
        "inputs": round_.inputs,
    }
    (part / SEAL).write_text(json.dumps(seal, ensure_ascii=False, default=_plain), encoding="utf-8")


def _plain(value: Any) -> Any:
    """Numbers of arrays as plain ones; anything else cannot be kept."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(type(value).__name__)
