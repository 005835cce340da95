"""What the scores still to come must be for the cycle to reach a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import Problem, UsageError
from analysis.scoring.cycle import cycle_periods

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.scoring.evaluate import Evaluation


def cycle_needed(
    evaluation: Evaluation,
    target: float,
    assumed: Mapping[str, float] | None = None,
    earlier: Sequence[Evaluation] = (),
) -> pd.DataFrame:
    """The composite every unit needs in each period still open, at the cycle's weights, to reach `target`.

    One row per unit: `unit`, `known` (weight x composite of finished periods, points), `assumed` (the same
    for periods whose composite is supposed to be that of `assumed`), `open_weight`, `needed` (the composite
    that all open periods together must average; NaN when none is open), `forecast` (the cycle's score if
    they equal this round's composite), `reachable` (needed lies within full marks and bonus cap), `safe`
    (reached even with zero). A mock round counts as open, its composite as a forecast only.
    Finished periods come from the round's sheet of earlier scores and from the official rounds of `earlier`.
    Raises UsageError for a round without cycle or a period that is not in it.
    """
    weights = cycle_weights(evaluation)
    supposed = dict(assumed or {})
    unknown = [name for name in supposed if name not in weights]
    if not weights or unknown:
        raise UsageError([_no_cycle(evaluation, weights, name) for name in unknown or [""]])
    scores = evaluation.scores.assign(unit=evaluation.scores["unit"].astype("str")).set_index("unit")
    known = _known(evaluation, scores["composite"], earlier)
    done = known[[name for name in weights if name in known and name not in supposed]]
    part = (done * pd.Series({name: weights[name] for name in done})).fillna(0.0).sum(axis=1)
    guess = sum(weights[name] * value for name, value in supposed.items())
    held = done.notna() * pd.Series({name: weights[name] for name in done}, dtype="float64")
    left = 1.0 - held.sum(axis=1) - sum(weights[name] for name in supposed)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = ((target - part - guess) / left.where(left > 1e-12)).round(9)
    settings = evaluation.rulebook.settings
    unbounded = settings.bonus.cap is None and bool(settings.bonus.rules)
    most = np.inf if unbounded else settings.full_marks + (settings.bonus.cap or 0.0)
    reached = part + guess >= target - 1e-9
    return (
        pd.DataFrame(
            {
                "known": part,
                "assumed": guess,
                "open_weight": left.where(left > 1e-12, 0.0),
                "needed": needed,
                "forecast": part + guess + left * scores["composite"],
                "reachable": (needed <= most).where(needed.notna(), reached).astype(bool),
                "safe": reached,
            }
        )
        .rename_axis("unit")
        .reset_index()
    )


def cycle_weights(evaluation: Evaluation) -> dict[str, float]:
    """Weights of the cycle's periods (0-1), for mock rounds as for official ones; empty without a cycle."""
    from dataclasses import replace

    round_ = evaluation.round
    official = replace(round_, info=round_.info.model_copy(update={"kind": "official"}))
    return cycle_periods(official, evaluation.rulebook.settings.cycle)


def _known(evaluation: Evaluation, composites: pd.Series, earlier: Sequence[Evaluation]) -> pd.DataFrame:
    """Composites by unit and finished period: earlier scores, official rounds."""
    rows = evaluation.round.table("cycle_scores")
    rows = rows.assign(unit=rows["unit"].astype("str"), period=rows["period"].astype("str"))
    table = rows.pivot_table(index="unit", columns="period", values="composite").reindex(composites.index)
    for one in (*earlier, evaluation):
        info = one.round.info
        own = one.scores.assign(unit=one.scores["unit"].astype("str")).set_index("unit")["composite"]
        if info.kind != "mock":
            table[str(info.period)] = own
    now = evaluation.round.info
    return table if now.kind != "mock" else table.drop(columns=str(now.period), errors="ignore")


def _no_cycle(evaluation: Evaluation, weights: dict[str, float], name: str) -> Problem:
    info = evaluation.round.info
    known = ", ".join(weights) or "–"
    if name:
        return Problem(
            code="unknown_period",
            zh=f"周期中没有“{name}”。可用：{known}。",
            en=f"the cycle has no period {name!r}. Known: {known}.",
            value=name,
        )
    return Problem(
        code="no_cycle",
        zh=f"轮次“{info.id}”不属于所用规则的任何周期。",
        en=f"round {info.id!r} belongs to no cycle of the rules in use.",
        fix_zh="请在 round.yml 写明 cycle 与 period，并在合成规则中规定 cycle 权重。",
        fix_en="Name cycle and period in round.yml, and the weights of the cycle in the composition.",
        value=info.id,
    )
