"""The files of an evaluation: their numbers, their stamp, the same bytes twice, old or complete."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from analysis import pipeline
from analysis.errors import DataError, UsageError
from analysis.framework.model import Rounding
from analysis.reports import outputs
from analysis.reports.files import harmless, sha256, write_csv
from analysis.reports.outputs import printed
from analysis.validation import validate

ROUND = "anhui-2016"


def outputs_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def test_scores_are_rounded_and_nodes_are_not(reported):
    folder = reported / "data" / "processed" / "demo-2025-q1"
    scores = pd.read_csv(folder / "scores.csv", dtype=str, keep_default_na=False)
    assert list(scores.columns[:2]) == ["unit", "group"]
    assert {"base", "bonus", "penalty", "composite", "veto", "rank", "city.field"} <= set(scores.columns)
    assert scores["composite"].str.fullmatch(r"\d+\.\d\d").all()
    nodes = pd.read_parquet(folder / "nodes.parquet")
    root = nodes[nodes["node"] == "composite"].set_index("unit")
    base = (root["points_possible"] - root["points_lost"])[scores["unit"]]
    np.testing.assert_allclose(scores["base"].astype(float), base, atol=0.005000001)
    assert (base.round(2) != base).any()


def test_outputs_keep_the_contracts_and_the_ledger_adds_up(reported):
    folder = reported / "data" / "processed" / "demo-2025-q1"
    read = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("nodes", "ledger", "shares")}
    for name, frame in read.items():
        validate(frame, name)
    nodes = read["nodes"]
    lost = nodes[nodes["node"] == "composite"].set_index("unit")["points_lost"]
    by_unit = read["ledger"].groupby("unit", observed=True)["points_lost"].sum()
    np.testing.assert_allclose(by_unit[lost.index], lost, atol=1e-9)


def test_the_manifest_names_every_input_rule_and_count(reported):
    folder = reported / "data" / "processed" / "demo-2025-q1"
    found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    raw = reported / "data" / "raw" / "demo-2025-q1"
    files = [path for path in raw.iterdir() if path.is_file()]
    assert found["inputs"] == {path.name: sha256(path) for path in files}
    assert found["composition"]["id"] == "national-70-20-10"
    assert {"national-city-2023", "national-county-2023"} <= set(found["frameworks"])
    assert found["counts"]["rows_read"] == found["counts"]["rows_used"] + found["counts"]["rows_rejected"]
    assert (found["synthetic"], found["illustrative"], found["stamp"]) == (True, True, "")


def test_the_same_input_gives_the_same_bytes(small_project):
    pipeline.process(ROUND, out="first")
    pipeline.process(ROUND, out="second")
    assert outputs_of(small_project / "first") == outputs_of(small_project / "second")


def test_nothing_is_written_again_until_something_changes(small_project):
    folder = pipeline.process(ROUND).folder
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir() if path.is_file()}
    assert pipeline.process(ROUND).skipped
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir() if path.is_file()} == before
    assert not pipeline.process(ROUND, seed=0).skipped
    (folder / "shares.parquet").unlink()
    assert not pipeline.process(ROUND, seed=0).skipped
    scores = small_project / "data" / "raw" / ROUND / "scores.csv"
    scores.write_text(scores.read_text(encoding="utf-8").replace("95.24", "95.34"), encoding="utf-8")
    assert not pipeline.process(ROUND, seed=0).skipped


def test_outputs_stay_old_when_writing_fails(small_project, monkeypatch):
    folder = pipeline.process(ROUND).folder
    before = outputs_of(folder)

    def fail(frame, stamp, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(outputs, "_write_parquet", fail)
    with pytest.raises(OSError, match="No space left"):
        pipeline.process(ROUND, seed=1)
    assert outputs_of(folder) == before


def test_raw_data_are_never_touched(small_project):
    raw = small_project / "data" / "raw"
    before = {path: path.read_bytes() for path in raw.rglob("*") if path.is_file()}
    pipeline.report(ROUND)
    assert {path: path.read_bytes() for path in raw.rglob("*") if path.is_file()} == before


@pytest.fixture
def spoiled(small_project):
    """The round with a score that cannot be one."""
    raw = small_project / "data" / "raw" / ROUND
    for path in raw.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("95.24", "195.24"), encoding="utf-8")
    return small_project


def test_rejected_rows_stop_an_evaluation_and_are_kept_with_their_reason(spoiled):
    with pytest.raises(DataError, match="195.24"):
        pipeline.process(ROUND)
    folder = spoiled / "data" / "processed" / ROUND
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["rejected.xlsx"]
    kept = pd.read_excel(folder / "rejected.xlsx", dtype=str, engine="openpyxl")
    assert kept.astype(str).to_string().count("195.24") >= 1


def test_accepted_rejections_stamp_every_output(spoiled):
    with pytest.raises(DataError, match="missing|没有|no data|缺"):
        pipeline.process(ROUND, accept_rejected=True)
    raw = spoiled / "data" / "raw" / ROUND
    for path in raw.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("195.24", "95.24"), encoding="utf-8")
    units = raw / "units.csv"
    units.write_text(units.read_text(encoding="utf-8") + ",地级市\n", encoding="utf-8")
    folder = pipeline.process(ROUND, accept_rejected=True).folder
    assert "1 rows could not be used" in pd.read_csv(folder / "scores.csv")["stamp"].iloc[0]
    assert (
        "1 rows could not be used"
        in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["stamp"]
    )
    metadata = pd.io.parquet.get_engine("pyarrow").api.parquet.read_schema(folder / "ledger.parquet").metadata
    assert b"1 rows could not be used" in metadata[b"wenming"]


def test_a_round_without_rules_is_refused(small_project):
    meizhou = small_project / "data" / "raw" / "audit-only"
    shutil.copytree(small_project / "data" / "raw" / ROUND, meizhou)
    info = meizhou / "round.yml"
    lines = info.read_text(encoding="utf-8").splitlines()
    info.write_text("\n".join(line for line in lines if "composition" not in line), encoding="utf-8")
    with pytest.raises(UsageError, match="names no composition"):
        pipeline.process("audit-only")


def test_printed_numbers_follow_the_rounding_of_the_rules():
    frame = pd.DataFrame({"rank": [1.0, np.nan], "composite": [0.29 * 100, 84.005], "n": [3, 4]})
    half_up = printed(frame, Rounding(decimals=2, mode="half_up"))
    cut = printed(frame, Rounding(decimals=1, mode="truncate"))
    assert half_up["composite"].tolist() == ["29.00", "84.01"]
    assert cut["composite"].tolist() == ["29.0", "84.0"]
    assert half_up["rank"].tolist() == ["1", ""]
    assert half_up["n"].tolist() == ["3", "4"]


@pytest.mark.parametrize("text", ["=1+1", "+7", "-cmd|' /C calc'!A0", "@SUM(A1)"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(tmp_path, text):
    assert harmless(text) == f"'{text}"
    write_csv(pd.DataFrame({"unit": [text, "plain"]}), tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv")["unit"].tolist() == [f"'{text}", "plain"]
