"""Charts: finished tables in, matplotlib Axes out; matplotlib is loaded when the first one is drawn."""

from analysis.plots.canvas import save
from analysis.plots.gaps import gap_chart
from analysis.plots.heat import heatmap
from analysis.plots.pareto import pareto_chart
from analysis.plots.ranking import ranking_chart
from analysis.plots.theme import theme

__all__ = ["gap_chart", "heatmap", "pareto_chart", "ranking_chart", "save", "theme"]
