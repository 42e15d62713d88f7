"""ondes: read any audio, exactly, and write it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import batch, build_info, decoding_backend, exceptions, mapping, resample_mode
from ._batch import Loaded, PaddedBatch, iter_batch, load_batch
from ._display import Audio
from ._info import Info, info
from ._library import lib as _lib
from ._load import load
from ._loudness import Loudness, loudness
from ._play import devices, play, record
from ._progress import Progress
from ._resample import resample
from ._save import encode, save
from ._stream import Device
from ._tags import Picture, Tags
from ._transcode import transcode
from ._waveform import Waveform
from .batch import NumPyNamedResult, WaveformNamedResult
from .mapping import wavemap

if TYPE_CHECKING:
    from . import io


def __getattr__(name: str) -> Any:
    # Not everybody needs it: it is imported at its first use.
    if name == "io":
        return importlib.import_module(".io", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__version__: str = _lib.ondes_version_string().decode()
__all__ = [
    "Audio",
    "Device",
    "Info",
    "Loaded",
    "Loudness",
    "NumPyNamedResult",
    "PaddedBatch",
    "Picture",
    "Progress",
    "Tags",
    "Waveform",
    "WaveformNamedResult",
    "batch",
    "build_info",
    "decoding_backend",
    "devices",
    "encode",
    "exceptions",
    "info",
    "io",
    "iter_batch",
    "load",
    "load_batch",
    "loudness",
    "mapping",
    "play",
    "record",
    "resample",
    "resample_mode",
    "save",
    "transcode",
    "wavemap",
]
