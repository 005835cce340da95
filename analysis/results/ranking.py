"""Ranks of units inside their groups, the gaps between them, and the distance to the lines that matter."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis import tables
from analysis.errors import Problem, UsageError
from analysis.framework.model import Band, Settings
from analysis.scoring.rounding import round_score, snap

Array = NDArray[np.float64]
RANKED = ("group", "rank", "unit", "composite", "tied", "gap_above", "gap_below", "veto", "bands")


def ranks(
    values: ArrayLike, method: Literal["min", "dense", "ordered"] = "min", then: Sequence[ArrayLike] = ()
) -> Array:
    """Rank of every value along the last axis: 1 is the highest; NaN has no rank (NaN).

    `min` counts 1-1-3, `dense` 1-1-2, `ordered` breaks ties by the arrays of `then` (same shape, higher
    first) and counts what is still tied as `min`. Leading axes (replicates) are ranked independently.
    """
    scores = np.asarray(values, dtype=np.float64)
    keys = [-scores, *(_worst_if_nan(key) for key in then)] if method == "ordered" else [-scores]
    order = np.argsort(keys[0], axis=-1) if len(keys) == 1 else np.lexsort(keys[::-1], axis=-1)
    fresh = np.zeros(scores.shape, dtype=bool)
    fresh[..., :1] = True
    for key in keys:
        in_order = np.take_along_axis(key, order, axis=-1)
        fresh[..., 1:] |= in_order[..., 1:] != in_order[..., :-1]
    result = np.empty(scores.shape)
    np.put_along_axis(result, order, _count(fresh, method), axis=-1)
    return np.where(np.isnan(scores), np.nan, result)


def _worst_if_nan(key: ArrayLike) -> Array:
    values = np.asarray(key, dtype=np.float64)
    return np.where(np.isnan(values), np.inf, -values)


def _count(fresh: NDArray[np.bool_], method: str) -> NDArray[np.int64]:
    """Ranks in sorted order, from the places where a new value begins."""
    if method == "dense":
        return np.cumsum(fresh, axis=-1)
    places = np.arange(1, fresh.shape[-1] + 1)
    return np.maximum.accumulate(np.where(fresh, places, 0), axis=-1)


def rank_table(scores: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The ranking (table RANKING): best first inside each group, vetoed units unranked at its end.

    `scores` has `unit`, `group`, `composite` (points, unrounded), `veto` and the columns named in
    `settings.ties.by`. Composite and gaps are in points as printed (`settings.rounding`); a gap is the
    distance to the next unit with another composite. Raises `UsageError` for a tie column not there.
    """
    _check_tie_columns(scores, settings)
    groups = [_rank_group(part, settings) for _, part in scores.groupby("group", observed=True, sort=False)]
    if not groups:
        return tables.empty("ranking")
    ranking = pd.concat(groups, ignore_index=True)
    return ranking.astype({"group": "category", "unit": "category", "veto": "category", "bands": "str"})


def unit_ranks(scores: pd.DataFrame, settings: Settings) -> Array:
    """The ranks of `rank_table` alone, in the order of `scores`, shape (units,); NaN for a vetoed unit."""
    _check_tie_columns(scores, settings)
    found = np.full(len(scores), np.nan)
    for rows in scores.groupby("group", observed=True, sort=False).indices.values():
        part = scores.iloc[rows]
        counted = (part["veto"].astype("str") == "").to_numpy() & ~np.isnan(part["composite"].to_numpy())
        found[rows] = _both_ends(part, counted, settings)[0]
    return found


def _check_tie_columns(scores: pd.DataFrame, settings: Settings) -> None:
    names = [str(name) for name in scores.columns]
    missing = [name for name in settings.ties.by if name not in names]
    if settings.ties.method == "ordered" and missing:
        raise UsageError([_unknown_tie_column(name, names) for name in missing])


def _unknown_tie_column(name: str, names: list[str]) -> Problem:
    near = get_close_matches(name, names, n=3) or names
    return Problem(
        code="unknown_tie_column",
        zh=f"并列时的比较列“{name}”不在得分表中。可用：{'、'.join(near)}。",
        en=f"tie column {name!r} is not in the scores. Known: {', '.join(near)}.",
        fix_zh="请修改组合或体系文件中的 ties.by。",
        fix_en="Correct ties.by in the composition or framework.",
        column="ties.by",
        value=name,
    )


def _rank_group(scores: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    printed = round_score(scores["composite"], settings.rounding)
    counted = (scores["veto"].astype("str") == "").to_numpy() & ~np.isnan(printed)
    rank, from_last = _both_ends(scores, counted, settings)
    above, below = _gaps(np.where(counted, printed, np.nan), settings.rounding.decimals)
    table = scores[["group", "unit", "veto"]].assign(
        rank=rank,
        composite=printed,
        tied=pd.Series(rank).duplicated(keep=False).to_numpy() & counted,
        gap_above=above,
        gap_below=below,
        bands=_bands(printed, rank, from_last, settings.bands),
    )
    ordered = table.assign(_printed=-printed).sort_values(["rank", "_printed", "unit"], na_position="last")
    return ordered[list(RANKED)]


def _both_ends(scores: pd.DataFrame, counted: NDArray[np.bool_], settings: Settings) -> tuple[Array, Array]:
    """Ranks counted from the best and from the worst unit."""
    prepare = (
        snap if settings.ties.on == "unrounded" else lambda column: round_score(column, settings.rounding)
    )
    composite = np.where(counted, prepare(scores["composite"]), np.nan)
    then = [prepare(scores[name]) for name in settings.ties.by]
    method = settings.ties.method
    return ranks(composite, method, then), ranks(-composite, method, [-key for key in then])


def _gaps(printed: Array, decimals: int) -> tuple[Array, Array]:
    """Distance to the next higher and the next lower score that differs; NaN where there is none."""
    steps = np.unique(printed[~np.isnan(printed)])
    padded = np.concatenate([[np.nan], steps, [np.nan]])
    here = np.searchsorted(steps, printed) + 1
    here = np.where(np.isnan(printed), 0, here)
    higher, lower = padded[np.minimum(here + 1, len(padded) - 1)], padded[np.maximum(here - 1, 0)]
    return np.round(higher - printed, decimals), np.round(printed - lower, decimals)


def _bands(printed: Array, rank: Array, from_last: Array, bands: Sequence[Band]) -> list[str]:
    """Ids of the consequences of each unit, joined by `|`; a unit without rank has none."""
    inside = [(band.id, _inside(band, printed, rank, from_last) & ~np.isnan(rank)) for band in bands]
    return ["|".join(name for name, hit in inside if hit[row]) for row in range(len(printed))]


def _inside(band: Band, printed: Array, rank: Array, from_last: Array) -> NDArray[np.bool_]:
    hit = np.ones(len(printed), dtype=bool)
    if band.from_score is not None:
        hit &= printed >= band.from_score
    if band.below is not None:
        hit &= printed < band.below
    if band.first is not None:
        hit &= rank <= band.first
    if band.last is not None:
        hit &= from_last <= band.last
    return hit


def lines(ranking: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Distance in points of every ranked unit to every line of its group; negative below the line.

    Columns `group`, `unit`, `line` (`80` for a score, `first_10`, `last_3` for a place), `at` (the score
    of the line: for places the score of the unit that holds the last place inside) and `distance`.
    """
    ranked = ranking[ranking["rank"].notna()]
    found = [
        _distances(part, line, at, settings.rounding.decimals)
        for _, part in ranked.groupby("group", observed=True, sort=False)
        for line, at in _lines_of(part, settings.bands)
    ]
    empty = pd.DataFrame(columns=["group", "unit", "line", "at", "distance"])
    return pd.concat(found, ignore_index=True) if found else empty


def _lines_of(part: pd.DataFrame, bands: Sequence[Band]) -> list[tuple[str, float]]:
    scores = {at for band in bands for at in (band.below, band.from_score) if at is not None}
    found = {f"{at:g}": at for at in sorted(scores, reverse=True)}
    composite = np.sort(part["composite"].to_numpy())[::-1]
    for band in bands:
        if band.first is not None:
            found[f"first_{band.first}"] = composite[min(band.first, len(composite)) - 1]
        if band.last is not None:
            found[f"last_{band.last}"] = composite[-min(band.last, len(composite))]
    return list(found.items())


def _distances(part: pd.DataFrame, line: str, at: float, decimals: int) -> pd.DataFrame:
    distance = np.round(part["composite"].to_numpy() - at, decimals)
    return part[["group", "unit"]].assign(line=line, at=at, distance=distance)


def ranks_with(scores: pd.DataFrame, settings: Settings, unit: str, composites: Array) -> Array:
    """Rank of a unit for each of several composites of its own (points), the other units as they are.

    Columns that break ties keep their values. NaN for a unit out of the ranking.
    """
    own = (scores["unit"].astype("str") == unit).to_numpy()
    group = (scores["group"] == scores["group"][own].iloc[0]).to_numpy()
    counted = (
        group & (scores["veto"].astype("str") == "").to_numpy() & scores["composite"].notna()
    ).to_numpy()
    if not (own & counted).any():
        return np.full(len(composites), np.nan)
    rounded = settings.ties.on == "rounded"
    values = np.tile(scores["composite"].to_numpy()[counted], (len(composites), 1))
    values[:, own[counted]] = composites[:, None]
    values = round_score(values, settings.rounding) if rounded else snap(values)
    then = [np.broadcast_to(scores[name].to_numpy()[counted], values.shape) for name in settings.ties.by]
    return ranks(values, settings.ties.method, then)[:, own[counted]].ravel()
