"""A file that stands for a folder's lock where the disk knows none: it names the machine and the process."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import secrets
from dataclasses import dataclass
from pathlib import Path

from autoencode.exceptions import RunTakenError

LOCK_FILE = ".autoencode-lock"


@dataclass(frozen=True)
class Owner:
    """Whose lock it is: host, process, and what the file says, letter by letter."""

    host: str
    process: int
    text: str

    @property
    def is_dead(self) -> bool:
        """Whether it is known to have ended: it is of this machine, and there is no such process."""
        if self.host != platform.node() or os.name != "posix":
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):  # another user's; or no number of a process
            return False
        return False


def find_owner(folder: Path) -> Owner | None:
    """Return whose lock a folder has; None where it has none."""
    try:
        text = (folder / LOCK_FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    try:
        said = json.loads(text)
        return Owner(str(said["host"]), max(1, int(said["process"])), text)
    except (ValueError, LookupError, TypeError, RecursionError):
        return Owner("unknown", 1, text)


def take_lock_file(folder: Path) -> None:
    """Make the file; one that a dead process of this machine left is taken over.

    Raises
    ------
    RunTakenError
        If another one has it.
    OSError
        If the folder cannot be written to.
    """
    lock, heir = folder / LOCK_FILE, folder / f"{LOCK_FILE}-next"
    try:
        _make(lock)
        return
    except FileExistsError:
        owner = find_owner(folder)
    if owner is not None and owner.is_dead:
        with contextlib.suppress(FileExistsError):  # another one takes it over
            _make(heir)  # one at a time; and not where one that came before has taken it over meanwhile
            if find_owner(folder) == owner:
                os.replace(heir, lock)
                return
            heir.unlink()
    host, process = ("unknown", "unknown") if owner is None else (owner.host, owner.process)
    raise RunTakenError(
        f"path: process {process} of machine {host} is writing into {folder}, as {lock} says; wait for it, or, where "
        f"there is no such process any more, remove {lock} and {heir}."
    )


def _make(lock: Path) -> None:
    """Make the file of this process, which must not be there yet."""
    said = {"host": platform.node(), "process": os.getpid(), "key": secrets.token_hex(8)}
    with lock.open("x", encoding="utf-8") as file:
        json.dump(said, file)
