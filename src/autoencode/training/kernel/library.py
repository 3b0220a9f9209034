"""The kernel's library: compiled from its sources by the machine's C compiler at first use, kept with the programs."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import numpy as np

from autoencode.exceptions import SlownessWarning
from autoencode.files import write_whole
from autoencode.interruption import before_end
from autoencode.notice import warn_user
from autoencode.printable import make_printable
from autoencode.training.kernel.compiler import Compiler, CompilerError
from autoencode.training.programs import find_programs_folder
from autoencode.training.trusted_folder import TrustedFolder, open_private

SOURCES = Path(__file__).parent
REMEMBERED_SECONDS = 86400.0
LEAST_FREE_BYTES = 2**23


class Plan(ctypes.Structure):
    """What the library is told of a network and its training; the same as `Plan` in ``network.h``."""

    _fields_ = (
        *((name, ctypes.c_int32) for name in ("layers", "restarts", "batch", "threads", "loss")),
        ("widths", ctypes.POINTER(ctypes.c_int32)),
        ("activations", ctypes.POINTER(ctypes.c_int32)),
        *((name, ctypes.c_float) for name in ("learning_rate", "beta_1", "beta_2", "epsilon", "decay")),
    )


def _take(dtype: type, *, changed: bool = False) -> type:
    """Return the type of an argument: an array of numbers one after the other, which is checked at each call."""
    if changed:
        return np.ctypeslib.ndpointer(dtype, flags=("C_CONTIGUOUS", "ALIGNED", "WRITEABLE"))
    return np.ctypeslib.ndpointer(dtype, flags=("C_CONTIGUOUS", "ALIGNED"))


_PLAN, _COUNT = ctypes.POINTER(Plan), ctypes.c_int64
_READ, _CHANGED, _SUMS = _take(np.float32), _take(np.float32, changed=True), _take(np.float64, changed=True)
ARGUMENTS = {
    "autoencode_train": (
        *(_PLAN, _READ, _take(np.int32), _READ, _READ, _COUNT, _COUNT),
        *(_CHANGED, _CHANGED, _CHANGED, _SUMS),
    ),
    "autoencode_evaluate": (_PLAN, _READ, _COUNT, _READ, _SUMS),
    "autoencode_trace": (_PLAN, _READ, _COUNT, _READ, _take(np.uintp)),
    "autoencode_measure": (_PLAN, _READ, _COUNT, _READ, ctypes.c_int32, _SUMS),
}
"""What each function takes, as in ``dense.c``."""


def is_wanted() -> bool:
    """Return whether a library may be looked for: not where ``AUTOENCODE_KERNEL=off``, nor on a system without cc."""
    return os.environ.get("AUTOENCODE_KERNEL", "").lower() != "off" and os.name == "posix"


# ---------------------------------------------------------------------- opening


@contextmanager
def _private_folder() -> Iterator[TrustedFolder]:
    folder = open_private()
    try:
        with before_end(folder.discard):
            yield folder
    finally:
        folder.discard()


@contextmanager
def _hold_in_memory(content: bytes) -> Iterator[tuple[str, list[int]]]:
    """Put a library into a file in memory that nobody can change; yield what opens it, and its handle."""
    import fcntl

    if not hasattr(os, "memfd_create"):
        raise OSError("this system has no files in memory")
    # The handle is never closed: the system's loader knows a library by its name, so none may come twice.
    handle = os.memfd_create("autoencode-kernel", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(handle, "wb", closefd=False) as file:
        file.write(content)
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(handle, fcntl.F_ADD_SEALS, seals)
    yield f"/proc/self/fd/{handle}", [handle]


@contextmanager
def _hold_in_folder(content: bytes) -> Iterator[tuple[str, list[int]]]:
    """Put a library into a private folder, where a system or a sandbox opens none from memory."""
    with _private_folder() as folder:
        path = folder.path / "kernel.so"
        path.write_bytes(content)
        yield str(path), []


def _open(name: str) -> ctypes.CDLL:
    """Open a library, and tell `ctypes` what its functions take.

    Raises
    ------
    OSError
        If it is no library, or another one.
    """
    try:
        opened = ctypes.CDLL(name)
        for function, types in ARGUMENTS.items():
            getattr(opened, function).argtypes, getattr(opened, function).restype = types, ctypes.c_int
        opened.autoencode_plan_bytes.restype = ctypes.c_int64
    except AttributeError as error:
        raise OSError(f"it is another library: {error}") from None
    if opened.autoencode_plan_bytes() != ctypes.sizeof(Plan):
        raise OSError("its structures are not laid out as here")
    return opened


def _open_content(content: bytes, compiler: Compiler | None = None) -> ctypes.CDLL:
    """Open a library from its bytes, so that what is run is what was looked at; a new one is tried first.

    Raises
    ------
    OSError
        If it cannot be opened.
    CompilerError
        If opening it ends a process.
    """
    problem = OSError()
    for hold in (_hold_in_memory, _hold_in_folder):
        try:
            with hold(content) as (name, handles):
                if compiler is not None:
                    compiler.try_library(name, handles)
                return _open(name)
        except OSError as error:
            problem = error
    raise problem


def _name_file(key: str, content: bytes) -> str:
    return f"kernel-{key}-{hashlib.sha256(content).hexdigest()}.so"


def _open_kept(folder: TrustedFolder, key: str) -> ctypes.CDLL | None:
    """Open the library that is kept, if there is one: the very bytes whose digest its name has.

    The digest finds a file that a power cut left torn, which would end the process. That nobody else wrote it is what
    the folder stands for.
    """
    for name, _ in folder.list_files():
        if not name.startswith(f"kernel-{key}-"):
            continue
        with suppress(OSError):
            content = folder.read(name)
            if name == _name_file(key, content):
                return _open_content(content)
        folder.remove(name)
    return None


# ---------------------------------------------------------------------- compiling


def _compile(compiler: Compiler) -> tuple[ctypes.CDLL, bytes]:
    """Return a new library, opened, and its content."""
    with _private_folder() as folder:
        library = folder.path / "kernel.so"
        try:
            compiler.compile(SOURCES / "dense.c", library)
        except CompilerError as error:
            if shutil.disk_usage(folder.path).free < LEAST_FREE_BYTES:  # that is not the compiler's fault
                raise OSError(f"{error} (no space is left for temporary files)") from None
            raise
        try:
            content = folder.read(library.name)
            return _open_content(content, compiler), content
        except OSError as error:
            reason = error.strerror or " ".join(str(error).split())
            raise CompilerError(f"{compiler.command[0]} wrote no library that can be opened: {reason}") from None


def _recall_failure(folder: TrustedFolder, key: str) -> None:
    """Raise what was found of a compiler within the last day, if it failed."""
    name = f"kernel-{key}.failed"
    for found, status in folder.list_files():
        if found == name and 0 <= time.time() - status.st_mtime < REMEMBERED_SECONDS:
            raise CompilerError(make_printable(folder.read(name).decode(errors="replace")))


def _keep(folder: TrustedFolder | None, name: str, content: bytes) -> None:
    """Keep a file for the next start; where the disk is full, it is made again."""
    if folder is not None:
        with suppress(OSError):
            write_whole(folder.path / name, content)


def _find_library() -> ctypes.CDLL:
    compiler, folder = Compiler.find(), find_programs_folder()
    sources = b"".join(path.read_bytes() for path in sorted(SOURCES.glob("*.[ch]")))
    key = hashlib.sha256(compiler.identity.encode(errors="replace") + sources).hexdigest()[:16]
    if folder is not None:
        if (kept := _open_kept(folder, key)) is not None:
            return kept
        _recall_failure(folder, key)
    try:
        library, content = _compile(compiler)
    except CompilerError as error:
        _keep(folder, f"kernel-{key}.failed", str(error).encode(errors="replace"))
        raise
    _keep(folder, _name_file(key, content), content)
    return library


@cache
def _try_library() -> tuple[ctypes.CDLL | None, str]:
    """Return the library, or None and why there is none."""
    if not is_wanted():
        return None, "AUTOENCODE_KERNEL=off" if os.name == "posix" else "this system is not one that it is for"
    try:
        return _find_library(), ""
    except (CompilerError, OSError) as error:
        return None, " ".join(str(error).split())


def load_library() -> ctypes.CDLL | None:
    """Return the kernel's library, compiled in about a second where it is not yet on disk.

    Returns
    -------
    CDLL or None
        None where ``AUTOENCODE_KERNEL=off``, or where there is no C compiler (``CC``, else cc, gcc or clang) that gives
        one within ten seconds. A compiler that does not is not asked again for a day, unless it is changed.
    """
    return _try_library()[0]


def explain_absence() -> str:
    """Return why there is no library, in words; nothing where there is one."""
    return _try_library()[1]


@cache
def warn_of_absence() -> None:
    """Say once that XLA does the kernel's work, and why; nothing where the user wanted it so."""
    if is_wanted() and explain_absence():
        warn_user(
            f"dense networks are trained and applied by XLA, which takes longer, as there is no kernel: "
            f"{explain_absence()}. A C compiler (CC names one) mends that; engine='xla' asks for XLA.",
            SlownessWarning,
            cause="no kernel",
        )
