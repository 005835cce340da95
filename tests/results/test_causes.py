"""Causes: amounts by hand, nothing counted twice, joint duties apart."""

import numpy as np
import pytest

from analysis.errors import UsageError
from analysis.results.causes import causes, joint_view, ledger_rows


def amounts(table, *by):
    return {tuple(row[name] for name in by): row["points_lost"] for _, row in table.iterrows()}


def test_points_by_ledger_columns_with_share_and_cumulated_share(evaluation):
    table = causes(evaluation, ["leaf"])
    assert table["leaf"].tolist() == ["street", "docs", "market"]
    assert table["points_lost"].tolist() == [16, 5, 1]
    assert table["n_findings"].tolist() == [3, 1, 1]
    np.testing.assert_allclose(table["share"], [16 / 22, 5 / 22, 1 / 22])
    np.testing.assert_allclose(table["cumulated_share"], [16 / 22, 21 / 22, 1])
    np.testing.assert_allclose(table["loss_rate"], [16 / 80, 5 / 80, 1 / 40])


def test_one_unit_alone(evaluation):
    table = causes(evaluation, ["unit", "method"], unit="甲")
    assert amounts(table, "unit", "method") == {("甲", "field"): 7, ("甲", "material"): 5}
    np.testing.assert_allclose(table["loss_rate"], [7 / 60, 5 / 40])


def test_responsible_units_share_amounts_but_each_counts_the_finding(evaluation):
    table = causes(evaluation, ["responsible_unit"], unit="甲").set_index("responsible_unit")
    assert table["points_lost"].round(9).to_dict() == {
        "宣传部": 5,
        "甲街道": 3.3,
        "住建局": 3.2,
        "市场局": 0.5,
    }
    assert table["n_findings"].to_dict() == {"宣传部": 1, "甲街道": 3, "住建局": 1, "市场局": 1}
    assert table["points_lost"].sum() == pytest.approx(12)
    assert table["loss_rate"].isna().all()


def test_a_finding_that_two_units_share_is_one_finding_of_its_cause(evaluation):
    table = causes(evaluation, ["cause"]).set_index("cause")
    assert table.loc["facilities", ["points_lost", "n_findings"]].tolist() == [14, 2]
    assert table.loc["market", ["points_lost", "n_findings"]].tolist() == [1, 1]


def test_shares_and_ledger_columns_together(evaluation):
    table = causes(evaluation, ["site_type", "role"], unit="甲")
    assert amounts(table.round(9), "site_type", "role") == {
        ("", "lead"): 5,
        ("road", "line"): 3.2,
        ("road", "territory"): 2.8,
        ("market", "lead"): 0.5,
        ("market", "territory"): 0.5,
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("area", {"livability": 17, "manners": 5}),
        ("hardware", {"hardware": 15, "": 5, "software": 2}),
        ("group", {"default": 22}),
        ("depth_0", {"composite": 22}),
        ("depth_1", {"city": 22}),
        ("depth_2", {"field": 17, "material": 5}),
        ("depth_3", {"street": 16, "docs": 5, "market": 1}),
        ("depth_9", {"street": 16, "docs": 5, "market": 1}),
    ],
)
def test_dimensions_of_the_tree(evaluation, name, expected):
    table = causes(evaluation, [name])
    assert dict(zip(table[name], table["points_lost"], strict=True)) == expected


def test_the_cause_tells_hardware_where_check_and_leaf_do_not(evaluation):
    rulebook = evaluation.rulebook
    framework = rulebook.frameworks["f"].model_copy(update={"causes": "services"})
    evaluation.rulebook = rulebook.model_copy(update={"frameworks": {"f": framework}})
    evaluation.ledger["cause"] = evaluation.ledger["cause"].cat.rename_categories(
        {"below_target": "not_rising"}
    )
    table = causes(evaluation, ["hardware"]).set_index("hardware")
    assert table["points_lost"].to_dict() == {"hardware": 20, "software": 2}


def test_every_grouping_adds_up_to_the_points_lost(evaluation):
    for by in (["item"], ["unit", "cause"], ["area", "role"], ["depth_2", "responsible_unit", "site"]):
        assert causes(evaluation, by)["points_lost"].sum() == pytest.approx(22)


def test_top_keeps_shares_of_the_whole(evaluation):
    table = causes(evaluation, ["leaf"], top=1)
    assert len(table) == 1 and table["share"].iloc[0] == pytest.approx(16 / 22)


def test_joint_duties_repeat_the_whole_amount_in_their_own_view(evaluation):
    table = joint_view(evaluation, unit="甲").set_index("responsible_unit")
    assert table["points_answered"].round(9).to_dict() == {
        "宣传部": 5,
        "甲街道": 3.8,
        "住建局": 3.2,
        "市场局": 1,
    }
    assert table["points_answered"].sum() > 12
    assert not {"share", "cumulated_share"} & set(table.columns)


def test_drill_down_to_rows(evaluation):
    rows = ledger_rows(evaluation, unit="甲", responsible_unit="甲街道")
    assert rows["row_id"].tolist() == [0, 1, 2]
    assert rows["note"].tolist() == ["井盖缺失", "乱停车", ""]
    assert ledger_rows(evaluation, area=["manners"])["points_lost"].tolist() == [5]
    assert len(ledger_rows(evaluation)) == 5
    with pytest.raises(UsageError, match="colour"):
        ledger_rows(evaluation, colour="red")


def test_unknown_names_are_answered_with_near_ones(evaluation):
    with pytest.raises(UsageError, match="'casue'.*cause"):
        causes(evaluation, ["casue"])
    with pytest.raises(UsageError, match="'depth_x'"):
        causes(evaluation, ["depth_x"])
    with pytest.raises(UsageError, match="'丙'.*甲"):
        causes(evaluation, ["leaf"], unit="丙")
    with pytest.raises(UsageError, match="''"):
        causes(evaluation, [])


def test_tables_are_left_as_they_were(evaluation):
    before = evaluation.ledger.copy(), evaluation.shares.copy()
    causes(evaluation, ["area", "role"])
    joint_view(evaluation)
    assert evaluation.ledger.equals(before[0]) and evaluation.shares.equals(before[1])
