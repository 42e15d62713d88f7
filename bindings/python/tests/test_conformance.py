"""The same results as in every other language: tests/conformance/README.md."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from conformance import Case, Got, run
from conftest import DATA

CASES: list[Case] = json.loads((DATA.parent / "conformance/cases.json").read_text(encoding="utf-8"))["cases"]
NUMBERS = ("integrated", "range", "max_momentary", "max_short_term", "sample_peak", "true_peak", "rms", "peak")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # for the files that it makes
    wrong = differences(case["expect"], run(case))
    assert not wrong, "\n".join(f"{case['name']}: {line}" for line in wrong)


def flat(value: Any, name: str = "") -> Got:
    if not isinstance(value, (dict, list)):
        return {name: value if isinstance(value, str) else json.dumps(value)}
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    parts: Got = {}
    for key, part in inside:
        parts.update(flat(part, f"{name}.{key}" if name else str(key)))
    return parts


def differences(expect: dict[str, Any], got: Got) -> list[str]:
    """Each field that is not as it should be."""
    wanted = flat(expect)
    tolerance = float(wanted.pop("tolerance", 0))
    wrong = []
    for name, expected in wanted.items():
        found = got.get(name, "nothing")
        if not fits(name, expected, found, tolerance):
            wrong.append(f"{name}: expected {expected}, got {found}{because(name, got)}")
    # What failed, and more of a list than there should be.
    for name, found in got.items():
        prefix, _, last = name.rpartition(".")
        if last == "status" and name not in wanted:
            wrong.append(f"{name}: expected nothing, got {found}: {got[prefix + '.text']}")
        elif last.isdigit() and isinstance(expect.get(prefix), list) and name not in wanted:
            wrong.append(f"{name}: expected nothing, got {found}")
    return wrong


def fits(name: str, expected: str, found: str, tolerance: float) -> bool:
    last = next(part for part in reversed(name.split(".")) if not part.isdigit())
    if last in ("text", "warning"):
        return expected in found
    if last in NUMBERS and found != "nothing":
        a, b = float(expected), float(found)
        return a == b or abs(a - b) <= tolerance or (math.isnan(a) and math.isnan(b))
    return expected == found


def because(name: str, got: Got) -> str:
    text = got.get(name.replace(".status", ".text")) if name.endswith(".status") else None
    return f": {text}" if text else ""


def test_a_difference_is_told() -> None:
    assert differences({"frames": 3, "rms": [1.0]}, {"frames": "2", "rms.0": "1.1"}) == [
        "frames: expected 3, got 2",
        "rms.0: expected 1.0, got 1.1",
    ]
    assert differences({}, {"error.status": "IO", "error.text": "why"}) == [
        "error.status: expected nothing, got IO: why"
    ]
    assert differences({"texts": ["a"]}, {"texts.0": "a", "texts.1": "b"}) == ["texts.1: expected nothing, got b"]
    assert differences({"rms": [1.0], "tolerance": 0.2}, {"rms.0": "1.1"}) == []
