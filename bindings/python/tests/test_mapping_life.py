"""How long maps live, and who may use them: threads, forks, thousands of opens, buffered maps."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from workers import crop

import ondes
import ondes.io
from ondes.exceptions import BusyError
from ondes.mapping import ConvertedMap, ReadMap, WriteMap, copy_to, wavemap

SAMPLES = np.arange(200000, dtype="int16").reshape(-1, 2)
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    copy_to(SAMPLES, tmp_path / "a.wav", 8000)
    return tmp_path / "a.wav"


def maps_of(path: Path) -> int:
    return Path("/proc/self/maps").read_text().count(str(path))


@on_linux
def test_memory_lives_as_long_as_any_array_on_it(file: Path) -> None:
    mapped = wavemap(file)
    chain: Any = memoryview(np.asarray(mapped[1:])[::2].T[0].view("u2"))
    del mapped
    gc.collect()
    assert maps_of(file) == 1 and chain[1] == SAMPLES[3, 0]
    del chain
    assert maps_of(file) == 0


@on_linux
def test_a_mapped_file_is_not_written_anew(file: Path) -> None:
    mapped = wavemap(file)
    link = file.with_name("link.wav")
    os.link(file, link)
    for path in (file, link):
        with pytest.raises(BusyError, match=f"{path.name}: is mapped by this program"):
            ondes.io.AudioFile(path, "w", 8000)
    # What replaces the file leaves the map what it has.
    ondes.save(file, np.zeros((2, 10), "int16"), 8000)
    assert np.array_equal(mapped, SAMPLES)
    ondes.io.AudioFile(file, "w", 8000).close()
    part = mapped[5:6]
    del mapped
    gc.collect()
    with pytest.raises(BusyError):
        ondes.io.AudioFile(link, "w", 8000)
    del part
    gc.collect()
    with ondes.io.AudioFile(link, "w", 8000) as written:
        written.write(np.zeros((1, 3), "float32"))
    assert len(wavemap(link)) == 3


@on_linux
def test_copies_hold_no_file(file: Path) -> None:
    mapped = wavemap(file)
    kept = [mapped.copy(), mapped * 2, mapped[[1]], mapped.astype("f4"), mapped.sum(axis=0), ConvertedMap(file)[1:]]
    kept.append(wavemap(file, dtype="float32"))
    del mapped
    assert maps_of(file) == 0
    assert all(array.sample_rate == 8000 for array in kept)


@on_linux
def test_thousands_of_opens_leak_nothing(file: Path) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(3000):
        wavemap(file)[5]
        ConvertedMap(file, "float32")[3:5]
        with pytest.raises(ValueError):
            wavemap(Path(__file__))
    assert len(os.listdir("/proc/self/fd")) == descriptors and maps_of(file) == 0


def test_maps_make_no_cycles(file: Path) -> None:
    gc.disable()
    try:
        mapped = wavemap(file)
        gone = weakref.ref(mapped)
        del mapped
        assert gone() is None
    finally:
        gc.enable()


def test_threads_share_a_map(file: Path) -> None:
    mapped, view = wavemap(file), ConvertedMap(file, "float64")

    def look(seed: int) -> bool:
        random = np.random.default_rng(seed)
        good = True
        for start in random.integers(0, len(SAMPLES) - 500, 200):
            window = SAMPLES[start : start + 500]
            good &= np.array_equal(mapped[start : start + 500], window)
            good &= np.array_equal(view[start : start + 500], window / 32768)
        return good

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(8)))


def test_threads_write_their_own_frames(file: Path) -> None:
    view = ConvertedMap(file, "int16", "r+")

    def write(part: int) -> None:
        for frame in range(part * 100, part * 100 + 100):
            view[frame] = part

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert np.array_equal(wavemap(file)[:800, 0], np.repeat(np.arange(8), 100))


def test_closing_waits_for_calls_of_other_threads(file: Path) -> None:
    for _ in range(50):
        view = ConvertedMap(file, "float32")
        start = threading.Barrier(2)

        def read(view: ConvertedMap = view, start: threading.Barrier = start) -> None:
            start.wait()
            with contextlib.suppress(ondes.exceptions.ClosedError):
                for _ in range(20):
                    assert len(view[...]) == len(SAMPLES)

        thread = threading.Thread(target=read)
        thread.start()
        start.wait()
        view.close()
        thread.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_uses_the_maps_it_got(file: Path) -> None:
    shared, private = wavemap(file, "r+"), wavemap(file, "c")
    view, buffered = ConvertedMap(file, "float32"), wavemap(file, "r+", buffered=True)
    child = os.fork()
    if child == 0:
        try:
            buffered[0] = 99  # is the parent's to write
            private[1] = 99
            shared[2] = 77
            del buffered
            good = len(view[...]) == len(SAMPLES) and shared[3, 0] == SAMPLES[3, 0]
        except BaseException:
            good = False
        os._exit(0 if good else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0
    assert private[1].tolist() == SAMPLES[1].tolist() and shared[0].tolist() == SAMPLES[0].tolist()
    assert shared[2].tolist() == [77, 77] == view[2].astype("f8").__mul__(32768).tolist()


def test_a_spawned_process_opens_the_file_again(file: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(crop, (ConvertedMap(file), 7)) == SAMPLES[7:10].tolist()
        assert np.array_equal(pool.apply(np.asarray, (wavemap(file)[:5],)), SAMPLES[:5])


def test_buffered_maps(file: Path) -> None:
    before = file.read_bytes()
    mapped = ReadMap(file, "r+", buffered=True)
    mapped[0] = 5
    assert file.read_bytes() == before
    mapped.flush()
    assert wavemap(file)[0].tolist() == [5, 5]
    with mapped:
        mapped[1] = 6
    assert wavemap(file)[1].tolist() == [6, 6]
    mapped[2] = 7
    del mapped
    assert wavemap(file)[2].tolist() == [7, 7]  # the last array writes back
    read = ReadMap(file, buffered=True)
    with open(file, "r+b") as f:
        f.truncate(100)
    assert np.array_equal(read[3:], SAMPLES[3:]) and not read.flags.writeable


@pytest.mark.skipif(not hasattr(signal, "SIGBUS"), reason="has no SIGBUS")
def test_the_hazard_of_a_file_cut_short_is_as_documented(file: Path) -> None:
    program = (
        "import sys, os, resource, ondes\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "mapped = ondes.wavemap(sys.argv[1])\n"
        "os.truncate(sys.argv[1], 100)\n"
        "mapped[-1].sum()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(file)], check=False, stderr=subprocess.DEVNULL)
    assert ended.returncode == -signal.SIGBUS


def test_what_was_written_outlives_a_killed_program(tmp_path: Path) -> None:
    path = tmp_path / "new.wav"
    program = (
        "import sys, os, signal, ondes\n"
        "mapped = ondes.wavemap(sys.argv[1], 'w', dtype='int16', shape=4, sample_rate=8000)\n"
        "mapped[:] = 1, 2, 3, 4\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert wavemap(path).tolist() == [1, 2, 3, 4]


def test_new_files_replace_old_ones_that_are_mapped(file: Path, tmp_path: Path) -> None:
    kept = wavemap(file)
    os.rename(file, tmp_path / "old.wav")
    WriteMap(file, "int16", 3, 8000)
    assert np.array_equal(kept, SAMPLES)


def test_tensors_and_dlpack(file: Path) -> None:
    mapped = wavemap(file, "r+")
    assert np.array_equal(np.from_dlpack(mapped), SAMPLES) if hasattr(np, "from_dlpack") else True
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(mapped)
    tensor[0] = 3
    assert mapped[0].tolist() == [3, 3]
