"""Many files: against one at a time, with damage, without an end, in and out of order, padded."""

from __future__ import annotations

import io
import itertools
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes

NAMES = [
    "wav/s16.wav",
    "source/music.flac",
    "flac/mono_speech_16k.flac",
    "aiff/s16.aiff",
    "mp3/cbr_128_known_100003.mp3",
]


@pytest.fixture
def paths(data: Path) -> list[Path]:
    return [data / name for name in NAMES]


class Stream:
    """A file object with nothing but what must be there; it may fail, and tells who read it."""

    def __init__(self, content: bytes, fails: bool = False) -> None:
        self._file = io.BytesIO(content)
        self._fails = fails
        self.threads: set[int] = set()

    def read(self, size: int) -> bytes:
        self.threads.add(threading.get_ident())
        if self._fails:
            raise LookupError("the cable is out")
        return self._file.read(size)


def same(loaded: Any, path: Path, **options: Any) -> bool:
    samples, rate = loaded
    expected, expected_rate = ondes.load(path, **options)
    return rate == expected_rate and np.array_equal(samples, expected)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_results_are_those_of_load_in_the_order_of_the_sources(paths: list[Path], workers: int) -> None:
    results = ondes.load_batch(paths * 4, workers=workers)
    assert [loaded.index for loaded in results] == list(range(20))
    assert [loaded.path for loaded in results] == [str(path) for path in paths * 4]
    assert all(same(loaded, path) for loaded, path in zip(results, paths * 4))
    options: dict[str, Any] = {"sample_rate": 8000, "mono": True, "offset": 0.01, "duration": 0.05, "dtype": "int16"}
    for loaded, path in zip(ondes.load_batch(paths, workers=workers, **options), paths):
        assert same(loaded, path, **options) and loaded.samples is not None and loaded.samples.shape[0] == 1


def test_sources_may_be_mixed_and_failures_stop_nothing(data: Path, paths: list[Path]) -> None:
    content = paths[1].read_bytes()
    good = Stream(content)
    file = open(paths[2], "rb")  # noqa: SIM115
    sources: list[Any] = [str(paths[0]), content, "nowhere.wav", io.BytesIO(content), good, Stream(content, fails=True)]
    sources += [memoryview(content), file, b"nonsense", data / "wav/truncated.wav"]
    results = ondes.load_batch(sources)
    failed = [loaded.index for loaded in results if loaded.error is not None]
    assert failed == [2, 5, 8]
    assert isinstance(results[2].error, FileNotFoundError) and results[2].path == "nowhere.wav"
    assert type(results[5].error) is LookupError and results[5].error.__context__ is None
    assert isinstance(results[8].error, ondes.exceptions.UnrecognizedError)
    assert all(results[n].samples is None for n in failed)
    for n in (1, 3, 4, 6):
        assert same(results[n], paths[1])
    assert same(results[7], paths[2]) and results[7].path == str(paths[2])
    assert "truncated" in results[9].warnings[0].message and results[9].samples is not None
    assert threading.get_ident() not in good.threads, "a worker reads it"
    with pytest.raises(LookupError, match="the cable is out"):
        _samples, _rate = results[5]
    with pytest.raises(FileNotFoundError):
        ondes.load_batch(sources[:4], on_error="raise")
    file.close()
    assert "error=" in repr(results[2]) and "(2, " in repr(results[0])


def test_what_cannot_be_is_named(paths: list[Path]) -> None:
    for source in (None, 5, [paths[0]]):
        with pytest.raises(TypeError, match="audio is read from"):
            ondes.load_batch([paths[0], source])
        with pytest.raises(TypeError, match="audio is read from"):
            list(ondes.iter_batch([source]))
    with pytest.raises(TypeError):
        ondes.load_batch(5)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="workers"):
        ondes.load_batch(paths, workers=-1)
    with pytest.raises(ValueError, match="on_error"):
        ondes.load_batch(paths, on_error="ignore")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="ahead"):
        ondes.iter_batch(paths, ahead=-1)
    with pytest.raises(ValueError, match="padded=True"):
        ondes.load_batch(paths, length=5)  # type: ignore[call-overload]
    assert ondes.load_batch([]) == [] and list(ondes.iter_batch([])) == []


@pytest.mark.parametrize("window", [{"stop": 0}, {"start": 7, "stop": 7}, {"start": 10**8}])
def test_empty_windows(paths: list[Path], window: dict[str, int]) -> None:
    for loaded, path in zip(ondes.load_batch(paths, **window), paths):  # type: ignore[arg-type]
        assert loaded.samples is not None and loaded.samples.shape == (ondes.info(path).channels, 0)


class TestPadded:
    """One array for all."""

    def test_zeros_follow_the_end(self, paths: list[Path]) -> None:
        batch = ondes.load_batch(paths, sample_rate=16000, mono=True, padded=True)
        expected = [ondes.load(path, sample_rate=16000, mono=True)[0] for path in paths]
        longest = max(samples.shape[1] for samples in expected)
        assert batch.samples.shape == (5, 1, longest) and batch.samples.dtype == np.float32
        assert batch.lengths.tolist() == [samples.shape[1] for samples in expected]
        assert batch.sample_rates.tolist() == [16000] * 5 and batch.errors == (None,) * 5
        for row, samples in zip(batch.samples, expected):
            assert np.array_equal(row[:, : samples.shape[1]], samples) and not row[:, samples.shape[1] :].any()

    def test_or_the_file_again(self, paths: list[Path]) -> None:
        batch = ondes.load_batch(paths, mono=True, padded=True, length=7000, padding="repeat", dtype="int16")
        for row, path in zip(batch.samples, paths):
            samples, _ = ondes.load(path, mono=True, dtype="int16")
            assert np.array_equal(row[0], np.resize(samples[0][: 7000 if len(samples[0]) >= 7000 else None], 7000))

    def test_channels_are_those_of_the_first(self, data: Path) -> None:
        sources: list[Any] = ["nowhere.wav", data / "wav/s16.wav", data / "source/speech.flac", Stream(b"")]
        batch = ondes.load_batch(sources, padded=True, length=100)
        assert batch.samples.shape == (4, 2, 100)
        assert isinstance(batch.errors[0], FileNotFoundError) and batch.errors[1] is None
        assert "gives 1 channel, the block has room for 2" in str(batch.errors[2])
        assert batch.lengths.tolist() == [0, 100, 0, 0] and not batch.samples[2].any()
        with pytest.raises(FileNotFoundError):
            ondes.load_batch(sources, padded=True, length=100, on_error="raise")
        with pytest.raises(ValueError, match="file objects"):
            ondes.load_batch([Stream(b"")], padded=True)
        assert ondes.load_batch([], padded=True).samples.shape == (0, 1, 0)


class TestIterated:
    """One after another, some ahead."""

    def test_in_order(self, paths: list[Path]) -> None:
        count = 0
        for loaded, path in zip(ondes.iter_batch(paths * 6), paths * 6):
            assert same(loaded, path) and loaded.index == count
            count += 1
        assert count == 30

    def test_as_they_are_ready(self, paths: list[Path]) -> None:
        results = list(ondes.iter_batch(paths * 6, in_order=False, workers=3))
        assert sorted(loaded.index for loaded in results) == list(range(30))
        assert all(same(loaded, (paths * 6)[loaded.index]) for loaded in results)

    def test_slow_ones_do_not_hold_up_others_where_order_does_not_count(self, paths: list[Path]) -> None:
        released = threading.Event()

        class Slow(Stream):
            def read(self, size: int) -> bytes:
                released.wait(10)
                return super().read(size)

        sources: list[Any] = [Slow(paths[1].read_bytes()), *[paths[0]] * 5]
        results = ondes.iter_batch(sources, in_order=False, workers=2, ahead=6)
        assert [next(results).index for _ in range(5)] == [1, 2, 3, 4, 5]
        released.set()
        assert next(results).index == 0

    def test_without_an_end_memory_and_look_ahead_are_bounded(self, paths: list[Path]) -> None:
        taken = 0

        def endless() -> Iterator[Any]:
            nonlocal taken
            for taken in itertools.count(1):
                yield paths[0] if taken % 2 else paths[0].read_bytes()

        results = ondes.iter_batch(endless(), ahead=4)
        for n in range(500):
            loaded = next(results)
            assert loaded.index == n and taken <= n + 5
        before = threading.active_count(), native_threads()
        results.close()
        assert native_threads() < before[1], "its workers are gone"
        with pytest.raises(StopIteration):
            next(results)

    def test_what_the_sources_raise_comes_after_the_results_before_it(self, paths: list[Path]) -> None:
        def failing() -> Iterator[Path]:
            yield from paths[:3]
            raise LookupError("the list ends here")

        results = ondes.iter_batch(failing())
        for path in paths[:3]:
            assert same(next(results), path)
        with pytest.raises(LookupError, match="the list ends here"):
            next(results)

    def test_failures_are_results_or_raised(self, paths: list[Path]) -> None:
        sources = [paths[0], "nowhere.wav", paths[0]]
        assert [loaded.error is None for loaded in ondes.iter_batch(sources)] == [True, False, True]
        results = ondes.iter_batch(sources, on_error="raise")
        next(results)
        with pytest.raises(FileNotFoundError, match="nowhere"):
            next(results)

    def test_a_generator_that_is_left_alone_ends_its_workers(self, paths: list[Path]) -> None:
        before = native_threads()
        for _ in range(20):
            results = ondes.iter_batch(paths * 3)
            next(results)
            del results
        assert native_threads() <= before


def native_threads() -> int:
    if not sys.platform.startswith("linux"):
        pytest.skip("threads are counted in /proc")
    status = Path("/proc/self/status").read_text()
    return int(status.split("Threads:")[1].split()[0])


def test_progress_counts(paths: list[Path]) -> None:
    seen: list[ondes.Progress] = []
    ondes.load_batch([*paths, "nowhere.wav"], progress=seen.append)
    last = seen[-1]
    assert (last.files, last.files_total, last.failed) == (6, 6, 1)
    assert last.frames == sum(ondes.load(path)[0].shape[1] for path in paths)
    assert last.seconds > 5 and last.bytes == sum(path.stat().st_size for path in paths)
    assert all(first.files <= second.files for first, second in zip(seen, seen[1:]))


def test_what_progress_raises_ends_the_batch(paths: list[Path]) -> None:
    told = 0

    def stop(progress: ondes.Progress) -> None:
        nonlocal told
        told += 1
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        ondes.load_batch(paths * 500, progress=stop)
    assert told == 1


@pytest.mark.parametrize("has_rich", [True, False])
def test_a_bar_on_stderr(
    paths: list[Path], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, has_rich: bool
) -> None:
    if has_rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.setitem(sys.modules, "rich", None)
        monkeypatch.setitem(sys.modules, "rich.console", None)
    ondes.load_batch([*paths * 3, "nowhere.wav"], progress=True)
    shown = capfd.readouterr()
    assert shown.out == "" and "16/16" in shown.err and "1 failed" in shown.err


def test_arrays_outlive_the_batch(paths: list[Path]) -> None:
    arrays = [loaded.samples for loaded in ondes.load_batch(paths)]
    for array, path in zip(arrays, paths):
        assert array is not None and array.flags.writeable and np.array_equal(array, ondes.load(path)[0])
        array += 1


def test_one_source_is_no_list(paths: list[Path]) -> None:
    for one in (str(paths[0]), paths[0], paths[0].read_bytes(), io.BytesIO(paths[0].read_bytes())):
        for function in (ondes.load_batch, ondes.iter_batch):
            with pytest.raises(TypeError, match="put it into a list"):
                function(one)  # type: ignore[operator]
