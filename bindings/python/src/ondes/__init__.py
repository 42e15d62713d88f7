"""ondes: read any audio, exactly, and write it."""

from . import exceptions
from ._library import lib as _lib
from ._load import load

__version__: str = _lib.ondes_version_string().decode()
__all__ = ["exceptions", "load"]
