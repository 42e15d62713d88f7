"""AudioStream: Ctrl-C, ends of programs, and what thousands of streams leave behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ondes.io import AudioStream

posix = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts in /proc")

BEGIN = """
import numpy as np, ondes, threading, time
from ondes.io import AudioStream
long = np.zeros((2, 48000 * 60), np.float32)
def ready():
    print("ready", flush=True)
def later(call):
    try:
        threading.Timer(0.2, ready).start()
        call()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@posix
@pytest.mark.parametrize(
    "call",
    [
        'later(lambda: ondes.play(long, 48000, "null"))',
        'later(lambda: ondes.record(60, device="null"))',
        'later(lambda: AudioStream.play(long, 48000, "null"))',
        'later(lambda: AudioStream(None, "null").write(long, 48000))',
        'later(lambda: AudioStream("null").read(48000 * 60))',
        'later(AudioStream("null", "null").run)',
        'later(AudioStream("null", "null", plugins=lambda s, r: s * 0.5).run)',
        'with AudioStream(None, "null") as s: later(lambda: s.write(long, 48000))',
        'with AudioStream("null") as s: later(lambda: s.read(48000 * 60))',
        """
s = AudioStream(None, "null", buffer_size=65536)
s.__enter__()
s.write(long[:, :60000], 48000)
later(lambda: s.__exit__(None, None, None))
""",
    ],
)
def test_ctrl_c_ends_every_call_that_waits(call: str) -> None:
    with subprocess.Popen([sys.executable, "-c", BEGIN + call], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=40)  # the calls would go on for a minute or for ever
        finally:
            process.kill()
        assert rest == "interrupted\n"
        assert process.returncode == 0


@pytest.mark.parametrize(
    "program",
    [
        'AudioStream("null", "null", plugins=lambda s, r: s).__enter__()',
        's = AudioStream("null", "null", plugins=lambda s, r: s); s.__enter__(); time.sleep(0.1)',
        's = AudioStream(None, "null"); s.__enter__(); s.write(long[:, :5000], 48000)',
        's = AudioStream("null"); s.__enter__(); threading.Thread(target=s.read, args=(10**7,), daemon=True).start()',
    ],
)
def test_a_program_that_closes_nothing_ends(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN + program], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr


@linux
def test_an_object_that_nobody_has_stops() -> None:
    before = _counts()
    for _ in range(5):
        stream = AudioStream("null", "null", [lambda samples, rate: samples])
        stream.__enter__()
        stream.plugins.append(stream.plugins)  # a cycle
        del stream.plugins[1]
    del stream
    gc.collect()
    end = time.monotonic() + 60
    while any(now > then for now, then in zip(_counts()[1:], before[1:])):
        assert time.monotonic() < end, (before, _counts())
        time.sleep(0.02)


@linux
def test_hundreds_of_streams_leave_nothing_behind() -> None:
    def work(times: int) -> None:
        for _ in range(times):
            with AudioStream("loopback", "loopback", [lambda samples, rate: samples], buffer_size=64):
                pass
            with AudioStream("null") as stream:
                stream.read(16)
            AudioStream(None, "null").write(np.zeros((2, 16)), 48000)
            with pytest.raises(ValueError):
                AudioStream("Gramophone")
            with pytest.raises(RuntimeError), AudioStream("null:lost=0.001") as stream:
                while True:
                    stream.read(1000)
        gc.collect()

    work(30)
    before = _counts()
    work(100)
    after = _counts()
    assert after[0] - before[0] < 2000, f"{after[0] - before[0]} kB more"
    assert all(now <= then for now, then in zip(after[1:], before[1:])), f"{before} {after}: descriptors, threads"


def _counts() -> tuple[int, int, int]:
    """Kilobytes, descriptors and threads of this process."""
    status = Path("/proc/self/status").read_text()
    memory, threads = (int(status.split(name)[1].split()[0]) for name in ("VmRSS:", "Threads:"))
    return memory, len(os.listdir("/proc/self/fd")), threads


FORKED = """
import os, sys
def forked(child):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        child()
        sys.exit(0)  # with all that Python does at its end
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
def refused(stream):
    assert not stream.running
    for call in (stream.__enter__, lambda: stream.read(1) if stream.num_input_channels else stream.write(long, 48000)):
        try:
            call()
        except RuntimeError as error:
            assert "forked" in str(error), error
        else:
            raise AssertionError
    stream.close()
"""


@posix
@pytest.mark.parametrize(
    "program",
    [
        # The child does nothing about it, uses it, or drops it.
        """
with AudioStream("null") as s:
    forked(lambda: None)
    assert s.read(4800).shape == (1, 4800)
""",
        """
with AudioStream("null") as s:
    forked(lambda: refused(s))
    assert s.read(4800).shape == (1, 4800)
""",
        """
s = AudioStream("null")
s.__enter__()
def drop():
    global s
    del s
forked(drop)
assert s.read(4800).shape == (1, 4800)
""",
        # A thread of the parent's is in the middle of a call.
        """
s = AudioStream(None, "null")
s.__enter__()
s._stream.write(long[:, :10000])
thread = threading.Thread(target=s._stream.drain)
thread.start()
forked(lambda: refused(s))
thread.join()
""",
        # One that runs plugins.
        """
s = AudioStream("null", "null", [lambda samples, rate: samples])
s.__enter__()
forked(s.close)
assert s.running
""",
    ],
)
def test_a_forked_child_leaves_the_stream_alone(program: str) -> None:
    # Python 3.12 and later warn of a fork beside threads, which is what is tried here.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", BEGIN + FORKED + program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@posix
def test_forked_workers_leave_the_stream_alone() -> None:
    program = """
import multiprocessing
def work(n):
    with AudioStream("null") as own:
        return own.read(n).shape[1]
with AudioStream("null") as s:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, [100, 200, 300]) == [100, 200, 300]
    assert s.running and s.read(4800).shape == (1, 4800)
"""
    done = subprocess.run([sys.executable, "-c", BEGIN + program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
