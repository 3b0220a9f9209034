"""How many threads XLA and BLAS have: settings of a training, for the order of their sums follows from them.

The kernel's own threads are none: it gives the same bits with any number of them.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import asdict, dataclass
from functools import cache

from autoencode.blas import find_blas
from autoencode.exceptions import DeviceError, ModelFileError

XLA_VARIABLES = ("PJRT_NPROC", "NPROC")
"""The variables of the environment from which XLA takes how many threads it starts, the first that is a whole number;
earlier versions of it know the second alone."""

MOST_THREADS = 2**12
"""Of either; so many more are no machine's, and starting them ends the process."""


@dataclass(frozen=True)
class Threads:
    """How many threads a training has.

    Attributes
    ----------
    xla
        Of XLA on the CPU.
    blas
        Of the library by which NumPy multiplies matrices; None where it tells no number.
    """

    xla: int
    blas: int | None

    def to_dict(self) -> dict[str, int | None]:
        """Return both by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: object) -> Threads:
        """Return what `to_dict` gave.

        Raises
        ------
        ModelFileError
            If it is something else.
        """
        if not isinstance(content, dict) or set(content) != {"xla", "blas"}:
            raise ModelFileError(f"'threads' must have xla and blas, got {content!r:.100}")
        for name, value in content.items():
            if not (type(value) is int and 1 <= value <= MOST_THREADS) and (name, value) != ("blas", None):
                raise ModelFileError(
                    f"'threads': {name} must be a whole number from 1 to {MOST_THREADS:,}, got {value!r:.100}"
                )
        return cls(**content)


def tell_threads() -> Threads:
    """Return how many threads XLA and BLAS have in this process."""
    return Threads(_count_xla(), _count_blas())


# XLA starts its threads once a process, and keeps them whatever the environment says later.
@cache
def _count_xla() -> int:
    for name in XLA_VARIABLES:
        text = os.environ.get(name, "").strip()
        if re.fullmatch(r"[+-]?\d+", text):
            return max(1, int(text))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _count_blas() -> int | None:
    libraries = find_blas().select(user_api="blas").info()
    return max((found["num_threads"] for found in libraries), default=None)


def set_threads(threads: Threads) -> None:
    """Let XLA and BLAS have as many threads as an earlier training had, for the rest of this process.

    Parameters
    ----------
    threads
        As `tell_threads` gave them there.

    Raises
    ------
    DeviceError
        If XLA has started already, with another number of threads.
    """
    if threads.xla != _count_xla():
        if _has_started():
            raise DeviceError(
                f"threads: XLA has started with {_count_xla()} of them and keeps these, but {threads.xla} are wanted; "
                f"start a new process, or set {XLA_VARIABLES[-1]}={threads.xla} in the environment before."
            )
        os.environ.update(dict.fromkeys(XLA_VARIABLES, str(threads.xla)))
        _count_xla.cache_clear()
    if threads.blas is not None and threads.blas != _count_blas():
        from threadpoolctl import threadpool_limits

        threadpool_limits(limits=threads.blas, user_api="blas")


def _has_started() -> bool:
    """Return whether XLA has, without importing JAX."""
    if "jax" not in sys.modules:
        return False
    from autoencode.training import devices

    return devices.backends_are_initialized()
