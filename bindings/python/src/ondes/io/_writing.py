"""Arrays to be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ondes._samples import Array, Samples, as_samples

from ._arguments import incompatible

_WRITTEN = {np.dtype(order + name) for name in ("i1", "i2", "i4", "f4", "f8") for order in "<>"}
# Samples that are encoded between two looks for Ctrl-C: some tenths of a second for the slowest codec.
_PIECE = 1 << 20


def to_write(call: str, samples: Any) -> Array:
    """Refuses what is no array of samples."""
    if not isinstance(samples, np.ndarray):
        raise incompatible(call, f"samples must be a NumPy array, not {type(samples).__name__}")
    if samples.dtype not in _WRITTEN:
        raise TypeError(
            "Writing audio requires an array with a datatype of int8, int16, int32, float32, or float64. "
            f"(Got: {samples.dtype.name})"
        )
    return samples


def is_long(planes: Array) -> bool:
    """Whether so many samples take long enough for somebody to press Ctrl-C."""
    return planes.size > 2 * _PIECE


def pieces(planes: Array) -> Iterator[Samples]:
    """A (channels, frames) array, cut where it is long."""
    if not is_long(planes):
        yield as_samples(planes)
        return
    channels, frames = planes.shape
    step = max(_PIECE // channels, 1)
    for start in range(0, frames, step):
        yield as_samples(planes[:, start : start + step])
