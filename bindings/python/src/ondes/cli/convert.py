"""``ondes convert``: any format to any other, one file or a folder."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any, BinaryIO, NamedTuple

from ondes import _abi
from ondes._bar import bar
from ondes._library import lib
from ondes._options import cores, read_options
from ondes._progress import Progress
from ondes._reader import Reader, Warning
from ondes._transcode import copy
from ondes._writer import Target, Writer, write_options
from ondes.exceptions import InvalidArgumentError, NotSeekableError

from ._arguments import positive, rate, seconds
from ._failure import FAILED, FAILURES, SOUND, WRONG_USE, Failure, reason, sentence
from ._formats import DEPTHS, extension, find, format_name, listing, sample_format
from ._inputs import STANDARD, Input, Readable, inputs, opened, standard_output
from ._terminal import complain, say
from ._text import clock, located, plural, printable
from ._work import Share, Stop, in_parallel

DESCRIPTION = """\
Convert audio files to another format, rate, depth or number of channels, with their tags.
The extension of OUT chooses the format. Several files, or a folder with all that is below it, go
into the folder OUT in the format of --to. A file is whole or not there: nothing half-written stays."""

EPILOG = """\
exit codes: 0 all converted, 1 at least one file failed (all others are there), 2 wrong use

examples:
  ondes convert song.flac song.mp3 --quality 192      one file
  ondes convert --to flac recordings/ archive/        a folder: recordings/a/b.wav becomes archive/a/b.flac
  ondes convert --rate 16000 --mono --bits 16 talk.m4a talk.wav
  ondes convert --offset 60 --duration 10 show.ogg part.ogg
  cat x.ogg | ondes convert - x.wav                   from a pipe
  ondes convert x.flac - --to wav | aplay             into a pipe

formats:
"""


class Job(NamedTuple):
    """One file to make."""

    source: Input
    target: str
    """A path, or ``-`` for stdout."""


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "convert",
        help="convert files to another format, rate or depth",
        description=DESCRIPTION,
        epilog=EPILOG + listing(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("inputs", nargs="+", metavar="IN", help="a file, a folder, or - for stdin")
    parser.add_argument("output", metavar="OUT", help="a file, a folder for several, or - for stdout")
    parser.add_argument("-t", "--to", "--format", metavar="FORMAT", help="the format, where no extension tells it")
    parser.add_argument("-r", "--rate", type=rate, default=0, metavar="HZ", help="convert to this sample rate")
    channels = parser.add_mutually_exclusive_group()
    channels.add_argument("-m", "--mono", action="store_true", help="mix all channels to one")
    channels.add_argument(
        "-c",
        "--channels",
        type=positive,
        metavar="N",
        help="the first N of more channels, without mixing (1 is --mono); mono goes to all N",
    )
    parser.add_argument("-q", "--quality", metavar="WORD", help="a format's own word: 192, V2, 8 … (default: the best)")
    parser.add_argument("-b", "--bits", choices=DEPTHS, help="the depth of samples (default: what loses nothing)")
    parser.add_argument("--dither", action="store_true", help="add noise where samples lose bits (triangular)")
    parser.add_argument("--offset", type=seconds, metavar="TIME", help="begin here: 90.5 or 1:30.5")
    parser.add_argument("--duration", type=seconds, metavar="TIME", help="take so much: 10 or 1:30")
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("-f", "--force", action="store_true", help="replace files that are there")
    existing.add_argument("--skip", action="store_true", help="leave files that are there as they are")
    parser.add_argument(
        "-j", "--jobs", type=positive, default=cores(), metavar="N", help="files at a time (default: cores)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Converts everything; tells the exit code."""
    jobs, failures = _jobs(arguments)
    wanted = [job for job in jobs if not (arguments.skip and os.path.lexists(job.target))]
    skipped = len(jobs) - len(wanted)
    jobs = wanted
    alone = len(jobs) == 1
    stop = Stop()
    with bar("Converting", len(jobs)) as progress:
        share = Share(progress, len(jobs))

        def work(job: Job) -> tuple[Warning, ...] | Exception:
            try:
                return _convert(job, arguments, stop, lambda part: share.tell(job, part), threads=0 if alone else 1)
            except FAILURES as failure:
                if isinstance(failure, BrokenPipeError) and job.target == STANDARD:
                    raise  # who read stdout has enough
                return failure
            finally:
                share.tell(job, 1)

        results = sorted(in_parallel(work, jobs, arguments.jobs, stop), key=lambda result: result[0]) if jobs else []
    total = len(jobs) + len(failures) + skipped
    for index, result in results:
        name = jobs[index].source.name
        if isinstance(result, Exception):
            failures.append(sentence(result, name))
            continue
        for warning in result:
            complain(f"warning: {printable(name)}: {printable(located(*warning))}")
    for failure in failures:
        complain(failure)
    if total > 1:
        _sum_up(total - len(failures) - skipped, len(failures), skipped)
    return FAILED if failures else SOUND


def _sum_up(done: int, failed: int, skipped: int) -> None:
    words = [plural(done, "file") + " converted"]
    words += [f"{failed} failed"] if failed else []
    words += [f"{skipped} skipped, which were there"] if skipped else []
    say(", ".join(words))


def _jobs(arguments: argparse.Namespace) -> tuple[list[Job], list[str]]:
    """What is to be made of what, and what cannot be made."""
    output: str = arguments.output
    files = inputs(arguments.inputs, leave_out=output)
    into_folder = (
        len(arguments.inputs) > 1
        or os.path.isdir(arguments.inputs[0])
        or (output != STANDARD and (os.path.isdir(output) or output.endswith(("/", os.sep))))
    )
    if not into_folder:
        chosen = arguments.to or os.path.splitext(output)[1]
        if output == STANDARD:
            standard_output()
            if not chosen:
                raise Failure("stdout has no extension: say the format, as in --to wav", WRONG_USE)
        _check(arguments, find(chosen))
        return [Job(files[0], output)], []
    if output == STANDARD:
        raise Failure("several files do not fit stdout: name a folder", WRONG_USE)
    if os.path.exists(output) and not os.path.isdir(output):
        raise Failure(f"{printable(output)}: several files need a folder, and this is a file", WRONG_USE)
    if not arguments.to:
        raise Failure(f"which format goes into the folder {printable(output)}? Say it, as in --to flac", WRONG_USE)
    index = find(arguments.to)
    _check(arguments, index)
    return _into_folder(files, output, extension(index), force=arguments.force)


def _into_folder(files: Sequence[Input], folder: str, extension: str, *, force: bool) -> tuple[list[Job], list[str]]:
    jobs: dict[str, Job] = {}
    failures = []
    sources = {os.path.realpath(file.path): file for file in files if file.path != STANDARD} if force else {}
    for file in files:
        target = os.path.join(folder, str(PurePath(file.below).with_suffix(extension)))
        # What --force replaces must not be what another file is still to be made of.
        replaced = sources.get(os.path.realpath(target), file) if force else file
        if replaced is not file:
            failures.append(
                f"{printable(file.name)}: would replace {printable(replaced.name)}, which is to be converted"
            )
            continue
        # Names that differ in case alone are the same on some systems.
        other = jobs.setdefault(target.casefold(), Job(file, target))
        if other.source is not file:
            failures.append(
                f"{printable(file.name)}: {printable(target)} is made of {printable(other.source.name)} already"
            )
    return list(jobs.values()), failures


def _check(arguments: argparse.Namespace, index: int) -> None:
    """Finds out about options that cannot be before anything is written."""
    _window(arguments)
    if arguments.rate and not lib.ondes_write_format_has_rate(index, arguments.rate):
        usual = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000)
        possible = ", ".join(str(rate) for rate in usual if lib.ondes_write_format_has_rate(index, rate))
        raise Failure(f"--rate {arguments.rate}: {format_name(index)} files have other rates: {possible}", WRONG_USE)
    # One channel at 48 kHz is something that every format holds: what fails now would fail with every file.
    try:
        Writer(None, _write_options(arguments, index, rate=48000, channels=1)).close()
    except InvalidArgumentError as failure:
        raise Failure(reason(failure), WRONG_USE) from None


def _convert(
    job: Job, arguments: argparse.Namespace, stop: Stop, on_progress: Callable[[float], None], *, threads: int
) -> tuple[Warning, ...]:
    if not arguments.force and job.target != STANDARD and os.path.lexists(job.target):
        raise Failure(f"{printable(job.target)} exists already (--force replaces it, --skip leaves it)")
    with opened(job.source, lambda source: _open(source, arguments)) as reader, reader:
        _check_offset(reader, arguments)
        index = find(arguments.to or os.path.splitext(job.target)[1])
        options = _write_options(
            arguments,
            index,
            rate=arguments.rate,
            channels=1 if arguments.mono else arguments.channels or 0,
            threads=threads,
            atomic=job.target != STANDARD,
        )

        def watch(progress: Progress) -> None:
            stop.check()
            on_progress(min(progress.frames / progress.frames_total, 1.0) if progress.frames_total else 0.0)

        def copy_to(target: Target) -> None:
            with Writer(target, options, like=reader.handle) as writer:
                copy(reader, writer, watch)

        if job.target == STANDARD:
            _to_stdout(copy_to)
        else:
            parent = os.path.dirname(job.target)
            if parent:
                os.makedirs(parent, exist_ok=True)
            copy_to(job.target)
        return reader.warnings()


def _write_options(arguments: argparse.Namespace, index: int, **rest: Any) -> _abi.WriteOptions:
    return write_options(
        format=format_name(index),
        quality=arguments.quality,
        sample_format=sample_format(index, arguments.bits) if arguments.bits else 0,
        dither=arguments.dither,
        **rest,
    )


def _open(source: Readable, arguments: argparse.Namespace) -> Reader:
    reader = Reader(source, _window(arguments))
    wanted = arguments.channels
    if not wanted or wanted == 1 or reader.info.channels <= wanted:
        return reader
    reader.close()
    if not isinstance(source, str):
        if not source.seekable():
            raise NotSeekableError("only the file as a whole tells how many channels there are")
        source.seek(0)
    return Reader(source, _window(arguments, wanted))


def _check_offset(reader: Reader, arguments: argparse.Namespace) -> None:
    """A part of a file that lies behind its end is a mistake, not an empty file."""
    info = reader.info
    if arguments.offset and info.is_exact and info.output_frames == 0 and info.frames:
        length = clock(info.duration)
        raise Failure(f"--offset {arguments.offset:g} is behind the end: the audio has {length}")


def _window(arguments: argparse.Namespace, channels: int | None = None) -> _abi.ReadOptions:
    options = read_options(offset=arguments.offset, duration=arguments.duration, channels=channels)
    if options is None:
        raise Failure("--duration must be longer than 0", WRONG_USE)
    return options


def _to_stdout(copy_to: Callable[[Target], None]) -> None:
    """Writes to stdout; what goes back to its header there where stdout cannot, takes the way by a temporary file."""
    stdout = standard_output()
    try:
        copy_to(_Forward(stdout) if _appends(stdout) else stdout)
    except NotSeekableError:
        with tempfile.TemporaryFile() as file:
            copy_to(file)
            file.seek(0)
            shutil.copyfileobj(file, stdout, 1 << 20)
    stdout.flush()


def _appends(file: BinaryIO) -> bool:
    """Whether what is written goes to the end, wherever the file stands: ``>>`` of the shell."""
    try:
        import fcntl
    except ImportError:
        return False
    return bool(fcntl.fcntl(file.fileno(), fcntl.F_GETFL) & os.O_APPEND)


class _Forward:
    """A file that is written forward only."""

    name = "stdout"

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()
