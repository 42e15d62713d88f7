"""A file at a glance: the outline of its samples and its spectrum over time, in bounded memory."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ondes._reader import Reader
from ondes._samples import Array

from ._audio import blocks
from ._failure import FAILURES
from ._speakers import channel_names
from ._text import channel_count, clock, decibels
from ._work import Stop

# More channels than these do not fit a picture.
MOST_CHANNELS = 8
# The quietest power that is told from silence, -200 dB: a logarithm needs one.
_FLOOR = 1e-20
# Samples in the windows that are transformed at a time.
_BINS = 1 << 19


class Outline:
    """The lowest and the highest sample, and the power, of each of at most ``limit`` spans of equal length.

    The spans double their length when there are too many, so the length of the audio need not be known.
    """

    def __init__(self, channels: int, limit: int) -> None:
        self.span = 1
        self.frames = 0
        self._limit = limit
        self._low = np.full((channels, limit), np.inf, np.float32)
        self._high = np.full((channels, limit), -np.inf, np.float32)
        self._squares = np.zeros((channels, limit))

    def add(self, block: Array) -> None:
        """Appends samples of shape (channels, frames)."""
        frames = block.shape[1]
        while self.frames + frames > self.span * self._limit:
            self._double()
        first, begun = divmod(self.frames, self.span)
        starts = np.arange(-begun, frames, self.span)
        starts[0] = 0
        place = slice(first, first + len(starts))
        self._low[:, place] = np.minimum(self._low[:, place], np.minimum.reduceat(block, starts, axis=1))
        self._high[:, place] = np.maximum(self._high[:, place], np.maximum.reduceat(block, starts, axis=1))
        self._squares[:, place] += np.add.reduceat(np.square(block, dtype=np.float64), starts, axis=1)
        self.frames += frames

    def _double(self) -> None:
        used = self._limit // 2
        for values, join, empty in (
            (self._low, np.minimum, np.inf),
            (self._high, np.maximum, -np.inf),
            (self._squares, np.add, 0.0),
        ):
            values[:, :used] = join(values[:, 0::2], values[:, 1::2])
            values[:, used:] = empty
        self.span *= 2

    @property
    def spans(self) -> int:
        """The number of spans so far."""
        return -(-self.frames // self.span)

    @property
    def low(self) -> Array:
        """The lowest samples, of shape (channels, spans)."""
        return self._low[:, : self.spans]

    @property
    def high(self) -> Array:
        """The highest samples, of shape (channels, spans)."""
        return self._high[:, : self.spans]

    @property
    def rms(self) -> Array:
        """The root of the mean square, of shape (channels, spans)."""
        counts = np.full(self.spans, self.span)
        counts[-1:] -= self.spans * self.span - self.frames
        root: Array = np.sqrt(self._squares[:, : self.spans] / counts)
        return root


class Spectrogram:
    """The mean power at each frequency in each of at most ``limit`` spans of equal length.

    Windows (Hann) overlap in short files; in long ones they follow each
    other, so that every sample still counts.
    """

    def __init__(self, channels: int, window: int, limit: int) -> None:
        self.window = window
        self.span = self._hop = max(1, window // 16)
        self._limit = limit
        self._power = np.zeros((channels, limit, window // 2 + 1))
        self._counts = np.zeros(limit, np.int64)
        self._shape = np.hanning(window + 1)[:-1].astype(np.float32)
        # A sine of full scale gets power 1.
        self._scale = (2 / self._shape.sum()) ** 2
        self._ahead = np.empty((channels, 0), np.float32)
        self._begun = False
        self._centre = 0

    def add(self, block: Array) -> None:
        """Appends samples of shape (channels, frames)."""
        ahead = np.concatenate([self._ahead, block], axis=1)
        if not self._begun and ahead.shape[1] > self.window // 2:
            ahead = self._begin(ahead)
        while self._begun and ahead.shape[1] >= self.window:
            count = min((ahead.shape[1] - self.window) // self._hop + 1, _BINS // self.window)
            # The last span must exist; doubling may make the hop longer.
            while (self._centre + (count - 1) * self._hop) // self.span >= self._limit:
                self._double()
                count = min(count, (ahead.shape[1] - self.window) // self._hop + 1)
            self._transform(ahead, count)
            ahead = ahead[:, count * self._hop :]
        self._ahead = ahead.copy()

    def _begin(self, samples: Array) -> Array:
        # The first window is centred on the first frame. What lies before and behind the audio is its image, turned
        # about the first and the last sample: silence there would make a click of each end.
        self._begun = True
        return np.pad(samples, ((0, 0), (self.window // 2, 0)), "reflect", reflect_type="odd")

    def finish(self) -> None:
        """Adds the half window behind the last frame."""
        samples = self._ahead
        if samples.shape[1]:
            samples = samples if self._begun else self._begin(samples)
            self._ahead = np.pad(samples, ((0, 0), (0, self.window // 2)), "reflect", reflect_type="odd")
            self.add(self._ahead[:, :0])

    def _transform(self, samples: Array, count: int) -> None:
        spans = (self._centre + np.arange(count) * self._hop) // self.span
        starts = np.flatnonzero(np.diff(spans, prepend=-1))
        for channel, plane in enumerate(samples):
            windows = np.lib.stride_tricks.sliding_window_view(plane, self.window)[:: self._hop][:count]
            power = np.square(np.abs(np.fft.rfft(windows * self._shape)))
            self._power[channel, spans[starts]] += np.add.reduceat(power, starts, axis=0)
        self._counts[spans[starts]] += np.diff(starts, append=count)
        self._centre += count * self._hop

    def _double(self) -> None:
        used = self._limit // 2
        self._power[:, :used] = self._power[:, 0::2] + self._power[:, 1::2]
        self._power[:, used:] = 0
        self._counts[:used] = self._counts[0::2] + self._counts[1::2]
        self._counts[used:] = 0
        self.span *= 2
        if self._hop < self.window // 2:
            self._hop *= 2

    @property
    def decibels(self) -> Array:
        """Levels in dB below a sine of full scale, of shape (channels, frequencies, spans)."""
        used = int(np.count_nonzero(self._counts))
        power = self._power[:, :used] * (self._scale / self._counts[:used, np.newaxis])
        levels: Array = 10 * np.log10(np.maximum(power, _FLOOR)).transpose(0, 2, 1)
        return levels


class Overview(NamedTuple):
    """What a picture of a file needs."""

    name: str
    facts: str
    """Format, rate, channels, length and peak, in a line."""
    rate: int
    seconds: float
    channels: int
    names: list[str]
    """The names of the channels that are shown, at most :data:`MOST_CHANNELS`."""
    outline: Outline
    spectrogram: Spectrogram
    failure: Exception | None
    """Why the file could not be read further."""


def overview(reader: Reader, name: str, kind: str, columns: int, stop: Stop) -> Overview:
    """Reads all of a reader and sums it up in at most ``columns`` columns (an even number); ``kind`` names the format."""
    info = reader.info
    shown = min(info.output_channels, MOST_CHANNELS)
    rate = info.output_rate
    outline = Outline(shown, columns)
    spectrogram = Spectrogram(shown, _window(rate, reader.frames), columns)
    failure: Exception | None = None
    try:
        for block in blocks(reader, stop):
            # No number and infinity have no place in a picture.
            finite = np.nan_to_num(block[:shown], nan=0.0, posinf=0.0, neginf=0.0)
            outline.add(finite)
            spectrogram.add(finite)
    except FAILURES as error:
        failure = error
    spectrogram.finish()
    seconds = outline.frames / rate
    peak = float(max(-outline.low.min(), outline.high.max())) if outline.frames else 0.0
    channels = channel_count(info.output_channels)
    if shown < info.output_channels:
        channels += f" (the first {shown} are shown)"
    loudest = f"peak {decibels(peak)}" if peak else "silent"
    facts = f"{kind} · {rate / 1000:g} kHz · {channels} · {clock(seconds)} · {loudest}"
    names = channel_names(info.output_channels, info.channel_mask if info.output_channels == info.channels else 0)
    return Overview(name, facts, rate, seconds, info.output_channels, names[:shown], outline, spectrogram, failure)


def _window(rate: int, frames: int | None) -> int:
    """Frames of a window of the spectrogram: about 40 ms, less in files that are shorter than a second."""
    wanted = rate / 25
    if frames:
        wanted = min(wanted, frames / 16)
    return int(2 ** min(max(round(math.log2(max(wanted, 1))), 4), 13))
