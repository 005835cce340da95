"""Copies of workbooks with what is wrong in them: coloured cells, comments, a summary sheet.

A copy keeps the formats, merged cells and formulas of the original. Corrected and put in the original's
place it loads; beside the original it is refused (`marks.py`).
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang, Problem
from analysis.intake import desk_messages as say
from analysis.intake.book import new_book, printable, put
from analysis.intake.cells import READ, read_file
from analysis.intake.keep import Package, put_back
from analysis.intake.kinds import headers_of, key
from analysis.intake.mark_cells import Marks, clear, mark
from analysis.intake.marks import COPY_OF, NOT_DATA
from analysis.intake.values import clean
from analysis.paths import written_whole

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from analysis.intake.round import Round

SUMMARY = "检查结果"
RECORD = "copies.json"
"""Beside the copies: their hashes, so that a copy somebody has edited is not written over."""

_NATIVE = (".xlsx", ".xlsm")
_HEAD = {
    "zh": ("序号", "工作表", "单元格", "级别", "问题", "怎么改"),
    "en": ("No.", "Sheet", "Cell", "Severity", "What is wrong", "What to do"),
}
_SEVERITY = {
    "zh": {"error": "错误", "warning": "警告", "notice": "提示"},
    "en": {"error": "error", "warning": "warning", "notice": "notice"},
}
_INTRO = {
    "zh": "错误 {error} 处（红色），警告 {warning} 处（黄色），提示 {notice} 处。"
    "改好后用本文件替换原文件即可；本工作表不必删除。{hidden}",
    "en": "{error} errors (red), {warning} warnings (yellow), {notice} notices. "
    "Correct the cells and put this file in the original's place; this sheet may stay.{hidden}",
}
_HIDDEN = {
    "zh": "个人信息列（{columns}）已清空；需要保留请加 --personal-data 重新检查。",
    "en": " Columns of personal data ({columns}) were emptied; check with --personal-data to keep them.",
}


def write_copies(
    round_: Round, folder: Path, lang: Lang = "zh", *, personal: bool = False
) -> tuple[list[Path], list[Problem]]:
    """The copies of all files that were read with errors or warnings, written to `folder`; others there go.

    A copy that was edited since is left alone, with a warning. `personal`: keep columns of personal data.
    """
    faulty = {p.file for p in round_.problems if p.severity != "notice"} & set(round_.counts["file"])
    files = [path for path in sorted(round_.folder.iterdir()) if path.name in faulty and _is_table(path)]
    known = _record(folder)
    names = _names(files)
    edited = {name for name, digest in known.items() if _digest(folder / name) not in (digest, "")}
    for name in known.keys() - set(names.values()) - edited:
        (folder / name).unlink(missing_ok=True)
    written = [
        _write(round_, path, folder / names[path], lang, personal=personal)
        for path in files
        if names[path] not in edited
    ]
    kept = {name: known[name] for name in edited}
    _remember(folder, kept | {path.name: _digest(path) for path in written})
    return written, [say.COPY_EDITED.problem(str(folder / name), value=name) for name in sorted(edited)]


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in READ and path.suffix.lower() != ".parquet"


def _names(files: Iterable[Path]) -> dict[Path, str]:
    """The name of each copy: the file's own, with .xlsx for what is no workbook of that form."""
    native = {path.name for path in files if path.suffix.lower() in _NATIVE}
    names: dict[Path, str] = {}
    for path in files:
        plain = f"{path.stem}.xlsx"
        other = f"{path.name}.xlsx" if plain in {*native, *names.values()} else plain
        names[path] = path.name if path.name in native else other
    return names


def _write(round_: Round, path: Path, target: Path, lang: Lang, *, personal: bool) -> Path:
    book, original = _opened(path) if path.suffix.lower() in _NATIVE else (_rebuilt(path), None)
    clear(book, SUMMARY)
    problems = [one for one in round_.problems if one.file == path.name]
    removed: set[str] = set()
    hidden = [] if personal else _hide(book, problems, removed)
    sheets = {page.title: page for page in book.worksheets}
    only = book.worksheets[0] if path.suffix.lower() not in _NATIVE and book.worksheets else None
    marks = mark({name: [p for p in problems if p.sheet == name] for name in {p.sheet for p in problems}},
                 lambda name: sheets.get(name, only), lang)  # fmt: skip
    _summary(book, path.name, problems, marks, hidden, lang)
    with written_whole(target) as part:
        book.save(part)
        if original:
            put_back(original, part, removed)
    return target


def _opened(path: Path) -> tuple[Workbook, Package | None]:
    """The workbook as it is, and its parts; rebuilt without them when it cannot be taken apart."""
    from openpyxl import load_workbook

    stream = io.BytesIO(path.read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what it cannot keep is put back afterwards
        try:
            original = Package.checked(path)
            book = load_workbook(stream, keep_vba=path.suffix.lower() == ".xlsm", rich_text=True)
        except Exception:  # an odd part can raise anything inside it, and the cells can be copied without
            return _rebuilt(path), None
    return book, original


def _rebuilt(path: Path) -> Workbook:
    """A workbook with the same cells and nothing else."""
    book = new_book()
    for grid in read_file(path, []):
        page = book.create_sheet((grid.sheet or path.stem)[:31])
        for row, cells in enumerate(grid.cells, start=1):
            for column, value in enumerate(cells, start=1):
                if value != "":
                    put(page, row, column, value)
    return book


def _hide(book: Workbook, problems: list[Problem], removed: set[str]) -> list[str]:
    """Empty the columns that were reported as personal data, the texts into `removed`; their headers."""
    from analysis.intake.mark_cells import header_cell

    hidden = []
    for problem in problems:
        pages = [page for page in book.worksheets if problem.sheet in ("", page.title)]
        head = header_cell(pages[0], problem.column, None) if pages else None
        if not problem.code.startswith("personal") or head is None:
            continue
        _cover(pages[0], head, removed)
        hidden.append(problem.column)
    return list(dict.fromkeys(hidden))


def _cover(page: Worksheet, head: Any, removed: set[str]) -> None:
    """Empty a column of names; numbers of people become running numbers, or are covered inside a text."""
    from analysis.intake.personal import covered

    named = key(head.value) in headers_of("personal")
    numbers: dict[str, str] = {}
    for row in range(head.row + 1, page.max_row + 1):
        cell = page.cell(row, head.column)
        before = clean(cell.value) if cell.value is not None else ""
        after = "" if named else str(covered(before))
        if before and after != before:
            removed.add(before)
            whole = key(after).strip("*0123456789") == ""
            number = numbers.setdefault(before, f"R{len(numbers) + 1}") if whole else after
            cell.value = number if after else None


def _summary(
    book: Workbook, name: str, problems: list[Problem], marks: Marks, hidden: list[str], lang: Lang
) -> None:
    """The sheet that lists everything; it also says what the copy is of, and how cells looked before."""
    page = book.create_sheet(SUMMARY, 0)
    counts = {kind: sum(p.severity == kind for p in problems) for kind in ("error", "warning", "notice")}
    said = _HIDDEN[lang].format(columns="、".join(hidden)) if hidden else ""
    for row, cells in enumerate(
        ((NOT_DATA,), (COPY_OF, name), (_INTRO[lang].format(**counts, hidden=said),), (), _HEAD[lang]),
        start=1,
    ):
        for column, value in enumerate(cells, start=1):
            put(page, row, column, value)
    order = ("error", "warning", "notice")
    listed = sorted(problems, key=lambda p: (order.index(p.severity), p.sheet, p.row or 0))
    for number, problem in enumerate(listed, start=1):
        _line(page, number, problem, marks, lang)
    for number, (sheet, cell, fill) in enumerate(marks.before, start=6):
        for column, value in enumerate((sheet, cell, fill), start=26):
            put(page, number, column, value)
    _dress(page)
    book.active = 0


def _line(page: Worksheet, number: int, problem: Problem, marks: Marks, lang: Lang) -> None:
    from openpyxl.worksheet.hyperlink import Hyperlink

    row = number + 5
    where = marks.cells.get(id(problem), "")
    what, fix = (problem.zh, problem.fix_zh) if lang == "zh" else (problem.en, problem.fix_en)
    what = f"{problem.column}：{what}" if problem.column else what
    values = (number, problem.sheet, where, _SEVERITY[lang][problem.severity], what, fix)
    for column, value in enumerate(values, start=1):
        put(page, row, column, value)
    if where:
        sheet = marks.titles[id(problem)].replace("'", "''")
        cell = page.cell(row, 3)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{sheet}'!{where}")
        cell.style = "Hyperlink"


def _dress(page: Worksheet) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    page["A1"].font = Font(italic=True, color="808080")
    page["A3"].font = Font(bold=True)
    for cell in page[5][:6]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="8C2F2B")
    for letter, width in zip("ABCDEF", (7, 18, 10, 8, 70, 50), strict=True):
        page.column_dimensions[letter].width = width
    for letter in ("Z", "AA", "AB"):
        page.column_dimensions[letter].hidden = True
    for row in page.iter_rows(min_row=6, max_row=page.max_row, max_col=6):
        for column, cell in enumerate(row, start=1):
            cell.alignment = Alignment(vertical="top", wrap_text=column > 4)
    page.freeze_panes = "A6"
    printable(page)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _record(folder: Path) -> dict[str, str]:
    try:
        content = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in content.items()} if isinstance(content, dict) else {}


def _remember(folder: Path, digests: dict[str, Any]) -> None:
    if digests:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(digests, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / RECORD).write_text(text, encoding="utf-8")
    else:
        (folder / RECORD).unlink(missing_ok=True)
