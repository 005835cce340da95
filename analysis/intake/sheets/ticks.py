"""Results that are ticked, each in a column of its own (符合 √ | 不符合): told, and read as one column."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from analysis.intake.files.coded import Cells, Coded, objects
from analysis.intake.sheets.area import Area
from analysis.intake.words.kinds import key, words

RESULT = "结果"
"""The header that the first of such columns goes by."""

_STROKE = "/"


@cache
def _outcomes() -> dict[str, frozenset[str]]:
    return {name: words(name) for name in ("passed", "failed", "not_applicable")}


def _is_tick(cell: Any) -> bool:
    return isinstance(cell, str) and key(cell) in words("ticks")


def ticked_columns(area: Area, below: int, labels: list[str]) -> tuple[int, ...]:
    """The positions of neighbouring columns whose headers are results (one that passed and one that failed
    among them) and which hold nothing but ticks from row `below` on; none when there are no such columns."""
    found = {name: [at for at, one in enumerate(labels) if _says(one, name)] for name in _outcomes()}
    every = sorted(at for positions in found.values() for at in positions)
    if not (found["passed"] and found["failed"]) or every[-1] - every[0] + 1 != len(every):
        return ()
    cells = [area.cells[:, at][below:].used().values.tolist() for at in every]
    plain = all(
        _is_plain(cell, labels[at]) for at, values in zip(every, cells, strict=True) for cell in values
    )
    return tuple(every) if plain and any(_is_tick(cell) for values in cells for cell in values) else ()


def _says(label: str, outcome: str) -> bool:
    """Whether a header is one of the words of an outcome, and no mere sign."""
    plain = key(label).lower()
    return any(map(str.isalpha, plain)) and plain in _outcomes()[outcome]


def _is_plain(cell: Any, label: str) -> bool:
    """Whether a cell of such a column is a tick or none, or repeats the header."""
    return isinstance(cell, str) and (key(cell) in ("", "□", _STROKE, key(label)) or _is_tick(cell))


def joined(body: Cells, ticks: tuple[int, ...], labels: list[str]) -> Coded:
    """The words ticked in every row, as one column: '' where none is, / where only a stroke stands."""
    names = [*labels, _STROKE]
    ticked = [body[:, at].table(_is_tick) for at in ticks]
    stroke = np.any([body[:, at].table(lambda cell: key(cell) == _STROKE) for at in ticks], axis=0)
    masks = [*ticked, stroke & ~np.any(ticked, axis=0)]
    codes = np.sum([mask.astype(np.int64) << n for n, mask in enumerate(masks)], axis=0)
    chosen = (
        "、".join(name for n, name in enumerate(names) if code >> n & 1) for code in range(2 ** len(names))
    )
    return Coded(codes, objects(chosen))
