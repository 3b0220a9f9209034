"""Compiled programs kept on disk, so that the next process need not compile them again."""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import warnings
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from autoencode.exceptions import SlownessWarning
from autoencode.notice import warn_user
from autoencode.training.trusted_folder import TrustedFolder, open_private, open_trusted

MOST_BYTES = 2**28


def _describe_processor() -> str:
    """Return what a program compiled here may rely on: the processor's features, as the system tells them."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith(("flags", "Features")):
                return line
    return platform.processor()


def _remove_oldest(folder: TrustedFolder) -> None:
    """Remove what is not the user's, what a killed process left empty, and the oldest programs beyond 256 MiB.

    JAX writes no program twice: an empty one would be compiled at every start.
    """
    total = 0
    for name, status in sorted(folder.list_files(), key=lambda found: found[1].st_mtime, reverse=True):
        total += status.st_size
        if total > MOST_BYTES or status.st_size == 0:
            folder.remove(name)


def _open_for_this_start(problem: Exception) -> TrustedFolder | None:
    """Say why the cache folder cannot be used, and return a private one that goes with the process."""
    reason = " ".join(str(problem).split())
    try:
        folder = open_private()
    except OSError:
        folder, consequence = None, "are not kept"
    else:
        consequence = "are kept for this start alone"
        process = os.getpid()
        atexit.register(lambda: folder.discard() if os.getpid() == process else None)
    warn_user(
        f"compiled programs {consequence}, and every start takes longer, as the cache folder cannot be used: {reason}. "
        "XDG_CACHE_HOME can name another; AUTOENCODE_PROGRAMS=off does without.",
        SlownessWarning,
        cause="no folder for programs",
    )
    return folder


@cache
def find_programs_folder() -> TrustedFolder | None:
    """Return the folder of this processor's programs in the user's cache folder, made where it is missing.

    Returns
    -------
    TrustedFolder or None
        Where the cache folder cannot be written to, or others could put programs into it, a private one for this
        start, and a warning says so. None where ``AUTOENCODE_PROGRAMS=off``, or where no folder at all is safe.
        Programs of another processor, or another version of JAX, lie in another folder.
    """
    if os.environ.get("AUTOENCODE_PROGRAMS", "").lower() == "off":
        return None
    from platformdirs import user_cache_path

    key = hashlib.sha256(f"{_describe_processor()} {version('jax')}".encode()).hexdigest()[:16]
    try:
        cache_folder, home = user_cache_path("autoencode"), Path(os.path.expanduser("~"))
        if cache_folder.is_relative_to(home) and not home.is_dir():
            raise FileNotFoundError(f"there is no home folder {home}")
        folder = open_trusted(cache_folder / "programs" / key, ours=3)
        if not os.access(folder.path, os.W_OK):
            raise PermissionError(f"{folder.path} cannot be written to")
        _remove_oldest(folder)
    except (OSError, RuntimeError) as error:  # RuntimeError: the user has no home
        return _open_for_this_start(error)
    return folder


@cache
def keep_programs() -> None:
    """Keep the programs that JAX compiles in this process on disk, and use those that lie there.

    Nothing is done where JAX was already told of a cache (its variable ``JAX_COMPILATION_CACHE_DIR``).
    """
    import jax

    if jax.config.values["jax_compilation_cache_dir"] is not None or os.name != "posix":
        return
    folder = find_programs_folder()
    if folder is not None:
        # JAX takes a path. This one has no links, and nobody else can exchange a folder on it.
        jax.config.update("jax_compilation_cache_dir", str(folder.path))
        # JAX keeps only what took it a second to compile; ours are many and small.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        # A program that cannot be kept or read any more, on a full disk, is compiled: that is no news to the user.
        warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache entry", UserWarning)
