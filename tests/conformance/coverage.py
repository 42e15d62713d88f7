#!/usr/bin/env python3
"""Names what include/ondes.h has and the sources of a binding do not use.

    coverage.py include/ondes.h bindings/cpp/include/ondes.hpp
    coverage.py --numbers --members include/ondes.h SOURCE...

Functions always; with --numbers also enumerators and other constants, with
--members also the members of structs. --except names what a binding has a
reason not to use. Exits with 1 if something is missing, or if an exception is
used after all or is not in the header.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

# What every program uses by the way it is compiled, not by name.
OF_THE_HEADER_ITSELF = re.compile(r"ONDES_H$|ONDES_VERSION_\w+$")


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def words_of(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"#[^\n]*", "", text) if path.suffix in (".py", ".pyi") else without_comments(text)
    return set(re.findall(r"\w+", text))


def functions(header: str) -> list[str]:
    return re.findall(r"^[\w\s*]*?\b(ondes_\w+)\(", header, flags=re.MULTILINE)


def numbers(header: str) -> list[str]:
    enumerators = re.findall(r"^\s+(ONDES_\w+) = ", header, flags=re.MULTILINE)
    constants = re.findall(r"^#define (ONDES_\w+)", header, flags=re.MULTILINE)
    return enumerators + [name for name in constants if not OF_THE_HEADER_ITSELF.match(name)]


def members(header: str) -> list[str]:
    """The members as "struct.member": enough to find the one that is missing."""
    found = []
    for name, body in re.findall(r"typedef struct (ondes_\w+) \{(.*?)\n\}", header, flags=re.DOTALL):
        for declaration in body.split(";"):
            if match := re.search(r"\(\*(\w+)\)\(|(\w+)\s*$", declaration.strip()):
                found.append(f"{name}.{match[1] or match[2]}")
    # ONDES_..._INIT sets what is not for the caller.
    return [name for name in found if not name.endswith((".struct_size", ".reserved"))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("header", type=Path)
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--numbers", action="store_true", help="enumerators and other constants too")
    parser.add_argument("--members", action="store_true", help="the members of structs too")
    parser.add_argument("--except", dest="exceptions", default="", help="names that may be missing, with commas")
    options = parser.parse_args()

    header = without_comments(options.header.read_text(encoding="utf-8"))
    used = set().union(*(words_of(source) for source in options.sources))
    names = functions(header)
    if len(names) < 100:
        print(f"{options.header}: only {len(names)} functions were found in it", file=sys.stderr)
        return 1
    names += numbers(header) if options.numbers else []
    names += members(header) if options.members else []

    exceptions = {name for name in options.exceptions.split(",") if name}
    missing = {name for name in names if name.rpartition(".")[2] not in used}
    for name in sorted(missing - exceptions):
        print(f"not used: {name}")
    for name in sorted(exceptions - missing):
        print(f"an exception for nothing: {name}")
    if missing == exceptions:
        print(f"{len(names)} names of {options.header}: all used but {len(exceptions)} exceptions")
    return int(missing != exceptions)


if __name__ == "__main__":
    sys.exit(main())
