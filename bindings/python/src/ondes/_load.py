"""``ondes.load``: a file as an array."""

from __future__ import annotations

from typing import Any

from ._display import Audio
from ._options import read_options
from ._reader import Reader
from ._samples import DTypeLike, sample_format
from ._sources import Source


def load(
    src: Source,
    *,
    sample_rate: float | None = None,
    mono: bool = False,
    channels: int | None = None,
    start: int | None = None,
    stop: int | None = None,
    offset: float | None = None,
    duration: float | None = None,
    dtype: DTypeLike = "float32",
    threads: int = 0,
    out: Any = None,
) -> Audio:
    """Load audio: ``samples, rate = ondes.load("speech.m4a", sample_rate=16000, mono=True)``.

    ``samples`` has the shape (channels, frames); integers are full scale, floats from -1 to 1.
    """
    format = sample_format(dtype)
    options = read_options(
        sample_rate=sample_rate,
        mono=mono,
        channels=channels,
        start=start,
        stop=stop,
        offset=offset,
        duration=duration,
        threads=threads,
    )
    with Reader(src, options) as reader:
        return Audio(reader.load(format), reader.info.output_rate)
