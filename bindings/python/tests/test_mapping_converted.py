"""``ondes.mapping.ConvertedMap``: 24-bit samples, and any others, as numbers that are converted window by window."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waves import wave

import ondes
from ondes.mapping import ConvertedMap, SampleArray, WriteMap, convert, copy_to, new_like, wavemap

VALUES = np.arange(-30, 30).reshape(20, 3) * 70001  # 24 bits


def packed(values: Any) -> bytes:
    return b"".join(struct.pack("<i", int(value))[:3] for value in np.ravel(values))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "24.wav"
    path.write_bytes(wave(1, 3, 24, packed(VALUES)))
    return path


def test_24_bits_are_the_upper_ones_of_32(file: Path, data: Path) -> None:
    view = wavemap(file)
    assert isinstance(view, ConvertedMap)
    assert (view.shape, view.ndim, view.size, len(view), view.nbytes) == ((20, 3), 2, 60, 20, 240)
    assert (view.dtype, view.file_dtype, view.sample_rate, view.mode) == (np.int32, "int24", 8000, "r")
    assert (view.filename, view.offset, view.roffset) == (file, 44, 0)
    whole = np.asarray(view)
    assert type(whole) is np.ndarray and np.array_equal(whole, VALUES << 8)
    assert "int24 as int32" in repr(view)
    for name in ("wav/ext_s24_51.wav", "aiff/s24.aiff", "caf/s24be.caf", "au/s24.au", "w64/s24.w64"):
        samples, rate = ondes.load(data / name, dtype="int32")
        view = wavemap(data / name)
        assert np.array_equal(view, samples.T) and view.sample_rate == rate
        assert np.array_equal(wavemap(data / name, order="F"), samples)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("name", ["wav/s24.wav", "wav/u8.wav", "aiff/s16.aiff", "caf/f32be.caf"])
def test_any_type_is_what_load_gives(data: Path, name: str, dtype: str) -> None:
    samples, _ = ondes.load(data / name, dtype=dtype)
    view = ConvertedMap(data / name, dtype)
    assert view.dtype == np.dtype(dtype) and np.array_equal(view[...], samples.T)


INDICES: list[Any] = [
    0,
    -1,
    np.int64(7),
    (3, 2),
    (-4, -1),
    slice(None),
    slice(5, 9),
    slice(-3, None),
    slice(15, 99),
    slice(9, 5),
    slice(None, None, 3),
    slice(None, None, -1),
    slice(17, 2, -4),
    Ellipsis,
    (Ellipsis, 1),
    (slice(2, 6), Ellipsis),
    (slice(2, 6), slice(None, None, -1)),
    (slice(None), [2, 0]),
    [3, 3, -1, 0],
    ([1, 2, -5], [0, 1, 2]),
    (np.array([[1, 2], [3, 4]]), 0),
    [],
    VALUES[:, 0] > 0,
    VALUES % 2 == 0,
    (slice(None), np.array([True, False, True])),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
def test_indices_are_those_of_arrays(file: Path, index: Any, order: str) -> None:
    values = np.asarray(VALUES << 8, np.int32)
    if order == "F":
        values = values.T
        if isinstance(index, tuple):
            index = index[::-1] if Ellipsis not in [part for part in index if part is Ellipsis] else index
        elif isinstance(index, np.ndarray) and index.ndim == 2:
            index = index.T
        elif index is not Ellipsis:
            index = (slice(None), index)
    view = wavemap(file, "r+", order)
    got = view[index]
    assert np.array_equal(got, values[index]) and np.shape(got) == values[index].shape
    assert got.dtype == np.int32
    if got.ndim:
        assert isinstance(got, SampleArray) and got.sample_rate == 8000
    # And the same for assignment.
    values[index] = values[index] // 3 >> 8 << 8
    view[index] = got // 3
    assert np.array_equal(view, values)


@pytest.mark.parametrize(
    "index", [20, -21, (0, 3), (0, 0, 0), None, 1.5, "x", [0.5], [20], np.zeros(19, bool), (..., ...)]
)
def test_indices_that_are_none(file: Path, index: Any) -> None:
    view = wavemap(file, "r+")
    with pytest.raises(IndexError):
        view[index]
    with pytest.raises(IndexError):
        view[index] = 0


def test_mono(tmp_path: Path) -> None:
    path = tmp_path / "mono.wav"
    path.write_bytes(wave(1, 1, 24, packed([1, 2, 3])))
    assert wavemap(path)[1:].tolist() == [2 << 8, 3 << 8] and wavemap(path)[1] == 2 << 8
    assert wavemap(path, always_2d=True).shape == (3, 1)
    assert wavemap(path, always_2d=True, order="F")[:, 1:].tolist() == [[2 << 8, 3 << 8]]
    view = wavemap(path, "r+", always_2d=True)
    view[0] = 7 << 8
    assert path.read_bytes()[44:] == packed([7, 2, 3])


def test_assignment(file: Path) -> None:
    view = wavemap(file, "r+")
    view[3:5] = 256
    view[0, 1] = -(1 << 31)
    view[-1] = [1 << 8, 2 << 8, 3 << 8]
    view[6:9] = view[0:3]
    values = VALUES.copy()
    values[3:5], values[0, 1], values[-1] = 1, -(1 << 23), (1, 2, 3)
    values[6:9] = values[0:3]
    view.flush()
    assert file.read_bytes() == wave(1, 3, 24, packed(values))
    with pytest.raises(ValueError, match="broadcast"):
        view[0:2] = np.zeros((3, 3))
    with pytest.raises(ValueError, match="read-only"):
        wavemap(file)[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        view = wavemap(file)
        view += 1
    kept = wavemap(file, "c")
    kept[:] = 0
    assert not kept[...].any() and wavemap(file)[...].any()


def test_floats_are_rounded_into_the_file(file: Path) -> None:
    view = ConvertedMap(file, "float32", "r+")
    assert view[5, 0] == VALUES[5, 0] / 2**23
    view[0] = 0.5, 1.5, np.nan
    view[1] = 0.6 / 2**23
    assert wavemap(file)[:2].tolist() == [[1 << 30, (2**23 - 1) << 8, 0], [1 << 8] * 3]


def test_arithmetic_in_place_goes_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ondes._map_converted.BLOCK", 7)
    path = tmp_path / "24.wav"
    path.write_bytes(wave(1, 3, 24, packed(VALUES)))
    for order in ("C", "F"):
        view = ConvertedMap(path, "float64", "r+", order)
        before = view[...]
        weights = np.array([1, 0.5, 0.25]) if order == "C" else np.array([[1], [0.5], [0.25]])
        view *= weights
        assert np.abs(view - before * weights).max() <= 0.5 / 2**23
        view[:] = 2 * view
        np.divide(view, 2, out=view)
        assert np.abs(view - before * weights).max() <= 0.5 / 2**23
        view[:] = before
        assert np.array_equal(view, before)
    whole = wavemap(path, "r+")
    whole //= 512
    with pytest.raises(TypeError):
        whole /= 2  # as of any array of integers
    assert np.array_equal(whole[...] >> 8, VALUES // 2 >> 8)
    with pytest.raises(TypeError, match="cannot write into a ConvertedMap"):
        np.add.accumulate(whole, out=whole)


def test_arithmetic_gives_arrays(file: Path) -> None:
    view = wavemap(file)
    for result in (view + 1, 1 + view, -view, np.abs(view), view * view, view > 0):
        assert isinstance(result, SampleArray) and result.sample_rate == 8000 and result.shape == view.shape
    assert np.sum(view) == (VALUES << 8).sum() and np.max(view) == (VALUES << 8).max()
    assert np.mean(view, axis=0).shape == (3,)
    assert np.concatenate([view, view]).shape == (40, 3)
    assert (view == view[...]).all()


def test_blocks_and_items(file: Path) -> None:
    view = wavemap(file)
    blocks = list(view.blocks(8))
    assert [len(block) for block in blocks] == [8, 8, 4] and np.array_equal(np.concatenate(blocks), view)
    assert blocks[0].sample_rate == 8000
    assert [item.tolist() for item in view] == (VALUES << 8).tolist()
    planes = wavemap(file, order="F")
    assert [block.shape for block in planes.blocks(8)] == [(3, 8), (3, 8), (3, 4)]
    assert [channel.tolist() for channel in planes] == (VALUES << 8).T.tolist()
    with pytest.raises(ValueError):
        view.blocks(0)


def test_as_an_array(file: Path) -> None:
    view = wavemap(file)
    assert np.asarray(view, np.float64).dtype == np.float64
    assert np.array(view).flags.writeable
    with pytest.raises(ValueError, match="always a copy"):
        view.__array__(copy=False)


def test_read_into_an_array_at_hand(file: Path, tmp_path: Path) -> None:
    view = ConvertedMap(file, "float32", order="F")
    out = np.full((15, 3), 9, "float32")
    assert view.read_into(out) == 15 and np.array_equal(out, VALUES[:15] / np.float32(2**23))
    assert view.read_into(out, 18) == 2 and out[1, 0] == VALUES[19, 0] / 2**23 and out[2, 0] == VALUES[2, 0] / 2**23
    assert view.read_into(out, 20) == 0
    for wrong in (out.T, out[:, :2], out[::2], out.astype("f8"), out[:, 0]):
        with pytest.raises(ValueError, match=r"out must be .* \(frames, 3\)"):
            view.read_into(wrong)
    with pytest.raises(ValueError, match="start must be from 0 to 20"):
        view.read_into(out, 21)
    mono = copy_to(np.arange(5, dtype="int16"), tmp_path / "mono.wav")
    flat = np.zeros(3, "int16")
    assert ConvertedMap(mono.filename).read_into(flat, 2) == 3 and flat.tolist() == [2, 3, 4]


def test_close(file: Path) -> None:
    with wavemap(file, "r+") as view:
        view[0] = 1 << 8
    assert view.closed and "closed" in repr(view)
    view.close()
    for use in (lambda: view[0], lambda: view.shape, lambda: view.flush(), lambda: np.asarray(view)):
        with pytest.raises(ValueError, match="closed"):
            use()
    assert file.read_bytes()[44:53] == packed([1, 1, 1])


def test_a_file_that_is_cut_short_is_an_error(file: Path) -> None:
    view = wavemap(file, "r+")
    with open(file, "r+b") as f:
        f.truncate(44 + 90)
    assert np.array_equal(view[:10], VALUES[:10] << 8)
    with pytest.raises(OSError, match="cut short"):
        view[5:15]
    with pytest.raises(OSError, match="cut short"):
        view[12] = 0


def test_pickle_names_the_file(file: Path, tmp_path: Path) -> None:
    for view in (wavemap(file), ConvertedMap(file, "float32", "r+", "F"), ConvertedMap(file, "int16", buffered=True)):
        again = pickle.loads(pickle.dumps(view))
        assert repr(again) == repr(view) and np.array_equal(again, view)
    with pytest.raises(TypeError, match="mode 'c'"):
        pickle.dumps(wavemap(file, "c"))
    made = ConvertedMap.create(tmp_path / "new.wav", "int24", 5, 8000)
    made[:] = 256
    assert np.array_equal(pickle.loads(pickle.dumps(made)), made)
    raw = ConvertedMap.raw(file, "int24", 3, offset=44, sample_rate=9)
    again = pickle.loads(pickle.dumps(raw))
    assert again.sample_rate == 9 and np.array_equal(again, VALUES << 8)


def test_raw_files(tmp_path: Path) -> None:
    path = tmp_path / "file.raw"
    path.write_bytes(b"??" + packed([1, 2, 3, 4]) + b"?")
    view = ConvertedMap.raw(path, "int24", 2, offset=2, roffset=1)
    assert view[...].tolist() == [[1 << 8, 2 << 8], [3 << 8, 4 << 8]]
    big = ConvertedMap.raw(path, ">int24", offset=2, roffset=1)
    assert big[0] == 1 << 24 and big.file_dtype == ">int24"
    assert ConvertedMap.raw(path, "<int24", 4, offset=2, roffset=1, dtype="float32")[0, 3] == 4 / 2**23
    new = ConvertedMap.raw(path, "int24", (2, 2), "w+", offset=1)
    new[:] = [[256, 512], [768, 1024]]
    assert path.read_bytes() == b"\0" + packed([1, 2, 3, 4])


def test_new_files(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "new.wav"
    new = wavemap(path, "w", dtype="int24", shape=(3, 2), sample_rate=8000)
    assert isinstance(new, ConvertedMap) and new.mode == "w+"
    new[:] = [[1 << 8, 2 << 8], [3 << 8, 4 << 8], [5 << 8, 6 << 8]]
    assert path.read_bytes() == wave(1, 2, 24, packed([1, 2, 3, 4, 5, 6]))
    with pytest.raises(ValueError, match="24-bit"):
        WriteMap(path, "int24", 3, 8000)
    source = wavemap(data / "wav/s24.wav")
    copied = copy_to(source, path)
    assert isinstance(copied, ConvertedMap) and copied.file_dtype == "int24"
    assert path.read_bytes()[44:] == (data / "wav/s24.wav").read_bytes()[source.offset :][: source.size * 3]
    floats = copy_to(ConvertedMap(data / "wav/s24.wav", "float32"), path)
    assert isinstance(floats, WriteMap) and floats.dtype == np.float32 and floats.sample_rate == 44100
    assert np.array_equal(floats, ondes.load(data / "wav/s24.wav")[0].T)
    assert new_like(source, path, 1000).sample_rate == 1000
    with pytest.raises(ValueError, match="copy it to another one"):
        copy_to(copied, path)


def test_growth(file: Path) -> None:
    view = wavemap(file, "r+")
    assert view.grow(2) is view and view.shape == (22, 3)
    view[20:] = 256
    assert np.array_equal(wavemap(file, warn=pytest.fail), np.vstack([VALUES << 8, [[256] * 3] * 2]))
    with pytest.raises(ValueError):
        wavemap(file).grow(1)


def test_convert_takes_what_is_in_the_file(file: Path) -> None:
    view = wavemap(file, always_2d=True)
    floats = convert(view, "float64")
    assert np.array_equal(floats, (2 * VALUES + 1) / (2**24 - 1)) and floats.sample_rate == 8000
    assert np.array_equal(wavemap(file, dtype="float64"), floats)
    assert np.array_equal(wavemap(file, dtype="float32", order="F"), floats.T.astype("float32"))
    assert np.array_equal(convert(view, "int16"), VALUES >> 8)
    assert np.array_equal(convert(view, "float16"), floats.astype("float32").astype("float16"))
    assert convert(view, None) is view and convert(view, "int32") is view
    assert isinstance(convert(view, None, must_copy=True), np.ndarray)
