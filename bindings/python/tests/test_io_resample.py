"""Other sample rates as pedalboard.io has them; the ids are the rows of that contract."""

from __future__ import annotations

import gc
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes.io
from ondes.io import AudioFile, Quality, ResampledReadableAudioFile, StreamResampler

RATES = [(44100, 22050), (44100, 48000), (44100, 12345.67), (22050, 44100)]


def sine(rate: float, seconds: float, channels: int = 2) -> np.ndarray[Any, Any]:
    """A faded tone of 440 Hz."""
    time = np.arange(round(rate * seconds)) / rate
    tone = np.sin(2 * np.pi * 440 * time) * np.sin(np.pi * time / seconds) * 0.8
    return np.stack([tone * (1 - 0.5 * channel) for channel in range(channels)]).astype(np.float32)


def converted(samples: np.ndarray[Any, Any], source: float, target: float, quality: Quality) -> np.ndarray[Any, Any]:
    resampler = StreamResampler(source, target, samples.shape[0], quality)
    return np.concatenate([resampler.process(samples), resampler.process()], axis=1)


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("resample") / "a.wav")
    with AudioFile(path, "w", 44100, 2, 32) as out:
        out.write(sine(44100, 0.2))
    return path


def test_sr2_sr3_qualities() -> None:
    latencies = [0, 1, 2, 2, 100, 512, 256, 128, 64, 32, 16]
    names = ["ZeroOrderHold", "Linear", "CatmullRom", "Lagrange", "WindowedSinc", "WindowedSinc256", "WindowedSinc128",
             "WindowedSinc64", "WindowedSinc32", "WindowedSinc16", "WindowedSinc8"]  # fmt: skip
    assert [quality.name for quality in Quality] == names
    assert [int(quality) for quality in Quality] == list(range(11))
    assert ondes.io.Resample.Quality is Quality
    for quality, latency in zip(Quality, latencies):
        resampler = StreamResampler(44100, 48000, 1, quality)
        assert type(resampler.input_latency) is float and resampler.input_latency == latency
        assert f"quality={quality.name} " in repr(resampler)
    assert StreamResampler(44100, 48000, 1).quality is Quality.WindowedSinc32


@pytest.mark.parametrize("quality", Quality)
@pytest.mark.parametrize(("source", "target"), RATES)
def test_sr4_sr5_sr9_flush_and_reset_begin_anew(source: float, target: float, quality: Quality) -> None:
    samples = sine(source, 0.1)
    resampler = StreamResampler(source, target, 2, quality)
    first = [resampler.process(samples), resampler.process()]
    assert resampler.process().shape == (2, 0)
    again = [resampler.process(samples), resampler.process(None)]
    resampler.process(samples[:, :777])
    resampler.reset()
    third = [resampler.process(samples), resampler.process()]
    for other in (again, third):
        assert all(np.array_equal(a, b) for a, b in zip(first, other))
    latency = resampler.input_latency
    assert resampler.process(samples[:, : math.floor(latency)]).shape == (2, 0)
    assert resampler.process().shape[1] <= math.ceil(latency / source * target)


@pytest.mark.parametrize(
    ("source", "target", "seconds", "quality", "frames"),
    [
        (44100, 22050, 1, Quality.WindowedSinc32, (22018, 32)),
        (44100, 22050, 1, Quality.Linear, (22049, 0)),
        (48000, 22050, 5, Quality.WindowedSinc32, (110221, 29)),
        (48000, 22050, 5, Quality.WindowedSinc, (110204, 45)),
        (44100, 48000, 5, Quality.WindowedSinc32, (239930, 69)),
        (44100, 48000, 5, Quality.Linear, (239999, 1)),
        (8000, 44100, 5, Quality.WindowedSinc32, (220147, 352)),
        (8000, 44100, 5, Quality.WindowedSinc, (219949, 551)),
        (44100, 12345.67, 5, Quality.WindowedSinc32, (61710, 18)),
        (44100, 44100, 5, Quality.WindowedSinc32, (220436, 64)),
    ],
)
def test_sr6_sr7_lengths_are_those_of_pedalboard(
    source: float, target: float, seconds: int, quality: Quality, frames: tuple[int, int]
) -> None:
    resampler = StreamResampler(source, target, 1, quality)
    samples = np.zeros(int(source) * seconds if seconds > 1 else 44100, np.float32)
    assert (resampler.process(samples).shape[1], resampler.process().shape[1]) == frames


@pytest.mark.parametrize("quality", [Quality.ZeroOrderHold, Quality.Lagrange, Quality.WindowedSinc32])
@pytest.mark.parametrize(("source", "target"), RATES)
@pytest.mark.parametrize("chunk", [1, 4, 256, 8192])
def test_sr8_cutting_changes_nothing(source: float, target: float, quality: Quality, chunk: int) -> None:
    samples = sine(source, 0.05)
    resampler = StreamResampler(source, target, 2, quality)
    parts = [resampler.process(samples[:, at : at + chunk]) for at in range(0, samples.shape[1], chunk)]
    parts.append(resampler.process())
    assert np.array_equal(np.concatenate(parts, axis=1), converted(samples, source, target, quality))


@pytest.mark.parametrize("quality", Quality)
@pytest.mark.parametrize(("source", "target"), RATES)
def test_sr17_accuracy(source: float, target: float, quality: Quality) -> None:
    got = converted(sine(source, 0.5), source, target, quality)
    expected = sine(target, 0.5)[:, : got.shape[1]]
    allowed = {Quality.ZeroOrderHold: 0.08, Quality.Linear: 0.08}.get(quality, 0.03)
    assert np.abs(got[:, : expected.shape[1]] - expected).max() < allowed


def test_sr10_sr11_sr12_layouts() -> None:
    def shapes(*inputs: Any, channels: int = 2) -> list[tuple[int, ...]]:
        resampler = StreamResampler(44100, 22050, channels, Quality.Linear)
        return [resampler.process(value).shape for value in inputs]

    def zeros(*shape: int) -> np.ndarray[Any, Any]:
        return np.zeros(shape, np.float32)

    assert shapes(zeros(2, 1000), None, None) == [(2, 499), (2, 0), (2, 0)]
    assert shapes(zeros(1000, 2), None) == [(499, 2), (0, 2)]
    assert shapes(zeros(1000, 2), zeros(2, 1000)) == [(499, 2), (500, 2)]
    assert shapes(zeros(1000), None, channels=1) == [(1, 499), (1, 0)]
    assert shapes(zeros(1000, 1), zeros(1, 1000), None, channels=1) == [(499, 1), (500, 1), (0, 1)]
    assert shapes([0.0] * 100, None, channels=1) == [(1, 49), (1, 0)]
    assert shapes([[0.0] * 100] * 2) == [(2, 49)]
    assert shapes(zeros(2, 0), zeros(2, 100)) == [(2, 0), (2, 49)]
    assert shapes(zeros(0, 2), zeros(100, 2)) == [(0, 2), (49, 2)]
    assert shapes(zeros(2, 2), zeros(2, 100)) == [(2, 0), (2, 50)]
    assert shapes(None) == [(2, 0)]
    for wrong in ((zeros(2, 1000), zeros(1000, 2)), (zeros(1000),), (zeros(3, 100),), (zeros(100, 3),)):
        with pytest.raises(ValueError, match="Expected 2-channel input, but was provided a buffer with"):
            shapes(*wrong)
    for dimensions in ((), (2, 2, 2)):
        with pytest.raises(RuntimeError, match="must be 1 or 2"):
            shapes(zeros(*dimensions))


def test_sr10_layouts_do_not_change_the_samples() -> None:
    samples = sine(44100, 0.1)
    planar, interleaved = (StreamResampler(44100, 48000, 2) for _ in range(2))
    for part in np.array_split(samples, 5, axis=1):
        assert np.array_equal(planar.process(part), interleaved.process(part.T).T)
    assert np.array_equal(planar.process(), interleaved.process().T)


def test_sr10_only_what_fits_float32_is_taken() -> None:
    resampler = StreamResampler(44100, 22050, 2)
    for dtype in ("int8", "uint8", "int16", "bool", "float16", ">f4"):
        resampler.process(np.zeros((2, 10), dtype))
    for dtype in ("float64", "int64", "int32", "complex64"):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            resampler.process(np.zeros((2, 10), dtype))
    for nonsense in ("abc", {}, [[1.0], [2.0, 3.0]]):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            resampler.process(nonsense)  # type: ignore[arg-type]


def test_sr1_sr13_sr15_arguments() -> None:
    for wrong in ((0, 44100, 1), (44100, 0, 1), (44100, -1, 1), (-1, 44100, 1), (44100, 48000, 0), (44100, 48000, -1),
                  (float("nan"), 44100, 1), (44100, float("inf"), 1)):  # fmt: skip
        with pytest.raises(ValueError):
            StreamResampler(*wrong)
    for nonsense in (("44100", 48000, 1), (44100, 48000, 1.0), (44100, 48000, 1, "Linear"), (44100,), ()):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            StreamResampler(*nonsense)  # type: ignore[arg-type]
    resampler: Any = StreamResampler(44100, 12345.67, 3)
    facts = (resampler.source_sample_rate, resampler.target_sample_rate, resampler.num_channels)
    assert facts == (44100, 12345.67, 3) and type(facts[0]) is int
    for name in ("source_sample_rate", "quality", "input_latency"):
        with pytest.raises(AttributeError):
            setattr(resampler, name, 3)


@pytest.mark.parametrize("quality", [Quality.Linear, Quality.WindowedSinc, Quality.WindowedSinc32])
@pytest.mark.parametrize("target", [8000, 22050, 44100, 48000, 12345.67, 96000])
@pytest.mark.parametrize("chunk", [1, 4, 5, 10, 100, 1000, 10**9])
def test_rs1_rs2_rs3_rs5_the_file_is_the_stream(wav: str, target: float, quality: Quality, chunk: int) -> None:
    with AudioFile(wav) as file:
        expected = converted(file.read(file.frames), 44100, target, quality)
        with ResampledReadableAudioFile(file, target, quality) as view:
            parts, total = [], 0
            while view.tell() < view.frames:
                parts.append(view.read(chunk))
                total += parts[-1].shape[1]
                assert view.tell() == total
            assert view.read(chunk).shape == (2, 0)
            assert view.frames == expected.shape[1]
    got = np.concatenate(parts, axis=1)
    assert got.dtype == np.float32 and np.array_equal(got, expected)


@pytest.mark.parametrize("target", [8000, 48000, 12345.67])
@pytest.mark.parametrize("quality", Quality)
def test_rs4_seeks_are_exact(wav: str, target: float, quality: Quality) -> None:
    with AudioFile(wav) as file, ResampledReadableAudioFile(file, target, quality) as view:
        whole = view.read(view.frames)
        for position in np.random.default_rng(1).integers(0, view.frames, 40):
            view.seek(int(position))
            assert view.tell() == position
            assert np.array_equal(view.read(100), whole[:, position : position + 100])
        view.seek(-5)
        assert view.tell() == 0
        for behind in (0, 1, 10):
            view.seek(view.frames + behind)
            assert view.tell() == view.frames and view.read(5).shape == (2, 0)
        with pytest.raises(ValueError, match="beyond end of file"):
            view.seek(view.frames * 10)
        for nonsense in (2.0, None):
            with pytest.raises(TypeError):
                view.seek(nonsense)  # type: ignore[arg-type]


def test_rs1_frame_counts(wav: str) -> None:
    with AudioFile(wav) as file, file.resampled_to(8000) as view:
        for wrong in (0, -1, 2.5, float("nan")):
            with pytest.raises(ValueError):
                view.read(wrong)
        with pytest.raises(TypeError):
            view.read(None)  # type: ignore[arg-type]
        assert view.tell() == 0
        assert view.read(10**12).shape == (2, view.frames)


def test_rs6_properties(wav: str) -> None:
    with AudioFile(wav) as file, file.resampled_to(12345.67, Quality.WindowedSinc8) as view:
        assert isinstance(view, ResampledReadableAudioFile)
        assert view.samplerate == 12345.67 and view.num_channels == 2
        assert (view.duration, view.file_dtype, view.name) == (file.duration, "float32", wav)
        assert view.exact_duration_known and view.resampling_quality is Quality.WindowedSinc8
        assert type(file.resampled_to(8000.0).samplerate) is int
        assert repr(view) == (
            f'<ondes.io.ResampledReadableAudioFile filename="{wav}" samplerate=12345.67 num_channels=2 '
            f"frames={view.frames} file_dtype=float32 at {id(view):#x}>"
        )


def test_rs7_closing(wav: str) -> None:
    file = AudioFile(wav)
    view, other = (ResampledReadableAudioFile(file, 8000) for _ in range(2))
    view.close()
    view.close()
    assert view.closed and not file.closed and not view.seekable()
    for call in (view.read, view.seek):
        with pytest.raises(RuntimeError, match=r"I/O operation on a closed file\."):
            call(1)
    assert other.read(10).shape == (2, 10)
    file.close()
    assert other.closed and other.tell() == 10
    for call in (other.read, other.seek):
        with pytest.raises(RuntimeError, match=r"I/O operation on a closed file\."):
            call(1)


def test_r30_rs8_rs10_arguments(wav: str) -> None:
    with AudioFile(wav) as file:
        assert file.resampled_to(44100) is file
        assert ResampledReadableAudioFile(file, 44100).frames == file.frames
        for rate in (0, -1, float("nan"), float("inf")):
            with pytest.raises(ValueError):
                file.resampled_to(rate)
        for quality in ("Linear", 1, None):
            with pytest.raises(TypeError, match="incompatible function arguments"):
                file.resampled_to(8000, quality)  # type: ignore[arg-type]
        view = file.resampled_to(target_sample_rate=8000, quality=Quality.Linear)
        assert not hasattr(view, "read_raw") and not hasattr(view, "resampled_to")
        with pytest.raises(TypeError, match="incompatible function arguments"):
            ResampledReadableAudioFile(view, 16000)  # type: ignore[arg-type]


def test_rs9_the_file_keeps_its_position(wav: str) -> None:
    with AudioFile(wav) as file, ResampledReadableAudioFile(file, 8000) as view:
        whole, other = file.read(file.frames), view.read(view.frames)
        file.seek(0)
        view.seek(0)
        for at in range(0, 1000, 100):
            assert np.array_equal(file.read(100), whole[:, at : at + 100])
            assert np.array_equal(view.read(100), other[:, at : at + 100])
            assert (file.tell(), view.tell()) == (at + 100, at + 100)


@pytest.mark.parametrize("name", ["mp3/vbr_no_tag.mp3", "mp3/truncated.mp3", "mp3/reservoir_32_mono.mp3"])
@pytest.mark.parametrize("chunk", [777, 10**6])
def test_rs11_estimated_lengths(data: Path, name: str, chunk: int) -> None:
    with open(data / name, "rb") as source, AudioFile(source) as file, file.resampled_to(22050) as view:
        assert not view.exact_duration_known
        total = 0
        while view.tell() < view.frames or not view.exact_duration_known:
            total += view.read(chunk).shape[1]
        assert total == view.frames
        assert abs(total - file.frames * 22050 / file.samplerate) <= 1
        with AudioFile((data / name).read_bytes()) as again:
            assert again.frames == file.frames


def test_rs12_the_view_keeps_the_file_alive(wav: str) -> None:
    with AudioFile(wav).resampled_to(8000) as view:
        gc.collect()
        assert view.read(100).shape == (2, 100)
