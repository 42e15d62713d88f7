"""Real audio and helpers for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[3] / "tests" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real files in every format; its README tells where they come from."""
    return DATA
