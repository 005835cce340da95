"""Small tables that an office fills in by hand and names on the command line: csv or xlsx."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import Problem, UsageError

ENCODINGS = ("utf-8-sig", "gb18030")


def read_table(path: Path, zh: str, en: str, **options: Any) -> pd.DataFrame:
    """The first sheet as it stands; `options` go to pandas.

    Raises UsageError that it cannot be read as `zh`, `en`.
    """
    try:
        if path.suffix.lower() == ".csv":
            return _csv(path, options)
        return pd.read_excel(path, engine="openpyxl", **options)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise UsageError(
            Problem(
                code="table_file",
                zh=f"不能读作{zh}（csv 或 xlsx）。",
                en=f"cannot be read as {en} (csv or xlsx).",
                fix_zh="请另存为 xlsx 后重试。",
                fix_en="Save it as xlsx and try again.",
                file=str(path),
                value=str(error),
            )
        ) from error


def _csv(path: Path, options: dict[str, Any]) -> pd.DataFrame:
    text = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            text.decode(encoding)
        except UnicodeDecodeError:
            continue
        return pd.read_csv(path, encoding=encoding, **options)
    raise ValueError(path.name)
