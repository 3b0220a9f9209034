"""Whether a training fits into the memory that is free, before anything is read for it."""

from __future__ import annotations

import dataclasses
import errno
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autoencode.cli.output import announce
from autoencode.memory_budget import count_resident, find_budget, find_free

if TYPE_CHECKING:
    from autoencode.data.extent import Extent
    from autoencode.footprint import Footprint, Task

REFUSED_SHARE = 0.5
"""What exceeds the free memory even by this share of its estimate is refused: estimates are right within a factor
of 2."""

_COUNTS = ("code_size", "batch_size", "restarts")

DISK_BYTES_A_SECOND, NUMBERS_A_SECOND = 250e6, 7e6
"""What a disk writes, and how many numbers one core reads, checks, scales and measures before the first epoch: both as
measured on a small server, so that what is said of time is right within a factor of 3."""

PASSES = 6
"""How often samples that lie in files are gone through before the first epoch: read, made numbers, split, measured for
their scaling, scaled, measured for the baselines."""


@dataclasses.dataclass(frozen=True)
class TrainingMemory:
    """The memory of a training, estimated and held against what is free.

    Attributes
    ----------
    options
        Keywords of the constructor.
    ignored
        Whether a training goes on that does not fit.
    fraction
        The share of the samples that is held out.
    dropped
        How many columns are left out.
    is_fixed
        Whether the verb chooses the network, so that no option makes it smaller.
    """

    options: Mapping[str, Any]
    ignored: bool = False
    fraction: float = 0.1
    dropped: int = 0
    is_fixed: bool = False

    def check(self, extent: Extent | None, *, validation: Extent | None = None) -> Footprint | None:
        """Refuse a training that cannot fit into memory, and warn of one that hardly will.

        Parameters
        ----------
        extent
            How large the samples are; None is not known.
        validation
            How large other samples are that are held out.

        Returns
        -------
        Footprint or None
            What the training takes; None where it is not known.

        Raises
        ------
        MemoryError, OSError
            If it cannot fit into memory, or onto the disk that is to take its place.
        """
        from autoencode.footprint import estimate_footprint
        from autoencode.stored_arrays import can_store

        if extent is None or not (_are_counts(self.options) and 0 <= self.fraction < 1):
            return None
        footprint = estimate_footprint(self._find_task(extent, validation), self.options)
        in_files, budget = footprint.samples, find_budget()
        if extent.may_lie_in_files and can_store():
            footprint = dataclasses.replace(footprint, samples=min(in_files, budget))
        self._compare(footprint, extent)
        if footprint.samples < in_files:
            self._announce_files(extent, in_files)
        return footprint

    def _find_task(self, extent: Extent, validation: Extent | None) -> Task:
        from autoencode.footprint import Task

        kept, reading = extent.kept_bytes, extent.reading_bytes
        count, held_out = extent.count, int(self.fraction * extent.count)
        if validation is not None:
            reading = max(reading, kept + validation.reading_bytes)
            kept, count, held_out = kept + validation.kept_bytes, count + validation.count, validation.count
        shape = (max(1, extent.shape[0] - self.dropped),) if extent.is_table else extent.shape
        is_scaled = len(extent.shape) < 2 or extent.number_bytes > 4
        features = max(1, math.prod(shape))
        return Task(max(1, count), features, shape, kept, reading, extent.number_bytes, held_out, is_scaled)

    def _compare(self, footprint: Footprint, extent: Extent) -> None:
        free = find_free()
        if free is None:
            return
        wanted = footprint.total - count_resident()
        words = f"the training needs {describe_memory(footprint)}, and {free / 2**30:.1f} GiB are free"
        if wanted * REFUSED_SHARE > free and not self.ignored:
            raise MemoryError(f"{words}; use {self._advise(footprint, extent)}; --ignore-memory goes on anyway")
        if wanted > free:
            announce(f"warning: {words}; {self._advise(footprint, extent)} would help")

    def _announce_files(self, extent: Extent, size: int) -> None:
        """Say what samples take that lie in files; refuse those for which the disk has no room."""
        from shutil import disk_usage
        from tempfile import gettempdir

        from autoencode.model.progress import format_seconds
        from autoencode.stored_arrays import find_folder

        folder = find_folder() or gettempdir()
        free = disk_usage(folder).free
        files = f"about {size / 1e9:.1f} GB of files in {folder}"
        if size * REFUSED_SHARE > free and not self.ignored:
            raise OSError(
                errno.ENOSPC,
                f"the samples need {files}, where {free / 1e9:.1f} GB are free; name another disk by XDG_CACHE_HOME, "
                "or allow more by --memory; --ignore-memory goes on anyway",
            )
        numbers = extent.count * extent.features
        seconds = numbers / NUMBERS_A_SECOND + size / DISK_BYTES_A_SECOND
        announce(
            f"{extent.count:,} samples of {extent.features:,} numbers, {numbers * extent.number_bytes / 1e9:.1f} GB, "
            f"are more than {find_budget() / 1e9:.2g} GB of memory: {files} ({free / 1e9:.0f} GB free), {PASSES} "
            f"passes in about {format_seconds(seconds)}, then one an epoch"
        )

    def _advise(self, footprint: Footprint, extent: Extent) -> str:
        """Say what would make the largest part smaller."""
        smaller = ["a smaller --size"] if extent.is_resizable else []
        parts = {part: getattr(footprint, part) for part in ("samples", "weights", "activations")}
        largest = max(parts, key=parts.__getitem__)
        if largest == "samples" or self.is_fixed:
            smaller.append("a part of the samples" if largest != "weights" else "samples of fewer features")
            return " or ".join(smaller)
        if self.options.get("restarts", 1) > 1:
            smaller.append("fewer --restarts")
        if 2 * footprint.weights > footprint.activations:
            smaller.append("smaller --layers")
        if 2 * footprint.activations > footprint.weights:
            smaller.append("a smaller --batch-size")
        return " or ".join(smaller)


def _are_counts(options: Mapping[str, Any]) -> bool:
    """Return whether the sizes asked for are some; the constructor says what is wrong with others."""
    hidden = options.get("hidden", ())
    asked = [*(options.get(name, 1) for name in _COUNTS), *(() if isinstance(hidden, str) else hidden)]
    return all(isinstance(count, str) or count >= 1 for count in asked)


def describe_memory(footprint: Footprint) -> str:
    """Return how much memory a training takes, and of much, what it takes most of it for.

    Examples
    --------
    >>> from autoencode.footprint import Footprint
    >>> describe_memory(Footprint(2**28, 2**20)), describe_memory(Footprint(2**28, 2**20, weights=2**33))
    ('about 0.3 GiB of memory', 'about 8.3 GiB of memory (weights 8.0)')
    """
    total = f"about {_show(footprint.total)} GiB of memory"
    parts = {part: getattr(footprint, part) for part in ("weights", "samples", "activations")}
    large = [f"{part} {_show(size)}" for part, size in parts.items() if 10 * size > footprint.total]
    return f"{total} ({', '.join(large)})" if large and footprint.total > 2**30 else total


def _show(size: int) -> str:
    gibibytes = min(size, 10**24) / 2**30
    return f"{gibibytes:,.1f}" if gibibytes < 10**6 else f"{gibibytes:.0e}"
