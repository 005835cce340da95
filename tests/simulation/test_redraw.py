"""Redraws against brute force, closed forms, physical copies of sites, and their own promises."""

import datetime as dt
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import scoring
from analysis.errors import UsageError
from analysis.framework.model import Composition, Framework, Label, Rulebook
from analysis.inference.redraw import plain
from analysis.intake.round import Round, RoundInfo
from analysis.results.ranking import rank_table
from analysis.scoring.draw import Draw
from analysis.simulation import outcome
from analysis.simulation.design import design_table
from analysis.simulation.draws import sample
from analysis.simulation.redraw import Setting, prepare, redraw, replicate, row_draw, run
from analysis.simulation.severity import severity
from analysis.simulation.simulate import simulate

EXACT = 1.001e-9
"""Composites are snapped to 1e-9: two that differ by 1e-15 may be snapped apart by one step, no further."""
TITLE = {"zh": "试", "en": "test"}
LABELS = ("unit", "place", "component", "leaf", "item", "site_type", "site", "answer", "visit", "flags")
LABELS += ("period", "assessor", "respondent", "stratum", "cluster", "origin", "cause", "source_file")
LABELS += ("source_sheet", "organiser")
ITEMS = [{"id": "a", "zh": "a", "en": "a", "points": 2, "max_points": 2}]
ITEMS += [{"id": "b", "zh": "b", "en": "b", "points": 1, "max_points": 3}]
SCALE = {"满意": 1.0, "一般": 0.5, "不满意": 0.0}
FIELD = {
    "passed": ({"name": "pass_share"}, {}),
    "types": ({"name": "pass_share"}, {"average": "site_types", "site_type_weights": {"s": 0.7, "t": 0.3}}),
    "graded": ({"name": "graded", "grades": {"优": 1.0, "中": 0.6, "差": 0.0}}, {"visits": "last"}),
    "site_cap": ({"name": "deduction", "cap_scope": "site", "max_points": 5, "floor": 1}, {"visits": "all"}),
    "item_cap": ({"name": "deduction", "cap_scope": "item"}, {"items": ITEMS}),
    "leaf_cap": ({"name": "deduction", "cap_scope": "leaf", "max_points": 16}, {}),
    "pooled_items": ({"name": "deduction", "cap_scope": "item"}, {"items": ITEMS, "average": "pooled"}),
    "adjusted": ({"name": "start_adjust", "start": 18, "max_points": 20, "surplus": "bonus"}, {}),
    "reached": ({"name": "threshold", "of": "pass_share", "at_least": 0.7}, {"average": "pooled"}),
    "toward": ({"name": "target", "of": "pass_share", "target": 0.9, "floor": 0.3}, {}),
    "others": ({"name": "pass_share"}, {"missing": "group_mean"}),
    "scarce": ({"name": "pass_share"}, {"missing": "zero"}),
}


def framework(name, leaves, **more):
    nodes = [{"id": name}]
    for method, (weight, inside) in leaves.items():
        nodes.append({"id": method, "parent": name, "method": method, "weight": weight})
        for leaf, (rule, extra) in inside.items():
            shares = {"id": leaf, "parent": method, "weight": 1 / len(inside), "rule": rule}
            nodes.append(shares | {"items": [], **extra})
    labelled = [{"zh": node["id"], "en": node["id"], **node} for node in nodes]
    settings = {"missing": "redistribute"}
    return Framework.model_validate(
        {"id": name, "title": TITLE, "nodes": labelled, "settings": settings, **more}
    )


def rulebook(*frameworks, sub_units=(), **settings):
    parts = [
        {
            "id": f.root.id,
            "zh": f.root.id,
            "en": f.root.id,
            "weight": 1 / len(frameworks),
            "frameworks": {"default": f.id},
            "sub_units": f.root.id in sub_units,
        }
        for f in frameworks
    ]
    composition = {"id": "composed", "title": TITLE, "parts": parts, "settings": settings}
    return Rulebook(
        composition=Composition.model_validate(composition), frameworks={f.id: f for f in frameworks}
    )


def round_of(rows, sites=(), **frames):
    table = pd.DataFrame(rows)
    for name in LABELS:
        table[name] = table[name].fillna("") if name in table else ""
    table["status"] = table["status"].fillna(0) if "status" in table else 0
    table["value"] = table.get("value", np.nan)
    table["row_id"], table["source_row"] = np.arange(len(table)), np.arange(len(table)) + 2
    table = table.astype({**dict.fromkeys(LABELS, "category"), "status": "int64", "value": "float64"})
    names = list(dict.fromkeys(table["unit"].astype(str)))
    units = pd.DataFrame({"unit": names, "group": "g"}).astype("category")
    info = RoundInfo(id="r", title=Label(**TITLE), date=dt.date(2024, 11, 1), kind="mock", synthetic=True)
    tables = {"observations": table, "units": units, **frames}
    if len(sites):
        tables["sites"] = pd.DataFrame(sites).astype("category")
    return Round(info, Path("r"), tables, pd.DataFrame(), pd.DataFrame())


@cache
def world(seed=0):
    """Every rule, two components (one of villages), sites of two types and origins, clusters, assessors."""
    rng = np.random.default_rng(seed)
    rows, sites = [], []
    for u, unit in enumerate("甲乙丙"):
        for number in range(11):
            kind = "st"[number % 2]
            origin = ("declared", "random", "random", "certain")[number % 4]
            name = f"{unit}{number}"
            sites += [{"unit": unit, "site": name, "site_type": kind, "origin": origin, "place": ""}]
            sites += [
                {"unit": unit, "site": f"{name}+{k}", "site_type": kind, "origin": origin, "place": ""}
                for k in range(2)
            ]
            where = {"unit": unit, "component": "city", "site": name, "site_type": kind}
            rows += site_rows(rng, where, number, u)
        for number in range(24):
            rows += answers(rng, unit, number)
        rows += villages(rng, unit)
    city = framework("city", {"field": (0.7, FIELD), "questionnaire": (0.3, {"asked": asked(False)})})
    places = framework("villages", {"field": (0.6, {"lane": ({"name": "pass_share"}, {})}),
                                    "questionnaire": (0.4, {"told": asked(True)})})  # fmt: skip
    book = rulebook(city, places, sub_units=("villages",), rounding={"decimals": 1}, missing="error")
    return scoring.evaluate(round_of(rows, sites), book)


def asked(unclear_in_base):
    rule = {
        "name": "answer_scale",
        "scale": SCALE,
        "unclear": ("不清楚",),
        "unclear_in_base": unclear_in_base,
    }
    return rule, {"average": "pooled"}


def site_rows(rng, where, number, u):
    rows = []
    for leaf in FIELD:
        if (leaf == "others" and u == 1) or (leaf == "scarce" and number not in (1, 5)):
            continue
        for visit in range(1 + (number % 3 == 0)):
            for check in range(3):
                row = {
                    **where,
                    "leaf": leaf,
                    "visit": str(visit),
                    "item": "ab"[check % 2] if "item" in leaf else "",
                }
                row["assessor"] = f"A{(number + check + visit) % 5}"
                row["status"] = 2 if rng.random() < 0.08 and "item" not in leaf else 0
                rows.append(row | reading(rng, leaf, check))
    return rows


def reading(rng, leaf, check):
    if leaf == "graded":
        return {"answer": ["优", "中", "差"][rng.integers(3)]}
    if leaf in ("site_cap", "item_cap", "leaf_cap", "pooled_items"):
        return {"value": round(float(rng.random() * 1.5 * (rng.random() < 0.6)), 2)}
    if leaf == "adjusted":
        return {"value": round(float(rng.normal(-0.05, 0.5)), 2)}
    return {"value": float(rng.random() < 0.7)}


def answers(rng, unit, number):
    part = {"unit": unit, "component": "city", "leaf": "asked", "respondent": f"{unit}w{number}"}
    part |= {"stratum": "入户" if number < 16 else "拦访", "cluster": f"{unit}c{number % 4}"}
    said = rng.choice(["满意", "一般", "不满意", "不清楚"], size=2, p=[0.5, 0.2, 0.2, 0.1])
    return [{**part, "answer": str(answer)} for answer in said]


def villages(rng, unit):
    rows = []
    for village in range(2):
        where = {"unit": unit, "component": "villages", "place": f"{unit}村{village}"}
        for number in range(3):
            site = {
                "site": f"{unit}{village}巷{number}",
                "site_type": "lane",
                "leaf": "lane",
                "origin": "random",
            }
            rows += [
                {**where, **site, "value": float(rng.random() < 0.6), "assessor": f"A{number}"} for _ in "xy"
            ]
        for number in range(6):
            who = {
                "respondent": f"{unit}{village}v{number}",
                "stratum": "村民",
                "cluster": f"{unit}村{village}",
            }
            rows.append({**where, **who, "leaf": "told", "answer": str(rng.choice(list(SCALE)))})
    return rows


# Brute force


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sources", [("sites",), ("respondents",), ("assessors",), None])
def test_replicates_are_what_the_whole_evaluation_gives_with_the_same_draws(seed, sources):
    evaluation = world(seed)
    found = redraw(evaluation, 1003, seed=5, sources=sources)
    setting = Setting(evaluation, sample(evaluation), severity(evaluation))
    for number in (*range(12), 999, 1002):
        draw = row_draw(setting, 5, number, found.sources, {})
        scores = scoring.score(evaluation.round, evaluation.rulebook, draw).scores
        np.testing.assert_allclose(found.composite[number], scores["composite"], rtol=0, atol=EXACT)
        for name, values in {**found.parts, **found.methods}.items():
            np.testing.assert_allclose(values[number], scores[name], rtol=0, atol=EXACT, err_msg=name)
        ranking = rank_table(scores, evaluation.rulebook.settings).set_index("unit")["rank"]
        assert found.rank[number].tolist() == [ranking[unit] for unit in found.units]


def test_the_world_of_the_brute_force_varies_in_every_leaf():
    found = redraw(world(), 400, seed=1).nodes.set_index(["unit", "place", "node"])["sd"]
    spread = found.groupby(level="node", observed=True).max()
    assert (spread.drop("item_cap") > 0).all()
    assert set(FIELD) <= set(spread.index)


def test_a_replicate_opens_as_a_ledger():
    evaluation = world()
    found = redraw(evaluation, 12, seed=9)
    one = replicate(evaluation, 9, 11)
    assert one.identity_gap < 1e-9
    np.testing.assert_allclose(one.scores["composite"], found.composite[11], rtol=0, atol=EXACT)
    lost = one.ledger.groupby(one.ledger["unit"].astype(str))["points_lost"].sum()
    full = one.scores["base"].to_numpy() + lost.reindex(one.scores["unit"].astype(str)).to_numpy()
    np.testing.assert_allclose(full, 100.0, atol=1e-7)


def surplus_world():
    """A leaf above its full marks next to one that two of three sites have: where neither is drawn, the
    weight of the one moves to the other, and with it what the surplus is worth."""
    rng = np.random.default_rng(3)
    inside = {name: FIELD[name] for name in ("adjusted", "passed")}
    inside["gone"] = ({"name": "pass_share"}, {"missing": "redistribute"})
    rows = [
        {"unit": unit, "component": "city", "leaf": leaf, "site": f"{unit}{number}", "site_type": "s",
         "value": -2.0 - number if leaf == "adjusted" else float(rng.random() < 0.7)}
        for unit in "甲乙" for number in range(3) for leaf in inside
        if leaf != "gone" or number == 0
    ]  # fmt: skip
    book = rulebook(framework("city", {"field": (1.0, inside)}))
    return scoring.evaluate(round_of(rows), book)


def test_surplus_is_worth_what_its_leaf_weighs_in_that_replicate():
    evaluation = surplus_world()
    found = redraw(evaluation, 30, seed=1)
    setting = Setting(evaluation, sample(evaluation), severity(evaluation))
    for number in range(30):
        draw = row_draw(setting, 1, number, found.sources, {})
        scores = scoring.score(evaluation.round, evaluation.rulebook, draw).scores
        np.testing.assert_allclose(scores["composite"], found.composite[number], rtol=0, atol=EXACT)
    assert found.composite.max() > 100


def test_whole_weights_are_copies_of_sites():
    """A site that weighs 2 counts like two sites, one that weighs 0 like none."""
    rows = [
        {"unit": "甲", "component": "city", "leaf": leaf, "site": f"s{i}", "site_type": "s", "value": value}
        for leaf, values in {"passed": [1, 0, 1, 0], "leaf_cap": [2, 0, 1, 5]}.items()
        for i, value in enumerate(values)
    ]
    leaves = {name: FIELD[name] for name in ("passed", "leaf_cap")}
    book = rulebook(framework("city", {"field": (1.0, leaves)}))
    once = round_of(rows)
    weight = np.array([2.0, 0.0, 1.0, 1.0] * 2)
    drawn = scoring.evaluate(once, book, Draw(weight, np.zeros(8)))
    copied = [
        row | {"site": f"{row['site']}x{k}"}
        for row, w in zip(rows, weight, strict=True)
        for k in range(int(w))
    ]
    physical = scoring.evaluate(round_of(copied), book)
    assert drawn.scores["composite"].tolist() == pytest.approx(physical.scores["composite"].tolist())


# Closed forms


def linear_world(n=4, population=10, register=True):
    rng = np.random.default_rng(7)
    values = {"甲": rng.random(n), "乙": rng.random(n)}
    rows = [
        {
            "unit": u,
            "component": "city",
            "leaf": "rated",
            "site": f"{u}{i}",
            "site_type": "s",
            "value": 100 * v,
        }
        for u, column in values.items()
        for i, v in enumerate(column)
    ]
    sites = [
        {"unit": u, "site": f"{u}{i}", "site_type": "s", "origin": "random"}
        for u in values
        for i in range(population)
    ]
    book = rulebook(framework("city", {"field": (1.0, {"rated": ({"name": "given_score"}, {})})}))
    return values, scoring.evaluate(round_of(rows, sites if register else ()), book)


@pytest.mark.parametrize("register", [True, False])
def test_the_spread_of_a_linear_score_is_that_of_sampling_theory(register):
    values, evaluation = linear_world(register=register)
    found = redraw(evaluation, 40_000, seed=1)
    seen = 0.4 if register else 0.0
    theory = [100 * np.sqrt((1 - seen) * column.var(ddof=1) / 4) for column in values.values()]
    np.testing.assert_allclose(found.composite.std(axis=0), theory, rtol=0.02)
    np.testing.assert_allclose(found.composite.mean(axis=0), found.point, atol=0.2)


def test_one_more_visit_takes_off_what_sampling_theory_says():
    values, evaluation = linear_world()
    table = design_table(prepare(evaluation)).set_index("unit")
    s2 = 100**2 * values["甲"].var(ddof=1)
    assert table.loc["甲", "variance"] == pytest.approx(0.6 * s2 / 4)
    assert table.loc["甲", "gain"] == pytest.approx(0.6 * s2 / 4 - 0.5 * s2 / 5)


def test_twice_the_sites_is_what_twice_the_sites_gives():
    values, evaluation = linear_world()
    setting = prepare(evaluation)
    now = run(setting, 20_000, 1, ("sites",), {})
    table = outcome.effort_table(setting, now, {"sites": 2.0}).set_index("unit")
    theory = 100 * np.sqrt(0.2 * values["乙"].var(ddof=1) / 8)
    assert table.loc["乙", "sd_then"] == pytest.approx(theory, rel=0.03)


def test_the_plain_bootstrap_understates_strata_of_two():
    """What the rescaled weights are for: at two sites plain weights show half of the variance."""
    rng = np.random.default_rng(1)
    counts = rng.multinomial(2, [0.5, 0.5], size=100_000)
    kept, per_draw = plain(2)
    means = (kept + per_draw * counts) @ np.array([0.0, 1.0]) / 2
    assert means.var() == pytest.approx(0.5 * (np.var([0.0, 1.0], ddof=1) / 2), rel=0.02)


# Respondents: counts of answers, clusters, strata that nobody was asked in

COUNTS = {"满意": 12, "一般": 5, "不满意": 3}


def survey_world(people, frame=(), stratum="入户"):
    rows = [
        {"unit": "甲", "component": "city", "leaf": "asked", "stratum": stratum, **person}
        for person in people
    ]
    book = rulebook(framework("city", {"questionnaire": (1.0, {"asked": asked(False)})}))
    listed = pd.DataFrame(frame, columns=["unit", "stratum", "category", "population"])
    listed = listed.astype(dict.fromkeys(("unit", "stratum", "category"), "category"))
    return scoring.evaluate(round_of(rows, frame=listed), book)


def counted(**more):
    return [{"answer": answer, "count": float(n), **more} for answer, n in COUNTS.items()]


def theory(frame_size=np.inf, n=20):
    points = np.repeat([100.0, 50.0, 0.0], list(COUNTS.values()))
    return np.sqrt((1 - n / frame_size) * points.var(ddof=1) / n)


@pytest.mark.parametrize(("frame", "size"), [((), np.inf), ([("甲", "入户", "", 50.0)], 50.0)])
def test_counts_of_answers_scatter_like_as_many_respondents(frame, size):
    evaluation = survey_world(counted(), frame)
    found = redraw(evaluation, 30_000, seed=1)
    assert found.sources == ("respondents",)
    assert found.composite.std() == pytest.approx(theory(size), rel=0.02)
    assert found.composite.mean() == pytest.approx(found.point[0], abs=0.1)
    one_by_one = [{"answer": a, "respondent": f"{a}{i}"} for a, n in COUNTS.items() for i in range(n)]
    again = redraw(survey_world(one_by_one, frame), 30_000, seed=1)
    quantiles = [np.quantile(one.composite, [0.05, 0.5, 0.95]) for one in (found, again)]
    np.testing.assert_allclose(*quantiles, atol=1.3)
    assert found.notes["action"].tolist() == ["counted"]


def test_a_replicate_of_counts_is_what_the_whole_evaluation_gives():
    evaluation = survey_world([*counted(item="a"), *counted(item="b"), *counted(stratum="拦访")])
    found = redraw(evaluation, 20, seed=3)
    for number in (0, 19):
        one = replicate(evaluation, 3, number)
        np.testing.assert_allclose(one.scores["composite"], found.composite[number], rtol=0, atol=EXACT)
    assert len(np.unique(found.composite)) > 10
    assert found.freedom["city.questionnaire"].tolist() == pytest.approx([3 * 19.0])


def test_the_design_of_counts_is_that_of_sampling_theory():
    table = design_table(prepare(survey_world(counted(), [("甲", "入户", "", 50.0)])))
    assert table["variance"].tolist() == pytest.approx([theory(50.0) ** 2])
    assert table["n"].tolist() == [20]


def test_clusters_vary_less_the_more_of_the_people_were_asked():
    """Four clusters of ten out of 80 people: half of them were seen, so half of the variance stays."""
    shares = {"c0": 9, "c1": 6, "c2": 7, "c3": 2}
    people = [
        {"answer": "满意" if i < n else "不满意", "cluster": name, "respondent": f"{name}{i}"}
        for name, n in shares.items()
        for i in range(10)
    ]
    means = 10.0 * np.array(list(shares.values()))
    for frame, left in (((), 1.0), ([("甲", "入户", "", 80.0)], 0.5)):
        expected = np.sqrt(left * means.var(ddof=1) / 4)
        assert redraw(survey_world(people, frame), 20_000, seed=1).composite.std() == pytest.approx(
            expected, rel=0.02
        )
        summed = pd.DataFrame(people).groupby(["cluster", "answer"]).size().reset_index(name="count")
        in_clusters = survey_world(summed.astype({"count": float}).to_dict("records"), frame)
        found = redraw(in_clusters, 20_000, seed=1).composite.std()
        assert found == pytest.approx(expected, rel=0.02)


def test_strata_that_nobody_was_asked_in_are_refused_all_at_once():
    frame = [
        ("甲", "入户", "", 50.0),
        ("甲", "拦访", "", 70.0),
        ("甲", "电话", "", 20.0),
        ("甲", "空", "", 0.0),
    ]
    evaluation = survey_world(counted(), frame)
    with pytest.raises(UsageError) as found:
        redraw(evaluation, 0, seed=1)
    text = found.value.text("en")
    assert [name in text for name in ("'拦访'", "'电话'", "'入户'", "'空'", "0 replicates")] == [
        True, True, False, False, True,
    ]  # fmt: skip
    assert "拦访" in found.value.text("zh")
    assert redraw(survey_world(counted(), frame, stratum=""), 5).sources == ("respondents",)


# Promises


def test_same_seed_same_numbers_in_any_number_of_threads_and_order_of_units():
    evaluation = world()
    one, two = (redraw(evaluation, 1500, seed=3, threads=threads) for threads in (1, 3))
    assert one.composite.tobytes() == two.composite.tobytes()
    assert one.nodes.equals(two.nodes)
    longer = redraw(evaluation, 2100, seed=3)
    assert longer.composite[:1500].tobytes() == one.composite.tobytes()
    assert redraw(evaluation, 1500, seed=4).composite.tobytes() != one.composite.tobytes()


def test_the_order_of_units_and_rows_does_not_matter():
    evaluation = world()
    round_ = evaluation.round
    table = round_.observations
    turned = table.iloc[::-1].reset_index(drop=True)
    names = ("unit", "site", "respondent", "assessor")
    turned = turned.assign(
        **{n: turned[n].cat.reorder_categories(turned[n].cat.categories[::-1]) for n in names}
    )
    frames = {
        **round_.frames,
        "observations": turned,
        "units": round_.units.iloc[::-1].reset_index(drop=True),
    }
    again = Round(round_.info, round_.folder, frames, round_.rejected, round_.counts)
    first = redraw(evaluation, 200, seed=2)
    second = redraw(scoring.evaluate(again, evaluation.rulebook), 200, seed=2)
    assert second.units == first.units[::-1]
    np.testing.assert_allclose(second.composite[:, ::-1], first.composite, rtol=0, atol=EXACT)


def test_same_bytes_with_the_units_in_another_order_and_in_another_process():
    evaluation = world()
    round_ = evaluation.round
    frames = {**round_.frames, "units": round_.units.iloc[::-1].reset_index(drop=True)}
    again = Round(round_.info, round_.folder, frames, round_.rejected, round_.counts)
    first = redraw(evaluation, 1200, seed=2)
    second = redraw(scoring.evaluate(again, evaluation.rulebook), 1200, seed=2)
    assert second.composite[:, ::-1].tobytes() == first.composite.tobytes()
    with ProcessPoolExecutor(1) as pool:
        assert pool.submit(_bytes_drawn, 1200, 2, 1).result() == first.composite.tobytes()


def _bytes_drawn(replicates, seed, threads):
    return redraw(world(), replicates, seed=seed, threads=threads).composite.tobytes()


@pytest.mark.parametrize(
    "absent", ["respondent", "stratum", "cluster", "assessor", "origin", "site", "visit", "period"]
)
def test_columns_that_a_round_need_not_have(absent):
    evaluation = world()
    round_ = evaluation.round
    frames = {**round_.frames, "observations": round_.observations.drop(columns=absent)}
    without = Round(round_.info, round_.folder, frames, round_.rejected, round_.counts)
    found = simulate(scoring.evaluate(without, evaluation.rulebook), 20, seed=1)
    assert all(len(table.columns) for table in found.tables.values())
    one = found.replicate(7).scores["composite"]
    np.testing.assert_allclose(found.redraw.composite[7], one, rtol=0, atol=EXACT)


def test_certain_sites_and_sites_of_a_complete_register_stay():
    _, evaluation = linear_world(population=4)
    assert np.ptp(redraw(evaluation, 50, seed=1).composite, axis=0).tolist() == [0.0, 0.0]
    drawn = sample(world())
    sites = drawn.members[drawn.members["source"] == "sites"]["name"]
    assert "甲1" in sites.tolist()
    assert "甲3" not in sites.tolist()


def test_strata_of_one_are_merged_or_kept_and_listed():
    notes = sample(world()).notes
    merged = notes[(notes["source"] == "respondents") & (notes["unit"] == "甲")]
    assert merged.empty
    sites = [("a", "s", "declared"), ("b", "s", "random"), ("c", "s", "random"), ("d", "t", "random")]
    rows = [
        {"unit": "甲", "component": "city", "leaf": "passed", "value": 1}
        | dict(zip(("site", "site_type", "origin"), site, strict=True))
        for site in sites
    ]
    rows.append(
        {"unit": "甲", "component": "city", "leaf": "graded", "site": "e", "site_type": "u", "answer": "优"}
    )
    leaves = {name: FIELD[name] for name in ("passed", "graded")}
    evaluation = scoring.evaluate(round_of(rows), rulebook(framework("city", {"field": (1.0, leaves)})))
    found = sample(evaluation).notes.set_index("stratum")
    assert found.loc["s · declared", ["action", "into"]].tolist() == ["merged", "s · random"]
    assert found.loc["t · random", ["action", "into"]].tolist() == ["merged", "s · random"]
    assert found.loc["u", "action"] == "kept"
    units = simulate(evaluation, 20, seed=1).units
    assert units["single_site_share"].tolist() == [0.5], "of two leaves of equal weight one was seen once"


def test_severity_is_found_where_assessors_shared_visits():
    rng = np.random.default_rng(4)
    planted = {"A0": 0.10, "A1": -0.10, "A2": 0.0}
    rows = []
    for site in range(60):
        level = rng.uniform(40, 60)
        for who in rng.choice(list(planted), 2, replace=False):
            score = level + 100 * planted[who] + rng.normal(0, 2)
            where = {"unit": "甲", "component": "city", "leaf": "rated", "site": f"s{site}"}
            rows.append(where | {"value": score, "assessor": str(who)})
    book = rulebook(framework("city", {"field": (1.0, {"rated": ({"name": "given_score"}, {})})}))
    evaluation = scoring.evaluate(round_of(rows), book)
    table = severity(evaluation).table.set_index("assessor")
    assert table["severity"].sub(pd.Series(planted)).abs().max() < 0.02
    assert (table["severity_se"] < 0.01).all()


def test_tables_add_up():
    found = simulate(world(), 600, seed=2, target=60.0, rank=1)
    assert found.ranks.groupby("unit")["frequency_rate"].sum().tolist() == pytest.approx([1.0] * 3)
    pairs = found.pairs.set_index(["unit", "other"])
    both = pairs.loc[("甲", "乙")] + pairs.loc[("乙", "甲")]
    assert both["above_rate"] + both["tied_rate"] / 2 == pytest.approx(1.0)
    top = found.ranks[found.ranks["rank"] == 1].set_index("unit")["frequency_rate"]
    assert found.units.set_index("unit")["in_top_rate"].to_dict() == pytest.approx(
        top.reindex(found.units["unit"]).fillna(0.0).to_dict()
    )
    assert found.units["shift"].tolist() == pytest.approx(
        (found.units["mean"] - found.units["composite"]).tolist()
    )
    alone = found.sources[found.sources["source"] != "together"]
    assert alone.groupby("unit")["variance_share"].sum().tolist() == pytest.approx([1.0] * 3)
    assert set(found.tables) >= {"units", "nodes", "design", "notes"}


def test_rank_sets_stand_beside_the_ranks_of_the_redraws():
    _, evaluation = linear_world()
    table = simulate(evaluation, 500, seed=1, rank=1).units.set_index("unit")
    close = table.loc["甲", "composite"] - table.loc["乙", "composite"]
    blur = 1.96 * np.hypot(*table["sd"])
    told_apart = abs(close) > blur
    assert (table["rank_marginal_low"] == table["rank_marginal_high"]).tolist() == [told_apart] * 2
    assert table["may_be_top"].tolist() == (table["rank_simultaneous_low"] == 1).tolist()


def test_everything_wrong_is_listed_at_once():
    with pytest.raises(UsageError) as found:
        simulate(world(), 0, sources=["sites", "weather"], target=1000.0, rank=4)
    text = found.value.text("en")
    for part in ("0 replicates", "'weather'", "1000 is impossible", "4 is impossible"):
        assert part in text
    _, evaluation = linear_world()
    with pytest.raises(UsageError, match="respondents"):
        redraw(evaluation, 10, sources=["respondents"])
    with pytest.raises(UsageError, match="assessors=2"):
        redraw(evaluation, 10, effort={"assessors": 2.0})
