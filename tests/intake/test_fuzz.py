# ruff: noqa: E501
"""Mutated workbooks load with every row accounted for, or give a listed problem; never a traceback.

`WENMING_MUTATIONS=100000 pytest tests/intake/test_fuzz.py` runs more of them.
"""

import io
import os
import random
import re
import zipfile
from itertools import product
from xml.sax.saxutils import escape

import openpyxl
import pytest

from analysis import intake

MUTATIONS = int(os.environ.get("WENMING_MUTATIONS", "2000"))
BATCH, SHARDS = 25, 8
H = ["单位", "点位", "编号", "结果", "扣分", "存在问题", "日期"]
ROWS = [
    ["甲区", "人民路", "F-1-1", "符合", "", "", "2024-05-01"],
    ["甲区", "人民路", "F-1-2", "不符合", "", "小广告", 45413.0],
    ["甲区", "东市场", "F-2-1", "", 1.5, "异味", ""],
    ["乙区", "解放路", "F-1-1", "√", "", "", ""],
    ["乙区", "解放路", "F-1-2", "/", "", "", ""],
]
CELLS = [
    "", " ", "甲区", "丙区", "甲區", "人民路", "F-1-1", "符合", "☑符合 □不符合", "/", "无数据", "小计", "全区平均分",
    "合计", "注：说明", "单位", "=1+1", "#REF!", "98.06%", "≥98%", "1.5分", "第一名", "001", "2024-13-45", "13800000000",
    0.0, -3.0, 99.0, 1e300, 1.5, "x" * 40_000, "a\nb", "😀", "_x0000_", "&lt;", "\u200b", "单位\n名称",
]  # fmt: skip
REFUSED = {"double_field", "merged_header", "unknown_kind", "ambiguous_kind"}
ASIDE = {"subtotal_row", "note_rows", "section_row", "repeated_header_row"}


def letter(position):
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[position]


def sheet_xml(rows, merged, hidden):
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(
            f'<c r="{letter(at)}{number}"><v>{cell}</v></c>'
            if isinstance(cell, float)
            else f'<c r="{letter(at)}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
            for at, cell in enumerate(row[:26])
            if cell != ""
        )
        lines.append(f'<row r="{number}"{hidden.get(number, "")}>{cells}</row>')
    ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    tail = f"<mergeCells>{ranges}</mergeCells>" if merged else ""
    return f"<worksheet><sheetData>{''.join(lines)}</sheetData>{tail}</worksheet>".encode()


def is_head(row):
    return sum(cell in H for cell in row) >= 3


def mutate_table(draw, rows):
    """One to four changes of cells, rows or columns; merged ranges and hidden rows."""
    merged, hidden = [], {}
    for _ in range(draw.randint(1, 4)):
        row, at = draw.randrange(len(rows)), draw.randrange(len(rows[0]))
        change = draw.randrange(11)
        if change < 4:
            rows[row][at] = draw.choice(CELLS)
        elif change == 4:
            rows.insert(row, list(rows[draw.randrange(len(rows))]))
        elif change == 5:
            rows.insert(row, [draw.choice(CELLS), *[""] * (len(rows[0]) - 1)])
        elif change == 6 and len(rows) > 2:
            del rows[row]
        elif change == 7:
            for line in rows:
                line.insert(at, draw.choice(["", draw.choice(CELLS)]))
        elif change == 8 and len(rows[0]) > 2:
            for line in rows:
                del line[at]
        elif change == 9:
            deep = (
                0 if is_head(rows[row]) else draw.randrange(3)
            )  # merged into the data it is no header any more
            last = min(row + deep, len(rows) - 1), min(at + draw.randrange(3), len(rows[0]) - 1)
            merged.append(f"{letter(min(at, 25))}{row + 1}:{letter(min(last[1], 25))}{last[0] + 1}")
            for covered in product(range(row, last[0] + 1), range(at, last[1] + 1)):
                if covered != (row, at):
                    rows[covered[0]][covered[1]] = ""
        else:
            hidden[row + 1] = ' hidden="1"'
    return sheet_xml(rows, merged, hidden)


def mutate_bytes(draw, data):
    """Bytes changed, cut out or written twice."""
    data = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(data))
        match draw.randrange(4):
            case 0:
                data[at] = draw.randrange(256)
            case 1:
                del data[at : at + draw.randint(1, 30)]
            case 2:
                data[at:at] = data[max(at - 20, 0) : at]
            case _:
                data[at] ^= 1 << draw.randrange(8)
        data = data or bytearray(b"x")
    return bytes(data)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The parts of a workbook, without its sheet."""
    path = tmp_path_factory.mktemp("fuzz") / "a.xlsx"
    openpyxl.Workbook().save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def layout(draw):
    """The sheet before it is mutated: one table, two side by side (with a gap or none), or two in a column."""
    one = [list(H), *[list(row) for row in ROWS]]
    other = [H[:4], *[[row[0], row[1], row[2].replace("F-1-1", "F-1-2"), "/"] for row in ROWS[:3]]]
    match draw.randrange(5):
        case 0:
            gap = [""] * draw.randint(1, 2)
            return [
                [*left, *gap, *right] for left, right in zip(one, [*other, [""] * 4, [""] * 4], strict=True)
            ]
        case 1:
            half = [row[:4] for row in one]
            return [[*left, *right] for left, right in zip(half, [*other, [""] * 4, [""] * 4], strict=True)]
        case 2:
            wide = [[*row, *[""] * 3] for row in other]
            return [*one, *[[""] * 7] * draw.randint(0, 1), ["续表", *[""] * 6], *wide]
        case _:
            return one


def mutant(draw, path, template):
    """A mutated workbook; the rows that hold something when only the table was changed, else None."""
    table = layout(draw)
    rows = [["记录表", *[""] * (len(table[0]) - 1)], *[list(row) for row in table]]
    parts = {**template, "xl/worksheets/sheet1.xml": sheet_xml(rows, [], {})}
    way = draw.randrange(10)
    if way < 6:
        parts["xl/worksheets/sheet1.xml"] = mutate_table(draw, rows)
    elif way < 9:
        name = draw.choice(["xl/worksheets/sheet1.xml"] * 3 + sorted(parts))
        parts[name] = mutate_bytes(draw, parts[name])
    write(path, parts)
    if way == 9:
        path.write_bytes(mutate_bytes(draw, path.read_bytes()))
    return rows if way < 6 else None


def filled(cell):
    return bool(str(cell).strip("\u200b \n"))


def ranges(found, name, rows):
    """Where the tables of a file stand, as (top, left, bottom, right) from 0."""
    said = [p.value for p in found.problems if p.file == name and p.code == "several_tables"]
    corners = re.findall(r"([A-Z])(\d+):([A-Z])(\d+)", said[0]) if said else []
    whole = [(0, 0, len(rows) - 1, len(rows[0]) - 1)]
    return [(int(a) - 1, ord(b) - 65, int(c) - 1, ord(d) - 65) for b, a, d, c in corners] or whole


def below_header(rows, table, own):
    """Rows of a table below the first that holds three of its headers, as Excel counts them; None without one.

    A row that was refused for standing above the header is none; rows down to one at which the table was refused
    are.
    """
    top, left, bottom, right = table
    lines = [row[left : right + 1] for row in rows[top : bottom + 1]]
    above = {p.row - top - 1 for p in own if p.code == "two_header_rows"}
    header = next((at for at, line in enumerate(lines) if is_head(line) and at not in above), None)
    if header is None:
        return None
    header = max([header, *(p.row - top - 1 for p in own if p.code in REFUSED and top < p.row <= bottom + 1)])
    return {top + at + 1 for at, line in enumerate(lines) if at > header and any(map(filled, line))}


def unaccounted(found, name, rows):
    """What holds something and appears nowhere: cells outside every table; rows below a header that were
    neither read nor listed, and how many more rows all tables hold than were read or listed."""
    own = [p for p in found.problems if p.file == name]
    if any(p.code == "text_sheet" for p in own):
        return []
    tables = ranges(found, name, rows)
    beside = {p.row - 1 for p in own if p.code == "beside_tables"}
    lost = [
        (row, at)
        for row, line in enumerate(rows)
        for at, cell in enumerate(line[:26])
        if filled(cell)
        and row not in beside
        and not any(t <= row <= b and le <= at <= r for t, le, b, r in tables)
    ]
    below = [below_header(rows, table, own) for table in tables]
    if None in below:
        return lost
    seen = set(found.rejected.row[found.rejected.file == name])
    for frame in found.frames.values():
        if "source_row" in frame.columns:
            seen |= set(frame.source_row[frame.source_file == name])
    listed = [p.row for p in own if p.code in ASIDE]
    read = int(found.counts.rows_read[found.counts.file == name].sum())
    more = sum(map(len, below)) - read - len(listed)
    return lost + sorted(set().union(*below) - seen - set(listed)) + ([f"{more} more"] if more > 0 else [])


def opened(path):
    """The first sheet of a workbook; None when it does not open."""
    try:
        return openpyxl.load_workbook(io.BytesIO(path.read_bytes())).sheetnames[0]
    except Exception:  # whatever a mutated part raises
        return None


@pytest.mark.parametrize("shard", range(SHARDS))
def test_mutants_load_whole_or_give_problems(based, template, tmp_path, shard):
    draw = random.Random(f"workbooks {shard}")
    for _ in range(max(MUTATIONS // SHARDS // BATCH, 1)):
        tables = {}
        for number in range(BATCH):
            name = f"m{number:02d}.xlsx"
            tables[name] = mutant(draw, based.path / name, template)
        found = based.read()
        counts = found.counts
        assert (counts.rows_read == counts.rows_used + counts.rows_rejected).all()
        assert counts.rows_rejected.sum() == len(found.rejected)
        for name, rows in tables.items():
            assert rows is None or not unaccounted(found, name, rows), (name, rows)
            read = name in set(counts.file) or any(p.file == name for p in found.problems)
            assert read or rows is None or not any(any(row) for row in rows), name
    copies, said = intake.write_copies(found, tmp_path / "check")
    cells_only = {problem.file for problem in said}
    assert {problem.code for problem in said} <= {"copy_of_cells"}
    assert cells_only.isdisjoint(name for name, rows in tables.items() if rows is not None)
    for path in copies:
        opens = opened(based.path / path.name) is not None
        assert opened(path) == "检查结果" or not (opens or path.name in cells_only), path.name
