"""What most likely lies behind a published number that a recomputation does not give, with the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.framework.model import Rounding
from analysis.results.audit_checks import total_rule
from analysis.results.printed import SLACK
from analysis.scoring.rounding import round_score

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook

EXPLAINED = ["difference", "explanation", "zh", "en"]
"""Row of the difference, kind of explanation, and the evidence in words."""


class Explanation(NamedTuple):
    """One explanation: swapped, tie_rule, typed_wrong, truncated, parts_rounded, other_base, row_left_out,
    row_counted_in, means_of_means, follows, rounding, or unknown."""

    kind: str
    zh: str
    en: str


def explanations(table: pd.DataFrame, differences: pd.DataFrame, rulebook: Rulebook | None) -> pd.DataFrame:
    """Explanations of every difference, likeliest first (EXPLAINED); `unknown` where nothing fits.

    `table` as of `printed_numbers`, `differences` as of an audit.
    """
    rows = []
    for at, row in enumerate(differences.itertuples()):
        same = table[(table["source_file"] == row.source_file) & (table["group"] == row.group)]
        told = list(_explain(row, same, table, differences, rulebook)) or [_UNKNOWN]
        rows += [(at, *one) for one in told]
    return pd.DataFrame(rows, columns=EXPLAINED)


_UNKNOWN = Explanation(
    "unknown", "没有找到能解释的写法或算法，请核对原件", "nothing found that explains it; see the original"
)


def _explain(
    row: Any, same: pd.DataFrame, table: pd.DataFrame, differences: pd.DataFrame, rulebook: Rulebook | None
) -> Iterator[Explanation]:
    if row.check == "ranks":
        yield from _rank(row, same, differences)
    elif row.check == "share_sum":
        yield from _share_sum(row, same)
    else:
        yield from _number(row, same, differences)
    if row.check == "totals" and rulebook is not None:
        yield from _parts(row, same, rulebook)
    elif row.check == "shares":
        yield from _other_base(row, same)
    elif row.check == "means":
        yield from _means(row, same, table)
    if row.rounding_explains:
        yield Explanation(
            "rounding", "各数在其末位的半个单位之内即可相符", "within half a unit of the last printed digits"
        )


def _decimals(row: Any, same: pd.DataFrame) -> int:
    """Decimals a number was printed with; of a share, those of its percentage."""
    mine = same[(same["source_row"] == row.source_row) & (same["name"] == row.name)]
    half = float(mine["half"].iloc[0]) if len(mine) else 0.005
    return int(round(-np.log10(2 * half * _scale(row)))) if half > 0 else 0


def _scale(row: Any) -> float:
    return 100.0 if row.measure == "share" else 1.0


def _shown(value: float, decimals: int, mode: str = "half_up") -> str:
    rounding = Rounding(decimals=decimals, mode=mode)  # type: ignore[arg-type]
    return f"{float(round_score(value, rounding)):.{decimals}f}"


def _number(row: Any, same: pd.DataFrame, differences: pd.DataFrame) -> Iterator[Explanation]:
    """Truncated, exchanged with another row, or typed wrong."""
    decimals = _decimals(row, same)
    printed, right = (_shown(value * _scale(row), decimals) for value in (row.published, row.recomputed))
    if _shown(row.recomputed * _scale(row), decimals, "truncate") == printed != right:
        exact = f"{row.recomputed * _scale(row):.6g}"
        zh = f"截尾而不是四舍五入：{exact} 截到 {decimals} 位即 {printed}"
        en = f"truncated, not rounded: {exact} cut to {decimals} decimals is {printed}"
        yield Explanation("truncated", zh, en)
    yield from _exchanged(row, differences, lambda value: _shown(value * _scale(row), decimals))
    wrong = _typed(printed, right)
    if wrong is not None:
        yield Explanation(
            "typed_wrong",
            f"{wrong[0]}：应为 {right}，印成 {printed}",
            f"{wrong[1]}: {right} printed as {printed}",
        )


def _typed(printed: str, right: str) -> tuple[str, str] | None:
    """How one number becomes another at a keyboard, if it does."""
    digits = [text.replace(".", "").lstrip("0") for text in (printed, right)]
    if printed == right:
        return None
    if digits[0] == digits[1]:
        return "小数点错位", "the decimal point moved"
    if sorted(printed) == sorted(right):
        return "数字相同而次序颠倒", "the same digits in another order"
    if len(printed) == len(right) and sum(a != b for a, b in zip(printed, right, strict=True)) == 1:
        return "只错一位数字", "one digit is wrong"
    return None


def _exchanged(row: Any, differences: pd.DataFrame, shown: Any) -> Iterator[Explanation]:
    """Two rows of one column that carry each other's number."""
    others = differences[
        (differences["source_file"] == row.source_file)
        & (differences["name"] == row.name)
        & (differences["unit"] != row.unit)
    ]
    for other in others.itertuples():
        if shown(other.published) == shown(row.recomputed) and shown(other.recomputed) == shown(
            row.published
        ):
            yield Explanation(
                "swapped", f"与“{other.unit}”的数互换", f"exchanged with that of {other.unit!r}"
            )


def _rank(row: Any, same: pd.DataFrame, differences: pd.DataFrame) -> Iterator[Explanation]:
    scores = same[same["measure"].isin(["total", "part", "count", "share"])]
    mine = scores[scores["source_row"] == row.source_row]
    tied = scores[scores["value"].isin(mine["value"]) & (scores["source_row"] != row.source_row)]
    tied = tied[tied["name"].isin(mine["name"])]
    if len(tied) and abs(row.difference) <= len(tied) + 1:
        units = "、".join(sorted(set(tied["unit"])))
        yield Explanation(
            "tie_rule",
            f"与{units}得分相同，名次取决于并列规则或未公布的小数",
            f"ties with {units}: tie rule or digits not printed",
        )
    yield from _exchanged(row, differences, lambda value: f"{value:.0f}")
    for score in mine.itertuples():
        yield from _score_typed(row, score, scores)
    wrong = _typed(f"{row.published:.0f}", f"{row.recomputed:.0f}")
    if wrong is not None:
        yield Explanation(
            "typed_wrong",
            f"名次写错（{wrong[0]}）：按得分应为第 {row.recomputed:.0f}",
            f"the rank is typed wrong ({wrong[1]}): by its score it is {row.recomputed:.0f}",
        )


def _score_typed(row: Any, score: Any, scores: pd.DataFrame) -> Iterator[Explanation]:
    """A score that would stand at its printed rank if two neighbouring digits were exchanged."""
    column = scores[(scores["name"] == score.name) & (scores["source_row"] != score.source_row)]["value"]
    decimals = int(round(-np.log10(2 * score.half))) if score.half > 0 else 0
    text = f"{score.value:.{decimals}f}"
    for at in range(len(text) - 1):
        other = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if "." in text[at : at + 2] or other == text:
            continue
        if 1 + int((column > float(other)).sum()) == int(row.published):
            yield Explanation(
                "typed_wrong",
                f"得分 {text} 若为 {other}（相邻两位颠倒），名次即相符",
                f"were the score {other} and not {text} (two digits exchanged), the rank would fit",
            )
            return


def _parts(row: Any, same: pd.DataFrame, rulebook: Rulebook) -> Iterator[Explanation]:
    """Parts added after rounding, or one part typed wrong."""
    found = total_rule(same, rulebook)
    if found is None:
        return
    start, weights = found
    decimals = _decimals(row, same)
    values = {
        name: float(
            same.loc[(same["name"] == name) & (same["source_row"] == row.source_row), "value"].iloc[0]
        )
        for name in weights
    }
    added = start + sum(float(_shown(weights[name] * value, decimals)) for name, value in values.items())
    printed = _shown(row.published, decimals)
    if _shown(added, decimals) == printed != _shown(row.recomputed, decimals):
        yield Explanation(
            "parts_rounded",
            f"各部分先取舍再相加，正好得 {printed}",
            f"parts were rounded before they were added: {printed}",
        )
    for name, value in values.items():
        needed = value + row.difference / weights[name] if weights[name] else value
        wrong = _typed(_shown(value, decimals), _shown(needed, decimals))
        if wrong is not None:
            yield Explanation(
                "typed_wrong",
                f"“{name}”可能写错（{wrong[0]}）：若为 {needed:.{decimals}f}，总分即相符",
                f"{name!r} may be typed wrong ({wrong[1]}): with {needed:.{decimals}f} the total fits",
            )


def _other_base(row: Any, same: pd.DataFrame) -> Iterator[Explanation]:
    """A count that is a share of another total printed in the table."""
    counts = same[same["measure"] == "count"]
    mine = counts[counts["source_row"] == row.source_row]["value"]
    half = float(same.loc[same["name"] == row.name, "half"].iloc[0])
    for base in sorted(set(counts["value"])):
        if base > mine.min() and abs(mine.min() / base - row.published) <= half + SLACK:
            yield Explanation(
                "other_base",
                f"以 {base:g} 为基数：{mine.min():g} ÷ {base:g}",
                f"share of {base:g}: {mine.min():g} ÷ {base:g}",
            )


def _share_sum(row: Any, same: pd.DataFrame) -> Iterator[Explanation]:
    shares = same[(same["measure"] == "share") & (same["name"] == row.name)]
    if row.rounding_explains:
        n, unit = len(shares), 200 * float(shares["half"].max())
        yield Explanation(
            "rounding",
            f"{n} 个占比各自四舍五入到 {unit:g} 个百分点",
            f"{n} shares, each rounded to {unit:g} percentage points",
        )
    elif row.published < 1:
        lack = f"{(1 - row.published) * 100:.4g} %"
        yield Explanation("row_left_out", f"缺少占 {lack} 的一类", f"a category of {lack} is not listed")
    else:
        twice = shares[
            np.isclose(shares["value"], row.published - 1, rtol=0, atol=float(shares["half"].sum()))
        ]
        for unit in twice["unit"]:
            yield Explanation("row_counted_in", f"“{unit}”被重复计入", f"{unit!r} is counted twice")


def _means(row: Any, same: pd.DataFrame, table: pd.DataFrame) -> Iterator[Explanation]:
    """A mean that leaves a row out, counts one more in, or is a mean of means."""
    totals = table[table["measure"] == "total"]
    mine = totals[totals["group"] == row.group] if (totals["group"] == row.group).any() else totals
    half = float(mine["half"].mean()) + float(same["half"].max())
    values = mine["value"].to_numpy()
    for unit, value in zip(mine["unit"], values, strict=True):
        rest = (values.sum() - value) / max(len(values) - 1, 1)
        if len(values) > 2 and abs(rest - row.published) <= half + SLACK:
            yield Explanation(
                "row_left_out", f"不含“{unit}”的平均为 {rest:.4g}", f"without {unit!r} the mean is {rest:.4g}"
            )
    by_group = totals.groupby("group")["value"].mean()
    of_groups = float(by_group.mean())
    if len(by_group) > 1 and abs(of_groups - row.published) <= half + SLACK:
        yield Explanation(
            "means_of_means",
            f"各组平均数的平均为 {of_groups:.4g}",
            f"the mean of the groups' means is {of_groups:.4g}",
        )
    whole = float(totals["value"].mean())
    if len(totals) > len(mine) and abs(whole - row.published) <= half + SLACK:
        yield Explanation(
            "row_counted_in",
            f"含其他组的平均为 {whole:.4g}",
            f"with the other groups the mean is {whole:.4g}",
        )
