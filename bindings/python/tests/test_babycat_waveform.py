"""Waveforms in memory by babycat's rules; the numbers are rows of its contract."""

from __future__ import annotations

import copy
import io
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes
from ondes import Waveform, build_info, decoding_backend, exceptions, resample_mode

soundfile = pytest.importorskip("soundfile")


@pytest.fixture
def samples() -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(3).uniform(-1, 1, (500, 2)).astype(np.float32)


def test_f1_bytes_of_any_kind_and_hints_that_are_wrong(data: Path) -> None:
    encoded = (data / "wav/s16.wav").read_bytes()
    expected = Waveform.from_file_into_numpy(str(data / "wav/s16.wav"))
    for buffer in (encoded, bytearray(encoded), memoryview(encoded), np.frombuffer(encoded, np.uint8)):
        assert np.array_equal(Waveform.from_encoded_bytes_into_numpy(buffer), expected)
        wrong = Waveform.from_encoded_bytes(encoded_bytes=buffer, file_extension="mp3", mime_type="audio/ogg")
        assert np.array_equal(np.asarray(wrong), expected)
    for value in ("text", 5, None, [1, 2]):
        with pytest.raises(TypeError, match="encoded_bytes"):
            Waveform.from_encoded_bytes(value)


def test_f2_silence() -> None:
    waveform = Waveform.from_frames_of_silence(frame_rate_hz=8000, num_channels=3, num_frames=7)
    assert np.array_equal(waveform.to_numpy(), np.zeros((7, 3), np.float32))
    for milliseconds, frames in ((0, 0), (1, 44), (1000, 44100), (999, 44055)):
        waveform = Waveform.from_milliseconds_of_silence(
            frame_rate_hz=44100, num_channels=1, duration_milliseconds=milliseconds
        )
        assert waveform.num_frames == frames
    with pytest.raises(TypeError):
        Waveform.from_frames_of_silence(8000, 3, 7)  # type: ignore[misc]
    with pytest.raises(OverflowError):
        Waveform.from_frames_of_silence(frame_rate_hz=8000, num_channels=-1, num_frames=7)
    with pytest.raises(MemoryError):
        Waveform.from_frames_of_silence(frame_rate_hz=8000, num_channels=60000, num_frames=2**63)


def test_f2_interleaved_samples_leave_out_an_incomplete_frame() -> None:
    for given in ([0.5, -0.5, 0.25, 1.0, 0.125], (0.5, -0.5, 0.25, 1.0), np.array([0.5, -0.5, 0.25, 1.0, 0.1])):
        waveform = Waveform.from_interleaved_samples(frame_rate_hz=8000, num_channels=2, interleaved_samples=given)
        assert np.array_equal(waveform.to_numpy(), np.array([[0.5, -0.5], [0.25, 1.0]], np.float32))
    with pytest.raises(exceptions.WrongNumChannels):
        Waveform.from_interleaved_samples(frame_rate_hz=8000, num_channels=0, interleaved_samples=[0.0])


def test_f2_arrays_in_any_order_in_memory(samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    wide = np.random.default_rng(5).uniform(-1, 1, (1000, 6)).astype(np.float32)
    for array in (
        samples,
        np.asfortranarray(samples),
        wide[::2, ::3],
        wide[::-2, 4:],
        samples.astype(">f4"),
        np.ascontiguousarray(samples.T).T,
    ):
        waveform = Waveform.from_numpy(frame_rate_hz=8000, arr=array)
        assert np.array_equal(waveform.to_numpy(), array)
        assert np.array_equal(waveform.to_interleaved_samples(), array.reshape(-1))
    # What changes later in the array does not change the waveform.
    mine = samples.copy()
    waveform = Waveform.from_numpy(frame_rate_hz=8000, arr=mine)
    mine[:] = 0
    assert np.array_equal(waveform.to_numpy(), samples)
    for bad in (samples.astype(np.float64), samples[0], samples[None], [[0.0]], samples.astype(np.int16)):
        with pytest.raises(TypeError, match="arr"):
            Waveform.from_numpy(frame_rate_hz=8000, arr=bad)


def test_f3_properties_are_read_only(samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    waveform = Waveform.from_numpy(frame_rate_hz=8000, arr=samples)
    for name, value in (("frame_rate_hz", 8000), ("num_channels", 2), ("num_frames", 500)):
        assert getattr(waveform, name) == value
        with pytest.raises(AttributeError):
            setattr(waveform, name, 5)


def test_f4_resampling_is_that_of_files(samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    waveform = Waveform.from_numpy(frame_rate_hz=8000, arr=samples)
    encoded = waveform.to_wav_buffer()
    for mode in range(4):
        resampled = waveform.resample_by_mode(frame_rate_hz=11025, resample_mode=mode)
        assert (resampled.num_frames, resampled.frame_rate_hz, resampled.num_channels) == (690, 11025, 2)
        by_file = Waveform.from_encoded_bytes_into_numpy(encoded, frame_rate_hz=11025, resample_mode=mode)
        assert np.array_equal(resampled.to_numpy(), by_file)
    assert np.array_equal(np.asarray(waveform.resample(8000)), samples)
    with pytest.raises(exceptions.WrongFrameRate) as caught:
        waveform.resample(0)
    assert type(caught.value) is exceptions.WrongFrameRate
    for rate in (31, 8000 * 256 + 1):
        with pytest.raises(exceptions.WrongFrameRateRatio):
            waveform.resample(frame_rate_hz=rate)
    with pytest.raises(exceptions.FeatureNotCompiled):
        waveform.resample_by_mode(frame_rate_hz=8000, resample_mode=9)
    empty = Waveform.from_frames_of_silence(frame_rate_hz=8000, num_channels=2, num_frames=0)
    assert empty.resample(16000).to_numpy().shape == (0, 2)


def test_f4_long_waveforms_are_resampled_without_a_seam() -> None:
    rate, new = 44100, 48000
    t = np.arange(700_000) / rate
    tone = np.sin(2 * np.pi * 440 * t).astype(np.float32)[:, None]
    resampled = Waveform.from_numpy(frame_rate_hz=rate, arr=tone).resample(new).to_numpy()[:, 0]
    expected = np.sin(2 * np.pi * 440 * np.arange(len(resampled)) / new)
    assert np.abs(resampled - expected)[3000:-3000].max() < 1e-5


def test_f5_single_samples(samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    waveform = Waveform.from_numpy(frame_rate_hz=8000, arr=samples)
    assert waveform.get_sample(7, 1) == samples[7, 1] == waveform.get_unchecked_sample(frame_idx=7, channel_idx=1)
    assert type(waveform.get_sample(0, 0)) is float
    assert waveform.get_sample(500, 0) is None and waveform.get_sample(0, 2) is None
    for position in ((-1, 0), (0, -1)):
        with pytest.raises(OverflowError):
            waveform.get_sample(*position)
    with pytest.raises(IndexError):
        waveform.get_unchecked_sample(500, 0)


def test_f6_arrays_are_new_each_time(samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    waveform = Waveform.from_numpy(frame_rate_hz=8000, arr=samples)
    first = waveform.to_numpy()
    first[:] = 0
    assert np.array_equal(waveform.to_numpy(), samples)
    interleaved = waveform.to_interleaved_samples()
    assert isinstance(interleaved, list) and interleaved[:2] == [float(samples[0, 0]), float(samples[0, 1])]
    empty = Waveform.from_frames_of_silence(frame_rate_hz=8000, num_channels=4, num_frames=0)
    assert empty.to_numpy().shape == (0, 4) and empty.to_interleaved_samples() == []


def test_f7_float_wav_files(samples: np.ndarray[Any, np.dtype[np.float32]], tmp_path: Path) -> None:
    waveform = Waveform.from_numpy(frame_rate_hz=8000, arr=samples)
    encoded = waveform.to_wav_buffer()
    assert type(encoded) is bytearray and encoded[:4] == b"RIFF" and encoded[8:12] == b"WAVE"
    assert struct.unpack_from("<I", encoded, 4)[0] == len(encoded) - 8
    with soundfile.SoundFile(io.BytesIO(encoded)) as file:
        assert (file.samplerate, file.channels, file.subtype) == (8000, 2, "FLOAT")
        assert np.array_equal(file.read(dtype="float32"), samples)
    for path in (str(tmp_path / "a.wav"), tmp_path / "b.wav", str(tmp_path / "no_extension")):
        waveform.to_wav_file(path)
        assert np.array_equal(soundfile.read(path, dtype="float32")[0], samples)
    with pytest.raises(exceptions.UnknownEncodeError, match="nowhere") as caught:
        waveform.to_wav_file("nowhere/x.wav")
    assert isinstance(caught.value, OSError) and isinstance(caught.value.__cause__, FileNotFoundError)
    for rate, channels in ((0, 1), (8000, 0)):
        with pytest.raises(exceptions.UnknownEncodeError):
            Waveform.from_frames_of_silence(frame_rate_hz=rate, num_channels=channels, num_frames=5).to_wav_buffer()


def test_f9_what_it_says_it_is(samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    waveform = Waveform.from_numpy(frame_rate_hz=8000, arr=samples)
    assert repr(waveform) == str(waveform) == "<ondes.Waveform: 500 frames, 2 channels, 8000 hz>"
    with pytest.raises(TypeError):
        Waveform()
    assert len({waveform, waveform}) == 1 and waveform != Waveform.from_numpy(frame_rate_hz=8000, arr=samples)


def test_f9_more_than_babycat_has(samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    waveform = Waveform.from_numpy(frame_rate_hz=8000, arr=samples)
    shared = np.asarray(waveform)
    assert np.shares_memory(shared, np.asarray(waveform)) and not shared.flags.writeable
    assert np.asarray(waveform, np.float64).dtype == np.float64 and np.array(waveform).flags.writeable
    assert len(waveform) == 500
    empty = Waveform.from_frames_of_silence(frame_rate_hz=8000, num_channels=1, num_frames=0)
    assert len(empty) == 0 and empty
    for twin in (pickle.loads(pickle.dumps(waveform)), copy.copy(waveform), copy.deepcopy(waveform)):
        assert twin.frame_rate_hz == 8000 and np.array_equal(np.asarray(twin), samples)


def test_f10_build_info() -> None:
    assert build_info.compiled_with_filesystem() and build_info.compiled_with_multithreading()
    assert not build_info.compiled_with_ffmpeg()
    assert not build_info.compiled_with_ffmpeg_link_static()
    assert not build_info.compiled_with_ffmpeg_build_link_static()
    assert "MIT" in build_info.copyright_license_spdx()
    assert build_info.babycat_version() == "0.0.15"
    assert build_info.ondes_version() == ondes.__version__
    assert build_info.library_path().is_file()
    assert set(build_info.features()) <= {"encoders", "devices", "libopus", "lame", "libflac", "vorbis"}


def test_f11_the_numbers_of_modes_and_backends() -> None:
    modes = {name: value for name, value in vars(resample_mode).items() if "RESAMPLE_MODE" in name}
    assert modes == {
        "DEFAULT_RESAMPLE_MODE": 0,
        "RESAMPLE_MODE_LIBSAMPLERATE": 1,
        "RESAMPLE_MODE_BABYCAT_LANCZOS": 2,
        "RESAMPLE_MODE_BABYCAT_SINC": 3,
    }
    assert decoding_backend.DEFAULT_DECODING_BACKEND == 0
    assert decoding_backend.DECODING_BACKEND_SYMPHONIA == 1
    assert decoding_backend.DECODING_BACKEND_FFMPEG == 2
