"""How long a what-if and a plan take: `python benchmarks/run_plans.py` (writes plans.md)."""

from __future__ import annotations

import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import analysis
from analysis.demo import write_demo
from analysis.framework.model import Composition, Framework, Label, Rulebook
from analysis.intake.round import Round, RoundInfo
from analysis.scoring import Evaluation, evaluate

RUNS = 5
SITES, RIVALS = 250, 12
LABELS = ("unit", "place", "component", "leaf", "item", "site_type", "site", "answer", "cause", "line")
LABELS += ("flags", "source_file", "source_sheet")
TEXT = {"zh": "测速", "en": "benchmark"}
RULES = {
    "passed": {"name": "pass_share"},
    "capped": {"name": "deduction", "cap_scope": "site", "max_points": 5},
    "by_item": {"name": "deduction", "cap_scope": "item"},
    "limit": {"name": "threshold", "at_least": 0.9, "of": "pass_share"},
    "aim": {"name": "target", "target": 0.95, "floor": 0.3, "of": "pass_share"},
}


def seconds(job: Callable[[], object]) -> float:
    """Median wall time of some runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def rules() -> Rulebook:
    """Five leaves: plain, two kinds of caps, a threshold and a target."""
    items = [{"id": name, "zh": name, "en": name, "max_points": 4, "cause": "litter"} for name in "abcd"]
    nodes: list[dict] = [{"id": "root", "zh": "root", "en": "root"}]
    for name, rule in RULES.items():
        leaf = {"id": name, "parent": "root", "weight": 1 / len(RULES), "method": "field", "zh": name}
        nodes.append({**leaf, "en": name, "rule": rule, "items": items})
    framework = Framework.model_validate({"id": "f", "title": TEXT, "causes": "services", "nodes": nodes})
    part = {"id": "city", "zh": "city", "en": "city", "weight": 1.0, "frameworks": {"default": "f"}}
    composed = Composition.model_validate({"id": "c", "title": TEXT, "parts": [part]})
    return Rulebook(composition=composed, frameworks={"f": framework})


def rows(rng: np.random.Generator) -> Iterator[tuple]:
    """Unit, leaf, site, item, value, responsible unit; the first unit does worst."""
    for unit in range(RIVALS + 1):
        for leaf in RULES:
            for site in range(SITES):
                for item in "abcd":
                    bad = rng.random() < (0.45 if unit == 0 else 0.1 + 0.02 * unit)
                    points = leaf in ("capped", "by_item")
                    value = float(bad) * rng.choice([1.0, 2.5, 4.0]) if points else float(not bad)
                    yield f"u{unit}", leaf, f"s{site}", item, value, f"office {site % 20}"


def big_world() -> Evaluation:
    """One unit with more than 2,000 findings and 12 rivals."""
    drawn = rows(np.random.default_rng(1))
    table = pd.DataFrame(drawn, columns=["unit", "leaf", "site", "item", "value", "line"])
    table = table.assign(component="city", status=0, row_id=range(len(table)), source_row=2)
    for name in LABELS:
        table[name] = table.get(name, "")
    table = table.astype(dict.fromkeys(LABELS, "category"))
    units = pd.DataFrame({"unit": table["unit"].unique(), "group": "default"}).astype("category")
    info = RoundInfo(id="r", title=Label(**TEXT), date=dt.date(2025, 1, 1), kind="mock", synthetic=True)
    frames = {"observations": table, "units": units}
    return evaluate(Round(info, Path("r"), frames, pd.DataFrame(), pd.DataFrame()), rules())


def measured(folder: Path) -> Iterator[tuple[str, float, str]]:
    """What was measured, seconds, and on how much."""
    write_demo(folder, seed=2024)
    evaluation = analysis.evaluate(folder / "demo-2025-q2")
    fix = {"steps": [{"fix": {"unit": "清沅县", "cause": "市容环境"}}]}
    shares = {"material": 0.4, "field": 0.5, "questionnaire": 0.1}
    rules = {"steps": [{"weights": {"component": "city", "weights": shares}}]}
    n = f"{len(evaluation.round.observations):,} observations"
    yield "what-if: points and ranks after fixes", seconds(lambda: evaluation.what_if(fix).scores), n
    yield "what-if: the same under other weights", seconds(lambda: evaluation.what_if(rules).scores), n
    yield "plan: rank 3, costs, date", seconds(lambda: _demo_plan(evaluation)), n
    world = big_world()
    found = analysis.plan(world, "u0", target_rank=6, alternatives=0)
    size = f"{len(found.chosen):,} things, {RIVALS} rivals, {len(found.gain.pieces)} pieces"
    yield "plan: rank 6", seconds(lambda: _plan(world)), size
    yield "plan: rank 6, capacity 60, three next-best", seconds(lambda: _limited(world)), size


def _demo_plan(evaluation: Evaluation) -> object:
    return analysis.plan(evaluation, "清沅县", target_rank=3, by="2025-09-01", alternatives=0)


def _plan(world: Evaluation) -> object:
    return analysis.plan(world, "u0", target_rank=6, alternatives=0)


def _limited(world: Evaluation) -> object:
    return analysis.plan(world, "u0", target_rank=6, capacity=60, alternatives=3)


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"| {name} | {took:.2f} | {size} |" for name, took, size in measured(Path(folder))]
    load = f"Median of {RUNS} runs, seconds; load average {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores."
    head = ["# What-if and plans", "", load, "", "| job | s | size |", "|---|---|---|"]
    text = "\n".join([*head, *lines, ""])
    (Path(__file__).parent / "plans.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
