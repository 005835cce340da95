"""A simulated evaluation as files and as lines on a screen."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang
from analysis.reports.console import aligned
from analysis.reports.files import write_csv, write_text, write_together
from analysis.reports.labels import Labels

if TYPE_CHECKING:
    import pandas as pd

    from analysis.simulation.redraw import Redraw
    from analysis.simulation.simulate import Simulation

PARQUET = ("nodes",)
MANIFEST = "simulation.json"
RANKS = {"rank": "ranks", "rank_marginal": "marginal", "rank_simultaneous": "simultaneous"}
BEST = 3
"""Strata named on the screen; all are in the file."""

_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "unit": "单位",
        "composite": "综合得分",
        "mean": "重抽均值",
        "sd": "标准差",
        "range": "95% 区间",
        "rank": "名次",
        "ranks": "重抽名次",
        "marginal": "名次置信集（单个）",
        "simultaneous": "名次置信集（全体）",
        "target": "达 {} 分",
        "top": "前 {} 名",
        "drawn": "重抽 {n} 次（{sources}），种子 {seed}。频率为“重抽频率”，不是下次测评的概率。",
        "sets": "重抽名次含 95% 的重抽；名次置信集以 95% 把握含真实名次：“单个”各自保证，“全体”同时保证。",
        "notes": "样本过小的层：合并 {merged} 个，保持不变 {kept} 个（见 notes.csv）。",
        "counted": "{n} 个层的问卷只有各选项计数：各题独立重抽，同一人各题答案相关时波动偏小。",
        "alone": "保持不变的层只有一个点位，波动无从估计，按 0 计，标准差偏小："
        "{unit}满分的 {share:.1f}% 属此（各单位见 units.csv）。",
        "effort": "增加工作量（标准差，各单位平均）：{rows}。",
        "times": "{source} ×{times:g} {now:.2f} → {then:.2f}",
        "design": "多考察一次收益最大（减少方差，平方分）：{rows}（见 design.csv）。",
        "visit": "{unit} {source} {stratum}（已抽 {n}）−{gain:.3f}",
        "comma": "；",
        "declared": "申报",
        "random": "随机",
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
        "ranks": "ranks drawn",
        "marginal": "rank set (one)",
        "simultaneous": "rank set (all)",
        "target": "reaches {}",
        "top": "first {}",
        "drawn": "{n} redraws ({sources}), seed {seed}: frequencies, not probabilities of the next test.",
        "sets": "Ranks drawn hold 95 % of the redraws. Rank sets hold the true rank with 95 % confidence: of "
        "one unit on its own, or of all units together.",
        "notes": "Strata too small to draw from: {merged} merged, {kept} kept as they are (notes.csv).",
        "counted": "{n} strata hold counts of answers: questions are drawn independently, which understates "
        "the spread where one person's answers hang together.",
        "alone": "Strata kept as they are have one site: their spread is unknown and counts as 0, so the sd "
        "is understated; {share:.1f} % of the full marks of {unit} rest on them (all units: units.csv).",
        "effort": "With more effort (sd, mean over units): {rows}.",
        "times": "{source} ×{times:g} {now:.2f} → {then:.2f}",
        "design": "Where one more visit pays most (variance taken off, points squared): {rows} (design.csv).",
        "visit": "{unit} {source} {stratum} (n {n}) −{gain:.3f}",
        "comma": "; ",
        "synthetic": "Synthetic data",
        "illustrative": "illustrative weights",
        "sites": "sites",
        "respondents": "respondents",
        "assessors": "assessors",
    },
}


def write_simulation(simulation: Simulation, folder: Path) -> list[Path]:
    """The files written into `folder`: one csv per table (nodes as parquet) and what they were made from."""
    writers: dict[str, Any] = {MANIFEST: partial(write_facts, _facts(simulation))}
    for name, table in simulation.tables.items():
        if name in PARQUET:
            writers[f"{name}.parquet"] = partial(_write_parquet, table)
        else:
            writers[f"{name}.csv"] = partial(write_csv, _rounded(table))
    return write_together(folder, writers)


def _facts(simulation: Simulation) -> dict[str, Any]:
    return {**redraw_facts(simulation.redraw), "target": simulation.target, "rank": simulation.top}


def redraw_facts(redraw: Redraw) -> dict[str, Any]:
    """What a redraw was made from: round, rules, hashes of inputs, seed, replicates, sources."""
    return {
        "round": redraw.evaluation.round.info.id,
        "synthetic": redraw.evaluation.round.info.synthetic,
        "composition": redraw.evaluation.rulebook.composition.id,
        "illustrative": redraw.evaluation.rulebook.illustrative,
        "inputs": dict(redraw.evaluation.round.inputs),
        "seed": redraw.seed,
        "replicates": redraw.replicates,
        "sources": list(redraw.sources),
    }


def write_facts(facts: dict[str, Any], path: Path) -> None:
    """Facts as JSON."""
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
    notes = [words["notes"].format(merged=counts.get("merged", 0), kept=counts.get("kept", 0))]
    if counts.get("counted", 0):
        notes.append(words["counted"].format(n=counts["counted"]))
    lines = [*_banner(simulation, words), head, _unit_lines(simulation, words), words["sets"], *notes]
    return "\n".join([*lines, *silent_about(redraw, lang), *_next_time(simulation, lang)])


def silent_about(redraw: Redraw, lang: Lang) -> list[str]:
    """What a redraw knows no spread of, by the unit it matters most for."""
    share, unit = max(zip(redraw.single_site_share, redraw.units, strict=True), key=lambda pair: pair[0])
    return [_WORDS[lang]["alone"].format(unit=unit, share=100 * share)] if share > 0 else []


def _stratum(name: str, named: Labels, words: dict[str, str]) -> str:
    """A stratum in words: site type or component, then origin or the stratum of the survey."""
    kind, *part = name.split(" · ", 1)
    kind = named("site_type", named("component", kind))
    return " · ".join([kind, *(words.get(one, one) for one in part)])


def _next_time(simulation: Simulation, lang: Lang) -> list[str]:
    """Twice the effort, and the strata where one more visit pays most."""
    lines, words = [], _WORDS[lang]
    mean = simulation.effort.groupby(["source", "times"], sort=False)[["sd", "sd_then"]].mean().reset_index()
    more = [
        words["times"].format(source=words[row.source], times=row.times, now=row.sd, then=row.sd_then)
        for row in mean.itertuples()
    ]
    best = simulation.design.dropna(subset=["gain"]).query("gain > 0").head(BEST)
    named = Labels(simulation.redraw.evaluation.rulebook, lang)
    visits = [
        words["visit"].format(
            **{**row, "source": words[row["source"]], "stratum": _stratum(row["stratum"], named, words)}
        )
        for row in best.to_dict("records")
    ]
    for name, rows in (("effort", more), ("design", visits)):
        if rows:
            lines.append(words[name].format(rows=words["comma"].join(rows)))
    return lines


def _banner(simulation: Simulation, words: dict[str, str]) -> list[str]:
    """What a reader must know before any number: data or weights that are made up."""
    facts = _facts(simulation)
    said = [words[name] for name in ("synthetic", "illustrative") if facts[name]]
    return [" · ".join(said)] if said else []


def _unit_lines(simulation: Simulation, words: dict[str, str]) -> str:
    table = simulation.units.sort_values(["group", "rank"], kind="stable")
    heads = [words[name] for name in ("unit", "rank", "composite", "mean", "sd", "range")]
    columns = [
        table["unit"],
        table["rank"].map(_whole),
        *(table[c].map("{:.2f}".format) for c in ("composite", "mean", "sd")),
    ]
    columns.append(table["q025"].map("{:.2f}".format) + "–" + table["q975"].map("{:.2f}".format))
    for name, word in RANKS.items():
        heads.append(words[word])
        columns.append(_from_to(table[f"{name}_low"], table[f"{name}_high"]))
    for name, word, value in (
        ("at_target_rate", "target", simulation.target),
        ("in_top_rate", "top", simulation.top),
    ):
        if value is not None:
            heads.append(words[word].format(f"{value:g}"))
            columns.append((100 * table[name]).map("{:.1f}%".format))
    rows = [tuple(heads), *zip(*columns, strict=True)]
    return aligned(rows, right=tuple(range(1, len(heads))), indent="  ")


def _from_to(low: pd.Series, high: pd.Series) -> pd.Series:
    ends = low.map(_whole) + "–" + high.map(_whole)
    return ends.where(low.notna(), "")


def _whole(value: float) -> str:
    return "" if value != value else f"{value:.0f}"
