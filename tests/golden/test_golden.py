"""What every verb prints and every public call returns is what it was: see `outputs.py`.

``pytest tests/golden --refresh-golden`` writes what comes in place of comparing it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outputs import Outputs, collect_calls, collect_verbs
from printed_outputs import agrees

GOLDEN = Path(__file__).with_name("outputs.json")
TOLERANCE = 2e-5
"""Of each number, and absolutely near zero: on other processors the last bits of a training are others."""


def find_differences(name: str, was: Any, came: Any) -> list[str]:
    """Return what is not the same, hashes aside, numbers within the tolerance."""
    if isinstance(was, dict) and isinstance(came, dict):
        kept = [key for key in came if key != "bytes"]
        if set(was) != set(kept):
            return [f"{name}: {sorted(was)} became {sorted(kept)}"]
        return [text for key in kept for text in find_differences(f"{name}.{key}", was[key], came[key])]
    if isinstance(was, list) and isinstance(came, list):
        if len(was) != len(came):
            return [f"{name}: {len(was)} became {len(came)}: {was} {came}"]
        pairs = enumerate(zip(was, came, strict=True))
        return [text for place, pair in pairs for text in find_differences(f"{name}[{place}]", *pair)]
    same = is_near(was, came) if isinstance(was, float) and isinstance(came, float) else was == came
    if isinstance(was, str) and isinstance(came, str) and not same:
        same = agrees(was, came, TOLERANCE)
    return [] if same else [f"{name}: {was!r} became {came!r}"]


def is_near(was: float, came: float) -> bool:
    return math.isclose(was, came, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


@pytest.mark.slow
@pytest.mark.parametrize("part", [collect_calls, collect_verbs])
def test_outputs_are_what_they_were(
    part: Callable[[], Outputs], pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("AUTOENCODE_OFFLINE", "1")
    came = json.loads(json.dumps(part()))
    was = json.loads(GOLDEN.read_text(encoding="utf-8"))
    if pytestconfig.getoption("--refresh-golden"):
        was |= without_hashes(came)
        lines = (f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(was[name], ensure_ascii=False)}" for name in was)
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")  # an output a line
    differences = [text for name in came for text in find_differences(name, was.get(name), came[name])]
    assert not differences, "\n".join(differences)


def without_hashes(value: Any) -> Any:
    """Return values without hashes, which hold on one machine alone, and with nine digits of each number."""
    if isinstance(value, dict):
        return {key: without_hashes(item) for key, item in value.items() if key != "bytes"}
    if isinstance(value, list):
        return [without_hashes(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value
