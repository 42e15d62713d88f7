"""The names of channels."""

from __future__ import annotations

# In the order of the bits of WAVE_FORMAT_EXTENSIBLE.
_SPEAKERS = [
    "FL",
    "FR",
    "FC",
    "LFE",
    "BL",
    "BR",
    "FLC",
    "FRC",
    "BC",
    "SL",
    "SR",
    "TC",
    "TFL",
    "TFC",
    "TFR",
    "TBL",
    "TBC",
    "TBR",
]


def channel_names(channels: int, mask: int) -> list[str]:
    """The speakers of channels by their usual abbreviations; numbers from 1 on for those that have none."""
    names = [name for bit, name in enumerate(_SPEAKERS) if mask >> bit & 1]
    return names if len(names) == channels else [str(channel + 1) for channel in range(channels)]
