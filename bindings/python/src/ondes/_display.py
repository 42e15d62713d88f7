"""Audio as a notebook shows it: a player, a picture of its waveform, and what it is in words."""

from __future__ import annotations

import base64
import math
from typing import Any, NamedTuple

import numpy as np

from . import exceptions
from ._abi import Sample
from ._library import lib
from ._options import whole_rate
from ._samples import Array, as_samples, check_channels
from ._writer import encode, write_format, write_options

# Up to here the player has every sample; what is longer is compressed, and cut, so that notebooks stay small.
_LOSSLESS_SECONDS = 30
_COMPRESSED_SECONDS = 120
# Players take these rates; others are played at the nearest of them, and said to be.
_LOWEST_RATE, _HIGHEST_RATE = 3000, 192_000
_FLAC_CHANNELS, _MP3_CHANNELS = 8, 2
_MP3_QUALITY = "V5"

_COLUMNS = 600
_PICTURED_CHANNELS = 8
# Interleaved frames that are compared as one row.
_TOGETHER = 64
# Shades that stand out from white and from black.
_WAVE, _CLIPPED = "#3b82f6", "#ef4444"
# Audio whose peak is below is drawn larger.
_QUIET = 0.25
# The highest sample of 16 bits: what is not below it is at full scale.
_FULL_SCALE = 32767 / 32768


class Audio(NamedTuple):
    """Samples and their rate: ``samples, rate = ondes.load("speech.wav")``.

    As the last line of a notebook's cell it shows a player and a picture; ``ondes.Audio(samples, rate)`` does that for
    samples of your own.
    """

    samples: Array
    """An array of shape (channels, frames), or (frames,) for one channel; floats from -1 to 1, or full-scale integers."""
    sample_rate: int
    """Frames per second."""

    def _repr_html_(self) -> str:
        return html(self.samples, self.sample_rate)


def html(samples: Any, rate: float) -> str:
    """A piece of a page; ``samples`` is an array or tensor of shape (channels, frames) or (frames,)."""
    planes = np.atleast_2d(np.asarray(samples))
    if planes.ndim != 2:
        raise ValueError(f"samples must have the shape (channels, frames) or (frames,), not {planes.shape}")
    check_channels(planes)
    rate = whole_rate(rate)
    channels, frames = planes.shape
    low, high = outline(planes[:_PICTURED_CHANNELS])
    peaks = np.abs(np.concatenate([low, high], axis=1))
    loudest = float(peaks[np.isfinite(peaks)].max(initial=0.0))
    words = [_channel_words(channels), f"{_spaced(rate)} Hz", *_length_words(frames, rate)]
    notes = []
    if frames and channels:
        words.append(f"peak {_decibels(loudest)}" if loudest else "silence")
    if np.isinf(peaks).any():
        notes.append("Some samples are infinite.")
    if 0 < loudest < _QUIET:
        notes.append(f"The picture is {_times(1 / loudest)} as high as the samples are.")
    if channels > _PICTURED_CHANNELS:
        notes.append(f"The picture has the first {_PICTURED_CHANNELS} channels.")
    player = _player(planes, rate, notes)
    below = [f"<div>{' · '.join(words)}</div>", *(f'<div style="opacity:.7">{note}</div>' for note in notes)]
    page = (
        '<div style="max-width:640px;font:12px/1.5 system-ui,sans-serif">'
        f"{player}{picture(low, high, loudest)}{''.join(below)}</div>"
    )
    # Whatever encoding the page around it is in.
    return page.encode("ascii", "xmlcharrefreplace").decode()


def outline(planes: Array, columns: int = _COLUMNS) -> tuple[Array, Array]:
    """The lowest and the highest sample of every channel in as many equal spans, at most, as floats: (channels, spans).

    Contiguous samples are not copied.
    """
    channels, frames = planes.shape
    span = max(1, math.ceil(frames / columns))
    if span > _TOGETHER:
        span = math.ceil(span / _TOGETHER) * _TOGETHER
    whole = frames // span * span
    found = []
    for extreme in (np.fmin, np.fmax):
        if planes.flags.f_contiguous and channels > 1:
            # Interleaved: rows of several frames are reduced together, for that is what processors do fast.
            spans = _extremes_of_frames(extreme, planes.T[:whole], span)
        else:
            spans = extreme.reduce(planes[:, :whole].reshape(channels, -1, span), axis=2) if whole else planes[:, :0]
        if whole < frames:
            spans = np.concatenate([spans, extreme.reduce(planes[:, whole:], axis=1, keepdims=True)], axis=1)
        found.append(_floats(spans))
    return found[0], found[1]


def _extremes_of_frames(extreme: Any, frames: Array, span: int) -> Array:
    count, channels = frames.shape[0] // span, frames.shape[1]
    together = math.gcd(span, _TOGETHER)
    rows = frames.reshape(count, span // together, together * channels)
    spans = extreme.reduce(rows, axis=1).reshape(count, together, channels)
    joined: Array = extreme.reduce(spans, axis=1).T
    return joined


def _floats(values: Array) -> Array:
    if values.dtype.kind == "f":
        return values.astype(np.float64)
    # Full scale is 2^(bits - 1), as where the library converts samples.
    scale = 2.0 ** (8 * values.dtype.itemsize - 1)
    return values.astype(np.float64) / scale - (1.0 if values.dtype.kind == "u" else 0.0)


def picture(low: Array, high: Array, loudest: float) -> str:
    """The outline of every channel as an inline SVG, in colours that are seen on white and on black."""
    channels, spans = low.shape
    if not channels or not spans:
        return ""
    # What is quiet is drawn larger, or nothing would be seen of it.
    scale = loudest if 0 < loudest < _QUIET else max(1.0, loudest)
    height = 72 if channels <= 2 else 40
    lanes = []
    for channel in range(channels):
        middle, half = height * (channel + 0.5), height * 0.46
        lanes.append(_lane(low[channel], high[channel], middle, half / scale))
    total = height * channels
    return (
        f'<svg viewBox="0 0 {_COLUMNS} {total}" preserveAspectRatio="none" role="img" aria-label="Waveform" '
        f'style="display:block;width:100%;height:{total}px;margin:4px 0">{"".join(lanes)}</svg>'
    )


def _lane(low: Array, high: Array, middle: float, unit: float) -> str:
    low, high = np.nan_to_num(low, nan=0.0), np.nan_to_num(high, nan=0.0)
    reach = middle / unit if unit else 1.0
    low, high = np.clip(low, -reach, reach), np.clip(high, -reach, reach)
    spans = len(low)
    x = np.linspace(0, _COLUMNS, spans) if spans > 1 else np.array([0.0, float(_COLUMNS)])
    if spans == 1:
        low, high = np.repeat(low, 2), np.repeat(high, 2)
    upper = " ".join(f"{px:.1f},{middle - v * unit:.1f}" for px, v in zip(x, high))
    lower = " ".join(f"{px:.1f},{middle - v * unit:.1f}" for px, v in zip(x[::-1], low[::-1]))
    width = _COLUMNS / max(1, len(x))
    clipped = "".join(
        f'<rect x="{px - width / 2:.1f}" y="{middle - unit * max(h, 0.0):.1f}" width="{max(width, 1.5):.1f}" '
        f'height="{unit * (max(h, 0.0) - min(v, 0.0)):.1f}" fill="{_CLIPPED}"/>'
        for px, v, h in zip(x, low, high)
        if max(-v, h) >= _FULL_SCALE
    )
    return (
        f'<line x1="0" x2="{_COLUMNS}" y1="{middle}" y2="{middle}" stroke="currentColor" stroke-opacity=".3" '
        'vector-effect="non-scaling-stroke"/>'
        f'<polygon points="{upper} {lower}" fill="{_WAVE}" stroke="{_WAVE}" stroke-linejoin="round" '
        f'vector-effect="non-scaling-stroke"/>{clipped}'
    )


def _player(planes: Array, rate: int, notes: list[str]) -> str:
    channels, frames = planes.shape
    if not channels or not frames or not rate:
        return ""
    if channels > _FLAC_CHANNELS:
        planes = planes[:_MP3_CHANNELS]
        notes.append("The player has the first 2 channels.")
    is_long = frames > _LOSSLESS_SECONDS * rate
    is_compressed = is_long and len(planes) <= _MP3_CHANNELS and _can_write("mp3", rate)
    format, kind, limit = (
        ("mp3", "audio/mpeg", _COMPRESSED_SECONDS) if is_compressed else ("flac", "audio/flac", _LOSSLESS_SECONDS)
    )
    if frames > limit * rate:
        planes = planes[:, : limit * rate]
        notes.append(f"The player has the first {_clock(limit)}{' as MP3' if is_compressed else ''}.")
    elif is_compressed:
        notes.append("The player has the audio as MP3.")
    played = rate
    if not _LOWEST_RATE <= rate <= _HIGHEST_RATE or not _can_write(format, rate):
        played = min(max(rate, _LOWEST_RATE), _HIGHEST_RATE)
        notes.append(
            f"The player plays it as if it were of {_spaced(played)} Hz: browsers do not play {_spaced(rate)} Hz."
        )
    sample_format = Sample.I16 if format == "flac" else 0
    options = write_options(
        rate=played,
        channels=len(planes),
        format=format,
        quality=_MP3_QUALITY if format == "mp3" else None,
        sample_format=sample_format,
        threads=0,
    )
    try:
        data = base64.b64encode(encode(as_samples(planes), options)).decode()
    except (exceptions.OndesError, TypeError) as failure:
        notes.append(f"There is no player: {failure}".replace("&", "&amp;").replace("<", "&lt;"))
        return ""
    return f'<audio controls preload="metadata" style="width:100%" src="data:{kind};base64,{data}"></audio>'


def _can_write(format: str, rate: int) -> bool:
    index = write_format(format)
    return index is not None and bool(lib.ondes_write_format_has_rate(index, rate))


def _channel_words(channels: int) -> str:
    return {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")


def _length_words(frames: int, rate: int) -> list[str]:
    count = f"{_spaced(frames)} frame{'' if frames == 1 else 's'}"
    return [f"{_clock(frames / rate)} ({count})"] if rate else [count]


def _clock(seconds: float) -> str:
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _times(factor: float) -> str:
    return f"{factor:.1f} times" if factor < 10 else f"{_spaced(round(factor))} times"


def _decibels(level: float) -> str:
    return f"{20 * math.log10(level):+.1f} dBFS".replace("-", "\N{MINUS SIGN}")
