"""Small rounds and frameworks from plain rows, so that a test shows its whole world."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.framework.model import Composition, Framework, Label, Rulebook
from analysis.intake.round import Round, RoundInfo

LABELS = ("unit", "place", "component", "leaf", "item", "site_type", "site", "answer", "visit", "flags")
LABELS += ("period", "organiser", "cause", "territory", "lead", "source_file", "source_sheet")
TITLE = {"zh": "试", "en": "test"}


def make_framework(nodes: list[dict], **more: object) -> Framework:
    labelled = [{"zh": node["id"], "en": node["id"], **node} for node in nodes]
    for node in labelled:
        node["items"] = [{"zh": item["id"], "en": item["id"], **item} for item in node.get("items", [])]
    return Framework.model_validate({"id": "test", "title": TITLE, "nodes": labelled, **more})


def make_rulebook(
    *frameworks: Framework, weights: dict[str, float] | None = None, **more: object
) -> Rulebook:
    shares = weights or {frameworks[0].root.id: 1.0}
    parts = [
        {
            "id": f.root.id,
            "zh": f.root.id,
            "en": f.root.id,
            "weight": shares[f.root.id],
            "frameworks": {"default": f.id},
            **more.pop(f.root.id, {}),
        }  # fmt: skip
        for f in frameworks
    ]
    settings = more.pop("settings", frameworks[0].settings)
    composition = {"id": "composed", "title": TITLE, "parts": parts, "settings": settings, **more}
    return Rulebook(
        composition=Composition.model_validate(composition), frameworks={f.id: f for f in frameworks}
    )


def make_round(
    rows: list[dict], units: dict[str, str] | None = None, frames: dict | None = None, **info: object
) -> Round:
    table = pd.DataFrame(rows)
    component = table["component"].iloc[0] if "component" in table and len(table) else "root"
    defaults = {
        "component": component,
        "value": np.nan,
        "status": 0,
        "source_file": "试.xlsx",
        "source_sheet": "表",
    }
    for name, value in {**dict.fromkeys(LABELS, ""), **defaults}.items():
        if name not in table:
            table[name] = value
    table = table.fillna(dict.fromkeys(LABELS, "")).fillna({"status": 0, "component": component})
    table["row_id"], table["source_row"] = np.arange(len(table)), np.arange(len(table)) + 2
    table = table.astype({**dict.fromkeys(LABELS, "category"), "component": "category", "status": "int64"})
    groups = units or dict.fromkeys(table["unit"].astype(str).unique(), "default")
    listed = pd.DataFrame({"unit": list(groups), "group": list(groups.values())}).astype("category")
    said = {"id": "r", "title": Label(**TITLE), "date": dt.date(2024, 11, 1), "kind": "official", **info}
    return Round(
        RoundInfo(**said),
        Path("r"),
        {"observations": table, "units": listed, **(frames or {})},
        pd.DataFrame(),
        pd.DataFrame(),
    )


@pytest.fixture
def framework_of() -> Callable[..., Framework]:
    return make_framework


@pytest.fixture
def rulebook_of() -> Callable[..., Rulebook]:
    return make_rulebook


@pytest.fixture
def round_of() -> Callable[..., Round]:
    return make_round


@pytest.fixture
def leaf_rate() -> Callable[..., float]:
    """Score rate of one unit `甲` whose framework is a single leaf with the given rule and rows."""
    from analysis.scoring import evaluate

    def rate(
        rule: dict, rows: list[dict], node: dict | None = None, frames: dict | None = None, **info: object
    ) -> float:
        leaf = {"id": "root", "method": "field", "rule": rule, **(node or {})}
        rulebook = make_rulebook(make_framework([leaf]))
        round_ = make_round([{"unit": "甲", "leaf": "root", **row} for row in rows], frames=frames, **info)
        return float(evaluate(round_, rulebook).scores["composite"].iloc[0]) / 100

    return rate
