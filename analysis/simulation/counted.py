"""Answers that come as counts per option: a question drawn again is as many answers from its options."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.scoring import Evaluation
from analysis.scoring.arrays import Floats, Ints, factorize, group_sum
from analysis.scoring.draw import named

STRATUM = ("unit", "component", "stratum")
QUESTION = ("leaf", "item")


def answers_of(observations: pd.DataFrame) -> Floats:
    """How many answers each row stands for; 1 where the round does not count."""
    if "count" not in observations.columns:
        return np.ones(len(observations))
    return observations["count"].fillna(1.0).to_numpy(dtype=np.float64)


def counted_rows(evaluation: Evaluation) -> Ints:
    """Rows of answers that name neither respondent nor site, and stand for a whole number of answers."""
    observations = evaluation.round.observations
    asked = np.zeros(len(observations), dtype=bool)
    for scored in evaluation.scored.blocks:
        block = scored.block
        scale = np.array(
            [node.rule is not None and node.rule.name == "answer_scale" for node in block.leaves]
        )
        asked[block.rows[scale[block.leaf] & (scored.cases.row_case >= 0)]] = True
    answers = answers_of(observations)
    whole = (answers >= 1) & (answers == np.round(answers))
    anonymous = ~named(observations, "respondent") & ~named(observations, "site")
    return np.flatnonzero(asked & whole & anonymous)


def codes(observations: pd.DataFrame, columns: tuple[str, ...], at: Ints) -> Ints:
    """Codes 0.. of the distinct combinations of label columns among the rows `at`."""
    key = np.zeros(len(at), dtype=np.int64)
    for name in (name for name in columns if name in observations.columns):
        column = observations[name].cat
        key = factorize(key * (len(column.categories) + 1) + column.codes.to_numpy()[at] + 1)[0]
    return key


def in_clusters(observations: pd.DataFrame, at: Ints) -> NDArray[np.bool_]:
    """Which of the rows `at` stand in a stratum whose answers were counted by several clusters."""
    stratum = codes(observations, STRATUM, at)
    pair = codes(observations, (*STRATUM, "cluster"), at)
    n = int(stratum.max(initial=-1)) + 1
    first = np.unique(pair, return_index=True)[1]
    return np.asarray(np.bincount(stratum[first], minlength=n)[stratum] > 1)


def people_behind(observations: pd.DataFrame, at: Ints, group: Ints) -> Floats:
    """Answers to the question that has most of them, of each group of the rows `at`."""
    question = codes(observations, QUESTION, at)
    pair, keys = factorize(group * (int(question.max(initial=0)) + 1) + question)
    total = group_sum(answers_of(observations)[at], pair, len(keys))
    most = np.zeros(int(group.max(initial=-1)) + 1)
    np.maximum.at(most, keys // (int(question.max(initial=0)) + 1), total)
    return most
