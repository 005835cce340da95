"""Files without sheets to grids: text (csv, tsv) and Parquet tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import numpy as np

from analysis.intake.files.coded import Cells, Coded, objects
from analysis.intake.files.grid import MAX_CELLS, Grid, TooWideError
from analysis.intake.files.sheetxml import MalformedError, letters

_LONGEST = 1_000_000
"""Characters of one cell: a quotation mark that is never closed swallows the rest of the file."""


_AS_TEXT = re.compile(r'^="([^"]*)"$')
"""How some programs write a text that looks like a number: ="001"."""


def decoded(data: bytes) -> str | None:
    """The text of a file in UTF-8, UTF-16 or GB18030; None when it is none of them."""
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None


def _encodings(data: bytes) -> tuple[str, ...]:
    """UTF-16 by its mark, or by the zeros that its commas and line ends hold; no other text holds any."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if b"\x00" not in data:
        return "utf-8-sig", "gb18030"
    return ("utf-16-be",) if data[::2].count(0) > data[1::2].count(0) else ("utf-16-le",)


def read_text(path: Path, text: str) -> Grid:
    """The cells of a text table. Raises MalformedError for quotation marks that are not closed."""
    csv.field_size_limit(_LONGEST)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(path, text)))
    except csv.Error as error:
        raise MalformedError(str(error)) from error
    width = max((len(row) for row in rows), default=0)
    if len(rows) * width > MAX_CELLS:
        raise TooWideError("", len(rows), width, f"{letters(width - 1)}{len(rows)}")
    cells = np.full((len(rows), width), "", dtype=object)
    for at, row in enumerate(rows):
        cells[at, : len(row)] = [_AS_TEXT.sub(r"\1", cell) for cell in row]
    return Grid(path.name, "", Cells.of(cells))


def _delimiter(path: Path, text: str) -> str:
    """A tab for `.tsv` with tabs; else the comma, unless the lines have none but tabs, semicolons, or
    full-width commas, as many in each."""
    start = "\n".join(text.splitlines()[:20])
    if "\t" in start and (path.suffix.lower() == ".tsv" or "," not in start):
        return "\t"
    wide = {line.count("，") for line in text.splitlines()[:20] if line.strip()}
    if "," not in start and len(wide) == 1 and 0 not in wide:
        return "，"
    return ";" if ";" in start and "," not in start and "，" not in start else ","


def read_parquet(path: Path) -> Grid:
    """A table with its column names as header. Raises MalformedError, or TooWideError before reading."""
    from pyarrow import ArrowException, parquet

    try:
        file = parquet.ParquetFile(path)
        height, names = file.metadata.num_rows + 1, file.schema_arrow.names
        if height * len(names) > MAX_CELLS:
            raise TooWideError("", height, len(names), f"{letters(len(names) - 1)}{height}")
        table = file.read()
    except (ArrowException, OSError) as error:
        raise MalformedError(str(error)) from error
    columns = [_below(name, table.column(position)) for position, name in enumerate(names)]
    return Grid(path.name, "", Cells(columns, height))


def _below(name: str, column: Any) -> Coded:
    """A column of a table below its name; equal values are made once."""
    from pyarrow import ArrowNotImplementedError, DictionaryArray

    whole = column.combine_chunks()
    try:
        coded = whole if isinstance(whole, DictionaryArray) else whole.dictionary_encode()
    except ArrowNotImplementedError:
        return Coded.of(objects([name, *(_plain(value) for value in column.to_pylist())]))
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    values = ["", name, *(_plain(value) for value in coded.dictionary.to_pylist())]
    cells: Coded = Coded.of(objects(values))[np.concatenate([[1], np.where(codes < 0, 0, codes + 2)])]
    return cells


def _plain(value: Any) -> Any:
    if value is None or value != value:
        return ""
    if isinstance(value, bool | float | str | dt.date | dt.time):
        return value
    return float(value) if isinstance(value, int) else str(value)
