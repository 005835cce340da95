"""What an activity lacks and what is still to be done, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.framework.model import CountedEvidence

Said = tuple[str, str]

_LACKING = (
    ("pictures", "图片缺{:g}张", "{:g} pictures"),
    ("participants", "人数缺{:g}人", "{:g} persons"),
)
_NEEDED = (
    ("pictures", "图片{:g}张以上", "{:g} pictures"),
    ("participants", "参加{:g}人以上", "{:g} persons"),
)


def shortcomings(rule: CountedEvidence, activity: dict[str, Any]) -> list[Said]:
    """What an activity lacks under its rule, in both languages; empty when it is valid."""
    found = []
    for name, zh, en in _LACKING:
        value = activity.get(name)
        short = getattr(rule, name) - (value if value is not None and value == value else 0.0)
        if short > 0:
            found.append((zh.format(short), f"lacks {en.format(short)}"))
    if rule.organiser and not str(activity.get("organiser") or ""):
        found.append(("未写主办单位", "names no organiser"))
    if "uncivil" in str(activity.get("flags") or "").split("|"):
        found.append(("画面不文明", "shows uncivil behaviour"))
    return found


def to_do(
    rule: CountedEvidence,
    missing: float,
    faults: list[list[Said]],
    strays: list[str],
    *,
    known: bool,
    of_rules: bool,
) -> Said:
    """How many are still to come and what each must show; what those reported lack (`faults`, one list each).

    `strays`: dates outside the period. `known`: whether the period has days. `of_rules`: the rules ask for
    it, not a list alone.
    """
    if missing:
        kind, needs = ("次活动", "activities") if of_rules else ("份材料", "papers"), _needs(rule)
        zh, en = [f"还缺{missing:g}{kind[0]}{needs[0]}"], [f"{missing:g} more {kind[1]} to come{needs[1]}"]
    else:
        zh, en = ["已齐"], ["complete"]
    for number, lacking in enumerate(faults, start=1):
        if lacking and missing:
            zh.append(f"已报第{number}次不合格：{'、'.join(one for one, _ in lacking)}")
            en.append(f"number {number} reported {', '.join(one for _, one in lacking)}")
    if strays:
        zh.append(f"活动日期不在该时段内，请核对：{'、'.join(strays)}")
        en.append(f"dated outside the period, please check: {', '.join(strays)}")
    if missing and not known:
        zh.append("节点日期由主办部门另行公布，请在材料申报提示中写明报送时限")
        en.append("the day is announced every year: give the deadline in a list of evidence due")
    return "；".join(zh), "; ".join(en)


def _needs(rule: CountedEvidence) -> Said:
    """What every activity must show, in brackets; nothing where it only has to take place."""
    asked = [(getattr(rule, name), zh, en) for name, zh, en in _NEEDED if getattr(rule, name)]
    found = [(zh.format(least), en.format(least)) for least, zh, en in asked]
    found += [("写明主办单位", "organiser named")] if rule.organiser else []
    if not found:
        return "", ""
    zh, en = zip(*found, strict=True)
    return f"（每次{'、'.join(zh)}）", f" (each: {', '.join(en)})"
