"""Numbers and names as people read them."""

from __future__ import annotations

import math
import unicodedata

# Characters that change the direction of writing: they can make a name look like another one.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """Text that cannot steer a terminal: control characters, and bytes that are no text, become visible escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN and character not in _DIRECTIONS:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is no UTF-8, as Python keeps it
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape", "backslashreplace").decode()


def shortened(text: str, width: int) -> str:
    """Text of at most so many characters: the middle gives way, as the ends of file names tell the most."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def clock(seconds: float, decimals: int = 3) -> str:
    """A length or a position: ``0.200 s``, ``2:31.500``, ``1:02:31.500``."""
    if math.isnan(seconds):
        return "unknown"
    units = round(seconds * 10**decimals)
    whole, fraction = divmod(units, 10**decimals)
    tail = f".{fraction:0{decimals}}" if decimals else ""
    if whole < 60:
        return f"{whole}{tail} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}{tail}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}{tail}"


def byte_count(size: int) -> str:
    """A size of a file: ``981 bytes``, ``3.4 MB``."""
    if size < 1000:
        return f"{size} byte" if size == 1 else f"{size} bytes"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def plural(count: int, noun: str) -> str:
    """``1 file``, ``3 files``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def channel_count(channels: int) -> str:
    """``mono``, ``stereo``, ``6 channels``."""
    return {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")


def decibels(amplitude: float) -> str:
    """A peak, where 1 is full scale: ``-3.2 dBFS``."""
    if math.isnan(amplitude):
        return "unknown"
    return "silent" if amplitude == 0 else f"{20 * math.log10(amplitude):.1f} dBFS"


def located(message: str, offset: int | None) -> str:
    """A message with the byte of the file that it is about."""
    return message if offset is None else f"{message} (at byte {offset})"
