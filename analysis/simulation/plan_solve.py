"""The mixed-integer program behind a plan: fixes and pieces as variables, solved by HiGHS.

Huangfu & Hall, "Parallelizing the dual revised simplex method", Math. Prog. Comp. 10 (2018).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analysis.simulation.plan_gain import Gain

Floats = NDArray[np.float64]
Row = tuple[dict[int, float], float, float]
"""Coefficients by variable, lower and upper limit."""

SECONDS = 30.0
"""Longest time for one program; a plan that was not proven best by then says so."""

BRANCHES = 100
"""Branches tried to find the set with most points among equally cheap ones."""

HANDFUL = 1e-6
"""Points that a fix must bring to be worth naming, where points are maximised."""


@dataclass(frozen=True)
class Model:
    """Everything that limits a choice of things; what is None or empty does not.

    `needed`: points of gain. `rivals`: gain needed to be no worse than each rival, of which `above` may
    stay ahead. `groups`: things of one responsible unit and how many of them it can do.
    `needs`: pairs (a, b), a only with b; `excludes`: not both. `banned`: sets that were found before.
    """

    gain: Gain
    cost: Floats
    needed: float | None = None
    rivals: tuple[float, ...] = ()
    above: int = 0
    budget: float | None = None
    things: int | None = None
    groups: tuple[tuple[str, tuple[int, ...], int], ...] = ()
    needs: tuple[tuple[int, int], ...] = ()
    excludes: tuple[tuple[int, int], ...] = ()
    banned: tuple[tuple[int, ...], ...] = ()

    @property
    def aims(self) -> bool:
        """Whether there is something to reach (then cost is minimised, else points are maximised)."""
        return self.needed is not None or bool(self.rivals)

    def behind(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which rivals are no better than the unit once a set of things is fixed, shape (rivals,)."""
        ahead = float(self.gain.of(chosen)) - self.gain.lifts(chosen)
        return np.asarray(ahead >= np.array(self.rivals) - 1e-9)

    def reaches(self, chosen: NDArray[np.bool_]) -> bool:
        """Whether a set of things reaches the score and the rank by the exact gain."""
        if self.needed is not None and float(self.gain.of(chosen)) < self.needed - 1e-9:
            return False
        return not self.rivals or int((~self.behind(chosen)).sum()) <= self.above

    def without_aim(self) -> Model:
        return replace(self, needed=None, rivals=())


@dataclass(frozen=True)
class Solution:
    """The things chosen, shape (things,); `proven`: no better set exists."""

    chosen: NDArray[np.bool_]
    proven: bool


@dataclass
class _Program:
    """Columns: things, yields of pieces, switches of pieces."""

    n: int
    upper: list[float]
    whole: list[int]
    rows: list[Row] = field(default_factory=list)

    def variable(self, upper: float, whole: bool) -> int:
        self.upper.append(upper)
        self.whole.append(int(whole))
        return len(self.upper) - 1


def solve(model: Model, margin: float = 0.0) -> Solution | None:
    """The cheapest set that reaches the aim, the one with most points among equally cheap ones; without
    an aim the set with most points. None when there is none."""
    program, gained = _program(model, margin)
    small = {i: HANDFUL - gained.get(i, 0.0) for i in range(program.n)}
    most_points = {**{i: -value for i, value in gained.items()}, **small}
    if not model.aims:
        return _run(program, most_points)
    scale = float(model.cost.max(initial=0.0)) or 1.0
    costs = {i: float(cost) / scale for i, cost in enumerate(model.cost)}
    cheapest = _run(program, costs)
    if cheapest is None:
        return None
    spent = float(model.cost @ cheapest.chosen) / scale
    program.rows.append((costs, -np.inf, spent + 1e-9))
    best = _run(program, most_points, gap=1e-3, nodes=BRANCHES)
    return cheapest if best is None else replace(best, proven=cheapest.proven)


def _program(model: Model, margin: float) -> tuple[_Program, dict[int, float]]:
    """The program, and the terms of the gain in points."""
    n = len(model.cost)
    program = _Program(n, [1.0] * n, [1] * n)
    gained = {i: float(value) for i, value in enumerate(model.gain.points) if value}
    yields = _pieces(program, model.gain)
    for column, worth in zip(yields, model.gain.worth, strict=True):
        if worth:
            gained[column] = gained.get(column, 0.0) + float(worth)
    if model.needed is not None:
        program.rows.append((dict(gained), model.needed + margin, np.inf))
    _overtake(program, model, gained, yields, margin)
    _limits(program, model)
    return program, gained


def _overtake(
    program: _Program, model: Model, gained: dict[int, float], yields: list[int], margin: float
) -> None:
    """One yes or no per rival, whether the unit is no worse; only some rivals may stay ahead."""
    switches: dict[int, float] = {}
    order = np.argsort(model.rivals, kind="stable")
    last: int | None = None
    for rival in order.tolist():
        points, worth = model.gain.rival_points[rival], model.gain.rival_worth[rival]
        lead = dict(gained)
        for column, value in [*enumerate(points.tolist()), *zip(yields, worth.tolist(), strict=True)]:
            if value:
                lead[column] = lead.get(column, 0.0) - value
        # The most the unit may fall behind when nothing is asked of this rival.
        slack = sum(min(value * program.upper[column], 0.0) for column, value in lead.items())
        need = model.rivals[rival] + margin
        switch = program.variable(1.0, True)
        program.rows.append(({**lead, switch: min(slack - need, 0.0)}, slack, np.inf))
        still = not (points.any() or worth.any())
        if still and last is not None:
            # Whoever is overtaken was no easier than those with less to catch up.
            program.rows.append(({last: 1.0, switch: -1.0}, 0.0, np.inf))
        last, switches[switch] = switch if still else last, 1.0
    if switches:
        program.rows.append((switches, float(max(len(switches) - model.above, 0)), np.inf))


def _pieces(program: _Program, gain: Gain) -> list[int]:
    """The column of the yield of every piece, with the rows that tie it to its inputs."""
    columns: list[int] = []
    for piece in gain.pieces:
        most = sum(piece.things.values()) + sum(
            value * program.upper[columns[i]] for i, value in piece.pieces.items()
        )
        room = min(piece.room, piece.offset + piece.slope * most)
        column = program.variable(max(room, 0.0), False)
        inputs = dict(piece.things)
        for i, value in piece.pieces.items():
            inputs[columns[i]] = inputs.get(columns[i], 0.0) + value
        risen = {i: -piece.slope * value for i, value in inputs.items() if piece.slope}
        if piece.need <= 0:
            program.rows.append(({column: 1.0, **risen}, -np.inf, piece.offset))
        else:
            switch = program.variable(1.0, True)
            program.rows.append(({column: 1.0, switch: -piece.offset, **risen}, -np.inf, 0.0))
            program.rows.append(({column: 1.0, switch: -max(room, 0.0)}, -np.inf, 0.0))
            scaled = {i: value / piece.need for i, value in inputs.items()}
            program.rows.append(({switch: -1.0, **scaled}, 0.0, np.inf))
        columns.append(column)
    return columns


def _limits(program: _Program, model: Model) -> None:
    if model.budget is not None:
        scale = model.budget or 1.0
        costs = {i: float(value) / scale for i, value in enumerate(model.cost) if value}
        program.rows.append((costs, -np.inf, model.budget / scale))
    if model.things is not None:
        program.rows.append((dict.fromkeys(range(program.n), 1.0), -np.inf, float(model.things)))
    for _, members, most in model.groups:
        program.rows.append((dict.fromkeys(members, 1.0), -np.inf, float(most)))
    program.rows += [({a: 1.0, b: -1.0}, -np.inf, 0.0) for a, b in model.needs]
    program.rows += [({a: 1.0, b: 1.0}, -np.inf, 1.0) for a, b in model.excludes]
    program.rows += [(dict.fromkeys(found, 1.0), -np.inf, len(found) - 1.0) for found in model.banned]


def _run(
    program: _Program, objective: dict[int, float], gap: float = 1e-6, nodes: int = 10**6
) -> Solution | None:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    size = len(program.upper)
    if not size:
        kept = all(low <= 0 <= high for _, low, high in program.rows)
        return Solution(np.zeros(0, dtype=bool), True) if kept else None
    terms = [(i, j, value) for i, (line, _, _) in enumerate(program.rows) for j, value in line.items()]
    limits = []
    if terms:
        row, column, value = (np.array(part) for part in zip(*terms, strict=True))
        matrix = csr_array((value, (row, column)), shape=(len(program.rows), size))
        low, high = (np.array([one[k] for one in program.rows]) for k in (1, 2))
        limits = [LinearConstraint(matrix, low, high)]
    with _silent():
        found = milp(
            np.array([objective.get(i, 0.0) for i in range(size)]),
            integrality=np.array(program.whole),
            bounds=Bounds(np.zeros(size), np.array(program.upper)),
            constraints=limits,
            options={"time_limit": SECONDS, "mip_rel_gap": gap, "node_limit": nodes},
        )
    if found.x is None:
        return None
    return Solution(found.x[: program.n] > 0.5, found.status == 0)


@contextmanager
def _silent() -> Iterator[None]:
    """Standard output closed to the solver, whose own messages would break `--json`."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def exact(model: Model) -> Solution | None:
    """As `solve`, held against the exact gain: where a limit was only met within the solver's tolerance the
    program is solved again with a margin."""
    for margin in (0.0, 1e-6, 1e-5):
        found = solve(model, margin)
        if found is None or model.reaches(found.chosen):
            return found
    return None


def next_best(model: Model, found: Solution, n: int) -> list[Solution]:
    """Up to `n` further sets, each the best that does not contain one found before."""
    others: list[Solution] = []
    for _ in range(n):
        last = (others or [found])[-1].chosen
        if not last.any():
            break
        model = replace(model, banned=(*model.banned, tuple(np.flatnonzero(last).tolist())))
        another = exact(model)
        if another is None:
            break
        others.append(another)
    return others


def reachable(model: Model) -> Floats:
    """The largest gain in points under the limits, whatever the aim (NaN: not even nothing is allowed)."""
    found = solve(model.without_aim())
    return np.asarray(np.nan if found is None else model.gain.of(found.chosen))
