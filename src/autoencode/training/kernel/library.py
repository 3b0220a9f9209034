"""The kernel's library: compiled from its sources by the machine's C compiler at first use, kept with the programs."""

from __future__ import annotations

import ctypes
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

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
        *((name, ctypes.c_float) for name in ("learning_rate", "beta_1", "beta_2", "epsilon")),
    )


def _find_compiler() -> str | None:
    wanted = os.environ.get("CC")
    return next(filter(None, map(shutil.which, [wanted] if wanted else COMPILERS)), None)


def _compile(compiler: str, library: Path) -> bool:
    """Compile the library, whole: another process sees none or all of it."""
    draft = library.with_name(f".{library.name}.{secrets.token_hex(8)}.partial")
    try:
        for target in TARGETS:
            command = [compiler, *FLAGS, *target, str(SOURCES / "dense.c"), "-o", str(draft), "-lm"]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=MOST_SECONDS, check=False
            )
            if done.returncode == 0:
                os.replace(draft, library)
                return True
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        draft.unlink(missing_ok=True)
    return False


def _open(library: Path) -> ctypes.CDLL | None:
    try:
        opened = ctypes.CDLL(str(library))
        for name in ("autoencode_train", "autoencode_evaluate", "autoencode_trace"):
            getattr(opened, name).restype = ctypes.c_int
    except (OSError, AttributeError):
        return None
    return opened


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
    compiler = _find_compiler()
    sources = b"".join(path.read_bytes() for path in sorted(SOURCES.glob("*.[ch]")))
    key = hashlib.sha256(f"{compiler} {FLAGS}".encode() + sources).hexdigest()[:16]
    folder = find_programs_folder()
    if folder is not None:
        library = folder / f"kernel-{key}.so"
        if not library.is_file() and (compiler is None or not _compile(compiler, library)):
            return None
        return _open(library)
    if compiler is None:
        return None
    # A library that is open stays open when its file is removed.
    with tempfile.TemporaryDirectory(prefix="autoencode-") as temporary:
        library = Path(temporary) / f"kernel-{key}.so"
        return _open(library) if _compile(compiler, library) else None
