"""Compiled programs on disk: kept, used again, bounded, and out of the way where they are not wanted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autoencode.exceptions import SlownessWarning
from autoencode.training import programs
from autoencode.training.trusted_folder import TrustedFolder, open_trusted

SCRIPT = """
import jax, numpy as np
from autoencode.parts.networks import DenseBlueprint
from autoencode.training.inference import encode_row, map_rows
network = DenseBlueprint(3, 2).draw(np.random.default_rng(0))
print(map_rows(encode_row, network, np.ones((1, 3), np.float32)).tobytes().hex())
print(jax.config.values["jax_compilation_cache_dir"])
"""


def run(folder: Path, *, complaints: str = "", **environment: str) -> tuple[str, str, list[Path]]:
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": str(folder)} | environment
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=variables, capture_output=True, text=True, check=True)
    assert complaints in done.stderr
    assert done.stderr.count("Warning") == bool(complaints)
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


@pytest.mark.parametrize("size", [0, 100])
def test_a_program_that_a_killed_process_left_is_compiled_again_without_a_word(tmp_path: Path, size: int) -> None:
    bits, _, files = run(tmp_path, AUTOENCODE_KERNEL="off")
    programs_kept = [path for path in files if path.name.endswith("-cache")]
    assert programs_kept
    whole = {path: path.read_bytes() for path in programs_kept}
    for path, content in whole.items():
        path.write_bytes(content[:size])
    assert run(tmp_path, AUTOENCODE_KERNEL="off")[0] == bits
    assert all(path.stat().st_size > size for path in programs_kept) == (size == 0)


@pytest.mark.parametrize("variable", ["AUTOENCODE_PROGRAMS", "JAX_COMPILATION_CACHE_DIR"])
def test_a_user_can_have_it_otherwise(tmp_path: Path, variable: str) -> None:
    own = tmp_path / "own"
    _, cache, files = run(tmp_path, **{variable: "off" if variable == "AUTOENCODE_PROGRAMS" else str(own)})
    assert cache == ("None" if variable == "AUTOENCODE_PROGRAMS" else str(own))
    assert not [path for path in files if "autoencode" in path.parts[-3:]]


def test_without_a_cache_folder_there_is_one_for_this_start_and_a_word_about_it(tmp_path: Path) -> None:
    blocked, temporary = tmp_path / "file", tmp_path / "temporary"
    blocked.write_text("")
    temporary.mkdir(mode=0o700)
    words = "compiled programs are kept for this start alone"
    places = {"XDG_CACHE_HOME": str(blocked), "TMPDIR": str(temporary)}
    _, cache, _ = run(tmp_path, complaints=words, AUTOENCODE_KERNEL="off", **places)
    assert Path(cache).parent == temporary
    assert list(temporary.iterdir()) == []


def open_in(folder: Path) -> TrustedFolder:
    return open_trusted(folder / "programs")


def test_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST_BYTES", 25)
    folder = open_in(tmp_path)
    for age, name in enumerate(["new", "middle", "old"]):
        (folder.path / name).write_bytes(b"x" * 10)
        os.utime(folder.path / name, (1000 - age, 1000 - age))
    programs._remove_oldest(folder)
    assert sorted(path.name for path in folder.path.iterdir()) == ["middle", "new"]


@pytest.fixture
def find_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], TrustedFolder | None]]:
    """Give what finds the folder as a new process would."""
    monkeypatch.delenv("AUTOENCODE_PROGRAMS", raising=False)

    def find(cache: Path) -> TrustedFolder | None:
        monkeypatch.setattr("platformdirs.user_cache_path", lambda name: cache / name)
        programs.find_programs_folder.cache_clear()
        return programs.find_programs_folder()

    yield find
    programs.find_programs_folder.cache_clear()


def test_a_folder_of_ours_is_closed_to_others_and_purged(
    tmp_path: Path, find_anew: Callable[[Path], TrustedFolder | None]
) -> None:
    found = find_anew(tmp_path)
    assert found is not None
    ours = (found.path, found.path.parent, found.path.parents[1])
    (found.path / "planted").symlink_to("/etc/passwd")
    for mode in (0o720, 0o702, 0o755, 0o777):
        for path in ours:
            path.chmod(mode)
        again = find_anew(tmp_path)
        assert again is not None
        assert again.path == found.path
        assert {path.stat().st_mode & 0o777 for path in ours} == {0o700}
        assert list(found.path.iterdir()) == []


def test_a_folder_that_others_could_exchange_is_not_used(
    tmp_path: Path, find_anew: Callable[[Path], TrustedFolder | None]
) -> None:
    above = tmp_path / "above"
    above.mkdir()
    above.chmod(0o777)
    with pytest.warns(SlownessWarning, match=f"cannot be used: others can write to {above}") as caught:
        found = find_anew(above)
    assert len(caught) == 1
    assert list(above.iterdir()) == []
    assert found is not None
    assert found.path.stat().st_mode & 0o777 == 0o700
    assert not found.path.is_relative_to(tmp_path)


def test_without_any_folder_nothing_is_kept(
    tmp_path: Path, find_anew: Callable[[Path], TrustedFolder | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr("autoencode.training.trusted_folder._list_temporary", lambda: iter([tmp_path]))
    with pytest.warns(SlownessWarning, match="compiled programs are not kept"):
        assert find_anew(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_user_without_a_home_keeps_nothing_in_the_working_folder(
    tmp_path: Path, find_anew: Callable[[Path], TrustedFolder | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.warns(SlownessWarning, match="~/autoencode/programs/.* is not an absolute path"):
        found = find_anew(Path("~"))
    assert found is not None
    assert list(tmp_path.iterdir()) == []


def test_a_user_without_a_home_may_have_a_cache_folder(
    tmp_path: Path, find_anew: Callable[[Path], TrustedFolder | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def expand(path: str) -> str:
        return path

    monkeypatch.setattr("os.path.expanduser", expand)
    found = find_anew(tmp_path)
    assert found is not None
    assert found.path.is_relative_to(tmp_path)


def test_a_home_that_does_not_exist_is_not_made(
    tmp_path: Path, find_anew: Callable[[Path], TrustedFolder | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.warns(SlownessWarning, match=f"there is no home folder {tmp_path}/home"):
        assert find_anew(tmp_path / "home" / ".cache") is not None
    assert list(tmp_path.iterdir()) == []


def test_a_user_whom_the_system_does_not_know_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def expand(path: str) -> str:
        return path  # as where neither HOME nor the list of users has an answer

    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", expand)
    monkeypatch.chdir(tmp_path)
    programs.find_programs_folder.cache_clear()
    with pytest.warns(SlownessWarning, match="home directory"):
        found = programs.find_programs_folder()
    programs.find_programs_folder.cache_clear()
    assert found is not None
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_another_process_removes_meanwhile_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = open_in(tmp_path)
    (folder.path / "stays").write_bytes(b"x")
    monkeypatch.setattr(os, "listdir", lambda _: ["gone", "stays"])
    monkeypatch.setattr(programs, "MOST_BYTES", 0)
    programs._remove_oldest(folder)
    assert not (folder.path / "stays").exists()
