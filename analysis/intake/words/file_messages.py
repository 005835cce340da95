"""What intake says about a file as a whole, in both languages."""

from __future__ import annotations

from analysis.intake.words.messages import SAVE, Message

UNREADABLE = Message(
    "unreadable_file",
    "文件无法读取：{detail_zh}。",
    "cannot be read: {detail_en}.",
    f"{SAVE[0]}如果也打不开，请报送单位重新发送。",
    f"{SAVE[1]} If it does not open there either, ask for it to be sent again.",
)
ENCODING = Message(
    "encoding",
    "文件既不是 UTF-8、UTF-16，也不是 GB18030 编码。",
    "is neither UTF-8 nor GB18030 text (nor UTF-16 with its mark).",
    *SAVE,
)
TOO_LARGE = Message(
    "too_large",
    "工作表从 A1 到最远的单元格 {cell} 有 {rows} 行 × {columns} 列，超出可读范围。",
    "from A1 to its farthest cell {cell} the sheet spans {rows} rows x {columns} columns, "
    "more than can be read.",
    "请删除表格之外的空白行列（或误填的远端单元格）。",
    "Delete the empty rows and columns beyond the table.",
)
RENAMED = Message(
    "renamed_file",
    "文件扩展名是 {value}，内容实际是{detail_zh}，未读取。",
    "its name ends in {value}, but it is really {detail_en}; not read.",
    "{todo_zh}",
    "{todo_en}",
)
EMPTY = Message(
    "empty_file",
    "空文件，里面什么也没有，像是没有传完。",
    "an empty file: nothing is in it, perhaps it was cut short.",
    "请报送单位重新发送；如不需要，请移走该文件。",
    "Ask for it to be sent again, or take it away if it is not needed.",
)
LOCKED = Message(
    "locked_file",
    "无法打开文件（{value}）。",
    "cannot be opened ({value}).",
    "请关闭正在使用它的程序（Excel、WPS、网盘同步），检查读取权限后重试。",
    "Close the programs that use it (Excel, WPS, a synchronised drive), check the permissions, try again.",
)
ENCRYPTED = Message(
    "encrypted",
    "文件设了打开密码（已加密），无法读取。",
    "is encrypted with a password and cannot be read.",
    "请用 Excel 或 WPS 输入密码打开，在“文件—文档加密（信息—保护工作簿）”里清空密码，再保存。",
    "Open it with its password, clear the password under File, Info, Protect Workbook, and save it again.",
)
ENTITIES = Message(
    "entities",
    "文件声明了 XML 实体（正常的工作簿不会有），可能有害，未读取。",
    "declares XML entities, which no workbook does; it may be harmful and was not read.",
    "请检查文件来源，重新导出。",
    "Check where the file comes from and export it again.",
)
UNSAFE_PATH = Message(
    "unsafe_path",
    "文件内部含有指向外部的路径（{value}），可能有害，未读取。",
    "holds a path that leads out of it ({value}); it may be harmful and was not read.",
    "请检查文件来源，重新导出。",
    "Check where the file comes from and export it again.",
)
NESTED = Message(
    "nested_archive",
    "文件内部还有压缩包（{value}），未读取。",
    "holds another archive ({value}); it was not read.",
    "请解压，把其中的工作簿直接放进文件夹。",
    "Unpack it and put the workbooks themselves into the folder.",
)
EXPANDS = Message(
    "too_large_unpacked",
    "文件解压后过大，未读取。",
    "unpacks to more than can be read; not read.",
    "请检查文件来源，删除多余内容后另存。",
    "Check where the file comes from; delete what is not needed and save it again.",
)
WRONG_ENDING = Message(
    "wrong_ending",
    "不支持的文件类型，未读取。",
    "is not a kind of file that is read here.",
    *SAVE,
)
SUBFOLDER = Message(
    "subfolder",
    "子文件夹“{value}”里有 {n} 个表格文件，未读取：只读轮次文件夹本身的文件。",
    "the folder {value!r} inside the round holds {n} tables; not read, as only the round's own files are.",
    "如应计入，请把文件移到轮次文件夹；否则请移走该子文件夹。",
    "Move the files into the round's folder if they should count, else take the folder away.",
    "warning",
)
OTHER_FILES = Message(
    "other_files",
    "另有 {n} 个文件不是表格，未读取：{value}。",
    "{n} other files are no tables and were not read: {value}.",
    "",
    "",
    "notice",
)
NO_FILES = Message(
    "no_files",
    "文件夹里没有可读的表格文件（.xlsx、.xlsm、.xls、.ods、.csv、.tsv、.parquet）。",
    "the folder holds no table (.xlsx, .xlsm, .xls, .ods, .csv, .tsv, .parquet).",
    "请放入工作簿。",
    "Put the workbooks there.",
)

FILE_LEVEL = frozenset(
    message.code
    for message in (
        UNREADABLE,
        ENCODING,
        TOO_LARGE,
        EXPANDS,
        RENAMED,
        EMPTY,
        LOCKED,
        ENCRYPTED,
        ENTITIES,
        UNSAFE_PATH,
        NESTED,
        WRONG_ENDING,
        NO_FILES,
    )
)
"""Codes of the problems of whole files: nobody can accept those and go on."""
