#!/usr/bin/env python3
"""What the shared library is made of, by crate and C library; `make size`.

Links target/release/libondes.a again with a map of all that goes in, stripped and without what is
not needed, as in the wheel, and gives every byte of the file to whoever brought it. Code that is
generic belongs to the first crate that its name speaks of. Unwinding tables and relocations are
shared out in proportion to code and to pointers' tables.

    size.py            the table
    size.py --write    puts it into docs/DEPENDENCIES.md
    size.py --most N   also the N largest functions and tables
"""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target")) / "release"
DOCUMENT = TOP / "docs" / "DEPENDENCIES.md"
BEGIN, END = "<!-- size -->", "<!-- end of size -->"

STANDARD = {"std", "core", "alloc", "gimli", "addr2line", "miniz_oxide", "rustc_demangle", "hashbrown", "object",
            "memchr", "std_detect", "compiler_builtins", "panic_unwind", "unwind"}  # fmt: skip
C_LIBRARIES = {
    "libvorbis.a": "libvorbis (C; `vorbis`)",
    "libogg.a": "libvorbis (C; `vorbis`)",
    "libopus.a": "libopus (C; `libopus`)",
    "libFLAC.a": "libFLAC (C; `libflac`)",
    "libmp3lame.a": "LAME (C; `lame`)",
    "liblamevectorroutines.a": "LAME (C; `lame`)",
    "libmpgdecoder.a": "LAME (C; `lame`)",
}
OURS, RUST, SYSTEM = "ondes itself", "Rust's standard library", "linker: symbols, headers, padding"


def link(folder: Path) -> tuple[Path, Path]:
    """The stripped library and its map."""
    out, chart, exports = folder / "libondes.so", folder / "map", folder / "exports"
    exports.write_text("{ global: ondes_*; local: *; };\n")
    root = Path(subprocess.check_output(["rustc", "--print", "sysroot"], text=True, cwd=TOP).strip())
    linker = next(root.glob("lib/rustlib/*/bin/gcc-ld"), None)
    if linker is None:
        sys.exit("size: this Rust brings no linker of its own (rust-lld), whose map is read here")
    subprocess.check_call(
        ["cc", "-shared", "-fuse-ld=lld", f"-B{linker}", "-o", out, "-s", f"-Wl,-Map={chart}", "-Wl,--gc-sections",
         f"-Wl,--version-script={exports}", "-Wl,-z,relro,-z,now", "-Wl,--whole-archive", TARGET / "libondes.a",
         "-Wl,--no-whole-archive", "-lgcc_s", "-lm", "-lpthread", "-ldl", "-lrt", "-lc"]
    )  # fmt: skip
    return out, chart


def archives() -> dict[str, str]:
    """The C library of every object file in one."""
    found = {}
    for archive in (TARGET / "build").glob("*/out/**/*.a"):
        for member in subprocess.check_output(["ar", "t", archive], text=True).split():
            found[member] = C_LIBRARIES.get(archive.name, archive.name)
    return found


def pieces(chart: Path) -> list[tuple[str, str, str, int]]:
    """Section of the library, object file, section of the object, size in the file."""
    row = re.compile(r"^ *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +\d+ ( {8})?(\S.*)$")
    found, section = [], ""
    for line in chart.read_text().splitlines():
        if not (match := row.match(line)):
            continue
        size, inner, name = int(match[1], 16), match[2], match[3]
        if not inner:
            section = name
        elif section.startswith(".") and not section.startswith(
            (".debug", ".bss", ".tbss", ".comment", ".relro_padding")
        ):
            place = re.match(r"(?:.*\()?([^()]*?)\)?:\((.*)\)$", name)
            if place:
                found.append((section, Path(place[1]).name, place[2], size))
    return found


def crate(symbol: str) -> str:
    """The crate that a mangled name speaks of first, other than the standard library."""
    if "_R" in symbol:
        names = [name[: int(length)] for length, name in re.findall(r"Cs\w*?_(\d+)([A-Za-z0-9_]+)", symbol)]
    else:
        names = re.findall(r"[a-z][a-z0-9_]*", path(symbol))
    known = [name for name in names if name in CRATES]
    others = [name for name in known if name not in STANDARD]
    return (others or known or [""])[0]


def path(symbol: str) -> str:
    """The names in a symbol of Rust's older mangling, in order."""
    rest, names = symbol.partition("_ZN")[2], []
    while match := re.match(r"\d+", rest):
        end = match.end() + int(match[0])
        names.append(re.sub(r"\$\w+\$", " ", rest[match.end() : end]).replace("..", " "))
        rest = rest[end:]
    return " ".join(names)


CRATES = STANDARD | {"ondes"} | {
    name.replace("-", "_") for name in re.findall(r'^name = "(.*)"', (TOP / "Cargo.lock").read_text(), re.MULTILINE)
}  # fmt: skip
CRATES |= {"nanomp3_core"}


def owner(section: str, file: str, name: str, members: dict[str, str]) -> str:
    if file in members:
        return members[file]
    if "<internal>" in file or file.startswith("crt"):
        return SYSTEM
    found = crate(name)
    if found in STANDARD or (not found and ("compiler_builtins" in file or file.startswith(("std", "core", "alloc")))):
        return RUST
    return OURS if found in ("ondes", "") else found.removesuffix("_core") if found == "nanomp3_core" else found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/DEPENDENCIES.md")
    parser.add_argument("--most", type=int, default=0, metavar="N", help="also the N largest functions and tables")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library, chart = link(Path(folder))
        parts, total = pieces(chart), library.stat().st_size
    members = archives()
    code, tables, shared = collections.Counter(), collections.Counter(), collections.Counter()
    for section, file, name, size in parts:
        if section in (".eh_frame", ".eh_frame_hdr", ".gcc_except_table"):
            shared["unwinding"] += size
        elif section in (".rela.dyn", ".data.rel.ro"):
            shared["relocations"] += size
            if section == ".data.rel.ro":
                shared[owner(section, file, name, members)] += size
        else:
            kind = code if section == ".text" else tables
            kind[owner(section, file, name, members)] += size
    owners = set(code) | set(tables)
    pointers = {who: shared[who] for who in owners}
    rows = []
    for who in owners:
        own = code[who] + tables[who]
        own += shared["unwinding"] * code[who] // max(sum(code.values()), 1)
        own += shared["relocations"] * pointers[who] // max(sum(pointers.values()), 1)
        rows.append((own, who))
    rows = [(size, who) for size, who in rows if who != SYSTEM]
    rows.append((total - sum(size for size, _ in rows), SYSTEM))
    few = sum(size for size, who in rows if size < 5000)
    rows = [*sorted((row for row in rows if row[0] >= 5000), reverse=True), (few, "all others")]
    lines = ["| | kB | of which code |", "|---|---:|---:|"]
    lines += [f"| {who} | {size / 1000:.0f} | {code[who] / 1000:.0f} |" for size, who in rows]
    lines.append(f"| **all, stripped** | **{total / 1000:.0f}** | {sum(code.values()) / 1000:.0f} |")
    table = "\n".join(lines)
    print(table)
    for section, _, name, size in sorted(parts, key=lambda part: -part[3])[: options.most]:
        print(f"{size:8} {section:14} {path(name) or name}")
    if options.write:
        head, _, rest = DOCUMENT.read_text().partition(BEGIN)
        DOCUMENT.write_text(f"{head}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
