"""Telling how far long work is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Union

from . import _abi
from ._bar import bar


class Progress(NamedTuple):
    """How far long work has come."""

    files: int
    """Files done, failed ones included."""
    files_total: int
    failed: int
    """Files that failed."""
    frames: int
    """Frames decoded."""
    frames_total: int
    """Frames in all, where that is known beforehand; 0 otherwise."""
    bytes: int
    """Bytes of the files that are done."""
    seconds: float
    """Seconds of audio decoded."""


OnProgress = Callable[[Progress], object]
ProgressLike = Union[bool, OnProgress]
"""True for a bar on stderr, or a function that is called about 20 times a second, with a :class:`Progress`."""


def reporter(on_progress: OnProgress | None, failures: list[BaseException]) -> Any:
    """The library's callback. It also is where Ctrl-C finds Python, so there is one even if nobody wants to know."""

    def called_by_ondes(_: object, progress: Any) -> int:
        try:
            if on_progress is not None:
                c = progress.contents
                on_progress(Progress(c.files, c.files_total, c.failed, c.frames, c.frames_total, c.bytes, c.seconds))
            return 0 if not failures else _abi.CANCEL
        except BaseException as failure:
            failures.append(failure)
            return _abi.CANCEL

    return _abi.ProgressFn(called_by_ondes)


@contextlib.contextmanager
def shown(progress: ProgressLike, what: str) -> Iterator[OnProgress | None]:
    """What is to be told of the progress, while it is shown: ``what`` is loaded, written …"""
    if callable(progress):
        yield progress
    elif not progress:
        yield None
    else:
        with bar(what, asked_for=True) as shown_bar:

            def tell(now: Progress) -> None:
                files = f"{now.files}/{now.files_total} files, " if now.files_total else ""
                failed = f"{now.failed} failed, " if now.failed else ""
                # Frames are the finer measure, where it is known how many there will be.
                done, total = (now.frames, now.frames_total) if now.frames_total else (now.files, now.files_total)
                shown_bar.update(done, f"{files}{failed}{now.seconds:.0f} s of audio", total)

            yield tell
