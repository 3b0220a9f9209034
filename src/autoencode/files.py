"""Files written whole: another reader sees the old file or the new one, never a part.

What is not yet whole is a draft, a hidden file or folder beside its place. A draft is locked for as long as its process
lives; those that killed processes left are swept up when the next draft is made in their folder.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import platform
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from autoencode.interruption import before_end
from autoencode.locks import LocksUnknown, lock_path

# Where a lock does not tell whether a draft's process lives, its age does.
_STALE_SECONDS = 3600.0
_DRAFT = re.compile(r"\..{1,50}\.(?:([0-9a-f]{8})-)?[0-9a-f]{16}\.(?:partial|part)", re.DOTALL)


@contextmanager
def open_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` for writing; it takes the name `path` when the block ends without an error.

    Parameters
    ----------
    path
        The file's final name; its folder must exist.

    Yields
    ------
    file
        An open binary file. After an error, or where the disk is full, nothing of it is left.

    Raises
    ------
    OSError
        If the folder cannot be written to or the disk is full; it names `path`.
    """
    with _name_file(path), hold_draft(path) as draft:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole, see `open_whole`.

    Parameters
    ----------
    path
        The file's name; its folder must exist.
    content
        The file's bytes.
    """
    with open_whole(path) as file:
        file.write(content)


def keep_elsewhere(write: Callable[[Path], object], name: str) -> Path:
    """Write what its own place does not take to a new folder among the system's temporary ones, and return where.

    Parameters
    ----------
    write
        Writes it to a path; what it raises leaves no folder behind.
    name
        What it is called there.
    """
    folder = Path(tempfile.mkdtemp(prefix="autoencode-"))
    try:
        write(folder / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / name


@contextmanager
def _name_file(path: Path) -> Iterator[None]:
    """Name in an error of the system the file that was to be written, where it names none or the draft."""
    try:
        yield
    except OSError as error:
        named = error.filename
        if error.strerror is None or not (named is None or is_draft(os.path.basename(os.fsdecode(named)))):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def hold_draft(path: Path, *, is_folder: bool = False) -> Iterator[Path]:
    """Make an empty draft beside `path`; what still has its name when the block ends is removed.

    Parameters
    ----------
    path
        What the draft is for.
    is_folder
        Whether it is a folder.

    Yields
    ------
    draft
        The draft, to be filled, and then renamed.

    Notes
    -----
    What killed processes left in the folder is removed first.
    """
    _sweep(path.parent)
    draft, handle = _make_draft(path, is_folder)
    with before_end(lambda: _remove(draft)):
        try:
            yield draft
        finally:
            _remove(draft)
            if handle is not None:
                os.close(handle)


def exchange(first: Path, second: Path) -> None:
    """Let two files or folders exchange their names, at once where the system can.

    Raises
    ------
    OSError
        If they cannot be renamed; they are then as they were.

    Notes
    -----
    Elsewhere it is three renames. Whoever is killed in between leaves both, one of them under a name with ``-aside``.
    """
    if _exchange_at_once(first, second):
        return
    aside = second.with_name(f"{second.name[:50]}-aside-{secrets.token_hex(4)}")
    os.rename(second, aside)
    try:
        os.rename(first, second)
    except BaseException:
        os.rename(aside, second)
        raise
    os.rename(aside, first)


def _exchange_at_once(first: Path, second: Path) -> bool:
    """Ask the system to exchange two names; return False where it does not know how to."""
    system = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    here, swap = -100, 2  # AT_FDCWD; RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS
    names = os.fsencode(first), os.fsencode(second)
    if hasattr(system, "renameat2"):
        failed = system.renameat2(here, names[0], here, names[1], swap)
    elif hasattr(system, "renamex_np"):
        failed = system.renamex_np(*names, swap)
    else:
        return False
    error = ctypes.get_errno()
    if failed and error not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        raise OSError(error, os.strerror(error), str(first), None, str(second))
    return not failed


def is_draft(name: str) -> bool:
    """Return whether a file or folder of this name is a draft.

    Examples
    --------
    >>> is_draft(".model.safetensors.0a1b2c3d-0123456789abcdef.partial"), is_draft("model.partial")
    (True, False)
    """
    return _DRAFT.fullmatch(name) is not None


def _make_draft(path: Path, is_folder: bool) -> tuple[Path, int | None]:
    """Return an empty draft, and the handle of its lock; None where there are no such locks."""
    while True:
        # The name may be as long as the file system takes, so only its beginning is used.
        draft = path.with_name(f".{path.name[:50]}.{_name_host()}-{secrets.token_hex(8)}.partial")
        draft.mkdir() if is_folder else draft.touch(exist_ok=False)
        try:
            if (handle := lock_path(draft)) is not None:
                return draft, handle
        except LocksUnknown:
            return draft, None
        except FileNotFoundError:
            pass  # another process took it for a dead one's in the instant before it was locked


def _name_host() -> str:
    """Return a short name of this machine; locks may not reach beyond it."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _sweep(folder: Path) -> None:
    """Remove the drafts in a folder whose processes are gone."""
    with suppress(OSError):  # a folder that may be written to, but not read
        for name in os.listdir(folder):
            if found := _DRAFT.fullmatch(name):
                with suppress(OSError):  # another user's, or removed meanwhile
                    _sweep_draft(folder / name, is_ours=found[1] == _name_host())


def _sweep_draft(draft: Path, *, is_ours: bool) -> None:
    is_old = time.time() - draft.lstat().st_mtime > _STALE_SECONDS
    if draft.is_symlink() or not (is_ours or is_old):
        return
    try:
        handle = lock_path(draft)
    except LocksUnknown:
        if is_old:
            _remove(draft)
        return
    if handle is not None:
        _remove(draft)
        os.close(handle)


def _remove(draft: Path) -> None:
    """Remove a draft, a file or a folder, where it still is; never what a link leads to."""
    if draft.is_dir() and not draft.is_symlink():
        shutil.rmtree(draft, ignore_errors=True)
    else:
        draft.unlink(missing_ok=True)
