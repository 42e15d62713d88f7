#!/usr/bin/env python3
"""Lists the devices, and plays on one of them, in every language; to be run by tests/devices/with_pulse.sh, with the
arguments of run.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from run import Language

DATA = Path(__file__).resolve().parents[1] / "data"


def main() -> int:
    """Compares what `play --list` prints, and has a file played."""
    lists: dict[str, str] = {}
    for given in sys.argv[1:]:
        language, play = Language(given).name, Language(given).command("play")
        lists[language] = subprocess.run([*play, "--list"], check=True, stdout=subprocess.PIPE, text=True).stdout
        if not lists[language].startswith(f"{'pulse:wide':<40} Wide (default)\n"):
            print(f"{language}: play --list printed:\n{lists[language]}")
            return 1
        file = str(DATA / "wav/s16.wav")
        done = subprocess.run([*play, "--device", "pulse:narrow", file], capture_output=True, text=True, check=False)
        if done.returncode != 0 or not done.stdout.startswith(f"{file}: 44100 Hz, 2 channels, 0.1 s"):
            print(f"{language}: play on pulse:narrow: exit code {done.returncode}: {done.stdout}{done.stderr}")
            return 1
    if len(set(lists.values())) != 1:
        print("the devices differ:", *(f"{name}:\n{text}" for name, text in lists.items()), sep="\n")
        return 1
    print(f"{len(lists)} languages: the same devices, and a file was played in each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
