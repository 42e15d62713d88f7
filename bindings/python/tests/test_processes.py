"""Worker processes: forked ones, in which no thread of the parent is left, and fresh ones; what travels between them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from workers import Clips, fail, work

import ondes

METHODS = [method for method in ("fork", "forkserver", "spawn") if method in multiprocessing.get_all_start_methods()]


@pytest.fixture
def path(data: Path) -> str:
    return str(data / "source/music.flac")


@pytest.mark.parametrize("method", METHODS)
def test_workers_do_what_the_parent_does(path: str, method: str) -> None:
    expected = work(path)  # with threads, before the fork
    results = ondes.iter_batch([path] * 50)
    next(results)  # and with threads at work
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        assert list(pool.map(work, [path] * 6)) == [expected] * 6
        error = pool.submit(fail, "nowhere.wav").exception()
    assert isinstance(error, ondes.exceptions.FileNotFound) and isinstance(error, FileNotFoundError)
    assert error.path == "nowhere.wav" and "nowhere.wav" in str(error)
    assert len(list(results)) == 49, "the parent's batch goes on"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_what_the_parent_began_is_refused_in_a_child(path: str) -> None:
    results = ondes.iter_batch([path] * 50)
    next(results)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            next(results)
        except ondes.exceptions.ClosedError:
            results.close()
            status = 0 if ondes.load(path)[0].shape == (2, 100003) else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(list(results)) == 49


def test_results_and_errors_can_be_pickled(data: Path) -> None:
    good, bad = ondes.load_batch([data / "wav/s16.wav", "nowhere.wav"])
    again, failed = pickle.loads(pickle.dumps([good, bad]))
    assert np.array_equal(again.samples, good.samples) and again.path == good.path
    assert type(failed.error) is type(bad.error) and str(failed.error) == str(bad.error)
    assert failed.error.status == bad.error.status and failed.error.errno == bad.error.errno


@pytest.mark.parametrize("method", METHODS)
def test_a_data_loader_of_torch(path: str, method: str) -> None:
    torch = pytest.importorskip("torch")
    whole, _ = ondes.load(path)
    loader = torch.utils.data.DataLoader(Clips(path), batch_size=6, num_workers=2, multiprocessing_context=method)
    batches = torch.cat(list(loader)).numpy()
    assert batches.shape == (24, 2, 4000)
    assert all(np.array_equal(batches[n], whole[:, n * 1000 : n * 1000 + 4000]) for n in range(24))


def test_importing_is_light() -> None:
    import subprocess

    program = "import sys, ondes; print(sorted({'matplotlib', 'rich', 'multiprocessing', 'torch', 'asyncio'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
