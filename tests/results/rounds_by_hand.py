"""Small rounds by hand: two streets' worth of checks, a document and a question, under weights of choice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from analysis import tables
from analysis.framework.model import Composition, Framework, Label, Part, Rulebook
from analysis.intake.round import Round, RoundInfo
from analysis.scoring import evaluate

LABEL = Label(zh="测试", en="Test")
COLUMNS = ["unit", "leaf", "item", "site", "respondent", "value", "answer"]


def rules(street=0.5, docs=0.3, ask=0.2, **settings):
    """100 points: streets (two checks), one document graded, one question."""
    checks = [{"id": name, "zh": name, "en": name} for name in ("i1", "i2")]
    leaves = [
        ("street", street, "field", {"name": "pass_share"}, checks),
        ("docs", docs, "material", {"name": "graded", "grades": {"good": 1, "poor": 0.5}}, []),
        ("ask", ask, "questionnaire", {"name": "answer_scale", "scale": {"yes": 1, "no": 0}}, []),
    ]
    nodes = [{"id": "root", "zh": "城市", "en": "City"}] + [
        {"id": i, "parent": "root", "weight": w, "method": m, "rule": r, "items": items, "zh": i, "en": i}
        for i, w, m, r, items in leaves
    ]
    framework = Framework(
        id="f", title=LABEL, nodes=nodes, causes="", site_types=[{"id": "road", "zh": "路", "en": "Road"}]
    )
    part = Part(id="city", zh="城市", en="City", weight=1, frameworks={"default": "f"})
    composition = Composition(id="c", title=LABEL, parts=(part,), settings=settings)
    return Rulebook(composition=composition, frameworks={"f": framework})


def labelled(frame, name):
    labels = [c.name for c in tables.TABLES[name].columns if c.kind == "label" and c.name in frame]
    return frame.astype(dict.fromkeys(labels, "category"))


def a_round(rows, day="2024-01-01", round_id="r", kind="local", register=None, **frames):
    """`rows`: tuples of COLUMNS. `register`: sites of the register by unit (all roads)."""
    table = pd.DataFrame(rows, columns=COLUMNS)
    site_type = ["road" if site else "" for site in table["site"]]
    table = table.assign(
        row_id=range(len(table)), place="", component="city", site_type=site_type, status=0,
        source_file="现场.xlsx", source_sheet="记录", source_row=range(2, len(table) + 2),
    )  # fmt: skip
    units = pd.DataFrame({"unit": list(dict.fromkeys(table["unit"])), "group": "default"})
    found = {"units": labelled(units, "units"), "observations": labelled(table, "observations"), **frames}
    if register is not None:
        sites = [(unit, site, "road") for unit, names in register.items() for site in names]
        found["sites"] = labelled(pd.DataFrame(sites, columns=["unit", "site", "site_type"]), "sites")
    info = RoundInfo(id=round_id, title=LABEL, date=dt.date.fromisoformat(day), kind=kind)
    return Round(info, Path(), found, pd.DataFrame(), pd.DataFrame())


def street(unit, site, i1, i2):
    return [(unit, "street", "i1", site, "", float(i1), ""), (unit, "street", "i2", site, "", float(i2), "")]


def docs(unit, grade="good"):
    return [(unit, "docs", "", "", "", float("nan"), grade)]


def asked(unit, answers):
    return [(unit, "ask", "", "", f"p{n}", float("nan"), answer) for n, answer in enumerate(answers.split())]


def evaluated(rows, rulebook=None, **more):
    return evaluate(a_round(rows, **more), rulebook or rules())


def ledger(rows):
    """(unit, site, item, found, assigned, due, fixed, rechecked, closed, result) as RECTIFICATIONS."""
    dates = ["found", "assigned", "due", "fixed", "rechecked", "closed"]
    frame = pd.DataFrame(rows, columns=["unit", "site", "item", *dates, "result"])
    frame = frame.assign(
        note="问题", responsible_unit="街道", finder="督导组",
        source_file="整改.xlsx", source_sheet="台账", source_row=range(2, len(frame) + 2),
        **{name: pd.to_datetime(frame[name]).astype("datetime64[us]") for name in dates},
    )  # fmt: skip
    return labelled(frame, "rectifications")
