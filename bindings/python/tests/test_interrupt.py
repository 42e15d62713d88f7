"""Ctrl-C: a real SIGINT ends long work at once, with KeyboardInterrupt and nothing left behind."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

# Each program prints "ready" and then works for much longer than the test waits. None leaves an open file to the
# interpreter: CPython swallows what a signal handler raises while it closes one (iobase_finalize), and Ctrl-C with it.
BEGIN = """
import io, os, sys, threading, time
import numpy as np
import ondes

folder = sys.argv[1]
long, short = folder + "/long.flac", folder + "/short.wav"

def native_threads():
    return int(open("/proc/self/status").read().split("Threads:")[1].split()[0]) if os.path.exists("/proc") else 1

threads = native_threads()
try:
    print("ready", flush=True)
"""
END = """
except KeyboardInterrupt:
    deadline = time.monotonic() + 2
    while native_threads() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert native_threads() <= threads, "threads are left"
    assert len(ondes.load(short)[0]) == 2, "the library can be used as before"
    print("interrupted", *sorted(set(os.listdir(folder)) - {"long.flac", "short.wav"}), flush=True)
"""

WORK = {
    "load": "for _ in range(10**6): ondes.load(long, sample_rate=44101)",
    "load in one thread": "for _ in range(10**6): ondes.load(long, sample_rate=44101, threads=1)",
    "load into memory": """
out = np.empty((2, 30_000_000), np.float32)
for _ in range(10**6): ondes.load(long, sample_rate=44101, out=out)""",
    "a file object": """
for _ in range(10**6):
    with open(long, "rb") as file: ondes.load(file)""",
    "a file object that waits": """
class Slow:
    def __init__(self): self.file = open(long, "rb")
    def read(self, size): time.sleep(0.02); return self.file.read(min(size, 2000))
ondes.load(Slow())""",
    "load_batch": "ondes.load_batch([long] * 1000, mono=True, stop=1000000, sample_rate=44101)",
    "load_batch, padded": """
for _ in range(10**6): ondes.load_batch([long] * 50, mono=True, padded=True, length=1000, start=1000000)""",
    "load_batch of long files": "ondes.load_batch([long] * 50, sample_rate=44101, mono=True)",
    "iter_batch": "for _ in ondes.iter_batch([long] * 1000, sample_rate=44101): pass",
    "iter_batch of file objects": """
with open(long, "rb") as file: data = file.read()
class File:
    def __init__(self): self.position = 0
    def read(self, size):
        self.position += size
        return data[self.position - size : self.position]
for _ in ondes.iter_batch(File() for _ in range(1000)): pass""",
    "transcode": "for _ in range(1000): ondes.transcode(long, folder + '/new.flac', sample_rate=44101)",
    "transcode of file objects": """
for _ in range(1000):
    with open(long, "rb") as file: ondes.transcode(file, io.BytesIO(), format="wav")""",
    "save": """
clip = np.random.default_rng(0).integers(-9999, 9999, (2, 10_000_000), np.int16)
for _ in range(1000): ondes.save(folder + "/new.flac", clip, 44100)""",
    "a checksum": """
from ondes._reader import Reader
with Reader(long) as reader:
    for _ in range(10**6): reader.verify()""",
    "the checksum of a file object": """
from ondes._reader import Reader
with open(long, "rb") as file, Reader(file) as reader:
    for _ in range(10**6): reader.verify()""",
    "resample": """
clip = np.zeros((2, 20_000_000), np.float32)
for _ in range(1000): ondes.resample(clip, 44100, 44101, "best")""",
}


@pytest.fixture(scope="module")
def folder(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long file and a short one."""
    import numpy as np

    import ondes

    folder = tmp_path_factory.mktemp("interrupt")
    music, rate = ondes.load(data / "source/music.flac", dtype="int16")
    ondes.save(folder / "long.flac", np.tile(music, (1, 120)), rate)
    (folder / "short.wav").write_bytes((data / "wav/s16.wav").read_bytes())
    return folder


def interrupted(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What is printed after Ctrl-C: the work would go on for minutes.

    Python swallows what a signal handler raises while it runs a finalizer, and says so. People press it again then.
    """
    for _ in range(6):
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            continue
        swallowed = r"Exception ignored .*__del__.*\n(?:[ T].*\n)*KeyboardInterrupt: ?\n"
        return out, re.sub(swallowed, "", err)
    raise AssertionError("no signal ended it")


@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("wait", [0.15, 0.4])
def test_a_signal_ends_it_at_once(folder: Path, name: str, wait: float) -> None:
    lines = "\n".join("    " + line for line in WORK[name].strip().splitlines())
    arguments = [sys.executable, "-c", BEGIN + lines + END, str(folder)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            time.sleep(wait)
            out, err = interrupted(process)
        finally:
            process.kill()
    assert out == "interrupted\n", (out, err)
    assert process.returncode == 0 and not err, err
