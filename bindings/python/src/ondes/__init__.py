"""ondes: read any audio, exactly, and write it."""

from . import exceptions, mapping
from ._library import lib as _lib
from ._load import load
from .mapping import wavemap

__version__: str = _lib.ondes_version_string().decode()
__all__ = ["exceptions", "load", "mapping", "wavemap"]
