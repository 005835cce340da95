"""Wordings of scenarios and plans in both languages."""

from __future__ import annotations

from typing import Any

from analysis.errors import Lang

WORDS: dict[str, dict[str, dict[Lang, str]]] = {
    "texts": {
        "synthetic": {"zh": "合成数据", "en": "Synthetic data"},
        "illustrative": {"zh": "示意权重", "en": "illustrative weights"},
        "scenario": {"zh": "情景：{title}", "en": "Scenario: {title}"},
        "unit": {"zh": "单位", "en": "unit"},
        "before": {"zh": "之前", "en": "before"},
        "after": {"zh": "之后", "en": "after"},
        "change": {"zh": "变化", "en": "change"},
        "rank": {"zh": "名次", "en": "rank"},
        "step": {"zh": "{step}. {label}（{n} 行{more}）", "en": "{step}. {label} ({n} rows{more})"},
        "beyond": {"zh": "，另有 {n} 条失分无法整改", "en": ", and {n} losses no fix brings back"},
        "total": {"zh": "合计", "en": "together"},
        "intervals": {
            "zh": "共用抽样下的差值区间（重抽频率，不是概率）：",
            "en": "Differences under shared draws (redraw frequencies, no probabilities):",
        },
        "range": {"zh": "95% 区间", "en": "95 % range"},
        "better": {"zh": "名次上升", "en": "better rank"},
        "baseline": {"zh": "基准", "en": "Baseline"},
        "scenario_end": {"zh": "情景", "en": "Scenario"},
        "waterfall": {"zh": "{unit}：情景各步的影响", "en": "{unit}: what each step does"},
        "plan": {
            "zh": "{unit} 整改计划：{n} 件事项，{m} 处问题",
            "en": "Plan for {unit}: {n} things, {m} findings",
        },
        "brings": {
            "zh": "综合得分 {a:.2f} → {b:.2f}，名次 {r} → {s}（已按全部规则重新计分）",
            "en": "Composite {a:.2f} → {b:.2f}, rank {r} → {s} (re-evaluated under all rules)",
        },
        "costs": {"zh": "费用 {cost:,.0f} 元", "en": "Cost {cost:,.0f} yuan"},
        "chance_target": {
            "zh": "达到目标分的可能：下次测评预测概率 {row.forecast_now:.2f} → {row.forecast:.2f}，"
            "本轮重抽频率 {row.redraw_now:.2f} → {row.redraw:.2f}",
            "en": "Reaching the score: forecast {row.forecast_now:.2f} → {row.forecast:.2f}, "
            "redraws of this round {row.redraw_now:.2f} → {row.redraw:.2f}",
        },
        "chance_rank": {
            "zh": "达到目标名次的可能：下次测评预测概率 {row.forecast_now:.2f} → {row.forecast:.2f}，"
            "本轮重抽频率 {row.redraw_now:.2f} → {row.redraw:.2f}",
            "en": "Reaching the rank: forecast {row.forecast_now:.2f} → {row.forecast:.2f}, "
            "redraws of this round {row.redraw_now:.2f} → {row.redraw:.2f}",
        },
        "chance_plain": {
            "zh": "（预测未计入模拟与正式测评的差异；用 --pair 模拟轮,正式轮 可从已有的两轮学得）",
            "en": "(no shift from mock to official in the forecast; --pair MOCK,OFFICIAL learns it)",
        },
        "chance_learned": {
            "zh": "（预测已计入模拟与正式测评的差异，由 {n} 对得分学得）",
            "en": "(shift and spread from mock to official learned from {n} pairs of scores)",
        },
        "nothing_drawn": {
            "zh": "（本轮没有点位、受访者或测评员的名称，不能重抽，因此不给出区间和可能性）",
            "en": "(the round names no sites, respondents or assessors to draw again: no ranges, no chances)",
        },
        "rivals_overtaken": {"zh": "将追上或超过：{names}", "en": "Caught up with or overtaken: {names}"},
        "rivals_ahead": {"zh": "仍在前面：{names}", "en": "Still ahead: {names}"},
        "rivals_lifted": {
            "zh": "缺失数据取本组均值、因而随之上升（已计入）：{names}",
            "en": "Rise along, because gaps take the mean of the group (allowed for): {names}",
        },
        "unproven": {
            "zh": "求解时间用尽：可能还有更好的计划。",
            "en": "Time ran out: a better plan may exist.",
        },
        "other": {
            "zh": "备选 {n}：{things} 件，{score:.2f} 分，费用 {cost:,.0f}",
            "en": "Next best {n}: {things} things, {score:.2f} points, cost {cost:,.0f}",
        },
        "out_works_too_long": {
            "zh": "未列入：{n} 处工程类问题不能按期完成。",
            "en": "Left out: {n} findings need works that cannot finish in time.",
        },
        "out_closed": {"zh": "未列入：{n} 处已销号。", "en": "Left out: {n} findings were closed."},
        "out_no_cost": {"zh": "未列入：{n} 处没有费用。", "en": "Left out: {n} findings have no cost."},
        "reason_works_too_long": {"zh": "工程不能按期完成", "en": "works cannot finish in time"},
        "reason_closed": {"zh": "已销号", "en": "closed"},
        "reason_no_cost": {"zh": "没有费用", "en": "no cost"},
        "summary_sheet": {"zh": "计划概览", "en": "Summary"},
        "things_sheet": {"zh": "整改事项", "en": "Things to fix"},
        "out_sheet": {"zh": "未列入", "en": "Left out"},
        "hand_out_sheet": {"zh": "整改交办清单", "en": "Findings to fix"},
        "hand_out": {"zh": "{unit} 整改交办清单（{whole}）", "en": "Findings for {unit} ({whole})"},
        "nobody": {"zh": "责任单位未明确", "en": "nobody named"},
        "works": {"zh": "需工程整改", "en": "needs works"},
        "on_spot": {"zh": "可当场整改", "en": "on the spot"},
    },
    "columns": {
        "site_type": {"zh": "点位类型", "en": "Site type"},
        "site": {"zh": "点位", "en": "Site"},
        "leaf": {"zh": "指标", "en": "Node"},
        "item": {"zh": "测评项", "en": "Item"},
        "cause": {"zh": "失分原因", "en": "Cause"},
        "responsible_unit": {"zh": "责任单位", "en": "Responsible unit"},
        "n_findings": {"zh": "问题数", "en": "Findings"},
        "points_margin": {"zh": "对计划的贡献", "en": "Worth to the plan"},
        "points_alone": {"zh": "单独整改得分", "en": "Gain alone"},
        "cost": {"zh": "费用", "en": "Cost"},
        "plan": {"zh": "计划", "en": "Plan"},
        "n_things": {"zh": "事项数", "en": "Things"},
        "composite": {"zh": "综合得分", "en": "Composite"},
        "rank": {"zh": "名次", "en": "Rank"},
        "gain": {"zh": "得分增加", "en": "Gain"},
        "reason": {"zh": "未列入原因", "en": "Why left out"},
        "note": {"zh": "存在问题", "en": "Problem found"},
        "source_file": {"zh": "来源文件", "en": "Source file"},
        "source_sheet": {"zh": "来源工作表", "en": "Source sheet"},
        "source_row": {"zh": "来源行", "en": "Source row"},
        "due": {"zh": "完成时限", "en": "Due"},
        "works": {"zh": "整改方式", "en": "Kind of fix"},
        "done": {"zh": "整改情况", "en": "What was done"},
        "checked": {"zh": "复核意见", "en": "Recheck"},
    },
}


def say(name: str, lang: Lang, section: str = "texts", **values: Any) -> str:
    """One wording with its values."""
    return WORDS[section][name][lang].format(**values)
