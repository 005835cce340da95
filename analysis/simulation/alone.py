"""What a redraw cannot show: points that rest on one site which stands for others that nobody visited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.scoring.arrays import Floats, group_sum
from analysis.simulation.kernel import BlockParts

if TYPE_CHECKING:
    from analysis.simulation.redraw import Setting


def single_site_share(setting: Setting) -> Floats:
    """Share (0..1, by unit) of the full marks in leaves seen only at sites that are alone in their stratum.

    Such sites found no neighbour to be drawn with (`notes`), so the spread of their leaves counts as 0.
    """
    members, composite = setting.sample.members, setting.evaluation.scored.composite
    n, population = members["n"].to_numpy(), members["population"].to_numpy(dtype=float)
    alone, varies = (n == 1) & ~(population <= 1), (n > 1) & ~(population <= n)
    names = [str(name) for name in composite.units["unit"]]
    total = np.zeros(len(names))
    for parts in setting.parts:
        still = _touched(parts, alone) & ~_touched(parts, varies)
        worth = composite.worth(parts.scored)[:, parts.scored.tree.leaf_node]
        unit = np.array([names.index(str(unit)) for unit in parts.scored.block.entities["unit"]])
        total += group_sum((worth * still.reshape(worth.shape)).sum(axis=1), unit, len(names))
    return total / composite.full_marks


def _touched(parts: BlockParts, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells with a row of any of the chosen members."""
    at = parts.used & np.append(chosen, False)[parts.member]
    cells = np.zeros(parts.scored.block.n_cells, dtype=bool)
    cells[parts.scored.cases.cell[parts.scored.cases.row_case[at]]] = True
    return cells
