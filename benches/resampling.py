#!/usr/bin/env python3
"""What every quality does to sines and sweeps, and how fast, beside the peers.

All systems get the same float32 samples (float64 where the name says so) in
one run, through their Python packages, ours through the C ABI.

    resampling.py [--write docs/RESAMPLING.md] [--plots docs/resampling] [--rounds N] [--only WORD]
"""

from __future__ import annotations

import argparse
import ctypes as c
import os
import platform
import re
import statistics
import sys
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


def figures(name, source, target):
    convert, dtype = SYSTEMS[name], dtype_of(name)
    nyquist = min(source, target) / 2
    run = lambda f: convert(tone(f, source, dtype), source, target)
    gains, noises, images, aliases = [], [], [], []
    for part in (0.0101, 0.0517, 0.131, 0.307, 0.503, 0.611, 0.709, 0.807, 0.85, 0.9):
        gain, noise = analyse(run(part * nyquist), part * nyquist, target)
        gains.append(gain)
        noises.append(noise)
    if target > source:
        # The image of f is at source - f.
        lowest = max(source - target / 2, 0.5 * nyquist)
        images = [analyse(run(f), f, target)[1] for f in np.linspace(lowest + 100, 0.95 * nyquist, 5)]
    if target < source:
        aliases = [level(run(nyquist + part * (source / 2 - nyquist))) for part in (0.05, 0.1, 0.25, 0.5, 0.75, 0.95)]
    return max(gains) - min(gains), -max(noises), -max(images) if images else None, -max(aliases) if aliases else None


def speeds(names, source, target, rounds, seconds=5):
    """Processor milliseconds for a minute of stereo; a round robin, so that a slow moment is everyone's."""
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (seconds * source, 2))
    signals = {dtype: np.ascontiguousarray(noise, dtype) for dtype in (np.float32, np.float64)}
    times = {name: [] for name in names}
    for turn in range(rounds + 1):
        for name in names:
            # Of the processor, so that other programs do not count; no system here uses a second thread.
            begin = time.process_time()
            SYSTEMS[name](signals[dtype_of(name)], source, target)
            if turn:
                times[name].append(time.process_time() - begin)
    return {name: statistics.median(values) * 60 / seconds * 1000 for name, values in times.items()}


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
    options = parser.parse_args()
    names = [name for name in SYSTEMS if options.only in name]
    text = "\n".join(table(source, target, names, options.rounds) for source, target in PAIRS)
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
