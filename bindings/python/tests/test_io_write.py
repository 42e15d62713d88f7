"""Writing as pedalboard.io does; the ids are the rows of that contract."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ondes.io import AudioFile, WriteableAudioFile, WriteableAudioFileFlag, get_supported_write_formats

NOISE = (np.random.default_rng(7).standard_normal((2, 30000)) * 0.1).astype(np.float32)
FORMATS = get_supported_write_formats()
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def written(path: Path | str, samples: Any, samplerate: float = 44100, channels: int = 1, **options: Any) -> Any:
    """What is read back, raw."""
    with AudioFile(str(path), "w", samplerate, channels, **options) as out:
        out.write(samples)
    with AudioFile(str(path)) as file:
        return file.read_raw(max(file.frames, 1))


@pytest.mark.parametrize(
    ("samplerate", "kind"),
    [(44100.5, TypeError), ("44100", TypeError), (None, TypeError), (float("nan"), TypeError), (0, ValueError),
     (-1, ValueError), (1e10, ValueError)],
)  # fmt: skip
def test_w1_rates_that_cannot_be(tmp_path: Path, samplerate: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="samplerate"):
        WriteableAudioFile(str(tmp_path / "a.wav"), samplerate)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("samplerate", [44100, 44100.0, np.int32(44100), np.float32(44100)])
def test_w1_whole_rates_of_any_type(tmp_path: Path, samplerate: Any) -> None:
    with WriteableAudioFile(str(tmp_path / "a.wav"), samplerate) as out:
        assert out.samplerate == 44100 and type(out.samplerate) is int


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("a.wav", (1, 123, 48001, 384000), ()),
        ("a.aiff", (1, 123, 48001, 384000), ()),
        ("a.flac", (1, 123, 999, 48001, 384000, 655350), (123456, 234567, 655351)),
        ("a.ogg", (8000, 48001, 200000), (200001,)),
        ("a.mp3", MP3_RATES, (44099, 96000, 7999)),
    ],
)
def test_w2_rates_per_format(tmp_path: Path, name: str, good: tuple[int, ...], bad: tuple[int, ...]) -> None:
    for rate in good:
        with AudioFile(str(tmp_path / name), "w", rate) as out:
            out.write(NOISE[0])
        with AudioFile(str(tmp_path / name)) as file:
            assert (file.samplerate, file.frames) == (rate, 30000)
    (tmp_path / name).unlink()
    for rate in bad:
        with pytest.raises(ValueError, match=r"44100|200000"):
            AudioFile(str(tmp_path / name), "w", rate)
        assert not (tmp_path / name).exists()


def test_w3_channels(tmp_path: Path) -> None:
    for channels in (0, -1):
        with pytest.raises(ValueError, match="num_channels"):
            AudioFile(str(tmp_path / "a.wav"), "w", 44100, channels)
    for nonsense in (2.0, "2", None):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            AudioFile(str(tmp_path / "a.wav"), "w", 44100, nonsense)  # type: ignore[call-overload]
    for name, most in (("a.mp3", 2), ("a.flac", 8)):
        with pytest.raises(ValueError, match=str(most)):
            AudioFile(str(tmp_path / name), "w", 44100, most + 1)
        assert not (tmp_path / name).exists()
    for name, channels in (("a.wav", 64), ("a.aiff", 64), ("a.ogg", 64), ("a.flac", 8)):
        with AudioFile(str(tmp_path / name), "w", 44100, channels) as out:
            out.write(np.repeat(NOISE[:1, :3000], channels, axis=0))
            assert out.frames == 3000


def test_w4_rate_and_channels_reversed(tmp_path: Path) -> None:
    for channels in (48000, 44100, 22050, 11025):
        with pytest.raises(ValueError, match="reversing"):
            AudioFile(str(tmp_path / "a.wav"), "w", 2, channels)


@pytest.mark.parametrize(
    ("name", "depths"),
    [
        ("a.wav", {8: "int8", 16: "int16", 24: "int24", 32: "float32"}),
        ("a.aiff", {8: "int8", 16: "int16", 24: "int24"}),
        ("a.flac", {16: "int16", 24: "int24"}),
        ("a.ogg", dict.fromkeys((8, 16, 17, 24, 32), "float32")),
        ("a.mp3", dict.fromkeys((8, 16, 17, 24, 32), "int16")),
    ],
)
def test_w5_w6_bit_depths(tmp_path: Path, name: str, depths: dict[int, str]) -> None:
    path = str(tmp_path / name)
    for depth, dtype in depths.items():
        with AudioFile(path, "w", 44100, 1, depth) as out:
            assert out.file_dtype == dtype
            out.write(NOISE[0])
        if name not in ("a.ogg", "a.mp3"):
            with AudioFile(path) as file:
                assert file.file_dtype == dtype
    for depth in {0, 17, 20, 64, -1} - (set() if len(set(depths.values())) > 1 else {0, 17, 20, 64, -1}):
        with pytest.raises(ValueError, match=f"bit depth of {depth} bits. Supported bit depths: .*16"):
            AudioFile(path, "w", 44100, 1, depth)
    for nonsense in ("16", None, 16.0):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            AudioFile(path, "w", 44100, 1, nonsense)  # type: ignore[call-overload]


def test_w5_8_bit_wav_is_unsigned(tmp_path: Path) -> None:
    raw = written(tmp_path / "a.wav", np.array([-128, 0, 127], np.int8), bit_depth=8)
    assert raw.tolist() == [[-128, 0, 127]]
    assert b"data\x03\0\0\0\x00\x80\xff" in (tmp_path / "a.wav").read_bytes()


def test_w7_which_format(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="extension"):
        AudioFile(str(tmp_path / "a"), "w", 44100)
    for name in ("a.xyz", "a.m4a"):
        with pytest.raises(ValueError, match="no audio format"):
            AudioFile(str(tmp_path / name), "w", 44100)
    with pytest.raises(TypeError, match="format="):
        AudioFile(io.BytesIO(), "w", 44100)
    with pytest.raises(ValueError, match="no audio format"):
        AudioFile(io.BytesIO(), "w", 44100, format="xyz")
    named = io.BytesIO()
    named.name = "a.flac"
    for options, magic in (({}, b"fLaC"), ({"format": ".WAV"}, b"RIFF"), ({"format": "aiff"}, b"FORM")):
        named.seek(0)
        AudioFile(named, "w", 44100, **options).close()
        assert named.getvalue().startswith(magic)


@pytest.mark.parametrize("name", [f"a{extension}" for extension in FORMATS])
def test_w8_w9_existing_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"x" * 10**6)
    for wrong in ({"samplerate": 0}, {"samplerate": 44100, "quality": "none such"}):
        with pytest.raises(ValueError):
            WriteableAudioFile(str(path), **wrong)
        assert path.stat().st_size == 10**6
    AudioFile(str(path), "w", 44100).close()
    assert path.stat().st_size < 10**4


def test_w10_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "a.wav").mkdir()
    for path in (tmp_path / "no/a.wav", tmp_path / "file/a.wav", tmp_path / "a.wav"):
        with pytest.raises(ValueError, match="Unable to open audio file for writing"):
            AudioFile(str(path), "w", 44100)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "float32", "float64", ">i2", ">i4", ">f4", ">f8"])
def test_w11_c4_c5_dtypes_are_converted(tmp_path: Path, dtype: str) -> None:
    kind = np.dtype(dtype)
    full = 1.0 if kind.kind == "f" else 2.0 ** (8 * kind.itemsize - 1)
    samples = (np.array([0.5, -0.5, 0.25, 0.0]) * full).astype(kind)
    assert written(tmp_path / "a.wav", samples).tolist() == [[16384, -16384, 8192, 0]]
    assert written(tmp_path / "a.wav", samples, bit_depth=32).tolist() == [[0.5, -0.5, 0.25, 0.0]]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64", "int64", "float16", "bool", "complex64"])
def test_w11_other_dtypes_are_refused(tmp_path: Path, dtype: str) -> None:
    with AudioFile(str(tmp_path / "a.wav"), "w", 44100) as out:
        with pytest.raises(TypeError, match=rf"int8, int16, int32, float32, or float64\. \(Got: {dtype}\)"):
            out.write(np.zeros(5, dtype))
        for nonsense in ([0.0], None, 0.5, "x", b"abc"):
            with pytest.raises(TypeError, match="incompatible function arguments"):
                out.write(nonsense)  # type: ignore[arg-type]
        assert out.frames == 0


def test_w11_any_memory_layout(tmp_path: Path) -> None:
    wide = np.zeros((4, 999), np.float32)
    wide[::2, ::3] = NOISE[:, :333]
    unaligned = np.frombuffer(b"\0" + NOISE[:, :333].tobytes(), np.uint8)[1:].view(np.float32).reshape(2, 333)
    expected = written(tmp_path / "a.wav", NOISE[:, :333].copy(), channels=2)
    forms = (wide[::2, ::3], np.asfortranarray(NOISE[:, :333]), NOISE[:, :333].T, NOISE[:, 332::-1][:, ::-1], unaligned)
    for samples in forms:
        assert np.array_equal(written(tmp_path / "a.wav", samples, channels=2), expected)


def test_c4_floats_are_rounded_and_clipped(tmp_path: Path) -> None:
    floats = np.array([0.3, -0.3, 0.5, -1.0, 1.0, 1.5, -1.5, np.nan, np.inf, -np.inf])
    # Rounded to the nearest; pedalboard rounds down, to -9831.
    expected = [9830, -9830, 16384, -32768, 32767, 32767, -32768, 0, 32767, -32768]
    assert written(tmp_path / "a.wav", floats).tolist() == [expected]


def test_w17_files_of_floats_take_all_floats(tmp_path: Path) -> None:
    floats = np.array([2.5, -3.0, np.nan, np.inf], np.float32)
    assert np.array_equal(written(tmp_path / "a.wav", floats, bit_depth=32)[0], floats, equal_nan=True)


# Facts of pedalboard: frames written by an array of the shape, or None where it is refused.
LAYOUTS: dict[int, dict[tuple[int, ...], int | None]] = {
    1: {(0,): 0, (0, 1): 0, (1, 0): 0, (1, 1): 1, (1, 7): 7, (7, 1): 7, (2, 3): None, (0, 2): None, (5,): 5},
    2: {(0, 2): 0, (2, 0): 0, (1, 2): 1, (2, 1): 1, (2, 7): 7, (7, 2): 7, (3, 7): None, (7, 3): None, (1, 1): None,
        (0, 3): None, (3, 0): None, (5,): None, (7, 1): None},
    3: {(0, 3): 0, (3, 0): 0, (3, 2): 2, (2, 3): 2, (3, 7): 7, (7, 3): 7, (2, 7): None, (7, 2): None, (1, 1): None},
}  # fmt: skip


@pytest.mark.parametrize(("channels", "shape"), [(c, shape) for c, shapes in LAYOUTS.items() for shape in shapes])
def test_w12_w14_w16_shapes(tmp_path: Path, channels: int, shape: tuple[int, ...]) -> None:
    frames = LAYOUTS[channels][shape]
    with AudioFile(str(tmp_path / "a.wav"), "w", 44100, channels) as out:
        if frames is None:
            with pytest.raises(RuntimeError, match=f"num_channels={channels}, but was passed an array"):
                out.write(np.zeros(shape, np.float32))
        else:
            out.write(np.zeros(shape, np.float32))
        assert out.tell() == out.frames == (frames or 0)


def test_w13_square_arrays_have_the_last_layout(tmp_path: Path) -> None:
    square = np.array([[1, 2], [3, 4]], np.int16)
    for shape in ((2, 2), (0, 0), (3, 3)):
        with (
            AudioFile(str(tmp_path / "a.wav"), "w", 44100, 2) as out,
            pytest.raises(
                RuntimeError, match=r"determine channel layout from shape: .*Provide a non-square array first"
            ),
        ):
            out.write(np.zeros(shape, np.int16))
    for hint, expected in (
        ((2, 0), [[1, 2], [3, 4]]),
        ((0, 2), [[1, 3], [2, 4]]),
        ((2, 5), [[0] * 5 + [1, 2], [0] * 5 + [3, 4]]),
        ((5, 2), [[0] * 5 + [1, 3], [0] * 5 + [2, 4]]),
    ):
        with AudioFile(str(tmp_path / "a.wav"), "w", 44100, 2) as out:
            out.write(np.zeros(hint, np.int16))
            out.write(square)
        with AudioFile(str(tmp_path / "a.wav")) as file:
            assert file.read_raw(99).tolist() == expected


def test_w15_dimensions(tmp_path: Path) -> None:
    with AudioFile(str(tmp_path / "a.wav"), "w", 44100) as out:
        for shape in ((), (1, 1, 1)):
            with pytest.raises(RuntimeError, match=rf"must be 1 or 2 \(got {len(shape)}\)"):
                out.write(np.zeros(shape, np.float32))


def test_w18_w19_w21_after_closing(tmp_path: Path) -> None:
    out = AudioFile(str(tmp_path / "a.flac"), "w", 44100, 2)
    out.write(NOISE)
    out.close()
    assert (out.tell(), out.frames, out.closed, out.quality) == (30000, 30000, True, "8 (Highest quality)")
    for name in ("samplerate", "num_channels", "file_dtype"):
        with pytest.raises(RuntimeError, match=r"I/O operation on a closed file\."):
            getattr(out, name)
    with pytest.raises(RuntimeError, match=r"Cannot close closed file\."):
        out.close()
    for call in (lambda: out.write(NOISE), out.flush):
        with pytest.raises(RuntimeError, match=r"I/O operation on a closed file\."):
            call()


def test_w20_flush_makes_everything_readable(tmp_path: Path) -> None:
    for name in ("a.wav", "a.aiff", "a.ogg", "a.mp3", "a.caf", "a.opus"):
        with AudioFile(str(tmp_path / name), "w", 48000, 2) as out:
            out.write(NOISE)
            out.flush()
            with AudioFile(str(tmp_path / name)) as file:
                read = file.read(10**6)
            assert read.shape[1] == 30000 if name in ("a.wav", "a.aiff", "a.caf") else read.shape[1] > 24000
    with AudioFile(str(tmp_path / "a.flac"), "w", 48000, 2) as out:
        out.write(NOISE)
        with pytest.raises(RuntimeError, match="Unable to flush audio file"):
            out.flush()
        out.write(NOISE)
    with AudioFile(str(tmp_path / "a.flac")) as file:
        assert file.frames == 60000


def test_w21_what_is_forgotten_is_completed(tmp_path: Path) -> None:
    out = AudioFile(str(tmp_path / "a.flac"), "w", 44100, 2)
    out.write(NOISE)
    del out
    with AudioFile(str(tmp_path / "a.flac")) as file:
        assert file.frames == 30000


@pytest.mark.parametrize(
    ("extension", "given", "chosen"),
    [
        *((e, q, c) for e, c in ((".ogg", "500 kbps"), (".flac", "8 (Highest quality)"), (".mp3", "320 kbps"),
                                 (".wav", None), (".aiff", None)) for q in (None, "", "  ")),
        (".mp3", "best", "V0 (best)"), (".mp3", "slowest", "V0 (best)"), (".mp3", "worst", "V9 (smallest)"),
        (".mp3", "fastest", "V9 (smallest)"), (".ogg", "best", "500 kbps"), (".ogg", "fastest", "64 kbps"),
        (".flac", "worst", "0 (Fastest)"), (".wav", "best", None), (".aiff", "worst", None),
        (".mp3", " best ", "V0 (best)"), (".mp3", "BEST", "V0 (best)"), (".mp3", "128", "128 kbps"),
        (".mp3", 128, "128 kbps"), (".mp3", 128.0, "128 kbps"), (".mp3", "128kbps", "128 kbps"),
        (".mp3", "normal", "V4 (normal)"), (".mp3", "kbps", "32 kbps"), (".mp3", "V", "V0 (best)"), (".mp3", "v2", "V2"),
        (".flac", 5, "5 (Default)"), (".flac", 5.5, "5 (Default)"), (".ogg", "128kbps", "128 kbps"),
    ],
)  # fmt: skip
def test_w22_to_w25_quality(tmp_path: Path, extension: str, given: Any, chosen: str | None) -> None:
    with AudioFile(str(tmp_path / f"a{extension}"), "w", 44100, quality=given) as out:
        assert out.quality == chosen
        assert ("quality=" in repr(out)) == (chosen is not None)
    assert out.quality == chosen


@pytest.mark.parametrize(
    ("extension", "given"),
    [(".ogg", " best "), (".ogg", "BEST"), (".mp3", "12"), (".ogg", 5), (".flac", "9"), (".wav", "5"), (".aiff", 320),
     (".mp3", "none such")],
)  # fmt: skip
def test_w23_qualities_that_are_not_there(tmp_path: Path, extension: str, given: Any) -> None:
    with pytest.raises(ValueError, match="quality"):
        AudioFile(str(tmp_path / f"a{extension}"), "w", 44100, quality=given)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        AudioFile(str(tmp_path / f"a{extension}"), "w", 44100, quality=[1])  # type: ignore[call-overload]


def test_w24_every_quality_is_taken_back(tmp_path: Path) -> None:
    options = {
        ".mp3": ["V0 (best)", *(f"V{n}" for n in (1, 2, 3)), "V4 (normal)", *(f"V{n}" for n in (5, 6, 7, 8)),
                 "V9 (smallest)", *(f"{n} kbps" for n in (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320))],
        ".ogg": [f"{n} kbps" for n in (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500)],
        ".flac": ["0 (Fastest)", "1", "2", "3", "4", "5 (Default)", "6", "7", "8 (Highest quality)"],
    }  # fmt: skip
    for extension, qualities in options.items():
        for quality in qualities:
            with AudioFile(str(tmp_path / f"a{extension}"), "w", 44100, quality=quality) as out:
                assert out.quality == quality


def test_w26_codec_options(tmp_path: Path) -> None:
    flag = WriteableAudioFileFlag.Mp3EnableBitReservoir
    assert int(flag) == flag.value == 0
    sizes = []
    for enabled in (True, False):
        with AudioFile(str(tmp_path / "a.mp3"), "w", 44100, quality="V2", codec_options={flag: enabled}) as out:
            out.write(NOISE[0])
        sizes.append((tmp_path / "a.mp3").read_bytes())
    assert sizes[0] != sizes[1]
    with pytest.raises(ValueError, match="Mp3EnableBitReservoir is not supported by the WAV"):
        AudioFile(str(tmp_path / "a.wav"), "w", 44100, codec_options={flag: True})
    with pytest.raises(ValueError, match="expects a bool value"):
        AudioFile(str(tmp_path / "a.mp3"), "w", 44100, codec_options={flag: 1})  # type: ignore[dict-item]
    for nonsense in (None, {"a": True}, []):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            AudioFile(str(tmp_path / "a.mp3"), "w", 44100, codec_options=nonsense)  # type: ignore[call-overload]


def test_w27_wav_headers(tmp_path: Path) -> None:
    for channels, mask in ((1, None), (2, None), (3, 0x7), (6, 0x3F)):
        AudioFile(str(tmp_path / "a.wav"), "w", 44100, channels).close()
        content = (tmp_path / "a.wav").read_bytes()
        assert content[:4] == b"RIFF" and content[12:16] == b"JUNK"
        at = content.index(b"fmt ")
        size, tag = struct.unpack_from("<IH", content, at + 4)
        if mask is None:
            assert (size, tag) == (16, 1)
        else:
            assert (size, tag) == (40, 0xFFFE)
            assert struct.unpack_from("<I", content, at + 8 + 20) == (mask,)


def test_w28_flac_files_have_a_seek_table(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    with AudioFile(str(path), "w", 44100, 2) as out:
        for _ in range(20):
            out.write(NOISE)
    types = []
    content = path.read_bytes()
    at = 4
    while True:
        types.append(content[at] & 0x7F)
        last = content[at] & 0x80
        at += 4 + int.from_bytes(content[at + 1 : at + 4], "big")
        if last:
            break
    assert types[0] == 0 and 3 in types
    if shutil.which("metaflac"):
        listed = subprocess.run(
            ["metaflac", "--list", "--block-type=SEEKTABLE", str(path)], capture_output=True, text=True, check=True
        )
        assert "sample_number=0, stream_offset=0" in listed.stdout
    if shutil.which("flac"):
        subprocess.run(["flac", "--test", "--silent", str(path)], check=True)


def test_w28_mutagen_sees_the_seek_table(tmp_path: Path) -> None:
    mutagen_flac = pytest.importorskip("mutagen.flac")
    with AudioFile(str(tmp_path / "a.flac"), "w", 44100, 2) as out:
        out.write(NOISE)
    assert mutagen_flac.FLAC(str(tmp_path / "a.flac")).seektable.seekpoints


@pytest.mark.parametrize("extension", FORMATS)
def test_w29_w31_file_objects_are_written_from_where_they_stand(extension: str) -> None:
    file = io.BytesIO(b"in front")
    file.seek(8)
    with AudioFile(file, "w", 44100, 2, format=extension) as out:
        out.write(NOISE)
        assert f"file_like={file!r}" in repr(out)
    assert not file.closed and file.getvalue().startswith(b"in front")
    file.seek(8)
    with AudioFile(file) as read:
        assert read.frames == 30000 and read.num_channels == 2


def test_w30_ogg_files_differ_but_sound_the_same(tmp_path: Path) -> None:
    one, two = (written(tmp_path / f"{n}.ogg", NOISE, channels=2) for n in (1, 2))
    assert np.array_equal(one, two)


class Odd(io.BytesIO):
    """Answers to write what it is told to."""

    answer: Any = None

    def write(self, content: Any) -> int:
        if isinstance(self.answer, BaseException):
            raise self.answer
        super().write(content)
        return self.answer  # type: ignore[no-any-return]


@pytest.mark.parametrize("extension", FORMATS)
def test_w31_write_may_return_nothing(extension: str) -> None:
    with AudioFile(Odd(), "w", 44100, 2, format=extension) as out:
        out.write(NOISE)


@pytest.mark.parametrize(("answer", "kind"), [(1, RuntimeError), ("x", TypeError), (ZeroDivisionError("mine"), None)])
@pytest.mark.parametrize("extension", FORMATS)
def test_o18_w31_failures_of_file_objects(extension: str, answer: Any, kind: type[Exception] | None) -> None:
    file = Odd()
    with pytest.raises(kind or ZeroDivisionError) as caught, AudioFile(file, "w", 44100, 2, format=extension) as out:
        out.write(NOISE)
        file.answer = answer
        for _ in range(20):
            out.write(NOISE)
    assert out.closed
    if kind is None:
        assert caught.value is answer and answer.__context__ is None and answer.__cause__ is None


@pytest.mark.parametrize("method", ["seek", "tell", "seekable", "flush"])
def test_o18_other_methods_of_file_objects(method: str) -> None:
    failure = ZeroDivisionError("mine")

    class Failing(io.BytesIO):
        pass

    def fail(*_: object) -> None:
        raise failure

    setattr(Failing, method, fail)
    with pytest.raises(ZeroDivisionError) as caught, AudioFile(Failing(), "w", 44100, 2, format="wav") as out:
        out.write(NOISE)
        out.flush()
    assert caught.value is failure


def test_text_files_raise_their_own_error(tmp_path: Path) -> None:
    with (
        open(tmp_path / "a.wav", "w", encoding="utf-8") as file,
        pytest.raises(TypeError, match="str, not bytes"),
        AudioFile(file, "w", 44100) as out,
    ):
        out.write(NOISE[0])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is full")
def test_a_full_device_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to("/dev/full")
    for kind in (OSError, RuntimeError):
        with pytest.raises(kind, match="No space left"), AudioFile(str(tmp_path / "a.wav"), "w", 44100) as out:
            out.write(np.zeros(10**6, np.float32))


def test_w32_better_mp3s_are_larger(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal(44100) * 0.1
    for qualities in ([f"V{n}" for n in range(9, -1, -1)], [32, 64, 96, 128, 192, 256, 320]):
        sizes = []
        for quality in qualities:
            written(tmp_path / "a.mp3", noise, quality=quality)
            sizes.append((tmp_path / "a.mp3").stat().st_size)
        assert sizes == sorted(sizes)


def test_w34_what_is_not_there(tmp_path: Path) -> None:
    with AudioFile(str(tmp_path / "a.wav"), "w", 44100) as out:
        for name in ("name", "duration", "seek", "bit_depth"):
            assert not hasattr(out, name)


def test_w35_repr(tmp_path: Path) -> None:
    out = AudioFile(str(tmp_path / "a.mp3"), "w", 44100, 2, quality=192)
    facts = f'filename="{tmp_path / "a.mp3"}" samplerate=44100 num_channels=2 quality="192 kbps" file_dtype=int16'
    assert repr(out) == f"<ondes.io.WriteableAudioFile {facts} at {id(out):#x}>"
    out.close()
    assert repr(out) == f"<ondes.io.WriteableAudioFile {facts} closed at {id(out):#x}>"


def test_long_arrays_are_the_same(tmp_path: Path) -> None:
    noise = np.random.default_rng(2).integers(-(2**15), 2**15, (2, 1_500_000), np.int16)
    assert np.array_equal(written(tmp_path / "a.flac", noise, channels=2), noise)
    assert np.array_equal(written(tmp_path / "a.wav", np.ascontiguousarray(noise.T), channels=2), noise)
