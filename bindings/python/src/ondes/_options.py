"""The keyword arguments that say what to read of a file, as the library's options."""

from __future__ import annotations

import math
import operator
import os
from numbers import Real
from typing import SupportsIndex, cast

from . import _abi
from ._quality import QualityLike, quality_number

_MAX = 2**32 - 1


def whole_number(value: SupportsIndex, name: str, low: int = 0, high: int = 2**64 - 2) -> int:
    """A whole number within limits."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {value!r}") from None
    if number < low and high >= _MAX - 1:  # a limit that nobody means to reach
        raise ValueError(f"{name} must be {low} or more, not {number}")
    if not low <= number <= high:
        raise ValueError(f"{name} must be from {low} to {high}, not {number}")
    return number


def whole_rate(value: float, name: str = "sample_rate") -> int:
    """A sample rate in whole Hz."""
    if isinstance(value, Real) and not hasattr(value, "__index__"):  # a float, NumPy's among them
        if not float(value).is_integer():
            raise ValueError(f"{name} must be a whole number of Hz, not {value!r}")
        return whole_number(int(value), name, 1, _MAX)
    return whole_number(cast(SupportsIndex, value), name, 1, _MAX)


def thread_count(value: int, name: str = "threads") -> int:
    """A number of threads as this package counts them, where 0 is all cores."""
    return whole_number(value, name, 0, _MAX - 1) or _abi.ALL_CORES


def _nanoseconds(seconds: float, name: str) -> int:
    if not (math.isfinite(seconds) and 0 <= seconds < 2**33):
        raise ValueError(f"{name} must be seconds from 0 on, not {seconds!r}")
    return round(seconds * 1e9)


def read_options(
    *,
    sample_rate: float | None = None,
    mono: bool = False,
    channels: int | None = None,
    start: int | None = None,
    stop: int | None = None,
    offset: float | None = None,
    duration: float | None = None,
    threads: int = 0,
    quality: QualityLike = "balanced",
) -> _abi.ReadOptions | None:
    """The options for a window of a file; None if it is empty.

    ``start`` and ``stop`` count frames of the file, ``offset`` and
    ``duration`` seconds.
    """
    flags = 0
    if offset is not None or duration is not None:
        if start is not None or stop is not None:
            raise ValueError("give the window in frames (start, stop) or in seconds (offset, duration), not in both")
        flags = _abi.READ_NANOSECONDS
        start = _nanoseconds(offset or 0.0, "offset")
        stop = None if duration is None else start + _nanoseconds(duration, "duration")
    else:
        start = 0 if start is None else whole_number(start, "start")
        stop = None if stop is None else whole_number(stop, "stop")
        if stop is not None and stop < start:
            raise ValueError(f"stop ({stop}) is before start ({start})")
    if stop == start:
        return None
    return _abi.ReadOptions(
        flags=flags,
        start=start,
        end=0 if stop is None else stop,
        channels=0 if channels is None else whole_number(channels, "channels", 1, _MAX),
        mono=bool(mono),
        rate=0 if sample_rate is None else whole_rate(sample_rate),
        threads=thread_count(threads),
        quality=quality_number(quality),
    )


def cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
