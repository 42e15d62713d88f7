"""What reading a file and reading it at another rate have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ctypes import byref, c_uint64
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from ondes import exceptions
from ondes._abi import Layout, Status
from ondes._handle import Handle, call
from ondes._reader import LONG
from ondes._samples import DTYPES, Array, address

from ._file import AudioFile

_PLANAR = int(Layout.PLANAR)
# Samples read at a time where Ctrl-C must be heard in between: small enough for the cache.
_PIECE = 1 << 18


class Reading(AudioFile):
    """Reads frames through a function of the library, keeps the position, and leaves it where reading fails."""

    __slots__ = ("_channels", "_exact", "_frames", "_position")

    _channels: int
    _exact: bool
    """Whether the number of frames is exact, and not an estimate."""
    _frames: int
    _position: int

    def tell(self) -> int:
        """Tell the frame that the next read begins with; the last one after the file was closed."""
        return self._position

    @property
    def frames(self) -> int:
        """How many frames there are from the start to the end; an estimate while ``exact_duration_known`` is False."""
        return self._frames

    @property
    def num_channels(self) -> int:
        """How many channels there are."""
        return self._channels

    def _learn(self, frames: int, *, exact: bool, ended: bool) -> None:
        """Takes over what is known of the length by now."""
        self._exact = exact or ended
        if exact:
            self._frames = frames
        else:
            # Before the end was found, whoever reads as long as there are frames must not stop.
            self._frames = self._position if ended else max(frames, self._position + 1)

    def _refuse(self, frame: int) -> NoReturn:
        raise exceptions._new(
            Status.OUT_OF_RANGE,
            f"Cannot seek to position {frame} frames, which is beyond end of file ({self._frames} frames) "
            f"by {frame - self._frames} frames.",
        )

    def _description(self) -> str:
        return (
            f"{self._what()} samplerate={self.samplerate} num_channels={self._channels} frames={self._frames} "
            f"file_dtype={self.file_dtype}{' closed' * self.closed}"
        )

    if TYPE_CHECKING:

        @property
        def samplerate(self) -> int | float: ...
        @property
        def file_dtype(self) -> str: ...
        @property
        def closed(self) -> bool: ...
        def _what(self) -> str: ...

    def _take(
        self,
        handle: Handle,
        pointer: int,
        functions: tuple[Callable[..., int], Callable[..., int]],
        wanted: int,
        format: int,
    ) -> Array:
        """Reads with the library's functions for reading and seeking; ``pointer`` is the handle's, which is entered."""
        read, seek = functions
        try:
            if self._exact:
                array = self._take_known(handle, pointer, read, wanted, format)
            else:
                array = self._take_estimated(handle, pointer, read, wanted, format)
        except BaseException:
            # Nobody got what was read of it: the next call reads it again.
            seek(pointer, self._position, None)
            handle.failures.clear()
            raise
        self._position += array.shape[1]
        return array

    def _take_known(self, handle: Handle, pointer: int, read: Callable[..., int], wanted: int, format: int) -> Array:
        channels = self._channels
        count = min(wanted, max(self._frames - self._position, 0))
        array = np.empty((channels, count), DTYPES[format])
        if not count:
            if wanted and channels:
                # Where the audio ends because it cannot be read any further, only reading on tells so.
                beyond, got = np.empty(channels, DTYPES[format]), c_uint64()
                call(
                    read,
                    pointer,
                    format,
                    _PLANAR,
                    address(beyond),
                    1,
                    byref(got),
                    path=handle.path,
                    failures=handle.failures,
                )
            return array
        # A file object's callbacks run Python code in this thread, and with it signal handlers.
        if count * channels < LONG or handle.calls_back:
            got = c_uint64()
            call(
                read,
                pointer,
                format,
                _PLANAR,
                address(array),
                count,
                byref(got),
                path=handle.path,
                failures=handle.failures,
            )
            done = got.value
        else:
            done = self._take_long(handle, pointer, read, array, format)
        if done < count:
            array = array[:, :done].copy()
            self._frames = self._position + done
        return array

    def _take_long(self, handle: Handle, pointer: int, read: Callable[..., int], array: Array, format: int) -> int:
        """Fills an array piece by piece, so that Ctrl-C is heard in between; tells the frames."""
        count = array.shape[1]
        done = 0
        for piece in self._pieces(handle, pointer, read, count, format):
            array[:, done : done + piece.shape[1]] = piece
            done += piece.shape[1]
        return done

    def _take_estimated(
        self, handle: Handle, pointer: int, read: Callable[..., int], wanted: int, format: int
    ) -> Array:
        pieces = [piece.copy() for piece in self._pieces(handle, pointer, read, wanted, format)]
        joined: Array = np.concatenate(pieces, axis=1) if pieces else np.empty((self._channels, 0), DTYPES[format])
        return joined

    def _pieces(
        self, handle: Handle, pointer: int, read: Callable[..., int], wanted: int, format: int
    ) -> Iterator[Array]:
        """Reads piece after piece, each into the memory of the one before."""
        channels = self._channels
        step = min(wanted, max(_PIECE // channels, 1))
        memory = np.empty(channels * step, DTYPES[format])
        start = address(memory)
        got = c_uint64()
        while wanted:
            step = min(step, wanted)
            call(read, pointer, format, _PLANAR, start, step, byref(got), path=handle.path, failures=handle.failures)
            if not got.value:
                break
            yield memory[: channels * step].reshape(channels, step)[:, : got.value]
            if got.value < step:
                break
            wanted -= step


def source_text(source: object, path: str | None) -> str:
    """What a file is read from or written to, for its ``repr``."""
    if path is not None:
        return f'filename="{path}"'
    if isinstance(source, (bytes, bytearray)):
        return f"file_like=<{type(source).__name__} of {len(source)} bytes>"
    return f"file_like={source!r}"
