"""Real audio and helpers for all tests."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[3] / "tests" / "data"

# A shell that starts the tests in the background has the signal ignored, and so would the programs that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real files in every format; its README tells where they come from."""
    return DATA
