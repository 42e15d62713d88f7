"""What all commands have in common: help, versions, exit codes, pipes, terminals."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
from cli import command, environment, on_terminal, ondes

import ondes as package
from ondes.cli._inputs import inputs
from ondes.cli._text import byte_count, clock, decibels, plural, printable, shortened


def test_version_tells_package_library_abi_and_path() -> None:
    result = ondes("--version")
    assert result.code == 0
    assert f"ondes {package.__version__}" in result.text
    assert "ABI 1" in result.text
    assert "libondes" in result.text
    assert "built with" in result.text


def test_no_command_shows_the_help() -> None:
    result = ondes()
    assert result.code == 2
    assert "examples:" in result.errors


@pytest.mark.parametrize("name", ["check", "plot"])
def test_every_command_has_help_with_examples(name: str) -> None:
    result = ondes(name, "--help")
    assert result.code == 0
    assert "examples:" in result.text
    assert f"ondes {name}" in result.text


@pytest.mark.parametrize("arguments", [["nonsense"], ["check"], ["plot", "x.wav"], ["check", "--wrong", "x"]])
def test_wrong_use_is_one_line_and_2(arguments: list[str]) -> None:
    result = ondes(*arguments)
    assert result.code == 2
    assert len(result.errors.splitlines()) == 1
    assert "--help" in result.errors


def test_control_characters_of_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    name = "evil\x1b[31m\u202egnp.flac"
    (tmp_path / name).write_bytes(b"nothing")
    for arguments in (["check", name], ["plot", name, "-o", "x.png"]):
        result = ondes(*arguments, cwd=tmp_path)
        assert result.code == 1
        assert "\x1b" not in result.text + result.errors
        assert "\u202e" not in result.text + result.errors
        assert r"evil\x1b[31m\u202egnp.flac" in result.text + result.errors


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text(tmp_path: Path, data: Path) -> None:
    name = os.fsdecode(b"caf\xe9.wav")
    (tmp_path / name).write_bytes((data / "wav/s16.wav").read_bytes())
    result = ondes("check", name, cwd=tmp_path)
    assert result.code == 0
    assert r"caf\xe9.wav" in result.text


def test_a_reader_of_the_output_that_goes_away_is_no_error(data: Path) -> None:
    with subprocess.Popen(
        command("check", "--json", data / "wav", data / "flac", data / "mp3"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({"PYTHONUNBUFFERED": "1"}),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(60) == 141
        assert errors == b""


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_it_quietly(number: int, code: int) -> None:
    with subprocess.Popen(
        command("check", "-"), stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdin is not None
        process.stdin.write(bytes(1 << 20))  # more than a pipe holds: so it has begun to read
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == code
        assert errors == b""


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("rich", [True, False])
def test_a_terminal_gets_a_table(data: Path, tmp_path: Path, rich: bool) -> None:
    if rich:
        pytest.importorskip("rich")
    text = on_terminal(tmp_path, ["check", os.fspath(data / "mp3")], hide=() if rich else ("rich",))
    assert "damaged" in text
    assert "files: " in text
    assert "\t" not in text


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_no_colour_where_it_is_not_wanted(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("rich")
    arguments = ["check", os.fspath(data / "mp3/truncated.mp3")]
    plain = on_terminal(tmp_path, arguments, env={"NO_COLOR": "1"})
    assert "\x1b[3" not in plain  # colours; bold may stay


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_audio_is_not_read_from_a_terminal(tmp_path: Path) -> None:
    assert "stdin is a terminal" in on_terminal(tmp_path, ["check", "-"])


def test_text() -> None:
    assert printable("café\n\x7f\udcff\u2066") == r"café\n\x7f\xff\u2066"
    assert [clock(seconds) for seconds in (0.2, 59.9996, 151.5, 3751.5, float("nan"))] == [
        "0.200 s",
        "1:00.000",
        "2:31.500",
        "1:02:31.500",
        "unknown",
    ]
    assert [byte_count(size) for size in (1, 981, 3_400_000, 999_960, 2 * 10**12)] == [
        "1 byte",
        "981 bytes",
        "3.4 MB",
        "1.0 MB",
        "2.0 TB",
    ]
    assert shortened("abcdefghij", 10) == "abcdefghij"
    assert shortened("abcdefghijk", 10) == "abcde…hijk"
    assert plural(1, "file") == "1 file"
    assert decibels(0.5) == "-6.0 dBFS"
    assert decibels(0.0) == "silent"


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix")
@pytest.mark.parametrize(
    ("arguments", "closed", "code", "words"),
    [
        ("info {file}", ">&-", 0, ""),
        ("check {file}", "2>&-", 0, ""),
        ("info -", "<&-", 1, "stdin is closed"),
        ("convert {file} - --to wav", ">&-", 2, "stdout is closed"),
    ],
)
def test_closed_standard_streams(data: Path, arguments: str, closed: str, code: int, words: str) -> None:
    line = shlex.join([*command(), *arguments.format(file=data / "wav/s16.wav").split()])
    done = subprocess.run(["sh", "-c", f"{line} {closed}"], capture_output=True, env=environment(), check=False)
    assert done.returncode == code
    assert words in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of Unix")
def test_a_folder_that_cannot_be_read_does_not_hide_the_others(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.wav").write_bytes((data / "wav/s16.wav").read_bytes())
    scandir = os.scandir

    def refused(path: str) -> object:  # root may read everything
        if os.path.basename(path) == "a":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert [str(one.below) for one in inputs([os.fspath(tmp_path)])] == [os.path.join("b", "x.wav"), "a"]
