"""What intake says about a row or a cell, in both languages."""

from __future__ import annotations

from analysis.intake.words.messages import Message

_FILL = ("请补填该单元格。", "Fill the cell.")

MERGED_BODY = Message(
    "merged_cells",
    "该行有横向合并的单元格（{value}），合并的值属于哪几列不能确定。",
    "the row has cells merged across columns ({value}); to which of them their value belongs is open.",
    "请取消合并并逐行填写。",
    "Unmerge them and fill every row.",
)
MERGED_NUMBER = Message(
    "merged_number",
    "合并单元格 {cell} 的数值 {value} 计入它所跨的每一行（共 {n} 行）。",
    "the number {value} of the merged cells {cell} counts in each of their {n} rows.",
    "如只应计一次，请取消合并并逐行填写。",
    "Unmerge them and fill every row if it should count once.",
    "warning",
)
UNDER_MERGED = Message(
    "under_merged",
    "合并单元格 {cell} 显示“{value}”，下面还藏着别的内容（{hidden}）；各行按显示的值读取。",
    "the merged cells {cell} show {value!r} and hide {hidden}; all their rows were read with what is shown.",
    "请取消合并，核对各行的值。",
    "Unmerge them and check the value of every row.",
    "warning",
)
ERROR_CELL = Message(
    "error_cell",
    "单元格 {cell} 是错误值 {value}。",
    "cell {cell} holds the error {value}.",
    "请修正公式或直接填写数值。",
    "Mend the formula, or write the value.",
)
NO_STORED_VALUE = Message(
    "formula_without_value",
    "单元格 {cell} 是公式，文件里没有存下计算结果。",
    "cell {cell} is a formula whose result was not stored in the file.",
    "请用 Excel 或 WPS 打开并保存一次，或改填数值。",
    "Open the file in Excel or WPS and save it once, or write the value.",
)
NO_HEADER_CELL = Message(
    "cell_without_header",
    "单元格“{value}”所在列没有表头。",
    "cell {value!r} stands in a column without a header.",
    "请给该列写表头，或把并排的另一张表移到别的工作表。",
    "Give the column a header, or move the second table to a sheet of its own.",
)
SECTION_ROW = Message(
    "section_row",
    "表中的分段标题，未作为数据读取：{value}",
    "a heading inside the table, not read as data: {value}",
    "",
    "",
    "notice",
)
REPEATED_HEADER_ROW = Message(
    "repeated_header_row",
    "该行重复了表头，未作为数据读取。",
    "the row repeats the header; not read as data.",
    "",
    "",
    "notice",
)
COLUMN_NUMBERS = Message(
    "column_numbers",
    "该行是列的编号（栏次），未作为数据读取：{value}",
    "the row numbers the columns, not read as data: {value}",
    "",
    "",
    "notice",
)
REPEATED_HEADER = Message(
    "repeated_header",
    "该行重复了表头，下面可能是另一张表。",
    "the row repeats the header: perhaps another table begins here.",
    "请删除该行，或把下面的表移到别的工作表。",
    "Delete the row, or move the table below to a sheet of its own.",
)
BLANK = Message("blank", "不能为空。", "must not be blank.", *_FILL)
UNKNOWN_UNIT = Message(
    "unknown_unit",
    "被测评单位“{value}”不在单位名册中。{near_zh}",
    "unit {value!r} is not in the sheet of units.{near_en}",
    "请改正名称，或把它加入单位名册。",
    "Correct the name, or add it to the sheet of units.",
)
UNKNOWN_PLACE = Message(
    "unknown_place",
    "“{value}”不是 {unit} 的下属单位。{near_zh}",
    "{value!r} is no place of {unit}.{near_en}",
    "请改正名称，或把它加入下属单位名册。",
    "Correct the name, or add it to the sheet of places.",
)
PLACE_NEEDED = Message(
    "place_needed",
    "“{component}”按下属单位（村）逐个计分，该行没有下属单位。",
    "{component} is scored place by place, and the row names no place.",
    "请填写下属单位。",
    "Fill in the place.",
)
UNKNOWN_SITE = Message(
    "unknown_site",
    "点位“{value}”不在 {unit} 的点位名册中。{near_zh}",
    "site {value!r} is not in the site register of {unit}.{near_en}",
    "请改正名称，或把它加入点位名册。",
    "Correct the name, or add it to the site register.",
)
SITE_OF_OTHER = Message(
    "site_of_other_unit",
    "点位“{value}”在点位名册中属于 {owner}，不属于 {unit}。",
    "site {value!r} belongs to {owner} in the site register, not to {unit}.",
    "请改正被测评单位，或在点位名册里为 {unit} 也写上这个点位。",
    "Correct the unit, or list the site for {unit} too.",
)
UNKNOWN_SITE_TYPE = Message(
    "unknown_site_type",
    "测评体系没有点位类型“{value}”。{near_zh}",
    "the framework has no site type {value!r}.{near_en}",
    "请改用测评体系里的点位类型。",
    "Use a site type of the framework.",
)
SITE_TYPE_DIFFERS = Message(
    "site_type_differs",
    "点位类型“{value}”与点位名册（{allowed}）不一致。",
    "site type {value!r} contradicts the site register ({allowed}).",
    "请改正其中之一。",
    "Correct one of the two.",
)
UNKNOWN_COMPONENT = Message(
    "unknown_component",
    "没有组成部分“{value}”。允许：{allowed}。",
    "there is no component {value!r}. Allowed: {allowed}.",
)
UNKNOWN_GROUP = Message(
    "unknown_group",
    "分组“{value}”没有对应的测评体系。允许：{allowed}。",
    "no framework is named for group {value!r}. Allowed: {allowed}.",
    "请改正分组，或在组合文件里补上该组的测评体系。",
    "Correct the group, or name its framework in the composition.",
)
UNKNOWN_ITEM = Message(
    "unknown_item",
    "测评体系没有测评项“{value}”。{near_zh}",
    "the framework has no item {value!r}.{near_en}",
    "请改用测评体系里的编号或名称。",
    "Use an id or a label of the framework.",
)
AMBIGUOUS_ITEM = Message(
    "ambiguous_item",
    "“{value}”对应多个测评项：{allowed}。",
    "{value!r} is the label of several items: {allowed}.",
    "请填写测评项编号（或点位类型、组成部分）。",
    "Give the item id (or the site type, or the component).",
)
NEEDS_ITEM = Message(
    "needs_item",
    "指标“{value}”下有多个测评项，需写明是哪一项：{allowed}。",
    "leaf {value!r} has several items; say which: {allowed}.",
    "请填写测评项编号。",
    "Give the item id.",
)
NOT_A_LEAF = Message(
    "not_a_leaf",
    "“{value}”不是可以直接填报的测评项。",
    "{value!r} is not something that can be reported on directly.",
    "请写最低一级的测评项；只有分项得分时请用“给定得分”表。",
    "Name an item of the lowest level; use a sheet of given scores for sub-scores.",
)
NOT_GIVEN = Message(
    "not_given",
    "“{value}”按{rule_zh}计分，不接受给定得分。",
    "{value!r} is scored by {rule_en}; a given score cannot stand for its rows.",
    "请填报逐项结果，或改给上一级得分。",
    "Report its rows, or give the score of a node above it.",
)
WRONG_SITE_TYPE = Message(
    "not_applicable_here",
    "测评项“{value}”不适用于点位类型“{site_type}”，适用于：{allowed}。",
    "item {value!r} does not apply to site type {site_type!r}, but to: {allowed}.",
    "请核对点位类型和测评项。",
    "Check the site type and the item.",
)
DUPLICATE = Message(
    "duplicate",
    "与 {other_zh} 是同一条记录（{value}）。",
    "has the same key as {other_en} ({value}).",
    "请只保留一条；同一测评项的多处问题请写明不同的“存在问题”，或用“处数”。",
    "Keep one of them; tell several findings of one item apart by 存在问题, or count them in 处数.",
)

TARGET_NOT_VALUE = Message(
    "target_not_value",
    "“{value}”是标准（目标），不是数字。",
    "{value!r} is a standard to be met, not a measured number.",
    "请填写实际数值；标准写在测评体系里。",
    "Write the measured value; standards belong to the framework.",
)
NOT_A_NUMBER = Message(
    "not_a_number",
    "“{value}”不是数字。",
    "{value!r} is not a number.",
    "请填数字；没有就填 0，没有数据填“无数据”，不适用填“/”。",
    "Write a number: 0 for none, 无数据 where it is missing, / where it does not apply.",
)
NOT_A_DATE = Message(
    "not_a_date",
    "“{value}”不是日期。",
    "{value!r} is not a date.",
    "请按 2024-05-01 的形式填写。",
    "Write it as 2024-05-01.",
)
NOT_A_YEAR = Message(
    "not_a_year",
    "“{value}”不是年度。",
    "{value!r} is not a year.",
    "请按 2024 的形式填写。",
    "Write it as 2024.",
)
NOT_A_RANK = Message(
    "not_a_rank",
    "“{value}”不是名次。",
    "{value!r} is not a rank.",
    "请填 1、第一名 等。",
    "Write 1 or 第一名.",
)
OUT_OF_RANGE = Message(
    "out_of_range",
    "{value} 超出允许范围 {low} 到 {high}（{what}）。",
    "{value} is outside {low} to {high} ({what}).",
)
NOT_ALLOWED = Message(
    "not_allowed", "“{value}”不在允许的值之内：{allowed}。", "{value!r} is not one of: {allowed}."
)
PORTION_ALONE = Message(
    "portion_alone",
    "“{value}”是比例，没有有效样本就不知道人数。",
    "{value!r} is a portion; without the size of the sample nobody knows how many people that is.",
    "请填写人数，或增加“有效样本”列。",
    "Fill in numbers of people, or add a column 有效样本 (size of the sample).",
)
NOT_WHOLE = Message(
    "not_whole",
    "“{value}”不是整数，不能是人数。",
    "{value!r} is no whole number, so it cannot count people.",
    "请填人数；如是比例，请写成 60% 并填写“有效样本”。",
    "Fill in the number; write a portion as 60% and add the column 有效样本.",
)
NUMBERED_ANSWER = Message(
    "numbered_answer",
    "“{value}”是选项的序号，不是选项文字；允许：{allowed}。",
    "{value!r} is the number of an option, not its words; allowed: {allowed}.",
    "请从问卷工具按“选项文本”重新导出，或把序号换成选项文字。",
    "Export the answers as texts from the survey tool, or replace the numbers by the words.",
)
CONTRADICTION = Message(
    "contradiction",
    "结果为“{result}”，却扣了 {value} 分。",
    "the result says {result!r}, yet {value} points are deducted.",
)
WITHOUT_RESULT = Message(
    "without_result",
    "扣了 {value} 分，却没有填结果；该项按“符合/不符合”计分。",
    "{value} points are deducted, but no result is given, by which this check is scored.",
    "请填写结果。",
    "Fill in the result.",
)
FULL_MARKS_DIFFER = Message(
    "full_marks_differ",
    "表中的满分是 {printed} 分，测评体系里是 {allowed} 分，得分 {value} 不能直接用。",
    "the sheet says full marks {printed}, the framework {allowed}: the score {value} cannot be used so.",
    "请折算成测评体系的满分，或填百分数；如果是测评体系的满分不对，请改正测评体系。",
    "Convert it to the framework's full marks or write a percentage, or correct the framework.",
)
FORM_SUM = Message(
    "form_sum",
    "得分 {value} 与“标准分 − 扣分”（{allowed}）不符。",
    "the score {value} is not the full marks less the points off ({allowed}).",
    "请核对标准分、扣分和得分。",
    "Check full marks, points off and score.",
)
NEEDS_COLUMN = Message(
    "needs_column",
    "{n} 行的测评项（如“{value}”）按{rule_zh}计分，表中没有需要的列：{columns}。",
    "{n} rows (as {value!r}) are scored by {rule_en}, and the sheet lacks the column for it: {columns}.",
    "请增加该列；如表头被改动，请改回。",
    "Add the column, or give it its header back.",
)
NOT_SHOWN = Message(
    "not_shown",
    "{n} 行活动（如“{item}”）按“{columns}”认定，表中没有这一列，均按不符合要求计。",
    "{n} activities (as {item!r}) are judged by {columns}, which the sheet lacks: all fall short.",
    "请增加该列并填写。",
    "Add the column and fill it in.",
    severity="warning",
)
BEYOND_WHOLE = Message(
    "beyond_whole",
    "“{item}”的数值 {value} 大于 100%。",
    "{item!r} is {value}, more than 100%.",
    "请核对是否漏了小数点。",
    "Check whether a decimal point is missing.",
    severity="warning",
)
NOT_COUNTED = Message(
    "not_counted",
    "{n} 行的测评项（如“{item}”）按{rule_zh}计分，该列填写的内容（如 {value}）没有计入。",
    "{n} rows (as {item!r}) are scored by {rule_en}; what they hold here (as {value}) does not count.",
    "请核对是否填错了列。",
    "Check whether it stands in the wrong column.",
    severity="warning",
)
SHARE_OR_PERCENT = Message(
    "share_or_percent",
    "{value} 与标准 {allowed} 相比，分不清是比例还是百分数。",
    "{value} against a standard of {allowed}: a share or a percentage?",
    "百分数请写成文本 98.06% 或数字 98.06。",
    "Write the percentage as text 98.06% or as the number 98.06.",
)
UNKNOWN_CAUSE = Message(
    "unknown_cause",
    "失分原因“{value}”不在原因表中（共 {n} 行），已改按文字或测评项认定。",
    "cause {value!r} is not in the vocabulary ({n} rows); the text or the check decided instead.",
    "请改为原因表中的名称，或把它加入原因表。",
    "Write a cause of the vocabulary, or add it there.",
    severity="warning",
)
