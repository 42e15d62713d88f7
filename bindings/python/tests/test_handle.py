"""Objects of the library have one owner from their first moment on, whatever interrupts."""

from __future__ import annotations

import gc
import io
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ondes
from ondes import _handle, exceptions
from ondes.io import AudioFile


class Interrupted(BaseException):
    """What Ctrl-C would raise."""


def interrupt(_: int, __: object) -> None:
    raise Interrupted


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals come to the main thread")
@pytest.mark.skipif(
    sys.version_info < (3, 10),
    reason="Python 3.9 looks for signals between a with statement's last line and its exit, too (bpo-29988): "
    "once in a thousand interruptions of such a loop the lock is not released, and the file stays busy",
)
def test_a_signal_at_any_time_leaves_a_file_that_can_be_used(data: Path) -> None:
    before = signal.signal(signal.SIGALRM, interrupt)
    pause = random.Random(0)
    interrupted = 0
    try:
        with AudioFile(str(data / "wav/s16.wav")) as file:
            expected = file.read(64)
            for _ in range(1000):
                try:
                    signal.setitimer(signal.ITIMER_REAL, pause.uniform(20e-6, 120e-6))
                    while True:
                        file.seek(0)
                        file.read(64)
                except Interrupted:  # noqa: PERF203  # that is the test
                    interrupted += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            file.seek(0)
            assert np.array_equal(file.read(64), expected)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted == 1000


CALLS: dict[str, Callable[[Path], object]] = {
    "load": ondes.load,
    "info": ondes.info,
    "AudioFile": lambda path: AudioFile(str(path)).close(),
    "resampled": lambda path: AudioFile(str(path)).resampled_to(12345).close(),
    "write": lambda path: ondes.save(path.parent / "new.wav", np.zeros((1, 9), np.float32), 8000),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts in /proc")
@pytest.mark.parametrize("name", CALLS)
def test_an_interruption_between_any_two_instructions_leaks_no_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ondes.save(path, np.zeros((1, 9), np.float32), 8000)
    work = CALLS[name]
    work(path)
    gc.collect()
    files = len(os.listdir("/proc/self/fd"))
    count, ended = 0, False
    while not ended:
        count += 1
        ended = interrupted_at(count, lambda: work(path))
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == files
    assert count > 100


def interrupted_at(count: int, work: Callable[[], object]) -> bool:
    """Interrupts work before so many instructions of the package; tells whether it was done before."""
    left = count

    def trace(frame: Any, event: str, _: object) -> Any:
        nonlocal left
        # What ends an object cannot be interrupted for good: Python only tells of it on stderr.
        if "ondes" not in Path(frame.f_code.co_filename).parts or frame.f_code.co_name in ("__del__", "_release"):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if not left:
                raise Interrupted
        return trace

    tracing = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except (Interrupted, exceptions.BusyError):
        pass  # busy: tracing interrupts also where signals cannot, as between taking a lock and being within
    finally:
        sys.settrace(tracing)
    return left > 0


def test_a_second_thread_is_told_that_an_object_is_in_use() -> None:
    handle = _handle.Handle("AudioFile", None, lambda _: None)
    with handle.use(), pytest.raises(exceptions.BusyError, match="Another thread is currently using this AudioFile"):
        handle.use()
    with handle.use(), pytest.raises(exceptions.ClosedError):
        _ = handle.pointer


def test_callbacks_of_others_are_no_failures_of_ours(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import ctypes

    @ctypes.CFUNCTYPE(ctypes.c_int)
    def broken() -> int:
        raise LookupError("of another package")

    class File(io.BytesIO):
        getbuffer = None  # type: ignore[assignment]  # so that its methods are called

        def read(self, size: int | None = -1, /) -> bytes:
            broken()
            return super().read(size)

    told: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, lambda unraisable: told.append(unraisable.exc_type)
    try:
        samples, _ = ondes.load(File((data / "wav/s16.wav").read_bytes()))
    finally:
        sys.unraisablehook = before
    assert samples.shape[1]
    assert told
    assert set(told) == {LookupError}


@pytest.mark.parametrize(("method", "answer"), [("tell", None), ("tell", "5")])
def test_numbers_of_a_file_object_are_whole(method: str, answer: object, data: Path) -> None:
    class File(io.BufferedReader):
        pass

    setattr(File, method, lambda *_: answer)
    with File(io.FileIO(data / "wav/s16.wav")) as file, pytest.raises(TypeError, match=rf"^{method}\(\) of a file"):
        ondes.load(file)


def test_numbers_of_numpy_are_numbers(data: Path) -> None:
    class File(io.BufferedReader):
        def tell(self) -> Any:
            return np.int64(super().tell())

        def seek(self, *to: int) -> Any:
            return np.int64(super().seek(*to))

    path = data / "wav/s16.wav"
    with File(io.FileIO(path)) as file:
        assert np.array_equal(ondes.load(file)[0], ondes.load(path)[0])


def test_a_buffer_in_fortran_order_is_refused(data: Path) -> None:
    content = (data / "wav/s16.wav").read_bytes()
    scrambled = np.frombuffer(content[: len(content) // 2 * 2], np.uint8).reshape(2, -1).T
    with pytest.raises(ValueError, match="contiguous, in C order"):
        ondes.load(scrambled)


@pytest.mark.parametrize("opened", [ondes.load, AudioFile, ondes.info])
def test_bytes_that_are_no_audio_can_be_changed_by_who_catches_the_error(opened: Callable[[Any], object]) -> None:
    content = io.BytesIO(b"no audio" * 100)
    try:
        opened(content)
    except ValueError:
        content.truncate(8)
    assert content.getvalue() == b"no audio"


def test_no_type_is_no_type(data: Path) -> None:
    with pytest.raises(TypeError, match="dtype None is no sample format"):
        ondes.load(data / "wav/s16.wav", dtype=None)  # type: ignore[arg-type]
