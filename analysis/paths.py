"""The folders of a project, found from where the user stands."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.errors import Problem, UsageError

RAW = Path("data/raw")
PROCESSED = Path("data/processed")
REPORTS = Path("reports")


def project_root(start: Path | None = None) -> Path:
    """The nearest folder at or above `start` that holds `data/raw`; `start` itself when there is none."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / RAW).is_dir()), here)


def all_rounds(root: Path | None = None) -> list[Path]:
    """Every folder under `data/raw` that has a `round.yml`, by name."""
    return sorted(path.parent for path in ((root or project_root()) / RAW).glob("*/round.yml"))


def find_round(name: str | os.PathLike[str], root: Path | None = None) -> Path:
    """The folder of a round, given the folder itself or the name of one under `data/raw`."""
    base = root or project_root()
    for folder in (Path(name), base / RAW / name):
        if (folder / "round.yml").is_file():
            return folder
    known = [path.name for path in all_rounds(base)]
    raise UsageError(
        Problem(
            code="unknown_round",
            zh=f"找不到轮次“{name}”：没有含 round.yml 的文件夹。现有轮次：{'、'.join(known) or '无'}。",
            en=f"no round {str(name)!r}: no such folder with a round.yml. "
            f"Known rounds: {', '.join(known) or 'none'}.",
            fix_zh="请给出文件夹路径，或 data/raw 下的轮次名称；运行 wenming demo 可生成演示数据。",
            fix_en="Give a folder, or the name of one under data/raw; `wenming demo` writes demo rounds.",
            value=str(name),
        )
    )


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A temporary name beside `target` that replaces it only when the block ends well.

    Readers see the old file or the complete new one. A target that another program holds open
    (a workbook in Excel) is a `UsageError`, not a traceback.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)
        try:
            part.replace(target)
        except PermissionError as error:
            raise UsageError(
                Problem(
                    code="target_in_use",
                    file=str(target),
                    zh="无法写入：文件正被其他程序（如 Excel、WPS）打开，或没有写权限。",
                    en="cannot be written: another program (Excel, WPS) has it open, "
                    "or permission is missing.",
                    fix_zh="请关闭该文件后重试。",
                    fix_en="Close it and run the command again.",
                )
            ) from error
    finally:
        part.unlink(missing_ok=True)
