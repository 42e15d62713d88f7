#!/usr/bin/env python3
"""Writes cases.json as lines of `name TAB value`, an empty line after each case, for C and C++.

    flat.py cases.json > cases.txt

Names of nested values are joined by dots, places in lists count from 0. Backslash, tab and line feed in a value
become \\\\, \\t and \\n. An empty list has the value `[]`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path


def flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """What is in a case, by its full name."""
    if value == []:
        yield name, "[]"
        return
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inside is None:
        yield name, value if isinstance(value, str) else json.dumps(value)
        return
    for key, part in inside:
        yield from flat(part, f"{name}.{key}" if name else str(key))


def main() -> None:
    for case in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["cases"]:
        for name, value in flat(case):
            escaped = value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
            sys.stdout.buffer.write(f"{name}\t{escaped}\n".encode())
        sys.stdout.buffer.write(b"\n")


if __name__ == "__main__":
    main()
