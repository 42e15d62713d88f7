#!/usr/bin/env python3
"""What a call costs in Python: opening and reading small files, beside soundfile and pedalboard.

Calls of all systems take turns in one process, so that what else the machine does meets all of them; a row gives the
medians, and the median of the ratios of neighbours.

    python_overhead.py FOLDER [--rounds N] [--write docs/PERFORMANCE.md]

FOLDER gets small files, and loses them at the end.
"""

from __future__ import annotations

import argparse
import io
import re
import statistics
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "bindings/python/src")]

import bench  # noqa: E402
import pedalboard.io  # noqa: E402
import soundfile  # noqa: E402

import ondes  # noqa: E402
import ondes.io  # noqa: E402

FRAMES, RATE = 3000, 44100
CALLS = 20
"""Calls of one system in a row: the first of them finds the other's data in the caches."""


def audio_file(package):
    def read(path):
        with package.AudioFile(str(path)) as file:
            return file.read(file.frames)

    return read


def audio_file_stream(package):
    def read(path):
        with open(path, "rb", buffering=0) as stream, package.AudioFile(stream) as file:
            return file.read(file.frames)

    return read


def audio_file_pieces(package):
    def read(path):
        with package.AudioFile(str(path)) as file:
            return [file.read(100) for _ in range(30)]

    return read


def soundfile_pieces(path):
    with soundfile.SoundFile(path) as file:
        return [file.read(100, "float32") for _ in range(30)]


def soundfile_read(path):
    return soundfile.read(path, dtype="float32", always_2d=True)


def soundfile_stream(path):
    with open(path, "rb", buffering=0) as stream:
        return soundfile_read(stream)


def stream(path):
    with open(path, "rb", buffering=0) as file:
        return ondes.load(file)


def pedalboard_info(path):
    with pedalboard.io.AudioFile(str(path)) as file:
        return file.frames, file.samplerate


def rows(wav, flac, rounds):
    content = wav.read_bytes()
    ours, theirs = audio_file(ondes.io), audio_file(pedalboard.io)
    table = [
        ("`ondes.load`, WAV of 3,000 frames", wav, ondes.load, soundfile_read, theirs),
        ("… FLAC", flac, ondes.load, soundfile_read, theirs),
        ("… WAV in memory", content, ondes.load, lambda b: soundfile_read(io.BytesIO(b)), None),
        ("… WAV as a file object", wav, stream, soundfile_stream, audio_file_stream(pedalboard.io)),
        ("`ondes.io.AudioFile`, opened and read", wav, ours, soundfile_read, theirs),
        (
            "… in 30 pieces of 100 frames",
            wav,
            audio_file_pieces(ondes.io),
            soundfile_pieces,
            audio_file_pieces(pedalboard.io),
        ),
        ("`ondes.info`, tags included", wav, ondes.info, soundfile.info, pedalboard_info),
        ("… FLAC", flac, ondes.info, soundfile.info, pedalboard_info),
    ]
    for label, source, *calls in table:
        yield row(label, source, calls, rounds)


def row(label, source, calls, rounds):
    times = [[] for _ in calls]
    for _ in range(rounds):
        for call, taken in zip(calls, times):
            if call is None:
                continue
            call(source)
            begin = time.perf_counter()
            for _ in range(CALLS):
                call(source)
            taken.append((time.perf_counter() - begin) / CALLS * 1e6)
    cells = [f"{statistics.median(taken):.0f}" if taken else "–" for taken in times]
    ours, *peers = times
    ratios = [f"{statistics.median(a / b for a, b in zip(ours, peer)):.2f}" if peer else "–" for peer in peers]
    return [label, *cells, *ratios]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=101)
    parser.add_argument("--write", type=Path, help="the page whose table to replace")
    options = parser.parse_args()
    wav, flac = options.folder / "overhead.wav", options.folder / "overhead.flac"
    noise = np.random.default_rng(0).integers(-9999, 9999, (FRAMES, 2), np.int16)
    try:
        soundfile.write(wav, noise, RATE)
        soundfile.write(flac, noise, RATE)
        note = (
            f"Small stereo files of 16 bits in the page cache, to float32; microseconds, medians of {options.rounds} turns. "
            f"{time.strftime('%Y-%m-%d')}, Python {sys.version.split()[0]}, soundfile {soundfile.__version__}, pedalboard "
            f"{pedalboard.__version__}, numpy {np.__version__}."
        )
        header = ["", "ondes", "soundfile", "pedalboard", "ours / soundfile", "ours / pedalboard"]
        table = bench.table("Calls from Python", note, header, list(rows(wav, flac, options.rounds)))
    finally:
        wav.unlink(missing_ok=True)
        flac.unlink(missing_ok=True)
    if not options.write:
        print(table)
        return
    page = options.write.read_text()
    marks = re.compile(r"(<!-- table of calls -->\n).*(<!-- end of table of calls -->)", re.S)
    if not marks.search(page):
        sys.exit(
            f"{options.write} has no place for the table (<!-- table of calls --> … <!-- end of table of calls -->)"
        )
    options.write.write_text(marks.sub(lambda m: m[1] + table + m[2], page))
    print(f"wrote {options.write}")


if __name__ == "__main__":
    main()
