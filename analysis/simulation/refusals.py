"""Problems of scenarios, plans and choices: what was written, what is known, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from analysis.errors import Problem

SHOWN = 8
"""How many known names a message lists."""


def unknown(what_zh: str, what_en: str, value: object, known: Iterable[object], column: str = "") -> Problem:
    """A name that is not among the known ones, with the nearest of them."""
    names = [str(name) for name in known if str(name)]
    near = get_close_matches(str(value), names, n=3, cutoff=0.5)
    shown = near or names[:SHOWN]
    more = "" if near or len(names) <= SHOWN else " …"
    return Problem(
        code="unknown_name",
        zh=f"{what_zh}“{value}”不存在。",
        en=f"there is no {what_en} {str(value)!r}.",
        fix_zh=("是否想写：" if near else "可用：") + ("、".join(shown) or "无") + more + "。",
        fix_en=("Did you mean: " if near else "Known: ") + (", ".join(shown) or "none") + f"{more}.",
        column=column,
        value=str(value),
    )


def refused(code: str, zh: str, en: str, fix_zh: str = "", fix_en: str = "", value: object = "") -> Problem:
    """One problem in words."""
    return Problem(code=code, zh=zh, en=en, fix_zh=fix_zh, fix_en=fix_en, value=str(value))


def matches_nothing(zh: str, en: str, filters: str) -> Problem:
    """A step or filter that no row answers to."""
    return refused(
        "matches_nothing",
        f"这一步没有匹配到任何{zh}：{filters}。",
        f"this step matches no {en}: {filters}.",
        "请放宽或更正筛选条件；可先用 causes 或 ledger 查看。",
        "Widen or correct the filter; look at `causes` or the ledger first.",
        filters,
    )
