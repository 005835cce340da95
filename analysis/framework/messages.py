"""Findings in words: `messages.yml` says each problem and its remedy in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import Problem
from analysis.framework.document import Finding, Path_


@cache
def _says() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("messages.yml")
    texts: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return texts


def finding(path: Path_, code: str, value: Any, known: Iterable[str] = (), **words: Any) -> Finding:
    """The problem `code` about `value`; `known` are the values to suggest a near one from."""
    near = get_close_matches(str(value), list(known), n=1)
    filled = {
        "value": value,
        "near_zh": f"是否想写“{near[0]}”？" if near else "",
        "near_en": f" Did you mean {near[0]!r}?" if near else "",
        **words,
    }
    says = _says()[code]
    zh, en, fix_zh, fix_en = (says[key].format(**filled) for key in ("zh", "en", "fix_zh", "fix_en"))
    return Finding(path, Problem(code, zh, en, fix_zh, fix_en, value=str(value)))


def number_text(number: float) -> str:
    """A number as short as it can be told apart from its neighbours."""
    return f"{number:.10g}"


def parts_text(parts: dict[str, float]) -> str:
    """`a 0.4, b 0.5`."""
    return ", ".join(f"{name} {number_text(value)}" for name, value in parts.items())
