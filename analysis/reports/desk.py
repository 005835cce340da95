"""What `check` writes for the people who mend workbooks: checked copies and the calendar of evidence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import intake
from analysis.errors import Lang, Problem
from analysis.framework.model import Rulebook
from analysis.intake.copies.book import new_book, printable, put, saved
from analysis.intake.sheets.marks import NOT_DATA
from analysis.reports.messages import help_texts
from analysis.results.evidence import calendar

if TYPE_CHECKING:
    import pandas as pd

    from analysis.intake.round import Round

FOLDER = "check"
CALENDAR = "材料日历.xlsx"
_STATES = {
    "overdue": {"zh": "已逾期", "en": "overdue"},
    "open": {"zh": "待报", "en": "open"},
    "undated": {"zh": "日期未定", "en": "no date yet"},
    "done": {"zh": "已齐", "en": "done"},
}
_COLOURS = {"overdue": "FFC7CE", "open": "FFEB9C", "undated": "D9D9D9", "done": "C6EFCE"}
_COLUMNS = {
    "responsible_unit": 18, "unit": 14, "place": 12, "material": 36, "period": 14, "start": 12, "due": 12,
    "asked": 8, "counted": 8, "missing": 8, "state": 10, "days_left": 10,
}  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """What was written: the copies, the workbook of the calendar (if any), and what is still missing."""

    copies: list[Path]
    problems: list[Problem]
    calendar: pd.DataFrame
    workbook: Path | None


def write_desk(
    round_: Round, rulebook: Rulebook | None, folder: Path, lang: Lang, *, personal: bool = False
) -> Desk:
    """The copies of faulty workbooks and the calendar of evidence, written to `folder`."""
    copies, problems = intake.write_copies(round_, folder, lang, personal=personal)
    table = calendar(round_, rulebook)
    target = folder / CALENDAR
    if table.empty and target.exists():
        target.unlink()
    return Desk(copies, problems, table, None if table.empty else write_calendar(table, round_, target, lang))


def missing_lines(table: pd.DataFrame, lang: Lang) -> list[list[str]]:
    """What is still missing as rows of text, one for each responsible unit, material, period: with a header.

    Units that lack the same are counted in one row.
    """
    names = ["responsible_unit", "due", "material", "period", "state"]
    columns = help_texts()["columns"]
    head = [columns[name][lang] for name in (*names, "n_units")]
    lacking = table[table["state"] != "done"].astype(object)
    lacking = lacking.assign(due=[_day(one) for one in lacking["due"]])
    rows = [
        [*(str(cell) or "–" for cell in key[:-1]), _STATES[key[-1]][lang], str(n)]
        for key, n in lacking.groupby(names, sort=False, dropna=False)["unit"].nunique().items()
    ]
    return [head, *rows] if rows else []


def _day(value: Any) -> str:
    return "" if value != value or value is None else f"{value:%Y-%m-%d}"


def write_calendar(table: pd.DataFrame, round_: Round, path: Path, lang: Lang) -> Path:
    """`path`, a workbook with all evidence due, most urgent first, and one sheet per responsible unit."""
    book = new_book()
    _sheet(book.create_sheet("全部" if lang == "zh" else "all"), table, round_, lang)
    taken = {name.lower() for name in book.sheetnames}
    for unit in dict.fromkeys(table.loc[table["state"] != "done", "responsible_unit"].astype(str)):
        title = "".join("_" if letter in "[]:*?/\\" else letter for letter in unit)[:31]
        if title and title.lower() not in taken:
            taken.add(title.lower())
            own = table[(table["responsible_unit"] == unit) & (table["state"] != "done")]
            _sheet(book.create_sheet(title), own, round_, lang)
    return saved(book, path)


def _sheet(page: Any, table: pd.DataFrame, round_: Round, lang: Lang) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    columns = help_texts()["columns"]
    put(page, 1, 1, NOT_DATA)
    mark = {"zh": "（合成数据）", "en": " (synthetic)"}[lang] if round_.info.synthetic else ""
    put(page, 2, 1, f"{round_.info.title[lang]}{mark} · {round_.info.date}")
    names = [*_COLUMNS, lang]
    for column, name in enumerate(names, start=1):
        cell = put(page, 4, column, columns["to_do" if name == lang else name][lang])
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="8C2F2B")
        page.column_dimensions[get_column_letter(column)].width = _COLUMNS.get(name, 90)
    for row, values in enumerate(table[names].astype(object).itertuples(index=False), start=5):
        for column, (name, value) in enumerate(zip(names, values, strict=True), start=1):
            state = name == "state"
            cell = put(page, row, column, _STATES[value][lang] if state else _plain(value))
            if state:
                cell.fill = PatternFill("solid", fgColor=_COLOURS[value])
            if name in ("start", "due"):
                cell.number_format = "yyyy-mm-dd"
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        page.row_dimensions[row].height = 15.0 * (1 + 2 * len(str(cell.value or "")) // 90)
    page.freeze_panes = "C5"
    printable(page)
    page.auto_filter.ref = f"A4:{get_column_letter(len(names))}{max(page.max_row, 5)}"


def _plain(value: Any) -> Any:
    if value is None or value != value:
        return None
    return value.date() if isinstance(value, dt.datetime) else value
