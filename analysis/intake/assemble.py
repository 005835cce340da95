"""What was read sheet by sheet, put together: duplicate keys, contract, counts, rejected rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import tables
from analysis.errors import Problem
from analysis.intake import row_messages as say
from analysis.intake.coded import Coded
from analysis.intake.register import together
from analysis.intake.sheet import Sheet, shown

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
    """Rows for one table out of one sheet; `frame` has the position in the sheet in column `at`."""

    table: str
    sheet: Sheet
    frame: pd.DataFrame


def reject_duplicates(found: list[Found]) -> None:
    """Put aside every row whose key another row has, in the same sheet or in any other."""
    for table in dict.fromkeys(one.table for one in found):
        parts = [one for one in found if one.table == table and len(one.frame)]
        if parts:
            _reject_same_keys(parts, _observation_keys if table == "observations" else _plain_keys)


Keys = dict[str, "pd.Series"]


def _plain_keys(part: Found) -> Keys:
    keys = {name: part.frame[name] for name in KEYS[part.table] if name in part.frame.columns}
    if part.table == "published":
        keys["source"] = pd.Series(part.sheet.file + part.sheet.name, part.frame.index)
    return keys


def _observation_keys(part: Found) -> Keys:
    """Findings also differ in what they describe, counts of answers in answer, stratum and cluster."""
    frame = part.frame
    counted = part.sheet.kind.id in ("answer_counts", "answer_counts_wide", "citizen_ratings")
    several = (frame["count"] < 1) if part.sheet.kind.method == "questionnaire" else False
    rows = {
        **dict.fromkeys(("note", "picture", "organiser"), frame["findings"]),
        **dict.fromkeys(("answer", "stratum", "cluster"), pd.Series(counted, frame.index)),
        "answer": pd.Series(counted, frame.index) | several,
    }
    keys = {name: frame[name] for name in _ALWAYS}
    return keys | {
        name: frame[name].astype(object).where(mask, "") for name, mask in rows.items() if mask.any()
    }


def _reject_same_keys(parts: list[Found], keys_of: Callable[[Found], Keys]) -> None:
    found = [keys_of(part) for part in parts]
    names = dict.fromkeys(name for keys in found for name in keys)
    keys = {name: _column(name, found, parts) for name in names}
    codes = together(keys.values())
    sheet = np.repeat(np.arange(len(parts)), [len(part.frame) for part in parts])
    at = np.concatenate([part.frame["at"].to_numpy() for part in parts])
    good = np.concatenate([~part.sheet.bad[part.frame["at"].to_numpy()] for part in parts])
    same = pd.Series(codes[good]).duplicated(keep=False).to_numpy()
    places = np.flatnonzero(good)[same]
    sampled = np.concatenate([_sampled(part) for part in parts])
    groups: dict[int, list[int]] = {}
    for place in places:
        groups.setdefault(int(codes[place]), []).append(int(place))
    for group in groups.values():
        if not sampled[group[0]] or len(set(sheet[group])) > 1:
            _reject_group(parts, group, sheet, at, keys)


def _column(name: str, found: list[Keys], parts: list[Found]) -> Coded:
    """One column of the keys, of all sheets; blank where a sheet does without it."""
    return Coded.joined(
        _coded(keys[name]) if name in keys else Coded.all("", len(part.frame))
        for keys, part in zip(found, parts, strict=True)
    )


def _coded(values: pd.Series) -> Coded:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return Coded(values.cat.codes.to_numpy(np.int64), values.cat.categories.to_numpy(dtype=object))
    return Coded.of(values.to_numpy(dtype=object))


def _sampled(part: Found) -> np.ndarray:
    """Rows of a sample, which may be equal inside one sheet but not in two sheets."""
    if "sampled" not in part.frame.columns:
        return np.zeros(len(part.frame), dtype=bool)
    return part.frame["sampled"].to_numpy()


def _reject_group(
    parts: list[Found], group: list[int], sheet: np.ndarray, at: np.ndarray, keys: dict[str, Coded]
) -> None:
    """Each row of a group is told where another one of it stands."""
    for place in group:
        elsewhere = [one for one in group if sheet[one] != sheet[place]]
        other = next(iter(elsewhere or [one for one in group if one != place]))
        there = parts[sheet[other]].sheet
        row = int(there.numbers[at[other]])
        name = " ".join(part for part in (there.file, there.name) if part)
        cells = [str(column[place]) for column in keys.values()]
        value = " / ".join(cell for cell in cells if cell not in ("", "NaT", "nan"))
        words = {"other_zh": f"{name} 第 {row} 行", "other_en": f"{name} row {row}"}
        parts[sheet[place]].sheet.reject(int(at[place]), say.DUPLICATE, "", value, words)


def put_together(found: Iterable[Found]) -> dict[str, pd.DataFrame]:
    """One frame per table, rows that were put aside left out, in the types of the contract."""
    kept: dict[str, list[pd.DataFrame]] = {}
    for one in found:
        frame = _usable(one)
        names = {"source_file": one.sheet.file, "source_sheet": one.sheet.name}
        place = {name: Coded.all(text, len(frame)).categorical() for name, text in names.items()}
        kept.setdefault(one.table, []).append(frame.assign(**place))
    return {table: contract(_under(frames), table) for table, frames in kept.items()}


def _usable(one: Found) -> pd.DataFrame:
    """The rows that were not put aside, and no label that none of them has."""
    bad = one.sheet.bad[one.frame["at"].to_numpy(dtype=np.int64)]
    if not bad.any():
        return one.frame
    frame = one.frame[~bad]
    labels = frame.select_dtypes("category")
    return frame.assign(**{name: labels[name].cat.remove_unused_categories() for name in labels})


def _under(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames one under the other; labels stay categories."""
    if len(frames) == 1:
        return frames[0].reset_index(drop=True)
    first = frames[0]
    labels = [name for name in first if all(name in one and one[name].dtype == "category" for one in frames)]
    rest = pd.concat([frame.drop(columns=labels) for frame in frames], ignore_index=True)
    return rest.assign(**{name: _joined([one[name] for one in frames]) for name in labels})


def _joined(columns: list[pd.Series]) -> pd.Categorical:
    """Labels one under the other."""
    names = columns[0].cat.categories
    if all(one.cat.categories.equals(names) for one in columns):
        return pd.Categorical.from_codes(np.concatenate([one.cat.codes for one in columns]), names)
    return Coded.joined(map(_coded, columns)).categorical()


def contract(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The columns of the table's contract that the frame has, in order, typed; observations are numbered."""
    if table == "observations":
        frame = frame.assign(row_id=np.arange(len(frame), dtype=np.int64))
    if table not in tables.TABLES:
        return frame.drop(columns=["at", "source_file", "source_sheet", "source_row"])
    columns = [column for column in tables.TABLES[table].columns if column.name in frame.columns]
    extra = {"issue": frame["issue"]} if table == "published" and "issue" in frame.columns else {}
    return pd.DataFrame({column.name: _typed(frame[column.name], column.kind) for column in columns} | extra)


def _typed(values: pd.Series, kind: str) -> pd.Series | pd.Categorical:
    if kind == "label":
        known = isinstance(values.dtype, pd.CategoricalDtype)
        return values if known else pd.Categorical(values.to_numpy(dtype=object))
    return values.astype(
        {"text": "str", "number": "float64", "count": "int64", "flag": "bool"}.get(kind, "datetime64[us]")
    )


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


def counts(sheets: Iterable[Sheet], large: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per sheet (and parquet file): file, sheet, kind, rows_read, rows_used, rows_rejected."""
    rows = [
        (one.file, one.name, one.kind.id, len(one.numbers), int((~one.bad).sum()), int(one.bad.sum()))
        for one in sheets
    ]
    if large is not None:
        rows.append(("observations.parquet", "", "observations", len(large), len(large), 0))
    return pd.DataFrame(rows, columns=["file", "sheet", "kind", "rows_read", "rows_used", "rows_rejected"])


def stacked(first: pd.DataFrame | None, second: pd.DataFrame) -> pd.DataFrame:
    """Two tables of observations as one; row ids count through both. A column one lacks is blank there."""
    if first is None:
        return _in_place(second)
    frames = [
        frame.astype(dict.fromkeys(frame.select_dtypes("category"), object)) for frame in (first, second)
    ]
    both = pd.concat(frames, ignore_index=True)
    blanks = {name: both[name].fillna("") for name in both.select_dtypes(["object", "str"])}
    return contract(both.assign(**blanks), "observations")


def _in_place(frame: pd.DataFrame) -> pd.DataFrame:
    """A table that keeps the contract already; labels that are plain text become categories."""
    labels = {column.name for column in tables.TABLES["observations"].columns if column.kind == "label"}
    plain = [name for name in frame.columns if name in labels and frame[name].dtype != "category"]
    return frame.assign(**{name: frame[name].astype("category") for name in plain})
