"""How much memory samples and features may take: asked for by `limit_memory`, else a quarter of this machine's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from numbers import Integral
from pathlib import Path

from autoencode.exceptions import InvalidInputError

_budgets: list[int] = []


@contextmanager
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
    return _budgets[-1] if _budgets else _count_memory() // 4


def _count_memory() -> int:
    """Return the memory of this machine, or of the control group that this process is in."""
    counts = []
    if hasattr(os, "sysconf"):
        counts.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):  # no control group, or one without a limit
        counts.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min(counts, default=2**32)
