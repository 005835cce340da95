"""A small evaluation by hand: two units, one component with documents and sites."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis import tables
from analysis.framework.model import Composition, Framework, Label, Part, Rulebook
from analysis.intake.round import Round, RoundInfo
from analysis.validation import validate

LABEL = Label(zh="测试体系", en="Test rules")


def city():
    """100 points: documents 40; streets 40 and markets 20 in the field."""
    street = [
        {"id": "i1", "zh": "井盖完好", "en": "Manhole covers", "hardware": True},
        {"id": "i2", "zh": "无乱停车", "en": "No wild parking", "hardware": False},
    ]
    tree = [
        {"id": "root", "zh": "城市", "en": "City"},
        {
            "id": "material",
            "parent": "root",
            "weight": 0.4,
            "method": "material",
            "zh": "材料审核",
            "en": "Material",
        },
        {"id": "field", "parent": "root", "weight": 0.6, "method": "field", "zh": "实地考察", "en": "Field"},
        {
            "id": "docs",
            "parent": "material",
            "weight": 1,
            "area": "manners",
            "rule": {"name": "threshold", "at_least": 98, "otherwise": 0.875},
            "zh": "合格率",
            "en": "Pass rate",
        },
        {
            "id": "street",
            "parent": "field",
            "weight": 2 / 3,
            "area": "livability",
            "rule": {"name": "pass_share"},
            "items": street,
            "zh": "主次干道",
            "en": "Main roads",
        },
        {
            "id": "market",
            "parent": "field",
            "weight": 1 / 3,
            "area": "livability",
            "hardware": True,
            "rule": {"name": "deduction", "cap_scope": "site", "max_points": 10},
            "zh": "农贸市场",
            "en": "Markets",
        },
    ]
    types = [{"id": "road", "zh": "道路", "en": "Road"}]
    return Framework(id="f", title=LABEL, nodes=tree, site_types=types, causes="")


def rules():
    part = Part(id="city", zh="城市", en="City", weight=1, frameworks={"default": "f"})
    return Rulebook(composition=Composition(id="c", title=LABEL, parts=(part,)), frameworks={"f": city()})


NODES = """unit node parent method depth leaf possible lost rule n
甲 composite - - 0 0 100 12 weighted_mean 7
甲 city composite - 1 0 100 12 weighted_mean 7
甲 material city material 2 0 40 5 weighted_mean 1
甲 docs material material 3 1 40 5 threshold 1
甲 field city field 2 0 60 7 weighted_mean 6
甲 street field field 3 1 40 6 pass_share 4
甲 market field field 3 1 20 1 deduction 2
乙 composite - - 0 0 100 10 weighted_mean 4
乙 city composite - 1 0 100 10 weighted_mean 4
乙 material city material 2 0 40 0 weighted_mean 1
乙 docs material material 3 1 40 0 threshold 1
乙 field city field 2 0 60 10 weighted_mean 3
乙 street field field 3 1 40 10 pass_share 3
乙 market field field 3 1 20 0 deduction 0"""

LEDGER = """row_id unit method leaf site_type site item cause points_lost source_row
0 甲 field street road 一号路 i1 facilities 4 2
1 甲 field street road 二号路 i2 traffic 2 3
2 甲 field market market 东市场 - market 1 4
-1 甲 material docs - - - below_target 5 5
4 乙 field street road 三号路 i1 facilities 10 6"""

SHARES = """ledger_row responsible_unit role cause share joint
0 住建局 line facilities 0.8 0
0 甲街道 territory facilities 0.2 0
1 甲街道 territory traffic 1 0
2 市场局 lead market 0.5 1
2 甲街道 territory market 0.5 1
3 宣传部 lead below_target 1 0
4 住建局 line facilities 1 0"""


def table(text, name, **more):
    lines = [line.split() for line in text.splitlines()]
    frame = pd.DataFrame(lines[1:], columns=lines[0]).replace("-", "").assign(**more)
    for column in tables.TABLES[name].columns:
        if column.name in frame:
            kinds = {
                "label": "category",
                "count": "int64",
                "flag": "int64",
                "number": "float64",
                "text": "str",
            }
            frame[column.name] = frame[column.name].astype(kinds[column.kind])
            if column.kind == "flag":
                frame[column.name] = frame[column.name].astype("bool")
    return validate(frame, name)


def nodes():
    lines = [line.split() for line in NODES.splitlines()]
    raw = pd.DataFrame(lines[1:], columns=lines[0]).replace("-", "")
    possible, lost = raw["possible"].astype(float), raw["lost"].astype(float)
    frame = pd.DataFrame(
        {
            **{name: raw[name] for name in ("unit", "node", "parent", "method", "rule")},
            "place": "",
            "component": ["" if node == "composite" else "city" for node in raw["node"]],
            "depth": raw["depth"].astype("int64"),
            "leaf": raw["leaf"] == "1",
            "score_rate": 1 - lost / possible,
            "weight": possible / 100,
            "points_possible": possible,
            "points_lost": lost,
            "n": raw["n"].astype("int64"),
            "n_missing": 0,
            "n_na": 0,
            "imputed": False,
            "redistributed": False,
        }
    )
    labels = ["unit", "place", "component", "node", "parent", "method", "rule"]
    return validate(frame.astype(dict.fromkeys(labels, "category")), "nodes")


def observations():
    """Row 3 is the value of the document leaf; the notes belong to the rows of the ledger."""
    rows = [
        (0, "甲", "street", "i1", "road", "一号路", 0.0, "井盖缺失"),
        (1, "甲", "street", "i2", "road", "二号路", 0.0, "乱停车"),
        (2, "甲", "market", "", "market", "东市场", 0.5, ""),
        (3, "甲", "docs", "", "", "", 96.5, ""),
        (4, "乙", "street", "i1", "road", "三号路", 0.0, ""),
    ]
    columns = ["row_id", "unit", "leaf", "item", "site_type", "site", "value", "note"]
    frame = pd.DataFrame(rows, columns=columns).assign(
        place="", component="city", answer="", status=0, source_file="现场.xlsx", source_sheet="记录"
    )
    frame["source_row"] = frame["row_id"] + 2
    labels = ["unit", "place", "component", "leaf", "item", "site_type", "site", "answer"]
    frame = frame.astype(dict.fromkeys([*labels, "source_file", "source_sheet"], "category"))
    return validate(frame, "observations")


def adjustments():
    frame = pd.DataFrame(
        {
            "unit": ["甲"],
            "kind": ["bonus"],
            "rule": ["heritage"],
            "claimed": [3.0],
            "points": [2.0],
            "zh": ["加分：古镇保护（已认定）"],
            "en": ["bonus: old town (approved)"],
            "source_file": ["加分.csv"],
            "source_sheet": [""],
            "source_row": [2],
        }
    )
    labels = ["unit", "kind", "rule", "source_file", "source_sheet"]
    return validate(frame.astype(dict.fromkeys(labels, "category")), "adjustments")


def scores():
    return pd.DataFrame(
        {
            "unit": ["甲", "乙"],
            "group": "default",
            "city": [88.0, 90.0],
            "base": [88.0, 90.0],
            "bonus": [2.0, 0.0],
            "penalty": [0.0, 0.0],
            "composite": [90.0, 90.0],
            "veto": ["", ""],
            "eligible": [True, True],
        }
    ).astype({"unit": "category", "group": "category", "veto": "category"})


def cycle():
    rows = [("甲", "2023", 0.4, 85.0, 34.0), ("甲", "2024", 0.6, 90.0, 54.0)]
    return pd.DataFrame(rows, columns=["unit", "period", "weight", "composite", "contribution"])


@pytest.fixture
def evaluation():
    info = RoundInfo(id="r", title=LABEL, date=dt.date(2024, 1, 1), kind="mock", synthetic=True)
    round_ = Round(info, Path(), {"observations": observations()}, pd.DataFrame(), pd.DataFrame())
    place = {
        "round": "r",
        "place": "",
        "component": "city",
        "source_file": "现场.xlsx",
        "source_sheet": "记录",
    }
    return SimpleNamespace(
        nodes=nodes(),
        ledger=table(LEDGER, "ledger", points_possible=float("nan"), **place),
        shares=table(SHARES, "shares"),
        adjustments=adjustments(),
        scores=scores(),
        cycle=cycle(),
        round=round_,
        rulebook=rules(),
    )
