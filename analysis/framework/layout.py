"""The sheets and columns of a framework workbook, derived from the model, with Chinese headers."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from analysis.framework import model
from analysis.framework.provenance import number_fields, number_maps


class Sheet(NamedTuple):
    """One sheet: its name in both languages, where its entries stand, and the model of an entry."""

    zh: str
    en: str
    path: tuple[str, ...]
    kind: type[BaseModel]


SETTINGS = Sheet("设置", "settings", (), model.Framework)
SOURCES = Sheet("来源", "sources", ("sources",), model.Framework)
NODES = Sheet("节点", "nodes", ("nodes",), model.Node)
ITEMS = Sheet("测评项", "items", ("nodes", "items"), model.Item)
LISTS = (
    NODES,
    Sheet("领域", "areas", ("areas",), model.Named),
    Sheet("点位类型", "site_types", ("site_types",), model.Named),
    Sheet("加分项", "bonus", ("settings", "bonus", "rules"), model.BonusRule),
    Sheet("负面清单", "negative_list", ("settings", "negative_list"), model.NegativeEntry),
    Sheet("申报条件", "prerequisites", ("settings", "prerequisites"), model.Prerequisite),
    Sheet("奖惩档次", "bands", ("settings", "bands"), model.Band),
    Sheet("评比奖惩", "awards", ("settings", "awards"), model.Award),
    Sheet("整改问责", "escalation", ("settings", "escalation"), model.Escalation),
)
NOTES = Sheet("说明", "notes", (), model.Framework)
SHEETS = (SETTINGS, SOURCES, ITEMS, *LISTS, NOTES)

SETTINGS_COLUMNS = ("key", "value", "source", "status")
SOURCES_COLUMNS = ("key", "text")
ALWAYS = {
    "nodes": ("id", "zh", "en", "parent", "weight", "max_points", "method", "area", "rule.name"),
    "items": ("node", "id", "zh", "en", "points", "standard", "cause"),
}
"""Columns that are written even when nothing stands in them."""

_WORDS = {
    "id": "编号",
    "zh": "名称",
    "en": "英文名称",
    "parent": "上级编号",
    "node": "节点编号",
    "weight": "权重",
    "max_points": "分值",
    "method": "测评方式",
    "area": "领域",
    "average": "平均方式",
    "site_type_weights": "点位类型权重",
    "visits": "多次测评",
    "missing": "缺失处理",
    "not_applicable": "不适用处理",
    "site_types": "点位类型",
    "cause": "失分原因",
    "hardware": "硬件",
    "auto_pass": "自动符合称号",
    "source": "来源",
    "status": "状态",
    "points": "分数",
    "standard": "测评标准",
    "component": "组成部分",
    "at_least": "不低于",
    "at_most": "不高于",
    "from_score": "起分",
    "below": "低于",
    "first": "前几名",
    "last": "后几名",
    "level": "单位类别",
    "of": "评比对象",
    "per": "评比周期",
    "bad_fixes": "整改不力次数",
    "days_overdue": "超期天数",
    "cap": "上限",
    "kind": "种类",
    "key": "键",
    "value": "值",
    "text": "说明",
    "duties.units": "责任单位",
    "duties.split": "责任分担",
    "duties.joint": "共同负责",
    "rule.name": "计分规则",
    "rule.grades": "规则·等次系数",
    "rule.cap_scope": "规则·封顶范围",
    "rule.max_points": "规则·满分",
    "rule.floor": "规则·下限",
    "rule.multipliers": "规则·倍数",
    "rule.start": "规则·起始分",
    "rule.surplus": "规则·超出部分",
    "rule.periods": "规则·时段",
    "rule.count": "规则·次数",
    "rule.pictures": "规则·图片数",
    "rule.participants": "规则·参与人数",
    "rule.organiser": "规则·主办单位",
    "rule.partial": "规则·不合格计",
    "rule.at_least": "规则·不低于",
    "rule.at_most": "规则·不高于",
    "rule.strict": "规则·须超过",
    "rule.otherwise": "规则·未达到计",
    "rule.or_rising": "规则·或逐年提升",
    "rule.rising_years": "规则·提升年数",
    "rule.of": "规则·取值",
    "rule.target": "规则·目标值",
    "rule.scale": "规则·答案分值",
    "rule.unclear": "规则·不清楚类答案",
    "rule.unclear_in_base": "规则·不清楚计入基数",
}


def label(column: str) -> str:
    """The Chinese header of a column; its key when there is none."""
    return _WORDS.get(column, column)


@cache
def columns(sheet: Sheet) -> tuple[str, ...]:
    """Every column that the sheet may have, by key, in the order of the model."""
    if sheet == SETTINGS:
        return SETTINGS_COLUMNS
    if sheet == SOURCES:
        return SOURCES_COLUMNS
    own = tuple(key for key in _leaves(sheet.kind) if key != "items")
    return ("node", *own) if sheet == ITEMS else own


@cache
def setting_keys() -> tuple[str, ...]:
    """The keys of the settings sheet: everything of a framework that has no sheet of its own."""
    listed = {".".join(sheet.path) for sheet in (SOURCES, *LISTS)} | {"numbers", "digest"}
    return ("extends", *(key for key in _leaves(model.Framework) if key not in listed))


def _leaves(kind: type[BaseModel], prefix: str = "") -> list[str]:
    """Dotted keys of a model; blocks are opened, lists of entries and maps are one key."""
    found: list[str] = []
    for name, field in kind.model_fields.items():
        blocks = _blocks(field.annotation)
        inside = [key for block in blocks for key in _leaves(block, f"{prefix}{name}.")]
        found += inside if blocks else [f"{prefix}{name}"]
    return list(dict.fromkeys(found))


def _blocks(annotation: Any) -> list[type[BaseModel]]:
    """The models that a field holds directly (not in a list or map)."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (tuple, dict):
        return []
    return [block for part in get_args(annotation) for block in _blocks(part)]


@cache
def _annotations() -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    kinds = [k for k in vars(model).values() if isinstance(k, type) and issubclass(k, model.Model)]
    for kind in kinds:
        for name, field in kind.model_fields.items():
            found[name] = (*found.get(name, ()), field.annotation, *get_args(field.annotation))
    return found


def form(column: str) -> str:
    """How the cells of a column are written: number, numbers, lists, list, flag or text."""
    name = column.rsplit(".", 1)[-1]
    if name in number_fields():
        return "number"
    if name in number_maps():
        return "numbers"
    kinds = _annotations().get(name, ())
    origins = {get_origin(kind) for kind in kinds}
    if dict in origins:
        return "lists"
    if tuple in origins:
        return "list"
    return "flag" if bool in kinds else "text"
