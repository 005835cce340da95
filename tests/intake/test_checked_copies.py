"""Copies for the office: bad cells coloured and commented, everything else as it was; corrected they load."""

import openpyxl
import pytest
from openpyxl.styles import Font, PatternFill

from analysis import intake

HEADER = ["单位", "点位", "编号", "结果", "扣分", "姓名"]
ROWS = [
    ["甲区", "人民路", "F-1-1", "符合", "", "张三"],
    ["甲区", "东市场", "F-2-1", "", 7, "李四"],
    ["丙区", "东市场", "F-2-2", "", 1, "王五"],
    ["甲区", "人民路", "F-1-2", "好", "", "赵六"],
]
OLD = PatternFill("solid", fgColor="FF00FF00")


def shape(book):
    page = book["记录"]
    page.insert_rows(1)
    page["A1"] = "实地考察记录"
    page.merge_cells("A1:F1")
    page["A1"].font = Font(bold=True, size=16)
    page["E4"].fill = OLD
    page.freeze_panes = "A3"
    page["H20"] = "=SUM(E3:E6)"
    notes = book.create_sheet("备注")
    notes["A1"] = "=1+1"


@pytest.fixture
def faulty(based):
    based.book("a.xlsx", shape, 记录=[HEADER, *ROWS])
    return based


def copies(folder, out, **more):
    return intake.write_copies(folder.read(), out, **more)


def test_bad_cells_are_coloured_and_say_what_is_wrong(faulty, tmp_path):
    (path,), said = copies(faulty, tmp_path / "check")
    assert (path.name, said) == ("a.xlsx", [])
    book = openpyxl.load_workbook(path)
    page = book["记录"]
    assert page["E4"].fill.fgColor.rgb == "FFFFC7CF"
    assert "7 超出允许范围 0 到 3" in page["E4"].comment.text
    assert "丙区" in page["A5"].comment.text
    assert "允许的值之内：符合、不符合" in page["D6"].comment.text
    assert page["A4"].comment is None
    assert page["A4"].fill.fgColor.rgb != "FFFFC7CF"


def test_the_rest_of_the_copy_is_as_it_was(faulty, tmp_path):
    (path,), _ = copies(faulty, tmp_path / "check")
    page = openpyxl.load_workbook(path)["记录"]
    assert [str(area) for area in page.merged_cells.ranges] == ["A1:F1"]
    assert page["A1"].font.size == 16
    assert page.freeze_panes == "A3"
    assert page["H20"].value == "=SUM(E3:E6)"
    assert page["E4"].value == 7


def test_the_summary_lists_everything_and_leads_to_the_cells(faulty, tmp_path):
    (path,), _ = copies(faulty, tmp_path / "check", lang="en")
    page = openpyxl.load_workbook(path).worksheets[0]
    assert page.title == "检查结果"
    assert page["B2"].value == "a.xlsx"
    problems = [p for p in faulty.read().problems if p.file == "a.xlsx"]
    assert page.max_row == 5 + len(problems)
    assert page["C6"].hyperlink.location == "'记录'!E4"
    assert "outside 0 to 3" in page["E6"].value
    assert "errors (red)" in page["A3"].value


def test_personal_data_stay_out_unless_asked_for(faulty, tmp_path):
    (path,), _ = copies(faulty, tmp_path / "check")
    page = openpyxl.load_workbook(path)["记录"]
    assert [page[f"F{row}"].value for row in range(2, 7)] == ["姓名", None, None, None, None]
    assert "姓名" in openpyxl.load_workbook(path).worksheets[0]["A3"].value
    (path,), _ = copies(faulty, tmp_path / "kept", personal=True)
    assert openpyxl.load_workbook(path)["记录"]["F3"].value == "张三"


def corrected(path):
    book = openpyxl.load_workbook(path)
    page = book["记录"]
    page["E4"], page["A5"], page["D6"], page["H20"] = 3, "甲区", "符合", None
    book.remove(book["备注"])
    return book


def test_corrected_and_put_in_place_it_loads(faulty, tmp_path):
    (path,), _ = copies(faulty, tmp_path / "check")
    corrected(path).save(faulty.path / "a.xlsx")
    found = faulty.read()
    assert not [p for p in found.problems if p.severity == "error"]
    assert list(found.counts.sheet) == ["记录", "单位名册", "点位名册"]
    assert len(found.observations) == 4


def test_beside_its_original_a_copy_is_refused(faulty, tmp_path):
    (path,), _ = copies(faulty, tmp_path / "check")
    book = corrected(path)
    book.save(faulty.path / "a（改）.xlsx")
    found = faulty.read()
    assert [(p.file, p.value) for p in found.problems if p.code == "copy_beside_original"] == [
        ("a（改）.xlsx", "a.xlsx")
    ]
    assert "a（改）.xlsx" not in set(found.counts.file)
    with pytest.raises(intake.DataError, match=r"a（改）\.xlsx: is a checked copy of 'a\.xlsx'"):
        intake.load(faulty.path, faulty.rulebook)
    (faulty.path / "a.xlsx").unlink()
    assert "copy_beside_original" not in {p.code for p in faulty.read().problems}
    book.save(faulty.path / "a（再改）.xlsx")
    assert len([p for p in faulty.read().problems if p.code == "copy_beside_original"]) == 2


def test_without_its_summary_a_copy_beside_the_original_is_twice_the_same(faulty, tmp_path):
    (path,), _ = copies(faulty, tmp_path / "check")
    book = corrected(path)
    book.remove(book["检查结果"])
    book.save(faulty.path / "b.xlsx")
    assert "duplicate" in {p.code for p in faulty.read().problems}


def test_a_second_check_takes_the_first_marks_away(faulty, tmp_path):
    (path,), _ = copies(faulty, tmp_path / "check")
    book = openpyxl.load_workbook(path)
    book["记录"]["E4"] = 3
    book.save(faulty.path / "a.xlsx")
    (path,), _ = copies(faulty, tmp_path / "again")
    page = openpyxl.load_workbook(path)["记录"]
    assert page["E4"].fill.fgColor.rgb == "FF00FF00"
    assert page["E4"].comment is None
    assert "丙区" in page["A5"].comment.text
    assert page["A5"].comment.text.count("丙区") == 1
    assert openpyxl.load_workbook(path).sheetnames.count("检查结果") == 1


def test_csv_files_get_a_workbook_that_takes_their_place(based, tmp_path):
    based.csv("b.csv", [HEADER, *ROWS, ["甲区", "人民路", "=cmd|' /C calc'!A0", "符合", "", ""]])
    (path,), _ = copies(based, tmp_path / "check")
    assert path.name == "b.xlsx"
    book = openpyxl.load_workbook(path)
    page = book["b"]
    assert page["E3"].value == "7"
    assert "超出" in page["E3"].comment.text
    assert (page["C6"].value, page["C6"].data_type) == ("=cmd|' /C calc'!A0", "s")
    page["E3"], page["A4"], page["D5"], page["C6"] = 3, "甲区", "符合", "V-1-1"
    page.delete_rows(6)
    book.save(based.path / "b.xlsx")
    assert "copy_beside_original" in {p.code for p in based.read().problems}
    (based.path / "b.csv").unlink()
    assert not [p for p in based.read().problems if p.severity == "error"]


def test_an_edited_copy_is_not_written_over_and_old_copies_go(faulty, tmp_path):
    out = tmp_path / "check"
    (path,), _ = copies(faulty, out)
    copies(faulty, out)
    corrected(path).save(path)
    edited = path.read_bytes()
    written, said = copies(faulty, out)
    assert (written, [p.value for p in said]) == ([], ["a.xlsx"])
    assert path.read_bytes() == edited
    path.replace(faulty.path / "a.xlsx")
    copies(faulty, out)
    assert not list(out.glob("*.xlsx"))


def test_telephone_numbers_do_not_identify_respondents(based, tmp_path):
    header = ["单位", "问卷编号", "您对环境卫生满意吗?", "回访"]
    rows = [["甲区", "13812345678", "满意", "13812345678"], ["甲区", "13912345678", "很好", "无"]]
    based.book("问卷.xlsx", 答卷=[header, *rows])
    found = based.read()
    assert "personal_data" in {p.code for p in found.problems}
    assert not found.observations.respondent.astype(str).str.contains("138").any()
    (path,), _ = copies(based, tmp_path / "check")
    page = openpyxl.load_workbook(path)["答卷"]
    assert [cell.value for cell in page["B"]] == ["问卷编号", "R1", "R2"]
