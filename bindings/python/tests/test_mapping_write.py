"""``ondes.mapping``: new files as arrays, and conversion by wavemap's rules (rows M3, M18 to M23 and V1 to V6)."""

from __future__ import annotations

import struct
import wave as standard_wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waves import wave

import ondes
from ondes.mapping import ConvertedMap, RawMap, ReadMap, WriteMap, convert, copy_to, new_like, wavemap


def test_m3_arguments_of_writing(tmp_path: Path) -> None:
    path = tmp_path / "new.wav"
    full: dict[str, Any] = {"dtype": "int16", "shape": 4, "sample_rate": 8000}
    for name in full:
        with pytest.raises(ValueError, match=f"{name} must be set for write"):
            wavemap(path, "w", **{key: value for key, value in full.items() if key != name})
    with pytest.raises(ValueError, match="shape must be set for write"):
        wavemap(path, "w", **{**full, "shape": 0})
    for name, value in [("order", "C"), ("always_2d", True), ("buffered", True)]:
        with pytest.raises(ValueError, match=f"{name} cannot be set for write"):
            wavemap(path, "w", **full, **{name: value})
    assert not path.exists()


@pytest.mark.parametrize("dtype", [np.int16, np.dtype("int16"), "int16", "<i2"])
def test_m19_integers(tmp_path: Path, dtype: Any) -> None:
    path = tmp_path / "new.wav"
    mapped = wavemap(path, "w", dtype=dtype, shape=(3, 2), sample_rate=8000)
    mapped[:] = [[1, 2], [3, 4], [5, 6]]
    assert isinstance(mapped, WriteMap) and mapped.shape == (3, 2) and mapped.mode == "w+"
    assert (mapped.sample_rate, mapped.file_size, mapped.offset, mapped.filename) == (8000, 56, 44, path)
    assert path.read_bytes() == wave(1, 2, 16, struct.pack("<6h", 1, 2, 3, 4, 5, 6))


def test_m19_m20_floats(tmp_path: Path) -> None:
    path = tmp_path / "new.wav"
    mapped = WriteMap(path, "float32", (2, 2), 8000)
    mapped[:] = [[0, 1], [2, 3]]
    # The fact chunk counts samples, not frames: so wavemap writes it, and so do the files that its users compare.
    header = b"RIFF" + struct.pack("<I", 66) + b"WAVEfmt " + struct.pack("<IHHIIHHH", 18, 3, 2, 8000, 64000, 8, 32, 0)
    header += b"fact" + struct.pack("<II", 4, 4) + b"data" + struct.pack("<I", 16)
    assert path.read_bytes() == header + struct.pack("<4f", 0, 1, 2, 3)
    assert mapped.file_size == 74


def test_m19_shapes(tmp_path: Path) -> None:
    path = tmp_path / "new.wav"
    planes = WriteMap(path, "int16", (2, 3), 8000)
    planes[:] = [[1, 3, 5], [2, 4, 6]]
    assert planes.shape == (2, 3) and path.read_bytes()[44:] == struct.pack("<6h", 1, 2, 3, 4, 5, 6)
    assert wavemap(path).shape == (3, 2)
    for shape in (5, (5,)):  # the first is a TypeError in wavemap
        mono = WriteMap(path, "int16", shape, 8000)
        assert mono.shape == (5,) and wavemap(path).shape == (5,)
    assert WriteMap(path, "int16", (5, 1), 8000).shape == (5, 1)
    assert WriteMap(path, "int16", (1, 5), 8000).shape == (1, 5)
    with pytest.raises(ValueError, match="1 or 2 dimensions"):
        WriteMap(path, "int16", (1, 2, 3), 8000)


def test_m19_odd_samples_and_roffset(tmp_path: Path) -> None:
    path = tmp_path / "new.wav"
    odd = WriteMap(path, "uint8", (3,), 8000)
    odd[:] = 1, 2, 3
    data = path.read_bytes()
    assert data[44:] == b"\1\2\3\0" and data[4:8] == struct.pack("<I", 40) and data[40:44] == struct.pack("<I", 3)
    spare = WriteMap(path, "uint8", 3, 8000, roffset=5)
    data = path.read_bytes()
    assert len(data) == 44 + 4 + 5 and data[4:8] == struct.pack("<I", 40)
    assert spare.file_size == 48 and spare.roffset == 6


def test_m21_types_that_wav_has_not(tmp_path: Path) -> None:
    path = tmp_path / "new.wav"
    for dtype in ("int8", "uint16", "uint32", "float16", bool, complex, ">i2", ">f4", object):
        with pytest.raises((TypeError, ValueError)):
            WriteMap(path, dtype, 3, 8000)
    assert not path.exists()


def test_m22_new_like(tmp_path: Path) -> None:
    plain = np.arange(6, dtype="<i2").reshape(3, 2)
    empty = new_like(plain, tmp_path / "a.wav")
    assert empty.sample_rate == 44100 and empty.shape == (3, 2) and not empty.any()
    assert new_like(plain, tmp_path / "a.wav", 8000).sample_rate == 8000
    source = WriteMap(tmp_path / "b.wav", "float64", (4, 2), 22050, roffset=3)
    like = WriteMap.new_like(source, tmp_path / "c.wav")
    assert (like.sample_rate, like.dtype, like.shape) == (22050, np.float64, (4, 2))
    assert (tmp_path / "c.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert new_like(source[1:], tmp_path / "d.wav").roffset == 0
    assert new_like(source, tmp_path / "d.wav", roffset=1).roffset == 1


def test_m22_copy_to(tmp_path: Path, data: Path) -> None:
    source = wavemap(data / "wav/s16.wav")
    copied = copy_to(source, tmp_path / "a.wav")
    assert isinstance(copied, WriteMap) and copied.sample_rate == 44100 and np.array_equal(copied, source)
    assert (tmp_path / "a.wav").read_bytes() == (data / "wav/s16.wav").read_bytes()
    with standard_wave.open(str(tmp_path / "a.wav")) as peer:
        assert peer.getparams()[:4] == (2, 2, 44100, 3001)
    big_endian = wavemap(data / "aiff/s16.aiff")
    assert np.array_equal(WriteMap.copy_to(big_endian[5:], tmp_path / "b.wav"), big_endian[5:])
    planes = wavemap(data / "wav/s16.wav", order="F")
    copy_to(planes, tmp_path / "c.wav")
    assert (tmp_path / "c.wav").read_bytes() == (data / "wav/s16.wav").read_bytes()
    with pytest.raises(TypeError):
        copy_to(np.zeros(3, complex), tmp_path / "d.wav")


def test_a_file_is_not_copied_onto_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    copy_to(np.arange(9, dtype="int16"), path)
    before = path.read_bytes()
    for mode in ("r", "c"):
        mapped = wavemap(path, mode)
        for arr in (mapped, mapped[2:], np.asarray(mapped), mapped.T):
            with pytest.raises(ValueError, match="copy it to another one"):
                copy_to(arr, str(path))
    with pytest.raises(ValueError, match="copy it to another one"):
        copy_to(ConvertedMap(path), path)
    assert path.read_bytes() == before


def test_aligned_headers(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "a.wav"
    assert not WriteMap(path, "float64", (3, 2), 8000).flags.aligned
    mapped = WriteMap(path, "float64", (3, 2), 8000, header="aligned")
    assert mapped.flags.aligned and mapped.offset is not None and mapped.offset % 16 == 0
    mapped += 1
    samples, rate = ondes.load(path, dtype="float64")
    assert samples.tolist() == [[1, 1, 1], [1, 1, 1]] and rate == 8000
    with pytest.raises(ValueError, match="header must be"):
        WriteMap(path, "int16", 3, 8000, header="x")  # type: ignore[arg-type]


def test_files_beyond_4_gib(tmp_path: Path) -> None:
    path = tmp_path / "large.wav"
    try:
        mapped = WriteMap(path, "float32", ((1 << 29) + 5, 2), 8000)
    except OSError:
        pytest.skip("the file system holds no file of that size")
    mapped[-1] = 0.5, 1
    assert path.stat().st_blocks < 1000  # holes take no room
    again = wavemap(path)
    with open(path, "rb") as f:
        assert f.read(4) == b"RF64"
    assert again.shape == ((1 << 29) + 5, 2) and again[-1].tolist() == [0.5, 1]


def test_growth(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    short = copy_to(np.arange(6, dtype="int16").reshape(3, 2), path, 8000)
    longer = short.grow(2)
    assert isinstance(longer, WriteMap) and longer.shape == (5, 2) and short.shape == (3, 2)
    longer[3:] = 9
    short[0] = 7
    assert longer.tolist() == [[7, 7], [2, 3], [4, 5], [9, 9], [9, 9]] and longer.sample_rate == 8000
    assert longer.file_size == 64 == path.stat().st_size
    assert np.array_equal(wavemap(path, warn=pytest.fail), longer)
    planes = ReadMap(path, "r+", "F").grow(1)
    assert planes.shape == (2, 6)
    mono = copy_to(np.zeros(3, "int16"), path).grow(1)
    assert mono.shape == (4,)
    raw = RawMap(path, "int16", mode="r+", offset=44, always_2d=True).grow(1)
    assert raw.shape == (5, 1)
    for refused in (ReadMap(path), ReadMap(path, "c"), ReadMap(path).copy()):
        with pytest.raises(ValueError):
            refused.grow(1)


@pytest.mark.parametrize(
    ("shape", "order", "bytes_of_it"),
    [
        (4, None, [0, 1, 2, 3]),
        ((2, 2), None, [0, 1, 2, 3]),
        ((3, 2), None, [0, 1, 2, 3, 4, 5]),
        ((2, 3), None, [0, 3, 1, 4, 2, 5]),
        ((2, 3), "C", [0, 1, 2, 3, 4, 5]),
        ((3, 2), "F", [0, 2, 4, 1, 3, 5]),
        (3, "F", [0, 1, 2]),
    ],
)
def test_m18_new_raw_files(tmp_path: Path, shape: Any, order: Any, bytes_of_it: list[int]) -> None:
    path = tmp_path / "new.raw"
    path.write_bytes(b"old" * 99)
    mapped = RawMap(path, "u1", shape, "w+", offset=3, roffset=2, order=order)
    assert mapped.shape == (shape if isinstance(shape, tuple) else (shape,))
    mapped[...] = np.arange(mapped.size).reshape(mapped.shape)
    assert path.read_bytes() == b"\0\0\0" + bytes(bytes_of_it) + b"\0\0"
    assert (mapped.mode, mapped.offset, mapped.roffset) == ("w+", 3, 2)


def test_v1_the_same_type() -> None:
    samples = np.arange(4, dtype="int16")
    assert convert(samples, None) is samples and convert(samples, "int16") is samples
    copied = convert(samples, np.int16, must_copy=True)
    assert copied is not samples and np.array_equal(copied, samples)


def test_v2_integers_and_floats() -> None:
    samples = np.array([-32768, 0, 32767], "int16")
    for dtype in ("float32", "float64"):
        assert convert(samples, dtype).tolist() == [-1, np.dtype(dtype).type(1 / 65535), 1]
    floats = np.array([0.5, -0.5, -1, 1, 1.5, -7, np.nan])
    assert convert(floats, "int16").tolist() == [16383, -16384, -32768, 32767, 32767, -32768, 0]
    assert convert(floats.astype("f4"), "uint8")[:6].tolist() == [191, 64, 0, 255, 255, 0]
    assert convert(floats, np.float32).dtype == np.float32
    assert np.array_equal(convert(floats, np.float32), floats.astype(np.float32), equal_nan=True)


def test_v3_integers() -> None:
    assert convert(np.array([0, 255], "u1"), "uint16").tolist() == [0x0080, 0xFF80]
    assert convert(np.array([0, 128, 255], "u1"), "int8").tolist() == [-128, 0, 127]
    assert convert(np.array([-1, 256, 32767], "int16"), "int8").tolist() == [-1, 1, 127]
    assert convert(np.array([1], "int16"), "int32").tolist() == [(1 << 16) + (1 << 15)]


@pytest.mark.parametrize("dtype", ["uint16", "int8", "int16", "int32", "float16", "float32", "float64"])
def test_v4_round_trip(dtype: str) -> None:
    samples = np.arange(256, dtype="uint8")
    there = convert(samples, dtype)
    assert there.dtype == np.dtype(dtype) and np.array_equal(convert(there, "uint8"), samples)
    if dtype.startswith("float"):
        assert (there.min(), there.max()) == (-1, 1)


def test_v5_full_scale() -> None:
    assert convert(np.array([1, -1], "float32"), "int32").tolist() == [2**31 - 1, -(2**31)]  # wraps in wavemap
    half = convert(np.array([-(2**31), 2**31 - 1], "int32"), "float16")
    assert half.dtype == np.float16 and half.tolist() == [-1, 1]  # nan and inf in wavemap


def test_v6_other_types() -> None:
    samples = np.arange(4, dtype="int16")
    for dtype in ("int24", bool, complex, "U3"):
        with pytest.raises(TypeError):
            convert(samples, dtype)
    with pytest.raises(TypeError):
        convert(samples > 1, "int16")
    assert samples.tolist() == [0, 1, 2, 3]


def test_convert_takes_any_memory(tmp_path: Path) -> None:
    samples = np.arange(-150000, 150000, dtype="int32").reshape(-1, 2) << 12
    wanted = convert(samples, "int16")
    assert np.array_equal(wanted, samples >> 16)
    assert np.array_equal(convert(samples.astype(">i4"), "int16"), wanted)
    assert np.array_equal(convert(samples[::-3, ::-1], "int16"), wanted[::-3, ::-1])
    planes = convert(samples.T, "int16")
    assert planes.flags.f_contiguous and np.array_equal(planes, wanted.T)
    unaligned = np.frombuffer(b"\0" + samples.tobytes(), "<i4", offset=1)
    assert np.array_equal(convert(unaligned, "int16"), wanted.ravel())
    assert convert(np.zeros((0, 2), "int16"), "float32").shape == (0, 2)
    mapped = copy_to(samples, tmp_path / "a.wav", 8000)
    converted = convert(mapped, "int16")
    assert np.array_equal(converted, wanted) and converted.sample_rate == 8000 and converted.filename is None


@pytest.mark.parametrize("make", ["RawMap", "WriteMap"])
def test_channels_beyond_32_bits_are_no_other_number(make: str, tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    path.write_bytes(bytes(1000))
    with pytest.raises(ValueError, match=r"the channels, must be from 0 to 4294967295, not 4294967298"):
        if make == "RawMap":
            RawMap(path, "i2", 2**32 + 2)
        else:
            WriteMap(path, "i2", (2**32 + 2, 2**33), 8000)
    assert path.read_bytes() == bytes(1000)
