"""Streams from and to devices, as the commands use them."""

from __future__ import annotations

from ctypes import byref, c_uint64
from typing import NamedTuple

import numpy as np

from ondes import _abi
from ondes._abi import Direction, Layout, Sample, Status
from ondes._handle import Handle
from ondes._library import lib
from ondes._samples import Array, address
from ondes.exceptions import OndesError

# Python sees Ctrl-C between calls only.
_WAIT = 0.1
# Frames that wait to be played: about a second, in which other programs may keep this one from its work.
_AHEAD = 48000


class Device(NamedTuple):
    """A device, as it was when it was listed."""

    id: str
    name: str
    rate: int
    channels: int


def devices(direction: Direction) -> list[Device]:
    """The devices of one direction, the default first."""
    free = lib.ondes_devices_free
    handle = Handle.make("list", free, lib.ondes_devices_list, direction)
    with handle.use():
        pointer = handle.pointer
        return [
            Device(
                lib.ondes_devices_id(pointer, index).decode("utf-8", "replace"),
                lib.ondes_devices_name(pointer, index).decode("utf-8", "replace"),
                lib.ondes_devices_rate(pointer, index),
                lib.ondes_devices_channels(pointer, index),
            )
            for index in range(lib.ondes_devices_count(pointer))
        ]


class Stream:
    """Audio that flows from or to one device."""

    def __init__(self, direction: Direction, device: str, *, rate: int = 0, channels: int = 0) -> None:
        name = device.encode("utf-8", "surrogateescape")
        options = (
            _abi.StreamOptions(input=name, rate=rate, input_channels=channels)
            if direction == Direction.INPUT
            else _abi.StreamOptions(output=name, rate=rate, output_channels=channels, output_queue=_AHEAD)
        )
        self._handle = Handle.make("stream", lib.ondes_stream_free, lib.ondes_stream_open, byref(options))
        self._direction = direction
        self.rate = int(self._handle.get(lib.ondes_stream_rate))
        self.channels = int(self._handle.get(lib.ondes_stream_channels, direction))
        device_name: bytes = self._handle.get(lib.ondes_stream_device_name, direction)
        self.device_name = device_name.decode("utf-8", "replace")

    def start(self) -> None:
        """Lets the audio flow; dropped input is counted, and ends nothing."""
        self._handle.get(lib.ondes_stream_set_ignore_dropped_input, 1)
        self._handle.call(lib.ondes_stream_start)

    def stop(self) -> None:
        """Ends the flow at once."""
        self._handle.call(lib.ondes_stream_stop)

    def write(self, block: Array) -> int:
        """Has frames of shape (frames, channels) played after those before; tells how many found room in a while."""
        taken = c_uint64()
        frames, channels = block.shape
        form = (Sample.F32, Layout.INTERLEAVED)
        self._handle.call(lib.ondes_stream_write, *form, address(block), frames, channels, _WAIT, None, byref(taken))
        return taken.value

    def read(self, memory: Array) -> Array:
        """Recorded frames in memory of shape (frames, channels): as many as came in a while."""
        taken = c_uint64()
        form = (Sample.F32, Layout.INTERLEAVED)
        self._handle.call(lib.ondes_stream_read, *form, address(memory), memory.shape[0], _WAIT, None, byref(taken))
        return memory[: taken.value]

    def is_heard(self) -> bool:
        """Whether all that was written has been heard; waits for it a while."""
        try:
            self._handle.call(lib.ondes_stream_drain, _WAIT, None)
        except OndesError as error:
            if error.status == Status.TIMED_OUT:
                return False
            raise
        return True

    @property
    def buffered(self) -> int:
        """Frames that wait."""
        return int(self._handle.get(lib.ondes_stream_buffered, self._direction))

    @property
    def dropped(self) -> int:
        """Frames of input that came too fast to be read."""
        return int(self._handle.get(lib.ondes_stream_dropped_input))

    @property
    def missed(self) -> int:
        """Frames of silence that were played because nothing came in time."""
        return int(self._handle.get(lib.ondes_stream_missed_output))

    def is_running(self) -> bool:
        """Whether audio flows."""
        return bool(self._handle.get(lib.ondes_stream_is_running))

    def close(self) -> None:
        """Lets go of the device."""
        self._handle.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def block_of(stream: Stream) -> Array:
    """Memory for a twentieth of a second, which is what a meter shows at a time."""
    return np.empty((max(256, stream.rate // 20), stream.channels), np.float32)
