"""The measured jobs, each in a process of its own: `python benchmarks/jobs.py JOB FOLDER`."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

KEYS = ["unit", "place", "component", "leaf", "site_type", "site"]


def peak_mb() -> float:
    """Peak resident memory of this process so far."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # The kernel's own figure of this program; ru_maxrss would begin with the size of whoever started it.
    lines = status.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def bare_pandas(folder: Path) -> dict:
    """Read the same columns and sum the values by the levels that scoring averages over."""
    import pandas as pd
    import pyarrow.parquet  # noqa: F401 - no job pays for imports: they have a row of their own

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
    import pandera.pandas  # noqa: F401 - no job pays for imports: they have a row of their own
    import pyarrow.parquet  # noqa: F401

    import analysis.intake.steps  # noqa: F401
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


LEDGER_ROWS = 4_000_000

GROUPS = (
    ["cause"],
    ["unit", "leaf"],
    ["cause_group", "unit"],
    ["responsible_unit"],
    ["responsible_unit", "cause", "site_type"],
    ["item", "site"],
    ["hardware", "area"],
)


def drill_down(folder: Path) -> dict:
    """The slowest group-by and the slowest list of rows on a ledger of four million rows."""
    from types import SimpleNamespace

    import numpy as np

    from analysis import intake, scoring
    from analysis.framework import library
    from analysis.results.causes import causes, ledger_rows

    rulebook = library.load("national-70-20-10")
    small = scoring.evaluate(intake.load(folder, rulebook), rulebook)
    n, m = len(small.ledger), len(small.shares)
    times = -(-LEDGER_ROWS // n)
    shares = small.shares.take(np.tile(np.arange(m), times)).reset_index(drop=True)
    shares["ledger_row"] += np.repeat(np.arange(times) * n, m)
    ledger = small.ledger.take(np.tile(np.arange(n), times)).reset_index(drop=True)
    kept = {name: getattr(small, name) for name in ("scores", "nodes", "round", "rulebook")}
    large = SimpleNamespace(ledger=ledger, shares=shares, **kept)
    causes(large, ["unit"])
    groups = [_seconds(causes, large, by) for by in GROUPS]
    unit = str(small.scores["unit"].iloc[0])
    rows = [_seconds(ledger_rows, large, unit=unit, cause_group="traffic")]
    return {"rows": len(ledger), "shares": len(shares), "seconds": max(groups), "rows_seconds": max(rows)}


def _seconds(job: Callable, *args: object, **named: object) -> float:
    start = time.perf_counter()
    job(*args, **named)
    return time.perf_counter() - start


def unit_lists(folder: Path) -> dict:
    """One workbook per responsible unit, on two cores."""
    from analysis import intake, scoring
    from analysis.framework import library
    from analysis.reports.material import Material
    from analysis.reports.unit_lists import write_unit_lists
    from analysis.results.ranking import rank_table

    rulebook = library.load("national-70-20-10")
    found = scoring.evaluate(intake.load(folder, rulebook), rulebook)
    material = Material(found.round, "zh", found, rank_table(found.scores, rulebook.settings))
    with tempfile.TemporaryDirectory() as work:
        start = time.perf_counter()
        written = write_unit_lists(material, Path(work), {}, workers=2)
        seconds = time.perf_counter() - start
    return {"seconds": seconds, "books": len(written)}


def import_pandas(_: Path) -> dict:
    start = time.perf_counter()
    import pandas  # noqa: F401

    return {"seconds": time.perf_counter() - start}


def import_analysis(_: Path) -> dict:
    start = time.perf_counter()
    import analysis  # noqa: F401

    return {"seconds": time.perf_counter() - start}


def _books(folder: Path) -> list[Path]:
    return sorted(folder.glob("记录*.xlsx"))


def fastexcel_books(folder: Path) -> dict:
    """The cells of the workbooks as tables, and nothing else."""
    import fastexcel
    import pandas  # noqa: F401 - the table it ends in

    start = time.perf_counter()
    rows = sum(len(fastexcel.read_excel(str(path)).load_sheet(0).to_pandas()) for path in _books(folder))
    return {"seconds": time.perf_counter() - start, "rows": rows, "peak_mb": peak_mb()}


def openpyxl_books(folder: Path) -> dict:
    """The same with pandas and openpyxl."""
    import pandas as pd

    start = time.perf_counter()
    rows = sum(len(pd.read_excel(path, engine="openpyxl")) for path in _books(folder))
    return {"seconds": time.perf_counter() - start, "rows": rows, "peak_mb": peak_mb()}


def load_books(folder: Path, workers: int = 2) -> dict:
    """Workbooks to validated tables: scan, layout, values, source rows."""
    import pandas  # noqa: F401 - the peers do not pay for its import either

    from analysis import intake
    from analysis.framework import library

    rulebook = library.load("nation.yml", folder)
    start = time.perf_counter()
    found = intake.load(folder, rulebook, workers)
    return {"seconds": time.perf_counter() - start, "rows": len(found.observations), "peak_mb": peak_mb()}


def load_books_alone(folder: Path) -> dict:
    """The same, one workbook after the other in one process."""
    return load_books(folder, workers=1)


def reload_books(folder: Path) -> dict:
    """The same a second time, nothing changed: from what was kept under `data/processed`."""
    import pandas  # noqa: F401

    from analysis import intake
    from analysis.framework import library

    rulebook = library.load("nation.yml", folder)
    intake.load(folder, rulebook)
    start = time.perf_counter()
    found = intake.load(folder, rulebook)
    return {"seconds": time.perf_counter() - start, "rows": len(found.observations), "peak_mb": peak_mb()}


JOBS = {
    job.__name__: job
    for job in (
        bare_pandas,
        evaluate,
        evaluate_and_write,
        drill_down,
        unit_lists,
        import_pandas,
        import_analysis,
        fastexcel_books,
        openpyxl_books,
        load_books,
        load_books_alone,
        reload_books,
    )
}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](Path(sys.argv[2]))))
