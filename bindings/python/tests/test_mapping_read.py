"""``ondes.mapping``: files as arrays. The row numbers are those of wavemap's contract (M1 …)."""

from __future__ import annotations

import copy
import pickle
import struct
import sys
import wave as standard_wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waves import chunk, fmt, riff, wave

import ondes
from ondes.mapping import RawMap, ReadMap, SampleArray, wavemap

EIGHT = bytes(range(1, 9))
FOUR = np.frombuffer(EIGHT, "<i2")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Stereo, 16 bits, 8 kHz: frames (0, -100), (1, -101) …, ten of them."""
    path = tmp_path / "ten.wav"
    frames = np.stack([np.arange(10), -100 - np.arange(10)], axis=1).astype("<i2")
    path.write_bytes(wave(1, 2, 16, frames.tobytes()))
    return path


def put(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file.wav"
    path.write_bytes(data)
    return path


def test_m1_the_module_is_callable(file: Path) -> None:
    module: Any = ondes.mapping
    for mapped in (module(file), ondes.wavemap(str(file)), module.wavemap(filename=file, mode="r", warn=None)):
        assert isinstance(mapped, ReadMap) and isinstance(mapped, np.ndarray)
        assert mapped.shape == (10, 2) and mapped.dtype == np.int16


def test_samples_are_those_of_the_standard_library(data: Path) -> None:
    with standard_wave.open(str(data / "wav/s16.wav")) as peer:
        frames = np.frombuffer(peer.readframes(peer.getnframes()), "<i2").reshape(-1, peer.getnchannels())
    mapped = wavemap(data / "wav/s16.wav")
    assert np.array_equal(mapped, frames) and mapped.sample_rate == 44100


def test_m2_modes(file: Path) -> None:
    for mode in ("r", "r+", "c"):
        assert ReadMap(file, mode).mode == mode
    for mode in ("x", "rw", "readonly", "w+"):
        with pytest.raises(ValueError, match=r"Mode .* not in \('r', 'r\+', 'c'\)"):
            ReadMap(file, mode)


def test_m3_arguments_of_reading(file: Path) -> None:
    with pytest.raises(ValueError, match="shape cannot be set for read"):
        wavemap(file, shape=3)
    with pytest.raises(ValueError, match="sample_rate cannot be set for read"):
        wavemap(file, sample_rate=8000)
    assert len(wavemap(file, roffset=4)) == 10  # ignored


def test_m4_attributes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = ReadMap(file)
    assert (mapped.sample_rate, mapped.mode, mapped.offset, mapped.roffset) == (8000, "r", 44, 0)
    assert mapped.filename == file.resolve() and isinstance(mapped.filename, Path)
    monkeypatch.chdir(file.parent)
    relative = ReadMap("ten.wav")
    monkeypatch.chdir("/")
    assert relative.filename == str(file)
    mapped.flush()
    for array in (RawMap(file, "u1"), RawMap(file, "u1") + 1):
        assert array.sample_rate is None


def test_m5_the_rate_stays(file: Path) -> None:
    mapped = ReadMap(file)
    for on_file in (
        mapped[2:5],
        mapped[:, 0],
        mapped[::2, 1],
        mapped.T,
        mapped.view(),
        mapped.reshape(-1),
        mapped[3:3],
    ):
        assert on_file.sample_rate == 8000
        assert (on_file.filename, on_file.mode, on_file.offset) == (file, "r", 44)
    in_memory = (mapped.copy(), copy.deepcopy(mapped), mapped * 2, mapped + mapped, np.sin(mapped), mapped[[1, 2]])
    for array in (*in_memory, mapped.astype(float), mapped.mean(axis=1), np.clip(mapped, 0, 1), mapped.copy()[1:]):
        assert isinstance(array, ReadMap) and array.sample_rate == 8000
        assert (array.filename, array.mode, array.offset, array.roffset) == (None, None, None, None)
        array.flush()


def test_numbers_are_plain_numbers(file: Path) -> None:
    mapped = ReadMap(file)
    assert type(mapped[1, 1]) is np.int16
    assert type(mapped.sum()) is np.int64 and mapped.sum() == 45 - 1045
    assert type(mapped.max()) is np.int16 and mapped.max() == 9
    assert type(np.mean(mapped[:, 0])) is np.float64 and np.mean(mapped[:, 0]) == 4.5
    assert np.add.reduce(mapped).tolist() == [45, -1045]


def test_pickle_holds_the_samples(file: Path) -> None:
    mapped = ReadMap(file)
    window = pickle.dumps(mapped[4:6])
    whole = pickle.dumps(mapped, 2)
    file.unlink()
    again = pickle.loads(window)
    assert isinstance(again, ReadMap) and again.tolist() == [[4, -104], [5, -105]]
    assert again.sample_rate == 8000 and again.filename is None and again.flags.writeable
    assert np.array_equal(pickle.loads(whole), mapped)


def test_m6_read_only(file: Path) -> None:
    mapped = ReadMap(file)
    with pytest.raises(ValueError, match="assignment destination is read-only"):
        mapped[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        mapped += 1
    with pytest.raises(ValueError):
        mapped.flags.writeable = True
    with pytest.raises(ValueError):
        mapped[2:].flags.writeable = True


def test_m6_read_write(file: Path) -> None:
    mapped = ReadMap(file, "r+")
    mapped[3] = 7, 8
    mapped[4:6] *= 2
    assert file.read_bytes()[44 + 12 : 44 + 24] == struct.pack("<6h", 7, 8, 8, -208, 10, -210)
    with mapped as same:
        same[0] = 5
    assert mapped[0, 1] == 5  # the memory stays


def test_m6_copy_on_write(file: Path) -> None:
    before = file.read_bytes()
    mapped = ReadMap(file, "c")
    mapped //= 2
    mapped.flush()
    assert mapped[9].tolist() == [4, -55] and file.read_bytes() == before


def test_m7_m8_order_and_mono(file: Path, tmp_path: Path) -> None:
    assert np.array_equal(wavemap(file, order="C"), wavemap(file))
    planes = wavemap(file, order="F")
    assert planes.shape == (2, 10) and planes.flags.f_contiguous and np.array_equal(planes.T, wavemap(file))
    assert planes.sample_rate == 8000
    with pytest.raises(ValueError, match='Bad order "X"'):
        wavemap(file, order="X")
    mono = put(tmp_path, wave(1, 1, 16, EIGHT))
    assert [wavemap(mono, order=order).shape for order in (None, "F")] == [(4,), (4,)]
    assert wavemap(mono, always_2d=True).shape == (4, 1)
    assert wavemap(mono, always_2d=True, order="F").shape == (1, 4)


@pytest.mark.parametrize(
    ("tag", "bits", "dtype"),
    [(1, 8, "u1"), (1, 16, "<i2"), (1, 32, "<i4"), (1, 64, "<i8"), (3, 32, "<f4"), (3, 64, "<f8")],
)
def test_m9_formats(tmp_path: Path, tag: int, bits: int, dtype: str) -> None:
    samples = np.array([[0, 1], [2, 3], [100, 4]], dtype)
    plain = wavemap(put(tmp_path, wave(tag, 2, bits, samples.tobytes())), warn=None)
    assert plain.dtype == np.dtype(dtype) and np.array_equal(plain, samples)
    guid = struct.pack("<HHIH", 22, bits, 3, tag) + bytes.fromhex("000000001000800000aa00389b71")
    extensible = riff([fmt(0xFFFE, 2, bits, extra=guid), chunk(b"data", samples.tobytes())])
    assert np.array_equal(wavemap(put(tmp_path, extensible), warn=None), samples)


def test_m9_other_formats(tmp_path: Path, data: Path) -> None:
    for tag in (6, 7, 2):
        with pytest.raises(ValueError, match=rf"^Do not understand f\.wFormatTag={tag}"):
            wavemap(put(tmp_path, wave(tag, 1, 8 if tag > 2 else 4, EIGHT)))
    with pytest.raises(ValueError, match=r"^Reading 24-bit WAVEs is not quite supported"):
        ReadMap(data / "wav/s24.wav")


@pytest.mark.parametrize(
    "name",
    [
        "wav/rf64_s16.wav",
        "wav/rifx.wav",
        "w64/s16.w64",
        "aiff/s16.aiff",
        "aiff/fl64.aifc",
        "caf/s16be.caf",
        "au/f32.au",
    ],
)
def test_m9_formats_that_wavemap_refuses(data: Path, name: str) -> None:
    mapped = wavemap(data / name)
    samples, rate = ondes.load(data / name, dtype=mapped.dtype.newbyteorder("="))
    assert np.array_equal(mapped, samples.T) and mapped.sample_rate == rate
    assert np.array_equal(wavemap(data / name, order="F"), samples)


def test_m10_dtype_converts_into_memory(file: Path) -> None:
    floats = wavemap(file, dtype="float32")
    assert floats.dtype == np.float32 and floats.flags.writeable and floats.filename is None
    assert floats.sample_rate == 8000  # which wavemap loses
    assert floats[0, 0] == np.float32(1 / 65535)
    assert isinstance(wavemap(file, dtype=np.int16).filename, Path)  # the map itself


def faults(tmp_path: Path, data: bytes) -> tuple[list[int], list[str]]:
    said: list[str] = []
    mapped = wavemap(put(tmp_path, data), warn=said.append)
    return mapped.ravel().tolist(), said


def four(before: tuple[bytes, ...] = (), after: tuple[bytes, ...] = ()) -> bytes:
    """Four samples of 16 bits, among other chunks."""
    return riff([*before, fmt(1, 1, 16), chunk(b"data", EIGHT), *after])


def test_m11_warnings(tmp_path: Path) -> None:
    samples = FOUR.tolist()
    assert faults(tmp_path, four()) == (samples, [])
    longer = b"RIFF" + struct.pack("<I", 46) + four()[8:]
    assert faults(tmp_path, longer) == (samples, ["WAVE cksize is wrong: 46 != 44"])
    for after, message in [
        (b"ab", "Incomplete chunk: no tag"),
        (b"LIST\4\0", "Incomplete chunk: no size"),
        (b"LIST\x64\0\0\0abcd", "Incomplete chunk: 160 > 65"),
        (fmt(1, 2, 8), "fmt chunk after first ignored"),
        (chunk(b"data", b".."), "data chunk after first ignored"),
        (chunk(b"LIST", b"ab") + b"\0", "Incomplete chunk: no tag"),
    ]:
        assert faults(tmp_path, four(after=(after,))) == (samples, [message]), message
    assert faults(tmp_path, four((chunk(b"\1\2ab", b"xy"),))) == (samples, [r"Dubious tag b'\x01\x02ab'"])
    weird = riff([fmt(1, 1, 16, extra=b"\0" * 6), chunk(b"data", EIGHT)])
    assert faults(tmp_path, weird) == (samples, ["Weird fmt block length 30"])
    odd = riff([fmt(1, 2, 16), chunk(b"data", EIGHT[:7]), b"\0"])
    assert faults(tmp_path, odd) == (samples[:2], ["3 bytes after end-of-frame discarded"])
    cut = faults(tmp_path, four()[:49])
    assert cut[0] == samples[:2]
    assert cut[1] == [
        "Incomplete chunk: 52 > 50",
        "WAVE cksize is wrong: 44 != 41",
        "1 byte after end-of-frame discarded",
    ]


def test_m11_the_size_of_kick_wav(tmp_path: Path) -> None:
    sound = wave(1, 1, 16, bytes(42074 - 36)) + chunk(b"zzzz", b"")
    assert faults(tmp_path, sound)[1] == ["WAVE cksize is wrong: 42074 != 42082"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"some text that goes on", "Not a RIFF file"),
        (b"RIFF\x10\0\0\0AVI LIST\4\0\0\0hdrl", "Not a WAVE file: b'AVI '"),
        (riff([fmt(1, 1, 16)]), "No data chunk found"),
        (riff([chunk(b"data", EIGHT)]), "No fmt chunk found"),
    ],
)
def test_m12_errors(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        wavemap(put(tmp_path, data))
    assert str(caught.value) == message
    assert caught.value.path == str(tmp_path / "file.wav")  # type: ignore[attr-defined]


def test_m12_other_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        wavemap(put(tmp_path, b""))
    with pytest.raises(ValueError, match="channels"):  # ZeroDivisionError in wavemap
        wavemap(put(tmp_path, wave(1, 0, 16, EIGHT)))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        wavemap(tmp_path / "nowhere.wav")
    with pytest.raises(IsADirectoryError):
        wavemap(tmp_path)


@pytest.mark.parametrize("padded", [True, False])
def test_m13_samples_behind_an_odd_chunk(tmp_path: Path, padded: bool) -> None:
    odd = chunk(b"LIST", b"abc") + b"\0" * padded
    assert faults(tmp_path, four((odd,)))[0] == FOUR.tolist()  # padded: garbage in wavemap


def test_m14_warn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path, four(after=(b"ab",)))
    assert wavemap(path, warn=None).tolist() == FOUR.tolist()  # TypeError in wavemap
    assert capsys.readouterr().err == ""
    wavemap(path)
    assert capsys.readouterr() == ("", "Incomplete chunk: no tag\n")


def test_m15_m16_raw(tmp_path: Path) -> None:
    path = put(tmp_path, bytes(range(24)))
    whole = RawMap(path, "<i2")
    assert whole.shape == (12,) and whole[1] == 0x0302
    part = RawMap(path, "u1", offset=4, roffset=8, always_2d=True)
    assert part[:, 0].tolist() == list(range(4, 16)) and (part.offset, part.roffset) == (4, 8)
    for shape in (2, (2,)):  # so many channels
        assert RawMap(path, "<i2", shape).shape == (6, 2)
    assert RawMap(path, "<i2", 2, order="F").shape == (2, 6)
    said: list[str] = []
    for shape in ((2, 3), (3, 2)):
        assert RawMap(path, "<i2", shape, warn=said.append)[2].tolist() == [0x0908, 0x0B0A]
    assert RawMap(path, "<i2", (9, 2), warn=said.append).shape == (6, 2)
    assert said == ["Requested 3 frames, got 6"] * 2 + ["Requested 9 frames, got 6"]
    assert RawMap(path, "<i2", 5, warn=said.append).shape == (2, 5)
    assert said[-1] == "4 bytes after end-of-frame discarded"
    assert RawMap(path, ">i2", sample_rate=48000).sample_rate == 48000


@pytest.mark.parametrize("dtype", [">i2", ">f8", "u2", ">u4", "i8", "f2", "?", "c8", "i1"])
def test_raw_numbers_of_any_kind(tmp_path: Path, dtype: str) -> None:
    values = np.arange(64, dtype="u1").view(dtype) if dtype != "?" else np.arange(64) % 3 == 0
    path = put(tmp_path, values.tobytes())
    mapped = RawMap(path, dtype, mode="r+")
    assert mapped.dtype == np.dtype(dtype) and np.array_equal(mapped, values)
    mapped[:] = mapped[::-1].copy()
    assert path.read_bytes() == values[::-1].tobytes()


def test_m15_modes_of_raw_maps(tmp_path: Path) -> None:
    path = put(tmp_path, bytes(8))
    for name, mode in [("readonly", "r"), ("copyonwrite", "c"), ("readwrite", "r+"), ("r+", "r+")]:
        assert RawMap(path, "i2", mode=name).mode == mode
    assert RawMap(path, "i2", 4, mode="write").mode == "w+"
    with pytest.raises(ValueError, match="mode must be one of"):
        RawMap(path, "i2", mode="x")


def test_m17_errors_of_raw_maps(tmp_path: Path) -> None:
    path = put(tmp_path, bytes(8))
    for wrong in (
        {"offset": -1},
        {"roffset": -1},
        {"order": "X"},
        {"shape": (1, 2, 3)},
        {"shape": ()},
        {"shape": 0},
        {"mode": "w+"},
        {"offset": 9},
        {"offset": 5, "roffset": 5},
    ):
        with pytest.raises(ValueError):
            RawMap(path, "i2", **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Cannot memory map 24-bit audio"):
        RawMap(path, "int24")
    with pytest.raises(TypeError, match="complex128"):
        RawMap(path, complex)
    assert path.read_bytes() == bytes(8)
    with pytest.raises(ValueError, match="cannot mmap an empty file"):
        RawMap(put(tmp_path, b""), "i2")


def test_m24_files_without_frames(data: Path) -> None:
    mapped = wavemap(data / "wav/data_empty.wav")
    assert mapped.shape == (0, 2) and mapped.sample_rate == 44100 and mapped.filename == data / "wav/data_empty.wav"


def test_m24_huge_files_open_at_once(tmp_path: Path) -> None:
    size = 3 << 40 if sys.maxsize > 2**32 else 1 << 30
    path = tmp_path / "huge.raw"
    try:
        with open(path, "wb") as f:
            f.truncate(size)
    except OSError:
        pytest.skip("the file system holds no file of that size")
    mapped = RawMap(path, "float32", 2, "r+")
    assert mapped.shape == (size // 8, 2)
    mapped[-1] = 1
    assert mapped[-2:].tolist() == [[0, 0], [1, 1]]


def test_samples_that_are_not_aligned(tmp_path: Path) -> None:
    path = put(tmp_path, b"\0" + np.arange(4, dtype="<f8").tobytes())
    mapped = RawMap(path, "<f8", offset=1, mode="r+")
    mapped += 1
    assert mapped.sum() == 10 and mapped.tolist() == [1, 2, 3, 4]


def test_sample_arrays_take_a_rate() -> None:
    array = np.zeros((3, 2)).view(SampleArray)
    assert array.sample_rate is None
    array.sample_rate = 5
    assert (array + 1)[1:].sample_rate == 5
