"""Many files at the same time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from ondes._bar import Bar
from ondes._reader import Cancel

from ._text import plural

_T = TypeVar("_T")
_R = TypeVar("_R")

# How long to wait for work that was asked to stop: it has at most a block to finish.
_PATIENCE = 10.0


class Stopped(Exception):
    """Work was ended early, as :class:`Stop` asked for."""


class Stop:
    """Tells work that goes on in other threads to end, ``cancel`` the library's."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.cancel = Cancel()

    def set(self) -> None:
        """Asks for the end."""
        self._event.set()
        self.cancel.set()

    def is_set(self) -> bool:
        """Whether the end was asked for."""
        return self._event.is_set()

    def check(self) -> None:
        """Raises :class:`Stopped` when the end was asked for."""
        if self._event.is_set():
            raise Stopped


class Share:
    """How much of all work is done: each file counts the same."""

    def __init__(self, progress: Bar, total: int) -> None:
        self._progress, self._total = progress, total
        self._parts: dict[object, float] = {}
        self._sum, self._done = 0.0, 0
        self._lock = threading.Lock()

    def tell(self, job: object, part: float) -> None:
        """So much of a job is done, from 0 to 1."""
        with self._lock:
            before = self._parts.get(job, 0.0)
            self._parts[job] = part
            self._sum += part - before
            self._done += (part == 1) - (before == 1)
            self._progress.update(self._sum, f"{self._done} of {plural(self._total, 'file')}")


class _Fault(NamedTuple):
    reason: BaseException


def in_parallel(work: Callable[[_T], _R], items: Sequence[_T], jobs: int, stop: Stop) -> Iterator[tuple[int, _R]]:
    """Does ``work`` on each item in ``jobs`` threads; gives index and result as they are ready.

    What ``work`` raises ends all. Nothing of it goes on behind the caller's back: when the caller
    breaks off, by Ctrl-C or otherwise, ``stop`` is set and what is under way is waited for.
    """
    if len(items) == 1:  # here Ctrl-C ends it at once, wherever it waits
        yield 0, work(items[0])
        return
    waiting = iter(enumerate(items))
    lock = threading.Lock()
    results: queue.SimpleQueue[tuple[int, _R] | _Fault] = queue.SimpleQueue()

    def run() -> None:
        try:
            while not stop.is_set():
                with lock:
                    following = next(waiting, None)
                if following is None:
                    return
                results.put((following[0], work(following[1])))
        except BaseException as reason:
            results.put(_Fault(reason))

    # Daemons: one that hangs in a dead network drive must not keep the process from ending.
    threads = [threading.Thread(target=run, daemon=True) for _ in range(min(jobs, len(items)))]
    for thread in threads:
        thread.start()
    try:
        for _ in items:
            result = results.get()
            if isinstance(result, _Fault):
                raise result.reason
            yield result
    finally:
        stop.set()
        for thread in threads:
            thread.join(_PATIENCE)


def in_order(results: Iterator[tuple[int, _R]]) -> Iterator[_R]:
    """Results in the order of their items."""
    ready: dict[int, _R] = {}
    following = 0
    for index, result in results:
        ready[index] = result
        while following in ready:
            yield ready.pop(following)
            following += 1
