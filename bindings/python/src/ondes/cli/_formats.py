"""The formats that are written, as the command line names them."""

from __future__ import annotations

from ondes._abi import Sample
from ondes._library import lib
from ondes._samples import sample_name
from ondes._writer import sample_formats, write_format, write_formats

from ._failure import WRONG_USE, Failure
from ._text import printable

_BITS = {
    "uint8": "8",
    "int8": "8",
    "int16": "16",
    "int24": "24",
    "int32": "32",
    "float32": "float",
    "float64": "double",
}
DEPTHS = ("8", "16", "24", "32", "float", "double")


def format_name(index: int) -> str:
    """The name of a format, as ``flac``."""
    name: bytes = lib.ondes_write_format_name(index)
    return name.decode()


def extension(index: int) -> str:
    """The extension of a format's files, as ``.flac``; ALAC lies in CAF files."""
    names: bytes = lib.ondes_write_format_extensions(index)
    return f".{names.decode().split(',')[0] or 'caf'}"


def find(name: str) -> int:
    """The index of a format by its name or extension."""
    index = write_format(name) if name else None
    if index is None:
        known = ", ".join(map(format_name, write_formats()))
        wanted = f"{printable(name)!r} is no format that is written" if name else "the output has no extension"
        raise Failure(f"{wanted}: use one of {known} (--to FORMAT)", WRONG_USE)
    return index


def sample_format(index: int, depth: str) -> Sample:
    """The samples of a depth of :data:`DEPTHS` in a format's files."""
    known = {_BITS[sample_name(number)]: Sample(number) for number in sample_formats(index)}
    if not known:
        raise Failure(f"{format_name(index)} is lossy and has no bit depth: --quality chooses its size", WRONG_USE)
    if depth not in known:
        raise Failure(f"--bits {depth}: {format_name(index)} files hold {', '.join(known)}", WRONG_USE)
    return known[depth]


def qualities(index: int) -> list[str]:
    """A format's words for quality, the least first."""
    words: list[str] = []
    while (word := lib.ondes_write_format_quality(index, len(words))) is not None:
        words.append(word.decode())
    return words


def listing() -> str:
    """The formats that are written, with their depths and qualities, a line each."""
    lines = []
    for index in write_formats():
        depths = sorted((_BITS[sample_name(number)] for number in sample_formats(index)), key=DEPTHS.index)
        words = [word.split(" ")[0] for word in qualities(index)]
        choice = f"--bits {', '.join(depths)}" if depths else ""
        if words:
            numbers = [word for word in words if word.isdigit()]
            named = [word for word in words if not word.isdigit()]
            ranges = [f"{group[0]} to {group[-1]}" for group in (named, numbers) if group]
            choice += f"{'; ' if choice else ''}--quality {' or '.join(ranges)}{'' if depths else ' kbps'}"
        lines.append(f"  {format_name(index):6} {choice}")
    return "\n".join(lines)
