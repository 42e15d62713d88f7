"""What the commands read: files, all the audio in folders, and stdin as ``-``."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from typing import BinaryIO, NamedTuple, TypeVar, Union

from ondes._bar import is_terminal
from ondes._library import lib
from ondes.exceptions import NotSeekableError

from ._failure import WRONG_USE, Failure
from ._text import printable

STANDARD = "-"
_T = TypeVar("_T")


class Input(NamedTuple):
    """One file to read."""

    path: str
    """Its path, or ``-`` for stdin."""
    below: PurePath
    """Where it lies below the folder that was named, or just its name."""

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return "stdin" if self.path == STANDARD else self.path


def read_extensions() -> frozenset[str]:
    """The file name extensions of all formats that are read, as ``.flac``."""
    lists = (lib.ondes_read_format_extensions(index) for index in range(lib.ondes_read_format_count()))
    return frozenset(f".{extension}" for names in lists for extension in names.decode().split(","))


def inputs(arguments: Iterable[str], *, leave_out: str | None = None) -> list[Input]:
    """The files that were named, and those in folders that were named whose extension is one of audio.

    Folders below are gone through as well, in the order of names; ``leave_out``
    is a folder that is not looked into. A folder without audio is a failure.
    One that cannot be listed is among the inputs itself, so that opening it
    tells why, and the others are not lost with it.
    """
    extensions = read_extensions()
    found: list[Input] = []
    standard = 0
    for argument in arguments:
        if argument == STANDARD:
            standard += 1
            found.append(Input(STANDARD, PurePath("stdin")))
        elif os.path.isdir(argument):
            below = list(_audio_below(argument, extensions, leave_out))
            if not below:
                raise Failure(f"{printable(argument)}: no audio files in this folder", WRONG_USE)
            found += below
        elif not argument:
            raise Failure("an empty name is no file", WRONG_USE)
        else:
            found.append(Input(argument, PurePath(PurePath(argument).name)))
    if standard > 1:
        raise Failure("stdin (-) can be read only once", WRONG_USE)
    return found


def _audio_below(folder: str, extensions: frozenset[str], leave_out: str | None) -> Iterator[Input]:
    closed: list[str] = []

    def failed(error: OSError) -> None:
        closed.append(os.fsdecode(error.filename))

    for parent, folders, files in os.walk(folder, onerror=failed):
        folders[:] = sorted(name for name in folders if not _is(os.path.join(parent, name), leave_out))
        for name in sorted(files):
            if os.path.splitext(name)[1].lower() in extensions:
                path = os.path.join(parent, name)
                yield Input(path, PurePath(os.path.relpath(path, folder)))
    for path in closed:
        yield Input(path, PurePath(os.path.relpath(path, folder)))


def _is(folder: str, other: str | None) -> bool:
    return other is not None and os.path.isdir(other) and os.path.samefile(folder, other)


class _Remembering(io.RawIOBase):
    """Bytes of a stream that goes forward only, kept until :meth:`forget`."""

    name = "stdin"

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._kept: BinaryIO | None = tempfile.SpooledTemporaryFile(1 << 22)  # type: ignore[assignment]  # noqa: SIM115

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        if self._kept is not None:
            self._kept.write(data)
        return data

    def forget(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def all(self) -> BinaryIO:
        """All of the stream, what was read already included, as a file that can seek."""
        kept, self._kept = self._kept, None
        assert kept is not None
        shutil.copyfileobj(self._stream, kept, 1 << 20)
        kept.seek(0)
        return kept


Readable = Union[str, BinaryIO, io.RawIOBase]


@contextlib.contextmanager
def opened(source: Input, opener: Callable[[Readable], _T], *, seeking: bool = False) -> Iterator[_T]:
    """Opens an input by ``opener``; what that makes is closed by the caller.

    A pipe is read forward. Where the format does not allow that (the index of
    most M4A files stands at their end), or ``seeking`` asks for it, all of it goes to a
    temporary file before.
    """
    if source.path != STANDARD:
        yield opener(source.path)
        return
    stream = standard_input()
    if stream.seekable():
        yield opener(stream)
        return
    remembering = _Remembering(stream)
    with contextlib.ExitStack() as stack:
        stack.callback(remembering.forget)
        try:
            if seeking:
                raise NotSeekableError
            made = opener(remembering)
        except NotSeekableError:
            whole = stack.enter_context(_Named(remembering.all()))
            made = opener(whole)
        remembering.forget()
        yield made


class _Named(io.RawIOBase):
    """A temporary file under the name of what it holds."""

    name = "stdin"

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()


def standard_input() -> BinaryIO:
    """Stdin as bytes; a terminal is refused, as nobody types audio."""
    if sys.stdin is None:
        raise Failure("stdin is closed: pipe audio into it, or name a file", WRONG_USE)
    if is_terminal(sys.stdin):
        raise Failure("stdin is a terminal: pipe audio into it, or name a file", WRONG_USE)
    return sys.stdin.buffer


def standard_output() -> BinaryIO:
    """Stdout as bytes; a terminal is refused, which binary data would upset."""
    if sys.stdout is None:
        raise Failure("stdout is closed: redirect it, or name a file", WRONG_USE)
    if sys.stdout.isatty():
        raise Failure("stdout is a terminal: redirect it, or name a file", WRONG_USE)
    return sys.stdout.buffer
