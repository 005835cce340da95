"""The section on what another draw of the same round would have given, and its two charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis import plots
from analysis.errors import UsageError
from analysis.reports.material import REPLICATES, Material
from analysis.reports.views import Section, view
from analysis.simulation.outcome import rank_frequencies, unit_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.simulation.redraw import Redraw

_WORDS: dict[str, dict[str, str]] = {
    "title": {"zh": "换一次抽样会怎样", "en": "What another draw would have given"},
    "head": {
        "zh": "按原来的抽样办法把{sources}重抽 {n} 次（种子 {seed}），每次都按全部规则重新计分、排名。"
        "下面是重抽频率，说明本轮结果有多少出自抽样的偶然，不是下次测评的概率。",
        "en": "The {sources} of this round were drawn again {n} times as they had been drawn (seed {seed}); "
        "every rule was applied each time. These are redraw frequencies: they say how much of this result is "
        "the luck of the draw, and are no probabilities of the next test.",
    },
    "moved": {
        "zh": "名次在重抽中不变的占比：最高 {best}（{best_unit}），最低 {worst}（{worst_unit}）。",
        "en": "A rank stayed as it is in {best} of the redraws at most ({best_unit}), in {worst} at least "
        "({worst_unit}).",
    },
    "single": {
        "zh": "同类点位只有一个、又没有相近类型可并的，重抽时保持不变，其偶然性没有计入。",
        "en": "Sites that are the only one of their kind stay as they are; their luck is not counted.",
    },
    "refused": {
        "zh": "本轮不能重抽，原因如下；请补全数据后重新生成。",
        "en": "This round cannot be drawn again, for these reasons; complete the data and report again.",
    },
    "caption": {"zh": "综合得分与名次的重抽区间（中间 95%）", "en": "Middle 95 % of composites and ranks"},
    "sites": {"zh": "点位", "en": "sites"},
    "respondents": {"zh": "受访者", "en": "respondents"},
    "assessors": {"zh": "测评员的宽严", "en": "severity of assessors"},
    "unit": {"zh": "单位", "en": "Unit"},
    "composite": {"zh": "综合得分", "en": "Composite"},
    "range": {"zh": "95% 区间", "en": "95 % range"},
    "rank": {"zh": "名次", "en": "Rank"},
    "ranks": {"zh": "名次区间", "en": "Range of ranks"},
    "kept": {"zh": "名次不变的重抽频率", "en": "Redraw frequency of this rank"},
}


def redraw_section(material: Material) -> Section | None:
    """How far composites and ranks depend on the draw; None where the round has nothing to draw again."""
    drawn = material.drawn
    if drawn is None:
        return None
    if isinstance(drawn, UsageError):
        told = [_say("refused", material), *drawn.text(material.lang).splitlines()]
        return Section("redrawn", _say("title", material), told, [], [])
    table = _table(drawn)
    names = material.join(_say(name, material) for name in drawn.sources)
    told = [_say("head", material, sources=names, n=REPLICATES, seed=material.seed)]
    ranked = table[table["kept"].notna()]
    if len(ranked) > 1:
        ends = ranked.loc[[ranked["kept"].idxmax(), ranked["kept"].idxmin()]]
        (best, worst), (first, last) = ends["kept"].map("{:.0%}".format), ends["unit"]
        told.append(_say("moved", material, best=best, worst=worst, best_unit=first, worst_unit=last))
    if len(drawn.notes) and (drawn.notes["action"] == "kept").any():
        told.append(_say("single", material))
    shown = _shown(table, material)
    headers = {name: _say(name, material) for name in shown}
    found = view(shown, material.labels, material.decimals, _say("caption", material), headers=headers)
    return Section("redrawn", _say("title", material), told, [found], ["distribution", "ranks"])


def redraw_axes(material: Material, note: str) -> Iterator[tuple[str, Axes]]:
    """The charts of the section by name: composites of all units, ranks of the largest group."""
    drawn = material.drawn
    if drawn is None or isinstance(drawn, UsageError):
        return
    about: dict[str, Any] = {"subtitle": material.title, "note": note, "lang": material.lang}
    table = _table(drawn)
    groups = {str(name): material.labels("group", name) for name in table["group"].unique()}
    yield "distribution", plots.distribution_chart(table, groups=groups, **about)
    largest = str(table["group"].value_counts().index[0])
    ranks = rank_frequencies(drawn)
    mine = ranks[ranks["group"].astype(str) == largest]
    if mine["unit"].nunique() > 1:
        title = f"{material.say('chart_ranks')} · {groups[largest]}" if len(groups) > 1 else ""
        yield "ranks", plots.rank_heatmap(mine, title=title, **about)


def _table(drawn: Redraw) -> pd.DataFrame:
    """Units by group and rank, with how often each kept its rank."""
    table = unit_table(drawn).sort_values(["group", "rank"], kind="stable", ignore_index=True)
    ranks = rank_frequencies(drawn)
    kept = {(row.unit, row.rank): row.frequency_rate for row in ranks.itertuples()}
    pairs = zip(table["unit"], table["rank"], strict=True)
    return table.assign(kept=[kept.get(pair, float("nan")) for pair in pairs])


def _shown(table: pd.DataFrame, material: Material) -> pd.DataFrame:
    """The columns of the page, ranges as text."""
    digits = material.decimals
    return table[["unit", "composite"]].assign(
        range=[f"{a:.{digits}f}–{b:.{digits}f}" for a, b in zip(table["q025"], table["q975"], strict=True)],
        rank=table["rank"],
        ranks=[_span(a, b) for a, b in zip(table["rank_low"], table["rank_high"], strict=True)],
        kept=["–" if value != value else f"{value:.0%}" for value in table["kept"]],
    )


def _span(low: float, high: float) -> str:
    return "–" if low != low else f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _say(name: str, material: Material, **values: Any) -> str:
    return _WORDS[name][material.lang].format(**values)
