"""What intake says about a sheet, in both languages; files are in `file_messages.py`, rows and cells in
`row_messages.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from analysis.errors import Problem, Severity


@dataclass(frozen=True)
class Message:
    """A problem without its place; the words in braces are filled in."""

    code: str
    zh: str
    en: str
    fix_zh: str = "请修改该单元格。"
    fix_en: str = "Correct the cell."
    severity: Severity = "error"

    def problem(
        self, file: str = "", sheet: str = "", row: int | None = None, column: str = "", **words: Any
    ) -> Problem:
        """The problem at a place; `words` fill the braces, `value` among them is kept."""
        filled = {"value": "", **words}
        texts = {name: getattr(self, name).format(**filled) for name in ("zh", "en", "fix_zh", "fix_en")}
        return Problem(
            code=self.code,
            file=file,
            sheet=sheet,
            row=row,
            column=column,
            value=str(filled["value"]),
            severity=self.severity,
            **texts,
        )

    def as_notice(self) -> Message:
        return replace(self, severity="notice")


SAVE = (
    "请用 Excel 或 WPS 打开后另存为 .xlsx 或 UTF-8 编码的 .csv。",
    "Open it and save it as .xlsx or as .csv in UTF-8.",
)
"""What helps with most files."""
_KINDS = (
    "请补上缺少的列，表头改用 docs/workbooks.md 所列的写法；"
    "也可在 round.yml 的 kinds 里写明该表的种类，不是数据的表写 skip。",
    "Add the columns it lacks, with headers of docs/workbooks.md; or name the kind of the sheet under "
    "`kinds` in round.yml, `skip` for one that holds no data.",
)

CRASHED = Message(
    "crashed",
    "读取时所用的进程意外中止，可能是内存不足。",
    "ended the process that read it, perhaps for lack of memory.",
    f"请关闭其他程序后重试；若仍如此：{SAVE[0]}",
    f"Close other programs and try again; if it happens again: {SAVE[1]}",
)
HIDDEN_ROWS = Message(
    "hidden_rows",
    "有 {n} 行是隐藏的（第 {value} 行），已照常读取。",
    "{n} rows are hidden (rows {value}); they were read like the others.",
    "如不应计入，请删除这些行。",
    "Delete them if they should not count.",
    "notice",
)
HIDDEN_COLUMNS = Message(
    "hidden_columns",
    "有 {n} 列是隐藏的（{value}），已照常读取。",
    "{n} columns are hidden ({value}); they were read like the others.",
    "如不应计入，请删除这些列。",
    "Delete them if they should not count.",
    "notice",
)
SUBTOTAL = Message(
    "subtotal_row",
    "“{value}”是小计或平均行，未作为数据读取{checked_zh}。",
    "{value!r} is a subtotal or an average, not read as data{checked_en}.",
    "",
    "",
    "notice",
)
WRONG_SUBTOTAL = Message(
    "wrong_subtotal",
    "“{label}”写的是 {value}，而它所汇总的行（{rows_zh}）算出来是 {expected}。",
    "{label!r} says {value}, but its rows ({rows_en}) give {expected}.",
    "请核对：是漏了行、改了数，还是公式范围不对。",
    "Check whether a row is missing, a number was changed, or the formula spans other rows.",
    "warning",
)
BLOCKS = Message(
    "several_tables",
    "工作表里有 {n} 张表，已分别读取（{value}）。",
    "the sheet holds {n} tables, read one by one ({value}).",
    "",
    "",
    "notice",
)
BESIDE = Message(
    "beside_tables",
    "单元格 {cell}“{value}”在各张表之外，未读取。",
    "cell {cell} ({value!r}) stands outside the tables of the sheet; not read.",
    "如是数据，请移到有表头的列；如是说明，请移到表的上方或下方。",
    "Move it into a column with a header if it is data, above or below the tables if it is a note.",
    "warning",
)
VARIANT = Message(
    "variant_name",
    "“{value}”按字形（繁简、异体）对应为“{name}”，共 {n} 行。",
    "{value!r} was taken as {name!r}, written with variant characters ({n} rows).",
    "如不是同一个，请改正名称。",
    "Correct the name if it is another one.",
    "notice",
)
ALIAS = Message(
    "alias",
    "“{value}”按 aliases.yml 改为“{name}”，共 {n} 行。",
    "{value!r} was taken as {name!r}, as aliases.yml says ({n} rows).",
    "",
    "",
    "notice",
)
BAD_ALIASES = Message(
    "aliases",
    "{detail_zh}",
    "{detail_en}",
    "请修改 aliases.yml；写法见 docs/workbooks.md。",
    "Correct aliases.yml; docs/workbooks.md says how it is written.",
)
HIDDEN_SHEET = Message(
    "hidden_sheet",
    "该工作表是隐藏的，已照常读取。",
    "the sheet is hidden; it was read like the others.",
    "如不应计入，请删除该表，或在 round.yml 的 kinds 里写 skip。",
    "If it should not count, delete it, or write `skip` for it under `kinds` in round.yml.",
    "notice",
)
SKIPPED = Message(
    "skipped_sheet",
    "按 round.yml 的 kinds 未读取。",
    "not read, as `kinds` in round.yml says.",
    "",
    "",
    "notice",
)
TEXT_ONLY = Message(
    "text_sheet", "只有说明文字，没有表格，未读取。", "holds text only, no table; not read.", "", "", "notice"
)
UNKNOWN_KIND = Message(
    "unknown_kind",
    "无法识别这是哪种表。找到的表头：{found}。最接近的种类：{nearest_zh}。",
    "the kind of this sheet is not recognised. Headers found: {found}. Nearest kinds: {nearest_en}.",
    *_KINDS,
)
AMBIGUOUS_KIND = Message(
    "ambiguous_kind",
    "表头同时符合多种表：{kinds}。找到的表头：{found}。",
    "the headers fit several kinds alike: {kinds}. Headers found: {found}.",
    "请在 round.yml 的 kinds 里写明该表的种类。",
    "Name the kind of the sheet under `kinds` in round.yml.",
)
KIND_LACKS = Message(
    "kind_lacks",
    "round.yml 说这是“{kind}”，但缺少：{missing}。找到的表头：{found}。",
    "round.yml says this is {kind}, but it lacks: {missing}. Headers found: {found}.",
    *_KINDS,
)
NO_SUCH_KIND = Message(
    "no_such_kind",
    "kinds 里的种类“{value}”不存在。允许：{allowed}。",
    "there is no kind {value!r}. Allowed: {allowed}.",
    "请修改 round.yml。",
    "Correct round.yml.",
)
NO_SUCH_SHEET = Message(
    "no_such_sheet",
    "round.yml 提到的工作表“{value}”不存在。现有：{allowed}。",
    "round.yml names sheet {value!r}, which does not exist. There are: {allowed}.",
    "请按“文件.xlsx/工作表”的形式写（csv 只写文件名）。",
    "Write it as `file.xlsx/sheet` (for csv just the file name).",
)
DOUBLE_FIELD = Message(
    "double_field",
    "两列表头含义相同（{field}）：{value}。",
    "two columns mean the same ({field}): {value}.",
    "请删除其中一列，或改用 docs/workbooks.md 里不同的表头。",
    "Delete one of them or give it another header of docs/workbooks.md.",
)
TWO_HEADER_ROWS = Message(
    "two_header_rows",
    "表头上方的一行有多个单元格（{value}），像是多行表头，尚不能读取。",
    "the row above the header holds several cells ({value}): headers in several rows are not read.",
    "请把表头合成一行，或删除该行。",
    "Put the headers into one row, or delete that row.",
)
MERGED_HEADER = Message(
    "merged_header",
    "表头有合并单元格（{value}）。",
    "the header has merged cells ({value}).",
    "请取消合并，每列写一个表头。",
    "Unmerge them and give every column its own header.",
)
NO_RULES = Message(
    "no_rules",
    "round.yml 没有写 composition，无法解读“{kind}”。",
    "round.yml names no composition, so {kind} cannot be read.",
    "请在 round.yml 写明 composition。",
    "Name a `composition` in round.yml.",
)
UNUSED_COLUMN = Message(
    "unused_column",
    "未识别的列，未使用。",
    "column not used: its header is not known here.",
    "如需使用，请改用 docs/workbooks.md 所列表头。",
    "If it matters, use a header of docs/workbooks.md.",
    "notice",
)
UNUSED_OPTION = Message(
    "unused_option",
    "未识别的列，其人数没有计入任何选项。",
    "column not used: it is no option of the framework, and what it counts is not in any answer.",
    "如是选项，请改为测评体系里的选项名称；否则请删除该列。",
    "Give it the name of an option of the framework, or delete it if it is none.",
    "warning",
)
UNUSED_ANSWERS = Message(
    "unused_answers",
    "未识别的题目，其中的回答没有计入任何测评题。",
    "column not used: its header names no question of the framework, so the answers in it count nowhere.",
    "如是测评题，请把表头改为测评体系里的题目；按选项分列的，请写成“题目：选项”。否则请删除该列。",
    "Give it the wording of a question of the framework (`question: option` for a column of one option), "
    "or delete it if it is none.",
    "warning",
)
UNUSED_UNIT = Message(
    "unused_unit",
    "未识别的列，其中的数没有计入任何单位。",
    "column not used: its header is no unit of the register, and its numbers count for nobody.",
    "如是被测评单位，请加入单位名册，或在 aliases.yml 里写明它是谁的别名；否则请删除该列。",
    "Add it to the sheet of units or to aliases.yml if it is a unit, or delete the column.",
    "warning",
)
PERSONAL = Message(
    "personal_data",
    "含个人信息，未读入任何表。",
    "personal data, not carried into any table.",
    "",
    "",
    "notice",
)
NOTES = Message(
    "note_rows",
    "表下说明，未作为数据读取：{value}",
    "note under the table, not read as data: {value}",
    "",
    "",
    "notice",
)
NO_UNITS = Message(
    "no_units_sheet",
    "没有单位名册，以数据中出现的 {n} 个名称为被测评单位：{value}。",
    "there is no sheet of units; the {n} names found in the data are taken: {value}.",
    "请核对名称；最好加一张“单位名册”。",
    "Check the names; better add a sheet of units.",
    "warning",
)

NO_SUCH_COLUMN = Message(
    "parquet",
    "不符合 observations 表的约定：{detail_zh}",
    "does not keep the contract of the table observations: {detail_en}",
    "请按 docs/workbooks.md 重新生成该文件。",
    "Write the file again as docs/workbooks.md says.",
)

SHEET_LEVEL = frozenset(
    message.code
    for message in (
        BAD_ALIASES,
        UNKNOWN_KIND,
        AMBIGUOUS_KIND,
        KIND_LACKS,
        NO_SUCH_KIND,
        NO_SUCH_SHEET,
        DOUBLE_FIELD,
        TWO_HEADER_ROWS,
        MERGED_HEADER,
        NO_RULES,
        NO_SUCH_COLUMN,
    )
)
"""Codes of the problems of whole sheets, files or round.yml: nobody can accept those and go on."""
