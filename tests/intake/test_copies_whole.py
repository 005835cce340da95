"""A checked copy is its original but for the marks, whatever the original holds; what it lacks it says."""

import re
import shutil
import zipfile

import openpyxl
import pytest
import xlsxwriter
import xlwt

from analysis import intake
from analysis.intake.copies.notes import MARK

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # openpyxl tells what it cannot keep

H = ["单位", "点位", "编号", "结果", "扣分"]
ROWS = [["甲区", "人民路", "F-1-1", "符合", None], ["甲区", "东市场", "F-2-1", None, 7]]
TOUCHED = {
    "[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml", "xl/styles.xml",
    "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml",
}  # fmt: skip
OURS = {"FFFFC7CF", "FFFFEB9D"}


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, change):
    parts = parts_of(path)
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def copy_of(folder, out, **more):
    (path,), said = intake.write_copies(folder.read(), out, **more)
    return path, [one.code for one in said]


def plain(path, rows=ROWS):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "记录"
    for row in [H, *rows]:
        page.append(row)
    book.save(path)


def faults(folder, name):
    problems = (p for p in folder.read().problems if p.file == name and p.severity != "notice")
    return sorted((p.code, p.row or 0, p.column) for p in problems)


def marked(path):
    """Comments and our colours, by sheet and cell."""
    found = {}
    for page in openpyxl.load_workbook(path).worksheets[1:]:
        for row in page.iter_rows():
            for cell in row:
                if cell.comment or cell.fill.fgColor.rgb in OURS:
                    said = cell.comment.text if cell.comment else None
                    found[page.title, cell.coordinate] = said
    return found


@pytest.fixture
def macros(based, tmp_path):
    """A workbook with macros, a button, sparklines, conditional formats, a chart, comments, a print area."""
    project = tmp_path / "vbaProject.bin"
    project.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000))
    book = xlsxwriter.Workbook(str(based.path / "a.xlsm"))
    book.add_vba_project(str(project))
    notes = book.add_worksheet("说明")
    notes.write("A1", "填表说明")
    page = book.add_worksheet("记录")
    for at, row in enumerate([H, *ROWS]):
        page.write_row(at, 0, row)
    page.write_comment("E3", "原来的批注", {"author": "甲"})
    page.write_comment("A2", "别的批注", {"author": "甲"})
    page.insert_button("H2", {"caption": "提交", "macro": "submit"})
    page.add_sparkline("H9", {"range": "记录!E2:E3"})
    page.conditional_format("E2:E9", {"type": "data_bar", "data_bar_2010": True})
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=记录!$E$2:$E$3"})
    page.insert_chart("H14", chart)
    page.print_area("A1:E3")
    page.set_paper(9)
    page.activate()
    book.close()
    return based


def test_all_other_parts_are_the_same_byte_for_byte(macros, tmp_path):
    path, said = copy_of(macros, tmp_path / "check")
    before, after = parts_of(macros.path / "a.xlsm"), parts_of(path)
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed <= {*TOUCHED, "xl/worksheets/sheet2.xml"}
    assert after["xl/vbaProject.bin"] == before["xl/vbaProject.bin"]
    assert len(after) == len(before) + 1
    assert said == []
    assert "与原文件相同" in openpyxl.load_workbook(path).worksheets[0]["A4"].value


def test_a_sheet_changes_only_in_the_marked_cells(macros, tmp_path):
    path, _ = copy_of(macros, tmp_path / "check")
    before, after = (parts_of(one)["xl/worksheets/sheet2.xml"] for one in (macros.path / "a.xlsm", path))
    known = re.sub(rb'(<c r="E3") s="\d+"', rb"\1", after)
    assert known == before.replace(b' tabSelected="1"', b"")
    drawing = parts_of(path)["xl/drawings/vmlDrawing1.vml"]
    assert drawing == parts_of(macros.path / "a.xlsm")["xl/drawings/vmlDrawing1.vml"]


def test_our_part_stands_below_the_comment_that_was_there(macros, tmp_path):
    path, _ = copy_of(macros, tmp_path / "check")
    found = marked(path)
    assert found["记录", "A2"] == "别的批注"
    assert found["记录", "E3"].startswith(f"原来的批注\n{MARK}\n7 超出允许范围")


def test_one_sheet_is_selected_and_names_stay_with_their_sheets(macros, tmp_path):
    path, _ = copy_of(macros, tmp_path / "check")
    book = openpyxl.load_workbook(path)
    assert [page.title for page in book if page.sheet_view.tabSelected] == ["检查结果"]
    assert book["记录"].print_area == "'记录'!$A$1:$E$3"


def test_a_copy_of_a_copy_of_a_copy_is_still_the_original(macros, tmp_path):
    first = parts_of(macros.path / "a.xlsm")
    for number in range(3):
        path, _ = copy_of(macros, tmp_path / f"check{number}")
        found = marked(path)
        path.replace(macros.path / "a.xlsm")
    last = parts_of(macros.path / "a.xlsm")
    assert found["记录", "E3"].count(MARK) == 1
    assert openpyxl.load_workbook(macros.path / "a.xlsm").sheetnames == ["检查结果", "说明", "记录"]
    assert {name for name in first if first[name] != last[name]} <= {*TOUCHED, "xl/worksheets/sheet2.xml"}


def test_marks_go_although_rows_were_moved_and_another_program_took_comments_apart(based, tmp_path):
    plain(based.path / "a.xlsx")
    path, _ = copy_of(based, tmp_path / "check")
    book = openpyxl.load_workbook(path)
    page = book["记录"]
    page.insert_rows(2)
    for cell, value in zip(page[2], ROWS[0], strict=False):
        cell.value = value
    page["C2"], page["E4"] = "F-1-2", 8
    book.save(path)
    apart = MARK.split(" ")[0].encode()

    def take_apart(parts):
        name = next(one for one in parts if "comments" in one and one.endswith(".xml"))
        parts[name] = parts[name].replace(apart, apart + b"</t></r><r><t>", 1)

    rewritten(path, take_apart)
    path.replace(based.path / "a.xlsx")
    path, _ = copy_of(based, tmp_path / "again")
    found = marked(path)
    assert list(found) == [("记录", "E4")]
    assert found["记录", "E4"].count(MARK) == 1
    assert "8 超出允许范围" in found["记录", "E4"]


THREAD = (
    '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
    '<threadedComment ref="E3" personId="{0}" id="{1}"><text>谁来核对？</text></threadedComment>'
    "</ThreadedComments>"
)


def test_a_conversation_in_a_cell_is_left_alone(based, tmp_path):
    plain(based.path / "a.xlsx")

    def talk(parts):
        parts["xl/threadedComments/threadedComment1.xml"] = THREAD.encode()
        parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="rId1" Target="../threadedComments/threadedComment1.xml" '
            b'Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"/></Relationships>'
        )

    rewritten(based.path / "a.xlsx", talk)
    path, _ = copy_of(based, tmp_path / "check")
    assert marked(path) == {("记录", "E3"): None}
    assert THREAD.encode() in parts_of(path).values()


def prefixed(parts):
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"):
        data = re.sub(rb"<(/?)(?=\w)", rb"<\1x:", parts[name])
        parts[name] = re.sub(rb'xmlns="(http://schemas.openxmlformats.org/spr)', rb'xmlns:x="\1', data)


def strict(parts):
    for name, data in parts.items():
        new = data.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        parts[name] = new.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )


def without_styles(parts):
    del parts["xl/styles.xml"]
    name = "xl/_rels/workbook.xml.rels"
    parts[name] = re.sub(rb"<Relationship\s[^>]*styles[^>]*/>", b"", parts[name])
    parts["[Content_Types].xml"] = re.sub(rb"<Override[^>]*styles[^>]*/>", b"", parts["[Content_Types].xml"])


def in_utf16(parts):
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"):
        text = re.sub(r"^<\?xml.*?\?>", "", parts[name].decode())
        parts[name] = f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")


@pytest.mark.parametrize("change", [prefixed, strict, without_styles, in_utf16])
def test_however_the_parts_are_written(based, tmp_path, change):
    plain(based.path / "a.xlsx")
    rewritten(based.path / "a.xlsx", change)
    before = faults(based, "a.xlsx")
    assert before == [("out_of_range", 3, "扣分")]
    path, said = copy_of(based, tmp_path / "check")
    assert said == []
    path.replace(based.path / "a.xlsx")
    assert faults(based, "a.xlsx") == before
    if change not in (strict,):  # openpyxl does not know these names
        assert list(marked(based.path / "a.xlsx")) == [("记录", "E3")]


def test_a_signature_does_not_hold_for_the_copy_which_says_so(based, tmp_path):
    plain(based.path / "a.xlsx")

    def sign(parts):
        kind = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
        line = f'<Relationship Id="rIdS" Type="{kind}" Target="_xmlsignatures/origin.sigs"/></Relationships>'
        parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"</Relationships>", line.encode())
        parts["_xmlsignatures/origin.sigs"] = b""
        parts["_xmlsignatures/sig1.xml"] = b"<Signature/>"

    rewritten(based.path / "a.xlsx", sign)
    path, said = copy_of(based, tmp_path / "check", lang="en")
    assert said == ["copy_lacks"]
    assert "digital signature" in openpyxl.load_workbook(path).worksheets[0]["A4"].value
    assert not [name for name in parts_of(path) if "signature" in name]
    assert b"signature" not in parts_of(path)["_rels/.rels"]


MERGED = [["甲区", *ROWS[0][1:]], [None, "东市场", "F-2-1", None, 7], ["乙区", "解放路", "F-1-1", "好", None]]


def as_xls(path):
    book = xlwt.Workbook()
    page = book.add_sheet("记录")
    for at, row in enumerate([H, *MERGED]):
        for column, value in enumerate(row):
            if value is not None and (at, column) != (1, 0):
                page.write(at, column, value)
    page.write_merge(1, 2, 0, 0, "甲区")
    page.row(3).hidden = True
    book.save(str(path))


def as_ods(path):
    def cell(value, more=""):
        number = f' office:value-type="float" office:value="{value}"' if isinstance(value, int) else ""
        inside = "" if value is None else f"<text:p>{value}</text:p>"
        return f"<table:table-cell{more}{number}>{inside}</table:table-cell>"

    lines = [[cell(one) for one in row] for row in [H, *MERGED]]
    lines[1][0] = cell("甲区", ' table:number-rows-spanned="2"')
    lines[2][4] = '<table:table-cell table:formula="of:=1/0"><text:p>#DIV/0!</text:p></table:table-cell>'
    rows = "".join(f"<table:table-row>{''.join(line)}</table:table-row>" for line in lines)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body>'
            f'<office:spreadsheet><table:table table:name="记/录">{rows}</table:table></office:spreadsheet>'
            "</office:body></office:document-content>",
        )


def as_text(encoding, delimiter=","):
    def write(path):
        rows = [H, MERGED[0], ["甲区", *MERGED[1][1:]], MERGED[2]]
        lines = (delimiter.join("" if one is None else str(one) for one in row) for row in rows)
        path.write_bytes("\r\n".join(lines).encode(encoding))

    return write


KINDS = {
    "old.xls": as_xls,
    "open.ods": as_ods,
    "a.tsv": as_text("utf-8", "\t"),
    "a[1].csv": as_text("utf-8"),
    **{f"{one}.csv": as_text(one) for one in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030")},
}


@pytest.mark.parametrize("name", KINDS)
def test_a_copy_of_cells_reads_like_its_original_and_corrected_takes_its_place(based, tmp_path, name):
    KINDS[name](based.path / name)
    before = faults(based, name)
    assert len(before) == 2
    path, said = copy_of(based, tmp_path / "check")
    assert said == ([] if name.endswith(("csv", "tsv")) else ["copy_of_cells"])
    about = openpyxl.load_workbook(path).worksheets[0]["A4"].value
    assert ("没有格式、公式、图片" in (about or "")) == (said != [])
    shutil.copy(path, based.path)
    assert {p.value for p in based.read().problems if p.code == "copy_beside_original"} == {name}
    (based.path / name).unlink()
    assert faults(based, path.name) == before
    book = openpyxl.load_workbook(path)
    page = book.worksheets[1]
    page["E3"], page["D4"] = 3, "不符合"
    book.save(based.path / path.name)
    assert faults(based, path.name) == []
    assert sorted(based.read().observations.value) == [0, 1, 3]


def test_a_part_that_cannot_be_changed_leaves_a_copy_of_cells_that_says_so(based, tmp_path):
    plain(based.path / "a.xlsx")
    rewritten(based.path / "a.xlsx", lambda parts: parts.update({"xl/styles.xml": b"<styleSheet/>"}))
    before = faults(based, "a.xlsx")
    path, said = copy_of(based, tmp_path / "check", lang="en")
    assert said == ["copy_of_cells"]
    assert "no formats, formulas, pictures" in openpyxl.load_workbook(path).worksheets[0]["A4"].value
    path.replace(based.path / "a.xlsx")
    assert faults(based, "a.xlsx") == before


def test_of_two_tables_side_by_side_the_right_cell_is_marked(based, tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "记录"
    for left, right in ((H, H), (ROWS[0], ROWS[1]), (["乙区", "解放路", "F-1-1", "符合", None], [None] * 5)):
        page.append([*left, None, *right])
    book.save(based.path / "a.xlsx")
    path, _ = copy_of(based, tmp_path / "check")
    assert list(marked(path)) == [("记录", "K2")]


def test_personal_data_leave_everything_that_repeats_them(based, tmp_path):
    book = xlsxwriter.Workbook(str(based.path / "a.xlsx"))
    page = book.add_worksheet("记录")
    for at, row in enumerate([[*H, "姓名"], [*ROWS[0], "张三三"], [*ROWS[1], "李四四"]]):
        page.write_row(at, 0, row)
    page.write_row("H1", ["测评员", "姓名"])
    page.write_row("H2", ["李四四", "张三三"])
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {"values": "=记录!$E$2:$E$3", "categories": "=记录!$F$2:$F$3", "categories_data": ["张三三"]}
    )
    page.insert_chart("H14", chart)
    book.close()

    def more(parts):
        parts["xl/pivotCache/pivotCacheDefinition1.xml"] = '<a><s v="张三三"/><s v="甲区"/></a>'.encode()
        parts["xl/embeddings/b.xlsx"] = "张三三".encode()

    rewritten(based.path / "a.xlsx", more)
    path, _ = copy_of(based, tmp_path / "check")
    after = parts_of(path)
    assert not [name for name, data in after.items() if "张三三".encode() in data]
    assert '<s v="甲区"/>'.encode() in after["xl/pivotCache/pivotCacheDefinition1.xml"]
    page = openpyxl.load_workbook(path)["记录"]
    assert [page[cell].value for cell in ("F1", "F2", "F3", "H2", "I2")] == [
        "姓名",
        None,
        None,
        "李四四",
        None,
    ]
    kept, _ = copy_of(based, tmp_path / "kept", personal=True)
    assert "张三三".encode() in parts_of(kept)["xl/charts/chart1.xml"]


def test_the_same_round_gives_the_same_copy(based, tmp_path):
    plain(based.path / "a.xlsx")
    first, second = (copy_of(based, tmp_path / name)[0] for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_texts_of_problems_are_texts(based, tmp_path):
    evil = "=cmd|'/C calc'!A0"
    book = xlsxwriter.Workbook(str(based.path / "a.xlsx"), {"strings_to_formulas": False})
    page = book.add_worksheet("=1+1")
    page.write_row("A1", H)
    page.write_row("A2", [evil + '_x0041_\x02<b>&"', "人民路", "F-1-1", "符合", None])
    book.close()
    path, _ = copy_of(based, tmp_path / "check")
    first = openpyxl.load_workbook(path).worksheets[0]
    cells = [cell for row in first.iter_rows() for cell in row if cell.value]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert all(cell.quotePrefix for cell in cells if str(cell.value)[0] in "=+-@")
    assert "=1+1" in {cell.value for cell in cells}
    assert evil in "".join(str(cell.value) for cell in cells)
    comment = openpyxl.load_workbook(path)["=1+1"]["A2"].comment.text
    assert f"“{evil}" in comment
    assert ' <b>&"”' in comment


def test_what_does_not_fit_a_sheet_gets_no_copy_and_ranges_end_with_the_table(based, tmp_path):
    rows = [",".join(H), "丙区,人民路,F-1-1,符合,", f"甲区,人民路,F-1-1,符合,{'长' * 40_000}"]
    (based.path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    written, said = intake.write_copies(based.read(), tmp_path / "check")
    assert (written, [problem.code for problem in said]) == ([], ["copy_too_large"])
    (based.path / "a.csv").unlink()
    as_ods(based.path / "a.ods")

    def widen(parts):
        parts["content.xml"] = parts["content.xml"].replace(b'spanned="2"', b'spanned="9999999"')

    rewritten(based.path / "a.ods", widen)
    path, said = copy_of(based, tmp_path / "check")
    assert said == ["copy_of_cells"]
    assert [str(area) for area in openpyxl.load_workbook(path).worksheets[1].merged_cells.ranges] == ["A2:A4"]


def test_one_telephone_number_among_thousands_of_remarks_is_covered(based, tmp_path):
    rows = [[*ROWS[0][:2], "F-1-1", "好", None, f"小广告{n}"] for n in range(3_000)]
    rows[1_501][5] = "联系张先生138 1234-5678"
    rows[1_503][5] = 13912345678
    book = openpyxl.Workbook()
    for row in [[*H, "存在问题"], *rows]:
        book.active.append(row)
    book.save(based.path / "a.xlsx")
    found = based.read()
    assert [p.column for p in found.problems if p.code == "personal_data"] == ["存在问题"]
    told = str(found.rejected["cells"].tolist())
    path, _ = copy_of(based, tmp_path / "check")
    for number in ("1234-5678", "13912345678"):
        assert number not in told
        assert not [name for name, data in parts_of(path).items() if number.encode() in data]
    assert "小广告7" in told
