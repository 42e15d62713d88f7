"""Finds and loads the shared library, and checks that it is the one this package was made for."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from . import _abi

__all__ = ["LIBRARY_PATH", "lib"]


def _file_name() -> str:
    if sys.platform == "win32":
        return "ondes.dll"
    return "libondes.dylib" if sys.platform == "darwin" else "libondes.so"


def _find() -> Path:
    """ONDES_LIBRARY, else the library in this package, else the one built in the checkout around it."""
    chosen = os.environ.get("ONDES_LIBRARY")
    if chosen:
        return Path(chosen)
    here = Path(__file__).resolve().parent
    candidates = [here / _file_name()]
    if len(here.parents) > 3:
        candidates.append(here.parents[3] / "target" / "release" / _file_name())
    for path in candidates:
        if path.exists():
            return path
    raise ImportError(
        f"ondes: {_file_name()} is not in {here}: install the wheel, run `make build` in the checkout, "
        "or name a library in ONDES_LIBRARY"
    )


def _load(path: Path) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(os.fspath(path))
    except OSError as error:
        raise ImportError(f"ondes: the library {path} cannot be loaded: {error}") from None
    try:
        library.ondes_abi_version.restype = ctypes.c_uint32
        abi = library.ondes_abi_version()
    except AttributeError:
        raise ImportError(f"ondes: {path} is not the ondes library") from None
    if abi != _abi.ABI_VERSION:
        raise ImportError(f"ondes: {path} has ABI version {abi}, but this package needs {_abi.ABI_VERSION}")
    for name, (result, arguments) in _abi.FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            version = ctypes.CFUNCTYPE(ctypes.c_char_p)(("ondes_version_string", library))()
            raise ImportError(
                f"ondes: {path} is of version {(version or b'?').decode()}, older than this package: it has no {name}"
            ) from None
        function.restype = result
        function.argtypes = arguments
    return library


LIBRARY_PATH = _find()
lib = _load(LIBRARY_PATH)
