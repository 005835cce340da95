"""One workbook per responsible unit: what it lost, what a fix gains, and a to-do list that loads back."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest

from analysis import facade, intake
from analysis.intake.sheets.marks import NOT_DATA
from analysis.reports.files import save_workbook
from analysis.reports.material import Material
from analysis.reports.sheets import add_table, new_book
from analysis.reports.unit_lists import _file_name, _link, unit_books, write_unit_lists
from analysis.reports.unit_tables import lines
from analysis.results.ranking import rank_table
from analysis.results.responsible import possible, responsible_units
from analysis.scoring.regain import regain


@pytest.fixture(scope="module")
def evaluation(demo_project):
    return facade.evaluate(demo_project / "data" / "raw" / "demo-2025-q2")


@pytest.fixture(scope="module")
def material(evaluation):
    ranking = rank_table(evaluation.scores, evaluation.rulebook.settings)
    return Material(evaluation.round, "zh", evaluation, ranking)


@pytest.fixture(scope="module")
def table(material):
    return lines(material)


@pytest.fixture(scope="module")
def books(material, tmp_path_factory):
    return list(unit_books(material, tmp_path_factory.mktemp("units")))


def test_the_lists_hold_every_loss_that_somebody_answers_for(evaluation, table):
    shares = evaluation.shares
    split = shares[(shares["responsible_unit"] != "").to_numpy() & ~shares["joint"].to_numpy()]
    points = evaluation.ledger["points_lost"].to_numpy()[split["ledger_row"]] * split["share"].to_numpy()
    assert table.loc[~table["joint"].astype(bool), "own"].sum() == pytest.approx(points.sum(), abs=1e-9)
    joint = table[table["joint"].astype(bool)]
    assert (joint["own"] - joint["points_lost"]).abs().max() < 1e-12


def test_answers_are_grouped_and_gain_what_all_of_them_gain(evaluation, table):
    gains = regain(evaluation.scored, evaluation.ledger)
    shares = evaluation.shares
    office = shares[(shares["responsible_unit"] == "文明办").to_numpy()].drop_duplicates("ledger_row")
    rows = office["ledger_row"].to_numpy()
    asked = (evaluation.ledger["method"] == "questionnaire").to_numpy()[rows]
    mine = table[(table["responsible_unit"] == "文明办") & table["asked"]]
    assert mine["n"].sum() == asked.sum()
    assert mine["gain"].sum() == pytest.approx(np.nansum(gains[rows[asked]]), abs=1e-9)


def test_a_rank_that_would_follow_is_that_of_the_ranking_with_the_gain(evaluation, table):
    settings = evaluation.rulebook.settings
    for at in table["gain"].nlargest(3).index:
        row = table.loc[at]
        gained = np.where(evaluation.scores["unit"].astype(str) == row["unit"], row["gain"], 0.0)
        later = evaluation.scores.assign(composite=evaluation.scores["composite"] + gained)
        ranking = rank_table(later, settings).set_index("unit")["rank"]
        assert row["rank_then"] == ranking[row["unit"]]


def test_no_unit_lost_more_than_it_could(evaluation):
    units = responsible_units(evaluation)
    assert (units["points_lost"] <= units["points_possible"] + 1e-9).all()
    assert units["points_lost"].sum() == pytest.approx(evaluation.ledger["points_lost"].sum(), abs=1e-9)
    assert set(possible(evaluation)["responsible_unit"]) >= set(
        evaluation.shares["responsible_unit"].astype(str).unique()
    )
    assert units["rank"].min() == 1 and units[units["responsible_unit"] == ""]["rank"].isna().all()


def test_the_list_of_losses_is_not_read_as_data_and_says_what_a_fix_gains(books, tmp_path, material):
    chosen = [book for book in books if "街道" in book.name][:1]
    from analysis.reports.unit_lists import write_books

    assert write_books(chosen, tmp_path) == 1
    book = openpyxl.load_workbook(tmp_path / chosen[0].name)
    assert book.sheetnames == ["失分清单", "整改交办单"]
    page = book["失分清单"]
    assert page["A1"].value == NOT_DATA
    assert "合成数据" in page["A2"].value and "承担失分" in page["A2"].value
    header = [cell.value for cell in page[3]]
    first = dict(zip(header, [cell.value for cell in page[4]], strict=True))
    assert first["单独整改可得分"] >= 0 and first["来源行"] > 1
    row = material.evaluation.ledger
    same = row[(row["source_row"] == first["来源行"]) & (row["source_sheet"] == first["来源工作表"])]
    assert first["失分（综合得分的分值）"] == pytest.approx(same["points_lost"].iloc[0])


def test_to_do_lists_come_back_as_rectification_data_without_a_warning(books, demo_project, tmp_path):
    """Filled in, put into the folder of the round: as many rows as were assigned, nothing to complain of."""
    from analysis.reports.unit_lists import write_books

    source = demo_project / "data" / "raw" / "demo-2025-q2"
    round_ = tmp_path / "demo-2025-q2"
    shutil.copytree(source, round_)
    before = intake.load(round_)
    chosen = [book for book in books if len(book.todo)][:5]
    write_books(chosen, round_)
    for book in chosen:
        _fill_in(round_ / book.name)
    found = intake.load(round_)
    new = found.table("rectifications")
    new = new[new["source_file"].isin([book.name for book in chosen])]
    assert len(new) == sum(len(book.todo) for book in chosen)
    assert found.rejected.empty
    fresh = {problem.text() for problem in found.problems} - {problem.text() for problem in before.problems}
    assert fresh == set()
    assert set(new["result"].astype(str)) == {"held"}
    assert new["fixed"].notna().all()
    assert len(found.observations) == len(before.observations)
    todo = pd.concat([book.todo for book in chosen])
    assert sorted(new["note"]) == sorted(todo["存在问题"])
    assert set(new["responsible_unit"].astype(str)) == set(todo["责任单位"])
    assert (new["item"].astype(str) == "").sum() == 0


def _fill_in(path):
    book = openpyxl.load_workbook(path)
    page = book["整改交办单"]
    at = {cell.value: cell.column for cell in page[1]}
    for row in range(2, page.max_row + 1):
        page.cell(row, at["整改完成日期"]).value = "2025-07-20"
        page.cell(row, at["复核日期"]).value = "2025-07-25"
        page.cell(row, at["复核结果"]).value = "合格"
    book.save(path)


def test_formula_text_in_a_finding_is_text(material, evaluation, tmp_path):
    ledger = evaluation.ledger.copy()
    ledger["note"] = ledger["note"].astype(object)
    at = ledger.index[(ledger["method"] == "field") & (ledger["row_id"] >= 0)][0]
    ledger.loc[at, "note"] = "=cmd|' /C calc'!A0"
    from dataclasses import replace

    changed = replace(evaluation, ledger=ledger)
    hurt = replace(material, evaluation=changed)
    books = [b for b in unit_books(hurt, tmp_path) if b.losses["存在问题"].str.startswith("=").any()]
    from analysis.reports.unit_lists import write_books

    write_books(books[:1], tmp_path)
    page = openpyxl.load_workbook(tmp_path / books[0].name)["失分清单"]
    cells = [cell for row in page.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert cells and all(cell.data_type == "s" and cell.quotePrefix for cell in cells)


def test_names_of_files_are_safe_and_distinct():
    taken: set[str] = set()
    names = [_file_name(unit, taken) for unit in ("甲/乙", "甲:乙", "..", "x" * 300)]
    assert names == ["甲_乙.xlsx", "甲_乙 (2).xlsx", "_.xlsx", "x" * 60 + ".xlsx"]


def test_lists_are_written_by_two_processes_and_what_is_gone_is_removed(material, tmp_path, monkeypatch):
    books = list(unit_books(material, tmp_path))[:12]
    monkeypatch.setattr("analysis.reports.unit_lists.unit_books", lambda *_: iter(books))
    told = []
    written = write_unit_lists(
        material, tmp_path, {"a": 1}, 2, lambda done, total: told.append((done, total))
    )
    assert told[-1] == (12, 12) and all(path.is_file() for path in written)
    (tmp_path / "someone else's.xlsx").write_bytes(b"kept")
    books = books[:10]
    write_unit_lists(material, tmp_path, {"a": 2}, 1)
    assert len(list(tmp_path.glob("*.xlsx"))) == 11


LINKS = {
    "照片/a 1.jpg": "../../raw/r/%E7%85%A7%E7%89%87/a%201.jpg",
    "照片\\a 1.jpg": "../../raw/r/%E7%85%A7%E7%89%87/a%201.jpg",
    "https://example.org/a.jpg?n=1": "https://example.org/a.jpg?n=1",
    "../secret.jpg": "",
    "照片/none.jpg": "",
    "照片": "",
    "": "",
    "file:///etc/passwd": "",
    "javascript:alert(1)": "",
    "\\\\server\\share\\a.jpg": "",
    "https://example.org/a b": "",
    '=HYPERLINK("https://example.org")': "",
    "a\x00b": "",
}


@pytest.mark.parametrize("text", LINKS)
def test_only_addresses_and_files_of_the_round_are_linked(tmp_path, text):
    home, lists = tmp_path / "raw" / "r", tmp_path / "reports" / "units"
    (home / "照片").mkdir(parents=True)
    (home / "照片" / "a 1.jpg").write_bytes(b"")
    (tmp_path / "raw" / "secret.jpg").write_bytes(b"")
    assert _link(SimpleNamespace(round=SimpleNamespace(folder=home)), text, lists) == LINKS[text]


def test_a_link_stands_in_its_own_cell_and_a_formula_stays_text(tmp_path):
    frame = pd.DataFrame({"点位": ["=1+1", "b"], "图片": ["a.jpg", "=1+1"], "行": [1, 2]})
    book = new_book()
    add_table(book, "清单", frame, "标题", links={"图片": ["../a.jpg", ""]})
    save_workbook(book, tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["清单"]
    found = {cell.coordinate: cell.hyperlink.target for row in sheet for cell in row if cell.hyperlink}
    assert found == {"B3": "../a.jpg"}
    assert [cell.data_type for cell in sheet[3]] == ["s", "s", "n"]
    assert [cell.value for cell in sheet[4]] == ["b", "=1+1", 2]
    assert sheet["B4"].data_type == "s"
    assert sheet["B4"].quotePrefix
