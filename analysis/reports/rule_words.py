"""Wordings of the sensitivity to rules in both languages."""

from __future__ import annotations

from typing import Any

from analysis.errors import Lang

_WORDS: dict[str, dict[str, dict[Lang, str]]] = {
    "texts": {
        "title": {
            "zh": "换一种规则，第一名会变吗？（穷举 {n} 种规则组合）",
            "en": "Would another rule have changed the winner? (all {n} combinations of rules)",
        },
        "no_change": {
            "zh": "不会：任何一种组合下，各组第一名都不变。",
            "en": "No: the first of every group is first under every combination.",
        },
        "change": {
            "zh": "会：至少有一种组合下第一名换人。",
            "en": "Yes: under some combination somebody else is first.",
        },
        "group": {"zh": "{group}：", "en": "{group}:"},
        "written": {
            "zh": "  {unit}：现行规则下第一；在 {share:.0%} 的组合中第一",
            "en": "  {unit}: first as written; first in {share:.0%} of the combinations",
        },
        "other": {
            "zh": "  {unit}：在 {share:.0%} 的组合中第一",
            "en": "  {unit}: first in {share:.0%} of the combinations",
        },
        "by": {"zh": "    只改这一项即成第一：{choices}", "en": "    first by one choice alone: {choices}"},
        "moves": {
            "zh": "名次平均移动 {shift:.2f} 位；移动来自哪项选择（占方差，×为两项合起来才有的部分）：",
            "en": "Ranks move by {shift:.2f} places on average; due to (share of the variance, × for what "
            "two choices do only together):",
        },
        "nothing_moves": {"zh": "  没有一项选择改变名次。", "en": "  no choice moves a rank."},
        "ranges": {
            "zh": "各单位在所有组合中的最好与最差名次：",
            "en": "Best and worst rank of every unit over all combinations:",
        },
        "unit": {"zh": "单位", "en": "unit"},
        "rank": {"zh": "名次", "en": "rank"},
        "best": {"zh": "最好", "en": "best"},
        "worst": {"zh": "最差", "en": "worst"},
        "shift": {"zh": "平均移动", "en": "mean shift"},
        "node": {"zh": "权重", "en": "weight of"},
        "weight": {"zh": "现为", "en": "now"},
        "after": {"zh": "改为", "en": "then"},
        "swap": {
            "zh": "{first} 与 {second} 打平所需的最小权重变动（只改一项，其余同比例调整）：",
            "en": "Smallest change of one weight at which {first} and {second} draw level (others scaled):",
        },
        "swap_none": {
            "zh": "没有任何一项权重能使 {first} 与 {second} 打平。",
            "en": "No weight alone makes {first} and {second} draw level.",
        },
    },
    "choices": {
        "shares": {"zh": "测评方式权重", "en": "shares of methods"},
        "composition": {"zh": "组合规则", "en": "composition"},
        "missing": {"zh": "缺失数据", "en": "missing data"},
        "average": {"zh": "点位平均", "en": "averaging of sites"},
        "answers": {"zh": "答卷基数", "en": "base of answers"},
        "ties": {"zh": "并列", "en": "ties"},
    },
    "alternatives": {
        "as_written": {"zh": "现行", "en": "as written"},
        "equal": {"zh": "均等", "en": "equal"},
        "zero": {"zh": "记零分", "en": "zero"},
        "redistribute": {"zh": "权重转给同级", "en": "weight to siblings"},
        "group_mean": {"zh": "取本组均值", "en": "mean of the group"},
        "pooled": {"zh": "合并计算", "en": "pooled"},
        "site_types": {"zh": "先按点位类型", "en": "by site type first"},
        "unclear_in_base": {"zh": "不清楚计入基数", "en": "unclear in the base"},
        "unclear_out": {"zh": "不清楚不计入基数", "en": "unclear out of the base"},
        "dense": {"zh": "1-1-2", "en": "1-1-2"},
        "min": {"zh": "1-1-3", "en": "1-1-3"},
    },
}


def say(name: str, lang: Lang, section: str = "texts", **values: Any) -> str:
    """One wording with its values; a choice of somebody's own stands for itself."""
    known = _WORDS[section].get(name)
    return name if known is None else known[lang].format(**values)
