"""Arguments as ``pedalboard.io`` takes them."""

from __future__ import annotations

import operator
from typing import Any, SupportsFloat

MISSING: Any = object()
"""Stands for an argument that was not given, where None is one."""


def incompatible(call: str, why: str) -> TypeError:
    """The exception for arguments of a wrong number or type."""
    return TypeError(f"{call}(): incompatible function arguments: {why}")


def only(call: str, extra: tuple[object, ...], unknown: dict[str, object]) -> None:
    """Refuses arguments that a call does not have."""
    if extra:
        raise incompatible(call, f"{extra[0]!r} is one too many")
    if unknown:
        raise incompatible(call, f"there is no argument {next(iter(unknown))}")


def one_of(call: str, filename: Any, file_like: Any) -> Any:
    """The file to open, which has two names."""
    if (filename is MISSING) == (file_like is MISSING):
        raise incompatible(call, "it takes one file: filename or file_like")
    return file_like if filename is MISSING else filename


def whole(value: Any, call: str, name: str) -> int:
    """A whole number, which a float is not."""
    try:
        return operator.index(value)
    except TypeError:
        raise incompatible(call, f"{name} must be a whole number, not {value!r}") from None


def number(value: Any, call: str, name: str) -> float:
    """A number, which a text is not."""
    if not isinstance(value, SupportsFloat):
        raise incompatible(call, f"{name} must be a number, not {value!r}")
    return float(value)


def frame_count(value: Any, kind: str) -> int:
    """How many frames to read: a whole number above 0, of any type."""
    if type(value) is not int:
        try:
            value = operator.index(value)
        except TypeError:
            count = number(value, "read", "num_frames")
            if not count.is_integer():
                raise ValueError(
                    f"{kind} cannot read a fractional number of frames: {value!r} were asked for, "
                    "which must be a whole number"
                ) from None
            value = int(count)
    if value > 0:
        return int(value)
    if value < 0:
        raise ValueError(f"negative dimensions are not allowed: {value} frames were asked for")
    raise ValueError(
        f"{kind} will not read an entire file at once, as it may be larger than the memory: pass a number of frames, "
        "such as the file's .frames"
    )


def whole_if_it_is(rate: float) -> int | float:
    """A sample rate as an int where it has no fraction."""
    return int(rate) if rate.is_integer() else rate
