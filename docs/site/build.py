"""Builds the documentation: `build.py FOLDER` writes FOLDER/html.

Puts the pages together in FOLDER/source, laid out as the repository is so that links between files stay as they are:
the guides of docs/, the references made from the headers (Doxygen) and from Go's comments, and a page for each file of
the repository that a guide links to. Then Sphinx makes the site, with Rust's own documentation beside it. Every warning
is an error.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import reference
from markdown_it import MarkdownIt

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# The pages for those who work on it. Everything else in docs/ is a guide; those named here come first.
PROJECT = ["docs/ARCHITECTURE", "docs/DEPENDENCIES", "docs/TESTING", "CONTRIBUTING", "SECURITY", "CHANGELOG"]
FIRST = [
    "docs/INSTALL",
    "docs/PYTHON",
    "docs/CPP",
    "docs/GO",
    "docs/C-API",
    "docs/TAGS",
    "docs/RESAMPLING",
    "docs/ERRORS",
]
OTHERS = sorted(f"docs/{path.stem}" for path in (ROOT / "docs").glob("*.md"))
GUIDES = [*FIRST, *(name for name in OTHERS if name not in FIRST + PROJECT)]
PAGES = [Path(f"{name}.md") for name in GUIDES + PROJECT]
QUICKSTART = Path("examples/quickstart")
HEADERS = {"c": Path("include/ondes.h"), "cpp": Path("bindings/cpp/include/ondes.hpp")}
LANGUAGES = {
    ".c": "c",
    ".h": "c",
    ".cpp": "cpp",
    ".hpp": "cpp",
    ".py": "python",
    ".rs": "rust",
    ".go": "go",
    ".sh": "bash",
    ".json": "json",
    ".toml": "toml",
}


class Source:
    """The folder that Sphinx reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[Path, None] = {}  # of the repository, that have pages of their own
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def write(self, name: Path | str, text: str) -> None:
        """Make a page."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def copy(self, name: Path) -> None:
        """Take a file of the repository as it is."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, path)

    def page(self, name: Path, target: Path | None = None) -> None:
        """Take a page of Markdown; its links to files lead to pages of theirs."""
        text = (ROOT / name).read_text("utf-8")
        target = target or name
        for href in set(_links(text)):
            path, _, fragment = href.partition("#")
            to = Path(os.path.normpath(name.parent / path))
            if not (ROOT / to).exists():
                raise SystemExit(f"{name}: there is no {href}")
            if to.suffix in (".png", ".svg"):
                self.copy(to)
                continue
            text = text.replace(
                f"]({href})", f"]({os.path.relpath(self.link(to), target.parent)}{'#' * bool(fragment)}{fragment})"
            )
        self.write(target, text)

    def link(self, to: Path) -> Path:
        """The page of a file or folder of the repository."""
        if to in PAGES:
            return to
        if to == Path("README.md"):
            return Path("index.md")
        self.files[to] = None
        return to / "index.md" if (ROOT / to).is_dir() else to.with_name(to.name + ".md")

    def file_pages(self) -> None:
        """Make the pages of files and folders that were linked to; those of folders link to more."""
        made: set[Path] = set()
        while wanted := [name for name in self.files if name not in made]:
            for name in wanted:
                made.add(name)
                if (ROOT / name).is_dir():
                    self.write(self.link(name), self.folder_page(name))
                elif name.suffix == ".md":
                    self.page(name, self.link(name))
                else:
                    self.copy(name)
                    self.write(self.link(name), file_page(name))

    def folder_page(self, name: Path) -> str:
        """The files of a folder."""
        every = (path.relative_to(ROOT) for path in sorted((ROOT / name).rglob("*")) if path.is_file())
        files = [file for file in every if "__pycache__" not in file.parts]
        rows = [f"- [{file.relative_to(name)}]({os.path.relpath(self.link(file), name)})\n" for file in files]
        return f"---\norphan: true\n---\n# {name}/\n\n{''.join(rows)}"


def file_page(name: Path) -> str:
    """What is in a file."""
    return (
        f"---\norphan: true\nnosearch: true\n---\n# {name}\n\n"
        f"```{{literalinclude}} {name.name}\n:language: {LANGUAGES.get(name.suffix, 'text')}\n```\n"
    )


def _links(text: str) -> Iterator[str]:
    """The links of a page to files."""
    for block in MarkdownIt("commonmark").enable("table").parse(text):
        for token in block.children or []:
            href = token.attrGet("href") or token.attrGet("src")
            if href and not re.match(r"[a-z]+:|#", str(href)):
                yield str(href)


def doxygen(language: str, folder: Path) -> Path:
    """Read a header; returns the folder of the XML."""
    output = folder / "doxygen" / language
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    configuration = [
        (HERE / "Doxyfile").read_text("utf-8"),
        f"INPUT = {HEADERS[language]}",
        f'OUTPUT_DIRECTORY = "{output}"',
        f"OPTIMIZE_OUTPUT_FOR_C = {'YES' if language == 'c' else 'NO'}",
    ]
    subprocess.run(["doxygen", "-"], input="\n".join(configuration), text=True, cwd=ROOT, check=True)
    return output / "xml"


def go() -> str:
    """The page of the Go package."""
    command = [os.environ["GO"], "run", HERE / "godoc.go", ROOT / "bindings/go"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def rust(folder: Path) -> str:
    """Build Rust's own documentation; returns a page that leads to the parts of it that programs use."""
    made = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "doc"
    shutil.rmtree(made, ignore_errors=True)  # with pages of what is no longer there
    subprocess.run(
        ["cargo", "doc", "--quiet", "--locked", "--no-deps", "--lib"],
        cwd=ROOT,
        env={**os.environ, "RUSTDOCFLAGS": "-D warnings"},
        check=True,
    )
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made, folder)
    modules: dict[str, list[str]] = {}
    for href in re.findall(
        r'href="(audio/[a-z_/]+/(?:struct|enum|trait|fn)\.\w+\.html)"', (folder / "ondes/all.html").read_text("utf-8")
    ):
        *_, module, file = href.split("/")
        if href.count("/") > 2 or module == "codec":
            continue  # the inside of a module
        page = (folder / "ondes" / href).read_text("utf-8")
        about = html.unescape(re.search(r'<meta name="description" content="([^"]*)">', page)[1])
        name = file.split(".")[1]
        modules.setdefault(module, []).append(f'| <a href="../rust/ondes/{href}"><code>{name}</code></a> | {about} |\n')
    text = (HERE / "rust.md").read_text("utf-8")
    for module, rows in sorted(modules.items()):
        text += f"\n## {module}\n\n{{.glance}}\n| | |\n|---|---|\n{''.join(rows)}"
    return text


def main(folder: Path) -> None:
    """Build the site."""
    source = Source(folder / "source")
    for page in PAGES:
        source.page(page)
    for page in sorted((HERE / "pages").rglob("*.*")):
        name = page.relative_to(HERE / "pages")
        text = page.read_text("utf-8")
        for token, names in (("@guides@", GUIDES), ("@project@", PROJECT)):
            text = text.replace(token, "\n".join(names))
        source.write(name, text)
    for file in sorted((ROOT / QUICKSTART).iterdir()):
        source.copy(file.relative_to(ROOT))
    try:
        for language, header in HEADERS.items():
            reference.write(language, ROOT / header, doxygen(language, folder), source.folder / "api" / language)
    except reference.Undocumented as missing:
        raise SystemExit(f"Public names must have comments:\n{missing}") from None
    source.write("api/go.md", go())
    source.write("api/rust.md", rust(folder / "extra/rust"))
    source.file_pages()

    extra = folder / "extra"
    site = folder / "html"
    shutil.rmtree(site, ignore_errors=True)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "--keep-going",
            "-b",
            "html",
            "-c",
            HERE,
            "-d",
            folder / "doctrees",
            source.folder,
            site,
        ],
        env={**os.environ, "ONDES_DOCS_EXTRA": str(extra)},
        check=True,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
