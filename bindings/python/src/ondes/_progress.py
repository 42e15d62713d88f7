"""Telling how far long work is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from . import _abi

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress


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


def shown(progress: ProgressLike, what: str) -> AbstractContextManager[OnProgress | None]:
    """What is to be told of the progress, while it is shown: ``what`` is loaded, written …"""
    if callable(progress):
        return nullcontext(progress)
    if not progress:
        return nullcontext(None)
    try:
        import rich.progress  # noqa: F401
    except ImportError:
        return _Line(what)
    return _Rich(what)


def _measure(progress: Progress) -> tuple[float, float]:
    """Done, and in all: frames where their number is known, files otherwise."""
    if progress.frames_total:
        return progress.frames, progress.frames_total
    return progress.files, progress.files_total


class _Line:
    """One line on stderr, written again and again."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._width = 0

    def __enter__(self) -> _Line:
        return self

    def __call__(self, progress: Progress) -> None:
        done, total = _measure(progress)
        share = f"{100 * done / total:3.0f} %" if total else ""
        files = f"  {progress.files}/{progress.files_total} files" if progress.files_total else ""
        failed = f", {progress.failed} failed" if progress.failed else ""
        line = f"{self._what} {share}{files}{failed}  {progress.seconds:.0f} s of audio"
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def __exit__(self, *_: object) -> None:
        if self._width:
            sys.stderr.write("\n")


class _Rich:
    """rich's bar on stderr."""

    def __init__(self, what: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
        self._bar: RichProgress = RichProgress(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task(what, total=0)
        self._what = what

    def __enter__(self) -> _Rich:
        self._bar.start()
        return self

    def __call__(self, progress: Progress) -> None:
        done, total = _measure(progress)
        failed = f" ({progress.failed} failed)" if progress.failed else ""
        self._bar.update(self._task, completed=done, total=total, description=self._what + failed)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
