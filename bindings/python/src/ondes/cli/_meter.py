"""Time and level on one line of the terminal, while audio is played or recorded."""

from __future__ import annotations

import math
import shutil
import sys
import time
from types import TracebackType

import numpy as np

from ondes._bar import is_terminal
from ondes._samples import Array

from ._text import clock

# The meter reaches from here, in dBFS, to 0.
_LOWEST = -60.0
_WIDTH = 30
# How fast the level falls back, in dB a second, and how long the mark of the highest stays.
_FALL, _HOLD = 30.0, 1.5


class Meter:
    """Shows nothing where nobody watches."""

    def __init__(self, total: float | None = None) -> None:
        self._total = total
        self._watched = is_terminal(sys.stderr)
        self._level = self._held = -math.inf
        self._held_since = self._shown = time.monotonic()
        self._clipped = False

    def update(self, position: float, peak: float) -> None:
        """Shows a position in seconds, and the peak of what is heard there."""
        if not self._watched:
            return
        now = time.monotonic()
        level = 20 * math.log10(peak) if peak > 0 and math.isfinite(peak) else -math.inf
        self._level = max(level, self._level - _FALL * (now - self._shown))
        if level >= self._held or now - self._held_since > _HOLD:
            self._held, self._held_since = level, now
        self._clipped = self._clipped or peak >= 1
        self._shown = now
        self._write(self.line(position))

    def line(self, position: float) -> str:
        """What is shown: ``0:03.2 / 2:31.5  [#########----|        ]  -12.3 dBFS``."""
        shown = clock(position, 1)
        if self._total is not None:
            shown += f" / {clock(self._total, 1)}"
        cells = ["#"] * _cells(self._level)
        cells += [" "] * (_WIDTH - len(cells))
        if self._held > _LOWEST:
            cells[max(_cells(self._held) - 1, 0)] = "|"
        level = f"{self._held:6.1f} dBFS" if self._held > -math.inf else "silence    "
        return f"{shown}  [{''.join(cells)}] {level}{'  CLIPPED' if self._clipped else ''}"

    def _write(self, line: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write("\r" + line[:width].ljust(width))
        sys.stderr.flush()

    def __enter__(self) -> Meter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watched:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()


def block_frames(rate: int) -> int:
    """Frames that are shown at a time: a twentieth of a second."""
    return max(256, rate // 20)


def peak_of(block: Array) -> float:
    """The largest sample of a block."""
    return float(np.abs(block).max()) if block.size else 0.0


def _cells(level: float) -> int:
    share = (max(level, _LOWEST) - _LOWEST) / -_LOWEST
    return min(round(share * _WIDTH), _WIDTH)
