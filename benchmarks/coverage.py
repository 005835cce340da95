"""Do the intervals cover, and do forecasts come true? `python benchmarks/coverage.py` over planted worlds.

Writes its tables into docs/simulation.md, between the marks. In a planted world the truth is known: units
with strata of few sites out of a known number, a mock draw, and a second, independent draw as the next test.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from analysis.inference.ranksets import rank_sets  # noqa: E402
from analysis.inference.redraw import draw_counts, plain, rescaling  # noqa: E402
from analysis.inference.shrink import fresh, pooled, truth_of  # noqa: E402

PAGE = ROOT / "docs" / "simulation.md"
MARKS = ("<!-- coverage: written by benchmarks/coverage.py -->", "<!-- end of coverage -->")
STRATA, REPLICATES = 12, 1000


class World(NamedTuple):
    """Scores of all sites (units, strata, population), and of the units (0..100)."""

    sites: np.ndarray
    truth: np.ndarray


def plant(rng: np.random.Generator, units: int, population: int, spread: float) -> World:
    """Units around 88 points; sites of a stratum scatter by 12 points around a level of their own."""
    level = 88 + spread * rng.normal(size=(units, 1, 1)) + 3 * rng.normal(size=(units, STRATA, 1))
    sites = np.clip(level + 12 * rng.normal(size=(units, STRATA, population)), 0, 100)
    return World(sites, sites.mean(axis=(1, 2)))


def visit(rng: np.random.Generator, world: World, n: int) -> np.ndarray:
    """n sites of every stratum, drawn without replacement (units, strata, n)."""
    order = rng.random(world.sites.shape).argsort(axis=-1)[..., :n]
    return np.take_along_axis(world.sites, order, axis=-1)


def redrawn(rng: np.random.Generator, seen: np.ndarray, population: float, rescaled: bool) -> np.ndarray:
    """Replicates of the score of every unit (units, replicates)."""
    units, strata, n = seen.shape
    draws = n - 1 if rescaled else n
    counts = draw_counts(rng, n, units * strata, REPLICATES, draws).reshape(units, strata * n, REPLICATES)
    kept, per_draw = rescaling(n, population) if rescaled else plain(n)
    weighted = np.einsum("um,umr->ur", seen.reshape(units, -1), kept + per_draw * counts)
    return weighted / (strata * n)


def coverage(rng: np.random.Generator, worlds: int) -> list[str]:
    """Share of 95 % intervals that hold the truth, and the spread shown over the true one."""
    lines = ["| sites per stratum | rescaled: covers | shows of the sd | plain: covers | shows of the sd |"]
    lines.append("|---|---:|---:|---:|---:|")
    for n, population in ((2, 5), (2, 40), (3, 8), (4, 6), (4, 40)):
        found = {True: [], False: []}
        for _ in range(worlds):
            world = plant(rng, 20, population, 2.0)
            seen = visit(rng, world, n)
            error = seen.mean(axis=(1, 2)) - world.truth
            for rescaled in found:
                sd = redrawn(rng, seen, population, rescaled).std(axis=1)
                found[rescaled].append(np.column_stack([np.abs(error) <= 1.96 * sd, sd, error]))
        cells = [_covered(np.concatenate(found[rescaled])) for rescaled in (True, False)]
        lines.append(f"| {n} of {population} | {cells[0]} | {cells[1]} |")
    return lines


def _covered(found: np.ndarray) -> str:
    true_sd = np.sqrt((found[:, 2] ** 2).mean())
    return f"{100 * found[:, 0].mean():.0f} % | {100 * np.sqrt((found[:, 1] ** 2).mean()) / true_sd:.0f} %"


def rank_coverage(rng: np.random.Generator, worlds: int) -> list[str]:
    """How often sets of ranks hold the true ranks, and how many ranks they name."""
    lines = ["| units | spread | redrawn ranks: one unit | all | ranks | marginal: one unit | ranks "]
    lines[0] += "| simultaneous: all | ranks |"
    lines.append("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for units, spread in ((6, 2.0), (12, 0.0), (12, 2.0), (12, 6.0), (30, 3.0)):
        found = [_rank_world(rng, units, spread) for _ in range(worlds)]
        inside, size = (np.array([one[i] for one in found]) for i in (0, 1))
        one, every, named = inside.mean(axis=(0, 2)), inside.all(axis=2).mean(axis=0), size.mean(axis=0)
        cells = [f"{100 * one[0]:.0f} %", f"{100 * every[0]:.0f} %", f"{named[0]:.1f}"]
        cells += [f"{100 * one[1]:.1f} %", f"{named[1]:.1f}", f"{100 * every[2]:.1f} %", f"{named[2]:.1f}"]
        lines.append(f"| {units} | {spread:g} | {' | '.join(cells)} |")
    return lines


def _rank_world(rng: np.random.Generator, units: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Whether sets (redrawn ranks, marginal, simultaneous) hold each unit's true rank; ranks they name."""
    world = plant(rng, units, 10, spread)
    seen = visit(rng, world, 2)
    replicates = redrawn(rng, seen, 10, True).T
    sets = rank_sets(seen.mean(axis=(1, 2)), replicates)
    low, high = np.quantile(_ranks(replicates), [0.025, 0.975], axis=0, method="closest_observation")
    rank = _ranks(world.truth[None, :])[0]
    both = [np.column_stack([low, high]), sets.marginal, sets.simultaneous]
    inside = [(ends[:, 0] <= rank) & (rank <= ends[:, 1]) for ends in both]
    return np.array(inside), np.array([(ends[:, 1] - ends[:, 0] + 1).mean() for ends in both])


def _ranks(scores: np.ndarray) -> np.ndarray:
    return (-scores).argsort(axis=1).argsort(axis=1) + 1


ANY_SPREAD = 6.0
"""Worlds differ in how far apart their units are: a standard deviation from 0 to this many points."""


def calibration(
    rng: np.random.Generator, worlds: int, spread: float | None, units: int = 12, top: int = 3
) -> list[str]:
    """Rank among the first three at an independent second draw, by what was said after the first; `spread`
    between units, None: of every world its own."""
    said: dict[str, list[np.ndarray]] = {"redraw": [], "forecast": []}
    came = []
    for _ in range(worlds):
        world = plant(rng, units, 10, rng.uniform(0, ANY_SPREAD) if spread is None else spread)
        seen = visit(rng, world, 2)
        replicates = redrawn(rng, seen, 10, True).T
        said["redraw"].append(_in_top(replicates, top).mean(axis=0))
        said["forecast"].append(_in_top(_forecast(rng, seen, replicates), top).mean(axis=0))
        came.append(_in_top(visit(rng, world, 2).mean(axis=(1, 2))[None, :], top)[0])
    return _calibrated(said, np.concatenate(came))


def _forecast(rng: np.random.Generator, seen: np.ndarray, replicates: np.ndarray) -> np.ndarray:
    deviations = replicates - replicates.mean(axis=0)
    estimates, groups = seen.mean(axis=(1, 2)), np.full(len(seen), "all")
    alone = deviations.var(axis=0)
    variances = pooled(alone, np.full(len(seen), STRATA * (seen.shape[2] - 1.0)), groups)
    truth = truth_of(estimates, variances, groups, REPLICATES, rng)
    rows = rng.integers(0, len(deviations), (2, REPLICATES))
    return fresh(truth, deviations * np.sqrt(variances / alone), (rows[0], rows[1]))


def _in_top(scores: np.ndarray, top: int) -> np.ndarray:
    return _ranks(scores) <= top


def _calibrated(said: dict[str, list[np.ndarray]], came: np.ndarray) -> list[str]:
    edges = np.array([0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0])
    lines = ["| said | redraw frequency: mean | came true | n | forecast: mean | came true | n |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        cells = []
        for values in (np.concatenate(said["redraw"]), np.concatenate(said["forecast"])):
            mine = (values >= low) & ((values < high) | (high == 1.0))
            cells.append(
                f"{values[mine].mean():.2f} | {came[mine].mean():.2f} | {mine.sum()}"
                if mine.any()
                else " | | 0"
            )
        lines.append(f"| {low:g}–{high:g} | {cells[0]} | {cells[1]} |")
    brier = [f"{((np.concatenate(said[name]) - came) ** 2).mean():.4f}" for name in ("redraw", "forecast")]
    return [*lines, "", f"Mean squared error (Brier): redraw frequency {brier[0]}, forecast {brier[1]}."]


def written(text: str, page: Path = PAGE) -> None:
    """The text between the marks of the page."""
    old = page.read_text(encoding="utf-8")
    before, after = old.split(MARKS[0])[0], old.split(MARKS[1])[1]
    page.write_text(f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=2024)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    head = f"Synthetic worlds: {asked.worlds} of 20 units (coverage) and of 12 units (forecasts), "
    head += f"{STRATA} strata each; seed {asked.seed}."
    covered = [
        "Intervals: evaluation ± 1.96 standard deviations of the replicates.",
        "",
        *coverage(rng, asked.worlds),
    ]
    come = [
        "Rank among the first three of 12 at an independent second draw of 2 of 10 sites per stratum, in",
        f"worlds whose units lie apart by anything from 0 to {ANY_SPREAD:g} points (standard deviation):",
        "",
        *calibration(rng, 2 * asked.worlds, None),
        "",
        "The same where units hardly differ (1.5 points), so that most of what sets them apart is chance:",
        "",
        *calibration(rng, asked.worlds, 1.5),
    ]
    sets = [
        "Sets of ranks that should hold the true rank in 95 of 100 worlds, 2 of 10 sites per stratum;",
        "`ranks`: how many they name on average.",
        "",
        *rank_coverage(rng, asked.worlds),
    ]
    text = "\n".join([head, "", *covered, "", *sets, "", *come])
    print(text)
    written(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
