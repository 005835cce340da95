"""Published results recomputed: what contradicts itself, and what rounding explains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analysis.errors import Lang, Problem
from analysis.results.audit_checks import (
    COLUMNS,
    Finding,
    mean_checks,
    rank_checks,
    share_checks,
    total_checks,
)
from analysis.results.audit_explain import EXPLAINED, explanations
from analysis.results.printed import printed_numbers

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook
    from analysis.intake.round import Round


class Check(NamedTuple):
    """One row of `AuditReport.checks`."""

    check: str
    source_file: str
    group: str
    rule: str
    n_checked: int
    n_rounding: int
    n_contradictions: int
    zh: str
    en: str


@dataclass(frozen=True)
class AuditReport:
    """What an audit found.

    `checks`: one row per check done (check, source_file, group, rule that was applied or that fits,
    n_checked, n_rounding, n_contradictions, in words zh and en).
    `differences`: one row per number that is not what a recomputation gives (check, measure, unit, group,
    name, published, recomputed, difference, rounding_explains, source_file, source_sheet, source_row,
    in words zh and en); shares are fractions, scores points.
    `explanations`: what may lie behind a difference, likeliest first (difference: its row, explanation, zh,
    en with the evidence).
    """

    round: str
    checks: pd.DataFrame
    differences: pd.DataFrame
    explanations: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=EXPLAINED))

    @property
    def contradictions(self) -> pd.DataFrame:
        """The differences that rounding does not explain."""
        return self.differences[~self.differences["rounding_explains"]].reset_index(drop=True)

    def text(self, lang: Lang = "zh") -> str:
        """The report in words: the checks, the contradictions, then what rounding explains, one a line."""
        explained = self.differences["rounding_explains"].astype(bool)
        bad, rounded = self.differences[~explained], self.differences[explained]
        lines = [*self.checks[lang], *_section(bad, _HEADS[lang][0], lang, self.explanations)]
        return "\n".join([*lines, *_section(rounded, _HEADS[lang][1], lang, self.explanations)])


_HEADS = {
    "zh": ("舍入不能解释的矛盾：{} 处", "舍入可以解释的差异：{} 处"),
    "en": ("Contradictions that rounding cannot explain: {}", "Differences that rounding explains: {}"),
}
_LIKELY = {"zh": "最可能：", "en": "most likely: "}


def _section(rows: pd.DataFrame, head: str, lang: Lang, explanations: pd.DataFrame) -> Iterator[str]:
    """A heading and one line per difference, with the likeliest explanation below it."""
    yield head.format(len(rows))
    likeliest = explanations.drop_duplicates("difference").set_index("difference")[lang]
    for row in rows.itertuples():
        place = Problem("", "", "", file=row.source_file, sheet=row.source_sheet, row=int(row.source_row))
        colon = "：" if lang == "zh" else ": "
        yield f"  {place.place(lang)}{colon}{getattr(row, lang)}"
        if row.Index in likeliest.index:
            yield f"    {_LIKELY[lang]}{likeliest[row.Index]}"


def audit(round_: Round, rulebook: Rulebook | None = None) -> AuditReport:
    """Checks of the published results of a round, with every number that a recomputation does not give.

    Totals against their parts (or deductions) and mean totals against component means under `rulebook`
    (without one these two are left out), ranks against scores, shares against counts.
    """
    table = printed_numbers(round_.table("published"))
    findings = [
        *rank_checks(table),
        *total_checks(table, rulebook),
        *share_checks(table),
        *mean_checks(table, rulebook),
    ]
    checks = pd.DataFrame([_summary(finding) for finding in findings], columns=list(Check._fields))
    found = [finding.differences for finding in findings if len(finding.differences)]
    empty = pd.DataFrame(columns=COLUMNS).astype({"rounding_explains": "bool"})
    differences = pd.concat(found, ignore_index=True) if found else empty
    return AuditReport(round_.info.id, checks, differences, explanations(table, differences, rulebook))


def _summary(finding: Finding) -> Check:
    explained = int(finding.differences["rounding_explains"].sum()) if len(finding.differences) else 0
    return Check(
        finding.check,
        finding.source_file,
        finding.group,
        finding.rule,
        finding.n_checked,
        explained,
        len(finding.differences) - explained,
        *finding.words(explained),
    )
