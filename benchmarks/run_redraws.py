"""Measure the redraw against its peers and write `benchmarks/redraws.md`: `python benchmarks/run_redraws.py`.

`--quick` leaves the nation out. Every figure comes from processes of their own, run in turn.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from run import Row, _environment, table  # noqa: E402

RESULTS = HERE / "redraws.md"
REPLICATES = 10_000


def job(name: str, folder: Path, replicates: int = REPLICATES) -> dict:
    command = [sys.executable, str(HERE / "redraws.py"), name, str(folder), str(replicates)]
    environment = {**_environment(), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    found = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=HERE.parent, env=environment
    )
    return json.loads(found.stdout)


def nation(folder: Path, cities: int) -> Path:
    """A nation of so many cities with respondents, and its sizes for the bare kernel."""
    from benchmarks.nation import write_round

    write_round(folder, cities, respondents=True)
    sizes = {"units": cities, "sites": 150, "respondents": 300, "groups": 25, "leaves_per_group": 4}
    _sizes(folder, {"rules": "nation.yml", "questions": 20, **sizes})
    return folder


def prefecture(folder: Path) -> Path:
    """The latest round of the demo prefecture."""
    from analysis.demo import write_demo

    write_demo(folder / "demo", seed=2024)
    (chosen,) = (path for path in (folder / "demo").iterdir() if path.name.endswith("q2"))
    shutil.copytree(chosen, folder / "round")
    sizes = {"units": 12, "sites": 100, "respondents": 300, "groups": 35, "leaves_per_group": 2}
    _sizes(folder / "round", {"rules": "national-70-20-10", "questions": 8, **sizes})
    return folder / "round"


def _sizes(folder: Path, sizes: dict) -> None:
    (folder / "job.json").write_text(json.dumps(sizes), encoding="utf-8")


def in_turn(names: tuple[str, ...], folder: Path, runs: int) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            found[name].append(job(name, folder))
    return found


def middle(found: list[dict], key: str = "seconds") -> float:
    return statistics.median(entry[key] for entry in found)


def one_size(what: str, folder: Path, limit: float, runs: int, against_kernel: float | None) -> list[Row]:
    """Seconds, and the ratio to the bare kernel."""
    found = in_turn(("bare_kernel", "redraw_round"), folder, runs)
    ours, bare = middle(found["redraw_round"]), middle(found["bare_kernel"])
    peak = middle(found["redraw_round"], "peak_mb")
    rows = [
        Row(f"{what}: seconds", ours, limit, f"{REPLICATES:,} replicates, peak {peak:,.0f} MB"),
        Row(f"{what}: / bare NumPy kernel", ours / bare, against_kernel, f"{ours:.2f} s / {bare:.2f} s"),
    ]
    return rows if what != "nation" else [*rows, Row("nation: peak GB", peak / 1000, 4.0, f"{peak:,.0f} MB")]


def growth(what: str, small: dict, large: dict, factor: float) -> Row:
    ratio = large["seconds"] / small["seconds"] / factor
    return Row(what, ratio, 1.3, f"{large['seconds']:.2f} s / {small['seconds']:.2f} s")


def measure(work: Path, quick: bool, runs: int) -> list[Row]:
    rows = one_size("prefecture", prefecture(work / "prefecture"), 2.0, runs, None)
    few = nation(work / "nation-30", 30)
    first = job("redraw_round", few)
    rows.append(growth("time per replicate, 10,000 / 2,500", job("redraw_round", few, 2500), first, 4.0))
    if quick:
        return rows
    many = nation(work / "nation-300", 300)
    rows += one_size("nation", many, 25.0, 1 if runs < 3 else 3, 2.5)
    rows.append(growth("time per city, 300 / 30", first, job("redraw_round", many), 10.0))
    ours, bare = (seconds / REPLICATES for seconds in (rows[3].figure, rows[3].figure / rows[4].figure))
    return [*rows, *against_pandas(many, ours, bare)]


def against_pandas(folder: Path, ours: float, bare: float) -> list[Row]:
    """One replicate against pandas, of ours and (to tell what can be had at all) of the bare kernel."""
    whole, hoisted = (job(name, folder, 12)["seconds"] for name in ("pandas_replicate", "pandas_hoisted"))
    asked = (
        ("one redraw / re-evaluating with pandas, in thousandths", ours, whole, 1.0),
        ("bare NumPy kernel / re-evaluating with pandas, in thousandths", bare, whole, None),
        ("one redraw / pandas on sums prepared once, in thousandths", ours, hoisted, None),
    )
    return [
        Row(what, 1000 * mine / each, limit, f"{1000 * mine:.2f} ms / {each:.2f} s: {each / mine:,.0f} times")
        for what, mine, each, limit in asked
    ]


def what_pandas_allows(rows: list[Row]) -> str:
    """What the ratio to pandas could be at all, in words: the last three rows are those against pandas."""
    ours, bare, hoisted = (1000 / row.figure for row in rows[-3:])
    return (
        f"One replicate of the nation is {ours:,.0f} times as fast as re-evaluating with pandas, and "
        f"{hoisted:,.0f} times as fast as pandas\non sums that were prepared once. The bare NumPy "
        f"kernel, which knows no rules and describes no node,\nis {bare:,.0f} times as fast as pandas: "
        f"at 2.5 times the kernel {bare / 2.5:,.0f} times would be left."
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the prefecture and 30 cities only")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        rows = measure(Path(work), asked.quick, asked.runs)
    text = table(rows)
    print(text, end="")
    if not asked.quick:
        head = "# Redraws\n\nSynthetic data. Written by `python benchmarks/run_redraws.py`.\n\n"
        RESULTS.write_text(f"{head}{text}\n{what_pandas_allows(rows)}\n", encoding="utf-8")
    return int(any(row.verdict == "BROKEN" for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
