"""Forms of values that offices write."""

import datetime as dt
import math

import numpy as np
import pytest

from analysis.intake.sheets.values import BAD, BLANK, date, number, numbers, rank, result, state_of, text
from analysis.intake.words.kinds import key, measure_of, node_keys, year_of
from analysis.tables import MISSING, NOT_APPLICABLE, OBSERVED

DAY = dt.date(2024, 5, 1)


def column(*cells):
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found


@pytest.mark.parametrize(
    ("cell", "value", "percent"),
    [
        (98.06, 98.06, False),
        ("98.06", 98.06, False),
        ("98.06%", 98.06, True),
        ("９８．０６％", 98.06, True),
        ("96.83分", 96.83, False),
        ("1,234", 1234.0, False),
        ("12 处", 12.0, False),
        ("-0.5", -0.5, False),
        ("−0.5", -0.5, False),
        (".5", 0.5, False),
        (0, 0.0, False),
        ("0", 0.0, False),
    ],
)
def test_numbers(cell, value, percent):
    assert number(cell) == (value, OBSERVED, percent)


@pytest.mark.parametrize(
    "cell", ["≥98%", "约5", "1.2.3", "12,34", "1E5", "3/4", "五", "5分钟", math.inf, "TRUE"]
)
def test_not_numbers(cell):
    value, state, _ = number(cell)
    assert math.isnan(value)
    assert state == BAD


@pytest.mark.parametrize("cell", ["/", "／", "—", "——", "-", "－", "不涉及", " 不适用 "])
def test_not_applicable(cell):
    assert state_of(cell) == NOT_APPLICABLE
    assert number(cell)[1] == NOT_APPLICABLE
    assert result(cell)[1] == NOT_APPLICABLE


@pytest.mark.parametrize(
    ("cell", "state"), [("无数据", MISSING), ("未测", MISSING), ("", BLANK), (" \n", BLANK), (0.0, OBSERVED)]
)
def test_zero_missing_and_blank_are_kept_apart(cell, state):
    assert number(cell)[1] == state


@pytest.mark.parametrize(
    ("cell", "value"),
    [("符合", 1), ("是", 1), ("√", 1), (1.0, 1), ("不符合", 0), ("否", 0), ("×", 0), ("Ｘ", 0), (0, 0)],
)
def test_results(cell, value):
    assert result(cell) == (value, OBSERVED)


@pytest.mark.parametrize("cell", ["基本符合", 2, "口符合 口不符合"])
def test_other_results_are_refused(cell):
    assert result(cell)[1] == BAD


@pytest.mark.parametrize(
    "cell",
    [
        DAY, dt.datetime(2024, 5, 1, 9, 30), "2024-05-01", "2024-5-1", "2024/5/1", "2024.5.1", "2024年5月1日",
        "20240501", 20240501.0, "２０２４年５月１日", "2024-05-01 09:30", 45413.0, "45413",
    ],
)  # fmt: skip
def test_dates(cell):
    assert date(cell) == DAY


@pytest.mark.parametrize(
    "cell", ["2024年5月", "5月1日", "2024-13-01", "2024-02-30", 12.5, "昨天", "20241301"]
)
def test_not_dates(cell):
    assert date(cell) == BAD


@pytest.mark.parametrize(
    "cell",
    ["2024/5/1 10:00:00", "2024-05-01T09:30", "2024年5月1日（星期三）", "2024-5-1 上午", "2024 年 5 月 1 日"],
)
def test_a_time_or_a_day_of_the_week_leaves_the_date_alone(cell):
    """`2024/5/1 10:00` must not be taken for the eleventh of May."""
    assert date(cell) == dt.date(2024, 5, 1)


@pytest.mark.parametrize(
    "cell", ["2024-05-01至2024-05-03", "2024-05-01\n2024-05-02", "2024-5-110:00", "5月1日"]
)
def test_not_one_date(cell):
    assert date(cell) == BAD


@pytest.mark.parametrize("cell", ["0.5\n1", "3 5", "1 234", "0.5 .5"])
def test_two_numbers_in_one_cell_are_none(cell):
    assert number(cell)[1] == BAD


@pytest.mark.parametrize(("cell", "value"), [("12 处", 12), ("- 2", -2), ("98 %", 98), ("98. 06", 98.06)])
def test_spaces_that_part_no_numbers(cell, value):
    assert number(cell)[:2] == (value, OBSERVED)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (3.0, 3),
        ("3", 3),
        ("第一名", 1),
        ("第12名", 12),
        ("并列第1", 1),
        ("第十二名", 12),
        ("二十", 20),
        ("第三十一位", 31),
        ("一百零三", 103),
    ],
)
def test_ranks(cell, value):
    assert rank(cell) == (value, OBSERVED)


@pytest.mark.parametrize("cell", ["优秀", "第", 1.5, 0, "-1", "5%"])
def test_not_ranks(cell):
    assert rank(cell)[1] == BAD


def test_truth_values_are_not_numbers():
    found = numbers(column(1.0, True, ""))
    assert found.state.tolist() == [OBSERVED, BAD, BLANK]


def test_text_joins_white_space_and_keeps_zeros():
    assert list(text(column(" 甲\n区 ", "001", 101.0, 1.5, ""))) == ["甲 区", "001", "101", "1.5", ""]


def test_headers_and_years():
    assert key("点位\n（名称）") == "点位(名称)"
    assert [year_of(cell) for cell in ("2024", "2024年", "2024年度", 2024.0, "24年", "2024年5月")] == [
        "2024"
    ] * 4 + [""] * 2
    assert node_keys("材料审核（40分）") == ("材料审核(40分)", "材料审核")
    assert "文明城市年度测评" in node_keys("文明城市年度测评得分")


@pytest.mark.parametrize(
    ("header", "measure"),
    [
        ("公布占比", "share"),
        ("全国名次", "rank"),
        ("问题总数", "count"),
        ("综合平均分(占90%)", "mean"),
        ("测评得分", "part"),
        ("奖励金(元)", ""),
    ],
)
def test_published_numbers_by_how_their_header_ends(header, measure):
    assert measure_of(header) == measure
