"""A project folder with published rounds for commands to run in, and one with the demo rounds besides."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

REAL = Path(__file__).parents[2] / "data" / "raw"
SERIES = ("xianning-2022-08", "xianning-2022-12", "xianning-2023-06")
PUBLISHED = (*SERIES, "national-2018", "meizhou-2021-05", "hengyang-2019-02", "wuhan-2018-11")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A fresh project with a few published rounds; the test stands in it."""
    for name in PUBLISHED:
        shutil.copytree(REAL / name, tmp_path / "data" / "raw" / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WENMING_LANG", raising=False)
    return tmp_path


@pytest.fixture
def full_project(project, demo_project):
    """The same with one of the demo rounds."""
    name = "demo-2025-q2"
    shutil.copytree(REAL.parents[1] / "docs" / "examples", project / "docs" / "examples")
    shutil.copytree(demo_project / "data" / "raw" / name, project / "data" / "raw" / name)
    return project
