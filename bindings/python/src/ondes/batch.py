"""Many files on all cores, by babycat's names: a list of results in the order of the files.

:func:`ondes.load_batch` does the same for any source, and :func:`ondes.iter_batch` in bounded memory.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from ctypes import byref, c_void_p, pointer

from . import _abi, exceptions
from ._abi import Layout, Sample
from ._handle import Handle
from ._library import lib
from ._reader import interruptible
from ._samples import borrow
from ._sources import Path, is_path, path_bytes
from ._waveform import Frames, Waveform, decode, into_numpy
from ._waveform_options import WaveformOptions, unsigned

__all__ = [
    "NumPyNamedResult",
    "WaveformNamedResult",
    "waveforms_from_files",
    "waveforms_from_files_into_numpys",
    "waveforms_from_files_into_numpys_unwrapped",
]


class _NamedResult:
    """What became of one file."""

    __slots__ = ("exception", "name")

    def __init__(self, name: str, exception: Exception | None) -> None:
        self.name = name
        """The path, as it was given."""
        self.exception = exception
        """Why there is no audio of it; None if there is."""

    def _describe(self, member: str, value: object) -> str:
        kind = f"ondes.{type(self).__name__}"
        if self.exception is not None:
            return f"<{kind}: name={self.name} error={self.exception}>"
        return f"<{kind}: name={self.name} {member}={value}>"


class WaveformNamedResult(_NamedResult):
    """The waveform of one file, or why there is none."""

    __slots__ = ("waveform",)

    def __init__(self, name: str, waveform: Waveform | None = None, exception: Exception | None = None) -> None:
        super().__init__(name, exception)
        self.waveform = waveform
        """The audio; None if the file failed."""

    def __repr__(self) -> str:
        return self._describe("waveform", self.waveform)


class NumPyNamedResult(_NamedResult):
    """The samples of one file, or why there are none."""

    __slots__ = ("array",)

    def __init__(self, name: str, array: Frames | None = None, exception: Exception | None = None) -> None:
        super().__init__(name, exception)
        self.array = array
        """float32 samples of shape (frames, channels); None if the file failed."""

    def __repr__(self) -> str:
        return self._describe("array", self.array)


def waveforms_from_files(
    filenames: Sequence[Path],
    *,
    start_time_milliseconds: int = 0,
    end_time_milliseconds: int = 0,
    frame_rate_hz: int = 0,
    num_channels: int = 0,
    convert_to_mono: bool = False,
    zero_pad_ending: bool = False,
    repeat_pad_ending: bool = False,
    resample_mode: int = 0,
    decoding_backend: int = 0,
    num_workers: int = 0,
) -> list[WaveformNamedResult]:
    """Decode many files at the same time; the arguments are those of :meth:`ondes.Waveform.from_file`.

    Args:
        filenames: A list or tuple of paths; one may be there several times.
        num_workers: Files decoded at the same time; 0 is one per core.

    Returns:
        A result for every file, in their order. What is wrong with a file, or with the arguments for it, is in its
        ``exception``, and never raised.

    Raises:
        TypeError, OverflowError: ``filenames`` is no sequence of paths, or a number is negative, too large, or none.
    """
    options = WaveformOptions.of(
        start_time_milliseconds=start_time_milliseconds,
        end_time_milliseconds=end_time_milliseconds,
        frame_rate_hz=frame_rate_hz,
        num_channels=num_channels,
        convert_to_mono=convert_to_mono,
        zero_pad_ending=zero_pad_ending,
        repeat_pad_ending=repeat_pad_ending,
        resample_mode=resample_mode,
        decoding_backend=decoding_backend,
    )
    names = _names(filenames)
    workers = unsigned(num_workers, "num_workers", 32)
    if options.fits_any_file:
        return _decode_all(names, options, workers)
    # Nothing will be decoded; which of the errors each file has, is found by opening it.
    return [_decode_one(name, options) for name in names]


def waveforms_from_files_into_numpys(
    filenames: Sequence[Path],
    *,
    start_time_milliseconds: int = 0,
    end_time_milliseconds: int = 0,
    frame_rate_hz: int = 0,
    num_channels: int = 0,
    convert_to_mono: bool = False,
    zero_pad_ending: bool = False,
    repeat_pad_ending: bool = False,
    resample_mode: int = 0,
    decoding_backend: int = 0,
    num_workers: int = 0,
) -> list[NumPyNamedResult]:
    """As :func:`waveforms_from_files`, with arrays of shape (frames, channels) for waveforms."""
    results = waveforms_from_files(
        filenames,
        start_time_milliseconds=start_time_milliseconds,
        end_time_milliseconds=end_time_milliseconds,
        frame_rate_hz=frame_rate_hz,
        num_channels=num_channels,
        convert_to_mono=convert_to_mono,
        zero_pad_ending=zero_pad_ending,
        repeat_pad_ending=repeat_pad_ending,
        resample_mode=resample_mode,
        decoding_backend=decoding_backend,
        num_workers=num_workers,
    )
    return [
        NumPyNamedResult(
            result.name, None if result.waveform is None else into_numpy(result.waveform), result.exception
        )
        for result in results
    ]


def waveforms_from_files_into_numpys_unwrapped(
    filenames: Sequence[Path],
    *,
    start_time_milliseconds: int = 0,
    end_time_milliseconds: int = 0,
    frame_rate_hz: int = 0,
    num_channels: int = 0,
    convert_to_mono: bool = False,
    zero_pad_ending: bool = False,
    repeat_pad_ending: bool = False,
    resample_mode: int = 0,
    decoding_backend: int = 0,
    num_workers: int = 0,
) -> list[Frames]:
    """As :func:`waveforms_from_files_into_numpys`, but only the arrays: the error of the first that failed is raised."""
    results = waveforms_from_files_into_numpys(
        filenames,
        start_time_milliseconds=start_time_milliseconds,
        end_time_milliseconds=end_time_milliseconds,
        frame_rate_hz=frame_rate_hz,
        num_channels=num_channels,
        convert_to_mono=convert_to_mono,
        zero_pad_ending=zero_pad_ending,
        repeat_pad_ending=repeat_pad_ending,
        resample_mode=resample_mode,
        decoding_backend=decoding_backend,
        num_workers=num_workers,
    )
    arrays = []
    for result in results:
        if result.array is None:
            raise result.exception or exceptions.InternalError(f"{result.name}: no array and no exception")
        arrays.append(result.array)
    return arrays


def _names(filenames: Sequence[Path]) -> list[str]:
    if isinstance(filenames, (str, bytes, bytearray)) or not isinstance(filenames, Sequence):
        raise TypeError(f"filenames must be a list or tuple of paths, not {type(filenames).__name__}")
    for name in filenames:
        if not is_path(name):
            raise TypeError(f"filenames must be paths, not {type(name).__name__}")
    return [os.fsdecode(name) for name in filenames]


def _decode_one(name: str, options: WaveformOptions) -> WaveformNamedResult:
    try:
        return WaveformNamedResult(name, decode(name, options))
    except Exception as failure:
        return WaveformNamedResult(name, exception=failure)


def _decode_all(names: list[str], options: WaveformOptions, workers: int) -> list[WaveformNamedResult]:
    paths = [_path(name) for name in names]
    good = [path for path in paths if isinstance(path, bytes)]
    items: list[Handle] = []
    interruptible(lambda cancel: items.extend(_collect(good, options, workers, cancel)))
    results = iter(items)
    return [
        _result(name, next(results), options) if isinstance(path, bytes) else WaveformNamedResult(name, exception=path)
        for name, path in zip(names, paths)
    ]


def _path(name: str) -> bytes | ValueError:
    try:
        return path_bytes(name)
    except ValueError as failure:  # a NUL character: that file's failure
        return failure


def _collect(paths: list[bytes], options: WaveformOptions, workers: int, cancel: c_void_p | None) -> list[Handle]:
    read = options.read_options(threads=1)
    batch_options = _abi.BatchOptions(
        format=Sample.F32, layout=Layout.INTERLEAVED, workers=workers, read=pointer(read), cancel=cancel
    )
    batch = Handle.make("batch", lib.ondes_batch_free, lib.ondes_batch_new, byref(batch_options))
    items = (c_void_p * len(paths))()
    try:
        for path in paths:
            batch.call(lib.ondes_batch_add_path, path)
        batch.call(lib.ondes_batch_collect, items, len(paths))
    finally:
        # What was decoded before an error is freed with its handle.
        handles = [Handle("result", item, lib.ondes_batch_item_free) for item in items if item is not None]
        batch.close()
    return handles


def _result(name: str, item: Handle, options: WaveformOptions) -> WaveformNamedResult:
    with item.use():
        error = lib.ondes_batch_item_error(item.pointer)
        if error is None:
            audio = lib.ondes_batch_item_audio(item.pointer)
            return WaveformNamedResult(name, Waveform._of(borrow(item, audio), lib.ondes_audio_rate(audio)))
        failure = exceptions._from_c(error, name)
    if isinstance(failure, (exceptions.InvalidArgumentError, exceptions.UnsupportedError)):
        # babycat has a class for each thing that can be wrong: reading the file alone finds which it is.
        return _decode_one(name, options)
    return WaveformNamedResult(name, exception=failure)
