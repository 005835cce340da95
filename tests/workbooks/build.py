# ruff: noqa: E501
"""The corpus: small files as offices send them, each a layout or a fault, with what it must become.

`python tests/workbooks/build.py DIR` writes them all. All data are synthetic.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import struct
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import xlsxwriter
import xlwt
from openpyxl.cell.cell import Cell

H = ["单位", "点位", "编号", "结果", "扣分"]
A = ["甲区", "人民路", "F-1-1", "符合", None]
B = ["甲区", "东市场", "F-2-1", None, 1.5]
C = ["乙区", "解放路", "F-1-1", "不符合", None]
ABC = {("甲区", "F-1-1", 1.0), ("甲区", "F-2-1", 1.5), ("乙区", "F-1-1", 0.0)}
LAMPS = ["单位", "指标名称", "年度", "数值"]

Rows = list[list[Any]]


@dataclass(frozen=True)
class Case:
    """`write(path)` makes the file `name`; `table`: (unit, item or leaf, value) of every observation;
    `says`: codes of its problems, in order of their rows, that must be among those reported."""

    name: str
    write: Callable[[Path], None]
    table: set[tuple[str, str, float]]
    says: tuple[str, ...] = ()


CASES: dict[str, Case] = {}


def case(
    name: str, write: Callable[[Path], None], table: set | None = None, *says: str, file: str = "a.xlsx"
) -> None:
    CASES[name] = Case(file, write, ABC if table is None else table, says)


def book(rows: Rows, shape: Callable[[Any], None] | None = None) -> Callable[[Path], None]:
    """A workbook made by openpyxl; `shape` may change its sheet."""

    def write(path: Path) -> None:
        made = openpyxl.Workbook()
        page = made.active
        page.title = "记录"
        for row in rows:
            page.append(row)
        if shape:
            shape(page)
        made.save(path)

    return write


def merged(*ranges: str) -> Callable[[Any], None]:
    return lambda page: [page.merge_cells(one) for one in ranges] and None


def formatted(**formats: str) -> Callable[[Any], None]:
    def shape(page: Any) -> None:
        for cell, code in formats.items():
            page[cell].number_format = code

    return shape


def parts(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the parts of a workbook."""
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    change(found)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in found.items():
            archive.writestr(name, data)


def rewritten(change: Callable[[dict[str, bytes]], None], rows: Rows | None = None) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        book(rows or [H, A, B, C])(path)
        parts(path, change)

    return write


def sheet_xml(change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def apply(found: dict[str, bytes]) -> None:
        found["xl/worksheets/sheet1.xml"] = change(found["xl/worksheets/sheet1.xml"])

    return apply


def raw(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data) and None


def text(encoding: str, delimiter: str = ",") -> Callable[[Path], None]:
    lines = [delimiter.join("" if cell is None else str(cell) for cell in row) for row in (H, A, B, C)]
    return raw("\r\n".join(lines).encode(encoding))


def fast(rows: Rows, **options: Any) -> Callable[[Path], None]:
    """A workbook made by xlsxwriter (shared strings, as Excel writes them)."""

    def write(path: Path) -> None:
        made = xlsxwriter.Workbook(str(path), options)
        page = made.add_worksheet("记录")
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
        made.close()

    return write


def old(path: Path) -> None:
    made = xlwt.Workbook()
    page = made.add_sheet("记录")
    percent = xlwt.easyxf(num_format_str="0.00%")
    for at, row in enumerate([LAMPS, ["甲区", "道路照明亮灯率", 2024, 0.9806]]):
        for column, cell in enumerate(row):
            page.write(at, column, cell, *([percent] if cell == 0.9806 else []))
    made.save(str(path))


def ods(body: str) -> Callable[[Path], None]:
    head = (
        '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x">'
        "<office:body><office:spreadsheet>"
    )
    tail = "</office:spreadsheet></office:body></office:document-content>"

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("META-INF/manifest.xml", "<manifest/>")
            archive.writestr("content.xml", head + body + tail)

    return write


def ods_table(rows: Rows) -> str:
    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        return f"<table:table-cell><text:p>{value}</text:p></table:table-cell>"

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="记录">{lines}</table:table>'


def parquet(path: Path) -> None:
    pd.DataFrame([A, B, C], columns=H).to_parquet(path, index=False)


def hide(page: Any) -> None:
    page.row_dimensions[3].hidden = True
    page.column_dimensions["E"].hidden = True


def _merged_over(page: Any) -> None:
    """Merge A2:A3 and leave what A3 holds, as copying a merge with the brush does."""
    page.merge_cells("A2:A3")
    page._cells[3, 1] = Cell(page, row=3, column=1, value="乙区")


def layouts() -> None:
    """Where the table stands, and what stands around it."""
    title = ["2024年实地考察记录（合成数据）"]
    case("plain", book([H, A, B, C]))
    case("title above", book([title, [], H, A, B, C], merged("A1:E1")))
    case("title and details above", book([title, ["单位：市文明办", "", "日期：2024年"], H, A, B, C]))
    case("notes below", book([H, A, B, C, [], ["注：合成数据。"], ["审核人：无"]]), None, "note_rows")
    case("table away from the corner", book([[], [], *[[None, None, *row] for row in (H, A, B, C)]]))
    case("blank rows inside", book([H, A, [], B, [], [], C]))
    case(
        "header with line breaks and wide characters",
        book([["单\n位", "点　位", "测评项\n编号", "结果", "扣　分"], A, B, C]),
    )
    case("traditional header", book([["單位", "點位", "測評項編號", "結果", "扣分"], A, B, C]))
    groups = [["基本信息", None, "测评情况", None, None], H]
    case("two header rows, merged", book([*groups, A, B, C], merged("A1:B1", "C1:E1")))
    tall = [["单位", "点位", "测评情况", None, None], [None, None, "编号", "结果", "扣分"]]
    case(
        "two header rows, merged both ways",
        book([*tall, A, B, C], merged("A1:A2", "B1:B2", "C1:E1")),
    )
    case("two header rows, not merged", book([*tall, A, B, C]))
    joined = [["单位", "点位", None, "编号", "结果", "扣分"], [None, "名称", "序号", None, None, None]]
    shifted = [[row[0], row[1], 1, *row[2:]] for row in (A, B, C)]
    case(
        "parent and child make one header",
        book([*joined, *shifted], merged("A1:A2", "B1:C1", "D1:D2", "E1:E2", "F1:F2")),
    )
    other = [["单位", "指标名称", "得分（上季度）"], ["甲区", "制度建设", 9]]
    case("a score under a header that says more", book(other), set(), "unknown_kind")
    both = [["单位", "指标名称", "得分", "得分（上季度）"], ["甲区", "制度建设", 9, 8]]
    case("the score of another quarter beside it", book(both), {("甲区", "M-2", 9.0)})
    hints = ["*单位", "点位（必填）", "编号：", "结果(符合/不符合)", "扣 分\n（分）"]
    remarked = [[*H, "存在问题", "备注"], [*A, "无", "x"], [*B, "异味", None], [*C, "贴画", "y"]]
    case("remarks beside problems", book(remarked))
    case(
        "a check under a header nobody knows",
        book(
            [["单位", "点位", "测评说法", "测评结果", "得分"], ["甲区", "人民路", "无小广告", "符合", None]]
        ),
        set(),
        "unknown_kind",
    )
    case(
        "columns numbered below the header",
        book([H, ["甲", "乙", "丙", "1", "2"], A, B, C]),
        None,
        "column_numbers",
    )
    case(
        "columns numbered in brackets",
        book([H, ["（1）", "（2）", "（3）", "（4）", "（5）"], A, B, C]),
        None,
        "column_numbers",
    )
    case("title with its annex beside it", book([["考察表", None, None, None, "附件3"], H, A, B, C]))
    case("form number and title above", book([["表号", None, "1表"], ["考察表（合成数据）"], H, A, B, C]))
    case(
        "two rows of headers, not joined",
        book([["基本", None, None, "测评", None], H, A, B, C]),
        set(),
        "two_header_rows",
    )
    ticked = [
        ["单位", "点位", "编号", "测评结果", None, None],
        [None, None, None, "符合", "不符合", "不涉及"],
    ]
    marked = [
        [*A[:3], "√", None, None],
        ["甲区", "人民路", "F-1-2", None, None, "☑"],
        [*C[:3], None, "√", None],
    ]
    case(
        "results ticked in columns of their own",
        book([*ticked, *marked], merged("A1:A2", "B1:B2", "C1:C2", "D1:F1")),
        {("甲区", "F-1-1", 1.0), ("甲区", "F-1", -1.0), ("乙区", "F-1-1", 0.0)},
    )
    one_row = ["单位", "点位", "编号", "是", "否", "扣分"]
    case(
        "results ticked, two in one row",
        book([one_row, [*A[:3], "√", "√", None], [*B[:3], None, None, 1.5], [*C[:3], "□", "☑", None]]),
        {("甲区", "F-2-1", 1.5), ("乙区", "F-1-1", 0.0)},
        "not_allowed",
    )
    case("headers with marks and hints", book([hints, A, B, C]))
    deep = [
        ["被测评\n单　位", "点位信息", None, "考察情况", None, None],
        [None, "点位", None, "测评项\n编号", "结果", "扣分情况"],
        [None, "名称", "序号", None, None, "扣分"],
    ]
    case(
        "three header rows, merged",
        book([title, *deep, *shifted], merged("A2:A4", "B2:C2", "D2:F2", "B3:C3", "D3:D4", "E3:E4")),
    )
    pages = [title, *groups, A, ["第 1 页 共 2 页"], title, *groups, B, C, ["第 2 页 共 2 页"]]
    case(
        "header of two rows repeated, not merged",
        book(pages, merged("A2:B2", "C2:E2")),
        None,
        "repeated_header_row",
        "note_rows",
    )
    across = merged("A1:E1", "A2:B2", "C2:E2", "A5:E5", "A6:E6", "A7:B7", "C7:E7", "A11:E11")
    case("header of two rows repeated, merged", book(pages, across), None, "repeated_header_row", "note_rows")
    signed = [["注：1.合成数据；"], ["　　2.扣分为正数。"], ["制表人：", "无", None, "审核人：无", "6月30日"]]
    case("notes and a line to sign below", book([H, A, B, C, [], *signed]), None, "note_rows")
    case(
        "only a line to sign below",
        book([H, A, B, C, ["组长签字：", None, None, "日期："]]),
        None,
        "note_rows",
    )
    case("header repeated on each page", book([H, A, H, B, title, H, C]), None, "repeated_header_row")
    case(
        "two tables, one under the other", book([H, A, B, [], ["续表"], H[:4], C[:4]]), None, "several_tables"
    )
    pair = [[*H, None, *H], [*A, None, *B], [*C, None, *[None] * 5]]
    case("two tables side by side", book(pair), None, "several_tables")
    blank = [[*H, "　", *H], [*A, " ", *B], [*C, " "]]
    case("white space between two tables", book(blank), None, "several_tables")
    scores = ["单位", "指标名称", "得分", "评价部门"]
    unlike = [
        ["表一", *[None] * 6], [*H, None, None, "表二"], [*A, None, None, *scores],
        [*B, None, None, "甲区", "制度建设", "8.5分", "省委"], [*C, None, None, "乙区", "制度建设", "/", "省委"],
    ]  # fmt: skip
    case(
        "two kinds side by side, headers in different rows",
        book(unlike), ABC | {("甲区", "M-2", 8.5), ("乙区", "M-2", -1.0)}, "several_tables",
    )  # fmt: skip
    close = [[*H, *H], [*A, *B], [*C, *[None] * 5]]
    case("two tables side by side without a gap", book(close), None, "several_tables")
    apart = [[*H, None, None, *H], [*A, None, None, *B], [*[None] * 5, "待核"], C]
    lines = ["甲区", "东市场", "F-2-1", None, "0.5\n1"]
    case("two numbers in one cell", book([H, A, lines, C]), ABC - {("甲区", "F-2-1", 1.5)}, "not_a_number")
    case("a cell between two tables", book(apart), None, "several_tables", "beside_tables")
    lost = [["数据", *H[1:]], A, ["续表"], H, C]
    case(
        "a table without its first header above another", book(lost), {("乙区", "F-1-1", 0.0)}, "unknown_kind"
    )
    case("a lone cell below a blank header", book([[None, *H], ["第一组"], [None, *A], [None, *B], [None, *C]]), None,
         "cell_without_header")  # fmt: skip
    case("merged unit", book([H, A, [None, *B[1:]], C], merged("A2:A3")))
    case(
        "an empty cell inherits nothing",
        book([H, A, [None, *B[1:]], C]),
        {("甲区", "F-1-1", 1.0), ("乙区", "F-1-1", 0.0)},
        "blank",
    )
    case(
        "a merged number counts in each row",
        book([H, B, ["甲区", "东市场", "F-2-2", None, None]], merged("E2:E3")),
        {("甲区", "F-2-1", 1.5), ("甲区", "F-2-2", 1.5)},
        "merged_number",
    )
    case("a merged blank counts nothing", book([H, ["甲区", "人民路", "F-1-1", "符合", None], C], merged("E2:E3")),
         {("甲区", "F-1-1", 1.0), ("乙区", "F-1-1", 0.0)})  # fmt: skip
    case("a value under merged cells", book([H, A, ["乙区", *B[1:]], C], _merged_over), None, "under_merged")
    case(
        "merged across columns",
        book([H, A, B, C], merged("A2:B2")),
        ABC - {("甲区", "F-1-1", 1.0)},
        "merged_cells",
    )
    case(
        "heading inside", book([H, ["一、主城区"], A, B, ["二、郊区"], C], merged("A2:E2", "A5:E5")), None,
        "section_row",
    )  # fmt: skip
    case(
        "headings inside, not merged",
        book([H, ["一、主城区"], A, B, ["（二）郊区"], C]),
        None,
        "section_row",
    )
    case("hidden row and column", book([H, A, B, C], hide), None, "hidden_rows", "hidden_columns")
    case(
        "hidden sheet",
        book(
            [H, A, B, C],
            lambda page: page.parent.create_sheet("空") and setattr(page, "sheet_state", "hidden"),
        ),
        None,
        "hidden_sheet",
    )
    case("rows formatted far below", book([H, A, B, C], formatted(A90000="0.00")))
    case("column beside without header", book([H, A, [*B, "？"], C]), ABC - {("甲区", "F-2-1", 1.5)},
         "cell_without_header")  # fmt: skip
    case("two headers of one meaning", book([[*H, "失分"], [*A, None]]), set(), "double_field")
    case("no known header", book([["甲", "乙", "丙"], [1, 2, 3]]), set(), "unknown_kind")
    case("text only", book([["填表说明"], ["请如实填写"]]), set(), "text_sheet")
    case("empty sheet", book([]), set())


def subtotals() -> None:
    """Rows that summarise others."""
    rows = [H, B, ["甲区", "东市场", "F-2-2", None, 0.5]]
    two = {("甲区", "F-2-1", 1.5), ("甲区", "F-2-2", 0.5)}
    case("subtotal that is right", book([*rows, ["小计", None, None, None, 2]]), two, "subtotal_row")
    case("subtotal that is wrong", book([*rows, ["小计", None, None, None, 3]]), two, "wrong_subtotal")
    case("average", book([*rows, ["全区平均分", None, None, None, 1]]), two, "subtotal_row")
    case("average that is wrong", book([*rows, ["平均", None, None, None, 1.2]]), two, "wrong_subtotal")
    case("subtotal above", book([H, ["合计", None, None, None, 2], *rows[1:]]), two, "subtotal_row")
    case(
        "subtotal in the middle",
        book([H, B, ["甲区小计", None, None, None, 1.5], A, C, ["总计", None, None, None, 1.5]]),
        None,
        "subtotal_row",
    )
    other = [["乙区", "解放路", "F-1-2", "不符合", None], ["甲区", "人民路", "F-1-1", "符合", None]]
    more = {("乙区", "F-1", 0.0), ("甲区", "F-1-1", 1.0)}
    summed = [H, *rows[1:], ["甲区小计", None, None, None, 1.5], ["乙区", "解放路", "F-1-2", "不符合", None]]
    counted = [[*row, n] for row, n in zip(summed, ("处数", 1, 1, 3, 3), strict=True)]
    case(
        "subtotal that only the next block would give",
        book(counted),
        two | {("乙区", "F-1", 0.0)},
        "wrong_subtotal",
    )
    case("subtotal that only all rows would give", book([H, B, ["小计", None, None, None, 1.5], rows[2],
         ["小计", None, None, None, 2]]), two, "wrong_subtotal")  # fmt: skip
    case("subtotals above their blocks", book([H, ["合计", None, None, None, 2], ["甲区小计", None, None, None, 2],
         *rows[1:], ["乙区小计", None, None, None, 0], other[0]]), two | {("乙区", "F-1", 0.0)}, "subtotal_row")  # fmt: skip
    case("total of no rows", book([H, ["合计", None, None, None, 5]]), set(), "wrong_subtotal")
    case("total of blanks", book([H, *other, ["合计", None, None, None, 5]]), more, "wrong_subtotal")
    case("highest, lowest, a total with a bracket", book([*rows, ["合计（2处）", None, None, None, 2],
         ["平均扣分", None, None, None, 1], ["最高分", None, None, None, 1.5], ["最低分", None, None, None, 0.5]]),
         two, "subtotal_row")  # fmt: skip
    case("highest that is wrong", book([*rows, ["最高分", None, None, None, 2]]), two, "wrong_subtotal")
    case(
        "subtotal in the column of checks",
        book([*rows, ["甲区", "东市场", "小计", None, 2]]),
        two,
        "subtotal_row",
    )
    case("an indicator called an average", book([["指标名称", *LAMPS[:1], *LAMPS[2:]],
         ["细颗粒物年平均值", "甲区", 2024, 35], ["道路照明亮灯率", "甲区", 2024, "98%"]]), {("甲区", "M-3", 98.0)},
         "unknown_item")  # fmt: skip
    case("an average of all rows in the middle", book([H, B, ["全区平均", None, None, None, 1], rows[2]]),
         two, "subtotal_row")  # fmt: skip
    case(
        "subtotal of a merged unit",
        book([*rows, [None, "小计", None, None, 2]], merged("A2:A4")), two, "subtotal_row",
    )  # fmt: skip


def values() -> None:
    """Forms of values."""
    lamp = ["甲区", "道路照明亮灯率", 2024]

    def lamps(name: str, cell: Any, value: float | None, *says: str, shape: Any = None) -> None:
        table = set() if value is None else {("甲区", "M-3", value)}
        case(name, book([LAMPS, [*lamp, cell]], shape), table, *says)

    lamps("percent as text", "98.06%", 98.06)
    lamps("percent by number format", 0.9806, 98.06, shape=formatted(D2="0.00%"))
    lamps("percent sign by number format", 98.06, 98.06, shape=formatted(D2='0.00"%"'))
    lamps("share or percentage", 0.9806, None, "share_or_percent")
    lamps("number with an apostrophe and no width", "'98.06\u200b", 98.06)
    lamps("a zero shown as words", 0, -1.0, shape=formatted(D2='0.00%;-0.00%;"无数据"'))
    lamps("a zero shown as a stroke", 0, -1.0, shape=formatted(D2='0.00;-0.00;"/"'))
    lamps("a zero shown as a dash", 0, 0.0, shape=formatted(D2='0.00;-0.00;"-"'))
    lamps("a long dash", "———", -1.0)
    lamps("a standard with its words behind", "98%以上", None, "target_not_value")
    lamps("number as text, full width", "９８．０６", 98.06)
    lamps("a standard in place of a value", "≥98%", None, "target_not_value")
    lamps("an unreadable number", "约98", None, "not_a_number")
    case(
        "ticked box", book([H, ["甲区", "人民路", "F-1-1", "☑符合 □不符合", None]]), {("甲区", "F-1-1", 1.0)}
    )
    for name, cell in (
        ("behind", "符合√ 不符合□"),
        ("in brackets", "（√）符合 （  ）不符合"),
        ("beside ×", "√符合 ×不符合"),
    ):
        case(
            f"ticked box {name}", book([H, ["甲区", "人民路", "F-1-1", cell, None]]), {("甲区", "F-1-1", 1.0)}
        )
    for cell in ("YES", "✕", "未达标"):
        case(
            f"result {cell}",
            book([H, ["甲区", "人民路", "F-1-1", cell, None]]),
            {("甲区", "F-1-1", float(cell == "YES"))},
        )
    case(
        "code by number format", book([H, ["甲区", "人民路", 1, "符合", None]], formatted(C2='"F-1-"0')),
        {("甲区", "F-1-1", 1.0)},
    )  # fmt: skip
    case(
        "code that became a date",
        book([H, ["甲区", "人民路", dt.date(2024, 1, 1), "符合", None]]),
        set(),
        "unknown_item",
    )
    case(
        "names with nothing wide in them",
        book([H, ["\u200b甲区", "人民路\ufeff", "F—1—1", "符合", None], B, C]),
    )
    case(
        "site of another unit", book([H, ["甲区", "解放路", "F-1-1", "符合", None], B, C]), ABC - {("甲区", "F-1-1", 1.0)},
        "site_of_other_unit",
    )  # fmt: skip
    case(
        "no box ticked", book([H, ["甲区", "人民路", "F-1-1", "口符合 口不符合", None]]), set(), "not_allowed"
    )
    case("not applicable", book([H, ["甲区", "人民路", "F-1-1", "/", None]]), {("甲区", "F-1-1", -1.0)})
    for name, cell in (("passed", "符合"), ("not applicable", "不涉及")):
        row = ["甲区", "东市场", "F-2-1", cell, 0.5]
        case(f"points off although {name}", book([H, row, C]), {("乙区", "F-1-1", 0.0)}, "contradiction")
    case(
        "points off a check that passed",
        book([H, [*A[:4], 0.5], C]),
        {("乙区", "F-1-1", 0.0)},
        "contradiction",
    )
    case(
        "points off without a result",
        book([H, [*A[:3], None, 0.5], C]),
        {("乙区", "F-1-1", 0.0)},
        "without_result",
    )
    tiny = [*A[:4], 0.1 + 0.2 - 0.3]
    case("what is left of zero in the machine", book([H, tiny, C]), ABC - {("甲区", "F-2-1", 1.5)})
    full = ["单位", "指标名称", "分值", "得分"]
    case(
        "full marks beside the score",
        book([full, ["甲区", "制度建设", 10, 8], ["乙区", "制度建设", 20, 8]]),
        {("甲区", "M-2", 8.0)},
        "full_marks_differ",
    )
    wide = ["单位", "材料审核（40分）", "field（100分）"]
    case(
        "full marks in the header",
        book([wide, ["甲区", 36, 85], ["乙区", "90%", "／"]]),
        {("乙区", "material", 90.0), ("乙区", "field", -1.0)},
        "full_marks_differ",
    )
    below = [
        ["单位", "材料审核", None, "备注"],
        [None, "满分", "得分", None],
        ["甲区", 40, 36, None],
        ["乙区", 100, 80, None],
    ]
    case(
        "full marks below one name with the score",
        book(below, merged("A1:A2", "B1:C1", "D1:D2")),
        {("乙区", "material", 80.0)},
        "full_marks_differ",
    )
    case("missing", book([H, ["甲区", "人民路", "F-1-1", "无数据", None]]), {("甲区", "F-1-1", -1.0)})
    case("points with their unit", book([H, [*B[:4], "1.5分"]]), {("甲区", "F-2-1", 1.5)})
    case("unit in traditional characters", book([H, ["甲區", *A[1:]], B, C]), None, "variant_name")
    case(
        "unit with a slip", book([H, ["甲曲", *A[1:]], B, C]), ABC - {("甲区", "F-1-1", 1.0)}, "unknown_unit"
    )
    case(
        "dates in every form",
        book([[*H, "日期"], [*A, "2024.5.1"], [*B, dt.date(2024, 5, 1)], [*C, 45413]]),
    )
    spoken = ["二〇二四年五月一日", "2024年5月1日（星期三）上午", "2024—05—01"]
    case(
        "dates in words",
        book([[*H, "日期"], *([*row, day] for row, day in zip((A, B, C), spoken, strict=True))]),
    )
    case(
        "a date that is none", book([[*H, "日期"], [*A, "去年"], [*B, None], [*C, None]]),
        ABC - {("甲区", "F-1-1", 1.0)}, "not_a_date",
    )  # fmt: skip
    case(
        "error cell",
        book([H, A, [*B[:4], "#REF!"], C]),
        ABC - {("甲区", "F-2-1", 1.5)},
        "error_cell",
    )
    case(
        "formula without a stored value",
        book([H, A, [*B[:4], "=1+0.5"], C]),
        ABC - {("甲区", "F-2-1", 1.5)},
        "formula_without_value",
    )
    case(
        "formula text is only text",
        rewritten(
            sheet_xml(lambda xml: xml),
            [[*H, "存在问题"], [*A, "'=cmd|' /C calc'!A0"], [*B, None], [*C, None]],
        ),
    )


def formats() -> None:
    """Kinds of files and ways to write the same workbook."""
    case("written with shared strings", fast([H, A, B, C]))
    case("macro workbook", book([H, A, B, C]), file="a.xlsm")
    case("old workbook", old, {("甲区", "M-3", 98.06)}, file="a.xls")
    case("OpenDocument", ods(ods_table([H, A, B, C])), file="a.ods")
    case("Parquet table", parquet, file="a.parquet")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"):
        case(f"csv in {encoding}", text(encoding), file="a.csv")
    case("commas in a file for tabs", text("utf-8"), file="a.tsv")
    case("name that begins like one of a lock file", book([H, A, B, C]), file="~a.xlsx")
    case("tab separated", text("utf-8", "\t"), file="a.tsv")
    case("full-width commas", text("utf-8", "，"), file="a.csv")
    guarded = (
        '单位,点位,编号,结果,扣分\n="甲区",人民路\t,="F-1-1",符合,\n'
        '甲区,东市场,F-2-1,,"1.50"\n乙区,解放路,\'F-1-1,不符合,\n'
    )
    case("texts guarded against becoming numbers", raw(guarded.encode()), file="a.csv")
    case("semicolons", text("utf-8", ";"), file="a.csv")
    case("prefixes in the XML", rewritten(sheet_xml(_prefixed)))
    case("no cell references", rewritten(sheet_xml(_without_references)))
    case("comments in the XML", rewritten(sheet_xml(lambda xml: xml.replace(b"</row>", b"<!-- x --></row>"))))
    case("dimension that lies", rewritten(sheet_xml(lambda xml: xml.replace(b"A1:E4", b"A1:B2"))))
    case("ending in capitals", book([H, A, B, C]), file="a.XLSX")


def _prefixed(xml: bytes) -> bytes:
    import re

    body = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", xml)
    return body.replace(b"<x:worksheet xmlns=", b"<x:worksheet xmlns:x=")


def _without_references(xml: bytes) -> bytes:
    """Rows and cells count themselves; blanks must then be written."""
    import re

    filled = xml.replace(b'<c r="E2"', b'<c r="E2"')
    return re.sub(rb' r="[A-Z]+\d+"', b"", _with_blanks(filled))


def _with_blanks(xml: bytes) -> bytes:
    import re

    def row(found: re.Match[bytes]) -> bytes:
        number = found.group(1).decode()
        cells = {
            one.group(1).decode(): one.group(0)
            for one in re.finditer(rb'<c r="([A-Z])\d+".*?</c>', found.group(2))
        }
        inside = b"".join(cells.get(letter, f'<c r="{letter}{number}"/>'.encode()) for letter in "ABCDE")
        return b'<row r="' + number.encode() + b'">' + inside + b"</row>"

    return re.sub(rb'<row r="(\d+)"[^>]*>(.*?)</row>', row, xml)


def faults() -> None:
    """Broken and hostile files."""
    broken = (
        ("empty file", b"", "empty_file"),
        ("picture with the ending of a workbook", b"\x89PNG\r\n\x1a\n" + bytes(100), "renamed_file"),
        ("archive of another kind", b"7z\xbc\xaf\x27\x1c" + bytes(100), "renamed_file"),
        ("text of a word processor", b"{\\rtf1 abc}", "renamed_file"),
        ("rubbish after PK", b"PK\x03\x04junk", "unreadable_file"),
        ("text with the ending of a workbook", "单位,得分".encode(), "renamed_file"),
        ("web page with the ending of a workbook", b"<html><table></table></html>", "renamed_file"),
        ("PDF with the ending of a workbook", b"%PDF-1.7", "renamed_file"),
        ("encrypted", encrypted(), "encrypted"),
        ("encrypted and cut short", encrypted()[:7_000], "encrypted"),
        ("another Office file", compound({"WordDocument": bytes(5_000)}), "renamed_file"),
    )
    for name, data, code in broken:
        case(name, raw(data), set(), code)
    case("encrypted, with the old ending", raw(encrypted()), set(), "encrypted", file="a.xls")
    case("encrypted, with the ending of text", raw(encrypted()), set(), "encrypted", file="a.csv")
    case("old workbook with a password", _old_with_password, set(), "encrypted", file="a.xls")
    case("OpenDocument with a password", _ods_with_password, set(), "encrypted", file="a.ods")
    case("old workbook with the new ending", old, set(), "renamed_file")
    case("old workbook cut short", _old_cut_short, set(), "unreadable_file", file="a.xls")
    case("OpenDocument cut short", _ods_cut_short, set(), "unreadable_file", file="a.ods")
    case("truncated", _truncated, set(), "unreadable_file")
    case("truncated by its last bytes", _without_directory, set(), "unreadable_file")
    case("workbook renamed to csv", book([H, A]), set(), "renamed_file", file="a.csv")
    case("workbook renamed to xls", book([H, A]), set(), "renamed_file", file="a.xls")
    case("odd bytes of UTF-16", raw(b"\xff\xfe\x55\x53\x00"), set(), "encoding", file="a.csv")
    case(
        "quotation mark never closed",
        raw('单位,得分\n"甲区,1\n'.encode()),
        set(),
        "unreadable_file",
        file="a.csv",
    )
    case("other table program", raw(b"x"), set(), "wrong_ending", file="a.et")
    case(
        "cell in the last corner",
        book([H, A], lambda page: page.cell(1_048_576, 16_384, 1)),
        set(),
        "too_large",
    )
    case("string of a gigabyte", _inflated, set(), "too_large_unpacked")
    case("entity bomb", rewritten(sheet_xml(_bomb)), set(), "entities")
    case("entity bomb in the strings", rewritten(_bombed_strings), set(), "entities")
    case("path out of the archive", _escaping, set(), "unsafe_path")
    case("archive in an archive", _nested, set(), "nested_archive")
    case("archive without a workbook", _archive, set(), "renamed_file")
    case("archive with a workbook in it", _packed, set(), "renamed_file")
    case("Word document", _word, set(), "renamed_file")
    case(
        "web page renamed to csv", raw(b"<!DOCTYPE html><table></table>"), set(), "renamed_file", file="a.csv"
    )
    case(
        "web page kept as one file",
        raw(b"MIME-Version: 1.0\r\n\r\n<html>"),
        set(),
        "renamed_file",
        file="a.xls",
    )
    case("XML renamed to csv", raw(b'<?xml version="1.0"?><a/>'), set(), "renamed_file", file="a.csv")
    case("empty text", raw(b""), set(), "empty_file", file="a.csv")
    case("text of blanks", raw(b"\xef\xbb\xbf \r\n\r\n"), set(), "empty_file", file="a.csv")
    bomb = '<table:table table:name="a"><table:table-row table:number-rows-repeated="1048576"><table:table-cell ' \
           'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'  # fmt: skip
    case("OpenDocument with billions of repeated cells", ods(bomb), set(), "too_large", file="a.ods")
    many = '<table:table-row table:number-rows-repeated="600000"><table:table-cell><text:p>x</text:p></table:table-cell>' \
           "</table:table-row>"  # fmt: skip
    case("OpenDocument with rows repeated again and again", ods(f'<table:table table:name="a">{many * 3}</table:table>'),
         set(), "too_large", file="a.ods")  # fmt: skip
    far = ' table:number-columns-repeated="9999999" table:visibility="collapse"/>'
    hidden = f"<table:table-column{far}" * 50
    case("OpenDocument with billions of hidden columns", ods(ods_table([H, A, B, C]).replace("<table:table-row>", f"{hidden}<table:table-row>", 1)), None, "hidden_columns", file="a.ods")  # fmt: skip
    case("one sheet two thousand times", rewritten(_again), set(), "too_large_unpacked")
    case("OpenDocument entity bomb", _ods_bomb, set(), "entities", file="a.ods")
    case("damaged old workbook", _damaged_old, set(), "unreadable_file", file="a.xls")
    case("damaged Parquet", raw(b"PAR1junk"), set(), "unreadable_file", file="a.parquet")
    case("XML cut off", rewritten(sheet_xml(lambda xml: xml[: len(xml) // 2])), set(), "unreadable_file")


def _truncated(path: Path) -> None:
    book([H, A, B, C])(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _without_directory(path: Path) -> None:
    book([H, A, B, C])(path)
    path.write_bytes(path.read_bytes()[:-30])


def _old_cut_short(path: Path) -> None:
    old(path)
    path.write_bytes(path.read_bytes()[:2_000])


def _ods_cut_short(path: Path) -> None:
    ods(ods_table([H, A, B, C]))(path)
    path.write_bytes(path.read_bytes()[:300])


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file (OLE) with streams of 4,096 bytes and more in its root; [MS-CFB]."""
    free, end, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    fat, body, entries = [fat_sector, end], b"", [_entry("Root Entry", 5, end, 0, child=1)]
    for number, (name, data) in enumerate(sorted(streams.items(), key=lambda one: len(one[0])), start=1):
        first, n = len(fat), -(-len(data) // 512)
        fat += [*range(first + 1, first + n), end]
        body += data.ljust(n * 512, b"\0")
        entries.append(_entry(name, 2, first, len(data), right=number + 1 if number < len(streams) else free))
    table = struct.pack("<128I", *fat, *[free] * (128 - len(fat)))
    header = struct.pack("<8s16x5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1,
                         0, 4096, end, 0, end, 0)  # fmt: skip
    return (
        header + struct.pack("<109I", 0, *[free] * 108) + table + b"".join(entries).ljust(512, b"\0") + body
    )


def _entry(
    name: str, kind: int, first: int, size: int, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF
) -> bytes:
    """An entry of the directory of a compound file."""
    text = name.encode("utf-16-le")
    links = struct.pack("<3I16xI16xIQ", 0xFFFFFFFF, right, child, 0, first, size)
    return text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1) + links


_AGILE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption"
 xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password"><keyData saltSize="16" blockSize="16"
 keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512"
 saltValue="AAAAAAAAAAAAAAAAAAAAAA=="/><keyEncryptors><keyEncryptor
 uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password"><p:encryptedKey spinCount="100000"
 saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC"
 hashAlgorithm="SHA512" saltValue="AAAAAAAAAAAAAAAAAAAAAA=="/></keyEncryptor></keyEncryptors></encryption>"""


def encrypted() -> bytes:
    """What Excel writes for a workbook with a password ([MS-OFFCRYPTO], agile encryption): a compound file of
    two streams; the cipher text is noise, which without the password it is to anybody."""
    info = struct.pack("<HHI", 4, 4, 0x40) + _AGILE.encode().ljust(4_100)
    noise = random.Random("cipher").randbytes(6_400)
    return compound({"EncryptionInfo": info, "EncryptedPackage": struct.pack("<Q", 6_390) + noise})


def _old_with_password(path: Path) -> None:
    """The record that follows the first one becomes FILEPASS."""
    old(path)
    data = bytearray(path.read_bytes())
    first = data.index(struct.pack("<HHHH", 0x0809, 16, 0x0600, 0x0005))
    struct.pack_into("<H", data, first + 20, 0x002F)
    path.write_bytes(bytes(data))


def _ods_with_password(path: Path) -> None:
    ods(ods_table([H, A]))(path)
    entry = (
        b'<manifest:manifest xmlns:manifest="m"><manifest:file-entry manifest:full-path="content.xml">'
        b"<manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    )
    noise = random.Random("cipher").randbytes(900)
    parts(path, lambda found: found.update({"META-INF/manifest.xml": entry, "content.xml": noise}))


def _inflated(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as stream:
            for _ in range(60):
                stream.write(b"0" * 1_000_000)


_LAUGHS = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


def _bomb(xml: bytes) -> bytes:
    return _LAUGHS + xml.replace(b"<t>", b"<t>&b;", 1)


def _bombed_strings(found: dict[str, bytes]) -> None:
    found["xl/styles.xml"] = _LAUGHS + b"<styleSheet/>"


def _ods_bomb(path: Path) -> None:
    ods("")(path)
    parts(path, lambda found: found.update({"content.xml": _LAUGHS + found["content.xml"]}))


def _escaping(path: Path) -> None:
    book([H, A])(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../outside.txt", "x")


def _nested(path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.txt", "x")
    book([H, A])(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/deep.zip", inner.getvalue())


def _again(found: dict[str, bytes]) -> None:
    import re

    found["xl/workbook.xml"] = re.sub(
        rb"<sheet [^>]*/>", lambda one: one.group(0) * 2_000, found["xl/workbook.xml"]
    )


def _packed(path: Path) -> None:
    book([H, A])(path)
    data = path.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inside.xlsx", data)


def _word(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")


def _archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")


def _damaged_old(path: Path) -> None:
    old(path)
    data = bytearray(path.read_bytes())
    data[600:900] = struct.pack("<300B", *([255] * 300))
    path.write_bytes(bytes(data))


def answers() -> None:
    """Questionnaires and counts of answers."""
    asked = {("甲区", "Q-1", -1.0)}
    clean = "您对环境卫生满意吗"
    case(
        "a question merged over its options",
        book(
            [
                ["单位", "问卷编号", f"3、{clean}（多选）", None, None],
                [None, None, "满意", "基本满意", "不满意"],
            ]
            + [["甲区", 1, 1, 0, 0], ["甲区", 2, 1, 1, 0]],
            merged("A1:A2", "B1:B2", "C1:E1"),
        ),
        asked,
    )
    head = ["单位", "问卷编号", f"3、请评价—{clean}？"]
    case("a line of a matrix", book([head, ["甲区", 1, "满意"], ["甲区", 2, "(跳过)"]]), asked)
    case("answers as numbers", book([head, ["甲区", 1, "满意"], ["甲区", 2, 2]]), asked, "numbered_answer")
    by_number = ["单位", "问卷编号", f"3、{clean}", "4(满意)", "4(不满意)"]
    case(
        "options of a question told by its number",
        book([by_number, ["甲区", 1, "满意", 1, 0]]), asked, "unused_answers",
    )  # fmt: skip
    counts = ["单位", "题目", "有效样本", "满意", "不满意", "满意率"]
    case(
        "counts that miss the sample",
        book([counts, ["甲区", clean, 100, 60, 39, "60%"]]),
        asked,
        "counts_differ",
    )
    portions = ["单位", "题目", "选项", "占比"]
    case(
        "portions of nobody knows how many",
        book([portions, ["甲区", clean, "满意", "60%"]]),
        set(),
        "portion_alone",
    )
    total = [["单位", "题目", "选项", "人数"], ["甲区", clean, "满意", 60], ["甲区", clean, "合计", 61]]
    case("a total among the options", book(total), asked, "wrong_subtotal")


for fill in (answers, layouts, subtotals, values, formats, faults):
    fill()


def main(folder: Path) -> None:
    """Write every file of the corpus into `folder`."""
    for number, (name, one) in enumerate(CASES.items(), start=1):
        target = folder / f"{number:02d} {name}" / one.name
        target.parent.mkdir(parents=True, exist_ok=True)
        one.write(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
