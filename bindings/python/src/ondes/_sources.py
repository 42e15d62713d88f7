"""What audio is read from: a path, bytes, or a file object."""

from __future__ import annotations

import ctypes
import io
import operator
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, Union, runtime_checkable

import numpy as np

from . import _abi
from ._handle import Handle
from ._library import lib
from ._samples import address

if TYPE_CHECKING:
    from typing_extensions import TypeGuard


@runtime_checkable
class BinaryFile(Protocol):
    """A file object opened in binary mode; ``seek``, ``tell`` and ``seekable`` are used where it has them."""

    def read(self, size: int, /) -> bytes: ...


Path = Union[str, "os.PathLike[str]", "os.PathLike[bytes]"]
Buffer = Any
"""Anything with the buffer protocol: bytes, bytearray, memoryview, a NumPy array of uint8 …"""
Source = Union[Path, Buffer, BinaryFile]


def is_path(source: object) -> TypeGuard[Path]:
    return isinstance(source, (str, os.PathLike))


def path_bytes(path: Path) -> bytes:
    """A path as the library takes it."""
    encoded = os.fsencode(path) if os.name != "nt" else os.fsdecode(path).encode()
    if b"\0" in encoded:
        raise ValueError(f"a path cannot hold a NUL character: {path!r}")
    return encoded


def name_of(file: object) -> str | None:
    """The name of a file object, for messages and its extension."""
    name = getattr(file, "name", None)
    return name if isinstance(name, str) else None


def as_buffer(source: object) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    """The bytes of a buffer or of an ``io.BytesIO`` (from where it stands), not copied; None for anything else."""
    if isinstance(source, (bytes, bytearray)):
        return np.frombuffer(source, np.uint8) if source else np.empty(0, np.uint8)
    getbuffer = getattr(source, "getbuffer", None)
    if getattr(type(source), "read", io.BytesIO.read) is not io.BytesIO.read and isinstance(source, io.BytesIO):
        return None  # what it does on reading is its own: counting, metering, refusing
    tell = getattr(source, "tell", None)  # io.BytesIO and mmap.mmap have one
    try:
        view = memoryview(source if getbuffer is None else getbuffer())  # type: ignore[arg-type]
    except TypeError:
        return None
    start = 0 if tell is None else tell()
    if not view.c_contiguous:
        raise ValueError("a buffer to read audio from must be contiguous, in C order")
    if not view.nbytes or start >= view.nbytes:
        return np.empty(0, np.uint8)
    return np.frombuffer(view.cast("B")[start:], np.uint8)


class Callbacks:
    """An ``ondes_io`` on a file object. What the file raises is kept and raised again by the call that ran into it."""

    def __init__(self, file: Any, *, writing: bool = False) -> None:
        self.failures: list[BaseException] = []
        functions: dict[str, Any] = {}
        if writing:
            functions["write"] = _abi.IoWrite(self._guard("write", _write(file)))
            if hasattr(file, "flush"):
                functions["flush"] = _abi.IoFlush(self._guard("flush", _flush(file)))
        else:
            functions["read"] = _abi.IoRead(self._guard("read", _read(file)))
        if _is_seekable(file):
            functions["seek"] = _abi.IoSeek(self._guard("seek", lambda _, position: _seek(file, position)))
            functions["tell"] = _abi.IoTell(self._guard("tell", lambda _: file.tell()))
            if not writing:
                functions["size"] = _abi.IoSize(self._guard("tell", lambda _: _size(file)))
        self.io = _abi.Io(**functions)
        self._functions = functions  # ctypes frees what is called back with the last reference to it

    def _guard(self, name: str, function: Callable[..., Any]) -> Callable[..., int]:
        failures = self.failures

        def called_by_ondes(*arguments: Any) -> int:
            # A callback of ctypes must neither raise nor return anything but a number.
            try:
                result = function(*arguments)
                try:
                    return operator.index(result)
                except TypeError:
                    raise TypeError(f"{name}() of a file object must return a whole number, not {result!r}") from None
            except BaseException as failure:
                failures.append(failure)
                return -1

        return called_by_ondes


def _is_seekable(file: Any) -> bool:
    if not hasattr(file, "seek") or not hasattr(file, "tell"):
        return False
    seekable = getattr(file, "seekable", None)
    return True if seekable is None else bool(seekable())


def _read(file: Any) -> Callable[[Any, int, int], int]:
    def read(_: Any, dst: int, size: int) -> int:
        # A text file would fail where its bytes are no text, and say only that.
        data = "" if isinstance(file, io.TextIOBase) else file.read(size)
        if data is None:
            raise BlockingIOError(f"{file!r} has no data now: a file to read audio from must not be non-blocking")
        if isinstance(data, str):
            raise TypeError(
                f"File-like object {file!r} was expected to return bytes from its read(...), but "
                'returned str. Was it opened in text mode ("r") instead of binary mode ("rb")?'
            )
        try:
            view = memoryview(data)
        except TypeError:
            raise TypeError(
                f"File-like object {file!r} was expected to return bytes from its read(...), but "
                f"returned {type(data).__name__}"
            ) from None
        if view.nbytes > size:
            raise ValueError(f"File-like object {file!r} returned {view.nbytes} bytes where {size} were asked for")
        ctypes.memmove(dst, bytes(view) if not isinstance(data, bytes) else data, view.nbytes)
        return view.nbytes

    return read


def _write(file: Any) -> Callable[[Any, int, int], int]:
    def write(_: Any, src: int, size: int) -> int:
        data = ctypes.string_at(src, size)
        done = file.write(data)
        if not isinstance(file, io.RawIOBase):
            return size if done is None else done
        # Raw files may take a part, such as what a pipe has room for; None is their word for nothing at all.
        while done and done < size:
            part = file.write(data[done:])
            done = part and done + part
        if done is None:
            raise BlockingIOError(f"{file!r} takes no data now: a file to write audio to must not be non-blocking")
        return int(done)

    return write


def _flush(file: Any) -> Callable[[Any], int]:
    def flush(_: Any) -> int:
        file.flush()
        return 0

    return flush


def _seek(file: Any, position: int) -> Any:
    reached = file.seek(position)
    return position if reached is None else reached


def _size(file: Any) -> Any:
    position = file.tell()
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(position)
    return size


def open_source(
    source: Source,
    kind: str,
    functions: tuple[Callable[..., int], Callable[..., int], Callable[..., int]],
    free: Callable[[int], None],
    *options: object,
) -> Handle:
    """Opens a source with the function that fits it: the ones for paths, for memory and for callbacks."""
    open_path, open_memory, open_io = functions
    if is_path(source):
        path = os.fsdecode(source)
        return Handle.make(kind, free, open_path, path_bytes(source), *options, path=path)
    buffer = as_buffer(source)
    if buffer is None and not hasattr(source, "read"):
        raise TypeError(f"audio is read from a path, bytes or a binary file object, not from {type(source).__name__}")
    name = name_of(source)
    text = None if name is None else name.encode("utf-8", "surrogateescape")
    if buffer is not None:
        memory = address(buffer), buffer.size, text
        try:
            return Handle.make(kind, free, open_memory, *memory, *options, path=name, keep=buffer)
        finally:
            buffer = None  # or an exception would keep an io.BytesIO from being changed by who catches it
    callbacks = Callbacks(source)
    stream = ctypes.byref(callbacks.io), text
    return Handle.make(kind, free, open_io, *stream, *options, path=name, keep=callbacks, failures=callbacks.failures)


def open_reader(source: Source, options: _abi.ReadOptions | None = None) -> Handle:
    """Opens an ``ondes_reader``."""
    functions = (lib.ondes_reader_open_path, lib.ondes_reader_open_memory, lib.ondes_reader_open_io)
    return open_source(source, "AudioFile", functions, lib.ondes_reader_free, options)
