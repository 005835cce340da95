"""The demo round of member units: cards, flags, lists, and a year made of quarters."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from analysis.demo.workbook import Column, Sheet, write_workbook
from analysis.framework import library
from analysis.framework.model import Framework, Node

MARK = "合成数据"
_FILE = Path(__file__).with_name("members.yml")
_GRADES = ((0.93, "优秀"), (0.82, "良好"), (0.65, "一般"), (-1.0, "差"))
_STREAM = 77
Rows = list[dict[str, Any]]


@cache
def plan() -> dict[str, Any]:
    """Who takes part, and what is planted."""
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return found


def write_members(folder: Path, seed: int) -> None:
    """The workbooks, `round.yml` and `truth.json` of the round, written into `folder`."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM,)))
    units = _units(rng)
    (framework,) = library.load(plan()["composition"]).frameworks.values()
    for book, sheets in _books(units, framework, rng).items():
        pages = [_sheet(name, rows) for name, rows in sheets.items() if rows]
        write_workbook(folder / f"{book}（{MARK}）.xlsx", pages)
    (folder / "round.yml").write_text(_info(seed), encoding="utf-8", newline="\n")
    truth = {"what": "Synthetic: share of the points each unit keeps.", "synthetic": True, "seed": seed}
    text = json.dumps(truth | {"quality": units.set_index("unit")["quality"].to_dict()}, ensure_ascii=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _units(rng: np.random.Generator) -> pd.DataFrame:
    """unit, level, quality (0-1)."""
    rows = [
        (name, level, plan()["planted"].get(name, rng.uniform(*kind["quality"])))
        for level, kind in plan()["kinds"].items()
        for name in kind["names"]
    ]
    return pd.DataFrame(rows, columns=["unit", "level", "quality"]).round({"quality": 4})


def _info(seed: int) -> str:
    known = {name: plan()[name] for name in ("id", "title", "date")}
    more = {name: plan()[name] for name in ("composition", "cycle", "period")}
    said = {"synthetic": True, "source": f"demo, seed {seed}: {MARK}"}
    return yaml.safe_dump(known | {"kind": "official"} | more | said, allow_unicode=True, sort_keys=False)


def _sheet(name: str, rows: Rows) -> Sheet:
    table = pd.DataFrame(rows).astype(object)
    columns = tuple(Column(str(header), str(header), 16) for header in table)
    return Sheet(name, f"{plan()['title']['zh']} · {name}", columns, table.where(table.notna(), None))


def _books(units: pd.DataFrame, framework: Framework, rng: np.random.Generator) -> dict[str, dict[str, Rows]]:
    """Rows by workbook and sheet."""
    leaves = {leaf.id: leaf for leaf in framework.leaves}
    field = [row for unit in units.itertuples() for row in _field(unit, leaves, rng)]
    return {
        "01_单位名册": {"单位名册": _register(units), "下属单位": _persons(units)},
        "02_现场查看": {"实地考察": field},
        "03_资料": {
            "活动材料": [row for unit in units.itertuples() for row in _activities(unit, rng)],
            "台账检查": [
                row for unit in units.itertuples() for row in _ledgers(unit, leaves["ledgers"], rng)
            ],
        },
        "04_汇报": {
            "部门评价": [r for unit in units.itertuples() for r in _reports(unit, leaves["work_report"])]
        },
        "05_问卷与评议": {
            "问卷汇总": [row for unit in units.itertuples() for row in _asked(unit, leaves, rng)]
        },
        "06_加分与负面清单": {"加分申报": _claims(framework), "负面清单": _events(framework)},
        "07_历年得分": {"历年得分": _quarters(units, rng)},
    }


def _register(units: pd.DataFrame) -> Rows:
    return [{"被测评单位": unit.unit, "层级": unit.level} for unit in units.itertuples()]


def _persons(units: pd.DataFrame) -> Rows:
    persons = plan()["persons"]
    homes = units[units["level"] == persons["of"]]["unit"]
    return [{"被测评单位": u, "下属单位": u + persons["suffix"], "层级": persons["level"]} for u in homes]


def _field(unit: Any, leaves: dict[str, Node], rng: np.random.Generator) -> Rows:
    """Points off at own premises and adopted sites, as many as the quality asks for; clean sites add one."""
    rows: Rows = []
    for leaf in (leaves["own_premises"], leaves["adopted_sites"]):
        items = [item for item in leaf.items if item.points]
        left = round(100 * (1 - unit.quality) * rng.uniform(0.9, 1.1))
        while left > 0:
            item = items[rng.integers(len(items))]
            again = bool(rng.random() < 0.15)
            off = min(int(rng.integers(1, 5)), left)
            left -= off * (2 if again else 1)
            flags = "found_again" if again else ""
            rows.append(_check(unit, leaf, item, off, flags, item.zh, len(rows) + 1, rng))
        if unit.quality > 0.9:
            clean = next(item for item in leaf.items if not item.points)
            rows.append(_check(unit, leaf, clean, -1, "", "", len(rows) + 1, rng))
    return rows


def _check(
    unit: Any, leaf: Node, item: Any, off: int, flags: str, note: str, number: int, rng: np.random.Generator
) -> dict:
    person = plan()["persons"]
    return {
        "被测评单位": unit.unit,
        "点位名称": f"{unit.unit}{leaf.zh}{number}号",
        "测评项编号": item.id,
        "扣分": off,
        "情形": flags or None,
        "测评员": plan()["assessors"][rng.integers(len(plan()["assessors"]))],
        "存在问题": note or None,
        "责任单位": unit.unit + person["suffix"] if unit.level == person["of"] else unit.unit,
    }


def _activities(unit: Any, rng: np.random.Generator) -> Rows:
    """One activity a month, where it took place."""
    return [
        {
            "被测评单位": unit.unit,
            "测评项编号": "activities-01",
            "时段": month,
            "日期": day,
            "图片数": int(rng.integers(2, 6)) if rng.random() < unit.quality else 1,
            "参与人数": int(rng.integers(10, 40)),
            "主办单位": unit.unit,
        }
        for month, day in plan()["month_days"].items()
        if rng.random() < 0.5 + unit.quality / 2
    ]


def _ledgers(unit: Any, leaf: Node, rng: np.random.Generator) -> Rows:
    """Points off the ledgers, every check written down."""
    return [
        {
            "被测评单位": unit.unit,
            "测评项编号": item.id,
            "扣分": float((item.points or 0) * rng.binomial(3, 1 - unit.quality)),
        }
        for item in leaf.items
    ]


def _reports(unit: Any, leaf: Node) -> Rows:
    grade = next(name for least, name in _GRADES if unit.quality >= least)
    return [
        {"被测评单位": unit.unit, "测评项编号": item.id, "评价部门": "示例市文明办", "等级": grade}
        for item in leaf.items
    ]


def _asked(unit: Any, leaves: dict[str, Node], rng: np.random.Generator) -> Rows:
    """Counts of answers of staff and of citizens."""
    staff, rated = plan()["staff_asked"], plan()["citizens_asked"]
    rows: Rows = []
    for item in leaves["staff_survey"].items:
        yes = int(rng.binomial(staff, unit.quality))
        rows += _counts(unit, item, {"是": yes, "否": staff - yes})
    for item in leaves["citizen_rating"].items:
        good = rng.multinomial(rated, [unit.quality * 0.7, unit.quality * 0.3, 1 - unit.quality])
        rows += _counts(unit, item, dict(zip(("满意", "基本满意", "不满意"), map(int, good), strict=True)))
    return rows


def _counts(unit: Any, item: Any, answers: dict[str, int]) -> Rows:
    return [
        {"被测评单位": unit.unit, "题目": item.zh, "答案": answer, "人数": n} for answer, n in answers.items()
    ]


def _claims(framework: Framework) -> Rows:
    labels = {rule.id: rule.zh for rule in framework.settings.bonus.rules}
    return [
        {"被测评单位": unit, "加分项": labels[rule], "申报分值": points, "认定结果": "通过"}
        for unit, rule, points in plan()["claims"]
    ]


def _events(framework: Framework) -> Rows:
    labels = {entry.id: entry.zh for entry in framework.settings.negative_list}
    return [
        {
            "被测评单位": unit,
            "负面清单项": labels[entry],
            "罚分": points or None,
            "存在问题": f"{labels[entry]}（{MARK}）",
        }
        for unit, entry, points in plan()["events"]
    ]


def _quarters(units: pd.DataFrame, rng: np.random.Generator) -> Rows:
    """Composites of the quarters before, near the quality."""
    return [
        {
            "被测评单位": unit.unit,
            "年度": period,
            "综合得分": round(float(np.clip(100 * unit.quality + rng.normal(0, 1.5), 0, 100)), 2),
        }
        for unit in units.itertuples()
        for period in plan()["periods"]
    ]
