"""Compiled programs kept on disk, so that the next process need not compile them again."""

from __future__ import annotations

import hashlib
import os
import platform
from contextlib import suppress
from functools import cache
from pathlib import Path

import jax

__all__ = ["find_programs_folder", "keep_programs"]

MOST_BYTES = 2**28


def _describe_processor() -> str:
    """Return what a program compiled here may rely on: the processor's features, as the system tells them."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith(("flags", "Features")):
                return line
    return platform.processor()


def _remove_oldest(folder: Path) -> None:
    """Remove the programs that were used longest ago, until at most 256 MiB are left."""
    total = 0
    for file in sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True):
        total += file.stat().st_size
        if total > MOST_BYTES:
            file.unlink(missing_ok=True)


@cache
def find_programs_folder() -> Path | None:
    """Return the folder of this processor's programs in the user's cache folder, made where it is missing.

    Returns
    -------
    Path or None
        None where ``AUTOENCODE_PROGRAMS=off``, or where the folder cannot be written to. Programs of another processor,
        or another version of JAX, lie in another folder.
    """
    if os.environ.get("AUTOENCODE_PROGRAMS", "").lower() == "off":
        return None
    from platformdirs import user_cache_path

    key = hashlib.sha256(f"{_describe_processor()} {jax.__version__}".encode()).hexdigest()[:16]
    folder = user_cache_path("autoencode") / "programs" / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_oldest(folder)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


@cache
def keep_programs() -> None:
    """Keep the programs that JAX compiles in this process on disk, and use those that lie there.

    Nothing is done where JAX was already told of a cache (its variable ``JAX_COMPILATION_CACHE_DIR``).
    """
    if jax.config.values["jax_compilation_cache_dir"] is not None:
        return
    folder = find_programs_folder()
    if folder is not None:
        jax.config.update("jax_compilation_cache_dir", str(folder))
        # JAX keeps only what took it a second to compile; ours are many and small.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
