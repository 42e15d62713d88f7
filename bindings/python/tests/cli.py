"""The command line as its users start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Union

Argument = Union[str, "os.PathLike[str]"]


class Result(NamedTuple):
    """What a command printed and returned."""

    code: int
    out: bytes
    text: str
    errors: str

    def rows(self) -> list[list[str]]:
        """The cells of a table, without its headings."""
        return [line.split("\t") for line in self.text.splitlines()[1:]]


def command(*arguments: Argument) -> list[str]:
    return [sys.executable, "-m", "ondes", *map(os.fspath, arguments)]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    variables = {**os.environ, "PYTHONUTF8": "1", **(extra or {})}
    paths = filter(None, variables.get("PYTHONPATH", "").split(os.pathsep))
    return {**variables, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, paths))}


def ondes(
    *arguments: Argument, stdin: bytes | None = None, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Result:
    """Runs a command to its end. Nobody watches: neither stdout nor stderr is a terminal."""
    given = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    done = subprocess.run(
        command(*arguments), capture_output=True, cwd=cwd, env=environment(env), timeout=120, check=False, **given
    )
    errors = done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in errors, errors
    return Result(done.returncode, done.stdout, done.stdout.decode("utf-8", "replace"), errors)


def on_terminal(
    tmp_path: Path, arguments: list[str], hide: tuple[str, ...] = (), env: Mapping[str, str] | None = None
) -> str:
    """What a command shows on a terminal of 120 columns, without the packages to ``hide``."""
    import pty

    own, given = pty.openpty()
    variables = environment({"TERM": "xterm-256color", "COLUMNS": "120", **(env or {}), **hidden(tmp_path, *hide)})
    with subprocess.Popen(command(*arguments), stdin=given, stdout=given, stderr=given, env=variables) as process:
        os.close(given)
        shown = b""
        while True:
            try:
                part = os.read(own, 1 << 16)
            except OSError:  # Linux's way to tell that the other side is closed
                break
            if not part:
                break
            shown += part
        process.wait(60)
    os.close(own)
    return shown.decode("utf-8", "replace")


def hidden(tmp_path: Path, *names: str) -> dict[str, str]:
    """An environment in which packages are not installed."""
    for name in names:
        (tmp_path / "hidden" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "hidden" / name / "__init__.py").write_text("raise ImportError")
    if not names:
        return {}
    return {"PYTHONPATH": os.pathsep.join([os.fspath(tmp_path / "hidden"), os.environ.get("PYTHONPATH", "")])}
