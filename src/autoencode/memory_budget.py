"""How much memory there is, and how much samples may take of it: what `limit_memory` asks for, else a quarter."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import cache
from numbers import Integral
from pathlib import Path, PurePosixPath

from autoencode.exceptions import InvalidInputError

SHARE = 4
"""What there is over this is the budget that nobody asked for."""

UNKNOWN = 2**30
"""The budget where the system does not say what there is."""

_budgets: list[int] = []


@contextlib.contextmanager
def limit_memory(budget: int | None) -> Iterator[None]:
    """Let samples and features take so many bytes of memory within the block; None leaves it as it is.

    Parameters
    ----------
    budget
        In bytes, ≥ 1; it is one for all threads, of several the last one. It decides where arrays lie, and never what
        is in them.

    Raises
    ------
    InvalidInputError
        If it is no such number.
    """
    if budget is None:
        yield
        return
    if not isinstance(budget, Integral) or isinstance(budget, bool) or budget < 1:
        raise InvalidInputError(f"budget must be None or a whole number of bytes ≥ 1, got {budget!r:.100}.")
    _budgets.append(int(budget))
    try:
        yield
    finally:
        _budgets.remove(int(budget))


def find_budget() -> int:
    """Return how many bytes samples and features may take: what was asked for, else a quarter of this machine's."""
    return _budgets[-1] if _budgets else _find_share()


@cache
def _find_share() -> int:
    """Return the budget that nobody asked for, looked up once: every array asks whether it is large."""
    there = find_all()
    return UNKNOWN if there is None else there // SHARE


PROC, CGROUP = Path("/proc"), Path("/sys/fs/cgroup")

# Of a container: its limit, what it uses, and which of that are files that the system can let go; then where it is.
_VERSIONS = (
    ("memory.max", "memory.current", "inactive_file", ""),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "memory"),
)


def find_free() -> int | None:
    """Return how many bytes this process can still get; None where the system does not say."""
    free = [*_read_meminfo("MemAvailable"), *_find_in_containers(), *_find_below_limits()]
    return max(0, min(free)) if free else None


def find_all() -> int | None:
    """Return how many bytes the machine has, or the group of processes that this one is in; None where not known."""
    have = [*_read_meminfo("MemTotal"), *_find_limits()]
    return min(have) if have else None


def count_resident() -> int:
    """Return how many bytes of memory this process has; 0 where the system does not say."""
    return _read_pages()[1]


def count_shared() -> int:
    """Return how many bytes of mapped files are in this process's memory; 0 where the system does not say."""
    return _read_pages()[2]


def _read_pages() -> tuple[int, int, int]:
    """Return the bytes of this process's addresses, those that are in memory, and of these those of mapped files."""
    try:
        addresses, resident, shared = (int(count) for count in (PROC / "self" / "statm").read_text().split()[:3])
    except (OSError, ValueError):  # no Linux
        return 0, 0, 0
    page = os.sysconf("SC_PAGE_SIZE")
    return addresses * page, resident * page, shared * page


def _read_meminfo(name: str) -> Iterator[int]:
    try:
        lines = (PROC / "meminfo").read_text().splitlines()
        yield from (int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
    except (OSError, ValueError, IndexError):  # no Linux
        return


def _find_in_containers() -> Iterator[int]:
    """Yield what is left to each group of processes that this one is in, and to those around it."""
    for (limit, used, reclaimable, _), folder in _list_groups():
        try:
            left = int((folder / limit).read_text()) - int((folder / used).read_text())
            statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            yield left + int(statistics.get(reclaimable, 0))
        except (OSError, ValueError):  # no such group here, or one without a limit: "max" is no number
            continue


def _find_limits() -> Iterator[int]:
    """Yield what each of these groups may have."""
    for (limit, *_), folder in _list_groups():
        with contextlib.suppress(OSError, ValueError):
            yield int((folder / limit).read_text())


def _list_groups() -> Iterator[tuple[tuple[str, str, str, str], Path]]:
    """Yield the groups of processes that this one is in, and those around, of version 2 and of version 1."""
    try:
        lines = (PROC / "self" / "cgroup").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "" or "memory" in controllers.split(","):
            version = _VERSIONS[controllers != ""]
            for group in (PurePosixPath(path), *PurePosixPath(path).parents):
                yield version, CGROUP / version[3] / str(group).lstrip("/")


def _find_below_limits() -> Iterator[int]:
    """Yield what is left below the limit of this process's addresses (``ulimit -v``)."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # Windows
        return
    limit, _ = getrlimit(RLIMIT_AS)
    if limit != RLIM_INFINITY:
        yield limit - _read_pages()[0]
