"""What is said of a forecast, in both languages."""

from __future__ import annotations

from typing import Any

from analysis.errors import Lang

WORDS: dict[str, dict[Lang, str]] = {
    "head": {
        "zh": "由 {round}（{date}）预测下一次正式测评：抽取 {n} 次，种子 {seed}；"
        "概率已计入抽样误差和向本组均值的收缩。",
        "en": "The next official test, forecast from {round} ({date}): {n} draws, seed {seed}; probabilities "
        "allow for sampling error and for scores drawn toward the mean of their group.",
    },
    "from_official": {
        "zh": "本轮就是正式测评，不计模拟与正式的差异。",
        "en": "The round is official itself: no difference between mock and official applies.",
    },
    "beats_note": {
        "zh": "“胜下一行”为名次高于表中下一个单位的概率；任意两个单位见 pairs.csv，名次分布见 ranks.csv。",
        "en": "'Beats next': probability of a better rank than the unit in the next row; any two units are "
        "in pairs.csv, ranks in ranks.csv and the chart.",
    },
    "vetoed": {
        "zh": "“–”：本轮被一票否决的单位没有名次，名次预测不含它们。",
        "en": "'–': units vetoed in this round have no rank; the forecast of ranks leaves them out.",
    },
    "pairs": {
        "zh": "模拟与正式测评的差异（正式减模拟，分）学自：{pairs}。",
        "en": "Difference between mock and official (official minus mock, points) learned from: {pairs}.",
    },
    "pair": {"zh": "{mock} 与 {official}", "en": "{mock} and {official}"},
    "no_pairs": {
        "zh": "没有给出同期的模拟与正式轮次（--pair）：假设模拟与正式没有差异。这是假设，不是从数据学得的。",
        "en": "No mock and official rounds of the same time were given (--pair): no difference between them "
        "is an assumption, not learned from data.",
    },
    "scores": {"zh": "{n} 对得分", "en": "{n} pairs of scores"},
    "nothing": {"zh": "无，假设为 0", "en": "none: assumed 0"},
    "learned": {"zh": "模拟与正式的差异学自以往轮次", "en": "difference of mock and official learned"},
    "partly": {
        "zh": "部分方式的模拟与正式差异学自以往轮次，其余假设为 0",
        "en": "difference of mock and official learned for some methods, assumed 0 for others",
    },
    "assumed": {"zh": "假设模拟与正式无差异", "en": "no difference of mock and official assumed"},
    "months_not_asked": {
        "zh": "测评日期不影响预测（没有给出 --months）。",
        "en": "The date does not matter to the forecast (no --months).",
    },
    "months_alike": {
        "zh": "所给轮次看不出月份之间的差异（须有月份出现两次以上），测评日期不影响预测。",
        "en": "The rounds given show no difference between months (it takes a month seen twice): the date "
        "does not matter.",
    },
    "months": {"zh": "月份水平（随机取一个月）：{rows}。", "en": "Levels of months (one is drawn): {rows}."},
    "month": {"zh": "{month}月 {level:+.2f}", "en": "month {month} {level:+.2f}"},
    "declared": {
        "zh": "{unit} 的申报名单，从好到差（本轮重抽的期望与波动，不是预测）：",
        "en": "Lists {unit} might declare, best first (this round redrawn, no forecast):",
    },
    "declared_note": {
        "zh": "每类点位考察的申报数、随机数与本轮相同；名单没有列到的类型不变。只能比较本轮考察过的点位。",
        "en": "As many declared and random sites of each type are visited as in this round; types that a "
        "list does not name stay as they are. Only sites visited in this round can be compared.",
    },
    "as_it_was": {"zh": "（本轮申报）", "en": "(as declared in this round)"},
    "column_group": {"zh": "分组", "en": "group"},
    "column_unit": {"zh": "单位", "en": "unit"},
    "column_rank": {"zh": "本轮名次", "en": "rank now"},
    "column_composite": {"zh": "本轮得分", "en": "composite now"},
    "column_mean": {"zh": "期望得分", "en": "expected"},
    "column_range": {"zh": "95% 区间", "en": "95 % range"},
    "column_rank_mean": {"zh": "平均名次", "en": "mean rank"},
    "column_p_target": {"zh": "达 {target:g} 分", "en": "reaches {target:g}"},
    "column_p_top": {"zh": "前 {top} 名", "en": "first {top}"},
    "column_beats": {"zh": "胜下一行", "en": "beats next"},
    "column_method": {"zh": "方式", "en": "method"},
    "column_reliability": {"zh": "信度", "en": "reliability"},
    "column_shift": {"zh": "差异", "en": "shift"},
    "column_spread": {"zh": "差异标准差", "en": "spread"},
    "column_from": {"zh": "学自", "en": "learned from"},
    "column_list": {"zh": "名单", "en": "list"},
    "column_n_declared": {"zh": "点位数", "en": "sites"},
    "column_expected": {"zh": "期望得分", "en": "expected"},
    "column_sd": {"zh": "标准差", "en": "sd"},
    "column_spread_range": {"zh": "95% 区间", "en": "95 % range"},
}


def say(name: str, lang: Lang, **values: Any) -> str:
    """One wording with its values."""
    return WORDS[name][lang].format(**values)
