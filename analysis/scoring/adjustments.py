"""What is added to the base composite and taken from it, row by row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from analysis.errors import Problem, raise_errors
from analysis.framework.model import BonusRule, NegativeEntry, Rulebook
from analysis.intake.round import Round
from analysis.scoring.composite import Composite
from analysis.scoring.parts import ScoredBlock
from analysis.tables import ADJUSTMENTS

Entry = dict[str, Any]
SOURCE = ("source_file", "source_sheet", "source_row")


def build_adjustments(
    round_: Round, rulebook: Rulebook, composite: Composite, scored: Iterable[ScoredBlock]
) -> pd.DataFrame:
    """The adjustments of every unit, one row each, with what was claimed and what counted, in points.

    Raises DataError for a claim or event whose rule the composition does not know or that has no points.
    """
    problems: list[Problem] = []
    rows = [
        *_bonus(round_, rulebook, problems),
        *_surplus(composite, scored),
        *_negative(round_, rulebook, problems),
        *_prerequisites(rulebook, composite),
    ]
    raise_errors(problems)
    table = pd.DataFrame(rows, columns=ADJUSTMENTS.names)
    labels = dict.fromkeys(("unit", "kind", "rule", "source_file", "source_sheet"), "category")
    numbers = {"claimed": "float64", "points": "float64", "source_row": "int64"}
    return table.astype({**labels, **numbers, "zh": "str", "en": "str"})


def _entry(
    unit: str, kind: str, rule: str, claimed: float, points: float, zh: str, en: str, row: Any = None
) -> Entry:
    file, sheet, line = ("", "", 0) if row is None else (getattr(row, name) for name in SOURCE)
    return {
        "unit": unit,
        "kind": kind,
        "rule": rule,
        "claimed": claimed,
        "points": points,
        "zh": zh,
        "en": en,
        "source_file": str(file),
        "source_sheet": str(sheet),
        "source_row": int(line),
    }


def _bonus(round_: Round, rulebook: Rulebook, problems: list[Problem]) -> list[Entry]:
    """Claims in the order of the workbook, each up to what its rule and the total cap still leave."""
    bonus = rulebook.settings.bonus
    rules = {rule.id: rule for rule in bonus.rules}
    entries: list[Entry] = []
    used: dict[tuple[str, str], float] = {}
    for row in round_.table("bonus_claims").itertuples():
        rule = rules.get(str(row.rule))
        if rule is None:
            problems.append(_unknown_rule(row, "加分项", "bonus rule", list(rules)))
            continue
        claimed = _stated(row.points, rule.points)
        if claimed is None:
            problems.append(_no_points(row))
            continue
        unit, status = str(row.unit), str(getattr(row, "status", "approved")) or "approved"
        counted = _room(claimed, unit, rule, bonus.cap, used) if status == "approved" else 0.0
        used[unit, rule.id] = used.get((unit, rule.id), 0.0) + counted
        used[unit, ""] = used.get((unit, ""), 0.0) + counted
        entries.append(_entry(unit, "bonus", rule.id, claimed, counted, *_bonus_words(rule, status), row))
    return entries


def _room(
    claimed: float, unit: str, rule: BonusRule, cap: float | None, used: dict[tuple[str, str], float]
) -> float:
    limits = [(rule.cap, used.get((unit, rule.id), 0.0)), (cap, used.get((unit, ""), 0.0))]
    return max(min([claimed, *(most - taken for most, taken in limits if most is not None)]), 0.0)


def _bonus_words(rule: BonusRule, status: str) -> tuple[str, str]:
    words = {"approved": "已认定", "rejected": "未认定", "pending": "待认定"}
    return f"加分：{rule.zh}（{words.get(status, status)}）", f"bonus: {rule.en} ({status})"


def _surplus(composite: Composite, scored: Iterable[ScoredBlock]) -> list[Entry]:
    """Points of a leaf above its full marks, where its framework makes them bonus."""
    entries = []
    for block in scored:
        worth = composite.worth(block)[:, block.tree.leaf_node] * block.observed.surplus
        for entity, leaf in zip(*worth.nonzero(), strict=True):
            unit, node = str(block.block.entities["unit"].iloc[entity]), block.block.leaves[leaf]
            points = float(worth[entity, leaf])
            words = (f"超出满分计为加分：{node.zh}", f"above full marks, counted as bonus: {node.en}")
            entries.append(_entry(unit, "surplus", node.id, points, points, *words))
    return entries


def _negative(round_: Round, rulebook: Rulebook, problems: list[Problem]) -> list[Entry]:
    rules = {rule.id: rule for rule in rulebook.settings.negative_list}
    entries = []
    for row in round_.table("negative_events").itertuples():
        rule = rules.get(str(row.rule))
        if rule is None:
            problems.append(_unknown_rule(row, "负面清单项", "negative-list entry", list(rules)))
            continue
        points = 0.0 if rule.kind == "veto" else _stated(row.points, rule.points)
        if points is None:
            problems.append(_no_points(row))
            continue
        words = _negative_words(rule)
        entries.append(_entry(str(row.unit), rule.kind, rule.id, points, points, *words, row))
    return entries


def _negative_words(rule: NegativeEntry) -> tuple[str, str]:
    if rule.kind == "veto":
        return f"一票否决：{rule.zh}", f"veto: {rule.en}"
    return f"扣分：{rule.zh}", f"penalty: {rule.en}"


def _prerequisites(rulebook: Rulebook, composite: Composite) -> list[Entry]:
    """Units below a required component score (0..100), with the score and the requirement."""
    entries = []
    for rule in rulebook.settings.prerequisites:
        scores = composite.rolled.rate[:, composite.tree.ids.index(rule.component)] * 100
        for unit, score in zip(composite.units["unit"].astype(str), scores, strict=True):
            if score < rule.at_least - 1e-9:
                zh = f"不具备资格：{rule.zh}，得 {score:.2f}，要求不低于 {rule.at_least:g}"
                en = f"not eligible: {rule.en}, scored {score:.2f}, at least {rule.at_least:g} is required"
                entries.append(_entry(unit, "prerequisite", rule.id, float("nan"), 0.0, zh, en))
    return entries


def _stated(points: Any, fallback: float | None) -> float | None:
    return fallback if pd.isna(points) else float(points)


def _place(row: Any) -> dict[str, Any]:
    return {"file": str(row.source_file), "sheet": str(row.source_sheet), "row": int(row.source_row)}


def _unknown_rule(row: Any, zh: str, en: str, known: list[str]) -> Problem:
    return Problem(
        code="unknown_adjustment",
        zh=f"{zh}“{row.rule}”不在所用的组合规则中。",
        en=f"{en} {str(row.rule)!r} is not in the composition in use.",
        fix_zh=f"可用：{'、'.join(known) or '无'}。",
        fix_en=f"Known: {', '.join(known) or 'none'}.",
        value=str(row.rule),
        **_place(row),
    )


def _no_points(row: Any) -> Problem:
    return Problem(
        code="no_points",
        zh=f"“{row.rule}”没有分值，规则中也未规定。",
        en=f"{str(row.rule)!r} has no points, and its rule states none.",
        fix_zh="请在该行填写分值，或在组合规则中规定 points。",
        fix_en="Fill in the points, or set `points` in the composition.",
        value="",
        **_place(row),
    )
