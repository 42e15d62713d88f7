"""``ondes info``: what files are."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ondes._bar import bar, is_terminal
from ondes._info import Info, describe
from ondes._loudness import Loudness, measure
from ondes._options import cores, read_options
from ondes._reader import Reader

from ._failure import FAILED, FAILURES, SOUND, reason, sentence
from ._inputs import STANDARD, Input, Readable, inputs, opened
from ._kind import bits, kind
from ._speakers import channel_names
from ._terminal import complain, facts, say, table
from ._text import byte_count, channel_count, clock, decibels, located, plural, printable
from ._work import Stop, in_order, in_parallel

DESCRIPTION = """\
Tell what files are: format, rate, channels, length, tags, and damage that shows without decoding.
One file is described in full; several, or a folder with all that is below it, become a table."""

EPILOG = """\
Into a file or a pipe, a table has tabs between its columns, lengths in seconds and bit rates in bit/s.
--json prints one object per file, one a line: path, format, tags, pictures, warnings, or an error.

examples:
  ondes info song.mp3                           everything about one file
  ondes info --loudness album/                  a table with loudness and peaks
  ondes info --json album/ | jq -r .tags.title
  curl -s URL | ondes info -"""


class _Finding(NamedTuple):
    """What was found out about a file."""

    info: Info
    size: int | None
    loudness: Loudness | None


class _Described(NamedTuple):
    """What is told of a file. Of many files it is kept, so it holds no tags with their pictures."""

    lines: list[tuple[str, str]]
    """Facts with their names, as they are asked for."""
    cells: list[str]
    json: str
    duration: float
    size: int


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "info",
        help="tell what files are, with their tags",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, a folder, or - for stdin")
    parser.add_argument("-l", "--long", action="store_true", help="describe each of several files in full")
    parser.add_argument("--loudness", action="store_true", help="decode all, and measure EBU R 128 loudness and peaks")
    parser.add_argument("--json", action="store_true", help="print one JSON object per file, one a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Describes everything; tells the exit code."""
    files = inputs(arguments.files)
    in_full = arguments.long or (len(files) == 1 and not os.path.isdir(arguments.files[0]))
    tell = _describer(arguments, in_full=in_full)
    rows: list[_Described] = []
    failures: list[str] = []
    described = _described(files, tell, loudness=arguments.loudness)
    # A terminal shows the bar before; a program gets each file as soon as it is known.
    for file, told in list(described) if is_terminal(sys.stdout) else described:
        if isinstance(told, Exception):
            failures.append(sentence(told, file.name))
            if arguments.json:
                say(json.dumps({"path": file.path, "error": reason(told), "offset": getattr(told, "offset", None)}))
        elif arguments.json:
            say(told.json)
        elif in_full:
            if rows:
                say()
            facts(file.name, told.lines)
            rows.append(told)
        else:
            rows.append(told)
    if rows and not in_full and not arguments.json:
        _table(rows, loudness=arguments.loudness)
    for failure in failures:
        complain(failure)
    return FAILED if failures else SOUND


def _describer(arguments: argparse.Namespace, *, in_full: bool) -> Callable[[Input, _Finding], _Described]:
    columns = _columns(loudness=arguments.loudness)
    watched = is_terminal(sys.stdout)

    def tell(file: Input, found: _Finding) -> _Described:
        return _Described(
            list(_in_full(found)) if in_full else [],
            [(column.shown if watched else column.plain)(file, found) for column in columns],
            json.dumps(_as_json(file, found)) if arguments.json else "",
            found.info.duration or 0.0,
            found.size or 0,
        )

    return tell


def _described(
    files: Sequence[Input], tell: Callable[[Input, _Finding], _Described], *, loudness: bool
) -> Iterator[tuple[Input, _Described | Exception]]:
    stop = Stop()

    def look(file: Input) -> _Described | Exception:
        try:
            with opened(file, _open) as reader, reader:
                measured = measure(reader, stop.cancel) if loudness else None
                reader.describe()  # decoding all may have made an estimate exact
                return tell(file, _Finding(describe(reader), _size(file), measured))
        except FAILURES as failure:
            return failure

    with bar("Measuring" if loudness else "Reading", len(files)) as progress:
        for index, told in enumerate(in_order(in_parallel(look, files, cores(), stop))):
            progress.update(index + 1, printable(files[index].name))
            yield files[index], told


def _open(source: Readable) -> Reader:
    return Reader(source, read_options())


def _size(file: Input) -> int | None:
    return None if file.path == STANDARD else os.stat(file.path).st_size


class _Column(NamedTuple):
    title: str
    shown: Callable[[Input, _Finding], str]
    """For people."""
    plain: Callable[[Input, _Finding], str]
    """For programs."""


def _columns(*, loudness: bool) -> list[_Column]:
    return _COLUMNS + (_LOUDNESS if loudness else [])


def _table(rows: Sequence[_Described], *, loudness: bool) -> None:
    titles = [column.title for column in _columns(loudness=loudness)]
    table(titles, [row.cells for row in rows], numbers=titles[2:])
    if is_terminal(sys.stdout):
        duration = clock(math.fsum(row.duration for row in rows), 0)
        say(f"{plural(len(rows), 'file')}, {duration}, {byte_count(sum(row.size for row in rows))}")


def _length(found: _Finding) -> str:
    duration = found.info.duration
    if duration is None:
        return "unknown"
    return clock(duration) if found.info.is_exact else f"~{clock(duration)}"


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.{decimals}f}"


def _peak(amplitude: float) -> float | None:
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf if amplitude == 0 else None


_COLUMNS = [
    _Column("file", lambda file, _: str(file.below), lambda file, _: file.path),
    _Column("format", lambda _, found: kind(found.info), lambda _, found: kind(found.info)),
    _Column(
        "rate", lambda _, found: f"{found.info.sample_rate / 1000:g} kHz", lambda _, found: str(found.info.sample_rate)
    ),
    _Column("channels", lambda _, found: str(found.info.channels), lambda _, found: str(found.info.channels)),
    _Column("length", lambda _, found: _length(found), lambda _, found: _number(found.info.duration, 6)),
    _Column(
        "bit rate",
        lambda _, found: "" if found.info.bit_rate is None else f"{found.info.bit_rate / 1000:.0f} kbit/s",
        lambda _, found: "" if found.info.bit_rate is None else str(found.info.bit_rate),
    ),
    _Column(
        "size",
        lambda _, found: "" if found.size is None else byte_count(found.size),
        lambda _, found: "" if found.size is None else str(found.size),
    ),
]


def _measured(title: str, unit: str, value: Callable[[Loudness], float | None]) -> _Column:
    def cell(_: Input, found: _Finding) -> str:
        return "" if found.loudness is None else _number(value(found.loudness), 1)

    return _Column(f"{title} {unit}", cell, cell)


_LOUDNESS = [
    _measured("loudness", "LUFS", lambda loudness: loudness.integrated),
    _measured("range", "LU", lambda loudness: loudness.range),
    _measured("peak", "dBFS", lambda loudness: _peak(loudness.sample_peak)),
    _measured("true peak", "dBTP", lambda loudness: _peak(loudness.true_peak)),
]


def _in_full(found: _Finding) -> Iterator[tuple[str, str]]:
    info = found.info
    yield "format", kind(info)
    yield "sample rate", f"{info.sample_rate} Hz"
    names = ", ".join(info.channel_names)
    yield "channels", channel_count(info.channels) + (f" ({names})" if names and info.channels > 2 else "")
    if info.bit_depth is not None:
        yield "samples", info.dtype if bits(info) == info.dtype else f"{bits(info)} ({info.dtype})"
    yield "bit rate", "unknown" if info.bit_rate is None else f"{info.bit_rate / 1000:.0f} kbit/s"
    if info.frames is None or info.duration is None:
        yield "length", "unknown: nothing in the file tells it"
    else:
        exactness = "" if info.is_exact else ", an estimate"
        yield "length", f"{clock(info.duration)} ({plural(info.frames, 'frame')}{exactness})"
    if found.size is not None:
        yield "size", byte_count(found.size)
    if found.loudness is not None:
        yield from _loudness_in_full(found.loudness)
    for key, values in info.tags.to_dict().items():
        for value in values:
            yield f"tag {key}", value
    for picture in info.tags.pictures:
        words = f", {picture.description}" if picture.description else ""
        yield "picture", f"{picture.kind}, {picture.mime}, {byte_count(len(picture.data))}{words}"
    if not info.tags.is_complete:
        yield "warning", "some tags are damaged or too large, and left out"
    for warning in info.warnings:
        yield "warning", located(*warning)


def _loudness_in_full(loudness: Loudness) -> Iterator[tuple[str, str]]:
    def level(value: float, unit: str, least: str) -> str:
        if math.isnan(value):
            return f"unknown: shorter than {least}"
        return "silent" if value == -math.inf else f"{value:.1f} {unit}"

    yield "loudness", level(loudness.integrated, "LUFS", "400 ms")
    yield "loudness range", level(loudness.range, "LU", "3 s")
    yield "loudest 400 ms", level(loudness.max_momentary, "LUFS", "400 ms")
    yield "loudest 3 s", level(loudness.max_short_term, "LUFS", "3 s")
    yield "peak", decibels(loudness.sample_peak)
    yield "true peak", decibels(loudness.true_peak).replace("dBFS", "dBTP")


def _as_json(file: Input, found: _Finding) -> dict[str, Any]:
    info = found.info
    result: dict[str, Any] = {
        "path": file.path,
        "container": info.container,
        "codec": info.codec,
        "sample_rate": info.sample_rate,
        "channels": info.channels,
        "speakers": channel_names(info.channels, info.channel_mask) if info.channel_mask else None,
        "dtype": info.dtype,
        "bit_depth": info.bit_depth,
        "bit_rate": info.bit_rate,
        "frames": info.frames,
        "duration": info.duration,
        "is_exact": info.is_exact,
        "size": found.size,
        "tags": info.tags.to_dict(),
        "pictures": [
            {
                "kind": picture.kind,
                "mime": picture.mime,
                "description": picture.description,
                "size": len(picture.data),
            }
            for picture in info.tags.pictures
        ],
        "tags_complete": info.tags.is_complete,
        "warnings": [warning._asdict() for warning in info.warnings],
    }
    if found.loudness is not None:
        # JSON has no number for what silence and short files have.
        result["loudness"] = {
            name: value if math.isfinite(value) else None for name, value in found.loudness._asdict().items()
        }
    return result
