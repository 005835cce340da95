"""An evaluation of a whole demo round keeps the contracts of its tables."""

import pytest

from analysis import evaluate, rank
from analysis.errors import DataError
from analysis.validation import validate


@pytest.fixture(scope="module")
def result(demo_project):
    return evaluate(demo_project / "data" / "raw" / "demo-2024")


@pytest.mark.parametrize("name", ["nodes", "ledger", "shares", "adjustments"])
def test_tables_keep_their_contract(result, name):
    frame = getattr(result, name)
    assert len(frame)
    validate(frame, name)


def test_ranking_keeps_its_contract(result):
    assert len(validate(rank(result), "ranking")) == 12


def test_every_lost_point_is_in_the_ledger(result):
    assert result.identity_gap <= 1e-9
    lost = result.ledger.groupby("unit", observed=True)["points_lost"].sum()
    base = result.scores.set_index("unit")["base"]
    assert (lost + base).to_numpy() == pytest.approx([100.0] * 12, abs=1e-8)


def test_nodes_of_one_depth_make_up_the_composite(result):
    """Points possible of all leaves of a unit are its full marks: no weight is lost or counted twice."""
    nodes = result.nodes
    leaves = nodes[nodes["leaf"] & (nodes["points_possible"] > 0)]
    sums = leaves.groupby("unit", observed=True)["points_possible"].sum()
    assert sums.to_numpy() == pytest.approx([100.0] * 12, abs=1e-9)


@pytest.mark.parametrize(("level", "n"), [("villages", 60), ("streets", 72)])
def test_each_level_is_an_evaluation_of_its_own(demo_project, level, n):
    result = evaluate(demo_project / "data" / "raw" / "demo-2024", level=level)
    assert len(result.scores) == n
    assert result.identity_gap <= 1e-9
    assert result.scores["composite"].between(40, 100).all()


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("value", None, None),
        ("status", 3, "3"),
        ("share", 1.5, "1.5"),
        ("unit", None, "unit"),
        ("origin", "x", "x"),
    ],
)
def test_one_bad_row_among_many_breaks_the_contract(result, column, value, named):
    rows = result.round.observations.assign(share=1.0)
    rows.loc[rows.index[:2], "share"] = float("nan")
    if rows[column].dtype == "category":
        rows[column] = rows[column].cat.add_categories([] if value is None else [value])
    rows.loc[rows.index[4711], column] = value
    if named is None:
        validate(rows, "observations")
    else:
        with pytest.raises(DataError, match=named):
            validate(rows, "observations")
