"""``ondes.load``: a file as an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import exceptions
from ._abi import Layout, Sample, Status
from ._display import Audio
from ._options import read_options
from ._quality import QualityLike
from ._reader import Reader, empty
from ._samples import DTYPES, Array, DTypeLike, sample_format
from ._sources import Source


def load(
    src: Source,
    *,
    sample_rate: float | None = None,
    mono: bool = False,
    channels: int | None = None,
    start: int | None = None,
    stop: int | None = None,
    offset: float | None = None,
    duration: float | None = None,
    dtype: DTypeLike = "float32",
    quality: QualityLike = "balanced",
    threads: int = 0,
    out: Any = None,
) -> Audio:
    """Load audio: ``samples, rate = ondes.load("speech.m4a", sample_rate=16000, mono=True)``.

    Args:
        src: A path, a file's bytes (any buffer), or a file object opened in binary mode, read from where it stands.
        sample_rate: Convert to this rate in Hz; None keeps the file's.
        mono: The mean of all channels instead of each.
        channels: Only the first so many channels.
        start: The first frame to load, counted at the file's rate.
        stop: The frame to end before; what lies beyond the end of the file is not there, and no error.
        offset: Where to begin in seconds, instead of ``start``.
        duration: How much to load in seconds, instead of ``stop``.
        dtype: uint8, int8, int16, int32, int64, float32 or float64. Floats go from -1 to 1, and beyond where a lossy
            codec does; integers are full scale. NumPy has no 24-bit type: load such files, without loss, as float32,
            or as int32 with the samples in the upper three bytes.
        quality: How well the rate is converted: as for :func:`ondes.resample`.
        threads: Threads that may decode one long file; 0 is one per core. The samples are the same.
        out: An array or tensor of shape (channels, frames) and of type ``dtype`` to load into, such as a
            :class:`numpy.ndarray` or a ``torch.Tensor`` in the memory of the CPU. It must have room for everything
            that is asked for: a part would look like the whole. Where the audio is shorter, the part of ``out`` that
            holds it is returned, and the rest left as it was. Nothing is copied if ``out`` is contiguous, or the
            transpose of a contiguous (frames, channels) array.

    Returns:
        The samples, an array of shape (channels, frames) (or ``out``, or a view of it), and their rate in Hz: an
        :class:`ondes.Audio`, which notebooks show. An empty window gives no frames, of as many channels.

    Raises:
        ondes.exceptions.OndesError: The file cannot be found, read, recognised or decoded; the subclasses are also
            FileNotFoundError, PermissionError, OSError or ValueError. Damage that leaves the rest readable is no
            error: :func:`ondes.info` tells its ``warnings``.
        ondes.exceptions.OutOfRangeError: The audio is longer than ``out``.
        ValueError, TypeError: An argument cannot be. What a file object raises comes through unchanged.
    """
    format = sample_format(dtype)
    options = read_options(
        sample_rate=sample_rate,
        mono=mono,
        channels=channels,
        start=start,
        stop=stop,
        offset=offset,
        duration=duration,
        threads=threads,
        quality=quality,
    )
    is_empty = options is None
    if options is None:
        options = read_options(sample_rate=sample_rate, mono=mono, channels=channels, quality=quality)
    if out is None:
        with Reader(src, options) as reader:
            samples = empty(reader.info, format) if is_empty else reader.load(format)
            return Audio(samples, reader.info.output_rate)
    target = as_target(out, format)
    with Reader(src, options) as reader:
        frames = 0 if is_empty else _fill(target, reader, format)
        if frames < target.shape[1]:
            out = (out if _is_tensor(out) else target)[:, :frames]
        return Audio(out, reader.info.output_rate)


def as_target(out: Any, format: Sample) -> Array:
    """The caller's array or tensor as a NumPy array of the same memory."""
    array = _shared(out)
    name = type(out).__name__
    if array.ndim != 2:
        raise ValueError(f"out must have the shape (channels, frames), but this {name} has {array.shape}")
    if array.dtype != DTYPES[format]:
        raise TypeError(f"out is of {array.dtype}, but dtype is {DTYPES[format]}: they must be the same")
    if not array.flags.writeable:
        raise ValueError(f"out must be writeable, but this {name} is read-only")
    return array


def _shared(out: Any) -> Array:
    if isinstance(out, np.ndarray):
        return out
    if _is_tensor(out):
        tensor: Array = out.numpy()  # torch: shares the memory, or says why it cannot
        return tensor
    if hasattr(out, "__array_interface__"):
        return np.asarray(out)
    try:
        return np.asarray(memoryview(out))
    except TypeError:
        pass
    if hasattr(out, "__dlpack__") and hasattr(np, "from_dlpack"):  # NumPy 1.23
        return np.from_dlpack(out)
    raise TypeError(f"out must be an array or a tensor that shares its memory, not {type(out).__name__}")


def _is_tensor(out: Any) -> bool:
    return hasattr(out, "data_ptr") and hasattr(out, "numpy")


def _fill(target: Array, reader: Reader, format: Sample) -> int:
    """Loads everything into an array; returns the frames."""
    info = reader.info
    channels, capacity = target.shape
    if channels != info.output_channels:
        room = f"{channels} channel{'s' * (channels != 1)}"
        raise ValueError(f"out has room for {room}, but {_name(reader)} gives {info.output_channels}")
    if info.is_exact and info.output_frames > capacity:
        raise exceptions._new(
            Status.OUT_OF_RANGE,
            f"out has room for {capacity} frames, but {_name(reader)} gives {info.output_frames}: make it larger, or "
            "say what to load with stop or duration",
            reader.handle.path,
        )
    if target.flags.aligned:
        if target.flags.c_contiguous:
            return reader.load_into(target, format)
        if target.flags.f_contiguous:
            return reader.load_into(target.T, format, Layout.INTERLEAVED)
    # Neither frame after frame nor plane after plane, or between the places of its type: by way of memory that is.
    samples = reader.load(format)
    frames: int = samples.shape[1]
    target[:, :frames] = samples
    return frames


def _name(reader: Reader) -> str:
    return reader.handle.path or "the audio"
