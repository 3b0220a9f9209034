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


def find_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path | None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: folder / name)
    programs.find_programs_folder.cache_clear()
    try:
        return programs.find_programs_folder()
    finally:
        programs.find_programs_folder.cache_clear()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="the system knows no owners")
def test_a_folder_that_others_could_put_programs_into_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_anew(tmp_path, monkeypatch)
    assert found is not None
    assert found.stat().st_mode & 0o777 == 0o700
    for path, mode, used in (
        (found, 0o720, False),
        (found, 0o702, False),
        (found, 0o755, True),
        (found.parent, 0o777, False),
        (found.parent, 0o1777, True),
    ):
        before = path.stat().st_mode
        path.chmod(mode)
        assert (find_anew(tmp_path, monkeypatch) is not None) == used
        path.chmod(before)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert find_anew(tmp_path, monkeypatch) is None


def test_a_user_without_a_home_keeps_nothing_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_anew(Path("~"), monkeypatch) is None
    assert list(tmp_path.iterdir()) == []


def test_a_user_whom_the_system_does_not_know_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def expand(path: str) -> str:
        return path  # as where neither HOME nor the list of users has an answer

    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", expand)
    monkeypatch.chdir(tmp_path)
    programs.find_programs_folder.cache_clear()
    assert programs.find_programs_folder() is None
    programs.find_programs_folder.cache_clear()
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_another_process_removes_meanwhile_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stays").write_bytes(b"x")
    found = [tmp_path / "gone", tmp_path / "stays"]
    monkeypatch.setattr(Path, "iterdir", lambda _: iter(found))
    monkeypatch.setattr(programs, "MOST_BYTES", 0)
    programs._remove_oldest(tmp_path)
    assert not found[1].exists()
