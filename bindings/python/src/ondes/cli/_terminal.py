"""What is printed: tables and bars by rich on a terminal, lines that programs can read elsewhere."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from ._text import plural, printable, shortened

if TYPE_CHECKING:
    from rich.console import Console


# Of what is in a file's tags, a terminal gets so many characters of a line, and so many lines.
_LONGEST, _MOST_LINES = 500, 12


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody watches a stream. One that was closed before the process began is None."""
    try:
        return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:  # closed
        return False


def _console(stream: TextIO) -> Console | None:
    """A console of rich on a terminal; None elsewhere and where rich is not installed."""
    if not is_terminal(stream):
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=stream, highlight=False, markup=False, emoji=False)


def say(line: str = "") -> None:
    """Prints a line for the user; control characters in it are made visible before."""
    print(line)


def complain(line: str) -> None:
    """Prints what went wrong."""
    print(f"ondes: {line}", file=sys.stderr, flush=True)


def heading(line: str) -> None:
    """Prints a line that stands out on a terminal."""
    console = _console(sys.stdout)
    if console is None:
        say(line)
    else:
        console.print(line, style="bold", soft_wrap=True)


def facts(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Prints what there is to say about one thing: aligned on a terminal, else with a tab behind each name.

    Values of several lines keep them on a terminal, and become one line elsewhere.
    """
    heading(printable(title))
    if not is_terminal(sys.stdout):
        for name, value in rows:
            say(f"{printable(name)}\t{printable(value)}")
        return
    width = max((len(printable(name)) for name, _ in rows), default=0)
    for name, value in rows:
        lines = [shortened(printable(line), _LONGEST) for line in value.splitlines()] or [""]
        for index, line in enumerate(lines[:_MOST_LINES]):
            say(f"  {(printable(name) if index == 0 else '').ljust(width)}  {line}")
        if len(lines) > _MOST_LINES:
            say(f"  {'':{width}}  … ({plural(len(lines) - _MOST_LINES, 'more line')})")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> None:
    """Prints rows under headings: boxed on a terminal, else with tabs between the cells, which hold no tabs.

    The columns in ``numbers`` end at the same place.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    console = _console(sys.stdout)
    if console is not None:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        shown = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for column in columns:
            # A long name takes several lines before a figure gives way.
            right = column in numbers
            shown.add_column(column, justify="right" if right else "left", no_wrap=right, overflow="fold")
        for row in rows:
            shown.add_row(*row)
        console.print(shown)
    elif is_terminal(sys.stdout):
        widths = [max(len(row[index]) for row in [columns, *rows]) for index in range(len(columns))]
        for row in [columns, *rows]:
            cells = [
                cell.rjust(width) if column in numbers else cell.ljust(width)
                for cell, width, column in zip(row, widths, columns)
            ]
            say("  ".join(cells).rstrip())
    else:
        for row in [columns, *rows]:
            say("\t".join(row))


class Bar(Protocol):
    """A progress bar."""

    def update(self, done: float, note: str = "") -> None:
        """Shows how much is done, and a few words behind the bar."""


class _Silent:
    def update(self, done: float, note: str = "") -> None:
        """Shows nothing: nobody watches."""


class _Plain:
    """One line that is written over and over."""

    def __init__(self, title: str, total: float) -> None:
        self._title, self._total = title, total
        self._next = 0.0

    def update(self, done: float, note: str = "") -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 0.2
            share = f"{100 * done / self._total:3.0f} %" if self._total else ""
            self._write(f"{self._title} {share}  {note}")

    def _write(self, line: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write("\r" + line[:width].ljust(width))
        sys.stderr.flush()

    def clear(self) -> None:
        if self._next:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()


class _Rich:
    def __init__(self, progress: Any, task: Any) -> None:
        self._progress, self._task = progress, task

    def update(self, done: float, note: str = "") -> None:
        self._progress.update(self._task, completed=done, note=printable(note))


@contextlib.contextmanager
def bar(title: str, total: float) -> Iterator[Bar]:
    """A progress bar on stderr while somebody watches it, gone at the end."""
    console = _console(sys.stderr)
    if console is not None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = [
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %", markup=False),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
        ]
        with Progress(*columns, console=console, transient=True) as progress:
            yield _Rich(progress, progress.add_task(title, total=total, note=""))
    elif is_terminal(sys.stderr):
        plain = _Plain(title, total)
        try:
            yield plain
        finally:
            plain.clear()
    else:
        yield _Silent()
