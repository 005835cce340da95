"""Columns as codes into their distinct cells, so that whatever is asked of a cell is asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd


class Coded:
    """A column: `values` (objects) and for every row the position of its own in them.

    Wherever numpy wants an array it becomes one; two values may be equal, and some may be nobody's.
    """

    __slots__ = ("codes", "values")
    __hash__ = None  # type: ignore[assignment] # compared cell by cell, like an array

    def __init__(self, codes: np.ndarray, values: np.ndarray) -> None:
        self.codes = codes
        self.values = values

    @classmethod
    def of(cls, cells: Coded | Sequence[Any] | np.ndarray) -> Coded:
        """The column of some cells. Truth values become the words TRUE and FALSE: as numbers they would
        equal 1 and 0."""
        if isinstance(cells, Coded):
            return cells
        plain = objects(cells)
        if bool in set(map(type, plain)):
            plain = objects([str(cell).upper() if isinstance(cell, bool) else cell for cell in plain])
        codes, values = pd.factorize(plain, use_na_sentinel=False)
        return cls(codes, objects(values))

    @classmethod
    def all(cls, value: Any, n: int) -> Coded:
        """A column that holds one value throughout."""
        return cls(np.zeros(n, dtype=np.int64), objects([value]))

    @classmethod
    def joined(cls, columns: Iterable[Coded]) -> Coded:
        """Columns one under the other."""
        parts = list(columns)
        begin = np.cumsum([0, *(len(part.values) for part in parts)])
        codes = [part.codes + first for part, first in zip(parts, begin, strict=False)]
        return cls(np.concatenate(codes), np.concatenate([part.values for part in parts]))

    def __reduce__(self) -> tuple[Any, ...]:
        """Narrow and without what nobody holds, for the way to another process."""
        used = self.used()
        kind = np.min_scalar_type(max(len(used.values) - 1, 0))
        return _unpacked, (used.codes.astype(kind), used.values)

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values[self.codes].tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        found = self.values[self.codes]
        return found if dtype is None else found.astype(dtype)

    def __getitem__(self, at: Any) -> Any:
        """The cell at a position, or the column of several."""
        if isinstance(at, int | np.integer):
            return self.values[self.codes[at]]
        part = Coded(self.codes[at], self.values)
        return part.used() if len(part) < len(self.values) else part

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Coded | np.ndarray):
            return np.asarray(self) == np.asarray(other)
        return np.asarray(self.values == other, dtype=bool)[self.codes]

    def __ne__(self, other: object) -> Any:
        return ~(self == other)

    def used(self) -> Coded:
        """The same column without values that no row holds."""
        held = np.zeros(len(self.values), dtype=bool)
        held[self.codes] = True
        return self if held.all() else Coded((np.cumsum(held) - 1)[self.codes], self.values[held])

    def distinct(self) -> Coded:
        """The same column with every value once, and held by some row."""
        used = self.used()
        codes, values = pd.factorize(used.values, use_na_sentinel=False)
        return used if len(values) == len(used.values) else Coded(codes[used.codes], objects(values))

    def mapped(self, convert: Callable[[Any], Any]) -> Coded:
        """`convert` of every cell."""
        return Coded(self.codes, objects([convert(value) for value in self.values]))

    def table(self, convert: Callable[[Any], Any], dtype: Any = bool) -> np.ndarray:
        """`convert` of every cell as an array of plain numbers or truth values."""
        return np.array([convert(value) for value in self.values], dtype=dtype)[self.codes]

    def astype(self, dtype: Any) -> np.ndarray:
        return self.values.astype(dtype)[self.codes]

    def where(self, mask: np.ndarray, other: Coded) -> Coded:
        """Its cells where the mask says so, those of another column elsewhere."""
        if mask.all():
            return self
        codes = np.where(mask, self.codes, other.codes + len(self.values))
        return Coded(codes, np.concatenate([self.values, other.values]))

    def put(self, at: np.ndarray, other: Coded) -> Coded:
        """The column with the cells of another one at some positions."""
        codes = self.codes.copy()
        codes[at] = other.codes + len(self.values)
        return Coded(codes, np.concatenate([self.values, other.values]))

    def categorical(self) -> pd.Categorical:
        """A column of texts as pandas has it: the texts it holds, sorted."""
        column = self.distinct()
        order = np.argsort(column.values)
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        names = pd.Index(column.values[order], dtype="str")
        return pd.Categorical.from_codes(place[column.codes], categories=names)

    def texts(self) -> pd.Series:
        """A column of texts as a pandas column of text."""
        return pd.Series(self.values, dtype="str").take(self.codes).reset_index(drop=True)


def _unpacked(codes: np.ndarray, values: np.ndarray) -> Coded:
    return Coded(codes.astype(np.int64), values)


def objects(cells: Iterable[Any]) -> np.ndarray:
    """One object per cell."""
    if isinstance(cells, np.ndarray) and cells.dtype == object:
        return cells
    return np.fromiter(cells, dtype=object)


class Cells:
    """Columns side by side, asked like a matrix: `cells[row]`, `cells[row, column]`, `cells[:, column]`."""

    def __init__(self, columns: Sequence[Coded], height: int) -> None:
        self.columns = list(columns)
        self.height = height

    @classmethod
    def of(cls, cells: np.ndarray) -> Cells:
        """The cells of a matrix of objects."""
        return cls([Coded.of(cells[:, at]) for at in range(cells.shape[1])], cells.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        return self.height, len(self.columns)

    @property
    def size(self) -> int:
        return self.height * len(self.columns)

    def __len__(self) -> int:
        return self.height

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[row] for row in range(self.height))

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, int | np.integer):
            return objects([column[at] for column in self.columns])
        if not isinstance(at, tuple):
            at = (at, slice(None))
        rows, columns = at
        if isinstance(columns, int | np.integer):
            return self.columns[columns][rows]
        parts = [column[rows] for column in self.columns[columns]]
        return Cells(parts, len(parts[0]) if parts else len(np.arange(self.height)[rows]))

    def __setitem__(self, at: tuple[Any, int], value: Any) -> None:
        """Write one cell, or a whole column."""
        rows, column = at
        if isinstance(rows, slice):
            self.columns[column] = Coded.of(value)
        else:
            self.columns[column] = self.columns[column].put(np.array([rows]), Coded.all(value, 1))

    def mask(self, test: Callable[[Any], bool]) -> np.ndarray:
        """Whether a test holds, for every cell."""
        found = np.zeros(self.shape, dtype=bool)
        for at, column in enumerate(self.columns):
            found[:, at] = column.table(test)
        return found
