"""A checked copy keeps what its original holds: results of formulas, pictures, shapes, drop-downs."""

import io
import re
import zipfile

import openpyxl
import pytest
import xlsxwriter
from PIL import Image

from analysis import intake
from analysis.intake.files.cells import read_file

pytestmark = pytest.mark.filterwarnings("ignore:Data Validation extension")  # by what reads the copies here

ROWS = [
    ["甲区", "人民路", "F-1-1", "符合", "", "张三"],
    ["甲区", "东市场", "F-2-1", "", 7, "李四"],
    ["乙区", "解放路", "F-1-1", "不符合", "", "王五"],
]
EXTENSION = (
    '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
    '<x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="1">'
    '<x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>选项!$A$1:$A$2</xm:f></x14:formula1>'
    "<xm:sqref>D3:D9</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
)


def picture():
    data = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(data, "PNG")
    return data


@pytest.fixture
def office(based):
    """A workbook as an office has it: a title, formulas, a picture, text box, chart and drop-downs."""
    path = based.path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("记录")
    page.merge_range("A1:F1", "实地考察记录（合成数据）", book.add_format({"bold": True}))
    page.write_row("A2", ["单位", "点位", "编号", "结果", "扣分", "姓名"])
    for at, row in enumerate(ROWS, start=2):
        page.write_row(at, 0, row)
    page.write_formula("A5", '=IF(1,"乙区","")', None, "乙区")
    page.write_formula("E3", "=1-1", book.add_format({"num_format": "0.00"}), 0)
    page.data_validation("C3:C9", {"validate": "list", "source": ["F-1-1", "F-2-1"]})
    page.insert_image("H4", "a.png", {"image_data": picture()})
    page.insert_textbox("H8", "请勿修改表头")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=记录!$E$3:$E$5"})
    page.insert_chart("H14", chart)
    choices = book.add_worksheet("选项")
    choices.write_row("A1", ["本表不作为数据读取 / this sheet is not read as data"])
    choices.write_formula("B2", "=记录!F3", None, "张三")
    choices.write_formula("B3", "=记录!B3", None, "人民路")
    book.close()
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"</worksheet>", f"{EXTENSION}</worksheet>".encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return based


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def cells_of(path):
    (grid,) = (grid for grid in read_file(path, []) if grid.sheet == "记录")
    return {
        (row, at): cell for row, line in enumerate(grid.cells) for at, cell in enumerate(line) if cell != ""
    }


def copy_of(folder, out, **more):
    (path,), said = intake.write_copies(folder.read(), out, **more)
    assert said == []
    return path


def test_the_copy_reads_like_the_original(office, tmp_path):
    path = copy_of(office, tmp_path / "check", personal=True)
    assert cells_of(path) == cells_of(office.path / "a.xlsx")
    codes = [(p.code, p.row) for p in office.read().problems if p.severity == "error"]
    assert codes == [("out_of_range", 4)]
    path.replace(office.path / "a.xlsx")
    assert [(p.code, p.row) for p in office.read().problems if p.severity == "error"] == codes


def test_formulas_stay_formulas_and_their_results_are_stored(office, tmp_path):
    path = copy_of(office, tmp_path / "check")
    assert openpyxl.load_workbook(path)["记录"]["A5"].value == '=IF(1,"乙区","")'
    stored = openpyxl.load_workbook(path, data_only=True)["记录"]
    assert (stored["A5"].value, stored["E3"].value) == ("乙区", 0)


def test_a_result_that_repeats_personal_data_is_not_stored(office, tmp_path):
    path = copy_of(office, tmp_path / "check")
    stored = openpyxl.load_workbook(path, data_only=True)["选项"]
    assert (stored["B2"].value, stored["B3"].value) == (None, "人民路")
    assert not any("张三".encode() in data for data in parts_of(path).values())


def test_pictures_charts_text_boxes_and_drop_downs_are_still_there(office, tmp_path):
    path = copy_of(office, tmp_path / "check")
    before, after = parts_of(office.path / "a.xlsx"), parts_of(path)
    assert before["xl/drawings/drawing1.xml"] in after.values()
    assert "请勿修改表头".encode() in before["xl/drawings/drawing1.xml"]
    for name in ("xl/media/image1.png", "xl/charts/chart1.xml"):
        assert list(after.values()).count(before[name]) == 1
    page = openpyxl.load_workbook(path)["记录"]
    assert len(page._images) == len(page._charts) == 1
    assert [str(area) for area in page.merged_cells.ranges] == ["A1:F1"]
    assert [str(one.sqref) for one in page.data_validations.dataValidation] == ["C3:C9"]
    sheet = next(data for data in after.values() if b"x14:dataValidation " in data)
    assert EXTENSION.encode() in sheet


def test_everything_in_the_copy_is_referred_to_and_typed(office, tmp_path):
    after = parts_of(copy_of(office, tmp_path / "check"))
    types = after["[Content_Types].xml"].decode()
    drawings = [name for name in after if name.startswith("xl/drawings/") and name.endswith(".xml")]
    assert drawings == ["xl/drawings/drawing1.xml"]
    for name in after:
        ending = name.rpartition(".")[2]
        assert f'PartName="/{name}"' in types or f'Extension="{ending}"' in types
    assert all(name in after for name in (part.split('"')[0] for part in types.split('PartName="/')[1:]))


def test_corrected_and_put_in_place_it_loads(office, tmp_path):
    path = copy_of(office, tmp_path / "check")
    parts = parts_of(path)
    name = next(name for name, data in parts.items() if b'r="E4"' in data)
    parts[name] = re.sub(rb'(<c r="E4"[^>]*><v>)7<', rb"\g<1>3<", parts[name])
    with zipfile.ZipFile(office.path / "a.xlsx", "w") as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    found = office.read()
    assert [p for p in found.problems if p.severity == "error"] == []
    assert list(found.observations.unit) == ["甲区", "甲区", "乙区"]
    assert list(found.observations.value) == [1, 3, 0]


def test_files_that_cannot_be_read_get_no_copy(office, tmp_path):
    whole = (office.path / "a.xlsx").read_bytes()
    (office.path / "残缺.xlsx").write_bytes(whole[:3000])
    (office.path / "改名.xlsx").write_text("单位,得分", encoding="utf-8")
    assert copy_of(office, tmp_path / "check").name == "a.xlsx"


def test_a_workbook_with_a_broken_part_is_copied_cell_by_cell_and_the_copy_says_so(office, tmp_path):
    path = office.path / "a.xlsx"
    parts = parts_of(path) | {"xl/charts/chart1.xml": b"<broken"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    (copy,), said = intake.write_copies(office.read(), tmp_path / "check", personal=True)
    assert [problem.code for problem in said] == ["copy_of_cells"]
    assert cells_of(copy) == cells_of(path)
