"""Which library this is, and what it was built with in babycat's terms."""

from __future__ import annotations

from pathlib import Path

from ._library import LIBRARY_PATH, lib

__all__ = [
    "babycat_version",
    "compiled_with_ffmpeg",
    "compiled_with_ffmpeg_build_link_static",
    "compiled_with_ffmpeg_link_static",
    "compiled_with_filesystem",
    "compiled_with_multithreading",
    "copyright_license_spdx",
    "features",
    "library_path",
    "ondes_version",
]


def compiled_with_filesystem() -> bool:
    """Whether files can be opened by path: always."""
    return True


def compiled_with_multithreading() -> bool:
    """Whether batches use several threads: always."""
    return True


def compiled_with_ffmpeg() -> bool:
    """Whether FFmpeg is inside: never."""
    return False


def compiled_with_ffmpeg_link_static() -> bool:
    """Whether FFmpeg is linked in statically: never."""
    return False


def compiled_with_ffmpeg_build_link_static() -> bool:
    """Whether FFmpeg was built and linked in statically: never."""
    return False


def copyright_license_spdx() -> str:
    """The licence of this package; the parts that it links have their own, which the distribution lists."""
    return "MIT OR Apache-2.0"


def features() -> tuple[str, ...]:
    """What the library was built with; all are ``encoders``, ``devices``, ``libopus``, ``lame``, ``libflac``, ``vorbis``.

    What needs another one raises :exc:`~ondes.exceptions.UnsupportedError`, whose message names it: without ``encoders``
    nothing is written, without ``devices`` nothing is played or recorded, without ``lame`` and ``vorbis`` there is no MP3
    and no Ogg Vorbis to be written. ``libopus`` and ``libflac`` have slower stand-ins. Everything is read in every build.
    """
    names: bytes = lib.ondes_features()
    return tuple(names.decode().split(",")) if names else ()


def library_path() -> Path:
    """The shared library that was loaded."""
    return LIBRARY_PATH


def ondes_version() -> str:
    """The version of the library."""
    version: bytes = lib.ondes_version_string()
    return version.decode()


def babycat_version() -> str:
    """The version of babycat that the names and rules follow."""
    return "0.0.15"
