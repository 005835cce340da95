"""The terms of a plan: what a fix costs, how long it takes, what it needs or excludes, who can do how much.

A table with one row per cause (or group of causes), site type or responsible unit; every column but `by` and
`name` may be empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import Problem
from analysis.scoring import Evaluation
from analysis.simulation.refusals import refused, unknown
from analysis.simulation.select import CauseNames

KINDS = ("cause", "site_type", "responsible_unit")
NUMBERS = ("cost", "days", "capacity")
RELATIONS = ("needs", "excludes")
TERMS = ("by", "name", *NUMBERS, *RELATIONS)
SOURCE = ("source_file", "source_sheet", "source_row")
DUTIES = ("territory", "regulator", "line", "lead", "support")

_APART = re.compile(r"[、,，;；]")


def check_terms(terms: pd.DataFrame, evaluation: Evaluation) -> list[Problem]:
    """Everything wrong with a table of terms, each problem with its file, row and column."""
    lacking = [name for name in ("by", "name") if name not in terms.columns]
    problems = [_no_column(name) for name in lacking]
    if not lacking and not set(terms.columns) & {*NUMBERS, *RELATIONS}:
        problems.append(_no_column(" / ".join((*NUMBERS, *RELATIONS))))
    known_columns = (*TERMS, *SOURCE)
    problems += [
        unknown("列", "column", name, TERMS, str(name)) for name in terms.columns if name not in known_columns
    ]
    if lacking:
        return problems
    known = names_of(evaluation)
    for row in terms.to_dict("records"):
        found = [*_named(row, known), *_numbers(row), *_relations(row, known)]
        problems += [_at(row, problem) for problem in found]
    return problems


def _no_column(name: str) -> Problem:
    zh, en = f"整改条件表缺少列“{name}”。", f"the table of terms lacks column {name!r}."
    return refused("no_column", zh, en, value=name)


def _at(row: dict[Any, Any], problem: Problem) -> Problem:
    """A problem with the place of its row."""
    file, sheet, line = (row.get(name) for name in SOURCE)
    number = int(line) if line and line == line else None
    return replace(problem, file=str(file or ""), sheet=str(sheet or ""), row=number)


def names_of(evaluation: Evaluation) -> dict[str, set[str]]:
    """Every name a row may have, by its kind."""
    frames = (evaluation.shares.rename(columns={"responsible_unit": "line"}), evaluation.round.observations,
              evaluation.round.table("sites"))  # fmt: skip
    units = {str(n) for f in frames for c in DUTIES if c in f.columns for n in f[c].astype("str").unique()}
    kinds = {name for names in site_type_names(evaluation).values() for name in names}
    observed = {str(name) for name in evaluation.round.observations["site_type"].cat.categories}
    causes = CauseNames(evaluation.rulebook).known | {
        str(n) for n in evaluation.ledger["cause"].cat.categories
    }
    return {
        "cause": causes - {""},
        "site_type": (kinds | observed | set(site_type_names(evaluation))) - {""},
        "responsible_unit": units - {""},
    }


def _named(row: dict[Any, Any], known: dict[str, set[str]]) -> Iterator[Problem]:
    if str(row["by"]) not in KINDS:
        yield unknown("口径", "kind of row", row["by"], KINDS, "by")
    elif str(row["name"]) not in known[str(row["by"])]:
        yield unknown("名称", "name", row["name"], sorted(known[str(row["by"])]), "name")


def _numbers(row: dict[Any, Any]) -> Iterator[Problem]:
    for name in NUMBERS:
        value = row.get(name)
        if _blank(value):
            continue
        number = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
        if not 0 <= number < np.inf or (name == "capacity" and number != int(number)):
            yield _wrong_number(row, name, value)
    if not _blank(row.get("capacity")) and str(row["by"]) != "responsible_unit":
        zh, en = "能力只能按责任单位填写。", "a capacity belongs to a responsible unit."
        yield replace(refused("capacity_of", zh, en, value=row["capacity"]), column="capacity")


def _wrong_number(row: dict[Any, Any], name: str, value: object) -> Problem:
    words = {"cost": ("费用", "cost"), "days": ("工期", "days"), "capacity": ("能力", "capacity")}[name]
    problem = refused(
        "wrong_term",
        f"“{row['name']}”的{words[0]} {value} 应为不小于 0 的数字。",
        f"the {words[1]} of {row['name']!r} is {value}.",
        "请更正，或留空；能力为整数。",
        "Write a number of at least 0 (a whole one for a capacity), or leave the cell empty.",
        value,
    )
    return replace(problem, column=name)


def _relations(row: dict[Any, Any], known: dict[str, set[str]]) -> Iterator[Problem]:
    every = sorted(set().union(*known.values()))
    for column in RELATIONS:
        for name in listed(row.get(column)):
            if name not in every:
                yield unknown("名称", "name", name, every, column)


def _blank(value: object) -> bool:
    return value is None or value != value or not str(value).strip()


def listed(value: object) -> list[str]:
    """The names in a cell, apart by commas, semicolons or 、."""
    return [] if _blank(value) else [part.strip() for part in _APART.split(str(value)) if part.strip()]


def priced(terms: pd.DataFrame | None) -> bool:
    """Whether any cost is stated."""
    return terms is not None and "cost" in terms.columns and bool(terms["cost"].notna().any())


def capacities(terms: pd.DataFrame | None) -> dict[str, int]:
    """Things each responsible unit can do, where that is stated."""
    if terms is None or "capacity" not in terms.columns:
        return {}
    rows = terms[(terms["by"] == "responsible_unit") & terms["capacity"].notna()]
    return dict(zip(rows["name"].astype(str), rows["capacity"].astype(float).astype(int), strict=True))


class Called:
    """What findings may be called in a table of terms: cause and its group, site type, responsible unit."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._causes = CauseNames(evaluation.rulebook)
        self._kinds = site_type_names(evaluation)

    def keys(self, cause: str, site_type: str, unit: str) -> list[tuple[str, str]]:
        """The names with their kinds, the closest first."""
        causes = dict.fromkeys((cause, *sorted(self._causes.all_of(cause))))
        kinds = (site_type, *self._kinds.get(site_type, ()))
        return [
            *(("cause", name) for name in causes),
            *(("site_type", name) for name in kinds),
            ("responsible_unit", unit),
        ]

    def of(self, rows: pd.DataFrame) -> list[list[tuple[str, str]]]:
        """`keys` of every finding or thing."""
        columns = (rows[name].astype(str) for name in ("cause", "site_type", "responsible_unit"))
        return [self.keys(*row) for row in zip(*columns, strict=True)]


def stated(terms: pd.DataFrame, column: str, keys: list[list[tuple[str, str]]]) -> list[float]:
    """A number of the terms for every finding: that of its cause (or group), else site type, else unit."""
    if column not in terms.columns:
        return [float("nan")] * len(keys)
    rows = terms[terms[column].notna()]
    names = zip(rows["by"].astype(str), rows["name"].astype(str), strict=True)
    known = dict(zip(names, rows[column].astype(float), strict=True))
    return [next((known[key] for key in own if key in known), float("nan")) for own in keys]


def related(
    terms: pd.DataFrame | None, column: str, table: pd.DataFrame, evaluation: Evaluation
) -> Iterator[tuple[int, int]]:
    """Pairs of things at the same site that a relation of the terms ties together."""
    if terms is None or column not in terms.columns:
        return
    keys = Called(evaluation).of(table)
    names = [{name for _, name in own} for own in keys]
    where = table[[name for name in ("component", "place", "site") if name in table.columns]].astype(str)
    at = list(where.itertuples(index=False, name=None))
    for row in terms.to_dict("records"):
        mine = [i for i, own in enumerate(keys) if (str(row["by"]), str(row["name"])) in own]
        for other in listed(row.get(column)):
            theirs = [i for i, own in enumerate(names) if other in own]
            yield from ((a, b) for a in mine for b in theirs if a != b and at[a] == at[b])


def site_type_names(evaluation: Evaluation) -> dict[str, tuple[str, str]]:
    """Labels of every site type by its id."""
    frameworks = evaluation.rulebook.frameworks.values()
    return {kind.id: (kind.zh, kind.en) for rules in frameworks for kind in rules.site_types}
