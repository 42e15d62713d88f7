"""``ondes record``: from a device into a file."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

from ondes._abi import Direction
from ondes._bar import is_terminal
from ondes._library import lib
from ondes._samples import as_samples
from ondes._stream import Stream
from ondes._writer import Target, Writer, write_options
from ondes.exceptions import NotSeekableError, UnsupportedError

from ._arguments import positive, rate, seconds
from ._failure import FAILED, SOUND, WRONG_USE, Failure
from ._formats import DEPTHS, find, format_name, sample_format
from ._inputs import STANDARD, standard_output
from ._meter import Meter, block_frames, peak_of
from ._terminal import complain
from ._text import clock, printable

# What a power failure costs at most, in formats that can be brought up to date while they grow.
_FLUSH = 5.0

DESCRIPTION = """\
Record from a device until Ctrl-C, or for --duration, with time and level on the terminal. The extension
of OUT chooses the format. What was recorded some seconds ago is safe, whatever happens to the computer."""

EPILOG = """\
examples:
  ondes record take1.flac
  ondes record --duration 1:30 --rate 48000 --channels 1 speech.wav
  ondes record --device "USB Microphone" take.wav     a name or id of `ondes devices`
  ondes record - --to wav | …"""


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "record",
        help="record into a file",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("output", metavar="OUT", help="a file, or - for stdout")
    parser.add_argument("-d", "--device", default="default", metavar="NAME", help="the device (see `ondes devices`)")
    parser.add_argument("-t", "--to", "--format", metavar="FORMAT", help="the format, where no extension tells it")
    parser.add_argument("-r", "--rate", type=rate, default=0, metavar="HZ", help="sample rate (default: the device's)")
    parser.add_argument(
        "-c", "--channels", type=positive, default=0, metavar="N", help="channels (default: the device's)"
    )
    parser.add_argument("-q", "--quality", metavar="WORD", help="a format's own word: 192, V2, 8 … (default: the best)")
    parser.add_argument("-b", "--bits", choices=DEPTHS, help="the depth of samples (default: the format's usual one)")
    parser.add_argument("--duration", type=seconds, metavar="TIME", help="end after so much: 10 or 1:30")
    parser.add_argument("-f", "--force", action="store_true", help="replace a file that is there")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Records; tells the exit code."""
    output: str = arguments.output
    chosen = arguments.to or os.path.splitext(output)[1]
    if output == STANDARD and not chosen:
        raise Failure("stdout has no extension: say the format, as in --to wav", WRONG_USE)
    index = find(chosen)
    target: Target = standard_output() if output == STANDARD else output
    if output != STANDARD and not arguments.force and os.path.lexists(output):
        raise Failure(f"{printable(output)} exists already (--force replaces it)")
    with _stream(arguments, index) as stream:
        options = write_options(
            rate=stream.rate,
            channels=stream.channels(Direction.INPUT),
            format=format_name(index),
            quality=arguments.quality,
            sample_format=sample_format(index, arguments.bits) if arguments.bits else 0,
        )
        with Writer(target, options) as writer, _asked_to_end() as asked:
            if is_terminal(sys.stderr):
                print(
                    f"Recording from {printable(stream.device_name(Direction.INPUT))}; Ctrl-C ends it", file=sys.stderr
                )
            try:
                _record(stream, writer, arguments.duration, asked)
            finally:  # also when the device goes away
                writer.finish()
            if is_terminal(sys.stderr):
                print(f"{printable(output)}: {clock(writer.frames / stream.rate)}", file=sys.stderr)
            dropped = stream.dropped
    if dropped:
        complain(f"{clock(dropped / stream.rate)} were lost: this machine was too busy")
        return FAILED
    return 128 + asked[0] if asked and asked[0] != signal.SIGINT else SOUND


def _stream(arguments: argparse.Namespace, index: int) -> Stream:
    """The device at the rate that was asked for, else its own, else one that the format can hold."""
    stream = Stream(arguments.device, rate=arguments.rate, input_channels=arguments.channels)
    if arguments.rate or lib.ondes_write_format_has_rate(index, stream.rate):
        return stream
    stream.close()
    return Stream(arguments.device, rate=48000, input_channels=arguments.channels)


def _record(stream: Stream, writer: Writer, duration: float | None, asked: list[int]) -> None:
    memory = stream.memory(block_frames(stream.rate))
    left = None if duration is None else round(duration * stream.rate)
    flushes = True
    flushed = time.monotonic()
    with Meter(duration) as meter:
        stream.ignores_dropped = True  # they are counted
        stream.start()
        while not asked and (left is None or left > 0):
            block = memory if left is None else memory[:left]
            block = block[: stream.read_some(block)]
            writer.write(as_samples(block.T))
            left = None if left is None else left - len(block)
            meter.update(writer.frames / stream.rate, peak_of(block))
            if flushes and time.monotonic() - flushed > _FLUSH:
                flushes, flushed = _flush(writer), time.monotonic()
        stream.stop()
        while left is None and len(
            block := memory[: stream.read_some(memory)]
        ):  # what was heard before Ctrl-C belongs to it
            writer.write(as_samples(block.T))


@contextlib.contextmanager
def _asked_to_end() -> Iterator[list[int]]:
    """The signals that asked for the end: an exception could come between a block's way from device to file."""
    asked: list[int] = []
    before = {}
    with contextlib.suppress(ValueError):  # not the main thread
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                number = getattr(signal, name)
                before[number] = signal.signal(number, lambda number, _: asked.append(number))
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _flush(writer: Writer) -> bool:
    """Brings the file up to date; tells whether its format can."""
    try:
        writer.flush()
    except (UnsupportedError, NotSeekableError):
        return False
    return True
