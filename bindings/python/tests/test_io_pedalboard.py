"""``ondes.io`` beside ``pedalboard.io``: the same but for what docs/PYTHON.md says is different."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes.io as ours

theirs: Any = pytest.importorskip("pedalboard.io")
Quality: Any = pytest.importorskip("pedalboard").Resample.Quality

NOISE = (np.random.default_rng(7).standard_normal((2, 30000)) * 0.1).astype(np.float32)


def outcome(work: Any) -> Any:
    """What a call gives, or the built-in exceptions that it may be caught as."""
    try:
        return work()
    except Exception as failure:
        return {kind for kind in (TypeError, ValueError, RuntimeError, OSError) if isinstance(failure, kind)}


def agree(one: Any, two: Any) -> bool:
    """Whether ours may stand for theirs: the same value, or an exception that is caught where theirs is."""
    if isinstance(two, set):
        return isinstance(one, set) and two <= one
    return type(one) is type(two) and bool(one == two)


@pytest.mark.parametrize(
    "name",
    ["wav/s16.wav", "wav/s32.wav", "wav/f32.wav", "wav/u8.wav", "wav/alaw.wav", "wav/rf64_s16.wav", "wav/ext_12ch.wav",
     "aiff/s16.aiff", "aiff/s8.aiff", "flac/s16_known_100003.flac", "ogg/vorbis_q5_known_100003.ogg"],
)  # fmt: skip
def test_reading(data: Path, name: str) -> None:
    one, two = (module.AudioFile(str(data / name)) for module in (ours, theirs))
    for fact in ("frames", "samplerate", "num_channels", "file_dtype", "duration", "exact_duration_known", "name"):
        assert agree(getattr(one, fact), getattr(two, fact)), fact
    tolerance = {"int8": 0.01, "int16": 5e-5, "float32": 2e-6, "int32": 1e-6}[one.file_dtype]
    for position, count in ((0, 1000), (500, 7), (one.frames - 3, 100), (0, 10**9)):
        one.seek(position)
        two.seek(position)
        a, b = one.read(count), two.read(count)
        assert a.shape == b.shape and a.dtype == b.dtype and one.tell() == two.tell()
        # They divide integers by 2^(bits-1) - 1.
        assert np.allclose(a, b, atol=tolerance, rtol=0)
    one.seek(0)
    two.seek(0)
    a, b = one.read_raw(10**9), two.read_raw(10**9)
    assert a.dtype == b.dtype
    assert np.array_equal(a, b) if a.dtype.kind == "i" else np.allclose(a, b, atol=tolerance, rtol=0)


def test_an_mp3_is_the_same_but_for_delay_and_padding(data: Path) -> None:
    path = str(data / "mp3/cbr_128_known_100003.mp3")
    with ours.AudioFile(path) as one, theirs.AudioFile(path) as two:
        a, b = one.read(one.frames), two.read(two.frames)
    assert a.shape[1] == 100003 < b.shape[1]
    offset = max(range(b.shape[1] - a.shape[1] + 1), key=lambda at: float(np.vdot(a[0, :5000], b[0, at : at + 5000])))
    assert np.allclose(a[:, 2000:90000], b[:, offset + 2000 : offset + 90000], atol=1e-4)


CALLS: list[Any] = [
    *(lambda file, n=n: file.read(n).shape for n in (0, None, -1, 2.0, 2.5, float("nan"), "3", True, 10**12)),
    *(lambda file, n=n: file.read_raw(n).shape for n in (0, None, -1, 2.0, 2.5)),
    *(lambda file, n=n: (file.seek(n), file.tell()) for n in (0, 3001, 3002, -1, 2.0, "3", None, True)),
    lambda file: file.resampled_to(file.samplerate) is file,
    lambda file: iter(file),
    lambda file: len(file),
    lambda file: setattr(file, "frames", 3),
    lambda file: (file.close(), file.close(), file.closed, file.seekable(), file.tell(), file.frames),
    lambda file: (file.close(), file.read(1)),
    lambda file: (file.close(), file.seek(1)),
    lambda file: (file.close(), file.__enter__() is file),
]


@pytest.mark.parametrize("index", range(len(CALLS)))
def test_calls_of_a_reader(data: Path, index: int) -> None:
    path = str(data / "wav/s16.wav")
    one, two = (outcome(lambda m=m: CALLS[index](m.AudioFile(path))) for m in (ours, theirs))
    assert one == two or agree(one, two) or (isinstance(two, set) and not two)


@pytest.mark.parametrize(
    "quality", [None, "", "best", "worst", "BEST", " best ", 5, 5.5, "128kbps", "12", "V", "kbps", "9", [1]]
)
@pytest.mark.parametrize("extension", theirs.get_supported_write_formats())
def test_qualities(extension: str, quality: Any) -> None:
    def chosen(module: Any) -> Any:
        with module.AudioFile(io.BytesIO(), "w", 44100, quality=quality, format=extension) as out:
            return out.quality

    one, two = (outcome(lambda m=m: chosen(m)) for m in (ours, theirs))
    assert agree(one, two)


@pytest.mark.parametrize("depth", [0, 8, 16, 17, 24, 32, 64])
@pytest.mark.parametrize("extension", theirs.get_supported_write_formats())
def test_bit_depths(extension: str, depth: int) -> None:
    def dtype(module: Any) -> Any:
        with module.AudioFile(io.BytesIO(), "w", 44100, 1, depth, format=extension) as out:
            return out.file_dtype

    one, two = (outcome(lambda m=m: dtype(m)) for m in (ours, theirs))
    # Vorbis has no bit depth, which they name all the same.
    assert agree(one, two) or (extension == ".ogg" and one == "float32")


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_shapes(channels: int) -> None:
    def frames(module: Any, shape: tuple[int, ...]) -> Any:
        with module.AudioFile(io.BytesIO(), "w", 44100, channels, format="wav") as out:
            out.write(np.zeros(shape, np.float32))
            return out.frames

    for shape in [(), (0,), (5,), (1, 1, 1), *((a, b) for a in (0, 1, 2, 3, 7) for b in (0, 1, 2, 3, 7))]:
        one, two = (outcome(lambda m=m, s=shape: frames(m, s)) for m in (ours, theirs))
        assert agree(one, two), shape


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "float32", "float64", "uint8", "int64", "bool", "float16"])
@pytest.mark.parametrize("depth", [8, 16, 24])
def test_samples_are_converted_alike(dtype: str, depth: int) -> None:
    samples = NOISE[0]
    if dtype.startswith("int"):
        samples = samples * 2.0 ** (8 * np.dtype(dtype).itemsize - 1)
    samples = samples.astype(dtype)

    def read_back(module: Any) -> Any:
        file = io.BytesIO()
        with module.AudioFile(file, "w", 44100, 1, depth, format="wav") as out:
            out.write(samples)
        return ours.AudioFile(file.getvalue()).read_raw(10**6)

    one, two = (outcome(lambda m=m: read_back(m)) for m in (ours, theirs))
    if isinstance(two, set):
        assert agree(one, two)
    elif samples.dtype.kind == "i":
        assert np.array_equal(one, two)
    else:
        # They round floats down, and scale by 2^(bits-1) - 1.
        assert np.abs(one.astype(np.int64) - two).max() <= (2 if depth < 24 else 2 << 8)


@pytest.mark.parametrize("extension", [".wav", ".aiff", ".flac"])
def test_each_reads_what_the_other_writes(tmp_path: Path, extension: str) -> None:
    samples = (NOISE * 32768).astype(np.int16)
    for writer, reader in ((ours, theirs), (theirs, ours)):
        path = str(tmp_path / f"a{extension}")
        with writer.AudioFile(path, "w", 44100, 2) as out:
            out.write(samples)
        with reader.AudioFile(path) as file:
            assert np.array_equal(file.read_raw(file.frames), samples)


@pytest.mark.parametrize("quality", list(ours.Quality))
@pytest.mark.parametrize(("source", "target"), [(44100, 22050), (44100, 48000), (8000, 44100), (44100, 12345)])
def test_resampling_gives_as_many_frames(source: int, target: int, quality: ours.Quality) -> None:
    samples = NOISE[:, :20000]

    def pieces(module: Any, chosen: Any) -> list[tuple[int, ...]]:
        resampler = module.StreamResampler(source, target, 2, chosen)
        parts = [*np.array_split(samples, 7, axis=1), None, samples, None, None]
        return [resampler.process(part).shape for part in parts]

    their_quality = getattr(Quality, quality.name)
    assert pieces(ours, quality) == pieces(theirs, their_quality)


@pytest.mark.parametrize("quality", [ours.Quality.Linear, ours.Quality.WindowedSinc, ours.Quality.WindowedSinc32])
@pytest.mark.parametrize("target", [8000, 22050, 48000, 12345])
def test_resampled_files_are_as_long(data: Path, target: int, quality: ours.Quality) -> None:
    path = str(data / "wav/s16.wav")
    one = ours.AudioFile(path).resampled_to(target, quality)
    two = theirs.AudioFile(path).resampled_to(target, getattr(Quality, quality.name))
    assert (one.frames, one.samplerate, one.duration) == (two.frames, two.samplerate, two.duration)
    assert one.read(10**6).shape == two.read(one.frames).shape
