"""Tells what an audio file is, without decoding it.

python3 info.py song.flac
"""

import argparse
import sys

import ondes


def main() -> int:
    parser = argparse.ArgumentParser(prog="info", description="Tells what an audio file is, without decoding it.")
    parser.add_argument("file", metavar="FILE")
    file = parser.parse_args().file
    try:
        info = ondes.info(file)
    except ondes.exceptions.OndesError as error:
        print(error, file=sys.stderr)
        return 1

    print(f"file       {info.path}")
    print(f"container  {info.container}")
    print(f"codec      {info.codec}")
    print(f"rate       {info.sample_rate} Hz")
    print(f"channels   {info.channels}")
    print(f"samples    {info.dtype}")
    if info.bit_depth:
        print(f"bit depth  {info.bit_depth}")
    if info.bit_rate:
        print(f"bit rate   {(info.bit_rate + 500) // 1000} kbit/s")
    if info.frames is not None:
        print(f"length     {'' if info.is_exact else 'about '}{info.duration:.3f} s, {info.frames} frames")
    for warning in info.warnings:
        print(f"warning    {warning.message}")
    for key, values in info.tags.to_dict().items():
        for value in values:
            print(f"tag        {key}: {value}")
    for picture in info.tags.pictures:
        print(f"picture    {picture.mime}, {len(picture.data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
