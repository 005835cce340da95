"""How far the reading of a round is, for whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Step:
    """Where a reading is: the thing at hand (a file or a table), which of how many it is, its size in bytes
    (0: unknown), and the share of the whole work that is done (0 to 1)."""

    name: str
    number: int
    total: int
    size: int
    share: float
    end: float

    @property
    def text(self) -> str:
        """As it is shown, in no language."""
        size = f"  {self.size / 2**20:.1f} MB" if self.size else ""
        return f"{self.number}/{self.total}  {self.name}{size}"


Listener = Callable[[Step], None]

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)
_AT: ContextVar[Step | None] = ContextVar("at", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """While the block runs, `listener` is told every step of a reading."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def through(
    results: Iterable[Result],
    names: Sequence[str],
    sizes: Sequence[int],
    span: tuple[float, float],
    *,
    in_bytes: bool = False,
) -> Iterator[Result]:
    """The results, each told before it is worked on; together they take the share `span` of the work."""
    begin, end = span
    scale = (end - begin) / max(sum(sizes), 1)
    share = begin
    found = iter(results)
    for number, (name, size) in enumerate(zip(names, sizes, strict=True), start=1):
        _tell(Step(name, number, len(names), size if in_bytes else 0, share, share + size * scale))
        share += size * scale
        yield next(found)


def within(part: float) -> None:
    """Tell that this part (0 to 1) of the thing at hand is done."""
    step = _AT.get()
    if step is not None and _LISTENER.get() is not None:
        _say(replace(step, share=step.share + (step.end - step.share) * part))


def finished() -> None:
    """Tell that the round was read."""
    _tell(Step("", 1, 1, 0, 1.0, 1.0))
    _AT.set(None)


class Meter:
    """Tells how much of a number of bytes has been read."""

    def __init__(self, total: int) -> None:
        self.total = max(total, 1)
        self.done = 0

    def watch(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces, each told when it was read."""
        for piece in pieces:
            self.done += len(piece)
            within(min(self.done / self.total, 1.0))
            yield piece


def _tell(step: Step) -> None:
    _AT.set(step)
    _say(step)


def _say(step: Step) -> None:
    listener = _LISTENER.get()
    if listener is not None:
        listener(step)
