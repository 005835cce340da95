"""The charts of a bulletin: which tables are drawn, and the files they become."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from analysis import plots
from analysis.reports.material import Material
from analysis.reports.sections_compared import compared_axes
from analysis.reports.sections_duties import duties_axes
from analysis.reports.sections_losses import cause_groups
from analysis.reports.sections_redraw import redraw_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_COLUMNS, _MOST_CAUSES = 40, 15
_IN = "\x1f"


@dataclass(frozen=True)
class Chart:
    """One chart as the bytes of its files; `uri` is the picture for a page that needs no other file."""

    name: str
    title: str
    png: bytes
    svg: bytes

    @property
    def uri(self) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg).decode("ascii")


def draw(material: Material) -> dict[str, Chart]:
    """The charts of a round by name; empty for a round that is only audited."""
    if material.evaluation is None:
        return {}
    with TemporaryDirectory() as folder:
        return {name: _saved(material, name, axes, Path(folder)) for name, axes in _axes(material)}


def _saved(material: Material, name: str, axes: Axes, folder: Path) -> Chart:
    png, svg = plots.save(axes, folder / name)
    return Chart(name, material.say(f"chart_{name.partition('_')[0]}"), png.read_bytes(), svg.read_bytes())


def _axes(material: Material) -> Iterator[tuple[str, Axes]]:
    evaluation, ranking = material.evaluation, material.ranking
    assert evaluation is not None and ranking is not None
    note, lang = "  ".join(material.marks), material.lang
    groups = {str(name): material.labels("group", name) for name in ranking["group"].unique()}
    yield (
        "ranking",
        plots.ranking_chart(ranking, groups=groups, subtitle=material.title, note=note, lang=lang),
    )
    if ranking["gap_above"].notna().any():
        yield "gaps", plots.gap_chart(ranking, groups=groups, subtitle=material.title, note=note, lang=lang)
    kinds = cause_groups(material)
    if len(kinds) > 1:
        yield (
            "pareto",
            plots.pareto_chart(kinds.head(_MOST_CAUSES), subtitle=material.title, note=note, lang=lang),
        )
    rates = score_rates(material)
    if rates.shape[1] > 1:
        yield "heatmap", plots.heatmap(rates, subtitle=material.title, note=note, lang=lang)
    if len(evaluation.ledger):
        yield from duties_axes(material, note)
    yield from redraw_axes(material, note)
    yield from compared_axes(material, note)


def score_rates(material: Material) -> pd.DataFrame:
    """Score rates (0..1) with units as rows, in the order of the ranking, and nodes of one depth as columns.

    The depth is the deepest that still fits on a page.
    """
    evaluation, ranking = material.evaluation, material.ranking
    assert evaluation is not None and ranking is not None
    nodes = evaluation.nodes[evaluation.nodes["place"] == ""]
    sizes = nodes.groupby("depth")[["component", "node"]].apply(lambda part: len(part.drop_duplicates()))
    depth = max((int(at) for at, size in sizes.items() if size <= _MOST_COLUMNS), default=0)
    chosen = nodes[(nodes["depth"] == depth) | (nodes["leaf"] & (nodes["depth"] < depth))]
    several = chosen["component"].nunique() > 1
    pairs = chosen[["component", "node"]].astype("str")
    keys = pairs["component"] + _IN + pairs["node"]
    wide = chosen.assign(key=keys, unit=chosen["unit"].astype("str")).pivot(
        index="unit", columns="key", values="score_rate"
    )
    wide = wide.reindex(index=ranking["unit"].astype("str"), columns=keys.unique())
    return wide.rename(columns=lambda key: _column(material, key, several))


def _column(material: Material, key: str, several: bool) -> str:
    component, node = key.split(_IN)
    label = material.labels("node", node, component)
    return f"{material.labels('component', component)}·{label}" if several and node != component else label
