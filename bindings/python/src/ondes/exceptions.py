"""What can go wrong.

Every failure of the library is an :class:`OndesError` and also the built-in
exception that fits, so that both ``except ondes.exceptions.OndesError`` and, say,
``except FileNotFoundError`` catch it. Files that cannot be opened are
``ValueError`` as well, as users of pedalboard expect.
"""

from __future__ import annotations

import ctypes
import os
import re
from typing import Any

from ._abi import UNKNOWN, Status
from ._library import lib


class OndesError(Exception):
    """Any failure of the library; the message says what failed, where and why."""

    status: Status = Status.INTERNAL
    """The status of the C call."""
    path: str | None = None
    """The file, or the name of the stream, where there is one."""
    offset: int | None = None
    """The byte of the file at which the trouble is, where that is known."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # OSError would make one of errno and filename

    def __reduce__(self) -> tuple[Any, ...]:
        # Results of worker processes carry exceptions: OSError's own way would lose the attributes.
        state: dict[str, Any] = {"status": self.status, "path": self.path, "offset": self.offset}
        if isinstance(self, OSError):
            state.update(errno=self.errno, strerror=self.strerror, filename=self.filename)
        return type(self), self.args, state


class InvalidArgumentError(OndesError, ValueError):
    """An argument has a value that the call does not take."""

    status = Status.INVALID_ARGUMENT


class BusyError(OndesError, RuntimeError):
    """The object is in use, by another thread or by the call that runs this callback; or a file to be written is mapped."""


class ClosedError(OndesError, RuntimeError, ValueError):
    """The object was closed before."""


class FileNotFound(OndesError, FileNotFoundError, ValueError):
    """There is no such file."""


class IsADirectory(OndesError, IsADirectoryError, ValueError):
    """The path names a directory."""


class PermissionDenied(OndesError, PermissionError, ValueError):
    """The operating system refused access."""


class InputOutputError(OndesError, OSError, RuntimeError, ValueError):
    """Opening, reading or writing failed; ``errno`` is the system's number.

    pedalboard raises ValueError for files that cannot be opened, and RuntimeError for those that cannot be written.
    """


class CallbackError(OndesError, OSError, RuntimeError):
    """A file object returned something that cannot be."""


class UnrecognizedError(OndesError, ValueError):
    """The bytes are no known audio format."""


class UnknownDecodeError(OndesError):
    """What is known of a format does not help: its bytes or its codec cannot be handled. The subclasses say which."""


class UnsupportedError(UnknownDecodeError, ValueError, NotImplementedError):
    """A known format, codec or operation that the library does not do, or that this build of it was made without."""


class MalformedError(UnknownDecodeError, ValueError):
    """The format is known but its bytes are damaged."""


class LimitError(UnknownDecodeError, ValueError):
    """The file claims, or the call asks for, more than the limits against hostile files allow."""


class FormatChangedError(UnknownDecodeError, ValueError):
    """Rate, channels or depth change in mid-stream."""


class NotSeekableError(OndesError, ValueError, OSError):
    """The call needs a source or target that can seek."""


class OutOfRangeError(OndesError, ValueError, IndexError):
    """A position outside of what there is."""


class Cancelled(OndesError):
    """A progress function stopped the call."""


class DeviceNotFound(OndesError, ValueError):
    """There is no such device, or no sound system at all."""


class DeviceLost(OndesError, OSError, RuntimeError):
    """The device went away, or the sound system ended, while audio flowed."""


class DeviceRefused(OndesError, ValueError):
    """The device does not take the rate, the channels or the buffer that were asked for, or is in use."""


class InputDropped(OndesError, RuntimeError):
    """Recorded audio was not read in time, and the oldest of it is gone."""


class TimedOut(OndesError, TimeoutError):
    """The time was up before all was done."""


class InternalError(OndesError, RuntimeError):
    """A fault of the library: please report it with its message."""


class OutOfMemory(OndesError, MemoryError):
    """The system has no memory left for the result."""


# babycat's names. Those that it has for something that is here already are other names for that.

BabycatError = OndesError
UnknownInputEncoding = UnrecognizedError


class FeatureNotCompiled(OndesError, NotImplementedError):
    """A decoding backend or resample mode that is not there."""

    status = Status.UNSUPPORTED


class WrongTimeOffset(InvalidArgumentError):
    """``end_time_milliseconds`` is not after ``start_time_milliseconds``."""


class WrongNumChannels(InvalidArgumentError):
    """More channels are asked for than the audio has."""


class WrongNumChannelsAndMono(WrongNumChannels):
    """``convert_to_mono`` and ``num_channels=1`` contradict each other."""


class CannotZeroPadWithoutSpecifiedLength(InvalidArgumentError):
    """``zero_pad_ending`` without ``end_time_milliseconds``."""


class CannotRepeatPadWithoutSpecifiedLength(InvalidArgumentError):
    """``repeat_pad_ending`` without ``end_time_milliseconds``."""


class CannotSetZeroPadEndingAndRepeatPadEnding(InvalidArgumentError):
    """``zero_pad_ending`` and ``repeat_pad_ending`` contradict each other."""


class UnknownEncodeError(OndesError, OSError, ValueError):
    """A waveform cannot be written; ``__cause__`` is the reason."""

    status = Status.IO


class ResamplingError(OndesError):
    """The rate cannot be converted."""


class WrongFrameRate(ResamplingError, InvalidArgumentError):
    """There is no such rate."""

    status = Status.INVALID_ARGUMENT


class WrongFrameRateRatio(WrongFrameRate):
    """The rates are more than 256:1 apart."""


class SourceError(OndesError):
    """Waveforms that do not fit together."""


class CannotAppendSourcesWithDifferentNumChannels(SourceError):
    """Kept for programs that catch it: nothing here appends."""


class CannotAppendSourcesWithDifferentFrameRates(SourceError):
    """Kept for programs that catch it: nothing here appends."""


_CLASSES: dict[Status, type[OndesError]] = {
    Status.NULL_ARGUMENT: InvalidArgumentError,
    Status.INVALID_ARGUMENT: InvalidArgumentError,
    Status.BUSY: BusyError,
    Status.CLOSED: ClosedError,
    Status.NOT_FOUND: FileNotFound,
    Status.IS_DIRECTORY: IsADirectory,
    Status.PERMISSION: PermissionDenied,
    Status.NO_SPACE: InputOutputError,
    Status.IO: InputOutputError,
    Status.CALLBACK: CallbackError,
    Status.UNRECOGNIZED: UnrecognizedError,
    Status.UNSUPPORTED: UnsupportedError,
    Status.MALFORMED: MalformedError,
    Status.LIMIT: LimitError,
    Status.FORMAT_CHANGED: FormatChangedError,
    Status.NOT_SEEKABLE: NotSeekableError,
    Status.OUT_OF_RANGE: OutOfRangeError,
    Status.CANCELLED: Cancelled,
    Status.OUT_OF_MEMORY: OutOfMemory,
    Status.NO_DEVICE: DeviceNotFound,
    Status.DEVICE_LOST: DeviceLost,
    Status.DEVICE_REFUSED: DeviceRefused,
    Status.INPUT_DROPPED: InputDropped,
    Status.TIMED_OUT: TimedOut,
}


def _new(
    status: Status, message: str, path: str | None = None, offset: int | None = None, errno: int = 0
) -> OndesError:
    error = _CLASSES.get(status, InternalError)(message)
    error.status = status
    error.path = path
    error.offset = offset
    if isinstance(error, OSError) and errno:
        error.errno, error.strerror, error.filename = errno, os.strerror(errno), path
    return error


def _from_c(pointer: ctypes.c_void_p | int, path: str | None = None) -> OndesError:
    """The exception for an ``ondes_error``, which stays the caller's."""
    code = lib.ondes_error_status(pointer)
    status = Status(code) if code in Status._value2member_map_ else Status.INTERNAL
    offset = lib.ondes_error_offset(pointer)
    message = lib.ondes_error_message(pointer).decode("utf-8", "replace")
    # Those about arguments begin with the C function's name, which no user of Python knows.
    message = re.sub(r"^ondes_\w+: ", "", message)
    return _new(status, message, path, None if offset == UNKNOWN else offset, lib.ondes_error_os_code(pointer))
