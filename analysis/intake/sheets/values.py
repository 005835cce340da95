"""Cells to values: every distinct cell of a column is converted once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.intake.files.coded import Coded
from analysis.intake.words.kinds import TEXT_MARK, key, spaced, words, year_of
from analysis.tables import MISSING, NOT_APPLICABLE, OBSERVED

BLANK, BAD = 3, 4
"""States of a cell beside those of `observations.status`: nothing in it; not readable."""

_NUMBER = re.compile(r"([+-]?)((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(.*)")
_DATE = re.compile(
    r"(\d{4}) ?[-/.、年] ?(\d{1,2}) ?[-/.、月] ?(\d{1,2})(?: ?[日号]|(?!\d))"
    r" ?(?:\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)? ?(?:[上下中]午|早上|晚上?)? ?(?:T?\d{1,2}[:时点].*)?"
)
_APART = re.compile(r"\d [\d.]")
_COMPACT_DATE = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_RANK = re.compile(r"(?:并列)?第?([\d零一二三四五六七八九十百]+)(?:名|位)?(?:\(?并列\)?)?")
_TARGET = re.compile(
    r"(?:>=|<=|≥|≤|>|<|≧|≦|不低于|不少于|不高于|不超过|大于|小于|高于|低于|超过|达到)[\d.,]+(?:%|\D{0,4})?"
    r"|[\d.,]+(?:%|\D{0,2})(?:及?以[上下内])"
)
_BOXES = re.compile(
    r"(?P<on>[\[(]?[☑✓✔√■☒✅][\])]?|\[[xX]\])|(?P<off>[□口○☐×]|\[\]|\(\))|(?P<word>[^☑✓✔√■☒✅□口○☐×\[\]()]+)"
)
_EPOCH = dt.date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)
_DIGITS = {character: n for n, character in enumerate("零一二三四五六七八九")}
_WRITTEN = re.compile(
    r"([零〇○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)


@dataclass(frozen=True)
class Numbers:
    """A column as numbers: `value` (NaN unless observed), `state`, and whether the cell was a percentage
    (`value` is then what stands before the sign)."""

    value: np.ndarray
    state: np.ndarray
    percent: np.ndarray

    @property
    def bad(self) -> np.ndarray:
        return self.state == BAD

    @property
    def given(self) -> np.ndarray:
        return self.state == OBSERVED


@dataclass(frozen=True)
class Dates:
    """A column as dates (datetime64, NaT where there is none)."""

    value: np.ndarray
    bad: np.ndarray


def text(cells: Coded | np.ndarray) -> Coded:
    """A column as clean text."""
    column = Coded.of(cells)
    return column if _is_clean(column.values) else column.mapped(clean)


def _is_clean(values: np.ndarray) -> bool:
    """Whether all cells are texts without any white space or mark."""
    if not set(map(type, values)) <= {str}:
        return False
    joined = "".join(values)
    return len(joined.split()) <= 1 and "'" not in joined


def clean(cell: Any) -> str:
    """One cell as text: white space trimmed and joined, whole numbers without `.0`, '001 without its mark."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return TEXT_MARK.sub("", " ".join(str(cell).split()))


def state_of(cell: Any) -> int:
    """OBSERVED for anything that has content, else BLANK, MISSING or NOT_APPLICABLE."""
    plain = key(cell).lower()
    if not plain:
        return BLANK
    if plain in words("not_applicable") or not plain.strip("-"):
        return NOT_APPLICABLE
    return MISSING if plain in words("missing") else OBSERVED


def numbers(cells: Coded | np.ndarray) -> Numbers:
    """A column as numbers."""
    return _numbers(Coded.of(cells), number)


def _numbers(column: Coded, read: Callable[[Any], tuple[float, int, bool]]) -> Numbers:
    value, state, percent = zip(*map(read, column.values), strict=True) if len(column) else ((), (), ())
    found = (np.array(one, dtype=kind) for one, kind in ((value, float), (state, int), (percent, bool)))
    return Numbers(*(one[column.codes] for one in found))


def number(cell: Any) -> tuple[float, int, bool]:
    """(value, state, is a percentage) of one cell."""
    if isinstance(cell, int | float):
        return (float(cell), OBSERVED, False) if np.isfinite(cell) else (np.nan, BAD, False)
    state = state_of(cell)
    if state != OBSERVED:
        return np.nan, state, False
    found = _NUMBER.fullmatch(key(cell))
    if not found or _APART.search(spaced(cell)) or found.group(3).lower() not in {"", "%", *words("units")}:
        return np.nan, BAD, False
    value = float(found.group(1) + found.group(2).replace(",", ""))
    return value, OBSERVED, found.group(3) == "%"


def is_target(cell: Any) -> bool:
    """Whether a cell states a standard (≥98%) in place of a value."""
    return isinstance(cell, str) and bool(_TARGET.fullmatch(key(cell)))


def results(cells: Coded) -> Numbers:
    """符合 / 不符合 as 1 / 0, with states."""
    return _numbers(cells, lambda cell: (*result(cell), False))


def ticked(plain: str) -> str:
    """The one word of several that is ticked, with the boxes before the words or behind them; else ''."""
    parts = [(str(one.lastgroup), one.group()) for one in _BOXES.finditer(plain)]
    marks, names = parts[::2], parts[1::2]
    if parts and parts[0][0] == "word":
        marks, names = names, marks
    paired = len(marks) == len(names) and all(one == "word" for one, _ in names)
    ticked = [name for (mark, _), (_, name) in zip(marks, names, strict=False) if mark == "on"]
    return ticked[0] if paired and len(ticked) == 1 else ""


def result(cell: Any) -> tuple[float, int]:
    """(1 passed or 0 failed, state) of one cell."""
    plain = key(clean(cell)).lower()
    plain = ticked(plain) or plain
    for value, name in ((1.0, "passed"), (0.0, "failed")):
        if plain in words(name):
            return value, OBSERVED
    state = state_of(cell)
    return np.nan, BAD if state == OBSERVED else state


def dates(cells: Coded) -> Dates:
    """A column as dates: real dates, serial numbers, and text as offices write it."""
    found = cells.mapped(date)
    kept = [None if cell is BAD else cell for cell in found.values]
    return Dates(np.array(kept, dtype="datetime64[us]")[found.codes], found.table(lambda cell: cell is BAD))


def date(cell: Any) -> dt.date | int | None:
    """The date of one cell, None when there is none, BAD when it cannot be read."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, int | float):
        whole = float(cell)
        if np.isfinite(whole) and int(whole) in _SERIALS:
            return _EPOCH + dt.timedelta(days=int(whole))
        return _compact(str(int(whole))) if whole.is_integer() else BAD
    if state_of(cell) != OBSERVED:
        return None
    return _written_date(str(cell))


def _written_date(cell: str) -> dt.date | int:
    plain = key(cell)
    found, written = _DATE.fullmatch(spaced(cell)), _WRITTEN.fullmatch(plain)
    if written is not None:
        year = int("".join(str(_DIGITS.get(one, 0)) for one in written.group(1)))
        return _calendar(year, _chinese(written.group(2)), _chinese(written.group(3)))
    if found is None:
        return date(float(plain)) or BAD if plain.isdecimal() and len(plain) == 5 else _compact(plain)
    return _calendar(*(int(part) for part in found.groups()))


def _compact(plain: str) -> dt.date | int:
    found = _COMPACT_DATE.fullmatch(plain)
    return _calendar(*(int(part) for part in found.groups())) if found else BAD


def _calendar(year: int, month: int, day: int) -> dt.date | int:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return BAD


def rank(cell: Any) -> tuple[float, int]:
    """(rank, state) of 1, 第一名, 第12名, 并列第1."""
    value, state, percent = number(cell)
    if state in (BLANK, MISSING, NOT_APPLICABLE):
        return value, state
    if state == OBSERVED and not percent and value >= 1 and value.is_integer():
        return value, state
    found = _RANK.fullmatch(key(cell)) if state == BAD else None
    place = _chinese(found.group(1)) if found else 0
    return (float(place), OBSERVED) if place else (np.nan, BAD)


def _chinese(digits: str) -> int:
    """The number of 十二, 二十, 一百零三, or of plain digits."""
    if digits.isdecimal() and digits.isascii():
        return int(digits)
    total, current = 0, 0
    for character in digits:
        if character in "十百":
            total += (current or 1) * {"十": 10, "百": 100}[character]
            current = 0
        else:
            current = _DIGITS.get(character, int(character) if character.isdecimal() else 0)
    return total + current


def year(cell: Any) -> str:
    """A year as text, '' when it is none."""
    return year_of(clean(cell))


def coded(cell: Any, name: str) -> str | None:
    """The code of a word of `headers.yml` (words.<name>); '' when blank, None when unknown."""
    plain = key(clean(cell)).lower()
    if not plain:
        return ""
    return next((code for code, group in words(name).items() if plain in group), None)


def period(cell: Any) -> str:
    """A quarter (Q1), month (03) or node (3·15, 端午) as its usual word; anything else as it is written."""
    return coded(cell, "periods") or clean(cell)


def tokens(cell: Any) -> list[str]:
    """The parts of a cell that lists several words."""
    return [part for part in re.split(r"[、,;；，|\s]+", clean(cell)) if part]
