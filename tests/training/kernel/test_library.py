"""The library: compiled once, whole, and done without where it cannot be had."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autoencode.training.kernel import library

SCRIPT = """
import numpy as np
from autoencode.networks import DenseBlueprint
from autoencode.training.inference import encode_row, map_rows
from autoencode.training.kernel.library import load_library
print(load_library() is not None)
network = DenseBlueprint(3, 2).draw(np.random.default_rng(0))
print(map_rows(encode_row, network, np.ones((1, 3), np.float32)).tolist())
"""


def start(folder: Path, **environment: str) -> subprocess.Popen[str]:
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": str(folder)} | environment
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", SCRIPT], env=variables, stdout=pipe, stderr=pipe, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[bool, list[list[float]]]:
    output, complaints = process.communicate(timeout=120)
    assert complaints == ""
    assert process.returncode == 0
    loaded, codes = output.splitlines()
    return loaded == "True", eval(codes)


def write_script(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def libraries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "kernel" in path.name]


def test_processes_that_start_together_share_one_library(tmp_path: Path) -> None:
    started = [start(tmp_path) for _ in range(3)]
    assert all(finish(process)[0] for process in started)
    (kept,) = libraries(tmp_path)
    made = kept.stat().st_mtime_ns
    assert finish(start(tmp_path))[0]
    assert kept.stat().st_mtime_ns == made


def test_without_it_xla_gives_the_same_codes(tmp_path: Path) -> None:
    _, codes = finish(start(tmp_path))
    for way in ({"AUTOENCODE_KERNEL": "off"}, {"CC": "/no/such/compiler", "AUTOENCODE_PROGRAMS": "off"}):
        loaded, others = finish(start(tmp_path, **way))
        assert not loaded
        assert abs(codes[0][0] - others[0][0]) < 1e-6


def test_a_compiler_that_fails_or_writes_rubbish_is_done_without(tmp_path: Path) -> None:
    for name, script in {"fails": "exit 3", "rubbish": 'while [ "$1" != -o ]; do shift; done; echo x > "$2"'}.items():
        compiler = write_script(tmp_path / name, script)
        loaded, codes = finish(start(tmp_path / f"{name}-home", CC=str(compiler)))
        assert not loaded
        assert len(codes[0]) == 2


def test_it_needs_no_folder_of_its_own(tmp_path: Path) -> None:
    assert finish(start(tmp_path, AUTOENCODE_PROGRAMS="off"))[0]
    assert libraries(tmp_path) == []


def test_a_library_torn_by_a_power_cut_is_compiled_again(tmp_path: Path) -> None:
    assert finish(start(tmp_path))[0]
    (kept,) = libraries(tmp_path)
    whole = kept.read_bytes()
    for torn in (
        b"",
        whole[: len(whole) // 2],
        whole[:4096] + bytes(4096) + whole[8192:],
    ):  # the last two end a process
        kept.write_bytes(torn)
        assert finish(start(tmp_path))[0]
        assert [path.read_bytes() for path in libraries(tmp_path)] == [whole]


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path) -> None:
    assert finish(start(tmp_path))[0]
    (kept,) = libraries(tmp_path)
    kept.unlink()
    kept.parent.chmod(0o777)
    assert finish(start(tmp_path))[0]
    assert libraries(tmp_path) == []


@pytest.mark.parametrize(("command", "expected"), [("cc -DUNUSED=1", True), ('"cc', False), ("  ", True)])
def test_the_compiler_may_have_arguments(command: str, expected: bool, tmp_path: Path) -> None:
    assert finish(start(tmp_path, CC=command))[0] == expected


def test_a_compiler_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = write_script(tmp_path / "hangs", f"sleep 300 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setattr(library, "MOST_SECONDS", 0.5)
    assert not library._compile([str(compiler)], tmp_path / "kernel.so")
    status = Path("/proc") / (tmp_path / "child").read_text().strip() / "status"
    until = time.monotonic() + 10
    while status.exists() and "State:\tZ" not in status.read_text() and time.monotonic() < until:
        time.sleep(0.01)
    assert time.monotonic() < until


@pytest.mark.parametrize(("status", "runs"), [(2, 1), (0, 2)])
def test_macos_is_asked_for_its_compiler_without_a_window(
    status: int, runs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[str] = []

    def run(*command: str) -> int:
        commands.append(command[0])
        return status if len(commands) == 1 else 0

    monkeypatch.setattr(library.sys, "platform", "darwin")
    monkeypatch.setattr(library, "_run", run)
    assert library._compile(["/usr/bin/cc"], tmp_path / "kernel.so") == (status == 0)
    assert commands == ["xcode-select", "/usr/bin/cc"][:runs]
