"""Rounds that were read before: read again when anything changed, and only then."""

import json
import shutil

import pandas as pd
import pytest

from analysis import intake
from analysis.intake import cache, read
from analysis.paths import project_root


@pytest.fixture
def project(demo_project, tmp_path):
    """A copy of a demo round in a project of its own."""
    folder = tmp_path / "data" / "raw" / "demo-2025-q2"
    shutil.copytree(demo_project / "data" / "raw" / "demo-2025-q2", folder)
    return folder


@pytest.fixture
def small(tmp_path):
    """A copy of a published round, quick to read again and again."""
    folder = tmp_path / "data" / "raw" / "hengyang-2019-02"
    shutil.copytree(project_root() / "data" / "raw" / "hengyang-2019-02", folder)
    return folder


@pytest.fixture
def counted(monkeypatch):
    """How often a round was really read."""
    times = []
    real = read._read_round
    monkeypatch.setattr(read, "_read_round", lambda *args: times.append(1) or real(*args))
    return times


def same(one, other):
    assert one.frames.keys() == other.frames.keys()
    for name, frame in one.frames.items():
        pd.testing.assert_frame_equal(frame, other.frames[name])
    assert (one.problems, one.inputs, one.corrections) == (other.problems, other.inputs, other.corrections)
    pd.testing.assert_frame_equal(one.counts, other.counts)


def test_a_whole_round_is_read_once_until_a_file_changes(project, counted):
    first, second = intake.load(project), intake.load(project)
    same(first, second)
    assert len(counted) == 1
    cell = "reason: 复核后更正\n  confirmed_by: 测评办\n"
    row = first.observations.query("source_file.str.startswith('05') and source_sheet == '实地考察'").iloc[0]
    column, old = _first_cell(project, row)
    (project / "corrections.yml").write_text(
        f"- file: {row.source_file}\n  sheet: 实地考察\n  row: {row.source_row}\n  column: {column}\n"
        f"  old: {old}\n  new: {old}改\n  {cell}",
        encoding="utf-8",
    )
    corrected, again = intake.check(project), intake.check(project)
    assert len(counted) == 2
    assert [(one.old, one.new) for one in corrected.corrections] == [(old, f"{old}改")]
    same(corrected, again)


def _first_cell(project, row):
    """A column of free text in the row, and what it holds."""
    import openpyxl

    page = openpyxl.load_workbook(project / row.source_file, read_only=True)["实地考察"]
    table = list(page.iter_rows(values_only=True, max_row=row.source_row))
    header = next(line for line in table if "测评员" in line)
    return "测评员", table[-1][header.index("测评员")]


def test_a_damaged_entry_is_read_again_and_replaced(small, counted):
    first = intake.load(small)
    (entry,) = cache.place_of(small).iterdir()
    for damage in (b"", b"PAR1", None):
        path = entry / "observations.parquet"
        path.unlink() if damage is None else path.write_bytes(damage)
        same(first, intake.load(small))
        same(first, intake.load(small))
    (entry / cache.SEAL).write_text(json.dumps({"files": {}}), encoding="utf-8")
    same(first, intake.load(small))
    assert len(counted) == 1 + 3 + 1


def test_another_version_of_the_program_reads_again(small, counted, monkeypatch):
    intake.load(small)
    monkeypatch.setattr(cache, "_code", lambda: "another version")
    intake.load(small)
    intake.load(small)
    assert len(counted) == 2
    assert len(list(cache.place_of(small).iterdir())) == 1


def test_other_rules_are_another_round(project, counted):
    intake.load(project)
    intake.load(project, read._rules(read.read_info(project), project, "national-80-20"))
    assert len(counted) == 2
