"""The kernel's library: compiled from its sources by the machine's C compiler at first use, kept with the programs."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from autoencode.files import temporary_folder, write_whole
from autoencode.interruption import before_end
from autoencode.training.programs import find_programs_folder

__all__ = ["MATH_FLAGS", "Plan", "load_library"]

SOURCES = Path(__file__).parent
COMPILERS = ("cc", "gcc", "clang")
MOST_SECONDS = 60.0

# A product and a sum become one operation, square roots set no errno: no result is reordered.
MATH_FLAGS = ("-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math")
FLAGS = ("-std=gnu11", "-O2", *MATH_FLAGS, "-shared", "-fPIC", "-pthread")
# The first that the compiler takes. Some do not know their own processor; the library then serves any of its kind.
TARGETS = (("-march=native", "-fvect-cost-model=dynamic"), ("-march=native",), ("-mcpu=native",), ())


class Plan(ctypes.Structure):
    """What the library is told of a network and its training; the same as `Plan` in ``network.h``."""

    _fields_ = (
        *((name, ctypes.c_int32) for name in ("layers", "restarts", "batch", "threads", "loss")),
        ("widths", ctypes.POINTER(ctypes.c_int32)),
        ("activations", ctypes.POINTER(ctypes.c_int32)),
        *((name, ctypes.c_float) for name in ("learning_rate", "beta_1", "beta_2", "epsilon", "decay")),
    )


def _find_compiler() -> list[str] | None:
    """Return the command that compiles C: ``CC``, which may have arguments, else cc, gcc or clang."""
    if os.name != "posix":
        return None
    try:
        wanted = shlex.split(os.environ.get("CC", ""))
    except ValueError:  # a quotation mark that is never closed
        return None
    for name, *arguments in [wanted] if wanted else [[name] for name in COMPILERS]:
        if compiler := shutil.which(name):
            return [compiler, *arguments]
    return None


def _run(*command: str) -> int:
    """Run a command in silence and return its status; when it takes too long, all that it started is ended."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True) as process:

        def end() -> None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

        try:
            with before_end(end):
                return process.wait(MOST_SECONDS)
        except BaseException:  # KeyboardInterrupt too
            end()
            raise


def _compile(compiler: list[str], library: Path) -> bool:
    source = str(SOURCES / "dense.c")
    try:
        # Without its developer tools, macOS has a cc that asks in a window whether to install them.
        if sys.platform == "darwin" and compiler[0].startswith("/usr/bin/") and _run("xcode-select", "-p"):
            return False
        return any(not _run(*compiler, *FLAGS, *target, source, "-o", str(library), "-lm") for target in TARGETS)
    except (OSError, subprocess.TimeoutExpired):
        return False


def _open(library: Path) -> ctypes.CDLL | None:
    try:
        opened = ctypes.CDLL(str(library))
        for name in ("autoencode_train", "autoencode_evaluate", "autoencode_trace"):
            getattr(opened, name).restype = ctypes.c_int
    except (OSError, AttributeError):
        return None
    return opened


def _keep(library: Path, folder: Path, key: str) -> None:
    """Keep a library under a name that ends in its digest."""
    content = library.read_bytes()
    write_whole(folder / f"kernel-{key}-{hashlib.sha256(content).hexdigest()[:16]}.so", content)


def _open_kept(folder: Path, key: str) -> ctypes.CDLL | None:
    """Open the library that is kept. One that a power cut left torn would end the process, so its digest is checked."""
    for library in folder.glob(f"kernel-{key}-*.so"):
        with suppress(OSError):
            digest = hashlib.sha256(library.read_bytes()).hexdigest()[:16]
            if library.stem.endswith(digest) and (opened := _open(library)):
                return opened
            library.unlink()
    return None


def _open_new(compiler: list[str], folder: Path | None, key: str) -> ctypes.CDLL | None:
    """Compile the library, keep it where there is a folder, and open it; once open, its file may be removed."""
    try:
        with temporary_folder("kernel") as temporary:
            library = temporary / "kernel.so"
            if not _compile(compiler, library):
                return None
            opened = _open(library)
            if folder is not None:
                with suppress(OSError):  # a full disk
                    _keep(library, folder, key)
                    opened = opened or _open_kept(folder, key)  # nothing in the temporary folder may be executed
            return opened
    except OSError:  # there is no temporary folder
        return None


@cache
def load_library() -> ctypes.CDLL | None:
    """Return the kernel's library, compiled in about a second where it is not yet on disk.

    Returns
    -------
    CDLL or None
        None where ``AUTOENCODE_KERNEL=off``, or where there is no C compiler (``CC``, else cc, gcc or clang) that can
        compile it.
    """
    if os.environ.get("AUTOENCODE_KERNEL", "").lower() == "off":
        return None
    compiler, folder = _find_compiler(), find_programs_folder()
    sources = b"".join(path.read_bytes() for path in sorted(SOURCES.glob("*.[ch]")))
    key = hashlib.sha256(f"{compiler} {FLAGS} {TARGETS}".encode() + sources).hexdigest()[:16]
    kept = None if folder is None else _open_kept(folder, key)
    return _open_new(compiler, folder, key) if kept is None and compiler is not None else kept
