"""ondes: read any audio, exactly, and write it."""

from . import batch, build_info, decoding_backend, exceptions, mapping, resample_mode
from ._display import Audio
from ._library import lib as _lib
from ._load import load
from ._waveform import Waveform
from .batch import NumPyNamedResult, WaveformNamedResult
from .mapping import wavemap

__version__: str = _lib.ondes_version_string().decode()
__all__ = [
    "Audio",
    "NumPyNamedResult",
    "Waveform",
    "WaveformNamedResult",
    "batch",
    "build_info",
    "decoding_backend",
    "exceptions",
    "load",
    "mapping",
    "resample_mode",
    "wavemap",
]
