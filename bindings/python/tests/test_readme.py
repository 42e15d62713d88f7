"""The Python code of the documentation runs, on files of the names that it uses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from snippets import ROOT, Snippet, snippets

DATA = ROOT / "tests" / "data"
FILES = {
    "speech.wav": "wav/s16_mono_speech_16k.wav",
    "speech.flac": "flac/mono_speech_16k.flac",
    "speech.opus": "opus/speech_24k.opus",
    "song.wav": "wav/s16.wav",
    "song.aiff": "aiff/s16.aiff",
    "song.flac": "flac/s16_known_100003.flac",
    "song.mp3": "mp3/cbr_128_known_100003.mp3",
    "song.ogg": "ogg/vorbis_q5_known_100003.ogg",
    "song.opus": "opus/stereo_96k_known_100003.opus",
    "song.m4a": "mp4/aac_moov_last_known_100003.m4a",
    "music/one.flac": "flac/s16_known_100003.flac",
    "music/two.mp3": "mp3/cbr_128_known_100003.mp3",
    "music/three.ogg": "ogg/vorbis_q5_known_100003.ogg",
}
"""What lies in the folder in which a block runs."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, source in FILES.items():
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(DATA / source, target)
    return tmp_path


@pytest.mark.parametrize("snippet", [s for s in snippets() if s.is_run], ids=lambda snippet: snippet.name)
def test_snippet(snippet: Snippet, folder: Path) -> None:
    # A process of its own: some start workers, and what one changes must not help the next.
    program = folder / f"{snippet.name}.py"
    program.write_text(snippet.code, "utf-8")
    done = subprocess.run([sys.executable, program], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{snippet.document}, line {snippet.line}:\n{snippet.code}\n{done.stdout}{done.stderr}"


def test_documents_have_snippets() -> None:
    assert any(snippet.document == "bindings/python/README.md" for snippet in snippets())
