"""``AudioStream``: devices, with the audio in Python's hands."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from ondes._abi import Direction
from ondes._options import whole_number, whole_rate
from ondes._play import play
from ondes._samples import Array
from ondes._stream import Stream, devices

from ._arguments import incompatible, number, whole
from ._chain import Chain, as_chain
from ._layout import Layouts
from ._live import Effects, Live

if TYPE_CHECKING:
    import numpy.typing as npt

_Value = TypeVar("_Value")
_MAX = 2**32 - 1
# Frames that wait in a live stream at most, in buffers; never less than this.
_LIVE_QUEUE, _MIN_LIVE_QUEUE = 16, 1 << 14
# Frames that are processed and written at a time: how soon a new plugin is heard.
_PIECE = 2048


class _ClassProperty(Generic[_Value]):
    """A property of the class, and of its objects."""

    def __init__(self, get: Callable[[], _Value], doc: str) -> None:
        self._get = get
        self.__doc__ = doc

    def __get__(self, instance: object, owner: type | None = None) -> _Value:
        return self._get()


def _names(direction: Direction) -> list[str]:
    return [device.name for device in devices(direction)]


def _default(direction: Direction) -> str | None:
    return next((device.name for device in devices(direction) if device.is_default), None)


class AudioStream:
    """Audio that flows from an input device, to an output device, or from one to the other through plugins.

    >>> AudioStream.play(samples, 44100)  # on the default device, until it was heard
    >>>
    >>> with AudioStream(output_device_name="default") as stream, AudioFile("song.mp3") as file:
    ...     while file.tell() < file.frames:
    ...         stream.write(file.read(8192), file.samplerate)  # waits while enough is on its way
    >>>
    >>> with AudioStream(input_device_name="default") as stream:
    ...     block = stream.read(512)  # float32, (channels, frames)
    >>>
    >>> with AudioStream("default", "default", plugins=[Reverb()], allow_feedback=True) as stream:
    ...     stream.plugins.append(Gain(-6))  # with the next block

    Args:
        input_device_name: Record from this device: a name of ``input_device_names``, an id of ``ondes.devices()``, or
            "default".
        output_device_name: Play on this device.
        plugins: What all that is played goes through: a :class:`Chain`, a list or one of them.
        sample_rate: In whole Hz; None is the output device's own, or else the input's.
        buffer_size: Frames that the devices take or give at a time; None is 512. More are safer, fewer are quicker.
        allow_feedback: Take a microphone and a speaker at once.
        num_input_channels: Channels to record.
        num_output_channels: Channels to play.

    Raises:
        RuntimeError: No device is named; or a microphone and a speaker are.
        ValueError: There is no such device, or it refuses this.
    """

    __slots__ = (
        "__weakref__",
        "_effects",
        "_inputs",
        "_is_started",
        "_layouts",
        "_live",
        "_outputs",
        "_stop_at_end",
        "_stream",
    )

    input_device_names = _ClassProperty(lambda: _names(Direction.INPUT), "The names of all input devices.")
    output_device_names = _ClassProperty(lambda: _names(Direction.OUTPUT), "The names of all output devices.")
    default_input_device_name = _ClassProperty(
        lambda: _default(Direction.INPUT), "The name of the default input device; None if there is none."
    )
    default_output_device_name = _ClassProperty(
        lambda: _default(Direction.OUTPUT), "The name of the default output device; None if there is none."
    )

    def __init__(
        self,
        input_device_name: str | None = None,
        output_device_name: str | None = None,
        plugins: Any = None,
        sample_rate: float | None = None,
        buffer_size: int | None = None,
        allow_feedback: bool = False,
        num_input_channels: int = 1,
        num_output_channels: int = 2,
    ) -> None:
        if not input_device_name and not output_device_name:
            raise RuntimeError("At least one of `input_device_name` or `output_device_name` must be provided.")
        chain = as_chain(plugins)
        frames = 0 if buffer_size is None else whole(buffer_size, "AudioStream", "buffer_size")
        is_live = bool(input_device_name and output_device_name)
        self._stream = Stream(
            input_device_name or None,
            output_device_name or None,
            rate=0 if sample_rate is None else whole_rate(number(sample_rate, "AudioStream", "sample_rate")),
            buffer_size=whole_number(frames, "buffer_size", 0, _MAX),
            input_channels=whole_number(num_input_channels, "num_input_channels", 0, _MAX),
            output_channels=whole_number(num_output_channels, "num_output_channels", 0, _MAX),
            queue=max(_LIVE_QUEUE * frames, _MIN_LIVE_QUEUE) if is_live else 0,
        )
        self._inputs = self._stream.channels(Direction.INPUT)
        self._outputs = self._stream.channels(Direction.OUTPUT)
        self._layouts = Layouts(self._outputs)
        self._effects = Effects(chain)
        self._stream.ignores_dropped = is_live
        self._live: Live | None = None
        self._is_started = False  # also when the device went away since then
        # An object that nobody has any more does not go on playing.
        self._stop_at_end = weakref.finalize(self, self._stream.close)
        if is_live and not allow_feedback:
            self._refuse_feedback()

    def _refuse_feedback(self) -> None:
        input, output = (self._stream.device_name(direction) for direction in Direction)
        if "microphone" in input.lower() and "speaker" in output.lower():
            self.close()
            raise RuntimeError(
                f"{input} would be played on {output}, which it hears: that may howl. Pass allow_feedback=True if they "
                "are far enough from each other."
            )

    @staticmethod
    def play(audio: npt.ArrayLike, sample_rate: float, output_device_name: str | None = None) -> None:
        """Play samples, and return when they have been heard.

        The rate is converted where the device needs another. One channel goes to all of the device's.

        Args:
            audio: Samples of shape (channels, frames), (frames, channels) or (frames,): floats, or integers of any size.
            sample_rate: Their rate in Hz.
            output_device_name: Where to play; None is the default device.
        """
        array = np.asarray(audio)
        play(Layouts(2).planes(array), sample_rate, output_device_name or None)

    def write(self, audio: npt.ArrayLike, sample_rate: float) -> None:
        """Have samples played after those written before.

        In a running stream this waits only while a quarter of a second is on its way already. One that is not running
        is started, plays all of it, and is stopped.

        Args:
            audio: Floats of shape (channels, frames), (frames, channels) or (frames,); one channel goes to all.
            sample_rate: Their rate, which must be that of the stream (:class:`StreamResampler` converts).

        Raises:
            RuntimeError: Another rate; no output device; the device went away, or the stream was closed.
            ValueError: Another number of channels.
        """
        self._needs(Direction.OUTPUT, "write")
        if number(sample_rate, "write", "sample_rate") != self.sample_rate:
            raise RuntimeError(
                f"The audio has a sample rate of {sample_rate:g} Hz, but the stream plays at {self.sample_rate} Hz: "
                "convert it with a StreamResampler, or open the stream with this sample_rate."
            )
        samples = np.asarray(audio)
        if samples.dtype.kind != "f":
            raise incompatible("write", f"audio must be an array of float32, not {samples.dtype}")
        planes = self._layouts.planes(samples).astype(np.float32, copy=False)
        if len(planes) not in (1, self._outputs):
            raise ValueError(
                f"The audio has {len(planes)} channels, but the stream {self._outputs}; only one channel goes to all."
            )
        if self._is_started:
            if not self.running:
                self._stream.drain()  # says why
            self._play(planes)
            return
        self._stream.start()
        try:
            self._play(planes)
            self._stream.drain()
        finally:
            self._stream.stop()

    def _play(self, planes: Array) -> None:
        if not self._has_plugins:
            self._stream.write(planes)
            return
        planes = np.broadcast_to(planes, (self._outputs, planes.shape[1]))
        for start in range(0, planes.shape[1], _PIECE):
            piece = np.array(planes[:, start : start + _PIECE], order="C")  # plugins may change it
            self._stream.write(self._effects.process(piece, self.sample_rate))

    @property
    def _has_plugins(self) -> bool:
        plugins = self._effects.plugins
        return not isinstance(plugins, Chain) or len(plugins) > 0

    def read(self, num_samples: int = 0) -> npt.NDArray[np.float32]:
        """Take what was recorded: float32 of shape (channels, frames).

        Args:
            num_samples: Wait for so many frames, which are fewer if the stream is stopped meanwhile, or some are
                dropped, which the next call says; 0 takes what there is. A stream that is not running is started, and stopped again when they are there.

        Raises:
            RuntimeError: Frames were dropped, as nobody read them for some seconds (the next call goes on after
                them; ``ignore_dropped_input`` has none of this); no input device; the device went away, or the stream
                was closed.
        """
        self._needs(Direction.INPUT, "read")
        count = whole_number(whole(num_samples, "read", "num_samples"), "num_samples")
        if count == 0:
            # Room for one at least: without it, nothing says that the device went away.
            waiting = self._stream.memory(max(self._stream.buffered(Direction.INPUT), 1))
            return _planes(waiting[: self._stream.read_some(waiting, 0)])
        memory = self._stream.memory(count)
        if self._is_started:
            return _planes(memory[: self._stream.read(memory)])
        self._stream.start()
        try:
            return _planes(memory[: self._stream.read_all(memory)])
        finally:
            self._stream.stop()

    def run(self) -> None:
        """Play the input through the plugins until Ctrl-C, which is raised as a KeyboardInterrupt.

        Raises:
            RuntimeError: There are not both devices; it is running already; a device went away, or the stream was
                closed. What a plugin raised is raised again.
        """
        if not (self._inputs and self._outputs):
            raise RuntimeError("run() plays an input device on an output device: this stream has only one of them.")
        self._start()
        try:
            while self._stream.is_running:
                time.sleep(0.05)
        finally:
            self._stop()
        self._raise_failure()

    def close(self) -> None:
        """Stop, and let go of the devices for good; a second time does nothing."""
        self._is_started = False
        self._stop_at_end()
        if self._live is not None:
            self._live.join()

    def _start(self) -> None:
        if self.running:
            raise RuntimeError("This AudioStream is running already.")
        self._stream.start()
        self._is_started = True
        if self._inputs and self._outputs:
            self._live = Live(self._stream, self._effects)

    def _stop(self) -> None:
        self._is_started = False
        self._stream.stop()
        if self._live is not None:
            self._live.join()
            self._stream.stop()  # without what it wrote last

    def _raise_failure(self) -> None:
        if self._live is not None and self._live.failure is not None:
            failure, self._live.failure = self._live.failure, None
            raise failure

    def __enter__(self) -> AudioStream:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops and closes; without an exception, what was written is heard first."""
        try:
            if kind is None and self._live is None and self._outputs and self._is_started:
                self._stream.drain()
        finally:
            self.close()
        if kind is None:
            self._raise_failure()

    def _needs(self, direction: Direction, call: str) -> None:
        word = "input" if direction == Direction.INPUT else "output"
        if not (self._inputs if direction == Direction.INPUT else self._outputs):
            raise RuntimeError(f"{call}() needs an {word} device: this AudioStream was opened without one.")
        if self._inputs and self._outputs:
            raise RuntimeError(
                f"{call}() is for streams with one device: this one plays its input. Open an AudioStream of the {word} "
                "device alone beside it."
            )

    @property
    def plugins(self) -> Any:
        """What all that is played goes through: a :class:`Chain`, or the one that was assigned, of pedalboard for
        instance. It can be changed, and replaced, at any time.
        """
        return self._effects.plugins

    @plugins.setter
    def plugins(self, plugins: Any) -> None:
        self._effects.plugins = as_chain(plugins)

    @property
    def running(self) -> bool:
        """Whether audio flows."""
        return self._stream.is_running

    @property
    def sample_rate(self) -> int:
        """The sample rate in Hz."""
        return self._stream.rate

    @property
    def buffer_size(self) -> int:
        """How many frames the devices take or give at a time."""
        return self._stream.buffer_size

    @property
    def num_input_channels(self) -> int:
        """Channels that are recorded; 0 without an input device."""
        return self._inputs

    @property
    def num_output_channels(self) -> int:
        """Channels that are played; 0 without an output device."""
        return self._outputs

    @property
    def buffered_input_sample_count(self) -> int | None:
        """Recorded frames that wait to be read; None without an input device."""
        return self._stream.buffered(Direction.INPUT) if self._inputs else None

    @property
    def dropped_input_frame_count(self) -> int:
        """Recorded frames that were dropped since ``read`` last told, as they were not taken in time."""
        return self._stream.dropped

    @property
    def ignore_dropped_input(self) -> bool:
        """Whether ``read`` goes on over dropped frames without an exception; a stream that plays its input does, at
        first, instead of coming to an end.
        """
        return self._stream.ignores_dropped

    @ignore_dropped_input.setter
    def ignore_dropped_input(self, ignore: bool) -> None:
        self._stream.ignores_dropped = ignore

    def __repr__(self) -> str:
        named = [
            f" {word}_device_name={self._stream.device_name(direction)!r}"
            for word, direction in (("input", Direction.INPUT), ("output", Direction.OUTPUT))
            if self._stream.channels(direction)
        ]
        state = "running" if self.running else "not running" if self._stop_at_end.alive else "closed"
        return (
            f"<ondes.io.AudioStream{''.join(named)} sample_rate={self.sample_rate} buffer_size={self.buffer_size} "
            f"{state} at {id(self):#x}>"
        )


def _planes(frames: Array) -> Array:
    return np.ascontiguousarray(frames.T)
