"""WAVE files put together by hand, for faults that no program writes."""

from __future__ import annotations

import struct
from collections.abc import Iterable


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk without its pad byte."""
    return name + struct.pack("<I", len(body)) + body


def fmt(tag: int, channels: int, bits: int, rate: int = 8000, extra: bytes = b"") -> bytes:
    block = channels * ((bits + 7) // 8)
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits) + extra)


def riff(chunks: Iterable[bytes]) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return chunk(b"RIFF", body)


def wave(tag: int, channels: int, bits: int, samples: bytes, rate: int = 8000) -> bytes:
    """The plainest file: 44 bytes of header."""
    return riff([fmt(tag, channels, bits, rate), chunk(b"data", samples)])
