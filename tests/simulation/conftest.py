"""A small invented world in which every scoring rule occurs, with findings to fix."""

import datetime as dt
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.framework.model import Composition, Framework, Label, Rulebook
from analysis.intake.round import Round, RoundInfo
from analysis.scoring import evaluate

TITLE = {"zh": "试", "en": "test"}
LABELS = ("unit", "place", "component", "leaf", "item", "site_type", "site", "answer", "visit", "flags")
LABELS += ("period", "organiser", "cause", "territory", "line", "origin", "source_file", "source_sheet")
LABELS += ("respondent", "stratum", "cluster", "assessor")
UNITS = ("甲", "乙", "丙", "丁")

ITEMS = [{"id": "a", "zh": "a", "en": "a", "points": 2, "max_points": 4, "cause": "litter"}]
ITEMS += [{"id": "b", "zh": "b", "en": "b", "points": 1, "max_points": 3, "cause": "road_surface"}]

SCALE = {"满意": 1.0, "一般": 0.5, "不满意": 0.0}

LEAVES = {
    "evidence": ("material", 0.5, {"name": "counted_evidence", "periods": ["Q1", "Q2"], "pictures": 2}),
    "rated": ("material", 0.5, {"name": "given_score", "max_points": 50}),
    "passed": ("field", 0.2, {"name": "pass_share"}),
    "graded": ("field", 0.1, {"name": "graded", "grades": {"优": 1.0, "中": 0.6, "差": 0.0}}),
    "capped": ("field", 0.2, {"name": "deduction", "cap_scope": "site", "max_points": 5}),
    "by_item": ("field", 0.2, {"name": "deduction", "cap_scope": "item"}),
    "adjusted": ("field", 0.1, {"name": "start_adjust", "start": 18, "max_points": 20}),
    "limit": ("field", 0.1, {"name": "threshold", "at_least": 0.9, "of": "pass_share", "otherwise": 0.2}),
    "aim": ("field", 0.1, {"name": "target", "target": 0.95, "floor": 0.6, "of": "pass_share"}),
    "asked": ("questionnaire", 1.0, {"name": "answer_scale", "scale": SCALE}),
}
METHODS = {"material": 0.4, "field": 0.4, "questionnaire": 0.2}


def world_framework(**settings):
    nodes = [{"id": "root", "zh": "总", "en": "root"}]
    for name, weight in METHODS.items():
        nodes.append({"id": name, "parent": "root", "weight": weight, "method": name, "zh": name, "en": name})
    for name, (method, weight, rule) in LEAVES.items():
        leaf = {"id": name, "parent": method, "weight": weight, "rule": rule, "zh": name, "en": name}
        leaf["items"] = ITEMS if method == "field" and name != "graded" else []
        leaf["average"] = "pooled" if rule.get("of") == "pass_share" else "sites"
        nodes.append(leaf)
    made = {"id": "test", "title": TITLE, "causes": "services", "nodes": nodes, "settings": settings}
    return Framework.model_validate(made)


def world_rulebook(**settings):
    framework = world_framework(**settings)
    part = {"id": "city", "zh": "城市", "en": "City", "weight": 1.0, "frameworks": {"default": "test"}}
    made = {"id": "one", "title": TITLE, "parts": [part], "settings": framework.settings}
    return Rulebook(composition=Composition.model_validate(made), frameworks={"test": framework})


def _field(rng, unit):
    for leaf in ("passed", "capped", "by_item", "adjusted", "limit", "aim"):
        for site in ("一路", "二路", "三路"):
            for item in ("a", "b"):
                pass_fail = leaf in ("passed", "limit", "aim")
                drawn = rng.random() > 0.35 if pass_fail else rng.choice([0.0, 1.0, 2.5, 4.0])
                row = {"leaf": leaf, "site": site, "item": item, "value": float(drawn)}
                yield {**row, "line": f"{unit}{item}局"}
    for site in ("一路", "二路"):
        answer = str(rng.choice(["优", "中", "差"]))
        yield {"leaf": "graded", "site": site, "answer": answer, "line": f"{unit}a局"}


def _documents(rng, unit):
    yield {"leaf": "evidence", "period": "Q1", "pictures": float(rng.integers(0, 4)), "line": f"{unit}办"}
    if unit != "丁":
        yield {"leaf": "evidence", "period": "Q2", "pictures": 3.0}
    yield {"leaf": "rated", "value": float(rng.integers(35, 50))}
    for i in range(6):
        yield {
            "leaf": "asked",
            "answer": str(rng.choice(["满意", "一般", "不满意"])),
            "item": f"q{i}",
            "respondent": f"r{i}",
        }


def world_rows(seed=0, units=UNITS):
    rng = np.random.default_rng(seed)
    drawn = ((unit, row) for unit in units for rows in (_field, _documents) for row in rows(rng, unit))
    return [{"unit": unit, **row} for unit, row in drawn]


def world_round(rows, date=dt.date(2025, 6, 1), frames=None, **info):
    table = pd.DataFrame(rows)
    table["component"] = "city"
    for name in LABELS:
        table[name] = table[name].fillna("") if name in table else ""
    table["status"], table["row_id"] = 0, np.arange(len(table))
    table["source_row"] = table["row_id"] + 2
    table = table.astype({**dict.fromkeys(LABELS, "category"), "status": "int64"})
    units = pd.DataFrame({"unit": list(dict.fromkeys(table["unit"])), "group": "default"}).astype("category")
    said = RoundInfo(id="r", title=Label(**TITLE), date=date, kind="mock", **info)
    given = {"observations": table, "units": units, **(frames or {})}
    return Round(said, Path("r"), given, pd.DataFrame(), pd.DataFrame())


@lru_cache
def _plain_world(seed):
    return evaluate(world_round(world_rows(seed)), world_rulebook(negative_list=NEGATIVE, bonus=BONUS))


@pytest.fixture
def world():
    """Evaluation of the invented world; `seed`, `rulebook`, `frames`, `rows` may differ."""

    def made(seed=0, rulebook=None, frames=None, rows=None, **info):
        if rulebook is None and frames is None and rows is None and not info:
            return _plain_world(seed)
        round_ = world_round(world_rows(seed) if rows is None else rows, frames=frames, **info)
        return evaluate(round_, rulebook or world_rulebook(negative_list=NEGATIVE, bonus=BONUS))

    return made


@pytest.fixture
def rules_of_world():
    return world_rulebook


@pytest.fixture
def rows_of_world():
    return world_rows


NEGATIVE = [{"id": "fake", "zh": "弄虚作假", "en": "fraud", "kind": "veto"}]
NEGATIVE += [{"id": "event", "zh": "事件", "en": "event", "kind": "penalty", "points": 3}]
BONUS = {"cap": 2.0, "rules": [{"id": "prize", "zh": "获奖", "en": "prize", "points": 1.5}]}
