"""Observations that arrive as a table already: `observations.parquet` beside or instead of workbooks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import DataError, Problem
from analysis.intake.rows.register import Register, near
from analysis.intake.words import messages as say
from analysis.intake.words.file_messages import UNREADABLE
from analysis.intake.words.kinds import key
from analysis.intake.words.row_messages import UNKNOWN_UNIT
from analysis.validation import validate

if TYPE_CHECKING:
    import pandas as pd

FILE = "observations.parquet"


def read_observations(path: Path, register: Register, problems: list[Problem]) -> pd.DataFrame | None:
    """The table when it keeps the contract and names known units; otherwise None, with the problems."""
    from pyarrow import ArrowInvalid

    try:
        frame = validate(_read(path), "observations")
    except (ArrowInvalid, OSError) as error:
        problems.append(UNREADABLE.problem(path.name, detail_zh=str(error), detail_en=str(error)))
        return None
    except DataError as error:
        problems += [
            say.NO_SUCH_COLUMN.problem(
                path.name, column=one.column, value=one.value, detail_zh=one.zh, detail_en=one.en
            )
            for one in error.problems
        ]
        return None
    unknown = _unknown_units(frame, register)
    problems += [_unknown_unit(path.name, name, register) for name in unknown]
    return None if unknown else frame


def _read(path: Path) -> pd.DataFrame:
    """The table with its rows numbered, without a second copy of it in memory on the way."""
    import numpy as np
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        table = file.read([name for name in file.schema_arrow.names if name != "row_id"])
    frame = table.to_pandas(split_blocks=True, self_destruct=True)
    frame.insert(0, "row_id", np.arange(len(frame), dtype=np.int64))
    return frame


def _unknown_units(frame: pd.DataFrame, register: Register) -> list[str]:
    """Units of the table that are not known; where there is no sheet of units they become known."""
    names = [str(name) for name in frame["unit"].unique()]
    if register.open:
        register.units.update({key(name): name for name in names})
    known = set(register.units.values())
    return [name for name in names if name not in known]


def _unknown_unit(file: str, name: str, register: Register) -> Problem:
    close: dict[str, Any] = {**near(name, register.units.values())}
    message = replace(UNKNOWN_UNIT, code=say.NO_SUCH_COLUMN.code)
    return message.problem(file, column="unit", value=name, **close)
