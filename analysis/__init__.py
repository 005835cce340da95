"""Analysis of civilized-city evaluations: workbooks in; scores, ranks, causes of lost points and reports out.

    import analysis
    evaluation = analysis.evaluate("demo-2024")
    analysis.rank(evaluation)

Every name is loaded when it is first used, so `import analysis` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis import plots
    from analysis.pipeline import (
        audit,
        causes,
        check,
        compare,
        evaluate,
        explain,
        load,
        rank,
        rectification,
        reissue,
        report,
        series,
        simulate,
    )


__all__ = [
    "audit",
    "causes",
    "check",
    "compare",
    "evaluate",
    "explain",
    "load",
    "plots",
    "rank",
    "rectification",
    "reissue",
    "report",
    "series",
    "simulate",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    value = import_module("analysis.plots") if name == "plots" else _step(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _step(name: str) -> Any:
    return getattr(import_module("analysis.pipeline"), name)
