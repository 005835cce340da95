"""Columns as codes into their distinct cells, so that whatever is asked of a cell is asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
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
        return cls(*_distinct(plain))

    @classmethod
    def all(cls, value: Any, n: int) -> Coded:
        """A column that holds one value throughout."""
        return cls(np.zeros(n, dtype=np.int64), objects([value]))

    @classmethod
    def joined(cls, columns: Iterable[Coded]) -> Coded:
        """Columns one under the other."""
        parts = list(columns)
        if all(len(part.values) == 1 and part.values[0] == parts[0].values[0] for part in parts):
            return cls.all(parts[0].values[0], sum(map(len, parts)))
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
        if len(self.values) == 1 and len(self.codes):
            return self
        held = np.zeros(len(self.values), dtype=bool)
        held[self.codes] = True
        return self if held.all() else Coded((np.cumsum(held) - 1)[self.codes], self.values[held])

    def distinct(self) -> Coded:
        """The same column with every value once, and held by some row."""
        used = self.used()
        if len(used.values) == 1:
            return used
        codes, values = _distinct(used.values)
        return used if len(values) == len(used.values) else Coded(codes[used.codes], values)

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
        import pandas as pd

        column = self.distinct()
        order = np.argsort(column.values)
        names = pd.Index(column.values[order], dtype="str")
        return pd.Categorical.from_codes(_inverse(order)[column.codes], categories=names)

    def texts(self) -> pd.Series:
        """A column of texts as a pandas column of text."""
        import pandas as pd

        return pd.Series(self.values, dtype="str").take(self.codes).reset_index(drop=True)


def _unpacked(codes: np.ndarray, values: np.ndarray) -> Coded:
    return Coded(codes.astype(np.int64), values)


Columns = Mapping[str, Any]
"""A table before it is a frame: columns of equal length, each Coded or an array of numbers or dates."""


def under(tables: Sequence[Columns]) -> Columns:
    """Tables of the same columns one under the other."""
    return {name: _under([table[name] for table in tables]) for name in tables[0]}


def _under(parts: Sequence[Coded | np.ndarray]) -> Coded | np.ndarray:
    if len(parts) == 1:
        return parts[0]
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    return np.concatenate(arrays) if len(arrays) == len(parts) else Coded.joined(map(Coded.of, parts))


def numbered(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers as positions among the distinct ones, and these, in the order in which they come."""
    n = len(values)
    low, high = (values.min(), values.max()) if n else (0, 0)
    if not _counted(values, low, high):
        _, first, codes = np.unique(values, return_index=True, return_inverse=True)
        order = np.argsort(first)
        return _inverse(order)[codes], values[first[order]]
    position = (values - low).astype(np.int64)
    first = np.full(int(high - low) + 1, n, dtype=np.int64)
    first[position[::-1]] = np.arange(n - 1, -1, -1)
    distinct = np.sort(first[first < n])
    place = np.empty(len(first), dtype=np.int64)
    place[position[distinct]] = np.arange(len(distinct))
    return place[position], values[distinct]


def _counted(values: np.ndarray, low: Any, high: Any) -> bool:
    """Whether the numbers are whole ones, and close enough together to count through."""
    if not (np.isfinite(low) and np.isfinite(high) and high - low <= 4 * len(values)):
        return False
    return values.dtype.kind != "f" or not (values % 1).any()


def _inverse(order: np.ndarray) -> np.ndarray:
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def _distinct(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Objects as positions among the distinct ones, and these, in the order in which they come."""
    position = {cell: at for at, cell in enumerate(dict.fromkeys(cells))}
    return np.fromiter(map(position.__getitem__, cells), np.int64, len(cells)), objects(position)


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
