"""What an office does with its files: corrections, checked copies, templates, the calendar of evidence."""

import json

import openpyxl
import yaml

from analysis.cli import run


def test_the_manifest_records_what_was_corrected(project, capsys):
    folder = project / "data" / "raw" / "national-2018"
    lines = (folder / "scores.csv").read_text(encoding="utf-8-sig").splitlines()
    header, first = lines[0].split(","), lines[1].split(",")
    column = header.index("得分")
    entry = {
        "file": "scores.csv",
        "row": 2,
        "column": header[column],
        "old": first[column],
        "new": "90.00",
        "reason": "测试",
        "confirmed_by": "省文明办",
    }
    (folder / "corrections.yml").write_text(yaml.safe_dump([entry], allow_unicode=True), encoding="utf-8")
    assert run(["evaluate", "national-2018", "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert manifest["corrections"][0]["new"] == "90.00"
    assert manifest["corrections"][0]["confirmed_by"] == "省文明办"


def test_check_leaves_a_marked_copy_and_says_where(project, capsys):
    folder = project / "data" / "raw" / "hengyang-2019-02"
    scores = folder / "scores.csv"
    lines = scores.read_text(encoding="utf-8-sig").splitlines()
    scores.write_text("\n".join([*lines, lines[-1]]) + "\n", encoding="utf-8")
    assert run(["check", "hengyang-2019-02", "--lang", "en"]) == 1
    assert "Written: data/processed/hengyang-2019-02/check/scores.xlsx" in capsys.readouterr().out
    assert run(["check", "hengyang-2019-02", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["copies"] == [str(project / "data/processed/hengyang-2019-02/check/scores.xlsx")]
    assert told["calendar"] == []


def test_check_lists_the_evidence_that_is_missing(full_project, capsys):
    assert run(["check", "demo-2025-q2"]) == 0
    printed = capsys.readouterr().out
    (line,) = [line for line in printed.splitlines() if "全国食品安全宣传周" in line]
    cells = line.split()
    assert cells[:2] == ["市场监督管理局", "2025-09-17"]
    assert cells[-3:-1] == ["全国食品安全宣传周", "待报"]
    book = openpyxl.load_workbook(full_project / "data/processed/demo-2025-q2/check/材料日历.xlsx")
    assert "商务局" in book.sheetnames
    page = book["全部"]
    assert [cell.value for cell in page[4]][:4] == ["责任单位", "被测评单位", "下属单位", "材料"]
    assert "合成数据" in page["A2"].value
    assert page["K5"].fill.fgColor.rgb[-6:] in ("FFC7CE", "FFEB9C")
    assert run(["check", "demo-2025-q2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"open", "done"} <= {row["state"] for row in told["calendar"]}


def test_template_writes_what_check_accepts(project, capsys):
    assert run(["template", "--framework", "village-2023", "--out", "data/raw/new", "--lang", "en"]) == 0
    assert "files written to data/raw/new" in capsys.readouterr().out
    assert run(["check", "new"]) == 0
    assert run(["template", "--framework", "village-2023", "--out", "data/raw/new"]) == 2
    assert "已存在" in capsys.readouterr().err
