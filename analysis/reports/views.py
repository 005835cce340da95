"""Tables as a page shows them: headers and cells as text, with the alignment of every column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.reports.labels import Labels, word

_PERCENT = ("share", "cumulated_share", "loss_rate", "score_rate", "weight")
_WHOLE = ("rank", "n", "n_findings", "source_row", "depth")


@dataclass(frozen=True)
class View:
    """A table ready to print. `numeric` says which columns are flushed right; `note` stands under it."""

    headers: list[str]
    rows: list[list[str]]
    numeric: list[bool]
    caption: str = ""
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page: title, sentences, pictures (names of charts) and tables."""

    id: str
    title: str
    sentences: list[str]
    tables: list[View]
    charts: list[str]


def view(
    frame: pd.DataFrame,
    labels: Labels,
    decimals: int = 2,
    caption: str = "",
    note: str = "",
    top: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> View:
    """`frame` as a `View`: ids as words, points with `decimals`, shares in percent, the first `top` rows."""
    shown = frame if top is None else frame.head(top)
    cut = word("cut", labels.lang, shown=len(shown), total=len(frame)) if len(shown) < len(frame) else ""
    cells = [[_text(value, str(name), decimals) for value in shown[name]] for name in shown.columns]
    worded = labels.apply(shown)
    numeric = [_is_number(shown[name]) for name in shown.columns]
    columns = [
        cell if number else [str(value) for value in worded.iloc[:, place]]
        for place, (cell, number) in enumerate(zip(cells, numeric, strict=True))
    ]
    names = [
        (headers or {}).get(str(old), str(new))
        for old, new in zip(shown.columns, worded.columns, strict=True)
    ]
    rows = [list(row) for row in zip(*columns, strict=True)] if len(shown) else []
    return View(names, rows, numeric, caption, " ".join(part for part in (note, cut) if part))


def _is_number(column: pd.Series) -> bool:
    return column.dtype.kind in "iuf"


def _text(value: object, name: str, decimals: int) -> str:
    if value is None or value != value:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if name in _PERCENT:
        return f"{value:.2%}"
    if name in _WHOLE or isinstance(value, int):
        return f"{value:,.0f}"
    return f"{value:.{decimals}f}"
