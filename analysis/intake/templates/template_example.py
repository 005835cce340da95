"""Rows of a fillable workbook: the names that are known already, and an example of how to fill in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from analysis.framework.model import AnswerScale, CountedEvidence, GivenScore, Graded, Target, Threshold
from analysis.intake.rows import catalog
from analysis.intake.templates.template import Names, Page, rule_of

_DAY = dt.date(2024, 5, 10)
_KNOWN = {
    "assessor": "01", "rater": "省级部门（示例）", "organiser": "主办单位（示例）", "respondent": "R001",
    "visit": "第1次", "year": 2024, "territory": "责任单位（示例）", "submitter": "责任单位（示例）",
    "finder": "督导单位（示例）", "stratum": "街头", "cluster": "示例社区", "total_population": 10000,
    "population": 100000, "group": "default", "level": "区", "shift": "上午", "on_duty": "到岗",
    "recheck": "合格", "decision": "通过", "origin": "申报", "total": 90.5, "answers": 60, "times": 1,
    "submitted": "未报", "note": "示例：路面有垃圾", "handled": "已清理", "design_weight": 1,
}  # fmt: skip
_LEFT_OUT = ("parent", "attribute", "component", "addition", "flags", "picture", "category", "count", "cause")
_DATES = ("date", "found", "assigned", "duty_date", "fixed", "rechecked", "closed")


def prefilled(page: Page, names: Names) -> list[dict[str, Any]]:
    """The rows of units, places and sites that are known, by field."""
    types = dict(page.site_types)
    rows = []
    for row in names.of(page.kind.id):
        shown = {name: value for name, value in row.items() if value != ""}
        if "site_type" in shown:
            shown["site_type"] = types.get(str(shown["site_type"]), shown["site_type"])
        rows.append(shown)
    return rows


def example_rows(page: Page, names: Names) -> list[dict[str, Any]]:
    """Up to four rows by field, one for each rule of the sheet."""
    by_rule: dict[str, int] = {}
    for at, target in enumerate(page.targets):
        by_rule.setdefault(rule_of(target), at)
    chosen = list(by_rule.values())[:4]
    if page.kind.id == "sites":
        row = _row(page, names, None, "")
        return [{**row, "site_type": label, "site": _site(label)} for _, label in page.site_types]
    if not chosen:
        return [_row(page, names, None, "")]
    return [_row(page, names, page.targets[at], page.entries[at]) for at in chosen]


def _row(page: Page, names: Names, target: catalog.Target | None, entry: str) -> dict[str, Any]:
    reported = _reported(target) if target is not None else {}
    return {name: reported.get(name, _plain(name, page, names, target, entry)) for name in page.columns}


def _plain(name: str, page: Page, names: Names, target: catalog.Target | None, entry: str) -> Any:
    """What stands in a column whatever the rule says."""
    if name in ("item", "question"):
        return entry
    if name in _DATES:
        return _DAY
    if name in ("due", "deadline"):
        return dt.date(2024, 6, 10)
    if name == "unit":
        return names.units[0] if names.units else "示例区"
    if name == "place":
        needed = page.kind.id == "places" or (target is not None and target.part.sub_units)
        return (names.places[0] if names.places else "示例村") if needed else None
    if name == "site":
        return _site(_site_type(page, target))
    if name == "site_type":
        return _site_type(page, target)
    if name == "rule":
        return page.choices.get("rule", ("",))[0]
    return None if name in _LEFT_OUT or name in _OF_RULES else _KNOWN.get(name)


_OF_RULES = ("result", "deduction", "grade", "score", "value", "period", "pictures", "participants", "answer")


def _site_type(page: Page, target: catalog.Target | None) -> str:
    """The label of a site type at which the target is inspected; '' where the rules have none."""
    first = next((label for _, label in page.site_types), "")
    wanted = target.site_types[0] if target is not None and target.site_types else ""
    return dict(page.site_types).get(wanted, first)


def _site(site_type: str) -> str:
    return f"示例{site_type or '点位'}"


def _reported(target: catalog.Target) -> dict[str, Any]:
    """What the columns of the target's rule hold."""
    rule = target.node.rule
    if rule_of(target) == "pass_share":
        return {"result": "符合"}
    if isinstance(rule, Graded):
        return {"grade": next(iter(rule.grades))}
    if isinstance(rule, AnswerScale):
        return {"answer": next(iter(rule.scale))}
    if isinstance(rule, GivenScore):
        return {"score": rule.max_points * 0.9}
    if isinstance(rule, CountedEvidence):
        numbers = {"pictures": rule.pictures or 2, "participants": rule.participants or 10}
        return {"period": rule.periods[0], **numbers}
    if isinstance(rule, Threshold | Target):
        return {"value": _met(rule)}
    return {"deduction": target.item.points if target.item else 1}


def _met(rule: Threshold | Target) -> float:
    if isinstance(rule, Target):
        return rule.target
    return next((one for one in (rule.at_least, rule.at_most) if one is not None), 0.0)
