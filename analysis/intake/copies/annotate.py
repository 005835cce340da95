"""Copies of workbooks with what is wrong in them: coloured cells, comments, a summary sheet.

A copy is the original's own parts, changed only in those places. What is no workbook of that form, or has a
part that does not let itself be changed, is copied cell by cell, and the copy says so. Corrected and put in
the original's place a copy loads; beside the original it is refused (`marks.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang, Problem
from analysis.intake.copies.copying import Copy, DoesNotFitError, copied, rebuilt
from analysis.intake.copies.cover import cover
from analysis.intake.copies.notes import erase_notes, write_notes
from analysis.intake.copies.package import BOOK
from analysis.intake.copies.paint import COLOURS, Place, name_of, paint, unpaint
from analysis.intake.copies.places import Places
from analysis.intake.copies.styles import Styles
from analysis.intake.copies.summary import Facts, Line, write_summary
from analysis.intake.files.cells import READ
from analysis.intake.words import desk_messages as say
from analysis.paths import written_whole

if TYPE_CHECKING:
    from analysis.intake.round import Round

RECORD = "copies.json"
"""Beside the copies: their hashes, so that a copy somebody has edited is not written over."""

_NATIVE = (".xlsx", ".xlsm")
_TEXT = (".csv", ".tsv")
_NOTES = 5_000
"""Comments of one workbook; with many more of them office programs come to a standstill."""
_INVALID = {
    ("", "origin"): ("数字签名", "digital signature"),
    (BOOK, "revisionHeaders"): ("共享工作簿的修订记录", "history of changes of a shared workbook"),
    (BOOK, "usernames"): ("共享工作簿的用户名单", "list of users of a shared workbook"),
}
"""Parts that are not true of a changed workbook: owner and kind of relation, and their names."""
_HEAD = {
    "zh": ("序号", "工作表", "单元格", "级别", "问题", "怎么改"),
    "en": ("No.", "Sheet", "Cell", "Severity", "What is wrong", "What to do"),
}
_SEVERITY = {
    "zh": {"error": "错误", "warning": "警告", "notice": "提示"},
    "en": {"error": "error", "warning": "warning", "notice": "notice"},
}
_COUNTED = {
    "zh": "错误 {error} 处（红色），警告 {warning} 处（黄色），提示 {notice} 处。",
    "en": "{error} errors (red), {warning} warnings (yellow), {notice} notices.",
}
_REPLACE = {
    "zh": "改好后用本文件替换原文件即可；本工作表不必删除。",
    "en": "Correct the cells and put this file in the original's place; this sheet may stay.",
}
_MOVE = {
    "zh": "改好后把本文件放进原文件夹并移走原文件“{name}”，两份不能并存；本工作表不必删除。",
    "en": "Correct the cells, put this file into the folder of the original and take {name!r} away: "
    "both together are refused. This sheet may stay.",
}
_MANY = {
    "zh": "批注只写在前 {n} 个单元格里，其余只标色，见下表。",
    "en": "Only the first {n} cells have comments; the others are coloured and listed below.",
}
_HIDDEN = {
    "zh": "个人信息列（{columns}）已清空，图表、透视表里重复的内容和嵌入的文件也一样；"
    "需要保留请加 --personal-data 重新检查。",
    "en": "Columns of personal data ({columns}) were emptied, with what repeats them in charts and pivot "
    "tables and with embedded files; check with --personal-data to keep them.",
}
_WHOLE = {
    "zh": "除上述各项和本工作表外，本文件与原文件相同（公式、图片、图表、控件、宏等都在）。",
    "en": "But for that and this sheet, this file is the same as the original (formulas, pictures, charts, "
    "controls, macros).",
}
_COLON = {"zh": "：", "en": ": "}


def write_copies(
    round_: Round, folder: Path, lang: Lang = "zh", *, personal: bool = False
) -> tuple[list[Path], list[Problem]]:
    """The copies of all files that were read with errors or warnings, written to `folder`; others there go.

    A copy that was edited since is left alone, with a warning; so is said what a copy lacks of its original.
    `personal`: keep columns of personal data.
    """
    faulty = {p.file for p in round_.problems if p.severity != "notice"} & set(round_.counts["file"])
    files = [path for path in sorted(round_.folder.iterdir()) if path.name in faulty and _is_table(path)]
    known = _record(folder)
    names = _names(files)
    edited = {name for name, digest in known.items() if _digest(folder / name) not in (digest, "")}
    for name in known.keys() - set(names.values()) - edited:
        (folder / name).unlink(missing_ok=True)
    said = [say.COPY_EDITED.problem(str(folder / name), value=name) for name in sorted(edited)]
    written = []
    for path in files:
        if names[path] not in edited:
            target = folder / names[path]
            try:
                said += _write(round_, path, target, lang, personal=personal)
                written.append(target)
            except DoesNotFitError:
                said.append(say.COPY_TOO_LARGE.problem(path.name))
    kept = {name: known[name] for name in edited}
    _remember(folder, kept | {path.name: _digest(path) for path in written})
    return written, said


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


def _write(round_: Round, path: Path, target: Path, lang: Lang, *, personal: bool) -> list[Problem]:
    """Write the copy of one file; what it lacks of its original."""
    problems = [one for one in round_.problems if one.file == path.name]
    copy = None
    if path.suffix.lower() in _NATIVE:
        with suppress(Exception):  # an odd part can raise anything, and the cells can be copied without it
            copy = copied(path)
            lacks = _mark(copy, path.name, problems, lang, personal=personal)
    if copy is None or not copy.marked:
        copy = rebuilt(path)
        lacks = _mark(copy, path.name, problems, lang, personal=personal)
    with written_whole(target) as part:
        copy.package.save(part)
    return lacks


def _mark(copy: Copy, name: str, problems: list[Problem], lang: Lang, *, personal: bool) -> list[Problem]:
    """Mark everything in a copy; what it lacks of its original."""
    earlier = _unmark(copy)
    lacks = _lacks(copy, name)
    hidden = [] if personal else cover(copy.package, copy.grids, copy.parts, problems)
    styles = Styles(copy.package)
    lines, noted = _mark_sheets(copy, styles, problems, lang)
    about = "".join(f"{p.zh}{p.fix_zh}" if lang == "zh" else f"{p.en} {p.fix_en} " for p in lacks)
    facts = Facts(
        name,
        _found(problems, name, hidden, lang),
        about or _WHOLE[lang] * copy.whole,
        "alarm" if lacks else "plain",
    )
    write_summary(copy.package, styles, earlier, facts, _HEAD[lang], lines, noted)
    styles.write()
    copy.marked = True
    return lacks


def _unmark(copy: Copy) -> str:
    """Take out the marks of an earlier check; the part of its summary ('' where there was none)."""
    summary = copy.summary
    if not summary:
        return ""
    styles, noted = Styles(copy.package), copy.noted()
    for name in copy.grids.keys() - {summary}:
        unpaint(copy.package, copy.parts[name], styles, noted.get(name, {}))
        erase_notes(copy.package, copy.parts[name])
    styles.write()
    del copy.grids[summary]
    return copy.parts[summary]


def _lacks(copy: Copy, name: str) -> list[Problem]:
    """What the copy does not have of its original."""
    if not copy.whole and not name.lower().endswith(_TEXT):
        return [say.COPY_CELLS.problem(name, value=name)]
    gone = [words for (owner, kind), words in _INVALID.items() if copy.package.drop(owner, kind)]
    return [say.COPY_LACKS.problem(name, value=name, what_zh=zh, what_en=en) for zh, en in gone]


def _mark_sheets(
    copy: Copy, styles: Styles, problems: list[Problem], lang: Lang
) -> tuple[list[Line], list[tuple[str, str, str]]]:
    """The lines of the summary, most severe first, and how the marked cells looked before."""
    order = ("error", "warning", "notice")
    listed = sorted(problems, key=lambda p: (order.index(p.severity), p.sheet, p.row or 0))
    places = {
        name: Places(grid, {p.column for p in problems if p.sheet == name})
        for name, grid in copy.grids.items()
    }
    found = [places[p.sheet].of(p) if p.sheet in places else [] for p in listed]
    noted: list[tuple[str, str, str]] = []
    for name, part in copy.parts.items():
        here = [(p, cells) for p, cells in zip(listed, found, strict=True) if p.sheet == name and cells]
        marked = [(p, cells) for p, cells in here if p.severity != "notice"]
        colours = {cell: COLOURS[p.severity] for p, cells in reversed(marked) for cell in cells}
        before = paint(copy.package, part, styles, colours)
        noted += [(name, name_of(place), fill.decode()) for place, fill in before.items()]
        write_notes(copy.package, part, _notes(marked, lang))
    shown = enumerate(zip(listed, found, strict=True), start=1)
    return [
        _line(number, p, copy.titles.get(p.sheet, p.sheet), cells, lang) for number, (p, cells) in shown
    ], noted


def _notes(marked: list[tuple[Problem, list[Place]]], lang: Lang) -> dict[Place, str]:
    """What is said in the cells, for the first of each problem."""
    texts: dict[Place, list[str]] = {}
    for problem, cells in marked:
        if cells[0] in texts or len(texts) < _NOTES:
            texts.setdefault(cells[0], []).append(_said(problem, lang))
    return {place: "\n".join(dict.fromkeys(lines)) for place, lines in texts.items()}


def _said(problem: Problem, lang: Lang) -> str:
    what, fix = (problem.zh, problem.fix_zh) if lang == "zh" else (problem.en, problem.fix_en)
    return f"{what}{fix}" if lang == "zh" else f"{what} {fix}".strip()


def _line(number: int, problem: Problem, sheet: str, cells: list[Place], lang: Lang) -> Line:
    what, fix = (problem.zh, problem.fix_zh) if lang == "zh" else (problem.en, problem.fix_en)
    what = f"{problem.column}{_COLON[lang]}{what}" if problem.column else what
    where = name_of(cells[0]) if cells else ""
    values = (number, problem.sheet, where, _SEVERITY[lang][problem.severity], what, fix)
    return values, (sheet, where) if where else None


def _found(problems: list[Problem], name: str, hidden: list[str], lang: Lang) -> str:
    """How much was found, and what to do with the copy."""
    counts = {kind: sum(p.severity == kind for p in problems) for kind in ("error", "warning", "notice")}
    native = Path(name).suffix.lower() in _NATIVE
    words = [_COUNTED[lang].format(**counts), (_REPLACE if native else _MOVE)[lang].format(name=name)]
    if counts["error"] + counts["warning"] > _NOTES:
        words.append(_MANY[lang].format(n=_NOTES))
    if hidden:
        words.append(_HIDDEN[lang].format(columns="、".join(hidden)))
    return ("" if lang == "zh" else " ").join(words)


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
