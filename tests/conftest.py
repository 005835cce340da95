"""What every test may use: a display that needs no screen, and the demo rounds, written once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"
os.environ["PYTHONUTF8"] = "1"

settings.register_profile("wenming", derandomize=True, deadline=None)
settings.load_profile("wenming")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder of this run that all its workers see."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def demo_project(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder whose data/raw holds the demo rounds; tests read it and never write into it."""
    from analysis.demo import write_demo

    root = shared_folder / "demo-project"
    with FileLock(f"{root}.lock"):
        if not root.is_dir():
            part = tmp_path_factory.mktemp("demo")
            write_demo(part / "data" / "raw", seed=2024)
            part.rename(root)
    return root
