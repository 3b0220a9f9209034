"""How much memory this process can still get: of the machine, within its container, and by its own limit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

PROC, CGROUP = Path("/proc"), Path("/sys/fs/cgroup")

# Of a container: its limit, what it uses, and which of that are files that the system can let go; then where it is.
_VERSIONS = (
    ("memory.max", "memory.current", "inactive_file", ""),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "memory"),
)


def find_free() -> int | None:
    """Return how many bytes this process can still get; None where the system does not say."""
    free = [*_find_available(), *_find_in_containers(), *_find_below_limits()]
    return max(0, min(free)) if free else None


def count_resident() -> int:
    """Return how many bytes of memory this process has; 0 where the system does not say."""
    return _read_pages()[1]


def _read_pages() -> tuple[int, int]:
    """Return the bytes of this process's addresses, and those that are in memory."""
    try:
        addresses, resident = (PROC / "self" / "statm").read_text().split()[:2]
        return int(addresses) * os.sysconf("SC_PAGE_SIZE"), int(resident) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):  # no Linux
        return 0, 0


def _find_available() -> Iterator[int]:
    try:
        lines = (PROC / "meminfo").read_text().splitlines()
        yield from (int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError):  # no Linux
        return


def _find_in_containers() -> Iterator[int]:
    """Yield what is left to each group of processes that this one is in, and to those around it."""
    for (limit, used, reclaimable, below), path in _list_groups():
        for group in (path, *path.parents):
            folder = CGROUP / below / str(group).lstrip("/")
            try:
                left = int((folder / limit).read_text()) - int((folder / used).read_text())
                statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
                yield left + int(statistics.get(reclaimable, 0))
            except (OSError, ValueError):  # no such group here, or one without a limit: "max" is no number
                continue


def _list_groups() -> Iterator[tuple[tuple[str, str, str, str], PurePosixPath]]:
    """Yield the groups of processes that this one is in, of version 2 and of version 1, with their paths."""
    try:
        lines = (PROC / "self" / "cgroup").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "" or "memory" in controllers.split(","):
            yield _VERSIONS[controllers != ""], PurePosixPath(path)


def _find_below_limits() -> Iterator[int]:
    """Yield what is left below the limit of this process's addresses (``ulimit -v``)."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # Windows
        return
    limit, _ = getrlimit(RLIMIT_AS)
    if limit != RLIM_INFINITY:
        yield limit - _read_pages()[0]
