"""corrections.yml: what it changes, what it records, and everything that stops it."""

import datetime as dt

import pytest
import yaml

from analysis import intake
from analysis.errors import DataError

HEADER = ["单位", "点位", "编号", "结果", "扣分", "日期"]
GOOD = {
    "file": "a.xlsx",
    "sheet": "记录",
    "row": 3,
    "column": "扣分",
    "old": 7,
    "new": 1.5,
    "reason": "录入错误",
    "confirmed_by": "市文明办",
}


@pytest.fixture
def round_(based):
    rows = [
        ["甲区", "人民路", "F-1-1", "符合", "", "2024-05-01"],
        ["甲区", "东市场", "F-2-1", "", 7, "2024-05-01"],
        ["甲区", "东市场", "F-2-2", "", "#REF!", "2024-05-01"],
    ]
    based.book("a.xlsx", 记录=[HEADER, *rows])
    return based


def correct(folder, *entries):
    text = yaml.safe_dump(list(entries), allow_unicode=True)
    (folder.path / "corrections.yml").write_text(text, encoding="utf-8")
    return folder.read()


def codes(found):
    return [(p.code, p.value) for p in found.problems if p.severity == "error" and p.file != "a.xlsx"]


def test_a_corrected_cell_is_read_in_place_of_the_wrong_one(round_):
    before = round_.read()
    assert set(before.rejected.row) == {3, 4}
    found = correct(round_, GOOD)
    assert set(found.rejected.row) == {4}
    row = found.observations[found.observations.source_row == 3].iloc[0]
    assert row.value == 1.5
    (done,) = found.corrections
    assert done.as_dict() == {**GOOD, "old": "7", "new": "1.5"}
    assert "corrections.yml" in found.inputs
    (said,) = [p for p in found.problems if p.code == "corrected"]
    assert said.row == 3
    assert "市文明办" in said.zh


def test_a_cell_with_an_error_can_be_corrected(round_):
    fixed = {**GOOD, "row": 4, "old": "", "new": 0}
    found = correct(round_, GOOD, fixed)
    if found.rejected.empty:
        assert len(found.observations) == 3
    else:
        fixed["old"] = "#REF!"
        assert correct(round_, GOOD, fixed).rejected.empty


def test_a_row_can_be_named_by_what_it_holds(round_):
    named = {name: value for name, value in GOOD.items() if name != "row"}
    named["key"] = {"点位": "东市场", "编号": "F-2-1"}
    assert correct(round_, named).corrections[0].row == 3
    named["key"] = {"点位": "东市场"}
    assert codes(correct(round_, named)) == [("correction_key", "{'点位': '东市场'} 扣分")]
    named["key"] = {"点位": "西市场"}
    (problem,) = [p for p in correct(round_, named).problems if p.code == "correction_key"]
    assert "0 cells" in problem.en


def test_an_old_value_that_is_gone_stops_the_run(round_):
    correct(round_, {**GOOD, "old": 6})
    with pytest.raises(DataError, match=r"a\.xlsx, sheet 记录, row 3, 扣分: entry 1: the old value '6'.*'7'"):
        intake.load(round_.path, round_.rulebook)


def test_all_faults_are_told_at_once_and_nothing_is_corrected(round_):
    found = correct(
        round_,
        GOOD,
        {**GOOD, "file": "b.xlsx"},
        {**GOOD, "sheet": "别的"},
        {**GOOD, "row": 99},
        {**GOOD, "column": "得分"},
        GOOD,
        {**GOOD, "why": "x"},
        {name: value for name, value in GOOD.items() if name != "reason"},
        {**GOOD, "key": {"点位": "东市场"}},
    )
    assert not found.corrections
    assert 3 in set(found.rejected.row)
    said = [p for p in found.problems if p.code.startswith("correction")]
    assert [p.value for p in said if p.code == "correction_place"] == ["b.xlsx", "别的", "99", "得分"]
    assert sum(p.code == "correction_form" for p in said) == 3
    assert sum(p.code == "correction_twice" for p in said) == 1


@pytest.mark.parametrize("text", ["a: 1", "- [", "- 3", "!!python/object/apply:os.system [ls]"])
def test_a_file_that_is_no_list_of_entries_is_refused(round_, text):
    (round_.path / "corrections.yml").write_text(text, encoding="utf-8")
    assert {p.code for p in round_.read().problems} & {"corrections_file", "correction_form"}


def test_dates_texts_and_csv_files(round_):
    round_.csv("b.csv", [HEADER, ["乙区", "解放路", "F-1-1", "否", "", "2024-5-1"]])
    found = correct(
        round_,
        {**GOOD, "file": "b.csv", "sheet": "", "row": 2, "column": "结果", "old": "否", "new": "是"},
        {
            **GOOD,
            "file": "b.csv",
            "sheet": "",
            "row": 2,
            "column": "日期",
            "old": "2024-05-01",
            "new": "2024-06-02",
        },
    )
    assert [p for p in found.problems if p.code == "correction_stale"]
    found = correct(
        round_,
        {**GOOD, "file": "b.csv", "sheet": "", "row": 2, "column": "结果", "old": "否", "new": "是"},
        {**GOOD, "file": "b.csv", "sheet": "", "row": 2, "column": "日期", "old": dt.date(2024, 5, 1),
         "new": dt.date(2024, 6, 2)},
    )  # fmt: skip
    row = found.observations[found.observations.source_file == "b.csv"].iloc[0]
    assert row.value == 1
    assert str(row.date.date()) == "2024-06-02"
