"""The notebooks are stored without outputs, and run from top to bottom."""

import importlib.util
import re
import shutil
from pathlib import Path

import nbformat
import pytest

HERE = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))


def runner():
    spec = importlib.util.spec_from_file_location("notebooks_run", HERE / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_clean_and_end_with_a_check(path):
    book = nbformat.read(path, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert "assert " in code[-1].source
    assert all(cell.source.count("analysis.") <= 1 for cell in code)
    headings = [
        cell.source for cell in book.cells if cell.cell_type == "markdown" and cell.source.startswith("#")
    ]
    assert all(text.splitlines()[1].startswith("*") for text in headings)


def bring_in(path, project, demo_project):
    """Copy the rounds that a notebook names into the project it runs in."""
    for name in set(re.findall(r"(?:demo|xianning)-[\dq-]*\d", path.read_text(encoding="utf-8"))):
        source = (demo_project if name.startswith("demo") else HERE.parent) / "data" / "raw" / name
        shutil.copytree(source, project / "data" / "raw" / name, dirs_exist_ok=True)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(full_project, demo_project, path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(HERE.parent))
    bring_in(path, full_project, demo_project)
    page = runner().execute(path, full_project / "reports" / "notebooks", full_project)
    executed = nbformat.read(page.with_suffix(".ipynb"), as_version=4)
    last = [cell for cell in executed.cells if cell.cell_type == "code"][-1]
    assert "核对通过" in last.outputs[0]["text"]
    drawing = [cell for cell in executed.cells if "analysis.plots." in cell.source]
    assert drawing
    for cell in drawing:
        assert "image/png" in cell.outputs[-1].data, cell.source
    assert page.stat().st_size > 100_000


def test_a_notebook_that_is_not_there_is_named(capsys):
    assert runner().main(["99_nothing"]) == 2
    assert "99_nothing" in capsys.readouterr().err
