"""Encoding in memory as pedalboard.io does; the ids are the rows of that contract."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from ondes.io import AudioFile, get_supported_write_formats

NOISE = (np.random.default_rng(7).standard_normal((2, 300_000)) * 0.1).astype(np.float32)


def through_a_file(samples: Any, format: str, channels: int, **options: Any) -> bytes:
    file = io.BytesIO()
    with AudioFile(file, "w", 44100, channels, format=format, **options) as out:
        out.write(samples)
    return file.getvalue()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "int32", "int8"])
@pytest.mark.parametrize("extension", get_supported_write_formats())
def test_e3_the_bytes_are_those_of_a_file(extension: str, dtype: str) -> None:
    samples = NOISE[:, :50000]
    if dtype.startswith("int"):
        samples = samples * (2.0 ** (8 * np.dtype(dtype).itemsize - 2))
    samples = samples.astype(dtype)
    for array in (samples, np.ascontiguousarray(samples.T)):
        encoded = AudioFile.encode(array, 44100, extension, 2)
        assert type(encoded) is bytes
        written = through_a_file(array, extension, 2)
        if extension == ".ogg":
            one, two = (AudioFile(content) for content in (encoded, written))
            assert np.array_equal(one.read(10**6), two.read(10**6))
        else:
            assert encoded == written


def test_e1_e2_arguments() -> None:
    mono = NOISE[0, :1000]
    assert AudioFile.encode(mono, 44100, ".WAV") == AudioFile.encode(mono, 44100.0, "wav", 1, 16, None, {}, 1)
    keywords = {"samplerate": 44100, "format": "wav", "num_channels": 1, "bit_depth": 24, "quality": None}
    assert b"\x03\0\x18\0data" in AudioFile.encode(samples=mono, codec_options={}, num_threads=1, **keywords)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="num_channels=1, but was passed an array containing 2-channel audio"):
        AudioFile.encode(NOISE, 44100, "wav")
    with pytest.raises(TypeError, match="format"):
        AudioFile.encode(NOISE, 44100, 2)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="samplerate"):
        AudioFile.encode(NOISE, 44100.5, "wav", 2)


@pytest.mark.parametrize("format", ["m4a", "foo.wav", "", ".", "\0"])
def test_e4_unknown_formats_are_refused(format: str) -> None:
    with pytest.raises(ValueError):
        AudioFile.encode(NOISE, 44100, format, 2)


@pytest.mark.parametrize("format", ["mp3", ".mp3", "MP3"])
def test_e5_threads(format: str) -> None:
    long = np.tile(NOISE[0], 5)
    one = AudioFile.encode(long, 44100, format, quality=32)
    three = AudioFile.encode(long, 44100, format, quality=32, num_threads=3)
    assert one != three
    for content in (one, three):
        with AudioFile(content) as file:
            assert file.frames == 1_500_000
    for threads in (0, -1):
        with pytest.raises(ValueError, match="num_threads must be a positive integer"):
            AudioFile.encode(NOISE, 44100, format, 2, num_threads=threads)
    assert AudioFile.encode(NOISE, 44100, "flac", 2, num_threads=3) == AudioFile.encode(NOISE, 44100, "flac", 2)


def test_e6_odd_input() -> None:
    with pytest.raises(TypeError, match="incompatible function arguments"):
        AudioFile.encode([0.0], 44100, "wav")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="Provide a non-square array first"):
        AudioFile.encode(np.zeros((2, 2), np.float32), 44100, "wav", 2)
    for extension in get_supported_write_formats():
        with AudioFile(AudioFile.encode(np.zeros((2, 0), np.float32), 44100, extension, 2)) as file:
            assert file.num_channels == 2 and file.frames == 0 and file.read(1).shape == (2, 0)


def test_long_arrays_have_the_same_bytes() -> None:
    noise = np.random.default_rng(2).integers(-(2**15), 2**15, (2, 1_500_000), np.int16)
    assert AudioFile.encode(noise, 44100, "wav", 2)[-6_000_000:] == np.ascontiguousarray(noise.T).tobytes()
