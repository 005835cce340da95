"""Personal data taken out of a copy: out of their columns, and out of all that repeats them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html import unescape

from analysis.errors import Problem
from analysis.intake.copies.package import BOOK, Package
from analysis.intake.copies.paint import Place, rewrite
from analysis.intake.copies.places import Places
from analysis.intake.copies.styles import own
from analysis.intake.copies.xmledit import Edits, scan
from analysis.intake.files.grid import Grid
from analysis.intake.sheets.personal import covered
from analysis.intake.sheets.values import clean
from analysis.intake.words.kinds import headers_of, key

_NODE = re.compile(rb"(>)([^<>]+)(<)")
_ITEM = re.compile(rb'(<(?:\w+:)?[sn]\s(?:[^>]*\s)?v=")([^"]*)(")')
"""A value in the cache of a pivot table."""
_RESULT = re.compile(rb"((?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)\s*<(?:\w+:)?v>)([^<]*)(<)")
_SHARED = re.compile(rb"<(?:\w+:)?c\s[^>]*?\bt=[\"']s[\"'][^>]*>\s*<(?:\w+:)?v>(\d+)<")
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_EMBEDDED = "xl/embeddings/"
_SHORT = 6
"""Letters of a text in figures or Latin letters from which on it says who somebody is wherever it stands."""


def cover(
    package: Package, grids: dict[str, Grid], parts: dict[str, str], problems: Sequence[Problem]
) -> list[str]:
    """Empty the columns that were reported as personal data; their headers.

    What stood there also leaves shared texts, results of formulas, charts, comments, caches of pivot tables;
    files inside the workbook are emptied.
    """
    gone: set[str] = set()
    headers, formulas = [], False
    for problem in problems:
        grid = grids.get(problem.sheet)
        if not problem.code.startswith("personal") or grid is None:
            continue
        values = _values(grid, problem.column)
        new = {place: after for place, (_, after) in values.items()}
        formulas |= rewrite(package, parts[grid.sheet], new)
        gone |= {before for before, _ in values.values()}
        headers.append(problem.column)
    if formulas:
        package.drop(BOOK, "calcChain")  # it lists the cells with formulas; Excel makes a new one
    if gone:
        _scrub(package, set(parts.values()), gone)
    return list(dict.fromkeys(headers))


def _values(grid: Grid, header: str) -> dict[Place, tuple[str, str]]:
    """What the cells below a header hold, and what shall stand there: names go, numbers of people become
    running numbers, or are covered inside a text."""
    found: dict[Place, tuple[str, str]] = {}
    numbers: dict[str, str] = {}
    for row, column in Places(grid, [header]).headers(header):
        named = key(header) in headers_of("personal")
        for at in range(row + 1, len(grid.cells)):
            cell = grid.cells[at, column]
            before = clean(cell) if cell != "" else ""
            after = "" if named else str(covered(before))
            if before and after != before and key(before) != key(header):
                whole = key(after).strip("*0123456789") == ""
                found[at, column] = (
                    before,
                    numbers.setdefault(before, f"R{len(numbers) + 1}") if whole and after else after,
                )
    return found


def _scrub(package: Package, sheets: Collection[str], gone: set[str]) -> None:
    """Take texts out of all parts that repeat them; files inside the workbook are emptied."""
    telling = {one for one in gone if len(one) >= (_SHORT if one.isascii() else 2)}

    def without(found: re.Match[bytes]) -> bytes:
        before, inside, behind = found.groups()
        known = clean(unescape(inside.decode("utf-8", "replace"))) in telling
        return before + (b"" if known else inside) + behind

    used = {int(one) for name in sheets for one in _SHARED.findall(package[name])}
    for name in package.names:
        if name.startswith(_EMBEDDED):
            package[name] = b""
        elif name in sheets:
            package[name] = _RESULT.sub(without, package[name])
        elif name.lower().endswith("/sharedstrings.xml"):
            package[name] = _without_texts(package[name], gone, used)
        elif name.lower().endswith((".xml", ".vml")):
            package[name] = _ITEM.sub(without, _NODE.sub(without, package.raw(name)))


def _without_texts(data: bytes, gone: set[str], used: set[int]) -> bytes:
    """Shared texts without those of which no cell is left."""
    edits = Edits(data)
    for number, one in enumerate(scan(data, lambda tag, *_: tag == "si")):
        said = b"".join(_TEXT.findall(data[one.inner : one.close])).decode("utf-8", "replace")
        if number not in used and clean(unescape(said)) in gone:
            edits.put(one.inner, one.close, own(b"<t></t>", data, _space(data)))
    return edits.result()


def _space(data: bytes) -> str:
    found = re.search(rb"xmlns(?::\w+)?=[\"']([^\"']*/main)[\"']", data)
    return found.group(1).decode() if found else ""
