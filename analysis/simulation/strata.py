"""Sites and respondents of a round with their strata, and the population each stratum stands for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import Problem
from analysis.scoring import Evaluation
from analysis.scoring.arrays import Ints, factorize
from analysis.scoring.draw import named
from analysis.simulation.counted import QUESTION, answers_of, counted_rows, in_clusters, people_behind

KEY = ["unit", "place", "kind"]


class Members(NamedTuple):
    """One row per site or respondent that may be drawn, and the row of the table of each observation (-1).

    `kind` is the site type (component of respondents), `part` the origin (their stratum), `stratum` both.
    """

    table: pd.DataFrame
    of_row: Ints


def sites_of(evaluation: Evaluation) -> Members:
    """Sites that were visited, in strata of site type and origin; those visited with certainty stay."""
    observations = evaluation.round.observations
    at = np.flatnonzero(named(observations, "site") & ~named(observations, "respondent"))
    code, first = _distinct(observations, ["unit", "site"], at)
    table = _labels(
        observations, at[first], {"unit": "unit", "name": "site", "kind": "site_type", "part": "origin"}
    )
    table["place"] = _places(evaluation, observations, at, code, len(first))
    table["leaves"] = _sets(observations["leaf"].cat.codes.to_numpy()[at], code, len(first))
    table = _with_register(table, evaluation.round.table("sites"))
    drawn = (table["part"] != "certain").to_numpy()
    return _kept(_with_sizes(table), drawn, code, at, len(observations))


def _with_register(table: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """Origin and population of each site's stratum; NaN without a register.

    Where only one origin of a site type was visited it stands for the whole type.
    """
    if register.empty:
        return table.assign(population=np.nan)
    names = {"unit": "unit", "site": "name", "site_type": "kind", "origin": "part", "place": "place"}
    known = register.reindex(columns=list(names)).rename(columns=names).astype("str").fillna("").astype("str")
    stated = known.set_index(["unit", "name"])["part"].reindex(
        pd.MultiIndex.from_frame(table[["unit", "name"]])
    )
    part = np.where(table["part"] != "", table["part"], stated.fillna("").to_numpy())
    table = table.assign(part=part)
    whole_unit = known.assign(place="")
    known = pd.concat([whole_unit, known[known["place"] != ""]])
    sizes = known.groupby([*KEY, "part"], sort=False).size()
    found = sizes.reindex(pd.MultiIndex.from_frame(table[[*KEY, "part"]])).to_numpy(dtype=float)
    drawn = known[known["part"] != "certain"].groupby(KEY, sort=False).size()
    of_kind = drawn.reindex(pd.MultiIndex.from_frame(table[KEY])).to_numpy(dtype=float)
    seen = table[table["part"] != "certain"].groupby(KEY)["part"].nunique()
    alone = (seen.reindex(pd.MultiIndex.from_frame(table[KEY])) == 1).to_numpy()
    return table.assign(population=np.where(alone, of_kind, found))


ASKED = {"unit": "unit", "kind": "component", "part": "stratum", "name": "respondent", "cluster": "cluster"}


def respondents_of(evaluation: Evaluation) -> Members:
    """Respondents in strata, drawn by cluster where a stratum has several, else one by one; also clusters
    whose answers come as counts.

    How many clusters a stratum has is not known. They count as the part of all of them that their respondents
    are of the stratum's people: never a larger part than was drawn, so the spread is not understated.
    """
    observations = evaluation.round.observations
    at, code, persons = _asked(evaluation)
    first = _first(code)
    people = _labels(observations, at[first], ASKED).assign(persons=persons)
    people["place"] = _places(evaluation, observations, at, code, len(first))
    people["population"] = _frame_sizes(people, evaluation.round.table("frame"))
    strata = people.groupby([*KEY, "part"])
    clusters = strata["cluster"].transform("nunique")
    people["name"] = np.where(clusters > 1, people["cluster"], people["name"])
    seen = strata["persons"].transform("sum") / people["population"]
    people["population"] = np.where(clusters > 1, clusters / seen, people["population"])
    psu, firsts = _first_of(people, [*KEY, "part", "name"])
    table = people.iloc[firsts].reset_index(drop=True)
    table["leaves"] = [frozenset(["asked"])] * len(table)
    return _kept(_with_sizes(table), np.ones(len(table), dtype=bool), psu[code], at, len(observations))


def _asked(evaluation: Evaluation) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Rows of respondents and of clusters with counted answers, who of them each row belongs to, and how many
    persons each is."""
    observations = evaluation.round.observations
    people = np.flatnonzero(named(observations, "respondent"))
    counted = counted_rows(evaluation)
    counted = counted[in_clusters(observations, counted)]
    one, first = _distinct(observations, ["unit", "component", "respondent"], people)
    cluster, _ = _distinct(observations, ["unit", "component", "stratum", "cluster"], counted)
    persons = np.concatenate([np.ones(len(first)), people_behind(observations, counted, cluster)])
    return np.concatenate([people, counted]), np.concatenate([one, cluster + len(first)]), persons


def counted_of(evaluation: Evaluation) -> Members:
    """Options of questions whose answers come as counts, a stratum per question and stratum of the survey;
    `answers` is how many chose the option, `n` how many answered the question."""
    observations = evaluation.round.observations
    at = counted_rows(evaluation)
    at = at[~in_clusters(observations, at)]
    table = _labels(observations, at, ASKED)
    table["place"] = _places(evaluation, observations, at, np.arange(len(at)), len(at))
    question = [observations[name].iloc[at].astype("str").to_numpy(dtype=object) for name in QUESTION]
    table["stratum"] = [
        " · ".join(filter(None, part)) for part in zip(table["kind"], table["part"], *question, strict=True)
    ]
    table["name"] = observations["answer"].iloc[at].astype("str").to_numpy(dtype=object)
    table["answers"] = answers_of(observations)[at]
    table["n"] = table.groupby(["unit", "place", "stratum"])["answers"].transform("sum").astype("int64")
    table["population"] = np.maximum(_frame_sizes(table, evaluation.round.table("frame")), table["n"])
    table["leaves"] = [frozenset(["asked"])] * len(table)
    of_row = np.full(len(observations), -1, dtype=np.int64)
    of_row[at] = np.arange(len(at))
    return Members(table, of_row)


def empty_strata(evaluation: Evaluation) -> list[Problem]:
    """A problem for every stratum of the survey frame in which nobody was asked, of units whose respondents
    name their strata: what it stands for cannot be drawn from others."""
    frame = evaluation.round.table("frame")
    if frame.empty:
        return []
    seen = [
        members.table[["unit", "part"]] for members in (respondents_of(evaluation), counted_of(evaluation))
    ]
    asked = pd.concat(seen).astype("str")
    held = set(zip(asked["unit"], asked["part"], strict=True))
    rows = frame[(frame["category"].astype("str") == "") & (frame["population"] > 0)]
    rows = rows[rows["unit"].astype("str").isin(asked.loc[asked["part"] != "", "unit"])]
    rows = rows[rows["stratum"].astype("str") != ""]
    strata = zip(rows["unit"].astype("str"), rows["stratum"].astype("str"), rows["population"], strict=True)
    return [_empty(*entry) for entry in strata if entry[:2] not in held]


def _empty(unit: str, stratum: str, population: float) -> Problem:
    return Problem(
        code="empty_stratum",
        zh=f"{unit}：抽样框中的层“{stratum}”有 {population:g} 人（户），但无人受访。",
        en=f"{unit}: stratum {stratum!r} of the frame holds {population:g}, and nobody in it was asked.",
        fix_zh="请补录该层的问卷、更正层的名称，或从抽样框中删去该层；也可用 --sources 不重抽受访者。",
        fix_en="Add its answers, correct the name of the stratum, or take it out of the frame; or leave "
        "respondents out with --sources.",
        sheet="frame",
        column="stratum",
        value=stratum,
    )


def _frame_sizes(people: pd.DataFrame, frame: pd.DataFrame) -> NDArray[np.float64]:
    """Population of each respondent's stratum as the survey frame has it; NaN where it does not."""
    if frame.empty:
        return np.full(len(people), np.nan)
    rows = frame[frame["category"].astype("str") == ""]
    keys = [rows["unit"].astype("str"), rows["stratum"].astype("str")]
    sizes = rows["population"].groupby(keys).sum()
    return sizes.reindex(pd.MultiIndex.from_frame(people[["unit", "part"]])).to_numpy(dtype=float)


def _kept(table: pd.DataFrame, drawn: NDArray[np.bool_], code: Ints, at: Ints, n_rows: int) -> Members:
    """The members that may be drawn, and which of them each observation belongs to."""
    place = np.where(drawn, np.cumsum(drawn) - 1, -1)
    of_row = np.full(n_rows, -1, dtype=np.int64)
    of_row[at] = place[code]
    return Members(table[drawn].reset_index(drop=True), of_row)


def _with_sizes(table: pd.DataFrame) -> pd.DataFrame:
    """Name of the stratum, members in it, and never a population below them."""
    stratum = table["kind"].str.cat(table["part"], sep=" · ").str.removesuffix(" · ")
    n = table.groupby([*KEY, "part"])["name"].transform("size").astype("int64")
    return table.assign(stratum=stratum, n=n, population=np.maximum(table["population"], n))


def _distinct(observations: pd.DataFrame, columns: list[str], at: Ints) -> tuple[Ints, Ints]:
    """Codes of the distinct combinations among the rows `at`, and where each appears first."""
    key = np.zeros(len(at), dtype=np.int64)
    for name in (name for name in columns if name in observations.columns):
        codes = observations[name].cat.codes.to_numpy()[at].astype(np.int64)
        key = factorize(key * (len(observations[name].cat.categories) + 1) + codes + 1)[0]
    return key, _first(key)


def _first(code: Ints) -> Ints:
    first = np.zeros(int(code.max(initial=-1)) + 1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return first


def _first_of(table: pd.DataFrame, columns: list[str]) -> tuple[Ints, Ints]:
    code = table.groupby(columns, sort=False).ngroup().to_numpy(dtype=np.int64)
    return code, _first(code)


def _labels(observations: pd.DataFrame, at: Ints, names: dict[str, str]) -> pd.DataFrame:
    """Columns of the observations at some rows as text; empty where the round has no such column."""
    columns = {
        new: observations[old].iloc[at].astype("str").fillna("").to_numpy(dtype=object)
        if old in observations.columns
        else np.full(len(at), "", dtype=object)
        for new, old in names.items()
    }
    return pd.DataFrame(columns).astype("str")


def _places(evaluation: Evaluation, observations: pd.DataFrame, at: Ints, code: Ints, n: int) -> NDArray:
    """The place each member belongs to, where its component is evaluated place by place; else empty."""
    parts = [part.id for part in evaluation.rulebook.composition.parts if part.sub_units]
    places = np.full(n, "", dtype=object)
    mine = observations["component"].iloc[at].isin(parts).to_numpy()
    places[code[mine]] = observations["place"].iloc[at[mine]].astype("str").to_numpy(dtype=object)
    return places


def _sets(leaf: NDArray, code: Ints, n: int) -> list[frozenset[int]]:
    """The leaves that were looked at in each member."""
    width = int(leaf.max(initial=0)) + 1
    member, seen = np.divmod(np.sort(factorize(code * width + leaf)[1]), width)
    parts = np.split(seen, np.searchsorted(member, np.arange(1, n)))
    return [frozenset(part.tolist()) for part in parts] if n else []
