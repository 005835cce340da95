"""What an office does with its files: corrections, checked copies, templates, the calendar of evidence."""

import json

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
