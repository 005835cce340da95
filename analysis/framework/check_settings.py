"""What the settings of a framework or composition must mean: ties, bonus, penalties, bands, cycle ..."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import inf

from analysis.framework.document import Finding, Path_
from analysis.framework.messages import finding, number_text, parts_text
from analysis.framework.model import Award, Band, Cycle, Escalation, Settings


def check_settings(settings: Settings, components: list[str]) -> list[Finding]:
    """What is wrong with settings; `components` are the ids that a prerequisite may name."""
    found = [*_adjustments(settings), *_prerequisites(settings, components), *_bands(settings.bands)]
    if settings.full_marks <= 0:
        path = ("settings", "full_marks")
        found.append(finding(path, "not_positive", number_text(settings.full_marks), key="full_marks"))
    found += [*_awards(settings), *_escalation(settings.escalation)]
    return [*found, *_cycle(settings.cycle)] if settings.cycle else found


def check_ties(settings: Settings, columns: list[str]) -> list[Finding]:
    """What is wrong with the tie rule; `columns` are those of the scores that may break a tie."""
    ties, path = settings.ties, ("settings", "ties")
    if ties.method != "ordered":
        unused = finding((*path, "by"), "ties_by_unused", ", ".join(ties.by), method=ties.method)
        return [unused] if ties.by else []
    if not ties.by:
        return [finding(path, "ties_without_by", "ordered")]
    allowed = ", ".join(dict.fromkeys(columns))
    unknown = [column for column in ties.by if column not in columns]
    return [finding((*path, "by"), "unknown_column", one, columns, allowed=allowed) for one in unknown]


def _adjustments(settings: Settings) -> Iterator[Finding]:
    bonus = ("settings", "bonus")
    amounts: list[tuple[Path_, float | None]] = [((*bonus, "cap"), settings.bonus.cap)]
    for rule in settings.bonus.rules:
        amounts += [((*bonus, "rules", rule.id, key), getattr(rule, key)) for key in ("points", "cap")]
    for entry in settings.negative_list:
        path: Path_ = ("settings", "negative_list", entry.id, "points")
        amounts.append((path, entry.points))
        if entry.kind == "veto" and entry.points is not None:
            yield finding(path, "veto_with_points", number_text(entry.points))
    for path, amount in amounts:
        if amount is not None and amount < 0:
            yield finding(path, "negative_number", number_text(amount), key=path[-1])


def _prerequisites(settings: Settings, components: list[str]) -> Iterator[Finding]:
    for rule in settings.prerequisites:
        if rule.component not in components:
            path = ("settings", "prerequisites", rule.id, "component")
            said = {"allowed": ", ".join(components)}
            yield finding(path, "unknown_component", rule.component, components, **said)


def _bands(bands: tuple[Band, ...]) -> Iterator[Finding]:
    for band in bands:
        yield from _band(band, ("settings", "bands", band.id))
    for one, other in combinations(bands, 2):
        if _overlap(one, other):
            yield finding(("settings", "bands", other.id), "bands_overlap", other.id, other=one.id)


def _band(band: Band | Award, path: Path_) -> Iterator[Finding]:
    """A consequence is given by exactly one of: a range of scores that is not empty, first N, last N."""
    scored = band.from_score is not None or band.below is not None
    if sum((scored, band.first is not None, band.last is not None)) != 1:
        yield finding(path, "band_form", band.id)
    low, high = _range(band)
    if scored and low >= high:
        yield finding(path, "band_empty", band.id, low=number_text(low), high=number_text(high))
    for key in ("first", "last"):
        value = getattr(band, key)
        if value is not None and value < 1:
            yield finding((*path, key), "not_positive", value, key=key)


def _range(band: Band | Award) -> tuple[float, float]:
    low = -inf if band.from_score is None else band.from_score
    return low, inf if band.below is None else band.below


def _overlap(one: Band | Award, other: Band | Award) -> bool:
    """Bands of scores that share a score, or two bands from the same end of the ranking."""
    if any(getattr(one, key) is not None and getattr(other, key) is not None for key in ("first", "last")):
        return True
    if any(_is_rank(band) for band in (one, other)):
        return False
    (low, high), (other_low, other_high) = _range(one), _range(other)
    return max(low, other_low) < min(high, other_high)


def _is_rank(band: Band | Award) -> bool:
    return band.first is not None or band.last is not None


def _awards(settings: Settings) -> Iterator[Finding]:
    """Cards of one kind of unit exclude each other; what is given for a cycle needs one."""
    for award in settings.awards:
        yield from _band(award, ("settings", "awards", award.id))
        if award.per == "cycle" and settings.cycle is None:
            yield finding(("settings", "awards", award.id, "per"), "award_without_cycle", award.id)
    cards = [award for award in settings.awards if award.kind in ("red_card", "yellow_card")]
    for one, other in combinations(cards, 2):
        same = all(getattr(one, key) == getattr(other, key) for key in ("level", "of", "per"))
        if same and _overlap(one, other):
            yield finding(("settings", "awards", other.id), "bands_overlap", other.id, other=one.id)


def _escalation(rules: tuple[Escalation, ...]) -> Iterator[Finding]:
    for rule in rules:
        path = ("settings", "escalation", rule.id)
        limits = {"bad_fixes": rule.bad_fixes, "days_overdue": rule.days_overdue}
        if sum(limit is not None for limit in limits.values()) != 1:
            yield finding(path, "escalation_form", rule.id)
        for key, limit in limits.items():
            if limit is not None and limit < 1:
                yield finding((*path, key), "not_positive", limit, key=key)


def _cycle(cycle: Cycle) -> Iterator[Finding]:
    path = ("settings", "cycle", "weights")
    for period, weight in cycle.weights.items():
        if weight < 0:
            yield finding((*path, period), "negative_number", number_text(weight), key=period)
    total = sum(cycle.weights.values())
    if abs(total - 1) > 1e-9:
        said = {"parts": parts_text(cycle.weights) or "-"}
        yield finding(path, "cycle_does_not_add_up", number_text(total), **said)
