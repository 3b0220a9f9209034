"""Locks of the system's own on files and folders: they leave no file, and a process that is gone holds none.

They belong to what is locked, not to its name: whoever holds the lock of a folder may rename it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # no POSIX
    fcntl = None

_MOST_SECONDS = 2.0


class LocksUnknown(Exception):
    """The system, or the disk, has no such locks; some network disks have none."""


def lock_path(path: Path) -> int | None:
    """Take the lock of a file or folder without waiting for it.

    Parameters
    ----------
    path
        The file or folder.

    Returns
    -------
    int or None
        A handle, to be closed by `os.close`, which gives the lock back; None where another one holds it.

    Raises
    ------
    LocksUnknown
        If there are no such locks here.
    OSError
        If there is no such file, or it cannot be opened.
    """
    while True:
        handle = _open(path)
        try:
            if not _take(handle):
                os.close(handle)
                return None
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # of one that had this name until another took its place


def is_locked(path: Path) -> bool:
    """Return whether another one holds the lock of a file or folder.

    Raises
    ------
    LocksUnknown, OSError
        As `lock_path`.
    """
    handle = _open(path)
    try:
        return not _try(handle, "LOCK_SH")
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    if fcntl is None:
        raise LocksUnknown
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would be waited for


def _take(handle: int) -> bool:
    """Take the lock; those who look whether there is one share it for an instant, and are waited for."""
    end = time.monotonic() + _MOST_SECONDS
    while not _try(handle, "LOCK_EX"):
        if not _try(handle, "LOCK_SH") or time.monotonic() > end:
            return False
        _try(handle, "LOCK_UN")
        time.sleep(0.001)
    return True


def _try(handle: int, kind: str) -> bool:
    """Ask for a lock without waiting."""
    if fcntl is None:
        raise LocksUnknown
    try:
        fcntl.flock(handle, getattr(fcntl, kind) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the latter from disks that make byte locks of them
        return False
    except OSError as error:  # such as a network disk that locks only what is open for writing
        raise LocksUnknown from error
    return True
