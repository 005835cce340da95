"""Causes of problems, assigned before scoring: as stated, else by the text, else by the check."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import Problem
from analysis.framework import library
from analysis.framework.model import Framework, Node, Rulebook
from analysis.framework.vocabulary import Vocabulary
from analysis.intake import row_messages as say
from analysis.intake.assemble import contract
from analysis.intake.kinds import key
from analysis.tables import OBSERVED

if TYPE_CHECKING:
    import pandas as pd

_BETWEEN = (re.compile(r"[;；|/\n]"), re.compile(r"[;；|/\n、，,]"))
_SHOWN = ("row_id", "unit", "component", "leaf", "item", "note", "source_file", "source_sheet", "source_row")


@dataclass(frozen=True)
class Assigned:
    """What one kind of row comes to: causes by id, on what basis, the words that spoke for them, and what
    was stated but is not known."""

    causes: tuple[str, ...]
    basis: str
    words: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Reader:
    """A vocabulary as it is looked up: stated causes by id or label, texts by keywords."""

    def __init__(self, vocabulary: Vocabulary, covered: Vocabulary | None) -> None:
        self.vocabulary = vocabulary
        self.covered = covered

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        """Id or label as it is compared, to the ids it may mean; own names before those of the covered."""
        found: dict[str, tuple[str, ...]] = {}
        for names in (self.vocabulary, self.covered):
            listed: dict[str, list[str]] = {}
            for entry in (*names.causes.values(), *names.groups) if names else ():
                for name in (entry.id, entry.zh, entry.en):
                    listed.setdefault(key(name).lower(), []).append(self.vocabulary.own(entry.id))
            unique = {name: tuple(dict.fromkeys(one for one in ids if one)) for name, ids in listed.items()}
            found = {**{name: ids for name, ids in unique.items() if ids}, **found}
        return found

    @cached_property
    def _rules(self) -> list[tuple[str, list[str], list[str]]]:
        causes = self.vocabulary.causes.values()
        return [(c.id, [key(w) for w in c.keywords], [key(w) for w in c.exclude]) for c in causes]

    @cached_property
    def _rules_of(self) -> dict[str, list[int]]:
        """Every keyword, and the rules (by position) that have it."""
        found: dict[str, list[int]] = {}
        for place, (_, keywords, _) in enumerate(self._rules):
            for word in keywords:
                found.setdefault(word, []).append(place)
        return found

    def stated(self, text: str, home: str) -> Assigned:
        """The causes a cell names; a label that several causes share means the one beside `home`, or all."""
        for between in (None, *_BETWEEN):
            parts = [part for part in (between.split(text) if between else [text]) if part.strip()]
            hits = [self._names.get(key(part).lower(), ()) for part in parts]
            if all(hits):
                break
        ids = [one for hit in hits for one in self._nearest(hit, home)]
        unknown = tuple(part.strip() for part, hit in zip(parts, hits, strict=True) if not hit)
        return Assigned(tuple(dict.fromkeys(ids)), "stated", (), unknown)

    def _nearest(self, ids: tuple[str, ...], home: str) -> tuple[str, ...]:
        groups = self.vocabulary.group_of
        near = tuple(one for one in ids if home in groups and groups[one] == groups[home])
        return near if len(ids) > 1 and len(near) == 1 else ids

    def of_text(self, text: str) -> Assigned:
        """Every cause with a keyword in the text and none of its exclusions.

        A keyword inside a longer keyword of another cause, at the same place, does not count.
        """
        found = list(self._hits(key(text)))
        kept = [one for one in found if not any(_inside(one, other) for other in found)]
        causes = tuple(dict.fromkeys(cause for cause, *_ in kept))
        return Assigned(causes, "text", tuple(dict.fromkeys(word for _, word, *_ in kept)))

    def _hits(self, text: str) -> Iterator[tuple[str, str, int, int]]:
        """Cause, keyword, where it begins and ends."""
        present = [word for word in self._rules_of if word in text]
        for place in sorted({place for word in present for place in self._rules_of[word]}):
            cause, keywords, exclude = self._rules[place]
            if any(word in text for word in exclude):
                continue
            for word in (word for word in keywords if word in present):
                yield from ((cause, word, at.start(), at.end()) for at in re.finditer(re.escape(word), text))


def _inside(one: tuple[str, str, int, int], other: tuple[str, str, int, int]) -> bool:
    longer = other[3] - other[2] > one[3] - one[2]
    return other[0] != one[0] and longer and other[2] <= one[2] and one[3] <= other[3]


class Desk:
    """What the rules say about rows, each thing looked up once."""

    def __init__(self, rulebook: Rulebook) -> None:
        names = {one.causes for one in rulebook.frameworks.values()}
        self.rulebook = rulebook
        self.readers = {name: _reader(name) for name in names}
        self.node = cache(self._node)
        self._stated = cache(lambda reader, text, home: reader.stated(text, home))
        self._told = cache(lambda reader, text: reader.of_text(text))

    def _node(self, component: str, group: str, leaf: str) -> tuple[Framework, Node]:
        part = next(one for one in self.rulebook.composition.parts if one.id == component)
        framework = self.rulebook.framework(part, group)
        return framework, framework.by_id.get(leaf, framework.root)

    def check(self, component: str, group: str, leaf: str, item: str) -> tuple[str, str]:
        """The vocabulary of a check, and its cause: its own, else that of its node or of one above."""
        framework, node = self.node(component, group, leaf)
        own = next((one.cause for one in node.items if one.id == item), "")
        return framework.causes, own or next((step.cause for step in framework.above(node) if step.cause), "")

    def assigned(self, check: tuple[str, str], note: str, stated: str, problem: bool) -> Assigned:
        """What rows of one kind come to; `check` as above."""
        reader, home = self.readers[check[0]], check[1]
        if reader is None:
            return Assigned((stated,), "stated") if stated else Assigned((), "none")
        said = self._stated(reader, stated, home) if stated else Assigned((), "")
        if said.causes:
            return said
        told = self._told(reader, note) if problem else Assigned((), "")
        if told.causes:
            return Assigned(told.causes, "text", told.words, said.unknown)
        return Assigned((), "check" if home else "none", (), said.unknown)


def assign_causes(
    frames: dict[str, pd.DataFrame], rulebook: Rulebook | None, problems: list[Problem]
) -> dict[str, pd.DataFrame]:
    """The frames with causes in the observations as ids, and the table `cause_assignments` that says why.

    A stated cause wins, else the words of a problem's text, else the cause of its check (the column stays
    empty then: scoring takes the check's). Several causes are joined by `|` and share. A stated cause that
    the vocabulary does not have is a warning, and the text decides.
    """
    observations = frames.get("observations")
    if rulebook is None or observations is None or not {"note", "cause"} & set(observations.columns):
        return frames
    rows = _rows_with_words(observations, frames.get("units"), rulebook)
    if rows.empty:
        return frames
    desk = Desk(rulebook)
    codes, kinds = _codes(rows, ("component", "group", "leaf", "item"))
    checks = [desk.check(*kind) for kind in kinds]
    distinct = list(dict.fromkeys(checks))
    rows["check"] = np.array([distinct.index(check) for check in checks])[codes]
    codes, kinds = _codes(rows, ("check", "note", "cause", "problem"))
    assigned = [desk.assigned(distinct[check], *words) for check, *words in kinds]
    problems += _unknown(rows, codes, assigned)
    homes = [distinct[check][1] for check, *_ in kinds]
    table = _table(rows, codes, assigned, [stated for _, _, stated, _ in kinds], homes)
    cause = observations["cause"].astype(object).to_numpy(copy=True)
    cause[rows.index] = np.array(["|".join(one.causes) for one in assigned], dtype=object)[codes]
    return {
        **frames,
        "observations": observations.assign(cause=_categories(cause)),
        "cause_assignments": table,
    }


def _rows_with_words(
    observations: pd.DataFrame, units: pd.DataFrame | None, rulebook: Rulebook
) -> pd.DataFrame:
    """Rows that state a cause or describe a problem: the observations with group, rule and `problem`."""
    noted, stated = ((observations[name] != "").to_numpy() for name in ("note", "cause"))
    rows = observations[noted | stated]
    groups = {} if units is None else dict(zip(units["unit"], units["group"], strict=True))
    rows = rows.assign(group=rows["unit"].astype(object).map(groups).fillna("default"))
    codes, kinds = _codes(rows, ("component", "group", "leaf"))
    desk = Desk(rulebook)
    nodes = [desk.node(*kind) for kind in kinds]
    rows["problem"] = _is_problem(rows, codes, [node for _, node in nodes])
    return rows[rows["problem"].to_numpy() | (rows["cause"] != "").to_numpy()]


def _codes(rows: pd.DataFrame, names: Iterable[str]) -> tuple[np.ndarray, list[tuple[Any, ...]]]:
    """The kind of every row by some columns, and the values of each kind."""
    import pandas as pd

    names = list(names)
    codes = np.zeros(len(rows), dtype=np.int64)
    for name in names:
        column = rows[name]
        known = isinstance(column.dtype, pd.CategoricalDtype)
        inner = column.array.codes if known else pd.factorize(column.to_numpy())[0]
        codes = pd.factorize(codes * (int(inner.max(initial=0)) + 1) + inner)[0]
    first = np.unique(codes, return_index=True)[1]
    return codes, list(zip(*(rows[name].iloc[first].tolist() for name in names), strict=True))


def _is_problem(rows: pd.DataFrame, codes: np.ndarray, nodes: list[Node]) -> np.ndarray:
    """Rows that take points away by the rule of their leaf; the note of an activity names it and is none."""
    value = rows["value"].to_numpy(dtype=float)
    rules = [node.rule for node in nodes]
    names = np.array([rule.name if rule else "given_score" for rule in rules])
    most = np.array([getattr(rule, "max_points", None) or 1.0 for rule in rules], dtype=float)
    name, full = (
        names[codes],
        np.where(np.isin(names, ("pass_share", "threshold", "target")), 1.0, most)[codes],
    )
    points = np.isin(name, ("deduction", "start_adjust"))
    grades = [getattr(rule, "grades", None) or getattr(rule, "scale", None) or {} for rule in rules]
    answers = zip(codes, rows["answer"].astype(object), strict=True)
    below = np.array([grades[code].get(answer, 0.0) < 1.0 for code, answer in answers], dtype=bool)
    measured = np.isin(name, ("threshold", "target")) & (rows["item"] == "").to_numpy()
    lost = np.select(
        [points, np.isin(name, ("graded", "answer_scale")), name == "counted_evidence", measured],
        [~(value <= 0), below, False, True],
        value < full,
    )
    return lost & (rows["status"] == OBSERVED).to_numpy()


def _reader(name: str) -> Reader | None:
    if not name:
        return None
    vocabulary = library.vocabulary(name)
    return Reader(vocabulary, library.vocabulary(vocabulary.covers) if vocabulary.covers else None)


def _unknown(rows: pd.DataFrame, codes: np.ndarray, assigned: list[Assigned]) -> Iterator[Problem]:
    """One warning per stated cause that is not known, at the first row that states it."""
    places: dict[str, list[int]] = {}
    kinds = [at for at, one in enumerate(assigned) if one.unknown]
    for at in np.flatnonzero(np.isin(codes, kinds)):
        for text in assigned[codes[at]].unknown:
            places.setdefault(text, []).append(int(at))
    for text, found in places.items():
        row = rows.iloc[found[0]]
        place = (str(row["source_file"]), str(row["source_sheet"]), int(row["source_row"]), "失分原因")
        yield say.UNKNOWN_CAUSE.problem(*place, value=text, n=len(found))


def _table(
    rows: pd.DataFrame, codes: np.ndarray, assigned: list[Assigned], stated: list[str], checks: list[str]
) -> pd.DataFrame:
    """The table CAUSE_ASSIGNMENTS, one row per observation that states a cause or describes a problem."""
    columns = {
        "stated": stated,
        "cause": ["|".join(one.causes) or check for one, check in zip(assigned, checks, strict=True)],
        "basis": [one.basis for one in assigned],
        "matched": ["、".join(one.words) for one in assigned],
    }
    found = {name: np.array(values, dtype=object)[codes] for name, values in columns.items()}
    return contract(rows[list(_SHOWN)].reset_index(drop=True).assign(**found), "cause_assignments")


def _categories(values: np.ndarray) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical(values)
