"""What was installed: metadata, licences, types."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ondes

try:
    METADATA = importlib.metadata.distribution("ondes")
except importlib.metadata.PackageNotFoundError:
    pytest.skip("not installed", allow_module_level=True)
FILES = {str(path): path for path in METADATA.files or ()}


def text_of(name: str) -> str:
    (path,) = (path for path in FILES.values() if path.name == name)
    return path.read_text(encoding="utf-8")


def test_version() -> None:
    assert METADATA.version == ondes.__version__


def test_types_are_told() -> None:
    assert (Path(ondes.__file__).parent / "py.typed").exists()


def test_licences_of_what_is_linked_in() -> None:
    assert "Permission is hereby granted, free of charge" in text_of("LICENSE-MIT")
    assert "Apache License" in text_of("LICENSE-APACHE")
    others = text_of("THIRD-PARTY.txt")
    for name in ("LAME", "libFLAC", "libopus", "libvorbis", "symphonia-core", "nanomp3"):
        assert re.search(rf"^{name}\b|[ ,(]{name}\b", others, re.MULTILINE), name
    assert "GNU LIBRARY GENERAL PUBLIC LICENSE" in others
    assert "Mozilla Public License Version 2.0" in others


def test_extras_and_programs() -> None:
    assert set(METADATA.metadata.get_all("Provides-Extra") or ()) == {"all", "cli", "plot"}
    programs = {entry.name: entry.value for entry in METADATA.entry_points if entry.group == "console_scripts"}
    assert programs == {"ondes": "ondes.cli:main"}


def test_import_takes_numpy_alone() -> None:
    # What else an extra would install is imported where it is used.
    code = "import sys, ondes; print(*{name.partition('.')[0] for name in sys.modules}, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = set(done.stdout.split())
    assert not names & {"rich", "matplotlib", "torch", "soundfile", "pedalboard"}
