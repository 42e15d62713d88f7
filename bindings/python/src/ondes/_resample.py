"""``ondes.resample``: a clip at another rate."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_uint64

import numpy as np

from ._abi import Layout, LengthRule
from ._handle import Handle
from ._library import lib
from ._quality import QualityLike, quality_number
from ._samples import Array, address, as_array, check_channels, sample_format

_STEP = 1 << 18
"""Frames between two looks at what signals did."""


def resample(samples: Array, from_rate: float, to_rate: float, quality: QualityLike = "balanced") -> Array:
    """Convert a clip from one sample rate to another: ``ondes.resample(samples, 44100, 16000)``.

    Frame k of the result is the clip at the time k / ``to_rate``: there is no delay, and no moment is lost at the end.

    Args:
        samples: An array of shape (channels, frames), or (frames,) for one channel. float32 and float64 are computed
            as they are; integers become float32 from -1 to 1.
        from_rate: The rate of ``samples`` in Hz; it may have a fraction.
        to_rate: The rate wanted, at most 256 times higher or lower.
        quality: "balanced", "fast" or "best", or one of pedalboard's, from "zero_order_hold" and "linear" to
            "windowed_sinc256"; ``ondes.io.Quality`` members are taken as well. docs/RESAMPLING.md has the measurements.

    Returns:
        An array of its own, with as many dimensions as ``samples`` and ceil(frames * to_rate / from_rate) frames.

    Raises:
        ValueError: A rate, the quality or the shape cannot be.
        TypeError: The samples are of no type that audio has.
    """
    array = as_array(samples)
    if array.ndim not in (1, 2):
        raise ValueError(f"samples must have the shape (channels, frames) or (frames,), not {array.shape}")
    planes = _as_floats(array[np.newaxis] if array.ndim == 1 else array)
    check_channels(planes)
    resampled = convert(planes, float(from_rate), float(to_rate), quality_number(quality))
    return resampled if array.ndim == 2 else resampled[0]


def convert(planes: Array, from_rate: float, to_rate: float, quality: int) -> Array:
    """A clip of floats of shape (channels, frames) at another rate; ``quality`` is the library's number."""
    channels, frames = planes.shape
    form = from_rate, to_rate, 1, sample_format(planes.dtype), quality, LengthRule.EXACT
    resampler = Handle.make("resampler", lib.ondes_resampler_free, lib.ondes_resampler_new, *form)
    try:
        ready = resampler.get(lib.ondes_resampler_output_frames, frames)
        # What comes out behind the last frame is known when that was fed: the first channel tells it for all.
        first = np.empty(ready, planes.dtype)
        if channels:
            _feed(resampler, planes[0], first)
        resampled = np.empty((channels, ready + resampler.get(lib.ondes_resampler_flush_frames)), planes.dtype)
        for channel, row in enumerate(resampled):
            if channel == 0:
                row[:ready] = first
            else:
                _feed(resampler, planes[channel], row)
            rest = row[ready:]
            _step(resampler, lib.ondes_resampler_flush, rest)
    finally:
        resampler.close()
    return resampled


def _feed(resampler: Handle, plane: Array, row: Array) -> None:
    """Feeds all of a plane; what comes out goes to the front of a row."""
    done = 0
    # In steps, so that Ctrl-C finds Python between them.
    for begin in range(0, len(plane), _STEP):
        piece = np.ascontiguousarray(plane[begin : begin + _STEP])
        done += _step(resampler, lib.ondes_resampler_process, row[done:], address(piece), len(piece))


def _step(resampler: Handle, function: Callable[..., int], row: Array, *source: int) -> int:
    frames = c_uint64()
    resampler.call(function, Layout.PLANAR, *source, address(row), len(row), byref(frames))
    return frames.value


def _as_floats(array: Array) -> Array:
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind == "f" and size in (4, 8):
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    if kind == "i":
        # Full scale is 2^(bits - 1), as when the library converts samples.
        return np.multiply(array, 2.0 ** (1 - 8 * size), dtype=np.float64 if size > 2 else np.float32).astype(
            np.float32
        )
    if array.dtype == np.uint8:
        return (array.astype(np.float32) - 128) / 128
    raise TypeError(f"samples are of {array.dtype}, which is no type of audio samples")
