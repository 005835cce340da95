"""What intake says about the files on an analyst's desk: checked copies, corrections, questionnaires."""

from __future__ import annotations

from analysis.intake.words import messages
from analysis.intake.words.file_messages import FILE_LEVEL
from analysis.intake.words.messages import Message

_ENTRY = (
    "请改正 corrections.yml 的第 {entry} 条；格式见 docs/workbooks.md。",
    "Correct entry {entry} of corrections.yml; docs/workbooks.md shows the form.",
)

COPY_BESIDE = Message(
    "copy_beside_original",
    "这是“{value}”的检查副本，与原文件或另一份副本同在一个文件夹，未读取：数据不能算两遍。",
    "is a checked copy of {value!r} beside the original or another copy; not read: nothing counts twice.",
    "请只保留一份：把改好的副本放到原文件的位置，并移走原文件。",
    "Keep one of them: put the corrected copy in the original's place and take the original away.",
)
COPY_EDITED = Message(
    "copy_edited",
    "检查副本“{value}”写出后已被修改，没有覆盖。",
    "the checked copy {value!r} was edited since it was written and was not replaced.",
    "请把它放到原文件的位置（或移走）后再检查。",
    "Put it in the original's place (or take it away), then check again.",
    "warning",
)
COPY_CELLS = Message(
    "copy_of_cells",
    "检查副本“{value}”只有原文件各单元格的内容（公式只剩结果），没有格式、公式、图片、图表、批注、下拉选项、宏和打印设置。",
    "the checked copy {value!r} holds what stands in the cells of its original (of formulas the results): "
    "no formats, formulas, pictures, charts, comments, drop-downs, macros or print settings.",
    "请照副本的标注改原文件；若用副本替换，请先另存原文件。",
    "Correct the original as the copy shows; keep the original elsewhere if the copy takes its place.",
    "warning",
)
COPY_TOO_LARGE = Message(
    "copy_too_large",
    "没有写检查副本：行、列或单元格文字超过 Excel 工作表的上限。",
    "no checked copy was written: its rows, columns or texts are more than a sheet of Excel holds.",
    "请照上面列出的问题改原文件。",
    "Correct the file itself by the problems listed.",
    "warning",
)
COPY_LACKS = Message(
    "copy_lacks",
    "检查副本“{value}”没有原文件的{what_zh}：内容改动后即失效。",
    "the checked copy {value!r} does not have the {what_en} of its original, void once contents change.",
    "若用副本替换，请先另存原文件，需要时重新签名。",
    "Keep the original elsewhere if the copy takes its place; sign it again where that is needed.",
    "warning",
)
TEMPLATE_EXISTS = Message(
    "template_exists",
    "文件“{value}”已存在，没有覆盖。",
    "{value!r} is there already and was not replaced.",
    "请换一个文件夹，或先移走该文件。",
    "Choose another folder, or take the file away.",
)
NO_UNITS_FILE = Message(
    "no_units_file",
    "没有名册文件“{value}”。",
    "there is no file {value!r} with units.",
    "请给出 .xlsx 或 .csv 名册。",
    "Give a workbook or csv with the units.",
)
CORRECTIONS_FILE = Message(
    "corrections_file",
    "无法使用：{detail_zh}。",
    "cannot be used: {detail_en}.",
    "请按 docs/workbooks.md 的格式修改 corrections.yml。",
    "Write corrections.yml as docs/workbooks.md shows.",
)
CORRECTION_FORM = Message(
    "correction_form",
    "第 {entry} 条的“{field}”：{detail_zh}。",
    "entry {entry}, {field}: {detail_en}.",
    *_ENTRY,
)
CORRECTION_PLACE = Message(
    "correction_place",
    "第 {entry} 条更正找不到{what_zh}“{value}”。现有：{allowed}。",
    "entry {entry}: there is no {what_en} {value!r}. There are: {allowed}.",
    *_ENTRY,
)
CORRECTION_KEY = Message(
    "correction_key",
    "第 {entry} 条更正的“{value}”对应 {n} 个单元格，应恰好一个。",
    "entry {entry}: {value!r} stands for {n} cells, not for one.",
    *_ENTRY,
)
CORRECTION_STALE = Message(
    "correction_stale",
    "第 {entry} 条更正的原值“{old}”已不在该单元格（现为“{value}”）。",
    "entry {entry}: the old value {old!r} is no longer in the cell, which holds {value!r}.",
    "请核对：若文件已更正，请删除该条；否则请改写原值。",
    "Check it: delete the entry if the file was corrected, else write the value that is there.",
)
CORRECTION_TWICE = Message(
    "correction_twice",
    "第 {entry} 条与第 {other} 条更正同一个单元格。",
    "entries {entry} and {other} correct the same cell.",
    *_ENTRY,
)
CORRECTED = Message(
    "corrected",
    "已按 corrections.yml 更正：“{old}”改为“{new}”（{reason}；{confirmed_by}确认）。",
    "corrected as corrections.yml says: {old!r} to {new!r} ({reason}; confirmed by {confirmed_by}).",
    "",
    "",
    "notice",
)
SEVERAL_ANSWERS = Message(
    "several_answers",
    "有 {n} 份答卷选了多个答案（首例：{value}），每个答案按选中个数的倒数计，一份答卷只算一次。",
    "{n} cells hold several answers (first: {value}); each counts one over their number, "
    "so that a respondent counts once.",
    "如为单选题，请改正答卷。",
    "If the question allows one answer only, correct the cells.",
    "notice",
)

PERSONAL_VALUES = Message(
    "personal_data",
    "含个人信息（{what_zh}），未读入任何表。",
    "personal data ({what_en}), not carried into any table.",
    "",
    "",
    "notice",
)
RESPONDENT_NAMED = Message(
    "personal_respondent",
    "问卷编号含个人信息（{what_zh}），已改用流水编号。",
    "the numbers of the questionnaires hold personal data ({what_en}); running numbers replace them.",
    "请在源文件中改用不能识别个人的编号。",
    "Number the questionnaires in a way that names nobody.",
    "warning",
)

UNUSED_NUMBERS = Message(
    "unused_numbers",
    "未识别的列，其中的数值没有计入。{near_zh}",
    "column not used: the numbers in it count nowhere.{near_en}",
    "如应计入，请改用测评体系里的名称（按年度分列的写 2024年）；否则请删除该列。",
    "Give it the name in the framework (a column of a year: 2024), or delete it if it should not count.",
    "warning",
)
OTHER_MATERIAL = Message(
    "other_material",
    "“{value}”不是测评体系里的材料，按另外报送的材料列入日历。{near_zh}",
    "{value!r} is no evidence of the rules; it stands in the calendar on its own.{near_en}",
    "如是同一材料，请改用测评体系里的名称。",
    "Use the name in the rules if it is the same.",
    "notice",
)
PORTION_DIFFERS = Message(
    "portion_differs",
    "占比 {value} 与人数不符：{counted}。",
    "the portion {value} is not that of the count: {counted}.",
    "请核对人数、占比和有效样本。",
    "Check the count, the portion and the sample.",
    "warning",
)
COUNTS_DIFFER = Message(
    "counts_differ",
    "各选项人数之和是 {total}，而有效样本是 {value}。",
    "the counts of the options add up to {total}, while the sample is {value}.",
    "请核对各选项人数和有效样本；多选题请在题目后注明“（多选）”。",
    "Check the counts and the sample; say (可多选) behind a question that allows several answers.",
    "warning",
)

SHEET_LEVEL = (
    messages.SHEET_LEVEL
    | FILE_LEVEL
    | {
        message.code
        for message in (
            COPY_BESIDE,
            CORRECTIONS_FILE,
            CORRECTION_FORM,
            CORRECTION_PLACE,
            CORRECTION_KEY,
            CORRECTION_STALE,
            CORRECTION_TWICE,
        )
    }
)
"""Codes of the problems that nobody can accept and go on."""
