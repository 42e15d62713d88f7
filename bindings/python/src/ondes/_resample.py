"""``ondes.resample``: a clip at another rate."""

from __future__ import annotations

from ctypes import byref, c_void_p

import numpy as np

from . import _abi
from ._abi import Layout
from ._handle import Handle, call
from ._library import lib
from ._quality import QualityLike, quality_number
from ._reader import LONG, interruptible
from ._samples import Array, as_array, as_samples, borrow, check_channels


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
    planes = array[np.newaxis] if array.ndim == 1 else array
    check_channels(planes)
    resampled = convert(planes, float(from_rate), float(to_rate), quality_number(quality))
    return resampled if array.ndim == 2 else resampled[0]


def convert(planes: Array, from_rate: float, to_rate: float, quality: int) -> Array:
    """A clip of shape (channels, frames) at another rate, as floats; ``quality`` is the library's number."""
    if not len(planes):
        # No channels, but so many frames: as a silent one becomes.
        return convert(np.zeros((1, planes.shape[1]), planes.dtype), from_rate, to_rate, quality)[:0]
    samples = as_samples(planes)
    audio = Handle("audio", None, lib.ondes_audio_free)

    def work(cancel: c_void_p | None) -> None:
        options = _abi.ResampleOptions(cancel=cancel, quality=quality, threads=_abi.ALL_CORES)
        source = samples.format, samples.layout, samples.pointer, samples.frames, samples.channels
        call(lib.ondes_resample, *source, from_rate, to_rate, byref(options), audio.out)

    if planes.size < LONG:
        work(None)
    else:
        interruptible(work)
    resampled = borrow(audio, audio.pointer)
    return resampled if samples.layout == Layout.PLANAR else resampled.T
