"""Every file of the corpus becomes its table or its message, and every row is accounted for."""

import importlib.util
import math
from pathlib import Path

import pytest

from analysis.intake.files.cells import read_file

_SPEC = importlib.util.spec_from_file_location("corpus", Path(__file__).parents[1] / "workbooks" / "build.py")
corpus = importlib.util.module_from_spec(_SPEC)
__import__("sys").modules["corpus"] = corpus
_SPEC.loader.exec_module(corpus)

QUIET = {
    "unused_column", "note_rows", "section_row", "subtotal_row", "repeated_header_row", "several_tables",
    "hidden_rows", "hidden_columns", "hidden_sheet", "text_sheet", "variant_name",
}  # fmt: skip


def observed(found):
    frame = found.observations
    names = frame.item.astype(str).where(frame.item.astype(str).isin(["F-1-1", "F-2-1", "F-2-2"]), frame.leaf)
    values = [-1.0 if math.isnan(value) else value for value in frame.value]
    return set(zip(frame.unit, names, values, strict=True))


@pytest.mark.parametrize("name", corpus.CASES)
def test_a_file_of_the_corpus(based, name):
    one = corpus.CASES[name]
    one.write(based.path / one.name)
    found = based.read()
    codes = [problem.code for problem in found.problems]
    assert observed(found) == one.table, [problem.text("en") for problem in found.problems]
    assert set(one.says) <= set(codes)
    unexpected = set(codes) - set(one.says) - QUIET
    assert not unexpected, [problem.text("en") for problem in found.problems]
    assert (found.counts.rows_read == found.counts.rows_used + found.counts.rows_rejected).all()
    assert all(problem.zh and problem.en for problem in found.problems)


def test_a_password_an_old_workbook_and_a_cut_file_are_told_apart(tmp_path):
    said = {}
    for name in (
        "encrypted",
        "another Office file",
        "old workbook with the new ending",
        "old workbook cut short",
    ):
        one, problems = corpus.CASES[name], []
        one.write(tmp_path / one.name)
        assert read_file(tmp_path / one.name, problems) == []
        said[name] = problems[0].text("en")
    assert "encrypted with a password" in said["encrypted"]
    assert "really another Office file" in said["another Office file"]
    assert "really an old .xls workbook" in said["old workbook with the new ending"]
    assert "damaged or cut short" in said["old workbook cut short"]
    assert "ask for it to be sent again" in said["old workbook cut short"]


def test_the_corpus_is_large_enough():
    assert len(corpus.CASES) >= 60


def test_a_wrong_subtotal_names_its_rows_and_both_numbers(based):
    corpus.CASES["subtotal that is wrong"].write(based.path / "a.xlsx")
    problem = next(one for one in based.read().problems if one.code == "wrong_subtotal")
    assert (problem.row, problem.column, problem.value, problem.severity) == (4, "扣分", "3", "warning")
    assert "第 2-3 行" in problem.zh
    assert " 2。" in problem.zh


def test_the_script_writes_every_file(tmp_path):
    corpus.main(tmp_path)
    assert len(list(tmp_path.rglob("*a.*"))) == len(corpus.CASES)
