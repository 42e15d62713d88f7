"""``ondes.devices``, ``ondes.play`` and ``ondes.record``."""

from __future__ import annotations

import math
from ctypes import byref
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _abi
from ._abi import Direction
from ._handle import call
from ._library import lib
from ._options import whole_number, whole_rate
from ._reader import interruptible
from ._samples import as_samples
from ._save import as_frames
from ._stream import Device, DeviceLike, Stream, device_id
from ._stream import devices as devices_of

if TYPE_CHECKING:
    import numpy.typing as npt

_MAX_CHANNELS = 2**32 - 1


def devices() -> list[Device]:
    """The devices for playing, then those for recording, the system's default of each first.

    There are none on a system without sound (PulseAudio, PipeWire or ALSA).
    """
    return devices_of(Direction.OUTPUT) + devices_of(Direction.INPUT)


def play(samples: Any, sample_rate: float, device: DeviceLike | None = None) -> None:
    """Play samples, and return when they have been heard: ``ondes.play(*ondes.load("song.mp3"))``.

    The rate is converted where the device needs another. One channel goes to all of the device's. Ctrl-C ends it at once.

    Args:
        samples: An array or tensor of shape (channels, frames), or (frames,) for one channel: floats from -1 to 1, or
            integers of any size.
        sample_rate: Their rate in Hz.
        device: One of :func:`devices`, or its id or name; None is the system's default, wherever that goes.

    Raises:
        ValueError: There is no such device; an argument cannot be.
        RuntimeError: The device went away (:class:`ondes.exceptions.DeviceLost`).
    """
    given = as_samples(as_frames(samples))
    rate = float(sample_rate)
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(f"sample_rate must be above 0 Hz, not {sample_rate!r}")
    name = None if device is None else device_id(device)

    def work(cancel: Any) -> None:
        options = _abi.PlayOptions(device=name, cancel=cancel)
        call(
            lib.ondes_play,
            given.format,
            given.layout,
            given.pointer,
            given.frames,
            given.channels,
            rate,
            byref(options),
        )

    interruptible(work)


def record(
    seconds: float,
    sample_rate: int | None = None,
    channels: int | None = None,
    device: DeviceLike | None = None,
) -> tuple[npt.NDArray[np.float32], int]:
    """Record for some seconds: ``samples, sample_rate = ondes.record(5)``.

    Args:
        seconds: How long.
        sample_rate: In whole Hz; None is the device's own.
        channels: How many; None are the device's.
        device: One of :func:`devices`, or its id or name; None is the system's default.

    Returns:
        float32 samples of shape (channels, frames), and their rate. The frames are ``round(seconds * sample_rate)``.

    Raises:
        ValueError: There is no such device, or it refuses this; an argument cannot be.
        RuntimeError: The device went away (:class:`ondes.exceptions.DeviceLost`).
    """
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(f"seconds must be a time from 0 on, not {seconds!r}")
    stream = Stream(
        "default" if device is None else device,
        rate=0 if sample_rate is None else whole_rate(sample_rate),
        input_channels=0 if channels is None else whole_number(channels, "channels", 1, _MAX_CHANNELS),
    )
    try:
        memory = stream.memory(round(seconds * stream.rate))
        stream.start()
        frames = stream.read_all(memory)
        return np.ascontiguousarray(memory[:frames].T), stream.rate
    finally:
        stream.close()
