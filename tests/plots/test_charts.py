from __future__ import annotations

from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.errors import UsageError
from analysis.plots import gap_chart, heatmap, loss_map, pareto_chart, ranking_chart, save
from analysis.plots.canvas import wrapped
from analysis.tables import empty
from analysis.validation import validate

NAN = float("nan")
LABELS = ["group", "unit", "veto"]


@pytest.fixture(autouse=True)
def no_open_figures():
    yield
    plt.close("all")


@pytest.fixture
def ranking() -> pd.DataFrame:
    """Two groups with a tie, a vetoed unit and names with rare characters."""
    rows = [
        ("county", 1.0, "䶮山县", 91.27, False, NAN, 0.92, "", ""),
        ("county", 2.0, "北㙍区", 90.35, True, 0.92, 1.35, "", ""),
        ("county", 2.0, "国家级经济技术开发区管理委员会", 90.35, True, 0.92, 1.35, "", ""),
        ("county", 4.0, "清河区", 89.00, False, 1.35, NAN, "", ""),
        ("county", NAN, "双桥区", 88.10, False, NAN, NAN, "fraud", ""),
        ("district", 1.0, "东湖区", 84.50, False, NAN, 0.01, "", ""),
        ("district", 2.0, "西湖区", 84.49, False, 0.01, NAN, "", ""),
    ]
    frame = pd.DataFrame(rows, columns=empty("ranking").columns)
    return validate(frame.astype(dict.fromkeys(LABELS, "category") | {"bands": "str"}), "ranking")


@pytest.fixture
def causes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site_type": ["农贸市场", "背街小巷", "主次干道"],
            "cause": ["非机动车乱停放", "", "公益广告破损"],
            "points_lost": [2.0, 1.5, 0.5],
            "share": [0.5, 0.375, 0.125],
            "cumulated_share": [0.5, 0.875, 1.0],
        }
    )


@pytest.fixture
def rates() -> pd.DataFrame:
    values = [[0.913, 1.0, 0.5], [0.8, NAN, 0.755]]
    return pd.DataFrame(values, index=["安澜区", "䶮山县"], columns=["理想信念教育", "法治公平正义", "其他"])


def drawn(ax):
    """The axes after a full drawing: a missing glyph would have raised."""
    ax.figure.canvas.draw()
    return ax


def labels(ax, axis="y"):
    return [text.get_text() for text in getattr(ax, f"get_{axis}ticklabels")()]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def assert_no_overlap(boxes):
    assert not [1 for a, b in pairwise(boxes) if a.overlaps(b)]


def test_ranking_shows_every_score_in_the_order_of_the_table(ranking):
    ax = drawn(ranking_chart(ranking))
    points = ax.collections[1].get_offsets()
    assert points[:, 0].tolist() == ranking["composite"].tolist()
    assert np.all(np.diff(points[:, 1]) > 0)
    assert ax.yaxis_inverted()
    assert labels(ax)[:4] == [
        "䶮山县  1",
        "北㙍区  并列 2",
        "国家级经济技术开发区管理委员会  并列 2",
        "清河区  4",
    ]
    assert [text for text in texts(ax) if text.startswith("8")] == ["89.00", "88.10", "84.50", "84.49"]


def test_ranking_marks_a_unit_without_rank(ranking):
    ax = drawn(ranking_chart(ranking))
    fills = ax.collections[1].get_facecolors()
    assert labels(ax)[4] == "双桥区  不排名"
    hollow = [index for index, fill in enumerate(fills) if fill[:3].tolist() == [1, 1, 1]]
    assert hollow == [4]
    assert labels(ranking_chart(ranking, lang="en"))[4] == "双桥区  unranked"


def test_ranking_names_groups_only_when_there_are_several(ranking):
    ax = drawn(ranking_chart(ranking, groups={"county": "县", "district": "市辖区"}))
    assert {"县", "市辖区"} < set(texts(ax))
    one = ranking[ranking["group"] == "district"]
    assert "district" not in texts(ranking_chart(one))
    gaps = np.diff(ax.collections[1].get_offsets()[:, 1])
    assert gaps[4] > 2 * gaps[0]


def test_ranking_draws_its_lines_and_keeps_their_labels_apart(ranking):
    ax = drawn(ranking_chart(ranking, lines={"申报线 85 分": 85.0, "奖励线 85.5 分": 85.5, "90": 90.0}))
    assert sorted(line.get_xdata()[0] for line in ax.lines) == [85.0, 85.5, 90.0]
    boxes = [text.get_window_extent() for text in ax.texts if "线" in text.get_text()]
    assert_no_overlap(boxes)


def test_ranking_of_a_score_that_is_missing(ranking):
    lacking = ranking.assign(composite=ranking["composite"].where(ranking["unit"] != "双桥区"))
    ax = drawn(ranking_chart(lacking))
    (dash,) = [text for text in ax.texts if text.get_text() == "—"]
    assert ax.get_window_extent().contains(*dash.get_window_extent().min)
    assert ax.get_xlim()[0] > 80


def test_gaps_stand_on_their_sides(ranking):
    ax = drawn(gap_chart(ranking))
    below, above = (np.array([bar.get_width() for bar in group]) for group in ax.containers)
    np.testing.assert_array_equal(-below, ranking["gap_below"])
    np.testing.assert_array_equal(above, ranking["gap_above"])
    assert texts(ax).count("0.01") == 2
    assert len(labels(ax)) == len(ranking)
    low, high = ax.get_xlim()
    assert low == -high


def test_pareto_bars_and_line(causes):
    ax = drawn(pareto_chart(causes))
    twin = next(other for other in ax.figure.axes if other is not ax)
    assert [bar.get_width() for bar in ax.containers[0]] == [2.0, 1.5, 0.5]
    assert twin.lines[0].get_xdata().tolist() == [0.5, 0.875, 1.0]
    assert twin.lines[0].get_ydata().tolist() == [0, 1, 2]
    assert labels(ax) == ["农贸市场 · 非机动车乱停放", "背街小巷 · （未注明）", "主次干道 · 公益广告破损"]
    assert {"2.000", "50.0%", "87.5%", "100.0%"} < set(texts(ax))


def test_pareto_scales_agree_also_for_the_head_of_a_table(causes):
    for table in (causes, causes.head(2)):
        ax = pareto_chart(table)
        twin = next(other for other in ax.figure.axes if other is not ax)
        assert ax.get_xlim()[1] == pytest.approx(4.0 * twin.get_xlim()[1])


def test_pareto_without_any_loss(causes):
    nothing_lost = causes.assign(points_lost=0.0, share=0.0, cumulated_share=0.0)
    assert [bar.get_width() for bar in drawn(pareto_chart(nothing_lost)).containers[0]] == [0, 0, 0]


def test_heatmap_cells_and_numbers(rates):
    ax = drawn(heatmap(rates))
    cells = ax.collections[0].get_array()
    np.testing.assert_array_equal(np.ma.filled(cells, NAN), rates)
    assert texts(ax) == ["91.3", "100.0", "50.0", "80.0", "75.5"]
    assert labels(ax) == list(rates.index)
    assert labels(ax, "x") == list(rates.columns)


def test_a_map_of_losses_writes_points_and_leaves_out_what_lost_nothing():
    lost = pd.DataFrame({"垃圾": [3.0, NAN], "停车": [1.25, 0.5]}, index=["甲", "乙"])
    ax = drawn(loss_map(lost))
    assert texts(ax)[:3] == ["3.00", "1.25", "0.50"]
    mesh = ax.collections[0]
    assert mesh.get_clim() == (0.0, 3.0)
    assert sum(mesh.to_rgba(3.0)[:3]) < sum(mesh.to_rgba(0.5)[:3])


def test_heatmap_of_equal_or_untested_cells(rates):
    assert texts(drawn(heatmap(rates * 0 + 1)))[0] == "100.0"
    assert texts(drawn(heatmap(rates * NAN))) == []


@pytest.mark.parametrize("chart", [ranking_chart, gap_chart])
def test_many_units_with_long_names_do_not_overlap(chart):
    names = [f"第{i}组市人力资源和社会保障局下属事业单位服务中心办公室" for i in range(70)]
    many = pd.DataFrame({"group": "g", "rank": np.arange(1.0, 71), "unit": names, "tied": False, "veto": ""})
    many = many.assign(composite=np.linspace(95, 70, 70), gap_above=0.36, gap_below=0.36, bands="")
    ax = drawn(chart(many))
    boxes = [text.get_window_extent() for text in ax.get_yticklabels()]
    assert_no_overlap(boxes)
    assert min(box.x0 for box in boxes) > 0
    assert ax.figure.get_figheight() > 15


def test_many_columns_with_long_heads_do_not_overlap():
    heads = [f"{i} 生活和谐宜居环境与公共服务设施完善程度" for i in range(25)]
    ax = drawn(heatmap(pd.DataFrame(np.full((3, 25), 0.9), columns=heads)))
    assert_no_overlap([text.get_window_extent() for text in ax.get_xticklabels()])


CHARTS = [(ranking_chart, "ranking"), (gap_chart, "ranking"), (pareto_chart, "causes"), (heatmap, "rates")]


@pytest.fixture(params=CHARTS, ids=lambda pair: pair[0].__name__)
def chart(request):
    draw, table = request.param
    return draw, request.getfixturevalue(table)


def test_headings_are_written_out(chart):
    draw, table = chart
    ax = drawn(draw(table, title="自定标题", subtitle="合成数据 synthetic", note="示意权重"))
    assert ax.get_title(loc="left") == "自定标题"
    assert {"合成数据 synthetic", "示意权重"} < set(texts(ax))


def test_a_long_note_is_broken_into_lines(ranking):
    ax = drawn(ranking_chart(ranking, note="部分权重未公开，本图使用示意权重，" * 8))
    (note,) = [text for text in ax.texts if text.get_text().startswith("部分")]
    assert note.get_text().replace("\n", "") == "部分权重未公开，本图使用示意权重，" * 8
    assert note.get_window_extent().x1 < ax.figure.bbox.x1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("失分按点位汇总。", ["失分按", "点位汇", "总。"]),
        ("失分按。点位", ["失分按。", "点位"]),
        ("points lost", ["points", "lost"]),
        ("a\nb", ["a", "b"]),
        ("", [""]),
    ],
)
def test_lines_break_between_characters_or_at_spaces(text, lines):
    assert wrapped(text, 7).split("\n") == lines


def test_axes_that_are_given_are_used_and_returned(chart):
    draw, table = chart
    figure, ax = plt.subplots(figsize=(9, 6))
    assert drawn(draw(table, ax)) is ax
    assert figure.get_size_inches().tolist() == [9, 6]
    assert plt.get_fignums() == [figure.number]


def test_nothing_is_changed_but_the_axes(chart):
    draw, table = chart
    before, settings = table.copy(deep=True), dict(mpl.rcParams)
    draw(table)
    pd.testing.assert_frame_equal(table, before)
    assert dict(mpl.rcParams) == settings


@pytest.mark.parametrize(("lang", "words"), [("zh", "没有可画的数据"), ("en", "Nothing to draw")])
def test_an_empty_table_says_so(chart, lang, words):
    draw, table = chart
    ax = drawn(draw(table.iloc[:0], lang=lang, subtitle="synthetic"))
    assert {words, "synthetic"} == set(texts(ax))


def test_saving_writes_both_files_and_lets_the_figure_go(chart, tmp_path):
    draw, table = chart
    png, svg = save(draw(table), tmp_path / "2024" / "chart.v1")
    assert [png.name, svg.name] == ["chart.v1.png", "chart.v1.svg"]
    assert png.read_bytes().startswith(b"\x89PNG")
    assert svg.read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert plt.get_fignums() == []
    assert sorted(path.name for path in png.parent.iterdir()) == ["chart.v1.png", "chart.v1.svg"]


def test_the_same_table_gives_the_same_bytes(ranking, tmp_path):
    first, second = (save(ranking_chart(ranking), tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_file_that_is_held_open_is_left_as_it_was(ranking, tmp_path, monkeypatch):
    target = tmp_path / "chart.png"
    target.write_bytes(b"old")

    def refuse(self, other):
        raise PermissionError(other)

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(UsageError, match=r"chart\.png"):
        save(ranking_chart(ranking), tmp_path / "chart")
    assert target.read_bytes() == b"old"


def test_the_colour_scale_names_the_rates_it_stands_at(rates):
    ax = drawn(heatmap(pd.concat([rates.clip(lower=0.82)] * 6)))
    scale = ax.child_axes[0]
    shown = dict(zip(scale.get_yticks(), labels(scale), strict=True))
    assert len(shown) > 2
    assert all(float(text) == pytest.approx(100 * tick) for tick, text in shown.items())
