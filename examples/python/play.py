"""Plays audio files, one after the other. Ctrl-C ends it.

python3 play.py song.flac
python3 play.py --list
"""

import argparse
import sys

import ondes


def main() -> int:
    parser = argparse.ArgumentParser(prog="play", description="Plays audio files, one after the other.")
    parser.add_argument("--list", action="store_true", help="name the devices")
    parser.add_argument("--device", metavar="ID", help="one of those, or its name; otherwise the system's default")
    parser.add_argument("files", metavar="FILE", nargs="*")
    wanted = parser.parse_args()
    if not wanted.list and not wanted.files:
        parser.error("FILE is missing")
    try:
        if wanted.list:
            for device in ondes.devices():
                if device.is_output:
                    print(f"{device.id:<40} {device.name}{' (default)' * device.is_default}")
        for file in wanted.files:
            samples, rate = ondes.load(file)
            channels, frames = samples.shape
            print(f"{file}: {rate} Hz, {channels} channel{'s' * (channels != 1)}, {frames / rate:.1f} s", flush=True)
            ondes.play(samples, rate, wanted.device)
    except ondes.exceptions.OndesError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
