"""Causes of problems, assigned before scoring: as stated, else by the text, else by the check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import Problem
from analysis.framework.model import Framework, Node, Rulebook
from analysis.framework.vocabulary import Vocabulary
from analysis.intake.files.coded import Coded, Columns, objects
from analysis.intake.rows.register import combined
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key
from analysis.tables import OBSERVED

if TYPE_CHECKING:
    import pandas as pd

_BETWEEN = (re.compile(r"[;；|/\n]"), re.compile(r"[;；|/\n、，,]"))
_READ = ("unit", "component", "leaf", "item", "note", "cause", "value", "answer", "status")
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
    """What the rules say about the causes of rows, each thing looked up once; `group` is that of a unit,
    `readers` those of the vocabularies by name."""

    def __init__(
        self, rulebook: Rulebook, group: Callable[[str], str], readers: dict[str, Reader | None]
    ) -> None:
        self.rulebook = rulebook
        self.group = group
        self.readers = readers
        self.node = cache(self._node)
        self._stated = cache(lambda reader, text, home: reader.stated(text, home))
        self._told = cache(lambda reader, text: reader.of_text(text))

    @classmethod
    def of(cls, rulebook: Rulebook, group: Callable[[str], str]) -> Desk:
        """The desk of some rules."""
        names = {one.causes for one in rulebook.frameworks.values()}
        return cls(rulebook, group, {name: _reader(name) for name in names})

    def __reduce__(self) -> tuple[Any, ...]:
        return Desk, (self.rulebook, self.group, self.readers)

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

    def with_causes(self, table: Columns, usable: np.ndarray) -> Columns:
        """Observations with the ids of their causes, and why: `stated`, `assigned`, `basis`, `matched`,
        `unknown` (what was stated and is not known), blank where a row has nothing to say.

        A stated cause wins, else the words of a problem's text, else the cause of its check (`cause` stays
        empty then: scoring takes the check's). Several causes are joined by `|` and share.
        """
        n = len(usable)
        at = np.flatnonzero(usable & ((table["note"] != "") | (table["cause"] != "")))
        rows: dict[str, Any] = {name: table[name][at] for name in _READ}
        rows["group"] = rows["unit"].mapped(self.group)
        problem = self._problems(rows)
        kept = problem | (rows["cause"] != "")
        at, rows = at[kept], {name: one[kept] for name, one in rows.items()}
        told = self._told_of(rows, problem[kept])
        found = {name: Coded.all("", n).put(at, one) for name, one in told.items()}
        return {**table, **found, "cause": Coded.of(table["cause"]).put(at, told["cause"])}

    def _told_of(self, rows: dict[str, Any], problem: np.ndarray) -> dict[str, Coded]:
        """What rows that state a cause or describe a problem come to."""
        codes, checks = combined([rows[name] for name in ("component", "group", "leaf", "item")], self.check)
        kind = [Coded(codes, checks), rows["note"], rows["cause"], Coded(problem * 1, objects([False, True]))]
        codes, found = combined(
            kind, lambda check, *words: (check[1], words[1], self.assigned(check, *words))
        )
        return {
            name: Coded(codes, objects(read(home, stated, one) for home, stated, one in found))
            for name, read in _TOLD.items()
        }

    def _problems(self, rows: dict[str, Any]) -> np.ndarray:
        """Rows that take points away by the rule of their leaf; an activity's note names it and is none."""
        codes, found = combined([rows[name] for name in ("component", "group", "leaf")], self.node)
        rules = [node.rule for _, node in found]
        names = objects(rule.name if rule else "given_score" for rule in rules)
        most = np.array([getattr(rule, "max_points", None) or 1.0 for rule in rules], dtype=float)
        name = names[codes]
        full = np.where(np.isin(name, ("pass_share", "threshold", "target")), 1.0, most[codes])
        grades = [getattr(rule, "grades", None) or getattr(rule, "scale", None) or {} for rule in rules]
        asked, below = combined(
            [Coded(codes, objects(range(len(rules)))), rows["answer"]],
            lambda rule, answer: grades[rule].get(answer, 0.0) < 1.0,
        )
        lost = np.select(
            [
                np.isin(name, ("deduction", "start_adjust")),
                np.isin(name, ("graded", "answer_scale")),
                name == "counted_evidence",
                np.isin(name, ("threshold", "target")) & (rows["item"] == ""),
            ],
            [~(rows["value"] <= 0), below.astype(bool)[asked], False, True],
            rows["value"] < full,
        )
        return lost & (rows["status"] == OBSERVED)


_TOLD: dict[str, Callable[[str, str, Assigned], object]] = {
    "cause": lambda home, stated, one: "|".join(one.causes),
    "assigned": lambda home, stated, one: "|".join(one.causes) or home,
    "stated": lambda home, stated, one: stated,
    "basis": lambda home, stated, one: one.basis,
    "matched": lambda home, stated, one: "、".join(one.words),
    "unknown": lambda home, stated, one: one.unknown,
}
"""What is told of a row, from the cause of its check, what it states and what it comes to."""


def in_frame(frame: pd.DataFrame, desk: Desk) -> tuple[pd.DataFrame, Columns | None]:
    """Observations that came as a table, with the ids of their causes, and the rows with words
    (`Desk.with_causes`)."""
    import pandas as pd

    given = [name for name in ("note", "cause") if name in frame.columns]
    if not given:
        return frame, None
    spoken = np.flatnonzero((frame[given] != "").any(axis=1))
    rows = frame.iloc[spoken]
    blank = {name: Coded.all("", len(rows)) for name in (*_READ, *_SHOWN)}
    numbers = {name: rows[name].to_numpy() for name in rows.select_dtypes("number")}
    texts = {name: Coded.of(rows[name].to_numpy(dtype=object)) for name in rows if name not in numbers}
    told = desk.with_causes({**blank, **texts, **numbers}, np.ones(len(rows), dtype=bool))
    cause = np.full(len(frame), "", dtype=object)
    cause[spoken] = np.asarray(told["cause"])
    return frame.assign(cause=pd.Categorical(cause)), told


def assignments(table: Columns, problems: list[Problem]) -> Columns | None:
    """The table CAUSE_ASSIGNMENTS, one row per observation that states a cause or describes a problem; None
    without any. A stated cause that is not known is a warning: the text, or the check, decides."""
    at = np.flatnonzero(table["basis"] != "")
    if not len(at):
        return None
    rows = {name: table[name][at] for name in (*_SHOWN, "stated", "basis", "matched", "assigned", "unknown")}
    problems += _unknown(rows)
    return {**rows, "cause": rows["assigned"]}


def _unknown(rows: Columns) -> Iterator[Problem]:
    """One warning per stated cause that is not known, at the first row that states it."""
    places: dict[str, list[int]] = {}
    for at in np.flatnonzero(rows["unknown"].table(bool)):
        for text in rows["unknown"][int(at)]:
            places.setdefault(text, []).append(int(at))
    for text, found in places.items():
        file, sheet, row = (rows[name][found[0]] for name in ("source_file", "source_sheet", "source_row"))
        yield say.UNKNOWN_CAUSE.problem(file, sheet, int(row or 0), "失分原因", value=text, n=len(found))


def _reader(name: str) -> Reader | None:
    if not name:
        return None
    from analysis.framework import library  # not needed where a desk arrives from another process

    vocabulary = library.vocabulary(name)
    return Reader(vocabulary, library.vocabulary(vocabulary.covers) if vocabulary.covers else None)
