"""Thousands of calls leave no memory, descriptor or thread behind, failing ones included."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts in /proc")


def counts() -> tuple[int, int, int]:
    """Kilobytes, descriptors and threads of this process."""
    status = Path("/proc/self/status").read_text()
    memory, threads = (int(status.split(name)[1].split()[0]) for name in ("VmRSS:", "Threads:"))
    return memory, len(os.listdir("/proc/self/fd")), threads


class Failing:
    """A file object whose second read fails."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)
        self._reads = 0

    def read(self, size: int) -> bytes:
        self._reads += 1
        if self._reads > 1:
            raise LookupError("the cable is out")
        return self._file.read(min(size, 4000))


def refused(call: Callable[[], object]) -> None:
    with pytest.raises((ondes.exceptions.OndesError, LookupError, ValueError, TypeError)):
        call()


WORK: dict[str, tuple[int, Callable[[Path], object]]] = {
    "load": (3000, lambda data: ondes.load(data / "wav/s16.wav")),
    "load of a decoder with state": (500, lambda data: ondes.load(data / "mp3/cbr_128_known_100003.mp3", stop=5000)),
    "load of bytes": (3000, lambda data: ondes.load((data / "wav/s16.wav").read_bytes())),
    "load of a file object": (2000, lambda data: ondes.load(io.BufferedReader(io.FileIO(data / "wav/s16.wav")))),
    "load into memory": (3000, lambda data: ondes.load(data / "wav/s16.wav", out=np.empty((2, 3001), np.float32))),
    "info": (3000, lambda data: ondes.info(data / "flac/picture.flac")),
    "tags": (2000, lambda data: ondes.Tags({"title": "a", "artist": ["b", "c"]}).copy().to_dict()),
    "resample": (500, lambda data: ondes.resample(np.zeros((2, 1000), np.float32), 44100, 16000)),
    "load_batch": (200, lambda data: ondes.load_batch([data / "wav/s16.wav"] * 5 + ["nowhere.wav"])),
    "iter_batch, closed early": (200, lambda data: next(ondes.iter_batch([data / "wav/s16.wav"] * 20))),
    "save": (1000, lambda data: ondes.encode(np.zeros((2, 1000), np.int16), 44100, "wav", tags={"title": "a"})),
    "transcode": (300, lambda data: ondes.transcode(data / "wav/s16.wav", io.BytesIO(), format="flac")),
    "no file": (3000, lambda data: refused(lambda: ondes.load("nowhere.wav"))),
    "no audio": (3000, lambda data: refused(lambda: ondes.load(data / "bad/text.wav"))),
    "a limit": (1000, lambda data: refused(lambda: ondes.load(data / "wav/s16.wav", channels=9))),
    "a file object that fails": (
        2000,
        lambda data: refused(lambda: ondes.load(Failing((data / "source/music.flac").read_bytes()))),
    ),
    "too little memory": (
        2000,
        lambda data: refused(lambda: ondes.load(data / "wav/s16.wav", out=np.empty((2, 9), np.float32))),
    ),
    "no target": (1000, lambda data: refused(lambda: ondes.save("nowhere/a.wav", np.zeros(9, np.int16), 44100))),
    "a copy that fails": (
        500,
        lambda data: refused(lambda: ondes.transcode(data / "bad/text.wav", io.BytesIO(), format="flac")),
    ),
}


@pytest.mark.parametrize("name", WORK)
def test_nothing_is_left_behind(data: Path, name: str) -> None:
    times, work = WORK[name]

    def run(n: int) -> None:
        for _ in range(n):
            work(data)
        gc.collect()

    run(max(times // 5, 50))  # what is allocated once
    before = counts()
    gc.disable()
    try:
        for _ in range(times):
            work(data)
        after: Any = counts()
        unreachable = gc.collect()
    finally:
        gc.enable()
    assert after[0] - before[0] < 2000, f"{after[0] - before[0]} kB more after {times} times"
    assert after[1:] == before[1:], "descriptors, threads"
    assert unreachable < times, "no cycles of references, which would keep files and memory"
