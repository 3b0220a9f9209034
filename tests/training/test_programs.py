"""Compiled programs on disk: kept, used again, bounded, and out of the way where they are not wanted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autoencode.training import programs

SCRIPT = """
import jax, numpy as np
from autoencode.networks import DenseBlueprint
from autoencode.training.inference import encode_row, map_rows
network = DenseBlueprint(3, 2).draw(np.random.default_rng(0))
print(map_rows(encode_row, network, np.ones((1, 3), np.float32)).tobytes().hex())
print(jax.config.values["jax_compilation_cache_dir"])
"""


def run(folder: Path, **environment: str) -> tuple[str, str, list[Path]]:
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": str(folder)} | environment
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=variables, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    bits, cache = done.stdout.split()
    return bits, cache, sorted(path for path in folder.rglob("*") if path.is_file())


def test_programs_are_kept_and_used_again(tmp_path: Path) -> None:
    bits, cache, files = run(tmp_path)
    assert files
    assert all(path.is_relative_to(tmp_path / "autoencode" / "programs") for path in files)
    again, cache_again, files_again = run(tmp_path)
    assert (again, cache_again) == (bits, cache)
    assert [path.name for path in files_again if "atime" not in path.name] == [
        path.name for path in files if "atime" not in path.name
    ]


@pytest.mark.parametrize("variable", ["AUTOENCODE_PROGRAMS", "JAX_COMPILATION_CACHE_DIR"])
def test_a_user_can_have_it_otherwise(tmp_path: Path, variable: str) -> None:
    own = tmp_path / "own"
    _, cache, files = run(tmp_path, **{variable: "off" if variable == "AUTOENCODE_PROGRAMS" else str(own)})
    assert cache == ("None" if variable == "AUTOENCODE_PROGRAMS" else str(own))
    assert not [path for path in files if "autoencode" in path.parts[-3:]]


def test_a_folder_that_cannot_be_made_is_no_hindrance(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    _, cache, _ = run(tmp_path, XDG_CACHE_HOME=str(blocked))
    assert cache == "None"


def test_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST_BYTES", 25)
    for age, name in enumerate(["new", "middle", "old"]):
        (tmp_path / name).write_bytes(b"x" * 10)
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    programs._remove_oldest(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["middle", "new"]
