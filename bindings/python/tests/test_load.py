"""Everyday loading: against the wave module, soundfile, the flac command, the manifest and hand-computed values."""

from __future__ import annotations

import array
import errno
import io
import json
import os
import pickle
import subprocess
import threading
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes

MANIFEST = json.loads((Path(__file__).resolve().parents[3] / "tests" / "data" / "manifest.json").read_text())["files"]
REFUSED = ("error", "optional", "segments")  # segments: the format changes in the middle
READABLE = [file for file in MANIFEST if file.get("frames") is not None and not any(key in file for key in REFUSED)]


def standard_library(path: Path) -> tuple[np.ndarray[Any, Any], int]:
    with wave.open(str(path)) as peer:
        frames = np.frombuffer(peer.readframes(peer.getnframes()), "<i2").reshape(-1, peer.getnchannels())
        return frames.T, peer.getframerate()


def test_samples_are_those_of_the_standard_library(data: Path) -> None:
    samples, rate = ondes.load(data / "wav/s16.wav", dtype="int16")
    frames, expected = standard_library(data / "wav/s16.wav")
    assert rate == expected and isinstance(rate, int)
    assert np.array_equal(samples, frames)
    floats, _ = ondes.load(str(data / "wav/s16.wav"))
    assert floats.dtype == np.float32 and floats.flags.c_contiguous and floats.flags.writeable
    assert np.array_equal(floats, frames / np.float32(32768))


@pytest.mark.parametrize("file", READABLE, ids=lambda file: file["path"])
def test_every_format_gives_the_frames_that_the_manifest_tells(data: Path, file: dict[str, Any]) -> None:
    samples, rate = ondes.load(data / file["path"])
    assert samples.shape[1] in [file["frames"], *file.get("also_frames", [])]
    assert (samples.shape[0], rate) == (file["channels"], file["rate"])
    info = ondes.info(data / file["path"])
    assert (info.channels, info.sample_rate) == (file["channels"], file["rate"])
    if info.is_exact and not info.warnings and "warning" not in file:
        assert info.frames == samples.shape[1]


@pytest.mark.parametrize(
    "name", ["source/music.flac", "source/speech.flac", "source/clip24.flac", "source/surround.flac"]
)
def test_flac_is_what_the_flac_command_decodes(data: Path, name: str) -> None:
    command = ["flac", "-dcs", "--force-raw-format", "--endian=little", "--sign=signed", str(data / name)]
    try:
        raw = subprocess.run(command, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("the flac command is not installed")
    info = ondes.info(data / name)
    samples, _ = ondes.load(data / name, dtype="int32")
    if info.bit_depth == 24:
        packed = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        expected = np.zeros((len(packed), 4), np.uint8)
        expected[:, 1:] = packed
        frames = expected.reshape(-1).view("<i4")
    else:
        frames = np.frombuffer(raw, "<i2").astype(np.int32) << 16
    assert np.array_equal(samples, frames.reshape(-1, info.channels).T)


@pytest.mark.parametrize(
    "name", ["wav/s16.wav", "wav/s24.wav", "wav/f32.wav", "aiff/s16.aiff", "flac/s16_51.flac", "wav/u8.wav"]
)
@pytest.mark.parametrize("dtype", ["int16", "int32", "float32", "float64"])
def test_samples_are_those_of_soundfile(data: Path, name: str, dtype: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    if name == "wav/f32.wav" and dtype.startswith("int"):
        pytest.skip("libsndfile scales floats to integers by 2^n - 1")
    if name == "wav/s24.wav" and dtype == "int16":
        pytest.skip("libsndfile cuts the lower bits off, ondes rounds")
    expected, rate = soundfile.read(data / name, dtype=dtype, always_2d=True)
    samples, ours = ondes.load(data / name, dtype=dtype)
    assert ours == rate
    assert np.array_equal(samples, expected.T)


def test_24_bits_are_exact_in_int32_and_float32(data: Path) -> None:
    path = data / "wav/s24.wav"
    content = path.read_bytes()
    begin = content.index(b"data") + 8
    raw = np.frombuffer(content[begin : begin + 3001 * 6], np.uint8).reshape(-1, 2, 3).astype(np.int32)
    values = (raw[..., 0] | raw[..., 1] << 8 | raw[..., 2] << 16) << 8  # left-justified: the sign is where it belongs
    assert np.array_equal(ondes.load(path, dtype="int32")[0], values.T)
    assert np.array_equal(ondes.load(path)[0] * np.float32(2**31), values.T.astype(np.float32))
    with pytest.raises(TypeError, match="int24"):
        ondes.load(path, dtype="int24")


def test_sources_of_every_kind_give_the_same(data: Path) -> None:
    path = data / "flac/mono_speech_16k.flac"
    expected, _ = ondes.load(path)
    content = path.read_bytes()
    behind = io.BytesIO(b"front" + content)
    behind.seek(5)
    sources: list[Any] = [str(path), os.fspath(path), content, bytearray(content), memoryview(content)]
    sources += [np.frombuffer(content, np.uint8), array.array("B", content), io.BytesIO(content), behind]
    for source in sources:
        assert np.array_equal(ondes.load(source)[0], expected), type(source)
    with open(path, "rb") as file:
        assert np.array_equal(ondes.load(file)[0], expected)
        assert not file.closed
    with open(path, "rb", buffering=0) as file:
        assert np.array_equal(ondes.load(file)[0], expected)
    with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as pipe:
        assert np.array_equal(ondes.load(pipe.stdout)[0], expected)


def test_windows_are_slices_of_the_whole(data: Path) -> None:
    for name in ("wav/s16.wav", "flac/mono_speech_16k.flac", "mp3/" + next((data / "mp3").glob("*.mp3")).name):
        path = data / name
        whole, rate = ondes.load(path)
        end = whole.shape[1]
        for start, stop in [(0, 1), (100, 2000), (end - 1, end), (1234, None), (None, 777), (50, end + 100)]:
            assert np.array_equal(ondes.load(path, start=start, stop=stop)[0], whole[:, start:stop]), (
                name,
                start,
                stop,
            )
        seconds, _ = ondes.load(path, offset=0.01, duration=0.02)
        first = round(0.01 * rate)
        assert np.array_equal(seconds, whole[:, first : round(0.03 * rate)])


@pytest.mark.parametrize(
    "window",
    [
        {"start": 10, "stop": 10},
        {"stop": 0},
        {"start": 3001},
        {"start": 10**9, "stop": 2 * 10**9},
        {"duration": 0.0},
        {"offset": 60.0},
        {"offset": 60.0, "duration": 1.0},
        {"duration": 1e-10},
    ],
)
def test_empty_windows_have_channels_and_no_frames(data: Path, window: dict[str, Any]) -> None:
    samples, rate = ondes.load(data / "wav/s16.wav", dtype="int16", **window)
    assert (samples.shape, samples.dtype, rate) == ((2, 0), np.int16, 44100)
    samples, rate = ondes.load(data / "wav/s16.wav", mono=True, sample_rate=8000, **window)
    assert (samples.shape, rate) == ((1, 0), 8000)
    with pytest.raises(FileNotFoundError):
        ondes.load("nowhere.wav", **window)


def test_mono_and_channels(data: Path) -> None:
    whole, _ = ondes.load(data / "flac/s16_51.flac", dtype="float64")
    mono, _ = ondes.load(data / "flac/s16_51.flac", dtype="float64", mono=True)
    assert mono.shape == (1, whole.shape[1])
    assert np.allclose(mono[0], whole.mean(axis=0), atol=1e-7)
    two, _ = ondes.load(data / "flac/s16_51.flac", dtype="float64", channels=2)
    assert np.array_equal(two, whole[:2])


def test_special_floats_convert_as_the_design_says(data: Path) -> None:
    samples, _ = ondes.load(data / "wav/f32_special.wav")
    raw = (data / "wav/f32_special.wav").read_bytes()
    assert samples.tobytes() == raw[-13 * 4 :]
    ints, _ = ondes.load(data / "wav/f32_special.wav", dtype="int16")
    expected = np.rint(np.clip(np.nan_to_num(samples.astype(np.float64), nan=0.0), -1, 1) * 32768).clip(-32768, 32767)
    assert np.array_equal(ints, expected.astype(np.int16))


def test_arguments_are_named_in_errors(data: Path) -> None:
    path = data / "wav/s16.wav"
    wrong: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (ValueError, "start must be", {"start": -1}),
        (TypeError, "start must be", {"start": 1.5}),
        (TypeError, "stop must be", {"stop": "9"}),
        (ValueError, "before start", {"start": 9, "stop": 3}),
        (ValueError, "not in both", {"start": 9, "duration": 3}),
        (ValueError, "offset must be", {"offset": -0.1}),
        (ValueError, "duration must be", {"duration": float("nan")}),
        (ValueError, "sample_rate must be", {"sample_rate": 0}),
        (ValueError, "sample_rate must be", {"sample_rate": 44100.5}),
        (ValueError, "channels must be", {"channels": 0}),
        (ValueError, "channels: 3 asked for, but the file has 2", {"channels": 3}),
        (ValueError, "threads must be", {"threads": -1}),
        (TypeError, "complex64", {"dtype": "complex64"}),
        (TypeError, "nonsense", {"dtype": "nonsense"}),
    ]
    for kind, message, arguments in wrong:
        with pytest.raises(kind, match=message):
            ondes.load(path, **arguments)
    for source in (None, 5, ["a.wav"], io.StringIO("text")):
        with pytest.raises(TypeError):
            ondes.load(source)
    with pytest.raises(ValueError, match="NUL"):
        ondes.load("a\0.wav")
    with pytest.raises(ValueError, match="contiguous"):
        ondes.load(memoryview(path.read_bytes())[::2])


def test_what_is_no_audio_is_an_error_with_a_path(data: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.wav") as caught:
        ondes.load("nowhere.wav")
    assert isinstance(caught.value, ondes.exceptions.OndesError)
    assert caught.value.path == "nowhere.wav"
    with pytest.raises(IsADirectoryError):
        ondes.load(tmp_path)
    with pytest.raises(ondes.exceptions.UnrecognizedError):
        ondes.load(data / "bad/text.wav")
    for empty in (b"", io.BytesIO(), data / "bad/empty.wav"):
        with pytest.raises(ValueError, match="empty"):
            ondes.load(empty)


class Broken(io.BytesIO):
    """Fails at the third read."""

    reads = 0
    getbuffer = None  # type: ignore[assignment]

    def read(self, size: int | None = -1, /) -> bytes:
        Broken.reads += 1
        if Broken.reads > 2:
            raise LookupError("the cable is out")
        return super().read(size)


def test_what_a_file_object_raises_comes_through_unchanged(data: Path) -> None:
    Broken.reads = 0

    class File:
        def __init__(self) -> None:
            self.file = Broken((data / "source/music.flac").read_bytes())

        def read(self, size: int) -> bytes:
            return self.file.read(size)

    with pytest.raises(LookupError, match="the cable is out") as caught:
        ondes.load(File())
    assert caught.value.__cause__ is None and caught.value.__context__ is None


class TestOut:
    """``out=``: the caller's memory."""

    def test_arrays_are_filled_where_they_are(self, data: Path) -> None:
        expected, _ = ondes.load(data / "wav/s16.wav")
        frames = expected.shape[1]
        contiguous = np.full((2, frames), 9, np.float32)
        transposed = np.full((frames, 2), 9, np.float32).T
        strided = np.full((2, 2 * frames), 9, np.float32)[:, ::2]
        part = np.full((3, 2, frames + 7), 9, np.float32)[1, :, 3 : 3 + frames]
        for out in (contiguous, transposed, strided, part):
            samples, rate = ondes.load(data / "wav/s16.wav", out=out)
            assert samples is out and rate == 44100
            assert np.array_equal(out, expected)

    def test_a_shorter_file_gives_the_part_that_it_fills(self, data: Path) -> None:
        expected, _ = ondes.load(data / "wav/s16.wav", dtype="int16")
        frames = expected.shape[1]
        for out in (np.full((2, frames + 10), 7, np.int16), np.full((frames + 10, 2), 7, np.int16).T):
            samples, _ = ondes.load(data / "wav/s16.wav", dtype="int16", out=out)
            assert np.array_equal(samples, expected) and np.shares_memory(samples, out)
            assert (out[:, frames:] == 7).all()
        empty, _ = ondes.load(data / "wav/s16.wav", dtype="int16", out=out, start=5, stop=5)
        assert empty.shape == (2, 0)

    def test_a_longer_file_is_an_error_before_anything_is_written(self, data: Path) -> None:
        out = np.full((2, 3000), 7, np.float32)
        with pytest.raises(ondes.exceptions.OutOfRangeError, match=r"room for 3000 frames, but .*s16\.wav gives 3001"):
            ondes.load(data / "wav/s16.wav", out=out)
        assert (out == 7).all()
        ondes.load(data / "wav/s16.wav", out=out, stop=3000)
        flac = io.BytesIO((data / "source/music.flac").read_bytes())
        with pytest.raises(ondes.exceptions.OutOfRangeError):
            ondes.load(flac, out=out)

    def test_what_does_not_fit_is_named(self, data: Path) -> None:
        path = data / "wav/s16.wav"
        wrong: list[tuple[type[Exception], str, Any]] = [
            (TypeError, "out is of int16, but dtype is float32", np.zeros((2, 3001), np.int16)),
            (TypeError, "out is of >f4", np.zeros((2, 3001), ">f4")),
            (ValueError, r"shape \(channels, frames\)", np.zeros(6002, np.float32)),
            (ValueError, "room for 3 channels", np.zeros((3, 3001), np.float32)),
            (ValueError, "read-only", np.frombuffer(bytes(2 * 3001 * 4), np.float32).reshape(2, 3001)),
            (TypeError, "not list", [[0.0] * 3001] * 2),
        ]
        for kind, message, out in wrong:
            with pytest.raises(kind, match=message):
                ondes.load(path, out=out)

    def test_buffers_and_array_interfaces(self, data: Path) -> None:
        expected, _ = ondes.load(data / "wav/s16.wav")
        buffer = memoryview(bytearray(2 * 3001 * 4)).cast("f", (2, 3001))
        samples, _ = ondes.load(data / "wav/s16.wav", out=buffer)
        assert np.array_equal(np.asarray(buffer), expected) and samples is buffer

        longer = memoryview(bytearray(2 * 3005 * 4)).cast("B").cast("f", (2, 3005))
        samples, _ = ondes.load(data / "wav/s16.wav", out=longer)
        assert np.array_equal(samples, expected) and np.array_equal(np.asarray(longer)[:, :3001], expected)

        class Interface:
            array = np.zeros((2, 3005), np.float32)
            __array_interface__ = array.__array_interface__

        samples, _ = ondes.load(data / "wav/s16.wav", out=Interface())
        assert np.array_equal(Interface.array[:, :3001], expected) and np.array_equal(samples, expected)

    def test_tensors(self, data: Path) -> None:
        torch = pytest.importorskip("torch")
        expected, _ = ondes.load(data / "wav/s16.wav")
        out = torch.full((2, 3010), 9.0)
        samples, _ = ondes.load(data / "wav/s16.wav", out=out)
        assert isinstance(samples, torch.Tensor) and samples.data_ptr() == out.data_ptr()
        assert np.array_equal(samples.numpy(), expected)
        assert np.array_equal(torch.from_numpy(expected).numpy(), expected)
        assert torch.from_dlpack(expected).data_ptr() == expected.ctypes.data


def test_results_can_be_shared_without_a_copy_and_outlive_the_rest(data: Path) -> None:
    samples, _ = ondes.load(data / "source/music.flac")
    shared = np.from_dlpack(samples) if hasattr(np, "from_dlpack") else samples
    assert shared.ctypes.data == samples.ctypes.data
    samples[0, 0] = 0.5  # ours to change
    total = float(np.abs(samples).sum())
    view = samples[1, 10:20]
    kept = view.copy()
    del samples, shared
    for _ in range(20):
        ondes.load(data / "source/music.flac")
    assert np.array_equal(view, kept) and total > 0


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_no_bit(data: Path, tmp_path: Path, threads: int) -> None:
    soundfile = pytest.importorskip("soundfile")
    music, rate = soundfile.read(data / "source/music.flac", dtype="int16")
    soundfile.write(tmp_path / "long.flac", np.tile(music, (12, 1)), rate)
    samples, _ = ondes.load(tmp_path / "long.flac", dtype="int16", threads=threads)
    assert np.array_equal(samples, np.tile(music, (12, 1)).T)


def test_many_threads_load_different_files(data: Path) -> None:
    names = ["wav/s16.wav", "source/music.flac", "flac/mono_speech_16k.flac", "aiff/s16.aiff", "wav/f32.wav"]
    expected = {name: ondes.load(data / name)[0] for name in names}
    wrong: list[object] = []

    def work(first: int) -> None:
        try:
            for n in range(40):
                name = names[(first + n) % len(names)]
                if not np.array_equal(ondes.load(data / name)[0], expected[name]):
                    wrong.append(name)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_gil_is_released(data: Path) -> None:
    """While one thread decodes, another runs Python."""
    music = (data / "source/music.flac").read_bytes()
    done = threading.Event()
    turns = 0

    def count() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1

    thread = threading.Thread(target=count)
    thread.start()
    for _ in range(20):
        ondes.load(music, threads=1)
    done.set()
    thread.join()
    assert turns > 1000


def test_out_between_the_places_of_its_type(data: Path) -> None:
    expected, _ = ondes.load(data / "wav/s16.wav")
    memory = np.zeros(expected.nbytes + 1, np.uint8)
    out = memory[1:].view(np.float32).reshape(expected.shape)
    assert ondes.load(data / "wav/s16.wav", out=out)[0] is out
    np.testing.assert_array_equal(out, expected)


def test_rates_of_numpy(data: Path) -> None:
    for rate in (np.int64(16000), np.float32(16000), np.float64(16000)):
        assert ondes.load(data / "wav/s16.wav", sample_rate=rate).sample_rate == 16000
    with pytest.raises(ValueError, match="whole number of Hz"):
        ondes.load(data / "wav/s16.wav", sample_rate=np.float32(16000.5))
    with pytest.raises(ValueError, match="start must be 0 or more, not -1"):
        ondes.load(data / "wav/s16.wav", start=-1)


def test_files_in_text_mode_are_named(data: Path) -> None:
    for name in ("wav/s16.wav", "source/music.flac"):
        with open(data / name) as file, pytest.raises(TypeError, match="opened in text mode"):
            ondes.load(file)


def test_files_of_ones_own_are_read_through_what_they_define(data: Path) -> None:
    class Metered(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            taken = super().read(size)
            self.taken += len(taken)
            return taken

    file = Metered((data / "wav/s16.wav").read_bytes())
    assert np.array_equal(ondes.load(file)[0], ondes.load(data / "wav/s16.wav")[0])
    assert file.taken > 0


def test_what_python_says_of_a_missing_file_is_there() -> None:
    with pytest.raises(FileNotFoundError) as caught:
        ondes.load("nowhere.wav")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.errno, error.filename, error.strerror) == (errno.ENOENT, "nowhere.wav", os.strerror(errno.ENOENT))
    assert str(error).startswith("nowhere.wav: ")
