#!/usr/bin/env python3
"""Names what include/ondes.h has and a binding does not reach.

    coverage.py             all bindings
    coverage.py cpp python  these

Functions, members of structs, and the numbers: enumerators and other constants. What a binding has a reason not to
use is below, with the reason. Exits with 1 if something is missing, or if an exception is used after all or is no
longer in the header.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "include/ondes.h"

# What every program uses by the way it is compiled, not by name.
OF_THE_HEADER_ITSELF = re.compile(r"ONDES_H$|ONDES_VERSION_\w+$")

CLOSURE = "a callback of Python knows its own data"


class Binding(NamedTuple):
    """A binding, and what it does without."""

    sources: tuple[str, ...]
    """Patterns of the files that use the header."""
    numbers: tuple[str, ...] = ()
    """Of the files that have the numbers, where they are others."""
    without: Mapping[str, str] = MappingProxyType({})
    """Names that it has a reason not to use."""


BINDINGS = {
    "cpp": Binding(("bindings/cpp/include/*.hpp",)),
    "go": Binding(("bindings/go/**/*.go", "bindings/go/**/*.h", "bindings/go/**/*.c")),
    "python": Binding(
        ("bindings/python/src/**/*.py",),
        # Generated: `cargo xtask bindings --check` has all of them there, under names without the prefix.
        ("bindings/python/src/ondes/_abi.py",),
        {
            "ONDES_FOREVER": "long waits are made of short ones, so that Ctrl-C ends them",
            "ondes_batch_count": "the package counts what it adds",
            "ondes_batch_item_name": "it knows what it added",
            "ondes_batch_item_status": "the item's error tells",
            "ondes_batch_options.user_data": CLOSURE,
            "ondes_cancel_is_set": "a call that is ended tells",
            "ondes_has_feature": "the tuple of build_info.features is asked",
            "ondes_io.user_data": CLOSURE,
            "ondes_loudness_options.user_data": CLOSURE,
            "ondes_map_info.channel_stride": "the array has its own strides",
            "ondes_map_info.is_aligned": "NumPy sees it from the address",
            "ondes_map_name": "it knows the path that it opened",
            "ondes_map_share": "objects of Python are shared as they are",
            "ondes_play_options.user_data": CLOSURE,
            "ondes_read_format_name": "programs ask for extensions",
            "ondes_reader_name": "it knows what it opened",
            "ondes_resampled_rate": "it knows the rate that it asked for",
            "ondes_resampled_tell": "the view counts what it reads",
            "ondes_scan_options.user_data": CLOSURE,
            "ondes_status_name": "Status has the names",
            "ondes_status_text": "an error's message says more",
            "ondes_stream_options.user_data": CLOSURE,
            "ondes_stream_reset_counts": "the counts are those of one run",
            "ondes_stream_set_process": "plugins of Python run in a thread of their own, not in the device's",
            "ondes_transcode_options.user_data": CLOSURE,
            "ondes_write_format_max_channels": "writing refuses more, and says how many there may be",
            "ondes_writer_name": "it knows what it opened",
        },
    ),
}


def without_comments(text: str) -> str:
    """The code alone."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def words_of(paths: set[Path]) -> set[str]:
    """All names in some files."""
    words: set[str] = set()
    for path in paths:
        text = path.read_text(encoding="utf-8")
        is_python = path.suffix == ".py"
        # In Go the functions that C calls are declared in comments, which is why those stay.
        text = re.sub(r"#[^\n]*", "", text) if is_python else text if path.suffix == ".go" else without_comments(text)
        words |= set(re.findall(r"\w+", text))
    return words


def functions(header: str) -> list[str]:
    """The functions of the header."""
    return re.findall(r"^[\w\s*]*?\b(ondes_\w+)\(", header, flags=re.MULTILINE)


def numbers(header: str) -> list[str]:
    """The enumerators and constants of the header."""
    enumerators = re.findall(r"^\s+(ONDES_\w+) = ", header, flags=re.MULTILINE)
    # How a struct begins is C's affair: a binding in another language sets its size itself.
    constants = re.findall(r"^#define (ONDES_\w+)(?<!_INIT)\b", header, flags=re.MULTILINE)
    return enumerators + [name for name in constants if not OF_THE_HEADER_ITSELF.match(name)]


def members(header: str) -> list[str]:
    """The members as "struct.member": enough to find the one that is missing."""
    found = []
    for name, body in re.findall(r"typedef struct (ondes_\w+) \{(.*?)\n\}", header, flags=re.DOTALL):
        for declaration in body.split(";"):
            if match := re.search(r"\(\*(\w+)\)\(|(\w+)\s*$", declaration.strip()):
                found.append(f"{name}.{match[1] or match[2]}")  # noqa: PERF401
    # ONDES_..._INIT sets what is not for the caller.
    return [name for name in found if not name.endswith((".struct_size", ".reserved"))]


def files(patterns: tuple[str, ...]) -> set[Path]:
    """The files of a binding, less its tests."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return {path for path in found if not path.stem.endswith("_test")}


def check(name: str, header: str) -> int:
    """Tells what is wrong with a binding; how much."""
    binding = BINDINGS[name]
    numbered = files(binding.numbers)
    used = words_of(files(binding.sources) - numbered)
    # ONDES_STATUS_BUSY may be Status.BUSY.
    known = words_of(numbered) if numbered else used

    def has_number(number: str) -> bool:
        parts = number.split("_")
        shorter = range(len(parts) if numbered else 1)
        return any("_".join(parts[start:]) in known for start in shorter)

    missing = {name for name in functions(header) + members(header) if name.rpartition(".")[2] not in used}
    missing |= {number for number in numbers(header) if not has_number(number)}
    for what in sorted(missing - set(binding.without)):
        print(f"{name}: not reached: {what}")
    for what in sorted(set(binding.without) - missing):
        print(f"{name}: an exception for nothing: {what}")
    wrong = len(missing ^ set(binding.without))
    if wrong == 0:
        print(f"{name}: all of {HEADER.name} is reached, but for {len(missing)} names that have a reason")
    return wrong


def main() -> int:
    """Checks the bindings that are asked for."""
    header = without_comments(HEADER.read_text(encoding="utf-8"))
    if len(functions(header)) < 100:
        print(f"{HEADER}: only {len(functions(header))} functions were found in it", file=sys.stderr)
        return 1
    asked = sys.argv[1:] or [name for name, binding in BINDINGS.items() if files(binding.sources)]
    if unknown := [name for name in asked if name not in BINDINGS]:
        print(f"no binding is named {', '.join(unknown)}", file=sys.stderr)
        return 2
    return int(sum(check(name, header) for name in asked) > 0)


if __name__ == "__main__":
    sys.exit(main())
