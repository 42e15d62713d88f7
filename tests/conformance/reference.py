"""What audio files hold, by other decoders than ondes; for make_cases.py."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

DATA = Path(__file__).resolve().parent.parent / "data"
MANIFEST = {entry["path"]: entry for entry in json.loads((DATA / "manifest.json").read_text())["files"]}
MANIFEST |= {entry["path"]: entry for entry in json.loads((DATA / "manifest.json").read_text())["sources"].values()}
TAGS = json.loads((DATA / "tags/tags.json").read_text())


def run(*command: str | Path) -> bytes:
    return subprocess.run(list(map(str, command)), check=True, capture_output=True).stdout


def channels_of(file: str) -> int:
    return int(MANIFEST[file]["channels"])


@functools.cache
def ffmpeg(file: str, format: str, *before: str) -> np.ndarray:
    """FFmpeg's samples, of shape (frames, channels)."""
    raw = run("ffmpeg", "-v", "error", "-nostdin", *before, "-i", DATA / file, "-map", "0:a:0",
              "-f", format, "-c:a", f"pcm_{format}", "-")  # fmt: skip
    kinds = {"s32le": "<i4", "f32le": "<f4", "f64le": "<f8"}
    return np.frombuffer(raw, kinds[format]).reshape(-1, channels_of(file))


@functools.cache
def whole(file: str) -> np.ndarray:
    """The samples of a lossless file as left-justified 32-bit integers, which two decoders agree on."""
    samples = ffmpeg(file, "s32le")[: MANIFEST[file]["frames"]]
    if shift := MANIFEST[file].get("reference_shift"):  # no whole bytes, which other decoders do not give
        checked = whole(f"source/{shift['source']}.flac") & (-1 << (32 - MANIFEST[file]["bits"]))
    elif file.endswith((".flac", ".oga")):
        checked = flac(file)
    else:
        checked = soundfile.read(DATA / file, dtype="int32", always_2d=True)[0]
    if not np.array_equal(samples, checked[: len(samples)]):
        raise ValueError(f"{file}: two decoders disagree")
    return samples


def flac(file: str) -> np.ndarray:
    """What the flac command decodes, left-justified."""
    bits = int(MANIFEST[file]["bits"])
    ogg = ["--ogg"] if file.endswith(".oga") else []
    form = ["--force-raw-format", "--endian=little", "--sign=signed"]
    raw = run("flac", "--decode", "--silent", "--stdout", "--decode-through-errors", *ogg, *form, DATA / file)
    packed = np.frombuffer(raw, np.uint8).reshape(-1, bits // 8)
    padded = np.zeros((len(packed), 4), np.uint8)
    padded[:, 4 - bits // 8 :] = packed
    return padded.view("<i4").reshape(-1, channels_of(file))


def opusdec(file: str) -> np.ndarray:
    """libopus itself, as floats."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "decoded.wav"
        run("opusdec", "--quiet", "--float", "--no-dither", DATA / file, out)
        return soundfile.read(out, dtype="float32", always_2d=True)[0]


def soxr(file: str, rate: int, mono: bool) -> np.ndarray:
    """All of a file at another rate, by libsoxr."""
    mix = ["pan=mono|c0=0.5*c0+0.5*c1"] if mono else []
    chain = ",".join([*mix, f"aresample={rate}:resampler=soxr:precision=28"])
    raw = run("ffmpeg", "-v", "error", "-nostdin", "-i", DATA / file, "-af", chain, "-f", "f64le", "-")
    return np.frombuffer(raw, "<f8").reshape(-1, 1 if mono else channels_of(file))


def encoded(file: str, encoder: str, quality: str) -> np.ndarray:
    """What becomes of a file in another program's encoder; `quality` in kbit/s."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "encoded.mka"
        run("ffmpeg", "-v", "error", "-nostdin", "-i", DATA / file, "-c:a", encoder, "-b:a", f"{quality}k", out)
        raw = run("ffmpeg", "-v", "error", "-nostdin", "-i", out, "-f", "f64le", "-")
        return np.frombuffer(raw, "<f8").reshape(-1, channels_of(file))


def samples_as(samples: np.ndarray, sample: str) -> np.ndarray:
    """Left-justified 32-bit integers as a sample format, by the rules of include/ondes.h."""
    if sample == "int24":
        return samples.astype("<i4").view(np.uint8).reshape(*samples.shape, 4)[..., 1:]
    if sample == "uint8":
        return ((samples >> 24) + 128).astype(np.uint8)
    if sample in ("int8", "int16", "int32"):
        bits = int(sample[3:])
        return (samples >> (32 - bits)).astype(f"<i{bits // 8}")
    if sample == "int64":
        return samples.astype("<i8") << 32
    return (samples / 2.0**31).astype({"float32": "<f4", "float64": "<f8"}[sample])


def md5(samples: np.ndarray, layout: str = "interleaved") -> str:
    return hashlib.md5(
        np.ascontiguousarray(np.moveaxis(samples, 0, 1) if layout == "planar" else samples).tobytes()
    ).hexdigest()


def levels(samples: np.ndarray) -> dict[str, list[float]]:
    """The level of each channel in steps of 16 bits."""
    steps = samples.astype(np.float64) * 32768
    return {
        "rms": [round(float(x), 3) for x in np.sqrt((steps**2).mean(0))],
        "peak": [round(float(x), 3) for x in np.abs(steps).max(0)],
    }


def ebur128(file: str, *filters: str) -> dict[str, float]:
    """FFmpeg's measurement of loudness."""
    chain = ",".join((*filters, "ebur128=peak=sample+true:framelog=verbose"))
    text = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "info", "-i", DATA / file, "-af", chain, "-f", "null", "-"],
        check=True, capture_output=True, text=True,
    ).stderr  # fmt: skip
    summary = text[text.rindex("Summary:") :]
    found = re.findall(r"(I|LRA|Peak):\s+(-?[\d.]+)", summary)
    return {
        "integrated": float(found[0][1]),
        "range": float(found[1][1]),
        "sample_peak": 10 ** (float(found[2][1]) / 20),
        "true_peak": 10 ** (float(found[3][1]) / 20),
    }
