"""What is printed: tables by rich on a terminal, lines that programs can read elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ondes._bar import is_terminal, rich_console

from ._text import plural, printable, shortened

# Of what is in a file's tags, a terminal gets so many characters of a line, and so many lines.
_LONGEST, _MOST_LINES = 500, 12


def say(line: str = "") -> None:
    """Prints a line for the user; control characters in it are made visible before."""
    print(line)


def complain(line: str) -> None:
    """Prints what went wrong."""
    print(f"ondes: {line}", file=sys.stderr, flush=True)


def heading(line: str) -> None:
    """Prints a line that stands out on a terminal."""
    console = rich_console(sys.stdout)
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
    console = rich_console(sys.stdout)
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
