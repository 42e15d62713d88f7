"""A reader of the library, as the public calls use it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from ctypes import byref, c_char_p, c_int32, c_uint64, c_void_p
from typing import NamedTuple

import numpy as np

from . import _abi
from ._abi import UNKNOWN, Checksum, Layout, Sample
from ._handle import Handle, call
from ._library import lib
from ._progress import OnProgress, reporter
from ._samples import DTYPES, Array, address, borrow
from ._sources import Source, open_reader

# Decoding so many samples takes some ten milliseconds: from here on a load must answer Ctrl-C.
LONG = 1 << 20


class Warning(NamedTuple):
    """Damage that did not keep a file from being read."""

    message: str
    offset: int | None
    """The byte of the file at which it is, where that is known."""


class Reader:
    """Reads frames of one file, memory block or stream."""

    def __init__(self, source: Source, options: _abi.ReadOptions | None = None) -> None:
        self.handle = open_reader(source, options)
        self.info = self.describe()

    def describe(self) -> _abi.Info:
        """What the file is and what is read of it; an estimated length may have become exact."""
        info = _abi.Info()
        self.handle.call(lib.ondes_reader_info, byref(info))
        self.info = info
        return info

    @property
    def frames(self) -> int | None:
        """The frames that are to be read, as far as the library knows; None if nothing tells."""
        return None if self.info.output_frames == UNKNOWN else self.info.output_frames

    def measure(self, cancel: Cancel | None = None, on_progress: OnProgress | None = None) -> int:
        """The exact count of frames to be read; goes through the headers of the whole file if it must."""
        frames = c_uint64()
        self._scan(lib.ondes_reader_measure, frames, cancel, on_progress)
        return frames.value

    def tell(self) -> int:
        return int(self.handle.get(lib.ondes_reader_tell))

    def seek(self, frame: int) -> None:
        self.handle.call(lib.ondes_reader_seek, frame)

    def read_into(self, pointer: int, capacity: int, format: Sample, layout: Layout) -> int:
        """Reads up to ``capacity`` frames; fewer only at the end."""
        frames = c_uint64()
        self.handle.call(lib.ondes_reader_read, format, layout, pointer, capacity, byref(frames))
        return frames.value

    def verify(self, cancel: Cancel | None = None, on_progress: OnProgress | None = None) -> Checksum:
        """Decodes a file that has a checksum of its audio, and compares; goes back to the start."""
        checksum = c_int32()
        self._scan(lib.ondes_reader_verify, checksum, cancel, on_progress)
        return Checksum(checksum.value)

    def _scan(
        self,
        function: Callable[..., int],
        result: c_uint64 | c_int32,
        cancel: Cancel | None,
        on_progress: OnProgress | None,
    ) -> None:
        """Goes through the whole file; Ctrl-C and what ``on_progress`` raises end it, and leave the reader as it was."""
        failures = self.handle.failures
        options = _abi.ScanOptions(cancel=cancel.token if cancel else None, progress=reporter(on_progress, failures))
        with self.handle.use():
            pointer, path = self.handle.pointer, self.handle.path
            call(function, pointer, byref(options), byref(result), path=path, failures=failures)

    def load(self, format: Sample, layout: Layout = Layout.PLANAR) -> Array:
        """Everything from the position on, in memory of the library that the array owns."""
        audio = Handle("audio", None, lib.ondes_audio_free)
        self._long(lambda cancel: self.handle.call(lib.ondes_reader_load, format, layout, cancel, audio.out))
        return borrow(audio, audio.pointer)

    def load_into(self, array: Array, format: Sample, layout: Layout = Layout.PLANAR) -> int:
        """Everything from the position on into an array that holds all of it; tells the frames."""
        frames = c_uint64()
        capacity = array.shape[1] if layout == Layout.PLANAR else array.shape[0]
        pointer = address(array)
        self._long(
            lambda cancel: self.handle.call(
                lib.ondes_reader_load_into, format, layout, cancel, pointer, capacity, byref(frames)
            )
        )
        return frames.value

    def _long(self, work: Callable[[c_void_p | None], None]) -> None:
        info = self.info
        # A file object's callbacks run Python code in this thread, and with it signal handlers.
        if info.output_frames * info.output_channels < LONG or self.handle.calls_back:
            work(None)
        else:
            interruptible(work)

    def warnings(self) -> tuple[Warning, ...]:
        message, offset = c_char_p(), c_uint64()
        found = []
        for index in range(self.handle.get(lib.ondes_reader_warning_count)):
            self.handle.call(lib.ondes_reader_warning, index, byref(message), byref(offset))
            where = None if offset.value == UNKNOWN else offset.value
            found.append(Warning((message.value or b"").decode("utf-8", "replace"), where))
        return tuple(found)

    def close(self) -> None:
        self.handle.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Cancel:
    """A token that ends long work early."""

    def __init__(self) -> None:
        self._handle = Handle.make("cancel token", lib.ondes_cancel_free, lib.ondes_cancel_new)
        self.token = c_void_p(self._handle.pointer)

    def set(self) -> None:
        lib.ondes_cancel_set(self.token)


def interruptible(work: Callable[[c_void_p | None], None]) -> None:
    """Runs long work so that Ctrl-C ends it: Python runs signal handlers in the main thread between its own code only.

    So there the work goes to another thread, and this one waits.
    """
    if threading.current_thread() is not threading.main_thread():
        work(None)
        return
    cancel = Cancel()
    failures: list[BaseException] = []
    begun, done = threading.Event(), threading.Event()

    def run() -> None:
        begun.set()
        try:
            work(cancel.token)
        except BaseException as failure:
            failures.append(failure)
        finally:
            done.set()

    try:
        threading.Thread(target=run, name="ondes", daemon=True).start()
        done.wait()
    except BaseException:
        cancel.set()
        _wait(begun, done)
        raise
    if failures:
        try:
            raise failures[0]
        finally:
            failures.clear()  # with their tracebacks, which lead back to here


def _wait(begun: threading.Event, done: threading.Event) -> None:
    """Waits for work that was told to end: it uses memory of the caller, and what is going to be closed."""
    while not done.is_set():
        # Even a second Ctrl-C cannot leave before it has ended.
        with suppress(BaseException):
            if not begun.wait(1.0):
                return  # the signal came before the thread was there
            done.wait()


def empty(info: _abi.Info, format: Sample) -> Array:
    """No frames, of the channels that would have been read."""
    return np.empty((info.output_channels, 0), DTYPES[format])
