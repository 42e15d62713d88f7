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
    if failures is None or threading.get_ident() != threading.main_thread().ident:
        status = function(*arguments, byref(error))
    else:
        before = sys.unraisablehook
        try:
            sys.unraisablehook = _keeping(failures, before)
            status = function(*arguments, byref(error))
        finally:
            sys.unraisablehook = before
    if not status and not failures:
        return
    try:
        # Outside of any handler, so that an exception of the caller's reaches the caller without a context of ours.
        raise failures[0] if failures else exceptions._from_c(error, path)
    finally:
        if failures:
            failures.clear()  # with their tracebacks, which lead back to here
        lib.ondes_error_free(error)


def _keeping(
    failures: list[BaseException], before: Callable[[sys.UnraisableHookArgs], object]
) -> Callable[[sys.UnraisableHookArgs], object]:
    """A hook that keeps what a signal handler raises just before the first line of a callback, KeyboardInterrupt above all.

    ctypes would print it and return 0 to the library, which is the end of a
    stream: Ctrl-C would be lost, and the file look shorter than it is. Python
    runs signal handlers in the main thread only, so nobody else needs this.
    """

    def keep(unraisable: sys.UnraisableHookArgs) -> None:
        # Only from our callbacks: those that a file object of the caller's brings along are none of ours.
        where = f"{unraisable.err_msg} {unraisable.object!r}"
        is_here = threading.get_ident() == threading.main_thread().ident
        if unraisable.exc_value is not None and is_here and "ctypes callback" in where and _CALLBACK in where:
            failures.append(unraisable.exc_value)
        else:
            before(unraisable)

    return keep


_CALLBACK = "called_by_ondes"
"""What the functions are named that the library calls back, to know them among those of other packages."""


class Handle:
    """Owns one object of the library: one thread at a time, freed once.

    Calls are made within ``with handle.use():``, which raises
    :class:`~ondes.exceptions.BusyError` where another thread, or the call
    that runs this callback, has it, or within ``with handle.lock:``, which
    waits; so closing never pulls an object away from under a call. (Both are
    the lock itself: a signal handler that raises, as Ctrl-C does, finds no line
    of Python between taking it and being within.)
    """

    __slots__ = ("__weakref__", "_free", "_keep", "_object", "calls_back", "failures", "kind", "lock", "path")

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
        self._free = free
        self._keep = keep  # memory and callbacks that the object uses
        self._object = c_void_p(pointer)
        self.kind = kind
        """What to call the object in messages."""
        self.path = path
        self.calls_back = failures is not None
        """Whether the object calls functions of Python."""
        self.failures: list[BaseException] = [] if failures is None else failures
        """What was raised inside callbacks, to be raised again by the call that ran them."""
        self.lock = threading.Lock()

    @classmethod
    def make(
        cls,
        kind: str,
        free: Callable[[int], None],
        function: Callable[..., int],
        *arguments: object,
        path: str | None = None,
        keep: object = None,
        failures: list[BaseException] | None = None,
    ) -> Handle:
        """Calls a function that makes an object, whose last argument tells where to put it."""
        handle = cls(kind, None, free, path=path, keep=keep, failures=failures)
        try:
            call(function, *arguments, handle.out, path=path, failures=failures)
        except BaseException:
            # A callback may have failed where the library could do without it.
            handle._release()
            keep = None  # the exception has this frame: who catches it may need the memory
            raise
        if handle.closed:
            raise exceptions._new(Status.INTERNAL, "the library gave no object", path)
        return handle

    @property
    def out(self) -> Any:
        """Where a function of the library may put the object: so it has an owner from its first moment on."""
        return byref(self._object)

    @property
    def closed(self) -> bool:
        return self._object.value is None

    @property
    def pointer(self) -> int:
        """The object, to be used within :meth:`use` or ``lock``."""
        pointer = self._object.value
        if pointer is None:
            raise exceptions._new(Status.CLOSED, "I/O operation on a closed file.", self.path)
        return pointer

    def use(self) -> threading.Lock:
        """The lock, if nobody has it."""
        # One who takes it at the very same time is waited for: only who holds it for long is worth an error.
        if self.lock.locked():
            raise exceptions._new(
                Status.BUSY,
                f"Another thread is currently using this {self.kind}, or the call that it is in has not returned yet. "
                f"Open one {self.kind} per thread instead.",
                self.path,
            )
        return self.lock

    def call(self, function: Callable[..., int], *arguments: object) -> None:
        """Calls a function whose first argument is this object; what callbacks raised goes before its own error."""
        with self.use():
            failures = self.failures if self.calls_back else None
            call(function, self.pointer, *arguments, path=self.path, failures=failures)

    def get(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Calls a getter."""
        with self.use():
            return function(self.pointer, *arguments)

    def close(self, last: Callable[..., int] | None = None) -> None:
        """Frees the object, after a last call if one is given; a second time does nothing."""
        with self.use():
            if not self.closed:
                try:
                    if last is not None:
                        failures = self.failures if self.calls_back else None
                        call(last, self.pointer, path=self.path, failures=failures)
                finally:
                    self._release()
        if self.failures:
            try:
                raise self.failures[0]
            finally:
                self.failures.clear()

    def _release(self) -> None:
        pointer, self._object.value = self._object.value, None
        if pointer is not None:
            self._free(pointer)
        self._keep = None

    def __del__(self) -> None:
        if hasattr(self, "_object"):
            self._release()
