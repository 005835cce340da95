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
    """Re-evaluating with pandas for each replicate: draw within strata, weigh every row, points of answers,
    means of sites, leaves, methods, composite, ranks."""
    import pandas as pd

    table = pd.read_parquet(folder / "observations.parquet")
    checks, answers, members = _pandas_parts(table)
    start = time.perf_counter()
    for seed in range(replicates):
        weights = _pandas_draw(members, seed)
        sites = _pandas_sites(checks)
        sites = sites.assign(weight=sites["site"].map(weights["site"]).astype("float64"))
        people = _pandas_answers(answers)
        people = people.assign(weight=people["respondent"].map(weights["respondent"]).astype("float64"))
        _pandas_ranks(sites, people)
    return {"seconds": (time.perf_counter() - start) / replicates, "peak_mb": peak_mb()}


def pandas_hoisted(folder: Path, replicates: int) -> dict:
    """The same with all that a draw does not change (means of sites, points of answers) done once."""
    import pandas as pd

    table = pd.read_parquet(folder / "observations.parquet")
    checks, answers, members = _pandas_parts(table)
    sites, people = _pandas_sites(checks), _pandas_answers(answers)
    start = time.perf_counter()
    for seed in range(replicates):
        weights = _pandas_draw(members, seed)
        _pandas_ranks(
            sites.assign(weight=sites["site"].map(weights["site"]).astype("float64")),
            people.assign(weight=people["respondent"].map(weights["respondent"]).astype("float64")),
        )
    return {"seconds": (time.perf_counter() - start) / replicates, "peak_mb": peak_mb()}


def _pandas_parts(table):
    """Checks, answers, and who may be drawn with stratum and size of it."""
    asked = table["respondent"] != ""
    checks, answers = table[~asked], table[asked]
    members = {
        "site": checks[["unit", "site_type", "site"]].drop_duplicates(),
        "respondent": answers[["unit", "site_type", "respondent"]].drop_duplicates(),
    }
    return checks, answers, members


def _pandas_draw(members, seed: int) -> dict:
    """Weights of Rao and Wu by name: n - 1 of n drawn in every stratum."""
    weights = {}
    for name, table in members.items():
        strata = table.groupby(["unit", "site_type"], observed=True)
        n = strata[name].transform("size")
        # Strata of the synthetic nation are all of one size.
        drawn = strata.sample(n=int(n.iloc[0]) - 1, replace=True, random_state=seed)
        times = drawn[name].value_counts().reindex(table[name]).fillna(0).to_numpy()
        weights[name] = dict(zip(table[name].astype("str"), times * (n / (n - 1)).to_numpy(), strict=True))
    return weights


def _pandas_sites(checks):
    return checks.groupby(["unit", "leaf", "site"], observed=True)["value"].mean().reset_index()


def _pandas_answers(answers):
    points = {"满意": 1.0, "基本满意": 0.6, "不满意": 0.0}
    values = answers["answer"].map(points).astype("float64")
    return answers[["unit", "leaf", "respondent"]].assign(value=values)[values.notna()]


def _pandas_ranks(sites, people) -> object:
    """Leaves, methods and composites by weights, and the ranks of the rounded composites."""
    composite = 0.0
    for rows, share in ((sites, 0.7), (people, 0.3)):
        rows = rows.assign(earned=rows["weight"] * rows["value"])
        sums = rows.groupby(["unit", "leaf"], observed=True)[["earned", "weight"]].sum()
        rates = sums["earned"] / sums["weight"]
        composite = composite + share * 100 * rates.groupby(level="unit", observed=True).mean()
    return composite.round(2).rank(ascending=False, method="min")


JOBS = {job.__name__: job for job in (redraw_round, bare_kernel, pandas_replicate, pandas_hoisted)}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
