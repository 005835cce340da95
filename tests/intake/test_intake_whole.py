"""What holds for any input: headers are unambiguous, docs say what the code reads, no row is ever lost."""

import random
import re
import time
from pathlib import Path

import pytest
import yaml

from analysis import tables
from analysis.intake.words import messages, row_messages
from analysis.intake.words.kinds import kinds
from analysis.validation import validate

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "workbooks.md").read_text(encoding="utf-8")
CELLS = [
    "",
    "甲区",
    "丙区",
    "人民路",
    "F-1-1",
    "F-2-1",
    "符合",
    "不符合",
    1.0,
    -3,
    99,
    "5%",
    "/",
    "无数据",
    "=1+1",
    "小计",
    True,
]
HEADER = ["单位", "点位", "编号", "结果", "扣分"]


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.id)
def test_a_header_means_one_field_of_a_kind(kind):
    seen = {}
    for field in kind.fields.values():
        for header in field.strong:
            assert header not in seen, (header, seen.get(header), field.name)
            seen[header] = field.name


def test_the_docs_list_every_kind_and_synonym():
    data = yaml.safe_load((ROOT / "analysis/intake/words/headers.yml").read_text(encoding="utf-8"))
    for id_, spec in data["kinds"].items():
        assert f"| `{id_}` {spec['zh']} |" in DOC
    for name, spec in data["fields"].items():
        row = re.search(rf"^\| `{name}` \|.*$", DOC, re.MULTILINE)
        assert row, name
        for header in (spec["zh"], *map(str, spec.get("accept", []))):
            assert header in row.group(0), (name, header)


def test_the_docs_list_every_message():
    for module in (messages, row_messages):
        for one in vars(module).values():
            assert not isinstance(one, messages.Message) or f"| `{one.code}` | {one.severity} |" in DOC


@pytest.mark.parametrize("seed", range(12))
def test_no_row_is_ever_lost(based, seed):
    draw = random.Random(seed)
    good = [["甲区", "人民路", item, "符合", ""] for item in ("F-1-1", "F-1-2")] + [
        ["甲区", "东市场", "F-2-1", "", 1]
    ]
    rows = [list(draw.choice(good)) for _ in range(8)]
    for _ in range(6):
        draw.choice(rows)[draw.randrange(5)] = draw.choice(CELLS)
    based.book("a.xlsx", 记录=[HEADER, *rows])
    found = based.read()
    counts = found.counts.set_index("sheet").loc["记录"]
    sums = {p.row for p in found.problems if p.code == "subtotal_row"}
    assert counts.rows_read == sum(any(cell != "" for cell in row) for row in rows) - len(sums)
    assert counts.rows_read == counts.rows_used + counts.rows_rejected
    seen = set(found.observations.source_row) | set(found.rejected.row)
    assert seen | sums == set(range(2, 2 + len(rows)))
    assert not seen & sums
    assert not set(found.observations.source_row) & set(found.rejected.row)
    assert {p.row for p in found.problems if p.severity == "error"} == set(found.rejected.row)
    validate(found.observations, "observations")


def headers_of(kind):
    names = [*kind.required, *(name for group in kind.any_of for name in group)]
    wide = {"nodes": ["实地考察"], "questions": ["Q-1-1"], "years": ["2023", "2024"], "published": ["问题数"]}
    return [kind.fields[name].zh for name in dict.fromkeys(names)] + wide.get(kind.wide, [])


@pytest.mark.parametrize("kind", kinds())
def test_any_cells_in_any_kind_of_sheet_are_used_or_rejected(based, kind):
    draw = random.Random(kind)
    headers = headers_of(kinds()[kind])
    based.info(kinds={"a.xlsx/乱": kind, "a.xlsx/空": kind})
    rows = [[draw.choice(CELLS) for _ in headers] for _ in range(40)]
    based.book("a.xlsx", 乱=[headers, *rows], 空=[headers])
    found = based.read()
    assert (found.counts.rows_read == found.counts.rows_used + found.counts.rows_rejected).all()
    assert found.counts.rows_rejected.sum() == len(found.rejected)
    assert {p.code for p in found.problems if p.severity == "error"}
    for name, frame in found.frames.items():
        if name in tables.TABLES:
            validate(frame, name)


def test_large_sheets_are_read_by_columns(based):
    rows = [["甲区", "东市场", "F-2-1", "", 0.5, f"问题{n}", "2024-05-01"] for n in range(20_000)]
    based.csv("记录.csv", [[*HEADER, "存在问题", "日期"], *rows])
    start = time.perf_counter()
    found = based.read()
    assert time.perf_counter() - start < 4
    assert len(found.observations) == 20_000
    assert found.observations.value.sum() == pytest.approx(10_000)
