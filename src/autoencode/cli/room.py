"""Whether a training has room in this machine's memory, before it begins."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

from autoencode.cli.output import announce

__all__ = ["check_room", "free_bytes", "needed_bytes"]

COPIES = 4
"""Arrays of the weights' size that a training holds at once at the least: weights, gradient, and Adam's two moments."""

_CGROUP = Path("/sys/fs/cgroup")


def free_bytes() -> int | None:
    """Return how much memory this process can still get, within its container; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError, IndexError):
        return None
    try:
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        statistics = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        found.append(limit - used + int(statistics.get("inactive_file", 0)))
    except (OSError, ValueError):  # no container, or one without a limit: "max" is no number
        pass
    return min(found, default=None)


def needed_bytes(values: Any, options: dict[str, Any]) -> int:
    """Return the least that a training needs beside the samples themselves.

    Parameters
    ----------
    values
        The samples; of a table each column counts as one feature, which is the least.
    options
        Keywords of the constructor.
    """
    from autoencode.estimators.assembly import derive_sizes
    from autoencode.recipes import find_recipe

    count, features = len(values), math.prod(values.shape[1:])
    network = options.get("network", "auto")
    if (find_recipe(options.get("recipe")).network if network == "auto" else network) != "dense":
        return 4 * 2 * count * features  # its weights are few
    code_size, hidden = derive_sizes(features, options.get("code_size", "auto"), options.get("hidden", "auto"))
    sizes = [features, *hidden, code_size]
    weights = 2 * sum(before * after for before, after in pairwise(sizes))
    copies = COPIES + (options.get("patience") is not None)  # the best weights so far
    # The features are scaled into one float32 array, of which the device holds another.
    return 4 * (2 * count * features + copies * options.get("restarts", 1) * weights)


def check_room(values: Any, options: dict[str, Any]) -> None:
    """Refuse a training that cannot fit into memory, and say so of one that hardly will.

    Raises
    ------
    MemoryError
        If it cannot.
    """
    needed, free = needed_bytes(values, options), free_bytes()
    if free is None:
        return
    gibibytes = min(needed, 10**30) / 2**30  # a number of thousands of digits has no float
    words = f"the training needs at least {gibibytes:,.1f} GiB of memory, and {free / 2**30:.1f} GiB are free"
    if needed > free:
        raise MemoryError(f"{words}; use fewer restarts, smaller layers or a part of the samples")
    if needed > free / 2:
        announce(f"warning: {words}")
    elif needed > 2**30:
        announce(words)
