"""How a signal ends the process, whatever it computes; in small processes that import nothing heavy."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

KINDS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated"), (signal.SIGHUP, 129, "hung up")]
HEAD = """
import gc, os, signal, sys, time
from pathlib import Path
from autoencode.cli.termination import end_when_told
from autoencode.files import open_whole
from autoencode.interruption import before_end, check, hold
end_when_told()
"""
BUSY = {
    "in Python": "while True: sum(range(1000))",
    "in one long call": "time.sleep(60)",
    "in a callback of the collector": "gc.callbacks.append(lambda *_: time.sleep(0.001))\nwhile True: gc.collect()",
    "while a file is written": "with open_whole(Path('file')) as file:\n    say()\n    time.sleep(60)",
}


def start(code: str, folder: Path, *, ignored: int | None = None, **options: object) -> subprocess.Popen[str]:
    program = f"{HEAD}\ndef say():\n    print('ready', flush=True)\n{textwrap.dedent(code)}"
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", program]
    if ignored is not None:
        command = ["sh", "-c", f"trap '' {ignored}; exec \"$@\"", "sh", *command]
    process = subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True, **options)  # pyright: ignore
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("state", BUSY)
@pytest.mark.parametrize(("kind", "code", "words"), KINDS, ids=lambda value: str(value))
def test_a_signal_ends_it_at_once_with_its_code(
    kind: signal.Signals, code: int, words: str, state: str, tmp_path: Path
) -> None:
    process = start(f"{'' if 'say()' in BUSY[state] else 'say()'}\n{BUSY[state]}", tmp_path)
    process.send_signal(kind)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, "", f"error: {words}.\n")
    assert list(tmp_path.iterdir()) == []


def test_what_is_held_ends_by_itself_and_more_signals_change_nothing(tmp_path: Path) -> None:
    code = """
    try:
        with hold():
            say()
            for _ in range(50):  # nothing is raised here
                time.sleep(0.01)
            Path("saved").touch()
    except KeyboardInterrupt:
        print("raised", flush=True)
        time.sleep(60)  # what goes on too long is ended
    """
    process = start(code, tmp_path)
    for kind in (signal.SIGINT, signal.SIGINT, signal.SIGINT):
        process.send_signal(kind)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "raised\n", "error: interrupted.\n")
    assert (tmp_path / "saved").exists()


def test_a_loop_that_asks_is_told(tmp_path: Path) -> None:
    code = """
    with before_end(lambda: Path("left").unlink()), hold():
        Path("left").touch()
        say()
        try:
            while True:
                check()
        except BaseException as error:
            print(type(error).__name__, flush=True)
            os._exit(9)
    """
    process = start(code, tmp_path)
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (9, "HungUp\n")
    assert (tmp_path / "left").exists(), "it ends by itself"


@pytest.mark.parametrize("kind", [kind for kind, _, _ in KINDS])
def test_a_signal_that_was_ignored_stays_ignored(kind: signal.Signals, tmp_path: Path) -> None:
    code = f"""
    say()
    os.kill(os.getpid(), {int(kind)})
    time.sleep(0.1)
    print("goes on")
    """
    process = start(code, tmp_path, ignored=int(kind))
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "goes on\n", "")


def test_a_terminal_that_is_closed_costs_no_more_than_words(tmp_path: Path) -> None:
    parent, child = pty.openpty()
    code = """
    with hold():
        say()
        try:
            while True:
                check()
                time.sleep(0.01)
        except BaseException:
            print("nobody reads this", file=sys.stderr, flush=True)
            Path("saved").touch()
            os._exit(129)
    """
    program = f"{HEAD}\ndef say():\n    Path('ready').touch()\n{textwrap.dedent(code)}"
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdin=child, stdout=child, stderr=child, start_new_session=True
    )
    os.close(child)
    while not (tmp_path / "ready").exists():
        assert process.poll() is None
    os.close(parent)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=30) == 129
    assert (tmp_path / "saved").exists()
