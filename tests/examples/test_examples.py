"""Every example runs, at a tiny size, as a user would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

TINY = {
    "fun_with_autoencoders.py": ("--samples", "500", "--epochs", "1", "--restarts", "2"),
    "compare_restarts.py": ("--epochs", "1", "--restarts", "2"),
    "images_worst_first.py": ("--epochs", "1", "--shown", "2", "--picture", "worst.png"),
    "pipeline.py": ("--epochs", "2"),
}
PRINTED = {
    "fun_with_autoencoders.py": "PCA with 2 components",
    "compare_restarts.py": "kept",
    "images_worst_first.py": "worst.png",
    "pipeline.py": "share of right labels",
}


def test_every_example_is_here() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(TINY) == set(PRINTED)


@pytest.mark.parametrize("name", sorted(TINY))
def test_example_runs(name: str, tmp_path: Path) -> None:
    environment = {**os.environ, "AUTOENCODE_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *TINY[name]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert PRINTED[name] in done.stdout
    if name == "images_worst_first.py":
        assert (tmp_path / "worst.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", sorted(TINY))
def test_example_is_short(name: str) -> None:
    assert len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()) <= 40
