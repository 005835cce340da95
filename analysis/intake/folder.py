"""The files of a round's folder: which are read, and what is said about the others."""

from __future__ import annotations

import os
from pathlib import Path

from analysis.errors import Problem
from analysis.intake.files.container import READ
from analysis.intake.parquet import FILE
from analysis.intake.words import file_messages as say

_TABLES = (
    ".xlsb", ".xltx", ".xltm", ".xlt", ".et", ".ett", ".wps", ".numbers", ".fods", ".dbf",
    ".zip", ".rar", ".7z", ".gz", ".tar",
)  # fmt: skip
"""Endings of tables and archives that are not read."""
_KNOWN = (".yml", ".yaml", ".json", ".md")
"""Endings of what says how a round is read."""
_NAMED = 10
"""Names listed in one message."""


def files_of(folder: Path, problems: list[Problem]) -> list[Path]:
    """The files to read, by name; what is not read is added to `problems`."""
    visible = [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "~$"))]
    tables = [path for path in visible if path.suffix.lower() in READ and path.name != FILE]
    files = [path for path in tables if path.is_file()]
    others = [path for path in visible if path not in tables and path.name != FILE and path.is_file()]
    wrong = [path for path in others if path.suffix.lower() in _TABLES]
    problems += [say.WRONG_ENDING.problem(path.name) for path in wrong]
    problems += [_no_file(path) for path in tables if not path.is_file()]
    problems += [problem for path in visible if path.is_dir() for problem in _inside(path)]
    rest = [path.name for path in others if path not in wrong and path.suffix.lower() not in _KNOWN]
    if rest:
        more = "…" if len(rest) > _NAMED else ""
        problems.append(say.OTHER_FILES.problem(value="、".join(rest[:_NAMED]) + more, n=len(rest)))
    if not files and not (folder / FILE).is_file():
        problems.append(say.NO_FILES.problem(folder.name))
    return files


def _no_file(path: Path) -> Problem:
    """A folder, a link to nothing or a device with the name of a table."""
    value = "是文件夹 / a folder" if path.is_dir() else "不是文件 / not a file"
    return say.LOCKED.problem(path.name, value=value)


def _inside(folder: Path) -> list[Problem]:
    """A warning about a folder that holds tables, links not followed."""
    names = [name for _, _, found in os.walk(folder) for name in found if not name.startswith((".", "~$"))]
    n = sum(Path(name).suffix.lower() in (*READ, *_TABLES) for name in names)
    return [say.SUBFOLDER.problem(folder.name, value=folder.name, n=n)] if n else []
