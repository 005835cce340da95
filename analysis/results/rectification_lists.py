"""What the loop leaves to do: the Monday list, escalation, bad sequences, points won back and still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import Problem
from analysis.framework.model import Escalation, Settings
from analysis.results.problems import checks, mended
from analysis.results.rectification import KEY
from analysis.scoring.evaluate import score

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation

MONDAY = [
    "unit", "responsible_unit", "site", "item", "note", "status", "due", "days_overdue", "bad_fixes",
    "recurred", "escalation", "finder", "source_file", "source_sheet", "source_row",
]  # fmt: skip

_ORDERS = (
    ("found", "assigned", "交办早于发现", "assigned before it was found"),
    ("assigned", "due", "整改时限早于交办", "due before it was assigned"),
    ("assigned", "fixed", "整改完成早于交办", "fixed before it was assigned"),
    ("found", "fixed", "整改完成早于发现", "fixed before it was found"),
    ("fixed", "rechecked", "复核早于整改完成", "rechecked before it was fixed"),
    ("fixed", "closed", "销号早于整改完成", "closed before it was fixed"),
    ("rechecked", "closed", "销号早于复核", "closed before it was rechecked"),
    ("found", "closed", "销号早于发现", "closed before it was found"),
)
_NEEDS = (
    ("rechecked", "fixed", "没有整改完成日期就已复核", "rechecked, but no date of the fix"),
    ("closed", "fixed", "没有整改完成日期就已销号", "closed, but no date of the fix"),
)


def with_escalation(cases: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The cases with `escalation`: ids of the framework's consequences that apply, joined by `|`.

    Recurrences count only where `with_recurrence` has looked for them; else failed rechecks do.
    """
    hits = [(rule.id, _applies(cases, rule)) for rule in settings.escalation]
    texts = ["|".join(name for name, hit in hits if hit[row]) for row in range(len(cases))]
    return cases.assign(escalation=pd.Series(texts, cases.index, dtype="str"))


def _applies(cases: pd.DataFrame, rule: Escalation) -> NDArray[np.bool_]:
    if rule.days_overdue is not None:
        return (cases["days_overdue"] >= rule.days_overdue).to_numpy()
    failed = cases["is_rechecked"] & ~cases["is_held"]
    bad = cases["bad_fixes"] if "bad_fixes" in cases else failed.astype(int)
    return (bad >= (rule.bad_fixes or 0)).to_numpy()


def monday_list(cases: pd.DataFrame, unit: str | None = None) -> pd.DataFrame:
    """What must be chased this week: cases overdue, back again, or fixed badly; by unit, worst first.

    Columns of MONDAY as far as the cases have them (`with_recurrence`, `with_escalation`).
    """
    bad = cases["is_rechecked"] & ~cases["is_held"]
    wanted = cases["overdue"] | bad
    if "recurred" in cases:
        wanted = wanted | cases["recurred"]
    if unit is not None:
        wanted = wanted & (cases["unit"] == unit)
    if "latest" in cases:
        wanted = wanted & cases["latest"]
    chosen = cases[wanted]
    order = [name for name in ("bad_fixes", "days_overdue") if name in chosen]
    table = chosen.sort_values(["unit", *order], ascending=[True, *[False] * len(order)], kind="stable")
    return table[[name for name in MONDAY if name in table]].reset_index(drop=True)


def bad_sequences(cases: pd.DataFrame) -> pd.DataFrame:
    """Dates of the ledger that cannot be: one row per contradiction, with unit, site, item, source and words.

    Steps before the step they follow, a recheck or closing without a fix, a closing after a failed recheck.
    Nothing is corrected.
    """
    found = [
        _contradiction(cases, cases[later] < cases[earlier], earlier, later, zh, en)
        for earlier, later, zh, en in _ORDERS
    ]
    found += [
        _contradiction(cases, cases[step].notna() & cases[need].isna(), need, step, zh, en)
        for step, need, zh, en in _NEEDS
    ]
    failed = cases["closed"].notna() & (cases["result"] == "failed")
    words = ("复核不合格却已销号", "closed although the recheck failed")
    found.append(_contradiction(cases, failed, "rechecked", "closed", *words))
    table = pd.concat(found)
    return table.sort_values(["source_file", "source_sheet", "source_row"], kind="stable", ignore_index=True)


def _contradiction(
    cases: pd.DataFrame, mask: pd.Series, earlier: str, later: str, zh: str, en: str
) -> pd.DataFrame:
    rows = cases.loc[mask, [*KEY, "source_file", "source_sheet", "source_row"]]
    days = [cases.loc[mask, name].dt.strftime("%Y-%m-%d").fillna("–") for name in (earlier, later)]
    said = [f"{a} → {b}" for a, b in zip(*days, strict=True)]
    return rows.assign(
        earlier=earlier,
        later=later,
        zh=[f"{zh}（{text}）" for text in said],
        en=[f"{en} ({text})" for text in said],
    )


def sequence_problems(cases: pd.DataFrame) -> list[Problem]:
    """The same contradictions as warnings that name file, sheet and row."""
    return [
        Problem(
            code="bad_sequence",
            file=str(row.source_file),
            sheet=str(row.source_sheet),
            row=int(row.source_row),
            zh=f"{row.unit} {row.site}：{row.zh}。",
            en=f"{row.unit} {row.site}: {row.en}.",
            fix_zh="请核对台账中的日期。",
            fix_en="Check the dates of the ledger.",
            severity="warning",
        )
        for row in bad_sequences(cases).itertuples()
    ]


def points_of_fixes(cases: pd.DataFrame, found_in: Evaluation) -> pd.DataFrame:
    """Points of the base composite that the cases are worth, by unit: won back, and still open.

    Re-evaluated, not added up: `found_in` is the round that found the problems; `won_back` is what its base
    would have gained without the problems whose fix held at the recheck (and did not recur, where that was
    looked for), `still_open` what the remaining cases would add to that. `n_won`, `n_open`: cases that
    could be found among the checks of that round, `n_unmatched` those that could not.
    """
    held = cases["is_held"] & ~cases["recurred"] if "recurred" in cases else cases["is_held"]
    rows = checks(found_in.scored, found_in.round)
    rows = rows[rows["failed"]].merge(_states(cases, held), on=KEY, how="inner")
    won = rows.loc[rows["won"], "row_id"]
    base = found_in.scores.set_index("unit")["base"]
    better = _base_without(found_in, won)
    best = _base_without(found_in, rows["row_id"])
    table = pd.DataFrame({"won_back": better - base, "still_open": best - better})
    known = pd.MultiIndex.from_frame(cases[KEY]).isin(pd.MultiIndex.from_frame(rows[KEY]))
    for name, mask in (("n_won", known & held), ("n_open", known & ~held), ("n_unmatched", ~known)):
        counts = cases.loc[mask, "unit"].value_counts()
        table[name] = [int(counts.get(str(unit), 0)) for unit in table.index]
    return table.rename_axis("unit").reset_index()


def _states(cases: pd.DataFrame, held: pd.Series) -> pd.DataFrame:
    """Unit, site and item once each; won only where every case of it is."""
    return cases[KEY].assign(won=held).groupby(KEY, as_index=False, sort=False)["won"].all()


def _base_without(evaluation: Evaluation, row_ids: pd.Series) -> pd.Series:
    without = mended(evaluation.round, evaluation, row_ids.to_numpy())
    return score(without, evaluation.rulebook).scores.set_index("unit")["base"]
