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
    from analysis.facade import (
        assessors,
        audit,
        calendar,
        causes,
        check,
        compare,
        cross,
        evaluate,
        explain,
        findings,
        forecast,
        load,
        rank,
        rectification,
        reissue,
        responsible,
        series,
        simulate,
    )
    from analysis.pipeline import report, template
    from analysis.simulation.effects import what_if
    from analysis.simulation.plan import plan
    from analysis.simulation.sensitivity import sensitivity
    from analysis.simulation.swap import smallest_swap


__all__ = [
    "assessors",
    "audit",
    "calendar",
    "causes",
    "check",
    "compare",
    "cross",
    "evaluate",
    "explain",
    "findings",
    "forecast",
    "load",
    "plan",
    "plots",
    "rank",
    "rectification",
    "reissue",
    "report",
    "responsible",
    "sensitivity",
    "series",
    "simulate",
    "smallest_swap",
    "template",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    value = import_module("analysis.plots") if name == "plots" else _step(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_HOMES = {
    "plan": "analysis.simulation.plan",
    "report": "analysis.pipeline",
    "sensitivity": "analysis.simulation.sensitivity",
    "smallest_swap": "analysis.simulation.swap",
    "template": "analysis.pipeline",
    "what_if": "analysis.simulation.effects",
}
"""Where the names live that `analysis.facade` does not define."""


def _step(name: str) -> Any:
    return getattr(import_module(_HOMES.get(name, "analysis.facade")), name)
