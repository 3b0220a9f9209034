"""A folder whose files may be executed: the user's alone, below folders that nobody else can exchange, and held open.

Whoever can write into a folder, or exchange one above it, decides what lies there; a digest is no help, as anybody can
compute one. So each folder from the root down is opened relative to the one before it, never by its whole path, and
what was opened is looked at. Once all of them are the user's or root's, and no other may write to them, the path can be
given to programs that take nothing else: others cannot change what it leads to.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MOST_LINKS = 40
SWEPT_AFTER_SECONDS = 60.0
PRIVATE_PREFIX = "autoencode-private-"


@dataclass(frozen=True)
class TrustedFolder:
    """A folder that nobody else can write to or exchange.

    Attributes
    ----------
    path
        Where it is, without links.
    handle
        The open folder; its files are found relative to it. It stays open as long as the process.
    """

    path: Path
    handle: int

    def list_files(self) -> Iterator[tuple[str, os.stat_result]]:
        """Yield name and status of each file of the user's; whatever else lies there is removed."""
        for name in os.listdir(self.handle):
            with suppress(OSError):  # another process removed or renamed it
                status = os.stat(name, dir_fd=self.handle, follow_symlinks=False)
                if not _is_plain_file(status):
                    self.remove(name)
                    continue
                if status.st_mode & 0o600 != 0o600:  # a file mode mask without a right for the user
                    os.chmod(name, 0o600, dir_fd=self.handle)
                yield name, status

    def read(self, name: str) -> bytes:
        """Return the content of a file of the user's.

        Raises
        ------
        OSError
            If there is none, or what has the name is a link or another's.
        """
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self.handle)
        with open(handle, "rb") as file:
            if not _is_plain_file(os.fstat(handle)):
                raise PermissionError(f"{self.path / name} is no file of this user's")
            return file.read()

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        try:
            os.unlink(name, dir_fd=self.handle)
        except FileNotFoundError:
            return
        except OSError:
            shutil.rmtree(name, ignore_errors=True, dir_fd=self.handle)

    def discard(self) -> None:
        """Remove the folder itself, whose handle is closed; what cannot be removed stays."""
        for name in os.listdir(self.handle):
            with suppress(OSError):
                self.remove(name)
        os.close(self.handle)
        with suppress(OSError):
            self.path.rmdir()


def _is_plain_file(status: os.stat_result) -> bool:
    """Return whether something is a file of the user's, under this one name."""
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and status.st_nlink == 1


# ---------------------------------------------------------------------- the rules


def _is_alone(group: int) -> bool:
    """Return whether a group is the user's own: it bears their name, and nobody else is in it."""
    import grp
    import pwd

    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    if user.pw_gid != group or found.gr_name != user.pw_name:
        return False
    members = {*found.gr_mem, *(entry.pw_name for entry in pwd.getpwall() if entry.pw_gid == group)}
    return members <= {user.pw_name}


def _has_access_list(name: str, folder: int) -> bool:
    """Return whether others are named in an access list, of which the group's bits show no more than the sum."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return True
    try:
        return "system.posix_acl_access" in os.listxattr(handle)
    except (OSError, AttributeError):  # a file system, or a system, without such lists
        return False
    finally:
        os.close(handle)


def _can_others_write(status: os.stat_result, name: str, folder: int) -> bool:
    """Return whether anybody but the user and root can put something into a folder."""
    if status.st_mode & stat.S_IWOTH:
        return True
    if not status.st_mode & stat.S_IWGRP:
        return False
    return not _is_alone(status.st_gid) or _has_access_list(name, folder)


class _Walk:
    """The way from the root to a folder, one folder open at a time."""

    def __init__(self) -> None:
        self.handle = -1
        self.start()

    def start(self) -> None:
        """Go to the root."""
        self.found: list[str] = []
        self.is_open_to_others = False
        self._step("/", None)

    @property
    def path(self) -> Path:
        """Where the walk has come to."""
        return Path("/", *self.found)

    def close(self) -> None:
        """Let go of the folder."""
        if self.handle >= 0:
            os.close(self.handle)
        self.handle = -1

    def look(self, name: str) -> os.stat_result:
        """Return the status of what has a name in the folder, unfollowed; where nothing has it, a folder is made."""
        with suppress(FileExistsError):  # made by another process at the same moment, or there
            with suppress(FileNotFoundError):
                return os.stat(name, dir_fd=self.handle, follow_symlinks=False)
            os.mkdir(name, 0o700, dir_fd=self.handle)
            os.chmod(name, 0o700, dir_fd=self.handle)  # whatever the file mode mask has left
        return os.stat(name, dir_fd=self.handle, follow_symlinks=False)

    def read_link(self, name: str, status: os.stat_result) -> str:
        """Return where a link leads, if none but the user and root can have made it."""
        if self.is_open_to_others or status.st_uid not in (0, os.geteuid()):
            raise PermissionError(f"others could have made the link {self.path / name}")
        return os.readlink(name, dir_fd=self.handle)

    def mend(self, name: str, status: os.stat_result) -> None:
        """Close a folder of ours to others. What they could have put into it goes first."""
        if status.st_uid != os.geteuid() or not stat.S_ISDIR(status.st_mode):
            raise PermissionError(f"{self.path / name} is no folder of this user's")
        if _can_others_write(status, name, self.handle):
            handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.handle)
            try:
                folder = TrustedFolder(self.path / name, handle)
                for inner in os.listdir(handle):
                    if not stat.S_ISDIR(os.stat(inner, dir_fd=handle, follow_symlinks=False).st_mode):
                        folder.remove(inner)
            finally:
                os.close(handle)
        if stat.S_IMODE(status.st_mode) != 0o700:
            os.chmod(name, 0o700, dir_fd=self.handle)

    def enter(self, name: str) -> None:
        """Go into a folder, and check that it is the user's or root's, and that no other can exchange what is in it."""
        if name == "..":
            self.found = self.found[:-1]
        elif name != ".":
            self.found.append(name)
        self._step(name, self.handle)

    def _step(self, name: str, folder: int | None) -> None:
        # Where a folder may be passed but not read, only O_PATH opens it.
        way = getattr(os, "O_PATH", os.O_RDONLY)
        handle = os.open(name, way | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        outer, self.handle = self.handle, handle
        try:
            status = os.fstat(handle)
            if status.st_uid not in (0, os.geteuid()):
                raise PermissionError(f"{self.path} belongs to another user")
            self.is_open_to_others = _can_others_write(status, name, handle if folder is None else folder)
            # In a sticky folder nobody removes or renames what belongs to another.
            if self.is_open_to_others and not status.st_mode & stat.S_ISVTX:
                raise PermissionError(f"others can write to {self.path}")
        finally:
            if outer >= 0:
                os.close(outer)


def open_trusted(path: Path, *, ours: int = 1) -> TrustedFolder:
    """Open a folder that nobody else can write to or exchange; what is missing of it is made, for the user alone.

    Parameters
    ----------
    path
        An absolute path. Links on it are followed where nobody else can have made them.
    ours
        How many folders at its end are ours: they belong to the user, and are closed to all others (mode 0700).

    Raises
    ------
    OSError
        If it cannot be made or opened, or another could exchange it or what is in it; the message says which and why.
    """
    if not path.is_absolute():
        raise PermissionError(f"{path} is not an absolute path")
    if (os.getuid(), os.getgid()) != (os.geteuid(), os.getegid()):
        raise PermissionError("the process has the rights of another user than the one who started it")
    first = len(path.parts) - ours
    ahead = [(name, place >= first) for place, name in enumerate(path.parts)][:0:-1]
    name, links = "", 0
    walk = _Walk()
    try:
        while ahead:
            name, is_ours = ahead.pop()
            status = walk.look(name)
            if stat.S_ISLNK(status.st_mode):
                target = Path(walk.read_link(name, status))
                links += 1
                if links > MOST_LINKS:
                    raise PermissionError(f"{path} leads through more than {MOST_LINKS} links")
                if target.is_absolute():
                    walk.start()
                parts = [(part, False) for part in target.parts if part != target.root]
                ahead += [(parts[-1][0] if parts else ".", is_ours), *parts[-2::-1]]
                continue
            if is_ours:
                walk.mend(name, status)
            walk.enter(name)
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=walk.handle)
        return TrustedFolder(walk.path, handle)
    except OSError as error:
        if error.strerror is None:  # ours, in words
            raise
        raise OSError(f"{path} cannot be made or opened, {name}: {error.strerror}") from error
    finally:
        walk.close()


# ---------------------------------------------------------------------- private folders


def _list_temporary() -> Iterator[Path]:
    """Yield the folders for temporary files, the user's choice first."""
    with suppress(OSError):
        yield Path(tempfile.gettempdir())
    yield from (Path("/tmp"), Path("/var/tmp"))


def open_private() -> TrustedFolder:
    """Make a new folder for this process alone, among the temporary ones; whoever made it discards it.

    Raises
    ------
    OSError
        If every folder is full or could be exchanged by others.
    """
    import fcntl

    problem: OSError = FileNotFoundError("there is no folder for temporary files")
    for base in _list_temporary():
        try:
            _sweep(base)
            folder = open_trusted(base / f"{PRIVATE_PREFIX}{secrets.token_hex(8)}")
            fcntl.flock(folder.handle, fcntl.LOCK_SH)  # held as long as anybody uses it
            return folder
        except OSError as error:
            problem = error
    raise problem


def _sweep(base: Path) -> None:
    """Discard the private folders that processes left which were killed: those that nobody holds a lock on."""
    import fcntl

    for path in base.glob(f"{PRIVATE_PREFIX}*"):
        with suppress(OSError):
            status = path.lstat()
            if status.st_uid != os.geteuid() or time.time() - status.st_mtime < SWEPT_AFTER_SECONDS:
                continue  # another's, or not yet locked by the one that is making it
            folder = open_trusted(path)
            try:
                fcntl.flock(folder.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(folder.handle)
                raise
            folder.discard()
