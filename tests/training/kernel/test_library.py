"""The library: compiled once, whole, and done without where it cannot be had."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

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


def libraries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "kernel" in path.name]


def test_processes_that_start_together_share_one_library(tmp_path: Path) -> None:
    started = [start(tmp_path) for _ in range(3)]
    assert all(finish(process)[0] for process in started)
    (library,) = libraries(tmp_path)
    made = library.stat().st_mtime_ns
    assert finish(start(tmp_path))[0]
    assert library.stat().st_mtime_ns == made


def test_without_it_xla_gives_the_same_codes(tmp_path: Path) -> None:
    _, codes = finish(start(tmp_path))
    for way in ({"AUTOENCODE_KERNEL": "off"}, {"CC": "/no/such/compiler", "AUTOENCODE_PROGRAMS": "off"}):
        loaded, others = finish(start(tmp_path, **way))
        assert not loaded
        assert abs(codes[0][0] - others[0][0]) < 1e-6


def test_a_compiler_that_fails_or_writes_rubbish_is_done_without(tmp_path: Path) -> None:
    for name, script in {"fails": "exit 3", "rubbish": 'while [ "$1" != -o ]; do shift; done; echo x > "$2"'}.items():
        compiler = tmp_path / name
        compiler.write_text(f"#!/bin/sh\n{script}\n")
        compiler.chmod(compiler.stat().st_mode | stat.S_IXUSR)
        loaded, codes = finish(start(tmp_path / f"{name}-home", CC=str(compiler)))
        assert not loaded
        assert len(codes[0]) == 2


def test_it_needs_no_folder_of_its_own(tmp_path: Path) -> None:
    assert finish(start(tmp_path, AUTOENCODE_PROGRAMS="off"))[0]
    assert libraries(tmp_path) == []
