"""The command line: ``ondes``, or ``python -m ondes``."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import NoReturn

from ondes import __version__
from ondes._abi import ABI_VERSION
from ondes._library import LIBRARY_PATH, lib
from ondes.build_info import features

from . import check, convert, devices, info, play, plot, record
from ._failure import BROKEN_PIPE, FAILED, FAILURES, INTERRUPTED, WRONG_USE, Failure, sentence
from ._terminal import complain

__all__ = ["main"]

_COMMANDS = (info, convert, check, plot, play, record, devices)

_EPILOG = """\
examples:
  ondes info song.mp3                          what a file is, and its tags
  ondes convert song.flac song.mp3             any format to any other
  ondes convert --to flac --jobs 4 in/ out/    a folder with all that is below it
  ondes check ~/Music                          find damaged files
  ondes plot take.wav -o take.png              waveform and spectrogram

`ondes COMMAND --help` tells more. - is stdin or stdout."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line that says what is wrong, and where to read more."""
        complain(f"{message} (see {self.prog} --help)")
        raise SystemExit(WRONG_USE)


class _Version(argparse.Action):
    def __call__(self, *_: object) -> None:
        print(f"ondes {__version__}")
        print(f"library {lib.ondes_version_string().decode()}, ABI {ABI_VERSION}, {LIBRARY_PATH}")
        print(f"built with {', '.join(features()) or 'no optional feature'}")
        raise SystemExit(0)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="ondes",
        description="Look at, convert, check and draw audio files.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the versions of package and library")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for command in _COMMANDS:
        command.add(commands)
    return parser


class _Terminated(KeyboardInterrupt):
    """The process was asked to end; it does so as after Ctrl-C, but for the exit code."""


@contextlib.contextmanager
def _orderly_end() -> Iterator[None]:
    """Ends as after Ctrl-C when the process is asked to end, so that no half-written file is left."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        raise _Terminated(number)

    before = {}
    with contextlib.suppress(ValueError):  # not the main thread
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                number = getattr(signal, name)
                if signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores SIGHUP
                    before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stdout_is_gone() -> None:
    """Keeps Python from complaining at its end that what is left cannot be written."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _prepare_streams() -> None:
    if sys.stderr is None:  # closed; print would take stdout instead, which may be audio
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files hold what a terminal cannot show


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code: 0, or 1 for a failure, 2 for wrong use, 130 after Ctrl-C.

    ``arguments`` are those of the process if not given. Only ``--help``, ``--version``
    and wrong arguments raise ``SystemExit``.
    """
    _prepare_streams()
    try:
        parser = _parser()
        chosen = parser.parse_args(arguments)
        if chosen.command is None:
            parser.print_help(sys.stderr)
            return WRONG_USE
        with _orderly_end():
            code: int = chosen.run(chosen)
            if sys.stdout is not None:
                sys.stdout.flush()
            return code
    except BrokenPipeError:
        _stdout_is_gone()
        return BROKEN_PIPE
    except _Terminated as ended:
        return 128 + int(ended.args[0])
    except KeyboardInterrupt:
        return INTERRUPTED
    except Failure as failure:
        complain(str(failure))
        return failure.code
    except FAILURES as failure:
        complain(sentence(failure))
        return FAILED
