"""Arrays of samples: on the memory of a map, or with a sample rate only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _abi
from ._abi import Sample
from ._map import FileName, Map, View, Warn, coding, is_int24, map_of, print_warning
from ._options import whole_number, whole_rate
from ._samples import Array, DTypeLike

if TYPE_CHECKING:
    from typing_extensions import Literal, Self

    from ._map import Order

    _Base = np.ndarray[Any, np.dtype[Any]]
else:
    _Base = np.ndarray

Shape = Union[int, "tuple[int, ...]"]
Header = Union["Literal['wavemap', 'aligned']", None]

DEFAULT_SAMPLE_RATE = 44100
READ_MODES = ("r", "r+", "c")
_ALIASES = {"readonly": "r", "copyonwrite": "c", "readwrite": "r+", "write": "w+", "w": "w+"}
_BY_SIZE = {1: Sample.U8, 2: Sample.I16, 4: Sample.I32, 8: Sample.I64}
# wavemap's header counts bytes in 32 bits, those of the header included.
_WAVEMAP_MOST = 2**32 - 64


class SampleArray(_Base):
    """An array that knows its sample rate: slices, views, copies and results of arithmetic keep it, and so does pickle."""

    sample_rate: int | None
    """Frames per second in Hz; None if nobody told."""

    def __array_finalize__(self, obj: object) -> None:
        self.sample_rate = getattr(obj, "sample_rate", None)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        result = super().__array_wrap__(array, context)
        # A number is a number, whatever it was computed from.
        return result if result is self or result.shape else result[()]

    def __reduce__(self) -> Any:
        reduced: Any = super().__reduce__()
        return (*reduced[:2], (reduced[2], self.sample_rate))

    def __setstate__(self, state: Any) -> None:
        values, self.sample_rate = state
        super().__setstate__(values)


def with_rate(array: Array, sample_rate: int | None) -> SampleArray:
    """An array that knows its rate, on the memory of a plain one."""
    result = array.view(SampleArray)
    result.sample_rate = sample_rate
    return result


class RawMap(SampleArray):
    """The samples of a file without a header, or behind one that you know, as an array.

    Args:
        filename: The file.
        dtype: The type of its samples, in either byte order.
        shape: Channels, or (frames, channels) in any order: at most so many
            frames are mapped. None: mono. In mode "w+" the shape of the array.
        mode: "r" to read; "r+" to change the file; "c" to change only what
            this program sees; "w+" to make the file anew.
        offset: Bytes before the samples.
        roffset: Bytes after the samples.
        order: "C" (or None) for the shape (frames, channels), "F" for
            (channels, frames). The memory is the same.
        always_2d: Whether mono has the shape (frames, 1) instead of (frames,).
        warn: Called with a sentence for what is odd about the file: prints it
            to stderr. None: not called.
        sample_rate: Frames per second, for who asks the array; no header tells it.
        buffered: Read the samples into memory instead of mapping them. Changes
            reach the file at :meth:`flush`, and when the last array is gone.

    The file stays open and mapped as long as there is any array on its memory,
    such as a slice. Samples copied from it are arrays of this class too, which
    have a rate but no file.

    Raises:
        ValueError: An argument cannot be, or the file is empty.
        OSError: The file cannot be opened; FileNotFoundError if there is none.
    """

    def __new__(
        cls,
        filename: FileName,
        dtype: DTypeLike,
        shape: Shape | None = None,
        mode: str = "r",
        offset: int = 0,
        roffset: int = 0,
        order: str | None = None,
        always_2d: bool = False,
        warn: Warn = print_warning,
        *,
        sample_rate: float | None = None,
        buffered: bool = False,
    ) -> Self:
        if is_int24(dtype):
            raise ValueError(
                "Cannot memory map 24-bit audio as an array, as NumPy has no 24-bit numbers: "
                "ondes.mapping.ConvertedMap.raw shows it as int32 or floats"
            )
        known = np.dtype(dtype)
        if known.kind not in "iufcb" or known.itemsize not in _BY_SIZE:
            raise TypeError(f"samples of type {known} cannot be mapped: use numbers of 1, 2, 4 or 8 bytes")
        mode = raw_mode(mode)
        # The library gives the memory; what its numbers mean is for NumPy to tell.
        form = _abi.MapForm(sample_format=_BY_SIZE[known.itemsize])
        map = open_raw(filename, form, shape, mode, offset, roffset, order, always_2d, sample_rate, buffered)
        map.view = map.view._replace(dtype=known)
        map.warn(warn)
        return cls._on(map)

    @classmethod
    def _on(cls, map: Map) -> Self:
        array = map.array().view(cls)
        array.sample_rate = map.info.rate or None
        return array

    @property
    def filename(self) -> FileName | None:
        """The absolute path of the file, a Path if a Path was given; None for samples that are in no file."""
        map = map_of(self)
        return None if map is None else map.filename

    @property
    def mode(self) -> str | None:
        """ "r", "r+", "c" or "w+"; None for samples that are in no file."""
        map = map_of(self)
        return None if map is None else map.mode

    @property
    def offset(self) -> int | None:
        """The bytes of the file before the first sample; None for samples that are in no file."""
        map = map_of(self)
        return None if map is None else int(map.info.offset)

    @property
    def roffset(self) -> int | None:
        """The bytes of the file after the last sample; None for samples that are in no file."""
        map = map_of(self)
        return None if map is None else int(map.info.tail)

    def flush(self) -> None:
        """Waits until all changes of the file have reached the device.

        Other programs see them at once without it, but of a buffered map only by it.
        """
        map = map_of(self)
        if map is not None:
            map.flush()

    def grow(self, frames: int) -> Self:
        """Adds frames of zero bytes to the end of a WAV, RF64 or raw file, and gives the array of the longer file.

        Arrays that were there before stay good for the frames that they have,
        but of a buffered map they show copies that are no longer written. Meant
        for few large steps. (8-bit samples are silent at 128, not at 0.)

        Raises:
            ValueError: The file is of another format, not open in mode "r+" or
                "w+", or its header has no room for so many.
        """
        map = map_of(self)
        if map is None:
            raise ValueError("this array is in no file that could grow")
        map.grow(whole_number(frames, "frames"))
        return self._on(map)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Flushes. The memory stays while there are arrays on it, this one among them."""
        self.flush()


class ReadMap(RawMap):
    """The samples of an audio file as an array.

    Args:
        filename: A WAV, RF64, BW64, W64, AIFF, AIFC, CAF or AU file.
        mode: "r" to read, "r+" to change the file, "c" to change only what
            this program sees.
        order, always_2d, warn, buffered: As for :class:`RawMap`.

    Raises:
        ValueError: The file is damaged, or has samples that are no array:
            compressed ones, or 24-bit ones (see :class:`ConvertedMap`).
        OSError: The file cannot be opened; FileNotFoundError if there is none.
    """

    def __new__(
        cls,
        filename: FileName,
        mode: str = "r",
        order: str | None = None,
        always_2d: bool = False,
        warn: Warn = print_warning,
        *,
        buffered: bool = False,
    ) -> Self:
        return cls._on(open_audio(filename, mode, order, always_2d, warn, buffered))


class WriteMap(RawMap):
    """A new WAV file as an array of zeros that is to be filled.

    Args:
        filename: The file, which is made anew.
        dtype: uint8, int16, int32, int64, float32 or float64.
        shape: Frames, or (frames, channels), or (channels, frames): the smaller
            number is the channels, and frames lie one after the other in both.
        sample_rate: Frames per second in Hz.
        roffset: Bytes of zero after the samples, which the header does not count.
        warn: Not called; for symmetry.
        header: "wavemap": the bytes that the package wavemap writes. "aligned":
            floats lie where the machine is fast with them, and the file may
            :meth:`grow` beyond 4 GiB. None: wavemap's where the sizes fit into it.

    The file takes no room on the disk before something is assigned.

    Raises:
        ValueError: An argument cannot be.
        TypeError: WAV has no such samples.
        OSError: The file cannot be made.
    """

    def __new__(
        cls,
        filename: FileName,
        dtype: DTypeLike,
        shape: Shape,
        sample_rate: float,
        roffset: int = 0,
        warn: Warn = print_warning,
        *,
        header: Header = None,
    ) -> Self:
        if is_int24(dtype):
            raise ValueError(
                "A 24-bit WAVE is no array, as NumPy has no 24-bit numbers: "
                "ondes.wavemap() and ondes.mapping.ConvertedMap.create make them"
            )
        return cls._on(create_audio(filename, dtype, shape, sample_rate, roffset, header))

    @property
    def file_size(self) -> int | None:
        """The bytes of the file, those of ``roffset`` not counted."""
        map = map_of(self)
        if map is None:
            return None
        info = map.info
        return int(info.offset + info.frames * info.frame_stride + info.tail - map.spare)

    @classmethod
    def new_like(
        cls,
        arr: Array,
        filename: FileName,
        sample_rate: float | None = None,
        roffset: int | None = None,
        warn: Warn = print_warning,
    ) -> Self:
        """A new file for samples of the type and shape of ``arr``; see :func:`ondes.mapping.new_like`."""
        check_target(map_of(arr), filename)
        return cls(filename, little_endian(arr), arr.shape, rate_of(arr, sample_rate), spare_of(arr, roffset), warn)

    @classmethod
    def copy_to(
        cls,
        arr: Array,
        filename: FileName,
        sample_rate: float | None = None,
        roffset: int | None = None,
        warn: Warn = print_warning,
    ) -> Self:
        """A new file with the samples of ``arr``; see :func:`ondes.mapping.copy_to`."""
        map = cls.new_like(arr, filename, sample_rate, roffset, warn)
        np.copyto(map, arr, casting="equiv")
        return map


def open_audio(filename: FileName, mode: str, order: str | None, always_2d: bool, warn: Warn, buffered: bool) -> Map:
    if mode not in READ_MODES:
        raise ValueError(f"Mode {mode} not in {READ_MODES}")
    view = View(check_order(order), always_2d)
    map = Map.open(filename, mode, buffered)
    map.view = view
    map.warn(warn)
    return map


def open_raw(
    filename: FileName,
    form: _abi.MapForm,
    shape: Shape | None,
    mode: str,
    offset: int,
    roffset: int,
    order: str | None,
    always_2d: bool,
    sample_rate: float | None,
    buffered: bool,
) -> Map:
    """Maps samples without a header, or makes such a file; ``form`` tells their format."""
    form.offset = whole_number(offset, "offset")
    form.tail = whole_number(roffset, "roffset")
    form.rate = 0 if sample_rate is None else whole_rate(sample_rate)
    view = View(check_order(order), always_2d)
    size = None if shape is None else check_shape(shape)
    if mode == "w+":
        if size is None:
            raise ValueError("Must set a shape in write mode")
        if buffered:
            raise ValueError("a new file cannot be buffered")
        view = View(view.order if order else frames_first(size), len(size) == 2)
        frames, channels = (*size, 1)[:2] if len(size) == 1 or view.order == "C" else size[::-1]
        form.frames, form.channels = frames, channel_count(channels)
        map = Map.create(filename, _abi.MAP_RAW, form)
    else:
        size = size or (1,)
        form.channels = channel_count(min(size))
        form.frames = max(size) if len(size) == 2 else 0
        map = Map.raw(filename, mode, buffered, form)
        if not map.info.offset + map.info.frames + map.info.tail:
            raise ValueError("cannot mmap an empty file")
    map.view = view
    return map


def create_audio(
    filename: FileName, dtype: DTypeLike, shape: Shape, sample_rate: float, roffset: int, header: Header
) -> Map:
    sample_format, byte_order = coding(dtype)
    size = check_shape(shape)
    form = _abi.MapForm(
        sample_format=sample_format,
        byte_order=byte_order,
        channels=1 if len(size) == 1 else channel_count(min(size)),
        frames=max(size),
        rate=whole_rate(sample_rate),
        tail=whole_number(roffset, "roffset"),
    )
    if header is None:
        frame_size = form.channels * (3 if is_int24(dtype) else np.dtype(dtype).itemsize)
        header = "wavemap" if max(form.frames, form.rate) * frame_size < _WAVEMAP_MOST else "aligned"
    flags = {"wavemap": _abi.MAP_WAVEMAP_HEADER, "aligned": 0}.get(header)
    if flags is None:
        raise ValueError(f"header must be 'wavemap', 'aligned' or None, not {header!r}")
    map = Map.create(filename, flags, form)
    map.view = View(frames_first(size), len(size) == 2)
    return map


def check_order(order: str | None) -> Order:
    if order not in ("C", "F", None):
        raise ValueError(f'Bad order "{order}"')
    return "F" if order == "F" else "C"


def raw_mode(mode: str) -> str:
    mode = _ALIASES.get(mode, mode)
    if mode not in (*READ_MODES, "w+"):
        raise ValueError(f"mode must be one of {[*READ_MODES, 'w+', *_ALIASES]} (got {mode!r})")
    return mode


def frames_first(size: tuple[int, ...]) -> Order:
    """The order of a new array that nobody told: the larger number is the frames, one after the other in the file."""
    return "C" if size[0] == max(size) else "F"


def check_shape(shape: Shape) -> tuple[int, ...]:
    size = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if not 1 <= len(size) <= 2:
        raise ValueError("Wave files must have 1 or 2 dimensions")
    return tuple(whole_number(length, "shape") for length in size)


def channel_count(channels: int) -> int:
    # More than its struct has room for would be another number to the library.
    return whole_number(channels, "the smaller number of shape, the channels,", 0, 2**32 - 1)


def check_target(map: Map | None, filename: FileName) -> None:
    """A file that is made anew must not be the one that the samples come from: they would be gone."""
    if map is not None and os.path.exists(filename) and os.path.samefile(map.filename, filename):
        raise ValueError(f"{os.fsdecode(filename)} is the file that these samples are in: copy it to another one")


def little_endian(arr: Array) -> np.dtype[Any]:
    """The type that WAV has for the samples of an array."""
    dtype: np.dtype[Any] = arr.dtype.newbyteorder("<")
    return dtype


def rate_of(arr: object, sample_rate: float | None) -> float:
    if sample_rate is None:
        sample_rate = getattr(arr, "sample_rate", None)
    return DEFAULT_SAMPLE_RATE if sample_rate is None else sample_rate


def spare_of(arr: Array, roffset: int | None) -> int:
    """The bytes to come after the samples: those that were asked for when the array was mapped as a whole."""
    if roffset is not None:
        return roffset
    map = map_of(arr)
    return map.spare if map is not None and arr.size == map.info.frames * map.info.channels else 0
