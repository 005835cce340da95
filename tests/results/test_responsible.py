"""Awards by rule, roll-up of quarters, causes by any dimension, shares for any vocabulary and split."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import tables
from analysis.framework import library
from analysis.framework.model import Award, Composition, Cycle, Framework, Label, Part, Rulebook, Settings
from analysis.intake.round import Round, RoundInfo
from analysis.results import awards as module
from analysis.results.assignments import assignment_shares, unassigned_phrases, unassigned_share
from analysis.results.awards import awards, ranked, year_table
from analysis.results.causes import causes, ledger_rows
from analysis.results.cross import cross
from analysis.results.tally import tally
from analysis.scoring.cycle import cycle_table

LABEL = Label(zh="季度", en="Quarter")
UNITS = [
    ("建设局", "成员单位", 91.0), ("公安局", "成员单位", 85.0), ("东村", "村", 65.0),
    ("西村", "村", 75.0), ("北村", "村", 92.0), ("梅园", "小区", 88.0), ("兰园", "小区", 89.5),
]  # fmt: skip


def award(id_, kind, level="", **more):
    return Award(id=id_, zh=id_, en=id_, kind=kind, level=level, **more)


def quarter(rules, period="2024-Q2", earlier=()):
    settings = Settings(awards=rules, cycle=Cycle(weights={"2024-Q1": 0.4, "2024-Q2": 0.6}))
    part = Part(id="city", zh="城", en="City", weight=1, frameworks={"default": "f"})
    rulebook = Rulebook(
        composition=Composition(id="c", title=LABEL, parts=(part,), settings=settings), frameworks={}
    )
    info = RoundInfo(
        id="r", title=LABEL, date=dt.date(2024, 7, 1), kind="official", period=period, cycle="2024"
    )
    units = pd.DataFrame([(u, "default", k) for u, k, _ in UNITS], columns=["unit", "group", "level"])
    scores_before = pd.DataFrame(
        [(u, "2024-Q1", s, "f", "s", 2) for u, s in earlier],
        columns=["unit", "period", "composite", "source_file", "source_sheet", "source_row"],
    )
    frames = {"units": units, "cycle_scores": scores_before}
    round_ = Round(info, Path(), frames, pd.DataFrame(), pd.DataFrame())
    scores = pd.DataFrame(UNITS, columns=["unit", "level", "composite"]).drop(columns="level")
    scores = scores.assign(group="default", veto=["", "", "", "", "fraud", "", ""])
    cycle = cycle_table(round_, settings, scores.set_index("unit")["composite"])
    return SimpleNamespace(round=round_, rulebook=rulebook, scores=scores, cycle=cycle)


def test_every_award_goes_to_its_own_kind_of_unit_only():
    rules = (
        award("front", "first", "成员单位", first=1),
        award("back", "last", "成员单位", last=1),
        award("red", "red_card", "村", below=70),
        award("yellow", "yellow_card", "村", from_score=70, below=80),
        award("flag", "flag", "小区", first=1),
        award("class", "flag", "班级", first=1),
    )
    found = awards(quarter(rules, earlier=[("梅园", 95.0), ("兰园", 80.0), ("建设局", 99.0)]))
    given_ = dict(zip(found["award"], found["unit"], strict=True))
    assert given_ == {
        "front": "建设局", "back": "公安局", "red": "东村", "yellow": "西村", "flag": "兰园", "class": "",
    }  # fmt: skip
    assert found.set_index("award").loc["flag", "held_before"] == "梅园"
    assert found.set_index("award")["n_ranked"].to_dict()["class"] == 0


def test_a_vetoed_unit_is_not_ranked_for_an_award():
    units = ranked(quarter(()), award("list", "red_list", "村", from_score=90))
    assert units["unit"].tolist() == ["西村", "东村"]


def test_ties_share_a_place():
    table = quarter((award("front", "first", "小区", first=1),))
    table.scores.loc[table.scores["unit"] == "梅园", "composite"] = 89.501
    assert awards(table)["unit"].tolist() == ["兰园", "梅园"] or set(awards(table)["unit"]) == {
        "兰园",
        "梅园",
    }


def test_quarters_roll_up_to_the_year_and_a_year_is_known_when_all_quarters_are():
    table = year_table(quarter((), earlier=[("建设局", 81.0)])).set_index("unit")
    assert table.loc["建设局", "year"] == pytest.approx(0.4 * 81 + 0.6 * 91)
    assert np.isnan(table.loc["公安局", "year"]) and table.loc["公安局", "so_far"] == pytest.approx(85)
    yearly = quarter((award("y", "first", "成员单位", per="cycle", first=1),), earlier=[("公安局", 99.9)])
    assert awards(yearly)["unit"].tolist() == ["公安局"]


def test_responsible_units_get_awards_by_what_they_kept(monkeypatch):
    rules = (award("person", "red_card", "责任人", of="responsible_units", below=70),)
    evaluation = quarter(rules)
    places = pd.DataFrame({"unit": "建设局", "place": ["张某", "李某"], "level": "责任人"})
    evaluation.round.frames["places"] = places
    shown = pd.DataFrame(
        {"responsible_unit": ["张某", "李某", "建设局", ""], "loss_rate": [0.4, 0.1, 0.9, 0.9]}
    )
    monkeypatch.setattr(module, "responsible_units", lambda _: shown)
    found = awards(evaluation)
    assert found[["unit", "score"]].values.tolist() == [["张某", 60.0]]


def test_the_shipped_awards_of_member_units_name_their_kinds():
    rules = library.framework("member-units-2024-q1").settings.awards
    assert {one.level for one in rules if one.kind in ("first", "last")} == {"成员单位"}


@pytest.fixture
def services(evaluation):
    """The small evaluation with a vocabulary of causes and a row with two of them."""
    part = evaluation.rulebook.composition.parts[0]
    framework = evaluation.rulebook.frameworks["f"]
    fields = {name: getattr(framework, name) for name in Framework.model_fields}
    known = Framework.model_construct(**{**fields, "causes": "services"})
    evaluation.rulebook = Rulebook(
        composition=evaluation.rulebook.composition, frameworks={part.frameworks["default"]: known}
    )
    return evaluation


def test_causes_by_what_the_vocabulary_says_of_them(services):
    lead = causes(services, ["cause_lead"]).set_index("cause_lead")["points_lost"]
    assert lead["住房和城乡建设局"] == pytest.approx(14) and lead["公安局"] == pytest.approx(2)
    groups = causes(services, ["cause_group"]).set_index("cause_group")["points_lost"].to_dict()
    assert groups == {"facilities": 14, "data": 5, "traffic": 2, "market": 1}
    assert causes(services, ["fix"])["points_lost"].sum() == pytest.approx(22)
    assert set(ledger_rows(services, cause_group="traffic")["source_row"]) == {3}


def test_two_dimensions_at_once_are_the_sums_of_either(evaluation):
    wide = cross(evaluation, "unit", "cause")
    assert wide.loc["甲"].to_dict() == pytest.approx(
        {"facilities": 4, "below_target": 5, "traffic": 2, "market": 1}, nan_ok=True
    )
    assert wide.index.tolist() == ["甲", "乙"]
    assert cross(evaluation, "unit", "cause", top=1).shape == (1, 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 4), st.lists(st.floats(0.01, 5), min_size=1, max_size=4)),
        min_size=1,
        max_size=30,
    )
)
def test_sums_over_any_split_are_those_of_a_plain_group_by(rows):
    """However a loss is split, by whatever labels: parts add up to the whole, a finding counts once."""
    flat = [
        (at, f"u{unit}", f"c{(cause + k) % 5}", part / sum(parts))
        for at, (unit, cause, parts) in enumerate(rows)
        for k, part in enumerate(parts)
    ]
    frame = pd.DataFrame(flat, columns=["finding", "unit", "cause", "share"])
    frame["points"] = frame["share"] * np.array([1.0 + at for at in frame["finding"]])
    columns = {name: pd.Categorical(frame[name]) for name in ("unit", "cause")}
    found = tally(columns, frame["points"].to_numpy(), frame["finding"].to_numpy())
    assert found["points_lost"].sum() == pytest.approx(sum(1.0 + at for at in range(len(rows))))
    plain = frame.groupby(["unit", "cause"]).agg(points=("points", "sum"), n=("finding", "nunique"))
    mine = found.astype({"unit": str, "cause": str}).set_index(["unit", "cause"]).sort_index()
    assert np.allclose(mine["points_lost"], plain["points"]) and (mine["n_findings"] == plain["n"]).all()


def test_what_was_not_understood_is_counted_and_listed():
    rows = [
        ("积水", "text", "road_surface"),
        ("怪事", "check", "litter"),
        ("怪事", "none", ""),
        ("", "stated", "a|b"),
    ]
    table = pd.DataFrame(rows, columns=["note", "basis", "cause"]).assign(
        row_id=range(4), unit="甲", component="c", leaf="l", item="", stated="", matched="",
        source_file="f.xlsx", source_sheet="s", source_row=range(2, 6),
    )  # fmt: skip
    round_ = SimpleNamespace(table=lambda name: table)
    shares = assignment_shares(round_).set_index("basis")
    assert shares["n"].to_dict() == {"stated": 1, "text": 1, "check": 1, "none": 1}
    assert shares.loc["stated", "n_several"] == 1
    assert unassigned_share(round_) == pytest.approx(2 / 3)
    phrases = unassigned_phrases(round_, 5)
    assert phrases[["note", "n", "source_row"]].values.tolist() == [["怪事", 2, 3]]
    assert "cause_assignments" in tables.TABLES
