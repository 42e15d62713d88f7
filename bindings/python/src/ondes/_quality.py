"""The qualities of rate conversion, by name."""

from __future__ import annotations

import enum
from typing import Union

from ._abi import Quality

QualityLike = Union[str, enum.Enum]
"""A word such as "best" or "windowed_sinc32", in any spelling of case and underscores, or an enum member so named."""

NAMES = tuple(quality.name.lower() for quality in Quality)


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


_BY_NAME = {_plain(name): Quality[name.upper()] for name in NAMES}


def quality_number(quality: QualityLike) -> Quality:
    """The library's number of a quality."""
    if isinstance(quality, Quality):
        return quality
    name = quality.name if isinstance(quality, enum.Enum) else quality
    if not isinstance(name, str):
        raise TypeError(f"quality must be a word, not {quality!r}")
    try:
        return _BY_NAME[_plain(name)]
    except KeyError:
        raise ValueError(f"quality {name!r} is none of {', '.join(NAMES)}") from None
