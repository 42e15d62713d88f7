"""Calling the library, and owning what it gives."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from ctypes import byref, c_void_p
from typing import Any

from . import exceptions
from ._abi import Status
from ._library import lib


def call(
    function: Callable[..., int],
    *arguments: object,
    path: str | None = None,
    failures: list[BaseException] | None = None,
) -> None:
    """Calls a fallible function of the library, and raises what it reports. The GIL is released meanwhile.

    What callbacks raised, which is in ``failures``, goes before that: it is the reason behind it.
    """
    error = c_void_p()
    if failures is not None and threading.get_ident() == threading.main_thread().ident:
        with _KeptSignals(failures):
            status = function(*arguments, byref(error))
    else:
        status = function(*arguments, byref(error))
    if not status and not failures:
        return
    try:
        # Outside of any handler, so that an exception of the caller's reaches the caller without a context of ours.
        raise failures[0] if failures else exceptions._from_c(error, path)
    finally:
        if failures:
            failures.clear()  # with their tracebacks, which lead back to here
        lib.ondes_error_free(error)


class _KeptSignals:
    """Keeps what a signal handler raises just before the first line of a callback, KeyboardInterrupt above all.

    ctypes would print it and return 0 to the library, which is the end of a
    stream: Ctrl-C would be lost, and the file look shorter than it is. Python
    runs signal handlers in the main thread only, so nobody else needs this.
    """

    __slots__ = ("_before", "_failures")

    def __init__(self, failures: list[BaseException]) -> None:
        self._failures = failures

    def __enter__(self) -> None:
        self._before = sys.unraisablehook
        sys.unraisablehook = self._keep

    def __exit__(self, *_: object) -> None:
        sys.unraisablehook = self._before

    def _keep(self, unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_value is not None and "ctypes callback" in (unraisable.err_msg or ""):
            self._failures.append(unraisable.exc_value)
        else:
            self._before(unraisable)


def make(
    function: Callable[..., int],
    free: Callable[[int], None],
    *arguments: object,
    path: str | None = None,
    failures: list[BaseException] | None = None,
) -> int:
    """Calls a function that makes an object; whoever gets the pointer owns it."""
    out = c_void_p()
    try:
        call(function, *arguments, byref(out), path=path, failures=failures)
    except BaseException:
        # A callback may have failed where the library could do without it.
        if out.value is not None:
            free(out.value)
        raise
    if out.value is None:
        raise exceptions._new(Status.INTERNAL, "the library gave no object", path)
    return out.value


class Handle:
    """Owns one object of the library: one thread at a time, freed once.

    ``with handle as pointer`` takes it for a call and raises
    :class:`~ondes.exceptions.BusyError` where another thread, or the call
    that runs this callback, has it; so closing never pulls an object away
    from under a call.
    """

    __slots__ = ("__weakref__", "_free", "_keep", "_lock", "_pointer", "calls_back", "failures", "kind", "path")

    def __init__(
        self,
        kind: str,
        pointer: int | None,
        free: Callable[[int], None],
        *,
        path: str | None = None,
        keep: object = None,
        failures: list[BaseException] | None = None,
    ) -> None:
        self.kind = kind
        """What to call the object in messages."""
        self.path = path
        self.calls_back = failures is not None
        """Whether the object calls functions of Python."""
        self.failures: list[BaseException] = [] if failures is None else failures
        """What was raised inside callbacks, to be raised again by the call that ran them."""
        self._pointer = pointer
        self._free = free
        self._keep = keep  # memory and callbacks that the object uses
        self._lock = threading.Lock()

    @property
    def closed(self) -> bool:
        return self._pointer is None

    def __enter__(self) -> int:
        if not self._lock.acquire(blocking=False):
            raise exceptions._new(Status.BUSY, self._busy(), self.path)
        if self._pointer is None:
            self._lock.release()
            raise exceptions._new(Status.CLOSED, "I/O operation on a closed file.", self.path)
        return self._pointer

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def _busy(self) -> str:
        return (
            f"Another thread is currently using this {self.kind}, or the call that it is in has not returned yet. "
            f"Open one {self.kind} per thread instead."
        )

    def call(self, function: Callable[..., int], *arguments: object) -> None:
        """Calls a function whose first argument is this object; what callbacks raised goes before its own error."""
        with self as pointer:
            failures = self.failures if self.calls_back else None
            call(function, pointer, *arguments, path=self.path, failures=failures)

    def get(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Calls a getter."""
        with self as pointer:
            return function(pointer, *arguments)

    def close(self, last: Callable[..., int] | None = None) -> None:
        """Frees the object, after a last call if one is given; a second time does nothing."""
        if not self._lock.acquire(blocking=False):
            raise exceptions._new(Status.BUSY, self._busy(), self.path)
        try:
            pointer, self._pointer = self._pointer, None
            if pointer is not None:
                try:
                    if last is not None:
                        call(last, pointer, path=self.path, failures=self.failures)
                finally:
                    self._free(pointer)
                    self._keep = None
        finally:
            self._lock.release()
        if self.failures:
            try:
                raise self.failures[0]
            finally:
                self.failures.clear()

    def __del__(self) -> None:
        if self._pointer is not None:
            self._free(self._pointer)
            self._pointer = None
