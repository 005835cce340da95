"""A framework workbook to raw values, with the sheet, row and column of every value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from analysis.errors import FrameworkError, Problem
from analysis.framework import layout
from analysis.framework.cells import as_text, read_cell, with_origin
from analysis.framework.document import Document, Finding, Path_, Place, locate
from analysis.framework.layout import ITEMS, NOTES, SETTINGS, SHEETS, SOURCES, Sheet
from analysis.framework.workbook_open import tables

_NO_VALUE = re.compile(r"=|#(REF|N/A|VALUE|DIV/0|NAME|NULL|NUM)[!?]?")


class Line(NamedTuple):
    """One row of a sheet: its number and its cells by column key."""

    row: int
    cells: dict[str, Any]


def read_sheets(path: Path) -> Document:
    """The document in a framework workbook. Raises FrameworkError with every cell that cannot be used."""
    reader = _Reader()
    for name, rows in tables(path):
        reader.sheet(name, rows)
    reader.place_items()
    document = Document(path, reader.raw(), {(): Place(), **reader.places})
    if reader.findings:
        raise FrameworkError(locate(reader.findings, [document]))
    return document


class _Reader:
    def __init__(self) -> None:
        self.places: dict[Path_, Place] = {}
        self.findings: list[Finding] = []
        self.blocks: dict[Path_, Any] = {}
        self.settings: dict[str, Any] = {}
        self.items: list[tuple[str, Line]] = []

    def sheet(self, name: str, rows: list[tuple[Any, ...]]) -> None:
        sheet = next((one for one in SHEETS if name.strip() in (one.zh, one.en)), None)
        if sheet is None and not any(_given(cell) for row in rows for cell in row):
            return
        if sheet is None:
            known = [one.zh for one in SHEETS]
            self.findings.append(self._at(Place(name), _unknown("sheet", name, known)))
        elif sheet != NOTES:
            lines = list(self._lines(sheet, name, rows))
            self._take(sheet, name, lines)

    def raw(self) -> dict[str, Any]:
        raw = dict(self.settings)
        for path, entries in self.blocks.items():
            block = raw
            for step in path[:-1]:
                block = block.setdefault(step, {})
            block[path[-1]] = entries
        return raw

    def _at(self, place: Place, problem: Problem) -> Finding:
        path = ("", place.sheet, str(place.row), place.column)
        self.places[path] = place
        return Finding(path, problem)

    def _lines(self, sheet: Sheet, name: str, rows: list[tuple[Any, ...]]) -> Iterator[Line]:
        filled = [(i, row) for i, row in enumerate(rows, start=1) if any(_given(cell) for cell in row)]
        if not filled:
            return
        at, header = filled[0]
        keys = [self._key(sheet, Place(name, at), cell) for cell in header]
        for i, row in filled[1:]:
            given = {key: cell for key, cell in zip(keys, row, strict=False) if _given(cell)}
            stray = [cell for key, cell in zip(keys, row, strict=False) if not key and _given(cell)]
            if i == filled[1][0] and _is_header(sheet, given):
                continue
            self.findings += [self._at(Place(name, i), _no_header(as_text(cell))) for cell in stray]
            for key, cell in given.items():
                if isinstance(cell, str) and _NO_VALUE.match(cell):
                    place = Place(name, i, f"{layout.label(key)} {key}")
                    self.findings.append(self._at(place, _no_value(cell)))
            yield Line(i, {key: cell for key, cell in given.items() if key})

    def _key(self, sheet: Sheet, place: Place, cell: Any) -> str:
        if not _given(cell):
            return ""
        known = _headers(sheet)
        text = as_text(cell).replace("\n", "")
        if text not in known:
            column = place._replace(column=text)
            self.findings.append(self._at(column, _unknown("column", text, list(known))))
        return known.get(text, f"? {text}")

    def _take(self, sheet: Sheet, name: str, lines: list[Line]) -> None:
        if sheet == SETTINGS:
            for line in lines:
                self._setting(name, line)
        elif sheet == SOURCES:
            self.blocks["sources",] = {
                as_text(line.cells.get("key", "")): as_text(line.cells.get("text", "")) for line in lines
            }
        elif sheet == ITEMS:
            self._take_items(name, lines)
        else:
            entries = [self._entry(sheet.path, sheet, name, line) for line in lines]
            if entries:
                self.blocks[sheet.path] = entries
            self.places[sheet.path] = Place(name)

    def _entry(self, path: Path_, sheet: Sheet, name: str, line: Line) -> dict[str, Any]:
        entry: dict[str, Any] = {}
        own = (*path, as_text(line.cells.get("id", "")))
        self.places[own] = Place(name, line.row)
        for key, cell in line.cells.items():
            if key.startswith("?") or key == "node":
                continue
            steps = tuple(key.split("."))
            block = entry
            for step in steps[:-1]:
                block = block.setdefault(step, {})
            block[steps[-1]] = read_cell(cell, layout.form(key))
            self.places[*own, *steps] = Place(name, line.row, f"{layout.label(key)} {key}")
        return entry

    def _setting(self, name: str, line: Line) -> None:
        key = as_text(line.cells.get("key", ""))
        place = Place(name, line.row, key)
        if key not in layout.setting_keys():
            known = list(layout.setting_keys())
            self.findings.append(self._at(place, _unknown("key", key, known)))
            return
        steps = tuple(key.split("."))
        if steps in self.places:
            self.findings.append(self._at(place, _twice(key)))
        self.places[steps] = place
        cell = line.cells.get("value")
        if cell is None and key != "causes":
            return
        block = self.settings
        for step in steps[:-1]:
            block = block.setdefault(step, {})
        block[steps[-1]] = self._value(key, line, place, cell)

    def _value(self, key: str, line: Line, place: Place, cell: Any) -> Any:
        source, status = (as_text(line.cells.get(name, "")) for name in ("source", "status"))
        form = layout.form(key)
        raw = "" if cell is None else read_cell(cell, form)
        if not source and not status:
            return raw
        if form not in ("number", "numbers"):
            self.findings.append(self._at(place, _source_without_number(key)))
            return raw
        return with_origin(raw, source, status)

    def _take_items(self, name: str, lines: list[Line]) -> None:
        self.items += [(name, line) for line in lines]

    def place_items(self) -> None:
        """Puts the items into their nodes."""
        nodes: dict[str, dict[str, Any]] = {}
        for node in self.blocks.get(("nodes",), []):
            nodes.setdefault(str(node.get("id", "")), node)
        for name, line in self.items:
            owner = as_text(line.cells.get("node", ""))
            if owner not in nodes:
                place = Place(name, line.row, "节点编号 node")
                self.findings.append(self._at(place, _unknown("node", owner, list(nodes))))
                continue
            entry = self._entry(("nodes", owner, "items"), ITEMS, name, line)
            nodes[owner].setdefault("items", []).append(entry)


def _given(cell: Any) -> bool:
    return cell is not None and as_text(cell) != ""


def _headers(sheet: Sheet) -> dict[str, str]:
    """Header (Chinese label or key) to key."""
    keys = layout.columns(sheet)
    return {layout.label(key): key for key in keys} | {key: key for key in keys}


def _is_header(sheet: Sheet, cells: dict[str, Any]) -> bool:
    """Whether a row repeats the header in the other language, in most of its cells."""
    known = _headers(sheet)
    same = sum(known.get(as_text(cell)) == key for key, cell in cells.items())
    return 2 * same > len(cells)


_KINDS = {"sheet": "工作表", "column": "列", "key": "键", "node": "节点"}


def _unknown(kind: str, value: str, known: list[str]) -> Problem:
    near = get_close_matches(value, known, n=1)
    listed = ", ".join(known)
    return Problem(
        code=f"unknown_{kind}",
        zh=f"不认识的{_KINDS[kind]}“{value}”。" + (f"是否想写“{near[0]}”？" if near else ""),
        en=f"unknown {kind} {value!r}." + (f" Did you mean {near[0]!r}?" if near else ""),
        fix_zh=f"可用：{listed}。",
        fix_en=f"Allowed: {listed}.",
        value=value,
    )


def _twice(key: str) -> Problem:
    return Problem(
        code="duplicate_key",
        zh=f"键“{key}”写了两次。",
        en=f"the key {key!r} is given twice.",
        fix_zh="只保留一行。",
        fix_en="Keep one row.",
        value=key,
    )


def _no_header(value: str) -> Problem:
    return Problem(
        code="cell_without_header",
        zh=f"“{value}”所在的列没有表头。",
        en=f"the column of {value!r} has no header.",
        fix_zh="请补上表头，或清空该单元格。",
        fix_en="Give the column a header, or clear the cell.",
        value=value,
    )


def _no_value(cell: str) -> Problem:
    return Problem(
        code="cell_without_value",
        zh=f"“{cell}”没有值：是错误值，或未曾计算的公式。",
        en=f"{cell!r} has no value: an error, or a formula that was never calculated.",
        fix_zh="请改为数值或文本；公式请在 Excel 或 WPS 中打开并保存一次。",
        fix_en="Write the value; or open and save it in Excel or WPS, so that formulas have values.",
        value=cell,
    )


def _source_without_number(key: str) -> Problem:
    return Problem(
        code="source_without_number",
        zh=f"“{key}”不是数，不写来源和状态。",
        en=f"{key!r} is not a number and has neither source nor status.",
        fix_zh="请清空这两格。",
        fix_en="Clear the two cells.",
        value=key,
    )
