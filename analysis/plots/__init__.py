"""Charts: finished tables in, matplotlib Axes out; matplotlib is loaded when the first one is drawn."""

from analysis.plots.bump import bump_chart
from analysis.plots.canvas import save
from analysis.plots.control import control_chart
from analysis.plots.distribution import distribution_chart
from analysis.plots.frontier import frontier_chart
from analysis.plots.gaps import gap_chart
from analysis.plots.heat import heatmap, loss_map
from analysis.plots.pareto import pareto_chart
from analysis.plots.rank_heat import rank_heatmap
from analysis.plots.ranking import ranking_chart
from analysis.plots.survival import survival_chart
from analysis.plots.theme import theme
from analysis.plots.waterfall import waterfall_chart

__all__ = [
    "bump_chart",
    "control_chart",
    "distribution_chart",
    "frontier_chart",
    "gap_chart",
    "heatmap",
    "loss_map",
    "pareto_chart",
    "rank_heatmap",
    "ranking_chart",
    "save",
    "survival_chart",
    "theme",
    "waterfall_chart",
]
