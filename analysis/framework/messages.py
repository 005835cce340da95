"""What the checks of meaning say, in both languages: code -> (zh, en, what to do zh, what to do en)."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from analysis.errors import Problem
from analysis.framework.document import Finding, Path_

_SAYS: dict[str, tuple[str, str, str, str]] = {
    "unknown_status": (
        "状态“{value}”不在允许的取值中。{near_zh}",
        "unknown status {value!r}.{near_en}",
        "可取：required、local、old、illustrative。",
        "Allowed: required, local, old, illustrative.",
    ),
    "no_root": (
        "没有根节点：每个节点都写了 parent。",
        "there is no root: every node has a parent.",
        "请让一个节点不写 parent。",
        "Leave out the parent of one node.",
    ),
    "several_roots": (
        "根节点不止一个：{value}。",
        "there are several roots: {value}.",
        "只能有一个节点不写 parent。",
        "Only one node may be without a parent.",
    ),
    "unknown_parent": (
        "上级节点“{value}”不存在。{near_zh}",
        "unknown parent {value!r}.{near_en}",
        "请改为已有节点的 id。",
        "Name the id of a node.",
    ),
    "loop": (
        "节点互为上级，形成循环：{value}。",
        "the parents form a loop: {value}.",
        "请改正其中一个 parent。",
        "Correct one of the parents.",
    ),
    "duplicate_id": (
        "编号“{value}”重复。",
        "duplicate id {value!r}.",
        "请给每一条不同的 id。",
        "Give each entry an id of its own.",
    ),
    "weights_do_not_add_up": (
        "“{value}”下级的权重之和为 {total}，应为 1。",
        "the weights under {value!r} add up to {total}, not to 1.",
        "请改正下级的 weight：{parts}。",
        "Correct the weights: {parts}.",
    ),
    "points_do_not_add_up": (
        "“{value}”下级的分值之和为 {total}，应为 {wanted}。",
        "the max_points under {value!r} add up to {total}, not to {wanted}.",
        "请改正下级的 max_points（{parts}）或上级的分值。",
        "Correct the max_points ({parts}) or those of the parent.",
    ),
    "mixed_weights": (
        "“{value}”的下级须全部写 weight，或全部写 max_points：{parts}。",
        "the children of {value!r} must all have weight, or all have max_points: {parts}.",
        "请统一写法。",
        "Use one of the two for all of them.",
    ),
    "negative_number": (
        "{key} 不能是负数：{value}。",
        "{key} must not be negative: {value}.",
        "请改为 0 或正数。",
        "Give zero or a positive number.",
    ),
    "not_positive": (
        "{key} 必须大于 0：{value}。",
        "{key} must be above 0: {value}.",
        "请改为正数。",
        "Give a positive number.",
    ),
    "outside_0_1": (
        "{key} 必须在 0 到 1 之间：{value}。",
        "{key} must be between 0 and 1: {value}.",
        "请写成比例，例如 60% 写 0.6。",
        "Write a share: 0.6 for 60 %.",
    ),
    "root_weight": (
        "根节点不能有权重：{value}。",
        "the root must not have a weight: {value}.",
        "请删去；组成部分的权重写在合成规则里。",
        "Remove it; the weight of a component belongs to the composition.",
    ),
    "full_marks_differ": (
        "根节点的分值 {value} 与满分 {wanted} 不同。",
        "the root's max_points {value} differ from full_marks {wanted}.",
        "请使两者一致。",
        "Make them equal.",
    ),
    "neither_rule_nor_children": (
        "节点“{value}”既没有计分规则，也没有下级。",
        "node {value!r} has neither a rule nor children.",
        "末级节点请写 rule。",
        "Give a lowest node its rule.",
    ),
    "rule_and_children": (
        "节点“{value}”既有计分规则，又有下级。",
        "node {value!r} has both a rule and children.",
        "规则只能写在末级节点。",
        "Only lowest nodes have a rule.",
    ),
    "leaf_without_method": (
        "末级节点“{value}”没有测评方式。",
        "leaf {value!r} has no method.",
        "请在该节点或其上级写 method：material、field、questionnaire 或 rating。",
        "Write `method` at the leaf or a node above: material, field, questionnaire or rating.",
    ),
    "for_leaves_only": (
        "{key} 只能写在末级节点，“{value}”不是。",
        "{key} belongs to leaves, and {value!r} is none.",
        "请移到末级节点。",
        "Move it to the leaves.",
    ),
    "unknown_area": (
        "领域“{value}”不在 areas 中。{near_zh}",
        "unknown area {value!r}.{near_en}",
        "请改为 areas 中的 id，或补充 areas。",
        "Name one of `areas`, or add it there.",
    ),
    "unknown_site_type": (
        "点位类型“{value}”不在 site_types 中。{near_zh}",
        "unknown site type {value!r}.{near_en}",
        "请改为 site_types 中的 id，或补充 site_types。",
        "Name one of `site_types`, or add it there.",
    ),
    "unknown_source": (
        "来源“{value}”不在 sources 中。{near_zh}",
        "unknown source {value!r}.{near_en}",
        "请改为 sources 中的键，或在 sources 中说明该来源。",
        "Name one of `sources`, or describe it there.",
    ),
    "unknown_cause": (
        "失分原因“{value}”不在原因表“{vocabulary}”中。{near_zh}",
        "unknown cause {value!r}: it is not in the vocabulary {vocabulary!r}.{near_en}",
        "请改为原因表中的 id。",
        "Name a cause or group of the vocabulary.",
    ),
    "cause_without_vocabulary": (
        "写了失分原因“{value}”，但 causes 为空。",
        "the cause {value!r} is named, but `causes` is empty.",
        "请在 causes 中写原因表的 id。",
        "Name a vocabulary in `causes`.",
    ),
    "site_type_weights_do_not_add_up": (
        "“{value}”的点位类型权重之和为 {total}，应为 1。",
        "the site_type_weights of {value!r} add up to {total}, not to 1.",
        "请改正：{parts}。",
        "Correct them: {parts}.",
    ),
    "site_type_weights_unused": (
        "“{value}”写了 site_type_weights，但 average 不是 site_types。",
        "{value!r} has site_type_weights, but its average is not site_types.",
        "请写 average: site_types，或删去这些权重。",
        "Write `average: site_types`, or remove the weights.",
    ),
    "site_types_differ": (
        "点位类型“{value}”没有同时出现在 site_types 和 site_type_weights 中。",
        "site type {value!r} is not in both site_types and site_type_weights.",
        "请使两者列出同样的类型。",
        "Let both name the same types.",
    ),
    "average_without_site_types": (
        "“{value}”按点位类型平均，但没有写 site_types 或 site_type_weights。",
        "{value!r} averages over site types, but names no site_types.",
        "请写 site_types。",
        "Name the site_types.",
    ),
    "split_does_not_add_up": (
        "责任分担之和为 {value}，应为 1：{parts}。",
        "the split of duties adds up to {value}, not to 1: {parts}.",
        "请改正 split。",
        "Correct the split.",
    ),
    "split_and_joint": (
        "不能既按比例分担（split）又共同负责（joint）：{value}。",
        "duties cannot be both split and joint: {value}.",
        "请只保留一种。",
        "Keep one of the two.",
    ),
    "auto_pass_form": (
        "自动符合的条件“{value}”应是单位的一个称号，例如“国家卫生城市”。",
        "auto_pass {value!r} must be one title held by a unit, such as 国家卫生城市.",
        "请只写一个称号，不带分隔符、引号和条件。",
        "Write one title, without separators, quotes or conditions.",
    ),
    "empty_parameter": (
        "规则 {rule} 的 {value} 是空的。",
        "rule {rule}: {value} is empty.",
        "请至少写一项。",
        "Give at least one entry.",
    ),
    "missing_parameter": (
        "规则 {rule} 缺少参数 {value}{why_zh}。",
        "rule {rule} lacks its parameter {value}{why_en}.",
        "请补上。",
        "Add it.",
    ),
    "needless_parameter": (
        "规则 {rule} 此时不用参数 {key}（{value}）{why_zh}。",
        "rule {rule} does not use {key} ({value}) here{why_en}.",
        "请删去。",
        "Remove it.",
    ),
    "one_limit": (
        "规则 threshold 须在 at_least 与 at_most 中恰好写一个，现在写了：{value}。",
        "rule threshold needs exactly one of at_least and at_most; given: {value}.",
        "请只写一个。",
        "Write one of the two.",
    ),
    "floor_above_full": (
        "保底分 {value} 不低于满分 {wanted}。",
        "the floor {value} is not below the full marks {wanted}.",
        "请改正 floor 或 max_points。",
        "Correct floor or max_points.",
    ),
    "start_outside": (
        "起始分 {value} 不在 {low} 到 {high} 之间。",
        "start {value} is not between {low} and {high}.",
        "请改正 start、floor 或 max_points。",
        "Correct start, floor or max_points.",
    ),
    "floor_above_target": (
        "floor {value} 高于目标值 {wanted}。",
        "floor {value} is above the target {wanted}.",
        "请改正 floor 或 target。",
        "Correct floor or target.",
    ),
    "listed_twice": (
        "“{value}”在 {key} 中写了两次。",
        "{value!r} is listed twice in {key}.",
        "请删去一个。",
        "Remove one.",
    ),
    "unclear_in_scale": (
        "答案“{value}”既在 scale 中又在 unclear 中。",
        "the answer {value!r} is in both scale and unclear.",
        "请只保留一处：unclear 的答案计 0 分或不计入基数。",
        "Keep one: an unclear answer counts 0 or leaves the base.",
    ),
    "ties_without_by": (
        "并列按其他列区分（ordered），但没有写 by。",
        "ties are `ordered`, but `by` names no column.",
        "请写 by，例如 [field]，或改用 min、dense。",
        "Write `by`, or use min or dense.",
    ),
    "ties_by_unused": (
        "写了 by（{value}），但并列方式是 {method}。",
        "`by` ({value}) is given, but the method of ties is {method}.",
        "请改为 method: ordered，或删去 by。",
        "Write `method: ordered`, or remove `by`.",
    ),
    "unknown_column": (
        "并列区分列“{value}”不存在。{near_zh}",
        "ties: unknown column {value!r}.{near_en}",
        "可用：{allowed}。",
        "Allowed: {allowed}.",
    ),
    "veto_with_points": (
        "一票否决项不能再写扣分 {value}。",
        "a veto cannot take points ({value}) as well.",
        "请删去 points，或改为 kind: penalty。",
        "Remove points, or write `kind: penalty`.",
    ),
    "unknown_component": (
        "申报条件的组成部分“{value}”不存在。{near_zh}",
        "prerequisite: unknown component {value!r}.{near_en}",
        "可用：{allowed}。",
        "Allowed: {allowed}.",
    ),
    "band_form": (
        "档次“{value}”须写分数范围（from_score、below）、first、last 三者之一。",
        "band {value!r} must be one of: a range of scores (from_score, below), first, last.",
        "请只写一种。",
        "Write one of them.",
    ),
    "band_empty": (
        "档次“{value}”是空的：从 {low} 到 {high}。",
        "band {value!r} is empty: from {low} to {high}.",
        "from_score 须小于 below。",
        "from_score must be less than below.",
    ),
    "bands_overlap": (
        "档次“{value}”与“{other}”重叠。",
        "bands {value!r} and {other!r} overlap.",
        "各档须互不相容。",
        "Bands must exclude each other.",
    ),
    "cycle_does_not_add_up": (
        "周期权重之和为 {value}，应为 1：{parts}。",
        "the weights of the cycle add up to {value}, not to 1: {parts}.",
        "请改正。",
        "Correct them.",
    ),
    "part_weights_do_not_add_up": (
        "组成部分的权重之和为 {value}，应为 1：{parts}。",
        "the weights of the parts add up to {value}, not to 1: {parts}.",
        "请改正；若是另加的分，请写 rule: added。",
        "Correct them; for points on top write `rule: added`.",
    ),
    "part_without_default": (
        "组成部分“{value}”没有默认（default）的测评体系。",
        "part {value!r} names no framework for `default`.",
        "请在 frameworks 中写 default。",
        "Add `default` to its frameworks.",
    ),
    "no_entries": (
        "{value} 是空的。",
        "{value} is empty.",
        "请至少写一项。",
        "Give at least one entry.",
    ),
}


def finding(path: Path_, code: str, value: Any, known: Iterable[str] = (), **words: Any) -> Finding:
    """The problem `code` about `value`; `known` are the values to suggest a near one from."""
    near = get_close_matches(str(value), list(known), n=1)
    filled = {
        "value": value,
        "near_zh": f"是否想写“{near[0]}”？" if near else "",
        "near_en": f" Did you mean {near[0]!r}?" if near else "",
        **words,
    }
    zh, en, fix_zh, fix_en = (text.format(**filled) for text in _SAYS[code])
    return Finding(path, Problem(code, zh, en, fix_zh, fix_en, value=str(value)))


def number_text(number: float) -> str:
    """A number as short as it can be told apart from its neighbours."""
    return f"{number:.10g}"


def parts_text(parts: dict[str, float]) -> str:
    """`a 0.4, b 0.5`."""
    return ", ".join(f"{name} {number_text(value)}" for name, value in parts.items())
