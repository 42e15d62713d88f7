"""A progress bar on stderr: rich's where it is installed, one line that is written over and over elsewhere."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from rich.console import Console


class Bar(Protocol):
    """A progress bar."""

    def update(self, done: float, note: str = "", total: float | None = None) -> None:
        """Shows how much is done, a few words behind the bar, and how much there is if that has changed."""


@contextlib.contextmanager
def bar(title: str, total: float = 0, *, asked_for: bool = False) -> Iterator[Bar]:
    """A bar while somebody watches the terminal, gone at the end; one that was asked for is shown anywhere, and stays."""
    console = rich_console(sys.stderr, asked_for=asked_for)
    if console is not None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = [
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %", markup=False),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
        ]
        with Progress(*columns, console=console, transient=not asked_for) as progress:
            yield _Rich(progress, progress.add_task(title, total=total, note=""))
    elif asked_for or is_terminal(sys.stderr):
        line = _Line(title, total)
        try:
            yield line
        finally:
            line.end(stays=asked_for)
    else:
        yield _Silent()


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody watches a stream. One that was closed before the process began is None."""
    try:
        return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:  # closed
        return False


def rich_console(stream: TextIO, *, asked_for: bool = False) -> Console | None:
    """A console of rich on a terminal, or on anything if it is asked for; None where rich is not installed."""
    if not asked_for and not is_terminal(stream):
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=stream, highlight=False, markup=False, emoji=False)


class _Silent:
    def update(self, done: float, note: str = "", total: float | None = None) -> None:
        """Shows nothing: nobody watches."""


class _Line:
    def __init__(self, title: str, total: float) -> None:
        self._title, self._total = title, total
        self._line, self._next = "", 0.0

    def update(self, done: float, note: str = "", total: float | None = None) -> None:
        self._total = self._total if total is None else total
        share = f"{100 * done / self._total:3.0f} %" if self._total else ""
        self._line = f"{self._title} {share}  {note}"
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 0.2
            self._write(self._line)

    def end(self, *, stays: bool) -> None:
        """Leaves the last line, or a clear one."""
        if self._line:
            self._write(self._line if stays else "")
            print(end="\n" if stays else "\r", file=sys.stderr, flush=True)

    def _write(self, line: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        print(end="\r" + line[:width].ljust(width), file=sys.stderr, flush=True)


class _Rich:
    def __init__(self, progress: Any, task: Any) -> None:
        self._progress, self._task = progress, task

    def update(self, done: float, note: str = "", total: float | None = None) -> None:
        self._progress.update(self._task, completed=done, note=note, **({} if total is None else {"total": total}))
