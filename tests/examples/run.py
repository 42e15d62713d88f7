#!/usr/bin/env python3
"""Runs the five example programs of every language and compares what they print; scripts/examples-test.sh builds them.

    run.py c=FOLDER cpp=FOLDER/cpp_ python="INTERPRETER examples/python/{}.py" ...

What is given for a language is what to put before a program's name, or the command with {} for it, as a shell takes it. The
first language is the one that the others are compared with, and is itself compared with what is written here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/data"
PROGRAMS = {
    "info": "FILE",
    "convert": "--rate --mono --format --quality --bits INPUT OUTPUT",
    "decode_folder": "--rate --mono --workers FILE_OR_FOLDER",
    "random_crops": "COUNT FILE",
    "play": "--list --device FILE",
}
MUSIC = ["flac/s16_known_100003.flac", "mp3/vbr_v2.mp3", "wav/s16.wav"]
INFOS = [
    "wav/s24.wav",
    "flac/s24_51.flac",
    "tags/ffmpeg_id3v24.mp3",
    "tags/mutagen.m4a",
    "opus/stereo_24k.opus",
    "wav/truncated.wav",
]
CONVERSIONS = {
    "made.wav": ["--rate", "16000", "--mono", "wav/s16.wav"],
    "made.flac": ["--bits", "24", "wav/f32.wav"],
    "made.mp3": ["--quality", "128", "flac/s16_known_100003.flac"],
    "made.dat": ["--format", "aiff", "flac/s24.flac"],
}
FAILURES = {  # what fails, and a part of what is said
    "info": [(["no/such/file.wav"], "no/such/file.wav"), (["bad/rate_0.wav"], "bad/rate_0.wav"), (["wav"], "wav")],
    "convert": [
        (["no/such/file.wav", "{}/out.wav"], "no/such/file.wav"),
        (["wav/s16.wav", "{}/out.nonsense"], "nonsense"),
        (["wav/s16.wav", "{}/no/such/folder/out.wav"], "no/such/folder"),
        (["ogg/vorbis_chained_rates.ogg", "{}/out.wav"], "ogg/vorbis_chained_rates.ogg: "),
    ],
    "random_crops": [(["1", "no/such/file.wav"], "no/such/file.wav"), (["1", "bad/text.wav"], "bad/text.wav")],
    "play": [
        (["--device", "nowhere", "wav/s16.wav"], "No such device: nowhere"),
        (["no/such/file.wav"], "no/such/file.wav"),
        (["--device", "null", "bad/text.wav"], "bad/text.wav"),
    ],
}
WRONG = {  # options with values that they do not take
    "convert": [
        [option, value, "wav/s16.wav", "{}/wrong.wav"]
        for option, value in (("--rate", "x"), ("--rate", "-5"), ("--rate", "1e3"), ("--bits", "7"), ("--bits", "x"))
    ],
    "decode_folder": [[option, value, "wav"] for option in ("--rate", "--workers") for value in ("x", "-1", "8k")],
    "play": [["--device"]],
}
# No sound system answers there, whatever the machine has.
SILENT = {"PULSE_SERVER": "unix:/nowhere", "LC_ALL": "C.UTF-8"}


class Ran(NamedTuple):
    """What became of a program."""

    code: int
    out: str
    err: str


class Language:
    """The programs of one language."""

    def __init__(self, given: str) -> None:
        self.name, _, command = given.partition("=")
        self.words = shlex.split(command) if "{}" in command else [command + "{}"]

    def command(self, program: str) -> list[str]:
        """The command that runs a program."""
        return [word.replace("{}", program) for word in self.words]

    def run(self, program: str, *arguments: str) -> Ran:
        """Runs a program in the folder of test data."""
        command = [*self.command(program), *arguments]
        done = subprocess.run(command, cwd=DATA, env={**os.environ, **SILENT}, capture_output=True, check=False)
        # Not as text, where the "\r" of a progress bar would be a "\n".
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


problems: list[str] = []


def check(language: Language, what: str, is_right: bool, ran: Ran, expected: object = "") -> None:
    """Keeps what is not as it should be."""
    if not is_right:
        wanted = f"\nexpected:\n{expected}" if expected else ""
        problems.append(f"{language.name}: {what}: exit code {ran.code}{wanted}\nprinted:\n{ran.out}{ran.err}")


def same(
    language: Language, model: Language, what: str, ran: Ran, expected: Ran, key: object = lambda text: text
) -> None:
    """Compares what two languages printed."""
    is_right = ran.code == expected.code and key(ran.out) == key(expected.out)  # type: ignore[operator]
    check(language, f"{what} is not as in {model.name}", is_right, ran, expected.out)


def without_times(text: str) -> str:
    """The table of a folder without how long it took."""
    return re.sub(r" in [\d.]+ s, \d+ times real time", "", text)


def check_usage(language: Language, folder: Path) -> None:
    """--help, and arguments that are none."""
    for program, words in PROGRAMS.items():
        ran = language.run(program, "--help")
        is_right = (
            ran.code == 0
            and ran.out.startswith(f"usage: {program} ")
            and all(word in ran.out for word in words.split())
        )
        check(language, f"{program} --help", is_right and not ran.err, ran, words)
        ran = language.run(program)
        check(
            language,
            f"{program} without arguments",
            ran.code == 2 and f"usage: {program}" in ran.err and not ran.out,
            ran,
        )
        for arguments in WRONG.get(program, []):
            ran = language.run(program, *(argument.format(folder) for argument in arguments))
            is_refused = ran.code == 2 and f"usage: {program}" in ran.err and not ran.out
            check(language, f"{program} {' '.join(arguments)}", is_refused, ran)


def check_failures(language: Language, folder: Path, words: dict[str, str]) -> None:
    """A sentence that says what is wrong, and no more than that, in the library's words: in `words`, by the command."""
    for program, failures in FAILURES.items():
        for arguments, text in failures:
            command = f"{program} {' '.join(arguments)}"
            ran = language.run(program, *(argument.format(folder) for argument in arguments))
            lines = ran.err.replace("\r", "").splitlines() or [""]
            said = re.sub(r" \(at byte \d+\)$", "", lines[-1].replace(str(folder), ""))
            if language.name == "c":  # which calls the function, and is told which
                said = re.sub(r"^ondes_\w+: ", "", said)
            expected = words.setdefault(command, said)
            is_right = ran.code == 1 and text in said and said == expected and "" not in lines
            check(language, command, is_right and "Traceback" not in ran.err, ran, expected)
    check(language, "convert left something", list(folder.glob("out*")) == [], Ran(0, str(list(folder.iterdir())), ""))


def check_play(language: Language) -> None:
    """On a device that only keeps time."""
    ran = language.run("play", "--device", "null", "wav/s16.wav", "opus/short_100.opus")
    expected = "wav/s16.wav: 44100 Hz, 2 channels, 0.1 s\nopus/short_100.opus: 48000 Hz, 2 channels, 0.0 s\n"
    check(language, "play", ran.code == 0 and ran.out == expected, ran, expected)
    ran = language.run("play", "--list")
    check(language, "play --list without a sound system", ran.code == 0 and ran.out == "", ran)


def convert(language: Language, folder: Path) -> dict[str, tuple[str, str]]:
    """The hashes of what a language makes, and what it says of it."""
    made = {}
    for name, arguments in CONVERSIONS.items():
        path = folder / name
        ran = language.run("convert", *arguments, str(path))
        said = ran.err.strip().splitlines()[-1:] or [""]
        channels = " 1 channel at " if "--mono" in arguments else " 2 channels at "
        is_right = ran.code == 0 and said[0].startswith(f"{path}: ") and channels in said[0] and path.exists()
        check(language, f"convert {' '.join(arguments)} {name}", is_right, ran)
        content = path.read_bytes() if path.exists() else b""
        # What an encoder calls the quality is left out: not every language asks for it again.
        made[name] = (hashlib.md5(content).hexdigest(), said[0].replace(str(folder), "").partition(" Hz")[0])
    return made


def level(text: str) -> tuple[str, float]:
    """The crops, and their level."""
    found = re.match(r"(.* files), level ([\d.]+): \d+ crops per second\n", text)
    return (found[1], float(found[2])) if found else (text, 0.0)


def main() -> int:
    """Compares all languages that are given."""
    languages = [Language(given) for given in sys.argv[1:]]
    model = languages[0]
    infos = {file: model.run("info", file) for file in INFOS}
    check(model, "info", "length     0.068 s, 3001 frames\n" in infos["wav/s24.wav"].out, infos["wav/s24.wav"])
    check(
        model,
        "info",
        "tag        album: Ein Album\n" in infos["tags/ffmpeg_id3v24.mp3"].out,
        infos["tags/ffmpeg_id3v24.mp3"],
    )
    folders = [
        "--workers",
        "2",
        "--rate",
        "16000",
        "au",
        "flac",
        "bad/empty.wav",
        "wav/truncated.wav",
        "no/such/file.wav",
    ]
    table = model.run("decode_folder", *folders)
    check(
        model,
        "decode_folder",
        table.code == 1 and " files, 2 failed: " in table.out and "ok, 2 warnings\n" in table.out,
        table,
    )
    fine = model.run("decode_folder", "--mono", "au")
    is_fine = fine.code == 0 and "12 files, 0 failed: " in fine.out and " 1 channel    " in fine.out
    check(model, "decode_folder", is_fine, fine)
    crops = level(model.run("random_crops", "50", *MUSIC).out)
    check(model, "random_crops", crops == ("50 crops of 1 s from 3 files", 0.0996), Ran(0, str(crops), ""))
    with tempfile.TemporaryDirectory() as scratch:
        made, words = None, {}
        for language in languages:
            folder = Path(scratch) / language.name
            folder.mkdir()
            check_usage(language, folder)
            ran = language.run("decode_folder", str(folder))
            is_right = ran.code == 0 and ran.out.startswith("0 files, 0 failed: 0.0 s of audio")
            check(language, "decode_folder of an empty folder", is_right, ran)
            check_failures(language, folder, words)
            check_play(language)
            for file, expected in infos.items():
                same(language, model, f"info {file}", language.run("info", file), expected)
            same(language, model, "decode_folder", language.run("decode_folder", *folders), table, without_times)
            same(
                language,
                model,
                "decode_folder --mono",
                language.run("decode_folder", "--mono", "au"),
                fine,
                without_times,
            )
            ran = language.run("random_crops", "50", *MUSIC)
            # Python's view of a file converts the rate by another filter.
            is_near = level(ran.out)[0] == crops[0] and abs(level(ran.out)[1] - crops[1]) <= 0.0002
            check(language, "random_crops", is_near, ran, crops)
            now = convert(language, folder)
            made = made or now
            check(language, f"convert makes other files than {model.name}", now == made, Ran(0, str(now), ""), made)
            print(f"{language.name}: {len(PROGRAMS)} programs")
    print("\n\n".join(problems))
    print(f"{len(languages)} languages, {len(problems)} problems")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
