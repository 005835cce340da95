"""Reading the table of terms of a plan (`--costs FILE`), as an office fills it in."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd

from analysis.errors import Problem, UsageError

HEADERS = {
    "口径": "by",
    "名称": "name",
    "单项费用": "cost",
    "费用": "cost",
    "工期": "days",
    "工期(天)": "days",
    "先做": "needs",
    "互斥": "excludes",
    "能力": "capacity",
    "能力(件)": "capacity",
}
"""Headers in Chinese; the English ones are the names of the columns."""

KINDS = {"失分原因": "cause", "点位类型": "site_type", "责任单位": "responsible_unit"}
ENCODINGS = ("utf-8-sig", "gb18030")


def read_terms(path: Path) -> pd.DataFrame:
    """The table of terms from csv or xlsx: columns of `simulation.plan_terms.TERMS`, where each row stands.

    Empty rows are passed over. Raises UsageError for a file that cannot be read; what is in it is checked
    by the plan.
    """
    table = _cells(path)
    table.columns = pd.Index([_header(name) for name in table.columns])
    table["source_row"] = range(2, len(table) + 2)
    filled = table.drop(columns="source_row").notna().any(axis=1)
    table = table[filled].assign(source_file=path.name)
    if "by" in table.columns:
        table["by"] = [KINDS.get(str(kind).strip(), kind) for kind in table["by"]]
    if "name" in table.columns:
        table["name"] = [str(name).strip() for name in table["name"]]
    return table.reset_index(drop=True)


def _header(name: object) -> str:
    text = str(name).strip().replace("（", "(").replace("）", ")")
    return HEADERS.get(text, text)


def _cells(path: Path) -> pd.DataFrame:
    """The first sheet as it stands, texts where cells are texts."""
    try:
        if path.suffix.lower() == ".csv":
            return _csv(path)
        return pd.read_excel(path, engine="openpyxl")
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        zh, en = "不能读作整改条件表（csv 或 xlsx）。", "cannot be read as a table of terms (csv or xlsx)."
        raise UsageError(
            Problem(
                code="terms_file",
                zh=zh,
                en=en,
                fix_zh="请另存为 xlsx 后重试。",
                fix_en="Save it as xlsx and try again.",
                file=str(path),
                value=str(error),
            )
        ) from error


def _csv(path: Path) -> pd.DataFrame:
    text = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            text.decode(encoding)
        except UnicodeDecodeError:
            continue
        return pd.read_csv(path, encoding=encoding)
    raise ValueError(path.name)
