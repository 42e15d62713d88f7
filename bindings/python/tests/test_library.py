"""Which library is loaded, and what is said of one that does not fit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ondes
from ondes import _abi, _library

COMPILER = shutil.which("cc")
needs_compiler = pytest.mark.skipif(
    COMPILER is None or not sys.platform.startswith("linux"), reason="compiles stub libraries with cc"
)


def import_with(library: str | os.PathLike[str] | None, *, code: str = "", package: Path | None = None) -> str:
    """Import ondes in a new process, where ONDES_LIBRARY names `library`; gives the last line that it prints."""
    environment = {name: value for name, value in os.environ.items() if name not in ("ONDES_LIBRARY", "PYTHONPATH")}
    if library is not None:
        environment["ONDES_LIBRARY"] = os.fspath(library)
    # The package under test, wherever it lies, if no other one.
    environment["PYTHONPATH"] = os.fspath(package or Path(ondes.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", f"import ondes; {code}"], env=environment, capture_output=True, text=True, timeout=60
    )
    return (done.stdout + done.stderr).rstrip().rpartition("\n")[2]


def stub(folder: Path, code: str) -> Path:
    """A shared library of the C code."""
    assert COMPILER
    source, library = folder / "stub.c", folder / "stub.so"
    source.write_text(f"#include <stdint.h>\n{code}")
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", library, source], check=True)
    return library


def stubs(*, without: str = "", version: str = "0.0.1", abi: int = _abi.ABI_VERSION) -> str:
    """C code of a library with every function but one; none but the versions' does anything."""
    code = f"uint32_t ondes_abi_version(void) {{ return {abi}; }}\n"
    code += f'const char *ondes_version_string(void) {{ return "{version}"; }}\n'
    names = set(_abi.FUNCTIONS) - {"ondes_abi_version", "ondes_version_string", without}
    return code + "".join(f"void {name}(void) {{}}\n" for name in sorted(names))


def test_library_of_the_package() -> None:
    inside = Path(ondes.__file__).with_name(_library.LIBRARY_PATH.name)
    if not inside.exists():
        pytest.skip("not installed from a wheel")
    assert Path(import_with(None, code="print(ondes._library.LIBRARY_PATH)")) == inside.resolve()


def test_named_library_comes_first(tmp_path: Path) -> None:
    named = tmp_path / "another name.so"
    shutil.copy(_library.LIBRARY_PATH, named)
    assert import_with(named, code="print(ondes._library.LIBRARY_PATH)") == str(named)


def test_library_of_the_checkout(tmp_path: Path) -> None:
    # A checkout without a library in the package: bindings/python/src/ondes beside target/release.
    package = tmp_path / "bindings" / "python" / "src"
    without = shutil.ignore_patterns("*.so", "*.dylib", "*.dll", "__pycache__")
    shutil.copytree(Path(ondes.__file__).parent, package / "ondes", ignore=without)
    said = import_with(None, package=package)
    assert said.startswith("ImportError: ondes: ")
    assert "make build" in said
    assert "ONDES_LIBRARY" in said

    built = tmp_path / "target" / "release" / _library.LIBRARY_PATH.name
    built.parent.mkdir(parents=True)
    shutil.copy(_library.LIBRARY_PATH, built)
    assert import_with(None, package=package, code="print(ondes._library.LIBRARY_PATH)") == str(built)


def test_missing_file(tmp_path: Path) -> None:
    said = import_with(tmp_path / "nothing.so")
    assert said.startswith(f"ImportError: ondes: the library {tmp_path / 'nothing.so'} cannot be loaded: ")
    assert "No such file" in said


def test_not_a_library(tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("not a library")
    said = import_with(tmp_path / "text.so")
    assert said.startswith(f"ImportError: ondes: the library {tmp_path / 'text.so'} cannot be loaded: ")


@needs_compiler
def test_another_library(tmp_path: Path) -> None:
    library = stub(tmp_path, "int other(void) { return 1; }")
    assert import_with(library) == f"ImportError: ondes: {library} is not the ondes library"


@needs_compiler
@pytest.mark.parametrize("abi", [_abi.ABI_VERSION - 1, _abi.ABI_VERSION + 1])
def test_other_abi(tmp_path: Path, abi: int) -> None:
    library = stub(tmp_path, stubs(abi=abi))
    said = import_with(library)
    assert said == f"ImportError: ondes: {library} has ABI version {abi}, but this package needs {_abi.ABI_VERSION}"


@needs_compiler
def test_older_library(tmp_path: Path) -> None:
    library = stub(tmp_path, stubs(without="ondes_transcode"))
    said = import_with(library)
    assert re.fullmatch(
        rf"ImportError: ondes: {re.escape(str(library))} is of version 0\.0\.1, older than this package: "
        "it has no ondes_transcode",
        said,
    )


def test_version_is_the_librarys() -> None:
    version = _library.lib.ondes_version_string().decode()
    assert version == f"{_abi.VERSION_MAJOR}.{_abi.VERSION_MINOR}.{_abi.VERSION_PATCH}"
    assert ondes.__version__ == version
