"""Work of a reader through a whole file: what it tells, what ends it, and that the reader is then as it was."""

from __future__ import annotations

import io
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ondes._abi import READ_ESTIMATE_LENGTH, Checksum, ReadOptions
from ondes._options import read_options
from ondes._progress import Progress
from ondes._reader import Cancel, Reader
from ondes.cli._inputs import inputs
from ondes.cli._work import Stop
from ondes.cli.check import check
from ondes.exceptions import Cancelled

FILE = "flac/s16_known_100003.flac"


class Mine(Exception):
    """Raised by a callback of the caller's."""


def raising(_: Progress) -> None:
    raise Mine


def estimating() -> ReadOptions:
    options = read_options()
    options.flags |= READ_ESTIMATE_LENGTH
    return options


def test_a_check_tells_how_far_it_is(data: Path) -> None:
    told: list[Progress] = []
    with Reader(data / FILE) as reader:
        assert reader.verify(on_progress=told.append) == Checksum.MATCH
    frames = [now.frames for now in told]
    assert frames == sorted(frames) and len(frames) > 1
    assert (told[0].files, told[-1].files, told[-1].files_total) == (0, 1, 1)
    assert told[-1].frames == told[-1].frames_total == 100003


@pytest.mark.parametrize("name", ["flac/unknown_total.flac", "mp3/cbr_128_no_tag.mp3", "aac/stereo_44k_128.aac"])
def test_a_measurement_tells_how_far_it_is(data: Path, name: str) -> None:
    told: list[Progress] = []
    with Reader(data / name, estimating()) as reader:
        assert not reader.info.is_exact
        frames = reader.measure(on_progress=told.append)
        assert told[-1].frames == told[-1].frames_total == frames
        assert reader.describe().output_frames == frames and reader.info.is_exact


@pytest.mark.parametrize("as_object", [False, True])
def test_what_a_callback_raises_ends_it_and_comes_back(data: Path, as_object: bool) -> None:
    with open(data / FILE, "rb") as file, Reader(file if as_object else data / FILE) as reader:
        reader.seek(5000)
        with pytest.raises(Mine) as raised:
            reader.verify(on_progress=raising)
        assert raised.value.__context__ is None
        assert reader.tell() == 5000
        assert reader.verify() == Checksum.MATCH


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("as_object", [False, True])
def test_ctrl_c_ends_it(data: Path, as_object: bool) -> None:
    content = io.BytesIO((data / FILE).read_bytes())
    with Reader(content if as_object else data / FILE) as reader:
        reader.seek(5000)
        with pytest.raises(KeyboardInterrupt):
            reader.verify(on_progress=lambda _: signal.raise_signal(signal.SIGINT))
        assert reader.tell() == 5000
    with Reader(data / "mp3/cbr_128_no_tag.mp3", estimating()) as reader:
        with pytest.raises(KeyboardInterrupt):
            reader.measure(on_progress=lambda _: signal.raise_signal(signal.SIGINT))
        assert not reader.describe().is_exact


def test_a_token_ends_it_in_any_thread(data: Path) -> None:
    cancel = Cancel()
    cancel.set()
    with Reader(data / FILE) as reader, ThreadPoolExecutor(1) as thread:
        for call in (reader.verify, reader.measure):
            with pytest.raises(Cancelled):
                call(cancel)
            assert isinstance(thread.submit(call, cancel).exception(), Cancelled)


def test_the_command_ends_within_a_file(data: Path) -> None:
    [file] = inputs([str(data / FILE)])
    stop = Stop()
    parts: list[float] = []

    def tell(part: float) -> None:
        parts.append(part)
        stop.set()

    assert check(file, stop, tell).status == "failed"
    assert len(parts) == 1 and 0 < parts[0] < 1
    if sys.platform != "win32":
        with pytest.raises(KeyboardInterrupt):
            check(file, Stop(), lambda _: signal.raise_signal(signal.SIGINT))


@pytest.mark.parametrize("name", [FILE, "flac/wrong_md5.flac", "wav/s16.wav", "ogg/vorbis_q5_known_100003.ogg"])
def test_the_command_tells_how_much_is_done(data: Path, name: str) -> None:
    [file] = inputs([str(data / name)])
    parts: list[float] = []
    check(file, Stop(), parts.append)
    assert parts[-1] == 1 and all(0 <= part <= 1 for part in parts)
