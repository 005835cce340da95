"""The measured jobs, each in a process of its own: `python benchmarks/jobs.py JOB FOLDER`."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

KEYS = ["unit", "place", "component", "leaf", "site_type", "site"]


def peak_mb() -> float:
    """Peak resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare_pandas(folder: Path) -> dict:
    """Read the same columns and sum the values by the levels that scoring averages over."""
    import pandas as pd

    start = time.perf_counter()
    table = pd.read_parquet(folder / "observations.parquet")
    sums = table.groupby(KEYS, observed=True)["value"].sum()
    return {
        "seconds": time.perf_counter() - start,
        "rows": len(table),
        "groups": len(sums),
        "peak_mb": peak_mb(),
    }


def evaluate(folder: Path, write: bool = False) -> dict:
    """Parquet to nodes, ledger and ranking."""
    import pandas  # noqa: F401 - the peer does not pay for its import either

    from analysis import intake, scoring
    from analysis.framework import library
    from analysis.results.ranking import rank_table

    rulebook = library.load("nation.yml", folder)
    before = peak_mb()
    start = time.perf_counter()
    result = scoring.evaluate(intake.load(folder, rulebook), rulebook)
    ranking = rank_table(result.scores, rulebook.settings)
    if write:
        _write(result, ranking)
    seconds, peak = time.perf_counter() - start, peak_mb() - before
    return {
        "seconds": seconds,
        "peak_mb": peak,
        "rows": len(result.round.observations),
        "ledger_rows": len(result.ledger),
        "ledger_mb": _mb(result.ledger),
        "ledger_text_mb": _mb(
            result.ledger.astype(dict.fromkeys(result.ledger.select_dtypes("category"), "str"))
        ),
    }


def _mb(frame: object) -> float:
    return float(frame.memory_usage(deep=True).sum()) / 2**20  # type: ignore[attr-defined]


def _write(result: object, ranking: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("nodes", "ledger"):
            getattr(result, name).to_parquet(Path(folder) / f"{name}.parquet", index=False)
        ranking.to_csv(Path(folder) / "ranking.csv", index=False)  # type: ignore[attr-defined]


def evaluate_and_write(folder: Path) -> dict:
    """The same, and nodes, ledger and ranking on disk."""
    return evaluate(folder, write=True)


def import_pandas(_: Path) -> dict:
    start = time.perf_counter()
    import pandas  # noqa: F401

    return {"seconds": time.perf_counter() - start}


def import_analysis(_: Path) -> dict:
    start = time.perf_counter()
    import analysis  # noqa: F401

    return {"seconds": time.perf_counter() - start}


JOBS = {
    job.__name__: job for job in (bare_pandas, evaluate, evaluate_and_write, import_pandas, import_analysis)
}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](Path(sys.argv[2]))))
