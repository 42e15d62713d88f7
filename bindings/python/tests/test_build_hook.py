"""What the build hook says when something that cargo needs is missing."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("hatchling")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tools are shell scripts")

ROOT = Path(__file__).resolve().parents[3]
ALL = {"cargo": "", "rustc": "echo rustc 1.95.0 '(some commit)'", "cc": "", "make": "", "cmake": ""}


@pytest.fixture
def hook() -> Any:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "bindings" / "python" / "hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def only(tools: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no commands but these."""
    for name, code in tools.items():
        (folder / name).write_text(f"#!/bin/sh\n{code}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", os.fspath(folder))


def without(*names: str) -> dict[str, str]:
    return {name: code for name, code in ALL.items() if name not in names}


def test_nothing_is_missing(hook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(ALL, tmp_path, monkeypatch)
    assert hook.missing(ROOT, None) is None


def test_no_cargo(hook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(without("cargo"), tmp_path, monkeypatch)
    said = hook.missing(ROOT, None)
    assert said.startswith("the library is built from its Rust source, and cargo was not found: install Rust 1.")
    with pytest.raises(SystemExit, match=r"^ondes: the library is built"):
        hook.build(ROOT, None)


def test_old_rust(hook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({**ALL, "rustc": "echo rustc 1.70.0"}, tmp_path, monkeypatch)
    said = hook.missing(ROOT, None)
    assert "or later, and this is 1.70.0: run `rustup update`" in said


def test_no_c_compiler(hook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(without("cc"), tmp_path, monkeypatch)
    assert hook.missing(ROOT, "").startswith("a C compiler and linker, `cc`, was not found")


@pytest.mark.parametrize(
    ("absent", "programs", "left"),
    [
        (["cmake"], ["libFLAC", "libopus"], "devices,encoders,lame,vorbis"),
        (["make"], ["LAME"], "devices,encoders,libflac,libopus,vorbis"),
        (["cmake", "make"], ["LAME", "libFLAC", "libopus"], "devices,encoders,vorbis"),
    ],
)
def test_features_that_are_left(
    hook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: list[str], programs: list[str], left: str
) -> None:
    only(without(*absent), tmp_path, monkeypatch)
    said = hook.missing(ROOT, None)
    assert all(f"`{name}`" in said for name in absent)
    assert all(program in said for program in programs)
    assert said.endswith(f'or set ONDES_BUILD_FEATURES="{left}" to build without')
    assert hook.missing(ROOT, left) is None


def test_no_sources(hook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "SOURCES", (tmp_path,))
    with pytest.raises(SystemExit, match=r"no Cargo\.toml in"):
        hook.sources()


def test_no_such_library(hook: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="there is no library at"):
        hook.stripped(tmp_path / "libondes.so", tmp_path)


def test_platform_promises_no_other_system(hook: Any) -> None:
    if sys.platform.startswith("linux"):
        assert hook.platform().startswith("linux_")
