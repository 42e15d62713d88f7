"""``ondes check``: decodes everything and reports damage."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ondes._abi import Checksum
from ondes._bar import bar, is_terminal
from ondes._options import cores, read_options
from ondes._reader import Reader
from ondes.exceptions import FormatChangedError, LimitError, MalformedError, OndesError, UnrecognizedError

from ._arguments import positive
from ._audio import blocks
from ._failure import FAILED, FAILURES, SOUND, WRONG_USE, reason
from ._inputs import Input, Readable, inputs, opened
from ._terminal import say, table
from ._text import clock, plural
from ._work import Share, Stop, in_order, in_parallel

_DAMAGE = (MalformedError, UnrecognizedError, LimitError, FormatChangedError)

DESCRIPTION = """\
Decode files from the first to the last byte, compare the checksums that they have, and report every damage
with the byte at which it is. Folders are gone through with all that is below them."""

EPILOG = """\
exit codes:
  0    every file is sound
  1    at least one file is damaged
  2    at least one file could not be checked (it is not there, not readable or of an unsupported
       codec), or the command line is wrong

examples:
  ondes check take1.flac                 one file
  ondes check ~/Music                    a folder: what is not sound is listed
  ondes check --json . > report.jsonl    one JSON object per file
  curl -s URL | ondes check -            a download on its way"""


class Damage(NamedTuple):
    """One thing that is wrong with a file."""

    message: str
    offset: int | None


class Verdict(NamedTuple):
    """What was found out about a file."""

    status: str
    """``sound``, ``damaged`` or ``failed``: it could not be checked."""
    damages: tuple[Damage, ...] = ()
    frames: int = 0
    rate: int = 0
    checksum: bool = False
    """Whether the audio has the checksum that the file gives."""


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="decode files completely and report damage",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or - for stdin")
    parser.add_argument("-v", "--verbose", action="store_true", help="list sound files too")
    parser.add_argument("--json", action="store_true", help="print one JSON object per file, one a line")
    parser.add_argument(
        "-j", "--jobs", type=positive, default=cores(), metavar="N", help="files at a time (default: cores)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Checks everything; tells the exit code."""
    files = inputs(arguments.paths)
    counts = {"sound": 0, "damaged": 0, "failed": 0}
    rows: list[list[str]] = []
    verdicts = _verdicts(files, arguments.jobs)
    # A terminal shows the bar before; a program gets each file as soon as it is known.
    for file, verdict in list(verdicts) if is_terminal(sys.stdout) else verdicts:
        counts[verdict.status] += 1
        if arguments.json:
            say(json.dumps(_as_json(file, verdict)))
        elif verdict.status != "sound" or arguments.verbose or len(files) == 1:
            rows += _rows(file, verdict)
    if not arguments.json:
        if rows:
            table(["status", "file", "byte", "what"], rows, numbers=["byte"])
        if len(files) > 1:
            _sum_up(counts)
    if counts["failed"]:
        return WRONG_USE
    return FAILED if counts["damaged"] else SOUND


def _verdicts(files: Sequence[Input], jobs: int) -> Iterator[tuple[Input, Verdict]]:
    stop = Stop()
    with bar("Checking", len(files)) as progress:
        share = Share(progress, len(files))

        def work(index: int) -> Verdict:
            try:
                return check(files[index], stop, lambda part: share.tell(index, part))
            finally:
                share.tell(index, 1)

        for index, verdict in enumerate(in_order(in_parallel(work, range(len(files)), jobs, stop))):
            yield files[index], verdict


def check(file: Input, stop: Stop, tell: Callable[[float], None]) -> Verdict:
    """Decodes a file to its end, and tells how much of it is done, from 0 to 1."""
    try:
        with opened(file, _open, seeking=True) as reader, reader:
            return _decode(reader, stop, tell)
    except _DAMAGE as failure:
        return Verdict("damaged", (_damage(failure),))
    except FAILURES as failure:
        return Verdict("failed", (_damage(failure),))


def _open(source: Readable) -> Reader:
    return Reader(source, read_options())


def _decode(reader: Reader, stop: Stop, tell: Callable[[float], None]) -> Verdict:
    frames = 0

    def tell_frames(done: int, total: int | None) -> None:
        if total:
            tell(min(1.0, done / total))

    failures: list[Damage] = []
    checksum = Checksum.NONE
    try:
        checksum = reader.verify(stop.cancel, lambda now: tell_frames(now.frames, now.frames_total))
        if checksum == Checksum.MATCH:  # for which all was decoded
            frames = reader.describe().output_frames
        else:
            for block in blocks(reader, stop):
                frames += block.shape[1]
                tell_frames(frames, reader.frames)
    except _DAMAGE as failure:
        failures.append(_damage(failure))
    if checksum == Checksum.MISMATCH:
        failures.append(Damage("the decoded audio does not have the checksum that the file gives", None))
    damages = [Damage(*warning) for warning in reader.warnings()] + failures
    return Verdict(
        "damaged" if damages else "sound", tuple(damages), frames, reader.info.output_rate, checksum == Checksum.MATCH
    )


def _damage(failure: Exception) -> Damage:
    offset = failure.offset if isinstance(failure, OndesError) else None
    text = reason(failure)
    # The byte has a column of its own.
    return Damage(text.removesuffix(f" (at byte {offset})"), offset)


def _rows(file: Input, verdict: Verdict) -> list[list[str]]:
    if not verdict.damages:
        length = clock(verdict.frames / verdict.rate) if verdict.rate else plural(verdict.frames, "frame")
        return [[verdict.status, file.name, "", length + (", checksum matches" if verdict.checksum else "")]]
    return [
        [verdict.status, file.name, "" if damage.offset is None else str(damage.offset), damage.message]
        for damage in verdict.damages
    ]


def _as_json(file: Input, verdict: Verdict) -> dict[str, Any]:
    return {
        "path": file.path,
        "status": verdict.status,
        "frames": verdict.frames,
        "checksum": verdict.checksum,
        "damages": [damage._asdict() for damage in verdict.damages],
    }


def _sum_up(counts: dict[str, int]) -> None:
    files = plural(sum(counts.values()), "file")
    words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    # Where the table is read by a program, this is not for it.
    print(f"{files}: {words}", file=sys.stdout if is_terminal(sys.stdout) else sys.stderr)
