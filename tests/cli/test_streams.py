"""Whoever has closed a standard stream, or fills the disk behind it, costs no work and gets no traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autoencode.cli.streams import Outlet

PROGRAM = f"{sys.executable} -m autoencode"


def run_shell(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell, in which `autoencode` is the program."""
    line = words.replace("autoencode", PROGRAM)
    return subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("autoencode recipes >&-", 0, ""),
        ("autoencode recipes 2>&-", 0, ""),
        ("autoencode recipes >&- 2>&- <&-", 0, ""),
        ("autoencode recipes 2>/dev/full", 0, ""),
        ("autoencode recipes >/dev/full", 4, "error: standard output: No space left on device"),
        ("autoencode summary nothing 2>&-", 2, ""),
        ("autoencode summary nothing 2>/dev/full >&-", 2, ""),
        ("{ autoencode recipes; echo $? >&2; } | true", 0, "0\n"),
        ("{ autoencode summary nothing 2>&1 >/dev/null; exit $?; } | true", 0, ""),
        ("autoencode --help >/dev/full", 4, "error: standard output: No space left on device"),
    ],
)
def test_streams_that_take_nothing(words: str, code: int, said: str, tmp_path: Path) -> None:
    ended = run_shell(words, tmp_path)
    assert ended.returncode == code
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") <= 1


def test_a_training_is_kept_whoever_has_gone(tmp_path: Path) -> None:
    ended = run_shell("autoencode train digits --epochs 1 --seed 0 >&- 2>&- <&-", tmp_path)
    assert ended.returncode == 0
    assert (tmp_path / "runs" / "digits" / "result.json").is_file()


def test_an_outlet_whose_reader_has_gone_loses_what_it_is_given() -> None:
    reader, writer = os.pipe()
    outlet = Outlet(writer)
    assert outlet.write(b"heard") == 5
    assert os.read(reader, 9) == b"heard"
    os.close(reader)
    assert [outlet.write(b"lost"), outlet.write(b"lost")] == [4, 4]
    assert outlet.failure is None
    os.close(writer)


def test_an_outlet_tells_of_the_first_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    outlet = Outlet(descriptor)
    assert outlet.write(b"lost") == 4
    assert outlet.failure is not None
    assert outlet.failure.errno == errno.EBADF
    os.close(descriptor)
