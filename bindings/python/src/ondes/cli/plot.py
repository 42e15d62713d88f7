"""``ondes plot``: waveforms and spectrograms as pictures."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from ondes._bar import bar
from ondes._info import describe
from ondes._options import cores, read_options
from ondes._reader import Reader

from ._arguments import seconds
from ._failure import FAILED, FAILURES, SOUND, WRONG_USE, Failure, sentence
from ._inputs import STANDARD, Input, Readable, inputs, opened, standard_output
from ._kind import kind
from ._overview import Overview, overview
from ._terminal import complain, say
from ._text import plural, printable
from ._work import Stop, in_order, in_parallel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FORMATS = ("png", "svg", "pdf")
# Columns of a waveform or a spectrogram; even, as they are joined in pairs.
_COLUMNS, _SHEET_COLUMNS = 2400, 600
# More would make a picture that no viewer opens.
_SHEET = 100

DESCRIPTION = """\
Draw the waveform and the spectrogram of a file: one row for each channel, 0 dBFS is a sine of full scale.
Several files, or a folder with all that is below it, become a contact sheet of small pictures."""

EPILOG = f"""\
The extension of OUT chooses PNG, SVG or PDF. A sheet holds {_SHEET} files; of more, OUT-2.png and so on are made.
Files of any length take the same memory.

examples:
  ondes plot take.flac -o take.png                    one file
  ondes plot recordings/ -o recordings.png            a contact sheet
  ondes plot --offset 60 --duration 5 a.wav -o a.png  five seconds of it
  sox -n -t wav - synth 3 sine 1k | ondes plot - -o sine.png"""


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "plot",
        help="draw waveform and spectrogram",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, a folder, or - for stdin")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="the picture; - for a PNG to stdout")
    parser.add_argument("-f", "--force", action="store_true", help="replace a picture that is there")
    parser.add_argument("--offset", type=seconds, metavar="TIME", help="begin here: 90.5 or 1:30.5")
    parser.add_argument("--duration", type=seconds, metavar="TIME", help="draw so much: 10 or 1:30")
    parser.add_argument("--range", type=float, default=100.0, metavar="DB", help="the colours' range (default: 100 dB)")
    parser.add_argument("--width", type=int, default=1200, metavar="PIXELS", help="from 600 to 6000 (default: 1200)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draws what was asked for; tells the exit code."""
    try:
        from . import _picture
    except ImportError:
        raise Failure('plot needs matplotlib: pip install "ondes[plot]"', WRONG_USE) from None
    if not 600 <= arguments.width <= 6000:
        raise Failure("--width must be from 600 to 6000 pixels", WRONG_USE)
    if not 10 <= arguments.range <= 200:
        raise Failure("--range must be from 10 to 200 dB", WRONG_USE)
    picture_format = _format(arguments.output)
    files = inputs(arguments.files)
    alone = len(files) == 1 and not os.path.isdir(arguments.files[0])
    pages = [files[start : start + _SHEET] for start in range(0, len(files), _SHEET)]
    outputs = [_numbered(arguments.output, page) for page in range(len(pages))]
    for output in outputs:
        _refuse(output, force=arguments.force)
    code = SOUND
    for page, output in zip(pages, outputs):
        shown = _overviews(page, arguments, _COLUMNS if alone else _SHEET_COLUMNS)
        code = max(code, _complaints(page, shown))
        if all(isinstance(result, Exception) for result in shown):
            continue
        figure = _drawn(page, shown, arguments, alone=alone)
        with _written(output) as target:
            _picture.save(figure, target, picture_format)
        if output != STANDARD:
            say(f"{printable(output)}: {plural(len(page), 'file')}")
    return code


def _drawn(
    files: Sequence[Input], shown: Sequence[Overview | Exception], arguments: argparse.Namespace, *, alone: bool
) -> Figure:
    from ._picture import DPI, sheet, single

    width = arguments.width / DPI
    if alone and isinstance(shown[0], Overview):
        return single(shown[0], width, arguments.range)
    names = [str(file.below) for file in files]
    return sheet(list(zip(names, shown)), width, arguments.range)


def _overviews(files: Sequence[Input], arguments: argparse.Namespace, columns: int) -> list[Overview | Exception]:
    options = read_options(offset=arguments.offset, duration=arguments.duration)
    if options is None:
        raise Failure("--duration must be longer than 0", WRONG_USE)
    stop = Stop()

    def look(file: Input) -> Overview | Exception:
        def open_reader(source: Readable) -> Reader:
            return Reader(source, options)

        try:
            with opened(file, open_reader) as reader, reader:
                name = "stdin" if file.path == STANDARD else os.path.basename(file.path)
                return overview(reader, name, kind(describe(reader)), columns, stop)
        except FAILURES as failure:
            return failure

    shown: list[Overview | Exception] = []
    with bar("Reading", len(files)) as progress:
        for result in in_order(in_parallel(look, files, cores(), stop)):
            shown.append(result)
            progress.update(len(shown))
    return shown


def _complaints(files: Sequence[Input], shown: Sequence[Overview | Exception]) -> int:
    code = SOUND
    for file, result in zip(files, shown):
        failure = result if isinstance(result, Exception) else result.failure
        if failure is not None:
            complain(sentence(failure, file.name))
            code = FAILED
    return code


def _format(output: str) -> str:
    if output == STANDARD:
        return "png"
    extension = os.path.splitext(output)[1].lower().lstrip(".")
    if extension not in _FORMATS:
        raise Failure(f"{printable(output)}: pictures are written as .png, .svg or .pdf", WRONG_USE)
    return extension


def _numbered(output: str, page: int) -> str:
    if page == 0:
        return output
    if output == STANDARD:
        raise Failure(f"more than {_SHEET} files need several pictures, and stdout takes one", WRONG_USE)
    stem, extension = os.path.splitext(output)
    return f"{stem}-{page + 1}{extension}"


def _refuse(output: str, *, force: bool) -> None:
    if output == STANDARD:
        standard_output()
    elif not force and os.path.lexists(output):
        raise Failure(f"{printable(output)}: exists already (--force replaces it)")


@contextlib.contextmanager
def _written(output: str) -> Iterator[BinaryIO]:
    """A file that takes its place when it is whole."""
    if output == STANDARD:
        yield standard_output()
        sys.stdout.flush()
        return
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(output) or ".", prefix=".ondes-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)  # mkstemp makes files for its user alone
        os.replace(temporary, output)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
