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
POINT_RULES = ("deduction", "start_adjust")
CELLS = ("value", "answer", "flags", "note")


def leaf_lines(story: Story, row: Any, limit: int | None) -> Iterator[str]:
    """One line per value read (rules over single values), then one per row that lost, largest first."""
    if row.rule in VALUE_RULES:
        yield from _values(story, row, limit)
    lost = story.ledger[_at(story, story.ledger, row)].sort_values(
        "points_lost", ascending=False, kind="stable"
    )
    shown = lost if limit is None else lost.head(limit)
    for entry in _with_cells(story, shown).itertuples():
        yield _loss(story, entry, row.rule)
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
    shown = read if limit is None else _latest(read).head(limit)
    for entry in shown.itertuples():
        value = "—" if pd.isna(entry.value) else f"{entry.value:g}"
        parts = [word("texts", "read", story.lang, value=value)]
        if getattr(entry, "period", ""):
            parts.append(word("texts", "period", story.lang, period=entry.period))
        named = [label for label in _item(story, entry) if label != story.label(row)]
        yield story.joined([*parts, *named, story.place_of(entry)])
    if len(shown) < len(read):
        yield word("texts", "more_values", story.lang, n=len(read) - len(shown))


def _latest(read: pd.DataFrame) -> pd.DataFrame:
    """Of values by year the latest, which is the one that counts."""
    if "period" not in read.columns or read.empty:
        return read
    periods = read["period"].astype("str")
    return read[(periods == periods.max()).to_numpy()]


def _with_cells(story: Story, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with what stood in their cells, as texts: value, answer, flags, note."""
    cells = story.observations.set_index("row_id")
    wanted = [name for name in CELLS if name in cells.columns]
    read = cells[wanted].astype("object").reindex(rows["row_id"])
    found = {name: read[name].to_numpy() if name in read else "" for name in CELLS}
    return rows.assign(**found).fillna(dict.fromkeys(CELLS, ""))


def _loss(story: Story, entry: Any, rule: str) -> str:
    found = story.framework(entry.component)
    what = [] if found is None else [_where(story, entry, found[1]), *_item(story, entry)]
    what += [*_recorded(story, entry, rule), str(entry.note)]
    if found is not None and entry.cause:
        what.append(cause_label(entry.cause, found[1], story.lang))
    place = story.place_of(entry) or word("texts", "no_row", story.lang)
    return story.joined([f"−{_fine(entry.points_lost)}", *(part for part in what if part), place])


def _recorded(story: Story, entry: Any, rule: str) -> list[str]:
    """What the row itself says: points taken off, or the answer or grade."""
    said = [str(entry.answer)]
    if rule in POINT_RULES and entry.value != "":
        said.append(word("texts", "deducted", story.lang, points=f"{entry.value:g}"))
    return [*said, *(word("flags", flag, story.lang) for flag in str(entry.flags).split("|") if flag)]


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
