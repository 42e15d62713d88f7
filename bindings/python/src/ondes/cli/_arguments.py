"""Types of arguments, for argparse."""

from __future__ import annotations

import argparse
import math


def positive(text: str) -> int:
    """A count from 1 on."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, not {text!r}")
    return number


def rate(text: str) -> int:
    """A sample rate in Hz, or in kHz as ``44.1k``."""
    number = round(float(text[:-1]) * 1000, 6) if text[-1:] in ("k", "K") else float(text)
    if not (1 <= number < 2**32 and number.is_integer()):
        raise ValueError
    return int(number)


def seconds(text: str) -> float:
    """A time in seconds, or as minutes and seconds: ``90.5``, ``1:30.5``, ``1:02:30``."""
    total = 0.0
    for part in text.split(":"):
        value = float(part)
        if not (math.isfinite(value) and value >= 0):
            raise ValueError
        total = total * 60 + value
    return total


seconds.__name__ = "time"  # what argparse calls it in its messages
