"""The machine's C compiler: found, and run within a time limit, with what it says where it fails."""

from __future__ import annotations

import os
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from autoencode.interruption import before_end
from autoencode.printable import make_printable

COMPILERS = ("cc", "gcc", "clang")
MOST_SECONDS = 10.0
MOST_SAID_BYTES = 4096

# A product and a sum become one operation, square roots set no errno: no result is reordered.
MATH_FLAGS = ("-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math")
FLAGS = ("-std=gnu11", "-O2", *MATH_FLAGS, "-shared", "-fPIC", "-pthread")
# The first that the compiler takes. Some do not know their own processor; the library then serves any of its kind.
TARGETS = (("-march=native", "-fvect-cost-model=dynamic"), ("-march=native",), ("-mcpu=native",), ())

OPENED = 77
TRIAL = f"import ctypes, sys; ctypes.CDLL(sys.argv[1]); sys.exit({OPENED})"


class CompilerError(Exception):
    """There is no compiler, or it gives no library; the message says which and why."""


class Compiler:
    """A command that compiles C, and ten seconds for all that it is asked.

    Attributes
    ----------
    command
        Program and arguments.
    identity
        Path, size and time of change of the program, and the flags: another one is another compiler.
    """

    def __init__(self, command: Sequence[str]):
        self.command = tuple(command)
        status = os.stat(self.command[0])
        self.identity = f"{self.command} {status.st_size} {status.st_mtime_ns} {FLAGS} {TARGETS}"
        self._until: float | None = None

    @classmethod
    def find(cls) -> Compiler:
        """Return the compiler that ``CC`` names, with its arguments if it has any, else cc, gcc or clang.

        Raises
        ------
        CompilerError
            If there is none.
        """
        wanted = os.environ.get("CC", "")
        try:
            words = shlex.split(wanted)
        except ValueError:  # a quotation mark that is never closed
            raise CompilerError(f"CC={make_printable(wanted)} is no command") from None
        try:
            if words:
                if found := shutil.which(words[0]):
                    return cls([found, *words[1:]])
                raise CompilerError(f"there is no C compiler CC={make_printable(wanted)}")
            # What lies in the folder that somebody happens to stand in is nobody's choice of a compiler.
            absolute = [entry for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(entry)]
            for name in COMPILERS:
                if found := shutil.which(name, path=os.pathsep.join(absolute)):
                    return cls([found])
        except OSError as error:  # it was removed meanwhile
            raise CompilerError(f"the C compiler cannot be looked at: {error.strerror}") from error
        raise CompilerError("no C compiler was found")

    def compile(self, source: Path, library: Path) -> None:
        """Compile a library.

        Parameters
        ----------
        source
            The file of the program.
        library
            The file to write, in a folder that only the user can write to: the compiler's own temporary files go there.

        Raises
        ------
        CompilerError
            If the compiler fails, or takes longer than ten seconds in all.
        """
        folder = str(library.parent)
        # Without its developer tools, macOS has a cc that asks in a window whether to install them.
        if sys.platform == "darwin" and self.command[0].startswith("/usr/bin/"):
            status, _ = self._run(["xcode-select", "-p"])
            if status:
                raise CompilerError("the developer tools, and so a C compiler, are not installed")
        status, said = 0, ""
        for target in TARGETS:
            command = [*self.command, *FLAGS, *target, str(source), "-o", str(library), "-lm"]
            status, said = self._run(command, folder=folder)
            if status == 0:
                return
        raise CompilerError(f"{self.command[0]} failed: {said or f'it ended with status {status}, without a word'}")

    def try_library(self, name: str, handles: Sequence[int]) -> None:
        """Open a compiled library in another process: where that crashes, only that one ends.

        Raises
        ------
        OSError
            If it cannot be opened.
        CompilerError
            If it crashes the process, or keeps it busy until the time is over.
        """
        if not sys.executable or getattr(sys, "frozen", False):  # there is no interpreter to start
            return
        status, said = self._run([sys.executable, "-I", "-S", "-c", TRIAL, name], handles=handles, last_line=True)
        if status < 0:
            raise CompilerError(f"{self.command[0]} wrote a library that ends a process with signal {-status}")
        if status == 0:
            raise CompilerError(f"{self.command[0]} wrote a library that ends the process which opens it")
        if status != OPENED:
            raise OSError(said)

    def _run(
        self, command: Sequence[str], *, folder: str = "", handles: Sequence[int] = (), last_line: bool = False
    ) -> tuple[int, str]:
        """Run a command and return its status and a line of what it complained of; in time, or all of it is ended."""
        if self._until is None:
            self._until = time.monotonic() + MOST_SECONDS
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=os.environ | ({"TMPDIR": folder} if folder else {}),
                pass_fds=handles,
                start_new_session=True,
                umask=0o077,
            )
        except OSError as error:
            raise CompilerError(f"{command[0]} cannot be run: {error.strerror}") from None
        with process:

            def end() -> None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

            try:
                with before_end(end):
                    said = _listen(process, self._until)
            except BaseException as error:  # KeyboardInterrupt too
                end()
                if isinstance(error, TimeoutError):
                    raise CompilerError(f"{self.command[0]} took longer than {MOST_SECONDS:g} s") from None
                raise
        lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()] or [""]
        return process.returncode, make_printable(lines[-1 if last_line else 0].strip())[:200]


def _listen(process: subprocess.Popen[bytes], until: float) -> bytes:
    """Wait for a process, and return the beginning of what it says; the rest is taken, so that it need not wait.

    Raises
    ------
    TimeoutError
        If it does not end in time.
    """
    assert process.stderr is not None
    pipe, said = process.stderr.fileno(), b""
    os.set_blocking(pipe, False)
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        # What it started may keep the pipe open after its end, so both are watched.
        while process.poll() is None:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if selector.select(min(left, 0.02)):
                chunk = os.read(pipe, 65536)
                said = (said + chunk)[:MOST_SAID_BYTES]
                if not chunk:  # closed: only its end is left to wait for
                    return _await(process, until, said)
    with suppress(BlockingIOError):
        said = (said + os.read(pipe, MOST_SAID_BYTES))[:MOST_SAID_BYTES]
    return said


def _await(process: subprocess.Popen[bytes], until: float, said: bytes) -> bytes:
    try:
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return said
