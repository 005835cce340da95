"""How one number arose: from the composite down to the cells of the workbook, as indented text."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import Lang, Problem, UsageError
from analysis.results.cells import leaf_lines
from analysis.results.dimensions import check_unit
from analysis.results.story import COMPOSITE, Story, percent
from analysis.results.words import word

if TYPE_CHECKING:
    from analysis.scoring.evaluate import Evaluation

INDENT = "  "


def explain(
    evaluation: Evaluation, unit: str, node: str | None = None, lang: Lang = "zh", depth: int | None = None
) -> str:
    """An indented text: score rate x points = score at every node of a unit, down to the rows.

    `node` starts below the composite (an id, `component.id`, or a label); `depth` limits the levels
    below the start. Leaves show their rule, counts and largest losses with file, sheet and row; a leaf
    named as the start shows all of its rows. Raises `UsageError` for an unknown unit or node.
    """
    check_unit(evaluation, unit)
    story = Story.of(evaluation, unit, lang)
    starts = _starts(story, node)
    limit = None if node is not None and all(bool(story.node(start).leaf) for start in starts) else 5
    lines = [*_head(story)]
    for start in starts:
        lines += _node_lines(story, start, 0, depth, limit)
    return "\n".join(lines)


def _starts(story: Story, node: str | None) -> list[int]:
    """Positions of the nodes to begin with; several when components or places share an id."""
    wanted = node or COMPOSITE
    found = [i for i in story.positions if wanted in story.names(i)]
    if found:
        return found
    known = sorted({name for i in story.positions for name in story.names(i)})
    near = get_close_matches(wanted, known, n=4, cutoff=0.4) or known[:8]
    raise UsageError(
        Problem(
            code="unknown_node",
            zh=f"“{story.unit}”没有节点“{wanted}”。是否指：{'、'.join(near)}？",
            en=f"{story.unit!r} has no node {wanted!r}. Did you mean: {', '.join(near)}?",
            fix_zh="请写节点编号或名称；不写节点则从综合得分说明。",
            fix_en="Write a node's id or label; without one the explanation begins at the composite.",
            column="node",
            value=wanted,
        )
    )


def _head(story: Story) -> Iterator[str]:
    rulebook = story.evaluation.rulebook
    composition, rounding = rulebook.composition, rulebook.settings.rounding
    title = composition.title[story.lang]
    yield word("texts", "head", story.lang, unit=story.unit, group=story.score("group"))
    notes = [word("texts", "rulebook", story.lang, id=composition.id, title=title)]
    if rulebook.illustrative:
        notes.append(word("texts", "illustrative", story.lang))
    if story.evaluation.round.info.synthetic:
        notes.append(word("texts", "synthetic", story.lang))
    mode = word("texts", rounding.mode, story.lang)
    notes.append(word("texts", "rounding", story.lang, decimals=rounding.decimals, mode=mode))
    yield story.joined(notes)


def _composite_lines(story: Story, pad: str) -> Iterator[str]:
    """Composite = base + bonus - penalty, then every adjustment on its own line."""
    lang = story.lang
    parts = [f"{word('texts', 'base', lang)} {story.points(story.score('base'))}"]
    for sign, name in (("+", "bonus"), ("−", "penalty")):
        if story.score(name):
            parts.append(f"{sign} {word('texts', name, lang)} {story.points(story.score(name))}")
    composite = story.score("composite")
    notes = [word("texts", "unrounded", lang, value=f"{composite:.9g}")]
    if story.score("veto"):
        notes.append(word("texts", "vetoed", lang, rule=story.score("veto")))
    if not story.score("eligible"):
        notes.append(word("texts", "not_eligible", lang))
    title = word("texts", "composite", lang)
    yield f"{pad}{title} {story.points(composite)} = {' '.join(parts)}{story.bracket(notes)}"
    yield pad + INDENT + story.standing()
    for row in story.adjustments.itertuples():
        yield f"{pad}{INDENT}{_adjustment(story, row)}"
    yield from (f"{pad}{INDENT}{line}" for line in story.cycle_lines())


def _adjustment(story: Story, row: Any) -> str:
    told = getattr(row, story.lang) or f"{word('kinds', row.kind, story.lang)} {row.rule}"
    claimed = story.points(row.points if np.isnan(row.claimed) else row.claimed)
    amount = word("texts", "claimed", story.lang, claimed=claimed, points=story.points(row.points))
    details = [amount] if row.kind in ("bonus", "surplus", "penalty") else []
    place = story.place_of(row)
    return story.joined([told, *details, *([place] if place else [])])


def _node_lines(story: Story, at: int, level: int, depth: int | None, limit: int | None) -> Iterator[str]:
    pad = INDENT * level
    row = story.node(at)
    if row.node == COMPOSITE:
        yield from _composite_lines(story, pad)
        pad, level = pad + INDENT, level + 1
    yield pad + _node_line(story, row)
    if depth is not None and depth <= 0:
        return
    if row.leaf or not story.children(at):
        yield from (f"{pad}{INDENT}{line}" for line in leaf_lines(story, row, limit))
    for child in story.children(at):
        yield from _node_lines(story, child, level + 1, None if depth is None else depth - 1, limit)


def _node_line(story: Story, row: Any) -> str:
    """`Label rate x possible = score [share of parent; rule; counts; how it came about]`."""
    label = story.label(row)
    if np.isnan(row.score_rate):
        return f"{label}{story.bracket([word('texts', 'no_rate', story.lang), *_notes(story, row)])}"
    score = story.points(row.points_possible - row.points_lost)
    sum_ = f"{row.score_rate:.4f} × {story.points(row.points_possible)} = {score}"
    return f"{label} {sum_}{story.bracket(_notes(story, row))}"


def _notes(story: Story, row: Any) -> list[str]:
    lang = story.lang
    notes = [word("texts", "lost", lang, points=story.points(row.points_lost))]
    share = story.share_in_parent(row)
    if share is not None:
        notes.append(word("texts", "added" if story.is_added(row) else "share", lang, share=percent(share)))
    notes.append(word("texts", "weight", lang, weight=percent(row.weight)))
    rule = story.rule_text(row)
    if rule:
        notes.append(word("texts", "rule", lang, rule=rule))
    if row.leaf or row.rule == "given_score":
        notes.append(word("texts", "counts", lang, n=row.n, n_missing=row.n_missing, n_na=row.n_na))
    notes += [word("texts", flag, lang) for flag in ("imputed", "redistributed") if getattr(row, flag)]
    return notes
