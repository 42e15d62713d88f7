"""Reading as pedalboard.io does; the ids are the rows of that contract."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes
from ondes.io import AudioFile, ReadableAudioFile


@pytest.fixture
def wav(data: Path) -> str:
    return str(data / "wav/s16.wav")


def test_c1_c2_c3_samples_are_planes_of_float32_by_full_scale(wav: str) -> None:
    with AudioFile(wav) as file:
        raw = file.read_raw(file.frames)
        file.seek(0)
        samples = file.read(file.frames)
    assert samples.shape == (2, 3001) and samples.dtype == np.float32 and samples.flags.c_contiguous
    assert np.array_equal(samples, raw / np.float32(32768))


def test_r1_how_many_frames_are_read(wav: str) -> None:
    with AudioFile(wav) as file:
        for nothing in ((), (0,)):
            with pytest.raises(ValueError, match="will not read an entire file at once"):
                file.read(*nothing)
        with pytest.raises(ValueError, match="negative dimensions are not allowed"):
            file.read(-1)
        for fraction in (2.5, -1.5, float("nan"), float("inf")):
            with pytest.raises(ValueError, match="fractional"):
                file.read(fraction)
        for nonsense in (None, "3", [1], b"1"):
            with pytest.raises(TypeError, match="incompatible function arguments"):
                file.read(nonsense)  # type: ignore[arg-type]
        assert file.tell() == 0
        for count, position in ((2, 2), (2.0, 4), (np.int64(2), 6), (np.float32(3), 9), (True, 10), (np.array(1), 11)):
            assert file.read(count).shape == (2, int(count))  # type: ignore[arg-type]
            assert file.tell() == position


@pytest.mark.parametrize("count", [10**12, 10**30, 2**63, 1e18])
def test_r2_only_what_there_is_is_read(wav: str, count: float) -> None:
    with AudioFile(wav) as file:
        file.read(1000)
        assert file.read(count).shape == (2, 2001)
        assert file.tell() == 3001
        end = file.read(count)
        assert end.shape == (2, 0) and end.nbytes == 0 and end.dtype == np.float32


def test_r3_floats_are_not_clipped(data: Path) -> None:
    with AudioFile(str(data / "wav/f32_special.wav")) as file:
        samples = file.read(file.frames)
    assert np.isnan(samples).any() and np.isinf(samples).any()


@pytest.mark.parametrize(
    ("name", "dtype", "raw"),
    [
        ("wav/u8.wav", "int8", "int8"),
        ("aiff/s8.aiff", "int8", "int8"),
        ("wav/s16.wav", "int16", "int16"),
        ("wav/s24.wav", "int24", "int32"),
        ("flac/s24.flac", "int24", "int32"),
        ("wav/s32.wav", "int32", "int32"),
        ("wav/s64.wav", "int64", "int64"),
        ("wav/f32.wav", "float32", "float32"),
        ("wav/alaw.wav", "float32", "float32"),
        ("wav/mulaw.wav", "float32", "float32"),
        ("wav/ms_adpcm_stereo.wav", "float32", "float32"),
        ("wav/ima_adpcm_stereo.wav", "float32", "float32"),
        ("wav/mp3_in_wav.wav", "float32", "float32"),
        ("mp3/cbr_320.mp3", "float32", "float32"),
        ("ogg/vorbis_q0.ogg", "float32", "float32"),
    ],
)
def test_r4_r5_r26_raw_samples_have_the_files_type(data: Path, name: str, dtype: str, raw: str) -> None:
    with AudioFile(str(data / name)) as file:
        assert file.file_dtype == dtype
        samples = file.read_raw(1000)
        assert samples.dtype == raw and samples.shape[1] == min(1000, file.frames)
        file.seek(0)
        scale = 1.0 if samples.dtype.kind == "f" else 2.0 ** (8 * samples.itemsize - 1)
        assert np.array_equal((samples / scale).astype(np.float32), file.read(1000))


def test_r5_24_bit_samples_are_the_upper_bits(data: Path) -> None:
    with AudioFile(str(data / "wav/s24.wav")) as file:
        samples = file.read_raw(file.frames)
    assert not (samples & 0xFF).any() and samples.any()


def test_r6_64_bit_floats_have_no_raw_form(data: Path) -> None:
    with AudioFile(str(data / "wav/f64.wav")) as file:
        assert file.file_dtype == "float64"
        with pytest.raises(RuntimeError, match="64-bit floating-point"):
            file.read_raw(10)
        assert file.read(10).dtype == np.float32


def test_r7_seeking_stays_inside(wav: str) -> None:
    with AudioFile(wav) as file:
        file.seek(3001)
        assert file.tell() == 3001 and file.read(1).shape == (2, 0)
        with pytest.raises(ValueError, match=r"beyond end of file \(3001 frames\) by 2 frames"):
            file.seek(3003)
        with pytest.raises(ValueError, match=r"before start of file \(to position -1\)"):
            file.seek(-1)
        for nonsense in (2.0, "3", None):
            with pytest.raises(TypeError, match="incompatible function arguments"):
                file.seek(nonsense)  # type: ignore[arg-type]
        assert file.tell() == 3001
        file.seek(np.int32(5))  # type: ignore[arg-type]
        assert file.tell() == 5


@pytest.mark.parametrize(
    "name",
    ["mp3/reservoir_32_mono.mp3", "mp3/vbr_v5.mp3", "ogg/vorbis_q5_known_100003.ogg", "flac/s16_known_100003.flac",
     "wav/ima_adpcm_stereo.wav", "aiff/s24.aiff"],
)  # fmt: skip
def test_r8_seeks_are_exact(data: Path, name: str) -> None:
    with AudioFile(str(data / name)) as file:
        whole = file.read(file.frames)
        for position in np.random.default_rng(3).integers(0, file.frames, 60):
            file.seek(int(position))
            assert np.array_equal(file.read(500), whole[:, position : position + 500])


@pytest.mark.parametrize("chunk", [1, 2, 1000, 1152, 100_000])
def test_reading_in_chunks_gives_the_whole(data: Path, chunk: int) -> None:
    with AudioFile(str(data / "mp3/short_100.mp3")) as file:
        parts = []
        while file.tell() < file.frames:
            parts.append(file.read(chunk))
        assert np.array_equal(np.concatenate(parts, axis=1), ondes.load(data / "mp3/short_100.mp3")[0])


def test_r9_to_r14_r28_r29_after_the_end(wav: str) -> None:
    file = ReadableAudioFile(wav)
    assert file.seekable() and not file.closed
    file.read(11)
    file.close()
    file.close()
    assert file.closed and not file.seekable()
    facts = (file.tell(), file.frames, file.samplerate, file.num_channels, file.file_dtype, file.exact_duration_known)
    assert facts == (11, 3001, 44100, 2, "int16", True)
    assert type(file.samplerate) is int and type(file.frames) is int
    assert file.duration == 3001 / 44100
    for call in (file.read, file.read_raw, file.seek, file.resampled_to):
        with pytest.raises(RuntimeError, match=r"I/O operation on a closed file\."):
            call(1)
    assert repr(file).endswith(f"closed at {id(file):#x}>")


@pytest.mark.parametrize("name", ["mp3/vbr_no_tag.mp3", "mp3/truncated.mp3", "mp3/tail_lyrics3_no_tag.mp3"])
@pytest.mark.parametrize("chunk", [1, 700, 50_000, 10**7])
def test_r13_r15_r17_estimated_lengths_become_exact(data: Path, name: str, chunk: int) -> None:
    with open(data / name, "rb") as source, AudioFile(source) as file:
        if file.exact_duration_known:
            pytest.skip("the length is known")
        total = 0
        while file.tell() < file.frames:
            total += file.read(chunk).shape[1]
        assert total == file.tell()
        assert file.frames == total and file.exact_duration_known
        assert file.duration == total / file.samplerate
        file.seek(0)
        assert file.exact_duration_known and file.frames == total
        assert file.read(10**9).shape[1] == total


def test_r17_behind_the_real_end_there_is_nothing(data: Path) -> None:
    with open(data / "mp3/truncated.mp3", "rb") as source, AudioFile(source) as file:
        assert not file.exact_duration_known
        file.seek(file.frames - 10)
        assert file.read(100).shape == (2, 0)


def test_r18_delay_and_padding_are_not_part_of_the_audio(data: Path) -> None:
    with AudioFile(str(data / "mp3/cbr_128_known_100003.mp3")) as file:
        assert file.frames == 100003 and file.exact_duration_known


@pytest.mark.parametrize(
    "name",
    [
        "tail_lyrics3.mp3",
        "tail_ape.mp3",
        "tail_ape_id3v1.mp3",
        "id3v1.mp3",
        "id3v2_20k.mp3",
        "id3v2_twice.mp3",
        "broken_first_frame.mp3",
        "garbage_first.mp3",
        "mpeg25_8k_cbr.mp3",
        "mpeg2_22k_vbr.mp3",
        "vbri.mp3",
    ],
)
def test_r19_odd_mp3_files_are_read(data: Path, name: str) -> None:
    for source in (str(data / "mp3" / name), (data / "mp3" / name).read_bytes()):
        with AudioFile(source) as file:
            assert file.read(file.frames).shape == (file.num_channels, file.frames)
            assert file.frames > 1000


def test_r21_unsupported_codecs_are_named(data: Path) -> None:
    names = sorted((data / "unsupported").glob("*.wav"))
    assert names
    for name in names:
        with pytest.raises(ValueError, match="not supported"):
            AudioFile(str(name))


def test_r23_damage_in_the_middle_is_silence_in_place(data: Path, tmp_path: Path) -> None:
    content = bytearray((data / "flac/s16_known_100003.flac").read_bytes())
    content[len(content) // 2] ^= 0xFF
    with AudioFile(bytes(content)) as file, AudioFile(str(data / "flac/s16_known_100003.flac")) as good:
        samples, expected = file.read(file.frames), good.read(good.frames)
    assert samples.shape == expected.shape
    changed = (samples != expected).any(axis=0).nonzero()[0]
    assert changed.size and not samples[:, changed].any()


def test_r25_a_truncated_wav_ends_early(data: Path) -> None:
    with AudioFile(str(data / "wav/truncated.wav")) as file:
        assert file.frames == 2000 and file.read(10**6).shape == (2, 2000)


def test_r27_r34_names_and_repr(wav: str) -> None:
    file = AudioFile(wav)
    assert file.name == wav
    assert repr(file) == (
        f'<ondes.io.ReadableAudioFile filename="{wav}" samplerate=44100 num_channels=2 frames=3001 file_dtype=int16 '
        f"at {id(file):#x}>"
    )
    assert AudioFile(Path(wav)).name == wav
    with open(wav, "rb") as source:
        opened = AudioFile(source)
        assert opened.name is None
        assert f"file_like={source!r}" in repr(opened)
    assert len(repr(AudioFile(Path(wav).read_bytes()))) < 200


def test_r33_what_is_not_there(wav: str) -> None:
    file: Any = AudioFile(wav)
    with pytest.raises(TypeError):
        iter(file)
    with pytest.raises(TypeError):
        len(file)
    for name in ("frames", "samplerate", "nonsense"):
        with pytest.raises(AttributeError):
            setattr(file, name, 3)
    with pytest.raises(TypeError):
        pickle.dumps(file)
    with pytest.raises(TypeError):
        copy.copy(file)


def test_long_reads_are_the_same(tmp_path: Path) -> None:
    # Longer than what is read at once, so that every way of reading is taken.
    noise = np.random.default_rng(1).integers(-(2**15), 2**15, (2, 1_400_000), np.int16)
    for name in ("a.wav", "a.flac"):
        with AudioFile(str(tmp_path / name), "w", 44100, 2) as out:
            out.write(noise)
        with AudioFile(str(tmp_path / name)) as file:
            assert np.array_equal(file.read_raw(1_300_000), noise[:, :1_300_000])
            assert np.array_equal(file.read_raw(10**9), noise[:, 1_300_000:])
            file.seek(3)
            assert np.array_equal(file.read_raw(10**9), noise[:, 3:])
            assert file.tell() == 1_400_000
        with open(tmp_path / name, "rb") as source, AudioFile(source) as file:
            assert np.array_equal(file.read_raw(10**9), noise)


def test_audio_that_ends_because_it_cannot_be_read_on_says_so(data: Path) -> None:
    with AudioFile(data / "mp3/rate_change.mp3") as file:
        assert file.read(10**6).shape == (2, 4608)
        with pytest.raises(ondes.exceptions.FormatChangedError, match="from 44100 to 48000"):
            file.read(10)
