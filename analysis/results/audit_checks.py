"""The recomputations of an audit, each over the printed numbers of any published table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import Lang
from analysis.results.printed import SLACK, SOURCE, named_weights
from analysis.results.ranking import ranks
from analysis.results.words import word

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook

Array = NDArray[np.float64]
TABLE = ["source_file", "source_sheet", "group"]
COLUMNS = [
    *(
        "check",
        "measure",
        "unit",
        "group",
        "name",
        "published",
        "recomputed",
        "difference",
        "rounding_explains",
    ),
    *SOURCE,
    *("zh", "en"),
]
DEDUCTION = ("扣分", "失分")
_TITLES = {
    "ranks": ("名次与得分", "ranks against scores"),
    "totals": ("总分与各部分", "totals against parts"),
    "shares": ("占比与数量", "shares against counts"),
    "share_sum": ("占比合计", "sum of shares"),
    "counts": ("数量合计", "sum of counts"),
    "means": ("平均分与各部分平均分", "mean totals against component means"),
}


@dataclass(frozen=True)
class Finding:
    """One check of one table: what was compared under which rule, and the differences found."""

    check: str
    source_file: str
    group: str
    rule: str
    n_checked: int
    differences: pd.DataFrame

    def words(self, explained: int) -> tuple[str, str]:
        """The check in one line, zh and en."""
        zh, en = _TITLES[self.check]
        where = f"{self.source_file} {self.group}".strip()
        bad = len(self.differences) - explained
        return (
            f"{where}：{zh}，核对 {self.n_checked} 项，规则“{_rule_words(self.rule, 'zh')}”，"
            f"矛盾 {bad} 处，舍入差异 {explained} 处",
            f"{where}: {en}, {self.n_checked} checked, rule: {_rule_words(self.rule, 'en')}; "
            f"{bad} contradictions, {explained} rounding differences",
        )


def _rule_words(rule: str, lang: Lang) -> str:
    separator = "或" if lang == "zh" else " or "
    return separator.join(word("audit_rules", name, lang) for name in rule.split("/"))


def differences(
    check: str, rows: pd.DataFrame, recomputed: Array, tolerance: Array, keep: NDArray[np.bool_]
) -> pd.DataFrame:
    """The rows of `keep` as differences; within `tolerance` rounding explains them."""
    off = rows["value"].to_numpy() - recomputed
    table = rows[["measure", "unit", "group", "name", *SOURCE]].assign(
        check=check,
        published=rows["value"],
        recomputed=recomputed,
        difference=off,
        rounding_explains=np.abs(off) <= tolerance + SLACK,
    )[keep]
    words = [_words(row) for row in table.itertuples()]
    return table.assign(zh=[zh for zh, _ in words], en=[en for _, en in words])[COLUMNS]


def _words(row: Any) -> tuple[str, str]:
    scale, mark = (100, " %") if row.measure == "share" else (1, "")
    label = " ".join(part for part in (row.group, row.unit, row.name) if part)
    printed, again = (f"{value * scale:.6g}{mark}" for value in (row.published, row.recomputed))
    explained = row.rounding_explains
    zh = f"{label}：公布 {printed}，重算 {again}，{'舍入可以解释' if explained else '舍入不能解释'}"
    verdict = "explained by rounding" if explained else "not explained by rounding"
    return zh, f"{label}: published {printed}, recomputed {again}, {verdict}"


def _tables(
    table: pd.DataFrame, measure: str, by: Sequence[str] = TABLE
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Every table and group that prints this measure: file, group, all its rows."""
    for key, part in table.groupby(list(by), sort=False):
        if (part["measure"] == measure).any():
            yield str(key[0]), str(key[-1]), part


def _column(part: pd.DataFrame, name: str) -> pd.DataFrame:
    return part[part["name"] == name].set_index("source_row", drop=False)


def _names(part: pd.DataFrame, *measures: str) -> list[str]:
    return [str(name) for name in part.loc[part["measure"].isin(measures), "name"].unique()]


def _aligned(column: pd.DataFrame, rows: pd.DataFrame, what: str = "value") -> Array:
    """A column of the same printed rows as `rows`; NaN where it is empty."""
    return column[what].reindex(rows["source_row"]).to_numpy(dtype=np.float64)


def rank_checks(table: pd.DataFrame) -> Iterator[Finding]:
    """Ranks against the scores (or counts) printed beside them, under the tie rule that fits best."""
    for file, group, part in _tables(table, "rank"):
        scores = _names(part, "total") or _names(part, "part") or _names(part, "count", "share")
        for position, name in enumerate(_names(part, "rank")):
            if scores:
                rows = _column(part, name)
                score = _aligned(_column(part, _partner(name, position, scores, part)), rows)
                yield _ranked(file, group, rows[~np.isnan(score)], score[~np.isnan(score)])


def _partner(name: str, position: int, scores: list[str], part: pd.DataFrame) -> str:
    """The column a rank ranks: the one whose header begins alike, else the one in the same place,
    else the finest (a total that repeats ranks nothing)."""
    alike = [len(commonprefix([name, score])) for score in scores]
    if max(alike) > 0:
        return scores[alike.index(max(alike))]
    varied = [score for score in scores if _column(part, score)["value"].nunique() > 1] or scores
    return varied[min(position, len(varied) - 1)]


def _ranked(file: str, group: str, rows: pd.DataFrame, score: Array) -> Finding:
    printed = rows["value"].to_numpy()
    expected = _expected_ranks(printed, score)
    misses = {rule: int((ranking != printed).sum()) for rule, ranking in expected.items()}
    best = min(misses.values())
    fits = [rule for rule in expected if misses[rule] == best]
    recomputed = expected[fits[0]]
    found = differences("ranks", rows, recomputed, np.zeros(len(rows)), recomputed != printed)
    return Finding("ranks", file, group, "/".join(fits), len(rows), found)


def _expected_ranks(printed: Array, score: Array) -> dict[str, Array]:
    """Ranks under every rule. `ordered`: ties in the printed scores broken as printed, by what nobody sees.

    A list that does not begin at 1 or reaches beyond its length is part of a longer one: only the order
    can be checked, against the same ranks sorted by score.
    """
    if len(printed) and (printed.min() > 1 or printed.max() > len(printed)):
        by_score = np.lexsort((printed, -score))
        placed = np.empty_like(printed)
        placed[by_score] = np.sort(printed)
        return {"part_of_a_longer_list": placed}
    counted = {"min": ranks(score, "min"), "dense": ranks(score, "dense")}
    if any((ranking == printed).all() for ranking in counted.values()):
        return counted
    return counted | {"ordered": ranks(score, "ordered", [-printed])}


def total_checks(table: pd.DataFrame, rulebook: Rulebook | None) -> Iterator[Finding]:
    """Totals against full marks less deductions, or against the weighted parts printed beside them."""
    for file, group, part in _tables(table, "part"):
        totals = _names(part, "total")
        if not totals or rulebook is None:
            continue
        found = total_rule(part, rulebook)
        if found is None:
            continue
        start, weights = found
        rows = _column(part, totals[0])
        rule = f"{start:g} − {' − '.join(weights)}" if start else _sum_in_words(weights)
        value, half = _weighted(part, rows, weights)
        yield _compared("totals", file, group, rule, rows, start + value, half)


def total_rule(part: pd.DataFrame, rulebook: Rulebook) -> tuple[float, dict[str, float]] | None:
    """Where a total starts and the weight of every part: deductions from full marks, else weighted parts."""
    parts = _names(part, "part")
    off = [name for name in parts if any(word in name for word in DEDUCTION)]
    if off:
        return rulebook.settings.full_marks, dict.fromkeys(off, -1.0)
    weights = named_weights(rulebook, parts)
    return None if weights is None else (0.0, weights)


def _sum_in_words(weights: dict[str, float]) -> str:
    return " + ".join(f"{weight:g} × {name}" for name, weight in weights.items())


def _weighted(part: pd.DataFrame, rows: pd.DataFrame, weights: dict[str, float]) -> tuple[Array, Array]:
    """The weighted sum of columns and how far rounding of its terms can move it."""
    value, half = np.zeros(len(rows)), np.zeros(len(rows))
    for name, weight in weights.items():
        column = _column(part, name)
        value += weight * _aligned(column, rows)
        half += abs(weight) * _aligned(column, rows, "half")
    return value, half


def _compared(
    check: str, file: str, group: str, rule: str, rows: pd.DataFrame, value: Array, half: Array
) -> Finding:
    """Printed against recomputed numbers: a difference is what the printed digits do not show."""
    known = ~np.isnan(value)
    rows, value, half = rows[known], value[known], half[known]
    own = rows["half"].to_numpy()
    off = np.abs(rows["value"].to_numpy() - value) > own + SLACK
    return Finding(check, file, group, rule, len(rows), differences(check, rows, value, half + own, off))


def share_checks(table: pd.DataFrame) -> Iterator[Finding]:
    """Shares against counts, sums of shares against one, sums of counts against their total."""
    for file, group, part in _tables(table, "share"):
        for name in _names(part, "share"):
            yield from _shares(file, group, part, _column(part, name))
    for file, group, part in _tables(table, "count"):
        yield from _counts(file, group, part)


def _shares(file: str, group: str, part: pd.DataFrame, rows: pd.DataFrame) -> Iterator[Finding]:
    names = _names(part, "count")
    counts = [_aligned(_column(part, name), rows) for name in names]
    if not counts:
        yield _share_sum(file, group, rows, known_complete=False)
        return
    each = min(range(len(names)), key=lambda i: np.nansum(counts[i]))
    listed = float(np.nansum(counts[each]))
    base = _base_of(listed, counts[:each] + counts[each + 1 :])
    if base is None:
        return
    rule = f"{names[each]} ÷ {base:g}"
    finding = _compared("shares", file, group, rule, rows, counts[each] / base, np.zeros(len(rows)))
    yield finding
    if listed == base and finding.differences.empty:
        yield _share_sum(file, group, rows, known_complete=True)


def _base_of(listed: float, others: list[Array]) -> float | None:
    """What the counts are a share of: a column that repeats one total, else all that is listed;
    None when other counts stand beside them and none of them is such a total."""
    totals = [float(other[0]) for other in others if np.ptp(other) == 0 and other[0] >= listed]
    return min(totals) if totals else None if others else listed


def _share_sum(file: str, group: str, rows: pd.DataFrame, known_complete: bool) -> Finding:
    """Shares of a whole add up to 1 within rounding; a list that may be incomplete must not exceed it."""
    tolerance = np.array([rows["half"].sum()])
    total = rows["value"].sum()
    one = rows.iloc[[0]].assign(unit="", value=total)
    off = abs(total - 1) > SLACK and (known_complete or total > 1 - tolerance[0] - SLACK)
    found = differences("share_sum", one, np.ones(1), tolerance, np.array([off]))
    return Finding("share_sum", file, group, "adds_up", len(rows), found)


def _counts(file: str, group: str, part: pd.DataFrame) -> Iterator[Finding]:
    """Where a row prints three counts or more, the largest is the sum of the others."""
    counts = part[part["measure"] == "count"]
    rows = [row for _, row in counts.groupby("source_row", sort=False) if len(row) > 2]
    if not rows:
        return
    largest = pd.concat([row.nlargest(1, "value") for row in rows])
    sums = np.array([row["value"].sum() - row["value"].max() for row in rows])
    yield _compared("counts", file, group, "total_is_sum", largest, sums, np.zeros(len(rows)))


def mean_checks(table: pd.DataFrame, rulebook: Rulebook | None) -> Iterator[Finding]:
    """The weighted component means (or a single mean) against the mean of the printed totals."""
    totals = table[table["measure"] == "total"]
    for file, group, part in _tables(table, "mean"):
        same = totals[totals["group"] == group] if (totals["group"] == group).any() else totals
        names = _names(part, "mean")
        weights = {names[0]: 1.0} if len(names) == 1 else named_weights(rulebook, names)
        if same.empty or weights is None:
            continue
        rows = _column(part, names[0])
        value, half = _weighted(part, rows, weights)
        both = rows.assign(name=_sum_in_words(weights), value=value, half=half)
        mean, spread = np.full(len(rows), same["value"].mean()), np.full(len(rows), same["half"].mean())
        yield _compared("means", file, group, _sum_in_words(weights), both, mean, spread)
