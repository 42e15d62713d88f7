"""``StreamResampler``: audio that comes in pieces, at another sample rate."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_uint64
from typing import TYPE_CHECKING, Any

import numpy as np

from ondes._abi import Layout, LengthRule, Sample
from ondes._handle import Handle, call
from ondes._library import lib
from ondes._samples import Array, address

from ._arguments import MISSING, incompatible, number, only, whole, whole_if_it_is
from ._layout import check_dimensions, detect, planes
from ._quality import Quality

if TYPE_CHECKING:
    import numpy.typing as npt

_FLOAT32 = np.dtype(np.float32)


class StreamResampler:
    """Converts a stream of audio, piece by piece, from one sample rate to another.

    How the stream is cut changes no bit of the output. Rates are in Hz, may have fractions, and be at most 256:1 apart.
    Several threads may share one: they wait for each other.

    Raises ValueError for rates or a number of channels that cannot be, TypeError for arguments of a wrong type.
    """

    __slots__ = (
        "__weakref__",
        "_channels",
        "_handle",
        "_latency",
        "_layout",
        "_quality",
        "_source",
        "_target",
    )

    def __init__(
        self,
        source_sample_rate: float = MISSING,
        target_sample_rate: float = MISSING,
        num_channels: int = MISSING,
        quality: Quality = Quality.WindowedSinc32,
        *extra: Any,
        **unknown: Any,
    ) -> None:
        only("StreamResampler", extra, unknown)
        self._source = number(source_sample_rate, "StreamResampler", "source_sample_rate")
        self._target = number(target_sample_rate, "StreamResampler", "target_sample_rate")
        self._channels = whole(num_channels, "StreamResampler", "num_channels")
        if not isinstance(quality, Quality):
            raise incompatible("StreamResampler", f"quality must be a Quality, not {quality!r}")
        if not 1 <= self._channels < 2**32:
            raise ValueError(f"num_channels is {self._channels}: audio has at least one channel")
        self._quality = quality
        self._handle = handle = Handle.make(
            "StreamResampler",
            lib.ondes_resampler_free,
            lib.ondes_resampler_new,
            self._source,
            self._target,
            self._channels,
            Sample.F32,
            quality._of_library,
            LengthRule.FLOOR,
        )
        self._latency = float(lib.ondes_resampler_latency(handle.pointer))
        self._layout: Layout | None = None

    def process(self, input: npt.ArrayLike | None = None) -> npt.NDArray[np.float32]:
        """Convert the next samples, and give what is ready: float32 in the layout of the first input.

        ``input`` is float32 (or what converts to it without loss), of shape (channels, frames) or (frames, channels),
        or (frames,) for one channel. Without it, the rest is given as if silence followed, and the next input begins a
        new stream.

        Raises ValueError for another number of channels, TypeError for what is not float32, RuntimeError for an array
        of more than two dimensions.
        """
        array = None if input is None else _as_float32(input)
        with self._handle.lock:
            pointer = self._handle.pointer
            if array is None:
                return self._output(pointer, lib.ondes_resampler_flush, lib.ondes_resampler_flush_frames(pointer))
            frames = self._planes(array)
            if self._layout == Layout.INTERLEAVED:
                # The input of one call has the layout of its output.
                frames = np.ascontiguousarray(frames.T).T
            else:
                frames = np.ascontiguousarray(frames)
            count = frames.shape[1]
            ready = lib.ondes_resampler_output_frames(pointer, count)
            return self._output(pointer, lib.ondes_resampler_process, ready, address(frames), count)

    def _planes(self, array: Array) -> Array:
        """A view of shape (channels, frames); the first array of a stream decides on the layout of its output."""
        check_dimensions(array)
        layout = Layout.PLANAR
        if array.ndim == 2 and self._layout != Layout.PLANAR and array.shape[0] != self._channels:
            found = detect(array.shape, self._channels)
            layout = Layout.PLANAR if found is None else found
        frames = planes(array, layout)
        channels, count = frames.shape
        if channels != self._channels:
            raise ValueError(
                f"Expected {self._channels}-channel input, but was provided a buffer with {channels} channels and "
                f"{count} samples."
            )
        if self._layout is None:
            self._layout = layout
        return frames

    def _output(self, pointer: int, function: Callable[..., int], ready: int, *arguments: object) -> Array:
        layout = Layout.PLANAR if self._layout is None else self._layout
        shape = (self._channels, ready)
        out = np.empty(shape if layout == Layout.PLANAR else shape[::-1], _FLOAT32)
        done = c_uint64()
        call(function, pointer, layout, *arguments, address(out), ready, byref(done))
        return out

    def reset(self) -> None:
        """Forget everything that was fed: the next input begins a new stream."""
        with self._handle.lock:
            call(lib.ondes_resampler_reset, self._handle.pointer)
            self._layout = None

    @property
    def num_channels(self) -> int:
        """How many channels there are."""
        return self._channels

    @property
    def source_sample_rate(self) -> int | float:
        """The rate of the input in Hz."""
        return whole_if_it_is(self._source)

    @property
    def target_sample_rate(self) -> int | float:
        """The rate of the output in Hz."""
        return whole_if_it_is(self._target)

    @property
    def quality(self) -> Quality:
        """How the rate is converted."""
        return self._quality

    @property
    def input_latency(self) -> float:
        """How many frames of input must follow a moment before it has come out."""
        return self._latency

    def __repr__(self) -> str:
        return (
            f"<ondes.io.StreamResampler source_sample_rate={self.source_sample_rate} "
            f"target_sample_rate={self.target_sample_rate} num_channels={self._channels} quality={self._quality.name} "
            f"at {id(self):#x}>"
        )


def _as_float32(input: Any) -> Array:
    if isinstance(input, np.ndarray):
        if not np.can_cast(input.dtype, _FLOAT32):
            raise incompatible("process", f"input must be an array of float32, not {input.dtype}")
        return input.astype(_FLOAT32, copy=False)
    try:
        return np.array(input, _FLOAT32)
    except (TypeError, ValueError):
        raise incompatible("process", f"input must be an array of float32, not {input!r}") from None
