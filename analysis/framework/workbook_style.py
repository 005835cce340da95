"""How a framework workbook looks: headers, widths, choices, and the sheet that explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args
from unicodedata import east_asian_width

from analysis.framework import layout, model
from analysis.framework.shape import RULES

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_CHOICES = {
    "method": get_args(model.Method),
    "rule.name": RULES,
    "average": get_args(model.Average),
    "visits": get_args(model.Visits),
    "missing": get_args(model.MissingRule),
    "not_applicable": get_args(model.MissingRule),
    "status": get_args(model.Status),
    "rule.cap_scope": ("item", "site", "leaf"),
    "kind": ("penalty", "veto"),
}
_WIDEST = 48

_NOTES = (
    (
        "如何填写",
        "每个工作表第一行是中文表头，第二行是英文键；读取时认其中任一行，列的次序不限，不用的列可删。",
    ),
    ("数", "写数（0.4）或分数（1/25）。该数另有出处时写：98 [C, required]，即数值 [来源, 状态]。"),
    ("对应表", "满意=1; 基本满意=0.6（分号隔开）。责任单位：line=城管局、商务局; lead=文明办。"),
    ("列表", "main_road; market（分号隔开）。名称中含分号、等号、顿号时加英文双引号。"),
    ("是非", "是 或 否。"),
    ("来源与状态", "每个数都要有来源和状态：写在本行、上级节点或“设置”表；状态为下列之一。"),
    ("required", "当年版本的要求（工作方案引用）。"),
    ("local", "地方指标或地方做法。"),
    ("old", "以前版本。"),
    ("illustrative", "未公开，仅作示意；用到它的结果都会注明。"),
    ("权重", "同一上级之下全部写权重（合计 1），或全部写分值（合计为上级分值）。"),
    ("检查", "wenming check --framework 本文件.xlsx"),
)


def dress(page: Worksheet, columns: list[str]) -> None:
    """Styles two header rows, freezes them, sets widths and offers the allowed values."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for cell in page[1]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="8C2F2B")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    for cell in page[2]:
        cell.font, cell.fill = (
            Font(italic=True, color="666666", size=9),
            PatternFill("solid", fgColor="F3E9E4"),
        )
    page.freeze_panes = "D3" if "zh" in columns else "B3"
    for index, key in enumerate(columns, start=1):
        letter = get_column_letter(index)
        page.column_dimensions[letter].width = _width(page, index)
        _cells(page, index, text=layout.form(key) != "number")
        _offer(page, letter, _CHOICES.get(key, ()))


def _cells(page: Worksheet, index: int, text: bool) -> None:
    """Text columns are text to Excel too, so that an id 001 or 1-2 stays what it is."""
    from openpyxl.styles import Alignment

    for (cell,) in page.iter_rows(min_row=3, min_col=index, max_col=index):
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if text and isinstance(cell.value, str):
            cell.number_format = "@"


def _width(page: Worksheet, index: int) -> float:
    cells = page.iter_rows(min_col=index, max_col=index, values_only=True)
    widest = max(_shown(str(value)) for (value,) in cells if value is not None)
    return min(widest + 2, _WIDEST)


def _shown(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _offer(page: Worksheet, letter: str, choices: tuple[str, ...]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    if choices:
        offered = DataValidation("list", formula1=f'"{",".join(choices)}"', allow_blank=True)
        offered.add(f"{letter}3:{letter}{max(page.max_row, 3) + 200}")
        page.add_data_validation(offered)


def write_notes(book: Workbook, sheet: layout.Sheet) -> None:
    """Adds the sheet that explains how to fill in the others, with every column that exists."""
    from openpyxl.styles import Alignment, Font

    page = book.create_sheet(sheet.zh)
    for line in _NOTES:
        page.append(line)
    for other in (layout.NODES, layout.ITEMS):
        page.append((f"“{other.zh}”可用的列", "、".join(_named(key) for key in layout.columns(other))))
    page.append(("“设置”可用的键", "、".join(layout.setting_keys())))
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 22, 110
    for row in page.iter_rows():
        row[0].font = Font(bold=True)
        for cell in row:
            cell.alignment = Alignment(vertical="top", wrap_text=True)


def _named(key: str) -> str:
    return f"{layout.label(key)} {key}"
