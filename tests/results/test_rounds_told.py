"""The rectification loop and series of rounds as a reader gets them: screen, tables, workbook."""

import pandas as pd
import pytest
import python_calamine
from rounds_by_hand import a_round, asked, docs, evaluated, ledger, rules, street

import analysis
from analysis.errors import UsageError
from analysis.reports.compared import MOST_LINES, reissue_told
from analysis.reports.followed import loop_told
from analysis.reports.lined_up import assumed_of, bump_groups, series_told
from analysis.results.history import Series
from analysis.results.loop import loop_of
from analysis.results.reissue import reissue
from analysis.scoring import evaluate

REST = docs("甲") + asked("甲", "yes")
NO = None
FIRST = [
    ("甲", "a", "i1", "2024-01-02", "2024-01-03", "2024-01-10", "2024-01-08", "2024-01-12", NO, "failed"),
    ("甲", "a", "i2", "2024-01-02", "2024-01-03", "2024-01-10", NO, NO, NO, "pending"),
]
SECOND = [
    ("甲", "a", "i1", "2024-02-02", "2024-02-03", "2024-02-10", "2024-02-08", "2024-02-12", NO, "failed"),
    ("甲", "b", "i1", "2024-02-02", "2024-02-03", "2024-02-10", NO, NO, "2024-02-01", ""),
]


@pytest.fixture
def loop():
    before = evaluate(
        a_round(
            street("甲", "a", 0, 0) + REST, round_id="r1", day="2024-01-15", rectifications=ledger(FIRST)
        ),
        rules(),
    )
    now = evaluate(
        a_round(
            street("甲", "a", 0, 1) + REST, round_id="r2", day="2024-02-15", rectifications=ledger(SECOND)
        ),
        rules(),
    )
    return loop_of([before, now])


def test_a_case_taken_up_again_is_open_in_the_later_ledger_only(loop):
    """a/i1 failed its recheck in both ledgers: one open problem, not two."""
    each = loop.summary(["round"]).set_index("round")
    assert each["n"].to_dict() == {"r1": 2, "r2": 2}
    assert each["n_open"].to_dict() == {"r1": 1, "r2": 1}
    assert each["n_overdue"].to_dict() == {"r1": 1, "r2": 1}
    assert loop.summary().iloc[0]["n_open"] == len(loop.monday()) == 2


def test_the_loop_is_told_on_the_screen_and_as_files(loop, tmp_path):
    text, folder, tables = loop_told(loop, tmp_path / "out", "en")
    assert "As of 2024-02-15 the ledger holds 4 problems" in text
    assert "Monday list (overdue, back again, fixed badly): 2 cases" in text
    assert "closed, but no date of the fix" in text
    assert "won back" in text
    monday = pd.read_csv(folder / "monday.csv", encoding="utf-8-sig")
    assert monday["bad_fixes"].tolist() == tables["monday"]["bad_fixes"].tolist() == [2, 0]
    assert monday["due"].tolist() == ["2024-02-10", "2024-01-10"]
    book = python_calamine.CalamineWorkbook.from_path(str(folder / "rectification.xlsx"))
    rows = book.get_sheet_by_name("Monday list").to_python()
    assert [row[2] for row in rows[-2:]] == ["a", "a"]
    assert {"Units", "Responsible units", "Followed up by", "Bad sequences"} <= set(book.sheet_names)
    assert (folder / "days_to_fix.png").stat().st_size > 0


def test_one_round_alone_says_what_points_would_need(loop, tmp_path):
    text, _, tables = loop_told(loop_of(loop.rounds[-1:]), tmp_path, "zh")
    assert tables["points"].empty
    assert "请同时写出上一轮" in text


def test_a_series_is_told_with_its_signals_and_the_months_it_cannot_tell(tmp_path):
    raw = analysis.paths.project_root() / "data" / "raw"
    rounds = [raw / f"xianning-{month}" for month in ("2022-08", "2022-12", "2023-06")]
    text, folder, tables = series_told(analysis.series(*rounds), None, [], tmp_path, "zh")
    assert "立面空间  xianning-2022-08  17.1%  超出三倍标准差" in text
    assert "季节影响无从判断" in text
    assert tables["control"].query("chart == '城市管理'")["n"].max() == 1045
    assert len(pd.read_csv(folder / "scores.csv", encoding="utf-8-sig")) == 23
    assert (folder / "ranks_1.svg").is_file()
    assert not (folder / "ranks_2.svg").exists()


def grouped(day, round_id, groups):
    rows = [row for unit in groups for row in street(unit, "a", 1, 1) + docs(unit) + asked(unit, "yes")]
    found = evaluated(rows, day=day, round_id=round_id)
    units = found.scores.assign(group=[groups[str(unit)] for unit in found.scores["unit"]])
    return type(found)(**{**found.__dict__, "scores": units})


def test_every_group_of_two_units_or_more_has_its_chart_of_ranks():
    groups = {"甲": "A", "乙": "A", "丙": "A", "丁": "B", "戊": "B", "己": "alone"}
    line = Series((grouped("2024-01-01", "r1", groups), grouped("2024-02-01", "r2", groups)))
    assert bump_groups(line) == ["A", "B"]


def test_suppositions_that_cannot_be_read_are_all_listed():
    assert assumed_of(["2025=92", "Q1 = 90.5"]) == {"2025": 92.0, "Q1": 90.5}
    with pytest.raises(UsageError, match=r"'2025'.*\n?.*'2026=many'|2025(.|\n)*2026=many"):
        assumed_of(["2025", "2026=many"])


def test_a_new_issue_is_told_with_whole_ranks_and_written_with_every_cell(tmp_path):
    rows = [row for unit in "甲乙" for row in docs(unit) + asked(unit, "yes")]
    rows += [row for n in range(10) for row in street("甲", f"a{n}", 0, 0) + street("乙", f"b{n}", 1, 1)]
    mended = [(*one[:5], 1.0 - one[5], "") if one[1] == "street" else one for one in rows]
    found = reissue(evaluated(rows), evaluated(mended))
    assert len(found.cells) == 40 > MOST_LINES
    text, _ = reissue_told(found, tmp_path, "zh")
    assert "另有 10 行未列出" in text
    line = next(one.split() for one in text.splitlines() if one.split()[:1] == ["甲"])
    assert line[-3:] == ["2", "1", "1"]
    book = python_calamine.load_workbook(tmp_path / "reissue.xlsx")
    sheet = next(name for name in book.sheet_names if "单元格" in name)
    assert sum(row[1] in ("甲", "乙") for row in book.get_sheet_by_name(sheet).to_python()) == 40
