"""The bulletin says how far a result is the luck of the draw, by the seed, as a frequency."""

from dataclasses import replace

import pytest

from analysis.errors import Problem, UsageError
from analysis.facade import evaluate
from analysis.reports.bulletin import sections
from analysis.reports.material import Material
from analysis.reports.sections_redraw import redraw_axes, redraw_section
from analysis.results.ranking import rank_table
from analysis.simulation.redraw import redraw


@pytest.fixture(scope="module")
def material(demo_project):
    found = evaluate(demo_project / "data" / "raw" / "demo-2025-q2")
    ranking = rank_table(found.scores, found.rulebook.settings)
    return Material(found.round, "zh", found, ranking, seed=3)


def test_ranges_and_frequencies_are_those_of_the_redraw(material):
    section = redraw_section(material)
    drawn = redraw(material.evaluation, 2000, 3, nodes=False)
    assert "重抽频率" in section.sentences[0]
    assert "种子 3" in section.sentences[0]
    assert "概率" in section.sentences[0]
    rows = {row[0]: row for row in section.tables[0].rows}
    for i, unit in enumerate(drawn.units):
        low, high = sorted(drawn.composite[:, i])[50], sorted(drawn.composite[:, i])[-51]
        said = [float(text) for text in rows[unit][2].split("–")]
        assert said == pytest.approx([low, high], abs=0.02)
        if rows[unit][3] != "–":
            kept = (drawn.rank[:, i] == float(rows[unit][3])).mean()
            assert rows[unit][5] == f"{kept:.0%}"
    assert "redrawn" in [section.id for section in sections(material)]


def test_both_charts_are_drawn_and_english_is_english(material):
    english = replace(material, lang="en")
    assert [name for name, _ in redraw_axes(english, "")] == ["distribution", "ranks"]
    section = redraw_section(english)
    assert "no probabilities" in section.sentences[0]
    assert section.tables[0].headers[-1] == "Redraw frequency of this rank"


def test_nothing_is_said_where_nothing_was_drawn(material, monkeypatch):
    assert redraw_section(replace(material, level="villages")) is None
    assert redraw_section(replace(material, evaluation=None, ranking=None)) is None
    monkeypatch.setattr("analysis.simulation.messages.available", lambda _: ())
    assert redraw_section(replace(material)) is None


def test_a_round_that_cannot_be_drawn_again_says_why(material, monkeypatch):
    problem = Problem(code="empty", zh="层“东”没有受访者。", en="nobody was asked in stratum '东'.")

    def refuse(*_, **__):
        raise UsageError(problem)

    monkeypatch.setattr("analysis.simulation.redraw.redraw", refuse)
    again = replace(material)
    section = redraw_section(again)
    assert section.sentences[1:] == ["层“东”没有受访者。"]
    assert section.tables == []
    assert list(redraw_axes(again, "")) == []
