"""``ondes devices``: what there is to play on and to record from."""

from __future__ import annotations

import argparse
from typing import Any

from ondes._abi import Direction
from ondes._stream import devices

from ._failure import SOUND
from ._terminal import table

EPILOG = """\
The system's default comes first. --device of play and record takes a name or an id.

example:
  ondes devices"""


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "devices",
        help="list what there is to play on and to record from",
        description="List the devices for playing and recording.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Lists the devices."""
    rows = [
        [word, device.name, str(device.rate or ""), str(device.channels or ""), device.id]
        for word, direction in (("play", Direction.OUTPUT), ("record", Direction.INPUT))
        for device in devices(direction)
    ]
    table(["for", "name", "rate", "channels", "id"], rows, numbers=["rate", "channels"])
    return SOUND
