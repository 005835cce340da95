"""Which workbook, sheet and column every table of a round goes to, as `workbooks.yml` says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.demo.tables import Filled
from analysis.demo.workbook import Column, Sheet

_FILE = Path(__file__).with_name("workbooks.yml")
_WIDE = 11


def workbooks(tables: dict[str, Filled], title: str, mark: str) -> Iterator[tuple[str, list[Sheet]]]:
    """File name and sheets of every workbook that has rows; both names say that the data are synthetic."""
    for book in _layout():
        sheets = [
            sheet
            for plan in book["sheets"]
            for name in _tables_of(plan["table"], tables)
            if len(tables[name].frame)
            for sheet in [_sheet(plan, name, tables[name], title)]
        ]
        if sheets:
            yield f"{book['file']}（{mark}）.xlsx", sheets


@cache
def _layout() -> list[dict[str, Any]]:
    layout: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return layout


def _tables_of(wanted: str, tables: dict[str, Filled]) -> list[str]:
    """The table of that name, or all whose name begins with it (`answers 城市`, `answers 未成年人`)."""
    return [name for name in tables if name == wanted or name.startswith(f"{wanted} ")]


def _sheet(plan: dict[str, Any], name: str, table: Filled, title: str) -> Sheet:
    detail = name.partition(" ")[2]
    label = f"{plan['name']}（{detail}）" if detail else plan["name"]
    columns = [Column(*column) for column in plan["columns"] if column[0] in (*table.frame, "number")]
    columns += [_extra_column(field) for field in table.extra]
    frame = table.frame.assign(number=range(1, len(table.frame) + 1))
    return Sheet(label, f"{title} · {label}", tuple(columns), _without_blanks(frame))


def _extra_column(field: str) -> Column:
    """A year (with its number format) or a question."""
    return Column(field, f"{field}年", _WIDE, "0.00") if field.isdigit() else Column(field, field, _WIDE * 2)


def _without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with None where there is nothing, so that the cell stays empty."""
    return frame.astype(object).where(frame.notna(), None)
