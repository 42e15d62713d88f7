"""``ondes.save`` and ``ondes.encode``: an array as a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Union

import numpy as np

from . import _abi
from ._abi import Sample
from ._options import whole_rate
from ._samples import Array, as_array, as_samples, check_channels, sample_format, sample_name
from ._tags import Tags, Values
from ._writer import Target, Writer, sample_formats, write_format, write_options

TagsLike = Union[Tags, Mapping[str, Values]]

_STEP = 1 << 16
"""Frames between two looks at what signals did."""
_INTEGERS = [Sample.I8, Sample.I16, Sample.I24, Sample.I32, Sample.I64]
_NUMBERS = {sample_name(number): int(number) for number in _abi.Sample}


def save(
    dst: Target,
    samples: Any,
    sample_rate: float,
    *,
    format: str | None = None,
    quality: str | float | None = None,
    dtype: str | None = None,
    tags: TagsLike | None = None,
    dither: bool = False,
    atomic: bool = True,
    threads: int = 1,
) -> None:
    """Save audio: ``ondes.save("speech.flac", samples, 16000)``.

    Args:
        dst: A path, or a file object opened for writing in binary mode, which is written from where it stands.
        samples: An array or tensor of shape (channels, frames), or (frames,) for one channel. Floats from -1 to 1 are
            full scale, and clipped where the file has integers; integers are full scale of their own type.
        sample_rate: Their rate in whole Hz.
        format: "wav", "flac", "mp3", "ogg" and so on; None takes the extension of the path.
        quality: One of the format's words for it, such as "192 kbps" or 192 for MP3; None is the best.
        dtype: The type of the samples in the file: "int16", "int24", "int32", "float32" and so on, as the format has
            it. None keeps integers as they are, where the format can, and takes the format's usual type for floats
            (16 bits, mostly). Lossy formats ignore it.
        tags: :class:`ondes.Tags`, or a dictionary such as ``{"title": "Aria", "artist": ["Ana", "Ben"]}``.
        dither: Add triangular noise of two steps where samples are rounded to fewer bits.
        atomic: Write beside the path, and put the file in its place when it is whole: whatever happens, there is
            either all of it or what was there before. File objects are written as they are.
        threads: Threads that may encode; 0 is one per core. MP3 files of several threads have other bytes.

    Raises:
        ValueError: The format cannot hold this, or an argument cannot be; ``samples`` are frames first.
        ondes.exceptions.OndesError: The file cannot be made or written. What a file object raises comes through
            unchanged.
    """
    array = as_frames(samples)
    options = write_options(
        rate=whole_rate(sample_rate),
        channels=array.shape[0],
        format=format,
        quality=quality,
        sample_format=sample_number(dtype) or _own(array, format or _extension(dst)),
        threads=threads,
        dither=dither,
        atomic=atomic and not hasattr(dst, "write"),
    )
    with _open(dst, options, tags) as writer:
        _write(writer, array)


def encode(
    samples: Any,
    sample_rate: float,
    format: str,
    *,
    quality: str | float | None = None,
    dtype: str | None = None,
    tags: TagsLike | None = None,
    dither: bool = False,
    threads: int = 1,
) -> bytes:
    """Make a file in memory: ``ondes.encode(samples, 44100, "mp3", quality=192)``. The arguments are :func:`save`'s."""
    array = as_frames(samples)
    options = write_options(
        rate=whole_rate(sample_rate),
        channels=array.shape[0],
        format=format,
        quality=quality,
        sample_format=sample_number(dtype) or _own(array, format),
        threads=threads,
        dither=dither,
    )
    with _open(None, options, tags) as writer:
        _write(writer, array)
        return writer.take_bytes()


def as_frames(samples: Any) -> Array:
    """Samples as a (channels, frames) array."""
    array = as_array(samples)
    if array.ndim == 1:
        array = array[np.newaxis]
    if array.ndim != 2:
        raise ValueError(f"samples must have the shape (channels, frames) or (frames,), not {array.shape}")
    check_channels(array)
    if not array.shape[0]:
        raise ValueError(f"samples of the shape {array.shape} have no channels")
    sample_format(array.dtype.newbyteorder("="))  # an error if it is none
    return array


def tags_of(tags: TagsLike | None) -> Tags | None:
    """Tags as the library takes them."""
    return tags if tags is None or isinstance(tags, Tags) else Tags(tags)


def sample_number(dtype: str | None) -> int:
    """The number of a sample format by its name, "int24" among them; 0 for None."""
    if dtype is None:
        return 0
    name = dtype if isinstance(dtype, str) else np.dtype(dtype).name
    try:
        return _NUMBERS[name]
    except KeyError:
        raise ValueError(f"dtype {dtype!r} is none of {', '.join(_NUMBERS)}") from None


def _own(array: Array, format: str | None) -> int:
    """The number of the array's own type if it is one of integers that the format can hold, else of the deepest that
    the format has below it; 0 for floats, and for formats without types."""
    index = None if format is None else write_format(format)
    if index is None or array.dtype.kind not in "iu":
        return 0
    own = sample_format(array.dtype.newbyteorder("="))
    held = sample_formats(index)
    if own in held:
        return own
    shallower = [number for number in _INTEGERS if number in held and number < own]
    return shallower[-1] if shallower else 0


def _extension(dst: object) -> str | None:
    name = dst if isinstance(dst, (str, os.PathLike)) else getattr(dst, "name", None)
    if not isinstance(name, (str, os.PathLike)):
        return None
    return os.path.splitext(os.fsdecode(name))[1] or None


def _open(dst: Target | None, options: _abi.WriteOptions, tags: TagsLike | None) -> Writer:
    given = tags_of(tags)
    return Writer(dst, options, tags=None if given is None else given._handle)


def _write(writer: Writer, array: Array) -> None:
    for begin in range(0, array.shape[1], _STEP):
        writer.write(as_samples(array[:, begin : begin + _STEP]))
    writer.finish()
