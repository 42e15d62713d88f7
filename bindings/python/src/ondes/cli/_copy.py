"""Copying a reader to a writer, watched."""

from __future__ import annotations

import threading
from collections.abc import Callable
from ctypes import byref, c_uint64, c_void_p
from typing import Any

from ondes import _abi
from ondes._library import lib
from ondes._reader import Cancel, Reader, interruptible
from ondes._writer import Writer


def copy(reader: Reader, writer: Writer, on_progress: Callable[[float], None], cancel: Cancel) -> None:
    """Writes all that is left of a reader and finishes the file; tells the part that is done, from 0 to 1."""

    def report(_: object, progress: Any) -> int:
        done = progress.contents
        on_progress(min(done.frames / done.frames_total, 1.0) if done.frames_total else 0.0)
        return _abi.CONTINUE

    callback = _abi.ProgressFn(report)

    def work(token: c_void_p | None) -> None:
        options = _abi.TranscodeOptions(cancel=token, progress=callback)
        with writer.handle as target:
            reader.handle.call(lib.ondes_transcode, target, byref(options), byref(c_uint64()))

    # Where Python's functions are called in the main thread, Ctrl-C finds its way through them.
    calls_back = reader.handle.calls_back or writer.handle.calls_back
    if calls_back or threading.current_thread() is not threading.main_thread():
        work(cancel.token)
    else:
        interruptible(work)
