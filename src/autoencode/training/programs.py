"""Compiled programs kept on disk, so that the next process need not compile them again."""

from __future__ import annotations

import hashlib
import os
import platform
import stat
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
    found = []
    for file in folder.iterdir():
        with suppress(FileNotFoundError):  # another process removed or renamed it
            found.append((file.stat().st_mtime, file.stat().st_size, file))
    total = 0
    for _, size, file in sorted(found, reverse=True):
        total += size
        if total > MOST_BYTES:
            file.unlink(missing_ok=True)


def _is_ours_alone(folder: Path) -> bool:
    """Return whether nobody else can put programs into a folder: what lies there is executed."""
    if not hasattr(os, "geteuid"):  # Windows, whose users' folders are their own
        return True
    ours, inner = os.geteuid(), folder.stat()
    if inner.st_uid != ours or inner.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return False
    for status in (parent.stat() for parent in folder.resolve().parents):
        anyone = status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX
        if status.st_uid not in (0, ours) or anyone:
            return False
    return True


@cache
def find_programs_folder() -> Path | None:
    """Return the folder of this processor's programs in the user's cache folder, made where it is missing.

    Returns
    -------
    Path or None
        None where ``AUTOENCODE_PROGRAMS=off``, or where the folder cannot be written to, or others can write to it.
        Programs of another processor, or another version of JAX, lie in another folder.
    """
    if os.environ.get("AUTOENCODE_PROGRAMS", "").lower() == "off":
        return None
    from platformdirs import user_cache_path

    key = hashlib.sha256(f"{_describe_processor()} {jax.__version__}".encode()).hexdigest()[:16]
    try:
        folder = user_cache_path("autoencode") / "programs" / key
        if not folder.is_absolute():  # it would lie in the working folder
            return None
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_ours_alone(folder):
            return None
        _remove_oldest(folder)
    except (OSError, RuntimeError):  # RuntimeError: the user has no home
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
