"""Loads random windows of one second from audio files, as 16 kHz mono, as training does.

python3 random_crops.py 1000 *.flac

Every file is opened once. Seeking to any frame is exact, also at another rate. Files of less than a second are filled
up with silence.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator

import numpy as np

import ondes
from ondes.io import AudioFile, Quality

RATE = 16000


def random_numbers(state: int = 1) -> Iterator[int]:
    """Numbers that are the same in every run (xorshift64, Marsaglia 2003)."""
    while True:
        state ^= state << 13 & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= state << 17 & 0xFFFFFFFFFFFFFFFF
        yield state


def main() -> int:
    parser = argparse.ArgumentParser(prog="random_crops", description="Loads random windows of one second.")
    parser.add_argument("count", metavar="COUNT", type=int)
    parser.add_argument("files", metavar="FILE", nargs="+")
    wanted = parser.parse_args()
    if wanted.count < 1:
        parser.error("COUNT must be 1 or more")
    try:
        lengths = [math.ceil((info.frames or 0) * RATE / info.sample_rate) for info in map(ondes.info, wanted.files)]
        sources = [AudioFile(file).resampled_to(RATE, Quality.WindowedSinc256) for file in wanted.files]
    except ondes.exceptions.OndesError as error:
        print(error, file=sys.stderr)
        return 1

    random, energy, start = random_numbers(), 0.0, time.perf_counter()
    for _ in range(wanted.count):
        chosen = next(random) % len(sources)
        sources[chosen].seek(next(random) % max(lengths[chosen] - RATE + 1, 1))
        crop = np.zeros(RATE, np.float32)
        samples = sources[chosen].read(RATE).mean(axis=0)
        crop[: len(samples)] = samples
        energy += float(np.square(crop, dtype=np.float64).sum())
    wall = time.perf_counter() - start
    level = math.sqrt(energy / RATE / wanted.count)
    speed = f"{wanted.count / wall:.0f} crops per second"
    print(f"{wanted.count} crops of 1 s from {len(sources)} files, level {level:.4f}: {speed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
