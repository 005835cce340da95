"""The redraw and its peers: `python benchmarks/redraws.py JOB FOLDER REPLICATES`, one process per job."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from jobs import peak_mb

GROUPS, LEAVES = 25, 4


def _evaluation(folder: Path):
    from analysis import intake, scoring
    from analysis.framework import library

    info = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    rulebook = library.load(info["rules"], folder)
    return scoring.evaluate(intake.load(folder, rulebook), rulebook)


def redraw_round(folder: Path, replicates: int) -> dict:
    """All sources, all rules, every node described, ranks of every replicate."""
    from analysis.simulation.redraw import redraw

    evaluation = _evaluation(folder)
    redraw(evaluation, 1, seed=0)
    start = time.perf_counter()
    found = redraw(evaluation, replicates, seed=1)
    return {
        "seconds": time.perf_counter() - start,
        "peak_mb": peak_mb(),
        "rows": len(evaluation.round.observations),
        "sd": float(found.composite.std(axis=0).mean()),
    }


def bare_kernel(folder: Path, replicates: int) -> dict:
    """The same sizes in plain NumPy: draw, counts @ scores, roll up, rank; linear rules, plain weights."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    info = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    units, sites, people = info["units"], info["sites"], info["respondents"]
    groups, questions, block = info["groups"], info["questions"], 1000
    size = sites // groups
    leaves = groups * info["leaves_per_group"]
    rng = np.random.default_rng(0)
    scores = rng.random((units, groups, size, info["leaves_per_group"]))
    answers = rng.random((units, people, questions))
    weights = rng.random(leaves + questions)
    composite = np.empty((replicates, units))

    def one(unit: int) -> None:
        generator = np.random.default_rng([1, unit])
        for start in range(0, replicates, block):
            n = min(block, replicates - start)
            field = _counts(generator, n * groups, size).reshape(n, groups, size).transpose(1, 0, 2)
            means = (field @ scores[unit] / size).transpose(1, 0, 2).reshape(n, leaves)
            asked = _counts(generator, n, people) @ answers[unit] / people
            rates = np.concatenate([means, asked], axis=1)
            composite[start : start + n, unit] = rates @ weights

    begin = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(units)))
    order = np.argsort(-np.round(composite, 2), axis=1)
    np.put_along_axis(np.empty(order.shape), order, np.arange(units)[None, :] + 1.0, axis=1)
    return {"seconds": time.perf_counter() - begin, "peak_mb": peak_mb()}


def _counts(generator, rows: int, size: int):
    """How often each of `size` members comes in size - 1 draws, as numbers for a matrix product."""
    import numpy as np

    kind = np.uint8 if size <= 256 else np.uint16
    drawn = generator.integers(0, size, (rows, size - 1), dtype=kind) + size * np.arange(rows)[:, None]
    return np.bincount(drawn.ravel(), minlength=rows * size).reshape(rows, size).astype(np.float64)


def pandas_replicate(folder: Path, replicates: int) -> dict:
    """Re-evaluating with pandas for each replicate: draw, then sites, leaves, units and ranks."""
    import numpy as np
    import pandas as pd

    table = pd.read_parquet(folder / "observations.parquet")
    points = {"满意": 1.0, "基本满意": 0.6, "不满意": 0.0, "不清楚": 0.0}
    answered = table["answer"].astype("object").map(points).astype("float64")
    table = table.assign(value=table["value"].fillna(answered))
    site = table["site"].cat.codes.to_numpy()
    people = table["respondent"].cat.codes.to_numpy()
    rng = np.random.default_rng(1)
    start = time.perf_counter()
    for _ in range(replicates):
        by_site = np.bincount(rng.integers(0, site.max() + 1, site.max() + 1), minlength=site.max() + 1)
        by_person = np.bincount(
            rng.integers(0, people.max() + 1, people.max() + 1), minlength=people.max() + 1
        )
        weight = np.where(people > 0, by_person[people], by_site[site]).astype(np.float64)
        checks, answers = table[people == 0], table[people > 0].assign(weight=weight[people > 0])
        of_site = checks.assign(weight=weight[people == 0]).groupby(["unit", "leaf", "site"], observed=True)
        sites = of_site.agg(value=("value", "mean"), weight=("weight", "first")).reset_index()
        drawn = pd.concat([sites, answers[["unit", "leaf", "value", "weight"]]])
        drawn = drawn.assign(earned=drawn["weight"] * drawn["value"])
        sums = drawn.groupby(["unit", "leaf"], observed=True)[["earned", "weight"]].sum()
        rates = (sums["earned"] / sums["weight"]).groupby(level=0, observed=True).mean()
        rates.rank(ascending=False, method="min")
    return {"seconds": (time.perf_counter() - start) / replicates, "peak_mb": peak_mb()}


JOBS = {job.__name__: job for job in (redraw_round, bare_kernel, pandas_replicate)}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
