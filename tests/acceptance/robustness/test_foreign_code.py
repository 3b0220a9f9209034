"""Another user plants programs and exchanges folders while the product starts: none of it is run."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be two users"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="what is planted must be compiled"),
]


def test_no_start_runs_foreign_code() -> None:
    from foreign_code import PLANS, attack_starts

    counts = attack_starts(21, Path(__file__).resolve().parents[3] / "src")
    assert set(counts) == set(PLANS)
    assert sum(counts.values(), Counter()) == {"right": 21}
