"""Reading the table of terms of a plan (`--costs FILE`), as an office fills it in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.reports.hand_tables import read_table

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


def read_terms(path: Path) -> pd.DataFrame:
    """The table of terms from csv or xlsx: columns of `simulation.plan_terms.TERMS`, where each row stands.

    Empty rows are passed over. Raises UsageError for a file that cannot be read; what is in it is checked
    by the plan.
    """
    table = read_table(path, "整改条件表", "a table of terms")
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
