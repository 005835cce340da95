"""A small framework and a round folder that tests fill with real workbooks."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from analysis import intake
from analysis.framework.model import Composition, Framework, Rulebook
from analysis.intake.round import Round

CITY = {
    "id": "mini-city",
    "title": {"zh": "小体系", "en": "Mini"},
    "site_types": [
        {"id": "road", "zh": "主次干道", "en": "Roads"},
        {"id": "market", "zh": "农贸市场", "en": "Markets"},
    ],
    "nodes": [
        {"id": "city", "zh": "城市", "en": "City"},
        {"id": "field", "zh": "实地考察", "en": "Field", "parent": "city", "weight": 0.5, "method": "field"},
        {
            "id": "material",
            "zh": "材料审核",
            "en": "Documents",
            "parent": "city",
            "weight": 0.3,
            "method": "material",
        },
        {
            "id": "survey",
            "zh": "问卷调查",
            "en": "Survey",
            "parent": "city",
            "weight": 0.2,
            "method": "questionnaire",
        },
        {
            "id": "F-1",
            "zh": "道路环境",
            "en": "Road",
            "parent": "field",
            "weight": 0.25,
            "rule": {"name": "pass_share"},
            "site_types": ["road"],
            "items": [
                {"id": "F-1-1", "zh": "无小广告", "en": "No stickers"},
                {"id": "F-1-2", "zh": "公益广告", "en": "Posters"},
            ],
        },
        {
            "id": "F-2",
            "zh": "市场环境",
            "en": "Market",
            "parent": "field",
            "weight": 0.25,
            "rule": {
                "name": "deduction",
                "cap_scope": "item",
                "multipliers": {"found_again": 2, "雨天": 0.5},
            },
            "site_types": ["market"],
            "items": [
                {
                    "id": "F-2-1",
                    "zh": "公共厕所干净整洁",
                    "en": "Clean toilets",
                    "points": 0.5,
                    "max_points": 3,
                },
                {"id": "F-2-2", "zh": "公益广告", "en": "Posters", "points": 0.5, "max_points": 2},
            ],
        },
        {
            "id": "F-3",
            "zh": "秩序",
            "en": "Order",
            "parent": "field",
            "weight": 0.25,
            "rule": {"name": "graded", "grades": {"优": 1, "良": 0.8, "差": 0}},
            "items": [{"id": "F-3-1", "zh": "总体秩序", "en": "Order"}],
        },
        {
            "id": "F-4",
            "zh": "日常巡查",
            "en": "Patrol",
            "parent": "field",
            "weight": 0.25,
            "rule": {"name": "start_adjust", "max_points": 100},
            "items": [{"id": "F-4-1", "zh": "巡查问题", "en": "Patrol"}],
        },
        {
            "id": "F-5",
            "zh": "礼让行人",
            "en": "Giving way",
            "parent": "field",
            "weight": 0.0,
            "rule": {"name": "threshold", "at_least": 0.95, "of": "pass_share"},
            "items": [{"id": "F-5-1", "zh": "机动车礼让行人", "en": "Cars give way"}],
        },
        {
            "id": "M-1",
            "zh": "诚信活动",
            "en": "Activities",
            "parent": "material",
            "weight": 0.4,
            "rule": {"name": "counted_evidence", "periods": ["Q1", "Q2", "3·15"], "pictures": 2},
            "items": [{"id": "M-1-1", "zh": "诚信经营活动", "en": "Activity"}],
        },
        {
            "id": "M-2",
            "zh": "制度建设",
            "en": "Rules",
            "parent": "material",
            "weight": 0.3,
            "rule": {"name": "given_score", "max_points": 10},
        },
        {
            "id": "M-3",
            "zh": "道路照明亮灯率",
            "en": "Lamps",
            "parent": "material",
            "weight": 0.3,
            "rule": {"name": "threshold", "at_least": 98, "or_rising": True},
        },
        {
            "id": "Q-1",
            "zh": "满意率",
            "en": "Satisfied",
            "parent": "survey",
            "weight": 1.0,
            "rule": {
                "name": "answer_scale",
                "scale": {"满意": 1, "基本满意": 0.8, "不满意": 0},
                "unclear": ["不清楚"],
            },
            "items": [
                {"id": "Q-1-1", "zh": "您对环境卫生满意吗?", "en": "Clean?"},
                {"id": "Q-1-2", "zh": "您对交通秩序满意吗?", "en": "Traffic?"},
            ],
        },
    ],
    "settings": {
        "bonus": {"rules": [{"id": "culture", "zh": "文化事业", "en": "Culture", "cap": 2}]},
        "negative_list": [{"id": "fraud", "zh": "弄虚作假", "en": "Fraud", "kind": "veto"}],
    },
}

VILLAGE = {
    "id": "mini-village",
    "title": {"zh": "村", "en": "Village"},
    "site_types": [{"id": "village", "zh": "行政村", "en": "Village"}],
    "nodes": [
        {"id": "villages", "zh": "文明村镇", "en": "Villages"},
        {
            "id": "V-1",
            "zh": "村容",
            "en": "Village",
            "parent": "villages",
            "weight": 1.0,
            "method": "field",
            "rule": {"name": "pass_share"},
            "items": [{"id": "V-1-1", "zh": "无垃圾", "en": "No litter"}],
        },
    ],
}

PARTS = [
    {"id": "city", "zh": "城市", "en": "City", "weight": 0.9, "frameworks": {"default": "mini-city"}},
    {
        "id": "villages",
        "zh": "文明村镇",
        "en": "Villages",
        "weight": 0.1,
        "sub_units": True,
        "frameworks": {"default": "mini-village"},
    },
]

INFO: dict[str, Any] = {
    "id": "r1",
    "title": {"zh": "测试轮次（合成数据）", "en": "Test round (synthetic)"},
    "date": "2024-06-30",
    "kind": "mock",
    "composition": "mini",
    "synthetic": True,
}

UNITS = [
    ["序号", "单位", "分组", "称号"],
    [1, "甲区", "default", "国家卫生城市、双拥模范城"],
    [2, "乙区", "default", ""],
]
SITES = [
    ["被测评单位", "点位名称", "点位类型", "下属单位", "产生方式", "责任单位"],
    ["甲区", "人民路", "主次干道", "城关街道", "随机", "城管局"],
    ["甲区", "东市场", "农贸市场", "城关街道", "必查", "市场监管局"],
    ["乙区", "解放路", "主次干道", "河西街道", "申报", ""],
]


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    frameworks = {spec["id"]: Framework.model_validate(spec) for spec in (CITY, VILLAGE)}
    composition = Composition.model_validate(
        {"id": "mini", "title": {"zh": "小组合", "en": "Mini"}, "parts": PARTS, "settings": CITY["settings"]}
    )
    return Rulebook(composition=composition, frameworks=frameworks)


class Folder:
    """A round folder under test; `read` returns the round."""

    def __init__(self, path: Path, rulebook: Rulebook | None) -> None:
        self.path = path
        self.rulebook = rulebook
        self.info()

    def info(self, **changes: Any) -> None:
        text = yaml.safe_dump({**INFO, **changes}, allow_unicode=True)
        (self.path / "round.yml").write_text(text, encoding="utf-8")

    def book(
        self, name: str, /, shape: Callable[[Any], None] | None = None, **sheets: list[list[Any]]
    ) -> None:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            page = book.create_sheet(title)
            for row in rows:
                page.append(row)
        if shape:
            shape(book)
        book.save(self.path / name)

    def base(self) -> None:
        """Units and sites."""
        self.book("名册.xlsx", 单位名册=UNITS, 点位名册=SITES)

    def csv(self, name: str, rows: list[list[Any]], encoding: str = "utf-8") -> None:
        with (self.path / name).open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(rows)

    def read(self) -> Round:
        return intake.check(self.path, self.rulebook)


@pytest.fixture
def folder(tmp_path: Path, rulebook: Rulebook) -> Folder:
    (tmp_path / "r1").mkdir()
    return Folder(tmp_path / "r1", rulebook)


@pytest.fixture
def based(folder: Folder) -> Folder:
    folder.base()
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Folder:
    """A round without rules: composition is not named."""
    (tmp_path / "bare").mkdir()
    found = Folder(tmp_path / "bare", None)
    found.info(composition=None)
    return found
