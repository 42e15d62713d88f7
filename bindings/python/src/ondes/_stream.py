"""Devices, and streams on them."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from ctypes import byref, c_uint64
from typing import NamedTuple, Union

import numpy as np

from . import _abi
from ._abi import Direction, Layout
from ._handle import Handle, call
from ._library import lib
from ._samples import Array, address, sample_format
from .exceptions import DeviceLost, InputDropped, TimedOut

# Python sees Ctrl-C between calls of the library only, so none waits for longer: seconds.
_WAIT = 0.1
# Frames that are brought into the library's layout at a time.
_PIECE = 4096


class Device(NamedTuple):
    """A device for one direction, as it was when it was listed."""

    id: str
    """Opens it, today and after the next start of the system."""
    name: str
    """For people. It opens the device too."""
    is_input: bool
    """It records."""
    is_output: bool
    """It plays."""
    is_default: bool
    """The system prefers it."""
    channels: int
    """How many it has; 0 if that is not known."""
    rate: int
    """The sample rate in Hz at which it needs no conversion; 0 if that is not known."""


DeviceLike = Union[str, Device]
"""A device, or its id or name, or "default"."""


def devices(direction: Direction) -> list[Device]:
    """The devices of one direction, the default one first; none without a sound system."""
    free = lib.ondes_devices_free
    found = Handle.make("list", free, lib.ondes_devices_list, direction)
    with found.use():
        pointer = found.pointer
        return [
            Device(
                id=_text(lib.ondes_devices_id(pointer, index)),
                name=_text(lib.ondes_devices_name(pointer, index)),
                is_input=direction == Direction.INPUT,
                is_output=direction == Direction.OUTPUT,
                is_default=bool(lib.ondes_devices_is_default(pointer, index)),
                channels=lib.ondes_devices_channels(pointer, index),
                rate=lib.ondes_devices_rate(pointer, index),
            )
            for index in range(lib.ondes_devices_count(pointer))
        ]


def device_id(device: DeviceLike) -> bytes:
    """What opens a device, as the library takes it."""
    if isinstance(device, Device):
        device = device.id
    if not isinstance(device, str):
        raise TypeError(f"a device is named by a str or a Device, not {device!r}")
    if "\0" in device:
        raise ValueError("the name of a device has no NUL characters")
    return device.encode("utf-8", "surrogateescape")


def _text(text: bytes) -> str:
    return text.decode("utf-8", "replace")


class Stream:
    """Audio that flows from a device, to a device, or both; blocks of it have the shape (frames, channels).

    One thread may read, another write and a third start, stop and close; that is why this is no
    :class:`~ondes._handle.Handle`. ``close`` lets go of the devices, but the object is freed only when nobody can be in
    a call of it any more.
    """

    __slots__ = ("__weakref__", "_dropping", "_owner", "_pointer", "_process", "_steering", "buffer_size", "rate")

    def __init__(
        self,
        input: DeviceLike | None = None,
        output: DeviceLike | None = None,
        *,
        rate: int = 0,
        buffer_size: int = 0,
        input_channels: int = 0,
        output_channels: int = 0,
        queue: int = 0,
    ) -> None:
        self._process = os.getpid()
        self._steering = threading.Lock()
        self._dropping: InputDropped | None = None  # told by the library, and not yet to the caller
        options = _abi.StreamOptions(
            input=None if input is None else device_id(input),
            output=None if output is None else device_id(output),
            rate=rate,
            buffer_size=buffer_size,
            input_channels=input_channels,
            output_channels=output_channels,
            input_queue=queue,
            output_queue=queue,
        )
        self._owner = Handle.make("stream", lib.ondes_stream_free, lib.ondes_stream_open, byref(options))
        self._pointer = self._owner.pointer
        self.rate: int = lib.ondes_stream_rate(self._pointer)
        self.buffer_size: int = lib.ondes_stream_buffer_size(self._pointer)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Lets the audio flow."""
        self._dropping = None
        self._steer(lib.ondes_stream_start)

    def stop(self) -> None:
        """Ends the flow at once; what was recorded can still be read."""
        self._steer(lib.ondes_stream_stop)

    def close(self) -> None:
        """Stops, and lets go of the devices; calls that wait in other threads return."""
        self._steer(lib.ondes_stream_close)

    def drain_some(self) -> bool:
        """Waits a while for all that was written to be heard; tells whether it was, and stops then."""
        try:
            # Each call waits for the way to the air from its own beginning: it must be given time for that.
            self._steer(lib.ondes_stream_drain, self.latency(Direction.OUTPUT) + _WAIT, None)
        except TimedOut:
            return False
        return True

    def drain(self) -> None:
        """Waits until all that was written has been heard, then stops."""
        while not self.drain_some():
            pass

    def read_some(self, memory: Array, wait: float = _WAIT) -> int:
        """Recorded frames into ``memory``; tells how many came in a while."""
        dropping, self._dropping = self._dropping, None
        if dropping is not None and not self.ignores_dropped:
            raise dropping
        return self._move(lib.ondes_stream_read, memory, (), wait)

    def read(self, memory: Array) -> int:
        """Fills ``memory``, or less if the stream stops, frames are dropped or the device goes away: the next call says
        so then.
        """
        done = 0
        while done < len(memory):
            try:
                moved = self.read_some(memory[done:])
            except (DeviceLost, InputDropped) as failure:
                if not done:
                    raise
                if isinstance(failure, InputDropped):
                    self._dropping = failure  # the library tells it once only
                break
            done += moved
            if not moved and not self.is_running:
                break
        return done

    def read_all(self, memory: Array) -> int:
        """Fills ``memory``, or less if the stream stops; raises if the device goes away before."""
        done = self.read(memory)
        return done + self.read(memory[done:])

    def write_some(self, frames: Array, wait: float = _WAIT) -> int:
        """Has frames played after those before; tells how many found room in a while. One channel goes to all."""
        return self._move(lib.ondes_stream_write, frames, (frames.shape[1],), wait)

    def write(self, planes: Array) -> int:
        """Has all of ``planes``, of shape (channels, frames), played, or less if the stream stops; tells how much."""
        done = 0
        for start in range(0, planes.shape[1], _PIECE):
            piece = np.ascontiguousarray(planes[:, start : start + _PIECE].T)
            while len(piece):
                moved = self.write_some(piece)
                piece = piece[moved:]
                done += moved
                if not moved and not self.is_running:
                    return done
        return done

    def _steer(self, function: Callable[..., int], *arguments: object) -> None:
        # The library refuses two at once; whoever closes a stream wants to wait for the one before. In a forked child
        # that one is not there any more, its lock is, and the library does nothing.
        with self._steering if os.getpid() == self._process else contextlib.nullcontext():
            call(function, self._pointer, *arguments)

    def _move(self, function: Callable[..., int], frames: Array, more: tuple[int, ...], wait: float) -> int:
        moved = c_uint64()
        form = (sample_format(frames.dtype), Layout.INTERLEAVED)
        call(function, self._pointer, *form, address(frames), len(frames), *more, wait, None, byref(moved))
        return moved.value

    def memory(self, frames: int) -> Array:
        """Room for so many frames of input."""
        return np.empty((frames, self.channels(Direction.INPUT)), np.float32)

    def channels(self, direction: Direction) -> int:
        """The channels of a direction; 0 without it."""
        return int(lib.ondes_stream_channels(self._pointer, direction))

    def device_name(self, direction: Direction) -> str:
        """The name of the device of a direction; "" without it."""
        return _text(lib.ondes_stream_device_name(self._pointer, direction))

    def latency(self, direction: Direction) -> float:
        """Seconds between the queue of a direction and the air, at most."""
        return float(lib.ondes_stream_latency(self._pointer, direction))

    def buffered(self, direction: Direction) -> int:
        """Frames that wait to be read, or to be played."""
        return int(lib.ondes_stream_buffered(self._pointer, direction))

    @property
    def dropped(self) -> int:
        """Frames of input that nobody read in time."""
        return int(lib.ondes_stream_dropped_input(self._pointer))

    @property
    def missed(self) -> int:
        """Frames of silence that were played because nothing was written in time."""
        return int(lib.ondes_stream_missed_output(self._pointer))

    @property
    def is_running(self) -> bool:
        """Whether audio flows."""
        return bool(lib.ondes_stream_is_running(self._pointer))

    @property
    def ignores_dropped(self) -> bool:
        """Whether reading goes on over dropped input."""
        return bool(lib.ondes_stream_ignores_dropped_input(self._pointer))

    @ignores_dropped.setter
    def ignores_dropped(self, ignore: bool) -> None:
        lib.ondes_stream_set_ignore_dropped_input(self._pointer, bool(ignore))
