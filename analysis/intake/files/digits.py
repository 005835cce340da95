"""Numbers written in decimal, read out of bytes many at a time: eight bytes are one machine word."""

from __future__ import annotations

from typing import Any

import numpy as np

_ZEROS = np.uint64(0x3030303030303030)
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_NO_DIGIT = np.uint64(0x7676767676767676)
_HIGH = np.uint64(0x8080808080808080)
_ONE, _SEVEN, _BYTE, _WORD = (np.uint64(n) for n in (1, 7, 8, 64))
_FOLDS = [
    (np.uint64(times), np.uint64(shift), np.uint64(mask))
    for times, shift, mask in (
        (10 * 2**8 + 1, 8, 0x00FF00FF00FF00FF),
        (100 * 2**16 + 1, 16, 0x0000FFFF0000FFFF),
        (10_000 * 2**32 + 1, 32, 0xFFFFFFFFFFFFFFFF),
    )
]
"""Neighbouring digits, then pairs, then fours are put together: multiply, shift, keep every second one."""

_MOST = 15
"""Digits that a float holds exactly."""


def words_of(data: bytes) -> np.ndarray:
    """The eight bytes from each position on, as numbers; `data` must end in eight bytes nobody asks for."""
    return np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))


def word(text: bytes) -> tuple[np.uint64, np.uint64]:
    """A text of up to eight bytes as a number, and the mask of the bytes it takes."""
    return np.uint64(int.from_bytes(text, "little")), np.uint64(2 ** (8 * len(text)) - 1)


def leading(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number that each word begins with, and how many digits it has (0 to 8)."""
    bare = words ^ _ZEROS
    other = (((bare & _LOW) + _NO_DIGIT) | bare) & _HIGH
    first = other & (~other + _ONE)
    inside = (first >> _SEVEN) - _ONE
    size = np.bitwise_count(inside).astype(np.uint64) >> np.uint64(3)
    number = (bare & inside) << (_WORD - _BYTE * size)
    for times, shift, mask in _FOLDS:
        number = ((number * times) >> shift) & mask
    return number.astype(np.int64), size.astype(np.int64)


def whole(words: np.ndarray, at: Any) -> tuple[np.ndarray, np.ndarray]:
    """The number that stands at each position, and how many digits it has (0 to 16)."""
    number, size = leading(words[at])
    long = np.flatnonzero(size == 8)
    if len(long):
        more, digits = leading(words[at[long] + 8])
        number[long] = number[long] * 10**digits + more
        size[long] += digits
    return number, size


def decimals(data: np.ndarray, words: np.ndarray, at: np.ndarray, end: int) -> tuple[np.ndarray, np.ndarray]:
    """The plain decimal number between each position and the byte `end`, and whether there is such a one.

    A number of up to 15 digits is a whole number divided by a power of ten, both exact, so it is rounded
    once, as the text itself would be.
    """
    number, size = whole(words, at)
    value = number.astype(float)
    stop = data[at + size]
    known = (stop == end) & (size > 0) & (size <= _MOST)
    point = np.flatnonzero((stop == ord(".")) & (size > 0) & (size < _MOST))
    if len(point):
        begin = at[point] + size[point] + 1
        part, digits = whole(words, begin)
        fits = (data[begin + digits] == end) & (digits > 0) & (size[point] + digits <= _MOST)
        place, scale = point[fits], 10 ** digits[fits]
        value[place] = (number[place] * scale + part[fits]) / scale
        known[place] = True
    return value, known
