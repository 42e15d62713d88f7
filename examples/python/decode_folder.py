"""Decodes folders of audio in parallel, and says of each file what it is.

python3 decode_folder.py Music

It shows: results as they come, in memory that stays flat however many files there are; errors and warnings of each
file. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

import ondes
from ondes.io import get_supported_read_formats


def files_of(path: str) -> list[str]:
    """The audio files of a folder. A path that is none is taken as it is: the library says what is wrong with it."""
    if not os.path.isdir(path):
        return [path]
    known = set(get_supported_read_formats())
    found = (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sorted((file for file in found if Path(file).suffix.lower() in known), key=os.fsencode)


def number(text: str) -> int:
    """The number that an option has."""
    value = int(text)
    if not 0 <= value < 2**32:
        raise ValueError(value)
    return value


def main() -> int:
    parser = argparse.ArgumentParser(prog="decode_folder", description="Decodes audio files in parallel.")
    parser.add_argument("--rate", metavar="HZ", type=number, help="convert to this sample rate")
    parser.add_argument("--mono", action="store_true", help="mix to one channel")
    parser.add_argument(
        "--workers", metavar="N", type=number, default=0, help="files at a time; otherwise one per core"
    )
    parser.add_argument("paths", metavar="FILE_OR_FOLDER", nargs="+")
    wanted = parser.parse_args()

    files = [file for path in wanted.paths for file in files_of(path)]
    failed, seconds, start = 0, 0.0, time.perf_counter()
    for loaded in ondes.iter_batch(files, sample_rate=wanted.rate or None, mono=wanted.mono, workers=wanted.workers):
        if loaded.samples is None:
            failed += 1
            print(f"{loaded.path:<40}  failed: {loaded.error}")
            continue
        channels, frames = loaded.samples.shape
        seconds += frames / loaded.sample_rate
        peak = np.abs(loaded.samples).max(initial=0)
        warnings = f", {len(loaded.warnings)} warning{'s' * (len(loaded.warnings) > 1)}" if loaded.warnings else ""
        print(
            f"{loaded.path:<40}  {loaded.sample_rate:6} Hz  {channels:2} channel{' ' if channels == 1 else 's'}"
            f"  {frames / loaded.sample_rate:9.3f} s  peak {peak:.4f}  ok{warnings}"
        )
    wall = time.perf_counter() - start
    speed = f"{seconds:.1f} s of audio in {wall:.2f} s, {seconds / wall:.0f} times real time"
    print(f"{len(files)} files, {failed} failed: {speed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
