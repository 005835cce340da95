"""The change between two rounds: split by hand, without remainder, and what became of the problems."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from rounds_by_hand import a_round, asked, docs, evaluated, labelled, rules, street

from analysis.errors import UsageError
from analysis.results.change import FACTORS, Seen, split_change
from analysis.results.change_error import change_errors
from analysis.results.compare import compare, matched_problems, problem_counts, waterfall_table
from analysis.results.leaf_cells import leaf_cells
from analysis.results.reissue import reissue
from analysis.scoring import evaluate, score


def seen(evaluation):
    return Seen(evaluation.round, evaluation.rulebook, evaluation.scored)


def row(table, unit="甲"):
    return table[table["unit"] == unit].iloc[0]


def test_common_sites_other_sites_and_answers_are_told_apart():
    """Site a stays and improves (50 %), b (sound) leaves, c (0 %) comes; the answers fall from 1 to 0.5."""
    first = evaluated(
        street("甲", "a", 0, 1) + street("甲", "b", 1, 1) + docs("甲", "poor") + asked("甲", "yes yes")
    )
    second = evaluated(street("甲", "a", 1, 1) + street("甲", "c", 0, 0) + docs("甲") + asked("甲", "yes no"))
    found = row(compare(first, second).changes)
    assert found["data"] == pytest.approx(50 * 0.5 + 30 * 0.5)
    assert found["draw"] == pytest.approx(50 * ((0.5 - 0.75) + (0.5 - 1.0)))
    assert found["not_separable"] == pytest.approx(20 * -0.5)
    assert found[list(FACTORS)].sum() == pytest.approx(found["change"], abs=1e-9)


def test_a_round_without_common_sites_is_not_separable():
    first = evaluated(street("甲", "a", 0, 1) + docs("甲") + asked("甲", "yes"))
    second = evaluated(street("甲", "b", 1, 1) + docs("甲") + asked("甲", "yes"))
    found = row(compare(first, second).changes)
    assert found["not_separable"] == pytest.approx(25)
    assert found["draw"] == found["data"] == 0


def test_changed_weights_come_back_with_their_planted_size():
    rows = street("甲", "a", 0, 1) + docs("甲", "good") + asked("甲", "yes")
    first, second = evaluated(rows), evaluated(rows, rules(street=0.4, docs=0.4))
    held = compare(first, second, (seen(second), seen(first)))
    found = row(held.changes)
    assert found["rules"] == pytest.approx(0.1 * 50)
    assert found[[name for name in FACTORS if name != "rules"]].abs().max() < 1e-9
    assert not held.same_rules


def test_data_and_rules_share_what_they_do_together():
    """Streets worth 50 then 40, rate 0.5 then 1: data (50 + 40) / 2 x 0.5, rules the rest."""
    before, after = street("甲", "a", 0, 1), street("甲", "a", 1, 1)
    rest = docs("甲") + asked("甲", "yes")
    new = rules(street=0.4, docs=0.4)
    first, second = evaluated(before + rest), evaluated(after + rest, new)
    crossed = (seen(evaluated(before + rest, new)), seen(evaluated(after + rest)))
    found = row(compare(first, second, crossed).changes)
    assert found["data"] == pytest.approx(22.5)
    assert found["rules"] == pytest.approx(
        second.scores["composite"][0] - first.scores["composite"][0] - 22.5
    )
    alone = row(compare(first, second).changes)
    assert alone["not_separable"] == pytest.approx(alone["change"])


@st.composite
def random_round(draw):
    rows = []
    for unit in "甲乙丙":
        for site in draw(st.lists(st.sampled_from("abcd"), min_size=1, unique=True)):
            rows += street(unit, site, draw(st.integers(0, 1)), draw(st.integers(0, 1)))
        rows += docs(unit, draw(st.sampled_from(["good", "poor"])))
        rows += asked(unit, " ".join(draw(st.lists(st.sampled_from(["yes", "no"]), min_size=1, max_size=3))))
    return rows


@effort(max_examples=10)
@given(random_round(), random_round(), st.sampled_from([0.2, 0.5, 0.6]))
def test_every_split_adds_up(one, two, weight):
    """Scores and ranks, any two rounds, any weights; forwards and backwards are mirror images."""
    new = rules(street=weight, docs=0.8 - weight)
    first, second = evaluated(one), evaluated(two, new)
    crossed = (seen(evaluated(one, new)), seen(evaluated(two)))
    held = compare(first, second, crossed)
    parts = held.changes[list(FACTORS)]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(held.changes["change"].to_numpy(), abs=1e-8)
    places = held.places[[*FACTORS, "field"]].sum(axis=1)
    assert places.to_numpy() == pytest.approx(held.places["gained"].to_numpy(), abs=1e-5)
    back = compare(second, first, crossed[::-1]).changes[list(FACTORS)]
    assert back.to_numpy() == pytest.approx(-parts.to_numpy(), abs=1e-8)


def test_cells_add_up_to_the_base():
    one = evaluated(street("甲", "a", 0, 1) + docs("甲", "poor") + asked("甲", "yes no"))
    cells = leaf_cells(one.scored)
    assert (cells["points"] * cells["rate"]).sum() == pytest.approx(one.scores["base"][0])


def test_the_standard_error_is_that_of_the_draw():
    """Two of four sites, 0 and 1: variance (1/2 - 1/4) x 0.5 per round; the same twice: none."""
    register = {"甲": ["a", "b", "c", "d"]}
    rest = docs("甲") + asked("甲", "yes yes")
    one = evaluated(street("甲", "a", 0, 0) + street("甲", "b", 1, 1) + rest, register=register)
    other = evaluated(street("甲", "c", 0, 0) + street("甲", "d", 1, 1) + rest, register=register)
    same = change_errors(*[(one.round, one.scored)] * 2).iloc[0]
    assert same["first_se"] == pytest.approx(50 * np.sqrt(0.25 * 0.5))
    assert same["change_se"] == 0
    fresh = change_errors((one.round, one.scored), (other.round, other.scored)).iloc[0]
    assert fresh["change_se"] == pytest.approx(50 * np.sqrt(2 * 0.25 * 0.5))
    census = evaluated(street("甲", "a", 0, 0) + street("甲", "b", 1, 1) + rest, register={"甲": ["a", "b"]})
    assert change_errors(*[(census.round, census.scored)] * 2).iloc[0]["first_se"] == 0


def test_answers_of_people_have_the_variance_of_a_share():
    one = evaluated(
        docs("甲") + asked("甲", "yes yes no no") + street("甲", "a", 1, 1), register={"甲": ["a"]}
    )
    found = change_errors(*[(one.round, one.scored)] * 2).iloc[0]
    assert found["first_se"] == pytest.approx(20 * np.sqrt(0.25 / 3))


def test_problems_are_matched_by_site_and_item():
    rest = docs("甲") + asked("甲", "yes")
    first = evaluated(street("甲", "a", 0, 0) + street("甲", "b", 0, 1) + rest)
    second = evaluated(street("甲", "a", 0, 1) + street("甲", "c", 1, 0) + rest)
    found = matched_problems(first, second)
    states = {(line.site, line.item): line.state for line in found.itertuples()}
    assert states == {
        ("a", "i1"): "persistent",
        ("a", "i2"): "vanished",
        ("b", "i1"): "not_looked_again",
        ("c", "i2"): "first_look",
    }
    counts = row(problem_counts(found))
    assert (counts["persistent"], counts["vanished"], counts["persistent_share"]) == (1, 1, 0.5)
    assert counts["points_won"] == pytest.approx(12.5)


def test_ranks_move_for_what_moved_the_scores():
    first = evaluated(
        street("甲", "a", 1, 1)
        + docs("甲")
        + asked("甲", "yes")
        + street("乙", "b", 1, 0)
        + docs("乙")
        + asked("乙", "yes")
    )
    second = evaluated(
        street("甲", "a", 0, 0)
        + docs("甲")
        + asked("甲", "yes")
        + street("乙", "b", 1, 0)
        + docs("乙")
        + asked("乙", "yes")
    )
    places = compare(first, second).places
    assert row(places)[["first", "second", "gained", "data"]].tolist() == [1, 2, -1, -1]
    assert row(places, "乙")["data"] == 1


def test_the_waterfall_starts_and_ends_at_the_totals():
    first = evaluated(street("甲", "a", 1, 1) + docs("甲") + asked("甲", "yes"))
    second = evaluated(street("甲", "a", 0, 1) + docs("甲") + asked("甲", "no"))
    held = compare(first, second)
    steps = waterfall_table(held, "甲")
    assert steps["step"].tolist() == ["first", "data", "not_separable", "second"]
    assert steps["value"].iloc[:-1].sum() == pytest.approx(steps["value"].iloc[-1])
    with pytest.raises(UsageError, match="丁"):
        waterfall_table(held, "丁")


def test_rounds_without_a_common_unit_are_refused():
    one, two = (evaluated(street(u, "a", 1, 1) + docs(u) + asked(u, "yes")) for u in "甲乙")
    with pytest.raises(UsageError, match="no unit in common"):
        compare(one, two)


def test_a_new_issue_is_compared_cell_by_cell():
    rows = (
        street("甲", "a", 0, 1)
        + docs("甲", "poor")
        + asked("甲", "yes")
        + street("乙", "b", 1, 1)
        + docs("乙", "poor")
        + asked("乙", "yes")
    )
    mended = [one if one[:3] != ("甲", "street", "i1") else (*one[:5], 1.0, "") for one in rows]
    mended = [one if one[:2] != ("乙", "docs") else (*one[:6], "good") for one in mended]
    found = reissue(evaluated(rows), evaluated(mended))
    told = {(c.unit, c.leaf, c.column, c.before, c.after) for c in found.cells.itertuples()}
    assert told == {("甲", "street", "value", "0", "1"), ("乙", "docs", "answer", "poor", "good")}
    assert dict(zip(found.effects["unit"], found.effects["alone"].round(6), strict=True)) == {
        "甲": 25,
        "乙": 15,
    }
    assert row(found.scores)[["first", "second", "first_rank", "second_rank"]].tolist() == [60, 85, 2, 2]
    assert reissue(evaluated(rows), evaluated(rows)).cells.empty


def test_a_new_issue_may_drop_rows_and_change_claims():
    rows = street("甲", "a", 0, 1) + street("甲", "b", 1, 1) + docs("甲") + asked("甲", "yes")
    bonus = {"rules": [{"id": "praise", "zh": "表扬", "en": "Praise"}]}
    claim = {
        "unit": ["甲"],
        "rule": ["praise"],
        "points": [1.0],
        "status": ["approved"],
        "note": "",
        "source_file": "b.xlsx",
        "source_sheet": "",
        "source_row": 2,
    }
    claims = [labelled(pd.DataFrame(claim | {"points": [points]}), "bonus_claims") for points in (1.0, 2.0)]
    first = evaluate(a_round(rows, bonus_claims=claims[0]), rules(bonus=bonus))
    second = evaluate(a_round(rows[2:], bonus_claims=claims[1]), rules(bonus=bonus))
    cells = reissue(first, second).cells
    assert cells.loc[cells["sheet"] == "bonus_claims", ["before", "after"]].to_numpy().tolist() == [
        ["1", "2"]
    ]
    assert set(cells.loc[cells["sheet"] == "observations", "kind"]) == {"removed"}


@pytest.fixture(scope="module")
def demo(demo_project):
    import analysis

    raw = demo_project / "data" / "raw"
    return raw, [analysis.evaluate(raw / f"demo-{name}") for name in ("2024", "2025-q1", "2025-q2")]


def test_planted_sites_and_problems_come_back(demo):
    """Sites that stayed, to the last; problems as far as assessors see them (one check in ten is wrong)."""
    raw, (_, first, second) = demo
    planted = [
        json.loads((raw / one / "truth.json").read_text(encoding="utf-8"))
        for one in ("demo-2025-q1", "demo-2025-q2")
    ]
    sites = [
        set(
            map(
                tuple,
                one.round.observations.loc[one.round.observations["site"] != "", ["unit", "site"]]
                .astype(str)
                .drop_duplicates()
                .to_numpy(),
            )
        )
        for one in (first, second)
    ]
    assert len(sites[0] & sites[1]) == planted[1]["sites"]["kept"]
    problems = matched_problems(first, second)
    truly = [set(map(tuple, one["problems"])) for one in planted]
    for state, share in (
        ("persistent", truly[0] & truly[1]),
        ("vanished", truly[0] - truly[1]),
        ("new", truly[1] - truly[0]),
    ):
        mine = problems[problems["state"] == state]
        hits = [(p.unit, p.site, p.item) in share for p in mine.itertuples()]
        assert np.mean(hits) > 0.4, state


def test_demo_rounds_add_up_and_changed_weights_are_found(demo):
    _, (year, first, _) = demo
    held = compare(year, first)
    assert (held.changes[list(FACTORS)].sum(axis=1) - held.changes["change"]).abs().max() < 1e-8
    planted = {"city": 0.6, "minors": 0.3, "villages": 0.1}
    old = year.rulebook.composition
    parts = tuple(part.model_copy(update={"weight": planted[part.id]}) for part in old.parts)
    new = year.rulebook.model_copy(update={"composition": old.model_copy(update={"parts": parts})})
    other = evaluate(year.round, new)
    changes = compare(year, other, (seen(other), seen(year))).changes
    assert changes[["data", "draw", "coverage", "bonus", "penalty"]].abs().max().max() < 1e-9
    marks = [year.rulebook.framework(part, "default").settings.full_marks for part in old.parts]
    rates = year.scores[list(planted)].to_numpy() / marks
    by_hand = 100 * rates @ (np.array([*planted.values()]) - [part.weight for part in old.parts])
    assert changes["rules"].to_numpy() == pytest.approx(by_hand, abs=1e-6)


def test_a_comparison_leaves_its_arguments_alone():
    rows = street("甲", "a", 0, 1) + docs("甲") + asked("甲", "yes")
    first, second = evaluated(rows), evaluated(rows)
    before = first.round.observations.copy()
    split_change(seen(first), seen(second))
    compare(first, second)
    pd.testing.assert_frame_equal(first.round.observations, before)
    assert score(first.round, first.rulebook).scores.equals(first.scored.scores)
