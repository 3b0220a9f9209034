"""The library: compiled once, whole, and done without where it cannot be had."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from autoencode.exceptions import SlownessWarning
from autoencode.training.kernel import library
from autoencode.training.kernel.compiler import Compiler, CompilerError
from autoencode.training.trusted_folder import TrustedFolder, open_trusted

SCRIPT = """
import numpy as np
from autoencode.parts.networks import DenseBlueprint
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


def finish(process: subprocess.Popen[str], *, complaints: str = "") -> tuple[bool, list[list[float]]]:
    output, said = process.communicate(timeout=120)
    assert complaints in said
    assert said.count("Warning") == bool(complaints)
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


def test_without_it_xla_gives_the_same_codes_and_says_why_it_is_slower(tmp_path: Path) -> None:
    _, codes = finish(start(tmp_path))
    for way, complaints in (
        ({"AUTOENCODE_KERNEL": "off"}, ""),
        ({"CC": "/no/such/compiler", "AUTOENCODE_PROGRAMS": "off"}, "there is no C compiler CC=/no/such/compiler"),
    ):
        loaded, others = finish(start(tmp_path, **way), complaints=complaints)
        assert not loaded
        assert abs(codes[0][0] - others[0][0]) < 1e-6


def test_it_needs_no_folder_of_its_own(tmp_path: Path) -> None:
    assert finish(start(tmp_path, AUTOENCODE_PROGRAMS="off"))[0]
    assert libraries(tmp_path) == []


# ---------------------------------------------------------------------- in this process

COMPILES = "gcc" if shutil.which("gcc") else "cc"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrustedFolder]:
    """Give a folder for programs, and let the library be looked for as in a new process."""
    opened = open_trusted(tmp_path / "programs")
    monkeypatch.delenv("AUTOENCODE_KERNEL", raising=False)
    monkeypatch.setattr(library, "find_programs_folder", lambda: opened)
    forget()
    yield opened
    forget()
    os.close(opened.handle)


def forget() -> None:
    library._try_library.cache_clear()
    library.warn_of_absence.cache_clear()


def make_compiler(path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a compiler that notes each call, and let it be the one."""
    calls = path.with_suffix(".calls")
    compiler = write_script(path, f"echo called >> {calls}\n{script}")
    monkeypatch.setenv("CC", str(compiler))
    return calls


WRITE = 'while [ "$1" != -o ]; do shift; done; '
BUILD = f"exec {COMPILES} -shared -fPIC -x c - -o \"$2\" <<'END'\n"
FAULTS = {
    "exit 3": "it ended with status 3, without a word",
    "echo 'disk quota: none' >&2; echo more >&2; exit 1": "failed: disk quota: none",
    "kill -9 $$": "it ended with status -9",
    "cat > /dev/null; exit 1": "failed",  # waits for input, of which there is none
    "exit 0": "wrote no library that can be opened: No such file",
    f'{WRITE}echo x > "$2"': "wrote no library that can be opened: .*(too short|invalid ELF)",
    f"{WRITE}{BUILD}int other(void) {{ return 0; }}\nEND": "it is another library",
    f"{WRITE}{BUILD}__attribute__((constructor)) static void crash(void) {{ __builtin_trap(); }}\nEND": "signal [45]",
    f"{WRITE}{BUILD}#include <stdlib.h>\n__attribute__((constructor)) static void end(void) {{ exit(0); }}\nEND": "",
}


@pytest.mark.parametrize("script", FAULTS)
def test_a_faulty_compiler_is_asked_once_a_day_and_named(
    script: str, folder: TrustedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = make_compiler(tmp_path / "compiler", script, monkeypatch)
    assert library.load_library() is None
    assert re.search(FAULTS[script], library.explain_absence()), library.explain_absence()
    assert str(tmp_path / "compiler") in library.explain_absence()
    asked, reason = calls.read_text(), library.explain_absence()
    forget()
    assert library.load_library() is None
    assert library.explain_absence() == reason
    assert calls.read_text() == asked
    with pytest.warns(SlownessWarning, match=re.escape(reason)):
        library.warn_of_absence()
    library.warn_of_absence()  # once is enough
    (failure,) = folder.path.iterdir()
    os.utime(failure, (time.time() - 90_000,) * 2)
    forget()
    assert library.load_library() is None
    assert calls.read_text() == asked * 2


def test_a_full_disk_is_no_fault_of_the_compilers(
    folder: TrustedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_compiler(tmp_path / "compiler", "echo 'cannot write' >&2; exit 1", monkeypatch)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
    assert library.load_library() is None
    assert library.explain_absence().endswith("failed: cannot write (no space is left for temporary files)")
    assert list(folder.path.iterdir()) == []


def test_another_compiler_of_the_same_name_is_asked_anew(
    folder: TrustedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_compiler(tmp_path / "compiler", "exit 1", monkeypatch)
    assert library.load_library() is None
    make_compiler(tmp_path / "compiler", f'exec {COMPILES} "$@"', monkeypatch)
    forget()
    assert library.load_library() is not None
    assert library.explain_absence() == ""
    library.warn_of_absence()


@pytest.mark.parametrize("script", ["sleep 300", "exec yes >&2", "exec yes", "trap '' TERM; while :; do :; done"])
def test_a_compiler_has_its_time_for_all_tries_together(
    script: str, folder: TrustedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoencode.training.kernel.compiler.MOST_SECONDS", 0.5)
    calls = make_compiler(tmp_path / "compiler", script, monkeypatch)
    assert library.load_library() is None
    assert library.explain_absence() == f"{tmp_path / 'compiler'} took longer than 0.5 s"
    assert calls.read_text() == "called\n"


def test_a_library_that_never_opens_takes_no_longer(
    folder: TrustedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoencode.training.kernel.compiler.MOST_SECONDS", 2.0)
    body = "#include <unistd.h>\n__attribute__((constructor)) static void wait(void) { sleep(300); }\nEND"
    make_compiler(tmp_path / "compiler", WRITE + BUILD + body, monkeypatch)
    assert library.load_library() is None
    assert library.explain_absence() == f"{tmp_path / 'compiler'} took longer than 2 s"


def test_without_a_folder_a_failure_is_remembered_for_the_process(
    tmp_path: Path, folder: TrustedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "find_programs_folder", lambda: None)
    calls = make_compiler(tmp_path / "compiler", "exit 1", monkeypatch)
    for _ in range(3):
        assert library.load_library() is None
    assert len(calls.read_text().splitlines()) == 4  # one for each target


def test_what_is_run_is_what_was_looked_at(folder: TrustedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert library.load_library() is not None
    (kept,) = folder.path.iterdir()
    read = TrustedFolder.read

    def read_and_exchange(self: TrustedFolder, name: str) -> bytes:
        content = read(self, name)
        if name == kept.name:
            (self.path / name).write_bytes(b"exchanged after it was read")
        return content

    monkeypatch.setattr(TrustedFolder, "read", read_and_exchange)
    forget()
    assert library.load_library() is not None
    assert kept.read_bytes() == b"exchanged after it was read"
    forget()
    assert library.load_library() is not None  # it fits its digest no more, and is compiled again


def test_a_library_torn_by_a_power_cut_is_compiled_again(folder: TrustedFolder) -> None:
    assert library.load_library() is not None
    (kept,) = folder.path.iterdir()
    whole = kept.read_bytes()
    # The last two would end the process that opens them.
    for torn in (b"", whole[: len(whole) // 2], whole[:4096] + bytes(4096) + whole[8192:]):
        kept.write_bytes(torn)
        forget()
        assert library.load_library() is not None
        (again,) = folder.path.iterdir()
        assert again.read_bytes() == whole


def test_where_nothing_opens_from_memory_a_private_folder_serves(
    folder: TrustedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    opened = library.load_library()
    assert opened is not None
    assert "autoencode-private-" in opened._name
    assert not Path(opened._name).exists()


def test_a_plan_that_is_laid_out_otherwise_is_refused(folder: TrustedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    class Longer(library.Plan):
        _fields_ = (("more", ctypes.c_int32),)

    monkeypatch.setattr(library, "Plan", Longer)
    assert library.load_library() is None
    assert "not laid out as here" in library.explain_absence()


def test_arrays_of_another_type_are_not_handed_over(folder: TrustedFolder) -> None:
    opened = library.load_library()
    assert opened is not None
    good = np.zeros((4, 4), np.float32)
    for bad in (good.astype(np.float64), good.T[::2], good.astype(">f4")):
        with pytest.raises(ctypes.ArgumentError):
            opened.autoencode_evaluate(ctypes.byref(library.Plan()), bad, 4, good, np.zeros(1))
    good.flags.writeable = False
    with pytest.raises(ctypes.ArgumentError):
        opened.autoencode_train(ctypes.byref(library.Plan()), *[good] * 10)


# ---------------------------------------------------------------------- finding and running


@pytest.mark.parametrize(("command", "arguments"), [("cc -DUNUSED=1", ("-DUNUSED=1",)), ("'cc'", ()), ("  ", ())])
def test_the_compiler_may_have_arguments(
    command: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", command)
    assert Compiler.find().command == (shutil.which("cc"), *arguments)


@pytest.mark.parametrize(
    ("command", "words"), [('"cc', 'CC="cc is no command'), ("/no/such", "no C compiler CC=/no/such")]
)
def test_a_compiler_that_is_none_is_named(command: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", command)
    with pytest.raises(CompilerError, match=words):
        Compiler.find()


def test_a_compiler_is_not_looked_for_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_script(tmp_path / "cc", "exit 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CC", raising=False)
    for path in ("", ".", f":.:{tmp_path / 'empty'}"):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(CompilerError, match="no C compiler was found"):
            Compiler.find()


def test_a_compiler_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = write_script(tmp_path / "hangs", f"sleep 300 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setattr("autoencode.training.kernel.compiler.MOST_SECONDS", 0.5)
    with pytest.raises(CompilerError, match=r"took longer than 0.5 s"):
        Compiler([str(compiler)]).compile(tmp_path / "x.c", tmp_path / "kernel.so")
    status = Path("/proc") / (tmp_path / "child").read_text().strip() / "status"
    until = time.monotonic() + 10
    while status.exists() and "State:\tZ" not in status.read_text() and time.monotonic() < until:
        time.sleep(0.01)
    assert time.monotonic() < until


def test_a_compiler_that_leaves_something_behind_is_not_waited_for(tmp_path: Path) -> None:
    compiler = write_script(tmp_path / "leaves", f"sleep 300 & echo $! > {tmp_path}/child; exit 0")
    before = time.monotonic()
    Compiler([str(compiler)]).compile(tmp_path / "x.c", tmp_path / "kernel.so")
    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
    assert time.monotonic() - before < 9


@pytest.mark.parametrize(("status", "runs"), [(2, 1), (0, 2)])
def test_macos_is_asked_for_its_compiler_without_a_window(
    status: int, runs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[str] = []

    def run(_: Compiler, command: list[str], **_options: object) -> tuple[int, str]:
        commands.append(command[0])
        return (status, "") if len(commands) == 1 else (0, "")

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(Compiler, "_run", run)
    monkeypatch.setattr(Compiler, "__init__", lambda self: setattr(self, "command", ("/usr/bin/cc",)))
    with contextlib.ExitStack() as stack:
        if status:
            stack.enter_context(pytest.raises(CompilerError, match="not installed"))
        Compiler().compile(tmp_path / "x.c", tmp_path / "kernel.so")  # pyright: ignore[reportCallIssue]
    assert commands == ["xcode-select", "/usr/bin/cc"][:runs]
