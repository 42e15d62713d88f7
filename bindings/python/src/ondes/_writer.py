"""A writer of the library, as the public calls use it."""

from __future__ import annotations

import ctypes
import os
from contextlib import ExitStack
from ctypes import byref, c_void_p
from typing import Protocol, Union

from . import _abi
from ._abi import UNKNOWN
from ._handle import Handle, call
from ._library import lib
from ._options import thread_count, whole_number
from ._samples import Samples
from ._sources import Callbacks, Path, is_path, name_of, path_bytes

_MAX = 2**32 - 1


class BinaryTarget(Protocol):
    """A file object opened for writing in binary mode; formats that go back to their header also need ``seek``, ``tell``
    and ``seekable``, and ``flush`` is called where there is one."""

    def write(self, data: bytes, /) -> int | None: ...


Target = Union[Path, BinaryTarget]


def write_options(
    *,
    rate: int = 0,
    channels: int = 0,
    format: str | None = None,
    quality: str | float | None = None,
    sample_format: int = 0,
    channel_mask: int = 0,
    threads: int = 1,
    dither: bool = False,
    atomic: bool = False,
    bit_reservoir: bool = True,
) -> _abi.WriteOptions:
    """The options of a writer; rate, channels and samples that are 0 come from the file that it is like.

    ``threads`` counts as everywhere in this package: 0 is all cores.
    """
    flags = (_abi.WRITE_ATOMIC if atomic else 0) | (0 if bit_reservoir else _abi.WRITE_NO_BIT_RESERVOIR)
    return _abi.WriteOptions(
        flags=flags,
        format=None if format is None else _text(format, "format"),
        quality=None if quality is None else _text(quality_word(quality), "quality"),
        rate=whole_number(rate, "sample_rate", 0, _MAX),
        channels=whole_number(channels, "channels", 0, _MAX),
        channel_mask=whole_number(channel_mask, "channel_mask", 0, _MAX),
        sample_format=sample_format,
        threads=thread_count(threads),
        dither=bool(dither),
    )


def quality_word(quality: str | float) -> str:
    """A quality as text: numbers may stand for it, 192 for "192 kbps"."""
    if isinstance(quality, float) and quality.is_integer():
        quality = int(quality)
    return str(quality)


def _text(text: str, name: str) -> bytes:
    encoded = text.encode("utf-8", "surrogateescape")
    if b"\0" in encoded:
        raise ValueError(f"{name} cannot hold a NUL character: {text!r}")
    return encoded


class Writer:
    """Writes frames to one path, file object, or block of memory (``target=None``).

    ``like`` is the handle of a reader that gives what the options leave open, ``tags`` that of tags to put into the file.
    """

    def __init__(
        self,
        target: Target | None,
        options: _abi.WriteOptions,
        *,
        like: Handle | None = None,
        tags: Handle | None = None,
    ) -> None:
        with ExitStack() as lent:
            _lend(options, lent, like, tags)
            self.handle = _open(target, options)

    def write(self, samples: Samples) -> None:
        """Appends frames, which are converted to the file's sample format."""
        self.handle.call(lib.ondes_writer_write, samples.format, samples.layout, samples.pointer, samples.frames)

    def flush(self) -> None:
        """Brings the file up to date, so that all frames written so far can be read from it."""
        self.handle.call(lib.ondes_writer_flush)

    def finish(self) -> None:
        """Completes the file: every error that could still come, comes here."""
        self.handle.call(lib.ondes_writer_finish)

    def take_bytes(self) -> bytes:
        """The file that was written in memory: once, after :meth:`finish`."""
        out = c_void_p()
        self.handle.call(lib.ondes_writer_take_bytes, byref(out))
        return _as_bytes(out)

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return int(self.handle.get(lib.ondes_writer_frames))

    @property
    def rate(self) -> int:
        return int(self.handle.get(lib.ondes_writer_rate))

    @property
    def channels(self) -> int:
        return int(self.handle.get(lib.ondes_writer_channels))

    @property
    def format(self) -> str:
        """The format's name: "wav"."""
        index = self.handle.get(lib.ondes_writer_format)
        name: bytes = lib.ondes_write_format_name(index)
        return name.decode()

    @property
    def quality(self) -> str | None:
        """The format's word for the quality that was chosen; None if it has no choice."""
        word: bytes = self.handle.get(lib.ondes_writer_quality)
        return word.decode() or None

    @property
    def sample_format(self) -> int:
        """An ``ONDES_SAMPLE_`` number; F32 for lossy codecs."""
        return int(self.handle.get(lib.ondes_writer_sample_format))

    def close(self) -> None:
        """Lets go of the target. What was not finished stays incomplete, or goes away if it is atomic."""
        self.handle.close()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def encode(
    samples: Samples, options: _abi.WriteOptions, *, like: Handle | None = None, tags: Handle | None = None
) -> bytes:
    """A whole file in memory."""
    out = c_void_p()
    with ExitStack() as lent:
        _lend(options, lent, like, tags)
        call(
            lib.ondes_encode,
            samples.format,
            samples.layout,
            samples.pointer,
            samples.frames,
            byref(options),
            byref(out),
        )
    return _as_bytes(out)


def write_format(name: str) -> int | None:
    """The index of a format by its name or an extension, with or without a dot, in any case; None if there is none."""
    index = int(lib.ondes_write_format_find(_text(name, "format")))
    return None if index == UNKNOWN else index


def write_formats() -> list[int]:
    """The indices of the formats that this build of the library writes."""
    return [index for index in range(lib.ondes_write_format_count()) if lib.ondes_write_format_is_built(index)]


def sample_formats(format: int) -> list[int]:
    """The ``ONDES_SAMPLE_`` numbers that files of a format can hold, the usual one first; none where it is lossy."""
    found: list[int] = []
    while number := lib.ondes_write_format_sample(format, len(found)):
        found.append(number)
    return found


def _lend(options: _abi.WriteOptions, lent: ExitStack, like: Handle | None, tags: Handle | None) -> None:
    options.like = None if like is None else _lent(lent, like)
    options.tags = None if tags is None else _lent(lent, tags)


def _lent(lent: ExitStack, handle: Handle) -> int:
    lent.enter_context(handle.use())
    return handle.pointer


def _open(target: Target | None, options: _abi.WriteOptions) -> Handle:
    free = lib.ondes_writer_free
    if target is None:
        return Handle.make("AudioFile", free, lib.ondes_writer_open_memory, byref(options))
    if is_path(target):
        path = os.fsdecode(target)
        open_path = lib.ondes_writer_open_path
        return Handle.make("AudioFile", free, open_path, path_bytes(target), byref(options), path=path)
    if not callable(getattr(target, "write", None)):
        raise TypeError(f"audio is written to a path or a binary file object, not to {type(target).__name__}")
    callbacks = Callbacks(target, writing=True)
    name = name_of(target)
    text = None if name is None else name.encode("utf-8", "surrogateescape")
    arguments = byref(callbacks.io), text, byref(options)
    return Handle.make(
        "AudioFile", free, lib.ondes_writer_open_io, *arguments, path=name, keep=callbacks, failures=callbacks.failures
    )


def _as_bytes(out: c_void_p) -> bytes:
    try:
        return ctypes.string_at(lib.ondes_bytes_data(out), lib.ondes_bytes_size(out))
    finally:
        lib.ondes_bytes_free(out)
