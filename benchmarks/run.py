"""Measure against a peer in the same run and write `benchmarks/results.md`: `python benchmarks/run.py`.

Every figure is a ratio of medians over alternating runs, each in a process of its own, because machines
differ and are noisy. `--quick` measures the small size only, `--large` adds 36 million rows.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"
ROWS_PER_CITY = 12_000


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, the figure, the limit (None: for orientation)."""

    what: str
    figure: float
    limit: float | None
    detail: str

    @property
    def verdict(self) -> str:
        return "" if self.limit is None else ("kept" if self.figure <= self.limit else "BROKEN")


def run(job: str, folder: Path) -> dict:
    """One job in a fresh process."""
    command = [sys.executable, str(HERE / "jobs.py"), job, str(folder)]
    found = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=HERE.parent, env=_environment()
    )
    return json.loads(found.stdout)


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(HERE.parent)}


def alternate(jobs: tuple[str, ...], folder: Path, runs: int) -> dict[str, list[dict]]:
    """Runs of several jobs in turn, so that drift of the machine meets all of them.

    Each round of runs begins with another job: what one leaves behind (memory handed back, files in the
    cache) meets each of the others as often.
    """
    found: dict[str, list[dict]] = {job: [] for job in jobs}
    for turn in range(runs):
        first = turn // 2 % len(jobs)
        order = (*jobs[first:], *jobs[:first])
        for job in reversed(order) if turn % 2 else order:
            found[job].append(run(job, folder))
    return found


def median(results: list[dict], key: str) -> float:
    return statistics.median(result[key] for result in results)


def imports(runs: int) -> Iterator[Row]:
    """`import analysis` against `import pandas`."""
    found = alternate(("import_pandas", "import_analysis"), HERE, runs)
    ours, peer = (median(found[job], "seconds") for job in ("import_analysis", "import_pandas"))
    yield Row("import analysis / import pandas", ours / peer, 1.3, f"{ours:.2f} s / {peer:.2f} s")


def evaluation(folder: Path, rows: int, runs: int) -> Iterator[Row]:
    """Parquet to nodes, ledger and ranking against bare pandas, and the memory it takes."""
    found = alternate(("bare_pandas", "evaluate", "evaluate_and_write"), folder, runs)
    bare = median(found["bare_pandas"], "seconds")
    for job, limit in (("evaluate", 3.0), ("evaluate_and_write", 6.0)):
        seconds = median(found[job], "seconds")
        yield Row(
            f"{job} / bare pandas, {rows:,} rows", seconds / bare, limit, f"{seconds:.2f} s / {bare:.2f} s"
        )
    peak, text = (median(found["evaluate"], key) for key in ("peak_mb", "ledger_text_mb"))
    coded = median(found["evaluate"], "ledger_mb")
    yield Row(
        f"peak memory / ledger as plain text columns, {rows:,} rows",
        peak / text,
        4.0,
        f"{peak:.0f} MB / {text:.0f} MB ({coded:.0f} MB as categories)",
    )


def growth(small: Path, large: Path, factor: int, runs: int) -> Iterator[Row]:
    """Time per row at two sizes, ours over that of bare pandas: memory of a size that was not in use before
    is slow to come by on some machines, whoever asks for it."""
    jobs = ("bare_pandas", "evaluate")
    first, second = (alternate(jobs, folder, runs) for folder in (small, large))
    peer, ours = (median(second[job], "seconds") / median(first[job], "seconds") / factor for job in jobs)
    seconds = [median(found["evaluate"], "seconds") for found in (second, first)]
    rows = [found["evaluate"][0]["rows"] for found in (second, first)]
    yield Row(
        f"growth of the time per row, {rows[0]:,} / {rows[1]:,} rows, over that of bare pandas",
        ours / peer,
        1.3,
        f"{seconds[0]:.1f} s / {seconds[1]:.2f} s: {ours:.2f} per row, bare pandas {peer:.2f}; "
        f"peak {median(second['evaluate'], 'peak_mb'):,.0f} MB",
    )


def lists(folder: Path, runs: int) -> Iterator[Row]:
    """Drill-down on four million rows, and one workbook per responsible unit of a demo round, in seconds."""
    found = alternate(("drill_down",), folder, runs)["drill_down"]
    for key, what in (("seconds", "slowest group-by"), ("rows_seconds", "rows behind a bar")):
        seconds = median(found, key)
        yield Row(f"{what}, ledger of {found[0]['rows']:,} rows, seconds", seconds, 1.0, f"{seconds:.2f} s")
    books = alternate(("unit_lists",), folder, 1)["unit_lists"][0]
    per_300 = books["seconds"] * 300 / books["books"]
    detail = f"{books['seconds']:.1f} s for {books['books']}"
    yield Row("300 workbooks of responsible units, two processes, seconds", per_300, 60.0, detail)


def books(work: Path, runs: int) -> Iterator[Row]:
    """A workbook of 200,000 x 14 to validated tables against the fastest bare reader and pandas; memory."""
    from benchmarks.books import write_books

    folder = write_books(work / "books", 200_000)
    found = alternate(("fastexcel_books", "load_books"), folder, runs)
    slow = median(alternate(("openpyxl_books",), folder, 1)["openpyxl_books"], "seconds")
    ours, bare = (median(found[job], "seconds") for job in ("load_books", "fastexcel_books"))
    yield Row("workbook 200,000 x 14 / fastexcel", ours / bare, 2.5, f"{ours:.2f} s / {bare:.2f} s")
    yield Row(
        "workbook 200,000 x 14 / pandas with openpyxl", ours / slow, 1 / 6, f"{ours:.2f} s / {slow:.1f} s"
    )
    peak = median(found["load_books"], "peak_mb")
    yield Row("peak memory of it, GB", peak / 1024, 1.0, f"{peak:.0f} MB")
    kept = shutil.copytree(folder, work / "data" / "raw" / "books")
    again = median(alternate(("reload_books",), kept, runs)["reload_books"], "seconds")
    yield Row("the same round again, unchanged, seconds", again, 1.0, f"{again:.2f} s")
    many = write_books(work / "many", 4_000, 50)
    found = alternate(("load_books", "load_books_alone"), many, runs)
    both, alone = (median(found[job], "seconds") for job in ("load_books", "load_books_alone"))
    detail = f"{both:.2f} s / {alone:.2f} s"
    yield Row("50 workbooks of 4,000 rows, two processes / one", both / alone, 0.7, detail)


def measure(cities: list[int], runs: int, work: Path) -> list[Row]:
    """All rows of the table; the rounds are made once."""
    sys.path.insert(0, str(HERE.parent))
    from benchmarks.nation import write_round

    folders = [write_round(work / f"nation-{n}", n) for n in cities]
    rows = [*imports(2 * runs + 1), *lists(_demo(work), runs)]
    rows += books(work, runs) if len(cities) > 1 else ()
    main = 300 if 300 in cities else cities[0]
    rows += evaluation(folders[cities.index(main)], main * ROWS_PER_CITY, runs)
    for (n, small), (m, large) in zip(
        zip(cities, folders, strict=True), list(zip(cities, folders, strict=True))[1:], strict=False
    ):
        rows += growth(small, large, m // n, 1 if m > 300 else runs)
    return rows


def _demo(work: Path) -> Path:
    """A synthetic round of a prefecture with some 300 responsible units."""
    from analysis.demo import write_demo

    write_demo(work / "demo", seed=2024)
    return work / "demo" / "demo-2025-q2"


def table(rows: list[Row]) -> str:
    lines = ["| what | ratio | limit | | measured |", "|---|---:|---:|---|---|"]
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:g}"
        lines.append(f"| {row.what} | {row.figure:.2f} | {limit} | {row.verdict} | {row.detail} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="0.36 million rows only")
    parser.add_argument("--large", action="store_true", help="add 36 million rows (needs about 12 GB)")
    parser.add_argument("--runs", type=int, default=6)
    asked = parser.parse_args()
    cities = [30] if asked.quick else [30, 300, *([3000] if asked.large else [])]
    with tempfile.TemporaryDirectory() as work:
        rows = measure(cities, asked.runs, Path(work))
    text = table(rows)
    print(text, end="")
    if not asked.quick:
        head = (
            "# Speed and memory\n\nSynthetic data. Written by `make bench`; ratios of medians in one run.\n\n"
        )
        RESULTS.write_text(head + text, encoding="utf-8")
    return int(any(row.verdict == "BROKEN" for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
