"""``ondes play``, ``record`` and ``devices`` on the library's test devices, which need no hardware."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli import command, environment, on_terminal, ondes

import ondes as package

NULL = "null:rate=16000,channels=1"


def test_playing_takes_as_long_as_the_audio(data: Path) -> None:
    began = time.monotonic()
    result = ondes("play", "--device", NULL, "--duration", "1", data / "source/speech.flac")
    assert (result.code, result.text, result.errors) == (0, "", "")
    assert time.monotonic() - began > 0.9


def test_all_kinds_of_files_are_played(data: Path) -> None:
    files = [
        data / name for name in ("wav/s16.wav", "source/surround.flac", "opus/mono_48k.opus", "wav/data_empty.wav")
    ]
    result = ondes("play", "--device", "null", "--duration", "0.1", *files)
    assert (result.code, result.errors) == (0, "")
    assert ondes("play", "-d", "null", "-", stdin=(data / "wav/s16.wav").read_bytes()).code == 0


def test_what_cannot_be_played_does_not_keep_the_rest(data: Path) -> None:
    result = ondes("play", "-d", "null", data / "missing.wav", data / "wav/s16.wav")
    assert result.code == 1
    assert "missing.wav: cannot open" in result.errors
    result = ondes("play", "-d", "no such device", data / "wav/s16.wav")
    assert result.code == 1
    assert "no such device" in result.errors


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_a_terminal_shows_time_and_level(data: Path, tmp_path: Path) -> None:
    shown = on_terminal(tmp_path, ["play", "-d", NULL, str(data / "source/speech.flac"), "--duration", "1"])
    assert " / 1.0 s  [" in shown
    assert "dBFS" in shown


@pytest.mark.parametrize("name", ["take.wav", "take.flac", "take.opus"])
def test_recording_for_a_time(tmp_path: Path, name: str) -> None:
    result = ondes("record", "-d", NULL, "--duration", "0.5", tmp_path / name)
    assert (result.code, result.text, result.errors) == (0, "", "")
    info = package.info(tmp_path / name)
    assert (info.sample_rate, info.channels, info.frames) == (
        (48000, 1, 24000) if name == "take.opus" else (16000, 1, 8000)
    )
    again = ondes("record", "-d", NULL, "--duration", "0.5", tmp_path / name)
    assert again.code == 1
    assert "exists already" in again.errors


def test_recording_to_a_pipe() -> None:
    result = ondes("record", "-d", NULL, "--duration", "0.5", "--to", "wav", "-")
    assert result.code == 0
    assert package.load(result.out)[0].shape == (1, 8000)
    assert ondes("record", "-d", NULL, "-").code == 2


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_a_recording_that_is_ended_is_a_whole_file(tmp_path: Path, number: int, code: int) -> None:
    out = tmp_path / "take.flac"
    with subprocess.Popen(command("record", "-d", NULL, out), stderr=subprocess.PIPE, env=environment()) as process:
        deadline = time.monotonic() + 120
        while not out.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert errors == b""
    frames = package.info(out).frames
    assert frames is not None
    assert frames > 4000
    assert package.load(out)[0].shape == (1, frames)


def test_a_device_that_goes_away_leaves_what_was_recorded(tmp_path: Path) -> None:
    result = ondes("record", "-d", "null:rate=16000,channels=1,lost=0.5", tmp_path / "take.wav")
    assert result.code == 1
    assert len(result.errors.splitlines()) == 1
    samples, _ = package.load(tmp_path / "take.wav")
    assert 4000 < samples.shape[1] < 12000


def test_devices_are_listed_as_a_table() -> None:
    result = ondes("devices")
    assert result.code == 0
    assert result.text.splitlines()[0] == "for\tname\trate\tchannels\tid"
