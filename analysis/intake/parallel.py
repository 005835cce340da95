"""Work on several things at a time, with the results in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

One = TypeVar("One")
Result = TypeVar("Result")

_WAITING = 4
"""Things that may wait for a thread: more would only fill the memory."""


def in_order(work: Callable[[One], Result], things: Iterable[One]) -> Iterator[Result]:
    """`work` of each thing, done by two threads; for work that numpy does, which lets other threads run."""
    with ThreadPoolExecutor(2) as pool:
        waiting: deque[Future[Result]] = deque()
        for one in things:
            waiting.append(pool.submit(work, one))
            if len(waiting) > _WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
