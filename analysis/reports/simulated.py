"""A simulated evaluation as files and as lines on a screen."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang
from analysis.paths import PROCESSED, RAW, project_root
from analysis.reports.console import aligned
from analysis.reports.files import write_csv, write_text, write_together

if TYPE_CHECKING:
    import pandas as pd

    from analysis.simulation.simulate import Simulation

PARQUET = ("nodes",)
MANIFEST = "simulation.json"

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "unit": "单位",
        "composite": "综合得分",
        "mean": "重抽均值",
        "sd": "标准差",
        "range": "95% 区间",
        "rank": "名次",
        "ranks": "名次区间",
        "target": "达 {} 分",
        "top": "前 {} 名",
        "drawn": "重抽 {n} 次（{sources}），种子 {seed}。频率为“重抽频率”，不是下次测评的概率。",
        "notes": "样本过小的层：合并 {merged} 个，保持不变 {kept} 个（见 notes.csv）。",
        "synthetic": "合成数据",
        "illustrative": "含示意权重",
        "sites": "点位",
        "respondents": "受访者",
        "assessors": "测评员",
    },
    "en": {
        "unit": "unit",
        "composite": "composite",
        "mean": "mean of draws",
        "sd": "sd",
        "range": "95 % range",
        "rank": "rank",
        "ranks": "ranks",
        "target": "reaches {}",
        "top": "first {}",
        "drawn": "{n} redraws ({sources}), seed {seed}: frequencies, not probabilities of the next test.",
        "notes": "Strata too small to draw from: {merged} merged, {kept} kept as they are (notes.csv).",
        "synthetic": "Synthetic data",
        "illustrative": "illustrative weights",
        "sites": "sites",
        "respondents": "respondents",
        "assessors": "assessors",
    },
}


def write_simulation(simulation: Simulation, folder: Path) -> list[Path]:
    """The files written into `folder`: one csv per table (nodes as parquet) and what they were made from."""
    writers: dict[str, Any] = {MANIFEST: partial(_write_facts, _facts(simulation))}
    for name, table in simulation.tables.items():
        if name in PARQUET:
            writers[f"{name}.parquet"] = partial(_write_parquet, table)
        else:
            writers[f"{name}.csv"] = partial(write_csv, _rounded(table))
    return write_together(folder, writers)


def simulation_folder(simulation: Simulation) -> Path:
    """Where the files go by default: below the outputs of the round's evaluation."""
    folder = simulation.redraw.evaluation.round.folder.resolve()
    root = project_root(folder)
    home = root if (root / RAW).is_dir() else project_root()
    return home / PROCESSED / folder.name / "simulation"


def _facts(simulation: Simulation) -> dict[str, Any]:
    redraw = simulation.redraw
    return {
        "round": redraw.evaluation.round.info.id,
        "synthetic": redraw.evaluation.round.info.synthetic,
        "composition": redraw.evaluation.rulebook.composition.id,
        "illustrative": redraw.evaluation.rulebook.illustrative,
        "inputs": dict(redraw.evaluation.round.inputs),
        "seed": redraw.seed,
        "replicates": redraw.replicates,
        "sources": list(redraw.sources),
        "target": simulation.target,
        "rank": simulation.top,
    }


def _write_facts(facts: dict[str, Any], path: Path) -> None:
    write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", path)


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers with six decimals: the replicates know no more."""
    return table.round(6)


def simulation_text(simulation: Simulation, lang: Lang) -> str:
    """The distribution of every unit as lines: what was drawn, a row per unit, strata that were too small."""
    words, redraw = _WORDS[lang], simulation.redraw
    sources = "、".join(words[name] for name in redraw.sources) if lang == "zh" else ", ".join(redraw.sources)
    head = words["drawn"].format(n=redraw.replicates, sources=sources, seed=redraw.seed)
    counts = simulation.notes["action"].value_counts()
    notes = words["notes"].format(merged=counts.get("merged", 0), kept=counts.get("kept", 0))
    return "\n".join([*_banner(simulation, words), head, _unit_lines(simulation, words), notes])


def _banner(simulation: Simulation, words: dict[str, str]) -> list[str]:
    """What a reader must know before any number: data or weights that are made up."""
    facts = _facts(simulation)
    said = [words[name] for name in ("synthetic", "illustrative") if facts[name]]
    return [" · ".join(said)] if said else []


def _unit_lines(simulation: Simulation, words: dict[str, str]) -> str:
    table = simulation.units.sort_values(["group", "rank"], kind="stable")
    heads = [words[name] for name in ("unit", "rank", "composite", "mean", "sd", "range", "ranks")]
    columns = [
        table["unit"],
        table["rank"].map(_whole),
        *(table[c].map("{:.2f}".format) for c in ("composite", "mean", "sd")),
    ]
    columns.append(table["q025"].map("{:.2f}".format) + "–" + table["q975"].map("{:.2f}".format))
    columns.append(table["rank_low"].map(_whole) + "–" + table["rank_high"].map(_whole))
    for name, word, value in (
        ("at_target_rate", "target", simulation.target),
        ("in_top_rate", "top", simulation.top),
    ):
        if value is not None:
            heads.append(words[word].format(f"{value:g}"))
            columns.append((100 * table[name]).map("{:.1f}%".format))
    rows = [tuple(heads), *zip(*columns, strict=True)]
    return aligned(rows, right=tuple(range(1, len(heads))), indent="  ")


def _whole(value: float) -> str:
    return "" if value != value else f"{value:.0f}"
