"""Runs the program of the first page in all its languages: they must print the same, which is also what the page shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/docs/quickstart"
LIBRARY = Path(os.environ.get("ONDES_LIBRARY", ROOT / "target/release/libondes.so"))
FILES = {
    "speech.wav": "wav/s16.wav",
    "song.mp3": "mp3/joint_96.mp3",
    "he_aac.aac": "aac/he_aac_mono_48k.aac",
}


def commands() -> dict[str, list[str | Path]]:
    """How each is run; what must be compiled is."""
    quickstart = ROOT / "examples/quickstart"
    link = [f"-L{LIBRARY.parent}", "-londes", f"-Wl,-rpath,{LIBRARY.parent}"]
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    include = [f"-I{ROOT / 'include'}", f"-I{ROOT / 'bindings/cpp/include'}"]
    _run(["cc", "-std=c99", *warnings, *include, quickstart / "quickstart.c", *link, "-o", FOLDER / "c"])
    _run(["c++", "-std=c++17", *warnings, *include, quickstart / "quickstart.cpp", *link, "-o", FOLDER / "cpp"])
    _run(["cargo", "build", "--quiet", "--locked", "--example", "quickstart"])
    _run([os.environ["GO"], "build", "-o", FOLDER / "go", "quickstart.go"], quickstart)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return {
        "C": [FOLDER / "c"],
        "C++": [FOLDER / "cpp"],
        "Go": [FOLDER / "go"],
        "Python": [sys.executable, quickstart / "quickstart.py"],
        "Rust": [target / "debug/examples/quickstart"],
    }


def _run(command: list[str | Path], folder: Path = ROOT) -> None:
    subprocess.run(command, cwd=folder, check=True)


def main() -> None:
    """Compare."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name, file in FILES.items():
        shutil.copyfile(ROOT / "tests/data" / file, FOLDER / name)
    page = (ROOT / "docs/site/pages/index.md").read_text("utf-8")
    shown = re.search(r"```text\n(.*?)```", page, re.DOTALL)[1]
    paths = {"PYTHONPATH": str(ROOT / "bindings/python/src"), "ONDES_LIBRARY": str(LIBRARY)}
    all_commands = commands()
    for language, command in all_commands.items():
        done = subprocess.run(
            [*command, *FILES], cwd=FOLDER, env={**os.environ, **paths}, text=True, stdout=subprocess.PIPE, check=True
        )
        if done.stdout != shown:
            raise SystemExit(f"quickstart in {language} prints\n{done.stdout}but the first page shows\n{shown}")
    print("quickstart prints what the first page shows, in", ", ".join(all_commands))


if __name__ == "__main__":
    main()
