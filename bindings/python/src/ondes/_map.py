"""A map of the library: the samples of a file as memory, for the arrays and views of :mod:`ondes.mapping`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from ctypes import byref, c_char_p, c_uint64, c_void_p
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

import numpy as np

from . import _abi, exceptions
from ._abi import Layout, MapMode, Sample, Status
from ._handle import call
from ._library import lib
from ._samples import DTYPES, Array, DTypeLike, Memory, address, sample_format, sample_name
from ._sources import path_bytes

if TYPE_CHECKING:
    from typing_extensions import Literal

    Order = Literal["C", "F"]

FileName = Union[str, "os.PathLike[str]"]
Warn = Optional[Callable[[str], object]]

MODES = {"r": MapMode.READ, "r+": MapMode.READ_WRITE, "c": MapMode.COPY_ON_WRITE}
INT24 = "int24"

# What is wrong with the bytes or the call: the message is told as it is, without the path that `error.path` has.
_BARE = {Status.INVALID_ARGUMENT, Status.UNRECOGNIZED, Status.UNSUPPORTED, Status.MALFORMED, Status.LIMIT}


def print_warning(message: str) -> None:
    """What ``warn`` is if nothing else is given: prints the message to stderr."""
    print(message, file=sys.stderr)


def coding(dtype: DTypeLike) -> tuple[Sample, int]:
    """The sample format and byte order of samples in a file: of a NumPy type, or of "int24", "<int24", ">int24"."""
    if isinstance(dtype, str) and dtype.lstrip("<>=") == INT24:
        native = ">" if sys.byteorder == "big" else "<"
        order = dtype[0] if dtype[0] in "<>" else native
        return Sample.I24, int(order == ">")
    known = np.dtype(dtype)
    return sample_format(known.newbyteorder("=")), int(known.str[0] == ">")


def is_int24(dtype: object) -> bool:
    return isinstance(dtype, str) and dtype.lstrip("<>=") == INT24


class View(NamedTuple):
    """The shape that an array gives the samples."""

    order: Order = "C"
    """"C" for (frames, channels), "F" for (channels, frames): the memory is the same."""
    always_2d: bool = False
    """Whether mono has two axes too."""
    dtype: np.dtype[Any] | None = None
    """The array's type, if not that of the file."""


class Map:
    """Owns one map of the library, which any thread may use; freed when nothing refers to it any more.

    Arrays on its memory refer to it through their base, so that their
    memory cannot go away under them.
    """

    __slots__ = (
        "__weakref__",
        "_base",
        "_filename",
        "_free",
        "dtype",
        "info",
        "mode",
        "path",
        "pointer",
        "spare",
        "view",
    )

    def __init__(self, filename: FileName, mode: str, open: Callable[..., int], *arguments: object) -> None:
        self._free = lib.ondes_map_free
        self.pointer: int | None = None
        self.mode = mode
        self.path = os.fsdecode(filename)
        self.spare = 0
        """Bytes after the samples that the caller asked for."""
        self.view = View()
        """How the array on it is shaped, which the array on a longer map takes over."""
        out = c_void_p()
        try:
            call(open, path_bytes(filename), *arguments, byref(out), path=self.path)
        except exceptions.OndesError as error:
            if error.status in _BARE:
                message = str(error)
                for prefix in (f"{open.__name__}: ", f"{self.path}: "):
                    message = message.removeprefix(prefix)
                error.args = (message,)
            raise
        self.pointer = out.value
        self._filename = filename
        self._base = "" if os.path.isabs(self.path) else os.getcwd()
        self.info = self._describe()
        self.dtype = self._file_dtype()

    @classmethod
    def open(cls, filename: FileName, mode: str, buffered: bool) -> Map:
        """Maps a file with a header."""
        return cls(filename, mode, lib.ondes_map_open, MODES[mode], _abi.MAP_BUFFERED if buffered else 0)

    @classmethod
    def raw(cls, filename: FileName, mode: str, buffered: bool, form: _abi.MapForm) -> Map:
        """Maps samples without a header."""
        flags = _abi.MAP_BUFFERED if buffered else 0
        map = cls(filename, mode, lib.ondes_map_open_raw, MODES[mode], flags, byref(form))
        map.spare = form.tail
        return map

    @classmethod
    def create(cls, filename: FileName, flags: int, form: _abi.MapForm) -> Map:
        """Makes a file of silence."""
        map = cls(filename, "w+", lib.ondes_map_create, flags, byref(form))
        map.spare = form.tail
        return map

    def __del__(self) -> None:
        if self.pointer is not None:
            self._free(self.pointer)

    def _describe(self) -> _abi.MapInfo:
        info = _abi.MapInfo()
        call(lib.ondes_map_describe, self.pointer, byref(info), path=self.path)
        return info

    def _file_dtype(self) -> np.dtype[Any] | None:
        """NumPy's type of the samples as they lie in the file; packed 24-bit ones have none."""
        dtype = DTYPES.get(self.info.sample_format)
        return dtype if dtype is None or self.info.is_native else dtype.newbyteorder("S")

    @property
    def filename(self) -> FileName:
        """The absolute path: a str for a str, a Path for a Path."""
        absolute = os.path.abspath(os.path.join(self._base, self.path))
        return absolute if isinstance(self._filename, str) else Path(absolute).resolve()

    @property
    def writeable(self) -> bool:
        return self.mode != "r"

    @property
    def coding_name(self) -> str:
        """The type of the samples in the file: "int24", "float32"; ">int16" where bytes are in the other order."""
        name = sample_name(self.info.sample_format)
        return name if self.info.is_native else f"{'>' if self.info.byte_order else '<'}{name}"

    def array(self) -> Array:
        """The samples as an array that keeps this map alive."""
        dtype = self.dtype if self.view.dtype is None else self.view.dtype
        if dtype is None:
            raise exceptions._new(
                Status.UNSUPPORTED,
                "Reading 24-bit WAVEs is not quite supported as an array, as NumPy has no 24-bit numbers: "
                "ondes.wavemap() and ondes.mapping.ConvertedMap show them as int32 or floats",
                self.path,
            )
        pointer = lib.ondes_map_samples(self.pointer)
        if not pointer:
            raise exceptions._new(Status.BUSY, "another thread is just growing this map", self.path)
        shape = (self.info.frames, self.info.channels)
        return self.turned(np.asarray(Memory(self, pointer, shape, dtype, read_only=not self.writeable)))

    @property
    def is_flat(self) -> bool:
        """Whether arrays have one axis only."""
        return self.info.channels == 1 and not self.view.always_2d

    def turned(self, block: Array) -> Array:
        """A (frames, channels) array with the axes of the view, on the same memory."""
        if self.is_flat:
            return block[:, 0]
        return block.T if self.view.order == "F" else block

    def warn(self, warn: Warn) -> None:
        """Hands the warnings about the file over."""
        count = lib.ondes_map_warning_count(self.pointer)
        if warn is None or not count:
            return
        message, offset = c_char_p(), c_uint64()
        for index in range(count):
            call(lib.ondes_map_warning, self.pointer, index, byref(message), byref(offset))
            warn((message.value or b"").decode("utf-8", "replace"))

    def read_into(self, array: Array, start: int, format: Sample) -> None:
        """Fills a contiguous (frames, channels) array with what follows frame ``start``, converted."""
        frames = c_uint64()
        call(
            lib.ondes_map_read,
            self.pointer, start, format, Layout.INTERLEAVED, address(array), len(array), byref(frames),
            path=self.path,
        )  # fmt: skip

    def write_from(self, array: Array, start: int, format: Sample) -> None:
        """Writes a contiguous (frames, channels) array to the frames from ``start`` on, converted."""
        call(
            lib.ondes_map_write,
            self.pointer, start, format, Layout.INTERLEAVED, address(array), len(array),
            path=self.path,
        )  # fmt: skip

    def flush(self) -> None:
        call(lib.ondes_map_flush, self.pointer, path=self.path)

    def grow(self, frames: int) -> None:
        """Adds frames of zero bytes; memory given before stays good for the frames that there were."""
        call(lib.ondes_map_append, self.pointer, frames, path=self.path)
        self.info = self._describe()


def map_of(array: object) -> Map | None:
    """The map that an array's memory belongs to, also through views of any class; None for memory of its own."""
    while isinstance(array, np.ndarray):
        array = array.base
    owner = array.owner if isinstance(array, Memory) else None
    return owner if isinstance(owner, Map) else None
