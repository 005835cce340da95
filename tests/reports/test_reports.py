"""Bulletin, index, charts and workbook: what they say, that they need nothing else and run nothing."""

import json
import re

import openpyxl
import pandas as pd
import pytest

from analysis import pipeline
from analysis.intake.info import read_info
from analysis.reports.labels import Labels, words
from analysis.reports.sheets import add_table, new_book

DEMO = "demo-2025-q1"


def page(reported, name):
    return (reported / "reports" / name / "bulletin.html").read_text(encoding="utf-8")


def plain(html):
    return re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    )


def test_a_bulletin_has_every_section(reported):
    text = plain(page(reported, DEMO))
    for key in ("ranks", "parts", "where", "causes", "problems", "adjustments", "quality", "method"):
        assert words()[f"{key}_title"]["zh"] in text, key
    for name in ("site_types_best", "site_types_worst", "questions_caption", "responsible_all_caption"):
        assert words()[name]["zh"] in text, name


def test_a_bulletin_says_that_it_is_synthetic_and_illustrative_and_names_the_rules(reported):
    text = plain(page(reported, DEMO))
    assert "合成数据：本轮次全部数据由程序生成" in text
    assert "示意权重" in text
    assert "national-70-20-10" in text
    assert "城市 70%、未成年人思想道德建设 20%、文明村镇 10%" in text


def test_a_bulletin_needs_no_other_file(reported):
    for path in (reported / "reports").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert not re.search(r"(src|href)=\"(https?:)?//", html), path
        assert "<script" not in html
        assert "<link" not in html
        assert all(
            uri.startswith("data:image/svg+xml") for uri in re.findall(r"<img src=\"([^\"]{30})", html)
        )


def test_the_ranking_in_the_bulletin_is_that_of_the_outputs(reported):
    ranking = pd.read_csv(reported / "data" / "processed" / DEMO / "ranking.csv", dtype=str)
    text = plain(page(reported, DEMO))
    for row in ranking.itertuples():
        assert re.search(rf"{row.rank} {row.unit} {row.composite} ", text), row


def test_every_level_of_a_round_has_its_own_report(reported):
    levels = [path.parent.name for path in (reported / "reports" / DEMO).glob("*/bulletin.html")]
    assert set(levels) == set(read_info(reported / "data" / "raw" / DEMO).levels)
    assert len(pd.read_csv(reported / "data" / "processed" / DEMO / "villages" / "scores.csv")) == 60


def test_a_round_without_rules_gets_the_audit_alone(reported):
    text = plain(page(reported, "meizhou-2021-05"))
    assert words()["audit_title"]["zh"] in text
    assert words()["audit_only"]["zh"] in text
    assert words()["ranks_title"]["zh"] not in text


def test_a_misprint_is_in_the_bulletin_and_in_the_index(reported):
    assert "16.42" in plain(page(reported, "xianning-2022-08"))
    index = plain((reported / "reports" / "index.html").read_text(encoding="utf-8"))
    assert "矛盾 1 处" in index


def test_the_index_lists_every_report_and_its_links_work(reported):
    folder = reported / "reports"
    html = (folder / "index.html").read_text(encoding="utf-8")
    links = re.findall(r"href=\"([^\"]+)\"", html)
    assert len([link for link in links if link.endswith("bulletin.html")]) == len(
        list(folder.rglob("bulletin.html"))
    )
    assert all((folder / link).is_file() for link in links)


def test_links_of_a_bulletin_work(reported):
    for path in (reported / "reports").rglob("bulletin.html"):
        html = path.read_text(encoding="utf-8")
        for link in re.findall(r"href=\"([^\"]+)\"", html):
            assert f'id="{link[1:]}"' in html if link.startswith("#") else (path.parent / link).is_file(), (
                link
            )


def test_charts_are_written_as_png_and_svg(reported):
    folder = reported / "reports" / DEMO / "charts"
    names = {path.stem for path in folder.glob("*.png")}
    assert names == {path.stem for path in folder.glob("*.svg")}
    assert names >= {"ranking", "gaps", "pareto", "heatmap"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.glob("*.png"))


def test_text_of_the_data_is_escaped(small_project):
    raw = small_project / "data" / "raw" / "anhui-2016"
    for path in raw.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("蚌埠市", "<b>蚌埠</b>"), encoding="utf-8")
    pipeline.report("anhui-2016")
    html = (small_project / "reports" / "anhui-2016" / "bulletin.html").read_text(encoding="utf-8")
    assert "<b>蚌埠</b>" not in html
    assert "&lt;b&gt;蚌埠&lt;/b&gt;" in html


def test_reports_are_the_same_bytes_and_are_not_written_again(small_project):
    first = pipeline.report("anhui-2016", out="one").parent
    second = pipeline.report("anhui-2016", out="two").parent
    read = [{p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in (first, second)]
    assert read[0] == read[1]
    (done,) = pipeline.report_round("anhui-2016", pipeline.Choices(), "one")
    assert done.skipped


def test_an_english_report_has_no_chinese_but_names(small_project):
    pipeline.report("anhui-2016", lang="en")
    html = (small_project / "reports" / "anhui-2016" / "bulletin.html").read_text(encoding="utf-8")
    names = {"蚌埠市", "宣城市", "淮北市", "黄山市", "安庆市", "池州市"}
    chinese = set(re.findall(r"[\u4e00-\u9fff]+", plain(html)))
    assert chinese - names <= {"新闻发布会", "城市", "未成年人"}, chinese - names


def sheets(reported, name):
    return openpyxl.load_workbook(reported / "reports" / name / "workbook.xlsx")


def test_a_workbook_has_its_sheets_with_headers_panes_and_filters(reported):
    book = sheets(reported, DEMO)
    assert book.sheetnames[:6] == ["得分", "排名", "节点得分", "失分原因", "失分台账", "加减分"]
    assert {"数据质量", "规则"} <= set(book.sheetnames)
    for sheet in book:
        assert sheet.freeze_panes == "B4", sheet.title
        assert sheet.auto_filter.ref.startswith("A3:"), sheet.title
        assert all(cell.font.bold for cell in sheet[3]), sheet.title
        assert "合成数据" in sheet["A2"].value, sheet.title


def test_the_workbook_shows_the_scores_of_the_outputs(reported):
    rows = list(sheets(reported, DEMO)["得分"].iter_rows(min_row=4, values_only=True))
    scores = pd.read_csv(reported / "data" / "processed" / DEMO / "scores.csv")
    assert [row[0] for row in rows] == scores["unit"].tolist()
    at = scores.columns.get_loc("composite")
    assert [row[at] for row in rows] == pytest.approx(scores["composite"].tolist())


def test_the_ledger_says_what_was_cut(reported):
    sheet = sheets(reported, DEMO)["失分台账"]
    total = json.loads((reported / "data" / "processed" / DEMO / "manifest.json").read_text(encoding="utf-8"))
    assert f"共 {total['counts']['ledger']:,} 条" in sheet["A2"].value
    assert "5,000" in sheet["A2"].value
    assert sheet.max_row == 5003


def test_text_in_a_workbook_never_becomes_a_formula(tmp_path):
    book = new_book()
    texts = ["=1+1", "+7", "-2", "@SUM(A1)", "bell\x07", "plain"]
    add_table(book, "t", pd.DataFrame({"=header": texts, "n": range(len(texts))}))
    book.save(tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["t"]
    assert [cell.data_type for cell in sheet["A"]] == ["s"] * 7
    assert [cell.value for cell in sheet["A"]] == ["=header", *texts[:4], "bell", "plain"]
    assert [cell.quotePrefix for cell in sheet["A"]][1:5] == [True] * 4


def test_labels_of_the_same_id_are_kept_apart_by_component():
    from analysis.framework import library

    labels = Labels(library.load("national-70-20-10"), "en")
    frame = pd.DataFrame(
        {"component": ["city", "minors"], "node": ["city", "minors"], "points_lost": [1.0, 2.0]}
    )
    shown = labels.apply(frame)
    assert shown.iloc[:, 0].tolist() == ["City", "Minors"]
    assert shown.columns[2] == "Points lost"
    assert labels("node", "no-such-node") == "no-such-node"
