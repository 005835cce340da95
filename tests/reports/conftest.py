"""The report of a demo round and of published rounds, written once per run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from filelock import FileLock

REAL = Path(__file__).parents[2] / "data" / "raw"
PUBLISHED = ("anhui-2016", "meizhou-2021-05", "xianning-2022-08")


@pytest.fixture(scope="session")
def reported(shared_folder, demo_project, tmp_path_factory):
    """A project with reports of demo-2025-q1 and three published rounds; tests only read it."""
    from analysis.pipeline import Choices, report_round, reports_folder, write_index

    root = shared_folder / "reported"
    with FileLock(f"{root}.lock"):
        if not root.is_dir():
            part = tmp_path_factory.mktemp("reported")
            raw = part / "data" / "raw"
            shutil.copytree(demo_project / "data" / "raw" / "demo-2025-q1", raw / "demo-2025-q1")
            for name in PUBLISHED:
                shutil.copytree(REAL / name, raw / name)
            folders = sorted(raw.iterdir())
            for folder in folders:
                report_round(folder, Choices())
            write_index(reports_folder(folders), "zh")
            part.rename(root)
    return root


@pytest.fixture
def small_project(tmp_path, monkeypatch):
    """A fresh project with one published round to write into."""
    shutil.copytree(REAL / "anhui-2016", tmp_path / "data" / "raw" / "anhui-2016")
    monkeypatch.chdir(tmp_path)
    return tmp_path
