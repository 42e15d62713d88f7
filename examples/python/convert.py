"""Converts an audio file into another format, in constant memory, with tags.

python3 convert.py song.flac song.mp3
python3 convert.py --quality 128 --rate 22050 --mono talk.wav talk.ogg

The format follows the extension of the output. The output appears when it is whole, and not at all if anything goes
wrong.
"""

import argparse
import sys

import ondes

DTYPES = {8: "uint8", 16: "int16", 24: "int24", 32: "int32"}


def number(text: str) -> int:
    """The number that an option has."""
    value = int(text)
    if not 0 <= value < 2**32:
        raise ValueError(value)
    return value


def main() -> int:
    parser = argparse.ArgumentParser(prog="convert", description="Converts an audio file into another format.")
    parser.add_argument("--rate", metavar="HZ", type=number, help="convert to this sample rate")
    parser.add_argument("--mono", action="store_true", help="mix to one channel")
    parser.add_argument("--format", metavar="NAME", help="the format; otherwise that of the output's extension")
    parser.add_argument("--quality", metavar="WORD", help='such as "192" or "best"')
    parser.add_argument("--bits", metavar="8|16|24|32", type=int, choices=DTYPES, help="of a sample")
    parser.add_argument("input", metavar="INPUT")
    parser.add_argument("output", metavar="OUTPUT")
    wanted = parser.parse_args()
    try:
        ondes.transcode(
            wanted.input,
            wanted.output,
            format=wanted.format,
            quality=wanted.quality,
            sample_rate=wanted.rate or None,
            mono=wanted.mono,
            dtype=DTYPES.get(wanted.bits),
            threads=0,
            progress=sys.stderr.isatty(),
        )
        made = ondes.info(wanted.output)
    except (ondes.exceptions.OndesError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    channels = f"{made.channels} channel{'s' * (made.channels != 1)}"
    print(f"{wanted.output}: {made.frames} frames of {channels} at {made.sample_rate} Hz", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
