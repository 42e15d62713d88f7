"""Decoding by babycat's rules; the numbers are rows of its contract, B for decoding and batches, F for waveforms."""

from __future__ import annotations

import math
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import ondes
from ondes import Waveform, batch, exceptions

RATE = 44100
Frames = npt.NDArray[Any]


def write_wav(path: Path, samples: Frames, rate: int = RATE) -> Path:
    """A 16-bit file made by the standard library; ``samples`` are int16 of shape (frames, channels)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.ascontiguousarray(samples, "<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def ramp() -> Frames:
    """Samples that all differ from their neighbours, of 3 channels."""
    generator = np.random.default_rng(7)
    return generator.integers(-32768, 32768, (3001, 3), np.int16)


@pytest.fixture(scope="module")
def wav(ramp: Frames, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_wav(tmp_path_factory.mktemp("babycat") / "ramp.wav", ramp))


def floats(samples: Frames) -> Frames:
    return samples.astype(np.float32) / np.float32(32768)


def test_c1_b22_frames_of_channels_in_steps_of_a_16_bit_sample(wav: str, ramp: Frames) -> None:
    waveform = Waveform.from_file(wav)
    samples = waveform.to_numpy()
    assert samples.dtype == np.float32 and samples.flags.c_contiguous and samples.shape == (3001, 3)
    assert np.array_equal(samples, floats(ramp))
    assert (waveform.num_frames, waveform.num_channels, waveform.frame_rate_hz) == (3001, 3, RATE)
    assert np.array_equal(Waveform.from_file_into_numpy(wav), floats(ramp))


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [(0, 1, 0, 44), (1, 2, 44, 88), (1, 0, 44, 3001), (5, 20, 220, 882), (50, 1000, 2205, 3001), (0, 0, 0, 3001)],
)
def test_b1_b3_milliseconds_are_cut_to_whole_frames(
    wav: str, ramp: Frames, start: int, end: int, first: int, last: int
) -> None:
    waveform = Waveform.from_file(wav, start_time_milliseconds=start, end_time_milliseconds=end)
    assert np.array_equal(np.asarray(waveform), floats(ramp)[first:last])


def test_b2_a_start_beyond_the_end_of_the_file_gives_no_frames(wav: str) -> None:
    assert Waveform.from_file(wav, start_time_milliseconds=10_000).to_numpy().shape == (0, 3)


def test_b2_less_than_a_frame_is_no_frame(tmp_path: Path) -> None:
    slow = write_wav(tmp_path / "slow.wav", np.ones((50, 1), np.int16), 300)
    waveform = Waveform.from_file(str(slow), end_time_milliseconds=3)
    assert (waveform.num_frames, waveform.frame_rate_hz) == (0, 300)


@pytest.mark.parametrize("name", ["start_time_milliseconds", "end_time_milliseconds", "frame_rate_hz", "num_channels"])
def test_b2_b8_numbers_are_whole_and_not_negative(wav: str, name: str) -> None:
    arguments: dict[str, Any] = {name: -1}
    with pytest.raises(OverflowError, match=name):
        Waveform.from_file(wav, **arguments)
    with pytest.raises(OverflowError, match=name):
        Waveform.from_file(wav, **{name: 2**64})
    for value in (1.0, "1", None):
        with pytest.raises(TypeError, match=name):
            Waveform.from_file(wav, **{name: value})


def test_b3_zero_padding(wav: str, ramp: Frames) -> None:
    waveform = Waveform.from_file(wav, start_time_milliseconds=50, end_time_milliseconds=150, zero_pad_ending=True)
    expected = np.concatenate([floats(ramp)[2205:], np.zeros((4410 - 796, 3), np.float32)])
    assert np.array_equal(np.asarray(waveform), expected)
    beyond = Waveform.from_file(wav, start_time_milliseconds=1000, end_time_milliseconds=1500, zero_pad_ending=True)
    assert np.array_equal(np.asarray(beyond), np.zeros((22050, 3), np.float32))


def test_b3_repeat_padding_repeats_what_was_cut_out(wav: str, ramp: Frames) -> None:
    waveform = Waveform.from_file(wav, start_time_milliseconds=50, end_time_milliseconds=150, repeat_pad_ending=True)
    assert np.array_equal(np.asarray(waveform), np.resize(floats(ramp)[2205:], (4410, 3)))
    # Nothing to add where the file is long enough.
    inside = Waveform.from_file(wav, end_time_milliseconds=10, repeat_pad_ending=True)
    assert np.array_equal(np.asarray(inside), floats(ramp)[:441])


def test_b5_nothing_repeated_is_silence(wav: str) -> None:
    waveform = Waveform.from_file(wav, start_time_milliseconds=1000, end_time_milliseconds=1001, repeat_pad_ending=True)
    assert np.array_equal(np.asarray(waveform), np.zeros((44, 3), np.float32))


def test_b6_channels_are_chosen_and_mixed(wav: str, ramp: Frames) -> None:
    source = floats(ramp)
    assert np.array_equal(Waveform.from_file_into_numpy(wav, num_channels=2), source[:, :2])
    mixed = Waveform.from_file_into_numpy(wav, convert_to_mono=True)
    assert mixed.shape == (3001, 1)
    assert np.allclose(mixed[:, 0], source.astype(np.float64).mean(axis=1), atol=1e-7)
    first_two = Waveform.from_file_into_numpy(wav, convert_to_mono=True, num_channels=2)
    assert np.allclose(first_two[:, 0], source[:, :2].astype(np.float64).mean(axis=1), atol=1e-7)


def test_b6_mono_is_mono_already(tmp_path: Path) -> None:
    samples = np.arange(-50, 50, dtype=np.int16)[:, None]
    path = str(write_wav(tmp_path / "mono.wav", samples))
    assert np.array_equal(Waveform.from_file_into_numpy(path, convert_to_mono=True), floats(samples))


CONTRADICTIONS = [
    # B2
    ({"start_time_milliseconds": 5, "end_time_milliseconds": 5}, exceptions.WrongTimeOffset),
    ({"start_time_milliseconds": 6, "end_time_milliseconds": 5}, exceptions.WrongTimeOffset),
    # B4: the first of several
    (
        {"zero_pad_ending": True, "repeat_pad_ending": True},
        exceptions.CannotSetZeroPadEndingAndRepeatPadEnding,
    ),
    ({"zero_pad_ending": True}, exceptions.CannotZeroPadWithoutSpecifiedLength),
    ({"repeat_pad_ending": True, "start_time_milliseconds": 5}, exceptions.CannotRepeatPadWithoutSpecifiedLength),
    ({"zero_pad_ending": True, "num_channels": 9}, exceptions.CannotZeroPadWithoutSpecifiedLength),
    # B6
    ({"convert_to_mono": True, "num_channels": 1}, exceptions.WrongNumChannelsAndMono),
    ({"num_channels": 4}, exceptions.WrongNumChannels),
    ({"num_channels": 65535, "frame_rate_hz": 100}, exceptions.WrongNumChannels),
    # B8
    ({"frame_rate_hz": 172}, exceptions.WrongFrameRateRatio),
    ({"frame_rate_hz": 1}, exceptions.WrongFrameRateRatio),
    ({"frame_rate_hz": 44100 * 256 + 1}, exceptions.WrongFrameRateRatio),
    # B10
    ({"resample_mode": 9, "frame_rate_hz": 8000}, exceptions.FeatureNotCompiled),
    ({"resample_mode": 9, "frame_rate_hz": 100}, exceptions.FeatureNotCompiled),
    # B11
    ({"decoding_backend": 2}, exceptions.FeatureNotCompiled),
    ({"decoding_backend": 3, "zero_pad_ending": True}, exceptions.FeatureNotCompiled),
]


@pytest.mark.parametrize(("arguments", "kind"), CONTRADICTIONS)
def test_b2_to_b11_b16_contradictions_are_named_alone_and_in_a_batch(
    wav: str, arguments: dict[str, Any], kind: type[Exception]
) -> None:
    for call in (Waveform.from_file, Waveform.from_file_into_numpy):
        with pytest.raises(kind) as caught:
            call(wav, **arguments)
        assert type(caught.value) is kind
    data = Path(wav).read_bytes()
    for call in (Waveform.from_encoded_bytes, Waveform.from_encoded_bytes_into_numpy):
        with pytest.raises(kind):
            call(data, **arguments)
    for result in batch.waveforms_from_files([wav, wav], **arguments):
        assert type(result.exception) is kind and result.waveform is None and result.name == wav


def test_b7_a_file_that_cannot_be_opened_wins_over_bad_arguments(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_bytes(b"no audio in here\n" * 50)
    for arguments, _ in CONTRADICTIONS[:12]:
        with pytest.raises(FileNotFoundError, match="nowhere"):
            Waveform.from_file("nowhere.wav", **arguments)
        with pytest.raises(exceptions.UnknownInputEncoding):
            Waveform.from_file(str(text), **arguments)
        results = batch.waveforms_from_files(["nowhere.wav", str(tmp_path), str(text)], **arguments)
        kinds = [FileNotFoundError, IsADirectoryError, exceptions.UnknownInputEncoding]
        assert all(isinstance(result.exception, kind) for result, kind in zip(results, kinds))


def test_b7_padding_comes_before_resampling(wav: str, ramp: Frames, tmp_path: Path) -> None:
    padded = np.concatenate([ramp, np.zeros((4410 - 3001, 3), np.int16)])
    expected = Waveform.from_file(str(write_wav(tmp_path / "padded.wav", padded)), frame_rate_hz=16000)
    waveform = Waveform.from_file(wav, end_time_milliseconds=100, zero_pad_ending=True, frame_rate_hz=16000)
    assert waveform.num_frames == 1600 == expected.num_frames
    assert np.array_equal(np.asarray(waveform), np.asarray(expected))
    looped = Waveform.from_file(
        str(write_wav(tmp_path / "looped.wav", np.resize(ramp, (4410, 3)))), frame_rate_hz=16000
    )
    waveform = Waveform.from_file(wav, end_time_milliseconds=100, repeat_pad_ending=True, frame_rate_hz=16000)
    assert np.array_equal(np.asarray(waveform), np.asarray(looped))


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
@pytest.mark.parametrize("rate", [44099, 44101, 22050, 11025, 88200, 16000, 173, 44100 * 256])
def test_b8_b9_b10_lengths_at_other_rates(wav: str, mode: int, rate: int) -> None:
    frames = math.ceil(3001 * rate / RATE)
    if rate > 100_000:  # 11 million Hz: a few frames are enough
        waveform = Waveform.from_file(wav, frame_rate_hz=rate, resample_mode=mode, end_time_milliseconds=1)
        frames = 44 * 256
    else:
        waveform = Waveform.from_file(wav, frame_rate_hz=rate, resample_mode=mode)
    assert (waveform.num_frames, waveform.frame_rate_hz) == (frames, rate)


def test_b9_lengths_of_babycats_own_tests() -> None:
    source = Waveform.from_frames_of_silence(frame_rate_hz=44100, num_channels=2, num_frames=2_491_247)
    lengths = {44099: 2_491_191, 44101: 2_491_304, 22050: 1_245_624, 11025: 622_812, 88200: 4_982_494}
    for rate, frames in lengths.items():
        assert source.resample(rate).num_frames == frames


def test_b10_the_modes_convert_a_tone_well(tmp_path: Path) -> None:
    t = np.arange(44100) / 44100
    tone = np.round(20000 * np.sin(2 * np.pi * 1000 * t)).astype(np.int16)[:, None]
    path = str(write_wav(tmp_path / "tone.wav", tone))
    expected = 20000 / 32768 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    for mode in range(4):
        samples = Waveform.from_file_into_numpy(path, frame_rate_hz=16000, resample_mode=mode)[:, 0]
        assert np.abs(samples - expected)[1000:-1000].max() < 2e-5


def test_b10_a_mode_that_is_not_needed_may_be_anything(wav: str, ramp: Frames) -> None:
    for arguments in ({"resample_mode": 9}, {"resample_mode": 9, "frame_rate_hz": RATE}):
        assert np.array_equal(np.asarray(Waveform.from_file(wav, **arguments)), floats(ramp))
        (result,) = batch.waveforms_from_files([wav], **arguments)
        assert result.waveform is not None and result.waveform.num_frames == 3001


def test_b11_the_other_backend_is_the_same(wav: str, ramp: Frames) -> None:
    assert np.array_equal(np.asarray(Waveform.from_file(wav, decoding_backend=1)), floats(ramp))


def test_b12_b15_three_kinds_of_results(wav: str, ramp: Frames) -> None:
    (waveform,) = batch.waveforms_from_files([wav])
    assert isinstance(waveform, ondes.WaveformNamedResult)
    assert waveform.waveform is not None and waveform.exception is None
    assert repr(waveform) == f"<ondes.WaveformNamedResult: name={wav} waveform={waveform.waveform}>"
    good, bad = batch.waveforms_from_files_into_numpys([wav, "nowhere.wav"])
    assert isinstance(good, ondes.NumPyNamedResult)
    assert good.array is not None and np.array_equal(good.array, floats(ramp)) and good.array.flags.writeable
    assert bad.array is None and isinstance(bad.exception, FileNotFoundError)
    assert repr(bad) == f"<ondes.NumPyNamedResult: name=nowhere.wav error={bad.exception}>"
    (array,) = batch.waveforms_from_files_into_numpys_unwrapped([wav])
    assert np.array_equal(array, floats(ramp))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        batch.waveforms_from_files_into_numpys_unwrapped([wav, "nowhere.wav"])


@pytest.mark.parametrize("workers", [0, 1, 2, 50])
def test_b13_the_order_is_that_of_the_files(tmp_path: Path, workers: int) -> None:
    names = []
    for number in range(200):
        samples = np.full((1 + 7 * (199 - number), 1 + number % 3), number, np.int16)
        names.append(str(write_wav(tmp_path / f"{number}.wav", samples)))
    names[50] = "nowhere.wav"
    names.extend(names[:20])
    results = batch.waveforms_from_files_into_numpys(names, num_workers=workers)
    assert [result.name for result in results] == names
    for index, result in enumerate(results):
        number = index % 200
        if number == 50:
            assert isinstance(result.exception, FileNotFoundError)
        else:
            assert result.array is not None and result.array.shape == (1 + 7 * (199 - number), 1 + number % 3)
            assert np.all(result.array == number / 32768)


def test_b13_no_files_and_tuples(wav: str) -> None:
    for function in (
        batch.waveforms_from_files,
        batch.waveforms_from_files_into_numpys,
        batch.waveforms_from_files_into_numpys_unwrapped,
    ):
        assert function([]) == []
        assert len(function((wav, Path(wav)))) == 2
        with pytest.raises(OverflowError):
            function([wav], num_workers=-1)


@pytest.mark.parametrize("names", ["file.wav", b"file.wav", (name for name in ["a"]), [1], [None], 5, {"a": 1}])
def test_b14_filenames_are_a_list_of_paths(names: Any) -> None:
    with pytest.raises(TypeError, match="filenames"):
        batch.waveforms_from_files(names)


def test_b16_each_file_has_its_own_error(wav: str, data: Path, tmp_path: Path) -> None:
    mono = str(write_wav(tmp_path / "mono.wav", np.zeros((10, 1), np.int16)))
    slow = str(write_wav(tmp_path / "slow.wav", np.zeros((10, 2), np.int16), 170))
    names = [wav, mono, slow, "nul\0.wav", wav]
    results = batch.waveforms_from_files(names, num_channels=2, frame_rate_hz=48000)
    assert results[0].exception is None and results[4].exception is None
    assert type(results[1].exception) is exceptions.WrongNumChannels
    assert type(results[2].exception) is exceptions.WrongFrameRateRatio
    assert isinstance(results[3].exception, ValueError)


def test_b17_the_exceptions_are_one_family() -> None:
    assert exceptions.BabycatError is exceptions.OndesError
    names = [
        "FeatureNotCompiled",
        "WrongTimeOffset",
        "WrongNumChannels",
        "WrongNumChannelsAndMono",
        "CannotZeroPadWithoutSpecifiedLength",
        "CannotRepeatPadWithoutSpecifiedLength",
        "CannotSetZeroPadEndingAndRepeatPadEnding",
        "UnknownInputEncoding",
        "UnknownDecodeError",
        "UnknownEncodeError",
        "ResamplingError",
        "WrongFrameRate",
        "WrongFrameRateRatio",
        "SourceError",
        "CannotAppendSourcesWithDifferentNumChannels",
        "CannotAppendSourcesWithDifferentFrameRates",
    ]
    for name in names:
        assert issubclass(getattr(exceptions, name), exceptions.BabycatError)
    assert issubclass(exceptions.WrongNumChannelsAndMono, exceptions.WrongNumChannels)
    assert issubclass(exceptions.WrongFrameRateRatio, exceptions.WrongFrameRate)
    for name in names[-2:]:
        assert issubclass(getattr(exceptions, name), exceptions.SourceError)
    for kind in (exceptions.MalformedError, exceptions.UnsupportedError, exceptions.FormatChangedError):
        assert issubclass(kind, exceptions.UnknownDecodeError)


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        # The frames that these files were made from, tests/data/README.md.
        ("mp3/cbr_128_known_100003.mp3", 100003),
        ("flac/s16_known_100003.flac", 100003),
        ("mp4/aac_moov_last_known_100003.m4a", 100003),
        ("mp4/alac_s16_stereo_known_100003.m4a", 100003),
    ],
)
def test_b19_formats_and_their_exact_lengths(data: Path, name: str, frames: int) -> None:
    assert Waveform.from_file(str(data / name)).num_frames == frames
    encoded = (data / name).read_bytes()
    assert Waveform.from_encoded_bytes(encoded).num_frames == frames


@pytest.mark.parametrize("name", ["ogg/vorbis_51.ogg", "aiff/s16.aiff", "caf/s16le.caf", "mkv/flac.mka"])
def test_b19_formats_that_babycat_refuses_or_reads_wrong(data: Path, name: str) -> None:
    samples, rate = ondes.load(data / name)
    waveform = Waveform.from_file(str(data / name))
    assert (waveform.num_frames, waveform.frame_rate_hz) == (samples.shape[1], rate)


def test_b20_damage_is_bridged_and_all_else_stays_in_place(data: Path) -> None:
    whole = Waveform.from_file_into_numpy(str(data / "mp3/cbr_128_known_100003.mp3"))
    encoded = bytearray((data / "mp3/cbr_128_known_100003.mp3").read_bytes())
    middle = len(encoded) // 2
    encoded[middle : middle + 500] = bytes(500)
    damaged = Waveform.from_encoded_bytes_into_numpy(encoded)
    assert damaged.shape == whole.shape
    assert np.array_equal(damaged[:40000], whole[:40000]) and np.array_equal(damaged[60000:], whole[60000:])


@pytest.mark.parametrize("encoded", [b"", b"text, and no audio " * 40, bytes(range(256)) * 8])
def test_b21_what_is_no_audio_is_refused(encoded: bytes, tmp_path: Path) -> None:
    with pytest.raises(exceptions.UnknownInputEncoding):
        Waveform.from_encoded_bytes(encoded)
    path = tmp_path / "not.wav"
    path.write_bytes(encoded)
    with pytest.raises(exceptions.UnknownInputEncoding, match=r"not\.wav"):
        Waveform.from_file(str(path))


def test_arguments_are_given_by_name(wav: str) -> None:
    calls: list[Callable[..., object]] = [Waveform.from_file, Waveform.from_file_into_numpy]
    for call in calls:
        with pytest.raises(TypeError):
            call(wav, 5)
    with pytest.raises(TypeError):
        batch.waveforms_from_files([wav], 5)  # type: ignore[misc]
    with pytest.raises(TypeError, match="convert_to_mono"):
        Waveform.from_file(wav, convert_to_mono=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="filename"):
        Waveform.from_file(5)  # type: ignore[arg-type]


def test_threads_decode_side_by_side(wav: str, ramp: Frames) -> None:
    failures: list[object] = []

    def work() -> None:
        for _ in range(20):
            results = batch.waveforms_from_files_into_numpys([wav] * 5, num_workers=2)
            alone = Waveform.from_file(wav)
            if not all(np.array_equal(result.array, floats(ramp)) for result in results if result.array is not None):
                failures.append(results)
            if not np.array_equal(np.asarray(alone), floats(ramp)):
                failures.append(alone)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
