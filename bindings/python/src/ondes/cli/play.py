"""``ondes play``: files on a device."""

from __future__ import annotations

import argparse
import sys
from collections import deque
from typing import Any

import numpy as np

from ondes._abi import Direction, Layout, Sample
from ondes._bar import is_terminal
from ondes._options import read_options
from ondes._reader import Reader
from ondes._samples import address
from ondes._stream import Stream

from ._arguments import seconds
from ._failure import FAILED, FAILURES, SOUND, WRONG_USE, Failure, sentence
from ._inputs import STANDARD, Input, Readable, inputs, opened
from ._meter import Meter, block_frames, peak_of
from ._terminal import complain
from ._text import clock, printable

# Frames that wait to be played: about a second, in which other programs may keep this one from its work.
_AHEAD = 48000

DESCRIPTION = """\
Play files one after the other, with time and level on the terminal. Ctrl-C ends it."""

EPILOG = """\
examples:
  ondes play song.mp3
  ondes play --offset 1:30 --duration 10 album/*.flac
  ondes play --device "Headphones" song.flac     a name or id of `ondes devices`
  sox -n -t wav - synth 1 sine 440 | ondes play -"""


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "play",
        help="play files",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, a folder, or - for stdin")
    parser.add_argument("-d", "--device", default="default", metavar="NAME", help="the device (see `ondes devices`)")
    parser.add_argument("--offset", type=seconds, metavar="TIME", help="begin here: 90.5 or 1:30.5")
    parser.add_argument("--duration", type=seconds, metavar="TIME", help="play so much: 10 or 1:30")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Plays everything; tells the exit code."""
    if arguments.duration == 0:
        raise Failure("--duration must be longer than 0", WRONG_USE)
    code = SOUND
    for file in inputs(arguments.files):
        if is_terminal(sys.stderr):
            print(printable(file.name), file=sys.stderr)
        try:
            _play(file, arguments)
        except FAILURES as failure:
            complain(sentence(failure, file.name))
            code = FAILED
    return code


def _play(file: Input, arguments: argparse.Namespace) -> None:
    def open_reader(source: Readable, rate: float | None = None) -> Reader:
        window = {"offset": arguments.offset, "duration": arguments.duration}
        return Reader(source, read_options(sample_rate=rate, **window))

    with opened(file, open_reader) as reader, reader:
        channels = reader.info.channels
        # Mono goes to all channels of the device; the sound system mixes others to what there is. What comes from
        # stdin cannot be opened again for the rate of the device: there the sound system converts it.
        rate = reader.info.rate if file.path == STANDARD else 0
        with Stream(
            output=arguments.device, rate=rate, output_channels=0 if channels == 1 else channels, queue=_AHEAD
        ) as stream:
            if stream.rate == reader.info.output_rate:
                _stream(reader, stream)
            else:
                with open_reader(file.path, stream.rate) as converted:
                    _stream(converted, stream)


def _stream(reader: Reader, stream: Stream) -> None:
    block = np.empty((block_frames(stream.rate), reader.info.output_channels), np.float32)
    total = None if reader.frames is None else reader.frames / stream.rate
    played = 0
    # The level that is shown is that of what is heard, about a second behind what is written.
    coming: deque[tuple[int, float]] = deque()

    def show() -> None:
        heard = max(played - stream.buffered(Direction.OUTPUT), 0)
        peak = 0.0
        while coming and coming[0][0] <= heard:
            peak = max(peak, coming.popleft()[1])
        meter.update(heard / stream.rate, peak)

    with Meter(total) as meter:
        stream.start()
        while frames := reader.read_into(address(block), block.shape[0], Sample.F32, Layout.INTERLEAVED):
            left = block[:frames]
            while len(left):
                left = left[stream.write_some(left) :]
                show()
            played += frames
            coming.append((played, peak_of(block[:frames])))
        while not stream.drain_some():
            show()
    if stream.missed:
        complain(f"warning: {clock(stream.missed / stream.rate)} of silence came in between: this machine was too busy")
