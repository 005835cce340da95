"""How a fillable workbook looks: the sheet to fill in, choices, explanations, a filled example."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from analysis.errors import Lang
from analysis.framework.model import Rulebook
from analysis.intake.copies.book import new_book, printable, put, saved
from analysis.intake.sheets.marks import NOT_DATA
from analysis.intake.templates.template import Names, Page, plan
from analysis.intake.templates.template_example import example_rows, prefilled

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

CHOICES, NOTES, EXAMPLE = "选项", "填写说明", "填写示例"
ROWS = 5000
"""Rows to fill in that have drop-downs and limits."""

_LOOKUP = (
    ("测评项编号", 14),
    ("名称", 34),
    ("填写为", 34),
    ("组成部分", 20),
    ("适用点位类型", 20),
    ("标准", 60),
)
"""What is said of everything that can be reported on, with the width of its column."""

_HEAD = {
    "zh": ("列", "必填", "允许的值", "说明"),
    "en": ("Column", "Required", "Allowed", "What to write"),
}
_SAID = {
    "zh": {
        "intro": "在“{sheet}”表填写，每行一条，表头不要改动；全部选项见“选项”表，示例见“填写示例”表。",
        "rules": "测评体系：{title}（{id}）",
        "illustrative": "示意权重：未公开的权重、分值为示意，不是官方规定。",
        "check": "填好后把文件放入 data/raw/<轮次>/，运行 wenming check 检查。",
        "example": "示例（合成数据，仅说明写法）",
        "yes": "是", "one": "至少填一项", "no": "", "list": "下拉选择", "date": "日期，如 2024-05-10",
    },
    "en": {
        "intro": "Fill in the sheet {sheet}; leave the header as it is. 选项 lists all choices.",
        "rules": "Rules: {title} ({id})",
        "illustrative": "Illustrative weights: what is not public was chosen for illustration.",
        "check": "Put the file into data/raw/<round>/ and run `wenming check`.",
        "example": "Example (synthetic, to show the form only)",
        "yes": "yes", "one": "one of these", "no": "", "list": "choose", "date": "date, as 2024-05-10",
    },
}  # fmt: skip


def write_page(page: Page, rulebook: Rulebook, names: Names, path: Path, lang: Lang) -> Path:
    """`path`, a workbook with the sheet to fill in, explanations, an example and the choices."""
    book = new_book()
    sheet = book.create_sheet(page.kind.zh.replace("/", "、")[:31])
    _header(sheet, page)
    for at, row in enumerate(prefilled(page, names), start=2):
        for column, name in enumerate(page.columns, start=1):
            put(sheet, at, column, row.get(name))
    _notes(book, page, rulebook, sheet.title, lang)
    _example(book, page, names, lang)
    _offer(sheet, page, _choices(book, page))
    for one in book.worksheets:
        printable(one)
    return saved(book, path)


def headers(page: Page) -> list[str]:
    """The Chinese headers of a sheet."""
    return [page.kind.fields[name].zh for name in page.columns]


def _header(sheet: Worksheet, page: Page) -> None:
    from openpyxl.utils import get_column_letter

    for column, text in enumerate(headers(page), start=1):
        put(sheet, 1, column, text)
        width = 34 if page.columns[column - 1] in ("item", "question", "note", "rule") else 14
        sheet.column_dimensions[get_column_letter(column)].width = width
    _dress(sheet, 1, len(page.columns))
    sheet.freeze_panes = "B2"


def _dress(sheet: Worksheet, row: int, n: int, first: int = 1) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for column in range(first, first + n):
        cell = sheet.cell(row, column)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="8C2F2B")
        cell.alignment = Alignment(vertical="center", wrap_text=True)


def _choices(book: Workbook, page: Page) -> dict[str, str]:
    """The sheet of choices; for each column the range that holds its choices."""
    sheet = book.create_sheet(CHOICES)
    put(sheet, 1, 1, NOT_DATA)
    ranges = {}
    from openpyxl.utils import get_column_letter

    for column, (name, values) in enumerate(page.choices.items(), start=1):
        letter = get_column_letter(column)
        put(sheet, 2, column, page.kind.fields[name].zh)
        for row, value in enumerate(values, start=3):
            put(sheet, row, column, value)
        sheet.column_dimensions[letter].width = 34 if name in ("item", "question", "rule") else 16
        ranges[name] = f"'{CHOICES}'!${letter}$3:${letter}${2 + len(values)}"
    _dress(sheet, 2, len(page.choices))
    if page.targets:
        _lookup(sheet, page, len(page.choices) + 2)
    sheet.freeze_panes = "A3"
    return ranges


def _lookup(sheet: Worksheet, page: Page, first: int) -> None:
    """Beside the choices: id, name, component, site types and standard of all that can be reported on."""
    from openpyxl.utils import get_column_letter

    for column, (text, width) in enumerate(_LOOKUP, start=first):
        put(sheet, 2, column, text)
        sheet.column_dimensions[get_column_letter(column)].width = width
    _dress(sheet, 2, len(_LOOKUP), first)
    for row, (target, entry) in enumerate(zip(page.targets, page.entries, strict=True), start=3):
        labels = {one.id: one.zh for one in target.framework.site_types}
        types = "、".join(labels.get(one, one) for one in target.site_types)
        standard = target.item.standard if target.item else ""
        id_ = target.item_id or target.leaf
        values = (id_, target.label, entry, target.part.zh, types, standard)
        for column, value in enumerate(values, start=first):
            put(sheet, row, column, value)
    last = get_column_letter(first + len(_LOOKUP) - 1)
    sheet.auto_filter.ref = f"{get_column_letter(first)}2:{last}{2 + len(page.targets)}"


def _offer(sheet: Worksheet, page: Page, ranges: dict[str, str]) -> None:
    """Drop-downs, limits of numbers and dates for the rows to fill in."""
    from openpyxl.utils import get_column_letter

    for column, name in enumerate(page.columns, start=1):
        letter = get_column_letter(column)
        rule = _validation(name, page, ranges)
        if rule is not None:
            rule.error = "请从下拉表选择，或填写允许范围内的值。"
            rule.errorTitle = page.kind.fields[name].zh[:30]
            rule.add(f"{letter}2:{letter}{ROWS}")
            sheet.add_data_validation(rule)
        form = "yyyy-mm-dd" if name in plan()["dates"] else "@" if name in ("respondent", "item") else ""
        if form:
            sheet.column_dimensions[letter].number_format = form


def _validation(name: str, page: Page, ranges: dict[str, str]) -> Any:
    from openpyxl.worksheet.datavalidation import DataValidation

    more: dict[str, Any] = {"allow_blank": True, "showErrorMessage": True}
    if name in ranges:
        return DataValidation("list", formula1=ranges[name], **more)
    if name in plan()["dates"]:
        return DataValidation("date", operator="greaterThan", formula1="36526", **more)
    if name in plan()["limits"]:
        low, high = plan()["limits"][name]
        kind: Literal["whole", "decimal"] = "whole" if name == "year" else "decimal"
        return DataValidation(
            kind, operator="between", formula1=str(low), formula2=str(_most(name, page, high)), **more
        )
    return None


def _most(name: str, page: Page, high: float) -> float:
    """The most a score or deduction can be in this sheet."""
    if name != "score":
        return high
    return max((one.max_points for one in page.targets if one.rule == "given_score"), default=high)


def _notes(book: Workbook, page: Page, rulebook: Rulebook, title: str, lang: Lang) -> None:
    from openpyxl.styles import Alignment

    sheet = book.create_sheet(NOTES)
    said, composition = _SAID[lang], rulebook.composition
    lines = [
        NOT_DATA,
        page.kind.zh if lang == "zh" else page.kind.en,
        said["intro"].format(sheet=title),
        said["rules"].format(title=composition.title[lang], id=composition.id),
        said["illustrative"] if rulebook.illustrative else "",
        said["check"],
    ]
    for row, line in enumerate(lines, start=1):
        put(sheet, row, 1, line)
    for column, text in enumerate(_HEAD[lang], start=1):
        put(sheet, 8, column, text)
    _dress(sheet, 8, 4)
    for row, name in enumerate(page.columns, start=9):
        for column, text in enumerate(_note(name, page, lang), start=1):
            put(sheet, row, column, text)
    for letter, width in zip("ABCD", (18, 12, 40, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    for (cell,) in sheet.iter_rows(min_row=9, min_col=3, max_col=3):
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        sheet.row_dimensions[cell.row].height = 15.0 * (1 + (2 * len(str(cell.value or "")) - 1) // 38)
    sheet.freeze_panes = "A9"


def _note(name: str, page: Page, lang: Lang) -> tuple[str, str, str, str]:
    said, kind = _SAID[lang], page.kind
    required = (
        "yes" if name in kind.required else "one" if any(name in group for group in kind.any_of) else "no"
    )
    allowed = ""
    if name in page.choices:
        values = page.choices[name]
        allowed = "、".join(values) if len(values) <= 8 else f"{said['list']} ({len(values)})"
    elif name in plan()["dates"]:
        allowed = said["date"]
    elif name in plan()["limits"]:
        low, high = plan()["limits"][name]
        allowed = f"{low}–{_most(name, page, high):.10g}"
    return kind.fields[name].zh, said[required], allowed, plan()["help"].get(name, {}).get(lang, "")


def _example(book: Workbook, page: Page, names: Names, lang: Lang) -> None:
    sheet = book.create_sheet(EXAMPLE)
    put(sheet, 1, 1, NOT_DATA)
    put(sheet, 2, 1, _SAID[lang]["example"])
    for column, text in enumerate(headers(page), start=1):
        put(sheet, 4, column, text)
    _dress(sheet, 4, len(page.columns))
    for row, values in enumerate(example_rows(page, names), start=5):
        for column, name in enumerate(page.columns, start=1):
            cell = put(sheet, row, column, values.get(name))
            if isinstance(cell.value, dt.date):
                cell.number_format = "yyyy-mm-dd"
    from openpyxl.utils import get_column_letter

    for column in range(1, len(page.columns) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 16
    sheet.freeze_panes = "A5"
