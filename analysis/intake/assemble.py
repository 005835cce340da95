"""What was read sheet by sheet, put together: duplicate keys, contract, counts, rejected rows."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import tables
from analysis.errors import Problem
from analysis.intake.files.coded import Coded, Columns, numbered, under
from analysis.intake.sheets.sheet import Sheet, shown
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEYS = {
    "units": ["unit"],
    "attributes": ["unit", "attribute"],
    "places": ["unit", "place"],
    "sites": ["unit", "site"],
    "cycle_scores": ["unit", "period"],
    "costs": ["by", "name"],
    "frame": ["unit", "stratum", "category"],
    "bonus_claims": ["unit", "rule", "note"],
    "negative_events": ["unit", "rule", "date", "note"],
    "rectifications": ["unit", "site", "item", "note", "found", "assigned"],
    "duty_log": ["unit", "site", "date", "shift", "note"],
    "evidence_due": ["unit", "responsible_unit", "material", "period", "due"],
    "published": ["unit", "group", "name", "issue"],
}
"""What tells the rows of a table apart; observations have their own, see `_observation_keys`."""

COUNTS = ("answer_counts", "answer_counts_wide", "citizen_ratings")
"""Kinds whose rows say how many gave an answer."""

_NAMES = ("unit", "place", "site")
"""Keys that are names: 甲區 and 甲 区 are 甲区."""

_ALWAYS = [
    "unit",
    "place",
    "component",
    "leaf",
    "item",
    "site",
    "site_type",
    "visit",
    "assessor",
    "respondent",
    "period",
]


@dataclass(frozen=True)
class Found:
    """Rows for one table out of one sheet; column `at` of them is the position in the sheet."""

    table: str
    sheet: Sheet
    columns: Columns

    def __len__(self) -> int:
        return len(self.columns["at"])


def reject_duplicates(found: list[Found]) -> None:
    """Put aside every row whose key another row has, in the same sheet or in any other."""
    for table in dict.fromkeys(one.table for one in found):
        parts = [one for one in found if one.table == table and len(one)]
        if parts:
            _reject_same_keys(parts, _observation_keys if table == "observations" else _plain_keys)


Keys = dict[str, Coded]


def _plain_keys(part: Found) -> Keys:
    keys = {name: Coded.of(part.columns[name]) for name in KEYS[part.table] if name in part.columns}
    keys |= {name: keys[name].mapped(key) for name in _NAMES if name in keys}
    if part.table == "published":
        keys["source"] = Coded.all(part.sheet.file + part.sheet.name, len(part))
    return keys


def _observation_keys(part: Found) -> Keys:
    """Findings also differ in what they describe, counts of answers in answer, stratum and cluster."""
    columns = part.columns
    counted = np.full(len(part), part.sheet.kind.id in COUNTS)
    several = (columns["count"] < 1) if part.sheet.kind.method == "questionnaire" else False
    found: np.ndarray = columns["findings"]
    held = {
        **dict.fromkeys(("note", "picture", "organiser"), found),
        **dict.fromkeys(("stratum", "cluster"), counted),
        "answer": counted | several,
    }
    blank = Coded.all("", len(part))
    told = {name: Coded.of(columns[name]).where(mask, blank) for name, mask in held.items() if mask.any()}
    return {name: Coded.of(columns[name]) for name in _ALWAYS} | told


def _reject_same_keys(parts: list[Found], keys_of: Callable[[Found], Keys]) -> None:
    keys = [keys_of(part) for part in parts]
    sheet = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    row = np.concatenate([np.arange(len(part)) for part in parts])
    good = np.concatenate([~part.sheet.bad[part.columns["at"]] for part in parts])
    sampled = np.concatenate([_sampled(part) for part in parts])
    groups: dict[int, list[int]] = {}
    for place, code in zip(*_equal(np.flatnonzero(good), keys, parts), strict=True):
        groups.setdefault(int(code), []).append(int(place))
    for group in groups.values():
        if not sampled[group[0]] or len(set(sheet[group])) > 1:
            _reject_group([(parts[sheet[one]], keys[sheet[one]], int(row[one])) for one in group])


def _equal(places: np.ndarray, keys: list[Keys], parts: list[Found]) -> tuple[np.ndarray, np.ndarray]:
    """Those of the rows that share all their keys with another one, and a code for each set of them.

    A row that is alone by some keys stays alone: the keys that tell most apart come first.
    """
    codes = np.zeros(len(places), dtype=np.int64)
    _, largest = max(zip(map(len, parts), keys, strict=True), key=itemgetter(0))
    telling = {name: len(column.distinct().values) for name, column in largest.items()}
    names = dict.fromkeys(name for one in keys for name in one)
    for name in sorted(names, key=lambda name: -telling.get(name, 0)):
        column = _column(name, keys, parts)[places].distinct()
        codes = numbered(codes * len(column.values) + column.codes)[0]
        several = np.bincount(codes)[codes] > 1
        places, codes = places[several], codes[several]
    return places, codes


def _column(name: str, keys: list[Keys], parts: list[Found]) -> Coded:
    """One column of the keys, of all sheets; blank where a sheet does without it."""
    return Coded.joined(
        one.get(name, Coded.all("", len(part))) for one, part in zip(keys, parts, strict=True)
    )


def _sampled(part: Found) -> np.ndarray:
    """Rows of a sample, which may be equal inside one sheet but not in two sheets."""
    return np.asarray(part.columns.get("sampled", np.zeros(len(part), dtype=bool)))


def _reject_group(group: list[tuple[Found, Keys, int]]) -> None:
    """Each row of a group is told where another one of it stands."""
    for one in group:
        part, keys, row = one
        elsewhere = [other for other in group if other[0] is not part]
        other, _, there = next(iter(elsewhere or [other for other in group if other is not one]))
        number = int(other.sheet.numbers[other.columns["at"][there]])
        name = " ".join(text for text in (other.sheet.file, other.sheet.name) if text)
        cells = [str(column[row]) for column in keys.values()]
        value = " / ".join(cell for cell in cells if cell not in ("", "None", "nan"))
        words = {"other_zh": f"{name} 第 {number} 行", "other_en": f"{name} row {number}"}
        part.sheet.reject(int(part.columns["at"][row]), say.DUPLICATE, "", value, words)


def put_together(found: Iterable[Found]) -> dict[str, Columns]:
    """One table per name, rows that were put aside left out; observations are numbered."""
    kept: dict[str, list[Columns]] = {}
    for one in found:
        kept.setdefault(one.table, []).append(_usable(one))
    tables_ = {name: under(parts) for name, parts in kept.items()}
    if "observations" in tables_:
        rows = tables_["observations"]
        tables_["observations"] = {**rows, "row_id": np.arange(len(rows["at"]), dtype=np.int64)}
    return tables_


def _usable(one: Found) -> Columns:
    """The rows that were not put aside, with the place they come from."""
    good = ~one.sheet.bad[one.columns["at"]]
    columns = one.columns if good.all() else {name: cells[good] for name, cells in one.columns.items()}
    place = {"source_file": one.sheet.file, "source_sheet": one.sheet.name}
    return {**columns, **{name: Coded.all(text, int(good.sum())) for name, text in place.items()}}


def contract(table: Columns | pd.DataFrame, name: str) -> pd.DataFrame:
    """The columns of the table's contract that there are, in order, typed; observations are numbered."""
    if name not in tables.TABLES:
        kept = [one for one in table if one not in ("at", "source_file", "source_sheet", "source_row")]
        return pd.DataFrame({one: pd.Series(np.asarray(table[one])) for one in kept})
    kinds = {column.name: column.kind for column in tables.TABLES[name].columns if column.name in table}
    columns = {one: _typed(table[one], kind) for one, kind in kinds.items()}
    if name == "observations" and "row_id" not in columns:
        n = len(next(iter(columns.values())))
        columns = {"row_id": np.arange(n, dtype=np.int64), **columns}
    if name == "published" and "issue" in table:
        columns["issue"] = pd.Series(np.asarray(table["issue"]))
    return pd.DataFrame(columns, copy=False)


def _typed(values: Coded | np.ndarray | pd.Series, kind: tables.Kind) -> Any:
    if isinstance(values, Coded) and kind in ("label", "text"):
        return values.categorical() if kind == "label" else values.texts()
    column = values if isinstance(values, pd.Series) else pd.Series(np.asarray(values))
    if kind == "label":
        known = isinstance(column.dtype, pd.CategoricalDtype)
        return column if known else pd.Categorical(column.to_numpy(dtype=object))
    return column.astype(tables.DTYPES[kind])


def rejected_rows(sheets: Iterable[Sheet]) -> pd.DataFrame:
    """One row per row put aside: file, sheet, kind, row, reason_zh, reason_en, cells (header -> text)."""
    rows = [_rejected(sheet, int(at)) for sheet in sheets for at in np.flatnonzero(sheet.bad)]
    return pd.DataFrame(rows, columns=["file", "sheet", "kind", "row", "reason_zh", "reason_en", "cells"])


def _rejected(sheet: Sheet, at: int) -> tuple:
    reasons = sheet.reasons[int(at)]
    zh, en = (" ".join(_reason(problem, lang) for problem in reasons) for lang in ("zh", "en"))
    header = [
        name if name and sheet.header.count(name) == 1 else f"{name}({position + 1})"
        for position, name in enumerate(sheet.header)
    ]
    cells = {name: shown(cell) for name, cell in zip(header, sheet.body[at], strict=True)}
    return sheet.file, sheet.name, sheet.kind.id, int(sheet.numbers[at]), zh, en, cells


def _reason(problem: Problem, lang: str) -> str:
    text = problem.zh if lang == "zh" else problem.en
    return f"{problem.column}: {text}" if problem.column else text


def counts(sheets: Iterable[Sheet], large: int | None = None) -> pd.DataFrame:
    """One row per sheet (and parquet file): file, sheet, kind, rows_read, rows_used, rows_rejected."""
    rows = [
        (one.file, one.name, one.kind.id, len(one.numbers), int((~one.bad).sum()), int(one.bad.sum()))
        for one in sheets
    ]
    if large is not None:
        rows.append(("observations.parquet", "", "observations", large, large, 0))
    return pd.DataFrame(rows, columns=["file", "sheet", "kind", "rows_read", "rows_used", "rows_rejected"])


def stacked(first: pd.DataFrame | None, second: pd.DataFrame) -> pd.DataFrame:
    """Two tables of observations as one; row ids count through both. A column one lacks is blank there."""
    if first is None:
        return _in_place(second)
    frames = [
        frame.astype(dict.fromkeys(frame.select_dtypes("category"), object)) for frame in (first, second)
    ]
    both = pd.concat(frames, ignore_index=True).drop(columns="row_id")
    blanks = {name: both[name].fillna("") for name in both.select_dtypes(["object", "str"])}
    return contract(both.assign(**blanks), "observations")


def _in_place(frame: pd.DataFrame) -> pd.DataFrame:
    """A table that keeps the contract already; labels that are plain text become categories."""
    labels = {column.name for column in tables.TABLES["observations"].columns if column.kind == "label"}
    plain = [name for name in frame.columns if name in labels and frame[name].dtype != "category"]
    return frame.assign(**{name: frame[name].astype("category") for name in plain})
