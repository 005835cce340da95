"""Cells with a problem: found, coloured, commented, and set back to how they looked before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from analysis.errors import Lang, Problem
from analysis.intake.kinds import key
from analysis.intake.marks import COPY_OF, is_own

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

AUTHOR = "wenming"
BREAK = "\n――――――\n"
"""Between a comment that was there before and ours."""

COLOURS = {"error": "FFFFC7CE", "warning": "FFFFEB9C"}


@dataclass
class Marks:
    """Where each problem was marked (by `id`), and the fills of the marked cells before: sheet, cell, XML."""

    cells: dict[int, str] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    before: list[tuple[str, str, str]] = field(default_factory=list)


def mark(problems: dict[str, list[Problem]], page_of: Callable[[str], Worksheet | None], lang: Lang) -> Marks:
    """Colour the cells of errors and warnings of every sheet and comment them; notices are only placed."""
    marks = Marks()
    for name, found in problems.items():
        page = page_of(name)
        if page is not None:
            _mark_sheet(page, found, marks, lang)
    return marks


def _mark_sheet(page: Worksheet, problems: list[Problem], marks: Marks, lang: Lang) -> None:
    texts: dict[str, list[str]] = {}
    worst: dict[str, str] = {}
    for problem in problems:
        cells = _cells(page, problem)
        if not cells:
            continue
        first = cells[0].coordinate
        marks.cells[id(problem)], marks.titles[id(problem)] = first, page.title
        if problem.severity == "notice":
            continue
        texts.setdefault(first, []).append(_said(problem, lang))
        for cell in cells:
            if worst.get(cell.coordinate) != "error":
                worst[cell.coordinate] = problem.severity
    for place, severity in worst.items():
        marks.before.append((page.title, place, _fill_text(page[place])))
        _colour(page[place], severity)
    for place, lines in texts.items():
        _comment(page[place], "\n".join(dict.fromkeys(lines)))


def _said(problem: Problem, lang: Lang) -> str:
    what, fix = (problem.zh, problem.fix_zh) if lang == "zh" else (problem.en, problem.fix_en)
    return f"{what}{fix}" if lang == "zh" else f"{what} {fix}".strip()


def _cells(page: Worksheet, problem: Problem) -> list[Any]:
    """The cell of a problem; all filled cells of its row where no column is named."""
    head = header_cell(page, problem.column, problem.row) if problem.column else None
    if problem.row is None:
        return [head] if head is not None else []
    if head is not None and problem.row <= page.max_row:
        return [_top_left(page, problem.row, head.column)]
    filled = (
        [cell for cell in page[problem.row] if cell.value is not None] if problem.row <= page.max_row else []
    )
    return list(dict.fromkeys(_top_left(page, cell.row, cell.column) for cell in filled))


def header_cell(page: Worksheet, header: str, row: int | None) -> Any:
    """The nearest cell above `row` (None: the first of the sheet) that holds a header, or its last part."""
    wanted = key(header)
    if not wanted:
        return None
    last = min(page.max_row, 40 if row is None else row - 1)
    rows = range(1, last + 1) if row is None else range(last, 0, -1)
    partly = None
    for number in rows:
        for cell in page[number]:
            text = key(cell.value) if cell.value is not None else ""
            if text == wanted:
                return cell
            if partly is None and len(text) > 1 and wanted.endswith(text) and number <= 40:
                partly = cell
    return partly or _by_letter(page, header)


def _by_letter(page: Worksheet, header: str) -> Any:
    """The first cell of a column without a header, which goes by its letter."""
    plain = header.isascii() and header.isalpha() and header.isupper() and len(header) <= 3
    return page[f"{header}1"] if plain else None


def _top_left(page: Worksheet, row: int, column: int) -> Any:
    """The cell, or the one that holds the value of the merged range it lies in."""
    for area in page.merged_cells.ranges:
        if area.min_row <= row <= area.max_row and area.min_col <= column <= area.max_col:
            return page.cell(area.min_row, area.min_col)
    return page.cell(row, column)


def _colour(cell: Any, severity: str) -> None:
    from openpyxl.styles import PatternFill

    cell.fill = PatternFill("solid", fgColor=COLOURS[severity])


def _comment(cell: Any, text: str) -> None:
    from openpyxl.comments import Comment

    old = f"{cell.comment.text}{BREAK}" if cell.comment is not None else ""
    comment = Comment(old + text, AUTHOR)
    comment.width, comment.height = 360, 40 + 20 * (1 + len(old + text) // 24)
    cell.comment = comment


def _fill_text(cell: Any) -> str:
    return ElementTree.tostring(cell.fill.to_tree(), encoding="unicode")


def clear(book: Workbook, summary: str) -> None:
    """Take the marks of an earlier check out of a workbook: summary sheet, colours, comments."""
    for page in [one for one in book.worksheets if is_own(one["A1"].value or "")]:
        if key(page["A2"].value or "") != key(COPY_OF):
            continue
        for row in page.iter_rows(min_row=6, min_col=26, max_col=28, values_only=True):
            sheet, place, fill = row
            if sheet in book.sheetnames and place:
                _restore(book[str(sheet)][str(place)], str(fill))
        book.remove(page)


def _restore(cell: Any, fill: str) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles.fills import Fill

    tree: Any = ElementTree.fromstring(fill)
    cell.fill = Fill.from_tree(tree)
    old = cell.comment.text if cell.comment is not None else ""
    if BREAK in old:
        cell.comment = Comment(old.split(BREAK)[0], cell.comment.author)
    elif cell.comment is not None and cell.comment.author == AUTHOR:
        cell.comment = None
