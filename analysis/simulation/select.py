"""Filters of scenarios: which ledger rows, which observations a step is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import Problem
from analysis.framework import library
from analysis.framework.model import Rulebook
from analysis.framework.vocabulary import Vocabulary
from analysis.scoring import Evaluation
from analysis.simulation.refusals import matches_nothing, unknown
from analysis.tables import OBSERVATIONS

Mask = NDArray[np.bool_]
Found = tuple[Mask, list[Problem]]

_LABELS = OBSERVATIONS.labels("zh")


def find_losses(evaluation: Evaluation, keys: Mapping[str, Any]) -> Found:
    """Ledger rows that match every key, and what is wrong with the keys (a filter without a row included).

    A cause may be given by id, by its label in either language, or by its group.
    """
    ledger = evaluation.ledger
    mask, problems = np.ones(len(ledger), dtype=bool), []
    for key, wanted in keys.items():
        if key == "row_id":
            mask &= ledger["row_id"].isin(wanted).to_numpy()
            problems += _unknown_rows(evaluation.round.observations, wanted)
        elif key == "cause":
            hit, wrong = _with_cause(evaluation, wanted)
            mask, problems = mask & hit, problems + wrong
        elif key == "responsible_unit":
            hit, wrong = _answering(evaluation, wanted)
            mask, problems = mask & hit, problems + wrong
        else:
            mask &= ledger[key].isin(wanted).to_numpy()
            problems += list(_unknown_names(key, wanted, _names_of(evaluation, key)))
    if not mask.any() and not problems:
        problems.append(matches_nothing("失分记录", "lost points", _text(keys)))
    return mask, problems


def find_rows(evaluation: Evaluation, keys: Mapping[str, Any]) -> Found:
    """Observations that match every key, and what is wrong with the keys."""
    rows = evaluation.round.observations
    mask, problems = np.ones(len(rows), dtype=bool), []
    for key, wanted in keys.items():
        if key == "row_id":
            mask &= rows["row_id"].isin(wanted).to_numpy()
            problems += _unknown_rows(rows, wanted)
        else:
            mask &= rows[key].isin(wanted).to_numpy() if key in rows.columns else False
            problems += list(_unknown_names(key, wanted, _names_of(evaluation, key)))
    if not mask.any() and not problems:
        problems.append(matches_nothing("观测", "observation", _text(keys)))
    return mask, problems


def _names_of(evaluation: Evaluation, key: str) -> list[str]:
    """Every name a column knows, in the observations or the ledger."""
    if key == "unit":
        return [str(name) for name in evaluation.scores["unit"]]
    frames = (evaluation.round.observations, evaluation.ledger)
    found = (frame[key].cat.categories for frame in frames if key in frame.columns)
    return list(dict.fromkeys(str(name) for names in found for name in names))


def _unknown_names(key: str, wanted: Sequence[str], known: Sequence[str]) -> Iterator[Problem]:
    held = set(known)
    for name in wanted:
        if name not in held:
            yield unknown(_LABELS.get(key, key), key, name, known, column=key)


def _unknown_rows(rows: pd.DataFrame, wanted: Sequence[int]) -> list[Problem]:
    known = set(rows["row_id"].to_numpy()[rows["row_id"].isin(wanted).to_numpy()].tolist())
    last = int(rows["row_id"].max())
    return [
        unknown("观测编号", "row id", number, [f"0 … {last}"], column="row_id")
        for number in wanted
        if number not in known
    ]


def _with_cause(evaluation: Evaluation, wanted: Sequence[str]) -> Found:
    column = evaluation.ledger["cause"]
    names = CauseNames(evaluation.rulebook)
    answers = [names.all_of(str(cause)) for cause in column.cat.categories]
    hit = np.array([*(bool(found & set(wanted)) for found in answers), False])
    known = sorted({name for found in answers for name in found} | names.known, key=_chinese_first)
    return hit[column.cat.codes.to_numpy()], list(_unknown_names("cause", wanted, known))


def _chinese_first(name: str) -> tuple[bool, str]:
    return name.isascii(), name


def _answering(evaluation: Evaluation, wanted: Sequence[str]) -> Found:
    shares = evaluation.shares
    rows = shares.loc[shares["responsible_unit"].isin(wanted), "ledger_row"].to_numpy()
    mask = np.zeros(len(evaluation.ledger), dtype=bool)
    mask[rows] = True
    known = [str(name) for name in shares["responsible_unit"].cat.categories]
    return mask, list(_unknown_names("responsible_unit", wanted, known))


class CauseNames:
    """Everything a cause may be called: its id, its labels, and those of its group."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._vocabularies = _vocabularies(tuple(sorted({f.causes for f in rulebook.frameworks.values()})))
        self.known = {name for words in self._vocabularies for name in _every_name(words)}

    def all_of(self, cause: str) -> set[str]:
        """The names under which a ledger row with this cause may be asked for."""
        found = {cause} if cause else set()
        for words in self._vocabularies:
            for entry in (*words.groups, *words.causes.values()):
                if cause in (entry.id, entry.zh, entry.en):
                    group = words.group_of[entry.id]
                    found |= {entry.id, entry.zh, entry.en, group.id, group.zh, group.en}
        return found

    def needs_works(self, cause: str) -> bool:
        """Whether the vocabulary says that the cause is mended by works rather than on the spot.

        A group counts as works only when all its causes do.
        """
        for words in self._vocabularies:
            below = {group: group.causes for group in words.groups}
            for entry, causes in [*((one, (one,)) for one in words.causes.values()), *below.items()]:
                if cause in (entry.id, entry.zh, entry.en):
                    return bool(causes) and all(one.fix == "works" for one in causes)
        return False


@lru_cache(maxsize=32)
def _vocabularies(names: tuple[str, ...]) -> tuple[Vocabulary, ...]:
    return tuple(library.vocabulary(name) for name in names if name)


def _every_name(words: Vocabulary) -> Iterator[str]:
    for entry in (*words.groups, *words.causes.values()):
        yield from (entry.id, entry.zh, entry.en)


def _text(keys: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {' / '.join(map(str, wanted[:5]))}" for key, wanted in keys.items())
