"""Puts the shared library into the wheel: built by cargo, or one that was built before.

Environment variables:

ONDES_BUILD_FEATURES  cargo features to build with, such as "devices,vorbis"; empty for none (default: Cargo's)
ONDES_BUILD_LIBRARY   a library to take instead of building one
ONDES_BUILD_PLATFORM  the platform in the wheel's name, such as "manylinux_2_17_x86_64" (default: this machine's)

An editable installation holds no library: it finds the checkout's target/release, or ONDES_LIBRARY.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
SOURCES = (HERE / "rust", HERE.parents[1])
"""Where the Rust sources are: in a source distribution, in a checkout."""
SHIPPED = ("Cargo.toml", "Cargo.lock", "build.rs", ".cargo", "fft", "scripts/build-library.sh", "src", "xtask")
"""What a source distribution has of them."""

NEEDS = {
    "lame": ("make", "LAME, which writes MP3"),
    "libflac": ("cmake", "libFLAC, without which FLAC is written by slower Rust code"),
    "libopus": ("cmake", "libopus, without which Opus is read and written by slower Rust code"),
    "vorbis": ("cc", "libvorbis, which writes Ogg Vorbis"),
}
"""What the features that compile C need, and what they are for."""


class LibraryHook(BuildHookInterface):
    """Called by hatchling before it writes a wheel or a source distribution."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Tell hatchling which files to add, and the wheel's tag."""
        if self.target_name == "sdist":
            root = sources()
            build_data["force_include"].update({str(root / name): f"rust/{name}" for name in SHIPPED})
        elif version != "editable":
            built = os.environ.get("ONDES_BUILD_LIBRARY")
            library = Path(built) if built else build(sources(), os.environ.get("ONDES_BUILD_FEATURES"))
            self.scratch = tempfile.TemporaryDirectory(prefix="ondes-")
            build_data["force_include"][str(stripped(library, Path(self.scratch.name)))] = f"ondes/{file_name()}"
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{os.environ.get('ONDES_BUILD_PLATFORM') or platform()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Forget the stripped copy."""
        if hasattr(self, "scratch"):
            self.scratch.cleanup()


def file_name() -> str:
    """The library's name inside the package."""
    if sys.platform == "win32":
        return "ondes.dll"
    return "libondes.dylib" if sys.platform == "darwin" else "libondes.so"


def platform() -> str:
    """The platform tag that promises nothing beyond machines like this one."""
    from packaging.tags import platform_tags

    tags = list(platform_tags())
    return next((tag for tag in tags if tag.startswith("linux_")), tags[0])


def sources() -> Path:
    """The folder of Cargo.toml."""
    for folder in SOURCES:
        if (folder / "Cargo.toml").is_file():
            return folder
    sys.exit(f"ondes: the Rust sources are not here: no Cargo.toml in {' or '.join(map(str, SOURCES))}")


def build(root: Path, features: str | None) -> Path:
    """Build the library, as `make build` does: what that has built is taken as it is."""
    trouble = missing(root, features)
    if trouble:
        sys.exit(f"ondes: {trouble}")
    command = [str(root / "scripts" / "build-library.sh")]
    if sys.platform == "win32":
        command = ["cargo", "rustc", "--release", "--locked", "--lib", "--crate-type", "cdylib,staticlib"]
    if features is not None:
        command += ["--no-default-features", "--features", features]
    print("ondes: building the library, which takes some minutes:", *command, file=sys.stderr)
    done = subprocess.run(
        [*command, "--message-format", "json-render-diagnostics"], cwd=root, stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        sys.exit("ondes: cargo could not build the library, for the reason above")
    for line in reversed(done.stdout.splitlines()):
        message = json.loads(line)
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == "ondes":
            for name in message["filenames"]:
                if Path(name).suffix == Path(file_name()).suffix:
                    return Path(name)
    sys.exit("ondes: cargo built no shared library on this platform")


def missing(root: Path, features: str | None) -> str | None:
    """What of the tools that cargo needs is not there, in a sentence, and what to do."""
    manifest = (root / "Cargo.toml").read_text("utf-8")
    least = setting("rust-version", manifest)
    wanted = names(setting("default", manifest) if features is None else features)
    if "c-code" in wanted:
        wanted = wanted - {"c-code"} | names(setting("c-code", manifest))
    instead = "or name a library that was built elsewhere in ONDES_BUILD_LIBRARY"
    if not shutil.which("cargo") or not shutil.which("rustc"):
        return (
            f"the library is built from its Rust source, and cargo was not found: "
            f"install Rust {least} or later (https://rustup.rs), {instead}"
        )
    found = subprocess.run(["rustc", "--version"], cwd=root, capture_output=True, text=True, check=False)
    release = re.search(r"\d+\.\d+(\.\d+)?", found.stdout)
    if not release:
        return f"`rustc --version` failed: {found.stderr.strip() or found.returncode}"
    if numbers(release[0]) < numbers(least):
        return f"the library needs Rust {least} or later, and this is {release[0]}: run `rustup update`, {instead}"
    if sys.platform == "win32":
        return None  # the crates find Microsoft's tools by themselves
    if not shutil.which("cc"):
        return f"a C compiler and linker, `cc`, was not found: install gcc or clang, {instead}"
    lacking = sorted(name for name in wanted if name in NEEDS and not shutil.which(NEEDS[name][0]))
    if not lacking:
        return None
    tools = sorted({NEEDS[name][0] for name in lacking})
    left = ",".join(sorted(wanted.difference(lacking)))
    return (
        f"{' and '.join(f'`{tool}`' for tool in tools)} was not found, which builds "
        f"{'; '.join(NEEDS[name][1] for name in lacking)}: "
        f'install it, or set ONDES_BUILD_FEATURES="{left}" to build without'
    )


def setting(name: str, manifest: str) -> str:
    """A line of Cargo.toml, which the oldest Python has no parser for."""
    found = re.search(rf"^{name} = (.+)$", manifest, re.MULTILINE)
    return found[1].strip('"') if found else ""


def names(features: str) -> set[str]:
    """The features in a list of them."""
    return set(re.findall(r"[a-z][a-z-]*", features))


def numbers(version: str) -> tuple[int, ...]:
    """The version, to be compared."""
    return tuple(map(int, version.split(".")))


def stripped(library: Path, folder: Path) -> Path:
    """A copy without the debug information, which is three quarters of the file."""
    if not library.is_file():
        sys.exit(f"ondes: there is no library at {library}")
    copy = folder / file_name()
    shutil.copy(library, copy)
    strip = shutil.which("strip")
    if strip and sys.platform != "win32":
        subprocess.run([strip, "-x" if sys.platform == "darwin" else "--strip-unneeded", str(copy)], check=True)
    return copy
