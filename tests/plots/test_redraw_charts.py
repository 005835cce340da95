"""Charts of redraws: the artists carry the numbers of the table."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from analysis.plots import distribution_chart, rank_heatmap


@pytest.fixture(autouse=True)
def no_open_figures():
    yield
    plt.close("all")


@pytest.fixture
def units():
    rows = [
        ("䶮山县", "g", 91.0, 88.0, 90.0, 90.5, 91.0, 93.0),
        ("东湖区", "h", 84.0, 80.0, 83.0, 84.2, 85.0, 88.0),
    ]
    return pd.DataFrame(rows, columns=["unit", "group", "composite", "q025", "q25", "q50", "q75", "q975"])


def test_distributions_show_the_quantiles_and_the_target(units):
    ax = distribution_chart(units, target=86.0, groups={"g": "县", "h": "区"})
    thin, thick = ax.collections[:2]
    assert [path.vertices[:, 0].tolist() for path in thin.get_paths()] == [[88.0, 93.0], [80.0, 88.0]]
    assert [path.vertices[:, 0].tolist() for path in thick.get_paths()] == [[90.0, 91.0], [83.0, 85.0]]
    lines = {line.get_label(): list(line.get_xdata()) for line in ax.lines}
    assert lines["composite"] == [91.0, 84.0]
    assert lines["target"] == [86.0, 86.0]
    assert {"县", "区", "目标 86"} <= {text.get_text() for text in ax.texts}


def test_rank_cells_hold_the_frequencies_best_unit_first():
    ranks = pd.DataFrame(
        {"unit": ["乙", "乙", "甲", "甲"], "rank": [1, 3, 1, 3], "frequency_rate": [0.002, 0.998, 0.75, 0.25]}
    )
    ax = rank_heatmap(ranks, lang="en")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["甲", "乙"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3"]
    cells = {
        text.get_position(): text.get_text()
        for text in ax.texts
        if text.get_text() in ("75", "25", "<1", "100")
    }
    assert cells == {(0.5, 0.5): "75", (2.5, 0.5): "25", (0.5, 1.5): "<1", (2.5, 1.5): "100"}


def test_a_forecast_of_ranks_is_called_one_and_shows_probabilities():
    ranks = pd.DataFrame({"unit": ["甲", "乙"], "rank": [1, 2], "probability": [0.6, 1.0]})
    for lang, said in (("zh", "下次正式测评得到该名次的概率"), ("en", "at the next official test")):
        ax = rank_heatmap(ranks, forecast=True, lang=lang)
        texts = [text.get_text().replace("\n", " ") for text in ax.figure.findobj(plt.Text)]
        assert any(said in text for text in texts)
        assert not any("重抽" in text or "redraws" in text for text in texts)
        assert {"60", "100"} <= set(texts)


def test_nothing_to_draw_is_said(units):
    assert "没有可画的数据" in {text.get_text() for text in distribution_chart(units.head(0)).texts}
    empty = pd.DataFrame({"unit": [], "rank": [], "frequency_rate": []})
    assert "Nothing to draw" in {text.get_text() for text in rank_heatmap(empty, lang="en").texts}
