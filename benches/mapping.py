#!/usr/bin/env python3
"""Maps beside wavemap and numpy.memmap, all in one process on the same file.

wavemap needs numpy 1, so that this has an environment of its own (scripts/bench.sh).

    mapping.py FOLDER [--rounds N] [--gigabytes N] [--write docs/PERFORMANCE.md]

FOLDER gets a WAV file of noise of the size asked for, and loses it at the end.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "bindings/python/src")]

import bench  # noqa: E402
from ondes.mapping import ConvertedMap  # noqa: E402
from ondes.mapping import wavemap as ondes_open  # noqa: E402

HEADER = 44
RATE = 44100


def memmap(path):
    return np.memmap(path, np.int16, "r", HEADER).reshape(-1, 2)


def wavemap_open(path):
    from wavemap import wavemap

    return wavemap(str(path))


def make(path, size):
    """A WAV file of noise: holes would be no memory to read."""
    frames = size // 4
    with open(path, "wb") as f:
        f.write(np.array([0x46464952], "<u4").tobytes() + np.array([36 + frames * 4], "<u4").tobytes() + b"WAVEfmt ")
        f.write(np.array([16], "<u4").tobytes() + np.array([1, 2], "<u2").tobytes())
        f.write(np.array([RATE, RATE * 4], "<u4").tobytes() + np.array([4, 16], "<u2").tobytes())
        f.write(b"data" + np.array([frames * 4], "<u4").tobytes())
        noise = np.random.default_rng(1).integers(-20000, 20000, 1 << 22, np.int16)
        for at in range(0, frames * 2, len(noise)):
            f.write(noise[: frames * 2 - at].tobytes())
    return frames


SCALE = np.float32(1 / 32768)


def wavemap_convert(path):
    from wavemap import convert

    return convert(wavemap_open(path), np.float32)


def rows(path, small, frames, rounds):
    out = np.empty((frames, 2), np.float32)
    out[:] = 0
    many = [(path,)] * 200
    few = [(small,)] * 200
    micro, milli = 1e6 / 200, 1e3
    numpy_convert = lambda p, **k: np.multiply(memmap(p), SCALE, dtype=np.float32, **k)  # noqa: E731
    table = [
        ("open and close, large, µs", many, micro,
         {"ondes": lambda p: ondes_open(str(p)), "numpy.memmap": memmap, "wavemap": wavemap_open}),
        ("open and close, 1 MB, µs", few, micro,
         {"ondes": lambda p: ondes_open(str(p)), "numpy.memmap": memmap, "wavemap": wavemap_open}),
        ("open and sum one second, µs", many, micro,
         {"ondes": lambda p: ondes_open(str(p))[RATE : 2 * RATE].sum(), "numpy.memmap": lambda p: memmap(p)[RATE : 2 * RATE].sum(),
          "wavemap": lambda p: wavemap_open(p)[RATE : 2 * RATE].sum()}),
        ("sum all, ms", [(path,)], milli,
         {"ondes": lambda p: ondes_open(str(p)).sum(), "numpy.memmap": lambda p: memmap(p).sum(), "wavemap": lambda p: wavemap_open(p).sum()}),
        ("all to a new float32 array, ms", [(path,)], milli,
         {"ondes": lambda p: np.asarray(ConvertedMap(str(p), "float32")), "numpy.memmap": numpy_convert, "wavemap": wavemap_convert}),
        ("all to an array at hand, ms", [(path,)], milli,
         {"ondes": lambda p: ConvertedMap(str(p), "float32").read_into(out),
          "numpy.memmap": lambda p: numpy_convert(p, out=out)}),
    ]  # fmt: skip
    for label, calls, unit, systems in table:
        times = bench.round_robin(systems, calls, rounds)
        times.setdefault("wavemap", None)
        yield bench.row(label, times, unit=unit)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--write", type=Path, help="the page whose table to replace")
    options = parser.parse_args()
    path, small = options.folder / "map.wav", options.folder / "map-small.wav"
    try:
        make(small, 1 << 20)
        frames = make(path, int(options.gigabytes * 1e9) // 4 * 4)
        table = bench.table(
            "Maps",
            f"A 16-bit stereo file of {options.gigabytes:g} GB in the page cache, through Python in all three; medians. "
            f"{time.strftime('%Y-%m-%d')}, wavemap {bench_version('wavemap')}, numpy {np.__version__}. NumPy converts in "
            "one pass, `np.multiply(map, 1 / 32768, dtype=float32)`; wavemap's own conversion makes three.",
            ["", "ondes", "numpy.memmap", "wavemap", "ours / fastest peer"],
            list(rows(path, small, frames, options.rounds)),
        )
    finally:
        path.unlink(missing_ok=True)
        small.unlink(missing_ok=True)
    if not options.write:
        print(table)
        return
    page = options.write.read_text()
    marks = re.compile(r"(<!-- table of maps -->\n).*(<!-- end of table of maps -->)", re.S)
    if not marks.search(page):
        sys.exit(f"{options.write} has no place for the table (<!-- table of maps --> … <!-- end of table of maps -->)")
    options.write.write_text(marks.sub(lambda m: m[1] + table + m[2], page))
    print(f"wrote {options.write}")


def bench_version(package):
    from importlib.metadata import version

    return version(package)


if __name__ == "__main__":
    main()
