"""Saving: what soundfile, the wave module and ffmpeg read of it."""

from __future__ import annotations

import io
import subprocess
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes

RAMP = np.arange(-32768, 32768, 7, dtype=np.int16)
STEREO = np.stack([RAMP, RAMP[::-1]])


def soundfile_reads(path: Any, dtype: str) -> tuple[np.ndarray[Any, Any], int]:
    soundfile = pytest.importorskip("soundfile")
    samples, rate = soundfile.read(path, dtype=dtype, always_2d=True)
    return samples.T, rate


def test_integers_are_kept_as_they_are(tmp_path: Path) -> None:
    ondes.save(tmp_path / "a.wav", STEREO, 44100)
    with wave.open(str(tmp_path / "a.wav")) as peer:
        assert (peer.getnchannels(), peer.getframerate(), peer.getsampwidth()) == (2, 44100, 2)
        frames = np.frombuffer(peer.readframes(peer.getnframes()), "<i2").reshape(-1, 2)
    assert np.array_equal(frames.T, STEREO)
    wide = STEREO.astype(np.int32) << 16 | 77
    ondes.save(tmp_path / "b.wav", wide, 48000)
    samples, rate = soundfile_reads(tmp_path / "b.wav", "int32")
    assert rate == 48000 and np.array_equal(samples, wide)
    unsigned = np.arange(256, dtype=np.uint8)
    ondes.save(tmp_path / "c.wav", unsigned, 8000)
    with wave.open(str(tmp_path / "c.wav")) as peer:
        assert peer.getsampwidth() == 1 and peer.readframes(256) == unsigned.tobytes()


@pytest.mark.parametrize("extension", ["wav", "flac", "aiff", "caf"])
def test_floats_become_16_bits_rounded_to_even(tmp_path: Path, extension: str) -> None:
    floats = np.array([[0.0, 0.5, -0.5, 1.0, -1.0, 2.0, 1.5 / 32768, 2.5 / 32768, -0.5 / 32768]], np.float32)
    path = tmp_path / f"a.{extension}"
    ondes.save(path, floats, 44100)
    samples, _ = soundfile_reads(path, "int16")
    assert samples.tolist() == [[0, 16384, -16384, 32767, -32768, 32767, 2, 2, 0]]


@pytest.mark.parametrize(
    ("name", "dtype", "subtype"),
    [
        ("a.wav", "float32", "FLOAT"),
        ("a.wav", "int24", "PCM_24"),
        ("a.flac", "int24", "PCM_24"),
        ("a.wav", "float64", "DOUBLE"),
    ],
)
def test_the_type_in_the_file_can_be_chosen(tmp_path: Path, name: str, dtype: str, subtype: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    floats = (STEREO / 32768 + 2**-20).astype(np.float32)
    ondes.save(tmp_path / name, floats, 44100, dtype=dtype)
    assert soundfile.info(str(tmp_path / name)).subtype == subtype
    samples, _ = soundfile_reads(tmp_path / name, "float64")
    assert np.allclose(samples, floats, atol=2**-24)
    loaded, _ = ondes.load(tmp_path / name)
    assert np.array_equal(loaded, samples.astype(np.float32))


@pytest.mark.parametrize(("format", "quality", "snr"), [("mp3", 192, 20), ("ogg", None, 20), ("opus", None, 10)])
def test_lossy_formats_are_what_ffmpeg_reads(data: Path, tmp_path: Path, format: str, quality: Any, snr: float) -> None:
    music, _ = ondes.load(data / "source/music48.flac")
    path = tmp_path / f"a.{format}"
    ondes.save(path, music, 48000, quality=quality)
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-ar", "48000", "-"]
    try:
        raw = subprocess.run(command, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("ffmpeg is not installed")
    decoded = np.frombuffer(raw, "<f4").reshape(-1, 2).T[:, : music.shape[1]]
    assert decoded.shape[1] >= music.shape[1] - 1
    error = decoded - music[:, : decoded.shape[1]]
    assert 10 * np.log10((music**2).sum() / (error**2).sum()) > snr
    assert ondes.load(path)[0].shape == music.shape


def test_arrays_of_every_make(tmp_path: Path) -> None:
    def back(samples: Any) -> np.ndarray[Any, Any]:
        return ondes.load(ondes.encode(samples, 44100, "wav"), dtype="int16")[0]

    for samples in (
        STEREO,
        np.asfortranarray(STEREO),
        np.repeat(STEREO, 3, axis=1)[:, ::3],
        STEREO.astype(">i2"),
    ):
        assert np.array_equal(back(samples), STEREO)
    assert np.array_equal(back((STEREO / 32768.0).tolist()), STEREO)
    with pytest.raises(TypeError, match="no full scale"):
        ondes.encode(STEREO.tolist(), 44100, "wav")
    with pytest.raises(TypeError, match="no full scale"):
        ondes.resample([0, 1, 2], 44100, 48000)
    assert np.array_equal(back(RAMP), RAMP[np.newaxis])
    assert back(np.zeros((2, 0), np.int16)).shape == (2, 0)
    long = np.tile(RAMP, (2, 30))
    assert np.array_equal(back(long), long)


def test_file_objects(tmp_path: Path) -> None:
    for format in ("wav", "flac", "mp3"):
        expected = ondes.encode(STEREO, 44100, format)
        target = io.BytesIO()
        target.write(b"front")
        ondes.save(target, STEREO, 44100, format=format)
        assert target.getvalue() == b"front" + expected and not target.closed
        with open(tmp_path / f"a.{format}", "wb") as file:
            ondes.save(file, STEREO, 44100)
        assert (tmp_path / f"a.{format}").read_bytes() == expected

    class Full:
        def write(self, data: bytes) -> int:
            raise LookupError("no room")

    with pytest.raises(LookupError, match="no room") as caught:
        ondes.save(Full(), STEREO, 44100, format="flac")
    assert caught.value.__context__ is None


@pytest.mark.parametrize("format", ["wav", "flac", "mp3", "ogg", "aiff"])
def test_tags_go_into_the_file(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"a.{format}"
    ondes.save(path, STEREO, 44100, tags={"title": "Aria", "artist": ["Ana", "Ben"], "tracknumber": "3"})
    tags = ondes.info(path).tags
    assert tags["title"] == "Aria" and tags["tracknumber"] == "3" and tags["artist"].startswith("Ana")
    command = ["ffprobe", "-v", "error", "-show_entries", "format_tags:stream_tags", "-of", "flat", str(path)]
    try:
        shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except FileNotFoundError:
        return
    assert '"Aria"' in shown


def test_frames_first_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"9363 channels of 2 frames: .*pass samples\.T"):
        ondes.save(tmp_path / "a.wav", STEREO.T, 44100)
    assert list(tmp_path.iterdir()) == []
    for wrong in (np.zeros((1, 2, 3), np.int16), np.float32(5), np.zeros((0, 5), np.int16)):
        with pytest.raises(ValueError, match="shape"):
            ondes.save(tmp_path / "a.wav", wrong, 44100)


def test_what_cannot_be_is_named(tmp_path: Path) -> None:
    wrong: list[tuple[type[Exception], str, str, dict[str, Any]]] = [
        (ValueError, "a.xyz", "xyz", {}),
        (ValueError, "a.wav", "dtype 'int12' is none of uint8", {"dtype": "int12"}),
        (ValueError, "a.mp3", "quality", {"quality": "loud"}),
        (ValueError, "a.flac", "44100", {"sample_rate": 123456789}),
        (ValueError, "a.wav", "sample_rate", {"sample_rate": 0}),
        (ValueError, "a.wav", "sample_rate", {"sample_rate": 44100.5}),
        (ValueError, "a.wav", "threads", {"threads": -1}),
        (FileNotFoundError, "nowhere/a.wav", "nowhere", {}),
    ]
    for kind, name, message, options in wrong:
        with pytest.raises(kind, match=message):
            ondes.save(tmp_path / name, STEREO, **{"sample_rate": 44100, **options})
    with pytest.raises(TypeError, match="complex64"):
        ondes.save(tmp_path / "a.wav", STEREO.astype(np.complex64), 44100)
    with pytest.raises(TypeError, match="written to a path"):
        ondes.save(5, STEREO, 44100, format="wav")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ondes.save(path, STEREO, 44100)
    before = path.read_bytes()

    class Unwilling(np.ndarray):
        """An array whose second piece cannot be had."""

        def __getitem__(self, item: Any) -> Any:
            if isinstance(item, tuple) and item[1].start:
                raise LookupError("gone")
            return super().__getitem__(item)

    import ondes._save as module

    original = module.as_frames
    try:
        module.as_frames = lambda samples: samples
        with pytest.raises(LookupError):
            ondes.save(path, np.zeros((2, 200_000), np.int16).view(Unwilling), 44100)
    finally:
        module.as_frames = original
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format", ["wav", "flac", "aiff", "caf", "alac"])
def test_lossless_formats_come_back_bit_for_bit(data: Path, format: str) -> None:
    music, rate = ondes.load(data / "source/music.flac", dtype="int16")
    again, same = ondes.load(ondes.encode(music, rate, format, threads=0), dtype="int16")
    assert same == rate and np.array_equal(again, music)


@pytest.mark.parametrize(
    ("dtype", "format", "depth"), [("int32", "flac", 24), ("int64", "wav", 32), ("int16", "flac", 16)]
)
def test_integers_that_a_format_lacks_become_its_deepest(dtype: str, format: str, depth: int) -> None:
    samples = (STEREO.astype(np.int64) << (np.dtype(dtype).itemsize * 8 - 16)).astype(dtype)
    encoded = ondes.encode(samples, 44100, format)
    assert ondes.info(encoded).bit_depth == depth
    assert np.array_equal(ondes.load(encoded, dtype="int16")[0], STEREO)


def test_raw_files_that_would_block_lose_nothing_silently() -> None:
    class Full(io.RawIOBase):
        room = 10_000

        def writable(self) -> bool:
            return True

        def write(self, data: Any, /) -> int | None:
            taken = min(len(data), self.room, 1000)
            self.room -= taken
            return taken or None

    with pytest.raises(BlockingIOError, match="takes no data now"):
        ondes.save(Full(), np.zeros(100_000, np.int16), 44100, format="wav")
