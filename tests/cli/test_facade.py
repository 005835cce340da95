"""`import analysis`: what it offers, and that it loads nothing until it is used."""

import subprocess
import sys

import pytest

import analysis

NAMES = {
    "audit",
    "calendar",
    "causes",
    "check",
    "compare",
    "cross",
    "evaluate",
    "explain",
    "findings",
    "forecast",
    "load",
    "plan",
    "plots",
    "rank",
    "rectification",
    "reissue",
    "report",
    "responsible",
    "sensitivity",
    "series",
    "simulate",
    "smallest_swap",
    "template",
    "what_if",
}


def test_the_facade_offers_its_names_and_refuses_others():
    assert set(analysis.__all__) >= NAMES
    assert set(dir(analysis)) >= NAMES
    with pytest.raises(AttributeError, match="no attribute 'no_such_thing'"):
        _ = analysis.no_such_thing


def test_every_name_of_the_facade_can_be_used():
    for name in NAMES - {"plots"}:
        assert callable(getattr(analysis, name)), name
        assert getattr(analysis, name).__doc__
    assert callable(analysis.plots.ranking_chart)


def test_importing_the_facade_does_not_even_load_pandas():
    heavy = ("pandas", "numpy", "pydantic", "yaml")
    code = f"import sys, analysis; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_round_can_be_given_by_name_folder_or_loaded(project):
    loaded = analysis.load("national-2018")
    by_name = analysis.evaluate("national-2018")
    by_round = analysis.evaluate(loaded)
    by_folder = analysis.evaluate(project / "data" / "raw" / "national-2018")
    assert by_name.scores.equals(by_round.scores)
    assert by_name.scores.equals(by_folder.scores)
    assert analysis.rank(by_name)["unit"].iloc[0] == "济南"


def test_causes_are_ids_or_words(project):
    evaluation = analysis.evaluate("anhui-2016" if (project / "anhui-2016").exists() else "hengyang-2019-02")
    ids = analysis.causes(evaluation, ["component"])
    words = analysis.causes(evaluation, ["component"], lang="en")
    assert ids["points_lost"].tolist() == words["points_lost"].tolist()
    assert list(ids.columns) == list(words.columns)


def test_report_returns_the_index(project):
    index = analysis.report("national-2018", out=project / "out", lang="en")
    assert index == project / "out" / "index.html"
    assert (project / "out" / "national-2018" / "bulletin.html").is_file()


def test_the_calendar_and_the_templates_are_offered(project):
    (project / "data" / "raw" / "due").mkdir()
    for path in analysis.template("member-units-2024-q1", project / "data" / "raw" / "due"):
        assert path.is_file()
    table = analysis.calendar("due")
    assert list(table.columns[:2]) == ["responsible_unit", "unit"]
    assert analysis.calendar(analysis.check("due")).equals(table)
