"""The bottom of an explanation: the rows of a leaf that lost points, or the values that were read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.framework.model import Framework, Node
from analysis.results.story import Story
from analysis.results.words import cause_label, word

VALUE_RULES = ("threshold", "target", "given_score")


def leaf_lines(story: Story, row: Any, limit: int | None) -> Iterator[str]:
    """One line per value read (rules over single values), then one per row that lost, largest first."""
    if row.rule in VALUE_RULES:
        yield from _values(story, row, limit)
    lost = story.ledger[_at(story, story.ledger, row)].sort_values(
        "points_lost", ascending=False, kind="stable"
    )
    shown = lost if limit is None else lost.head(limit)
    for entry in _with_notes(story, shown).itertuples():
        yield _loss(story, entry)
    if len(shown) < len(lost):
        rest = lost.iloc[len(shown) :]["points_lost"]
        yield word("texts", "more_rows", story.lang, n=len(rest), points=_fine(rest.sum()))


def _at(story: Story, table: pd.DataFrame, row: Any) -> NDArray[np.bool_]:
    where = (table["component"] == row.component) & table["leaf"].isin(story.ids(row))
    if row.place:
        where &= table["place"] == row.place
    return where.to_numpy()


def _fine(points: float) -> str:
    return f"{points:.4f}"


def _values(story: Story, row: Any, limit: int | None) -> Iterator[str]:
    read = story.observations[_at(story, story.observations, row)]
    shown = read if limit is None else read.head(limit)
    for entry in shown.itertuples():
        value = "—" if pd.isna(entry.value) else f"{entry.value:g}"
        parts = [word("texts", "read", story.lang, value=value)]
        if getattr(entry, "period", ""):
            parts.append(word("texts", "period", story.lang, period=entry.period))
        yield story.joined([*parts, *_item(story, entry), story.place_of(entry)])
    if len(shown) < len(read):
        yield word("texts", "more_values", story.lang, n=len(read) - len(shown))


def _with_notes(story: Story, rows: pd.DataFrame) -> pd.DataFrame:
    if "note" in rows.columns:
        return rows
    if "note" not in story.observations.columns:
        return rows.assign(note="")
    notes = story.observations.set_index("row_id")["note"].astype("object")
    return rows.assign(note=rows["row_id"].map(notes).fillna("").to_numpy())


def _loss(story: Story, entry: Any) -> str:
    found = story.framework(entry.component)
    what = [] if found is None else [_where(story, entry, found[1]), *_item(story, entry), str(entry.note)]
    if found is not None and entry.cause:
        what.append(cause_label(entry.cause, found[1], story.lang))
    place = story.place_of(entry) or word("texts", "no_row", story.lang)
    return story.joined([f"−{_fine(entry.points_lost)}", *(part for part in what if part), place])


def _where(story: Story, entry: Any, framework: Framework) -> str:
    kind = next(
        (t.label[story.lang] for t in framework.site_types if t.id == entry.site_type), entry.site_type
    )
    return " ".join(part for part in (kind, entry.site) if part)


def _item(story: Story, entry: Any) -> list[str]:
    """The check in words, when the row has one."""
    rules: Node | None = story.rules_of(entry.component, entry.leaf)
    if not entry.item or rules is None:
        return []
    return [next((check.label[story.lang] for check in rules.items if check.id == entry.item), entry.item)]
