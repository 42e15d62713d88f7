#!/usr/bin/env python3
"""What every quality does to sines and sweeps, and how fast, beside the peers.

All systems get the same float32 samples (float64 where the name says so) in
one run, through their Python packages, ours through the C ABI.

    resampling.py [--write docs/RESAMPLING.md] [--plots docs/resampling] [--rounds N] [--only WORD]
                  [--pairs 44100:16000,...] [--namesakes] [--seeks]

--namesakes only compares the qualities that are called as pedalboard's with
those, and fails if one is behind; --seeks only times seeks of a resampled reader.
"""

from __future__ import annotations

import argparse
import ctypes as c
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from math import gcd
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAIRS = [(44100, 16000), (44100, 48000), (48000, 44100), (96000, 44100), (44100, 44099)]

# --- ours, through the C ABI -------------------------------------------------------

_lib = c.CDLL(os.environ.get("ONDES_LIBRARY", str(ROOT / "target/release/libondes.so")))
_out = c.POINTER(c.c_uint64)
for _name, _result, _arguments in [
    ("ondes_error_message", c.c_char_p, [c.c_void_p]),
    ("ondes_error_free", None, [c.c_void_p]),
    ("ondes_resampler_new", c.c_int32, [c.c_double, c.c_double, c.c_uint32, c.c_int32, c.c_int32, c.c_int32,
                                        c.POINTER(c.c_void_p), c.POINTER(c.c_void_p)]),
    ("ondes_resampler_process", c.c_int32, [c.c_void_p, c.c_int32, c.c_void_p, c.c_uint64, c.c_void_p, c.c_uint64,
                                            _out, c.POINTER(c.c_void_p)]),
    ("ondes_resampler_flush", c.c_int32, [c.c_void_p, c.c_int32, c.c_void_p, c.c_uint64, _out, c.POINTER(c.c_void_p)]),
    ("ondes_resampler_output_frames", c.c_uint64, [c.c_void_p, c.c_uint64]),
    ("ondes_resampler_flush_frames", c.c_uint64, [c.c_void_p]),
    ("ondes_resampler_latency", c.c_uint64, [c.c_void_p]),
    ("ondes_resampler_free", None, [c.c_void_p]),
    ("ondes_reader_open_path", c.c_int32, [c.c_char_p, c.c_void_p, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p)]),
    ("ondes_reader_free", None, [c.c_void_p]),
    ("ondes_resampled_new", c.c_int32, [c.c_void_p, c.c_double, c.c_int32, c.c_int32, c.POINTER(c.c_void_p),
                                        c.POINTER(c.c_void_p)]),
    ("ondes_resampled_frames", c.c_uint64, [c.c_void_p]),
    ("ondes_resampled_seek", c.c_int32, [c.c_void_p, c.c_uint64, c.POINTER(c.c_void_p)]),
    ("ondes_resampled_read", c.c_int32, [c.c_void_p, c.c_int32, c.c_int32, c.c_void_p, c.c_uint64, _out,
                                         c.POINTER(c.c_void_p)]),
    ("ondes_resampled_free", None, [c.c_void_p]),
]:  # fmt: skip
    _function = getattr(_lib, _name)
    _function.restype, _function.argtypes = _result, _arguments

QUALITIES = {
    "balanced": 0, "fast": 1, "best": 2, "ZeroOrderHold": 10, "Linear": 11, "CatmullRom": 12, "Lagrange": 13,
    "WindowedSinc": 14, "WindowedSinc256": 15, "WindowedSinc128": 16, "WindowedSinc64": 17, "WindowedSinc32": 18,
    "WindowedSinc16": 19, "WindowedSinc8": 20,
}  # fmt: skip
F32, F64, INTERLEAVED = 7, 8, 0


def _check(status, err):
    if status:
        message = _lib.ondes_error_message(err).decode()
        _lib.ondes_error_free(err)
        raise RuntimeError(message)


def ondes_new(source, target, channels, quality, dtype):
    resampler, err = c.c_void_p(), c.c_void_p()
    sample = F64 if dtype == np.float64 else F32
    _check(_lib.ondes_resampler_new(source, target, channels, sample, QUALITIES[quality], 0,
                                    c.byref(resampler), c.byref(err)), err)  # fmt: skip
    return resampler


def ondes_latency(source, target, quality):
    resampler = ondes_new(source, target, 1, quality, np.float32)
    latency = _lib.ondes_resampler_latency(resampler)
    _lib.ondes_resampler_free(resampler)
    return latency


def ondes(quality):
    def convert(x, source, target):
        frames, channels = x.shape
        resampler, err, n = ondes_new(source, target, channels, quality, x.dtype), c.c_void_p(), c.c_uint64()
        capacity = -(-frames * target // source)
        y = np.empty((capacity, channels), x.dtype)
        _check(_lib.ondes_resampler_process(resampler, INTERLEAVED, x.ctypes.data, frames, y.ctypes.data, capacity,
                                            c.byref(n), c.byref(err)), err)  # fmt: skip
        done = n.value
        _check(_lib.ondes_resampler_flush(resampler, INTERLEAVED, y[done:].ctypes.data, capacity - done,
                                          c.byref(n), c.byref(err)), err)  # fmt: skip
        _lib.ondes_resampler_free(resampler)
        assert done + n.value == capacity
        return y

    return convert


# --- the peers ---------------------------------------------------------------------


def with_soxr(quality):
    def convert(x, source, target):
        import soxr

        return soxr.resample(x, source, target, quality)

    return convert


def with_samplerate(quality):
    def convert(x, source, target):
        import samplerate

        return samplerate.resample(x, target / source, quality)

    return convert


def with_pedalboard(quality):
    def convert(x, source, target):
        from pedalboard import Resample
        from pedalboard.io import StreamResampler

        resampler = StreamResampler(source, target, x.shape[1], getattr(Resample.Quality, quality))
        planes = np.ascontiguousarray(x.T)
        return np.concatenate([resampler.process(planes), resampler.process()], axis=1).T

    return convert


def with_scipy(x, source, target):
    from scipy.signal import resample_poly

    divisor = gcd(source, target)
    return resample_poly(x, target // divisor, source // divisor)


NAMED = list(QUALITIES)[3:]
SYSTEMS = {
    "ondes fast": ondes("fast"),
    "ondes balanced": ondes("balanced"),
    "ondes best": ondes("best"),
    "ondes best, float64": ondes("best"),
    "soxr HQ": with_soxr("HQ"),
    "soxr VHQ": with_soxr("VHQ"),
    "soxr VHQ, float64": with_soxr("VHQ"),
    "libsamplerate fastest": with_samplerate("sinc_fastest"),
    "libsamplerate best": with_samplerate("sinc_best"),
    "scipy resample_poly": with_scipy,
}
for _name in NAMED:
    SYSTEMS[f"ondes {_name}"] = ondes(_name)
    SYSTEMS[f"pedalboard {_name}"] = with_pedalboard(_name)
PLOTTED = ["ondes fast", "ondes balanced", "ondes best", "soxr HQ", "libsamplerate fastest", "pedalboard WindowedSinc32",
           "ondes WindowedSinc32", "scipy resample_poly"]  # fmt: skip


def dtype_of(name):
    return np.float64 if name.endswith("float64") else np.float32


# --- measuring -----------------------------------------------------------------------


def tone(frequency, rate, dtype):
    frames = rate // 2
    return (0.9 * np.sin(2 * np.pi * frequency / rate * np.arange(frames) + 0.3)).astype(dtype)[:, None]


def middle(y):
    """Without the ends, where the tone begins and stops, under a window."""
    y = y[len(y) // 4 : -(len(y) // 4)]
    return y, np.hanning(len(y)) ** 2


def analyse(y, frequency, rate):
    """Gain of the tone, and all else, in dB of the input's amplitude."""
    y, window = middle(np.asarray(y, np.float64)[:, 0])
    angle = 2 * np.pi * frequency / rate * np.arange(len(y))
    base = np.stack([np.sin(angle), np.cos(angle)], 1)
    weights = np.linalg.lstsq(base * window[:, None], y * window, rcond=None)[0]
    rest = (y - base @ weights) * window
    reference = np.mean((0.9 * window) ** 2) / 2
    return 20 * np.log10(np.hypot(*weights) / 0.9 + 1e-20), 10 * np.log10(np.mean(rest**2) / reference + 1e-30)


def level(y):
    y, window = middle(np.asarray(y, np.float64)[:, 0])
    return 10 * np.log10(np.mean((y * window) ** 2) / (np.mean((0.9 * window) ** 2) / 2) + 1e-30)


def clear(frequency, source, target):
    """Nearby, where no alias of a tone falls on the tone itself and adds to it or takes from it.

    Aliases lie at multiples of the rates' common divisor above and below the tone.
    """
    half = gcd(source, target) / 2
    return (np.ceil(frequency / half) - 0.5) * half if half > 10 else frequency


def figures(name, source, target):
    convert, dtype = SYSTEMS[name], dtype_of(name)
    nyquist = min(source, target) / 2
    run = lambda f: convert(tone(f, source, dtype), source, target)
    gains, noises, images, aliases = [], [], [], []
    for part in (0.0101, 0.0517, 0.131, 0.307, 0.503, 0.611, 0.709, 0.807, 0.85, 0.9):
        f = clear(part * nyquist, source, target)
        gain, noise = analyse(run(f), f, target)
        gains.append(gain)
        noises.append(noise)
    if target > source:
        # The image of f is at source - f.
        lowest = max(source - target / 2, 0.5 * nyquist)
        images = [analyse(run(f), f, target)[1] for f in np.linspace(lowest + 100, 0.95 * nyquist, 5)]
    if target < source:
        aliases = [level(run(nyquist + part * (source / 2 - nyquist))) for part in (0.05, 0.1, 0.25, 0.5, 0.75, 0.95)]
    return max(gains) - min(gains), -max(noises), -max(images) if images else None, -max(aliases) if aliases else None


def timings(names, source, target, rounds, seconds):
    """Processor milliseconds per minute of stereo in each round; a round robin, so that a slow moment is everyone's."""
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (seconds * source, 2))
    signals = {dtype: np.ascontiguousarray(noise, dtype) for dtype in (np.float32, np.float64)}
    times = {name: [] for name in names}
    for turn in range(rounds + 1):
        for name in names:
            # Of the processor, so that other programs do not count; no system here uses a second thread.
            begin = time.process_time()
            SYSTEMS[name](signals[dtype_of(name)], source, target)
            if turn:
                times[name].append((time.process_time() - begin) * 60 / seconds * 1000)
    return times


def speeds(names, source, target, rounds, seconds=10):
    return {name: statistics.median(values) for name, values in timings(names, source, target, rounds, seconds).items()}


# --- ours and those of the same names ------------------------------------------------

FIGURES = ("ripple", "SNR", "images", "aliases")


def behind(ours, theirs):
    """The figures in which ours is behind by more than what the tables round off."""
    worse = []
    for figure, a, b in zip(FIGURES, ours, theirs):
        if a is not None and (a > b + 0.0001 if figure == "ripple" else a < b - 0.5):
            worse.append(f"{figure} {a:.4f} dB, not {b:.4f}" if figure == "ripple" else f"{figure} {a:.1f} dB, not {b:.1f}")
    return worse


def namesakes(pairs):
    """Compares each quality with the one that has its name; returns the sentences for the page."""
    compared, worse = 0, []
    for source, target in pairs:
        for name in NAMED:
            ours, theirs = (figures(f"{system} {name}", source, target) for system in ("ondes", "pedalboard"))
            compared += sum(a is not None for a in ours)
            print(f"  {source} to {target}, {name}: " + str([v and round(float(v), 4) for v in ours + theirs]), flush=True)
            worse += [f"{name}, {source} Hz to {target} Hz: {why}" for why in behind(ours, theirs)]
    text = f"Of {compared} figures of the eleven named qualities at {len(pairs)} pairs of rates, "
    text += f"{len(worse)} are behind pedalboard's:" if worse else "none is behind that of pedalboard's namesake."
    return text + "".join(f"\n- {line}" for line in worse) + "\n", worse


# --- seeks of a resampled reader ------------------------------------------------------


def make_sound(path, minutes):
    """Mono at 44100 Hz: a tone in FLAC, or a WAV file that takes no room on the disk."""
    if path.suffix == ".wav":
        size = minutes * 60 * 44100 * 2
        number = lambda value, width: value.to_bytes(width, "little")
        header = b"RIFF" + number(36 + size, 4) + b"WAVEfmt " + number(16, 4) + number(1, 2) + number(1, 2)
        header += number(44100, 4) + number(88200, 4) + number(2, 2) + number(16, 2) + b"data" + number(size, 4)
        with open(path, "wb") as f:
            f.write(header)
            f.truncate(44 + size)
    else:
        tone = f"sine=frequency=440:sample_rate=44100:duration={minutes * 60}"
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", tone, str(path)], check=True)


def seek_times(path, rate, quality, parts, turns=41):
    """Median milliseconds of a seek and the read of 1000 frames, around each part of the file."""
    reader, view, err, n = c.c_void_p(), c.c_void_p(), c.c_void_p(), c.c_uint64()
    _check(_lib.ondes_reader_open_path(str(path).encode(), None, c.byref(reader), c.byref(err)), err)
    _check(_lib.ondes_resampled_new(reader, rate, QUALITIES[quality], 0, c.byref(view), c.byref(err)), err)
    frames, dst = _lib.ondes_resampled_frames(view), np.empty(1000, np.float32)
    times = {part: [] for part in parts}
    for turn in range(turns):
        for part in parts:
            begin = time.perf_counter()
            _check(_lib.ondes_resampled_seek(view, int(frames * part) + 7919 * turn % 50000, c.byref(err)), err)
            _check(_lib.ondes_resampled_read(view, F32, INTERLEAVED, dst.ctypes.data, 1000, c.byref(n), c.byref(err)), err)
            times[part].append((time.perf_counter() - begin) * 1000)
            assert n.value == 1000
    _lib.ondes_resampled_free(view)
    _lib.ondes_reader_free(reader)
    return [statistics.median(times[part]) for part in parts]


def seeks():
    parts = (0.01, 0.5, 0.99)
    lines = ["### Seeks of a resampled reader", "", "Milliseconds for a seek and the read of 1000 frames, mono, 44100 Hz to 16000 Hz.", ""]
    lines += ["| file | quality | at 1 % | at 50 % | at 99 % |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("wav", "flac"):
            for minutes in (10, 100):
                path = Path(folder) / f"{minutes}.{suffix}"
                make_sound(path, minutes)
                for quality in ("balanced", "WindowedSinc32"):
                    times = seek_times(path, 16000, quality, parts)
                    cells = [f"{minutes} minutes of {suffix.upper()}", quality, *(f"{t:.3f}" for t in times)]
                    print("  " + " · ".join(cells), flush=True)
                    lines.append("| " + " | ".join(cells) + " |")
                path.unlink()
    return "\n".join(lines) + "\n"


def table(source, target, names, rounds):
    fast = speeds(names, source, target, rounds)
    lines = [f"### {source} Hz to {target} Hz", ""]
    lines.append("| | ripple, dB | SNR, dB | images down, dB | aliases down, dB | delay, frames | CPU ms per minute |")
    lines.append("|---|---|---|---|---|---|---|")
    print(f"{source} to {target}", flush=True)
    for name in names:
        ripple, noise, image, alias = figures(name, source, target)
        show = lambda v: "–" if v is None else f"{v:.0f}"
        delay = ondes_latency(source, target, re.split("[ ,]", name)[1]) if name.startswith("ondes") else "–"
        speed = f"{fast[name]:.1f}" if fast[name] < 100 else f"{fast[name]:.0f}"
        cells = [name, f"{ripple:.4f}" if ripple < 1 else f"{ripple:.2f}", show(noise), show(image), show(alias), str(delay), speed]
        print("  " + " · ".join(cells), flush=True)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


# --- pictures --------------------------------------------------------------------------


def plot(source, target, folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from PIL import Image

    seconds = 4
    t = np.arange(seconds * source) / source
    sweep = 0.9 * np.sin(2 * np.pi * (source / 2 / (2 * seconds)) * t**2)
    figure, axes = plt.subplots(2, 4, figsize=(11, 5), sharex=True, sharey=True, layout="constrained")
    for axis, name in zip(axes.flat, PLOTTED):
        y = SYSTEMS[name](sweep.astype(np.float32)[:, None], source, target)
        axis.set_title(name, fontsize=9)
        picture = axis.specgram(np.asarray(y, np.float64)[:, 0] + 1e-12, NFFT=1024, noverlap=512, Fs=target / 1000, scale="dB",
                                mode="magnitude", window=np.blackman(1024) ** 2, vmin=-180, vmax=0, cmap="magma")[3]  # fmt: skip
    figure.supxlabel("ms, the sweep rising from 0 Hz to half the source rate", fontsize=9)
    figure.supylabel("kHz", fontsize=9)
    figure.colorbar(picture, ax=axes, label="dB")
    figure.suptitle(f"{source} Hz to {target} Hz: one line is the sweep, the others are faults", fontsize=10)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source}-{target}.png"
    figure.savefig(path, dpi=72)
    plt.close(figure)
    Image.open(path).convert("RGB").quantize(200).save(path, optimize=True)
    print(f"wrote {path}")


def versions():
    from importlib.metadata import version

    return ", ".join(f"{n} {version(n)}" for n in ("soxr", "samplerate", "pedalboard", "scipy", "numpy"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="only systems whose name holds this")
    parser.add_argument("--write", type=Path, help="the page whose tables to replace")
    parser.add_argument("--plots", type=Path, help="the folder for the pictures")
    parser.add_argument("--pairs", help="only these pairs of rates")
    parser.add_argument("--namesakes", action="store_true")
    parser.add_argument("--seeks", action="store_true")
    options = parser.parse_args()
    pairs = [tuple(map(int, pair.split(":"))) for pair in options.pairs.split(",")] if options.pairs else PAIRS
    if options.namesakes:
        text, worse = namesakes(pairs)
        sys.exit(text if worse else print(text))
    if options.seeks:
        sys.exit(print(seeks()))
    names = [name for name in SYSTEMS if options.only in name]
    text = "\n".join(table(source, target, names, options.rounds) for source, target in pairs)
    text += "\n### Named qualities\n\n" + namesakes(pairs)[0] + "\n" + seeks()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; {versions()}."
    text = f"Measured on {time.strftime('%Y-%m-%d')}: {machine}\n\n{text}"
    if options.plots:
        for source, target in ((44100, 16000), (44100, 48000), (96000, 44100)):
            plot(source, target, options.plots)
    if options.write:
        page = options.write.read_text()
        marks = re.compile(r"(<!-- tables -->\n).*(<!-- end of tables -->)", re.S)
        if not marks.search(page):
            sys.exit(f"{options.write} has no place for the tables (<!-- tables --> … <!-- end of tables -->)")
        options.write.write_text(marks.sub(lambda m: m[1] + text + m[2], page))
        print(f"wrote {options.write}")


if __name__ == "__main__":
    main()
