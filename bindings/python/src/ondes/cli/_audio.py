"""Reading in blocks, so that an hour takes no more memory than a second."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ondes._abi import Layout, Sample
from ondes._reader import Reader
from ondes._samples import Array, address

from ._work import Stop

_SAMPLES = 1 << 18


def blocks(reader: Reader, stop: Stop) -> Iterator[Array]:
    """All that is left of a reader as float32 blocks of shape (channels, frames); each is overwritten by the next."""
    channels = max(1, reader.info.output_channels)
    capacity = max(256, _SAMPLES // channels)
    memory = np.empty((channels, capacity), np.float32)
    pointer = address(memory)
    while True:
        stop.check()
        frames = reader.read_into(pointer, capacity, Sample.F32, Layout.PLANAR)
        if not frames:
            return
        yield memory[:, :frames]
