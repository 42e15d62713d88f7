"""Failures as one line, and the exit codes of all commands."""

from __future__ import annotations

import os
import re

from ondes.exceptions import OndesError

from ._text import printable

SOUND = 0
FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141


class Failure(Exception):
    """What keeps a command from going on, in words for its user."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


FAILURES = (Failure, OndesError, OSError, ValueError)
"""What can go wrong with one file; anything else is a fault of this program."""


# Messages about arguments name the function of the library first.
_CALL = re.compile(r"^ondes_\w+: ")


def reason(error: BaseException) -> str:
    """What went wrong, without the name of the file."""
    if isinstance(error, OSError) and not isinstance(error, OndesError):
        return error.strerror or str(error)
    text = _CALL.sub("", str(error))
    path = getattr(error, "path", None)
    return text[len(path) + 2 :] if path and text.startswith(f"{path}: ") else text


def sentence(error: BaseException, name: str | None = None) -> str:
    """What went wrong, with the name of the file where there is one."""
    if name is None:
        name = getattr(error, "path", None) or getattr(error, "filename", None)
    text = printable(reason(error))
    return text if name is None else f"{printable(os.fsdecode(name))}: {text}"
