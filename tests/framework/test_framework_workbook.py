"""The workbook form: nothing is lost on the way there and back, and mistakes name sheet, row and column."""

from __future__ import annotations

import zipfile

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from analysis.errors import FrameworkError
from analysis.framework.cells import number_as_text, read_cell
from analysis.framework.library import FRAMEWORKS, check_file, framework, load
from analysis.framework.workbook import read_workbook, write_workbook


@pytest.fixture
def book(small, write, tmp_path):
    """The small framework as a workbook."""
    path = tmp_path / "small.xlsx"
    write_workbook(framework(write(small)), path)
    return path


def change(path, sheet, cell, value):
    workbook = openpyxl.load_workbook(path)
    workbook[sheet][cell] = value
    workbook.save(path)
    return path


def where(path, sheet, row_id, column):
    """The address of a cell, by the id in its row and the key of its column."""
    page = openpyxl.load_workbook(path)[sheet]
    keys = [cell.value for cell in page[2]]
    key = "id" if "id" in keys else "key"
    row = next(
        r for r in range(3, page.max_row + 1) if str(page.cell(r, keys.index(key) + 1).value) == row_id
    )
    return f"{get_column_letter(keys.index(column) + 1)}{row}"


@pytest.mark.parametrize("name", sorted(path.stem for path in FRAMEWORKS.glob("*.yml")))
def test_every_shipped_framework_survives_the_workbook(name, tmp_path):
    original = framework(name)
    write_workbook(original, tmp_path / "copy.xlsx")
    copy = framework(tmp_path / "copy.xlsx")
    assert copy.digest == original.digest
    assert copy == original


def test_the_small_framework_survives_the_workbook(small, write, book):
    assert framework(book) == framework(write(small))


def test_words_with_separators_survive_the_workbook(small, write, tmp_path):
    small["nodes"][2]["rule"] = {
        "name": "answer_scale",
        "scale": {"a;b=c": 1, "[好]": 0},
        "unclear": ["不；知"],
    }
    small["nodes"][3]["duties"] = {"units": {"line": ["甲、乙局", "丙局"], "lead": []}}
    original = framework(write(small))
    write_workbook(original, tmp_path / "w.xlsx")
    assert framework(tmp_path / "w.xlsx") == original


@pytest.mark.parametrize("row", [1, 2])
def test_one_of_the_two_header_rows_is_enough(row, book, small, write):
    workbook = openpyxl.load_workbook(book)
    for page in workbook.worksheets:
        if page.title != "说明":
            page.delete_rows(row)
    workbook.save(book)
    assert framework(book) == framework(write(small))


def test_a_number_may_bring_its_own_source_in_the_cell_or_beside_it(book):
    change(book, "节点", where(book, "节点", "field", "weight"), "3/5 [C，required]")
    settings = openpyxl.load_workbook(book)["设置"]
    row = next(
        r for r in range(1, settings.max_row + 1) if settings.cell(r, 1).value == "settings.cycle.weights"
    )
    change(book, "设置", f"C{row}", "C")
    found = {n.where: (n.value, n.source, n.status) for n in framework(book).numbers}
    assert found["nodes.field.weight"] == (0.6, "C", "required")
    assert found["settings.cycle.weights.2024"] == (0.15, "C", "local")


MISTAKES = {
    "weight": ("节点", "field", "weight", 0.7, r"sheet 节点, row 3.*under 'town' add up to 1\.1"),
    "text for a number": (
        "节点",
        "field",
        "weight",
        "六成",
        r"sheet 节点, row 4, 权重 weight.*'六成' is not a number",
    ),
    "area": ("节点", "F-01", "area", "ordr", r"sheet 节点, row 6, 领域 area.*'ordr'.*'order'"),
    "rule": (
        "节点",
        "F-02",
        "rule.name",
        "passshare",
        r"row 7, 计分规则 rule\.name.*'passshare'.*'pass_share'",
    ),
    "cause": ("测评项", "1", "cause", "apearance", r"sheet 测评项, row 3, 失分原因 cause.*'apearance'"),
    "node of an item": (
        "测评项",
        "1.10",
        "node",
        "F-10",
        r"sheet 测评项, row 4.*unknown node 'F-10'.*F-01",
    ),
    "band": ("奖惩档次", "low", "below", 75, r"sheet 奖惩档次, row 4.*'warn' and 'low' overlap"),
    "status": ("设置", "status", "value", "loc", r"sheet 设置, row \d+, status.*'loc'.*'local'"),
    "key": ("设置", "status", "key", "settings.fullmarks", r"unknown key 'settings\.fullmarks'.*full_marks"),
    "source of a text": ("设置", "id", "source", "C", "sheet 设置, row 3, id.*not a number"),
    "error value": ("节点", "F-01", "zh", "#REF!", r"row 6, 名称 zh: '#REF!' has no value"),
    "formula without value": (
        "节点",
        "field",
        "weight",
        "=1/0.5",
        r"row 4, 权重 weight: '=1/0\.5' has no value",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_sheet_row_and_column(name, book):
    sheet, row, column, value, said = MISTAKES[name]
    change(book, sheet, where(book, sheet, row, column), value)
    with pytest.raises(FrameworkError, match=said):
        load(book)


def test_a_header_that_nobody_knows_is_refused(book):
    change(book, "节点", "E1", "权 重 数")
    with pytest.raises(FrameworkError, match="sheet 节点, row 1, 权 重 数: unknown column"):
        load(book)


def test_a_cell_beside_the_table_is_not_dropped(book):
    change(book, "来源", "D3", "stray")
    with pytest.raises(FrameworkError, match="sheet 来源, row 3: the column of 'stray' has no header"):
        load(book)


def test_a_sheet_that_nobody_knows_is_refused_unless_it_is_empty(book):
    workbook = openpyxl.load_workbook(book)
    workbook.create_sheet("Sheet1")
    workbook.create_sheet("节点2")["A1"] = "x"
    workbook.save(book)
    assert [problem.value for problem in check_file(book)] == ["节点2"]


def test_a_cell_at_the_far_end_is_refused_before_it_is_read(book, tmp_path):
    far = tmp_path / "far.xlsx"
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(far, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                row = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                text = text.replace(b"</sheetData>", row)
            target.writestr(name, text)
    with pytest.raises(FrameworkError, match=r"far\.xlsx: is too large"):
        load(far)


def test_a_file_that_is_no_workbook_is_a_problem(tmp_path):
    path = tmp_path / "not.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0 encrypted")
    with pytest.raises(FrameworkError, match=r"not\.xlsx: is no readable \.xlsx"):
        load(path)


def test_the_workbook_looks_like_a_form(book):
    page = openpyxl.load_workbook(book)["节点"]
    assert [cell.value for cell in page[1]][:5] == ["编号", "名称", "英文名称", "上级编号", "权重"]
    assert page.freeze_panes == "D3"
    assert page["A1"].font.bold
    offered = [rule.formula1 for rule in page.data_validations.dataValidation]
    assert any("pass_share" in formula for formula in offered)
    assert read_workbook(book)["nodes"][3]["items"][1]["id"] == "1.10"


@pytest.mark.parametrize(
    ("value", "text"),
    [(98.0, "98"), (0.4, "0.4"), (1 / 6, "1/6"), (2 / 28, "1/14"), (0.1 + 0.2, "0.30000000000000004")],
)
def test_numbers_are_written_short_and_read_back_equal(value, text):
    assert number_as_text(value) == text


@pytest.mark.parametrize(
    ("cell", "form", "raw"),
    [
        (
            "满意=1; 基本满意=0.6 [C, old]",
            "numbers",
            {"满意": "1", "基本满意": {"value": "0.6", "source": "C", "status": "old"}},
        ),
        ("line＝甲局，乙局；lead=丙", "lists", {"line": ["甲局", "乙局"], "lead": ["丙"]}),
        ("market；main_road", "list", ["market", "main_road"]),
        ("是", "flag", "true"),
        (7.0, "text", "7"),
        (0.5, "number", 0.5),
    ],
)
def test_cells_are_read_as_an_office_writes_them(cell, form, raw):
    assert read_cell(cell, form) == raw
