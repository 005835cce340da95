"""Writing files: several or none, the same bytes for the same content, nothing a spreadsheet would run."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import Problem, UsageError
from analysis.paths import written_whole

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook

Writer = Callable[[Path], None]
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_STAMPS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</)")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def write_together(folder: Path, writers: Mapping[str, Writer]) -> list[Path]:
    """The files written: each under a temporary name first, then all renamed, the first of `writers` last.

    When one of them cannot be written, all keep their old content.
    """
    targets = {folder / name: write for name, write in writers.items()}
    for target in targets:
        _refuse_if_open(target)
    with ExitStack() as stack:
        parts = {target: stack.enter_context(written_whole(target)) for target in targets}
        for target, write in targets.items():
            write(parts[target])
    return list(targets)


def _refuse_if_open(target: Path) -> None:
    """A workbook open in Excel cannot be replaced: found out before anything is."""
    try:
        if target.exists():
            target.open("r+b").close()
    except PermissionError as error:
        raise UsageError(
            Problem(
                code="target_in_use",
                file=str(target),
                zh="无法写入：文件正被其他程序（如 Excel、WPS）打开，或没有写权限。",
                en="cannot be written: another program (Excel, WPS) has it open, or permission is missing.",
                fix_zh="请关闭该文件后重试。",
                fix_en="Close it and run the command again.",
            )
        ) from error


def write_text(text: str, path: Path) -> None:
    """`text` as UTF-8 with the same line ends on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def harmless(text: str) -> str:
    """`text` as a spreadsheet shows it but never runs it: an apostrophe in front of `= + - @`."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """`frame` as UTF-8 csv that Excel and WPS recognise (byte order mark); text made harmless."""
    safe = frame.copy()
    for column in safe.columns:
        if not _is_numeric(safe[column]):
            safe[column] = [_cell(value) for value in safe[column]]
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _is_numeric(column: pd.Series) -> bool:
    return column.dtype.kind in "iufb"


def _cell(value: object) -> str:
    return "" if value is None or value != value else harmless(str(value))


def save_workbook(book: Workbook, path: Path) -> None:
    """The workbook with fixed times inside, so that the same content gives the same bytes."""
    with path.open("wb") as file:
        book.save(file)
    fix_times(path)


def fix_times(path: Path) -> None:
    """Write the workbook at `path` again without the times it was made at."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name, _FIXED_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, _without_times(name, content))


def _without_times(name: str, content: bytes) -> bytes:
    return (
        _STAMPS.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", content) if name == "docProps/core.xml" else content
    )
