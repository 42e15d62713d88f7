"""Files shown as numbers of another type than theirs, converted window by window."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from . import _abi, exceptions
from ._abi import Sample, Status
from ._map import FileName, Map, Warn, coding, print_warning
from ._map_arrays import (
    Header,
    SampleArray,
    Shape,
    create_audio,
    open_audio,
    open_raw,
    raw_mode,
    with_rate,
)
from ._options import whole_number
from ._samples import DTYPES, Array, DTypeLike, sample_format

if TYPE_CHECKING:
    from typing_extensions import Self

# Frames that are converted by one call of the library: Ctrl-C is answered between two.
BLOCK = 1 << 17


class ConvertedMap(NDArrayOperatorsMixin):
    """A file as numbers of another type, converted where they are read and assigned.

    ``view[1000:2000]`` reads these frames only, as an array in memory that
    knows its ``sample_rate``; ``view[1000:2000] = samples`` writes them, rounded
    to what the file has; ``view *= 0.5`` goes through the file block by block;
    ``np.asarray(view)`` loads all of it. What NumPy computes of a whole view is
    computed of a loaded one: take :meth:`blocks` for files larger than memory.

    Integers are full scale: a 24-bit sample is the upper 24 bits of an int32,
    as everywhere in ondes but in :func:`~ondes.mapping.convert`, and floats go
    from -1 to 1. Assigned floats are clipped, and NaN is silence.

    Args:
        filename: A WAV, RF64, BW64, W64, AIFF, AIFC, CAF or AU file that is not compressed.
        dtype: "int32", "float32" … None: that of the file, int32 for 24 bits.
        mode: "r" to read, "r+" to change the file, "c" to change only what this view gives.
        order: "C" (or None) for the shape (frames, channels), "F" for (channels, frames).
        always_2d: Whether mono has the shape (frames, 1) instead of (frames,).
        warn: Called with a sentence for what is odd about the file: prints it to stderr. None: not called.
        buffered: Read the file into memory when it is opened. Changes reach it at :meth:`flush` and the end.

    Any thread may use a view; the file is closed by :meth:`close`, by ``with``,
    or with the view. Nothing but views touches the file: one that another
    program cuts short is an OSError, not the end of this program.

    Raises:
        ValueError: The file is damaged, compressed, or of another format.
        TypeError: ``dtype`` is no type of samples.
        OSError: The file cannot be opened; FileNotFoundError if there is none.
    """

    __array_priority__ = 10.0
    __hash__ = None  # type: ignore[assignment]  # == compares samples

    def __init__(
        self,
        filename: FileName,
        dtype: DTypeLike | None = None,
        mode: str = "r",
        order: str | None = None,
        always_2d: bool = False,
        warn: Warn = print_warning,
        *,
        buffered: bool = False,
    ) -> None:
        wanted = None if dtype is None else sample_format(dtype)
        self._show(open_audio(filename, mode, order, always_2d, warn, buffered), wanted)
        self._again: tuple[Any, ...] = (None, mode, order, always_2d, buffered)

    @classmethod
    def raw(
        cls,
        filename: FileName,
        file_dtype: DTypeLike,
        shape: Shape | None = None,
        mode: str = "r",
        offset: int = 0,
        roffset: int = 0,
        order: str | None = None,
        always_2d: bool = False,
        warn: Warn = print_warning,
        *,
        dtype: DTypeLike | None = None,
        sample_rate: float | None = None,
        buffered: bool = False,
    ) -> Self:
        """The samples of a file without a header: as :class:`~ondes.mapping.RawMap`, but also of 24 bits.

        ``file_dtype`` is what the file has, as "int24" or ">int24" (big-endian);
        ``dtype`` what the view shows.
        """
        mode = raw_mode(mode)
        format, byte_order = coding(file_dtype)
        form = _abi.MapForm(sample_format=format, byte_order=byte_order)
        wanted = None if dtype is None else sample_format(dtype)
        map = open_raw(filename, form, shape, mode, offset, roffset, order, always_2d, sample_rate, buffered)
        map.warn(warn)
        self = cls.__new__(cls)
        self._show(map, wanted)
        reopened = "r+" if mode == "w+" else mode
        self._again = (file_dtype, reopened, order, always_2d, buffered, shape, offset, roffset, sample_rate)
        return self

    @classmethod
    def create(
        cls,
        filename: FileName,
        file_dtype: DTypeLike,
        shape: Shape,
        sample_rate: float,
        roffset: int = 0,
        *,
        dtype: DTypeLike | None = None,
        header: Header = None,
    ) -> Self:
        """A new WAV file of zeros that is to be filled: as :class:`~ondes.mapping.WriteMap`, but also of 24 bits."""
        wanted = None if dtype is None else sample_format(dtype)
        self = cls._of(create_audio(filename, file_dtype, shape, sample_rate, roffset, header))
        self._show(self._map, wanted)
        return self

    def _show(self, map: Map, format: Sample | None) -> None:
        self._open_map: Map | None = map
        if format is None:
            format = Sample.I32 if map.dtype is None else Sample(map.info.sample_format)
        self._format = format
        self.dtype: np.dtype[Any] = DTYPES[format]
        """The type that samples are read as, in native byte order."""
        self.sample_rate: int | None = map.info.rate or None
        """Frames per second in Hz; None if nobody told."""
        self.filename: FileName = map.filename
        """The absolute path of the file, a Path if a Path was given."""
        self.mode: str = map.mode
        """ "r", "r+", "c" or "w+"."""
        self.file_dtype: str = map.coding_name
        """The type of the samples in the file, as "int24"; ">int24" where the byte order is not the machine's."""

    @classmethod
    def _of(cls, map: Map) -> Self:
        """Of a file with a header that is open."""
        self = cls.__new__(cls)
        self._show(map, None)
        self._again = (None, "r+" if map.mode == "w+" else map.mode, *map.view[:2], map.info.flags != 0)
        return self

    @property
    def _map(self) -> Map:
        # Whoever uses it holds it: closing meanwhile, by another thread, waits with freeing it.
        if self._open_map is None:
            raise exceptions._new(Status.CLOSED, "I/O operation on a closed file.", str(self.filename))
        return self._open_map

    @property
    def shape(self) -> tuple[int, ...]:
        """(frames, channels), or (channels, frames) with order "F"; (frames,) for mono without ``always_2d``."""
        map = self._map
        shape = (map.info.frames, map.info.channels)
        if map.is_flat:
            return shape[:1]
        return shape if map.view.order == "C" else shape[::-1]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        """All samples of all channels."""
        return int(self._map.info.frames * self._map.info.channels)

    @property
    def nbytes(self) -> int:
        """The bytes of memory that all samples take as ``dtype``."""
        return self.size * self.dtype.itemsize

    @property
    def offset(self) -> int:
        """The bytes of the file before the first sample."""
        return int(self._map.info.offset)

    @property
    def roffset(self) -> int:
        """The bytes of the file after the last sample."""
        return int(self._map.info.tail)

    @property
    def closed(self) -> bool:
        return self._open_map is None

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        if self.closed:
            return f"<ConvertedMap {self.filename} closed>"
        return (
            f"<ConvertedMap {self.filename} {self.file_dtype} as {self.dtype} shape={self.shape} "
            f"sample_rate={self.sample_rate} mode={self.mode!r}>"
        )

    def __getitem__(self, key: Any) -> Any:
        """Reads: an index as of an array gives an array in memory, or a number."""
        map = self._map
        frames, rest = self._locate(key)
        return with_rate(map.turned(self._gather(map, frames)), self.sample_rate)[rest]

    def __setitem__(self, key: Any, value: Any) -> None:
        """Writes: the samples that an index tells. Other samples of the same frames are written back as they were."""
        map = self._map
        if not map.writeable:
            raise ValueError("assignment destination is read-only")
        frames, rest = self._locate(key)
        if isinstance(frames, range) and all(isinstance(part, slice) and part == slice(None) for part in rest):
            self._fill(map, frames, value)
        else:
            block = self._gather(map, frames)
            map.turned(block)[rest] = value
            self._scatter(map, frames, block)

    def __iter__(self) -> Iterator[Any]:
        """The items along the first axis, read by the block."""
        if self._frame_axis:
            return (self[channel] for channel in range(len(self)))
        return (item for block in self.blocks() for item in block)

    def blocks(self, frames: int = BLOCK) -> Iterator[SampleArray]:
        """All samples, ``frames`` at a time: the last block may have fewer."""
        return (self[window] for window in self._windows(whole_number(frames, "frames", 1)))

    def read_into(self, out: Array, start: int = 0) -> int:
        """Fill an array of yours, C-contiguous (frames, channels) of this view's ``dtype``, from frame ``start`` on.

        Returns:
            The frames read: fewer than the array holds only at the end of the file.

        Raises:
            ValueError: The array has another type, shape or memory order, or ``start`` is behind the end.
        """
        map = self._map
        channels = map.info.channels
        shape = out.shape if out.ndim == 2 else (*out.shape, 1)
        if out.dtype != self.dtype or shape[1:] != (channels,) or not (out.flags.c_contiguous and out.flags.writeable):
            raise ValueError(
                f"out must be a writeable, C-contiguous array of {self.dtype} with the shape (frames, {channels}), "
                f"not one of {out.dtype} with the shape {out.shape}"
            )
        first = whole_number(start, "start", 0, map.info.frames)
        frames: int = min(shape[0], map.info.frames - first)
        self._read(map, out.reshape(shape)[:frames], range(first, first + frames))
        return frames

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("the samples of a ConvertedMap are only in its file: an array of them is always a copy")
        samples: Array = self[...].view(np.ndarray)
        return samples if dtype is None else samples.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", ())
        targets = [target for target in out if isinstance(target, ConvertedMap)]
        if not targets:
            if out:
                kwargs["out"] = out
            return getattr(ufunc, method)(*(_loaded(value) for value in inputs), **kwargs)
        if method != "__call__" or len(out) > 1 or ufunc.signature is not None or "where" in kwargs:
            raise TypeError(f"{ufunc.__name__} cannot write into a ConvertedMap this way")
        targets[0]._apply(ufunc, inputs, kwargs)
        return targets[0]

    def _apply(self, ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Computes every sample of this file anew, block by block."""
        map = self._map
        if not map.writeable:
            raise ValueError("output array is read-only")
        operands = [_broadcast(value, self.shape) for value in inputs]
        for part in _parts(range(map.info.frames)):
            window = self._along(slice(part.start, part.stop))
            blocks = [_block(value, window) for value in operands]
            result = self._empty(map, len(part))
            ufunc(*blocks, out=(map.turned(result),), **kwargs)
            map.write_from(result, part.start, self._format)

    def flush(self) -> None:
        """Waits until all changes have reached the device."""
        self._map.flush()

    def grow(self, frames: int) -> Self:
        """Adds frames of zero bytes to the end of a WAV, RF64 or raw file; the view is that much longer, and returned.

        Raises:
            ValueError: The file is of another format, not open in mode "r+" or
                "w+", or its header has no room for so many.
        """
        self._map.grow(whole_number(frames, "frames"))
        return self

    def close(self) -> None:
        """Closes the file, as soon as calls of other threads on it are done; a second time does nothing."""
        self._open_map = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Flushes and closes."""
        map, self._open_map = self._open_map, None
        if map is not None:
            map.flush()

    def __reduce__(self) -> Any:
        """The file is what is pickled, by its name: another process opens it again."""
        if self.mode == "c":
            raise TypeError("a ConvertedMap of mode 'c' cannot be pickled: its changes are in this program only")
        return _reopen, (type(self), self.filename, self.dtype.str, self._again)

    # Where the samples of an index lie

    @property
    def _frame_axis(self) -> int:
        map = self._map
        return int(map.view.order == "F" and not map.is_flat)

    def _along(self, frames: slice) -> Any:
        """The index of a window of frames."""
        return (slice(None), frames) if self._frame_axis else frames

    def _windows(self, step: int = BLOCK) -> Iterator[Any]:
        """Indices of windows of so many frames, one after the other."""
        return (self._along(slice(start, start + step)) for start in range(0, self._map.info.frames, step))

    def _locate(self, key: Any) -> tuple[range | Array, tuple[Any, ...]]:
        """The frames that an index needs, and the index that fits an array of just these."""
        shape, axis = self.shape, self._frame_axis
        parts = _parts_of_index(key, shape)
        wanted, length = parts[axis], shape[axis]
        frames: range | Array
        if isinstance(wanted, slice):
            frames = range(*wanted.indices(length))
            parts[axis] = slice(None)
        elif isinstance(wanted, np.ndarray):
            frames, places = np.unique(_checked(wanted, length, axis), return_inverse=True)
            parts[axis] = places.reshape(wanted.shape)
        else:
            frame = int(_checked(np.asarray(wanted), length, axis))
            frames = range(frame, frame + 1)
            parts[axis] = 0
        return frames, tuple(parts)

    # Blocks of whole frames, as the library has them: (frames, channels), one frame after the other

    def _empty(self, map: Map, frames: int) -> Array:
        return np.empty((frames, map.info.channels), self.dtype)

    def _gather(self, map: Map, frames: range | Array) -> Array:
        block = self._empty(map, len(frames))
        self._read(map, block, frames)
        return block

    def _read(self, map: Map, block: Array, frames: range | Array) -> None:
        done = 0
        for part in _runs(frames):
            here = block[done : done + len(part)]
            if part.step == 1:
                map.read_into(here, part.start, self._format)
            else:
                here[:] = self._hull(map, part)[:: part.step]
            done += len(part)

    def _scatter(self, map: Map, frames: range | Array, block: Array) -> None:
        done = 0
        for part in _runs(frames):
            here = block[done : done + len(part)]
            if part.step == 1:
                map.write_from(here, part.start, self._format)
            else:
                hull = self._hull(map, part)
                hull[:: part.step] = here
                map.write_from(hull, min(part), self._format)
            done += len(part)

    def _hull(self, map: Map, part: range) -> Array:
        """All frames from the first to the last of a range."""
        low, high = min(part), max(part)
        hull = self._empty(map, high - low + 1)
        map.read_into(hull, low, self._format)
        return hull

    def _fill(self, map: Map, frames: range, value: Any) -> None:
        """Assigns whole frames, block by block."""
        shape = list(self.shape)
        shape[self._frame_axis] = len(frames)
        source = _broadcast(value, tuple(shape))
        done = 0
        for part in _parts(frames):
            window = self._along(slice(done, done + len(part)))
            block = self._empty(map, len(part))
            map.turned(block)[...] = _block(source, window)
            self._scatter(map, part, block)
            done += len(part)


def _reopen(cls: type[ConvertedMap], filename: FileName, dtype: str, again: tuple[Any, ...]) -> ConvertedMap:
    file_dtype, mode, order, always_2d, buffered, *raw = again
    if file_dtype is None:
        return cls(filename, dtype, mode, order, always_2d, None, buffered=buffered)
    shape, offset, roffset, rate = raw
    return cls.raw(
        filename, file_dtype, shape, mode, offset, roffset, order, always_2d, None,
        dtype=dtype, sample_rate=rate, buffered=buffered,
    )  # fmt: skip


def _loaded(value: Any) -> Any:
    return value[...] if isinstance(value, ConvertedMap) else value


def _broadcast(value: Any, shape: tuple[int, ...]) -> Any:
    """Something that has this shape, or is a single number; a view that fits is not loaded."""
    if isinstance(value, ConvertedMap):
        return value if value.shape == shape else np.broadcast_to(value[...], shape)
    return value if np.ndim(value) == 0 else np.broadcast_to(value, shape)


def _block(value: Any, window: Any) -> Any:
    return value[window] if getattr(value, "ndim", 0) else value


def _parts(frames: range) -> Iterator[range]:
    """A range in pieces that span no more than a block; one of negative steps stays in its order."""
    step = max(1, BLOCK // abs(frames.step))
    return (frames[start : start + step] for start in range(0, len(frames), step))


def _runs(frames: range | Array) -> Iterable[range]:
    """Ranges in whose order the frames come: pieces of a range, or the runs of sorted numbers."""
    if isinstance(frames, range):
        return _parts(frames)
    ends = np.flatnonzero(np.diff(frames) != 1) + 1
    return (
        piece for run in np.split(frames, ends) if run.size for piece in _parts(range(int(run[0]), int(run[-1]) + 1))
    )


def _parts_of_index(key: Any, shape: tuple[int, ...]) -> list[Any]:
    """An index as one slice, int or array of ints per axis."""
    parts: list[Any] = []
    ellipsis: int | None = None
    for part in key if isinstance(key, tuple) else (key,):
        if part is Ellipsis:
            if ellipsis is not None:
                raise IndexError("an index can only have a single ellipsis ('...')")
            ellipsis = len(parts)
        elif isinstance(part, slice):
            parts.append(part)
        elif part is None:
            raise IndexError("a ConvertedMap takes no new axes: index the array that it gives")
        elif hasattr(part, "__index__") and not isinstance(part, (bool, np.bool_, np.ndarray)):
            parts.append(operator.index(part))
        else:
            parts.extend(_index_arrays(part, shape[len(parts) :] if ellipsis is None else ()))
    if len(parts) > len(shape):
        raise IndexError(f"too many indices: the view has {len(shape)} axes, but {len(parts)} were indexed")
    at = len(parts) if ellipsis is None else ellipsis
    return parts[:at] + [slice(None)] * (len(shape) - len(parts)) + parts[at:]


def _index_arrays(part: Any, axes: tuple[int, ...]) -> tuple[Array, ...]:
    indices = np.asarray(part)
    if indices.dtype == bool and indices.ndim:
        if axes and indices.shape != axes[: indices.ndim]:
            raise IndexError(f"boolean index of shape {indices.shape} does not match the axes of lengths {axes}")
        return indices.nonzero()
    if not indices.size:
        indices = indices.astype(np.intp)
    if indices.dtype.kind not in "iu":
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`) and integer or boolean arrays are valid indices"
        )
    return (indices,)


def _checked(indices: Array, length: int, axis: int) -> Array:
    """Indices counted from the start."""
    if indices.size and not (-length <= indices.min() and indices.max() < length):
        raise IndexError(f"index {indices.max()} is out of bounds for axis {axis} with size {length}")
    return np.where(indices < 0, indices + length, indices)
