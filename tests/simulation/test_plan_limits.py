"""Dates, costs and limits of plans; what cannot be is refused with the limit that is to blame."""

import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.simulation.plan import plan

FEW = ("leaf", "item")


def costs(*rows):
    return pd.DataFrame(rows, columns=["by", "name", "cost"])


def refusal(evaluation, unit, **asked):
    with pytest.raises(UsageError) as caught:
        plan(evaluation, unit, **asked)
    return caught.value.text("en")


def test_works_that_cannot_finish_by_the_date_are_out(world):
    """Road surfaces need works by the vocabulary, litter is cleared on the spot."""
    soon = plan(world(), "甲", by="2025-07-01", works_days=60, together=FEW)
    assert set(soon.things.table.loc[soon.things.table["item"] == "b", "leaf"]) == set()
    assert set(soon.things.left_out["reason"]) == {"works_too_long"}
    later = plan(world(), "甲", by="2025-09-01", works_days=60, together=FEW)
    assert later.things.left_out.empty
    assert "b" in set(later.things.table["item"])


def test_a_cost_is_that_of_the_cause_else_site_type_else_responsible_unit(world):
    prices = {"甲b局": 50.0, "甲a局": 9.0}
    by_unit = [("responsible_unit", name, price) for name, price in prices.items()]
    table = costs(("cause", "市容环境", 7.0), *by_unit)
    found = plan(world(), "甲", budget=1e6, costs=table, together=("leaf", "site", "item")).things
    per_finding = (found.table["cost"] / found.table["n_findings"]).groupby(found.table["item"]).unique()
    assert per_finding["a"].tolist() == [7.0]
    assert per_finding["b"].tolist() == [50.0]
    assert set(found.left_out["reason"]) == {"no_cost"}
    assert set(found.left_out["leaf"]) == {"evidence"}


def test_costs_come_from_the_round_when_none_are_given(world):
    frames = {"costs": costs(("cause", "litter", 5.0)).assign(source_file="", source_sheet="", source_row=0)}
    found = plan(world(frames=frames), "甲", things=2, together=FEW)
    assert found.summary["cost"].iloc[1] > 0


def test_findings_that_were_closed_since_the_round_are_no_longer_open(world):
    closed = pd.DataFrame(
        {"unit": ["甲", "甲"], "site": ["一路", "二路"], "item": ["a", "a"]}
        | {"closed": pd.to_datetime(["2025-06-10", "2025-05-01"]), "result": ["held", "held"]}
    )
    found = plan(world(frames={"rectifications": closed}), "甲", together=("leaf", "site", "item")).things
    assert set(found.left_out["reason"]) == {"closed"}
    assert set(found.left_out["site"].astype(str)) == {"一路"}
    assert "二路" in set(found.table["site"])


@pytest.mark.parametrize(
    ("asked", "blamed"),
    [
        ({"budget": 10.0}, "because of the budget"),
        ({"things": 1}, "because of the number of things"),
        ({"capacity": 0}, "because of the capacity"),
        ({"by": "2025-06-02"}, "because of the date"),
    ],
)
def test_an_infeasible_plan_names_the_limit(world, asked, blamed):
    named = [("responsible_unit", "甲办", 1.0), ("responsible_unit", "甲a局", 100.0)]
    table = costs(("cause", "litter", 100.0), ("cause", "road_surface", 100.0), *named)
    evaluation, common = world(), {"costs": table, "together": FEW}
    reachable = float(plan(evaluation, "甲", budget=1e6, **common).summary["composite"].iloc[1])
    said = refusal(evaluation, "甲", target=round(reachable - 2, 2), **common, **asked)
    assert blamed in said
    assert said.count("infeasible") == 1


def test_several_limits_may_be_infeasible_only_together(world):
    asked = {"things": 1, "capacity": 0, "together": FEW}
    assert "several limits together" in refusal(world(), "甲", target=60, **asked)


def test_a_score_that_no_fix_reaches_says_how_far_they_go(world):
    said = refusal(world(), "甲", target=99.5)
    assert "99.5 is out of reach: with all" in said
    assert "answers, ratings, indicator values" in said


@pytest.mark.parametrize(
    ("unit", "asked", "said"),
    [
        ("戊", {}, "no unit '戊'"),
        ("甲", {"target": 130}, "target 130 is not between 0 and 102"),
        ("甲", {"target_rank": 9}, "rank 9 is impossible: the group has 4 units"),
        ("甲", {"target_rank": 0}, "rank 0 is impossible"),
        ("甲", {"budget": -5, "costs": costs(("cause", "litter", 1.0))}, "budget must not be negative: -5"),
        ("甲", {"budget": 5}, "no table of costs"),
        ("甲", {"costs": costs(("cause", "litter", -3.0))}, "the cost of 'litter' is -3"),
        ("甲", {"costs": costs(("cuase", "litter", 3.0))}, "Did you mean: cause"),
        ("甲", {"costs": pd.DataFrame({"name": ["litter"]})}, "lacks column 'by'"),
        ("甲", {"by": "2025-13-01"}, "'2025-13-01' is not a date"),
        ("甲", {"by": "2025-05-01"}, "2025-05-01 is before the round of 2025-06-01"),
        ("甲", {"capacity": {"甲a": 3}}, "Did you mean: 甲a局"),
        ("甲", {"capacity": -1}, "capacity must not be negative"),
        ("甲", {"needs": [({"leef": "x"}, {"leaf": "passed"})]}, "Did you mean: leaf"),
        ("甲", {"needs": [({"leaf": "x"}, {"leaf": "passed"})]}, "no thing matches"),
    ],
)
def test_what_cannot_be_asked_is_refused(world, unit, asked, said):
    assert said in refusal(world(), unit, **asked)


def test_all_problems_of_a_question_come_at_once(world):
    said = refusal(world(), "戊", budget=-1, by="soon")
    assert said.count("\n") >= 2
    assert all(word in said for word in ("戊", "-1", "'soon' is not a date"))


def test_a_vetoed_unit_has_no_rank_to_reach(world):
    from analysis.simulation.effects import what_if

    veto = {"steps": [{"negative_event": {"unit": "甲", "rule": "fake"}}]}
    evaluation = what_if(world(), veto).evaluation
    assert "'甲' is vetoed" in refusal(evaluation, "甲", target_rank=1)
    assert plan(evaluation, "甲", things=2).promised > 0


TERMS = ["by", "name", "cost", "days", "needs", "excludes", "capacity"]


def terms(*rows, columns=TERMS):
    table = pd.DataFrame([dict(zip(columns, row, strict=False)) for row in rows], columns=columns)
    return table.assign(source_file="条件.xlsx", source_row=range(2, len(table) + 2))


def test_terms_without_costs_say_days_relations_and_capacity(world):
    """Roads take 40 days, litter at a site waits for its road, and 甲a局 can do two things."""
    table = terms(
        ("cause", "road_surface", None, 40), ("cause", "litter", None, None, "road_surface"),
        ("responsible_unit", "甲a局", None, None, None, None, 2),
    )  # fmt: skip
    by_site = ("leaf", "site", "item")
    found = plan(world(), "甲", things=6, costs=table, together=by_site, alternatives=0)
    assert not found.ask.priced
    done = found.things.table.assign(chosen=found.chosen)
    assert done["chosen"].sum() > 0
    assert done.loc[done["responsible_unit"] == "甲a局", "chosen"].sum() <= 2
    for site in done.loc[done["chosen"] & (done["cause"] == "litter"), "site"]:
        roads = done[(done["site"] == site) & (done["cause"] == "road_surface")]
        assert roads["chosen"].all()
    soon = plan(world(), "甲", by="2025-07-05", costs=table, works_days=0, things=2, together=by_site)
    assert set(soon.things.left_out["cause"]) == {"road_surface"}
    assert set(soon.things.left_out["reason"]) == {"works_too_long"}


def test_what_excludes_each_other_is_not_done_at_one_site(world):
    table = terms(("cause", "litter", None, None, None, "road_surface"))
    found = plan(world(), "甲", things=8, costs=table, together=("leaf", "site", "item"), alternatives=0)
    done = found.things.table[found.chosen]
    assert len(done) == 8
    causes = done.groupby("site")["cause"].agg(set)
    assert not any({"litter", "road_surface"} <= found for found in causes)


def test_every_wrong_row_of_the_terms_is_named_with_its_file_and_row(world):
    table = terms(
        ("cause", "liter", 5), ("cause", "litter", -3, "soon"), ("responsible_unit", "甲局", 1),
        ("cause", "road_surface", 1, None, "litter、市容环镜"), ("site_type", "x", 1, None, None, None, 2),
        ("responsible_unit", "甲a局", None, None, None, None, 1.5),
    )  # fmt: skip
    said = refusal(world(), "甲", things=2, costs=table)
    for line in (
        "条件.xlsx, row 2, name: there is no name 'liter'. Did you mean: litter",
        "条件.xlsx, row 3, cost: the cost of 'litter' is -3",
        "条件.xlsx, row 3, days: the days of 'litter' is soon",
        "条件.xlsx, row 4, name: there is no name '甲局'",
        "条件.xlsx, row 5, needs: there is no name '市容环镜'. Did you mean: 市容环境",
        "条件.xlsx, row 6, capacity: a capacity belongs to a responsible unit",
        "条件.xlsx, row 7, capacity: the capacity of '甲a局' is 1.5",
    ):
        assert line in said
    assert "lacks column 'cost / days" in refusal(world(), "甲", costs=table[["by", "name"]])
    assert "no column 'price'" in refusal(world(), "甲", costs=table.assign(price=1))
