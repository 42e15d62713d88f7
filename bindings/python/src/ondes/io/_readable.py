"""``ReadableAudioFile``: an audio file to read."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable
from ctypes import byref, c_uint64
from typing import TYPE_CHECKING, Any, overload

from ondes import _abi, exceptions
from ondes._abi import UNKNOWN, Codec, Layout, Sample, Status
from ondes._handle import Handle, call
from ondes._library import lib
from ondes._reader import Reader, interruptible
from ondes._samples import Array, address
from ondes._sources import Source, as_buffer, is_path

from ._arguments import MISSING, frame_count, incompatible, number, one_of, only, whole
from ._formats import file_dtype
from ._quality import Quality
from ._reading import Reading, source_text

if TYPE_CHECKING:
    from types import TracebackType

    import numpy as np
    import numpy.typing as npt

    from ._resampled import ResampledReadableAudioFile

# Their integers are only what a float was quantised to.
_COMPANDED = {Codec.ALAW, Codec.ULAW, Codec.MS_ADPCM, Codec.IMA_ADPCM}
_RAW = {Sample.U8: Sample.I8, Sample.I24: Sample.I32}
_FUNCTIONS = (lib.ondes_reader_read, lib.ondes_reader_seek)


class ReadableAudioFile(Reading):
    """An audio file that is open for reading.

    ``filename`` is a path, bytes (or any other buffer), or a binary file object with ``read``, ``seek``, ``tell`` and
    ``seekable``, which is read from where it stands and left open. Content decides what the file is, not its name.

    Positions and lengths count frames: one sample of every channel. They are exact, and so are seeks; the delay and
    padding of MP3, AAC, Vorbis and Opus are not part of the audio. Only one thread may use a file at a time; another one
    gets a RuntimeError. ``tell``, ``closed`` and the properties may be asked at any time, also after the end.

    Raises TypeError for what is no file, ValueError for one that is missing (also FileNotFoundError), empty, of no
    known format or damaged, and whatever a file object raises.
    """

    __slots__ = ("_format", "_name", "_reader", "_source")

    _format: int
    _name: str | None
    _reader: Reader
    _source: Any

    if TYPE_CHECKING:

        @overload
        def __new__(cls, filename: Source) -> ReadableAudioFile: ...
        @overload
        def __new__(cls, *, file_like: Source) -> ReadableAudioFile: ...

    def __new__(
        cls, filename: Any = MISSING, *extra: Any, file_like: Any = MISSING, **unknown: Any
    ) -> ReadableAudioFile:
        """Open a file."""
        only("ReadableAudioFile", extra, unknown)
        source = one_of("ReadableAudioFile", filename, file_like)
        self = object.__new__(cls)
        self._reader = reader = _open(source)
        self._name = os.fsdecode(source) if is_path(source) else None
        self._source = source
        self._position = 0
        if reader.info.output_frames == UNKNOWN:
            # Nothing but the end itself tells the length.
            reader.measure()
            reader.describe()
        info = reader.info
        self._frames = info.output_frames
        self._exact = bool(info.is_exact)
        self._channels = info.output_channels
        self._format = Sample.F32 if info.codec in _COMPANDED else info.sample_format
        return self

    def read(self, num_frames: float = 0) -> npt.NDArray[np.float32]:
        """Read the next ``num_frames`` frames as float32 of shape (channels, frames): fewer at the end, then none.

        Integers are divided by their full scale, 2^(bits-1). Floats are as they are, which may be beyond -1 to 1. Any
        number of frames may be asked for: only what there is takes memory.

        Raises ValueError for no, a negative or a fractional number of frames and for damage that cannot be bridged,
        TypeError for what is no number, RuntimeError if the file is closed or in use by another thread, and whatever a
        file object raises. The position then stays.
        """
        return self._read(frame_count(num_frames, "ReadableAudioFile"), Sample.F32)

    def read_raw(self, num_frames: float = 0) -> Array:
        """Read the next ``num_frames`` frames as they are in the file, of shape (channels, frames).

        The type is int8 (also where the file has unsigned samples), int16, int32 or int64, or float32 for floats and
        lossy codecs. Samples of 24 bits are the upper ones of int32: shift them by 8 for their values.

        Raises RuntimeError for a file of 64-bit floats, which only ``read`` gives. The rest is as for ``read``.
        """
        count = frame_count(num_frames, "ReadableAudioFile")
        if self._format == Sample.F64:
            raise RuntimeError("The file holds 64-bit floating-point samples, which only read() gives.")
        return self._read(count, _RAW.get(self._format, self._format))  # type: ignore[call-overload]

    def _read(self, wanted: int, format: int) -> Array:
        handle = self._reader.handle
        with handle.use():
            pointer = handle.pointer
            array = self._take(handle, pointer, _FUNCTIONS, wanted, format)
            if not self._exact:
                self._look_again(pointer, ended=array.shape[1] < wanted)
        return array

    def _look_again(self, pointer: int, *, ended: bool) -> None:
        """Learns what reading has told of the length."""
        info = self._reader.info
        call(lib.ondes_reader_info, pointer, byref(info), failures=self._reader.handle.failures)
        self._learn(info.output_frames, exact=bool(info.is_exact), ended=ended)

    def _take_long(self, handle: Handle, pointer: int, read: Callable[..., int], array: Array, format: int) -> int:
        count = array.shape[1]
        if self._position + count < self._frames:
            return super()._take_long(handle, pointer, read, array, format)
        # All the rest: the library does that on several threads, and can be stopped.
        got = c_uint64()
        interruptible(
            lambda cancel: call(
                lib.ondes_reader_load_into,
                pointer,
                format,
                Layout.PLANAR,
                cancel,
                address(array),
                count,
                byref(got),
                path=handle.path,
            )
        )
        return got.value

    def seek(self, position: int) -> None:
        """Go to a frame, exactly: the next read begins there. The end itself is allowed.

        Raises ValueError for a position before the start or beyond the end, TypeError for what is no whole number, and
        RuntimeError if the file is closed or in use by another thread. The position then stays.
        """
        frame = whole(position, "seek", "position")
        handle = self._reader.handle
        with handle.use():
            pointer = handle.pointer
            if frame < 0:
                raise ValueError(f"Cannot seek before start of file (to position {frame}).")
            if (self._exact and frame > self._frames) or frame >= UNKNOWN:
                self._refuse(frame)
            call(lib.ondes_reader_seek, pointer, frame, path=handle.path, failures=handle.failures)
            self._position = frame

    def seekable(self) -> bool:
        """Tell whether the file can seek: while it is open."""
        return not self.closed

    def close(self) -> None:
        """Close the file; a second time does nothing. A file object that was given stays open.

        Raises RuntimeError if another thread uses the file.
        """
        self._reader.close()

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def resampled_to(
        self, target_sample_rate: float, quality: Quality = Quality.WindowedSinc32
    ) -> ReadableAudioFile | ResampledReadableAudioFile:
        """Give a view of this file at another sample rate; this file itself if it has that rate.

        The view has a position of its own, and reads this file: close that one only afterwards.

        Raises ValueError for a rate that cannot be, TypeError for what is no :class:`Quality`, RuntimeError if the file
        is closed or in use by another thread.
        """
        from ._resampled import ResampledReadableAudioFile

        rate = number(target_sample_rate, "resampled_to", "target_sample_rate")
        if not isinstance(quality, Quality):
            raise incompatible("resampled_to", f"quality must be a Quality, not {quality!r}")
        if rate == self.samplerate:
            return self
        return ResampledReadableAudioFile(self, rate, quality)

    @property
    def name(self) -> str | None:
        """The path that was opened; None for bytes and file objects."""
        return self._name

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._reader.handle.closed

    @property
    def samplerate(self) -> int | float:
        """The sample rate in Hz."""
        return int(self._reader.info.output_rate)

    @property
    def duration(self) -> float:
        """Seconds of audio: ``frames`` at ``samplerate``."""
        return self._frames / self.samplerate if self.samplerate else math.nan

    @property
    def exact_duration_known(self) -> bool:
        """Whether ``frames`` and ``duration`` are exact.

        Those of paths and bytes are, but for files that change in the middle. Those of a file object, which is not read
        through for it, may be estimates where the format tells no length; they become exact when its end has been read.
        """
        return self._exact

    @property
    def file_dtype(self) -> str:
        """The format of the samples in the file: "int8", "int16", "int24", "int32", "float32", "float64".

        8-bit samples are "int8" also where the file has unsigned ones, lossy codecs "float32".
        """
        return file_dtype(self._format)

    def __repr__(self) -> str:
        return f"<ondes.io.ReadableAudioFile {self._description()} at {id(self):#x}>"

    def _what(self) -> str:
        return source_text(self._source, self._name)


def _open(source: Any) -> Reader:
    start = _start(source)
    try:
        return Reader(source, _abi.ReadOptions(threads=_abi.ALL_CORES))
    except exceptions.OndesError as error:
        message = _explain(source, start, error)
        raise exceptions._new(error.status, message, error.path, error.offset, _errno(error)) from None


def _start(source: Any) -> int:
    """Where a file object stands; refuses what can not be read."""
    if is_path(source):
        return 0
    if as_buffer(source) is None:
        if not all(hasattr(source, name) for name in ("read", "seek", "tell", "seekable")):
            raise TypeError(
                "Expected either a filename, a file-like object (with read, seek, seekable, and tell methods) or a "
                f"buffer, but received: {source!r}"
            )
        if not source.seekable():
            raise ValueError(f"Failed to open audio file-like object: input stream {source!r} must be seekable.")
    return int(source.tell()) if hasattr(source, "tell") else 0


def _explain(source: Any, start: int, error: exceptions.OndesError) -> str:
    """What is wrong with a file that cannot be opened."""
    if is_path(source):
        name = os.fsdecode(source)
        if error.status == Status.NOT_FOUND:
            return f"Failed to open audio file: file does not exist: {name}"
        if error.status == Status.UNRECOGNIZED:
            return (
                f'Failed to open audio file: file "{name}" does not seem to contain audio data in a known or supported '
                "format."
            )
        return f"Failed to open audio file: {error}"
    what = f"Failed to open audio file-like object: {source!r}"
    if error.status != Status.UNRECOGNIZED:
        return f"{what}: {error}"
    size = _size(source)
    again = "Try seeking this file-like object back to its start before passing it to AudioFile."
    if not size:
        return f"{what} is empty."
    if start >= size:
        return f"{what} has its stream position set to the end of the stream ({size} bytes). {again}"
    if start:
        return (
            f"{what} has its stream position set to {start} bytes. Reading from this position did not produce audio data "
            f"in a known or supported format. {again}"
        )
    return f"{what} does not seem to contain audio data in a known or supported format."


def _size(source: Any) -> int:
    if not hasattr(source, "seek"):
        return memoryview(source).nbytes
    position = source.tell()
    size = source.seek(0, io.SEEK_END)
    size = source.tell() if size is None else size
    source.seek(position)
    return int(size)


def _errno(error: exceptions.OndesError) -> int:
    return (error.errno or 0) if isinstance(error, OSError) else 0
