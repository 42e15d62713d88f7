"""Sample formats as NumPy's, and the memory of samples."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple, Union

import numpy as np
import numpy.typing as npt

from ._abi import Layout, Sample
from ._handle import Handle
from ._library import lib

Array = npt.NDArray[Any]
DTypeLike = Union[str, type, "np.dtype[Any]"]

DTYPES: dict[int, np.dtype[Any]] = {
    Sample.U8: np.dtype(np.uint8),
    Sample.I8: np.dtype(np.int8),
    Sample.I16: np.dtype(np.int16),
    Sample.I32: np.dtype(np.int32),
    Sample.I64: np.dtype(np.int64),
    Sample.F32: np.dtype(np.float32),
    Sample.F64: np.dtype(np.float64),
}
"""NumPy's type of a sample format; packed 24-bit samples have none."""

_FORMATS = {dtype: Sample(format) for format, dtype in DTYPES.items()}
_FLOAT32 = DTYPES[Sample.F32]


def sample_format(dtype: DTypeLike) -> Sample:
    """The sample format of a NumPy type, in this machine's byte order."""
    if dtype == "float32":  # the usual one, without the cost of np.dtype
        return Sample.F32
    try:
        if dtype is None:  # to NumPy it is float64, which nobody asked for
            raise TypeError
        return _FORMATS[np.dtype(dtype)]
    except (KeyError, TypeError):
        names = ", ".join(str(known) for known in _FORMATS)
        raise TypeError(f"dtype {dtype!r} is no sample format: use one of {names}") from None


def sample_name(format: int) -> str:
    """The name of a sample format: "int16", "int24", "float32"."""
    name: bytes = lib.ondes_sample_name(format)
    return name.decode()


def as_array(samples: Any) -> Array:
    """What a caller gives as samples; whole numbers only with a type, which tells their full scale."""
    array = np.asarray(samples)
    if array.dtype.kind in "iu" and array.size and not hasattr(samples, "dtype"):
        raise TypeError(
            "whole numbers without a type have no full scale: pass an array, such as np.array(samples, np.int16), "
            "or floats from -1 to 1"
        )
    return array


def check_channels(array: Array) -> None:
    """Refuses frames-first arrays, as far as they can be told from channels-first ones."""
    channels, frames = array.shape
    # More channels than any speaker layout and most recorders have.
    if channels > 128 and channels > frames:
        raise ValueError(
            f"samples of the shape {array.shape} would be {channels} channels of {frames} frames: the shape must be "
            "(channels, frames), so pass samples.T"
        )


def address(array: Array) -> int:
    """Where an array's memory begins; quicker than ``array.ctypes.data`` for one in C order that may be written to."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
    except (TypeError, ValueError, BufferError):
        return int(array.__array_interface__["data"][0])


class Samples(NamedTuple):
    """An array as the library takes it. Keep it while the pointer is used: it owns the memory."""

    array: Array
    pointer: int
    format: Sample
    layout: Layout
    channels: int
    frames: int


def as_samples(array: Array) -> Samples:
    """A (channels, frames) array as memory that the library can read; copied only where it must be.

    Taken as they are: planes one after the other (C order), and the transpose of interleaved frames.
    """
    channels, frames = array.shape
    format = sample_format(array.dtype.newbyteorder("="))
    if not (array.dtype.isnative and array.flags.aligned):
        array = array.astype(DTYPES[format])
    if not array.flags.c_contiguous:
        if array.flags.f_contiguous:
            return Samples(array, address(array.T), format, Layout.INTERLEAVED, channels, frames)
        array = np.ascontiguousarray(array)
    return Samples(array, address(array), format, Layout.PLANAR, channels, frames)


class Memory:
    """Memory of the library as something that NumPy makes an array of, which then keeps its owner alive."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(
        self, owner: object, pointer: int, shape: tuple[int, ...], dtype: np.dtype[Any], *, read_only: bool = False
    ) -> None:
        self.owner = owner
        self.__array_interface__ = {"version": 3, "shape": shape, "typestr": dtype.str, "data": (pointer, read_only)}


def borrow(owner: Handle, audio: int) -> Array:
    """The samples of an ``ondes_audio`` without a copy: (channels, frames) if planar, (frames, channels) otherwise.

    ``owner`` is the handle of the audio or of the object that has it; the array keeps it alive.
    """
    frames, channels = lib.ondes_audio_frames(audio), lib.ondes_audio_channels(audio)
    planar = lib.ondes_audio_layout(audio) == Layout.PLANAR
    shape = (channels, frames) if planar else (frames, channels)
    dtype = DTYPES[lib.ondes_audio_format(audio)]
    if not frames or not channels:
        return np.empty(shape, dtype)
    return np.asarray(Memory(owner, lib.ondes_audio_samples(audio), shape, dtype))
