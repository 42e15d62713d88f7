"""Clips at another rate: lengths, tones at their place, shapes and types."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import ondes

QUALITIES = "balanced fast best zero_order_hold linear catmull_rom lagrange windowed_sinc windowed_sinc256 windowed_sinc128 windowed_sinc64 windowed_sinc32 windowed_sinc16 windowed_sinc8"


def tone(rate: float, frames: int, frequency: float = 440.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency / rate * np.arange(frames)).astype(np.float32)


@pytest.mark.parametrize("quality", QUALITIES.split())
def test_every_quality_keeps_length_and_tone(quality: str) -> None:
    for source, target in [(44100, 16000), (16000, 44100), (48000, 44100), (8000, 8000)]:
        samples = ondes.resample(tone(source, 20011), source, target, quality)
        assert len(samples) == math.ceil(20011 * target / source)
        inner = slice(500, len(samples) - 500)
        error = np.abs(samples - tone(target, len(samples)))[inner].max()
        # A tone of 440 Hz: holding a frame is late by up to one, 2 pi 440 / rate.
        rough = {"zero_order_hold": 0.4, "linear": 0.02}.get(quality, 0.01)
        assert error < rough, (source, target, error)


def test_shapes_and_types_are_kept() -> None:
    mono = tone(48000, 4800)
    both = np.stack([mono, -mono, mono / 2])
    result = ondes.resample(both, 48000, 16000)
    assert result.shape == (3, 1600) and result.dtype == np.float32 and result.flags.c_contiguous
    assert np.array_equal(result[0], ondes.resample(mono, 48000, 16000))
    assert np.array_equal(result[1], -result[0])
    wide = ondes.resample(both.astype(np.float64), 48000, 16000)
    assert wide.dtype == np.float64 and np.allclose(wide, result, atol=1e-6)
    for view in (np.asfortranarray(both), np.repeat(both, 2, axis=1)[:, ::2], both.astype(">f4"), both[::-1][::-1]):
        assert np.array_equal(ondes.resample(view, 48000, 16000), result)
    assert ondes.resample(np.zeros((2, 0), np.float32), 48000, 16000).shape == (2, 0)
    assert ondes.resample(np.zeros((0, 7), np.float32), 48000, 16000).shape[0] == 0


def test_integers_are_full_scale() -> None:
    values = np.array([-32768, -16384, 0, 16384, 32767] * 3, np.int16)
    for array in (values, values.astype(np.int32) << 16, values.astype(np.int64) << 48, (values >> 8).astype(np.int8)):
        bits = 8 * array.dtype.itemsize
        result = ondes.resample(array, 8000, 8000, "zero_order_hold")
        assert result.dtype == np.float32
        assert np.allclose(result, array / 2.0 ** (bits - 1), atol=1e-7)
    unsigned = ondes.resample(np.array([0, 128, 255], np.uint8), 8000, 8000, "zero_order_hold")
    assert np.allclose(unsigned, [-1, 0, 127 / 128])


def test_a_load_at_another_rate_is_the_same(data: Path) -> None:
    samples, rate = ondes.load(data / "source/music.flac")
    direct, _ = ondes.load(data / "source/music.flac", sample_rate=16000)
    assert np.array_equal(ondes.resample(samples, rate, 16000), direct)
    direct, _ = ondes.load(data / "source/music.flac", sample_rate=16000, quality="linear")
    assert np.array_equal(ondes.resample(samples, rate, 16000, "linear"), direct)
    (loaded,) = ondes.load_batch([data / "source/music.flac"], sample_rate=16000, quality="linear")
    assert loaded.samples is not None and np.array_equal(loaded.samples, direct)


def test_long_clips_are_cut_without_a_seam() -> None:
    clip = np.random.default_rng(1).standard_normal(700_001).astype(np.float32)
    whole = ondes.resample(clip, 44100, 44101.5, "windowed_sinc8")
    assert len(whole) == math.ceil(700_001 * 44101.5 / 44100)
    head = ondes.resample(clip[:300_000], 44100, 44101.5, "windowed_sinc8")
    assert np.array_equal(whole[:299_000], head[:299_000])


def test_what_cannot_be_is_named() -> None:
    clip = np.zeros(100, np.float32)
    with pytest.raises(ValueError, match="quality 'good' is none of balanced, fast, best"):
        ondes.resample(clip, 44100, 16000, "good")
    with pytest.raises(TypeError, match="quality"):
        ondes.resample(clip, 44100, 16000, 5)  # type: ignore[arg-type]
    for rates in [(0, 16000), (44100, -1), (44100, float("nan")), (44100, 44100 * 300)]:
        with pytest.raises(ValueError):
            ondes.resample(clip, *rates)
    with pytest.raises(ValueError, match="shape"):
        ondes.resample(np.zeros((2, 2, 2), np.float32), 44100, 16000)
    with pytest.raises(TypeError, match="complex64"):
        ondes.resample(np.zeros(5, np.complex64), 44100, 16000)


def test_arrays_that_are_frames_first_are_told_so() -> None:
    with pytest.raises(ValueError, match=r"pass samples\.T"):
        ondes.resample(np.zeros((1000, 2), np.float32), 44100, 16000)
