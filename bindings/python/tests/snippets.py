"""The Python code of the documentation, for test_readme.py; `snippets.py FOLDER` writes it for the type checkers.

A block stands by itself: it gets `import numpy as np` and `import ondes`, if it does not say so, and the files that
test_readme.py lays out. One after a comment `<!-- not run: WHY -->` is only looked at by the type checkers.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = ("README.md", "bindings/python/README.md", "docs/PYTHON.md")

_BLOCK = re.compile(r"^(<!-- not run: .+? -->\n+)?```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_IMPORTS = ("import numpy as np", "import ondes")


class Snippet(NamedTuple):
    """A block of Python code in a document."""

    document: str
    line: int
    code: str
    is_run: bool

    @property
    def name(self) -> str:
        """Where it is, as the name of a module."""
        return f"{re.sub('[^a-z]+', '_', self.document.lower())}_{self.line}"


def snippets() -> list[Snippet]:
    """All blocks of all documents that are there."""
    found = []
    for document in DOCUMENTS:
        path = ROOT / document
        text = path.read_text("utf-8") if path.exists() else ""
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start(2)) + 1
            given = [say for say in _IMPORTS if not re.search(rf"^{say}$", match[2], re.MULTILINE)]
            found.append(Snippet(document, line, "\n".join([*given, match[2]]), match[1] is None))
    return found


def write(folder: Path) -> None:
    """Write each as a module of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for snippet in snippets():
        (folder / f"{snippet.name}.py").write_text(snippet.code, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
