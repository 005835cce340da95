"""Work on several things at a time, with the results in their order: by threads, or with a second process."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from itertools import chain, islice
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, TypeVar

One = TypeVar("One")
Result = TypeVar("Result")
Message = tuple[str, Any]

_WAITING = 4
"""Things that may wait for a thread: more would only fill the memory."""
_AHEAD = 2
"""Things the other process has at a time: the one at hand and the next."""
_AT_ONCE = 2**20
"""Bytes that go through a pipe at once: between two pieces a thread waits for its turn."""
_TURN = 0.0005
"""Seconds after which a thread at work lets those go on that talk to the other process."""
_SERVE = "from analysis.intake.parallel import serve; serve()"
_READY, _ENDED = "ready", "ended"


class CrashedError(RuntimeError):
    """The other process ended while it worked on a thing."""


def in_order(work: Callable[[One], Result], things: Iterable[One]) -> Iterator[Result]:
    """`work` of each thing, done by two threads; for work that numpy does, which lets other threads run."""
    coming = iter(things)
    start = list(islice(coming, 2))
    if len(start) < 2:
        yield from map(work, start)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(2) as pool:
        for one in chain(start, coming):
            waiting.append(pool.submit(work, one))
            if len(waiting) > _WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Alone:
    """Work one after the other, in this process."""

    def __enter__(self) -> Alone:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def each(
        self, work: Callable[[One], Result], things: Sequence[One], then: Callable[..., Any] | None = None
    ) -> Iterator[Result | CrashedError]:
        """`work` of each thing, in order. `then` is a function that the next work will use."""
        return map(work, things)


class Helper(Alone):
    """A second process of the same program that takes over every other thing, or so.

    It is started as a program of its own: it inherits no lock and runs no script of the user's again. If it
    cannot be started, everything is done here. `module` is what it imports first, while this one is still
    getting ready itself.
    """

    def __init__(self, module: str = "") -> None:
        self._module = module

    def __enter__(self) -> Helper:
        self._answers: SimpleQueue[Message] = SimpleQueue()
        self._orders: SimpleQueue[bytes] = SimpleQueue()
        self._process = _started(self._module)
        self._alive, self._ready = self._process is not None, False
        self._threads = [
            Thread(target=work, args=(self._process, queue), daemon=True)
            for work, queue in ((_say, self._orders), (_listen, self._answers))
            if self._process is not None
        ]
        for thread in self._threads:
            thread.start()
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        return self

    def __exit__(self, *error: object) -> None:
        """End it: it has nothing left to do that anybody waits for."""
        sys.setswitchinterval(self._turn)
        if self._process is None:
            return
        self._orders.put(b"")
        self._process.kill()
        for thread in self._threads:
            thread.join()
        self._process.wait()

    def each(
        self, work: Callable[[One], Result], things: Sequence[One], then: Callable[..., Any] | None = None
    ) -> Iterator[Result | CrashedError]:
        """`work` of each thing, in order; CrashedError in place of the one that ended the other process.

        It imports what `then` stands on once it has no more things, while this one is still at work.
        """
        todo = deque(range(len(things)))
        sent: deque[int] = deque()
        done: dict[int, Result | CrashedError] = {}
        self._order("work", work)
        for wanted in range(len(things)):
            while wanted not in done:
                while todo and len(sent) < _AHEAD and self._alive:
                    sent.append(todo.popleft())
                    self._order("thing", things[sent[-1]])
                if not todo and then is not None:
                    self._order("work", then)
                    then = None
                if todo:
                    at = todo.popleft()
                    done[at] = work(things[at])
                while sent and (not self._answers.empty() or (not todo and wanted not in done)):
                    self._take(sent, todo, done)
            yield done.pop(wanted)

    def _order(self, kind: str, value: Any) -> None:
        # Pickled here and not where it is sent: another thread must not look at what this one changes.
        if self._alive:
            self._orders.put(pickle.dumps((kind, value), protocol=5))

    def _take(self, sent: deque[int], todo: deque[int], done: dict[int, Any]) -> None:
        """One answer of the other process; after its end the rest is to do here."""
        kind, value = self._answers.get()
        if kind == _READY:
            self._ready = True
        elif kind == _ENDED:
            if self._ready:
                done[sent.popleft()] = CrashedError()
            todo.extendleft(reversed(sent))
            sent.clear()
            self._alive = False
        elif kind == "failed":
            raise RuntimeError(value)
        else:
            done[sent.popleft()] = value


def _started(module: str) -> subprocess.Popen[bytes] | None:
    paths = os.pathsep.join(path for path in sys.path if path)
    try:
        return subprocess.Popen(
            [sys.executable, "-c", _SERVE, module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=_AT_ONCE,
            pipesize=_AT_ONCE,
            env={**os.environ, "PYTHONPATH": paths},
            start_new_session=True,
        )
    except (OSError, ValueError):
        return None


def _say(process: subprocess.Popen[bytes], orders: SimpleQueue[bytes]) -> None:
    """Hand on what is in the queue, up to an empty order; a process that has ended hears nothing any more."""
    assert process.stdin is not None
    with suppress(OSError), process.stdin as stream:
        while order := orders.get():
            stream.write(order)
            stream.flush()


def _listen(process: subprocess.Popen[bytes], answers: SimpleQueue[Message]) -> None:
    """Put what the other process says into the queue, and last that it has ended."""
    assert process.stdout is not None
    with suppress(EOFError, OSError, pickle.UnpicklingError), process.stdout as stream:
        while True:
            answers.put(pickle.load(stream))
    answers.put((_ENDED, None))


def serve() -> None:
    """What the other process does: work on things until there are no more. Ctrl-C is for the first one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    for module in filter(None, sys.argv[1:]):
        import_module(module)
    _put(out, (_READY, None))
    work: Callable[[Any], Any] = repr
    while True:
        try:
            kind, value = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if kind == "work":
            work = value
        else:
            _put(out, _result(work, value))


def _result(work: Callable[[Any], Any], thing: Any) -> Message:
    try:
        return "done", work(thing)
    except Exception:
        return "failed", traceback.format_exc()


def _put(stream: IO[bytes], message: Message) -> None:
    pickle.dump(message, stream, protocol=5)
    stream.flush()
