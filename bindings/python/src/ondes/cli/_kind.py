"""What a file is, in two or three words."""

from __future__ import annotations

from ondes._info import Info

_ITS_OWN = ("MPEG audio", "ADTS")  # containers of nothing but their codec


def kind(info: Info) -> str:
    """Coding and file format: ``MP3``, ``Vorbis in Ogg``, ``24 bit FLAC``, ``float32 PCM in WAV``."""
    plain = info.codec == info.container or info.container in _ITS_OWN
    words = info.codec if plain else f"{info.codec} in {info.container}"
    depth = bits(info)
    return f"{depth} {words}" if depth else words


def bits(info: Info) -> str:
    """The depth of samples: ``24 bit``, ``float32``; nothing for lossy codecs."""
    if info.bit_depth is None:
        return ""
    return info.dtype if info.dtype.startswith("float") else f"{info.bit_depth} bit"
