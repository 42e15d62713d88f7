"""Threads, Ctrl-C, forks and leaks around ``ondes.io``."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ondes.exceptions import BusyError
from ondes.io import AudioFile, StreamResampler


class Gate(io.BytesIO):
    """A file object that stops inside a call until it is let go."""

    def __init__(self, content: bytes = b"") -> None:
        super().__init__(content)
        self.inside, self.go, self.armed = threading.Event(), threading.Event(), False

    getbuffer = property()  # type: ignore[assignment]  # so that it is read through its methods

    def _wait(self) -> None:
        if self.armed:
            self.inside.set()
            self.go.wait(10)

    def read(self, size: int | None = -1) -> bytes:
        self._wait()
        return super().read(size)

    def write(self, content: Any) -> int:
        self._wait()
        return super().write(content)


def held(gate: Gate, work: Callable[[], object], others: Callable[[], None]) -> None:
    """Calls ``others`` while ``work`` is inside the gate."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    gate.armed = True
    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert gate.inside.wait(10)
        others()
    finally:
        gate.armed = False
        gate.go.set()
        thread.join(10)
    assert not thread.is_alive() and not failures


@pytest.mark.parametrize(
    "name",
    [
        "wav/u8_known_100003.wav",
        "flac/s16_known_100003.flac",
        "mp3/cbr_128_known_100003.mp3",
        "ogg/vorbis_q5_known_100003.ogg",
    ],
)
def test_r11_r31_a_second_reader_is_told(data: Path, name: str) -> None:
    gate = Gate((data / name).read_bytes())
    file = AudioFile(gate)
    view = file.resampled_to(8000)

    def others() -> None:
        calls: list[Callable[[], object]] = [
            lambda: file.read(1), lambda: file.read_raw(1), lambda: file.seek(0), file.close, lambda: view.read(1),
            lambda: view.seek(0), lambda: file.resampled_to(16000),
        ]  # fmt: skip
        for call in calls:
            with pytest.raises(RuntimeError, match="thread"):
                call()
        assert not file.closed and file.tell() == 0
        assert file.samplerate == 44100 and file.num_channels > 0 and file.frames > 0
        assert repr(file)

    held(gate, lambda: file.read(10**6), others)
    assert file.tell() == file.frames
    file.close()


@pytest.mark.parametrize("format", ["wav", "aiff", "flac", "ogg", "mp3"])
def test_w33_a_second_writer_is_told(format: str) -> None:
    gate = Gate()
    noise = (np.random.default_rng(1).standard_normal((2, 1_000_000)) * 0.1).astype(np.float32)
    out = AudioFile(gate, "w", 44100, 2, format=format)

    def others() -> None:
        for call in (lambda: out.write(noise), out.flush, out.close):
            with pytest.raises(RuntimeError, match="thread"):
                call()
        assert not out.closed and out.tell() == 0
        assert out.samplerate == 44100

    held(gate, lambda: out.write(noise), others)
    out.close()
    assert out.frames == 1_000_000


@pytest.mark.parametrize("source", ["path", "memory", "file"])
def test_r31_many_threads_neither_hang_nor_crash(data: Path, source: str) -> None:
    path = data / "flac/s16_known_100003.flac"
    given: Any = {"path": str(path), "memory": memoryview(path.read_bytes()), "file": open(path, "rb")}[source]  # noqa: SIM115
    file = AudioFile(given)
    total, unexpected = [], []

    def run() -> None:
        while True:
            try:
                got = file.read(997).shape[1]
            except RuntimeError as failure:
                if "thread" not in str(failure):
                    unexpected.append(failure)
                    return
                continue
            total.append(got)
            if not got:
                return

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert not unexpected
    assert sum(total) == file.frames == file.tell()
    file.close()


def test_closing_while_others_read(data: Path) -> None:
    for _ in range(50):
        file = AudioFile(str(data / "flac/s16_known_100003.flac"))

        def run(file: Any = file) -> None:
            try:
                while file.read(500).size:
                    pass
            except RuntimeError:
                pass

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        while not file.closed:
            with suppress(BusyError):
                file.close()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


def test_sr16_a_resampler_may_be_shared() -> None:
    resampler = StreamResampler(44100, 48000, 1)
    part = np.zeros(4410, np.float32)
    frames: list[int] = []

    def run() -> None:
        frames.extend(resampler.process(part).shape[1] for _ in range(50))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(frames) + resampler.process().shape[1] == pytest.approx(4800 * 200, abs=1)


def test_r32_other_threads_run_meanwhile(tmp_path: Path) -> None:
    path = str(tmp_path / "a.flac")
    with AudioFile(path, "w", 44100, 2) as out:
        out.write((np.random.default_rng(1).standard_normal((2, 3_000_000)) * 0.1).astype(np.float32))
    counted, done = [0], threading.Event()

    def count() -> None:
        while not done.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    with AudioFile(path) as file:
        before = counted[0]
        started = time.perf_counter()
        while file.read(500_000).size:
            pass
        passed = time.perf_counter() - started
    got = counted[0] - before
    done.set()
    thread.join()
    assert got > passed * 1000 / 20


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers")
@pytest.mark.parametrize("what", ["read", "read a part", "resampled", "write", "encode"])
def test_ctrl_c_ends_long_calls(tmp_path: Path, what: str) -> None:
    noise = np.tile((np.random.default_rng(1).standard_normal((2, 44100)) * 0.1).astype(np.float32), 200)
    path = str(tmp_path / "a.mp3" if what == "write" else tmp_path / "a.flac")
    out = AudioFile(path, "w", 44100, 2, quality="V0" if what == "write" else "0")
    if what != "write":
        out.write(noise)
        out.close()
    file = None if what == "write" else AudioFile(path)

    def work() -> None:
        while True:
            if what == "write":
                out.write(noise)
            elif what == "encode":
                AudioFile.encode(noise, 44100, "mp3", 2)
            elif what == "resampled":
                assert file is not None
                file.resampled_to(96000).read(10**9)
            else:
                assert file is not None
                file.seek(0)
                file.read(10**9 if what == "read" else file.frames - 1)

    # Again and again, as people press it: Python swallows what comes while it runs a finalizer.
    signal.setitimer(signal.ITIMER_REAL, 0.3, 2)
    previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):  # or it would go on for ever
            work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    if file is not None:
        # It can go on.
        file.seek(5)
        assert file.read(10).shape == (2, 10)
        file.close()
    else:
        out.close()
        with AudioFile(path) as written:
            assert written.frames == out.frames


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_opens_files_of_its_own(data: Path) -> None:
    path = str(data / "flac/s16_known_100003.flac")
    with AudioFile(path) as file:
        expected = file.read(file.frames)
    child = os.fork()
    if not child:
        with AudioFile(path) as file:
            os._exit(0 if np.array_equal(file.read(file.frames), expected) else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_leaks(data: Path) -> None:
    def resident() -> int:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    contents = {name: (data / name).read_bytes() for name in ("wav/s16.wav", "mp3/short_100.mp3", "flac/s24.flac")}
    samples = np.zeros((2, 1000), np.float32)

    def round_of_work() -> None:
        for name, content in contents.items():
            for source in (str(data / name), content, io.BytesIO(content)):
                file = AudioFile(source)
                file.read(1000)
                with file.resampled_to(8000) as view:
                    view.read(10)
            with open(data / name, "rb") as source:
                AudioFile(source).read(10)
            with pytest.raises(ValueError):
                AudioFile(content[:3])
        for format in ("wav", "flac", "mp3"):
            out = AudioFile(io.BytesIO(), "w", 44100, 2, format=format)
            out.write(samples)
            AudioFile.encode(samples, 44100, format, 2)
            StreamResampler(44100, 48000, 2).process(samples)

    for _ in range(30):
        round_of_work()
    memory, files = resident(), len(os.listdir("/proc/self/fd"))
    for _ in range(120):
        round_of_work()
    assert len(os.listdir("/proc/self/fd")) <= files
    assert resident() - memory < 6_000_000
