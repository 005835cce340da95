"""A small, sound framework as plain values, and a way to write a changed copy of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

SMALL: dict[str, Any] = {
    "id": "small",
    "title": {"zh": "小测评", "en": "Small test"},
    "source": "plan",
    "status": "local",
    "sources": {"plan": "Work plan", "C": "Commerce bureau"},
    "areas": [{"id": "order", "zh": "秩序", "en": "Order"}],
    "site_types": [
        {"id": "market", "zh": "农贸市场", "en": "Markets"},
        {"id": "main_road", "zh": "主次干道", "en": "Main roads"},
    ],
    "nodes": [
        {"id": "town", "zh": "全镇", "en": "Town"},
        {
            "id": "field",
            "zh": "实地考察",
            "en": "Sites",
            "parent": "town",
            "weight": 0.6,
            "method": "field",
        },
        {
            "id": "survey",
            "zh": "问卷",
            "en": "Survey",
            "parent": "town",
            "weight": {"value": 0.4, "source": "C", "status": "required"},
            "method": "questionnaire",
            "rule": {"name": "answer_scale", "scale": {"满意": 1, "不满意": 0}, "unclear": ["不清楚"]},
        },
        {
            "id": "F-01",
            "zh": "环境",
            "en": "Tidiness",
            "parent": "field",
            "max_points": 20,
            "area": "order",
            "site_types": ["market"],
            "rule": {"name": "deduction", "cap_scope": "site", "max_points": 10},
            "items": [
                {"id": "1", "zh": "垃圾", "en": "Litter", "points": 0.5, "cause": "appearance"},
                {
                    "id": "1.10",
                    "zh": "积水",
                    "en": "Puddles",
                    "points": 2,
                    "source": "C",
                    "status": "required",
                },
            ],
            "duties": {"units": {"line": ["城管局"]}, "split": {"line": 0.2, "territory": 0.8}},
        },
        {
            "id": "F-02",
            "zh": "秩序",
            "en": "Order",
            "parent": "field",
            "max_points": 30,
            "rule": {"name": "pass_share"},
        },
    ],
    "settings": {
        "bands": [
            {"id": "low", "zh": "批评", "en": "Criticised", "below": 70},
            {"id": "warn", "zh": "提醒", "en": "Warned", "from_score": 70, "below": 80},
        ],
        "cycle": {"weights": {"2024": 0.15, "2025": 0.25, "2026": 0.6}},
    },
}

COMPOSITION: dict[str, Any] = {
    "id": "both",
    "title": {"zh": "合成", "en": "Both"},
    "source": "plan",
    "status": "local",
    "sources": {"plan": "Work plan"},
    "parts": [
        {"id": "town", "zh": "镇", "en": "Town", "weight": 0.8, "frameworks": {"default": "small"}},
        {"id": "minors", "zh": "未成年人", "en": "Minors", "weight": 0.2, "frameworks": {"default": "small"}},
    ],
}

Write = Callable[..., Path]


@pytest.fixture
def small() -> dict[str, Any]:
    return copy.deepcopy(SMALL)


@pytest.fixture
def composition() -> dict[str, Any]:
    return copy.deepcopy(COMPOSITION)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes plain values (or a text) as a YAML file and returns its path."""

    def to_file(content: Any, name: str = "small.yml") -> Path:
        path = tmp_path / name
        is_text = isinstance(content, str)
        text = content if is_text else yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        return path

    return to_file
