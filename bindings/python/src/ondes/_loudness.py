"""``ondes.loudness``: how loud a file is."""

from __future__ import annotations

import threading
from ctypes import byref, c_void_p
from typing import NamedTuple

from . import _abi
from ._library import lib
from ._options import read_options
from ._reader import Cancel, Reader, interruptible
from ._sources import Source


class Loudness(NamedTuple):
    """Loudness by EBU R 128, and peaks.

    A loudness is NaN where the audio is shorter than the window that defines it, and minus infinity where it is silent.
    """

    integrated: float
    """The gated loudness of all of it in LUFS."""
    range: float
    """The loudness range in LU."""
    max_momentary: float
    """The loudest 400 ms in LUFS."""
    max_short_term: float
    """The loudest 3 s in LUFS."""
    sample_peak: float
    """The largest sample of any channel; 1 is full scale."""
    true_peak: float
    """The same with what lies between the samples."""
    frames: int
    """Frames that were measured."""


def loudness(src: Source) -> Loudness:
    """Measure loudness and peaks of a file of any length: ``ondes.loudness("speech.wav").integrated``.

    Args:
        src: A path, a file's bytes, or a file object opened in binary mode, as for :func:`ondes.load`.

    Raises:
        ondes.exceptions.OndesError: The file cannot be read, or has more than 64 channels, or a rate below 4000 Hz.
    """
    with Reader(src, read_options()) as reader:
        return measure(reader)


def measure(reader: Reader, cancel: Cancel | None = None) -> Loudness:
    """The loudness of everything from the position of a reader on."""
    result = _abi.Loudness()

    def work(token: c_void_p | None) -> None:
        options = _abi.LoudnessOptions(cancel=token)
        reader.handle.call(lib.ondes_reader_loudness, byref(options), byref(result))

    if reader.handle.calls_back or threading.current_thread() is not threading.main_thread():
        work(cancel.token if cancel else None)
    else:
        interruptible(work)
    return Loudness(
        result.integrated,
        result.range,
        result.max_momentary,
        result.max_short_term,
        result.sample_peak,
        result.true_peak,
        result.frames,
    )
