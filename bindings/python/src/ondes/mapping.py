"""Files as arrays: samples mapped from the disk instead of loaded.

``ondes.wavemap("take.wav", "r+")`` is an array whose samples are those of the
file: files of any size open at once, only what is looked at is read, and what
is assigned is in the file. This module takes the place of the package wavemap:
``import ondes.mapping as wavemap``; it can be called as that one can.

WAV, RF64, BW64, W64, AIFF, AIFC, CAF and AU files are mapped as they are,
big-endian ones too. NumPy has no 24-bit numbers: such files become a
:class:`ConvertedMap`, which converts what is read and assigned, and which shows
files of any format as floats if that is asked for.

**If another program cuts a mapped file short, touching the samples behind its
new end ends this program (SIGBUS)**; so does assigning to a new file when the
disk is full. ``buffered=True`` reads the samples into memory instead, and a
:class:`ConvertedMap` raises :class:`OSError`.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np

from ._map import INT24, FileName, Warn, is_int24, print_warning
from ._map_arrays import (
    RawMap,
    ReadMap,
    SampleArray,
    Shape,
    WriteMap,
    check_target,
    open_audio,
    rate_of,
    with_rate,
)
from ._map_converted import ConvertedMap
from ._map_numbers import convert_array, convert_map
from ._samples import Array, DTypeLike

__all__ = [
    "ConvertedMap",
    "RawMap",
    "ReadMap",
    "SampleArray",
    "WriteMap",
    "convert",
    "copy_to",
    "new_like",
    "wavemap",
]


def wavemap(
    filename: FileName,
    mode: str = "r",
    order: str | None = None,
    always_2d: bool = False,
    dtype: DTypeLike | None = None,
    shape: Shape | None = None,
    sample_rate: float = 0,
    roffset: int = 0,
    warn: Warn = print_warning,
    *,
    buffered: bool = False,
) -> Any:
    """Map an audio file: its samples as an array that is not in memory but in the file.

    Args:
        filename: A WAV, RF64, BW64, W64, AIFF, AIFC, CAF or AU file.
        mode: "r" to read, "r+" to change the file, "c" to change only what
            this program sees, "w" or "w+" to make a new WAV file.
        order: "C" (or None) for the shape (frames, channels), "F" for
            (channels, frames). Not with "w".
        always_2d: Whether mono has the shape (frames, 1) instead of (frames,). Not with "w".
        dtype: With "w" the type of the samples, also "int24". Otherwise what to
            :func:`convert` them to, into memory.
        shape: Frames, (frames, channels) or (channels, frames). Only with "w".
        sample_rate: Frames per second in Hz. Only with "w".
        roffset: Bytes of zero after the samples. Ignored but with "w".
        warn: Called with a sentence for everything odd about the file; prints
            it to stderr if not given. None: not called.
        buffered: Read the samples into memory instead of mapping them. Not with "w".

    Returns:
        A :class:`ReadMap` or :class:`WriteMap`, both arrays; for 24-bit samples
        a :class:`ConvertedMap`, which shows them as int32.

    Raises:
        ValueError: An argument cannot be, or the file is damaged or compressed.
        TypeError: ``dtype`` is no type of samples.
        OSError: The file cannot be opened; FileNotFoundError if there is none.
    """
    if mode.startswith("w"):
        if dtype is None:
            raise ValueError("dtype must be set for write")
        if not shape:
            raise ValueError("shape must be set for write")
        if not sample_rate:
            raise ValueError("sample_rate must be set for write")
        _refuse("write", order=order, always_2d=always_2d, buffered=buffered)
        if is_int24(dtype):
            return ConvertedMap.create(filename, dtype, shape, sample_rate, roffset)
        return WriteMap(filename, dtype, shape, sample_rate, roffset, warn)
    _refuse("read, only for write", shape=shape, sample_rate=sample_rate)
    map = open_audio(filename, mode, order, always_2d, warn, buffered)
    result = ReadMap._on(map) if map.dtype is not None else ConvertedMap._of(map)
    return result if dtype is None else convert(result, dtype)


def _refuse(use: str, **arguments: object) -> None:
    for name, value in arguments.items():
        if value:
            raise ValueError(f"{name} cannot be set for {use}")


def new_like(
    arr: Array | ConvertedMap,
    filename: FileName,
    sample_rate: float | None = None,
    roffset: int | None = None,
    warn: Warn = print_warning,
) -> Any:
    """Make a WAV file of zeros for samples of the type and shape of ``arr``.

    Args:
        arr: An array or a map, of 24 bits too.
        filename: The file, which is made anew.
        sample_rate: Frames per second; None: that of ``arr``, or 44100.
        roffset: Bytes of zero after the samples; None: as many as ``arr`` was
            mapped with as a whole.
        warn: Not called; for symmetry.

    Returns:
        A :class:`WriteMap`; for a view of 24-bit samples a :class:`ConvertedMap`.

    Raises:
        ValueError: ``arr`` has more than two axes, or its samples are in this very file.
        TypeError: WAV has no samples of this type.
        OSError: The file cannot be made.
    """
    if not isinstance(arr, ConvertedMap):
        return WriteMap.new_like(arr, filename, sample_rate, roffset, warn)
    check_target(arr._map, filename)
    rate, spare = rate_of(arr, sample_rate), arr._map.spare if roffset is None else roffset
    if is_int24(arr.file_dtype.lstrip("<>")) and arr.dtype == np.int32:
        return ConvertedMap.create(filename, INT24, arr.shape, rate, spare)
    return WriteMap(filename, arr.dtype, arr.shape, rate, spare, warn)


def copy_to(
    arr: Array | ConvertedMap,
    filename: FileName,
    sample_rate: float | None = None,
    roffset: int | None = None,
    warn: Warn = print_warning,
) -> Any:
    """Write samples to a new WAV file, and map it.

    Args, returns and raises as :func:`new_like`.
    """
    if not isinstance(arr, ConvertedMap):
        return WriteMap.copy_to(arr, filename, sample_rate, roffset, warn)
    map = new_like(arr, filename, sample_rate, roffset, warn)
    if isinstance(map, ConvertedMap):
        map[...] = arr
    else:
        for window in arr._windows():
            map[window] = arr[window]
    return map


def convert(arr: Array | ConvertedMap, dtype: DTypeLike | None, must_copy: bool = False) -> Any:
    """Convert samples to another type, by wavemap's rules.

    These are not those of the rest of ondes: here the full range of an integer
    is -1.0 to +1.0 inclusive, so that silence lies between two integers;
    integers become wider with half a step added, and narrower by dropping bits.
    Floats are rounded to nearest even, clipped, and NaN is silence.

    Args:
        arr: Samples of uint8 … uint64, int8 … int64, float16, float32 or
            float64; it is not changed. Of a :class:`ConvertedMap` those in the file.
        dtype: The type to convert to. None: that of ``arr``.
        must_copy: Whether to copy what has this type already.

    Returns:
        A new array, which knows the sample rate if ``arr`` does; ``arr`` itself
        if it has the type.

    Raises:
        TypeError: No type of samples.
    """
    wanted = arr.dtype if dtype is None else np.dtype(dtype)
    if wanted == arr.dtype:
        return arr if not must_copy else arr[...] if isinstance(arr, ConvertedMap) else np.array(arr, subok=True)
    if isinstance(arr, ConvertedMap):
        return with_rate(convert_map(arr._map, wanted), arr.sample_rate)
    result = convert_array(arr, wanted)
    if not isinstance(arr, SampleArray):
        return result
    converted = result.view(type(arr))
    converted.sample_rate = arr.sample_rate
    return converted


for _public in ConvertedMap, RawMap, ReadMap, SampleArray, WriteMap:
    _public.__module__ = __name__  # where they are found, by whoever reads a pickle of one as well


class _Module(types.ModuleType):
    """The module as a function: users of wavemap call the module itself."""

    __call__ = staticmethod(wavemap)


sys.modules[__name__].__class__ = _Module
